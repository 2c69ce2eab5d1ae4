"""The drawer (laci) of a device: its running count, and closing it by counting notes and coins."""

from __future__ import annotations

from dataclasses import replace

from ledger.fields import FIELDS, PECAHAN, Edit
from terminal.displays.display import (
    FIELD_COLUMN,
    FIRST_COLUMN,
    RIGHT_LABEL,
    Constant,
    Display,
    Look,
    Place,
    Text,
    labelled,
    labelled_right,
    leader,
    same,
)
from terminal.displays.lists import JOB
from terminal.displays.pilgrim import told_field
from terminal.displays.subfile import Column, SubfileDisplay, column
from terminal.displays.titles import title
from terminal.edit import rupiah
from terminal.keys import ENTER, F1, F3, F5, F12

NOTES_ROW, AMOUNTS_ROW = 6, 16
COUNT_COLUMN = 30
AMOUNT_LENGTH = 18

EXPECTED = told_field("seharusnya_rupiah", "Seharusnya", "Expected", AMOUNT_LENGTH, Edit.RUPIAH)
AMOUNTS = (
    EXPECTED,
    told_field("dihitung_rupiah", "Dihitung", "Counted", AMOUNT_LENGTH, Edit.RUPIAH),
    told_field("selisih_rupiah", "Selisih", "Variance", AMOUNT_LENGTH, Edit.RUPIAH),
)
RECORDED = "tercatat_"
"""Before the name of an amount as the entry has it."""


def count() -> SubfileDisplay:
    """What this device took and paid while its drawer is open, kind by kind."""
    head = (
        labelled(4, told_field("user", "Pemegang laci", "Holder of the drawer", 10)),
        labelled_right(4, FIELDS["hari"]),
        labelled(5, FIELDS["awal_rupiah"]),
        labelled_right(5, replace(EXPECTED, length=16)),
    )
    return SubfileDisplay(
        "SKHLACI",
        Text("HITUNGAN LACI", "COUNT OF THE DRAWER"),
        (
            Column(JOB, 27),
            column("n", "Banyak", "Number", 7, Edit.RUPIAH),
            column("masuk_rupiah", "Uang masuk", "Money in", 16, Edit.RUPIAH),
            column("keluar_rupiah", "Uang keluar", "Money out", 16, Edit.RUPIAH),
        ),
        head=head,
    )


def right(nominal: int) -> str:
    """An amount as it stands below others."""
    return rupiah(nominal).rjust(AMOUNT_LENGTH)


def note_field(pecahan: int) -> str:
    """The request field that counts a denomination."""
    return f"n_{pecahan}"


def worth_field(pecahan: int) -> str:
    """The field that shows what the notes of a denomination are worth together."""
    return f"nilai_{pecahan}"


def close(*, is_closed: bool) -> Display:
    """Notes and coins by denomination; below, the amounts as counted here and as the entry has them."""
    constants: list[Constant] = []
    places: list[Place] = []
    for row, pecahan in enumerate(PECAHAN, start=NOTES_ROW):
        field = replace(FIELDS[note_field(pecahan)], optional=True)
        constants.append(Constant(row, FIRST_COLUMN, same(leader(f"Rp {rupiah(pecahan)}"))))
        places.append(Place(row, FIELD_COLUMN, field, is_input=not is_closed))
        places.append(
            Place(row, COUNT_COLUMN, told_field(worth_field(pecahan), "Nilai", "Worth", AMOUNT_LENGTH, Edit.RUPIAH))
        )
    heads = ((FIELD_COLUMN, Text("Hitungan", "As counted")), (RIGHT_LABEL, Text("Tercatat", "As recorded")))
    constants += [Constant(AMOUNTS_ROW, at, text, Look.TITLE) for at, text in heads]
    for row, field in enumerate(AMOUNTS, start=AMOUNTS_ROW + 1):
        label, place = labelled(row, field)
        constants.append(label)
        places += [place, Place(row, RIGHT_LABEL, replace(field, name=f"{RECORDED}{field.name}"))]
    enter = ENTER.called("Selesai", "Done") if is_closed else ENTER.called("Hitung, tutup", "Count, close")
    return Display(
        "SKHLTP",
        title("LTP"),
        (enter, F1, F3, *(() if is_closed else (F5,)), F12),
        (
            Text("Ketik banyaknya tiap pecahan, lalu Enter;", "Type how many of each, then press Enter;"),
            Text("Enter kedua menutup laci.", "a second Enter closes the drawer."),
        ),
        tuple(constants),
        tuple(places),
    )
