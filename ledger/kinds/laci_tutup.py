"""Laci tutup: the drawer of a device is counted by denominations and closed.

A drawer left open over a day is closed later, by its holder or by a supervisor; also in a branch that may not post
any more, for its cash is there all the same.

Dasar: D/163 pasal 7(5), 7(6).
"""

from __future__ import annotations

from msgspec import Struct

from ledger.books import Books
from ledger.fields import PECAHAN, Lembar
from ledger.kind import Kind, Role
from ledger.records import Data, Refusal, Stamp


class LaciTutup(Struct, frozen=True, array_like=True, tag="LTP", gc=False):
    """Notes and coins in the drawer, by denomination."""

    n_100000: Lembar
    n_50000: Lembar
    n_20000: Lembar
    n_10000: Lembar
    n_5000: Lembar
    n_1000: Lembar
    n_500: Lembar
    n_100: Lembar


class LaciTutupFacts(Struct, frozen=True, array_like=True, gc=False):
    """What the journal keeps: whose drawer since entry `seq_buka`, the three amounts, and notes and coins in the
    order of the request.
    """

    pemegang: str
    seq_buka: int
    seharusnya_rupiah: int
    dihitung_rupiah: int
    selisih_rupiah: int
    lembar: tuple[int, ...]


def decide(books: Books, req: LaciTutup, stamp: Stamp) -> LaciTutupFacts | Refusal:
    """Count and close the drawer of this device.

    Refuses, in this order: SKH2301 no open drawer, SKH2303 it is held by somebody else and the user is no
    supervisor.

    Dasar: D/163 pasal 7(5), 7(6).

    Asumsi: the supervisor of a branch may close a drawer whose holder is gone.
    """
    laci = books.laci(stamp.perangkat)
    if laci is None:
        return Refusal("SKH2301", {})
    if laci.user != stamp.user:
        closer = books.pengguna(stamp.user)
        assert closer is not None, "authority was checked: the user exists"
        if closer.peran != Role.PENYELIA:
            return Refusal("SKH2303", {"user": laci.user})
    lembar = tuple(getattr(req, f"n_{pecahan}") for pecahan in PECAHAN)
    dihitung = sum(n * pecahan for n, pecahan in zip(lembar, PECAHAN, strict=True))
    seharusnya = laci.seharusnya_rupiah
    return LaciTutupFacts(laci.user, laci.seq, seharusnya, dihitung, dihitung - seharusnya, lembar)


def apply(books: Books, facts: LaciTutupFacts, stamp: Stamp) -> None:
    """The drawer is closed."""
    books.close_laci(stamp.perangkat)


def answer(facts: LaciTutupFacts, stamp: Stamp) -> Data:
    """What should have been there, what was, and the difference."""
    return {
        "seharusnya_rupiah": facts.seharusnya_rupiah,
        "dihitung_rupiah": facts.dihitung_rupiah,
        "selisih_rupiah": facts.selisih_rupiah,
    }


KIND = Kind(
    "LTP",
    "LACI TUTUP",
    frozenset({Role.TELLER, Role.PENYELIA}),
    LaciTutup,
    LaciTutupFacts,
    decide,
    apply,
    answer=answer,
    when_stopped=True,
)
