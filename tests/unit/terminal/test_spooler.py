from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest

from ledger.records import Origin, origin_of
from terminal.config import Settings, load
from terminal.printer import DeviceTarget, FileTarget, Job, PrintFailed, Target
from terminal.spool import Print, Status, Trouble
from terminal.spooler import Paper, Spooler, paper_of

WHO = origin_of("451", "0123", "TRM01", "TELLER1")
OTHER = origin_of("451", "0123", "TRM02", "TELLER1")
PAGES = [[f"lembar {at}"] for at in range(1, 6)]
NOW = 1_083_546_000_000_000


class Printer:
    """A target that does what a test says, and remembers what it printed."""

    label = "palsu"

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.fails: list[Exception] = []
        self.gate = Event()
        self.gate.set()

    def send(self, job: Job, ends: Event) -> None:
        while not self.gate.wait(0.01):
            if ends.is_set():
                raise PrintFailed("SKH9305", {})
        if self.fails:
            raise self.fails.pop(0)
        self.jobs.append(job)


class Deaf(Printer):
    """A printer that hangs in the kernel: no end of the terminal wakes it."""

    def send(self, job: Job, ends: Event) -> None:
        self.gate.wait(20)


Make = Callable[..., Spooler]


@pytest.fixture
def printer() -> Printer:
    return Printer()


@pytest.fixture
def make(tmp_path: Path, printer: Printer) -> Iterator[Make]:
    made: list[Spooler] = []

    def maker(target: Target | None = None, copies: int = 1, sheets: str = "1-5") -> Spooler:
        made.append(Spooler(tmp_path, Paper(target or printer, "text", copies, sheets, 66)))
        return made[-1]

    yield maker
    for spooler in made:
        spooler.close()


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline, "it does not come round"
        time.sleep(0.002)


def add(spooler: Spooler, nomor_porsi: str = "1100000100", who: Origin = WHO) -> int:
    return spooler.add(who, nomor_porsi, 0, PAGES, NOW).nomor


def status(spooler: Spooler, nomor: int, who: Origin = WHO) -> Status:
    return spooler.open(who).known(nomor).status


def test_it_prints_in_the_background_in_order(make: Make, printer: Printer) -> None:
    spooler = make()
    heard: list[tuple[int, Status]] = []
    spooler.listen(lambda print_: heard.append((print_.nomor, print_.status)))
    for at in range(3):
        add(spooler, f"110000010{at}")
    wait_until(lambda: spooler.is_idle)
    assert [job.name for job in printer.jobs] == ["1100000100", "1100000101", "1100000102"]
    assert heard == [(at, now) for at in (1, 2, 3) for now in (Status.DICETAK, Status.SELESAI)]


def test_copies_and_sheets(make: Make, printer: Printer) -> None:
    spooler = make(copies=2, sheets="2,4")
    add(spooler)
    wait_until(lambda: spooler.is_idle)
    assert [job.content for job in printer.jobs] == [b"lembar 2\n\flembar 4\n"] * 2


def test_a_failed_print_is_said_and_tried_again_when_the_teller_wants(make: Make, printer: Printer) -> None:
    printer.fails = [PrintFailed("SKH9301", {"printer": "lp0", "sebab": "gone"})]
    spooler = make()
    heard: list[Print] = []
    spooler.listen(heard.append)
    nomor = add(spooler)
    wait_until(lambda: spooler.is_idle)
    assert (heard[-1].status, heard[-1].sebab) == (
        Status.GAGAL,
        Trouble("SKH9301", {"printer": "lp0", "sebab": "gone"}),
    )
    add(spooler, "1100000101")
    wait_until(lambda: spooler.is_idle)
    assert [job.name for job in printer.jobs] == ["1100000101"]
    spooler.open(WHO).release(nomor)
    spooler.wake()
    wait_until(lambda: status(spooler, nomor) is Status.SELESAI)


def test_after_a_failure_only_the_copies_that_are_missing(make: Make, printer: Printer) -> None:
    spooler = make(copies=3)
    printer.gate.clear()
    nomor = add(spooler)
    printer.fails = []

    class Once(list[Exception]):
        def __bool__(self) -> bool:
            return len(printer.jobs) == 2 and super().__len__() > 0

    printer.fails = Once([PrintFailed("SKH9302", {"printer": "x", "detik": 1})])
    printer.gate.set()
    wait_until(lambda: status(spooler, nomor) is Status.GAGAL)
    assert spooler.open(WHO).known(nomor).tercetak == 2
    spooler.open(WHO).release(nomor)
    spooler.wake()
    wait_until(lambda: status(spooler, nomor) is Status.SELESAI)
    assert len(printer.jobs) == 3


def test_a_fault_of_ours_costs_one_print(make: Make, printer: Printer) -> None:
    printer.fails = [ZeroDivisionError()]
    spooler = make()
    nomor = add(spooler)
    wait_until(lambda: spooler.is_idle)
    assert spooler.open(WHO).known(nomor).sebab == Trouble("SKH9307", {"sebab": "ZeroDivisionError"})
    add(spooler, "1100000101")
    wait_until(lambda: status(spooler, 2) is Status.SELESAI)


def test_lost_sheets_are_a_failure(make: Make, printer: Printer, tmp_path: Path) -> None:
    printer.gate.clear()
    spooler = make()
    add(spooler)
    second = add(spooler, "1100000101")
    next(tmp_path.glob("*/000002.txt")).unlink()
    printer.gate.set()
    wait_until(lambda: spooler.is_idle)
    assert spooler.open(WHO).known(second).sebab == Trouble("SKH9306", {})


def test_a_hanging_printer_holds_nobody_up(make: Make, printer: Printer) -> None:
    printer.gate.clear()
    spooler = make()
    nomor = add(spooler)
    wait_until(lambda: status(spooler, nomor) is Status.DICETAK)
    began = time.monotonic()
    for at in range(1, 20):
        add(spooler, f"11000001{at:02d}")
    assert time.monotonic() - began < 2
    printer.gate.set()
    wait_until(lambda: spooler.is_idle)
    assert len(printer.jobs) == 20


def test_what_waits_is_printed_by_the_next_terminal_and_what_was_under_way_is_not(make: Make, printer: Printer) -> None:
    printer.gate.clear()
    spooler = make()
    under_way, waits = add(spooler), add(spooler, "1100000101")
    wait_until(lambda: status(spooler, under_way) is Status.DICETAK)
    spooler.close()
    printer.gate.set()
    again = make()
    again.open(WHO)
    wait_until(lambda: again.is_idle)
    assert [job.name for job in printer.jobs] == ["1100000101"]
    assert (status(again, under_way), status(again, waits)) == (Status.GAGAL, Status.SELESAI)


def test_a_printer_that_hears_nothing_is_left_behind(make: Make) -> None:
    deaf = Deaf()
    deaf.gate.clear()
    spooler = make(deaf)
    add(spooler)
    wait_until(lambda: status(spooler, 1) is Status.DICETAK)
    began = time.monotonic()
    spooler.close()
    assert time.monotonic() - began < 6
    with pytest.raises(BlockingIOError):
        make().open(WHO)  # the thread still has the folder; the end of the process frees it
    deaf.gate.set()


def test_a_device_that_hangs_for_real(make: Make, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "lp0")
    reader = os.open(tmp_path / "lp0", os.O_RDONLY | os.O_NONBLOCK)
    spooler = make(DeviceTarget(tmp_path / "lp0", stall_s=0.3))
    nomor = spooler.add(WHO, "1100000100", 0, [["x" * 200_000]], NOW).nomor
    wait_until(lambda: status(spooler, nomor) is Status.GAGAL)
    os.close(reader)
    assert spooler.open(WHO).known(nomor).sebab is not None


def test_every_device_has_its_own_spool(make: Make, printer: Printer) -> None:
    printer.gate.clear()
    spooler = make()
    add(spooler)
    wait_until(lambda: status(spooler, 1) is Status.DICETAK)
    other = add(spooler, "1100000200", OTHER)
    assert [print_.nomor_porsi for print_ in spooler.open(OTHER).prints()] == ["1100000200"]
    printer.gate.set()
    wait_until(lambda: status(spooler, other, OTHER) is Status.SELESAI)
    assert status(spooler, 1) is Status.GAGAL  # it was under way when the other device signed on


def test_the_settings_of_a_printer(tmp_path: Path) -> None:
    settings = load({}, {"printer": "device:/dev/usb/lp0", "format": "escp", "copies": "2", "sheets": "1-2"})
    paper = paper_of(settings)
    assert paper == Paper(DeviceTarget(Path("/dev/usb/lp0")), "escp", 2, "1-2", 66)
    assert paper_of(Settings(receipts=tmp_path, copies=3)) == Paper(FileTarget(tmp_path), "text", 1, "1-5", 66)


def test_a_paper_comes_out_whole_and_as_often_as_it_is_asked_for(make: Make, printer: Printer) -> None:
    spooler = make(sheets="1", copies=3)
    first, second = (spooler.add_paper(WHO, "LAPORAN-451-20040503", PAGES, NOW) for _ in range(2))
    wait_until(lambda: len(printer.jobs) == 2 and spooler.is_idle)
    assert first.nomor != second.nomor
    assert [job.name for job in printer.jobs] == ["LAPORAN-451-20040503"] * 2
    assert all(job.content.count(b"lembar") == len(PAGES) for job in printer.jobs)
    with pytest.raises(AssertionError, match="file name"):
        spooler.add_paper(WHO, "../laporan", PAGES, NOW)
