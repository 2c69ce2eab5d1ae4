"""A pilgrim on a display: setoran awal (number, then the form filled in) and the inquiry by nomor porsi.

The field names are those of the SPPH and PORSI inquiries, so that an answer fills a display as it is.
"""

from __future__ import annotations

from dataclasses import replace

from ledger.fields import FIELDS, Edit, Field
from terminal.displays.display import Constant, Display, Place, Text, labelled, labelled_right
from terminal.keys import ENTER, F1, F3, F8, F10, F12

HISTORY = F8.called("Riwayat", "History")
NUMBER_ROW = 5
PERSON_ROWS: tuple[tuple[int, str], ...] = (
    (7, "nama"),
    (8, "nama_ayah"),
    (9, "nik"),
    (10, "tempat_lahir"),
    (11, "tanggal_lahir"),
    (12, "jenis_kelamin"),
    (13, "alamat"),
    (14, "kelurahan"),
    (15, "kecamatan"),
    (16, "kab_kota"),
    (17, "provinsi"),
)
AMOUNT_ROW = 19


def told_field(name: str, label: str, label_en: str, length: int, edit: Edit = Edit.TEXT) -> Field:
    """A field that only answers have."""
    return Field(name, label, label_en, length, edit, label, label_en)


# In answers these two carry names; the rows of the field reference are the codes a request has.
KAB_KOTA = replace(FIELDS["kab_kota"], length=40, edit=Edit.TEXT)
PROVINSI = replace(FIELDS["provinsi"], length=40, edit=Edit.TEXT)
STATUS = told_field("status", "Status", "Status", 16)
SALDO = told_field("saldo_rupiah", "Saldo", "Balance", 15, Edit.RUPIAH)
POSISI = told_field("posisi", "Posisi antrean", "Queue position", 10)
ENTRI = told_field("entri", "Entri", "Entry", 12)
WAKTU = told_field("waktu", "Dicatat", "Posted", 24)
PENERIMA = told_field("penerima", "BPS / cabang", "Bank / branch", 9)


def setoran_awal(*, is_filled: bool) -> Display:
    """First the number of the form alone; then, filled in by the host, the pilgrim and the amount to confirm.

    Once filled, the number is protected: what Enter confirms is what stands there.
    """
    number = labelled(NUMBER_ROW, FIELDS["nomor_spph"], is_input=not is_filled, fill=True)
    rows = [number]
    if is_filled:
        rows += [labelled_right(NUMBER_ROW, STATUS), *_person()]
        rows += [
            labelled(AMOUNT_ROW, FIELDS["nominal_rupiah"], is_input=True),
            labelled_right(AMOUNT_ROW, FIELDS["nomor_porsi"]),
        ]
        ask = Text(
            "Cocokkan dengan formulir; Enter menerima setoran.", "Compare with the form; Enter takes the deposit."
        )
        keys = (ENTER.called("Terima setoran", "Take deposit"), F1, F3, F12)
    else:
        ask = Text("Ketik nomor SPPH, lalu tekan Enter.", "Type the SPPH number, then press Enter.")
        keys = (ENTER.called("Cari", "Find"), F1, F3, F12)
    constants, places = zip(*rows, strict=True)
    return Display("SKHSTA", Text("SETORAN AWAL BPIH", "SETORAN AWAL BPIH"), keys, (ask,), constants, places)


def spph(*, is_filled: bool) -> Display:
    """The inquiry by the number of the form."""
    rows = [labelled(NUMBER_ROW, FIELDS["nomor_spph"], is_input=True, fill=True)]
    if is_filled:
        rows += [
            labelled_right(NUMBER_ROW, STATUS),
            *_person(),
            labelled(AMOUNT_ROW, FIELDS["nominal_rupiah"]),
            labelled_right(AMOUNT_ROW, FIELDS["nomor_porsi"]),
        ]
    constants, places = zip(*rows, strict=True)
    return Display(
        "SKHSPH",
        Text("TAMPIL SPPH", "DISPLAY SPPH"),
        (ENTER.called("Cari", "Find"), F1, F3, *((HISTORY,) if is_filled else ()), F12),
        (Text("Ketik nomor SPPH, lalu tekan Enter.", "Type the SPPH number, then press Enter."),),
        constants,
        places,
    )


def nik() -> Display:
    """The inquiry by NIK; what is found is shown as a nomor porsi is."""
    label, place = labelled(NUMBER_ROW, replace(FIELDS["nik"], optional=False), is_input=True, fill=True)
    return Display(
        "SKHNIK",
        Text("CARI DENGAN NIK", "FIND BY NIK"),
        (ENTER.called("Cari", "Find"), F1, F3, F12),
        (Text("Ketik NIK, lalu tekan Enter.", "Type the NIK, then press Enter."),),
        (label,),
        (place,),
    )


def porsi(*, is_filled: bool) -> Display:
    """The inquiry by nomor porsi; nine digits will do, as printed until 2009."""
    rows = [labelled(NUMBER_ROW, FIELDS["nomor_porsi"], is_input=True)]
    if is_filled:
        rows += [
            labelled_right(NUMBER_ROW, STATUS),
            *_person(),
            labelled(18, SALDO),
            labelled_right(18, POSISI),
            labelled(19, WAKTU),
            labelled_right(19, ENTRI),
            labelled(20, FIELDS["nomor_spph"]),
            labelled_right(20, PENERIMA),
        ]
    constants, places = zip(*rows, strict=True)
    more = (HISTORY, F10.called("Bukti", "Receipt")) if is_filled else ()
    return Display(
        "SKHPOR",
        Text("TAMPIL NOMOR PORSI", "DISPLAY NOMOR PORSI"),
        (ENTER.called("Cari", "Find"), F1, F3, *more, F12),
        (Text("Ketik nomor porsi, lalu tekan Enter.", "Type the nomor porsi, then press Enter."),),
        constants,
        places,
    )


def _person() -> list[tuple[Constant, Place]]:
    answered = {"kab_kota": KAB_KOTA, "provinsi": PROVINSI}
    return [labelled(row, answered.get(name, FIELDS[name])) for row, name in PERSON_ROWS]
