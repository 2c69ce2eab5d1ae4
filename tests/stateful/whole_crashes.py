"""The state machine over all kinds, its second part: hosts that die, checkpoints that tear, books that are lost."""

from __future__ import annotations

import shutil
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from ledger import checkpoint
from ledger.checkpoint import TablesEnv, advance
from ledger.errors import JournalFull
from ledger.tables import LAST
from tests.stateful.acts import ACTS, Pick
from tests.stateful.whole_ledger import ACT, FATE, PICK, Ledger


class Killed(BaseException):
    """The process ends here."""


class Crashes(Ledger):
    """What befalls the host."""

    # --- crashes ---------------------------------------------------------------------------------------------------

    @rule(
        batch=st.lists(st.tuples(ACT, PICK), min_size=1, max_size=5),
        when=st.sampled_from(["before the append", "after the append", "disk full"]),
    )
    def die(self, batch: list[tuple[int, int]], when: str) -> None:
        """The host dies around a commit, or finds no room; then everybody asks again, in another order of batches."""
        asked = [self.asked(ACTS[which](Pick(number), self.model)) for which, number in batch]
        after = deepcopy(self.model)
        told = [after.ask(one) for one in asked]
        append = self.store.journal.append

        def ends(bodies: list[bytes]) -> None:
            if when == "disk full":
                raise JournalFull("simulated")
            if when == "after the append":
                append(bodies)
            raise Killed

        self.store.journal.append = ends  # type: ignore[method-assign]
        is_posted = any(what == "entri" for what, _ in told)
        try:
            self.store.post_batch(asked)
            assert not is_posted, "a batch that was not written is not answered"
        except (Killed, JournalFull):
            assert is_posted, "what writes nothing asks nothing of the disk"
        del self.store.journal.append
        self.seen[when] += is_posted
        if when == "after the append":
            self.model = after
        if when != "disk full":
            self.reopen()
        for one in asked:
            self.send([one])

    def reopen(self) -> None:
        """A new host on what the old one left: its books, from the watermark on or from nothing, are the notebook's."""
        self.frozen = 0
        self.store.close()
        self.open()
        self.agree()

    @rule(books=st.sampled_from(["kept", "kept", "deleted"]))
    def restart(self, books: str) -> None:
        """The host goes down; its books may be lost, and are the same when they are derived again."""
        live = self.rows()
        self.store.close()
        self.frozen = 0
        if books == "deleted":
            shutil.rmtree(self.path / "books")
        self.seen[f"restart, books {books}"] += 1
        self.open()
        assert self.rows() == live, "books derived again are the live ones"
        self.agree()

    def rows(self) -> dict[str, dict[str, Any]]:
        return {name: dict(table.range("", LAST)) for name, table in self.store.books.tables.items()}

    @precondition(lambda self: not self.frozen)
    @rule()
    def begin_checkpoint(self) -> None:
        """The books are to be carried down; requests go on meanwhile."""
        self.frozen = self.store.freeze()

    @precondition(lambda self: self.frozen)
    @rule(fate=FATE, parts=st.integers(1, 3))
    def end_checkpoint(self, fate: str, parts: int) -> None:
        """It came through, or its process died: before it wrote anything, or between two commits of it."""
        upto, self.frozen = self.frozen, 0
        self.seen["checkpoint " + fate] += 1
        if fate == "failed":
            self.store.thaw()
            return
        self.store.env.close()  # LMDB does not open a file twice in one process
        self.carry_down(upto, parts if fate.startswith("torn") else 0)
        self.store.env = TablesEnv(self.path / "books", writable=False)
        for name, table in self.store.books.tables.items():
            table.lay_on(self.store.env.below(name))
        if fate == "torn, host dies":
            self.reopen()
        elif fate == "torn":
            self.store.thaw()
        else:
            self.store.settle()
        self.agree()

    def carry_down(self, upto: int, parts: int) -> None:
        """The process of a checkpoint; with `parts` it dies after so many commits of few entries."""
        per_commit, write = checkpoint.ENTRIES_PER_COMMIT, TablesEnv.write
        left = [parts]

        def some(env: TablesEnv, *arguments: Any) -> None:
            if not left[0]:
                raise Killed
            left[0] -= 1
            write(env, *arguments)

        try:
            if parts:
                checkpoint.ENTRIES_PER_COMMIT, TablesEnv.write = 9, some  # type: ignore[method-assign]
            advance(self.store.journal, self.path / "books", upto)
        except Killed:
            self.seen["torn between commits"] += 1
        finally:
            checkpoint.ENTRIES_PER_COMMIT, TablesEnv.write = per_commit, write  # type: ignore[method-assign]
