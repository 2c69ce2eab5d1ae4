"""The evening of the directorate, key by key; and the one thing a Kandepag says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.kind import Role
from ledger.kinds.batal_pusat import BatalPusat
from ledger.kinds.sanksi_putus import SanksiPutus
from ledger.kinds.sanksi_usul import SanksiUsul
from ledger.kinds.silang_kandepag import SilangKandepag
from ledger.kinds.tutup_hari import TutupHari
from terminal.config import Settings
from terminal.panels.approval import ApprovalPanel
from terminal.panels.boards import BankBoardPanel, BranchBoardPanel
from terminal.panels.closing import AnchorPanel, CloseDayPanel
from terminal.panels.differences import DifferencesPanel, SanctionsPanel
from terminal.panels.entry import EntryPanel
from terminal.panels.menu import MenuPanel
from terminal.panels.paper import PaperPanel
from terminal.panels.reports import ReportsPanel
from terminal.panels.steps import CutAllPanel, MatchPanel
from tests.panels.conftest import Teller
from tests.panels.evening_told import ANCHOR, bank_days
from tests.panels.fake_link import FakeLink
from tests.panels.roles import desk_of, info_of
from tests.unit.terminal.fake_host import WAKTU_US
from txserver.wire.frames import Accepted, Ambil, Answer, InquiryHari, InquirySelisih, Jalankan, Refused

Golden = Callable[[str, list[str]], None]
HARI = "2004-05-03"
CLOSED = {"hari": HARI, "seq_awal": 1, "seq_akhir": 310_189, "n_terbuka": 2, "n_belum": 1}
NOT_FOUND = Refused(0, 900_001, "SKH7018", {})


@pytest.fixture(params=[Role.PUSAT])
def role(request: pytest.FixtureRequest) -> Role:
    return Role(request.param)


@pytest.fixture
async def link(role: Role) -> FakeLink:
    return FakeLink(info_of(role))


@pytest.fixture
def settings(role: Role, tmp_path: Path) -> Settings:
    return desk_of(role, tmp_path)


def board(tutup: int = 0, running: list[list[object]] | None = None) -> Answer:
    return Answer(0, 900_001, {"hari": HARI, "tutup": tutup, "baris": bank_days(), "berjalan": running or []})


async def test_the_board_of_all_banks(teller: Teller, golden: Golden) -> None:
    await teller.sign_on()
    await teller.press(*"ph", "enter")
    assert isinstance(teller.panel, BankBoardPanel)
    golden("papan_hari", teller.glass)
    assert teller.link.asked[1:] == [InquiryHari(HARI)]
    teller.link.answers = [board(900, [["COCOK", "451", HARI, 1, 3]])]
    await teller.press("f5")
    assert "tutup, entri 900" in teller.glass[3]
    assert "[########................]  33%  Pencocokan" in teller.glass[4]


@pytest.mark.parametrize(
    ("option", "panel"), [("5", BranchBoardPanel), ("7", MatchPanel), ("8", DifferencesPanel), ("9", ReportsPanel)]
)
async def test_the_options_of_a_bank(teller: Teller, option: str, panel: type) -> None:
    await teller.sign_on()
    await teller.press(*"ph", "enter", "tab", option, "enter")
    assert isinstance(teller.panel, panel)
    await teller.press("f12")
    assert isinstance(teller.panel, BankBoardPanel)


async def test_all_banks_are_cut_off_and_matched_at_once(teller: Teller, golden: Golden) -> None:
    await teller.sign_on()
    await teller.press(*"ph", "enter", "f6")
    assert isinstance(teller.panel, CutAllPanel)
    await teller.press("enter", "enter")
    assert teller.link.asked[-1] == Jalankan(0, 0, "CUTOFF_SEMUA", "", HARI)
    assert teller.message == "SKH0072 1415 cabang dan 7 bank menutup setoran hari 2004-05-03."
    await teller.press("f3", *"ck", "enter", "enter")
    assert teller.link.asked[-1] == Jalankan(0, 0, "COCOK", "", HARI)
    golden("cocokkan_semua", teller.glass)


async def test_the_centre_cancels_and_proposes_from_the_list(teller: Teller) -> None:
    await teller.sign_on()
    await teller.press(*"ds", "enter")
    assert teller.link.asked[1:] == [InquirySelisih("", "", "")]
    await teller.press("tab", "tab", "4", "enter")
    assert isinstance(teller.panel, EntryPanel)
    assert teller.field == "alasan"
    teller.link.answers = [Refused(0, 1, "SKH7020", {"kind": "BTP", "peran": "PUSAT"})]
    await teller.press(*"tanpa dukungan", "enter")
    assert isinstance(teller.panel, ApprovalPanel)
    assert teller.link.asked[-1] == BatalPusat("1100000100", "SL0000000001", "tanpa dukungan")
    await teller.press("f12", "f12", "home", "tab", "tab", "7", "enter")
    await teller.press(*"pasal 9", "enter")
    assert teller.link.asked[-1] == SanksiUsul("SL0000000001", "pasal 9")


async def test_sanctions_are_decided_by_two(teller: Teller, golden: Golden) -> None:
    await teller.sign_on()
    await teller.press(*"dn", "enter")
    assert isinstance(teller.panel, SanctionsPanel)
    golden("daftar_sanksi", teller.glass)
    await teller.press("2", "enter")
    assert teller.field == "putusan"
    teller.link.answers = [Refused(0, 1, "SKH7020", {"kind": "SNP", "peran": "PUSAT"})]
    await teller.press(*"denda", "tab", *"terbukti", "enter")
    assert isinstance(teller.panel, ApprovalPanel)
    assert teller.link.asked[-1] == SanksiPutus("SN0000000001", "DENDA", "terbukti")
    await teller.press("f12", "f12")
    assert isinstance(teller.panel, SanctionsPanel)
    await teller.press("f6")
    assert isinstance(teller.panel, EntryPanel)
    await teller.press("f3")
    assert isinstance(teller.panel, MenuPanel)


async def test_the_close_shows_what_is_open_then_asks_two_people(teller: Teller, golden: Golden) -> None:
    await teller.sign_on()
    await teller.press(*"th", "enter")
    assert isinstance(teller.panel, CloseDayPanel)
    golden("tutup_hari", teller.glass)
    await teller.press("enter")
    assert teller.message == "SKH0079 Enter lagi menutup hari: 1 bank belum selesai, 2 selisih."
    assert not any(isinstance(asked, TutupHari) for asked in teller.link.asked)
    teller.link.answers = [board(), Refused(0, 1, "SKH7020", {"kind": "THR", "peran": "PUSAT"})]
    await teller.press("enter")
    assert isinstance(teller.panel, ApprovalPanel)
    golden("tutup_hari_setuju", teller.glass)
    teller.link.answers = [Accepted(0, 2, 310_190, WAKTU_US, False, CLOSED)]
    await teller.press(*"pusat2", "tab", *"SANDINYA", "enter")
    assert (TutupHari(HARI), "PUSAT2", "SANDINYA") in teller.link.asked
    golden("tutup_hari_selesai", teller.glass)


async def test_the_anchor_is_shown_printed_and_saved(teller: Teller, settings: Settings, golden: Golden) -> None:
    await teller.sign_on()
    await teller.press(*"th", "enter", "enter")
    teller.link.answers = [board(), Accepted(0, 2, 310_190, WAKTU_US, False, CLOSED)]
    await teller.press("enter", "f10")
    assert isinstance(teller.panel, PaperPanel)
    golden("jangkar", teller.glass)
    assert Ambil(0, 0, "jangkar.txt", 0, "", HARI) in teller.link.asked
    await teller.press("f10", "f6")
    assert (settings.receipts / "JKR20040503.txt").read_text(encoding="utf-8") == ANCHOR
    assert (settings.reports / "jangkar-2004-05-03.txt").read_text(encoding="utf-8") == ANCHOR
    assert (settings.reports / "jangkar-2004-05-03.json").exists()
    await teller.press("enter")
    assert isinstance(teller.panel, CloseDayPanel)
    await teller.press("enter")
    assert isinstance(teller.panel, MenuPanel)


async def test_a_day_that_changes_under_the_close_is_shown_again(teller: Teller) -> None:
    await teller.sign_on()
    await teller.press(*"th", "enter", "enter")
    other = Answer(0, 900_001, {"hari": HARI, "tutup": 0, "baris": bank_days("OVERDUE"), "berjalan": []})
    teller.link.answers = [other]
    await teller.press("enter")
    assert teller.message.startswith("SKH0079")
    assert not any(isinstance(asked, TutupHari) for asked in teller.link.asked)
    await teller.press("f5", "f8")
    assert isinstance(teller.panel, DifferencesPanel)
    await teller.press("f12")
    assert isinstance(teller.panel, CloseDayPanel)


async def test_the_anchor_of_any_closed_day(teller: Teller, golden: Golden) -> None:
    await teller.sign_on()
    teller.link.answers = [NOT_FOUND]
    await teller.press(*"jk", "enter", "enter")
    assert isinstance(teller.panel, AnchorPanel)
    assert teller.message.startswith("X SKH7018")
    await teller.press("escape", *"02-05-2004", "enter")
    assert isinstance(teller.panel, PaperPanel)
    assert teller.link.asked[-1] == Ambil(0, 0, "jangkar.json", 0, "", "2004-05-02")


@pytest.mark.parametrize("role", [Role.PEJABAT], indirect=True)
async def test_a_kandepag_says_its_number(teller: Teller, golden: Golden) -> None:
    await teller.sign_on()
    await teller.press(*"sk", "enter")
    golden("silang_kandepag", teller.glass)
    assert teller.field == "n_kandepag"
    await teller.press("7", "enter")
    assert teller.link.asked[-1] == SilangKandepag("3325", HARI, 7)
    await teller.press("f5")
    assert teller.panel.buffer.typed_values()["kab_kota"] == "3325"
