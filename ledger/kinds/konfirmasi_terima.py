"""Konfirmasi terima: a bank's confirmation file for a day and a kind was checked and taken in.

The records themselves stay in the file, which the host keeps; this entry says which file it was (its SHA-256), what
it adds up to, and whether it replaces what the bank sent before (GANTI) or adds to it (TAMBAH).

Dasar: D/163 pasal 7(6).
"""

from __future__ import annotations

from msgspec import Struct

from ledger.books import Books
from ledger.fields import (
    CARA_BERKAS,
    JENIS_KONFIRMASI,
    Cacah,
    Hari,
    KodeBank,
    Rupiah,
    Sidik,
    Teks16,
    Teks60,
    is_hex,
    is_one_of,
    is_printable,
    is_tidy,
)
from ledger.ketentuan import IDR
from ledger.kind import Kind, Role
from ledger.records import Data, Refusal, Stamp


class KonfirmasiTerima(Struct, frozen=True, array_like=True, tag="KFT", gc=False):
    """The file: whose, for which day and kind, in which form, and what it adds up to. `penanda` names the key that
    signed it, or is empty.
    """

    kode_bank: KodeBank
    hari_konfirmasi: Hari
    jenis: Teks16
    bentuk: Teks16
    sidik_berkas: Sidik
    n_rekaman: Cacah
    nominal_rupiah: Rupiah
    mata_uang: Teks16
    cara: Teks16
    penanda: Teks60


class KonfirmasiTerimaFacts(Struct, frozen=True, array_like=True, gc=False):
    """What the journal keeps."""

    kode_bank: str
    hari_konfirmasi: str
    jenis: str
    bentuk: str
    sidik_berkas: str
    n_rekaman: int
    nominal_rupiah: int
    mata_uang: str
    cara: str
    penanda: str


def decide(books: Books, req: KonfirmasiTerima, stamp: Stamp) -> KonfirmasiTerimaFacts | Refusal:
    """Take a confirmation in.

    Refuses, in this order: SKH1002 unprintable text, SKH1001 a code that is none of its list or a malformed SHA-256,
    SKH8002 unknown bank, SKH6213 another bank, SKH6203 the bank has not cut off that day, SKH6216 its day is settled,
    SKH6204 the same file was taken in before.

    Dasar: D/163 pasal 7(6).
    """
    if not (is_tidy(req.bentuk) and is_printable(req.penanda)):
        return Refusal("SKH1002", {})
    for name, sebab, holds in (
        ("jenis", req.jenis, is_one_of(req.jenis, JENIS_KONFIRMASI)),
        ("sidik_berkas", "SHA-256", is_hex(req.sidik_berkas)),
        ("mata_uang", req.mata_uang, req.mata_uang == IDR),
        ("cara", req.cara, is_one_of(req.cara, CARA_BERKAS)),
    ):
        if not holds:
            return Refusal("SKH1001", {"field": name, "sebab": sebab})
    if (refusal := books.bank_refusal(req.kode_bank, stamp)) is not None:
        return refusal
    day = books.setelmen(req.kode_bank, req.hari_konfirmasi)
    if day is None:
        return Refusal("SKH6203", {"kode_bank": req.kode_bank, "hari": req.hari_konfirmasi})
    if day.seq_selesai:
        return Refusal("SKH6216", {"kode_bank": req.kode_bank, "hari": day.hari, "seq": day.seq_selesai})
    if (seq := books.berkas(req.kode_bank, req.hari_konfirmasi, req.sidik_berkas)) is not None:
        return Refusal("SKH6204", {"hari": day.hari, "seq": seq})
    return KonfirmasiTerimaFacts(
        req.kode_bank,
        req.hari_konfirmasi,
        req.jenis,
        req.bentuk,
        req.sidik_berkas,
        req.n_rekaman,
        req.nominal_rupiah,
        req.mata_uang,
        req.cara,
        req.penanda,
    )


def apply(books: Books, facts: KonfirmasiTerimaFacts, stamp: Stamp) -> None:
    """The file counts, and has to be matched."""
    books.take_berkas(facts.kode_bank, facts.hari_konfirmasi, facts.sidik_berkas, stamp.seq)


def answer(facts: KonfirmasiTerimaFacts, stamp: Stamp) -> Data:
    """What was taken in."""
    return {"kode_bank": facts.kode_bank, "n_rekaman": facts.n_rekaman, "nominal_rupiah": facts.nominal_rupiah}


KIND = Kind(
    "KFT",
    "KONFIRMASI TERIMA",
    frozenset({Role.BANK, Role.PUSAT}),
    KonfirmasiTerima,
    KonfirmasiTerimaFacts,
    decide,
    apply,
    answer=answer,
)
