"""The panels that lie over any other: F4, F24, Attn; and the command line they share with the menu."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from ledger.kinds.cabang import CabangBaru
from ledger.kinds.setoran_awal import SetoranAwal
from terminal.displays.system import CARD_PAGES
from terminal.keys import ALL_KEYS, KEYSTROKES
from terminal.panels.entry import EntryPanel, SetoranAwalPanel
from terminal.panels.inquiry import PorsiPanel
from terminal.panels.menu import CommandPanel, MenuPanel
from terminal.panels.over import KeyCardPanel, PromptPanel
from terminal.panels.receipt import ReceiptPanel
from terminal.panels.signon import SignOnPanel
from tests.panels.conftest import Teller
from tests.panels.fake_link import INFO, FakeLink
from tests.unit.terminal.fake_host import WAKTU_US
from txserver.wire.frames import Accepted, InquiryPorsi, InquirySpph

Golden = Callable[[str, list[str]], None]
SPPH = "33250000123"


async def test_a_pilgrim_takes_as_many_keys_as_the_document_says(teller: Teller) -> None:
    await teller.sign_on()
    await teller.press("s", "a", "enter")
    teller.keys = 0
    counts = [count for _, count in KEYSTROKES]
    await teller.type(SPPH)
    assert teller.keys == counts[0]
    await teller.press("enter")
    assert (teller.field, teller.keys) == ("nominal_rupiah", sum(counts[:2]))
    assert teller.panel.buffer.read() == {"nominal_rupiah": 20_000_000}
    await teller.press("enter")
    assert isinstance(teller.panel, ReceiptPanel)
    assert teller.keys == sum(counts[:3])
    await teller.press("enter")
    assert isinstance(teller.panel, SetoranAwalPanel)
    assert (teller.field, teller.keys) == ("nomor_spph", sum(counts))
    assert SetoranAwal(SPPH, 20_000_000) in teller.link.asked
    assert sum(counts) == 14


class TestCommandLine:
    @pytest.mark.parametrize("command", [f"SA {SPPH}", f"1 {SPPH}", f"sta  {SPPH}"])
    async def test_a_form_is_found_by_its_number_behind_the_command(self, teller: Teller, command: str) -> None:
        await teller.sign_on()
        await teller.press(*command, "enter")
        await teller.rest()
        assert isinstance(teller.panel, SetoranAwalPanel)
        assert teller.link.asked[-1] == InquirySpph(SPPH)
        assert teller.field == "nominal_rupiah"

    async def test_a_pilgrim_is_found_and_typing_ahead_goes_on_behind(self, teller: Teller) -> None:
        await teller.sign_on()
        await teller.press(*"PO 1100000001")
        teller.link.gate.clear()
        await teller.press("enter", "f12", "9", "0")
        teller.link.gate.set()
        await teller.rest()
        assert teller.link.asked[-1] == InquiryPorsi("1100000001")
        assert isinstance(teller.panel, MenuPanel)
        assert teller.panel.buffer.typed_values() == {"perintah": "90"}

    @pytest.mark.parametrize(
        ("command", "says"),
        [
            ("SA 3325X", "X SKH1110 0010 Isian Nomor SPPH: hanya angka 0 sampai 9."),
            ("SA 3325", "X SKH1114 0014 Isian Nomor SPPH harus penuh: 11 huruf atau angka."),
            ("SA 33250000123 4", "X SKH1118 0018 Isian Nomor SPPH sudah penuh."),
            ("XX 33250000123", "X SKH1123 Pilihan XX tidak ada di menu ini."),
        ],
    )
    async def test_what_is_wrong_behind_a_command_is_said(self, teller: Teller, command: str, says: str) -> None:
        await teller.sign_on()
        await teller.press(*command, "enter")
        assert teller.message == says
        assert not any(isinstance(body, InquirySpph) for body in teller.link.asked)

    async def test_f9_retrieves_earlier_commands_further_and_further_back(self, teller: Teller) -> None:
        await teller.sign_on()
        await teller.press("f9")
        assert teller.message == "SKH0061 Tidak ada perintah yang lebih dahulu."
        for command in (f"SA {SPPH}", "PO 1100000001", "PO 1100000001"):
            await teller.press(*command, "enter")
            await teller.rest()
            await teller.press("f3")
        await teller.press("f9")
        assert teller.panel.buffer.typed_values() == {"perintah": "PO 1100000001"}
        await teller.press("f9")
        assert teller.panel.buffer.typed_values() == {"perintah": f"SA {SPPH}"}
        await teller.press("f9")
        assert teller.message == "SKH0061 Tidak ada perintah yang lebih dahulu."
        await teller.press("enter")
        await teller.rest()
        assert teller.link.asked[-1] == InquirySpph(SPPH)
        await teller.press("f3", "f9")
        assert teller.panel.buffer.typed_values() == {"perintah": f"SA {SPPH}"}

    async def test_commands_are_forgotten_with_the_session(self, teller: Teller) -> None:
        await teller.sign_on()
        await teller.press("p", "o", "enter", "f3", "f3")
        await teller.sign_on()
        await teller.press("f9")
        assert teller.message == "SKH0061 Tidak ada perintah yang lebih dahulu."

    async def test_attn_puts_it_over_any_panel_which_stays_as_it_was(self, teller: Teller, golden: Golden) -> None:
        await teller.sign_on()
        await teller.press("s", "a", "enter", *"3325", "ctrl+a")
        assert isinstance(teller.panel, CommandPanel)
        golden("baris_perintah", teller.glass)
        await teller.press(*"PO 1100000001", "enter")
        await teller.rest()
        assert isinstance(teller.panel, PorsiPanel)
        await teller.press("f3")
        assert isinstance(teller.panel, SetoranAwalPanel)
        await teller.press(*"0000123", "enter")
        assert teller.link.asked[-1] == InquirySpph(SPPH)

    async def test_f12_there_goes_back_and_a_second_attn_is_refused(self, teller: Teller) -> None:
        await teller.sign_on()
        await teller.press("s", "a", "enter", *"3325", "ctrl+a", "ctrl+a")
        assert teller.message == "X SKH1120 Tombol Attn tidak dipakai pada panel ini."
        await teller.press("escape", "f12")
        assert teller.panel.buffer.typed_values() == {"nomor_spph": "3325"}

    async def test_sign_off_from_there_ends_everything_below(self, teller: Teller) -> None:
        await teller.sign_on()
        await teller.press("s", "a", "enter", *SPPH, "enter", "ctrl+a", "s", "o", "enter")
        await teller.rest()
        assert isinstance(teller.panel, SignOnPanel)
        assert teller.message == "SKH0003 Sign-off selesai."
        assert len(teller.app.screen_stack) == 2

    async def test_nobody_signed_on_has_no_command_line(self, teller: Teller) -> None:
        await teller.press("ctrl+a")
        assert teller.message == "X SKH1120 Tombol Attn tidak dipakai pada panel ini."


async def test_the_key_card_has_every_key(teller: Teller, golden: Golden) -> None:
    await teller.press("f24")
    assert isinstance(teller.panel, KeyCardPanel)
    golden("kartu_tombol", teller.glass)
    seen = "".join(teller.glass)
    for _ in range(CARD_PAGES):
        await teller.press("pagedown")
        seen += "".join(teller.glass)
    assert "Akhir" in teller.glass[19]
    assert [key.name for key in ALL_KEYS if f" {key.name} " not in seen] == []
    await teller.press("shift+f12")
    assert teller.message == "X SKH1120 Tombol F24 tidak dipakai pada panel ini."
    await teller.press("escape", "f12")
    assert isinstance(teller.panel, SignOnPanel)
    assert teller.field == "sandi"


class TestPrompt:
    @pytest.fixture
    async def link(self) -> FakeLink:
        return FakeLink(msgspec.structs.replace(INFO, kinds=("CAB", "SPT", "UID")))

    async def test_a_regency_is_found_by_letters_and_taken(self, teller: Teller, golden: Golden) -> None:
        await teller.sign_on()
        await teller.press("1", "enter", *"4510123", *"CABANG BATANG", "tab")
        assert teller.field == "kab_kota"
        await teller.press("f4")
        assert isinstance(teller.panel, PromptPanel)
        golden("f4_kab_kota", teller.glass)
        await teller.type("jawa ba")
        golden("f4_kab_kota_jawa_ba", teller.glass)
        await teller.press("down", "down", "up", "pagedown", "enter")
        assert isinstance(teller.panel, EntryPanel)
        chosen = str(teller.panel.buffer.typed_values()["kab_kota"])
        await teller.press("f4")
        assert f"> {chosen} " in "".join(teller.glass)
        await teller.type("kota tegal")
        await teller.press("enter")
        teller.link.answers = [Accepted(0, 1, 100, WAKTU_US, False, {})]
        await teller.press("enter")
        assert teller.link.asked[-1] == CabangBaru("451", "0123", "CABANG BATANG", "3376")

    async def test_the_list_narrows_and_widens_as_one_types(self, teller: Teller) -> None:
        await teller.sign_on()
        await teller.press("1", "enter", "f4")
        assert "> 002  BANK RAKYAT INDONESIA" in teller.glass[5]
        await teller.type("syariah")
        assert [line.strip() for line in teller.glass[5:7]] == ["> 451  BANK SYARIAH MANDIRI", ""]
        await teller.type("q")
        assert [line.strip() for line in teller.glass[5:7]] == ["", ""]
        await teller.press("enter")
        assert teller.message == "X SKH1126 Tidak ada nilai yang memuat SYARIAHQ."
        await teller.press("escape", "backspace", "enter")
        assert teller.panel.buffer.typed_values()["kode_bank"] == "451"
        assert teller.field == "kode_cabang"

    async def test_f12_takes_nothing(self, teller: Teller) -> None:
        await teller.sign_on()
        await teller.press("1", "enter", "f4", "down", "f12")
        assert isinstance(teller.panel, EntryPanel)
        assert teller.panel.buffer.typed_values()["kode_bank"] == ""

    async def test_codes_of_the_field_and_usual_reasons(self, teller: Teller) -> None:
        await teller.sign_on()
        await teller.press("3", "enter", "tab", "tab", "f4", "down", "enter")
        assert teller.panel.buffer.typed_values()["status"] == "DIBLOKIR"
        assert teller.field == "alasan"
        await teller.press("f4", *"kewajiban telah", "enter")
        assert teller.panel.buffer.typed_values()["alasan"] == "Kewajiban cabang telah diselesaikan"

    async def test_a_field_without_a_list_and_a_panel_without_a_field(self, teller: Teller) -> None:
        await teller.sign_on()
        await teller.press("2", "enter", "f4")
        assert teller.message == "X SKH1125 Isian Nama lengkap tidak mempunyai daftar nilai."
        await teller.press("escape", "f1", "f4")
        assert teller.message == "X SKH1105 0005 Kursor tidak berada pada isian."


class TestDup:
    @pytest.fixture
    async def link(self) -> FakeLink:
        return FakeLink(msgspec.structs.replace(INFO, kinds=("UID",)))

    async def test_it_repeats_what_was_sent_in_that_field(self, teller: Teller) -> None:
        await teller.sign_on()
        await teller.press("1", "enter", "ctrl+d")
        assert teller.message == "X SKH1119 0019 Isian Kode bank: tidak ada yang dapat diulang dengan Dup."
        await teller.press("escape", *"4510123AKTIF", "tab", *"uji")
        teller.link.answers = [Accepted(0, 1, 100, WAKTU_US, False, {})]
        await teller.press("enter", "ctrl+d", *"0124", "ctrl+d", "tab", "ctrl+d")
        texts = {"kode_bank": "451", "kode_cabang": "0124", "status": "AKTIF", "alasan": "uji"}
        assert teller.panel.buffer.typed_values() == texts
        await teller.press("f3", "f3")
        await teller.sign_on()
        await teller.press("1", "enter", "ctrl+d")
        assert teller.message.startswith("X SKH1119 0019")

    async def test_never_a_password_nor_where_there_is_no_field(self, teller: Teller) -> None:
        await teller.sign_on()
        await teller.press("f3", "ctrl+d")
        assert teller.message.startswith("X SKH1119 0019 Isian Kata sandi")
        await teller.press("escape", "f24", "ctrl+d")
        assert teller.message == "X SKH1105 0005 Kursor tidak berada pada isian."


async def test_the_signs_of_an_amount(teller: Teller) -> None:
    await teller.sign_on()
    await teller.press(*f"SA {SPPH}", "enter")
    await teller.rest()
    await teller.press(*"25000000", "-")
    assert teller.message == "X SKH1116 0016 Isian Nominal setoran: tombol Field- tidak berlaku di sini."
    await teller.press("escape", "+")
    assert "       25000000 " in teller.glass[18]
    await teller.press("ctrl+g")
    assert teller.message.startswith("X SKH1116 0016")
    await teller.press("escape", "enter")
    assert SetoranAwal(SPPH, 25_000_000) in teller.link.asked


async def test_f1_pressed_twice_is_back_where_it_was(teller: Teller) -> None:
    await teller.sign_on()
    await teller.press("1", "enter", "x")
    assert teller.message.startswith("X SKH1110")
    await teller.press("f1", "f1")
    assert isinstance(teller.panel, SetoranAwalPanel)
    assert teller.message.startswith("X SKH1110")
    assert teller.beeps == 1


async def test_f1_where_there_is_nothing_to_explain_shows_the_keys(teller: Teller) -> None:
    await teller.sign_on()
    await teller.press(*"sa", "enter", *SPPH, "enter", "enter")
    assert isinstance(teller.panel, ReceiptPanel)
    await teller.press("escape", "f1")
    assert isinstance(teller.panel, KeyCardPanel)
    await teller.press("f12")
    assert isinstance(teller.panel, ReceiptPanel)
    assert teller.beeps == 0
