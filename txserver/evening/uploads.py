"""Confirmation files on their way in: a bounded number of bounded files in `masuk/`, which is emptied at every start.

Over the line a file comes in pieces, one file a device at a time; a piece must begin where the one before ended, so
that after a cut the sender asks where that is by sending any, and goes on. Over HTTP the edge writes the file itself
and the core only gives out the name.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from msgspec import Struct

from ledger.records import Refusal
from txserver.evening.places import Places, make, plain_name
from txserver.wire.frames import Unggah

IDLE_S = 600.0
"""A file over the line of which nothing comes for so long is given up when its place is wanted."""
UPLOADS_MAX = 32
"""Files on their way at a time, over lines and HTTP together."""


class Upload(Struct, gc=False):
    """One file on its way; `n` bytes have come over the line."""

    path: Path
    nama: str
    n: int = 0
    heard_s: float = 0.0


class Uploads:
    """The uploads of one host, by who sends: a device, or a number for HTTP."""

    def __init__(self, places: Places, bytes_max: int) -> None:
        self.bytes_max = bytes_max
        shutil.rmtree(places.masuk, ignore_errors=True)
        self._folder = make(places.masuk)
        self._uploads: dict[str, Upload] = {}
        self._count = 0

    def begin(self, who: str, nama: str) -> Upload | Refusal:
        """Room for a new file; one of the same sender that was not finished is dropped.

        Refuses SKH6306 too many at once.
        """
        self.drop(who)
        for idle in [key for key, one in self._uploads.items() if one.heard_s < time.monotonic() - IDLE_S]:
            self.drop(idle)
        if len(self._uploads) >= UPLOADS_MAX:
            return Refusal("SKH6306", {"batas": UPLOADS_MAX})
        self._count += 1
        upload = self._uploads[who] = Upload(
            self._folder / f"{self._count:08d}", plain_name(nama), heard_s=time.monotonic()
        )
        upload.path.touch(mode=0o600)
        return upload

    def claim(self, who: str) -> Upload:
        """The file has come whole: it is the caller's from now on, and the sender may begin another."""
        return self._uploads.pop(who)

    def drop(self, who: str) -> None:
        """The file of this sender is not needed any more."""
        if (upload := self._uploads.pop(who, None)) is not None:
            upload.path.unlink(missing_ok=True)

    def piece(self, who: str, frame: Unggah) -> Upload | Refusal:
        """A piece came over the line.

        Refuses, in this order: SKH6306 too many files at once, SKH6302 it does not begin where the one before ended,
        SKH6301 the file is too large.
        """
        nama = plain_name(frame.nama)
        found = self._uploads.get(who)
        if found is None or found.nama != nama or frame.offset == 0:
            if frame.offset:
                return self._out_of_step(0)
            begun = self.begin(who, nama)
            if isinstance(begun, Refusal):
                return begun
            found = begun
        if frame.offset != found.n:
            return self._out_of_step(found.n)
        if found.n + len(frame.isi) > self.bytes_max:
            self.drop(who)
            return Refusal("SKH6301", {"batas": self.bytes_max})
        with found.path.open("ab") as file:
            file.write(frame.isi)
        found.n += len(frame.isi)
        found.heard_s = time.monotonic()
        return found

    @staticmethod
    def _out_of_step(received: int) -> Refusal:
        return Refusal("SKH6302", {"diterima": received})
