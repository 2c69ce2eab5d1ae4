"""The entry display of a kind, drawn from the fields of its request: a new kind has one without being asked."""

from __future__ import annotations

import msgspec

from ledger.fields import FIELDS, Edit, Field
from ledger.kind import Kind
from terminal.displays.display import FIRST_COLUMN, LAST_COLUMN, Constant, Display, Look, Place, Text, labelled, same
from terminal.keys import ENTER, F1, F3, F5, F12

FIRST_ROW, LAST_ROW = 5, 19
ANSWER_ROW = 21

ANSWER = Field("jawaban", "Jawaban", "Answer", 76, Edit.TEXT, "Jawaban host yang terakhir.", "The host's last answer.")
KEYS = (ENTER, F1, F3, F5.called("Kosongkan", "Clear"), F12)


def entry(kind: Kind) -> Display:
    """One row per request field, then the answer to the request before."""
    shape = msgspec.inspect.type_info(kind.request)
    assert isinstance(shape, msgspec.inspect.StructType), "a request is a Struct"
    assert len(shape.fields) <= LAST_ROW - FIRST_ROW + 1, f"{kind.code} has more fields than the entry display has rows"
    constants: list[Constant] = []
    places: list[Place] = [Place(ANSWER_ROW, FIRST_COLUMN, ANSWER)]
    for row, on_wire in enumerate(shape.fields, start=FIRST_ROW):
        field = FIELDS[on_wire.name]
        label, place = labelled(row, field, is_input=True, fill=must_fill(on_wire.type, field))
        constants += [label, *_choices(place)]
        places.append(place)
    return Display(
        f"SKH{kind.code}",
        same(kind.title),
        KEYS,
        (Text("Isi lalu tekan Enter. F1 menjelaskan isian.", "Fill in, then press Enter. F1 explains a field."),),
        tuple(constants),
        tuple(places),
    )


def must_fill(on_wire: msgspec.inspect.Type, field: Field) -> bool:
    """Whether the wire takes the field at its full length only."""
    if not isinstance(on_wire, msgspec.inspect.StrType) or field.edit not in {Edit.DIGITS, Edit.UPPER}:
        return False
    return on_wire.min_length == on_wire.max_length == field.length


def _choices(place: Place) -> list[Constant]:
    """The codes of a field with few choices, beside it; F1 tells the long lists."""
    text = "  ".join(f"{code}={meaning}" for code, meaning in place.field.choices)
    column = place.column + place.field.length + 2
    fits = text and column + len(text) - 1 <= LAST_COLUMN
    return [Constant(place.row, column, same(text), Look.CONSTANT)] if fits else []
