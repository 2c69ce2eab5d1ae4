"""The operator's messages: who may say something to whom, and what was said lately. In memory only.

A message goes to everybody, to one bank, or to one branch. The centre may speak to all of them, a bank's head office
to its own bank and branches, a supervisor to his own branch.
"""

from __future__ import annotations

from collections import deque

from msgspec import Struct

from ledger.books import DEPARTEMEN, PUSAT, Books
from ledger.fields import is_tidy
from ledger.kind import Role
from ledger.records import Origin, Refusal

MESSAGES_MAX = 1_000
"""Messages kept; the oldest goes first, and all of them with the process."""
SHOWN_MAX = 50
"""Messages of one answer."""


class Said(Struct, frozen=True, gc=False):
    """What somebody wants said, and when the host heard it."""

    tujuan: str
    teks: str
    waktu_us: int


class Note(Struct, frozen=True, gc=False):
    """One message that was let through; `dari` is "bank/cabang user"."""

    tujuan: str
    dari: str
    teks: str
    waktu_us: int

    def is_for(self, origin: Origin) -> bool:
        """True when it is meant for this session's branch."""
        return self.tujuan in {"", origin.bank, origin.tapak}


class Board:
    """The messages of one host."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._notes: deque[Note] = deque(maxlen=MESSAGES_MAX)

    def say(self, said: Said, origin: Origin) -> Note | Refusal:
        """Keep a message for those it is meant for.

        Refuses, in this order: SKH7008 no authority, SKH1002 not printable, SKH8002 no such bank, SKH8005 no such
        branch.
        """
        bank, is_branch, cabang = said.tujuan.partition("/")
        if not self._may_say(bank, said.tujuan, origin):
            return Refusal("SKH7008", {"user": origin.user, "kind": "SIAR"})
        if not is_tidy(said.teks):
            return Refusal("SKH1002", {})
        if bank and self._books.bank(bank) is None:
            return Refusal("SKH8002", {"kode_bank": bank})
        if is_branch and self._books.cabang(said.tujuan) is None:
            return Refusal("SKH8005", {"kode_bank": bank, "kode_cabang": cabang})
        note = Note(said.tujuan, f"{origin.tapak} {origin.user}", said.teks, said.waktu_us)
        self._notes.append(note)
        return note

    def read(self, origin: Origin) -> list[list[str | int]]:
        """The last messages for a branch, newest first: time, from whom, text."""
        rows: list[list[str | int]] = []
        for note in reversed(self._notes):
            if note.is_for(origin):
                rows.append([note.waktu_us, note.dari, note.teks])
                if len(rows) == SHOWN_MAX:
                    break
        return rows

    def _may_say(self, bank: str, tujuan: str, origin: Origin) -> bool:
        profile = self._books.pengguna(origin.user)
        if profile is None or (profile.bank, profile.cabang) != (origin.bank, origin.cabang):
            return False
        if profile.peran == Role.PUSAT:
            return (origin.bank, origin.cabang) == (DEPARTEMEN, PUSAT)
        if profile.peran == Role.BANK:
            return bank == origin.bank
        return profile.peran == Role.PENYELIA and tujuan == origin.tapak
