"""Kandepag: an office of the Department in a kabupaten or kota comes on line.

Dasar: D/163 pasal 1(5), 2(1).
"""

from __future__ import annotations

from msgspec import Struct

from ledger.books import AKTIF, DEPARTEMEN, Books
from ledger.fields import KabKota
from ledger.kind import Kind, Role
from ledger.records import Refusal, Stamp
from ledger.rows import Cabang
from ledger.wilayah import KAB_KOTA, PROVINSI


class KandepagBaru(Struct, frozen=True, array_like=True, tag="KDP", gc=False):
    """The regency whose office comes on line."""

    kab_kota: KabKota


class KandepagFacts(Struct, frozen=True, array_like=True, gc=False):
    """What the journal keeps."""

    kab_kota: str
    nama: str
    provinsi: str
    kode_porsi: str
    zona_menit: int


def decide(books: Books, req: KandepagBaru, stamp: Stamp) -> KandepagFacts | Refusal:
    """Connect an office.

    Refuses, in this order: SKH8003 unknown regency, SKH8004 office already there.
    """
    if (place := KAB_KOTA.get(req.kab_kota)) is None:
        return Refusal("SKH8003", {"kab_kota": req.kab_kota})
    if books.cabang(f"{DEPARTEMEN}/{place.kode}") is not None:
        return Refusal("SKH8004", {"kode_bank": DEPARTEMEN, "kode_cabang": place.kode})
    province = PROVINSI[place.provinsi]
    return KandepagFacts(
        place.kode, f"Kandepag {place.nama_lengkap}", province.kode, province.kode_porsi, province.zona_menit
    )


def apply(books: Books, facts: KandepagFacts, stamp: Stamp) -> None:
    """The office may issue SPPH."""
    books.open_cabang(
        Cabang(
            DEPARTEMEN,
            facts.kab_kota,
            facts.nama,
            facts.kab_kota,
            facts.provinsi,
            facts.kode_porsi,
            facts.zona_menit,
            AKTIF,
        )
    )


KIND = Kind("KDP", "KANDEPAG BARU", frozenset({Role.PUSAT}), KandepagBaru, KandepagFacts, decide, apply, in_day=False)
