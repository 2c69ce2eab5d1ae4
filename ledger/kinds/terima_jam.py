"""Terima jam: two operators of the centre take the host's clock for right although it is behind the last entry.

The host posts it when it acts on their permit, before it takes posts again. Entries from here on bear the time of the
last one until the clock has caught up: who allowed that, and what the clock showed, stands in the ledger itself.

Asumsi: a host whose clock was behind the ledger goes on when two operators of the centre have said that it is right.
"""

from __future__ import annotations

from msgspec import Struct

from ledger.books import Books
from ledger.fields import WaktuUs
from ledger.kind import Kind, Role
from ledger.records import Refusal, Stamp

SEHARI_US = 24 * 3_600 * 1_000_000


class TerimaJam(Struct, frozen=True, array_like=True, tag="JAM", gc=False):
    """What the host's clock shows."""

    jam_host_us: WaktuUs


class TerimaJamFacts(Struct, frozen=True, array_like=True, gc=False):
    """What the journal keeps."""

    jam_host_us: int


def decide(books: Books, req: TerimaJam, stamp: Stamp) -> TerimaJamFacts | Refusal:
    """Take the clock for right.

    Refuses, in this order: SKH9016 it is not behind, SKH9017 it was taken for right at this time of the ledger, and
    has not fallen back by more than a day since.
    """
    if req.jam_host_us >= stamp.waktu_us:
        return Refusal("SKH9016", {})
    waktu_us, jam_host_us = books.jam_diterima
    if waktu_us == stamp.waktu_us and req.jam_host_us >= jam_host_us - SEHARI_US:
        return Refusal("SKH9017", {})
    return TerimaJamFacts(req.jam_host_us)


def apply(books: Books, facts: TerimaJamFacts, stamp: Stamp) -> None:
    """It is taken for right until the ledger has a later time."""
    books.note_jam(stamp.waktu_us, facts.jam_host_us)


KIND = Kind(
    "JAM",
    "TERIMA JAM",
    frozenset({Role.PUSAT}),
    TerimaJam,
    TerimaJamFacts,
    decide,
    apply,
    in_day=False,
    approvers=frozenset({Role.PUSAT}),
)
