"""Sembuh: a difference is cured, by two people, and the entry says how and by what evidence.

    BANK_ONLY   ULANG: the branch repeated the same request and it is an entry now; BALIK: the bank gave the money
                back, which it may not once the request has its porsi
    HOST_ONLY   TRANSFER: the bank put up the money; BALIK: the branch reversed the deposit (KOR); BATAL: the centre
                cancelled it (BTP), which only the centre says
    DIFF        TRANSFER: the bank put up what was missing; KOREKSI: the bank corrected its record
    DUPLICATE   BALIK: the bank took its second posting back; KOREKSI: the bank corrected its record

The money itself is moved by other entries, or outside; here each difference gets its one end. What a cure says must
not contradict the ledger: the match that follows it would open another difference, or hide one.

Dasar: D/163 pasal 7(6), 7(9), 9.
"""

from __future__ import annotations

from msgspec import Struct

from ledger.books import (
    BALIK,
    BANK_ONLY,
    BATAL,
    BERPORSI,
    DIFF,
    DUPLICATE,
    HOST_ONLY,
    KOREKSI,
    TERBUKA,
    TRANSFER,
    ULANG,
    Books,
)
from ledger.fields import CARA_SEMBUH, NomorSelisih, Teks16, Teks60, is_one_of, is_tidy
from ledger.kind import Kind, Role
from ledger.records import Data, Refusal, Stamp
from ledger.rows import Selisih

ALLOWED = {
    BANK_ONLY: (ULANG, BALIK),
    HOST_ONLY: (TRANSFER, BALIK, BATAL),
    DIFF: (TRANSFER, KOREKSI),
    DUPLICATE: (BALIK, KOREKSI),
}
"""The cures of each class."""


class Sembuh(Struct, frozen=True, array_like=True, tag="SEM", gc=False):
    """The difference, its cure, and what proves it: `rujukan` is the nomor porsi for ULANG, else the bank's own
    number of the transfer or reversal.
    """

    nomor_selisih: NomorSelisih
    cara_sembuh: Teks16
    rujukan: Teks60
    alasan: Teks60


class SembuhFacts(Struct, frozen=True, array_like=True, gc=False):
    """What the journal keeps; `seq_selisih` is the entry that opened it, `seq_bukti` the one that proves the cure (STA,
    KOR or BTP), 0 where the proof is the bank's.
    """

    nomor_selisih: str
    kode_bank: str
    hari_konfirmasi: str
    kelas: str
    cara_sembuh: str
    rujukan: str
    alasan: str
    seq_selisih: int
    seq_bukti: int


def decide(books: Books, req: Sembuh, stamp: Stamp) -> SembuhFacts | Refusal:
    """Cure a difference.

    Refuses, in this order: SKH1002 no or unprintable reason or reference, SKH1001 unknown cure, SKH6219 unknown
    difference, SKH6213 another's, SKH6220 it is cured, SKH6207 no cure of that class, or not by this user, SKH6226
    the ledger says otherwise: the request of a BALIK has its porsi, the porsi of a TRANSFER is BATAL, SKH6228 nothing
    is missing that a TRANSFER could put up, SKH6221 the proof is not in the ledger.

    Dasar: D/163 pasal 7(6), 7(9).
    """
    if not is_tidy(req.alasan, req.rujukan):
        return Refusal("SKH1002", {})
    if not is_one_of(req.cara_sembuh, CARA_SEMBUH):
        return Refusal("SKH1001", {"field": "cara_sembuh", "sebab": req.cara_sembuh})
    item = books.selisih(req.nomor_selisih)
    if item is None:
        return Refusal("SKH6219", {"nomor_selisih": req.nomor_selisih})
    asker = books.pengguna(stamp.user)
    assert asker is not None, "authority was checked: the user exists"
    is_centre, is_bank = asker.peran == Role.PUSAT, asker.peran == Role.BANK
    if not (is_centre or (stamp.bank == item.bank and (is_bank or stamp.tapak == item.pemilik))):
        return Refusal("SKH6213", {"milik": item.pemilik, "user": stamp.user})
    if item.status != TERBUKA:
        return Refusal("SKH6220", {"nomor_selisih": item.nomor, "cara": item.cara, "seq": item.seq_sembuh})
    if req.cara_sembuh not in ALLOWED[item.kelas] or (req.cara_sembuh == BATAL and not is_centre):
        return Refusal(
            "SKH6207", {"kelas": item.kelas, "cara": req.cara_sembuh, "pilihan": "/".join(ALLOWED[item.kelas])}
        )
    if (refusal := _contradiction(books, item, req.cara_sembuh)) is not None:
        return refusal
    seq_bukti = _proof(books, item, req)
    if seq_bukti is None:
        return Refusal("SKH6221", {"nomor_selisih": item.nomor, "cara": req.cara_sembuh})
    return SembuhFacts(
        item.nomor, item.bank, item.hari, item.kelas, req.cara_sembuh, req.rujukan, req.alasan, item.seq, seq_bukti
    )


def _contradiction(books: Books, item: Selisih, cara: str) -> Refusal | None:
    """What in the ledger speaks against a cure."""
    seq = 0
    if item.kelas == BANK_ONLY and cara == BALIK:
        calon = books.setoran_entri(_permintaan(books, item) or 0)
        seq = calon.seq if calon is not None and calon.status == BERPORSI else 0
    elif item.kelas == DIFF and cara == TRANSFER:
        calon = books.calon(item.nomor_porsi)
        seq = calon.seq_batal if calon is not None and calon.status == BATAL else 0
        if not seq and item.nominal_bank >= item.nominal_host:
            return Refusal("SKH6228", {"nominal_host": item.nominal_host, "nominal_bank": item.nominal_bank})
    return Refusal("SKH6226", {"cara": cara, "nomor_selisih": item.nomor, "seq": seq}) if seq else None


def _proof(books: Books, item: Selisih, req: Sembuh) -> int | None:
    """The entry that proves the cure, 0 where none can, None where one should and there is none."""
    if req.cara_sembuh == ULANG:
        calon = books.calon(req.rujukan)
        seq = _permintaan(books, item)
        return seq if calon is not None and calon.seq == seq and calon.status == BERPORSI else None
    if item.kelas != HOST_ONLY:
        return 0
    if req.cara_sembuh == TRANSFER:
        calon = books.calon(item.nomor_porsi)
        return 0 if calon is not None and calon.status == BERPORSI else None
    return books.seq_batal(item.nomor_porsi, "KOR" if req.cara_sembuh == BALIK else "BTP") or None


def _permintaan(books: Books, item: Selisih) -> int | None:
    """The entry that the request of a difference became."""
    return books.permintaan(f"{item.bank}/{item.cabang}/{item.device}", item.hari, item.stan)


def apply(books: Books, facts: SembuhFacts, stamp: Stamp) -> None:
    """The difference has its end; one that was repeated has the porsi it got."""
    nomor_porsi = facts.rujukan if facts.cara_sembuh == ULANG else ""
    books.close_selisih(facts.nomor_selisih, facts.cara_sembuh, stamp.seq, nomor_porsi)


def answer(facts: SembuhFacts, stamp: Stamp) -> Data:
    """The difference and its end."""
    return {"nomor_selisih": facts.nomor_selisih, "kelas": facts.kelas, "cara": facts.cara_sembuh}


KIND = Kind(
    "SEM",
    "SELISIH SEMBUH",
    frozenset({Role.TELLER, Role.PENYELIA, Role.BANK, Role.PUSAT}),
    Sembuh,
    SembuhFacts,
    decide,
    apply,
    answer=answer,
    approvers=frozenset({Role.PENYELIA, Role.BANK, Role.PUSAT}),
)
