"""Selisih: one difference between host and bank gets a number and an owner, and stays open until it is cured.

HOST_ONLY: a porsi without the bank's deposit. BANK_ONLY: the bank's deposit without a porsi. DIFF: both have it, and
disagree. DUPLICATE: the bank has it twice. A BANK_ONLY without a porsi is the branch's to cure, for only its own
terminal can repeat the request; everything else is the bank's.

Dasar: D/163 pasal 7(6), 7(9).
"""

from __future__ import annotations

from msgspec import Struct

from ledger.books import BANK_ONLY, BERPORSI, DIFF, HOST_ONLY, TERBUKA, ULANG, Books, kunci_selisih
from ledger.fields import (
    KELAS_SELISIH,
    Hari,
    KodeBank,
    KodeCabang,
    Rupiah,
    StanAtauNol,
    Teks16,
    Urut,
    is_one_of,
    is_printable,
)
from ledger.kind import Kind, Role
from ledger.records import Data, Refusal, Stamp
from ledger.rows import Selisih


class SelisihBaru(Struct, frozen=True, array_like=True, tag="SLS", gc=False):
    """The difference. What is not known is empty, or 0: `device`, `stan_bank`, `nomor_porsi`, `rrn` (the entry the bank
    says the host answered with), and the amount on the side that has none.
    """

    kode_bank: KodeBank
    hari_konfirmasi: Hari
    kelas: Teks16
    kode_cabang: KodeCabang
    device: Teks16
    stan_bank: StanAtauNol
    nomor_porsi: Teks16
    nominal_host: Rupiah
    nominal_bank: Rupiah
    rrn: Urut


class SelisihFacts(Struct, frozen=True, array_like=True, gc=False):
    """What the journal keeps; `pemilik` is who must cure it, a bank or bank/cabang."""

    nomor_selisih: str
    kode_bank: str
    hari_konfirmasi: str
    kelas: str
    kode_cabang: str
    device: str
    stan: int
    nomor_porsi: str
    nominal_host: int
    nominal_bank: int
    rrn: int
    pemilik: str


def decide(books: Books, req: SelisihBaru, stamp: Stamp) -> SelisihFacts | Refusal:
    """Open a difference.

    Refuses, in this order: SKH1002 unprintable text, SKH1001 unknown class or malformed porsi, SKH8002 unknown bank,
    SKH6213 another bank, SKH6205 no confirmation of that day, SKH6216 its day is settled, SKH6218 the host has no
    such deposit of that bank and day, SKH6206 this difference is there already: open, or cured and told again as it
    was. What differs otherwise than before, or has lost the porsi that cured it, is another one.

    Dasar: D/163 pasal 7(6), 7(9).
    """
    if not is_printable(req.kode_cabang, req.device, req.nomor_porsi):
        return Refusal("SKH1002", {})
    if not is_one_of(req.kelas, KELAS_SELISIH):
        return Refusal("SKH1001", {"field": "kelas", "sebab": req.kelas})
    if req.nomor_porsi and not (len(req.nomor_porsi) == 10 and req.nomor_porsi.isdecimal()):
        return Refusal("SKH1001", {"field": "nomor_porsi", "sebab": req.nomor_porsi})
    if (refusal := books.bank_refusal(req.kode_bank, stamp)) is not None:
        return refusal
    day = books.setelmen(req.kode_bank, req.hari_konfirmasi)
    if day is None or not day.seq_kft:
        return Refusal("SKH6205", {"kode_bank": req.kode_bank, "hari": req.hari_konfirmasi})
    if day.seq_selesai:
        return Refusal("SKH6216", {"kode_bank": req.kode_bank, "hari": day.hari, "seq": day.seq_selesai})
    if req.kelas in {HOST_ONLY, DIFF} and not _is_of_host(books, req):
        return Refusal("SKH6218", {"nomor_porsi": req.nomor_porsi or "-", "hari": day.hari})
    tapak = f"{req.kode_bank}/{req.kode_cabang}"
    is_branch = req.kelas == BANK_ONLY and not req.nomor_porsi and books.cabang(tapak) is not None
    facts = SelisihFacts(
        books.selisih_next(),
        req.kode_bank,
        req.hari_konfirmasi,
        req.kelas,
        req.kode_cabang,
        req.device,
        req.stan_bank,
        req.nomor_porsi,
        req.nominal_host,
        req.nominal_bank,
        req.rrn,
        tapak if is_branch else req.kode_bank,
    )
    nomor = books.selisih_kunci(_kunci(facts))
    if nomor is None or not _is_there(books, nomor, facts):
        return facts
    return Refusal("SKH6206", {"nomor_selisih": nomor})


def _is_there(books: Books, nomor: str, facts: SelisihFacts) -> bool:
    """Whether a match that tells this difference again says nothing new.

    A bank's file of the day may go on telling what it has set right since. But a repeated request whose porsi was
    cancelled leaves the bank with money for nothing, as before; and other amounts are another difference.
    """
    old = books.selisih(nomor)
    assert old is not None, "a difference has its row"
    if old.status == TERBUKA:
        return True
    if old.cara == ULANG:
        calon = books.calon(old.porsi_sembuh)
        return calon is not None and calon.status == BERPORSI
    return (old.nominal_host, old.nominal_bank, old.rrn) == (facts.nominal_host, facts.nominal_bank, facts.rrn)


def _is_of_host(books: Books, req: SelisihBaru) -> bool:
    """Whether the host has the deposit as the match says: live, of that branch and day, and of that amount."""
    calon = books.calon(req.nomor_porsi)
    return calon is not None and (
        (calon.status, calon.bank, calon.cabang, calon.hari, calon.saldo_rupiah)
        == (BERPORSI, req.kode_bank, req.kode_cabang, req.hari_konfirmasi, req.nominal_host)
    )


def _kunci(one: SelisihFacts) -> str:
    return kunci_selisih(
        one.hari_konfirmasi,
        one.kode_bank,
        one.kelas,
        one.kode_cabang,
        one.device,
        one.stan,
        one.nomor_porsi,
        one.rrn,
    )


def apply(books: Books, facts: SelisihFacts, stamp: Stamp) -> None:
    """The difference is open."""
    books.open_selisih(
        Selisih(
            facts.nomor_selisih,
            facts.kode_bank,
            facts.hari_konfirmasi,
            facts.kelas,
            facts.kode_cabang,
            facts.device,
            facts.stan,
            facts.nomor_porsi,
            facts.nominal_host,
            facts.nominal_bank,
            facts.rrn,
            facts.pemilik,
            TERBUKA,
            stamp.seq,
        ),
        _kunci(facts),
    )


def answer(facts: SelisihFacts, stamp: Stamp) -> Data:
    """Its number and its owner."""
    return {"nomor_selisih": facts.nomor_selisih, "pemilik": facts.pemilik}


KIND = Kind(
    "SLS",
    "SELISIH",
    frozenset({Role.BANK, Role.PUSAT}),
    SelisihBaru,
    SelisihFacts,
    decide,
    apply,
    answer=answer,
)
