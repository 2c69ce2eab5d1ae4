"""The run whose power is cut: a real store that posts the batches of the script, under the recorder.

    PROOF_ROOT=LEDGER/.. PROOF_LOG=... LD_PRELOAD=preload.so python -m tests.proof.stream LEDGER SEED COMMITS MODE

Marks go into the same stream as the writes: they are written to a file `tanda` beside the ledger, "A n" before
batch n is posted and "K n head" when it may be answered. In the stream are checkpoints, a full map and a larger one,
new blocks of key slots, books that are thrown away and derived again. PROOF_KILL "classes kind n" has the process
killed at its n-th such call (see preload.c); started again it marks BEGIN, goes on behind the last answered batch,
and what it had not synced is still in doubt. MODE "safe" runs the product as it is; the others are the environments
of the negative controls, set up here and nowhere else, and "early", in which "K" stands before the commit too.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import lmdb

from ledger import journal, vault
from ledger.engine import Posted, Repeat
from ledger.errors import JournalFull
from ledger.kinds.buka_hari import BukaHari
from ledger.store import Store
from tests.proof.script import Script

CHECKPOINT_EVERY = 40
SLOTS_AHEAD = 128
MAP_BYTES = 384 << 10
"""Small at first, so that it is full more than once."""
UNSAFE: dict[str, dict[str, Any]] = {"metasync": {"metasync": False}, "sync": {"sync": False}}


class Run:
    """One store through its batches, reopened when its map is full."""

    def __init__(self, path: Path, seed: int) -> None:
        self.path = path
        self.map_bytes = MAP_BYTES
        self.chance = Random(seed).randbytes
        self.marks = os.open(path.parent / "tanda", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.mark("BEGIN")
        self.store = self.open()

    def open(self) -> Store:
        return Store.open(self.path, random=self.chance, map_bytes=self.map_bytes)

    def mark(self, *words: object) -> None:
        os.write(self.marks, (" ".join(map(str, words)) + "\n").encode())

    def post(self, number: int, batch: list[Any]) -> None:
        self.mark("A", number)
        try:
            outcomes = self.store.post_batch(batch)
        except JournalFull:
            self.mark("FULL", number)
            self.store.close()
            self.map_bytes *= 2
            self.store = self.open()
            outcomes = self.store.post_batch(batch)
        if isinstance(batch[-1].request, BukaHari):
            assert all(isinstance(outcome, Posted | Repeat) for outcome in outcomes), outcomes
        self.mark("K", number, self.store.journal.head)

    def derive_again(self) -> None:
        self.store.close()
        shutil.rmtree(self.path / "books")
        self.store = self.open()


class Early(Run):
    """The control that answers when a batch is decided, before its commit."""

    number = -1

    def post(self, number: int, batch: list[Any]) -> None:
        self.number = number
        super().post(number, batch)

    def open(self) -> Store:
        store = super().open()
        honest = store.commit

        def commit() -> None:
            self.mark("K", self.number, store.journal.head + len(store.engine.bodies))
            honest()

        store.commit = commit  # type: ignore[method-assign]
        return store


def open_unsafe(honest: Callable[..., lmdb.Environment], flags: dict[str, Any], path: Path, **named: Any) -> Any:
    """`open_env` of the control: as the product's, but for the flags."""
    options = {"create": False, "readahead": False, "meminit": False, "max_readers": 512, "lib_version": 0}
    if named["readonly"]:
        return honest(path, **named)
    return lmdb.open(str(path), map_size=named["map_bytes"], max_dbs=named["max_dbs"], **options, **flags)


def answered(marks: Path) -> int:
    """The last batch that was answered by an earlier process, or -1."""
    lines = marks.read_text().splitlines() if marks.exists() else []
    return max([int(line.split()[1]) for line in lines if line.startswith("K ")], default=-1)


def main() -> None:
    path, seed, commits, mode = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    vault.SLOTS_AHEAD = SLOTS_AHEAD
    if mode == "trusting":
        vault.FileVault.make_sure = lambda self, used: None  # type: ignore[method-assign]
    if mode in UNSAFE:
        journal.open_env = partial(open_unsafe, journal.open_env, UNSAFE[mode])
    done = answered(path.parent / "tanda")
    run = (Early if mode == "early" else Run)(path, seed * 1_000 + done + 1)
    if kill := os.environ.get("PROOF_KILL"):
        classes, kind, first = map(int, kill.split())
        ctypes.CDLL(None).proof_arm(classes, kind, ctypes.c_long(first), ctypes.c_long(1), 0, None)
    for number, batch in enumerate(Script(seed).batches(commits)):
        if number <= done:
            continue
        run.post(number, batch)
        if number % CHECKPOINT_EVERY == CHECKPOINT_EVERY - 1:
            run.mark("CHECKPOINT", number)
            run.store.checkpoint()
        if number == commits // 2:
            run.mark("REBUILD", number)
            run.derive_again()
    run.mark("END", commits)
    run.store.close()


if __name__ == "__main__":
    main()
