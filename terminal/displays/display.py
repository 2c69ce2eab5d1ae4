"""What a display is: constant texts and fields at fixed places of 24 rows and 80 columns, and the keys that work.

Data only. Whoever draws one (Textual now, a 5250 data stream one day) takes `runs` for all that does not change and
`places` for the fields. Rows and columns count from 1. A 5250 keeps a field's attribute in the cell before it, so
nothing stands in column 1, and the cells before and after a field stay blank; `Display` asserts it.

     1  title, centred                                             system
     2  instructions                                        date and time
     3  instructions                                      device and user
     4  to 21: the body
    22  and 23: keys
    24  message line
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from ledger.fields import Field
from ledger.messages import Language
from terminal.keys import Key, key_line

ROWS, COLUMNS = 24, 80
TITLE_ROW = 1
INSTRUCTION_ROWS = (2, 3)
BODY_ROWS = range(4, 22)
KEY_ROWS = (22, 23)
MESSAGE_ROW = 24
FIRST_COLUMN, LAST_COLUMN = 2, 79
MESSAGE_LENGTH = LAST_COLUMN - FIRST_COLUMN + 1
INSTRUCTION_LENGTH = 50

LABEL_LENGTH = 16
FIELD_COLUMN = FIRST_COLUMN + LABEL_LENGTH + 2


class Look(StrEnum):
    """How a cell looks: the attributes of a 5250 by what they are for. Colours are the renderer's."""

    CONSTANT = "constant"
    TITLE = "title"
    INPUT = "input"
    OUTPUT = "output"
    HIDDEN = "hidden"
    KEYS = "keys"
    MESSAGE = "message"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Text:
    """A constant text in both languages."""

    id: str
    en: str

    def said(self, language: Language) -> str:
        """The text in one language."""
        return self.id if language == "id" else self.en


def same(text: str) -> Text:
    """A text that is never translated: names the decree gives, numbers, receipts."""
    return Text(text, text)


@dataclass(frozen=True, slots=True)
class Constant:
    """A text that stands on the display, starting in its column."""

    row: int
    column: int
    text: Text
    look: Look = Look.CONSTANT


@dataclass(frozen=True, slots=True)
class Place:
    """A field on the display. `fill` asks that every position be filled; `is_input` fields can be typed in."""

    row: int
    column: int
    field: Field
    is_input: bool = False
    fill: bool = False

    @property
    def name(self) -> str:
        """The field's name in the values of the display."""
        return self.field.name


@dataclass(frozen=True, slots=True)
class Heading:
    """What every display carries at top right: it belongs to the session, not to the display."""

    system: str = ""
    when: str = ""
    who: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of one row, ready to be drawn."""

    row: int
    column: int
    text: str
    look: Look


@dataclass(frozen=True, slots=True)
class Display:
    """One screen. `name` has at most ten characters, like a record format of a display file."""

    name: str
    title: Text
    keys: tuple[Key, ...]
    instructions: tuple[Text, ...] = ()
    constants: tuple[Constant, ...] = ()
    places: tuple[Place, ...] = ()

    def __post_init__(self) -> None:
        assert len(self.name) <= 10, f"{self.name}: the name of a display has at most ten characters"
        assert len(self.instructions) <= len(INSTRUCTION_ROWS), f"{self.name}: too many instructions"
        names = [place.name for place in self.places]
        assert len(set(names)) == len(names), f"{self.name}: a field stands on a display once"
        for language in ("id", "en"):
            _assert_room(self, language)

    def runs(self, heading: Heading, language: Language) -> Iterator[Run]:
        """Everything but the fields and the message line."""
        title = self.title.said(language)
        yield Run(TITLE_ROW, 1 + (COLUMNS - len(title)) // 2, title, Look.TITLE)
        for row, text in enumerate((heading.system, heading.when, heading.who), start=TITLE_ROW):
            yield Run(row, LAST_COLUMN + 1 - len(text), text, Look.CONSTANT)
        for row, instruction in zip(INSTRUCTION_ROWS, self.instructions, strict=False):
            yield Run(row, FIRST_COLUMN, instruction.said(language), Look.CONSTANT)
        for constant in self.constants:
            yield Run(constant.row, constant.column, constant.text.said(language), constant.look)
        for row, line in zip(KEY_ROWS, _key_rows(self.keys, language), strict=False):
            yield Run(row, FIRST_COLUMN, line, Look.KEYS)


def labelled(row: int, field: Field, *, is_input: bool = False, fill: bool = False) -> tuple[Constant, Place]:
    """A field with its label and leader dots before it, in the common columns."""
    label = Text(leader(field.label), leader(field.label_en))
    return Constant(row, FIRST_COLUMN, label), Place(row, FIELD_COLUMN, field, is_input, fill)


def leader(label: str) -> str:
    """A label and dots up to its field; dots of all rows stand below each other."""
    label = f"{label[: LABEL_LENGTH - 1]} "
    dots = (" ." * LABEL_LENGTH)[:LABEL_LENGTH]
    return label + dots[len(label) :]


def _key_rows(keys: tuple[Key, ...], language: Language) -> list[str]:
    rows = [key_line(keys, language)]
    if len(rows[0]) > MESSAGE_LENGTH:
        half = (len(keys) + 1) // 2
        rows = [key_line(keys[:half], language), key_line(keys[half:], language)]
    assert all(len(row) <= MESSAGE_LENGTH for row in rows), "the keys of a display fit two lines"
    return rows


def _assert_room(display: Display, language: Language) -> None:
    """Everything is within its rows and columns, and nothing touches a field."""
    cells: dict[tuple[int, int], str] = {}
    for instruction in display.instructions:
        assert len(instruction.said(language)) <= INSTRUCTION_LENGTH, f"{display.name}: {instruction} is too long"
    pieces = [(constant.row, constant.column, constant.text.said(language)) for constant in display.constants]
    pieces += [(place.row, place.column, "_" * place.field.length) for place in display.places]
    for row, column, text in pieces:
        assert row in BODY_ROWS, f"{display.name}: row {row} is not of the body"
        last = column + len(text) - 1
        assert column >= FIRST_COLUMN, f"{display.name}: {text} starts in column {column}"
        assert last <= COLUMNS, f"{display.name}: {text} ends in column {last}"
        taken = [cells[row, at] for at in range(column - 1, last + 1) if (row, at) in cells]
        assert not taken, f"{display.name}: {text} runs into {taken[0]} on row {row}"
        cells |= {(row, at): text for at in range(column, last + 1)}
