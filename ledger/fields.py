"""Field reference: label, length, edit rule and meaning of every field on panel, wire or receipt.

`FIELDS` is what people see; the `Annotated` types are what the wire enforces. A request field of a kind is named
after its row here, so that panel, protocol page and receipt speak of it in the same words.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from msgspec import Meta


class Edit(StrEnum):
    """How a field is typed and shown."""

    TEXT = "text"  # printable text as typed
    UPPER = "upper"  # text, shifted to capitals
    DIGITS = "digits"  # digits only, text on the wire: leading zeros count
    RUPIAH = "rupiah"  # whole rupiah, an integer on the wire
    DATE = "date"  # DD-MM-YYYY on the panel, YYYY-MM-DD on the wire
    CODE = "code"  # one of `choices`
    SECRET = "secret"  # not displayed


@dataclass(frozen=True, slots=True)
class Field:
    """One row of the field reference. `length` counts characters on the panel; `optional` may stay empty."""

    name: str
    label: str
    label_en: str
    length: int
    edit: Edit
    meaning: str
    meaning_en: str
    optional: bool = False
    choices: tuple[tuple[str, str], ...] = ()


KodeBank = Annotated[str, Meta(min_length=3, max_length=3)]
KodeCabang = Annotated[str, Meta(min_length=4, max_length=4)]
KodeDevice = Annotated[str, Meta(min_length=1, max_length=10)]
KodeUser = Annotated[str, Meta(min_length=1, max_length=10)]
KabKota = Annotated[str, Meta(min_length=4, max_length=4)]
NomorSpph = Annotated[str, Meta(min_length=11, max_length=11)]
NomorPorsi = Annotated[str, Meta(min_length=10, max_length=10)]
Hari = Annotated[str, Meta(min_length=10, max_length=10)]
Nama = Annotated[str, Meta(min_length=1, max_length=40)]
Teks60 = Annotated[str, Meta(max_length=60)]
Teks30 = Annotated[str, Meta(max_length=30)]
Teks16 = Annotated[str, Meta(max_length=16)]
Rupiah = Annotated[int, Meta(ge=0, le=10**15)]
Stan = Annotated[int, Meta(ge=1, le=999_999)]

STATUS_USER_ID = (("AKTIF", "aktif"), ("DIBLOKIR", "diblokir"), ("DICABUT", "dicabut"))
JENIS_KELAMIN = (("L", "laki-laki"), ("P", "perempuan"))
PERAN = (
    ("TELLER", "teller cabang BPS"),
    ("PENYELIA", "penyelia cabang BPS"),
    ("BANK", "kantor pusat BPS"),
    ("PETUGAS", "petugas Kandepag"),
    ("PEJABAT", "pejabat Kandepag"),
    ("KANWIL", "petugas Kanwil"),
    ("PUSAT", "operator Ditjen"),
    ("AUDITOR", "auditor"),
)

_ROWS = (
    Field(
        "kode_bank",
        "Kode bank",
        "Bank code",
        3,
        Edit.UPPER,
        "Kode BPS BPIH, tiga angka; DEP untuk Departemen.",
        "Code of the deposit bank, three digits; DEP for the Department.",
    ),
    Field(
        "kode_cabang",
        "Kode cabang",
        "Branch code",
        4,
        Edit.DIGITS,
        "Kode cabang BPS, atau kode kab/kota Kandepag.",
        "Branch code of the bank, or regency code of a Kandepag.",
    ),
    Field(
        "device",
        "Perangkat",
        "Device",
        10,
        Edit.UPPER,
        "Nama terminal di cabang itu.",
        "Terminal name within the branch.",
    ),
    Field("user", "Pengguna", "User", 10, Edit.UPPER, "Nama pengguna.", "User profile name."),
    Field("sandi", "Kata sandi", "Password", 32, Edit.SECRET, "Kata sandi pengguna.", "Password of the user."),
    Field("peran", "Peran", "Role", 8, Edit.CODE, "Wewenang pengguna.", "What the user may do.", choices=PERAN),
    Field("nama", "Nama lengkap", "Full name", 40, Edit.UPPER, "Nama sesuai KTP.", "Name as on the identity card."),
    Field(
        "nama_ayah",
        "Nama ayah",
        "Father's name",
        40,
        Edit.UPPER,
        "Nama ayah kandung (bin/binti).",
        "Name of the father.",
    ),
    Field(
        "nik",
        "NIK",
        "NIK",
        16,
        Edit.DIGITS,
        "Nomor Induk Kependudukan, 16 angka; kosong bila memakai KTP lama.",
        "National identity number, 16 digits; empty with an old identity card.",
        optional=True,
    ),
    Field(
        "ktp_lama",
        "Nomor KTP lama",
        "Old card number",
        30,
        Edit.UPPER,
        "Nomor KTP sebelum NIK nasional, berlaku di kab/kota penerbit.",
        "Identity card number from before the national NIK, unique within the issuing regency.",
        optional=True,
    ),
    Field(
        "tempat_lahir", "Tempat lahir", "Place of birth", 30, Edit.UPPER, "Tempat lahir sesuai KTP.", "Place of birth."
    ),
    Field(
        "tanggal_lahir", "Tanggal lahir", "Date of birth", 10, Edit.DATE, "Tanggal lahir sesuai KTP.", "Date of birth."
    ),
    Field(
        "jenis_kelamin",
        "Jenis kelamin",
        "Sex",
        1,
        Edit.CODE,
        "L laki-laki, P perempuan.",
        "L male, P female.",
        choices=JENIS_KELAMIN,
    ),
    Field("alamat", "Alamat", "Address", 60, Edit.UPPER, "Jalan dan nomor rumah.", "Street and number."),
    Field("kelurahan", "Desa/kelurahan", "Village", 30, Edit.UPPER, "Desa atau kelurahan.", "Village or ward."),
    Field("kecamatan", "Kecamatan", "District", 30, Edit.UPPER, "Kecamatan.", "District."),
    Field(
        "kode_pos",
        "Kode pos",
        "Post code",
        5,
        Edit.DIGITS,
        "Kode pos, lima angka.",
        "Post code, five digits.",
        optional=True,
    ),
    Field("telepon", "Telepon", "Telephone", 16, Edit.DIGITS, "Nomor telepon.", "Telephone number.", optional=True),
    Field(
        "alasan_nik",
        "Alasan NIK",
        "NIK override",
        60,
        Edit.TEXT,
        "Alasan pejabat bila NIK tidak cocok dengan tanggal lahir atau jenis kelamin.",
        "Officer's reason where the NIK does not agree with birth date or sex.",
        optional=True,
    ),
    Field(
        "kab_kota",
        "Kab/kota",
        "Regency/city",
        4,
        Edit.DIGITS,
        "Kode kabupaten/kota, empat angka.",
        "Code of the regency or city, four digits.",
    ),
    Field("provinsi", "Provinsi", "Province", 2, Edit.DIGITS, "Kode provinsi domisili.", "Code of the home province."),
    Field(
        "status",
        "Status",
        "Status",
        8,
        Edit.CODE,
        "Status user ID cabang.",
        "State of the branch's user ID.",
        choices=STATUS_USER_ID,
    ),
    Field("alasan", "Alasan", "Reason", 60, Edit.TEXT, "Alasan perubahan.", "Reason of the change."),
    Field(
        "hari_buka", "Hari kerja", "Business day", 10, Edit.DATE, "Hari kerja yang dibuka.", "The business day to open."
    ),
    Field(
        "nomor_spph",
        "Nomor SPPH",
        "SPPH number",
        11,
        Edit.DIGITS,
        "Nomor SPPH dari Kandepag: kode kab/kota dan tujuh angka.",
        "SPPH number: regency code and seven digits.",
    ),
    Field(
        "nominal_rupiah",
        "Nominal setoran",
        "Amount",
        15,
        Edit.RUPIAH,
        "Jumlah setoran dalam rupiah penuh.",
        "Amount of the deposit in whole rupiah.",
    ),
    Field(
        "nomor_porsi",
        "Nomor porsi",
        "Porsi number",
        10,
        Edit.DIGITS,
        "Nomor urut calon jemaah haji di SISKOHAT pusat, 10 angka.",
        "Place number in the central host, 10 digits.",
    ),
    Field(
        "stan",
        "STAN",
        "STAN",
        6,
        Edit.DIGITS,
        "Nomor urut permintaan terminal hari itu.",
        "System trace number of the day.",
    ),
    Field(
        "hari", "Hari kerja", "Business day", 10, Edit.DATE, "Hari kerja permintaan.", "Business day of the request."
    ),
)

FIELDS: dict[str, Field] = {row.name: row for row in _ROWS}


def is_printable(*texts: str) -> bool:
    """True when every text holds printable characters only: no control codes reach a screen or a printer."""
    return all(text.isprintable() for text in texts)


def is_tidy(*texts: str) -> bool:
    """True when every text is printable and neither empty nor padded with blanks."""
    return all(text.isprintable() and text == text.strip() and text for text in texts)
