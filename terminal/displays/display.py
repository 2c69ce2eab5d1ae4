"""What a display is: constant texts and fields at fixed places of 24 rows and 80 columns, and the keys that work.

Data only. Whoever draws one (Textual now, a 5250 data stream one day) takes `runs` for all that does not change and
`places` for the fields. Rows and columns count from 1. A 5250 keeps a field's attribute in the cell before it, so
nothing stands in column 1, and the cells before and after a field stay blank; `Display` asserts it.

     1  state of the line          title, centred                  system
     2  instructions                                        date and time
     3  instructions                                      device and user
     4  to 21: the body
    22  and 23: keys
    24  message line

A list may take 27 rows of 132 columns instead, as a 3477 has them; keys and message line stay the last three rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from ledger.fields import Field
from ledger.messages import Language
from terminal.keys import Key, key_line
from terminal.language import fitting, sentence, words

ROWS, COLUMNS = 24, 80
TITLE_ROW = 1
INSTRUCTION_ROWS = (2, 3)
BODY_FIRST = 4
FIRST_COLUMN, LAST_COLUMN = 2, 79
INSTRUCTION_LENGTH = 50


@dataclass(frozen=True, slots=True)
class Size:
    """Rows and columns of a display, and what follows from them: keys and message line stand at the bottom."""

    rows: int
    columns: int

    @property
    def last_column(self) -> int:
        """The last column of texts."""
        return self.columns - 1

    @property
    def body_rows(self) -> range:
        """The rows between instructions and keys."""
        return range(BODY_FIRST, self.rows - 2)

    @property
    def key_rows(self) -> tuple[int, int]:
        """The two rows of the key line."""
        return self.rows - 2, self.rows - 1

    @property
    def message_row(self) -> int:
        """The row of the message line."""
        return self.rows

    @property
    def message_length(self) -> int:
        """How long a key line or a message may be."""
        return self.last_column - FIRST_COLUMN + 1


NORMAL, WIDE = Size(ROWS, COLUMNS), Size(27, 132)

LABEL_LENGTH = 16
FIELD_COLUMN = FIRST_COLUMN + LABEL_LENGTH + 2
RIGHT_LABEL = 45
RIGHT_FIELD = RIGHT_LABEL + LABEL_LENGTH + 2
LINE_LENGTH = 16
"""How long the state of the line may be."""


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
    """A constant text in both languages. `shape` makes of it, in any language, what stands on the display."""

    id: str
    en: str
    shape: Callable[[str], str] | None = None

    def said(self, language: Language) -> str:
        """The text in one language."""
        if self.shape is None:
            return words(self.id, self.en, language)
        return fitting(*(self.shape(text) for text in (sentence(self.id, self.en, language), self.id, self.en)))

    def within(self, language: Language, room: int) -> str:
        """The text in one language where it is known how many cells it may take."""
        said = sentence(self.id, self.en, language)
        return (self.shape(said) if self.shape else said)[:room]


@dataclass(frozen=True, slots=True)
class Line(Text):
    """Several texts on one line, each translated by itself."""

    parts: tuple[Text, ...] = ()
    gap: str = "  "

    def said(self, language: Language) -> str:
        """The parts in one language."""
        return self.gap.join(part.said(language) for part in self.parts)

    def within(self, language: Language, room: int) -> str:
        """The parts in one language, and of the last ones what there is room for."""
        return self.gap.join(part.within(language, room) for part in self.parts)[:room]


def line(parts: Iterable[Text], gap: str = "  ") -> Line:
    """Texts that stand beside each other."""
    given = tuple(parts)
    return Line(gap.join(part.id for part in given), gap.join(part.en for part in given), None, given, gap)


def same(text: str) -> Text:
    """A text that is never translated: names the decree gives, numbers, receipts."""
    return Text(text, text)


NOTHING = same("")


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
    """What every display carries in its top rows: it belongs to the session, not to the display.

    System, time and who stand at the right; `line`, what the line to the host is like, at top left.
    """

    system: str = ""
    when: str = ""
    who: str = ""
    line: Text = NOTHING


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of one row, ready to be drawn."""

    row: int
    column: int
    text: str
    look: Look


@dataclass(frozen=True, slots=True)
class Display:
    """One screen. `name` has at most ten characters, like a record format of a display file.

    A `window` begins in that row and lies over another display, of which the rows above stay visible.
    """

    name: str
    title: Text
    keys: tuple[Key, ...]
    instructions: tuple[Text, ...] = ()
    constants: tuple[Constant, ...] = ()
    places: tuple[Place, ...] = ()
    size: Size = NORMAL
    window: int = 0

    def __post_init__(self) -> None:
        assert len(self.name) <= 10, f"{self.name}: the name of a display has at most ten characters"
        assert len(self.instructions) <= len(INSTRUCTION_ROWS), f"{self.name}: too many instructions"
        names = [place.name for place in self.places]
        assert len(set(names)) == len(names), f"{self.name}: a field stands on a display once"
        for language in ("id", "en"):
            _assert_room(self, language)

    def runs(self, heading: Heading, language: Language) -> Iterator[Run]:
        """Everything but the fields and the message line."""
        yield from self._window_runs(heading, language) if self.window else self._top_runs(heading, language)
        for constant in self.constants:
            text = constant.text.within(language, self._room(constant))
            yield Run(constant.row, constant.column, text, constant.look)
        for row, line in zip(self.size.key_rows, _key_rows(self.keys, language, self.size), strict=False):
            yield Run(row, FIRST_COLUMN, line, Look.KEYS)

    def _room(self, constant: Constant) -> int:
        """Cells up to what stands behind it on its row, but for the blank one between."""
        stands = [(other.row, other.column) for other in self.constants]
        stands += [(place.row, place.column) for place in self.places]
        behind = [column for row, column in stands if row == constant.row and column > constant.column]
        return min(behind, default=self.size.columns + 2) - 1 - constant.column

    def _top_runs(self, heading: Heading, language: Language) -> Iterator[Run]:
        title = self.title.said(language)
        yield Run(TITLE_ROW, FIRST_COLUMN, heading.line.said(language), Look.CONSTANT)
        yield Run(TITLE_ROW, 1 + (self.size.columns - len(title)) // 2, title, Look.TITLE)
        for row, text in enumerate((heading.system, heading.when, heading.who), start=TITLE_ROW):
            yield Run(row, self.size.columns - len(text), text, Look.CONSTANT)
        for row, instruction in zip(INSTRUCTION_ROWS, self.instructions, strict=False):
            yield Run(row, FIRST_COLUMN, instruction.within(language, INSTRUCTION_LENGTH), Look.CONSTANT)

    def _window_runs(self, heading: Heading, language: Language) -> Iterator[Run]:
        """The border, and what the line is like: time and title of the display below stay as they were."""
        yield Run(TITLE_ROW, FIRST_COLUMN, heading.line.said(language).ljust(LINE_LENGTH), Look.CONSTANT)
        border = f" {self.title.said(language)} ".center(self.size.last_column - FIRST_COLUMN + 1, ".")
        yield Run(self.window, FIRST_COLUMN, border, Look.TITLE)


def labelled_right(row: int, field: Field, *, is_input: bool = False, fill: bool = False) -> tuple[Constant, Place]:
    """A short field in the right half of a row whose left field is short as well."""
    label = Constant(row, RIGHT_LABEL, Text(field.label, field.label_en, leader))
    return label, Place(row, RIGHT_FIELD, field, is_input, fill)


def labelled(row: int, field: Field, *, is_input: bool = False, fill: bool = False) -> tuple[Constant, Place]:
    """A field with its label and leader dots before it, in the common columns."""
    label = Text(field.label, field.label_en, leader)
    return Constant(row, FIRST_COLUMN, label), Place(row, FIELD_COLUMN, field, is_input, fill)


def leader(label: str) -> str:
    """A label and dots up to its field; dots of all rows stand below each other."""
    label = f"{label[: LABEL_LENGTH - 1]} "
    dots = (" ." * LABEL_LENGTH)[:LABEL_LENGTH]
    return label + dots[len(label) :]


def _key_rows(keys: tuple[Key, ...], language: Language, size: Size) -> list[str]:
    rows = [key_line(keys, language)]
    if len(rows[0]) > size.message_length:
        half = (len(keys) + 1) // 2
        rows = [key_line(keys[:half], language), key_line(keys[half:], language)]
    assert all(len(row) <= size.message_length for row in rows), "the keys of a display fit two lines"
    return rows


def _assert_room(display: Display, language: Language) -> None:
    """Everything is within its rows and columns, and nothing touches a field."""
    cells: dict[tuple[int, int], str] = {}
    for instruction in display.instructions:
        assert len(instruction.said(language)) <= INSTRUCTION_LENGTH, f"{display.name}: {instruction} is too long"
    pieces = [(constant.row, constant.column, constant.text.said(language)) for constant in display.constants]
    pieces += [(place.row, place.column, "_" * place.field.length) for place in display.places]
    for row, column, text in pieces:
        assert row in display.size.body_rows, f"{display.name}: row {row} is not of the body"
        assert row > display.window, f"{display.name}: row {row} lies above the window"
        last = column + len(text) - 1
        assert column >= FIRST_COLUMN, f"{display.name}: {text} starts in column {column}"
        assert last <= display.size.columns, f"{display.name}: {text} ends in column {last}"
        taken = [cells[row, at] for at in range(column - 1, last + 1) if (row, at) in cells]
        assert not taken, f"{display.name}: {text} runs into {taken[0]} on row {row}"
        cells |= {(row, at): text for at in range(column, last + 1)}
