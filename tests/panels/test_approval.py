from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from ledger.kinds.koreksi_setoran import KoreksiSetoran
from ledger.kinds.laci_serah import LaciSerah
from terminal.events import SessionOver
from terminal.panels.approval import ApprovalPanel
from terminal.panels.entry import EntryPanel
from terminal.panels.menu import MenuPanel
from terminal.panels.receipt import ReceiptPanel, fetch_receipt
from terminal.panels.signon import SignOnPanel
from tests.panels.conftest import Teller
from tests.panels.fake_link import INFO, FakeLink
from tests.unit.terminal.fake_host import PAGES, WAKTU_US
from txserver.wire.frames import Accepted, Answer, InquiryCetak, Refused

Golden = Callable[[str, list[str]], None]
PORSI = "1100000100"
KOR = KoreksiSetoran(PORSI, "salah nominal")
NEEDS = Refused(0, 1, "SKH7020", {"kind": "KOR", "peran": "PENYELIA"})
WRONG = Refused(0, 900_001, "SKH7011", {})
RECEIPT = Answer(0, 900_002, {"kind": "KOR", "halaman": PAGES})
ANSWER = {"nomor_porsi": PORSI, "nomor_spph": "33250000001", "nominal_rupiah": 20_000_000, "seq_asal": 100}


@pytest.fixture
async def link() -> FakeLink:
    return FakeLink(msgspec.structs.replace(INFO, kinds=("KOR", "LSR")))


async def fill_in(teller: Teller) -> None:
    """A correction typed and sent, and the window that asks for the second person."""
    await teller.sign_on()
    await teller.press("1", "enter", *PORSI, *KOR.alasan)
    teller.link.answers = [NEEDS]
    await teller.press("enter")
    assert isinstance(teller.panel, ApprovalPanel)


async def test_a_second_person_signs_on_the_same_screen(teller: Teller, golden: Golden) -> None:
    await fill_in(teller)
    golden("persetujuan", teller.glass)
    assert teller.field == "penyetuju"
    await teller.press(*"penyelia1", "tab", *"SANDINYA")
    assert "SANDINYA" not in "".join(teller.glass)
    teller.link.answers = [Accepted(0, 2, 120, WAKTU_US, False, ANSWER), RECEIPT]
    await teller.press("enter")
    assert teller.link.asked[-3:] == [KOR, (KOR, "PENYELIA1", "SANDINYA"), InquiryCetak(PORSI)]
    assert isinstance(teller.panel, ReceiptPanel)
    assert teller.message == "SKH0002 Permintaan diterima sebagai entri 120."
    await teller.press("enter")
    assert isinstance(teller.panel, EntryPanel)
    assert teller.message == "SKH0002 Permintaan diterima sebagai entri 120."
    assert "Nomor porsi 1100000100   Nomor SPPH 33250000001" in teller.glass[20]
    assert teller.panel.buffer.typed_values() == {"nomor_porsi": "", "alasan": ""}


async def test_the_receipt_of_a_correction_is_printed_beside_that_of_the_deposit(teller: Teller) -> None:
    assert teller.app.desk.who is None
    await fill_in(teller)
    who = teller.app.desk.who
    assert who is not None
    teller.app.desk.spooler.add(who, PORSI, 0, PAGES, WAKTU_US)
    await teller.press(*"penyelia1", "tab", *"SANDINYA")
    teller.link.answers = [Accepted(0, 2, 120, WAKTU_US, False, ANSWER), RECEIPT]
    await teller.press("enter")
    assert "F10" not in "".join(teller.glass[21:23]), "of a porsi that is BATAL no copy is made"
    folder = teller.app.desk.settings.receipts
    assert {path.name for path in folder.iterdir()} == {f"{PORSI}.txt", f"{PORSI}-K.txt"}
    teller.link.answers = [RECEIPT]
    panel, trouble = await fetch_receipt(teller.app.desk, PORSI)
    assert (panel is not None, trouble) == (True, None)
    assert len(teller.app.desk.spooler.open(who).prints()) == 2, "it comes out once"


async def test_a_line_cut_while_the_signature_is_checked_asks_for_it_again(teller: Teller) -> None:
    await fill_in(teller)
    await teller.press(*"penyelia1", "tab", *"SALAH")
    teller.link.answers = [Refused(0, 900_001, "SKH9027", {})]
    await teller.press("enter")
    assert isinstance(teller.panel, ApprovalPanel)
    assert teller.message == "X SKH9027 Jalur terputus selagi tanda tangan diperiksa."
    assert teller.panel.buffer.typed_values() == {"penyetuju": "PENYELIA1", "sandi": ""}


async def test_a_wrong_password_is_said_in_the_window_and_forgotten(teller: Teller, golden: Golden) -> None:
    await fill_in(teller)
    await teller.press(*"penyelia1", "tab", *"SALAH")
    teller.link.answers = [WRONG]
    await teller.press("enter")
    assert isinstance(teller.panel, ApprovalPanel)
    golden("persetujuan_ditolak", teller.glass)
    assert teller.beeps == 1
    assert teller.field == "sandi"
    assert teller.panel.buffer.typed_values() == {"penyetuju": "PENYELIA1", "sandi": ""}
    await teller.press("escape", *"SANDINYA", "enter")
    assert teller.link.asked[-2] == (KOR, "PENYELIA1", "SANDINYA")


@pytest.mark.parametrize("refused_first", [True, False])
async def test_f12_leads_back_to_the_entry_as_it_was_typed(teller: Teller, refused_first: bool) -> None:
    await fill_in(teller)
    if refused_first:
        teller.link.answers = [WRONG]
        await teller.press(*"penyelia1", "tab", *"SALAH", "enter", "escape")
    await teller.press("f12")
    assert isinstance(teller.panel, EntryPanel)
    assert teller.message == ""
    assert teller.panel.buffer.typed_values() == {"nomor_porsi": PORSI, "alasan": KOR.alasan}
    teller.link.answers = [NEEDS]
    await teller.press("enter")
    assert isinstance(teller.panel, ApprovalPanel)
    await teller.press("f12", "f12")
    assert isinstance(teller.panel, MenuPanel)


async def test_what_the_rules_refuse_of_a_signed_request_is_said_on_the_entry(teller: Teller) -> None:
    await fill_in(teller)
    teller.link.answers = [Refused(0, 3, "SKH2201", {"nomor_porsi": PORSI})]
    await teller.press(*"penyelia1", "tab", *"SANDINYA", "enter")
    assert isinstance(teller.panel, EntryPanel)
    assert teller.message == "X SKH2201 Nomor porsi 1100000100 tidak dikenal."
    assert teller.panel.buffer.typed_values() == {"nomor_porsi": PORSI, "alasan": KOR.alasan}


async def test_the_receiver_of_a_drawer_signs_under_his_own_name(teller: Teller) -> None:
    await teller.sign_on()
    await teller.press("2", "enter", *"teller2", "tab", *"41.000.000")
    teller.link.answers = [NEEDS]
    await teller.press("enter")
    assert isinstance(teller.panel, ApprovalPanel)
    assert teller.field == "sandi"
    assert teller.panel.buffer.typed_values()["penyetuju"] == "TELLER2"
    told = {"penerima": "TELLER2", "dihitung_rupiah": 41_000_000, "selisih_rupiah": -50_000}
    teller.link.answers = [Accepted(0, 2, 120, WAKTU_US, False, told)]
    await teller.press(*"SANDINYA", "enter")
    assert teller.link.asked[-1] == (LaciSerah("TELLER2", 41_000_000), "TELLER2", "SANDINYA")
    assert teller.message == "SKH0053 Laci diserahkan kepada TELLER2, selisih Rp -50.000."


async def test_a_session_that_ends_takes_the_window_along(teller: Teller) -> None:
    await fill_in(teller)
    teller.link.info = None
    teller.link.hear(SessionOver("SKH7013", {}))
    await teller.rest()
    assert isinstance(teller.panel, SignOnPanel)
