"""What each workstation will do on opening day, planned before the clock starts and encoded once numbers are known.

`flood`: nothing but deposits that are granted. `p1`: the mix of the domain reference, 11.5: for 100 registrations
6 that are refused (2 double identity, 1.5 other province, 1 form unknown or unsigned, 1 wrong amount, 0.5 form used
already), 4 reprints, and 0.5 whose answer gets lost and is asked for again. Reversals wait for their kind.

What always holds: a workstation's first item is a registration, and a second form of a person, a used form and a
reprint come after the registration they refer to; so every outcome is known beforehand.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from bench.country import Country, Station
from bench.founding import Forms

AMOUNT_RUPIAH = 20_000_000
WRONG_RUPIAH = 19_000_000
LOST_SHARE = 0.005


class What(Enum):
    """An item of the plan: message id that answers it ("" = granted) and its share of the registrations."""

    GRANT = ("", 0.0)
    DOUBLE = ("SKH2007", 0.02)
    PROVINCE = ("SKH2005", 0.015)
    UNKNOWN = ("SKH2002", 0.005)
    UNSIGNED = ("SKH2003", 0.00500)
    AMOUNT = ("SKH2006", 0.01)
    USED = ("SKH2004", 0.00501)
    REPRINT = ("-", 0.04)

    @property
    def expect(self) -> str:
        """What answers it: a message id, "" for a grant, "-" where nothing is posted."""
        return self.value[0]

    @property
    def share(self) -> float:
        """How many for one registration."""
        return self.value[1]


class Item(NamedTuple):
    """One thing to do; `form` is the position of the registration it is or refers to. `lose`: the first answer is
    to be dropped and asked for again.
    """

    what: What
    form: int
    lose: bool = False


Plan = list[list[Item]]


def share_out(registrations: int, stations: int) -> list[int]:
    """Registrations for each workstation, as even as can be."""
    base, rest = divmod(registrations, stations)
    return [base + (at < rest) for at in range(stations)]


def plan_flood(counts: Sequence[int]) -> Plan:
    """Registrations alone."""
    return [[Item(What.GRANT, form) for form in range(count)] for count in counts]


def plan_day(rng: random.Random, counts: Sequence[int]) -> Plan:
    """The P1 mix."""
    at_work = [number for number, count in enumerate(counts) if count]
    extras: list[list[tuple[int, float, Item]]] = [[] for _ in counts]
    doubled: set[tuple[int, int]] = set()
    for what in What:
        for _ in range(round(what.share * sum(counts))):
            number = at_work[rng.randrange(len(at_work))]
            form = rng.randrange(counts[number])
            if what is What.DOUBLE and (number, form) in doubled:
                continue  # a third form of one person would be the same refusal again
            doubled.add((number, form) if what is What.DOUBLE else (-1, -1))
            extras[number].append((form, rng.random(), Item(what, form)))
    plan: Plan = []
    for count, extra in zip(counts, extras, strict=True):
        grants = [(form, -1.0, Item(What.GRANT, form, rng.random() < LOST_SHARE)) for form in range(count)]
        plan.append([item for _, _, item in sorted(grants + extra, key=lambda row: row[:2])])
    return plan


def doubles_of(plan: Plan) -> list[list[int]]:
    """Positions of the forms whose pilgrim has a second one, for each workstation."""
    return [[item.form for item in items if item.what is What.DOUBLE] for items in plan]


def keyed(item: Item, station: Station, forms: Forms) -> tuple[str, int]:
    """The SPPH number and the amount the teller types for an item that posts."""
    own = station.branch.place
    match item.what:
        case What.DOUBLE:
            return forms.doubles[station.number][item.form], AMOUNT_RUPIAH
        case What.PROVINCE:
            return forms.spare[_other(forms, own.provinsi)], AMOUNT_RUPIAH
        case What.UNKNOWN:
            return f"{own.kode}9999999", AMOUNT_RUPIAH
        case What.UNSIGNED:
            return forms.unsigned[own.provinsi], AMOUNT_RUPIAH
        case What.AMOUNT:
            return forms.spare[own.provinsi], WRONG_RUPIAH
        case _:
            return forms.signed[station.number][item.form], AMOUNT_RUPIAH


def _other(forms: Forms, province: str) -> str:
    """A province that is not this one; in a country of one, none but this."""
    return next((code for code in forms.spare if code != province), province)


def fit(plan: Plan, country: Country) -> Plan:
    """The plan without items a country of one province has no place for."""
    if len({branch.place.provinsi for branch in country.branches}) > 1:
        return plan
    return [[item for item in items if item.what is not What.PROVINCE] for items in plan]
