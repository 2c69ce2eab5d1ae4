"""Pilgrims for a made-up country: names, birth dates and NIKs that agree with each other.

The names are common Indonesian given names put together by a seeded Random. Nobody of that name, date and number
is meant; the serial part of a NIK counts up within one district and day of birth, so that no two are alike.
"""

from __future__ import annotations

import random
from datetime import date, timedelta

from bench.country import table
from ledger.kinds.spph import SpphBaru
from ledger.wilayah import KabKota

MEN, WOMEN, FATHERS, STREETS, VILLAGES, DISTRICTS = (
    tuple(row["name"] for row in table("bench", "names.csv") if row["list"] == name)
    for name in ("men", "women", "fathers", "streets", "villages", "districts")
)

BORN_FIRST = date(1929, 1, 1)
BORN_DAYS = (date(1984, 12, 31) - BORN_FIRST).days


class People:
    """Makes pilgrims, one after another, from one seeded Random; the NIKs of one object never repeat."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._serials: dict[str, int] = {}

    def form(self, home: KabKota) -> SpphBaru:
        """A filled-in form of a pilgrim who lives in `home` and was first registered there."""
        rng = self._rng.random
        place = home.nama.strip().upper()
        woman = rng() < 0.54
        born = BORN_FIRST + timedelta(days=int(rng() * BORN_DAYS))
        given = WOMEN if woman else MEN
        father = FATHERS[int(rng() * len(FATHERS))]
        name = f"{given[int(rng() * len(given))]} {given[int(rng() * len(given))]}"
        return SpphBaru(
            name,
            father,
            self._nik(home.kode, born, woman),
            "",
            place[:30].strip(),
            born.isoformat(),
            "P" if woman else "L",
            f"JL. {STREETS[int(rng() * len(STREETS))]} NO. {1 + int(rng() * 199)}",
            VILLAGES[int(rng() * len(VILLAGES))],
            f"{place[:20].strip()} {DISTRICTS[int(rng() * len(DISTRICTS))]}",
            f"{10_000 + int(rng() * 89_999)}",
            f"08{int(rng() * 10**9):010d}",
            "",
        )

    def _nik(self, kab_kota: str, born: date, woman: bool) -> str:
        """PP RR DD ddmmyy NNNN, women with day + 40; the serial is the next of its first twelve digits."""
        district = 1 + int(self._rng.random() * 20)
        day = born.day + 40 * woman
        stem = f"{kab_kota}{district:02d}{day:02d}{born.month:02d}{born.year % 100:02d}"
        serial = self._serials[stem] = self._serials.get(stem, 0) + 1
        assert serial <= 9999, "a district has fewer births on one day"
        return f"{stem}{serial:04d}"
