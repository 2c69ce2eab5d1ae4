"""Sanksi usul: the directorate's office proposes the fine of pasal 9 for one pilgrim record.

A proposal is no fine: `sanksi_putus` decides. One record is fined once for its day, whatever it breaks.

Dasar: D/163 pasal 9.
"""

from __future__ import annotations

from msgspec import Struct

from ledger.books import BATAL, HOST_ONLY, TERBUKA, USUL, Books
from ledger.fields import NomorSelisih, Teks60, is_tidy
from ledger.kind import Kind, Role
from ledger.records import Data, Refusal, Stamp
from ledger.rows import Sanksi, Selisih


class SanksiUsul(Struct, frozen=True, array_like=True, tag="SNU", gc=False):
    """The difference, and why it is a breach."""

    nomor_selisih: NomorSelisih
    alasan: Teks60


class SanksiUsulFacts(Struct, frozen=True, array_like=True, gc=False):
    """What the journal keeps: the record, by bank, branch, day and porsi, and the fine that is proposed."""

    nomor_sanksi: str
    nomor_selisih: str
    kode_bank: str
    kode_cabang: str
    hari_konfirmasi: str
    nomor_porsi: str
    denda_rupiah: int
    alasan: str


def decide(books: Books, req: SanksiUsul, stamp: Stamp) -> SanksiUsulFacts | Refusal:
    """Propose a fine.

    Refuses, in this order: SKH1002 no or unprintable reason, SKH6219 unknown difference, SKH6223 it is no record
    that lacks its deposit, and neither open beyond its day, SKH6208 one is proposed for that record and day.

    Dasar: D/163 pasal 9: Rp 10,000,000 per pilgrim record.

    Asumsi: a record that breaks several rules on one day is fined once; a deposit without a porsi is no pilgrim
    record.
    """
    if not is_tidy(req.alasan):
        return Refusal("SKH1002", {})
    item = books.selisih(req.nomor_selisih)
    if item is None:
        return Refusal("SKH6219", {"nomor_selisih": req.nomor_selisih})
    if not _is_breach(books, item):
        return Refusal("SKH6223", {"nomor_selisih": item.nomor, "kelas": item.kelas, "status": item.status})
    if (nomor := books.sanksi_rekaman(item.hari, item.nomor_porsi)) is not None:
        return Refusal("SKH6208", {"nomor_sanksi": nomor})
    return SanksiUsulFacts(
        books.sanksi_next(),
        item.nomor,
        item.bank,
        item.cabang,
        item.hari,
        item.nomor_porsi,
        books.aturan_of(item.hari).denda_rupiah,
        req.alasan,
    )


def _is_breach(books: Books, item: Selisih) -> bool:
    """A porsi without a deposit, open or cancelled by the centre; or any record still open after its day."""
    calon = books.calon(item.nomor_porsi)
    if calon is None or calon.bank != item.bank:
        return False
    if item.kelas == HOST_ONLY and (item.status == TERBUKA or item.cara == BATAL):
        return True
    return item.status == TERBUKA and item.hari < books.hari


def apply(books: Books, facts: SanksiUsulFacts, stamp: Stamp) -> None:
    """The proposal waits for its decision."""
    books.open_sanksi(
        Sanksi(
            facts.nomor_sanksi,
            facts.nomor_selisih,
            facts.kode_bank,
            facts.kode_cabang,
            facts.hari_konfirmasi,
            facts.nomor_porsi,
            facts.denda_rupiah,
            USUL,
            stamp.seq,
        )
    )


def answer(facts: SanksiUsulFacts, stamp: Stamp) -> Data:
    """Its number and the fine."""
    return {"nomor_sanksi": facts.nomor_sanksi, "denda_rupiah": facts.denda_rupiah}


KIND = Kind(
    "SNU",
    "USUL SANKSI",
    frozenset({Role.PUSAT}),
    SanksiUsul,
    SanksiUsulFacts,
    decide,
    apply,
    answer=answer,
)
