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
    """One row of the field reference. `length` counts characters on the panel; `optional` may stay empty.

    `choices` are codes with their meaning, `choices_en` the meanings once more, in the same order. `suggestions` are
    texts with what they stand for, offered where anything may be typed. A field with `right` is right-adjusted when
    it is left with Field Exit, filled up on the left with that character.
    """

    name: str
    label: str
    label_en: str
    length: int
    edit: Edit
    meaning: str
    meaning_en: str
    optional: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    choices_en: tuple[str, ...] = ()
    suggestions: tuple[tuple[str, str], ...] = ()
    right: str = ""

    @property
    def pad(self) -> str:
        """The character that fills the field up on the left, empty where it is not right-adjusted."""
        return self.right or (" " if self.edit is Edit.RUPIAH else "")


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
StanAtauNol = Annotated[int, Meta(ge=0, le=999_999)]
Cacah = Annotated[int, Meta(ge=0, le=10**9)]
Urut = Annotated[int, Meta(ge=0, le=10**12)]
WaktuUs = Annotated[int, Meta(ge=0, le=10**17)]
Sidik = Annotated[str, Meta(min_length=64, max_length=64)]
NomorSelisih = Annotated[str, Meta(min_length=12, max_length=12)]
NomorSanksi = Annotated[str, Meta(min_length=12, max_length=12)]
Lembar = Annotated[int, Meta(ge=0, le=999_999)]

PECAHAN = (100_000, 50_000, 20_000, 10_000, 5_000, 1_000, 500, 100)
"""The denominations a drawer is counted in, rupiah; the fields are named n_ and the amount."""

STATUS_USER_ID = (("AKTIF", "aktif"), ("DIBLOKIR", "diblokir"), ("DICABUT", "dicabut"))
STATUS_USER_ID_EN = ("active", "blocked", "withdrawn")
JENIS_KELAMIN = (("L", "laki-laki"), ("P", "perempuan"))
JENIS_KELAMIN_EN = ("male", "female")
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
PERAN_EN = (
    "teller of a branch",
    "supervisor of a branch",
    "head office of a bank",
    "Kandepag officer",
    "Kandepag official",
    "Kanwil officer",
    "operator of the centre",
    "auditor",
)
JENIS_KONFIRMASI = (("STA", "setoran awal"),)
JENIS_KONFIRMASI_EN = ("first deposits",)
CARA_BERKAS = (("GANTI", "mengganti"), ("TAMBAH", "menambah"))
CARA_BERKAS_EN = ("replaces", "adds to")
KELAS_SELISIH = (
    ("HOST_ONLY", "hanya di host"),
    ("BANK_ONLY", "hanya di bank"),
    ("DIFF", "isinya berbeda"),
    ("DUPLICATE", "dua kali di bank"),
)
KELAS_SELISIH_EN = ("at the host only", "at the bank only", "contents differ", "twice at the bank")
CARA_SEMBUH = (
    ("ULANG", "permintaan diulang"),
    ("BALIK", "dibalik"),
    ("TRANSFER", "dana disetor bank"),
    ("BATAL", "dibatalkan pusat"),
    ("KOREKSI", "catatan bank diperbaiki"),
)
CARA_SEMBUH_EN = ("request repeated", "reversed", "money put up", "cancelled by the centre", "bank's record corrected")
PUTUSAN = (("DENDA", "denda"), ("CABUT", "user ID dicabut"), ("TOLAK", "tanpa sanksi"))
PUTUSAN_EN = ("fine", "user ID revoked", "no sanction")
BPS = (
    ("002", "BANK RAKYAT INDONESIA"),
    ("008", "BANK MANDIRI"),
    ("009", "BANK NEGARA INDONESIA"),
    ("111", "BANK DKI"),
    ("147", "BANK MUAMALAT INDONESIA"),
    ("200", "BANK TABUNGAN NEGARA"),
    ("451", "BANK SYARIAH MANDIRI"),
    ("DEP", "DEPARTEMEN AGAMA"),
)
"""Codes of Bank Indonesia of banks that have taken deposits. Which of them a ledger connects, its BNK entries say."""
ALASAN = (
    ("Nomor SPPH salah ketik", "KOR"),
    ("Setoran diterima atas formulir orang lain", "KOR"),
    ("Calon jemaah menarik diri pada hari yang sama", "KOR"),
    ("Bukti setor rusak", "CTK"),
    ("Bukti setor hilang", "CTK"),
    ("Pencetak macet", "CTK"),
    ("Permintaan kantor pusat bank", "UID"),
    ("Kewajiban cabang belum diselesaikan", "UID"),
    ("Kewajiban cabang telah diselesaikan", "UID"),
    ("Dana disetor bank dan dikonfirmasi ulang", "SEM"),
    ("Bank membalik catatannya", "SEM"),
    ("Setoran tidak didukung dana bank", "BTP"),
    ("Porsi tanpa dukungan setoran, pasal 7(9)", "SNU"),
    ("Selisih lewat hari kerjanya, pasal 7(6)", "SNU"),
)
"""Usual reasons, each with the kind it mostly goes with."""
ALASAN_NIK = (
    ("NIK pada KTP lain dari tanggal lahir; akta kelahiran dilihat", "tanggal lahir"),
    ("NIK pada KTP lain dari jenis kelamin; KTP asli dilihat", "jenis kelamin"),
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
        suggestions=BPS,
    ),
    Field(
        "kode_cabang",
        "Kode cabang",
        "Branch code",
        4,
        Edit.DIGITS,
        "Kode cabang BPS, atau kode kab/kota Kandepag.",
        "Branch code of the bank, or regency code of a Kandepag.",
        right="0",
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
    Field(
        "peran",
        "Peran",
        "Role",
        8,
        Edit.CODE,
        "Wewenang pengguna.",
        "What the user may do.",
        choices=PERAN,
        choices_en=PERAN_EN,
    ),
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
        choices_en=JENIS_KELAMIN_EN,
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
        suggestions=ALASAN_NIK,
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
        choices_en=STATUS_USER_ID_EN,
    ),
    Field(
        "alasan",
        "Alasan",
        "Reason",
        60,
        Edit.TEXT,
        "Alasannya. Tercatat selamanya dan terbuka: jangan menulis nama atau nomor identitas orang.",
        "The reason. It is kept for ever and in clear: write nobody's name or identity number.",
        suggestions=ALASAN,
    ),
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
        right="0",
    ),
    Field(
        "stan",
        "STAN",
        "STAN",
        6,
        Edit.DIGITS,
        "Nomor urut permintaan terminal hari itu.",
        "System trace number of the day.",
        right="0",
    ),
    Field(
        "awal_rupiah",
        "Uang awal laci",
        "Cash at the start",
        15,
        Edit.RUPIAH,
        "Uang tunai di laci saat dibuka, rupiah penuh; 0 bila kosong.",
        "Cash in the drawer when it is opened, whole rupiah; 0 when empty.",
    ),
    Field(
        "penerima",
        "Penerima laci",
        "Receiver",
        10,
        Edit.UPPER,
        "Teller yang menerima laci; ia menandatangani sebagai orang kedua.",
        "The teller who receives the drawer; he signs as second person.",
    ),
    Field(
        "jumlah_rupiah",
        "Jumlah dihitung",
        "Amount counted",
        15,
        Edit.RUPIAH,
        "Uang tunai yang diserahkan, dihitung berdua, rupiah penuh.",
        "The cash handed over, counted by both, whole rupiah.",
    ),
    *(
        Field(
            f"n_{pecahan}",
            f"Lembar Rp {pecahan:,}".replace(",", "."),
            f"Pieces of Rp {pecahan:,}".replace(",", "."),
            7,
            Edit.RUPIAH,
            "Banyaknya lembar atau keping pecahan ini di laci; kosong berarti tidak ada.",
            "How many notes or coins of this denomination are in the drawer; empty means none.",
            optional=True,
        )
        for pecahan in PECAHAN
    ),
    Field(
        "hari_konfirmasi",
        "Hari setoran",
        "Deposit day",
        10,
        Edit.DATE,
        "Hari kerja setoran yang diselesaikan.",
        "The business day whose deposits are settled.",
    ),
    Field(
        "hari_tutup",
        "Hari ditutup",
        "Day to close",
        10,
        Edit.DATE,
        "Hari kerja yang ditutup; harus hari yang sedang terbuka.",
        "The business day to close; it must be the open one.",
    ),
    Field(
        "jenis",
        "Jenis",
        "Kind",
        3,
        Edit.CODE,
        "Jenis transaksi yang dikonfirmasi.",
        "The kind of transaction that is confirmed.",
        choices=JENIS_KONFIRMASI,
        choices_en=JENIS_KONFIRMASI_EN,
    ),
    Field(
        "bentuk",
        "Bentuk berkas",
        "File form",
        16,
        Edit.TEXT,
        "Bentuk berkas: csv, fixed, camt.053 atau camt.054.",
        "Form of the file: csv, fixed, camt.053 or camt.054.",
    ),
    Field(
        "sidik_berkas",
        "SHA-256 berkas",
        "File SHA-256",
        64,
        Edit.TEXT,
        "SHA-256 berkas, 64 angka heksadesimal kecil.",
        "SHA-256 of the file, 64 hex digits in small letters.",
    ),
    Field(
        "n_rekaman",
        "Banyak rekaman",
        "Records",
        9,
        Edit.RUPIAH,
        "Banyaknya rekaman.",
        "Number of records.",
    ),
    Field(
        "mata_uang",
        "Mata uang",
        "Currency",
        3,
        Edit.UPPER,
        "Mata uang, IDR.",
        "Currency, IDR.",
    ),
    Field(
        "cara",
        "Cara",
        "Mode",
        6,
        Edit.CODE,
        "Berkas mengganti semua yang sebelumnya, atau menambahnya.",
        "The file replaces all before it, or adds to it.",
        choices=CARA_BERKAS,
        choices_en=CARA_BERKAS_EN,
    ),
    Field(
        "penanda",
        "Kunci penanda",
        "Signing key",
        60,
        Edit.TEXT,
        "Nama kunci yang menandatangani berkas; kosong bila tidak ditandatangani.",
        "Name of the key that signed the file; empty without a signature.",
        optional=True,
    ),
    Field(
        "n_cocok",
        "Cocok",
        "Matched",
        9,
        Edit.RUPIAH,
        "Rekaman yang sama pada host dan bank.",
        "Records that agree at host and bank.",
    ),
    Field(
        "n_host",
        "Hanya di host",
        "Host only",
        9,
        Edit.RUPIAH,
        "Rekaman yang hanya ada pada host.",
        "Records only the host has.",
    ),
    Field(
        "n_bank",
        "Hanya di bank",
        "Bank only",
        9,
        Edit.RUPIAH,
        "Rekaman yang hanya ada pada bank.",
        "Records only the bank has.",
    ),
    Field(
        "n_beda",
        "Berbeda",
        "Differing",
        9,
        Edit.RUPIAH,
        "Rekaman yang isinya berbeda.",
        "Records whose contents differ.",
    ),
    Field(
        "n_ganda",
        "Ganda",
        "Doubles",
        9,
        Edit.RUPIAH,
        "Rekaman yang ada dua kali pada bank.",
        "Records the bank has twice.",
    ),
    Field(
        "jam_host_us",
        "Jam host",
        "Host clock",
        18,
        Edit.RUPIAH,
        "Yang ditunjukkan jam host, dalam mikrodetik sejak 1970.",
        "What the host's clock showed, in microseconds since 1970.",
    ),
    Field(
        "sidik_hasil",
        "SHA-256 hasil",
        "Result SHA-256",
        64,
        Edit.TEXT,
        "SHA-256 hasil pencocokan, 64 angka heksadesimal kecil.",
        "SHA-256 of the match, 64 hex digits in small letters.",
    ),
    Field(
        "kelas",
        "Kelas",
        "Class",
        9,
        Edit.CODE,
        "Kelas selisih.",
        "Class of the difference.",
        choices=KELAS_SELISIH,
        choices_en=KELAS_SELISIH_EN,
    ),
    Field(
        "stan_bank",
        "STAN bank",
        "Bank's STAN",
        6,
        Edit.RUPIAH,
        "STAN permintaan itu menurut bank; 0 bila tidak ada.",
        "STAN of the request by the bank; 0 where there is none.",
    ),
    Field(
        "nominal_host",
        "Nominal host",
        "Host amount",
        15,
        Edit.RUPIAH,
        "Jumlah menurut host, rupiah penuh; 0 bila tidak ada.",
        "Amount by the host, whole rupiah; 0 where there is none.",
    ),
    Field(
        "nominal_bank",
        "Nominal bank",
        "Bank amount",
        15,
        Edit.RUPIAH,
        "Jumlah menurut bank, rupiah penuh; 0 bila tidak ada.",
        "Amount by the bank, whole rupiah; 0 where there is none.",
    ),
    Field(
        "rrn",
        "Nomor entri bank",
        "RRN",
        12,
        Edit.RUPIAH,
        "Nomor entri host menurut bank; 0 bila tidak ada.",
        "Entry number the bank has from the host; 0 where there is none.",
    ),
    Field(
        "nomor_selisih",
        "Nomor selisih",
        "Difference",
        12,
        Edit.UPPER,
        "SL dan sepuluh angka.",
        "SL and ten digits.",
    ),
    Field(
        "cara_sembuh",
        "Cara sembuh",
        "Cure",
        8,
        Edit.CODE,
        "Cara selisih itu diselesaikan.",
        "How the difference was cured.",
        choices=CARA_SEMBUH,
        choices_en=CARA_SEMBUH_EN,
    ),
    Field(
        "rujukan",
        "Rujukan",
        "Reference",
        60,
        Edit.TEXT,
        "Nomor bukti: nomor porsi untuk ULANG, selain itu nomor transfer atau pembalikan bank.",
        "The proof: nomor porsi for ULANG, else the bank's number of transfer or reversal.",
    ),
    Field(
        "nomor_sanksi",
        "Nomor sanksi",
        "Sanction",
        12,
        Edit.UPPER,
        "SN dan sepuluh angka.",
        "SN and ten digits.",
    ),
    Field(
        "putusan",
        "Putusan",
        "Decision",
        8,
        Edit.CODE,
        "Putusan atas usul sanksi.",
        "Decision on the proposal.",
        choices=PUTUSAN,
        choices_en=PUTUSAN_EN,
    ),
    Field(
        "n_kandepag",
        "Banyak jemaah",
        "Pilgrims",
        9,
        Edit.RUPIAH,
        "Banyaknya jemaah yang menyetor hari itu atas SPPH kantor ini.",
        "Pilgrims who deposited that day on forms of this office.",
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


def is_hex(text: str) -> bool:
    """True for hex digits in small letters, and nothing else."""
    return bool(text) and not text.strip("0123456789abcdef")


def is_one_of(code: str, choices: tuple[tuple[str, str], ...]) -> bool:
    """True for a code of a list of choices."""
    return any(code == known for known, _ in choices)
