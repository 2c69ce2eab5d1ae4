"""Koreksi setoran: a setoran awal that should not have been taken is reversed, by two people, on its own day.

The porsi is BATAL for ever and its number is never granted again; the money goes back to the rupiah; the form is SAH
again and the person free, so that a right deposit can follow and get a new number. The entry names the deposit
(`seq_asal`), and the deposit's row in the books names this entry (`Calon.seq_batal`).

Dasar: D/163 pasal 7(6), 7(9), 8(2).
"""

from __future__ import annotations

from msgspec import Struct

from ledger.books import BATAL, Books
from ledger.fields import NomorPorsi, Teks60, is_tidy
from ledger.ketentuan import IDR, KLIRING, TABUNGAN
from ledger.kind import Kind, Role
from ledger.records import Data, Posting, Receipt, Refusal, Stamp


class KoreksiSetoran(Struct, frozen=True, array_like=True, tag="KOR", gc=False):
    """The porsi whose deposit is reversed, and why."""

    nomor_porsi: NomorPorsi
    alasan: Teks60


class KoreksiSetoranFacts(Struct, frozen=True, array_like=True, gc=False):
    """What the journal keeps: the deposit that is reversed, from its entry `seq_asal`, and why."""

    nomor_porsi: str
    nomor_spph: str
    identitas: str
    nominal_rupiah: int
    seq_asal: int
    alasan: str


def decide(books: Books, req: KoreksiSetoran, stamp: Stamp) -> KoreksiSetoranFacts | Refusal:
    """Reverse a first deposit.

    Refuses, in this order: SKH1002 no or unprintable reason, SKH2201 unknown porsi, SKH2202 another branch took the
    deposit, SKH2203 the porsi is BATAL already, SKH2204 the deposit is of another business day, SKH2205 its money was
    passed on.

    Dasar: D/163 pasal 7(6): the deposit of a day is passed on and confirmed that very day.

    Asumsi: a deposit is corrected on its own business day only, at any hour of it; later it is a cancellation.
    """
    if not is_tidy(req.alasan):
        return Refusal("SKH1002", {})
    calon = books.calon(req.nomor_porsi)
    if calon is None:
        return Refusal("SKH2201", {"nomor_porsi": req.nomor_porsi})
    if (calon.bank, calon.cabang) != (stamp.bank, stamp.cabang):
        return Refusal("SKH2202", {"nomor_porsi": req.nomor_porsi, "bank": calon.bank, "cabang": calon.cabang})
    if calon.status == BATAL:
        return Refusal("SKH2203", {"nomor_porsi": req.nomor_porsi, "seq_batal": calon.seq_batal})
    if calon.hari != stamp.hari:
        return Refusal("SKH2204", {"nomor_porsi": req.nomor_porsi, "hari_setoran": calon.hari})
    if books.is_dilimpahkan(calon):
        return Refusal("SKH2205", {"nomor_porsi": req.nomor_porsi})
    spph = books.spph(calon.nomor_spph)
    assert spph is not None, "a pilgrim has his form"
    return KoreksiSetoranFacts(
        req.nomor_porsi, calon.nomor_spph, spph.identitas, calon.saldo_rupiah, calon.seq, req.alasan
    )


def apply(books: Books, facts: KoreksiSetoranFacts, stamp: Stamp) -> None:
    """The porsi is BATAL, form and person are free, and the cash has left the device's open drawer."""
    books.cancel_setoran(facts.nomor_porsi, facts.identitas, stamp.seq, "KOR")
    if (laci := books.laci(stamp.perangkat)) is not None:
        books.change_laci(stamp.perangkat, laci.moved("KOR", 0, facts.nominal_rupiah))


def postings(facts: KoreksiSetoranFacts, stamp: Stamp) -> tuple[Posting, ...]:
    """Those of the deposit, the other way round."""
    return (
        Posting(TABUNGAN, facts.nomor_porsi, IDR, facts.nominal_rupiah),
        Posting(KLIRING, stamp.tapak, IDR, -facts.nominal_rupiah),
    )


def answer(facts: KoreksiSetoranFacts, stamp: Stamp) -> Data:
    """What was reversed, and the entry it stood in."""
    return {
        "nomor_porsi": facts.nomor_porsi,
        "nomor_spph": facts.nomor_spph,
        "nominal_rupiah": facts.nominal_rupiah,
        "seq_asal": facts.seq_asal,
    }


def receipt(facts: KoreksiSetoranFacts, stamp: Stamp, pribadi: Data) -> Receipt:
    """The proof that the money went back. `pribadi` is the opened seal of the SPPH, as for the deposit's receipt.

    Dasar: D/163 pasal 8(3).
    """
    return Receipt(
        "BUKTI KOREKSI SETORAN AWAL BPIH - NOMOR PORSI BATAL",
        (
            ("nomor_porsi", facts.nomor_porsi),
            ("nomor_spph", facts.nomor_spph),
            ("entri_asal", str(facts.seq_asal)),
            ("penyetuju", stamp.penyetuju),
            *((name, str(value)) for name, value in pribadi.items()),
        ),
        facts.nominal_rupiah,
    )


KIND = Kind(
    "KOR",
    "KOREKSI SETORAN AWAL",
    frozenset({Role.TELLER}),
    KoreksiSetoran,
    KoreksiSetoranFacts,
    decide,
    apply,
    postings,
    answer,
    receipt,
    approvers=frozenset({Role.PENYELIA}),
)
