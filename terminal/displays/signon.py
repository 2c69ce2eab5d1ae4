"""The sign-on display. The password is typed blind, as on any AS/400."""

from __future__ import annotations

from ledger.fields import FIELDS
from terminal.displays.display import FIRST_COLUMN, Constant, Display, Place, Text, labelled
from terminal.keys import ENTER, F1, F3

_ROWS: tuple[tuple[int, str], ...] = ((6, "kode_bank"), (7, "kode_cabang"), (8, "device"), (10, "user"), (11, "sandi"))
_NOTE = Text(
    "Hanya pengguna yang berwenang. Setiap transaksi dicatat atas nama Anda.",
    "Authorised users only. Every transaction is recorded under your name.",
)


def signon() -> Display:
    """Bank, branch, device, user and password."""
    constants: list[Constant] = [Constant(19, FIRST_COLUMN, _NOTE)]
    places: list[Place] = []
    for row, name in _ROWS:
        label, place = labelled(row, FIELDS[name], is_input=True, fill=name in {"kode_bank", "kode_cabang"})
        constants.append(label)
        places.append(place)
    return Display(
        "SKHSGN",
        Text("SIGN-ON SISKOHAT", "SISKOHAT SIGN-ON"),
        (ENTER.called("Sign-on", "Sign on"), F1, F3),
        (Text("Isi lalu tekan Enter.", "Fill in, then press Enter."),),
        tuple(constants),
        tuple(places),
    )
