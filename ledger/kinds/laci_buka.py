"""Laci buka: a teller opens the cash drawer of his device. From here on what the device takes and pays is counted.

No kind asks for an open drawer. A drawer is a count beside the accounts: nothing is posted, nothing is owed by it.

Dasar: D/163 pasal 7(1), 7(5).
"""

from __future__ import annotations

from msgspec import Struct

from ledger.books import Books
from ledger.fields import Rupiah
from ledger.kind import Kind, Role
from ledger.records import Data, Refusal, Stamp
from ledger.rows import Laci


class LaciBuka(Struct, frozen=True, array_like=True, tag="LBK", gc=False):
    """The cash the drawer starts with."""

    awal_rupiah: Rupiah


class LaciBukaFacts(Struct, frozen=True, array_like=True, gc=False):
    """What the journal keeps; whose drawer, and where, stands in the stamp."""

    awal_rupiah: int


def decide(books: Books, req: LaciBuka, stamp: Stamp) -> LaciBukaFacts | Refusal:
    """Open the drawer of this device. Refuses SKH2302 it is open already.

    Dasar: D/163 pasal 7(1).
    """
    if (laci := books.laci(stamp.perangkat)) is not None:
        return Refusal("SKH2302", {"user": laci.user, "hari": laci.hari})
    return LaciBukaFacts(req.awal_rupiah)


def apply(books: Books, facts: LaciBukaFacts, stamp: Stamp) -> None:
    """The drawer is open."""
    books.open_laci(stamp.perangkat, Laci(stamp.user, stamp.hari, stamp.seq, facts.awal_rupiah))


def answer(facts: LaciBukaFacts, stamp: Stamp) -> Data:
    """The cash it starts with."""
    return {"awal_rupiah": facts.awal_rupiah}


KIND = Kind("LBK", "LACI BUKA", frozenset({Role.TELLER}), LaciBuka, LaciBukaFacts, decide, apply, answer=answer)
