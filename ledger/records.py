"""The few value types everything else is said in: stamp, refusal, posting, entry, receipt.

Values only: nothing here reads a clock, a file or a table. They are msgspec Structs without garbage-collector
tracking, because a host holds millions of them.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

Data = dict[str, str | int]
"""Variables of a message, or the data of an answer."""

MAKER_ALONE = ""
"""`penyetuju` of an entry that needed no second person."""


class Origin(Struct, frozen=True, gc=False):
    """Who asks, from where: fixed at sign-on, one object for the whole session.

    `perangkat` is "bank/cabang/device", the key of the device's rows in the books; `tapak` is "bank/cabang".
    """

    bank: str
    cabang: str
    device: str
    user: str
    perangkat: str
    tapak: str


def origin_of(bank: str, cabang: str, device: str, user: str) -> Origin:
    """Make the origin of a session from its four names."""
    tapak = f"{bank}/{cabang}"
    return Origin(bank, cabang, device, user, f"{tapak}/{device}", tapak)


class Stamp(Struct, frozen=True, gc=False):
    """When and by whom an entry was made; the part of an entry that no kind chooses.

    `waktu_us` is host time in microseconds since 1970 UTC and never falls from one entry to the next; `hari` the
    business date; `sidik` the keyed digest of the request's content (8 bytes), by which a repeat is known.
    `tapak` ("bank/cabang") and `perangkat` ("bank/cabang/device") are made from the names beside them, not stored.
    """

    seq: int
    waktu_us: int
    hari: str
    bank: str
    cabang: str
    device: str
    stan: int
    user: str
    penyetuju: str
    sidik: bytes
    tapak: str
    perangkat: str


class Refusal(Struct, frozen=True, gc=False):
    """A rule said no: message id and the variables of its text. Nothing was written."""

    id: str
    data: Data = {}


class Posting(Struct, frozen=True, array_like=True, gc=False):
    """One line of double entry. `nominal` is in the currency's smallest unit kept here (whole rupiah, US cents);
    a debit is positive, a credit negative, and the lines of an entry sum to zero per currency.

    `sub` says whose account: "bank/cabang" for KLIRING, the nomor porsi for TABUNGAN.
    """

    akun: str
    sub: str
    mata_uang: str
    nominal: int


class Entry(Struct, frozen=True, gc=False):
    """One numbered item of the journal, decoded. `hash_before` is the SHA-256 of the entry before it."""

    kind: str
    stamp: Stamp
    facts: Any
    postings: tuple[Posting, ...]
    hash_before: bytes


class Receipt(Struct, frozen=True, gc=False):
    """What is printed for an entry: a title and labelled lines; `ledger.receipts` turns it into pages."""

    judul: str
    lines: tuple[tuple[str, str], ...]
    nominal_rupiah: int
    tanda_tangan: tuple[str, str] = ("Petugas BPS BPIH", "Calon jemaah haji")
