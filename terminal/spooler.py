"""Prints the spool in the background, so that a printer that hangs or fails blocks nobody and undoes nothing.

One thread per device that has signed on here: a thread and not a task, because files, devices and commands may wait
in the kernel; and one that the process does not wait for when it ends. What is left then is found by the next
terminal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Event, Thread

from ledger.records import Origin
from terminal.config import Settings
from terminal.files import device_name
from terminal.printer import SUFFIX, Format, Job, Pages, PrintFailed, Target, rendered, sheets_of, target_of
from terminal.spool import Gone, Print, Spool, SpoolLimits, Status, Trouble, Unreadable

CLOSE_S = 2.0
"""How long the end of the terminal waits for a print under way."""

DISK_WAIT_S = 5.0
"""How long the thread waits after the disk took no change of status."""


@dataclass(frozen=True, slots=True)
class Paper:
    """How prints come out: where to, in which format, which sheets."""

    target: Target
    format: Format
    copies: int
    sheets: str
    form_lines: int


def paper_of(settings: Settings) -> Paper:
    """The printing settings of a terminal."""
    target = target_of(settings.printer, settings.receipts)
    # A folder has no use for copies: the same file would be written twice.
    copies = settings.copies if not settings.printer.startswith("file") else 1
    return Paper(target, settings.format, copies, settings.sheets, settings.form_lines)


class Spooler:
    """The spools of a terminal. `hear` is called from the printing thread whenever a print has changed."""

    def __init__(self, state: Path, paper: Paper, limits: SpoolLimits | None = None) -> None:
        self._state, self.paper, self._limits = state, paper, limits
        self._hear: Callable[[Print], None] = _unheard
        self._work: _Work | None = None

    def listen(self, hear: Callable[[Print], None]) -> None:
        """Name the one who is told."""
        self._hear = hear

    def open(self, who: Origin) -> Spool:
        """The spool of a device, which begins to print what is ready. Raises OSError."""
        folder = self._state / f"cetakan-{device_name(who)}"
        if self._work is None or self._work.folder != folder:
            self.close()
            self._state.mkdir(mode=0o700, parents=True, exist_ok=True)  # made as a parent, it would be open to all
            self._work = _Work(folder, Spool(folder, self._limits), self.paper, self._tell)
        return self._work.spool

    def add_paper(self, who: Origin, judul: str, pages: Pages, waktu_us: int) -> Print:
        """Spool what is no receipt, every time anew, all its sheets once. Raises OSError, SpoolFull."""
        print_ = self.open(who).add("", 0, pages, waktu_us, 1, judul)
        self.wake()
        return print_

    def add(self, who: Origin, nomor_porsi: str, duplikat: int, pages: Pages, waktu_us: int, judul: str = "") -> Print:
        """Spool a print; it comes out by itself. Raises OSError, SpoolFull."""
        print_ = self.open(who).add(nomor_porsi, duplikat, pages, waktu_us, self.paper.copies, judul)
        self.wake()
        return print_

    def wake(self) -> None:
        """Something has become ready."""
        if self._work is not None:
            self._work.wake()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being printed and nothing is ready."""
        return self._work is None or self._work.is_idle

    @property
    def has_prints(self) -> bool:
        """Whether there is any print, done or not."""
        return self._work is not None and bool(self._work.spool.prints())

    def close(self) -> None:
        """Stop printing. What is under way has a moment to end, then it counts as failed."""
        work, self._work = self._work, None
        if work is not None:
            work.close()

    def _tell(self, print_: Print) -> None:
        self._hear(print_)


def _unheard(print_: Print) -> None:
    """Nobody listens."""


class _Work:
    """One spool being printed."""

    def __init__(self, folder: Path, spool: Spool, paper: Paper, hear: Callable[[Print], None]) -> None:
        self.folder, self.spool, self._paper, self._hear = folder, spool, paper, hear
        self._ends, self._news, self._is_printing = Event(), Condition(), True
        self._thread = Thread(target=self._run, name="cetak", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        with self._news:
            self._news.notify()

    @property
    def is_idle(self) -> bool:
        with self._news:
            return not self._is_printing and all(print_.status is not Status.SIAP for print_ in self.spool.prints())

    def close(self) -> None:
        self._hear = _unheard
        self._ends.set()
        self.wake()
        self._thread.join(CLOSE_S)
        if not self._thread.is_alive():
            self.spool.close()  # else the thread still has the folder, until the process ends

    def _run(self) -> None:
        while not self._ends.is_set():
            try:
                print_ = self.spool.take()
            except OSError:
                self._ends.wait(DISK_WAIT_S)
                continue
            if print_ is None:
                self._rest()
            else:
                self._hear(print_)
                self._hear(self._print(print_))

    def _rest(self) -> None:
        """Until something is ready. What became ready since `take` looked is seen, for whoever wakes has the lock."""
        with self._news:
            self._is_printing = False
            if not self._ends.is_set() and all(row.status is not Status.SIAP for row in self.spool.prints()):
                self._news.wait()
            self._is_printing = True

    def _print(self, print_: Print) -> Print:
        try:
            pages = self.spool.pages(print_.nomor)
            pages = sheets_of(pages, self._paper.sheets) if print_.nomor_porsi else pages
            content = rendered(pages, self._paper.format, self._paper.form_lines)
            while print_.status is Status.DICETAK:
                self._paper.target.send(Job(print_.name, SUFFIX[self._paper.format], content), self._ends)
                print_ = self.spool.copy_out(print_.nomor)
        except PrintFailed as failure:
            return self.spool.failed(print_.nomor, Trouble(failure.id, failure.data))
        except (Unreadable, Gone):
            return self.spool.failed(print_.nomor, Trouble("SKH9306", {}))
        except Exception as error:  # noqa: BLE001  a fault of ours costs this print, not the thread and all others
            return self.spool.failed(print_.nomor, Trouble("SKH9307", {"sebab": type(error).__name__}))
        return print_
