"""A list with a place for an option in front of every row: the subfile of a 5250 display file.

    3      the options
    4  5   fields of its own, such as what is looked for
    6      column headings
    7 on   the rows: 13, or 16 in a window of 27x132
    after  `Lanjut...` or `Akhir`, then a note

What a list shows is data: its columns are rows of the field reference with a width, its rows are values by field
name. `build` makes the display of one page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from ledger.fields import Edit, Field
from terminal.displays.display import FIRST_COLUMN, NORMAL, WIDE, Constant, Display, Look, Place, Size, Text, line, same
from terminal.displays.pages import END, MORE
from terminal.edit import shown
from terminal.keys import ENTER, F1, F3, F5, F12, ROLL_DOWN, ROLL_UP, Key

HEADING_ROW, FIRST_ROW = 6, 7
OPTION_COLUMN, ROW_COLUMN = 3, 7
BOTTOM_ROWS = 2
"""Under the rows: `Lanjut...` and the note."""
GAP = 2
OPTION_NAME = "opsi"
EMPTY = Text("(Tidak ada yang dapat ditampilkan)", "(Nothing to display)")
ASK = Text("Ketik opsi, lalu tekan Enter.", "Type options, then press Enter.")
LOOK = Text("Daftar ini hanya untuk dibaca.", "This list is for reading only.")

Row = Mapping[str, str | int]
"""One row of a list: values by field name; it may hold more than is shown."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list. `width` is in cells; longer values are cut.

    `label` stands above it where the field's own does not fit. At 80 columns a `wide` one is left out; at 132 one
    that `grows` is so many cells wider.
    """

    field: Field
    width: int
    label: Text | None = None
    wide: bool = False
    grows: int = 0


@dataclass(frozen=True, slots=True)
class Option:
    """What may be typed in front of a row: one digit and its meaning."""

    code: str
    label: Text


def column(name: str, label: str, label_en: str, width: int, edit: Edit = Edit.TEXT, *, wide: bool = False) -> Column:
    """A column that only a list has."""
    return Column(Field(name, label, label_en, width, edit, label, label_en), width, wide=wide)


@dataclass(frozen=True, slots=True)
class SubfileDisplay:
    """A list as a whole. `head` are labels and fields for rows 4 and 5; `keys` stand beside those every list has."""

    name: str
    title: Text
    columns: tuple[Column, ...]
    options: tuple[Option, ...] = ()
    head: tuple[tuple[Constant, Place], ...] = ()
    keys: tuple[Key, ...] = ()
    ask: Text | None = None

    def __post_init__(self) -> None:
        for size in (NORMAL, WIDE):
            end = self._first_column + sum(column.width + GAP for column in self.shown_columns(size)) - GAP
            assert end - 1 <= size.last_column, f"{self.name}: the columns end in column {end - 1} of {size.columns}"

    @property
    def _first_column(self) -> int:
        """Where the rows begin: behind the options, if there are any."""
        return ROW_COLUMN if self.options else FIRST_COLUMN

    def shown_columns(self, size: Size) -> tuple[Column, ...]:
        """The columns there is room for."""
        if size == WIDE:
            return tuple(replace(column, width=column.width + column.grows) for column in self.columns)
        return tuple(column for column in self.columns if not column.wide)

    def option(self, code: str) -> Option | None:
        """What a digit means here."""
        return next((option for option in self.options if option.code == code), None)

    def build(self, rows: Sequence[Row], *, is_last: bool, size: Size = NORMAL, note: Text | None = None) -> Display:
        """One page. `rows` has at most `rows_per_page(size)` rows; `is_last` says that none come after them."""
        assert len(rows) <= rows_per_page(size), f"{self.name}: {len(rows)} rows on a page"
        constants = [*(label for label, _ in self.head), *self._headings(size)]
        places = [place for _, place in self.head]
        for at, row in enumerate(rows):
            constants += self._cells(FIRST_ROW + at, row, size)
            if self.options:
                places.append(Place(FIRST_ROW + at, OPTION_COLUMN, option_field(at, self.options), is_input=True))
        if not rows:
            constants.append(Constant(FIRST_ROW, self._first_column, EMPTY))
        bottom = FIRST_ROW + rows_per_page(size)
        end = END if is_last else MORE
        constants.append(Constant(bottom, size.last_column - max(len(end.id), len(end.en)), end, Look.TITLE))
        if note is not None:
            constants.append(Constant(bottom + 1, FIRST_COLUMN, note))
        return Display(self.name, self.title, self._keys(), self._asks(), tuple(constants), tuple(places), size)

    def _keys(self) -> tuple[Key, ...]:
        enter = ENTER if self.options or self.ask else ENTER.called("Kembali", "Back")
        return (enter, F1, F3, F5, *self.keys, F12, ROLL_UP, ROLL_DOWN)

    def _asks(self) -> tuple[Text, ...]:
        ask = self.ask or (ASK if self.options else LOOK)
        said = [Text(option.label.id, option.label.en, partial("{}={}".format, option.code)) for option in self.options]
        return (ask, line(said)) if said else (ask,)

    def _headings(self, size: Size) -> list[Constant]:
        found = [Constant(HEADING_ROW, FIRST_COLUMN, Text("Opsi", "Opt"), Look.TITLE)] if self.options else []
        at = self._first_column
        for column in self.shown_columns(size):
            found.append(Constant(HEADING_ROW, at, _heading(column), Look.TITLE))
            at += column.width + GAP
        return found

    def _cells(self, at_row: int, row: Row, size: Size) -> list[Constant]:
        found, at = [], self._first_column
        for column in self.shown_columns(size):
            text = _in_column(column, shown(column.field, row.get(column.field.name, "")))
            if text.strip():
                found.append(Constant(at_row, at, same(text), Look.OUTPUT))
            at += column.width + GAP
        return found


def rows_per_page(size: Size) -> int:
    """How many rows a page holds."""
    return size.body_rows.stop - FIRST_ROW - BOTTOM_ROWS


def option_field(at: int, options: Sequence[Option]) -> Field:
    """The place for an option in front of row `at` of the page, counted from 0."""
    meaning = Text("Apa yang dikerjakan dengan baris ini.", "What to do with this row.")
    choices = tuple((option.code, option.label.id) for option in options)
    choices_en = tuple(option.label.en for option in options)
    name = f"{OPTION_NAME}{at:02d}"
    return Field(name, "Opsi baris", "Row option", 1, Edit.DIGITS, meaning.id, meaning.en, True, choices, choices_en)


def _heading(column: Column) -> Text:
    label = column.label or Text(column.field.label, column.field.label_en)
    return Text(label.id, label.en, partial(_in_column, column))


def _in_column(column: Column, text: str) -> str:
    """A text as it stands in its column: cut, amounts to the right."""
    text = text[: column.width]
    return text.rjust(column.width) if _is_number(column) else text


def _is_number(column: Column) -> bool:
    return column.field.edit is Edit.RUPIAH
