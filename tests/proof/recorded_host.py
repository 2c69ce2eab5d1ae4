"""The host of a recorded day. Arguments as of `siskohat-server`.

It tells in the stream what it answers, "K n" for entry n, at the moment at which the answer is made: what a client
hears later would forgive a commit that is as much too late. Key slots are made by the hundred, so that they grow
within a day. PROOF_PLANT=early is the control that answers when a batch is decided, before its commit.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ledger import vault
from ledger.store import Store
from tests.proof.disk import HEAD
from tests.proof.stream import SLOTS_AHEAD
from txserver import __main__ as server
from txserver.session import Session

MARK_INODE = 1
"""Of the file of marks, which is nowhere but in the stream."""
honest_accept, honest_commit = Session.accept, Store.commit


class Marks:
    """Words put into the stream between the calls that it records."""

    def __init__(self, log: Path) -> None:
        self._log = os.open(log, os.O_WRONLY | os.O_APPEND)

    def begin(self, name: str) -> None:
        """The file of marks is made."""
        os.write(self._log, HEAD.pack(ord("C"), 0, len(name.encode()), 0, MARK_INODE, 0) + name.encode())

    def put(self, *words: object) -> None:
        """One line of it."""
        said = (" ".join(map(str, words)) + "\n").encode()
        os.write(self._log, HEAD.pack(ord("W"), 0, 0, len(said), MARK_INODE, 0) + said)


def tell_answers(marks: Marks) -> None:
    """From now on every acceptance is told."""

    def accept(self: Session, stan: int, seq: int, *rest: Any) -> None:
        marks.put("K", seq)
        honest_accept(self, stan, seq, *rest)

    Session.accept = accept  # type: ignore[method-assign, assignment]


def answer_early(marks: Marks) -> None:
    """The control."""

    def commit(self: Store) -> None:
        marks.put("K", self.journal.head + len(self.engine.bodies))
        honest_commit(self)

    Store.commit = commit  # type: ignore[method-assign]


if __name__ == "__main__":
    vault.SLOTS_AHEAD = SLOTS_AHEAD
    told = Marks(Path(os.environ["PROOF_LOG"]))
    tell_answers(told)
    if os.environ.get("PROOF_PLANT") == "early":
        answer_early(told)
    server.main()
