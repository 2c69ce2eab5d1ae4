"""The entry display of a kind, drawn from the fields of its request: a new kind has one without being asked."""

from __future__ import annotations

from functools import partial

import msgspec

from ledger.fields import FIELDS, Edit, Field
from ledger.kind import Kind
from terminal.displays.display import FIRST_COLUMN, LAST_COLUMN, Constant, Display, Place, Text, labelled
from terminal.displays.prompt import values
from terminal.displays.titles import title
from terminal.keys import ENTER, F1, F3, F4, F5, F12
from terminal.language import BESIDE, SOURCE

FIRST_ROW, LAST_ROW = 5, 19
ANSWER_ROW = 21

ANSWER = Field("jawaban", "Jawaban", "Answer", 76, Edit.TEXT, "Jawaban host yang terakhir.", "The host's last answer.")
KEYS = (ENTER, F1, F3, F5.called("Kosongkan", "Clear"), F12)
KEYS_WITH_LISTS = (*KEYS[:3], F4, *KEYS[3:])


def entry(kind: Kind) -> Display:
    """One row per request field, then the answer to the request before."""
    shape = msgspec.inspect.type_info(kind.request)
    assert isinstance(shape, msgspec.inspect.StructType), "a request is a Struct"
    constants: list[Constant] = []
    places: list[Place] = [Place(ANSWER_ROW, FIRST_COLUMN, ANSWER)]
    row = FIRST_ROW
    for on_wire in shape.fields:
        field = FIELDS[on_wire.name]
        label, place = labelled(row, field, is_input=True, fill=must_fill(on_wire.type, field))
        if place.column + field.length > LAST_COLUMN + 1:
            # A digest of 64 places stands below its label.
            row += 1
            place = Place(row, FIRST_COLUMN + 2, field, is_input=True, fill=place.fill)
        constants += [label, *_choices(place)]
        places.append(place)
        row += 1
    assert row <= LAST_ROW + 1, f"{kind.code} has more fields than the entry display has rows"
    has_lists = any(values(place.field, SOURCE) for place in places if place.is_input)
    return Display(
        f"SKH{kind.code}",
        title(kind.code),
        KEYS_WITH_LISTS if has_lists else KEYS,
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
    beside = [
        Text(meaning, meaning_en, partial("{}={}".format, code))
        for (code, meaning), meaning_en in zip(place.field.choices, place.field.choices_en, strict=True)
    ]
    column, found = place.column + place.field.length + 2, list[Constant]()
    for text in beside:
        found.append(Constant(place.row, column, text))
        column += max(len(text.said(language)) for language in (SOURCE, BESIDE)) + 2
    return found if column - 3 <= LAST_COLUMN else []
