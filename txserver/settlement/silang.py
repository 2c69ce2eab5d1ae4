"""The cross-check with the Kandepag in a bank's report: the host's count by regency beside the office's own.

An office counts the forms it signed on which a deposit was taken, whatever the bank, so that its number stands against
that of all banks. A difference has a name, SK/day/regency, and an owner, the office: the host takes no deposit on a
form that is not signed.

Dasar: D/163 pasal 7(8).
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from ledger.kinds.koreksi_setoran import KIND as KOR
from ledger.kinds.tutup_hari import NOT_SAID
from ledger.wilayah import KAB_KOTA
from txserver.settlement.host_side import HostRecord, Reversed

SAMA, BERBEDA, BELUM = "SAMA", "BERBEDA", "BELUM"
HEAD = f"{'SILANG KANDEPAG':<34}{'BANK INI':>9}{'SEMUA BANK':>12}{'KANDEPAG':>10}{'SELISIH':>9}"
FIELDS = (
    "hari", "kab_kota", "nama", "n_bank", "n_host", "n_kandepag", "selisih", "keadaan", "nama_selisih", "pemilik",
)  # fmt: skip
"""Columns of the CSV: deposits by this bank, by all banks, by the office (empty: not said)."""


class Kab(Struct, frozen=True, gc=False):
    """One regency on a day; `n_kandepag` is -1 when its office has said nothing."""

    hari: str
    kab_kota: str
    n_bank: int
    n_host: int
    n_kandepag: int

    @property
    def keadaan(self) -> str:
        """Whether both counts agree: SAMA, BERBEDA, or BELUM when one is not said."""
        if self.n_kandepag == NOT_SAID:
            return BELUM
        return SAMA if self.n_kandepag == self.n_host else BERBEDA

    @property
    def nama(self) -> str:
        """The name of the difference."""
        return f"SK/{self.hari}/{self.kab_kota}"

    @property
    def pemilik(self) -> str:
        """Who has to explain it."""
        return f"DEP/{self.kab_kota}"


def kabs(hari: str, silang: Iterable[tuple[str, int, int]], records: Iterable[HostRecord | Reversed]) -> list[Kab]:
    """The regencies of a bank's day, by code; `silang` is (regency, host, Kandepag) of the country.

    Counted as the ledger counts: a deposit that its branch corrected is not one, one that the centre cancelled is.
    """
    own: dict[str, int] = {}
    for one in records:
        if isinstance(one, HostRecord):
            own[one.kab_kota] = own.get(one.kab_kota, 0) + 1
        elif one.kind == KOR.code:
            own[one.kab_kota] -= 1
    both = {kab_kota: (host, said) for kab_kota, host, said in silang}
    return [
        Kab(hari, kab_kota, own[kab_kota], *both.get(kab_kota, (own[kab_kota], NOT_SAID))) for kab_kota in sorted(own)
    ]


def silang_lines(rows: list[Kab]) -> list[str]:
    """The section of the report: a line a regency, under each difference its name and its owner."""
    if not rows:
        return []
    lines = [HEAD]
    for row in rows:
        said, less = str(row.n_kandepag), f"{row.n_host - row.n_kandepag:+d}"
        if row.keadaan == BELUM:
            said, less = BELUM, "-"
        where = f"{row.kab_kota} {KAB_KOTA[row.kab_kota].nama_lengkap}"[:33]
        lines.append(f"{where:<34}{row.n_bank:>9}{row.n_host:>12}{said:>10}{'0' if less == '+0' else less:>9}")
        if row.keadaan == BERBEDA:
            lines.append(f"     BERBEDA {row.nama}, pemilik {row.pemilik}")
    return lines


def silang_cells(rows: Iterable[Kab]) -> Iterable[tuple[object, ...]]:
    """The same as cells of a CSV, without its head."""
    for row in rows:
        is_said = row.keadaan != BELUM
        yield (
            row.hari,
            row.kab_kota,
            KAB_KOTA[row.kab_kota].nama_lengkap,
            row.n_bank,
            row.n_host,
            row.n_kandepag if is_said else "",
            row.n_host - row.n_kandepag if is_said else "",
            row.keadaan,
            row.nama if row.keadaan == BERBEDA else "",
            row.pemilik,
        )
