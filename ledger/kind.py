"""The shape every transaction kind has, and the roles that may post one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from ledger.records import Data, Posting, Receipt, Refusal, Stamp

if TYPE_CHECKING:
    from ledger.books import Books


class Role(StrEnum):
    """What a user may do; the codes are those of `fields.PERAN`."""

    TELLER = "TELLER"
    PENYELIA = "PENYELIA"
    BANK = "BANK"
    PETUGAS = "PETUGAS"
    PEJABAT = "PEJABAT"
    KANWIL = "KANWIL"
    PUSAT = "PUSAT"
    AUDITOR = "AUDITOR"


def no_postings(facts: Any, stamp: Stamp) -> tuple[Posting, ...]:
    """Postings of a kind that moves no money."""
    return ()


def no_answer(facts: Any, stamp: Stamp) -> Data:
    """Answer of a kind that has nothing to tell but its number."""
    return {}


@dataclass(frozen=True, slots=True)
class Kind:
    """One transaction kind.

    `decide(books, request, stamp)` reads and gives facts or a refusal; `apply(books, facts, stamp)` writes and
    never refuses; replay runs `apply` alone. `postings`, `answer` and `receipt` are functions of facts and stamp,
    so that a repeat and a reprint say what the first one said. `in_day` asks for an open business day.
    `approvers` not empty: a second person of the same branch or office, with one of these roles, must sign.
    `stops_at_cutoff`: no branch posts it any more on a day it has cut off (but see `Books.is_ulang`).
    `when_stopped`: a branch whose user ID is not AKTIF may post it all the same; such a kind grants nothing.
    """

    code: str
    title: str
    roles: frozenset[Role]
    request: type
    facts: type
    decide: Callable[[Books, Any, Stamp], Any | Refusal]
    apply: Callable[[Books, Any, Stamp], None]
    postings: Callable[[Any, Stamp], tuple[Posting, ...]] = no_postings
    answer: Callable[[Any, Stamp], Data] = no_answer
    receipt: Callable[[Any, Stamp, Data], Receipt] | None = None
    in_day: bool = True
    approvers: frozenset[Role] = frozenset()
    when_stopped: bool = False
    stops_at_cutoff: bool = False
