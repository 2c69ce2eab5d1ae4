"""Cetak ulang: a bukti setor is printed again, numbered, and the copy says so.

The copy itself is made by the host from the deposit's own entry (`InquiryCetak`); this entry is what makes it
number `duplikat`. A branch that may not post any more still prints: its pilgrims need their receipts.

Dasar: D/163 pasal 1(13), 7(3), 8(3).
"""

from __future__ import annotations

from msgspec import Struct

from ledger.books import BATAL, Books
from ledger.fields import NomorPorsi, Teks60, is_tidy
from ledger.kind import Kind, Role
from ledger.records import Data, Refusal, Stamp


class CetakUlang(Struct, frozen=True, array_like=True, tag="CTK", gc=False):
    """The porsi whose receipt is wanted again, and why."""

    nomor_porsi: NomorPorsi
    alasan: Teks60


class CetakUlangFacts(Struct, frozen=True, array_like=True, gc=False):
    """What the journal keeps; `duplikat` counts the reprints of one porsi from 1."""

    nomor_porsi: str
    duplikat: int
    alasan: str


def decide(books: Books, req: CetakUlang, stamp: Stamp) -> CetakUlangFacts | Refusal:
    """Number a reprint.

    Refuses, in this order: SKH1002 no or unprintable reason, SKH2201 unknown porsi, SKH2202 another branch took the
    deposit, SKH2203 the porsi is BATAL.

    Dasar: D/163 pasal 8(3).

    Asumsi: the receipt of a corrected deposit is not printed again.
    """
    if not is_tidy(req.alasan):
        return Refusal("SKH1002", {})
    calon = books.calon(req.nomor_porsi)
    if calon is None:
        return Refusal("SKH2201", {"nomor_porsi": req.nomor_porsi})
    if (calon.bank, calon.cabang) != (stamp.bank, stamp.cabang):
        return Refusal("SKH2202", {"nomor_porsi": req.nomor_porsi, "bank": calon.bank, "cabang": calon.cabang})
    if calon.status == BATAL:
        return Refusal("SKH2203", {"nomor_porsi": req.nomor_porsi, "seq_batal": calon.seq_batal})
    return CetakUlangFacts(req.nomor_porsi, books.duplikat(req.nomor_porsi) + 1, req.alasan)


def apply(books: Books, facts: CetakUlangFacts, stamp: Stamp) -> None:
    """One more copy exists."""
    books.count_cetak(facts.nomor_porsi, facts.duplikat, stamp.seq)


def answer(facts: CetakUlangFacts, stamp: Stamp) -> Data:
    """The porsi and the number of the copy."""
    return {"nomor_porsi": facts.nomor_porsi, "duplikat": facts.duplikat}


KIND = Kind(
    "CTK",
    "CETAK ULANG BUKTI SETOR",
    frozenset({Role.TELLER, Role.PENYELIA}),
    CetakUlang,
    CetakUlangFacts,
    decide,
    apply,
    answer=answer,
    when_stopped=True,
)
