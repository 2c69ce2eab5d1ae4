"""The unanswered request of a device, in a small file, so that a terminal that was switched off can ask again.

One JSON file per device: {"versi": 1, "bank", "cabang", "device", "user", "post": [...]}, where `post` is the POST of
the line protocol, written before it is sent and removed when it is answered. It may hold a pilgrim's data: 0600.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

from ledger.records import Origin
from terminal.files import device_name, sync_folder, write_durably
from txserver.wire.frames import Post


class KeptUnreadable(Exception):
    """A kept request cannot be read; it has been put aside under `path`."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"kept request put aside as {path}")
        self.path = path


class KeptRequest(Struct, frozen=True):
    """A request without an answer, and who asked."""

    versi: int
    bank: str
    cabang: str
    device: str
    user: str
    post: Post


class KeptFolder:
    """The files of the devices this machine has played. At most one request per device, as the protocol has it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, who: Origin, post: Post) -> None:
        """Keep a request. It is on the disk when this returns. Raises OSError."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = KeptRequest(1, who.bank, who.cabang, who.device, who.user, post)
        write_durably(self._path(who), msgspec.json.encode(kept))

    def read(self, who: Origin) -> KeptRequest | None:
        """The kept request of a device. Raises KeptUnreadable, once: the file is out of the way then."""
        path = self._path(who)
        if not path.exists():
            return None
        try:
            kept = msgspec.json.decode(path.read_bytes(), type=KeptRequest)
        except msgspec.DecodeError:
            raise KeptUnreadable(path.rename(path.with_suffix(".rusak"))) from None
        if (kept.versi, kept.bank, kept.cabang, kept.device) != (1, who.bank, who.cabang, who.device):
            raise KeptUnreadable(path.rename(path.with_suffix(".rusak")))
        return kept

    def drop(self, who: Origin) -> None:
        """The request is answered."""
        path = self._path(who)
        if path.exists():
            path.unlink()
            sync_folder(path.parent)

    def _path(self, who: Origin) -> Path:
        return self._folder / f"permintaan-{device_name(who)}.json"
