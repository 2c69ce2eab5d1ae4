"""Laci serah: the open drawer of a device goes from its holder to another teller of the branch, who signs for it.

Both count the cash. What is counted is what the receiver answers for from here on, and his running counts begin
anew; a difference from what should be there is kept with the entry, under the name of the one who hands over.

Dasar: D/163 pasal 7(1), 7(5).
"""

from __future__ import annotations

from msgspec import Struct

from ledger.books import Books
from ledger.fields import KodeUser, Rupiah
from ledger.kind import Kind, Role
from ledger.records import Data, Refusal, Stamp
from ledger.rows import Laci


class LaciSerah(Struct, frozen=True, array_like=True, tag="LSR", gc=False):
    """Who receives the drawer, and the cash both counted in it."""

    penerima: KodeUser
    jumlah_rupiah: Rupiah


class LaciSerahFacts(Struct, frozen=True, array_like=True, gc=False):
    """What the journal keeps; `seq_buka` is the entry by which the one who hands over had the drawer."""

    penerima: str
    seq_buka: int
    seharusnya_rupiah: int
    dihitung_rupiah: int
    selisih_rupiah: int


def decide(books: Books, req: LaciSerah, stamp: Stamp) -> LaciSerahFacts | Refusal:
    """Hand the drawer of this device over.

    Refuses, in this order: SKH2304 the receiver is not the one who signed, SKH2301 no open drawer, SKH2303 it is
    held by somebody else.

    Dasar: D/163 pasal 7(5).

    Asumsi: a difference in cash is recorded, not posted and not refused; the branch settles it by its own rules.
    """
    if req.penerima != stamp.penyetuju:
        return Refusal("SKH2304", {"penerima": req.penerima, "penyetuju": stamp.penyetuju})
    laci = books.laci(stamp.perangkat)
    if laci is None:
        return Refusal("SKH2301", {})
    if laci.user != stamp.user:
        return Refusal("SKH2303", {"user": laci.user})
    seharusnya = laci.seharusnya_rupiah
    return LaciSerahFacts(req.penerima, laci.seq, seharusnya, req.jumlah_rupiah, req.jumlah_rupiah - seharusnya)


def apply(books: Books, facts: LaciSerahFacts, stamp: Stamp) -> None:
    """The drawer is the receiver's."""
    books.change_laci(stamp.perangkat, Laci(facts.penerima, stamp.hari, stamp.seq, facts.dihitung_rupiah))


def answer(facts: LaciSerahFacts, stamp: Stamp) -> Data:
    """What should have been there, what was, and the difference."""
    return {
        "penerima": facts.penerima,
        "seharusnya_rupiah": facts.seharusnya_rupiah,
        "dihitung_rupiah": facts.dihitung_rupiah,
        "selisih_rupiah": facts.selisih_rupiah,
    }


KIND = Kind(
    "LSR",
    "LACI SERAH TERIMA",
    frozenset({Role.TELLER}),
    LaciSerah,
    LaciSerahFacts,
    decide,
    apply,
    answer=answer,
    approvers=frozenset({Role.TELLER}),
)
