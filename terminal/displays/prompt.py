"""The list of values of a field (F4): a place to type what is looked for, and the rows that hold it.

What a field offers: its own codes, the regions of the country, or texts that are often written there.
"""

from __future__ import annotations

from collections.abc import Sequence

from ledger.fields import Edit, Field
from ledger.messages import Language
from ledger.wilayah import KAB_KOTA, PROVINSI
from terminal.displays.display import (
    FIRST_COLUMN,
    LAST_COLUMN,
    Constant,
    Display,
    Look,
    Text,
    labelled,
    same,
)
from terminal.displays.pages import END, MORE
from terminal.edit import meanings
from terminal.keys import ENTER, F1, F3, F12, ROLL_DOWN, ROLL_UP

SEARCH_ROW, FIRST_ROW, ROWS = 4, 6, 14
BOTTOM_ROW = FIRST_ROW + ROWS
MARK = ">"
CODE_COLUMN = FIRST_COLUMN + 2
SEARCH = Field(
    "cari",
    "Cari",
    "Find",
    30,
    Edit.UPPER,
    "Huruf atau angka yang ada dalam baris; daftar menyempit selagi diketik.",
    "Letters or digits that stand in the row; the list narrows as you type.",
    optional=True,
)

Value = tuple[str, str]
"""What goes into the field, and what it stands for."""


def values(field: Field, language: Language, kind: str = "") -> tuple[Value, ...]:
    """What F4 offers for a field; nothing for a field in which anything may stand.

    Of texts that go with a kind of entry, those of `kind` if it has any.
    """
    if field.choices:
        return meanings(field, language)
    match field.name:
        case "kab_kota":
            return tuple(
                (code, f"{place.nama_lengkap}, {PROVINSI[place.provinsi].nama}") for code, place in KAB_KOTA.items()
            )
        case "provinsi":
            return tuple((code, province.nama) for code, province in PROVINSI.items())
        case _:
            return tuple(value for value in field.suggestions if value[1] == kind) or field.suggestions


def narrowed(offered: Sequence[Value], looked_for: str) -> tuple[Value, ...]:
    """The values that hold every word, in code or meaning, in capitals or not."""
    words = looked_for.casefold().split()
    return tuple(value for value in offered if all(word in " ".join(value).casefold() for word in words))


def _title(label: str) -> str:
    return f"F4: {label.upper()}"


def prompt(field: Field, found: Sequence[Value], at: int) -> Display:
    """The page of `found` that holds row `at`, with a mark before it."""
    top = at - at % ROWS
    page = found[top : top + ROWS]
    width = max((len(code) for code, _ in found), default=1)
    constants: list[Constant] = []
    for row, (code, meaning) in enumerate(page, start=FIRST_ROW):
        is_here = row - FIRST_ROW + top == at
        entry = f"{code:<{width}}  {meaning}"[: LAST_COLUMN - CODE_COLUMN + 1].rstrip()
        constants.append(Constant(row, CODE_COLUMN, same(entry), Look.TITLE if is_here else Look.OUTPUT))
        if is_here:
            constants.append(Constant(row, FIRST_COLUMN, same(MARK), Look.TITLE))
    end = END if top + ROWS >= len(found) else MORE
    constants.append(Constant(BOTTOM_ROW, LAST_COLUMN - max(len(end.id), len(end.en)), end, Look.TITLE))
    label, place = labelled(SEARCH_ROW, SEARCH, is_input=True)
    return Display(
        "SKHF4",
        Text(field.label, field.label_en, _title),
        (ENTER.called("Pilih", "Choose"), F1, F3, F12, ROLL_UP, ROLL_DOWN),
        (Text("Ketik untuk mencari; panah dan Enter memilih.", "Type to find; arrows and Enter choose."),),
        (label, *constants),
        (place,),
    )
