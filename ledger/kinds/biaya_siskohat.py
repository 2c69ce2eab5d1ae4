"""Biaya siskohat: USD 2.50 for each record that received a porsi, charged to its bank by the day.

Dasar: D/163 pasal 7(7).
"""

from __future__ import annotations

from msgspec import Struct

from ledger.books import Books
from ledger.fields import Hari, KodeBank
from ledger.ketentuan import BIAYA, PIUTANG, USD
from ledger.kind import Kind, Role
from ledger.records import Data, Posting, Refusal, Stamp


class BiayaSiskohat(Struct, frozen=True, array_like=True, tag="BYS", gc=False):
    """The bank and the day to charge."""

    kode_bank: KodeBank
    hari_konfirmasi: Hari


class BiayaSiskohatFacts(Struct, frozen=True, array_like=True, gc=False):
    """What the journal keeps: how many porsi are charged for, and how much, in US cents."""

    kode_bank: str
    hari_konfirmasi: str
    n_porsi: int
    biaya_usd_sen: int


def decide(books: Books, req: BiayaSiskohat, stamp: Stamp) -> BiayaSiskohatFacts | Refusal:
    """Charge the fee of a day.

    Refuses, in this order: SKH8002 unknown bank, SKH6213 another bank, SKH6203 the bank has not cut off that day,
    SKH6227 every porsi of the day is charged.

    Dasar: D/163 pasal 7(7).

    Asumsi: a porsi granted counts for the fee whether or not its deposit was corrected afterwards.
    """
    if (refusal := books.bank_refusal(req.kode_bank, stamp)) is not None:
        return refusal
    day = books.setelmen(req.kode_bank, req.hari_konfirmasi)
    if day is None:
        return Refusal("SKH6203", {"kode_bank": req.kode_bank, "hari": req.hari_konfirmasi})
    n = books.porsi_bank(req.kode_bank, req.hari_konfirmasi) - day.n_biaya
    if not n:
        return Refusal("SKH6227", {"hari": day.hari, "n_porsi": day.n_biaya})
    fee = books.aturan_of(req.hari_konfirmasi).biaya_usd_sen
    return BiayaSiskohatFacts(req.kode_bank, req.hari_konfirmasi, n, n * fee)


def apply(books: Books, facts: BiayaSiskohatFacts, stamp: Stamp) -> None:
    """These porsi are charged for."""
    day = books.setelmen(facts.kode_bank, facts.hari_konfirmasi)
    assert day is not None, "the bank has cut off"
    books.change_setelmen(facts.kode_bank, facts.hari_konfirmasi, n_biaya=day.n_biaya + facts.n_porsi)


def postings(facts: BiayaSiskohatFacts, stamp: Stamp) -> tuple[Posting, ...]:
    """The bank owes the fee."""
    return (
        Posting(PIUTANG, facts.kode_bank, USD, facts.biaya_usd_sen),
        Posting(BIAYA, facts.kode_bank, USD, -facts.biaya_usd_sen),
    )


def answer(facts: BiayaSiskohatFacts, stamp: Stamp) -> Data:
    """For how many, and how much."""
    return {"kode_bank": facts.kode_bank, "n_porsi": facts.n_porsi, "biaya_usd_sen": facts.biaya_usd_sen}


KIND = Kind(
    "BYS",
    "BIAYA SISKOHAT",
    frozenset({Role.BANK, Role.PUSAT}),
    BiayaSiskohat,
    BiayaSiskohatFacts,
    decide,
    apply,
    postings,
    answer,
)
