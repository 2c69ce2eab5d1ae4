"""Tutup setoran: a branch takes no more deposits on the open business day.

What the host accepted before this entry stands and is answered; what comes after it is refused and goes to the next
business day. The entry keeps what the branch had posted by then, to hold against its drawers. It is made by the
branch itself, or for it by its head office or the centre.

Dasar: D/163 pasal 7(5), 7(6).
"""

from __future__ import annotations

from msgspec import Struct

from ledger.books import DEPARTEMEN, Books
from ledger.fields import KodeBank, KodeCabang
from ledger.kind import Kind, Role
from ledger.records import Data, Refusal, Stamp
from ledger.rows import Jumlah


class TutupSetoran(Struct, frozen=True, array_like=True, tag="TSC", gc=False):
    """The branch that cuts off."""

    kode_bank: KodeBank
    kode_cabang: KodeCabang


class TutupSetoranFacts(Struct, frozen=True, array_like=True, gc=False):
    """What the journal keeps; `jumlah` is what the branch posted on the day up to this entry."""

    kode_bank: str
    kode_cabang: str
    jumlah: tuple[Jumlah, ...]


def decide(books: Books, req: TutupSetoran, stamp: Stamp) -> TutupSetoranFacts | Refusal:
    """Cut a branch off.

    Refuses, in this order: SKH8005 unknown branch, SKH6213 another bank's or branch's, SKH6201 it has cut off.

    Dasar: D/163 pasal 7(5), 7(6).

    Asumsi: a branch may cut off at any hour of its business day, once; deposits that come later are the next day's.
    """
    tapak = f"{req.kode_bank}/{req.kode_cabang}"
    if req.kode_bank == DEPARTEMEN or books.cabang(tapak) is None:
        return Refusal("SKH8005", {"kode_bank": req.kode_bank, "kode_cabang": req.kode_cabang})
    if (refusal := books.bank_refusal(req.kode_bank, stamp)) is not None:
        return refusal
    asker = books.pengguna(stamp.user)
    assert asker is not None, "authority was checked: the user exists"
    if asker.peran == Role.PENYELIA and tapak != stamp.tapak:
        return Refusal("SKH6213", {"milik": tapak, "user": stamp.user})
    cut = books.tutup(tapak)
    if cut is not None and cut.hari == stamp.hari:
        return Refusal("SKH6201", {"hari": cut.hari, "seq": cut.seq})
    return TutupSetoranFacts(req.kode_bank, req.kode_cabang, books.jumlah_cabang(tapak, stamp.hari))


def apply(books: Books, facts: TutupSetoranFacts, stamp: Stamp) -> None:
    """The branch takes no more deposits today."""
    books.cut_off(f"{facts.kode_bank}/{facts.kode_cabang}", stamp)


def answer(facts: TutupSetoranFacts, stamp: Stamp) -> Data:
    """Deposits the branch took, and their sum, corrections taken off."""
    rows = {row.kind: row for row in facts.jumlah}
    signs = [(rows[kind], sign) for kind, sign in (("STA", 1), ("KOR", -1)) if kind in rows]
    return {
        "kode_cabang": facts.kode_cabang,
        "n_rekaman": sum(sign * row.n for row, sign in signs),
        "nominal_rupiah": sum(sign * row.nominal for row, sign in signs),
    }


KIND = Kind(
    "TSC",
    "TUTUP SETORAN CABANG",
    frozenset({Role.PENYELIA, Role.BANK, Role.PUSAT}),
    TutupSetoran,
    TutupSetoranFacts,
    decide,
    apply,
    answer=answer,
)
