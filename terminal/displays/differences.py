"""Differences and sanctions on displays: their lists, one difference in full, and its cure."""

from __future__ import annotations

from dataclasses import replace

from ledger.fields import CARA_SEMBUH, FIELDS, Edit
from ledger.kinds.sembuh import ALLOWED
from ledger.messages import Language
from terminal.displays.display import (
    FIRST_COLUMN,
    Constant,
    Display,
    Look,
    Place,
    Text,
    labelled,
    labelled_right,
    same,
)
from terminal.displays.lists import ENTRY
from terminal.displays.pilgrim import told_field
from terminal.displays.subfile import Column, Option, SubfileDisplay, column
from terminal.displays.titles import title
from terminal.edit import meanings
from terminal.keys import ENTER, F1, F3, F4, F6, F12
from txserver.wire.evening import Difference

CURE = Option("2", Text("Sembuhkan", "Cure"))
CANCEL = Option("4", Text("Batal", "Cancel"))
SHOW = Option("5", Text("Tampil", "Display"))
PRINT = Option("6", Text("Cetak", "Print"))
PROPOSE = Option("7", Text("Sanksi", "Sanction"))
DECIDE = Option("2", Text("Putuskan", "Decide"))

WANTED_BANK = replace(
    FIELDS["kode_bank"],
    optional=True,
    meaning="Kode bank; kosong untuk semua yang boleh dilihat.",
    meaning_en="Bank code; empty for all that may be seen.",
)
WANTED_DAY = replace(
    FIELDS["hari_konfirmasi"],
    optional=True,
    meaning="Hari setoran; kosong: yang masih terbuka dari hari mana pun.",
    meaning_en="Deposit day; empty: what is still open of any day.",
)
OWNER = told_field("pemilik", "Pemilik", "Owner", 8)
AGE = told_field("umur_hari", "Umur, hari", "Age, days", 5, Edit.RUPIAH)
END = told_field("akhir", "Hasil", "Outcome", 10)
CURED_BY = told_field("entri_sembuh", "Entri sembuh", "Cure entry", 12)
BRANCH = told_field("cabang", "Cabang", "Branch", 8)
STATUS_OPEN = Text("terbuka", "open")
CURES = Text("Cara sembuh yang berlaku", "Cures that apply")


def differences(*, may_cure: bool, may_cancel: bool, may_propose: bool) -> SubfileDisplay:
    """Differences of a bank's day, or those open on any day."""
    return SubfileDisplay(
        "SKHDSL",
        Text("DAFTAR SELISIH", "LIST OF DIFFERENCES"),
        (
            Column(FIELDS["nomor_selisih"], 12, Text("Nomor", "Number")),
            Column(FIELDS["kelas"], 9),
            Column(OWNER, 8),
            Column(FIELDS["nomor_porsi"], 10, Text("Porsi", "Porsi")),
            column("nominal", "Rupiah", "Rupiah", 11, Edit.RUPIAH),
            Column(AGE, 3, Text("Umr", "Age")),
            Column(END, 8),
            Column(BRANCH, 8, wide=True),
            Column(FIELDS["device"], 10, wide=True),
            column("stan", "STAN", "STAN", 6, wide=True),
            column("hari", "Hari", "Day", 10, Edit.DATE, wide=True),
        ),
        (
            *((CURE,) if may_cure else ()),
            *((CANCEL,) if may_cancel else ()),
            SHOW,
            PRINT,
            *((PROPOSE,) if may_propose else ()),
        ),
        (labelled(4, WANTED_BANK, is_input=True), labelled_right(4, WANTED_DAY, is_input=True)),
        ask=Text("Ketik bank dan hari, atau opsi, lalu Enter.", "Type bank and day, or options, then Enter."),
    )


_ROWS = (
    (5, "nomor_selisih", ""),
    (6, "kelas", "akhir"),
    (7, "kode_bank", "cabang"),
    (8, "hari_konfirmasi", "umur_hari"),
    (9, "device", "stan"),
    (10, "nomor_porsi", "pemilik"),
    (11, "nominal_host", "nominal_bank"),
    (12, "rrn", "seq"),
    (13, "entri_sembuh", ""),
)
_CURE_ROWS = (
    (4, "nomor_selisih", "kelas"),
    (5, "kode_bank", "cabang"),
    (6, "hari_konfirmasi", "umur_hari"),
    (7, "nomor_porsi", "pemilik"),
    (8, "nominal_host", "nominal_bank"),
)
"""The cure stands above the window in which the second person signs: he must see what he signs."""
RRN = replace(FIELDS["rrn"], label="Entri bank, RRN", label_en="Bank entry, RRN")
_OWN = {field.name: field for field in (OWNER, AGE, END, BRANCH, RRN, replace(ENTRY, name="seq"), CURED_BY)}


def difference(one: Difference, language: Language) -> Display:
    """One difference in full, and what may end it."""
    constants, places = _what(_ROWS)
    constants += _cures(one, 15, language)
    keys = (ENTER.called("Kembali", "Back"), F3, F6.called("Cetak", "Print"), F12)
    title = Text("SELISIH", "DIFFERENCE")
    return Display("SKHSLS", title, keys, (), tuple(constants), tuple(places))


def cure(one: Difference, language: Language) -> Display:
    """One difference above, its cure below: how, by what evidence and why."""
    constants, places = _what(_CURE_ROWS)
    constants += _cures(one, 9, language)
    choices = tuple((code, meaning) for code, meaning in CARA_SEMBUH if code in ALLOWED.get(one.kelas, ()))
    way = FIELDS["cara_sembuh"]
    codes = [code for code, _ in way.choices]
    beside = tuple(way.choices_en[codes.index(code)] for code, _ in choices)
    way = replace(way, choices=choices, choices_en=beside) if choices else way
    for row, field in enumerate((way, FIELDS["rujukan"], FIELDS["alasan"]), start=11):
        label, place = labelled(row, field, is_input=True)
        constants.append(label)
        places.append(place)
    return Display(
        "SKHSEM",
        title("SEM"),
        (ENTER, F1, F3, F4, F12),
        (
            Text("Isi cara, bukti dan alasan, lalu Enter;", "Fill in cure, proof and reason, then Enter;"),
            Text("orang kedua menyetujui.", "a second person approves."),
        ),
        tuple(constants),
        tuple(places),
    )


def _what(rows: tuple[tuple[int, str, str], ...]) -> tuple[list[Constant], list[Place]]:
    constants: list[Constant] = []
    places: list[Place] = []
    for row, left, right in rows:
        pairs = [labelled(row, _OWN.get(left) or FIELDS[left])]
        if right:
            pairs.append(labelled_right(row, _OWN.get(right) or FIELDS[right]))
        constants += [label for label, _ in pairs]
        places += [place for _, place in pairs]
    return constants, places


def _cures(one: Difference, row: int, language: Language) -> list[Constant]:
    way = dict(meanings(FIELDS["cara_sembuh"], language))
    allowed = "  ".join(f"{code}={way.get(code, '')}" for code in ALLOWED.get(one.kelas, ()))
    return [
        Constant(row, FIRST_COLUMN, CURES, Look.TITLE),
        Constant(row + 1, FIRST_COLUMN + 2, same(allowed[:76]), Look.OUTPUT),
    ]


def sanctions(*, may_decide: bool, may_propose: bool) -> SubfileDisplay:
    """Sanctions proposed and decided."""
    return SubfileDisplay(
        "SKHDSN",
        Text("DAFTAR SANKSI", "LIST OF SANCTIONS"),
        (
            Column(FIELDS["nomor_sanksi"], 12, Text("Nomor", "Number")),
            Column(FIELDS["nomor_selisih"], 12, Text("Atas selisih", "Difference")),
            Column(BRANCH, 8),
            Column(FIELDS["nomor_porsi"], 10, Text("Porsi", "Porsi")),
            column("denda_rupiah", "Denda", "Fine", 11, Edit.RUPIAH),
            column("status", "Status", "Status", 8),
            column("hari", "Hari", "Day", 10, Edit.DATE, wide=True),
            column("seq", "Entri", "Entry", 9, wide=True),
            column("seq_putus", "Putusan", "Decision", 9, wide=True),
        ),
        (DECIDE,) if may_decide else (),
        keys=(F6.called("Usul", "Propose"),) if may_propose else (),
    )
