"""Bank: a BPS BPIH is appointed.

Dasar: D/163 pasal 1(7).
"""

from __future__ import annotations

from msgspec import Struct

from ledger.books import Books
from ledger.fields import KodeBank, Nama, is_tidy
from ledger.kind import Kind, Role
from ledger.records import Refusal, Stamp
from ledger.rows import Bank


class BankBaru(Struct, frozen=True, array_like=True, tag="BNK", gc=False):
    """A bank to appoint."""

    kode_bank: KodeBank
    nama: Nama


class BankFacts(Struct, frozen=True, array_like=True, gc=False):
    """What the journal keeps."""

    kode_bank: str
    nama: str


def decide(books: Books, req: BankBaru, stamp: Stamp) -> BankFacts | Refusal:
    """Appoint a bank.

    Refuses, in this order: SKH1002 unprintable text or code, SKH8001 code already in use.
    """
    if not (req.kode_bank.isascii() and req.kode_bank.isalnum() and is_tidy(req.nama)):
        return Refusal("SKH1002", {})
    if books.bank(req.kode_bank) is not None:
        return Refusal("SKH8001", {"kode_bank": req.kode_bank})
    return BankFacts(req.kode_bank, req.nama)


def apply(books: Books, facts: BankFacts, stamp: Stamp) -> None:
    """The bank is known."""
    books.open_bank(Bank(facts.kode_bank, facts.nama))


KIND = Kind("BNK", "PENETAPAN BPS BPIH", frozenset({Role.PUSAT}), BankBaru, BankFacts, decide, apply, in_day=False)
