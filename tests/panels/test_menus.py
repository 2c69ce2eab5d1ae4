"""Does the menu of every role show what it may do, all of it and nothing else?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.kind import Role
from ledger.kinds import KINDS
from terminal.config import Settings
from terminal.displays.menu import FAST, PANELS, SIGN_OFF, options
from terminal.panels.menu import OWN_PANELS, MenuPanel
from tests.panels.conftest import Teller
from tests.panels.fake_link import FakeLink
from tests.panels.roles import POSTED, desk_of, info_of, kinds_of

Golden = Callable[[str, list[str]], None]
EVERYBODY = {"POR", "NIK", "SPH", "NAM", "RIW", "PMT", "HRC", "PSN", "SDI", "SGN"}
EVENING = {"PPH", "TSM", "UNG", "COC", "LAP", "JKR"}
MORE: dict[Role, set[str]] = {
    Role.TELLER: {"HLC", "SPL", "DSL"},
    Role.PENYELIA: {"HLC", "SPL", "DSL"},
    Role.BANK: EVENING | {"SPL", "DSL"},
    Role.PETUGAS: set(),
    Role.PEJABAT: set(),
    Role.KANWIL: set(),
    Role.PUSAT: EVENING | {"SPL", "DSL", "DSN"},
    Role.AUDITOR: {"PPH", "DSL", "LAP", "DSN", "JKR", "SPL"},
}
"""Panels of each role beside those everybody has."""
SETTLES: dict[Role, set[str]] = {
    Role.TELLER: {"SEM"},
    Role.PENYELIA: {"TSC", "SEM"},
    Role.BANK: {"TSC", "TSB", "SEM", "PLD", "BYS", "SLH"},
    Role.PETUGAS: set(),
    Role.PEJABAT: {"SLK"},
    Role.KANWIL: set(),
    Role.PUSAT: {"TSC", "TSB", "SEM", "BTP", "SNU", "SNP", "BYS", "SLH", "THR"},
    Role.AUDITOR: set(),
}
"""Kinds of the evening each role may post: the contract, said once more."""
KINDS_OF_THE_EVENING = set().union(*SETTLES.values())


@pytest.fixture(params=list(Role))
def role(request: pytest.FixtureRequest) -> Role:
    return Role(request.param)


@pytest.fixture
async def link(role: Role) -> FakeLink:
    return FakeLink(info_of(role))


@pytest.fixture
def settings(role: Role, tmp_path: Path) -> Settings:
    return desk_of(role, tmp_path)


def test_every_role_posts_of_the_evening_what_the_contract_says(role: Role) -> None:
    assert set(kinds_of(role)) & KINDS_OF_THE_EVENING == SETTLES[role]


def test_a_menu_has_the_kinds_and_panels_of_its_role(role: Role) -> None:
    codes = [option.code for option in options(kinds_of(role), role)]
    assert len(codes) == len(set(codes))
    assert set(codes) == set(kinds_of(role)) | EVERYBODY | MORE[role]


def test_everything_on_a_menu_has_two_letters() -> None:
    on_menus = {kind.code for kind in KINDS.values() if kind.request in POSTED} | set(PANELS) | {SIGN_OFF}
    assert on_menus == set(FAST)


def test_every_panel_named_can_be_opened() -> None:
    assert set(PANELS) <= set(OWN_PANELS)


async def test_the_menu_on_the_glass(teller: Teller, role: Role, golden: Golden) -> None:
    await teller.sign_on()
    golden(f"menu_{role.lower()}", teller.glass)
    assert isinstance(teller.panel, MenuPanel)


async def test_two_letters_open_every_line_and_f3_comes_back(teller: Teller, role: Role) -> None:
    await teller.sign_on()
    for option in options(kinds_of(role), role):
        if option.code == SIGN_OFF:
            continue
        await teller.press(*FAST[option.code].lower(), "enter")
        assert not isinstance(teller.panel, MenuPanel), option.code
        assert not teller.message.startswith("X "), (option.code, teller.message)
        await teller.press("f3")
        assert isinstance(teller.panel, MenuPanel), option.code
