"""Printing as the teller sees it: the preview, the list of prints, the reprint, and a printer that does not work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from threading import Event

import msgspec
import pytest

from ledger.kinds import KINDS
from ledger.kinds.setoran_awal import SetoranAwal
from ledger.records import origin_of
from terminal.config import Settings
from terminal.kept import KeptRequest
from terminal.panels.entry import SetoranAwalPanel
from terminal.panels.menu import MenuPanel
from terminal.panels.receipt import ReceiptPanel, ReprintPanel
from terminal.panels.spool import ChangePanel, DeletePanel, SpoolPanel
from terminal.printer import Job, PrintFailed
from terminal.spool import Print, SpoolLimits, Status
from terminal.spooler import Paper
from tests.panels.conftest import Teller
from tests.panels.fake_link import INFO, FakeLink
from tests.unit.terminal.fake_host import WAKTU_US
from txserver.wire.frames import Accepted, InquiryCetak, Post, Refused

Golden = Callable[[str, list[str]], None]
SPPH = "33250000001"
OFF = {"printer": "/dev/usb/lp0", "sebab": "No such device or address"}


class Printer:
    """A form printer: off, on, or hanging."""

    label = "/dev/usb/lp0"

    def __init__(self) -> None:
        self.is_on, self.jobs = False, list[Job]()
        self.gate = Event()
        self.gate.set()

    def send(self, job: Job, ends: Event) -> None:
        while not self.gate.wait(0.01):
            if ends.is_set():
                raise PrintFailed("SKH9305", {})
        if not self.is_on:
            raise PrintFailed("SKH9301", OFF)
        self.jobs.append(job)


@pytest.fixture
async def link() -> FakeLink:
    return FakeLink(msgspec.structs.replace(INFO, kinds=("STA", "CTK")))


@pytest.fixture
async def printer(teller: Teller) -> Printer:
    printer = Printer()
    teller.app.desk.spooler.paper = Paper(printer, "escp", 2, "1-5", 66)
    await teller.sign_on()
    return printer


async def deposit(teller: Teller, porsi: str = "1100000100") -> None:
    if isinstance(teller.panel, MenuPanel):
        await teller.press(*"SA", "enter")
    await teller.press(*SPPH, "enter")
    teller.link.answers = [Accepted(0, 1, 100, WAKTU_US, False, {"nomor_porsi": porsi})]
    await teller.press("enter")


async def the_list(teller: Teller) -> SpoolPanel:
    for _ in range(4):
        if not isinstance(teller.panel, MenuPanel):
            await teller.press("f12")
    await teller.type("SF")
    await teller.press("enter")
    assert isinstance(teller.panel, SpoolPanel)
    return teller.panel


def prints(teller: Teller) -> list[Print]:
    assert teller.app.desk.who is not None
    return teller.app.desk.spooler.open(teller.app.desk.who).prints()


def statuses(teller: Teller) -> list[Status]:
    return [print_.status for print_ in prints(teller)]


# -------------------------------------------------------------------------------------------- the deposit goes on


async def test_a_printer_that_is_off_undoes_nothing(teller: Teller, printer: Printer, golden: Golden) -> None:
    await deposit(teller)
    golden("bukti_gagal", teller.glass)
    assert teller.message == "SKH0001 Nomor porsi 1100000100 telah diberikan, entri 100."
    assert teller.beeps == 1
    await teller.press("enter", *SPPH, "enter", "enter")
    assert isinstance(teller.panel, ReceiptPanel)


async def test_a_printer_that_hangs_blocks_nothing(teller: Teller, printer: Printer) -> None:
    teller.waits_for_printer = False
    printer.is_on = True
    printer.gate.clear()
    await deposit(teller)
    while statuses(teller) != [Status.DICETAK]:
        await asyncio.sleep(0.002)
    await teller.rest()
    assert "Cetakan 000001  DICETAK" in "".join(teller.glass)
    await teller.press("enter")
    assert isinstance(teller.panel, SetoranAwalPanel)
    await teller.press(*SPPH, "enter", "enter")
    assert isinstance(teller.panel, ReceiptPanel)
    printer.gate.set()
    teller.waits_for_printer = True
    await teller.rest()
    assert [job.name for job in printer.jobs] == ["1100000100"] * 2


async def test_a_failure_elsewhere_is_said_without_locking_the_keyboard(teller: Teller, printer: Printer) -> None:
    teller.waits_for_printer = False
    printer.gate.clear()
    await deposit(teller)
    await teller.press("enter", "3", "3")
    printer.gate.set()
    teller.waits_for_printer = True
    await teller.rest()
    assert teller.message == "SKH0042 Cetakan 000001, porsi 1100000100, gagal: lihat daftar cetakan (SF)."
    assert teller.beeps == 1
    await teller.type("25")
    assert teller.panel.buffer.typed_values() == {"nomor_spph": "3325"}


async def test_a_failure_takes_no_error_away(teller: Teller, printer: Printer) -> None:
    teller.waits_for_printer = False
    printer.gate.clear()
    await deposit(teller)
    await teller.press("enter", "enter")
    assert teller.message.startswith("X SKH1107")
    printer.gate.set()
    teller.waits_for_printer = True
    await teller.rest()
    assert teller.message.startswith("X SKH1107")


async def test_without_a_spool_the_receipt_is_shown_all_the_same(teller: Teller, settings: Settings) -> None:
    settings.state.write_text("a file where the folder should be")
    await teller.sign_on()
    assert teller.message.startswith("SKH9310 Daftar cetakan tidak dapat dibuka: ")
    await deposit(teller)
    assert isinstance(teller.panel, ReceiptPanel)
    assert teller.message.startswith("SKH9007 Bukti 1100000100 tidak dapat disimpan: ")
    await the_list(teller)
    assert teller.message.startswith("X SKH9310 Daftar cetakan tidak dapat dibuka: ")


async def test_a_full_list_says_so(teller: Teller, printer: Printer) -> None:
    spool = teller.app.desk.spooler.open(origin_of("451", "0123", "TRM01", "TELLER1"))
    spool._limits = SpoolLimits(waiting_max=1)
    spool.hold(spool.add("1200000000", 0, [["x"]], WAKTU_US, 1).nomor)
    await deposit(teller)
    assert teller.message == "SKH9311 Daftar cetakan penuh: bukti 1100000100 tidak dicetak."


# --------------------------------------------------------------------------------------------- the list of prints


async def test_the_list(teller: Teller, printer: Printer, golden: Golden) -> None:
    printer.is_on = True
    await deposit(teller)
    await teller.press("f12")
    printer.is_on = False
    await deposit(teller, "1100000101")
    panel = await the_list(teller)
    golden("cetakan", teller.glass)
    assert panel.buffer.display.name == "SKHSPL"


async def test_the_list_in_english_and_wide(teller: Teller, printer: Printer) -> None:
    object.__setattr__(teller.app.desk.settings, "language", "en")
    await deposit(teller)
    await teller.pilot.resize_terminal(132, 27)
    await the_list(teller)
    lines = "\n".join(teller.glass)
    assert "FAILED    SKH9301  Printer /dev/usb/lp0 cannot be used: No such devic" in lines
    assert "2=Edit  3=Hold  4=Delete  5=Display  6=Free  8=CTK" in lines


async def test_release_prints_what_failed(teller: Teller, printer: Printer) -> None:
    await deposit(teller)
    await the_list(teller)
    printer.is_on = True
    await teller.press("6", "enter")
    assert statuses(teller) == [Status.SELESAI]
    await teller.press("f5")
    assert "2/2      SELESAI" in "".join(teller.glass)
    await teller.press("6", "enter")
    assert teller.message == "X SKH9308 Cetakan 000001: opsi itu tidak berlaku pada statusnya."
    assert len(printer.jobs) == 2


async def test_hold_and_change(teller: Teller, printer: Printer, golden: Golden) -> None:
    await deposit(teller)
    await the_list(teller)
    await teller.press("3", "enter")
    assert "DITAHAN" in "".join(teller.glass)
    await teller.press("2", "enter")
    assert isinstance(teller.panel, ChangePanel)
    golden("cetakan_ubah", teller.glass)
    await teller.press("0", "enter")
    assert teller.message.startswith("X SKH1122 Isian Salinan")
    printer.is_on = True
    await teller.press("escape", "3", "t", "enter")
    assert isinstance(teller.panel, SpoolPanel)
    assert statuses(teller) == [Status.SELESAI]
    assert [job.suffix for job in printer.jobs] == ["prn"] * 3


async def test_fewer_copies_than_are_out(teller: Teller, printer: Printer) -> None:
    await deposit(teller)
    await the_list(teller)
    await teller.press("2", "enter", "1", "n")
    assert teller.panel.buffer.typed_values() == {"salinan": "1", "tahan": "N"}
    await teller.press("enter")
    assert teller.message.startswith("X SKH1122 Isian Tahan")
    await teller.press("escape", "y", "enter")
    assert [(print_.salinan, print_.status) for print_ in prints(teller)] == [(1, Status.DITAHAN)]


async def test_delete_asks(teller: Teller, printer: Printer, golden: Golden) -> None:
    await deposit(teller)
    await the_list(teller)
    await teller.press("4", "enter")
    assert isinstance(teller.panel, DeletePanel)
    golden("cetakan_hapus", teller.glass)
    await teller.press("f12")
    assert statuses(teller) == [Status.GAGAL]
    await teller.press("4", "enter", "enter")
    assert prints(teller) == []
    assert "(Tidak ada yang dapat ditampilkan)" in "".join(teller.glass)


async def test_show_leafs_through_it_and_says_why_it_failed(teller: Teller, printer: Printer) -> None:
    await deposit(teller)
    await the_list(teller)
    asked = len(teller.link.asked)
    await teller.press("5", "enter")
    assert isinstance(teller.panel, ReceiptPanel)
    assert teller.message == "SKH9301 Printer /dev/usb/lp0 tidak dapat dipakai: No such device or address."
    await teller.press("pagedown")
    assert "Baris 15" in "".join(teller.glass)
    assert len(teller.link.asked) == asked


async def test_several_options_at_once(teller: Teller, printer: Printer) -> None:
    for at in range(3):
        await deposit(teller, f"110000010{at}")
        await teller.press("f12")
    await the_list(teller)
    await teller.press("4", "5", "3", "enter")
    assert isinstance(teller.panel, DeletePanel)
    await teller.press("enter")
    assert isinstance(teller.panel, ReceiptPanel)
    await teller.press("enter")
    assert isinstance(teller.panel, SpoolPanel)
    assert [(print_.nomor, print_.status) for print_ in prints(teller)] == [(2, Status.GAGAL), (1, Status.DITAHAN)]
    assert "000003" not in "".join(teller.glass)


async def test_what_has_gone_meanwhile(teller: Teller, printer: Printer) -> None:
    await deposit(teller)
    await the_list(teller)
    assert teller.app.desk.who is not None
    teller.app.desk.spooler.open(teller.app.desk.who).remove(1)
    await teller.press("3", "enter")
    assert teller.message == "X SKH9309 Cetakan 000001 sudah tidak ada."


# -------------------------------------------------------------------------------------------------- the reprint


def reprinted(n: int) -> Accepted:
    return Accepted(0, 2, 200 + n, WAKTU_US, False, {"nomor_porsi": "1100000100", "duplikat": n})


async def test_print_again_from_the_receipt_is_an_entry(teller: Teller, printer: Printer, golden: Golden) -> None:
    printer.is_on = True
    await deposit(teller)
    await teller.press("f10")
    assert isinstance(teller.panel, ReprintPanel)
    assert teller.field == "alasan"
    await teller.type("Bukti setor rusak")
    golden("cetak_ulang", teller.glass)
    teller.link.answers = [reprinted(1)]
    await teller.press("enter")
    assert isinstance(teller.panel, ReceiptPanel)
    assert teller.message == "SKH0041 DUPLIKAT 1 dari porsi 1100000100 tercatat sebagai entri 201."
    assert "Cetakan 000002  DUPLIKAT 1  SELESAI" in "".join(teller.glass)
    body = KINDS["CTK"].request(nomor_porsi="1100000100", alasan="Bukti setor rusak")
    assert teller.link.asked[-2:] == [body, InquiryCetak("1100000100", 1)]
    assert [job.name for job in printer.jobs] == ["1100000100"] * 2 + ["1100000100-D1"] * 2
    await teller.press("enter")
    assert isinstance(teller.panel, ReceiptPanel)
    await teller.press("f3")
    assert isinstance(teller.panel, MenuPanel)


async def test_option_8_of_the_list(teller: Teller, printer: Printer) -> None:
    await deposit(teller)
    await the_list(teller)
    await teller.press("8", "enter", *"Hilang")
    teller.link.answers = [reprinted(2)]
    await teller.press("enter", "enter")
    assert isinstance(teller.panel, SpoolPanel)
    assert [print_.duplikat for print_ in prints(teller)] == [2, 0]
    assert "000002" in "".join(teller.glass)


async def test_a_refused_reprint_prints_nothing(teller: Teller, printer: Printer) -> None:
    await teller.press(*"CTK", "enter")
    assert teller.field == "nomor_porsi"
    await teller.press(*"1100000100", *"Rusak")
    teller.link.answers = [Refused(0, 1, "SKH2202", {"nomor_porsi": "1100000100", "bank": "451", "cabang": "0999"})]
    await teller.press("enter")
    assert isinstance(teller.panel, ReprintPanel)
    assert teller.message.startswith("X SKH2202")
    assert prints(teller) == []
    await teller.press("escape", "f5")
    assert teller.panel.buffer.typed_values() == {"nomor_porsi": "", "alasan": ""}


async def test_a_reprint_that_had_no_answer_is_printed_at_the_next_sign_on(teller: Teller) -> None:
    post = Post(0, 2, "2004-05-03", KINDS["CTK"].request(nomor_porsi="1100000100", alasan="Rusak"))
    teller.link.kept_request = KeptRequest(1, "451", "0123", "TRM01", "TELLER1", post)
    teller.link.answers = [INFO, reprinted(3)]
    await teller.sign_on()
    assert isinstance(teller.panel, ReceiptPanel)
    assert teller.message.startswith("SKH0041 DUPLIKAT 3 ")
    assert [(print_.duplikat, print_.status) for print_ in prints(teller)] == [(3, Status.SELESAI)]


async def test_the_same_original_comes_out_once(teller: Teller, printer: Printer) -> None:
    printer.is_on = True
    await deposit(teller)
    await teller.press("enter", *SPPH, "enter", "enter")
    assert isinstance(teller.link.asked[-2], SetoranAwal)
    assert len(prints(teller)) == 1
    assert len(printer.jobs) == 2
