"""Pembukaan: the first entry of a ledger. It names the ledger and its first operator; nobody can post it again.

A ledger born as `demo` says so for ever, and only such a ledger may be run with a made-up clock.
"""

from __future__ import annotations

from msgspec import Struct

from ledger.books import AKTIF, DEPARTEMEN, PUSAT, Books
from ledger.fields import KodeDevice, KodeUser, Nama
from ledger.ketentuan import ATURAN
from ledger.kind import Kind, Role
from ledger.records import Refusal, Stamp
from ledger.rows import Bank, Cabang, Pengguna
from ledger.wilayah import PROVINSI


class Pembukaan(Struct, frozen=True, array_like=True, tag="GEN", gc=False):
    """The ledger's identity (32 hex digits), its name, and the first operator and device of the centre."""

    ledger: str
    nama: Nama
    demo: bool
    user: KodeUser
    device: KodeDevice


class PembukaanFacts(Struct, frozen=True, array_like=True, gc=False):
    """What the journal keeps; `aturan` names the rule sets known when the ledger was made."""

    ledger: str
    nama: str
    demo: bool
    user: str
    device: str
    aturan: tuple[str, ...]


def decide(books: Books, req: Pembukaan, stamp: Stamp) -> PembukaanFacts | Refusal:
    """Open a ledger. Refuses SKH8013 when this is not entry 1."""
    if stamp.seq != 1:
        return Refusal("SKH8013", {})
    return PembukaanFacts(req.ledger, req.nama, req.demo, req.user, req.device, tuple(aturan.id for aturan in ATURAN))


def apply(books: Books, facts: PembukaanFacts, stamp: Stamp) -> None:
    """The Department, its centre, the first operator and his device exist."""
    jakarta = PROVINSI["31"]
    books.open_bank(Bank(DEPARTEMEN, "DEPARTEMEN AGAMA"))
    books.open_cabang(
        Cabang(DEPARTEMEN, PUSAT, "DITJEN PUSAT", "3171", jakarta.kode, jakarta.kode_porsi, jakarta.zona_menit, AKTIF)
    )
    books.open_pengguna(Pengguna(facts.user, Role.PUSAT, DEPARTEMEN, PUSAT))
    books.open_perangkat(f"{DEPARTEMEN}/{PUSAT}/{facts.device}", stamp.seq)


KIND = Kind("GEN", "PEMBUKAAN", frozenset(), Pembukaan, PembukaanFacts, decide, apply, in_day=False)
