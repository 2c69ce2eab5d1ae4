from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.kind import Role
from ledger.kinds.tutup_setoran import TutupSetoran
from terminal.config import Settings
from terminal.panels.branch import BranchDayPanel
from terminal.panels.cutoff import CutOffPanel
from terminal.panels.menu import MenuPanel
from tests.panels.conftest import Teller
from tests.panels.evening_told import BRANCHES, SETORAN, bank_days
from tests.panels.fake_link import BRANCH, FakeLink
from tests.panels.roles import desk_of, info_of
from tests.unit.terminal.fake_host import WAKTU_US
from txserver.wire.frames import Accepted, Answer, InquiryCabang, InquiryHari, Refused

Golden = Callable[[str, list[str]], None]
HARI = "2004-05-03"
CUT = Accepted(0, 1, 500, WAKTU_US, False, {"kode_cabang": "0123", "n_rekaman": 2, "nominal_rupiah": 2 * SETORAN})
TOTALS = InquiryCabang("451", "0123", HARI)
STATE = InquiryHari(HARI, "451", "0122")


@pytest.fixture(params=[Role.PENYELIA])
def role(request: pytest.FixtureRequest) -> Role:
    return Role(request.param)


@pytest.fixture
async def link(role: Role) -> FakeLink:
    return FakeLink(info_of(role))


@pytest.fixture
def settings(role: Role, tmp_path: Path) -> Settings:
    return desk_of(role, tmp_path)


def cut(is_tutup: bool) -> Answer:
    rows = [[*BRANCHES[0][:2], is_tutup, *BRANCHES[0][3:]]]
    return Answer(0, 900_001, {"baris": bank_days()[:1], "cabang": rows, "lanjut": "", "tutup": 0, "berjalan": []})


async def test_the_totals_beside_the_drawers_then_the_cut_off(teller: Teller, golden: Golden) -> None:
    await teller.sign_on()
    await teller.press(*"tc", "enter")
    assert isinstance(teller.panel, CutOffPanel)
    assert teller.link.asked[1:] == [TOTALS, STATE]
    golden("tutup_setoran", teller.glass)
    assert teller.message.startswith("SKH0070 Enter lagi menutup cabang 451/0123: 2 setoran Rp 40.000.000.")
    teller.link.answers = [Answer(0, 900_001, BRANCH), cut(False), CUT]
    await teller.press("enter")
    assert teller.link.asked[-1] == TutupSetoran("451", "0123")
    assert teller.message == "SKH0002 Permintaan diterima sebagai entri 500."
    golden("tutup_setoran_selesai", teller.glass)
    await teller.press("enter")
    assert isinstance(teller.panel, MenuPanel)


async def test_what_came_in_between_is_shown_before_it_is_asked_again(teller: Teller) -> None:
    await teller.sign_on()
    await teller.press(*"tc", "enter")
    more = {**BRANCH, "jenis": [["KOR", 1, SETORAN], ["STA", 4, 4 * SETORAN]]}
    teller.link.answers = [Answer(0, 900_001, more), cut(False)]
    await teller.press("enter")
    assert teller.message.startswith("SKH0070 Enter lagi menutup cabang 451/0123: 3 setoran Rp 60.000.000.")
    assert not any(isinstance(asked, TutupSetoran) for asked in teller.link.asked)
    teller.link.answers = [Answer(0, 900_001, more), cut(False), CUT]
    await teller.press("enter")
    assert teller.link.asked[-1] == TutupSetoran("451", "0123")


async def test_a_branch_that_has_cut_off_is_shown_so_and_not_asked_again(teller: Teller) -> None:
    await teller.sign_on()
    teller.link.answers = [Answer(0, 900_001, BRANCH), cut(True)]
    await teller.press(*"tc", "enter")
    assert "TUTUP" in teller.glass[4]
    assert teller.message == ""
    await teller.press("enter")
    assert isinstance(teller.panel, MenuPanel)
    assert not any(isinstance(asked, TutupSetoran) for asked in teller.link.asked)


async def test_what_the_host_refuses_is_said_and_f12_gives_up(teller: Teller) -> None:
    await teller.sign_on()
    teller.link.answers = [Refused(0, 900_001, "SKH7017", {})]
    await teller.press(*"tc", "enter")
    assert teller.message.startswith("X SKH7017")
    await teller.press("escape", "f5")
    assert teller.message.startswith("SKH0070")
    teller.link.answers = [Answer(0, 900_001, BRANCH), cut(False), Refused(0, 1, "SKH6201", {"hari": HARI, "seq": 499})]
    await teller.press("enter")
    assert teller.message.startswith("X SKH6201")
    await teller.press("escape", "f12")
    assert isinstance(teller.panel, MenuPanel)


async def test_f8_shows_the_day_of_the_branch_with_what_is_open(teller: Teller, golden: Golden) -> None:
    await teller.sign_on()
    await teller.press(*"tc", "enter", "f8")
    assert isinstance(teller.panel, BranchDayPanel)
    await teller.press("pagedown", "pagedown")
    golden("hari_cabang_terbuka", teller.glass)
    await teller.press("f12")
    assert isinstance(teller.panel, CutOffPanel)
    assert "40.000.000" in "".join(teller.glass)


@pytest.mark.parametrize("role", [Role.BANK], indirect=True)
async def test_a_head_office_names_the_branch(teller: Teller) -> None:
    await teller.sign_on()
    await teller.press(*"tc 451 0123", "enter")
    assert teller.link.asked[1:] == [TOTALS, STATE]
    await teller.press("tab", *"0124", "enter")  # another branch is looked at first
    assert teller.link.asked[3:] == [InquiryCabang("451", "0124", HARI), InquiryHari(HARI, "451", "0123")]
    assert "TUTUP" in teller.glass[4]
    await teller.press("home", "tab", *"0123", "enter")
    teller.link.answers = [Answer(0, 900_001, BRANCH), cut(False), CUT]
    await teller.press("enter")
    assert teller.link.asked[-1] == TutupSetoran("451", "0123")
