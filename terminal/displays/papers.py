"""Papers of the evening on displays: the list of a bank's outputs, a page of one, and a difference as a page."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.fields import FIELDS
from ledger.messages import Language
from terminal.displays.display import (
    FIRST_COLUMN,
    LAST_COLUMN,
    Constant,
    Display,
    Look,
    Text,
    labelled,
    labelled_right,
    same,
)
from terminal.displays.evening import PROGRESS
from terminal.displays.pages import END, FIRST_ROW, LINE_LENGTH, MORE, MORE_ROW, PLACE_ROW
from terminal.displays.subfile import Option, SubfileDisplay, column
from terminal.edit import label, shown
from terminal.keys import ENTER, F3, F6, F7, F8, F10, F12, ROLL_DOWN, ROLL_UP
from txserver.wire.evening import Difference

SHOW = Option("5", Text("Tampil", "Display"))
PRINT = Option("6", Text("Cetak", "Print"))
SAVE = Option("7", Text("Simpan", "Save"))

SIDEWAYS = (F7.called("Kiri", "Left"), F8.called("Kanan", "Right"))

WHAT: dict[str, Text] = {
    "laporan": Text("laporan penyelesaian", "settlement report"),
    "selisih": Text("daftar selisih", "list of differences"),
    "tagihan": Text("tagihan biaya bulan ini", "invoice of the month's fees"),
    "rekening": Text("rekening menurut host, camt.053", "statement of the host's view, camt.053"),
    "pelimpahan": Text("perintah pelimpahan", "transfer order"),
    "pelimpahan.xml": Text("perintah pelimpahan, pain.001", "transfer order, pain.001"),
    "silang": Text("silang dengan Kandepag", "cross-check with the Kandepag"),
    "templat": Text("templat konfirmasi", "template of a confirmation"),
    "contoh": Text("contoh konfirmasi", "example of a confirmation"),
}
"""What the outputs are, by name or by the name before the dot."""


def outputs(*, may_choose: bool) -> SubfileDisplay:
    """The outputs of a bank's day."""
    return SubfileDisplay(
        "SKHLAP",
        Text("LAPORAN BANK", "BANK REPORTS"),
        (column("nama", "Nama", "Name", 24), column("isi", "Isi", "Contents", 46)),
        (SHOW, PRINT, SAVE),
        (
            labelled(4, FIELDS["kode_bank"], is_input=may_choose),
            labelled_right(4, FIELDS["hari_konfirmasi"], is_input=True),
            labelled(5, PROGRESS),
        ),
        ask=Text("Enter membuat laporan; atau ketik opsi.", "Enter makes the reports; or type options."),
    )


def what(nama: str, language: Language) -> str:
    """What an output is."""
    known = WHAT.get(nama) or WHAT.get(nama.partition(".")[0])
    return known.said(language) if known else ""


def paper(
    title: Text, view: Sequence[str], told: Text | None, *, is_last: bool, left: int = 0, is_broad: bool = False
) -> Display:
    """One view of a paper from a column on. `told` says what became of its print or copy.

    One that `is_broad` does not fit across the window: two keys move it.
    """
    constants = [
        Constant(row, FIRST_COLUMN, same(line[left : left + LINE_LENGTH]), Look.OUTPUT)
        for row, line in enumerate(view, start=FIRST_ROW)
        if line[left:]
    ]
    end = END if is_last else MORE
    constants.append(Constant(MORE_ROW, LAST_COLUMN - max(len(end.id), len(end.en)), end, Look.TITLE))
    if told is not None:
        constants.append(Constant(PLACE_ROW, FIRST_COLUMN, told))
    keys = (ENTER.called("Selesai", "Done"), ROLL_UP, ROLL_DOWN, F3)
    return Display(
        "SKHLEMBAR",
        title,
        (*keys, F6.called("Simpan", "Save"), *(SIDEWAYS if is_broad else ()), F10.called("Cetak", "Print"), F12),
        (),
        tuple(constants),
    )


_OF_DIFFERENCE = (
    "nomor_selisih",
    "kelas",
    "kode_bank",
    "kode_cabang",
    "hari_konfirmasi",
    "device",
    "stan",
    "nomor_porsi",
    "nominal_host",
    "nominal_bank",
    "rrn",
)


def difference_page(one: Difference, printed: str, state: str, language: Language) -> list[list[str]]:
    """A difference as a page: what both sides have, who owns it, how it stands. `printed` is when."""
    values: dict[str, str | int] = {
        "nomor_selisih": one.nomor,
        "kelas": one.kelas,
        "kode_bank": one.bank,
        "kode_cabang": one.cabang,
        "hari_konfirmasi": one.hari,
        "device": one.device,
        "stan": one.stan,
        "nomor_porsi": one.nomor_porsi,
        "nominal_host": one.nominal_host,
        "nominal_bank": one.nominal_bank,
        "rrn": one.rrn,
    }
    rows = [(label(FIELDS[name], language), shown(FIELDS[name], values[name])) for name in _OF_DIFFERENCE]
    rows += [(text.said(language), value) for text, value in _standing(one, printed, state)]
    head = _TITLE.said(language)
    return [[head.center(80).rstrip(), "=" * 80, "", *(f"  {name:<24} : {value}" for name, value in rows)]]


_TITLE = Text("SELISIH KONFIRMASI BANK", "DIFFERENCE IN A BANK'S CONFIRMATION")
_OWNER, _AGE = Text("Pemilik", "Owner"), Text("Umur, hari", "Age, days")
_STATE, _PRINTED = Text("Keadaan", "State"), Text("Dicetak", "Printed")


def _standing(one: Difference, printed: str, state: str) -> tuple[tuple[Text, str], ...]:
    return (_OWNER, one.pemilik), (_AGE, str(one.umur_hari)), (_STATE, state), (_PRINTED, printed)
