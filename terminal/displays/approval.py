"""The window in which a second person signs a request, on the screen of the first one."""

from __future__ import annotations

from dataclasses import replace

from ledger.fields import FIELDS
from terminal.displays.display import FIRST_COLUMN, Constant, Display, Look, Text, labelled, same
from terminal.keys import ENTER, F1, F12

WINDOW_ROW = 14
PENYETUJU = replace(
    FIELDS["user"],
    name="penyetuju",
    label="Penyetuju",
    label_en="Approver",
    meaning="Nama pengguna orang kedua, yang menyetujui dan ikut bertanggung jawab.",
    meaning_en="User name of the second person, who approves and answers for it too.",
)
_ASK = Text(
    "Orang kedua memeriksa isian di atas, lalu menandatangani sendiri.",
    "The second person checks what stands above, then signs himself.",
)


def approval(needs: str) -> Display:
    """User and password of the second person. `needs` says who is wanted, in the user's language."""
    rows = [
        labelled(19, PENYETUJU, is_input=True),
        labelled(20, FIELDS["sandi"], is_input=True),
    ]
    return Display(
        "SKHSETUJU",
        Text("PERSETUJUAN ORANG KEDUA", "APPROVAL BY A SECOND PERSON"),
        (ENTER.called("Setujui", "Approve"), F1, F12),
        (),
        (
            Constant(WINDOW_ROW + 2, FIRST_COLUMN, same(needs), Look.OUTPUT),
            Constant(WINDOW_ROW + 3, FIRST_COLUMN, _ASK),
            *(label for label, _ in rows),
        ),
        tuple(place for _, place in rows),
        window=WINDOW_ROW,
    )
