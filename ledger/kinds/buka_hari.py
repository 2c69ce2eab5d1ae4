"""Buka hari: a business day is opened. Business days only go forward.

Dasar: D/163 pasal 7(5), 7(6) speak of "hari yang sama"; the day is the host's.
"""

from __future__ import annotations

from msgspec import Struct

from ledger.books import Books
from ledger.fields import Hari
from ledger.ketentuan import HARI_AWAL, aturan_pada, is_tanggal
from ledger.kind import Kind, Role
from ledger.records import Data, Refusal, Stamp


class BukaHari(Struct, frozen=True, array_like=True, tag="BHR", gc=False):
    """The day to open, YYYY-MM-DD."""

    hari_buka: Hari


class BukaHariFacts(Struct, frozen=True, array_like=True, gc=False):
    """What the journal keeps; `aturan` is the rule set that the date picked."""

    hari_buka: str
    aturan: str


def decide(books: Books, req: BukaHari, stamp: Stamp) -> BukaHariFacts | Refusal:
    """Open a business day.

    Refuses, in this order: SKH1003 no such date, SKH6003 not later than the day before, SKH6006 the day before is not
    closed, SKH6004 no complete rule set for that date.
    """
    if not is_tanggal(req.hari_buka):
        return Refusal("SKH1003", {"tanggal": req.hari_buka})
    if req.hari_buka <= books.hari:
        return Refusal("SKH6003", {"hari": books.hari})
    if books.hari not in {HARI_AWAL, books.hari_tutup}:
        return Refusal("SKH6006", {"hari": books.hari})
    aturan = aturan_pada(req.hari_buka)
    if aturan is None or not aturan.lengkap:
        return Refusal("SKH6004", {"hari": req.hari_buka})
    return BukaHariFacts(req.hari_buka, aturan.id)


def apply(books: Books, facts: BukaHariFacts, stamp: Stamp) -> None:
    """The day is open."""
    books.open_hari(facts.hari_buka)


def answer(facts: BukaHariFacts, stamp: Stamp) -> Data:
    """The day and its rule set."""
    return {"hari": facts.hari_buka, "aturan": facts.aturan}


KIND = Kind(
    "BHR",
    "BUKA HARI",
    frozenset({Role.PUSAT}),
    BukaHari,
    BukaHariFacts,
    decide,
    apply,
    answer=answer,
    in_day=False,
)
