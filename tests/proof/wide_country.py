"""A day that is worked in many provinces: its close is more than a page of LMDB takes beside other rows.

An entry or a row of more than half a page goes to pages of its own (overflow). The close of a day is the largest thing
this ledger writes: a total for each kind, bank and province, and a line for each office whose count differs.
"""

from __future__ import annotations

from collections.abc import Iterator

from ledger.engine import Asked
from ledger.kinds.bank import BankBaru
from ledger.kinds.cabang import CabangBaru
from ledger.kinds.kandepag import KandepagBaru
from ledger.kinds.laci_buka import LaciBuka
from ledger.kinds.laci_tutup import LaciTutup
from ledger.kinds.pengguna import PenggunaBaru
from ledger.kinds.perangkat import PerangkatBaru
from ledger.kinds.silang_kandepag import SilangKandepag
from ledger.kinds.spph_sah import SpphSah
from ledger.wilayah import KAB_KOTA, PROVINSI
from tests.ledger_fixtures import CENTRE, OFFICES, Desk, branch, form, nik_of, office

BANK = "014"
"""Takes no deposits here, so that it need not be settled before the day is closed."""
PLACES = [
    next(place for place in KAB_KOTA.values() if place.provinsi == kode and place.kode not in OFFICES)
    for kode in list(PROVINSI)[:27]
]
"""A regency of each of these provinces, without an office so far: as many as it takes, for each is judged often."""


def founding(desk: Desk) -> Iterator[Asked]:
    """An office and a branch in each of them."""
    yield desk.ask(*CENTRE, BankBaru(BANK, "BANK LUAS"))
    for kode, tapak in zip((place.kode for place in PLACES), _tapak(), strict=True):
        cabang = tapak[4:]
        for request in (
            KandepagBaru(kode),
            PerangkatBaru("DEP", kode, "K1"),
            PenggunaBaru("P" + kode, "PETUGAS", "DEP", kode),
            PenggunaBaru("S" + kode, "PEJABAT", "DEP", kode),
            CabangBaru(BANK, cabang, "CABANG " + cabang, kode),
            PerangkatBaru(BANK, cabang, "T1"),
            PenggunaBaru("T" + cabang, "TELLER", BANK, cabang),
        ):
            yield desk.ask(*CENTRE, request)


def day(desk: Desk) -> Iterator[Asked]:
    """In each a form and its signature, a drawer opened and closed, and a number that is not the host's."""
    for person, (place, tapak) in enumerate(zip(PLACES, _tapak(), strict=True), 1):
        officer, official, teller = office(place.kode), office(place.kode, signer=True), branch(tapak)
        yield desk.ask(*officer, form(nik=nik_of(person, place.kode)))
        yield desk.ask(*official, SpphSah(f"{place.kode}0000001"))
        yield desk.ask(*official, SilangKandepag(place.kode, desk.hari, person))
        yield desk.ask(*teller, LaciBuka(0))
        yield desk.ask(*teller, LaciTutup(0, 0, 0, 0, 0, 0, 0, person))


def _tapak() -> Iterator[str]:
    return (f"{BANK}/{number:04d}" for number in range(1_001, 1_001 + len(PLACES)))
