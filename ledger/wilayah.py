"""Provinces and regencies: names, time zones and the code each province has in a nomor porsi.

Read once at import from `ledger/data/*.csv` (Kepmendagri 300.2.2-2138/2025; SISKOHAT codes in the order of the
KMA quota list, seen in real numbers for 01 Aceh and 13 Jawa Timur). No logic hangs on the digits of a code.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.resources import files

ZONES = {"WIB": 7 * 60, "WITA": 8 * 60, "WIT": 9 * 60}
"""Minutes east of UTC. Indonesia has no summer time."""


@dataclass(frozen=True, slots=True)
class Provinsi:
    """One province. `kode` is the civil code (Kemendagri), `kode_porsi` the two digits its series starts with."""

    kode: str
    nama: str
    kode_porsi: str
    zona: str

    @property
    def zona_menit(self) -> int:
        """Local time minus UTC, in minutes."""
        return ZONES[self.zona]


@dataclass(frozen=True, slots=True)
class KabKota:
    """One kabupaten or kota; `kode` is the first four digits of a NIK registered there."""

    kode: str
    nama: str
    jenis: str
    provinsi: str

    @property
    def nama_lengkap(self) -> str:
        """As printed: "Kab. Batang", "Kota Tegal"."""
        return f"{'Kab.' if self.jenis == 'kabupaten' else 'Kota'} {self.nama}"


def _rows(name: str) -> list[dict[str, str]]:
    text = files("ledger").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _provinces() -> dict[str, Provinsi]:
    rows = _rows("provinces.csv")
    own = {row["kemendagri_code"]: row["siskohat_code"] for row in rows}
    # Asumsi: the four new Papua provinces use series and quota of their parent until a KMA lists them.
    return {
        code: Provinsi(code, row["name"], own[code] or own[row["quota_province_2025"]], row["timezone"])
        for row in rows
        for code in (row["kemendagri_code"],)
    }


PROVINSI: dict[str, Provinsi] = _provinces()
KAB_KOTA: dict[str, KabKota] = {
    row["code"]: KabKota(row["code"], row["name"], row["kind"], row["province_code"]) for row in _rows("regencies.csv")
}
