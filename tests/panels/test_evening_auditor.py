"""The evening as an auditor sees it: everything to look at, nothing to do. And papers broader than the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.kind import Role
from terminal.config import Settings
from terminal.displays.pages import LINE_LENGTH
from terminal.panels.boards import BankBoardPanel, BranchBoardPanel
from terminal.panels.differences import DifferencePanel, DifferencesPanel, SanctionsPanel
from terminal.panels.paper import SIDE_STEP, Paper, PaperPanel
from terminal.panels.reports import ReportsPanel
from tests.panels.conftest import Teller
from tests.panels.fake_link import FakeLink
from tests.panels.roles import desk_of, info_of
from txserver.wire.frames import Inquiry_, Jalankan

Golden = Callable[[str, list[str]], None]
HARI = "2004-05-03"


@pytest.fixture
async def link() -> FakeLink:
    return FakeLink(info_of(Role.AUDITOR))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return desk_of(Role.AUDITOR, tmp_path)


def keys(teller: Teller) -> str:
    """The key lines, and the options."""
    return " ".join((*teller.glass[1:3], *teller.glass[20:23]))


async def test_the_board_of_all_banks_without_its_steps(teller: Teller, golden: Golden) -> None:
    await teller.sign_on()
    await teller.press(*"ph", "enter")
    assert isinstance(teller.panel, BankBoardPanel)
    golden("papan_hari_auditor", teller.glass)
    assert "7=" not in keys(teller)
    await teller.press("f6")
    assert isinstance(teller.panel, BankBoardPanel)
    assert teller.message.startswith("X ")
    await teller.press("escape", "tab", "7", "enter")
    assert teller.message.startswith("X SKH1124")


async def test_from_a_bank_to_its_differences_and_reports(teller: Teller) -> None:
    await teller.sign_on()
    await teller.press(*"ph", "enter", "tab", "5", "enter")
    assert isinstance(teller.panel, BranchBoardPanel)
    assert "F8=" in keys(teller)
    assert not {"F6=", "F7=", "F11=", "4="} & {word[:3] for word in keys(teller).split()}
    await teller.press("f8")
    assert isinstance(teller.panel, DifferencesPanel)
    assert "5=Tampil  6=Cetak" in keys(teller)
    assert not {"2=", "4=", "7="} & {word[:2] for word in keys(teller).split()}
    await teller.press("tab", "tab", "5", "enter")
    assert isinstance(teller.panel, DifferencePanel)
    await teller.press("f12", "f12", "f12", "tab", "9", "enter")
    assert isinstance(teller.panel, ReportsPanel)
    steps = [asked for asked in teller.link.asked[1:] if not isinstance(asked, Inquiry_)]
    assert steps == [Jalankan(0, 0, "LAPORAN", "451", HARI)]


async def test_the_sanctions_are_for_reading(teller: Teller) -> None:
    await teller.sign_on()
    await teller.press(*"dn", "enter")
    assert isinstance(teller.panel, SanctionsPanel)
    assert "Daftar ini hanya untuk dibaca." in teller.glass[1]
    assert "F6=" not in keys(teller)


async def test_a_broad_paper_is_moved_sideways_and_back(teller: Teller) -> None:
    await teller.sign_on()
    ruler = "".join(f"{n:<10}" for n in range(0, 130, 10))
    teller.panel.open(PaperPanel(teller.panel.desk, Paper("UJI", [[ruler, "kiri"]])))
    await teller.rest()
    assert teller.glass[3].startswith(" 0         10 ")
    assert "F7=Kiri   F8=Kanan" in keys(teller)
    await teller.press("f8")
    assert teller.glass[3].startswith(f" {SIDE_STEP} ")
    assert "kiri" not in teller.glass[4]
    await teller.press("f8", "f8")
    assert teller.glass[3][1 : 1 + LINE_LENGTH] == ruler[-LINE_LENGTH:]
    await teller.press("f7", "f7")
    assert teller.glass[3].startswith(" 0         10 ")
    await teller.press("f12")
    teller.panel.open(PaperPanel(teller.panel.desk, Paper("UJI", [["=" * 80]])))
    await teller.rest()
    assert "F8=" not in keys(teller)
