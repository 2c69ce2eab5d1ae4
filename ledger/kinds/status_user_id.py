"""Status user ID: a branch's right to post is blocked, given back, or revoked for good.

AKTIF -> DIBLOKIR -> AKTIF, and either -> DICABUT, which is final. Posting stops at the entry that says so;
inquiries, reprints and the closing of a drawer go on (`Kind.when_stopped`), or the day could not be settled. Two
operators of the centre sign: one alone could silence a bank.

Dasar: D/163 pasal 9; PMA 13/2021 pasal 4.
"""

from __future__ import annotations

from msgspec import Struct

from ledger.books import AKTIF, DEPARTEMEN, DIBLOKIR, DICABUT, PUSAT, Books
from ledger.fields import KodeBank, KodeCabang, Teks16, Teks60, is_tidy
from ledger.kind import Kind, Role
from ledger.records import Refusal, Stamp


class StatusUserId(Struct, frozen=True, array_like=True, tag="UID", gc=False):
    """The state a branch's user ID shall have, and why."""

    kode_bank: KodeBank
    kode_cabang: KodeCabang
    status: Teks16
    alasan: Teks60


class StatusUserIdFacts(Struct, frozen=True, array_like=True, gc=False):
    """What the journal keeps."""

    kode_bank: str
    kode_cabang: str
    status_lama: str
    status: str
    alasan: str


def decide(books: Books, req: StatusUserId, stamp: Stamp) -> StatusUserIdFacts | Refusal:
    """Change the state of a branch's user ID.

    Refuses, in this order: SKH1002 no or unprintable reason, SKH8010 unknown state, SKH8014 the centre itself, which
    nobody could give back, SKH8005 unknown branch, SKH8011 already revoked, SKH8012 already in that state.
    """
    if not is_tidy(req.alasan):
        return Refusal("SKH1002", {})
    if req.status not in (AKTIF, DIBLOKIR, DICABUT):
        return Refusal("SKH8010", {"status": req.status})
    if (req.kode_bank, req.kode_cabang) == (DEPARTEMEN, PUSAT):
        return Refusal("SKH8014", {})
    cabang = books.cabang(f"{req.kode_bank}/{req.kode_cabang}")
    if cabang is None:
        return Refusal("SKH8005", {"kode_bank": req.kode_bank, "kode_cabang": req.kode_cabang})
    if cabang.status == DICABUT:
        return Refusal("SKH8011", {"kode_bank": req.kode_bank, "kode_cabang": req.kode_cabang})
    if cabang.status == req.status:
        return Refusal("SKH8012", {"status": req.status})
    return StatusUserIdFacts(req.kode_bank, req.kode_cabang, cabang.status, req.status, req.alasan)


def apply(books: Books, facts: StatusUserIdFacts, stamp: Stamp) -> None:
    """The state holds from this entry on."""
    books.set_status_cabang(f"{facts.kode_bank}/{facts.kode_cabang}", facts.status)


KIND = Kind(
    "UID",
    "STATUS USER ID CABANG",
    frozenset({Role.PUSAT}),
    StatusUserId,
    StatusUserIdFacts,
    decide,
    apply,
    in_day=False,
    approvers=frozenset({Role.PUSAT}),
)
