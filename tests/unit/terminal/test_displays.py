from __future__ import annotations

from typing import get_args

import pytest

from ledger.fields import FIELDS, Edit, Field
from ledger.kinds import KINDS, Request
from terminal.displays.display import COLUMNS, Constant, Display, Heading, Look, Place, leader, same
from terminal.displays.entry import entry
from terminal.displays.menu import FAST, PORSI, SIGN_OFF, chosen, menu, options
from terminal.displays.pages import VIEW_ROWS, field_help, receipt, second_level, views
from terminal.displays.pilgrim import porsi, setoran_awal
from terminal.displays.signon import signon
from terminal.keys import F3

POSTED = [kind for kind in KINDS.values() if kind.request in get_args(Request)]
ALL = [
    signon(),
    menu(options(KINDS)),
    setoran_awal(is_filled=False),
    setoran_awal(is_filled=True),
    porsi(is_filled=False),
    porsi(is_filled=True),
    receipt(["=" * 80], "1100000100.txt", is_last=True),
    second_level("SKH0001", "first", "second " * 60),
    *(field_help(field) for field in FIELDS.values()),
    *(entry(kind) for kind in POSTED),
]


@pytest.mark.parametrize("display", ALL, ids=lambda display: display.name)
@pytest.mark.parametrize("language", ["id", "en"])
def test_column_1_stays_free_and_nothing_runs_over_another(display: Display, language: str) -> None:
    heading = Heading("SISKOHAT DEMO", "03-05-2004 08:00:00", "0123/TRM0123456 TELLER1234")
    taken: dict[tuple[int, int], str] = {}
    for run in display.runs(heading, "id" if language == "id" else "en"):
        assert run.column > 1 or not run.text
        for column in range(run.column, run.column + len(run.text)):
            assert column <= COLUMNS
            assert (run.row, column) not in taken, (run, taken[run.row, column])
            taken[run.row, column] = run.text


@pytest.mark.parametrize("kind", POSTED, ids=lambda kind: kind.code)
def test_the_entry_display_of_a_kind_has_its_request_fields(kind: object) -> None:
    display = entry(kind)  # type: ignore[arg-type]
    inputs = [place.name for place in display.places if place.is_input]
    assert inputs == list(kind.request.__struct_fields__)  # type: ignore[attr-defined]


def test_fields_of_one_length_on_the_wire_must_be_filled() -> None:
    filled = {place.name: place.fill for place in entry(KINDS["UID"]).places}
    assert filled["kode_bank"]
    assert filled["kode_cabang"]
    assert not filled["alasan"]


def test_a_display_that_runs_into_itself_is_refused() -> None:
    field = Field("x", "X", "X", 10, Edit.TEXT, "", "")
    with pytest.raises(AssertionError, match="runs into"):
        Display("X", same("X"), (F3,), (), (Constant(5, 2, same("0123456789"), Look.CONSTANT),), (Place(5, 12, field),))
    with pytest.raises(AssertionError, match="column 1"):
        Display("X", same("X"), (F3,), (), (Constant(5, 1, same("A")),))
    with pytest.raises(AssertionError, match="not of the body"):
        Display("X", same("X"), (F3,), (), (Constant(24, 2, same("A")),))


def test_leader_dots_stand_below_each_other() -> None:
    assert leader("NIK") == "NIK  . . . . . ."
    assert leader("Nama ayah") == "Nama ayah  . . ."
    assert leader("Nominal setoran") == "Nominal setoran "


def test_the_menu_has_what_the_user_may_do_and_what_this_terminal_knows() -> None:
    lines = options(["STA", "ZZZ", "SPT"])
    assert [option.code for option in lines] == ["STA", "SPT", PORSI, SIGN_OFF]
    for typed, code in (("1", "STA"), ("01", "STA"), ("SA", "STA"), ("STA", "STA"), ("90", SIGN_OFF), ("PO", PORSI)):
        option = chosen(lines, typed)
        assert option is not None
        assert option.code == code
    assert chosen(lines, "9") is None
    assert chosen(lines, "") is None


def test_short_names_are_short_and_mean_one_thing() -> None:
    assert len(set(FAST.values())) == len(FAST)
    assert all(len(name) == 2 for name in FAST.values())
    assert set(FAST) <= set(KINDS) | {PORSI, SIGN_OFF}


def test_every_sheet_starts_a_new_view() -> None:
    pages = [[str(row) for row in range(VIEW_ROWS + 1)], ["only"], []]
    assert [len(view) for view in views(pages)] == [VIEW_ROWS, 1, 1, 0]
