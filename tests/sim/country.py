"""A founded ledger for a number of terminals, and who sits where."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from msgspec import Struct

from ledger import vault
from ledger.engine import Asked
from ledger.ketentuan import HARI_AWAL
from ledger.kinds.bank import BankBaru
from ledger.kinds.buka_hari import BukaHari
from ledger.kinds.cabang import CabangBaru
from ledger.kinds.kandepag import KandepagBaru
from ledger.kinds.pengguna import PenggunaBaru
from ledger.kinds.perangkat import PerangkatBaru
from ledger.kinds.spph import SpphBaru
from ledger.kinds.spph_sah import SpphSah
from ledger.records import Origin, origin_of
from ledger.store import Store
from tests.ledger_fixtures import form
from txserver import credentials
from txserver.credentials import Credentials

HARI = "2004-05-03"
PAGI_US = 1_083_546_000_000_000
"""2004-05-03 08:00 WIB, when a run begins."""
MAP_BYTES = 1 << 30
SLOTS_AHEAD = 512
"""Instead of 65,536: a start reads them all."""
SANDI = "kunci-KENARI-77"
OFFICES = ("3325", "3578", "3374", "5171", "9171", "1171", "6371", "7371")
BANKS = ("002", "008", "009")
DEVICES_A_PLACE = 8
OPERATOR, SECOND = origin_of("DEP", "0000", "KONSOL", "OPERATOR"), "OPERATOR2"


@dataclass
class Seat:
    """One workstation: its role, the office whose forms pass over it, and its users, who change shifts."""

    role: str
    kab: str
    users: list[Origin]


@dataclass
class Country:
    """A ledger directory, its seats, and forms signed beforehand, by office."""

    path: Path
    seats: list[Seat]
    signed: dict[str, list[str]] = field(default_factory=dict)


def person(kab: str, number: int) -> SpphBaru:
    """The form of one of 990,000 men of a regency, all born on 1950-05-12."""
    return form(nik=f"{kab}{1 + number // 9_999:02d}120550{1 + number % 9_999:04d}")


def seats_for(terminals: int, *, only_tellers: bool = False) -> list[Seat]:
    """An operator and the banks' head offices; of the others a third takes up forms, a third signs, a third deposits.

    `only_tellers`: every office has one of the former two, and all the rest are tellers.
    """
    seats = [Seat("PUSAT", "", [OPERATOR])]
    seats += [Seat("BANK", "", [origin_of(bank, "0000", "HO1", f"B{bank}{shift}") for shift in "AB"]) for bank in BANKS]
    roles = ("PETUGAS", "PEJABAT", "TELLER")
    offices = OFFICES[: max(1, min(len(OFFICES), terminals // 12))]
    for number in range(max(terminals - len(seats), 3)):
        role, group = roles[number % 3], number // 3
        if only_tellers and number >= 3 * len(offices):
            role, group = "TELLER", number
        kab, index = offices[group % len(offices)], group // len(offices)
        if role == "TELLER":
            bank, cabang = BANKS[index % len(BANKS)], f"{OFFICES.index(kab) + 1:02d}{index // DEVICES_A_PLACE + 1:02d}"
        else:
            bank, cabang = "DEP", kab
        device = f"{role[:3]}{number}"
        users = [origin_of(bank, cabang, device, f"{role[0]}{number}{shift}") for shift in "AB"]
        seats.append(Seat(role, kab, users))
    return seats


def places(seats: list[Seat]) -> list[Struct]:
    """Everything the centre posts before the first day."""
    asked: list[Struct] = [BankBaru(bank, f"BANK {bank}") for bank in BANKS]
    asked += [KandepagBaru(kab) for kab in sorted({seat.kab for seat in seats if seat.kab})]
    asked += [CabangBaru(bank, "0000", "KANTOR PUSAT", "3171") for bank in BANKS]
    asked += [PenggunaBaru(second_of(bank), "BANK", bank, "0000") for bank in BANKS]
    branches = {seat.users[0].tapak: seat for seat in seats if seat.role == "TELLER"}
    for tapak, seat in sorted(branches.items()):
        bank, cabang = tapak.split("/")
        asked.append(CabangBaru(bank, cabang, "CABANG " + cabang, seat.kab))
        asked.append(PenggunaBaru(supervisor_of(tapak), "PENYELIA", bank, cabang))
    asked.append(PenggunaBaru(SECOND, "PUSAT", "DEP", "0000"))
    for seat in seats[1:]:
        first = seat.users[0]
        asked.append(PerangkatBaru(first.bank, first.cabang, first.device))
        asked += [PenggunaBaru(user.user, seat.role, user.bank, user.cabang) for user in seat.users]
    return asked


def supervisor_of(tapak: str) -> str:
    """The name of a branch's supervisor."""
    return "V" + tapak.replace("/", "")


def second_of(bank: str) -> str:
    """Who signs as second person at a bank's head office."""
    return "C" + bank


@contextmanager
def small_scale() -> Iterator[None]:
    """Few key slots at a time and the light hash: both are made at every start of a host, and a run starts many."""
    slots, full = vault.SLOTS_AHEAD, credentials.PROFILES["penuh"]
    vault.SLOTS_AHEAD, credentials.PROFILES["penuh"] = SLOTS_AHEAD, credentials.PROFILES["ringan"]
    try:
        yield
    finally:
        vault.SLOTS_AHEAD, credentials.PROFILES["penuh"] = slots, full


def found(path: Path, terminals: int, seed: int, forms: int = 0) -> Country:
    """Make the ledger, the day open; `forms` of them taken up and signed before, at every office."""
    seats = seats_for(terminals, only_tellers=forms > 0)
    store = Store.create(
        path, nama="SIMULASI", demo=True, user=OPERATOR.user, device=OPERATOR.device, waktu_us=0,
        random=random.Random(f"founding/{seed}").randbytes, map_bytes=MAP_BYTES,
    )  # fmt: skip
    asked = places(seats)
    ask(store, OPERATOR, 2, asked)
    country = Country(path, seats)
    for kab in sorted({seat.kab for seat in seats if seat.kab} if forms else ()):
        country.signed[kab] = _forms(store, seats, kab, forms)
    ask(store, OPERATOR, 2 + len(asked), [BukaHari(HARI)])
    store.checkpoint()
    store.close()
    users = {user.user for seat in seats for user in seat.users} | {SECOND}
    users |= {supervisor_of(seat.users[0].tapak) for seat in seats if seat.role == "TELLER"}
    users |= {second_of(bank) for bank in BANKS}
    passwords = Credentials.open(path / "sandi")
    passwords.set_many([(user, SANDI) for user in sorted(users)], "ringan")
    passwords.close()
    return country


def _forms(store: Store, seats: list[Seat], kab: str, count: int) -> list[str]:
    clerk = next(seat.users[0] for seat in seats if (seat.role, seat.kab) == ("PETUGAS", kab))
    official = next(seat.users[0] for seat in seats if (seat.role, seat.kab) == ("PEJABAT", kab))
    made = ask(store, clerk, 1, [person(kab, 900_000 + number) for number in range(count)])
    numbers = [str(one.data["nomor_spph"]) for one in made]
    ask(store, official, 1, [SpphSah(number) for number in numbers])
    return numbers


def ask(store: Store, who: Origin, stan: int, requests: list[Struct]) -> list:
    """Post requests in batches; every one must stand."""
    rows = iter(enumerate(requests, stan))
    posted: list = []
    while some := list(islice(rows, 2_000)):
        outcomes = store.post_batch([Asked(who, number, HARI_AWAL, request, 0) for number, request in some])
        assert all(hasattr(one, "seq") for one in outcomes), outcomes
        posted += outcomes
    return posted
