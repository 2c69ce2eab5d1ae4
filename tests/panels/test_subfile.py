from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import ClassVar

import pytest
from textual.pilot import Pilot

from ledger.fields import FIELDS
from terminal.app import Terminal
from terminal.config import Settings
from terminal.displays.display import Text, same
from terminal.displays.pages import field_help
from terminal.displays.subfile import Column, Option, Row, SubfileDisplay, column
from terminal.edit import Said
from terminal.panels.desk import Desk
from terminal.panels.menu import MenuPanel
from terminal.panels.panel import HelpPanel
from terminal.panels.subfile import SubfilePanel
from tests.panels.conftest import Teller
from tests.panels.fake_link import FakeLink

Golden = Callable[[str, list[str]], None]
LIST = SubfileDisplay(
    "UJIDAFTAR",
    same("DAFTAR UJI"),
    (
        Column(FIELDS["nomor_porsi"], 10, Text("Porsi", "Porsi")),
        Column(FIELDS["nama"], 30),
        Column(FIELDS["nominal_rupiah"], 15),
        column("kota", "Kota", "Town", 40, wide=True),
    ),
    (Option("5", Text("Tampil", "Display")), Option("6", Text("Cetak", "Print"))),
)


def rows(first: int, last: int) -> list[Row]:
    return [
        {"nomor_porsi": f"{n:010d}", "nama": f"JEMAAH KE {n}", "nominal_rupiah": n * 1000, "kota": f"KOTA {n}"}
        for n in range(first, last + 1)
    ]


class ListPanel(SubfilePanel):
    """Thirty rows, ten at a time, with an empty answer in between, as a host may give them."""

    answers: ClassVar[dict[str, tuple[list[Row], str]]] = {
        "": (rows(1, 10), "b"),
        "b": ([], "c"),
        "c": (rows(11, 20), "d"),
        "d": (rows(21, 30), ""),
    }

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, LIST)
        self.asked: list[str] = []
        self.done_with: list[tuple[str, str]] = []

    async def page(self, lanjut: str) -> tuple[Sequence[Row], str]:
        self.asked.append(lanjut)
        return self.answers[lanjut]

    async def option(self, code: str, row: Row) -> None:
        self.done_with.append((code, str(row["nomor_porsi"])[-2:]))
        if code == "5":
            self.open(HelpPanel(self.desk, field_help(FIELDS["nama"])))
        elif row["nama"] == "JEMAAH KE 3":
            self.said = Said("SKH7018")
        else:
            self.said = Said("SKH0007")


@pytest.fixture
async def list_(teller: Teller) -> ListPanel:
    await teller.sign_on()
    panel = ListPanel(teller.app.desk)
    teller.panel.open(panel)
    await teller.rest()
    assert teller.panel is panel
    return panel


async def test_a_list_is_fetched_and_turned_page_by_page(teller: Teller, list_: ListPanel, golden: Golden) -> None:
    golden("daftar", teller.glass)
    assert list_.asked == ["", "b", "c"]
    await teller.press("pagedown")
    assert "JEMAAH KE 14" in teller.glass[6]
    assert list_.asked == ["", "b", "c", "d"]
    await teller.press("pagedown")
    golden("daftar_akhir", teller.glass)
    await teller.press("pagedown")
    assert "JEMAAH KE 27" in teller.glass[6]
    await teller.press("pageup", "pageup", "pageup")
    assert "JEMAAH KE 1 " in teller.glass[6]
    assert list_.asked == ["", "b", "c", "d"]
    await teller.press("f5")
    assert list_.asked[4:] == ["", "b", "c"]


async def test_options_run_in_the_order_of_the_rows_over_several_pages(teller: Teller, list_: ListPanel) -> None:
    await teller.press("pagedown", "5", "pageup", "tab", "6", "5", "enter")
    assert list_.done_with == [("6", "02"), ("5", "03")]
    assert isinstance(teller.panel, HelpPanel)
    await teller.press("enter")
    assert list_.done_with[2:] == [("5", "14")]
    await teller.press("enter")
    assert teller.panel is list_
    assert list_.buffer.typed_values() == {f"opsi{at:02d}": "" for at in range(13)}


async def test_f12_drops_the_options_that_are_left_and_f3_leaves_the_list(teller: Teller, list_: ListPanel) -> None:
    await teller.press("5", "5", "enter", "f12", "enter")
    assert teller.panel is list_
    assert list_.done_with == [("5", "01")]
    await teller.press("5", "enter", "f3")
    assert isinstance(teller.panel, MenuPanel)


async def test_an_option_that_fails_stays_typed_with_those_after_it(teller: Teller, list_: ListPanel) -> None:
    await teller.press("tab", "6", "6", "6", "enter")
    assert teller.message == "X SKH7018 Data tidak ditemukan."
    assert list_.done_with == [("6", "02"), ("6", "03")]
    assert [line[2] for line in teller.glass[6:11]] == [" ", " ", "6", "6", " "]


async def test_an_option_the_list_does_not_have(teller: Teller, list_: ListPanel) -> None:
    await teller.press("pagedown", "tab", "9", "pageup", "enter")
    assert teller.message == "X SKH1124 Opsi 9 tidak ada pada daftar ini."
    assert "JEMAAH KE 15" in teller.glass[7]
    assert teller.field == "opsi01"
    assert list_.done_with == []


@pytest.fixture
async def wide(link: FakeLink, settings: Settings) -> AsyncIterator[tuple[Teller, Pilot[int]]]:
    app = Terminal(settings, link)
    async with app.run_test(size=(140, 30)) as pilot:
        yield Teller(app, link, pilot), pilot


async def test_a_large_window_has_27_rows_of_132(wide: tuple[Teller, Pilot[int]]) -> None:
    teller, pilot = wide
    await teller.sign_on()
    assert len(teller.glass[0].rstrip()) <= 80
    panel = ListPanel(teller.app.desk)
    teller.panel.open(panel)
    await teller.rest()
    lines = teller.glass
    assert "JEMAAH KE 16" in lines[21]
    assert "KOTA 16" in lines[21]
    assert "Lanjut..." in lines[22]
    await teller.press("5")
    await pilot.resize_terminal(80, 24)
    await teller.rest()
    assert "KOTA" not in "".join(teller.glass).upper()
    assert teller.glass[6][2] == "5"
    assert "JEMAAH KE 13" in teller.glass[18]
    assert "Lanjut..." in teller.glass[19]
