"""Cabang: a branch of a BPS BPIH comes on line, with its user ID active.

Dasar: D/163 pasal 1(20), 3(1).
"""

from __future__ import annotations

from msgspec import Struct

from ledger.books import AKTIF, DEPARTEMEN, Books
from ledger.fields import KabKota, KodeBank, KodeCabang, Nama, is_tidy
from ledger.kind import Kind, Role
from ledger.records import Refusal, Stamp
from ledger.rows import Cabang
from ledger.wilayah import KAB_KOTA, PROVINSI


class CabangBaru(Struct, frozen=True, array_like=True, tag="CAB", gc=False):
    """A branch to connect; `kab_kota` is where it stands and fixes its province and time zone."""

    kode_bank: KodeBank
    kode_cabang: KodeCabang
    nama: Nama
    kab_kota: KabKota


class CabangFacts(Struct, frozen=True, array_like=True, gc=False):
    """What the journal keeps; `kode_porsi` and `zona_menit` are those of the province on that day."""

    kode_bank: str
    kode_cabang: str
    nama: str
    kab_kota: str
    provinsi: str
    kode_porsi: str
    zona_menit: int


def decide(books: Books, req: CabangBaru, stamp: Stamp) -> CabangFacts | Refusal:
    """Connect a branch.

    Refuses, in this order: SKH1002 unprintable text or a code not of digits, SKH8002 unknown bank,
    SKH8003 unknown regency, SKH8004 branch already there.
    """
    if not (req.kode_cabang.isascii() and req.kode_cabang.isdigit() and is_tidy(req.nama)):
        return Refusal("SKH1002", {})
    if req.kode_bank == DEPARTEMEN or books.bank(req.kode_bank) is None:
        return Refusal("SKH8002", {"kode_bank": req.kode_bank})
    if (place := KAB_KOTA.get(req.kab_kota)) is None:
        return Refusal("SKH8003", {"kab_kota": req.kab_kota})
    if books.cabang(f"{req.kode_bank}/{req.kode_cabang}") is not None:
        return Refusal("SKH8004", {"kode_bank": req.kode_bank, "kode_cabang": req.kode_cabang})
    province = PROVINSI[place.provinsi]
    return CabangFacts(
        req.kode_bank, req.kode_cabang, req.nama, place.kode, province.kode, province.kode_porsi, province.zona_menit
    )


def apply(books: Books, facts: CabangFacts, stamp: Stamp) -> None:
    """The branch may post."""
    books.open_cabang(
        Cabang(
            facts.kode_bank,
            facts.kode_cabang,
            facts.nama,
            facts.kab_kota,
            facts.provinsi,
            facts.kode_porsi,
            facts.zona_menit,
            AKTIF,
        )
    )


KIND = Kind("CAB", "CABANG BARU", frozenset({Role.PUSAT}), CabangBaru, CabangFacts, decide, apply, in_day=False)
