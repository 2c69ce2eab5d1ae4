from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from textual.events import CursorPosition, Paste

from ledger.kinds.setoran_awal import SetoranAwal
from ledger.kinds.spph import SpphBaru
from terminal.app import Terminal
from terminal.config import Settings
from terminal.dial import HostUnreachable, SessionClosed
from terminal.events import HostBusy, LineDown, LineUp, OperatorBreak, SessionOver
from terminal.kept import KeptRequest
from terminal.panels.entry import EntryPanel, SetoranAwalPanel
from terminal.panels.inquiry import PorsiPanel
from terminal.panels.menu import MenuPanel
from terminal.panels.panel import HelpPanel
from terminal.panels.receipt import ReceiptPanel
from terminal.panels.signon import SignOnPanel
from tests.panels.conftest import Teller
from tests.panels.fake_link import INFO, FakeLink
from tests.unit.terminal.fake_host import WAKTU_US
from txserver.wire.frames import Accepted, InquiryCetak, InquirySpph, Post, Refused

Golden = Callable[[str, list[str]], None]
SPPH = "33250000001"


async def test_sign_on(teller: Teller, golden: Golden) -> None:
    golden("signon", teller.glass)
    assert teller.field == "sandi"
    await teller.type("RAHASIA")
    assert "RAHASIA" not in "".join(teller.glass)
    await teller.press("enter")
    assert teller.link.asked == [("451", "0123", "TRM01", "TELLER1", "RAHASIA")]
    assert isinstance(teller.panel, MenuPanel)
    golden("menu", teller.glass)


@pytest.mark.parametrize(
    ("fails", "says"),
    [
        (SessionClosed("SKH7011", {}), "X SKH7011 Pengguna atau kata sandi salah."),
        (SessionClosed("SKH7777", {}), "X SKH9013 Host menjawab SKH7777, yang tidak dikenal terminal ini."),
        (HostUnreachable("Connection refused"), "X SKH9006 Host tidak terjangkau: Connection refused."),
    ],
)
async def test_a_refused_sign_on_is_said_and_the_password_forgotten(
    teller: Teller, fails: Exception, says: str
) -> None:
    teller.link.answers = [fails]
    await teller.sign_on()
    assert isinstance(teller.panel, SignOnPanel)
    assert teller.message == says
    assert teller.beeps == 1
    assert teller.field == "sandi"
    await teller.press("escape", "enter")
    assert teller.message == "X SKH1107 0007 Isian Kata sandi wajib diisi."
    await teller.press("ctrl+r")
    await teller.sign_on()
    assert isinstance(teller.panel, MenuPanel)


async def test_setoran_awal_in_thirteen_keys_and_one_to_go_on(
    teller: Teller, golden: Golden, settings: Settings
) -> None:
    await teller.sign_on()
    await teller.type("SA")
    await teller.press("enter")
    golden("setoran_awal", teller.glass)
    teller.keys = 0
    await teller.type(SPPH)
    await teller.press("enter")
    golden("setoran_awal_terisi", teller.glass)
    assert teller.field == "nominal_rupiah"
    await teller.press("enter")
    assert teller.keys == 13
    assert isinstance(teller.panel, ReceiptPanel)
    golden("bukti", teller.glass)
    assert teller.message == "SKH0001 Nomor porsi 1100000100 telah diberikan, entri 100."
    assert teller.link.asked[1:] == [
        InquirySpph(SPPH),
        SetoranAwal(SPPH, 20_000_000),
        InquiryCetak("1100000100"),
    ]
    saved = settings.receipts / "1100000100.txt"
    assert saved.read_text().count("\f") == 1
    await teller.press("enter")
    assert teller.keys == 14
    assert isinstance(teller.panel, SetoranAwalPanel)
    assert teller.field == "nomor_spph"
    assert teller.message == "SKH0001 Nomor porsi 1100000100 telah diberikan, entri 100."
    assert teller.beeps == 0
    await teller.type(SPPH)
    assert teller.panel.buffer.read() == {"nomor_spph": SPPH}


async def test_a_receipt_is_leafed_through(teller: Teller, golden: Golden) -> None:
    await teller.sign_on()
    await teller.type("sa")
    await teller.press("enter", *SPPH, "enter", "enter", "pagedown")
    assert "Lembar 1 dari 2" in "".join(teller.glass)
    assert teller.message.startswith("SKH0001")
    await teller.press("pagedown", "pagedown", "pagedown")
    golden("bukti_akhir", teller.glass)
    await teller.press("pageup", "pageup", "pageup", "pageup")
    assert "Baris 01" in "".join(teller.glass)
    await teller.press("f3")
    assert isinstance(teller.panel, MenuPanel)


async def test_a_refusal_locks_the_keyboard_until_reset(teller: Teller, golden: Golden) -> None:
    await teller.sign_on()
    await teller.press("1", "enter", *SPPH, "enter")
    teller.link.answers = [Refused(0, 1, "SKH2006", {"wajib": 25_000_000, "nominal": 20_000_000})]
    await teller.press("enter")
    golden("setoran_awal_ditolak", teller.glass)
    assert teller.beeps == 1
    await teller.type("5")
    assert teller.beeps == 2
    await teller.press("f1")
    assert isinstance(teller.panel, HelpPanel)
    golden("keterangan_pesan", teller.glass)
    await teller.press("f12")
    assert teller.message.startswith("X SKH2006")
    await teller.press("escape")
    assert teller.message == ""
    await teller.type("25.000.000")
    await teller.press("enter")
    assert teller.link.asked[-2] == SetoranAwal(SPPH, 25_000_000)


async def test_an_spph_nobody_knows(teller: Teller) -> None:
    await teller.sign_on()
    await teller.press("1", "enter", *SPPH)
    teller.link.answers = [Refused(0, 900_001, "SKH7018", {})]
    await teller.press("enter")
    assert teller.message == f"X SKH2002 SPPH {SPPH} tidak dikenal."
    assert teller.field == "nomor_spph"


async def test_f12_goes_back_to_the_number_and_then_to_the_menu(teller: Teller) -> None:
    await teller.sign_on()
    await teller.press("1", "enter", *SPPH, "enter", "f12")
    assert teller.field == "nomor_spph"
    assert teller.panel.buffer.read() != {"nomor_spph": SPPH}
    await teller.press("f12")
    assert isinstance(teller.panel, MenuPanel)


async def test_x_system_says_what_the_line_is_like_while_the_host_works(teller: Teller, golden: Golden) -> None:
    await teller.sign_on()
    await teller.press("1", "enter", *SPPH, "enter")
    teller.link.gate.clear()
    await teller.press("enter")
    assert teller.message == "X SYSTEM"
    await teller.press("9", "f3", "escape")
    assert teller.beeps == 0
    teller.link.hear(LineDown(WAKTU_US))
    await teller.rest()
    golden("x_system_jalur_putus", teller.glass)
    teller.link.hear(LineUp())
    teller.link.hear(HostBusy("SKH9001", 200))
    await teller.rest()
    assert teller.message == "X SYSTEM  SKH9001 SISTEM SIBUK, tunggu 200 ms."
    teller.link.gate.set()
    await teller.rest()
    assert isinstance(teller.panel, ReceiptPanel)
    assert teller.message.startswith("SKH0001")


async def test_a_line_that_is_down_is_said_while_nobody_waits(teller: Teller) -> None:
    await teller.sign_on()
    await teller.press("escape")
    teller.link.hear(LineDown(WAKTU_US))
    await teller.rest()
    assert teller.message == "SKH9005 Jalur putus sejak 08:00:00, menyambung lagi sendiri."
    await teller.press("1", "enter")
    assert isinstance(teller.panel, SetoranAwalPanel)
    assert teller.message.startswith("SKH9005")
    teller.link.hear(LineUp())
    await teller.rest()
    assert teller.message == "SKH0007 Jalur ke host tersambung lagi."


async def test_a_session_ended_by_the_host_leads_to_the_sign_on(teller: Teller) -> None:
    await teller.sign_on()
    await teller.press("1", "enter", "3")
    teller.link.info = None
    teller.link.hear(SessionOver("SKH7013", {}))
    await teller.rest()
    assert isinstance(teller.panel, SignOnPanel)
    assert teller.message.startswith("X SKH7013")
    assert teller.field == "sandi"
    await teller.press("escape")
    await teller.sign_on()
    assert isinstance(teller.panel, MenuPanel)


async def test_a_session_ended_while_a_request_waits(teller: Teller) -> None:
    await teller.sign_on()
    await teller.press("1", "enter", *SPPH, "enter")
    teller.link.answers = [SessionClosed("SKH7015", {})]
    teller.link.hear(SessionOver("SKH7015", {}))
    await teller.press("enter")
    assert isinstance(teller.panel, SignOnPanel)
    assert teller.message.startswith("X SKH7015")


async def test_a_message_of_the_operator_is_shown_at_once(teller: Teller) -> None:
    await teller.sign_on()
    teller.link.hear(OperatorBreak("SKH9002", {}))
    await teller.rest()
    assert "SKH9002 Host sedang ditutup." in teller.message
    assert teller.beeps > 0


async def test_a_kept_request_is_settled_before_the_menu(teller: Teller, settings: Settings) -> None:
    post = Post(0, 1, "2004-05-03", SetoranAwal(SPPH, 20_000_000))
    teller.link.kept_request = KeptRequest(1, "451", "0123", "TRM01", "TELLER1", post)
    await teller.sign_on()
    assert isinstance(teller.panel, ReceiptPanel)
    assert teller.message == "SKH0008 Nomor porsi 1100000100, entri 100: jawaban ulang, sudah tercatat."
    assert (settings.receipts / "1100000100.txt").exists()
    await teller.press("enter")
    assert isinstance(teller.panel, MenuPanel)


async def test_a_receipt_that_cannot_be_saved_is_shown_all_the_same(teller: Teller, settings: Settings) -> None:
    settings.receipts.write_text("a file where the folder should be")
    await teller.sign_on()
    await teller.press("1", "enter", *SPPH, "enter", "enter")
    assert isinstance(teller.panel, ReceiptPanel)
    assert "Cetakan 000001  GAGAL  SKH9301 Printer bukti tidak dapat dipakai" in "".join(teller.glass)


@pytest.mark.parametrize("typed", ["77", "XX", "91"])
async def test_an_option_the_menu_does_not_have(teller: Teller, typed: str) -> None:
    await teller.sign_on()
    await teller.press(*typed, "enter")
    assert teller.message == f"X SKH1123 Pilihan {typed} tidak ada di menu ini."


@pytest.mark.parametrize("typed", ["1", "SA", "sta"])
async def test_the_ways_to_setoran_awal(teller: Teller, typed: str) -> None:
    await teller.sign_on()
    await teller.press(*typed, "enter")
    assert isinstance(teller.panel, SetoranAwalPanel)
    await teller.press("f3")
    assert isinstance(teller.panel, MenuPanel)


async def test_f3_at_the_menu_signs_off_and_at_the_sign_on_ends(teller: Teller) -> None:
    await teller.sign_on()
    await teller.press("f3")
    assert isinstance(teller.panel, SignOnPanel)
    assert teller.message == "SKH0003 Sign-off selesai."
    assert teller.field == "sandi"
    await teller.pilot.press("f3")
    assert teller.app.return_code == 0


async def test_the_porsi_inquiry_and_its_receipt(teller: Teller, golden: Golden) -> None:
    await teller.sign_on()
    await teller.press("2", "enter")
    assert isinstance(teller.panel, PorsiPanel)
    await teller.press(*"100000100", "enter")
    golden("porsi", teller.glass)
    await teller.press("f10")
    assert isinstance(teller.panel, ReceiptPanel)
    await teller.press("f12")
    assert isinstance(teller.panel, PorsiPanel)


async def test_nothing_is_typed_where_nothing_can_be(teller: Teller) -> None:
    await teller.sign_on()
    await teller.press("1", "enter", *SPPH, "enter", "enter", "x")
    assert teller.message == "X SKH1105 0005 Kursor tidak berada pada isian."


class TestEntryPanelOfAnyKind:
    @pytest.fixture
    async def link(self) -> FakeLink:
        import msgspec

        return FakeLink(msgspec.structs.replace(INFO, kinds=("SPT", "UID")))

    async def test_it_is_drawn_from_the_request_fields(self, teller: Teller, golden: Golden) -> None:
        await teller.sign_on()
        await teller.press("1", "enter")
        assert isinstance(teller.panel, EntryPanel)
        await teller.type("ahmad")
        await teller.press("tab", *"abdullah", "tab", *"3325013112600001", "tab", *"batang", "tab")
        await teller.press(*"31121960", "tab")
        await teller.press(*"ljl. raya 7", "tab", *"pecalungan", "tab", *"bandar", "tab", *"51254", "tab", "tab")
        golden("spph", teller.glass)

    async def test_what_is_sent_and_the_answer_shown(self, teller: Teller) -> None:
        await teller.sign_on()
        await teller.press("1", "enter", *"ahmad", "tab", *"abdullah", "tab", *"3325013112600001", "tab", *"batang")
        await teller.press("tab", *"31-12-1960", *"ljl. raya 7", "tab", *"pecalungan", "tab", *"bandar")
        teller.link.answers = [Accepted(0, 1, 100, WAKTU_US, False, {"nomor_spph": SPPH})]
        await teller.press("enter")
        nik = "3325013112600001"
        place, born, street = "BATANG", "1960-12-31", "JL. RAYA 7"
        assert teller.link.asked[-1] == SpphBaru(
            "AHMAD", "ABDULLAH", nik, "", place, born, "L", street, "PECALUNGAN", "BANDAR", "", "", ""
        )
        assert teller.message == "SKH0002 Permintaan diterima sebagai entri 100."
        assert teller.glass[20].strip() == f"Nomor SPPH {SPPH}"
        assert teller.field == "nama"

    async def test_a_field_the_host_refuses_gets_the_cursor(self, teller: Teller) -> None:
        await teller.sign_on()
        await teller.press("2", "enter", *"4510123AKTIF", "tab", *"uji")
        teller.link.answers = [Refused(0, 1, "SKH1001", {"field": "kode_cabang", "sebab": "panjang"})]
        await teller.press("enter")
        assert teller.message == "X SKH1001 Isian Kode cabang tidak sah: panjang."
        assert teller.field == "kode_cabang"

    async def test_f1_explains_a_field_and_f5_clears(self, teller: Teller, golden: Golden) -> None:
        await teller.sign_on()
        await teller.press("2", "enter", *"4510123", "f1")
        golden("keterangan_isian", teller.glass)
        await teller.press("enter", "f5")
        assert teller.field == "kode_bank"
        await teller.press("enter")
        assert teller.message == "X SKH1107 0007 Isian Kode bank wajib diisi."


async def test_a_key_the_panel_does_not_have(teller: Teller) -> None:
    await teller.sign_on()
    await teller.press("f5")
    assert teller.message == "X SKH1120 Tombol F5 tidak dipakai pada panel ini."


async def test_escape_and_a_digit_is_a_function_key(teller: Teller) -> None:
    await teller.sign_on()
    await teller.press("1", "enter", "escape", "=")
    assert isinstance(teller.panel, MenuPanel)
    await teller.press("1", "enter", "x", "escape", "1")
    assert teller.panel.buffer.lines()[4][19] == "1"


async def test_english(link: FakeLink, settings: Settings, golden: Golden) -> None:
    app = Terminal(replace(settings, language="en"), link)
    async with app.run_test(size=(80, 24)) as pilot:
        teller = Teller(app, link, pilot)
        await teller.sign_on()
        await teller.press("1", "enter", *SPPH, "enter")
        golden("setoran_awal_en", teller.glass)
        await teller.press("f5")
        assert teller.message == "X SKH1120 Key F5 is not used on this panel."


async def test_a_window_too_small_says_so(link: FakeLink, settings: Settings) -> None:
    app = Terminal(settings, link)
    async with app.run_test(size=(70, 20)) as pilot:
        teller = Teller(app, link, pilot)
        await teller.rest()
        lines = [line.strip() for line in teller.glass]
        assert lines == ["SKH9012 Jendela 70x20; terminal memerlukan 80x24.", *[""] * 19]
        await pilot.resize_terminal(80, 24)
        await teller.rest()
        assert "SIGN-ON SISKOHAT" in teller.glass[0]


async def test_shift_f3_is_f15(teller: Teller) -> None:
    await teller.sign_on()
    teller.app.post_message(CursorPosition(1, 0))
    await teller.rest()
    assert teller.message == "X SKH1120 Tombol F15 tidak dipakai pada panel ini."


async def test_pasted_text_is_typed(teller: Teller) -> None:
    await teller.sign_on()
    await teller.press("1", "enter")
    teller.app.post_message(Paste("3325-0000001"))
    await teller.rest()
    assert teller.message.startswith("X SKH1110 0010")
    assert teller.panel.buffer.lines()[4][19:30].strip() == "3325"


async def test_a_fault_of_ours_shows_no_variables(teller: Teller) -> None:
    def fault(sandi: str) -> None:
        raise RuntimeError("a fault")

    secret = "-".join("RAHASIA")
    try:
        fault(secret)
    except RuntimeError:
        teller.app._fatal_error()
    (shown,) = teller.app._exit_renderables
    text = "".join(segment.text for segment in shown.segments)  # type: ignore[union-attr]
    assert "RuntimeError: a fault" in text
    assert secret not in text
