"""Setoran awal: the deposit that gives a nomor porsi.

The teller keys the number of a signed SPPH and the amount. Who the pilgrim is stands in the form, which no bank
may change; so no personal data travels with a deposit or lies in its entry.

Dasar: D/163 pasal 3(1), 3(2), 7(1), 7(9), 8(1), 8(2).
"""

from __future__ import annotations

from msgspec import Struct

from ledger.books import BERPORSI, SAH, TERBIT, Books
from ledger.fields import NomorSpph, Rupiah
from ledger.ketentuan import IDR, KLIRING, TABUNGAN
from ledger.kind import Kind, Role
from ledger.records import Data, Posting, Receipt, Refusal, Stamp
from ledger.rows import Calon


class SetoranAwal(Struct, frozen=True, array_like=True, tag="STA", gc=False):
    """What the teller keyed."""

    nomor_spph: NomorSpph
    nominal_rupiah: Rupiah


class SetoranAwalFacts(Struct, frozen=True, array_like=True, gc=False):
    """What the journal keeps. `identitas` is the blind index of the person, so that "one person, one porsi" can be
    checked from the entries alone.
    """

    nomor_porsi: str
    nomor_spph: str
    identitas: str
    nominal_rupiah: int


def decide(books: Books, req: SetoranAwal, stamp: Stamp) -> SetoranAwalFacts | Refusal:
    """Check a first deposit and give it the next nomor porsi of the province of domicile.

    Refuses, in this order: SKH2001 outside deposit hours, SKH2002 unknown SPPH, SKH2003 SPPH not signed,
    SKH2004 SPPH already used, SKH2005 branch outside the province of domicile, SKH2006 wrong amount,
    SKH2007 the person has a live porsi.

    Dasar: D/163 pasal 3(1), 3(2), 7(9), 8(1).

    Asumsi: a request that the bank has posted and the host has not, and that is an open difference, may be repeated
    after hours and after the cut-off until the day is closed.
    """
    cabang_of, spph_of, porsi_of = books.cabang, books.spph, books.porsi_by_identitas
    cabang = cabang_of(stamp.tapak)
    assert cabang is not None, "authority was checked: the branch exists"
    aturan = books.aturan_of(stamp.hari)
    if not aturan.is_jam_setoran(stamp.waktu_us, cabang.zona_menit) and not books.is_ulang(
        stamp.perangkat, stamp.hari, stamp.stan
    ):
        return Refusal("SKH2001", {"buka": "08.00", "tutup": "15.00"})
    spph = spph_of(req.nomor_spph)
    if spph is None:
        return Refusal("SKH2002", {"nomor_spph": req.nomor_spph})
    if spph.status != SAH:
        if spph.status == TERBIT:
            return Refusal("SKH2003", {"nomor_spph": req.nomor_spph})
        return Refusal("SKH2004", {"nomor_spph": req.nomor_spph, "nomor_porsi": spph.nomor_porsi})
    if aturan.wajib_provinsi_domisili and spph.provinsi != cabang.provinsi:
        return Refusal("SKH2005", {"provinsi": spph.provinsi, "provinsi_cabang": cabang.provinsi})
    if req.nominal_rupiah != aturan.setoran_awal_rupiah:
        return Refusal("SKH2006", {"wajib": aturan.setoran_awal_rupiah, "nominal": req.nominal_rupiah})
    if (nomor_porsi := porsi_of(spph.identitas)) is not None:
        holder = books.calon(nomor_porsi)
        assert holder is not None, "an index entry has its pilgrim"
        return Refusal("SKH2007", {"nomor_porsi": nomor_porsi, "bank": holder.bank, "cabang": holder.cabang})
    kode_porsi = cabang.kode_porsi if spph.provinsi == cabang.provinsi else books.kode_porsi(spph.kab_kota)
    return SetoranAwalFacts(books.porsi_next(kode_porsi), req.nomor_spph, spph.identitas, req.nominal_rupiah)


def apply(books: Books, facts: SetoranAwalFacts, stamp: Stamp) -> None:
    """The porsi is granted, the deposit stands to the pilgrim's credit, the cash is in the device's open drawer."""
    books.open_calon(
        Calon(
            facts.nomor_porsi,
            BERPORSI,
            facts.nomor_spph,
            facts.nominal_rupiah,
            stamp.seq,
            stamp.bank,
            stamp.cabang,
            stamp.hari,
            stamp.waktu_us,
        ),
        facts.identitas,
    )
    if (laci := books.laci(stamp.perangkat)) is not None:
        books.change_laci(stamp.perangkat, laci.moved("STA", facts.nominal_rupiah, 0))


def postings(facts: SetoranAwalFacts, stamp: Stamp) -> tuple[Posting, ...]:
    """The branch owes the money it took (until pelimpahan_dana); the pilgrim's savings stand against it."""
    return (
        Posting(KLIRING, stamp.tapak, IDR, facts.nominal_rupiah),
        Posting(TABUNGAN, facts.nomor_porsi, IDR, -facts.nominal_rupiah),
    )


def answer(facts: SetoranAwalFacts, stamp: Stamp) -> Data:
    """The nomor porsi."""
    return {"nomor_porsi": facts.nomor_porsi}


def receipt(facts: SetoranAwalFacts, stamp: Stamp, pribadi: Data) -> Receipt:
    """The bukti setor. `pribadi` is the opened seal of the SPPH, with names of regency and province.

    Dasar: D/163 pasal 1(13), 7(3).
    """
    return Receipt(
        "BUKTI SETORAN AWAL BPIH",
        (
            ("nomor_porsi", facts.nomor_porsi),
            ("nomor_spph", facts.nomor_spph),
            *((name, str(value)) for name, value in pribadi.items()),
        ),
        facts.nominal_rupiah,
    )


KIND = Kind(
    "STA",
    "SETORAN AWAL BPIH",
    frozenset({Role.TELLER}),
    SetoranAwal,
    SetoranAwalFacts,
    decide,
    apply,
    postings,
    answer,
    receipt,
    stops_at_cutoff=True,
)
