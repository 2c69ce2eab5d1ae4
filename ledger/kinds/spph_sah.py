"""SPPH sah: the competent official signs an issued form. Only a signed form may be keyed by a bank.

Dasar: D/163 pasal 8(1).
"""

from __future__ import annotations

from msgspec import Struct

from ledger.books import TERBIT, Books
from ledger.fields import NomorSpph
from ledger.kind import Kind, Role
from ledger.records import Data, Refusal, Stamp


class SpphSah(Struct, frozen=True, array_like=True, tag="SPS", gc=False):
    """The form to sign."""

    nomor_spph: NomorSpph


class SpphSahFacts(Struct, frozen=True, array_like=True, gc=False):
    """What the journal keeps; the signer is the user of the stamp."""

    nomor_spph: str


def decide(books: Books, req: SpphSah, stamp: Stamp) -> SpphSahFacts | Refusal:
    """Sign a form.

    Refuses, in this order: SKH2002 unknown form, SKH2104 form of another office, SKH2105 already signed,
    SKH2106 the signer issued it himself.

    Asumsi: the official who signs is not the officer who keyed the form.
    """
    spph = books.spph(req.nomor_spph)
    if spph is None:
        return Refusal("SKH2002", {"nomor_spph": req.nomor_spph})
    if spph.kab_kota != stamp.cabang:
        return Refusal("SKH2104", {"nomor_spph": req.nomor_spph, "kab_kota": spph.kab_kota})
    if spph.status != TERBIT:
        return Refusal("SKH2105", {"nomor_spph": req.nomor_spph})
    if spph.penerbit == stamp.user:
        return Refusal("SKH2106", {"user": stamp.user})
    return SpphSahFacts(req.nomor_spph)


def apply(books: Books, facts: SpphSahFacts, stamp: Stamp) -> None:
    """The form is signed."""
    books.sign_spph(facts.nomor_spph, stamp.seq)


def answer(facts: SpphSahFacts, stamp: Stamp) -> Data:
    """The number of the form."""
    return {"nomor_spph": facts.nomor_spph}


KIND = Kind(
    "SPS", "SPPH SAH", frozenset({Role.PEJABAT}), SpphSah, SpphSahFacts, decide, apply, answer=answer, in_day=False
)
