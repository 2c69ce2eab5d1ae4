"""The books as they stand, for a command beside a running host: read, never written.

The tables stand at a watermark and the journal goes on; what is missing is applied in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ledger.books import Books
from ledger.checkpoint import TablesEnv, catch_up, check_watermark
from ledger.codec import HASH_NONE
from ledger.journal import Journal
from ledger.vault import NoVault


@contextmanager
def open_books(path: Path) -> Iterator[tuple[Journal, Books]]:
    """Journal and books of a ledger at this moment. Raises FormatMismatch, JournalCorrupt."""
    with ExitStack() as undo:
        # The tables first: a checkpoint may come through between the two, and tables ahead of a journal are refused.
        env = TablesEnv(path / "books", writable=False) if (path / "books" / "data.mdb").exists() else None
        if env is not None:
            undo.callback(env.close)
        journal = Journal.open(path / "journal", writable=False)
        undo.callback(journal.close)
        books = Books(NoVault(), None if env is None else env.below)
        seq, digest = (0, HASH_NONE) if env is None else check_watermark(journal, env)
        catch_up(books, journal, seq, digest, journal.head)
        yield journal, books
