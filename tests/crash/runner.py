"""Runs a ledger, or the host, up to a named point and dies there:

    python runner.py POINT DATA SPPH...                deposits through a store, then a checkpoint
    python runner.py POINT DATA host --data DATA ...   the host, with its own arguments
    python runner.py creating FOLDER                   a new ledger, dying one step later each time

The points are set by replacing methods from outside; nothing in the product knows of them. Deposits asked and
answered are written to standard output, unbuffered, one line each: what a terminal would have sent and seen.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import lmdb

from ledger import checkpoint
from ledger.books import TABLES
from ledger.checkpoint import TablesEnv
from ledger.codec import hash_entry
from ledger.engine import Posted
from ledger.journal import Journal
from ledger.store import Store
from tests.host_fixtures import NINE_US, TELLER, TELLER_2, deposit

DIED = 9
CRASH_BATCH = 3
"""The batch that meets the point; the ones before it go through."""


def die(*_: object) -> NoReturn:
    """As by a power cut: nothing is flushed, closed or unlocked."""
    os._exit(DIED)


def tell(what: str, *fields: object) -> None:
    os.write(1, (" ".join([what, *map(str, fields)]) + "\n").encode())


def at_call(number: int, then: Callable[..., Any], otherwise: Callable[..., Any]) -> Callable[..., Any]:
    """A function that is `otherwise`, but `then` at its call of that number."""
    calls = 0

    def counting(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        return (then if calls == number else otherwise)(*arguments, **named)

    return counting


class DyingTransaction:
    """A write transaction that has put its rows and dies where it should commit, or just after it has."""

    def __init__(self, txn: lmdb.Transaction, commits: bool) -> None:
        self._txn = txn
        self._commits = commits

    def __enter__(self) -> lmdb.Transaction:
        return self._txn.__enter__()

    def __exit__(self, *error: object) -> None:
        if self._commits:
            self._txn.__exit__(*error)
        die()


class DyingEnv:
    """An environment whose next write transaction is the last."""

    def __init__(self, env: lmdb.Environment, commits: bool) -> None:
        self._env = env
        self._commits = commits

    def begin(self, **named: Any) -> DyingTransaction:
        return DyingTransaction(self._env.begin(**named), self._commits)


def append_and_die(self: Journal, bodies: Sequence[bytes]) -> None:
    APPEND(self, bodies)
    die()


def put_and_die(self: Journal, bodies: Sequence[bytes]) -> None:
    env: Any = DyingEnv(self._env, commits=False)
    self._env = env
    APPEND(self, bodies)


def pretend(self: Journal, bodies: Sequence[bytes]) -> None:
    """The unsafe mode of the negative control: said to be durable, and written nowhere."""
    self.head += len(bodies)
    self.head_hash = hash_entry(bodies[-1])


APPEND = Journal.append
WRITE_TABLE, WRITE = TablesEnv._write_table, TablesEnv.write


def write_once_and_die(self: TablesEnv, *arguments: Any) -> None:
    """Its first transaction is its last: were rows and watermark written in two, the second would be missing."""
    env: Any = DyingEnv(self._env, commits=True)
    self._env = env
    WRITE(self, *arguments)


def table_and_die(*arguments: Any) -> None:
    WRITE_TABLE(*arguments)
    die()


def set_point(point: str, number: int) -> None:
    """Plant the crash; `number` counts the commits of the journal."""
    match point:
        case "before commit":
            Journal.append = at_call(number, die, APPEND)  # type: ignore[method-assign]
        case "inside commit":
            Journal.append = at_call(number, put_and_die, APPEND)  # type: ignore[method-assign]
        case "after commit":
            Journal.append = at_call(number, append_and_die, APPEND)  # type: ignore[method-assign]
        case "answer before commit":
            unsafe = at_call(number, pretend, APPEND)
            Journal.append = at_call(number + 1, die, unsafe)  # type: ignore[method-assign]
        case "in a checkpoint":
            TablesEnv._write_table = at_call(len(TABLES) // 2, die, WRITE_TABLE)  # type: ignore[method-assign]
        case "before the watermark":
            TablesEnv._write_table = at_call(len(TABLES), table_and_die, WRITE_TABLE)  # type: ignore[method-assign]
        case "between two commits of a checkpoint":
            checkpoint.ENTRIES_PER_COMMIT = 10
            TablesEnv.write = at_call(2, die, WRITE)  # type: ignore[method-assign]
        case "after the first transaction of a checkpoint":
            TablesEnv.write = at_call(1, write_once_and_die, WRITE)  # type: ignore[method-assign]
        case "never" | "between two answers" | "before the answers" | "creating":
            pass
        case _:
            raise SystemExit(f"no point {point}")


def loop(point: str, path: Path, numbers: list[str]) -> None:
    """Deposits by two tellers, a batch of two at a time, then a checkpoint."""
    store = Store.open(path)
    for batch, pair in enumerate(zip(numbers[::2], numbers[1::2], strict=True), 1):
        asked = [deposit(origin, batch, nomor) for origin, nomor in zip((TELLER, TELLER_2), pair, strict=True)]
        for one, nomor in zip(asked, pair, strict=True):
            tell("asked", one.origin.user, one.stan, nomor)
        outcomes = store.post_batch(asked)
        if point == "before the answers" and batch == CRASH_BATCH:
            die()
        for one, outcome in zip(asked, outcomes, strict=True):
            assert isinstance(outcome, Posted), outcome
            tell("answered", one.origin.user, one.stan, outcome.seq, outcome.data["nomor_porsi"])
            if point == "between two answers" and batch == CRASH_BATCH:
                die()
    tell("checkpoint")
    store.checkpoint()
    store.close()


def create_at_every_step(folder: Path) -> None:
    """Make a ledger again and again, each time dying one step later; tells how many steps there are."""
    step = 1
    while True:
        child = os.fork()
        if not child:
            create(folder / f"{step:03d}", step)
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != DIED:
            tell("steps", step - 1)
            return
        step += 1


def create(path: Path, step: int) -> NoReturn:
    """Die at the given step of those that reach the disk: directories, files, environments, syncs, the commit."""
    steps = 0

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*arguments: Any, **named: Any) -> Any:
            nonlocal steps
            steps += 1
            if steps == step:
                die()
            return call(*arguments, **named)

        return counting

    for holder, name in ((Path, "mkdir"), (os, "write"), (os, "fsync"), (os, "pwrite"), (lmdb, "open")):
        setattr(holder, name, counted(getattr(holder, name)))
    Journal.append = counted(APPEND)  # type: ignore[method-assign]
    Store.create(path, nama="UJI", demo=True, user="OPERATOR", device="KONSOL", waktu_us=NINE_US)
    os._exit(0)


def main() -> None:
    point, data, *rest = sys.argv[1:]
    if point == "creating":
        create_at_every_step(Path(data))
    elif rest[:1] == ["host"]:
        set_point(point, CRASH_BATCH)
        from txserver.__main__ import main as run_host

        sys.argv = ["siskohat-server", *rest[1:]]
        run_host()
    else:
        set_point(point, CRASH_BATCH)
        loop(point, Path(data), rest)


if __name__ == "__main__":
    main()
