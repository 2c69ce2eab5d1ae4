"""Pengguna: a user profile is created, bound to one branch or office. Passwords are never in the ledger.

Dasar: D/163 pasal 1(20).
"""

from __future__ import annotations

from msgspec import Struct

from ledger.books import DEPARTEMEN, PUSAT, Books
from ledger.fields import KodeBank, KodeCabang, KodeUser, Teks16, is_tidy
from ledger.kind import Kind, Role
from ledger.records import Refusal, Stamp
from ledger.rows import Pengguna

PERAN_BANK = frozenset({Role.TELLER, Role.PENYELIA, Role.BANK})
PERAN_KANDEPAG = frozenset({Role.PETUGAS, Role.PEJABAT})


class PenggunaBaru(Struct, frozen=True, array_like=True, tag="PGN", gc=False):
    """A profile to create; `peran` is one of `kind.Role`."""

    user: KodeUser
    peran: Teks16
    kode_bank: KodeBank
    kode_cabang: KodeCabang


class PenggunaFacts(Struct, frozen=True, array_like=True, gc=False):
    """What the journal keeps."""

    user: str
    peran: str
    kode_bank: str
    kode_cabang: str


def decide(books: Books, req: PenggunaBaru, stamp: Stamp) -> PenggunaFacts | Refusal:
    """Create a profile.

    Refuses, in this order: SKH1002 unprintable text, SKH8007 unknown role, SKH8005 unknown branch,
    SKH8008 a role that does not belong to that place, SKH8009 name already in use.
    """
    if not is_tidy(req.user):
        return Refusal("SKH1002", {})
    if req.peran not in Role.__members__:
        return Refusal("SKH8007", {"peran": req.peran})
    if books.cabang(f"{req.kode_bank}/{req.kode_cabang}") is None:
        return Refusal("SKH8005", {"kode_bank": req.kode_bank, "kode_cabang": req.kode_cabang})
    if not _is_place_of(Role(req.peran), req.kode_bank, req.kode_cabang):
        return Refusal("SKH8008", {"peran": req.peran, "kode_bank": req.kode_bank})
    if books.pengguna(req.user) is not None:
        return Refusal("SKH8009", {"user": req.user})
    return PenggunaFacts(req.user, req.peran, req.kode_bank, req.kode_cabang)


def _is_place_of(role: Role, bank: str, cabang: str) -> bool:
    """Bank roles at banks, a Kandepag's officers at one, the operator at the centre, others anywhere in DEP."""
    if bank != DEPARTEMEN or role in PERAN_BANK:
        return bank != DEPARTEMEN and role in PERAN_BANK
    if role in PERAN_KANDEPAG:
        return cabang != PUSAT
    return role is not Role.PUSAT or cabang == PUSAT


def apply(books: Books, facts: PenggunaFacts, stamp: Stamp) -> None:
    """The profile exists."""
    books.open_pengguna(Pengguna(facts.user, facts.peran, facts.kode_bank, facts.kode_cabang))


KIND = Kind("PGN", "PENGGUNA BARU", frozenset({Role.PUSAT}), PenggunaBaru, PenggunaFacts, decide, apply, in_day=False)
