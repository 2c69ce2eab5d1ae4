"""Selesai: everything a bank owes for a day is done, and its day is settled for good.

Dasar: D/163 pasal 7(5), 7(6), 7(7), 7(9).
"""

from __future__ import annotations

from msgspec import Struct

from ledger.books import Books
from ledger.fields import Hari, KodeBank
from ledger.kind import Kind, Role
from ledger.records import Data, Refusal, Stamp
from ledger.rows import Setelmen


class Selesai(Struct, frozen=True, array_like=True, tag="SLH", gc=False):
    """The bank and the day."""

    kode_bank: KodeBank
    hari_konfirmasi: Hari


class SelesaiFacts(Struct, frozen=True, array_like=True, gc=False):
    """What the journal keeps: deposits passed on and their sum, porsi charged for, differences cured."""

    kode_bank: str
    hari_konfirmasi: str
    n_rekaman: int
    nominal_rupiah: int
    n_porsi: int
    n_selisih: int


def decide(books: Books, req: Selesai, stamp: Stamp) -> SelesaiFacts | Refusal:
    """Settle a bank's day.

    Refuses, in this order: SKH8002 unknown bank, SKH6213 another bank, SKH6216 it is settled, SKH6211 something is
    missing: TSB the cut-off, KFT the confirmation, SELISIH a difference is open, PCK a match after the last file,
    cure or cancellation that leaves nothing unexplained, KFT a confirmation anew of what was short (what the bank
    transferred or put right is confirmed, or it is not settled), PLD money not passed on, BYS fee not charged.

    Dasar: D/163 pasal 7(5), 7(6), 7(7), 7(9).
    """
    if (refusal := books.bank_refusal(req.kode_bank, stamp)) is not None:
        return refusal
    day = books.setelmen(req.kode_bank, req.hari_konfirmasi)
    if day is not None and day.seq_selesai:
        return Refusal("SKH6216", {"kode_bank": req.kode_bank, "hari": day.hari, "seq": day.seq_selesai})
    if day is None:
        return Refusal("SKH6211", {"hari": req.hari_konfirmasi, "sebab": "TSB"})
    if sebab := _missing(books, day):
        return Refusal("SKH6211", {"hari": day.hari, "sebab": sebab})
    return SelesaiFacts(day.bank, day.hari, day.n_limpah, day.limpah_rupiah, day.n_biaya, sum(day.n_selisih))


def _missing(books: Books, day: Setelmen) -> str:
    """The first step that is missing, by the code of its kind; "" when nothing is."""
    if not day.seq_kft:
        return "KFT"
    if day.n_terbuka:
        return "SELISIH"
    host, bank, beda, ganda = day.n_selisih
    is_explained = day.n_host <= host and day.n_bank <= bank and day.n_beda <= beda and bool(ganda) >= bool(day.n_ganda)
    if day.seq_pck < max(day.seq_kft, day.seq_ubah) or not is_explained:
        return "PCK"
    if day.n_host or day.n_beda:
        return "KFT"
    if books.dana_jatuh(day.bank, day.hari):
        return "PLD"
    return "" if day.n_biaya == books.porsi_bank(day.bank, day.hari) else "BYS"


def apply(books: Books, facts: SelesaiFacts, stamp: Stamp) -> None:
    """The day stays as it is."""
    books.change_setelmen(facts.kode_bank, facts.hari_konfirmasi, seq_selesai=stamp.seq)


def answer(facts: SelesaiFacts, stamp: Stamp) -> Data:
    """What was settled."""
    return {
        "kode_bank": facts.kode_bank,
        "n_rekaman": facts.n_rekaman,
        "nominal_rupiah": facts.nominal_rupiah,
        "n_selisih": facts.n_selisih,
    }


KIND = Kind(
    "SLH",
    "BANK SELESAI",
    frozenset({Role.BANK, Role.PUSAT}),
    Selesai,
    SelesaiFacts,
    decide,
    apply,
    answer=answer,
)
