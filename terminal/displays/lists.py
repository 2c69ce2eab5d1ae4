"""The inquiries that are lists: pilgrims by name, the entries of one pilgrim, messages; and one row of each in full.

The field names are those under which the panels put the host's answers.
"""

from __future__ import annotations

from dataclasses import replace

from ledger.fields import FIELDS
from terminal.displays.display import Display, Look, Text, labelled, labelled_right
from terminal.displays.pages import wrapped
from terminal.displays.pilgrim import STATUS, told_field
from terminal.displays.subfile import Column, Option, SubfileDisplay
from terminal.keys import ENTER, F3, F6, F12

SHOW = Option("5", Text("Tampil", "Display"))
REPRINT = Option("6", Text("Cetak ulang", "Reprint"))
HISTORY = Option("8", Text("Riwayat", "History"))

WANTED_NAME = replace(
    FIELDS["nama"],
    meaning="Sebagian nama, sedikitnya tiga huruf; semua kata harus ada dalam nama jemaah.",
    meaning_en="Part of the name, at least three letters; every word must be in the pilgrim's name.",
)
WANTED_NUMBER = replace(
    FIELDS["nomor_spph"],
    name="nomor",
    label="Porsi atau SPPH",
    label_en="Porsi or SPPH",
    meaning="Nomor porsi (10 angka) atau nomor SPPH (11 angka).",
    meaning_en="Nomor porsi (10 digits) or SPPH number (11 digits).",
)
WHEN = told_field("waktu", "Waktu", "Time", 19)
ENTRY = told_field("seq", "Entri", "Entry", 12)
JOB = told_field("pekerjaan", "Pekerjaan", "Work", 40)
OFFICE = told_field("kantor", "Kantor", "Office", 8)
APPROVER = told_field("penyetuju", "Penyetuju", "Approver", 10)
SENDER = told_field("dari", "Dari", "From", 26)
MESSAGE = told_field("teks", "Pesan", "Message", 70)
PORSI = Text("Porsi", "Porsi")


def by_name(*, may_reprint: bool) -> SubfileDisplay:
    """The branch's pilgrims whose name holds some words."""
    return SubfileDisplay(
        "SKHNAM",
        Text("CARI NAMA DI CABANG INI", "FIND A NAME IN THIS BRANCH"),
        (
            Column(FIELDS["nomor_porsi"], 10, PORSI),
            Column(FIELDS["nama"], 36),
            Column(FIELDS["hari"], 10, Text("Hari", "Day")),
            Column(STATUS, 10),
            Column(ENTRY, 12, wide=True),
        ),
        (SHOW, *((REPRINT,) if may_reprint else ()), HISTORY),
        (labelled(5, WANTED_NAME, is_input=True),),
        ask=Text("Ketik nama, atau opsi, lalu tekan Enter.", "Type a name, or options, then press Enter."),
    )


def history() -> SubfileDisplay:
    """Every entry of one pilgrim, in order."""
    number = labelled(4, WANTED_NUMBER, is_input=True)
    return SubfileDisplay(
        "SKHRIW",
        Text("RIWAYAT JEMAAH", "HISTORY OF A PILGRIM"),
        (
            Column(ENTRY, 9),
            Column(WHEN, 16),
            Column(JOB, 21, grows=9),
            Column(OFFICE, 8),
            Column(FIELDS["nominal_rupiah"], 11, Text("Rupiah", "Rupiah")),
            Column(FIELDS["device"], 10, wide=True),
            Column(FIELDS["user"], 10, wide=True),
            Column(APPROVER, 10, wide=True),
        ),
        (SHOW,),
        (number, labelled_right(4, FIELDS["nomor_porsi"]), labelled(5, told_field("nama", "Nama", "Name", 40))),
        ask=Text("Ketik nomor, atau opsi, lalu tekan Enter.", "Type a number, or options, then press Enter."),
    )


def entry_of_history() -> Display:
    """One entry of a pilgrim's history, field by field."""
    fields = (
        ENTRY,
        JOB,
        WHEN,
        FIELDS["hari"],
        OFFICE,
        FIELDS["device"],
        FIELDS["user"],
        APPROVER,
        FIELDS["nominal_rupiah"],
    )
    constants, places = zip(*(labelled(row, field) for row, field in enumerate(fields, start=6)), strict=True)
    keys = (ENTER.called("Kembali", "Back"), F3, F12)
    return Display("SKHENT", Text("ENTRI BUKU BESAR", "LEDGER ENTRY"), keys, (), constants, places)


def messages(*, may_send: bool) -> SubfileDisplay:
    """The operator's messages to this branch, newest first."""
    return SubfileDisplay(
        "SKHPSN",
        Text("ANTREAN PESAN", "MESSAGE QUEUE"),
        (Column(WHEN, 11), Column(SENDER, 18), Column(MESSAGE, 40, grows=30)),
        (SHOW,),
        keys=(F6.called("Kirim pesan", "Send a message"),) if may_send else (),
    )


def message(text: str) -> Display:
    """One message of the operator in full."""
    rows = [labelled(6, WHEN), labelled(7, SENDER)]
    constants = [*(label for label, _ in rows), *wrapped(9, text, Look.OUTPUT)]
    keys = (ENTER.called("Kembali", "Back"), F3, F12)
    return Display(
        "SKHPSN1",
        Text("PESAN OPERATOR", "OPERATOR'S MESSAGE"),
        keys,
        (),
        tuple(constants),
        tuple(place for _, place in rows),
    )
