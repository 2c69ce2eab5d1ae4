"""Tutup bank: all branches of a bank have cut off, and its settlement of the day begins (network code 201).

Dasar: D/163 pasal 7(5), 7(6).
"""

from __future__ import annotations

from msgspec import Struct

from ledger.books import Books
from ledger.fields import KodeBank
from ledger.kind import Kind, Role
from ledger.records import Data, Refusal, Stamp


class TutupBank(Struct, frozen=True, array_like=True, tag="TSB", gc=False):
    """The bank that cuts off."""

    kode_bank: KodeBank


class TutupBankFacts(Struct, frozen=True, array_like=True, gc=False):
    """What the journal keeps: deposits of the bank's branches that day, corrections taken off."""

    kode_bank: str
    n_rekaman: int
    nominal_rupiah: int


def decide(books: Books, req: TutupBank, stamp: Stamp) -> TutupBankFacts | Refusal:
    """Cut a bank off.

    Refuses, in this order: SKH8002 unknown bank, SKH6213 another bank, SKH6201 it has cut off, SKH6202 a branch has
    not.

    Dasar: D/163 pasal 7(5), 7(6).
    """
    if (refusal := books.bank_refusal(req.kode_bank, stamp)) is not None:
        return refusal
    day = books.setelmen(req.kode_bank, stamp.hari)
    if day is not None:
        return Refusal("SKH6201", {"hari": day.hari, "seq": day.seq_tutup})
    if still := books.cabang_buka(req.kode_bank):
        return Refusal("SKH6202", {"n": len(still), "cabang": still[0]})
    taken = books.setoran_bank(req.kode_bank, stamp.hari).values()
    return TutupBankFacts(req.kode_bank, sum(n for _, n, _ in taken), sum(nominal for _, _, nominal in taken))


def apply(books: Books, facts: TutupBankFacts, stamp: Stamp) -> None:
    """The bank's evening begins; a branch connected later today takes no deposit today."""
    books.cut_off_bank(facts.kode_bank, stamp)


def answer(facts: TutupBankFacts, stamp: Stamp) -> Data:
    """Deposits of the day and their sum."""
    return {"kode_bank": facts.kode_bank, "n_rekaman": facts.n_rekaman, "nominal_rupiah": facts.nominal_rupiah}


KIND = Kind(
    "TSB",
    "TUTUP SETORAN BANK",
    frozenset({Role.BANK, Role.PUSAT}),
    TutupBank,
    TutupBankFacts,
    decide,
    apply,
    answer=answer,
)
