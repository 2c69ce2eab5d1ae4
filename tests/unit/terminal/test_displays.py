from __future__ import annotations

from typing import get_args

import pytest

from ledger.fields import FIELDS, Edit, Field
from ledger.kinds import KINDS, Request
from terminal.displays import lists
from terminal.displays.anchor import anchor_day
from terminal.displays.approval import approval
from terminal.displays.branch import LINE_LENGTH, branch_day, lines
from terminal.displays.cutoff import Totals, cut_off
from terminal.displays.differences import cure, difference, differences, sanctions
from terminal.displays.display import (
    NORMAL,
    WIDE,
    Constant,
    Display,
    Heading,
    Look,
    Place,
    Size,
    Text,
    leader,
    same,
)
from terminal.displays.drawer import close, count
from terminal.displays.entry import entry
from terminal.displays.evening import bank_and_day, bank_board, branch_board, close_day, step_display
from terminal.displays.forms import announcement, password, request, sign_off
from terminal.displays.menu import (
    FAST,
    ONLY_WITH,
    PANELS,
    PORSI,
    PRINTS,
    SIGN_OFF,
    TITLE_LENGTH,
    chosen,
    menu,
    options,
    pages,
)
from terminal.displays.pages import VIEW_ROWS, field_help, receipt, second_level, views
from terminal.displays.papers import outputs, paper
from terminal.displays.pilgrim import nik, porsi, setoran_awal, spph
from terminal.displays.signon import signon
from terminal.displays.spool import change, confirm_delete, print_line, spool_list
from terminal.displays.subfile import SubfileDisplay, rows_per_page
from terminal.displays.titles import TITLES, title, title_of
from terminal.displays.transfer import transfer
from terminal.evening import Drawer
from terminal.keys import F3
from terminal.spool import Print, Status
from txserver.wire.evening import BankDay, Difference

PRINT = Print(
    nomor=1, nomor_porsi="1100000100", duplikat=9999, waktu_us=0, status=Status.DITAHAN, salinan=9, sebab=None
)
BANK = BankDay("451", "X" * 40, "SANCTION_PROPOSED", *[9_999] * 4, 10**13, *[99_999] * 9, 10**13, 99_999, 10**13, 9, 9)
EACH_CLASS = [
    Difference("SL0000000001", "451", "2004-05-03", kelas, "0123", "D" * 10, 999_999, "1" * 10, 10**9, 10**9, 10**9,
               "451/0123", "SEMBUH", "TRANSFER", 999, 10**9, 10**9)
    for kelas in ("HOST_ONLY", "BANK_ONLY", "DIFF", "DUPLICATE", "NEWER")
]  # fmt: skip
TOTALS = Totals(
    tuple((kind, 10**6, 10**14) for kind in KINDS),
    tuple(Drawer("D" * 10, "U" * 10, "2004-05-03", 10**12, [("STA", 1, 10**13, 0)]) for _ in range(9)),
)
POSTED = [kind for kind in KINDS.values() if kind.request in get_args(Request)]
ALL_WORK = options(KINDS)
ALL = [
    signon(),
    *(menu(ALL_WORK, page=page) for page in range(pages(ALL_WORK))),
    setoran_awal(is_filled=False),
    setoran_awal(is_filled=True),
    porsi(is_filled=False),
    porsi(is_filled=True),
    spph(is_filled=False),
    spph(is_filled=True),
    nik(),
    receipt(["=" * 80], print_line(PRINT, "SKH9301 " + "x" * 80), is_last=True, may_reprint=True),
    change(PRINT, "SKH9301 " + "x" * 80),
    confirm_delete(PRINT, "SKH9301 " + "x" * 80),
    *(spool_list(may_reprint=True).build((), is_last=True, size=size) for size in (NORMAL, WIDE)),
    second_level("SKH0001", "first", "second " * 60),
    *(field_help(field) for field in FIELDS.values()),
    *(entry(kind) for kind in POSTED),
    approval("SKH7020 KOR memerlukan penyetuju: PENYELIA."),
    close(is_closed=False),
    close(is_closed=True),
    request(is_filled=True),
    announcement(),
    password(),
    sign_off([same("x" * 70)]),
    lists.entry_of_history(),
    *(cut_off(TOTALS, language, may_choose=True) for language in ("id", "en")),
    *(close_day([BANK] * 30, language, is_closed=False) for language in ("id", "en")),
    close_day((), "id", is_closed=True, answer=[(same("X" * 24), "9" * 14)]),
    step_display("SKHX", same("X"), bank_and_day(may_choose=True), (), results=[(same("X" * 24), "9" * 99)] * 9),
    *(cure(one, language) for one in EACH_CLASS for language in ("id", "en")),
    *(difference(one, language) for one in EACH_CLASS for language in ("id", "en")),
    transfer(is_filled=False),
    transfer(is_filled=True),
    paper(same("X" * 20), ["=" * 80], None, is_last=False),
    anchor_day(),
    lists.message("x " * 35),
]
LISTS = [
    lists.by_name(may_reprint=True),
    lists.history(),
    lists.messages(may_send=True),
    count(),
    branch_day(),
    bank_board(may_settle=True),
    branch_board(may_choose=True, may_cut_off=True, may_settle=True),
    differences(may_cure=True, may_cancel=True, may_propose=True),
    sanctions(may_decide=True, may_propose=True),
    outputs(may_choose=True),
]


@pytest.mark.parametrize("display", ALL, ids=lambda display: display.name)
@pytest.mark.parametrize("language", ["id", "en"])
def test_column_1_stays_free_and_nothing_runs_over_another(display: Display, language: str) -> None:
    state = Text("PUTUS 08:00:00", "HOST CLOSING")
    heading = Heading("SISKOHAT DEMO", "03-05-2004 08:00:00", "0123/TRM0123456 TELLER1234", state)
    taken: dict[tuple[int, int], str] = {}
    for run in display.runs(heading, "id" if language == "id" else "en"):
        assert run.column > 1 or not run.text
        for column in range(run.column, run.column + len(run.text)):
            assert column <= display.size.columns
            assert (run.row, column) not in taken, (run, taken[run.row, column])
            taken[run.row, column] = run.text


@pytest.mark.parametrize("subfile", LISTS, ids=lambda subfile: subfile.name)
@pytest.mark.parametrize("size", [NORMAL, WIDE], ids=str)
def test_a_list_full_of_long_values_stays_in_its_columns(subfile: SubfileDisplay, size: Size) -> None:
    row = {column.field.name: 10**15 if column.field.edit is Edit.RUPIAH else "x" * 99 for column in subfile.columns}
    display = subfile.build([row] * rows_per_page(size), is_last=False, size=size)
    assert len([one for one in display.constants if one.row == size.body_rows.stop - 3 and one.look is Look.OUTPUT]) > 0
    with pytest.raises(AssertionError, match="rows on a page"):
        subfile.build([row] * (rows_per_page(size) + 1), is_last=False, size=size)


def test_a_branch_day_names_what_is_not_there() -> None:
    empty = {"jenis": [], "saldo": [], "terakhir": [], "terbuka": []}
    assert [line for line in lines(empty, str, "en") if line == "(none)"] == ["(none)"] * 4
    full = {
        **empty,
        "terbuka": [["SL0000000001", "2004-05-03", "DUPLICATE", 999_999, "1" * 10, 10**9]],
        "terakhir": [[1, 2, "STA", "D" * 10, "U" * 10, 999_999, "1" * 10, 10**9]],
    }
    assert all(len(line) <= LINE_LENGTH for line in lines(full, lambda us: "08:00:00", "id"))


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
    assert [option.code for option in lines] == [
        "STA",
        "SPT",
        *(code for code in PANELS if code not in ONLY_WITH or code == PRINTS),
        SIGN_OFF,
    ]
    for typed, code in (("1", "STA"), ("01", "STA"), ("SA", "STA"), ("STA", "STA"), ("90", SIGN_OFF), ("PO", PORSI)):
        option = chosen(lines, typed)
        assert option is not None
        assert option.code == code
    assert chosen(lines, "77") is None
    assert chosen(lines, "") is None


def test_short_names_are_short_and_mean_one_thing() -> None:
    assert len(set(FAST.values())) == len(FAST)
    assert all(len(name) == 2 for name in FAST.values())
    assert set(PANELS) <= set(FAST) <= {*KINDS, *PANELS, SIGN_OFF}


def test_every_sheet_starts_a_new_view() -> None:
    pages = [[str(row) for row in range(VIEW_ROWS + 1)], ["only"], []]
    assert [len(view) for view in views(pages)] == [VIEW_ROWS, 1, 1, 0]


def test_every_kind_has_its_title_in_both_languages_and_it_fits_the_menu() -> None:
    assert {code: title(code).id for code in KINDS} == {code: kind.title for code, kind in KINDS.items()}
    assert set(TITLES) == set(KINDS), "a kind without an English title, or a title without a kind"
    assert all(len(both.en) <= TITLE_LENGTH for both in TITLES.values())
    assert title_of("KOR", "en") == "KOR REVERSE A SETORAN AWAL"
    assert title_of("ZZZ", "en") == "ZZZ"
