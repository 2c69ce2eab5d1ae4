"""A made-up country: banks, branches, workstations and Kandepag offices, drawn from one seed.

The shape is that of opening day (reference domain 11.2, 11.5): 7 banks of which the largest has 31%, 1,415 branches,
2.52 workstations in each, over 26 provinces by their share of the waiting list. Provinces that were split off later
are folded into their parents. Everything scales down with the number of workstations. Nothing here does any IO but
reading the tables in `bench/data`.

What always holds: every branch has a workstation, and a Kandepag in its own regency; `len(country.stations)` is the
number asked for; the same seed and size give the same country.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from ledger.records import Origin, origin_of
from ledger.wilayah import KAB_KOTA, PROVINSI, KabKota

STATIONS = 3_566
BRANCHES = 1_415
REGISTRATIONS = 99_865
STATIONS_PER_BRANCH_USUAL = 12
STATIONS_PER_BRANCH_MAX = 99


@dataclass(frozen=True, slots=True)
class Bank:
    """A BPS BPIH and its share of the workstations, in percent."""

    kode: str
    nama: str
    share: float


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch of a bank and where it stands."""

    bank: Bank
    kode: str
    place: KabKota
    stations: int

    @property
    def nama(self) -> str:
        """As the operator names it."""
        return f"{self.bank.nama[:21].strip()} {self.place.nama.strip().upper()[:13].strip()} {self.kode}"


@dataclass(frozen=True, slots=True)
class Station:
    """A workstation with its teller. `number` counts all of the country from 0, branch by branch."""

    number: int
    branch: Branch
    origin: Origin
    zona: str


@dataclass(frozen=True, slots=True)
class Office:
    """A Kandepag: `petugas` keys the forms, `pejabat` signs them, each at a device of his own."""

    place: KabKota
    petugas: Origin
    pejabat: Origin


@dataclass(frozen=True, slots=True)
class Country:
    """All of it, in a fixed order."""

    banks: tuple[Bank, ...]
    branches: tuple[Branch, ...]
    stations: tuple[Station, ...]
    offices: dict[str, Office]


def build(stations: int = STATIONS, *, banks: int = 7, branches: int = 0, seed: int = 1) -> Country:
    """A country of `stations` workstations; `branches` 0 = in proportion to the real one.

    A branch has 99 workstations at most, as many as its users' names can count; where they are too few there are more.
    """
    rng = random.Random(seed)
    branches = branches or max(1, round(stations * BRANCHES / STATIONS))
    branches = min(stations, max(branches, -(-stations // STATIONS_PER_BRANCH_MAX)))
    sizes = _sizes(_province_shares(), stations, branches)
    places: list[tuple[KabKota, int]] = []
    for province, (branch_count, station_count) in sizes.items():
        homes = sorted(place.kode for place in KAB_KOTA.values() if place.provinsi == province)
        rng.shuffle(homes)
        heads = _spread(rng, station_count, branch_count)
        places += [(KAB_KOTA[homes[at % len(homes)]], size) for at, size in enumerate(heads)]
    return _people_the(_banks()[:banks], places, rng)


def _people_the(banks: Sequence[Bank], places: list[tuple[KabKota, int]], rng: random.Random) -> Country:
    """Give every place to the bank that lacks most of its share, and name all devices and users."""
    rng.shuffle(places)
    whole = sum(bank.share for bank in banks)
    total = sum(size for _, size in places)
    lacking = {bank.kode: total * bank.share / whole for bank in banks}
    last = dict.fromkeys(lacking, 0)
    branches: list[Branch] = []
    for place, size in places:
        bank = max(banks, key=lambda bank: lacking[bank.kode])
        lacking[bank.kode] -= size
        last[bank.kode] += 1
        branches.append(Branch(bank, f"{last[bank.kode]:04d}", place, size))
    stations: list[Station] = []
    for branch in branches:
        for at in range(1, branch.stations + 1):
            user = f"T{branch.bank.kode}{branch.kode}{at:02d}"
            origin = origin_of(branch.bank.kode, branch.kode, f"WS{at:02d}", user)
            stations.append(Station(len(stations), branch, origin, PROVINSI[branch.place.provinsi].zona))
    offices = {kode: office_of(kode) for kode in sorted({branch.place.kode for branch in branches})}
    return Country(tuple(banks), tuple(branches), tuple(stations), offices)


def office_of(kode: str) -> Office:
    """The Kandepag of a regency."""
    return Office(
        KAB_KOTA[kode],
        origin_of("DEP", kode, "SPPH1", f"PT{kode}"),
        origin_of("DEP", kode, "SPPH2", f"PJ{kode}"),
    )


def _sizes(shares: dict[str, float], stations: int, branches: int) -> dict[str, tuple[int, int]]:
    """Branches and workstations of each province that has any."""
    branch_counts = apportion(shares, branches)
    present = {province: shares[province] for province, count in branch_counts.items() if count}
    station_counts = apportion(present, stations - branches)
    return {
        province: (branch_counts[province], branch_counts[province] + station_counts[province]) for province in present
    }


def _spread(rng: random.Random, stations: int, branches: int) -> list[int]:
    """Share out workstations by chance: at least one a branch, and `STATIONS_PER_BRANCH_USUAL` at most if that fits."""
    sizes = [1] * branches
    most = max(STATIONS_PER_BRANCH_USUAL, -(-stations // branches))
    for _ in range(stations - branches):
        at = rng.randrange(branches)
        while sizes[at] >= most:
            at = (at + 1) % branches
        sizes[at] += 1
    return sizes


def apportion(shares: dict[str, float], total: int) -> dict[str, int]:
    """Whole numbers in proportion to `shares` that sum to `total` (largest remainder)."""
    whole = sum(shares.values())
    exact = {key: total * share / whole for key, share in shares.items()}
    counts = {key: int(value) for key, value in exact.items()}
    rest = sorted(exact, key=lambda key: (counts[key] - exact[key], key))
    for key in rest[: total - sum(counts.values())]:
        counts[key] += 1
    return counts


def _province_shares() -> dict[str, float]:
    """Quota of 2026 (proportional to the waiting list) by province of the 27-province map."""
    parents = {row["kemendagri_code"]: row["parent_in_27_province_era"] for row in table("ledger", "provinces.csv")}
    shares: dict[str, float] = {}
    for row in table("bench", "quota_2026.csv"):
        province = parents[row["province_code"]] or row["province_code"]
        shares[province] = shares.get(province, 0.0) + float(row["quota"])
    return shares


def _banks() -> tuple[Bank, ...]:
    rows = table("bench", "banks.csv")
    return tuple(Bank(row["kode_bank"], row["nama"], float(row["share_percent"])) for row in rows)


def table(package: str, name: str) -> list[dict[str, str]]:
    """Rows of `data/<name>` in one of our packages."""
    text = files(package).joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
