"""The screen buffer: a display, what is typed on it, cursor and message line, as 24 rows of 80 cells (or 27 of 132).

This is how a 5250 works: the buffer is the truth and whoever shows it copies cells. Panels keep no state of fields
anywhere else, tests read plain lines, and keys typed ahead can be played into it without a screen.

The cursor moves within input fields only. Typing overtypes; the last position of a field leads to the next field,
of the last field nowhere: there the keyboard says 0018 rather than begin the field again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ledger.fields import Edit
from ledger.messages import Language
from terminal import edit
from terminal.displays.display import (
    FIRST_COLUMN,
    Display,
    Heading,
    Look,
    Place,
)
from terminal.edit import Said

Values = dict[str, str | int]
Cell = tuple[str, Look]

_BLANK: Cell = (" ", Look.CONSTANT)


class _Typed:
    """An input field: its positions, blank where nothing was typed.

    `is_whole` says that typing at its start begins it anew: so is an amount, and what Field Exit has right-adjusted.
    """

    def __init__(self, place: Place, text: str) -> None:
        self.place = place
        self.cells = list(text[: place.field.length].ljust(place.field.length))
        self.is_whole = bool(place.field.pad) and not place.fill

    @property
    def text(self) -> str:
        """What stands in the field."""
        return "".join(self.cells)

    @property
    def end(self) -> int:
        """The position after the last character typed."""
        return len(self.text.rstrip())


class Buffer:
    """One display being filled in."""

    def __init__(
        self, display: Display, heading: Heading, language: Language, values: Mapping[str, str | int] | None = None
    ) -> None:
        self.display, self.language = display, language
        self.heading = heading
        self.message: tuple[str, Look] = ("", Look.MESSAGE)
        self.under: list[list[Cell]] | None = None
        """The display a window lies on, as it was when the window opened."""
        self.way_out = ""
        """Over the second key row while the keyboard is locked: which keys still work."""
        shown = {place.name: _shown(place, values or {}) for place in display.places}
        self._output = {place.name: shown[place.name] for place in display.places if not place.is_input}
        inputs = sorted(
            (place for place in display.places if place.is_input), key=lambda place: (place.row, place.column)
        )
        self._inputs = [_Typed(place, shown[place.name]) for place in inputs]
        self._at = self._offset = 0
        self._has_come_by_itself = False
        """Whether the cursor stands at the start of the last field because the one before was typed full."""
        self.home()

    def tell(self, name: str, value: str | int) -> None:
        """Put another value in an output field."""
        (place,) = (place for place in self.display.places if place.name == name and not place.is_input)
        self._output[name] = _shown(place, {name: value})

    def redraw(self, display: Display) -> None:
        """Other texts around the same fields: what is typed stays, and the cursor too."""
        before, now = ([place for place in which.places if place.is_input] for which in (self.display, display))
        assert before == now, f"{display.name}: other fields than before"
        self.display = display

    # ------------------------------------------------------------------------------------------- keys

    def type(self, character: str) -> Said | None:
        """One character at the cursor. Returns the keyboard's error, and then nothing has changed."""
        if not self._inputs:
            return Said(edit.PROTECTED)
        here = self._inputs[self._at]
        taken = edit.typed(here.place.field, character)
        if isinstance(taken, Said):
            return taken
        if here.is_whole and self._offset == 0:
            self._erase(here)  # a new amount is not typed over the digits of the old one
        if self._offset == len(here.cells):
            return Said(edit.FIELD_FULL, {}, here.place.field)
        here.cells[self._offset] = taken
        here.is_whole = self._has_come_by_itself = False
        self._offset += 1
        if self._offset == len(here.cells) and self._at + 1 < len(self._inputs):
            self._go(self._at + 1)
            self._has_come_by_itself = self._at + 1 == len(self._inputs)
        return None

    def next_field(self) -> None:
        """Tab: the next input field; after the last one the first.

        Pressed out of habit behind a full field it does not leave the last one again: what is typed next, a
        password perhaps, would stand in the first field for all to read.
        """
        if self._has_come_by_itself:
            self._has_come_by_itself = False
        else:
            self._go(self._at + 1)

    def previous_field(self) -> None:
        """Back to the start of this field, or from there to the field before."""
        self._go(self._at if self._offset else self._at - 1)

    def field_exit(self) -> Said | None:
        """Blank the field from the cursor on, right-adjust what is before it, and leave the field.

        Returns 0005 where there is no field, 0014 when the field must be full and is not; then nothing has changed.
        """
        if not self._inputs:
            return Said(edit.PROTECTED)
        if self._has_come_by_itself:
            self.next_field()
            return None
        here = self._inputs[self._at]
        field, room = here.place.field, len(here.cells)
        text = "".join(here.cells[: self._offset])
        if field.pad:
            text = text.strip() and text.strip().rjust(room, field.pad)
        elif here.place.fill and 0 < len(text.rstrip()) < room:
            return Said(edit.MANDATORY_FILL, {}, field)
        here.cells = list(text.ljust(room))
        here.is_whole = bool(field.pad) and not here.place.fill
        self.next_field()
        return None

    def field_plus(self) -> Said | None:
        """Field Exit; no field of ours has a sign."""
        return self.field_exit()

    def field_minus(self) -> Said:
        """Refused, 0016: amounts are never negative."""
        return Said(edit.NO_SIGN, {}, self._inputs[self._at].place.field) if self._inputs else Said(edit.PROTECTED)

    def put(self, text: str) -> Said | None:
        """Fill the field at the cursor, as if typed from its start; a full field leads to the next. As `type`."""
        if not self._inputs:
            return Said(edit.PROTECTED)
        here = self._inputs[self._at]
        if len(text) > len(here.cells):
            return Said(edit.FIELD_FULL, {}, here.place.field)
        self._erase(here)
        self._offset = 0
        for character in text:
            if error := self.type(character):
                return error
        return None

    def give(self, texts: Sequence[str]) -> Said | None:
        """Fill the first fields, one text each, the last field with all that is left. As `put`."""
        fields = len(self._inputs)
        if texts and not fields:
            return Said(edit.PROTECTED)
        if len(texts) > fields:
            texts = [*texts[: fields - 1], " ".join(texts[fields - 1 :])]
        for at, text in enumerate(texts):
            self._go(at)
            if error := self.put(text):
                return error
        self.go_to_first_empty()
        return None

    def erase_input(self) -> None:
        """Blank every input field."""
        for field in self._inputs:
            self._erase(field)
        self.home()

    def backspace(self) -> None:
        """Take away the character before the cursor; the rest of the field moves up."""
        if self._offset:
            self._offset -= 1
            self.delete()

    def delete(self) -> None:
        """Take away the character at the cursor; the rest of the field moves up."""
        if self._inputs and self._offset < len(self._inputs[self._at].cells):
            here = self._inputs[self._at]
            del here.cells[self._offset]
            here.cells.append(" ")
            here.is_whole = False

    def left(self) -> None:
        """One position back, from the start of a field to the field before."""
        self._has_come_by_itself = False
        if self._offset:
            self._offset -= 1
        else:
            self._go(self._at - 1)

    def right(self) -> None:
        """One position on, from the last one to the next field."""
        self._has_come_by_itself = False
        if self._inputs and self._offset + 1 < len(self._inputs[self._at].cells):
            self._offset += 1
        else:
            self.next_field()

    def up(self) -> None:
        """The input field before."""
        self._go(self._at - 1)

    def home(self) -> None:
        """The first input field."""
        self._go(0)

    def end(self) -> None:
        """Behind the last character of the field."""
        if self._inputs:
            self._offset = self._inputs[self._at].end

    def go_to(self, name: str) -> None:
        """The start of a field, if it is an input field of this display."""
        for at, field in enumerate(self._inputs):
            if field.place.name == name:
                self._go(at)

    # ------------------------------------------------------------------------------------------ values

    def read(self) -> Values | Said:
        """The values of all input fields, or what is wrong with the first wrong one; the cursor goes there."""
        values: Values = {}
        for at, typed in enumerate(self._inputs):
            value = edit.value_of(typed.place.field, typed.text, fill=typed.place.fill)
            if isinstance(value, Said):
                self._go(at)
                return value
            values[typed.place.name] = value
        return values

    def typed_values(self) -> Values:
        """What stands in the input fields, unchecked."""
        return {typed.place.name: typed.text.rstrip() for typed in self._inputs}

    def plain_texts(self) -> dict[str, str]:
        """The same without passwords, for Dup."""
        fields = ((typed.place.field, typed.text) for typed in self._inputs)
        return {field.name: text.strip() for field, text in fields if field.edit is not Edit.SECRET}

    def go_to_first_empty(self) -> None:
        """The first input field that must be filled in and is not; else the first."""
        empty = [at for at, typed in enumerate(self._inputs) if not typed.end and not typed.place.field.optional]
        self._go(empty[0] if empty else 0)

    @property
    def here(self) -> Place | None:
        """The input field the cursor is in."""
        return self._inputs[self._at].place if self._inputs else None

    @property
    def cursor(self) -> tuple[int, int] | None:
        """Row and column of the cursor, from 1; behind a full field it stays on its last position."""
        if not self._inputs:
            return None
        here = self._inputs[self._at]
        return here.place.row, here.place.column + min(self._offset, len(here.cells) - 1)

    # ------------------------------------------------------------------------------------------- cells

    def lines(self) -> list[str]:
        """The rows as plain text, each as long as the display is wide."""
        return ["".join(character for character, _ in row) for row in self.rows()]

    def rows(self) -> list[list[Cell]]:
        """All cells: character and look."""
        size = self.display.size
        grid = [[_BLANK] * size.columns for _ in range(size.rows)]
        if self.under is not None:
            grid[: self.display.window - 1] = [list(row) for row in self.under[: self.display.window - 1]]
        for row, column, text, look in self._pieces():
            cells = [(character if edit.is_one_cell(character) else "?", look) for character in text]
            line = grid[row - 1]
            line[column - 1 : column - 1 + len(cells)] = cells
            assert len(line) == size.columns, f"{self.display.name} runs over the edge on row {row}"
        return grid

    def _pieces(self) -> Iterator[tuple[int, int, str, Look]]:
        for run in self.display.runs(self.heading, self.language):
            yield run.row, run.column, run.text, run.look
        for place in self.display.places:
            if not place.is_input:
                yield place.row, place.column, self._output[place.name], Look.OUTPUT
        for typed in self._inputs:
            is_secret = typed.place.field.edit is Edit.SECRET
            text, look = (" " * len(typed.cells), Look.HIDDEN) if is_secret else (typed.text, Look.INPUT)
            yield typed.place.row, typed.place.column, text, look
        size = self.display.size
        if self.way_out:
            yield size.key_rows[1], FIRST_COLUMN, self.way_out.ljust(size.message_length), Look.KEYS
        text, look = self.message
        if len(text) > size.message_length:
            text = f"{text[: size.message_length - 1]}+"  # F1 shows the rest
        yield size.message_row, FIRST_COLUMN, text, look

    def _go(self, at: int) -> None:
        self._offset = 0
        self._has_come_by_itself = False
        if self._inputs:
            self._at = at % len(self._inputs)

    @staticmethod
    def _erase(field: _Typed) -> None:
        field.cells = [" "] * len(field.cells)
        field.is_whole = False


def _shown(place: Place, values: Mapping[str, str | int]) -> str:
    value = values.get(place.name, "")
    return edit.shown(place.field, value)[: place.field.length]
