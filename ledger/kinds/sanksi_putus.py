"""Sanksi putus: the directorate decides on a proposed sanction, two of its people signing.

DENDA: the bank owes the fine. CABUT: the user ID of the branch is to be revoked, which `status_user_id` does.
TOLAK: no sanction.

Dasar: D/163 pasal 9.
"""

from __future__ import annotations

from msgspec import Struct

from ledger.books import USUL, Books
from ledger.fields import PUTUSAN, NomorSanksi, Teks16, Teks60, is_one_of, is_tidy
from ledger.ketentuan import DENDA, IDR, PIUTANG
from ledger.kind import Kind, Role
from ledger.records import Data, Posting, Refusal, Stamp


class SanksiPutus(Struct, frozen=True, array_like=True, tag="SNP", gc=False):
    """The proposal, the decision and why."""

    nomor_sanksi: NomorSanksi
    putusan: Teks16
    alasan: Teks60


class SanksiPutusFacts(Struct, frozen=True, array_like=True, gc=False):
    """What the journal keeps; `denda_rupiah` is 0 unless the decision is DENDA, `seq_usul` the proposal's entry."""

    nomor_sanksi: str
    putusan: str
    kode_bank: str
    kode_cabang: str
    nomor_porsi: str
    denda_rupiah: int
    seq_usul: int
    alasan: str


def decide(books: Books, req: SanksiPutus, stamp: Stamp) -> SanksiPutusFacts | Refusal:
    """Decide on a sanction.

    Refuses, in this order: SKH1002 no or unprintable reason, SKH1001 unknown decision, SKH6224 unknown sanction,
    SKH6225 it is decided.

    Dasar: D/163 pasal 9.
    """
    if not is_tidy(req.alasan):
        return Refusal("SKH1002", {})
    if not is_one_of(req.putusan, PUTUSAN):
        return Refusal("SKH1001", {"field": "putusan", "sebab": req.putusan})
    row = books.sanksi(req.nomor_sanksi)
    if row is None:
        return Refusal("SKH6224", {"nomor_sanksi": req.nomor_sanksi})
    if row.status != USUL:
        return Refusal("SKH6225", {"nomor_sanksi": row.nomor, "putusan": row.status, "seq": row.seq_putus})
    return SanksiPutusFacts(
        row.nomor,
        req.putusan,
        row.bank,
        row.cabang,
        row.nomor_porsi,
        row.denda_rupiah if req.putusan == DENDA else 0,
        row.seq,
        req.alasan,
    )


def apply(books: Books, facts: SanksiPutusFacts, stamp: Stamp) -> None:
    """The sanction is decided."""
    books.decide_sanksi(facts.nomor_sanksi, facts.putusan, stamp.seq)


def postings(facts: SanksiPutusFacts, stamp: Stamp) -> tuple[Posting, ...]:
    """The bank owes the fine."""
    if not facts.denda_rupiah:
        return ()
    return (
        Posting(PIUTANG, facts.kode_bank, IDR, facts.denda_rupiah),
        Posting(DENDA, facts.nomor_porsi, IDR, -facts.denda_rupiah),
    )


def answer(facts: SanksiPutusFacts, stamp: Stamp) -> Data:
    """The decision and the fine."""
    return {"nomor_sanksi": facts.nomor_sanksi, "putusan": facts.putusan, "denda_rupiah": facts.denda_rupiah}


KIND = Kind(
    "SNP",
    "PUTUSAN SANKSI",
    frozenset({Role.PUSAT}),
    SanksiPutus,
    SanksiPutusFacts,
    decide,
    apply,
    postings,
    answer,
    approvers=frozenset({Role.PUSAT}),
)
