"""Known differences for an evening: a bank's confirmation made from the host's records, wrong in places that are noted.

Pure. Each class of the match is planted in several ways that must all come out as that class: a wrong amount, request
number, entry number or porsi is DIFF; a record told twice, once without its entry number, with another request number
or without its porsi, is DUPLICATE; money without a porsi, or with one nobody was granted, is BANK_ONLY.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec.structs import replace

from txserver.settlement.records import Confirmed

HOST_ONLY, BANK_ONLY, DIFF, DUPLICATE = CLASSES = ("HOST_ONLY", "BANK_ONLY", "DIFF", "DUPLICATE")
CURES = {
    HOST_ONLY: ("TRANSFER", "BALIK", "BATAL"),
    BANK_ONLY: ("ULANG", "BALIK"),
    DIFF: ("TRANSFER", "KOREKSI"),
    DUPLICATE: ("BALIK", "KOREKSI"),
}
"""Cures of each class, taken in turn: all that the ledger allows."""
STAN_UNUSED = 900_000
"""No workstation counts so far in a day."""
PORSI_UNGRANTED = 99_000_000
"""No series has come so far; that of a number must be a province's, or the host refuses its file."""
RRN_UNKNOWN = 900_000_000_000
LESS_RUPIAH = 1_000_000


class Planted(NamedTuple):
    """A difference as the match must name it: the fields of an open item of the ledger."""

    bank: str
    kelas: str
    cabang: str
    device: str
    stan: int
    nomor_porsi: str
    nominal_host: int
    nominal_bank: int
    rrn: int


class Compared(NamedTuple):
    """What came out: differences found that were not planted, and planted ones that were not found."""

    false_alarms: list[Planted]
    missed: list[Planted]


def plant(
    bank: str, host: Sequence[Confirmed], count: int, rng: random.Random, first: int = 0
) -> tuple[list[Confirmed], list[Planted]]:
    """What a bank would confirm that is wrong in `count` records, and how. `first` turns the wheel of classes on."""
    assert count <= len(host), "each difference has a deposit of its own"
    records, planted, more = list(host), [], []
    gone: set[int] = set()
    for n, at in enumerate(sorted(rng.sample(range(len(host)), count))):
        one, turn = host[at], (first + n) // len(CLASSES)
        match CLASSES[(first + n) % len(CLASSES)]:
            case "HOST_ONLY":
                gone.add(at)
                planted.append(_named(bank, HOST_ONLY, one, one.nominal, 0, one.rrn))
            case "BANK_ONLY":
                extra = _bank_only(one, n, turn)
                more.append(extra)
                planted.append(_named(bank, BANK_ONLY, extra, 0, extra.nominal, 0))
            case "DIFF":
                wrong = records[at] = _differing(one, n, turn)
                planted.append(_named(bank, DIFF, one, one.nominal, wrong.nominal, wrong.rrn))
            case _:
                twice = _again(one, n, turn)
                more.append(twice)
                planted.append(_named(bank, DUPLICATE, twice, one.nominal, twice.nominal, twice.rrn))
    return [one for at, one in enumerate(records) if at not in gone] + more, planted


def _named(bank: str, kelas: str, one: Confirmed, host: int, of_bank: int, rrn: int) -> Planted:
    return Planted(bank, kelas, one.cabang, one.device, one.stan, one.nomor_porsi, host, of_bank, rrn)


def _bank_only(one: Confirmed, n: int, turn: int) -> Confirmed:
    """Money the host knows nothing of: without a porsi, or with one that was never granted."""
    porsi = _ungranted(one, n) if turn % 2 else ""
    return replace(one, nomor_porsi=porsi, stan=STAN_UNUSED + n, rrn=0)


def _ungranted(one: Confirmed, n: int) -> str:
    return f"{one.nomor_porsi[:2]}{PORSI_UNGRANTED + n:08d}"


def _differing(one: Confirmed, n: int, turn: int) -> Confirmed:
    """The same deposit with a wrong amount, request number, entry number or porsi."""
    return (
        replace(one, nominal=one.nominal - LESS_RUPIAH),
        replace(one, stan=STAN_UNUSED + n),
        replace(one, rrn=RRN_UNKNOWN + n),
        replace(one, nomor_porsi=_ungranted(one, n)),
    )[turn % 4]


def _again(one: Confirmed, n: int, turn: int) -> Confirmed:
    """The same deposit once more; not the same line, which the host refuses with the whole file."""
    return (
        replace(one, rrn=0),
        replace(one, stan=STAN_UNUSED + n),
        replace(one, nomor_porsi=""),
    )[turn % 3]


def found_of(items: Iterable[Mapping[str, Any]]) -> list[Planted]:
    """Items of the ledger as an inquiry tells them, in the form of what was planted."""
    return [Planted(*(item[name] for name in Planted._fields)) for item in items]


def compare(planted: Iterable[Planted], found: Iterable[Planted]) -> Compared:
    """Hold what was found against what was planted, each as often as it stands there."""
    wanted, there = Counter(planted), Counter(found)
    return Compared(sorted((there - wanted).elements()), sorted((wanted - there).elements()))


def by_class(differences: Iterable[Planted]) -> dict[str, int]:
    """How many of each class, all four named."""
    counts = Counter(one.kelas for one in differences)
    return {kelas: counts[kelas] for kelas in CLASSES}
