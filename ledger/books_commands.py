"""The commands of `siskohat-ledger` that look at the books or derive them, and what all its commands share."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ledger.journal import Journal

Directory = Annotated[Path, typer.Argument(help="the ledger's directory")]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]


@contextmanager
def journal_of(path: Path) -> Iterator[Journal]:
    """The journal of a ledger's directory, to be read."""
    from ledger.journal import Journal

    journal = Journal.open(path / "journal", writable=False)
    try:
        yield journal
    finally:
        journal.close()


def tell(result: dict[str, Any], lines: list[str], as_json: bool) -> None:
    """Print what came out: for a program or for people."""
    typer.echo(json.dumps(result, indent=2, ensure_ascii=False) if as_json else "\n".join(lines))


def progress(what: str) -> Callable[[int, int], None] | None:
    """What tells on a terminal how far something has come; None where nobody looks."""
    if not sys.stderr.isatty():
        return None
    return lambda done, total: print(f"\r{what} {done * 100 // max(total, 1):3d}%", end="", file=sys.stderr)


def inspect(path: Directory, as_json: AsJson = False) -> None:
    """Look at every row of the books, beside a live host too: whether it is whole, in order, and found by its key."""
    from ledger.checkpoint import TablesEnv

    start = time.perf_counter()
    env = TablesEnv(path / "books", writable=False)
    seq, rows = env.watermark[0], env.look_through()
    env.close()
    seconds = time.perf_counter() - start
    result = {"watermark": seq, "rows": rows, "seconds": round(seconds, 3)}
    tell(
        result,
        [f"books at entry {seq}: {rows} rows, each whole, in order and found by its key ({seconds:.1f} s)"],
        as_json,
    )


def rebuild(path: Directory, as_json: AsJson = False) -> None:
    """Derive the books from nothing. The host must be down."""
    from ledger.checkpoint import rebuild as rebuild_books
    from ledger.journal import Journal

    journal = Journal.open(path / "journal", writable=True)
    start = time.perf_counter()
    done = rebuild_books(journal, path / "books", progress("rebuild"))
    journal.close()
    seconds = time.perf_counter() - start
    result = {"entries": done, "seconds": round(seconds, 3), "entries_per_s": int(done / seconds)}
    tell(result, [f"books derived from {done} entries in {seconds:.1f} s ({done / seconds:.0f}/s)"], as_json)


def checkpoint(
    path: Directory,
    upto: Annotated[int | None, typer.Option(help="entry to stop at; default: the head")] = None,
    as_json: AsJson = False,
) -> None:
    """Bring the books' tables to the journal's head (the host does this by itself)."""
    from ledger.checkpoint import advance

    with journal_of(path) as journal:
        done = advance(journal, path / "books", upto)
    tell({"entries": done}, [f"books moved on by {done} entries"], as_json)
