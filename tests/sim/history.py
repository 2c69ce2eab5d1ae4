"""What was asked, answered and taken in during a run, and the judgement on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from bench.check import REFUSED, Call, Fault, Held, check
from ledger.checkpoint import TablesEnv
from ledger.codec import decode_entry
from ledger.journal import Journal
from ledger.verify import check_books, verify
from tests.sim.loop import VirtualLoop
from tests.sim.settling import Books, Evenings
from txserver.wire.frames import Accepted, Refused

Identity = tuple[str, str, int]
"""Device (bank/cabang/device), business day, STAN."""
NUMBERS = {"STA": ("nomor_porsi", 2), "SPT": ("nomor_spph", 4)}
"""What a kind grants, and how long the head of the number is that names its series."""
USUAL = frozenset({
    "SKH2001", "SKH2004", "SKH2203", "SKH2204", "SKH6001", "SKH6002", "SKH6003", "SKH6005", "SKH6006", "SKH6007",
    "SKH6201", "SKH6212", "SKH7009", "SKH7020", "SKH7011", "SKH7012", "SKH8011", "SKH8012", "SKH9004", "SKH9011",
    "SKH9015", "SKH9027",
    # the evening: what was done meanwhile, is not done yet, or is another's to do
    "SKH2205", "SKH2301", "SKH2302", "SKH2303", "SKH6206", "SKH6208", "SKH6209", "SKH6211", "SKH6216", "SKH6218",
    "SKH6220", "SKH6221", "SKH6222", "SKH6223", "SKH6226", "SKH6227", "SKH6229", "SKH6202", "SKH6203", "SKH6204",
    "SKH6205", "SKH6217",
})  # fmt: skip
"""Refusals that a run may meet; any other is a finding."""


class History:
    """Everything the terminals know, on the one clock of the simulation."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self._arrivals = 0
        self._hash = sha256()
        self.asked_at: dict[Identity, float] = {}
        self.bodies: dict[Identity, Any] = {}
        self.answers: dict[Identity, Call] = {}
        self.granted: dict[Identity, Call] = {}
        self.by_clerk: set[Identity] = set()
        self.tripped: set[Identity] = set()
        """Requests that a planted mistake in the rules has stopped."""
        self.stamps: dict[Identity, list[tuple[int, int, int]]] = {}
        """By request: life of the host and head of the batches that took it, and when it had come into the queue."""
        self.refused: Counter[str] = Counter()
        self.odd: Counter[str] = Counter()
        self.faults: list[Fault] = []
        self.accepted = 0
        self.evening: Counter[str] = Counter()
        """Entries of the evening, by kind."""
        self._last: dict[tuple[str, int], Identity] = {}

    def asked(self, identity: Identity, body: Any, *, clerk: bool = False) -> None:
        """A request was numbered. A STAN that was refused may be used again by a terminal that has forgotten it."""
        before = self.answers.get(identity)
        self._last[identity[0], identity[2]] = identity
        if identity not in self.asked_at or (before is not None and before.seq == REFUSED):
            self.answers.pop(identity, None)
            self.asked_at[identity] = self._loop.time()
            self.bodies[identity] = body
            if clerk:
                self.by_clerk.add(identity)
        elif not clerk and self.bodies[identity] != body:
            self.faults.append(Fault("STAN", f"{identity} was given to two requests"))

    def last_of(self, perangkat: str, stan: int) -> Identity:
        """The last request that a device gave this number."""
        return self._last[perangkat, stan]

    def arrival(self) -> int:
        """A request came into the host's queue."""
        self._arrivals += 1
        return self._arrivals

    def taken(self, identity: Identity, life: int, head: int, arrival: int) -> None:
        """It left the queue in a batch of this life that begins behind entry `head`."""
        self.stamps.setdefault(identity, []).append((life, head, arrival))

    def answered(self, identity: Identity, answer: Accepted | Refused) -> bool:
        """An answer reached whoever asked. False when he had one before."""
        now, body = self._loop.time(), self.bodies[identity]
        seq = answer.seq if isinstance(answer, Accepted) else REFUSED
        data = answer.data if isinstance(answer, Accepted) else {}
        first = identity not in self.answers
        call = Call(identity, self.asked_at[identity], now, seq, str(seq) if seq else "")
        if first:
            self.answers[identity] = call
        elif self.answers[identity].seq != seq:
            self.faults.append(Fault("R4", f"{identity} was answered {self.answers[identity].seq}, then {seq}"))
        field, _ = NUMBERS.get(body.__struct_config__.tag, ("", 0))
        if field and first:
            self.granted[identity] = call._replace(nomor=str(data.get(field, "")))
        if isinstance(answer, Accepted):
            self.accepted += first
        else:
            self.refused[answer.id] += 1
            if answer.id not in USUAL and not (answer.id == "SKH9003" and identity in self.tripped):
                self.odd[f"{answer.id} {type(body).__name__}"] += 1
        self._hash.update(repr((call, data)).encode())
        return first

    def note(self, *what: object) -> None:
        """Something that belongs to the run, for the hash."""
        self._hash.update(repr((self._loop.time(), what)).encode())

    @property
    def hash(self) -> str:
        """Of everything so far."""
        return self._hash.hexdigest()

    def _calls(self, answers: dict[Identity, Call], tags: tuple[str, ...] = ()) -> Iterator[Call]:
        for identity, asked in self.asked_at.items():
            if not tags or self.bodies[identity].__struct_config__.tag in tags:
                yield answers.get(identity) or Call(identity, asked)

    def judge(self, path: Path, before: int, banks: Books) -> tuple[list[Fault], int]:
        """R1 to R7 of all entries and of each series, the ledger's own verification, and that all was answered."""
        journal = Journal.open(path / "journal", writable=False)
        env = TablesEnv(path / "books", writable=False)
        try:
            evenings = Evenings(banks)
            held, numbered = self._held(journal, before, evenings)
            faults = [*self.faults, *evenings.judge()]
            self.evening = evenings.counts
            faults += check(self._calls(self.answers), held, {"": before}, self._arrivals_of(held))
            for tag, rows in numbered.items():
                granted = self._granted_before(journal, before, tag)
                faults += check(self._calls(self.granted, (tag,)), rows, granted, self._arrivals_of(rows))
            report = verify(journal)
            if not report.verified:
                faults.append(Fault("VERIFY", f"entry {report.bad_entry}: {report.reason}"))
            books = check_books(journal, env)
            if not books.verified:
                faults.append(Fault("BOOKS", "; ".join(books.differences[:3])))
        finally:
            env.close()
            journal.close()
        faults += [Fault("LIVE", f"entry {one.seq} was never answered") for one in held if self._is_orphan(one)]
        return faults, len(held)

    def _is_orphan(self, held: Held) -> bool:
        return held.identity not in self.answers and held.identity not in self.by_clerk

    def _held(self, journal: Journal, before: int, evenings: Evenings) -> tuple[list[Held], dict[str, list[Held]]]:
        held: list[Held] = []
        numbered: dict[str, list[Held]] = {tag: [] for tag in NUMBERS}
        for seq, body in journal.read(before + 1):
            entry = decode_entry(body)
            evenings.take(entry)
            stamp = entry.stamp
            identity = (stamp.perangkat, stamp.hari, stamp.stan)
            held.append(Held(identity, seq, str(seq), "", seq, stamp.waktu_us))
            if entry.kind in NUMBERS:
                field, head = NUMBERS[entry.kind]
                nomor = getattr(entry.facts, field)
                row = Held(identity, seq, nomor, nomor[:head], int(nomor[head:]), stamp.waktu_us)
                numbered[entry.kind].append(row)
        return held, numbered

    def _granted_before(self, journal: Journal, before: int, tag: str) -> dict[str, int]:
        field, head = NUMBERS[tag]
        found: dict[str, int] = {}
        for _, body in journal.read(1, before + 1):
            entry = decode_entry(body)
            if entry.kind == tag:
                nomor = getattr(entry.facts, field)
                found[nomor[:head]] = int(nomor[head:])
        return found

    def _arrivals_of(self, held: list[Held]) -> dict[Identity, float]:
        """When each entry's request came into the queue of the life that numbered it: the last that took it before.

        A life that was killed before its commit leaves the head where it was (seed 101,478).
        """
        arrived: dict[Identity, float] = {}
        for one in held:
            stamps = [stamp for stamp in self.stamps.get(one.identity, []) if stamp[1] < one.seq]
            if stamps:
                last = max((life, head) for life, head, _ in stamps)
                arrived[one.identity] = next(arrival for life, head, arrival in stamps if (life, head) == last)
        return arrived
