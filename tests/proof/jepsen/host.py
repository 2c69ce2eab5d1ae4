"""The product's host as it stands, which notes beside it in what order requests came; and bugs to plant in it.

    python -m tests.proof.jepsen.host FOLDER BUG ARGUMENTS OF siskohat-server          the host
    python -m tests.proof.jepsen.host --supervised FOLDER BUG ARGUMENTS                the product's supervisor above it

The supervisor's patience alone is changed: ten restarts in ten minutes are its limit, and a run makes a hundred in one.
"""

from __future__ import annotations

import mmap
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from struct import Struct
from typing import Any

from ledger.store import Store
from txserver import supervisor
from txserver.batcher import Batcher
from txserver.session import Ticket

RECORD = Struct("<28sI")
HEAD = Struct("<q24x")
BYTES_MAX = 1 << 28
"""Sparse: eight million arrivals in one life."""
NO_HEAD = -1


def plant(bug: str) -> None:
    """The bugs of the simulation, in a host of flesh and blood."""
    import pytest

    from tests.sim import planted

    bugs = {"ack early": planted.ack_early, "no memory": planted.lost_idempotency, "lifo": planted.lifo}
    bugs[bug](pytest.MonkeyPatch())


def note_arrivals(folder: Path) -> None:
    """Whatever is taken in is noted in memory that outlives the process: the head it began from, then each arrival."""
    path = folder / f"{time.monotonic_ns():020d}-{os.getpid()}"
    with path.open("w+b") as file:
        file.truncate(BYTES_MAX)
        memory = mmap.mmap(file.fileno(), BYTES_MAX)
    first = memoryview(memory)[: HEAD.size].cast("q")  # written whole or not at all, unlike by `pack_into`
    first[0] = NO_HEAD
    at = HEAD.size
    offer, begin = Batcher.offer, Store.__init__

    def noting(self: Batcher, ticket: Any) -> bool:
        nonlocal at
        is_taken = offer(self, ticket)
        if is_taken and isinstance(ticket, Ticket):
            RECORD.pack_into(memory, at, ticket.origin.perangkat.encode(), ticket.stan)
            at += RECORD.size
        return is_taken

    def began(self: Store, *arguments: Any) -> None:
        begin(self, *arguments)
        first[0] = self.journal.head

    Batcher.offer = noting  # type: ignore[method-assign]
    Store.__init__ = began  # type: ignore[method-assign]


def has_taken(path: Path, count: int) -> bool:
    """Whether one life has taken in so many requests."""
    with path.open("rb") as file:
        file.seek(HEAD.size + (count - 1) * RECORD.size)
        raw = file.read(RECORD.size)
    return len(raw) == RECORD.size and RECORD.unpack(raw)[1] > 0


def began_at(path: Path) -> int:
    """The head one life began from; NO_HEAD if it never came so far."""
    with path.open("rb") as file:
        raw = file.read(HEAD.size)
    return int(HEAD.unpack(raw)[0]) if len(raw) == HEAD.size else NO_HEAD


def arrivals(path: Path) -> tuple[int, Iterator[str]]:
    """The head one life began from, and what it took in, in order; NO_HEAD if it never came so far."""

    def read() -> Iterator[str]:
        with path.open("rb") as file:
            file.seek(HEAD.size)
            while len(raw := file.read(RECORD.size)) == RECORD.size:
                device, stan = RECORD.unpack(raw)
                if not stan:
                    return
                yield f"{device.rstrip(bytes(1)).decode()}/{stan}"

    return began_at(path), read()


def main() -> int:
    if sys.argv[1] == "--supervised":
        supervisor.RESTARTS_MAX = 1 << 30
        supervisor.PAUSES_S = (0.0,)
        return supervisor.Supervisor((sys.executable, "-m", "tests.proof.jepsen.host", *sys.argv[2:])).run()
    folder, bug = sys.argv[1:3]
    if bug != "-":
        plant(bug)
    note_arrivals(Path(folder))
    sys.argv = ["siskohat-server", *sys.argv[3:]]
    from txserver.__main__ import app

    return int(app(prog_name="siskohat-server") or 0)


if __name__ == "__main__":
    sys.exit(main())
