"""What an evening stands on: a ledger as its opening day left it, founded a moment ago or kept from another run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.country import Bank, office_of
from bench.founding import HARI, KANTOR_PUSAT, OPERATOR, OPERATOR_2, head_office
from ledger.errors import LedgerError
from ledger.kind import Role
from ledger.records import Origin, origin_of

if TYPE_CHECKING:
    from ledger.books import Books
    from ledger.store import Store
    from ledger.wilayah import KabKota

LEDGER = "ledger"
"""The ledger's directory below that of a run."""


class Unfit(Exception):
    """No evening of ours can follow on this ledger; `str` says why."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A ledger directory and who confirms there: every bank that took deposits, with the two of its head office.

    `places` is where each branch (bank/cabang) stands.
    """

    data: Path
    heads: dict[str, tuple[Origin, Origin]]
    places: dict[str, KabKota]


def ground_of(data: Path) -> Ground:
    """The ground of an evening. Raises Unfit, naming what is missing or what has already been done."""
    with _opened(data) as store:
        return _read(data, store)


@contextmanager
def _opened(data: Path) -> Iterator[Store]:
    from ledger.store import Store  # noqa: PLC0415  loads LMDB, which planning does without

    if not (data / "journal").is_dir():
        raise Unfit(f"{data} is no ledger")
    try:
        store = Store.open(data)
    except LedgerError as error:
        raise Unfit(f"{data} cannot be opened: {error}") from error
    try:
        yield store
    finally:
        store.close()


def _read(data: Path, store: Store) -> Ground:
    from ledger.wilayah import KAB_KOTA  # noqa: PLC0415  reads tables, which planning does without

    books = store.books
    _check_day(books, is_made_up=bool(getattr(store.opening.facts, "demo", False)))
    banks = books.bank_menyetor(HARI)
    if not banks:
        raise Unfit(f"nobody deposited on {HARI}")
    heads = {kode: head_office(Bank(kode, "", 0.0)) for kode in banks}
    for origin, peran in [(OPERATOR, Role.PUSAT), (OPERATOR_2, Role.PUSAT)] + [
        (origin, Role.BANK) for pair in heads.values() for origin in pair
    ]:
        profile = books.pengguna(origin.user)
        is_there = profile is not None and (profile.peran, profile.bank, profile.cabang) == (
            peran,
            origin.bank,
            origin.cabang,
        )
        if not (is_there and books.is_perangkat(origin.perangkat)):
            raise Unfit(f"nobody is {origin.user} with role {peran} at {origin.perangkat}: not founded by this command")
    places = {
        f"{row.bank}/{row.cabang}": KAB_KOTA[row.kab_kota]
        for bank in banks
        for row in books.cabang_bank(bank)
        if row.cabang != KANTOR_PUSAT
    }
    return Ground(data, heads, places)


def _check_day(books: Books, *, is_made_up: bool) -> None:
    if not is_made_up:
        raise Unfit("it is a real ledger, and its clock cannot be set to an evening")
    if books.hari != HARI:
        raise Unfit(f"its open day is {books.hari}, not {HARI}")
    if books.hari_tutup == HARI:
        raise Unfit(f"{HARI} is closed: its evening is over")
    begun = [row.bank for row in books.setelmen_hari(HARI)]
    if begun:
        raise Unfit(f"the evening of {HARI} has begun: cut off are {', '.join(begun)}")


def teller_of(bank: str, cabang: str, device: str) -> Origin:
    """Who works at a workstation, by the founding's way of naming users."""
    return origin_of(bank, cabang, device, f"T{bank}{cabang}{device[2:]}")


def supervisor_of(bank: str, cabang: str) -> str:
    """Who signs as second person at a branch, by the same."""
    return f"V{bank}{cabang}"


def workers_at(ground: Ground, bank: str, cabang: str, device: str) -> list[str]:
    """Users without whom a difference of this workstation could not be cured: its teller and his supervisor, and the
    two who issue a form there.
    """
    office = office_of(ground.places[f"{bank}/{cabang}"].kode)
    teller = teller_of(bank, cabang, device)
    return [teller.user, supervisor_of(bank, cabang), office.petugas.user, office.pejabat.user]
