"""Dated rule sets: figures fixed by decree, each with its pasal and its day of effect.

The business date picks the set; an entry keeps the facts under which it was born. What the Minister fixes each
year (BPIH, quota, windows) is not here: those are entries.

Only RS-2004 is complete. A day under another set can be opened in the ledger's tables of rules only when that set
says `lengkap`; until then `buka_hari` refuses it rather than apply half of a decree.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date

JAM = 3_600_000_000
"""Microseconds in an hour."""
HARI_US = 24 * JAM

HARI_AWAL = "0000-00-00"
"""The business date of a ledger before its first day is opened: provisioning happens on it."""

TABUNGAN, KLIRING, MENTERI = "TABUNGAN", "KLIRING", "MENTERI"
PIUTANG, BIAYA, DENDA = "PIUTANG", "BIAYA", "DENDA"
AKUN = {
    TABUNGAN: "savings of one pilgrim: what the system owes him (sub: nomor porsi)",
    KLIRING: "what a branch has taken and not yet passed on (sub: bank/cabang)",
    MENTERI: "the Minister's account at a bank, moved by pelimpahan_dana in the evening (sub: bank)",
    PIUTANG: "what a bank owes the Department: fees in US cents, fines in rupiah (sub: bank)",
    BIAYA: "fees for running SISKOHAT, charged (sub: bank)",
    DENDA: "fines of pasal 9, decided (sub: nomor porsi of the record)",
}
"""The chart of accounts. All are claims: the host holds no money."""

IDR = "IDR"
USD = "USD"


@dataclass(frozen=True, slots=True)
class Aturan:
    """One rule set. Hours are local to the branch, in microseconds after midnight, closing hour excluded."""

    id: str
    berlaku: str
    dasar: str
    lengkap: bool
    setoran_awal_rupiah: int
    wajib_provinsi_domisili: bool
    jam_buka_us: int = 8 * JAM
    jam_tutup_us: int = 15 * JAM
    biaya_usd_sen: int = 250
    denda_rupiah: int = 10_000_000

    def is_jam_setoran(self, waktu_us: int, zona_menit: int) -> bool:
        """True within deposit hours at a place `zona_menit` minutes east of UTC.

        Asumsi: 08.00-15.00 local time for tabungan (D/163 fixes no hours).
        """
        local_us = (waktu_us + zona_menit * 60_000_000) % HARI_US
        return self.jam_buka_us <= local_us < self.jam_tutup_us


ATURAN: tuple[Aturan, ...] = (
    Aturan("RS-1996", "1996-01-01", "SISKOHAT Executive Summary", False, 0, True),
    # Asumsi: D/163's own day is not in our copy; RS-2004 starts on 2004-01-01.
    Aturan("RS-2004", "2004-01-01", "D/163 Tahun 2004 pasal 3(1), 3(2), 7(7), 9", True, 20_000_000, True),
    Aturan("RS-2010", "2010-10-01", "PMA 15/2006, PMA 14/2012", False, 25_000_000, True),
    Aturan("RS-2016", "2016-01-01", "D/28/2016", False, 25_000_000, True),
    Aturan("RS-2018", "2018-04-16", "Kepdirjen 148/2018", False, 25_000_000, True),
    Aturan("RS-2019", "2019-04-29", "UU 8/2019", False, 25_000_000, False),
    Aturan("RS-2022", "2021-11-15", "PMA 13/2021", False, 25_000_000, False),
    Aturan("RS-2024", "2023-11-09", "Kepmenkes 2118/2023", False, 25_000_000, False),
    Aturan("RS-2026", "2025-10-28", "UU 14/2025", False, 25_000_000, False),
)
_STARTS = [aturan.berlaku for aturan in ATURAN]


def aturan_pada(hari: str) -> Aturan | None:
    """The rule set in force on a business date (YYYY-MM-DD), or None before the first."""
    at = bisect_right(_STARTS, hari)
    return ATURAN[at - 1] if at else None


def is_tanggal(text: str) -> bool:
    """True for a date that exists, written YYYY-MM-DD."""
    try:
        return len(text) == 10 and date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def cacat_nik(nik: str, tanggal_lahir: str, jenis_kelamin: str) -> str:
    """What is wrong with a NIK: "" nothing, "bentuk" malformed, "lahir" or "kelamin" at odds with the form.

    Layout PP RR DD ddmmyy NNNN, women with day + 40. The region is not compared: it says where the number was
    first given, and people move. The year has two digits: the date must exist in one century or the other.
    """
    if len(nik) != 16 or not (nik.isascii() and nik.isdigit()) or nik == nik[0] * 16:
        return "bentuk"
    day, month, year = int(nik[6:8]), int(nik[8:10]), nik[10:12]
    woman = day > 40
    if not any(is_tanggal(f"{century}{year}-{month:02d}-{day - 40 * woman:02d}") for century in ("19", "20")):
        return "bentuk"
    if (f"{day - 40 * woman:02d}", f"{month:02d}", year) != (
        tanggal_lahir[8:10],
        tanggal_lahir[5:7],
        tanggal_lahir[2:4],
    ):
        return "lahir"
    return "" if woman == (jenis_kelamin == "P") else "kelamin"
