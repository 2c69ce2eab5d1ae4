"""Batal oleh pusat: the centre cancels a registration that no bank stands for, on its day or any later one.

The porsi is BATAL for ever and its number stays used; the postings are reversed; form and person are free. The fee
for the porsi is not given back. The entry names the deposit (`seq_asal`) and the difference it answers.

Dasar: D/163 pasal 7(7), 7(9), 9.
"""

from __future__ import annotations

from msgspec import Struct

from ledger.books import BATAL, HOST_ONLY, TERBUKA, Books
from ledger.fields import NomorPorsi, NomorSelisih, Teks60, is_tidy
from ledger.ketentuan import IDR, KLIRING, TABUNGAN
from ledger.kind import Kind, Role
from ledger.records import Data, Posting, Refusal, Stamp


class BatalPusat(Struct, frozen=True, array_like=True, tag="BTP", gc=False):
    """The porsi to cancel, the open difference about it, and why."""

    nomor_porsi: NomorPorsi
    nomor_selisih: NomorSelisih
    alasan: Teks60


class BatalPusatFacts(Struct, frozen=True, array_like=True, gc=False):
    """What the journal keeps: the deposit that is reversed, from its entry `seq_asal` of branch `kode_bank`/
    `kode_cabang` and day `hari_setoran`.
    """

    nomor_porsi: str
    nomor_spph: str
    identitas: str
    nominal_rupiah: int
    seq_asal: int
    kode_bank: str
    kode_cabang: str
    hari_setoran: str
    nomor_selisih: str
    alasan: str


def decide(books: Books, req: BatalPusat, stamp: Stamp) -> BatalPusatFacts | Refusal:
    """Cancel a registration.

    Refuses, in this order: SKH1002 no or unprintable reason, SKH2201 unknown porsi, SKH2203 the porsi is BATAL
    already, SKH6219 unknown difference, SKH6220 it is cured, SKH6222 it is not about this porsi without a deposit,
    SKH2205 the money of the deposit was passed on.

    Dasar: D/163 pasal 7(9), 9.

    Asumsi: the fee of USD 2.50 is charged for every porsi granted and not given back when the porsi is cancelled.
    """
    if not is_tidy(req.alasan):
        return Refusal("SKH1002", {})
    calon = books.calon(req.nomor_porsi)
    if calon is None:
        return Refusal("SKH2201", {"nomor_porsi": req.nomor_porsi})
    if calon.status == BATAL:
        return Refusal("SKH2203", {"nomor_porsi": req.nomor_porsi, "seq_batal": calon.seq_batal})
    item = books.selisih(req.nomor_selisih)
    if item is None:
        return Refusal("SKH6219", {"nomor_selisih": req.nomor_selisih})
    if item.status != TERBUKA:
        return Refusal("SKH6220", {"nomor_selisih": item.nomor, "cara": item.cara, "seq": item.seq_sembuh})
    if (item.kelas, item.nomor_porsi) != (HOST_ONLY, req.nomor_porsi):
        return Refusal("SKH6222", {"nomor_selisih": item.nomor, "nomor_porsi": req.nomor_porsi})
    if books.is_dilimpahkan(calon):
        return Refusal("SKH2205", {"nomor_porsi": req.nomor_porsi})
    spph = books.spph(calon.nomor_spph)
    assert spph is not None, "a pilgrim has his form"
    return BatalPusatFacts(
        req.nomor_porsi,
        calon.nomor_spph,
        spph.identitas,
        calon.saldo_rupiah,
        calon.seq,
        calon.bank,
        calon.cabang,
        calon.hari,
        item.nomor,
        req.alasan,
    )


def apply(books: Books, facts: BatalPusatFacts, stamp: Stamp) -> None:
    """The porsi is BATAL, form and person are free."""
    books.cancel_setoran(facts.nomor_porsi, facts.identitas, stamp.seq, "BTP")


def postings(facts: BatalPusatFacts, stamp: Stamp) -> tuple[Posting, ...]:
    """Those of the deposit, the other way round."""
    return (
        Posting(TABUNGAN, facts.nomor_porsi, IDR, facts.nominal_rupiah),
        Posting(KLIRING, f"{facts.kode_bank}/{facts.kode_cabang}", IDR, -facts.nominal_rupiah),
    )


def answer(facts: BatalPusatFacts, stamp: Stamp) -> Data:
    """What was cancelled, and the entry it stood in."""
    return {
        "nomor_porsi": facts.nomor_porsi,
        "nomor_spph": facts.nomor_spph,
        "nominal_rupiah": facts.nominal_rupiah,
        "seq_asal": facts.seq_asal,
    }


KIND = Kind(
    "BTP",
    "PEMBATALAN OLEH PUSAT",
    frozenset({Role.PUSAT}),
    BatalPusat,
    BatalPusatFacts,
    decide,
    apply,
    postings,
    answer,
    approvers=frozenset({Role.PUSAT}),
)
