"""The product with one thing changed. Each bug must be found by the simulation, and by the rules named beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from zlib import crc32

import pytest
from msgspec.structs import replace as replace_struct

from ledger import store as ledger_store
from ledger.books import Books
from ledger.codec import hash_entry
from ledger.engine import Engine, Posted
from ledger.errors import JournalFailed
from ledger.journal import Journal
from ledger.kinds import KIND_BY_REQUEST, selesai
from ledger.kinds.koreksi_setoran import KoreksiSetoran, KoreksiSetoranFacts
from ledger.records import Refusal
from ledger.store import Store
from ledger.tables import Table
from tests.sim.people import Kept
from tests.sim.setting import Setting
from txserver.batcher import Batcher
from txserver.devices import Devices
from txserver.evening import child
from txserver.session import Connection, Ticket

Patch = pytest.MonkeyPatch


def ack_early(patch: Patch) -> None:
    """A batch is said to be durable, and written when the next one comes."""
    append = Journal.append

    def lie(self: Any, bodies: list[bytes]) -> None:
        head, head_hash = self.head + len(bodies), hash_entry(bodies[-1])
        late = self.__dict__.setdefault("late", [])
        if late:
            self.head, self.head_hash = late.pop()
            append(self, late.pop())
        late.extend((list(bodies), (self.head, self.head_hash)))
        self.head, self.head_hash = head, head_hash

    patch.setattr(Journal, "append", lie)


def lost_idempotency(patch: Patch) -> None:
    """Which entry a request became is forgotten."""
    make = Engine.__init__

    def forget(self: Any, books: Any, *rest: Any) -> None:
        make(self, books, *rest)
        books.terakhir = lambda perangkat: None

    patch.setattr(Books, "permintaan", lambda self, perangkat, hari, stan: None)
    patch.setattr(Engine, "__init__", forget)


def burnt_number(patch: Patch) -> None:
    """An aborted batch takes everything back but the running numbers."""
    drop = Books.drop

    def keep_numbers(self: Any) -> None:
        kept = dict(self.tables["nomor"].rows)
        drop(self)
        self.tables["nomor"].rows.update(kept)

    patch.setattr(Books, "drop", keep_numbers)


def lifo(patch: Patch) -> None:
    """The last to arrive in a batch is the first to be numbered."""
    ready = Batcher.ready
    patch.setattr(Batcher, "ready", lambda self: ready(self)[::-1])


def clock_order(patch: Patch) -> None:
    """A batch is numbered in the order of the clocks where requests came in, which are up to two seconds apart."""
    ready = Batcher.ready

    def stamped(ticket: Any) -> int:
        if not isinstance(ticket, Ticket):
            return 0
        return ticket.waktu_us + crc32(ticket.origin.perangkat.encode()) % 2_000_000

    patch.setattr(Batcher, "ready", lambda self: sorted(ready(self), key=stamped))


def clock_alone(patch: Patch) -> None:
    """An entry has the time of the clock, wherever that was set to."""
    enter = Engine._enter

    def forget_time(self: Any, kind: Any, asked: Any) -> Any:
        self._waktu_us = 0
        return enter(self, kind, asked)

    patch.setattr(Engine, "_enter", forget_time)


def stale_books(patch: Patch) -> None:
    """A start takes the tables as they are, without the journal's tail."""
    patch.setattr(ledger_store, "catch_up", lambda *_: None)


def dropped_entry(patch: Patch) -> None:
    """What stops a branch is done, answered, and not written down."""
    enter = Engine._enter

    def leave_out(self: Any, kind: Any, asked: Any) -> Any:
        before = self._hash
        outcome = enter(self, kind, asked)
        if kind.code == "UID" and isinstance(outcome, Posted):
            self.bodies.pop()
            self._hash = before
        return outcome

    patch.setattr(Engine, "_enter", leave_out)


def wrong_total(patch: Patch) -> None:
    """One deposit in twenty is not counted for its branch."""
    book = Books.book

    def forget(self: Any, kind: str, postings: Any, stamp: Any) -> None:
        if kind != "STA" or stamp.seq % 20:
            book(self, kind, postings, stamp)

    patch.setattr(Books, "book", forget)


def stopped_branch(patch: Patch) -> None:
    """A branch whose user ID was stopped goes on posting."""
    honest = Engine._check_authority

    def check(self: Any, kind: Any, origin: Any) -> Any:
        refusal = honest(self, kind, origin)
        return None if refusal is not None and refusal.id == "SKH7009" else refusal

    patch.setattr(Engine, "_check_authority", check)


def reversed_twice(patch: Patch) -> None:
    """A deposit may be reversed as often as somebody asks."""
    kind = KIND_BY_REQUEST[KoreksiSetoran]

    def decide(books: Any, req: Any, stamp: Any) -> Any:
        facts = kind.decide(books, req, stamp)
        if isinstance(facts, Refusal) and facts.id == "SKH2203":
            row = books.calon(req.nomor_porsi)
            form = books.spph(row.nomor_spph)
            return KoreksiSetoranFacts(
                req.nomor_porsi, row.nomor_spph, form.identitas, row.saldo_rupiah, row.seq, req.alasan
            )
        return facts

    patch.setitem(KIND_BY_REQUEST, KoreksiSetoran, replace(kind, decide=decide))


def ack_on_error(patch: Patch) -> None:
    """A failed commit is swallowed and the batch answered."""

    def commit(self: Any) -> None:
        if self.engine.bodies:
            head, last = self.journal.head + len(self.engine.bodies), hash_entry(self.engine.bodies[-1])
            try:
                self.journal.append(self.engine.bodies)
            except JournalFailed:
                self.journal.head, self.journal.head_hash = head, last
            self.engine.settle()
            self.vault.make_slots(self.books.kunci_next())

    patch.setattr(Store, "commit", commit)


def one_person(patch: Patch) -> None:
    """Nobody asks who signed."""
    patch.setattr(Engine, "check_approval", lambda self, kind, origin, penyetuju: None)


def forgetful_terminal(patch: Patch) -> None:
    """A terminal that was switched off does not ask what became of its request."""
    patch.setattr(Kept, "read", lambda self, who: None)


def held_device(patch: Patch) -> None:
    """A session that ends keeps its device."""
    patch.setattr(Devices, "leave", lambda self, session: None)


def late_sign_on(patch: Patch) -> None:
    """A password check that comes through when the connection is gone takes the device all the same."""
    patch.setattr(Connection, "end", Connection.sessions)


def blind_match(patch: Patch) -> None:
    """What host and bank have differently is neither counted nor told."""
    honest = child.STEPS["match"]

    def match(job: Any, say: Callable[[Any], None]) -> None:
        def overlook(value: Any) -> None:
            if isinstance(value, dict) and "diff" in value:
                say(value | {"diff": 0})
            elif not (isinstance(value, list) and value[0] == "DIFF"):
                say(value)

        honest(job, overlook)

    patch.setitem(child.STEPS, "match", match)


def hasty_settlement(patch: Patch) -> None:
    """A bank's day is settled with differences open."""
    honest = selesai._missing
    patch.setattr(selesai, "_missing", lambda books, day: honest(books, replace_struct(day, n_terbuka=0)))


def torn_checkpoint(patch: Patch) -> None:
    """What was posted while a checkpoint was made is forgotten when it is done."""
    settle = Table.settle

    def forget(self: Any) -> None:
        if self.frozen is not None and self.name == "permintaan":
            self.rows.clear()
        settle(self)

    patch.setattr(Table, "settle", forget)


@dataclass(frozen=True)
class Bug:
    """A planted bug, the rules of which one at least must break, and what its setting has more of."""

    plant: Callable[[Patch], None]
    rules: frozenset[str]
    more: dict[str, Any]


def bug(plant: Callable[[Patch], None], *rules: str, **more: Any) -> Bug:
    """One row of the table below."""
    return Bug(plant, frozenset(rules), more)


EVENING: dict[str, Any] = {
    "seconds": 9_000.0, "day_hours": 0.4, "evening_s": 6_000.0, "bank_errors": 0.04, "step_fails": 0.1,
    "crash_every": 1_800.0, "revocation_every": 0.0,
}  # fmt: skip
"""Setting of a bug of the evening: a short day, and banks that err much."""
BUGS = {
    "an answer before its commit": bug(ack_early, "R1", "R4", "R5"),
    "lost idempotency": bug(lost_idempotency, "R4", "OPEN"),
    "a number burnt by an aborted batch": bug(burnt_number, "R2", mistake=0.02),
    "last in, first out": bug(lifo, "R6"),
    "numbers in the order of the clock": bug(clock_order, "R6"),
    "time as the clock says": bug(clock_alone, "R7", clock_every=600.0),
    "a start without the journal's tail": bug(stale_books, "R1", "R2", "R4", "VERIFY"),
    "an act without its entry": bug(dropped_entry, "R5", "OPEN", "VERIFY", revocation_every=400.0),
    "a wrong total of a branch": bug(wrong_total, "BOOKS"),
    "a stopped branch goes on": bug(stopped_branch, "VERIFY", revocation_every=400.0),
    "a deposit reversed twice": bug(reversed_twice, "VERIFY", "ODD", correction=0.2),
    "an answer after a failed commit": bug(ack_on_error, "R5", "R1", "OPEN", disk_every=200.0),
    "one person alone": bug(one_person, "VERIFY", correction=0.2),
    "a terminal that forgets its request": bug(forgetful_terminal, "LIVE", "STAN", terminal_every=60.0),
    "a device that is never given back": bug(held_device, "LIVE", shift=0.05),
    "a sign-on that comes too late": bug(
        late_sign_on,
        "LIVE",
        cut=0.1,
        hash_s=5.0,
        shift=0.2,
        terminal_every=60.0,
        crash_every=0.0,
        disk_every=0.0,
    ),
    "a match that overlooks what differs": bug(blind_match, "EVENING", **EVENING),
    "a day settled with differences open": bug(hasty_settlement, "EVENING", **EVENING),
    "rows lost by a checkpoint": bug(torn_checkpoint, "BOOKS", "R4", "STAN", "ODD"),
}


def setting(more: dict[str, Any]) -> Setting:
    """Twenty-five terminals in a hurry for an hour, with all kinds of trouble."""
    host = {"checkpoint_entries": 400, "memory_entries_max": 4_000} | more.get("host", {})
    usual = Setting(
        terminals=25, seconds=3_600.0, think_s=8.0, latency_s=0.2, cut=0.01, stall=0.003, crash_every=600.0,
        disk_every=1_200.0, disk_s=0.05, terminal_every=300.0, double_enter=0.02, correction=0.03, shift=0.005,
        revocation_every=1_200.0, day_hours=20.0, mistake=0.0005,
    )  # fmt: skip
    return replace(usual, **{**more, "host": host})
