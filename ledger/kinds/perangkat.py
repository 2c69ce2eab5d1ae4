"""Perangkat: a workstation of a branch or office becomes known to the host.

Dasar: SISKOHAT Executive Summary (3,566 workstations in 1,415 branches).
"""

from __future__ import annotations

from msgspec import Struct

from ledger.books import Books
from ledger.fields import KodeBank, KodeCabang, KodeDevice, is_tidy
from ledger.kind import Kind, Role
from ledger.records import Refusal, Stamp


class PerangkatBaru(Struct, frozen=True, array_like=True, tag="PRK", gc=False):
    """A device to make known."""

    kode_bank: KodeBank
    kode_cabang: KodeCabang
    device: KodeDevice


class PerangkatFacts(Struct, frozen=True, array_like=True, gc=False):
    """What the journal keeps."""

    kode_bank: str
    kode_cabang: str
    device: str


def decide(books: Books, req: PerangkatBaru, stamp: Stamp) -> PerangkatFacts | Refusal:
    """Make a device known.

    Refuses, in this order: SKH1002 unprintable text, SKH8005 unknown branch, SKH8006 device already known.
    """
    if not is_tidy(req.device) or "/" in req.device:
        return Refusal("SKH1002", {})
    tapak = f"{req.kode_bank}/{req.kode_cabang}"
    if books.cabang(tapak) is None:
        return Refusal("SKH8005", {"kode_bank": req.kode_bank, "kode_cabang": req.kode_cabang})
    if books.is_perangkat(f"{tapak}/{req.device}"):
        return Refusal("SKH8006", {"device": req.device})
    return PerangkatFacts(req.kode_bank, req.kode_cabang, req.device)


def apply(books: Books, facts: PerangkatFacts, stamp: Stamp) -> None:
    """The device may sign on."""
    books.open_perangkat(f"{facts.kode_bank}/{facts.kode_cabang}/{facts.device}", stamp.seq)


KIND = Kind(
    "PRK", "PERANGKAT BARU", frozenset({Role.PUSAT}), PerangkatBaru, PerangkatFacts, decide, apply, in_day=False
)
