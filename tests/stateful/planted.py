"""Known bugs, put into a store that was just opened; the machine must find each of them."""

from __future__ import annotations

from typing import Any

from ledger.engine import Engine
from ledger.errors import JournalFull
from ledger.store import Store


def burnt_number(store: Store) -> None:
    """An aborted batch takes everything back but the running numbers."""
    books = store.books

    def drop() -> None:
        kept = dict(books.tables["nomor"].rows)
        type(books).drop(books)
        books.tables["nomor"].rows.update(kept)

    books.drop = drop  # type: ignore[method-assign]


def lost_idempotency(store: Store) -> None:
    """Which entry a request became is forgotten."""
    store.books.permintaan = lambda perangkat, hari, stan: None  # type: ignore[method-assign]
    store.books.terakhir = lambda perangkat: None


def revoked_branch_accepted(store: Store) -> None:
    """The state of a branch's user ID is read once, at start."""
    at_start = dict(store.books.tables["cabang"].rows)
    honest = Engine._check_authority

    def check(kind: Any, origin: Any) -> Any:
        refusal = honest(store.engine, kind, origin)
        return None if refusal and refusal.id == "SKH7009" and at_start[origin.tapak].status == "AKTIF" else refusal

    store.engine._check_authority = check  # type: ignore[method-assign]


def ack_before_commit(store: Store) -> None:
    """A full disk is swallowed and the batch acknowledged."""
    honest = store.commit

    def commit() -> None:
        try:
            honest()
        except JournalFull:
            store.engine.settle()

    store.commit = commit  # type: ignore[method-assign]


def number_granted_again(store: Store) -> None:
    """A corrected porsi goes back to its series."""
    books = store.books

    def cancel(nomor_porsi: str, identitas: str, seq: int) -> None:
        type(books).cancel_calon(books, nomor_porsi, identitas, seq)
        books.tables["nomor"].put("porsi/" + nomor_porsi[:2], int(nomor_porsi[2:]) - 1)

    books.cancel_calon = cancel  # type: ignore[method-assign]
