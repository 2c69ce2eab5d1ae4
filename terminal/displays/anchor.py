"""The day whose anchor is wanted."""

from __future__ import annotations

from dataclasses import replace

from ledger.fields import FIELDS
from terminal.displays.display import Display, Text, labelled
from terminal.keys import ENTER, F1, F3, F12

TITLE = Text("JANGKAR HARI", "ANCHOR OF A DAY")
CLOSED_DAY = replace(
    FIELDS["hari_tutup"],
    label="Hari",
    label_en="Day",
    meaning="Hari kerja yang sudah ditutup.",
    meaning_en="A business day that was closed.",
)


def anchor_day() -> Display:
    """A closed day."""
    label, place = labelled(6, CLOSED_DAY, is_input=True)
    return Display(
        "SKHJKR",
        TITLE,
        (ENTER.called("Tampil", "Display"), F1, F3, F12),
        (
            Text("Jangkar membuktikan isi buku besar hari itu;", "The anchor proves what the ledger held that day;"),
            Text("simpan atau cetak di luar host.", "save or print it away from the host."),
        ),
        (label,),
        (place,),
    )
