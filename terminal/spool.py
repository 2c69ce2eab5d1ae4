"""The spool of a terminal: every print is a file first, and stays one until it is old.

Two files per print in a folder of the device, 0700, both 0600:

    000001.txt    the sheets as they came from the host, separated by form feeds
    000001.json   what is to be done with them: `Print`; only a print that has this file exists

    SIAP ──take──▶ DICETAK ──printed──▶ SELESAI
     ▲ │              │
     │ └─hold─▶ DITAHAN ◀─hold─┐
     │            │            │
     └──release───┴────────── GAGAL ◀── failed, or the terminal ended while it printed

A print that was under way when the terminal ended is GAGAL and never SIAP: nobody knows what stands on the paper, and
an original must not come out twice unseen. What is SELESAI is not printed again from here: that takes a reprint,
which is an entry and marks the sheets. For the same reason a print that may have reached paper leaves its second file
behind when it is deleted, as DIHAPUS: the same original, fetched again, is not printed again.

One terminal at a time has the folder (a lock on it). Every change is on the disk before it counts. Methods may be
called from any thread.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from threading import RLock
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from terminal.files import sync_folder, write_durably
from terminal.printer import FORM_FEED, NAME_LETTERS, Pages, text

VERSI = 1
NOMOR_WIDTH = 6
SALINAN_MAX = 9
DAY_US = 86_400_000_000


class Status(StrEnum):
    """Where a print stands."""

    SIAP = "SIAP"
    DITAHAN = "DITAHAN"
    DICETAK = "DICETAK"
    SELESAI = "SELESAI"
    GAGAL = "GAGAL"
    DIHAPUS = "DIHAPUS"


WAITING = frozenset({Status.SIAP, Status.DITAHAN, Status.GAGAL})
OVER = frozenset({Status.SELESAI, Status.DIHAPUS})


class Trouble(Struct, frozen=True):
    """Why a print failed: id and variables of a message."""

    id: str
    data: dict[str, Any]


class Print(Struct, frozen=True, kw_only=True):
    """A print. `salinan` copies are asked for, `tercetak` of them are out; `waktu_us` is host time.

    `dicoba` says that it has been sent to the printer at least once. A print that is no receipt has a `judul` and no
    porsi, the receipt of a correction both.
    """

    versi: int = VERSI
    nomor: int
    nomor_porsi: str
    duplikat: int
    waktu_us: int
    status: Status
    salinan: int
    tercetak: int = 0
    dicoba: bool = False
    sebab: Trouble | None = None
    judul: str = ""

    @property
    def what(self) -> str:
        """What it is called on panels: the porsi, or its own title."""
        return self.judul or self.nomor_porsi

    @property
    def name(self) -> str:
        """What a file made of it is called: no name, no NIK."""
        return f"{self.nomor_porsi}-D{self.duplikat}" if self.duplikat else self.what


class NotNow(Exception):
    """What was asked does not go with the status the print has."""

    def __init__(self, print_: Print) -> None:
        super().__init__(f"{print_.nomor} is {print_.status}")
        self.print_ = print_


class Gone(Exception):
    """The print is no longer there."""


class Unreadable(Exception):
    """The sheets of the print are lost."""


class SpoolFull(Exception):
    """There are too many prints that have not come out."""


@dataclass(frozen=True, slots=True)
class SpoolLimits:
    """How much a spool keeps. What is over (printed, deleted) goes by itself, by age and number; the rest does not."""

    waiting_max: int = 500
    over_max: int = 1000
    over_age_us: int = 7 * DAY_US


class Spool:
    """The prints of one device. Raises OSError where the disk does, and nothing has changed then; Gone for a number
    that is no longer there.
    """

    def __init__(self, folder: Path, limits: SpoolLimits | None = None) -> None:
        """Take the folder. Raises BlockingIOError while another terminal has it."""
        self._folder, self._limits = folder, limits or SpoolLimits()
        self._lock = RLock()
        self._prints: dict[int, Print] = {}
        self._last = 0
        self.put_aside: list[str] = []
        """Files that could not be read and have been renamed."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._held = os.open(folder / ".kunci", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._read()
        except BaseException:
            os.close(self._held)
            raise

    def close(self) -> None:
        """Let the folder go."""
        with self._lock:
            if self._held >= 0:
                os.close(self._held)
                self._held = -1

    # -------------------------------------------------------------------------------------- what there is

    def prints(self) -> list[Print]:
        """All prints that were not deleted, newest first."""
        with self._lock:
            shown = (row for row in self._prints.values() if row.status is not Status.DIHAPUS)
            return sorted(shown, key=lambda row: -row.nomor)

    def known(self, nomor: int) -> Print:
        """One print. Raises Gone."""
        with self._lock:
            print_ = self._prints.get(nomor)
        if print_ is None or print_.status is Status.DIHAPUS:
            raise Gone
        return print_

    def pages(self, nomor: int) -> Pages:
        """The sheets of a print. Raises Gone, Unreadable."""
        self.known(nomor)
        try:
            content = self._path(nomor, "txt").read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise Unreadable from None
        return [page.removesuffix("\n").split("\n") for page in content.split(FORM_FEED)]

    # ------------------------------------------------------------------------------------------ the teller

    def add(self, nomor_porsi: str, duplikat: int, pages: Pages, waktu_us: int, salinan: int, judul: str = "") -> Print:
        """Spool a print. A receipt that is there already is given as it is, whatever its status.

        Raises SpoolFull, OSError.
        """
        assert pages, "a print has sheets"
        assert judul or (nomor_porsi.isascii() and nomor_porsi.isdigit()), "a receipt has its number"
        assert set(judul) <= NAME_LETTERS, "a title is a file name"
        with self._lock:
            for print_ in self._prints.values():
                if nomor_porsi and (print_.nomor_porsi, print_.duplikat, print_.judul) == (
                    nomor_porsi,
                    duplikat,
                    judul,
                ):
                    return print_
            self.prune(waktu_us)
            if sum(row.status not in OVER for row in self._prints.values()) >= self._limits.waiting_max:
                raise SpoolFull
            self._last = nomor = self._last + 1
            # The sheets first: a print exists once its other file does.
            write_durably(self._path(nomor, "txt"), text(pages))
            return self._write(
                Print(
                    nomor=nomor,
                    nomor_porsi=nomor_porsi,
                    duplikat=duplikat,
                    waktu_us=waktu_us,
                    status=Status.SIAP,
                    salinan=salinan,
                    judul=judul,
                )
            )

    def hold(self, nomor: int) -> Print:
        """Keep it from being printed. Raises NotNow unless it is ready, failed or held already."""
        return self._change(nomor, WAITING, status=Status.DITAHAN)

    def release(self, nomor: int) -> Print:
        """Have it printed: the copies that are not out yet. Raises NotNow if it is printed or being printed."""
        return self._change(nomor, WAITING, status=Status.SIAP, sebab=None)

    def set_copies(self, nomor: int, salinan: int) -> Print:
        """How many copies shall come out. Raises NotNow unless it waits, or if more are out already."""
        assert 1 <= salinan <= SALINAN_MAX, "copies are one digit"
        with self._lock:
            print_ = self.known(nomor)
            if salinan <= print_.tercetak:
                raise NotNow(print_)
            return self._change(nomor, WAITING, salinan=salinan)

    def remove(self, nomor: int) -> None:
        """Delete its sheets, and all of it if it never went to the printer. Raises NotNow while it is printed."""
        with self._lock:
            print_ = self.known(nomor)
            if print_.status is Status.DICETAK:
                raise NotNow(print_)
            if print_.dicoba:
                self._write(replace(print_, status=Status.DIHAPUS, sebab=None))
                self._path(nomor, "txt").unlink(missing_ok=True)
            else:
                self._unlink(nomor)

    # ----------------------------------------------------------------------------------------- the printer

    def take(self) -> Print | None:
        """The oldest one that is ready, which is being printed from now on."""
        with self._lock:
            ready = [nomor for nomor, print_ in self._prints.items() if print_.status is Status.SIAP]
            return self._change(min(ready), {Status.SIAP}, status=Status.DICETAK, dicoba=True) if ready else None

    def copy_out(self, nomor: int) -> Print:
        """One more copy is out; with the last one the print is done."""
        with self._lock:
            print_ = self.known(nomor)
            tercetak = print_.tercetak + 1
            status = Status.SELESAI if tercetak == print_.salinan else Status.DICETAK
            return self._change(nomor, {Status.DICETAK}, is_done=True, tercetak=tercetak, status=status)

    def failed(self, nomor: int, sebab: Trouble) -> Print:
        """It came to nothing. Never raises OSError."""
        return self._change(nomor, {Status.DICETAK}, is_done=True, status=Status.GAGAL, sebab=sebab)

    def prune(self, now_us: int) -> None:
        """Remove what has been over for long, and the oldest of it above its number."""
        with self._lock:
            over = [row for nomor, row in sorted(self._prints.items(), reverse=True) if row.status in OVER]
            for at, print_ in enumerate(over):
                if at >= self._limits.over_max or now_us - print_.waktu_us > self._limits.over_age_us:
                    self._unlink(print_.nomor)

    # --------------------------------------------------------------------------------------------- the disk

    def _change(self, nomor: int, allowed: Collection[Status], *, is_done: bool = False, **changes: Any) -> Print:
        """Change a print on the disk, then in memory; what paper has on it already (`is_done`) in memory at least.

        A print whose outcome the disk did not take is found as DICETAK by the next terminal, which asks the teller.
        """
        with self._lock:
            print_ = self.known(nomor)
            if print_.status not in allowed:
                raise NotNow(print_)
            changed = replace(print_, **changes)
            try:
                return self._write(changed)
            except OSError:
                if not is_done:
                    raise
                self._prints[nomor] = changed
                return changed

    def _write(self, print_: Print) -> Print:
        write_durably(self._path(print_.nomor, "json"), msgspec.json.encode(print_))
        self._prints[print_.nomor] = print_
        return print_

    def _unlink(self, nomor: int) -> None:
        """The file that makes it exist goes first."""
        self._path(nomor, "json").unlink(missing_ok=True)
        del self._prints[nomor]
        self._path(nomor, "txt").unlink(missing_ok=True)
        sync_folder(self._folder)

    def _path(self, nomor: int, suffix: str) -> Path:
        return self._folder / f"{nomor:0{NOMOR_WIDTH}d}.{suffix}"

    def _read(self) -> None:
        """What the terminal before left: files half written go, prints under way have failed."""
        for path in self._folder.glob(".*.baru"):
            path.unlink()
        for path in sorted(self._folder.glob("*.json")):
            print_ = self._decoded(path)
            if print_ is None:
                self.put_aside.append(path.rename(path.with_suffix(".rusak")).name)
            else:
                self._prints[print_.nomor] = print_
        self._last = max((int(path.stem) for path in self._folder.glob("[0-9]*.*") if path.stem.isdigit()), default=0)
        deleted = {nomor for nomor, print_ in self._prints.items() if print_.status is Status.DIHAPUS}
        for path in self._folder.glob("*.txt"):
            is_half = not path.with_suffix(".json").exists() and not path.with_suffix(".rusak").exists()
            if is_half or (path.stem.isdigit() and int(path.stem) in deleted):
                path.unlink()
        self._settle(lambda print_: print_.status is Status.DICETAK, Trouble("SKH9305", {}))
        self._settle(
            lambda print_: print_.status not in OVER and not self._path(print_.nomor, "txt").exists(),
            Trouble("SKH9306", {}),
        )

    def _settle(self, is_hit: Callable[[Print], bool], sebab: Trouble) -> None:
        for print_ in [print_ for print_ in self._prints.values() if is_hit(print_)]:
            self._write(replace(print_, status=Status.GAGAL, sebab=sebab))

    def _decoded(self, path: Path) -> Print | None:
        try:
            print_ = msgspec.json.decode(path.read_bytes(), type=Print)
        except msgspec.DecodeError:
            return None
        is_ours = print_.versi == VERSI and self._path(print_.nomor, "json") == path
        return print_ if is_ours and 1 <= print_.salinan <= SALINAN_MAX else None
