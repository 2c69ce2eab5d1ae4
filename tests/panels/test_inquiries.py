from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from ledger.kinds.cetak_ulang import CetakUlang
from terminal.panels.inquiry import HistoryPanel, NamePanel, NikPanel, PorsiPanel, ReadPanel, SpphPanel
from terminal.panels.menu import MenuPanel
from terminal.panels.receipt import ReceiptPanel, ReprintPanel
from tests.panels.conftest import Teller
from tests.panels.fake_link import INFO, FakeLink
from tests.unit.terminal.fake_host import WAKTU_US
from txserver.wire.frames import (
    Accepted,
    InquiryCabang,
    InquiryCetak,
    InquiryNama,
    InquiryNik,
    InquiryPermintaan,
    InquiryPorsi,
    InquiryRiwayat,
    InquirySpph,
    Refused,
)

Golden = Callable[[str, list[str]], None]
NOT_FOUND = Refused(0, 900_001, "SKH7018", {})
PORSI = "1100000100"


@pytest.fixture
async def link() -> FakeLink:
    return FakeLink(msgspec.structs.replace(INFO, kinds=("STA", "CTK")))


async def test_a_form_by_its_number_and_its_history(teller: Teller, golden: Golden) -> None:
    await teller.sign_on()
    await teller.press(*"sp", "enter", *"33250000001", "enter")
    assert isinstance(teller.panel, SpphPanel)
    golden("spph_tampil", teller.glass)
    await teller.press("f8")
    assert isinstance(teller.panel, HistoryPanel)
    assert teller.link.asked[-2:] == [InquirySpph("33250000001"), InquiryRiwayat("33250000001")]
    await teller.press("f12")
    assert isinstance(teller.panel, SpphPanel)
    teller.link.answers = [NOT_FOUND]
    await teller.press(*"33259999999", "enter")
    assert teller.message == "X SKH2002 SPPH 33259999999 tidak dikenal."


async def test_a_pilgrim_by_nik(teller: Teller, golden: Golden) -> None:
    await teller.sign_on()
    await teller.press(*"ni", "enter", *"3325013112600001")
    golden("nik", teller.glass)
    await teller.press("enter")
    assert teller.link.asked[-1] == InquiryNik("3325013112600001")
    assert isinstance(teller.panel, PorsiPanel)
    assert PORSI in teller.glass[4]
    await teller.press("f12")
    assert isinstance(teller.panel, NikPanel)
    assert "3325013112600001" not in "".join(teller.glass)
    teller.link.answers = [NOT_FOUND]
    await teller.press(*"3325013112600002", "enter")
    assert teller.message == "X SKH7018 Data tidak ditemukan."


async def test_pilgrims_of_the_branch_by_name(teller: Teller, golden: Golden) -> None:
    await teller.sign_on()
    await teller.press(*"na", "enter")
    assert isinstance(teller.panel, NamePanel)
    await teller.press("f5")
    assert teller.message == "X SKH1107 0007 Isian Nama lengkap wajib diisi."
    await teller.press("escape", *"a d", "enter")
    assert teller.message == "X SKH1127 Ketik paling sedikit 3 huruf dari nama."
    await teller.press("escape", "home", *"ahmad", "enter")
    golden("nama", teller.glass)
    assert teller.link.asked[1:] == [InquiryNama("AHMAD", ""), InquiryNama("AHMAD", "12")]
    await teller.press("pagedown")
    assert "AHMAD KE 19" in teller.glass[12]
    assert teller.glass[19].split() == ["Akhir"]
    await teller.press("pageup", "tab", "5", "8", "enter")
    assert isinstance(teller.panel, PorsiPanel)
    assert teller.link.asked[-1] == InquiryPorsi("1100000100")
    await teller.press("f12")
    assert isinstance(teller.panel, NamePanel)
    await teller.press("tab", "8", "5", "enter")
    assert isinstance(teller.panel, HistoryPanel)
    await teller.press("f3")
    assert isinstance(teller.panel, MenuPanel)


async def test_a_reprint_is_an_entry_and_then_a_copy_with_its_number(teller: Teller) -> None:
    await teller.sign_on()
    await teller.press(*"na", "enter", *"ahmad", "enter", "tab", "6", "enter")
    assert isinstance(teller.panel, ReprintPanel)
    assert teller.field == "alasan"
    teller.link.answers = [Accepted(0, 1, 140, WAKTU_US, False, {"nomor_porsi": PORSI, "duplikat": 2})]
    await teller.press(*"kertas macet", "enter")
    assert teller.link.asked[-2:] == [CetakUlang(PORSI, "kertas macet"), InquiryCetak(PORSI, 2)]
    assert isinstance(teller.panel, ReceiptPanel)
    await teller.press("enter")
    assert isinstance(teller.panel, NamePanel)


async def test_f10_leads_to_the_reprint_where_the_first_print_is_no_longer_given(teller: Teller) -> None:
    await teller.sign_on()
    await teller.press(*"po", "enter", *PORSI, "enter")
    teller.link.answers = [Refused(0, 900_001, "SKH7023", {"nomor_porsi": PORSI})]
    await teller.press("f10")
    assert isinstance(teller.panel, ReprintPanel)
    assert teller.panel.buffer.typed_values() == {"nomor_porsi": PORSI, "alasan": ""}


async def test_the_history_of_a_pilgrim_entry_by_entry(teller: Teller, golden: Golden) -> None:
    await teller.sign_on()
    await teller.press(*"ri", "enter", *PORSI, "enter")
    golden("riwayat", teller.glass)
    assert teller.link.asked[-1] == InquiryRiwayat(PORSI)
    await teller.press("tab", "tab", "tab", "tab", "5", "enter")
    assert isinstance(teller.panel, ReadPanel)
    golden("riwayat_entri", teller.glass)
    asked = len(teller.link.asked)
    await teller.press("enter")
    assert isinstance(teller.panel, HistoryPanel)
    assert len(teller.link.asked) == asked


async def test_what_became_of_a_request(teller: Teller, golden: Golden) -> None:
    await teller.sign_on()
    await teller.press(*"pm", "enter")
    assert teller.field == "stan"
    await teller.press("7", "enter")
    golden("permintaan", teller.glass)
    assert teller.link.asked[-1] == InquiryPermintaan("451", "0123", "TRM01", 7, "2004-05-03")
    teller.link.answers = [NOT_FOUND]
    await teller.press("enter")
    assert teller.message == "X SKH7018 Data tidak ditemukan."
    assert "Entri" not in "".join(teller.glass)


async def test_the_day_of_a_branch(teller: Teller, golden: Golden) -> None:
    await teller.sign_on()
    await teller.press(*"hc", "enter")
    golden("hari_cabang", teller.glass)
    await teller.press("pagedown")
    golden("hari_cabang_akhir", teller.glass)
    asked = InquiryCabang("451", "0123", "2004-05-03")
    assert teller.link.asked[-1] == asked
    await teller.press("f5")
    assert teller.link.asked[-2:] == [asked, asked]
    assert "JUMLAH MENURUT JENIS" in teller.glass[6]
    teller.link.answers = [Refused(0, 900_001, "SKH7017", {})]
    await teller.press(*"451", *"0999", "enter")
    assert teller.link.asked[-1] == InquiryCabang("451", "0999", "2004-05-03")
    assert teller.message.startswith("X SKH7017")
