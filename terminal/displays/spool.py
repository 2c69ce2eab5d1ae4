"""The list of prints, and the two displays behind its options: what a print is to become, and whether it goes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from ledger.fields import FIELDS, Edit, Field
from ledger.messages import filled
from terminal.displays.display import NORMAL, Constant, Display, Look, Text, labelled, line, same
from terminal.displays.subfile import Column, Option, SubfileDisplay, column
from terminal.keys import ENTER, F1, F3, F12
from terminal.language import BESIDE, SOURCE
from terminal.spool import NOMOR_WIDTH, SALINAN_MAX, Print, Status

CHANGE = Option("2", Text("Ubah", "Edit"))
HOLD = Option("3", Text("Tahan", "Hold"))
DELETE = Option("4", Text("Hapus", "Delete"))
SHOW = Option("5", Text("Tampil", "Display"))
RELEASE = Option("6", Text("Lepas", "Free"))
REPRINT = Option("8", Text("CTK", "CTK"))

STATUS: dict[Status, Text] = {
    Status.SIAP: Text("SIAP", "READY"),
    Status.DITAHAN: Text("DITAHAN", "HELD"),
    Status.DICETAK: Text("DICETAK", "PRINTING"),
    Status.SELESAI: Text("SELESAI", "PRINTED"),
    Status.GAGAL: Text("GAGAL", "FAILED"),
    Status.DIHAPUS: Text("DIHAPUS", "DELETED"),
}

SALINAN = Field(
    "salinan",
    "Salinan",
    "Copies",
    1,
    Edit.DIGITS,
    f"Berapa kali semua lembar dicetak, 1 sampai {SALINAN_MAX}.",
    f"How often all the sheets are printed, 1 to {SALINAN_MAX}.",
)
TAHAN = Field(
    "tahan",
    "Tahan",
    "Hold",
    1,
    Edit.CODE,
    "Apakah cetakan ini menunggu sampai dilepas.",
    "Whether this print waits until it is released.",
    choices=(("Y", "ya, tahan"), ("T", "tidak")),
    choices_en=("yes, hold it", "no"),
)


def spool_list(*, may_reprint: bool) -> SubfileDisplay:
    """The prints of this terminal, newest first."""
    return SubfileDisplay(
        "SKHSPL",
        Text("DAFTAR CETAKAN", "LIST OF PRINTS"),
        (
            column("cetakan", "Cetakan", "Print", 7),
            Column(replace(FIELDS["nomor_porsi"], length=12), 12, Text("Porsi", "Porsi")),
            column("duplikat", "Dupl", "Dupl", 4),
            column("waktu", "Waktu", "Time", 16),
            column("keluar", "Salinan", "Copies", 7),
            column("status", "Status", "Status", 8),
            column("sebab", "Sebab", "Why", 7),
            column("keterangan", "Keterangan", "Explanation", 50, wide=True),
        ),
        (CHANGE, HOLD, DELETE, SHOW, RELEASE, *((REPRINT,) if may_reprint else ())),
    )


def print_line(print_: Print, why: str) -> Text:
    """A print on one line: "Cetakan 000012  DUPLIKAT 1  GAGAL", and why, in the user's language; cut to the line."""
    nomor = Text("Cetakan {cetakan}", "Print {cetakan}", partial(filled, data={"cetakan": number(print_)}))
    duplikat = (same(f"DUPLIKAT {print_.duplikat}"),) if print_.duplikat else ()
    head = line((nomor, *duplikat, STATUS[print_.status]))
    room = NORMAL.message_length - max(len(head.said(language)) for language in (SOURCE, BESIDE)) - 2
    return line((head, same(why[:room]))) if why else head


def number(print_: Print) -> str:
    """The number of a print as it is shown."""
    return f"{print_.nomor:0{NOMOR_WIDTH}d}"


def change(print_: Print, why: str) -> Display:
    """Copies, and whether it is held."""
    rows = [labelled(8, SALINAN, is_input=True), labelled(9, TAHAN, is_input=True)]
    return Display(
        "SKHSPLUBH",
        Text("UBAH CETAKAN", "CHANGE PRINT"),
        (ENTER.called("Simpan", "Save"), F1, F3, F12),
        (Text("Ubah lalu tekan Enter.", "Change, then press Enter."),),
        (*_what(print_, why), *(label for label, _ in rows)),
        tuple(place for _, place in rows),
    )


def confirm_delete(print_: Print, why: str) -> Display:
    """The question before a print goes."""
    return Display(
        "SKHSPLHPS",
        Text("HAPUS CETAKAN", "DELETE PRINT"),
        (ENTER.called("Hapus", "Delete"), F3, F12),
        (Text("Enter menghapus cetakan ini; F12 tidak.", "Enter deletes this print; F12 does not."),),
        tuple(_what(print_, why)),
    )


def _what(print_: Print, why: str) -> list[Constant]:
    porsi = FIELDS["nomor_porsi"]
    label, place = labelled(6, porsi)
    return [
        Constant(5, label.column, print_line(print_, why), Look.OUTPUT),
        label,
        Constant(6, place.column, same(print_.what), Look.OUTPUT),
    ]
