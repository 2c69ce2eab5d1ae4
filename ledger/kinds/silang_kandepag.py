"""Silang Kandepag: an office says on how many of the forms it signed a deposit was taken on a day.

The host holds it against its own count by the pilgrim's regency: in each bank's report, in the day's status and in the
close of the day. The last number said counts.

Dasar: D/163 pasal 7(8).
"""

from __future__ import annotations

from msgspec import Struct

from ledger.books import Books
from ledger.fields import Cacah, Hari, KabKota
from ledger.ketentuan import is_tanggal
from ledger.kind import Kind, Role
from ledger.records import Data, Refusal, Stamp


class SilangKandepag(Struct, frozen=True, array_like=True, tag="SLK", gc=False):
    """The office, the day, and its number of pilgrims."""

    kab_kota: KabKota
    hari_konfirmasi: Hari
    n_kandepag: Cacah


class SilangKandepagFacts(Struct, frozen=True, array_like=True, gc=False):
    """What the journal keeps."""

    kab_kota: str
    hari_konfirmasi: str
    n_kandepag: int


def decide(books: Books, req: SilangKandepag, stamp: Stamp) -> SilangKandepagFacts | Refusal:
    """Keep an office's number.

    Refuses, in this order: SKH6213 another office, SKH1003 no such date, or one to come, SKH6229 it said so before.

    Dasar: D/163 pasal 7(8).
    """
    if req.kab_kota != stamp.cabang:
        return Refusal("SKH6213", {"milik": f"{stamp.bank}/{req.kab_kota}", "user": stamp.user})
    if not is_tanggal(req.hari_konfirmasi) or req.hari_konfirmasi > stamp.hari:
        return Refusal("SKH1003", {"tanggal": req.hari_konfirmasi})
    said = books.silang(req.kab_kota, req.hari_konfirmasi)
    if said.seq and said.n_kandepag == req.n_kandepag:
        return Refusal("SKH6229", {"hari": req.hari_konfirmasi, "seq": said.seq})
    return SilangKandepagFacts(req.kab_kota, req.hari_konfirmasi, req.n_kandepag)


def apply(books: Books, facts: SilangKandepagFacts, stamp: Stamp) -> None:
    """The office has said its number."""
    books.note_silang(facts.kab_kota, facts.hari_konfirmasi, facts.n_kandepag, stamp.seq)


def answer(facts: SilangKandepagFacts, stamp: Stamp) -> Data:
    """The number."""
    return {"kab_kota": facts.kab_kota, "n_kandepag": facts.n_kandepag}


KIND = Kind(
    "SLK",
    "SILANG KANDEPAG",
    frozenset({Role.PEJABAT}),
    SilangKandepag,
    SilangKandepagFacts,
    decide,
    apply,
    answer=answer,
)
