"""Power cuts at every call of a recorded run: each state is opened, recovered, held against what was acknowledged.

    python -m tests.proof.replay '{"log": ..., "root": ..., "start": ..., "work": ..., "seed": 1, "states": 5}'

The oracle of a state: `Store.open` opens it; its entries are those of the run, byte for byte, at least to the last
acknowledged one and at most to the batch in hand; the keys of every sealed form are there; the books' rows are those
that follow from their watermark. Every 4th state goes on with three batches and gets the numbers the run gave; every
40th is verified as an operator would (`verify`, `check_books`, LMDB's own structure check).
Prints one JSON object. A state that kills the process (SIGBUS, SIGABRT) is counted as broken and the next one taken.
"""

from __future__ import annotations

import json
import mmap
import os
import pickle
import struct
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from pathlib import Path
from random import Random
from struct import Struct
from typing import Any

import lmdb.verify
import msgspec

from ledger import vault
from ledger.books import TABLES, Books
from ledger.checkpoint import TablesEnv, catch_up
from ledger.codec import HASH_NONE, decode_entry, hash_entry
from ledger.engine import Posted, Repeat
from ledger.errors import LedgerError
from ledger.journal import Journal
from ledger.records import Entry
from ledger.store import Store
from ledger.tables import LAST
from ledger.vault import DESTROYED, HEADER, SLOT, NoVault
from ledger.verify import check_books, verify
from tests.proof import stream
from tests.proof.disk import MARKS, Cut, Disk, Event, Image, read_log
from tests.proof.script import Script

GO_ON_EVERY = 4
VERIFY_EVERY = 40
MAP_BYTES = 64 << 20
PROGRESS = Struct("<QQQ")
ODD = (AssertionError, LedgerError, lmdb.Error, OSError, ValueError, LookupError, TypeError, struct.error)


class Plan(msgspec.Struct, kw_only=True):
    """One replay: the log, the recorded folder, the pickled snapshot of its start with its number of
    entries, a folder to work in.

    `states` is the most tried at one point. `skip_sync`: the n-th sync of the journal is taken out of the stream
    (control). `forgets`: so are those of files made under names that begin so (control, of a whole host's day).
    `stop_after`: enough failures. `parts`: processes.
    """

    log: str
    root: str
    start: str
    work: str
    seed: int
    commits: int
    entries: int
    states: int = 6
    skip_sync: int = 0
    forgets: str = ""
    stop_after: int = 1_000_000
    parts: int = 2


@dataclass
class Truth:
    """What the run itself ended with."""

    bodies: list[bytes]
    slots: bytes
    numbers: dict[tuple[str, str, int], int]
    batches: list[Any]
    heads: dict[int, int]
    books: dict[int, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan) -> Truth:
        ledger = Path(plan.root) / "ledger"
        bodies, slots = ended_with(ledger)
        entries = [decode_entry(body) for body in bodies]
        numbers = {identity(entry): entry.stamp.seq for entry in entries}
        marks = (line.split() for line in (Path(plan.root) / MARKS).read_text().splitlines())
        heads = {int(mark[1]): int(mark[2]) for mark in marks if mark[0] == "K"}
        return cls(bodies, slots, numbers, list(Script(plan.seed).batches(plan.commits)), heads)

    def books_at(self, watermark: int) -> bytes:
        """Digest of all rows that follow from the entries up to the watermark."""
        if watermark not in self.books:
            books = Books(NoVault())
            catch_up(books, self, 0, HASH_NONE, watermark)  # type: ignore[arg-type]
            rows = {name: sorted(table.range("", LAST)) for name, table in books.tables.items()}
            self.books[watermark] = digest(rows)
        return self.books[watermark]

    def read(self, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
        """As a journal reads, for `catch_up`."""
        return enumerate(self.bodies[start - 1 : stop - 1], start)


def ended_with(ledger: Path) -> tuple[list[bytes], bytes]:
    """Entries and key slots of a ledger that must verify."""
    journal = Journal.open(ledger / "journal", writable=False)
    assert verify(journal).verified, "the run itself is sound"
    bodies = [body for _, body in journal.read()]
    journal.close()
    return bodies, (ledger / "kunci" / "slot.dat").read_bytes()[len(HEADER) :]


def identity(entry: Entry) -> tuple[str, str, int]:
    return entry.stamp.perangkat, entry.stamp.hari, entry.stamp.stan


def digest(rows: dict[str, list[Any]]) -> bytes:
    summed = blake2b(digest_size=16)
    for name in TABLES:
        summed.update(msgspec.msgpack.encode((name, rows[name])))
    return summed.digest()


class Judge:
    """Holds one state after the other against the truth. `counts` says what was done."""

    def __init__(self, truth: Truth) -> None:
        self.truth = truth
        self.counts: Counter[str] = Counter()
        self._sound: tuple[int, ...] = ()

    def judge(self, image: Image, acked: int, allowed: int, batch: int, books_are: tuple[int, ...], turn: int) -> None:
        """Raises whatever is wrong with the state that the image shows."""
        truth, ledger = self.truth, image.folder / "ledger"
        slots = (ledger / "kunci" / "slot.dat").read_bytes()
        if not (ledger / "books" / "data.mdb").exists():
            self.counts["books derived"] += 1
            image.spoilt()
        store = self.open(ledger, turn)
        try:
            head = store.journal.head
            assert head >= acked, f"lost: the head is {head}, acknowledged was {acked}"
            assert head <= allowed, f"made up: the head is {head}, asked for was {allowed}"
            with store.journal._env.begin(db=store.journal._entries) as txn, txn.cursor() as cursor:
                assert list(cursor.iternext(keys=False)) == truth.bodies[:head], "an entry is not as it was written"
            assert store.journal.head_hash == hash_entry(truth.bodies[head - 1])
            used = store.books.kunci_next() * SLOT
            keys = os.pread(store.vault._slots, used, len(HEADER))
            assert keys == truth.slots[:used], "a key of an acknowledged form is gone"
            ready = os.pread(store.vault._slots, store.vault.slots * SLOT, len(HEADER) + used)
            assert not any(ready[at : at + SLOT] == DESTROYED for at in range(0, len(ready), SLOT)), "a slot is no key"
            if books_are != self._sound:
                rows = {name: list(store.env.below(name).range("", LAST)) for name in TABLES}
                assert digest(rows) == truth.books_at(store.watermark), "the books are not those of their watermark"
                self._sound = books_are
                self.counts["books compared"] += 1
            self.more(store)
            if turn % GO_ON_EVERY == 0:
                self._go_on(store, batch)
                image.spoilt()
        finally:
            self.close(store)
            if (ledger / "kunci" / "slot.dat").read_bytes() != slots:
                image.spoilt()
        if turn % VERIFY_EVERY == 0:
            self._verify(ledger)

    def open(self, ledger: Path, turn: int) -> Store:
        """As the product opens what it finds."""
        return Store.open(ledger, random=Random(turn).randbytes, map_bytes=MAP_BYTES)

    def more(self, store: Store) -> None:
        """What must hold beside journal, keys and books."""

    def close(self, store: Store) -> None:
        """Give up what `open` has opened."""
        store.close()

    def _go_on(self, store: Store, batch: int) -> None:
        """The batch that was acknowledged last comes again, then the next two: the numbers must be the run's."""
        self.counts["gone on"] += 1
        for asked in self.truth.batches[batch : batch + 3]:
            for one, outcome in zip(asked, store.post_batch(asked), strict=True):
                expected = self.truth.numbers.get((one.origin.perangkat, one.hari, one.stan), 0)
                got = outcome.seq if isinstance(outcome, Posted | Repeat) else 0
                assert got == expected, f"asked again: {got} instead of {expected}"

    def _verify(self, ledger: Path) -> None:
        self.counts["verified"] += 1
        journal = Journal.open(ledger / "journal", writable=False)
        report = verify(journal)
        assert report.verified, report.reason
        env = TablesEnv(ledger / "books", writable=False)
        books = check_books(journal, env)
        assert books.verified, books.differences
        env.close()
        journal.close()
        for name in ("journal", "books"):
            findings = lmdb.verify.verify(str(ledger / name / "data.mdb"))
            assert not findings, (name, findings)


class Cutter:
    """Goes through the stream and cuts at its share of the points."""

    judges: type[Judge] = Judge

    def __init__(self, plan: Plan, events: list[Event], truth: Truth, part: int, progress: mmap.mmap) -> None:
        self.plan, self.events, self.truth, self.part = plan, events, truth, part
        self.progress = progress
        self.disk = Disk(pickle.loads(Path(plan.start).read_bytes()))
        self.image = Image(Path(plan.work) / f"image{part}")
        self.judge = self.judges(truth)
        self.acked = self.allowed = plan.entries
        self.batch = 0
        self.marks = {inode for name, inode in self.disk.names.items() if name == MARKS}
        self.syncs = 0
        self.points = self.states = 0
        self.labels: Counter[str] = Counter()
        self.failures: list[dict[str, Any]] = []

    def go(self, done: int) -> None:
        """Every state of this part behind the first `done` ones."""
        journal = self.disk.names["ledger/journal/data.mdb"]
        for point, event in enumerate(self.events):
            if event.op == "C" and event.path == MARKS:
                self.marks.add(event.inode)
            elif event.inode in self.marks:
                self._mark(event)
            if event.inode in self.marks:
                continue
            self.disk.take(event)
            if point % self.plan.parts == self.part:
                self._cut(point, done)
            if event.op == "S" and event.inode == journal:
                self.syncs += 1
                if self.syncs == self.plan.skip_sync:
                    continue
            if not self._dies_in(point):
                self.disk.finish(event)
            if len(self.failures) >= self.plan.stop_after:
                return

    def _dies_in(self, point: int) -> bool:
        """The process was killed in this call: whether it was finished is not known, so it stays pending."""
        after = self.events[point + 1] if point + 1 < len(self.events) else None
        return after is not None and after.inode in self.marks and after.data == b"BEGIN\n"

    def _mark(self, event: Event) -> None:
        word, *rest = event.data.decode().split()
        if word == "A":
            self.allowed = self.truth.heads[int(rest[0])]
        elif word == "K":
            self.batch, self.acked = int(rest[0]), int(rest[1])
            self.allowed = self.acked

    def _cut(self, point: int, done: int) -> None:
        self.points += 1
        random = Random(self.plan.seed * 1_000_003 + point)
        for cut in self.disk.cuts(random, self.plan.states):
            self.states += 1
            if self.states <= done:
                continue
            self.progress[: PROGRESS.size] = PROGRESS.pack(self.states, self.points, point)
            self.labels[cut.label] += 1
            try:
                self.image.show(self.disk, cut)
                self.judge.judge(self.image, self.acked, self.allowed, self.batch, self._books(cut), self.states)
            except ODD as error:
                self.fail(point, cut.label, f"{type(error).__name__}: {error}"[:300])

    def _books(self, cut: Cut) -> tuple[int, ...]:
        """What tells one state of the books' file from another: its sure part and what was added."""
        names = self.disk.names_after(cut.names)
        inode = names.get("ledger/books/data.mdb", 0)
        added = tuple(hash(piece) for piece in cut.pieces if piece.inode == inode)
        return inode, self.disk.files[inode].version if inode else 0, *added

    def fail(self, point: int, label: str, reason: str) -> None:
        self.failures.append({"point": point, "state": self.states, "cut": label, "reason": reason})
        self.image.spoilt()

    def result(self) -> dict[str, Any]:
        return {
            "points": self.points,
            "states": self.states,
            "failures": self.failures,
            "labels": dict(self.labels),
            "counts": dict(self.judge.counts),
        }


def run(plan: Plan) -> dict[str, Any]:
    """Every cut of a run of `stream`."""
    vault.SLOTS_AHEAD = stream.SLOTS_AHEAD
    return play(plan, partial(Cutter, plan, read_log(Path(plan.log), Path(plan.root)), Truth.of(plan)))


def play(plan: Plan, make: Callable[[int, mmap.mmap], Cutter]) -> dict[str, Any]:
    """All parts side by side; a part that is killed by its state goes on behind it."""
    start = time.monotonic()
    Path(plan.work).mkdir(parents=True, exist_ok=True)
    parts = {part: Part(plan, part) for part in range(plan.parts)}
    running: dict[int, Part] = {}
    for one in parts.values():
        running[one.fork(make)] = one
    while running:
        pid, status = os.wait()
        one = running.pop(pid)
        if os.WIFSIGNALED(status) and one.broke(os.WTERMSIG(status)) < plan.stop_after:
            running[one.fork(make)] = one
        else:
            assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0, f"part {one.part} fell over"
    total: dict[str, Any] = {"points": 0, "states": 0, "failures": [], "labels": Counter(), "counts": Counter()}
    for one in parts.values():
        for key, value in one.result().items():
            if isinstance(value, dict):
                total[key].update(value)
            else:
                total[key] += value
    return total | {"seconds": round(time.monotonic() - start, 1)}


class Part:
    """One process and what it left behind."""

    def __init__(self, plan: Plan, part: int) -> None:
        self.plan, self.part = plan, part
        self.progress = mmap.mmap(-1, PROGRESS.size)
        self.out = Path(plan.work) / f"part{part}.json"
        self.broken: list[dict[str, Any]] = []
        self.done = 0

    def fork(self, make: Callable[[int, mmap.mmap], Cutter]) -> int:
        """One part in a process of its own; the result goes to `out`."""
        pid = os.fork()
        if pid:
            return pid
        try:
            cutter = make(self.part, self.progress)
            cutter.go(self.done)
            self.out.write_text(json.dumps(cutter.result()))
            os._exit(0)
        except Exception:  # noqa: BLE001 - whatever it is, it is told and fails the run
            traceback.print_exc()
        finally:
            os._exit(1)  # the end of a part that came through was above

    def broke(self, signal: int) -> int:
        """The state in hand killed the process; how many have."""
        self.done, _, point = PROGRESS.unpack(self.progress[:])
        self.broken.append({"point": point, "state": self.done, "cut": "", "reason": f"signal {signal}"})
        return len(self.broken)

    def result(self) -> dict[str, Any]:
        if self.out.exists():
            found: dict[str, Any] = json.loads(self.out.read_text())
        else:
            states, points, _ = PROGRESS.unpack(self.progress[:])
            found = {"points": points, "states": states, "failures": [], "labels": {}, "counts": {}}
        return found | {"failures": self.broken + found["failures"]}


def main() -> None:
    print(json.dumps(run(msgspec.json.decode(sys.argv[1], type=Plan))))


if __name__ == "__main__":
    main()
