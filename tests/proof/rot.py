"""Single flipped bits in journal, books and keys: what the host serves, and what a verification finds.

Flips are spread evenly over the kinds of pages and of key bytes, so that rare kinds are hit as often as the common
ones. Each flip is judged in a process of its own, for LMDB may not survive it: a killed process has served nothing.
"""

from __future__ import annotations

import os
import shutil
import struct
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import lmdb
import lmdb.verify

from ledger import vault
from ledger.books import TABLES
from ledger.checkpoint import TablesEnv
from ledger.engine import Asked, Posted
from ledger.errors import JournalCorrupt, LedgerError
from ledger.journal import Journal
from ledger.records import Refusal, origin_of
from ledger.rows import Spph
from ledger.store import Store
from ledger.tables import LAST
from ledger.verify import check_books, verify
from tests.ledger_fixtures import open_store
from tests.proof import stream, wide_country
from tests.proof.apart import apart
from tests.proof.power_cut import make_ledger
from tests.proof.script import Script
from txserver.board import Board
from txserver.inquiry import Inquiries
from txserver.recap import Recap
from txserver.wire.frames import InquirySpph

PAGE = 4_096
HEADER = 16
BRANCH, LEAF, OVERFLOW, META = 1, 2, 4, 8
BIG, SUBDATA = 1, 2
NONE = (1 << 64) - 1
SPARE = "spare"
SECONDS_MAX = 20
FILES = {
    "journal": "journal/data.mdb",
    "books": "books/data.mdb",
    "keys_slot": "kunci/slot.dat",
    "keys_induk": "kunci/induk.key",
    "keys_indeks": "kunci/indeks.key",
}
"""What bits are flipped in. The key that signs anchors is left out: it opens nothing."""
ODD = (lmdb.Error, OSError, ValueError, LookupError, TypeError, AssertionError, struct.error, MemoryError)


@dataclass
class Pages:
    """The pages of one LMDB file by kind, and which of their bytes are data: keys and values of live rows."""

    raw: bytes
    kinds: dict[str, list[int]] = field(default_factory=dict)
    data: dict[int, list[tuple[int, int]]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Pages:
        found = cls(path.read_bytes())
        metas = [struct.unpack_from("<Q", found.raw, number * PAGE + 16 + 24 + 96 + 8)[0] for number in (0, 1)]
        at = metas.index(max(metas)) * PAGE + 16 + 24
        found.kinds = {"meta": [0, 1]}
        found._walk(found._root(at), "free list")
        found._walk(found._root(at + 48), "")
        known = {page for pages in found.kinds.values() for page in pages}
        found.kinds["unused"] = [page for page in range(len(found.raw) // PAGE) if page not in known]
        return found

    def _root(self, at: int) -> int:
        root: int = struct.unpack_from("<Q", self.raw, at + 40)[0]
        return root

    def _walk(self, page: int, kind: str) -> None:
        if page == NONE:
            return
        start = page * PAGE
        flags, lower = struct.unpack_from("<HH", self.raw, start + 10)
        self.kinds.setdefault(kind or ("branch" if flags & BRANCH else "leaf"), []).append(page)
        for slot in struct.unpack_from(f"<{(lower - HEADER) // 2}H", self.raw, start + HEADER):
            low, high, node, key = struct.unpack_from("<HHHH", self.raw, start + slot)
            if flags & BRANCH:
                self._walk(low | high << 16 | node << 32, kind)
                continue
            size, data = low | high << 16, start + slot + 8 + key
            if node & BIG:
                first: int = struct.unpack_from("<Q", self.raw, data)[0]
                pages = range(first, first + (HEADER + size + PAGE - 1) // PAGE)
                self.kinds.setdefault("overflow", []).extend(pages)
                self.data.setdefault(page, []).append((start + slot + 8, data))
                for number in pages:
                    self.data.setdefault(number, []).append((first * PAGE + HEADER, first * PAGE + HEADER + size))
            elif node & SUBDATA:
                self._walk(self._root(data), kind)
            elif not kind:
                self.data.setdefault(page, []).append((start + slot + 8, data + size))

    def draw(self, random: Random, kind: str) -> tuple[int, int, bool]:
        """A bit of a page of this kind: offset in the file, bit, whether it is data. Half of a leaf's aim at data."""
        page = random.choice(self.kinds[kind])
        rows = self.data.get(page, [])
        if rows and random.random() < 0.5:
            start, end = random.choice(rows)
            at = random.randrange(start, end)
        else:
            at = page * PAGE + random.randrange(PAGE)
        return at, random.randrange(8), any(start <= at < end for start, end in rows)


@dataclass
class Keys:
    """The bytes of one key file by kind: where they start and end."""

    kinds: dict[str, tuple[int, int]]

    def draw(self, random: Random, kind: str) -> tuple[int, int, bool]:
        """A bit of this kind: offset, bit, whether something rests on it: only on spare slots nothing does."""
        return random.randrange(*self.kinds[kind]), random.randrange(8), kind != SPARE


class Flipper:
    """A ledger at rest, what is true of it, and an older copy of it."""

    def __init__(self, work: Path, commits: int) -> None:
        self.ledger, self.older = work / "ledger", work / "older"
        make_ledger(self.ledger)
        ahead, vault.SLOTS_AHEAD = vault.SLOTS_AHEAD, stream.SLOTS_AHEAD
        try:
            self._grow(commits)
        finally:
            vault.SLOTS_AHEAD = ahead
        self.pages = {name: Pages.read(self.ledger / name / "data.mdb") for name in ("journal", "books")}
        size, used = (self.ledger / FILES["keys_slot"]).stat().st_size, len(vault.HEADER) + vault.SLOT * self.slots
        self.parts: dict[str, Pages | Keys] = {
            **self.pages,
            "keys_slot": Keys(
                {"header": (0, len(vault.HEADER)), "used": (len(vault.HEADER), used), SPARE: (used, size)}
            ),
            "keys_induk": Keys({"whole": (0, 32)}),
            "keys_indeks": Keys({"whole": (0, 32)}),
        }

    def _grow(self, commits: int) -> None:
        store, script = open_store(self.ledger), Script(7)
        post_all(store, wide_country.founding(script.desk))
        post_all(store, wide_country.day(script.desk))
        for number, batch in enumerate(script.batches(commits)):
            store.post_batch(batch)
            if store.behind > 100:
                store.checkpoint()
            if number == commits // 2:
                store.checkpoint()
                store.close()
                shutil.copytree(self.ledger, self.older)
                store = open_store(self.ledger)
        tomorrow = (date.fromisoformat(script.desk.hari) + timedelta(days=1)).isoformat()
        post_all(store, script.evening(tomorrow))
        store.checkpoint()
        self.head = store.journal.head, store.journal.head_hash.hex()
        self.bodies = dict(store.journal.read())
        self.rows = {name: dict(store.env.below(name).range("", LAST)) for name in TABLES}
        self.forms = {nomor: told_form(store, row) for nomor, row in self.rows["spph"].items()}
        self.slots = store.books.kunci_next()
        store.close()

    def kinds(self) -> list[tuple[str, str]]:
        return [(name, kind) for name, part in self.parts.items() for kind, found in part.kinds.items() if found]

    def flip(self, name: str, at: int, bit: int) -> None:
        with (self.ledger / FILES[name]).open("r+b") as file:
            file.seek(at)
            byte = file.read(1)[0]
            file.seek(at)
            file.write(bytes([byte ^ 1 << bit]))

    def trial(self, name: str, at: int, bit: int, judge: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Flip, judge in a fork, flip back. A process that died says which signal killed it."""
        self.flip(name, at, bit)
        try:
            return in_fork(judge)
        finally:
            self.flip(name, at, bit)

    def judge(self) -> dict[str, Any]:
        """What the host's own read path makes of it, and what an operator's verification says with and without a head
        that was kept elsewhere.
        """
        served = self.serve()  # first: a start may derive books that are not there
        alone = self.found(with_head=False)
        return served | {"found_alone": alone, "found": alone or self.found(), "structure": self.structure()}

    def serve(self) -> dict[str, Any]:
        """Counts of rows by how they were served."""
        served: Counter[str] = Counter()
        try:
            store = open_store(self.ledger)
        except LedgerError as error:
            return {"refused": error.exit_code, "said": str(error)[:200]}
        except ODD as error:
            return {"fell": f"{type(error).__name__}: {error}"[:200]}
        served["missing"] += max(self.head[0] - store.journal.head, 0)
        for seq, body in self.bodies.items():
            how = one(lambda seq=seq: store.journal.sound(seq), body)
            served["WRONG_entry" if how == "WRONG" else how] += 1
        for name, rows in self.rows.items():
            for key, row in rows.items():
                served[one(lambda name=name, key=key: store.books.tables[name].get(key), row)] += 1
            served[ranged(store, name, rows)] += 1
        for nomor, told in self.forms.items():
            row = self.rows["spph"][nomor]
            served["form_" + one(lambda row=row: told_form(store, row), told, (JournalCorrupt, AssertionError))] += 1
        return {"served": dict(served)}

    def found(self, *, with_head: bool = True) -> str:
        """The first thing that `verify --books`, or the head kept elsewhere, has to say; "" when all seems well."""
        try:
            journal = Journal.open(self.ledger / "journal", writable=False)
            report = verify(journal, None, self.head if with_head else None)
            if not report.verified:
                return report.reason
            env = TablesEnv(self.ledger / "books", writable=False)
            books = check_books(journal, env)
            return "; ".join(books.differences[:1]) if books.differences else ""
        except LedgerError as error:
            return str(error)
        except ODD as error:
            return f"{type(error).__name__}: {error}"

    def look(self) -> dict[str, Any]:
        """How a running host's own look at every row of the books ends: its exit code."""
        try:
            TablesEnv(self.ledger / "books", writable=False).look_through()
        except LedgerError as error:
            return {"code": error.exit_code, "said": str(error)[:200]}
        return {"code": 0}

    def last_entry(self) -> range:
        """Where key and body of the journal's last entry lie: nothing is chained to it."""
        raw, body = self.pages["journal"].raw, self.bodies[self.head[0]]
        rows = (row for rows in self.pages["journal"].data.values() for row in rows)
        return next(range(start, end) for start, end in rows if raw[start:end].endswith(body))

    def fall_behind(self) -> None:
        """The books are those of the older copy, as after a kill: the host derives the rest from the journal."""
        shutil.rmtree(self.ledger / "books")
        shutil.copytree(self.older / "books", self.ledger / "books")

    def structure(self) -> bool:
        """Whether LMDB's own walker finds something in either file."""
        try:
            return any(lmdb.verify.verify(str(self.ledger / name / "data.mdb")) for name in self.pages)
        except (lmdb.verify.VerifyError, *ODD):
            return True

    def scanned(self) -> dict[str, Any]:
        """The blind verification of the control: a scan both ways, and no look-ups."""
        try:
            env = TablesEnv(self.ledger / "books", writable=False)
            same = all(dict(env.below(name).range("", LAST)) == rows for name, rows in self.rows.items())
        except (LedgerError, *ODD):
            return {"blind": False}
        return {"blind": same, "found": self.found()}


def post_all(store: Store, asked: Iterable[Asked]) -> None:
    """A batch of which every request must become an entry."""
    outcomes = store.post_batch(list(asked))
    assert all(isinstance(outcome, Posted) for outcome in outcomes), outcomes


def told_form(store: Store, row: Spph) -> dict[str, Any] | None:
    """What an officer of its regency is told of a form, its person in clear; None when there is no such form."""
    officer = origin_of("DEP", row.kab_kota, "K1", "P" + row.kab_kota)
    told = Inquiries(store, Board(store.books), Recap(store.books)).ask(InquirySpph(row.nomor), officer)
    return None if isinstance(told, Refusal) else told


def one(read: Callable[[], Any], truth: Any, errors: tuple[type[Exception], ...] = (JournalCorrupt,)) -> str:
    """How one row was served. An inquiry is also broken off where another row that must be there is not."""
    try:
        got = read()
    except errors:
        return "error"
    return "right" if got == truth else "missing" if got is None else "WRONG"


def ranged(store: Store, name: str, rows: dict[str, Any]) -> str:
    """How all rows of a table were served, asked for as a range."""
    try:
        got = dict(store.books.tables[name].range("", LAST))
    except JournalCorrupt:
        return "error"
    if got == rows:
        return "right"
    return "range_short" if got.items() <= rows.items() else "WRONG"


def in_fork(judge: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Run it in a process of its own that may die."""

    def look() -> dict[str, Any]:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        vault.SLOTS_AHEAD = stream.SLOTS_AHEAD
        return judge()

    return apart(look, SECONDS_MAX)


def spread(flipper: Flipper, flips: int, random: Random) -> Iterator[tuple[str, str, int, int, bool]]:
    """As many flips in each kind of page: file, kind, offset, bit, whether it is data."""
    kinds = flipper.kinds()
    for number in range(flips):
        name, kind = kinds[number % len(kinds)]
        yield name, kind, *flipper.parts[name].draw(random, kind)
