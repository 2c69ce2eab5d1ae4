"""Pelimpahan dana: a bank passes the tabungan of a day on to the Minister's account, the same day.

It passes on all that is due: the live deposits of the day, less what it passed on before, less those in open
HOST_ONLY differences, for which it has no money. These follow by another such entry once they are cured.

Dasar: D/163 pasal 7(5).
"""

from __future__ import annotations

from msgspec import Struct

from ledger.books import Books
from ledger.fields import Cacah, Hari, KodeBank, Rupiah, Teks60, is_tidy
from ledger.ketentuan import IDR, KLIRING, MENTERI
from ledger.kind import Kind, Role
from ledger.records import Data, Posting, Refusal, Stamp


class PelimpahanDana(Struct, frozen=True, array_like=True, tag="PLD", gc=False):
    """Whose money, of which day, how much for how many deposits, and the bank's own number of the transfer."""

    kode_bank: KodeBank
    hari_konfirmasi: Hari
    nominal_rupiah: Rupiah
    n_rekaman: Cacah
    rujukan: Teks60


class PelimpahanDanaFacts(Struct, frozen=True, array_like=True, gc=False):
    """What the journal keeps; `cabang` says of each branch how many deposits and how much."""

    kode_bank: str
    hari_konfirmasi: str
    nominal_rupiah: int
    n_rekaman: int
    rujukan: str
    cabang: tuple[tuple[str, int, int], ...]


def decide(books: Books, req: PelimpahanDana, stamp: Stamp) -> PelimpahanDanaFacts | Refusal:
    """Pass money on.

    Refuses, in this order: SKH1002 no or unprintable reference, SKH8002 unknown bank, SKH6213 another bank, SKH6203
    the bank has not cut off that day, SKH6209 not what is due.

    Dasar: D/163 pasal 7(5).

    Asumsi: a bank passes on what it has; a deposit that only the host knows follows when the bank has put it up.
    """
    if not is_tidy(req.rujukan):
        return Refusal("SKH1002", {})
    if (refusal := books.bank_refusal(req.kode_bank, stamp)) is not None:
        return refusal
    if books.setelmen(req.kode_bank, req.hari_konfirmasi) is None:
        return Refusal("SKH6203", {"kode_bank": req.kode_bank, "hari": req.hari_konfirmasi})
    due = books.dana_jatuh(req.kode_bank, req.hari_konfirmasi)
    n, nominal = sum(n for _, n, _ in due), sum(nominal for _, _, nominal in due)
    if not due or (req.n_rekaman, req.nominal_rupiah) != (n, nominal):
        return Refusal("SKH6209", {"n_rekaman": n, "nominal_rupiah": nominal})
    return PelimpahanDanaFacts(req.kode_bank, req.hari_konfirmasi, nominal, n, req.rujukan, due)


def apply(books: Books, facts: PelimpahanDanaFacts, stamp: Stamp) -> None:
    """The branches owe it no more."""
    books.pass_on(facts.kode_bank, facts.hari_konfirmasi, facts.cabang)


def postings(facts: PelimpahanDanaFacts, stamp: Stamp) -> tuple[Posting, ...]:
    """The Minister's account at the bank has it; each branch is relieved of its own."""
    return (
        Posting(MENTERI, facts.kode_bank, IDR, facts.nominal_rupiah),
        *(Posting(KLIRING, f"{facts.kode_bank}/{cabang}", IDR, -nominal) for cabang, _, nominal in facts.cabang),
    )


def answer(facts: PelimpahanDanaFacts, stamp: Stamp) -> Data:
    """How much, for how many."""
    return {"kode_bank": facts.kode_bank, "n_rekaman": facts.n_rekaman, "nominal_rupiah": facts.nominal_rupiah}


KIND = Kind(
    "PLD",
    "PELIMPAHAN DANA",
    frozenset({Role.BANK}),
    PelimpahanDana,
    PelimpahanDanaFacts,
    decide,
    apply,
    postings,
    answer,
    approvers=frozenset({Role.BANK}),
)
