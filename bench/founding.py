"""Founds a made-up country in a fresh ledger, by ordinary requests posted in batches through the ledger's own engine.

Offline and before any host starts: the operator appoints banks, branches, offices, devices and users; each Kandepag
issues its forms and has them signed; last, the operator opens the business day. Everything before that happens on
the ledger's provisioning date. What a teller types later (numbers of forms) comes back in `Forms`.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from bench.country import Bank, Branch, Country, Office, Station
from bench.people import People
from ledger.engine import Asked, Posted
from ledger.ketentuan import HARI_AWAL
from ledger.kinds.bank import BankBaru
from ledger.kinds.buka_hari import BukaHari
from ledger.kinds.cabang import CabangBaru
from ledger.kinds.kandepag import KandepagBaru
from ledger.kinds.pengguna import PenggunaBaru
from ledger.kinds.perangkat import PerangkatBaru
from ledger.kinds.spph import SpphBaru
from ledger.kinds.spph_sah import SpphSah
from ledger.kinds.tutup_bank import TutupBank
from ledger.kinds.tutup_hari import TutupHari
from ledger.kinds.tutup_setoran import TutupSetoran
from ledger.records import Origin, origin_of

if TYPE_CHECKING:
    from msgspec import Struct

    from ledger.store import Store

HARI = "2004-05-03"
"""The business day of every run: a Monday under RS-2004."""
FOUNDED_US = 1_083_200_400_000_000
"""2004-04-29T08:00:00+07:00, when the first request of the founding is stamped."""
STEP_US = 200
"""Ledger time between two requests of the founding; millions of them end well before the day opens."""
BATCH = 2_000
BEHIND_MAX = 600_000
"""Entries that wait in memory before the books are brought to the head."""
OPERATOR = origin_of("DEP", "0000", "KONSOL", "OPERATOR")
OPERATOR_2 = origin_of("DEP", "0000", "KONSOL2", "OPERATOR2")
"""Who signs as second person for the operator."""
KANTOR_PUSAT = "0000"
JAKARTA = "3171"

Key = TypeVar("Key")
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Forms:
    """Numbers of SPPHs: `signed[n]` for workstation n, in the order it will key them; `doubles[n]` maps a position
    there to a second signed form of the same person; `spare` (signed, never keyed) and `unsigned` by province.
    `porsi` counts what was granted in the founding, by series.
    """

    signed: list[list[str]]
    doubles: list[dict[int, str]]
    spare: dict[str, str] = field(default_factory=dict)
    unsigned: dict[str, str] = field(default_factory=dict)
    porsi: Counter[str] = field(default_factory=Counter)


class Founder:
    """Posts requests to one store, numbering them for each device and moving its time on.

    `waktu_us` may be set forward, for kinds that mind the hour.
    """

    def __init__(self, store: Store, progress: Progress | None = None, total: int = 0) -> None:
        self._store = store
        self._stan: dict[str, int] = {OPERATOR.perangkat: 1}  # the opening entry took the first
        self.waktu_us = FOUNDED_US
        self._hari = HARI_AWAL
        self._progress = progress
        self._total = total
        self.done = 0

    def post(self, asked: Iterator[tuple[Origin, Struct]], penyetuju: str = "") -> Iterator[Posted]:
        """Post everything, a batch at a time. Raises RuntimeError when anything is refused."""
        while batch := [self._number(origin, request, penyetuju) for origin, request in islice(asked, BATCH)]:
            for request, outcome in zip(batch, self._store.post_batch(batch), strict=True):
                if type(outcome) is not Posted:
                    raise RuntimeError(f"the founding was refused: {outcome} to {request.request}")
                yield outcome
            self.done += len(batch)
            if self._store.behind > BEHIND_MAX:
                self._store.checkpoint()
            if self._progress is not None:
                self._progress(self.done, self._total)

    def open_day(self, hari: str) -> None:
        """The operator opens a business day; what follows is posted on it, with STANs from 1."""
        exhaust(self.post(iter([(OPERATOR, BukaHari(hari))])))
        self._hari = hari
        self._stan.clear()

    def close_day(self, country: Country) -> None:
        """The operators cut every branch and bank off and close the day; nothing of it is settled."""
        cuts = [TutupSetoran(branch.bank.kode, branch.kode) for branch in country.branches]
        exhaust(
            self.post((OPERATOR, request) for request in (*cuts, *(TutupBank(bank.kode) for bank in country.banks)))
        )
        exhaust(self.post(iter([(OPERATOR, TutupHari(self._hari))]), OPERATOR_2.user))

    def _number(self, origin: Origin, request: Struct, penyetuju: str) -> Asked:
        stan = self._stan[origin.perangkat] = self._stan.get(origin.perangkat, 0) + 1
        self.waktu_us += STEP_US
        return Asked(origin, stan, self._hari, request, self.waktu_us, penyetuju)


@contextmanager
def founding(path: Path, progress: Progress | None = None, total: int = 0) -> Iterator[Founder]:
    """Make a ledger at `path` and post to it; on the way out its books are brought to the head."""
    from ledger.store import Store  # noqa: PLC0415  loads LMDB, which planning does without

    store = Store.create(
        path, nama="PERAGAAN SISKOHAT", demo=True, user=OPERATOR.user, device=OPERATOR.device, waktu_us=FOUNDED_US
    )
    try:
        yield Founder(store, progress, total)
        store.checkpoint()
    finally:
        store.close()


def found(
    path: Path,
    country: Country,
    counts: list[int],
    doubles: list[list[int]],
    *,
    seed: int = 1,
    progress: Progress | None = None,
) -> Forms:
    """Make the ledger at `path` with `counts[n]` signed forms for workstation n; `doubles[n]` names those of them
    whose pilgrim also has a second one. Raises RuntimeError when a request is refused.
    """
    total = 2 * (sum(counts) + sum(map(len, doubles))) + 2 * len(country.stations)
    with founding(path, progress, total) as founder:
        exhaust(founder.post(provisioning(country)))
        forms = issue(founder, country, counts, doubles, People(random.Random(seed)))
        founder.open_day(HARI)
    return forms


def provisioning(country: Country) -> Iterator[tuple[Origin, Struct]]:
    """What the operator posts before anybody can work."""
    for bank in country.banks:
        yield OPERATOR, BankBaru(bank.kode, bank.nama)
    for office in country.offices.values():
        yield OPERATOR, KandepagBaru(office.place.kode)
        for origin, peran in ((office.petugas, "PETUGAS"), (office.pejabat, "PEJABAT")):
            yield OPERATOR, PerangkatBaru(origin.bank, origin.cabang, origin.device)
            yield OPERATOR, PenggunaBaru(origin.user, peran, origin.bank, origin.cabang)
    for branch in country.branches:
        yield OPERATOR, CabangBaru(branch.bank.kode, branch.kode, branch.nama, branch.place.kode)
    for station in country.stations:
        origin = station.origin
        yield OPERATOR, PerangkatBaru(origin.bank, origin.cabang, origin.device)
        yield OPERATOR, PenggunaBaru(origin.user, "TELLER", origin.bank, origin.cabang)
    yield from of_the_evening(country)


def of_the_evening(country: Country) -> Iterator[tuple[Origin, Struct]]:
    """Who works when the branches have closed: a supervisor each, a head office of each bank, the second operator."""
    yield OPERATOR, PerangkatBaru(OPERATOR_2.bank, OPERATOR_2.cabang, OPERATOR_2.device)
    yield OPERATOR, PenggunaBaru(OPERATOR_2.user, "PUSAT", OPERATOR_2.bank, OPERATOR_2.cabang)
    for bank in country.banks:
        yield OPERATOR, CabangBaru(bank.kode, KANTOR_PUSAT, "KANTOR PUSAT", JAKARTA)
        for origin in head_office(bank):
            yield OPERATOR, PerangkatBaru(origin.bank, origin.cabang, origin.device)
            yield OPERATOR, PenggunaBaru(origin.user, "BANK", origin.bank, origin.cabang)
    for branch in country.branches:
        yield OPERATOR, PenggunaBaru(supervisor(branch), "PENYELIA", branch.bank.kode, branch.kode)


def head_office(bank: Bank) -> tuple[Origin, Origin]:
    """The two who settle for a bank, each at a device of his own; either signs for the other."""
    return (
        origin_of(bank.kode, KANTOR_PUSAT, "KP01", f"B{bank.kode}01"),
        origin_of(bank.kode, KANTOR_PUSAT, "KP02", f"B{bank.kode}02"),
    )


def supervisor(branch: Branch) -> str:
    """The user who signs as second person at a branch, and cuts it off."""
    return f"V{branch.bank.kode}{branch.kode}"


def issue(founder: Founder, country: Country, counts: list[int], doubles: list[list[int]], people: People) -> Forms:
    """Have every office issue and sign the forms its branches will need, some thousands at a time."""
    forms = Forms([[] for _ in counts], [{} for _ in counts])
    wanted = _wanted(country, counts, doubles, people, forms)
    while batch := list(islice(wanted, BATCH)):
        issued = list(founder.post((office.petugas, form) for office, form, _, _ in batch))
        signing: list[tuple[Origin, Struct]] = []
        for (office, _, keep, signed), posted in zip(batch, issued, strict=True):
            nomor = str(posted.data["nomor_spph"])
            keep(nomor)
            if signed:
                signing.append((office.pejabat, SpphSah(nomor)))
        exhaust(founder.post(iter(signing)))
    return forms


Wanted = tuple[Office, SpphBaru, Callable[[str], None], bool]


def _wanted(
    country: Country, counts: list[int], doubles: list[list[int]], people: People, forms: Forms
) -> Iterator[Wanted]:
    """Each form with its office, where its number goes, and whether it shall be signed."""
    for province in sorted({office.place.provinsi for office in country.offices.values()}):
        office = next(office for office in country.offices.values() if office.place.provinsi == province)
        yield office, people.form(office.place), _keeper(forms.spare, province), True
        yield office, people.form(office.place), _keeper(forms.unsigned, province), False
    for station, count, again in zip(country.stations, counts, doubles, strict=True):
        yield from _of_station(station, country.offices[station.branch.place.kode], count, again, people, forms)


def _of_station(
    station: Station, office: Office, count: int, again: list[int], people: People, forms: Forms
) -> Iterator[Wanted]:
    keep = forms.signed[station.number].append
    for at in range(count):
        form = people.form(office.place)
        yield office, form, keep, True
        if at in again:
            yield office, form, _keeper(forms.doubles[station.number], at), True


def _keeper(numbers: dict[Key, str], key: Key) -> Callable[[str], None]:
    return lambda nomor: numbers.__setitem__(key, nomor)


def exhaust(outcomes: Iterator[object]) -> None:
    """Run an iterator for its effect."""
    for _ in outcomes:
        continue
