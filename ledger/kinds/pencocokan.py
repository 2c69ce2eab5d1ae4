"""Pencocokan: a bank's confirmations were matched with the journal record by record; what came out.

Totals that agree prove nothing. Each difference the match found is an entry of its own (`selisih`).

Dasar: D/163 pasal 7(6), 7(9).
"""

from __future__ import annotations

from msgspec import Struct

from ledger.books import Books
from ledger.fields import Cacah, Hari, KodeBank, Sidik, is_hex
from ledger.kind import Kind, Role
from ledger.records import Data, Refusal, Stamp


class Pencocokan(Struct, frozen=True, array_like=True, tag="PCK", gc=False):
    """Records that agree, that only the host has, only the bank has, that differ and that the bank has twice;
    `sidik_hasil` is the SHA-256 of the result.
    """

    kode_bank: KodeBank
    hari_konfirmasi: Hari
    n_cocok: Cacah
    n_host: Cacah
    n_bank: Cacah
    n_beda: Cacah
    n_ganda: Cacah
    sidik_hasil: Sidik


class PencocokanFacts(Struct, frozen=True, array_like=True, gc=False):
    """What the journal keeps."""

    kode_bank: str
    hari_konfirmasi: str
    n_cocok: int
    n_host: int
    n_bank: int
    n_beda: int
    n_ganda: int
    sidik_hasil: str


def decide(books: Books, req: Pencocokan, stamp: Stamp) -> PencocokanFacts | Refusal:
    """Keep the result of a match.

    Refuses, in this order: SKH1001 malformed SHA-256, SKH8002 unknown bank, SKH6213 another bank, SKH6205 no
    confirmation of that day, SKH6216 its day is settled, SKH6217 this very result is the last one and nothing has
    changed since.

    Dasar: D/163 pasal 7(6), 7(9).
    """
    if not is_hex(req.sidik_hasil):
        return Refusal("SKH1001", {"field": "sidik_hasil", "sebab": "SHA-256"})
    if (refusal := books.bank_refusal(req.kode_bank, stamp)) is not None:
        return refusal
    day = books.setelmen(req.kode_bank, req.hari_konfirmasi)
    if day is None or not day.seq_kft:
        return Refusal("SKH6205", {"kode_bank": req.kode_bank, "hari": req.hari_konfirmasi})
    if day.seq_selesai:
        return Refusal("SKH6216", {"kode_bank": req.kode_bank, "hari": day.hari, "seq": day.seq_selesai})
    if day.sidik_hasil == req.sidik_hasil and day.seq_pck > max(day.seq_kft, day.seq_ubah):
        return Refusal("SKH6217", {"hari": day.hari, "seq": day.seq_pck})
    return PencocokanFacts(
        req.kode_bank,
        req.hari_konfirmasi,
        req.n_cocok,
        req.n_host,
        req.n_bank,
        req.n_beda,
        req.n_ganda,
        req.sidik_hasil,
    )


def apply(books: Books, facts: PencocokanFacts, stamp: Stamp) -> None:
    """It is the match that counts."""
    books.change_setelmen(
        facts.kode_bank,
        facts.hari_konfirmasi,
        seq_pck=stamp.seq,
        sidik_hasil=facts.sidik_hasil,
        n_cocok=facts.n_cocok,
        n_host=facts.n_host,
        n_bank=facts.n_bank,
        n_beda=facts.n_beda,
        n_ganda=facts.n_ganda,
    )


def answer(facts: PencocokanFacts, stamp: Stamp) -> Data:
    """Records that agree and records that do not."""
    return {
        "kode_bank": facts.kode_bank,
        "n_cocok": facts.n_cocok,
        "n_selisih": facts.n_host + facts.n_bank + facts.n_beda + facts.n_ganda,
    }


KIND = Kind(
    "PCK",
    "PENCOCOKAN",
    frozenset({Role.BANK, Role.PUSAT}),
    Pencocokan,
    PencocokanFacts,
    decide,
    apply,
    answer=answer,
)
