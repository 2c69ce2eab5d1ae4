"""The transfer of a bank's deposits: bank and day, what is due, and the bank's own number of it."""

from __future__ import annotations

from ledger.fields import FIELDS, Edit
from terminal.displays.display import Display, Text, labelled, labelled_right
from terminal.displays.pilgrim import told_field
from terminal.displays.titles import title
from terminal.keys import ENTER, F1, F3, F5, F12

DUE = (
    ("n_jatuh", told_field("n_jatuh", "Banyak setoran", "Deposits", 18, Edit.RUPIAH)),
    ("jatuh_rupiah", told_field("jatuh_rupiah", "Dilimpahkan Rp", "To pass on, Rp", 18, Edit.RUPIAH)),
    ("n_terbuka", told_field("n_terbuka", "Selisih terbuka", "Open differences", 18, Edit.RUPIAH)),
    ("n_limpah", told_field("n_limpah", "Sudah, banyak", "Passed on, no.", 18, Edit.RUPIAH)),
    ("limpah_rupiah", told_field("limpah_rupiah", "Sudah, Rp", "Passed on, Rp", 18, Edit.RUPIAH)),
)
"""What HARI tells of a bank's money, by its names."""


def transfer(*, is_filled: bool) -> Display:
    """First bank and day; then what is due, with the reference to type."""
    rows = [
        labelled(5, FIELDS["kode_bank"], is_input=not is_filled, fill=True),
        labelled_right(5, FIELDS["hari_konfirmasi"], is_input=not is_filled),
    ]
    if is_filled:
        rows += [labelled(row, field) for row, (_, field) in enumerate(DUE, start=7)]
        rows.append(labelled(13, FIELDS["rujukan"], is_input=True))
    constants, places = zip(*rows, strict=True)
    enter = ENTER.called("Limpahkan", "Pass on") if is_filled else ENTER.called("Cari", "Find")
    return Display(
        "SKHPLD",
        title("PLD"),
        (enter, F1, F3, *((F5,) if is_filled else ()), F12),
        (
            Text("Enter menghitung yang harus dilimpahkan; isi", "Enter counts what is due; fill in the bank's own"),
            Text("nomor bukti bank, Enter; orang kedua menyetujui.", "number, Enter; a second person approves."),
        ),
        constants,
        places,
    )
