"""Entry to bytes and back. The layout is docs/ledger-format.md; the bytes are plain msgpack.

An entry is one array; its facts are the array of its kind. Field order is for ever: a kind's facts grow at the end
only, and a new layout of the entry itself gets a new `VERSI`.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Raw, Struct

from ledger.errors import JournalCorrupt
from ledger.kinds import KINDS
from ledger.records import Entry, Posting, Stamp

VERSI = 1
HASH_NONE = bytes(32)
"""`sebelum` of entry 1."""

encode = msgspec.msgpack.Encoder().encode


class EntryRow(Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """The stored array, in stored order; `facts` still packed."""

    versi: int
    seq: int
    sebelum: bytes
    kind: str
    waktu_us: int
    hari: str
    bank: str
    cabang: str
    device: str
    stan: int
    user: str
    penyetuju: str
    sidik: bytes
    facts: Raw
    postings: tuple[Posting, ...]


UNREADABLE = (msgspec.DecodeError, ValueError, RecursionError)
"""What a decoder raises; the last for arrays nested a thousand deep."""

_row = msgspec.msgpack.Decoder(EntryRow).decode
_facts: dict[str, Callable[[Raw], Any]] = {
    code: msgspec.msgpack.Decoder(kind.facts).decode for code, kind in KINDS.items()
}


def encode_entry(kind: str, stamp: Stamp, facts: object, postings: tuple[Posting, ...], sebelum: bytes) -> bytes:
    """The stored bytes of an entry."""
    return encode(
        (
            VERSI,
            stamp.seq,
            sebelum,
            kind,
            stamp.waktu_us,
            stamp.hari,
            stamp.bank,
            stamp.cabang,
            stamp.device,
            stamp.stan,
            stamp.user,
            stamp.penyetuju,
            stamp.sidik,
            facts,
            postings,
        )
    )


def decode_row(body: bytes) -> EntryRow:
    """The stored array. Raises JournalCorrupt."""
    try:
        row = _row(body)
    except UNREADABLE as error:
        raise JournalCorrupt(f"entry cannot be read: {error}") from None
    if row.versi != VERSI or row.kind not in _facts:
        raise JournalCorrupt(f"entry {row.seq} has version {row.versi} and kind {row.kind}, not known here")
    return row


def open_facts(row: EntryRow) -> Any:
    """The facts as the kind's own type. Raises JournalCorrupt."""
    try:
        return _facts[row.kind](row.facts)
    except UNREADABLE as error:
        raise JournalCorrupt(f"facts of entry {row.seq} cannot be read: {error}") from None


def open_row(row: EntryRow) -> Entry:
    """The entry with its facts as the kind's own type. Raises JournalCorrupt."""
    facts = open_facts(row)
    stamp = Stamp(
        row.seq,
        row.waktu_us,
        row.hari,
        row.bank,
        row.cabang,
        row.device,
        row.stan,
        row.user,
        row.penyetuju,
        row.sidik,
        f"{row.bank}/{row.cabang}",
        f"{row.bank}/{row.cabang}/{row.device}",
    )
    return Entry(row.kind, stamp, facts, row.postings, row.sebelum)


def decode_entry(body: bytes) -> Entry:
    """Stored bytes to entry. Raises JournalCorrupt."""
    return open_row(decode_row(body))


def hash_entry(body: bytes) -> bytes:
    """SHA-256 of the stored bytes: what the next entry carries as `sebelum`."""
    return sha256(body).digest()
