"""Displays that are one small form: request identity, operator's message, change of password, sign-off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ledger.fields import FIELDS, Edit, Field
from terminal.displays.display import FIRST_COLUMN, Constant, Display, Look, Place, Text, labelled, same
from terminal.displays.lists import ENTRY, JOB, WHEN
from terminal.displays.pilgrim import told_field
from terminal.keys import ENTER, F1, F3, F12

ANSWER = told_field("jawaban", "Jawaban", "Answer", 60)
TARGET = Field(
    "tujuan",
    "Tujuan",
    "To",
    8,
    Edit.UPPER,
    "Kosong untuk semua, kode bank untuk satu bank, bank/cabang untuk satu cabang.",
    "Empty for everybody, a bank code for one bank, bank/branch for one branch.",
    optional=True,
)
WORDS = Field(
    "teks",
    "Pesan",
    "Message",
    70,
    Edit.TEXT,
    "Pesan untuk baris 24 terminal tujuan.",
    "The message for line 24 of those terminals.",
)
OLD_PASSWORD = replace(FIELDS["sandi"], name="lama", label="Sandi lama", label_en="Old password")
NEW_PASSWORD = replace(
    FIELDS["sandi"],
    name="baru",
    label="Sandi baru",
    label_en="New password",
    meaning="Sedikitnya delapan huruf, bukan sandi lama dan bukan nama pengguna.",
    meaning_en="At least eight characters, neither the old password nor the user name.",
)
AGAIN = replace(NEW_PASSWORD, name="ulangi", label="Sekali lagi", label_en="Once more")


def request(*, is_filled: bool) -> Display:
    """What became of a request, by its identity."""
    asked = ("kode_bank", "kode_cabang", "device", "hari", "stan")
    rows = [labelled(row, FIELDS[name], is_input=True) for row, name in enumerate(asked, start=5)]
    if is_filled:
        rows += [labelled(row, field) for row, field in enumerate((ENTRY, WHEN, JOB, ANSWER), start=12)]
    constants, places = zip(*rows, strict=True)
    return Display(
        "SKHPMT",
        Text("CARI PERMINTAAN", "FIND A REQUEST"),
        (ENTER.called("Cari", "Find"), F1, F3, F12),
        (Text("Ketik identitas permintaan, lalu tekan Enter.", "Type the request identity, then press Enter."),),
        constants,
        places,
    )


def announcement() -> Display:
    """An operator's message."""
    label, target = labelled(6, TARGET, is_input=True)
    above = Constant(8, FIRST_COLUMN, Text(WORDS.label, WORDS.label_en))
    return Display(
        "SKHSIAR",
        Text("KIRIM PESAN", "SEND A MESSAGE"),
        (ENTER, F1, F3, F12),
        (Text("Pesan langsung tampil pada terminal tujuan.", "The message is shown there at once."),),
        (label, above),
        (target, Place(9, FIRST_COLUMN, WORDS, is_input=True)),
    )


def password() -> Display:
    """The user's own password."""
    rows = [labelled(row, field, is_input=True) for row, field in ((6, OLD_PASSWORD), (8, NEW_PASSWORD), (9, AGAIN))]
    constants, places = zip(*rows, strict=True)
    return Display(
        "SKHSANDI",
        Text("GANTI KATA SANDI", "CHANGE PASSWORD"),
        (ENTER.called("Ganti", "Change"), F1, F3, F12),
        (Text("Ketik sandi lama, lalu sandi baru dua kali.", "Type the old password, then the new one twice."),),
        constants,
        places,
    )


def sign_off(open_work: Sequence[Text]) -> Display:
    """What is still open, before the session ends."""
    constants = [Constant(6, FIRST_COLUMN, Text("Masih terbuka:", "Still open:"), Look.TITLE)]
    constants += [Constant(row, FIRST_COLUMN + 2, text, Look.OUTPUT) for row, text in enumerate(open_work, start=8)]
    return Display(
        "SKHSGF",
        same("SIGN-OFF"),
        (
            ENTER.called("Sign-off juga", "Sign off all the same"),
            F3.called("Sign-off juga", "Sign off all the same"),
            F12,
        ),
        (
            Text("Enter atau F3 sekali lagi mengakhiri sesi;", "Enter or F3 once more ends the session;"),
            Text("F12 kembali bekerja.", "F12 goes back to work."),
        ),
        tuple(constants),
    )
