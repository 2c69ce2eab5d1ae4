"""Kill storm: the real writer is killed again and again, at drawn moments, and its terminals come back each time.

The moment of the SIGKILL is drawn from two ranges, one counted from the fork and one from when the writer is ready,
so that start-up, commits and the sends after them are all hit; some writers are told to drain first and are killed in
that, and a few are watched and killed in a phase that is too short to be met by chance. What a writer sent before it
died counts as acknowledged: it is read to the end of the socket.
"""

from __future__ import annotations

import os
import select
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from bench.check import Fault
from ledger.checkpoint import TablesEnv
from ledger.journal import Journal
from ledger.verify import check_books, verify
from tests.ledger_fixtures import head_of
from tests.proof.terminals import Terminals, judge, make_ledger
from tests.proof.writer import TOLD, Phase, Told, Zygote

SLOTS_AHEAD = 2_048
"""Small, so that key slots grow often."""
AIMED_SHARE = 0.15
AIMS = (Phase.COMMIT, Phase.GROWTH, Phase.GROWTH, Phase.SENDS)
EACH = 48
FROM_FORK_MS = (1, 12)
FROM_READY_MS = (0.2, 40)
FROM_FORK_SHARE = 0.3
DRAIN_SHARE = 0.06
DRAIN_MS = 6
FINAL_SECONDS = 20.0


@dataclass
class Storm:
    """What a storm did, and what was found."""

    seed: int
    kills: int = 0
    acked: int = 0
    repeats: int = 0
    lost: int = 0
    caught_at: int = 0
    """The kill after which a loss was first seen."""
    phases: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    odd: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    entries: int = 0
    said: str = ""
    missing: list[str] = field(default_factory=list)
    """What was lost, in words."""


class Runner:
    """One storm on one ledger."""

    def __init__(self, work: Path, seed: int, planted: str = "") -> None:
        self.storm = Storm(seed)
        self.random = Random(seed)
        self.ledger = work / "ledger"
        lines = make_ledger(self.ledger, EACH, SLOTS_AHEAD)
        self.terminals = Terminals(lines)
        self.before = head_of(self.ledger)
        (work / "told").write_bytes(bytes(TOLD.size))
        self.told = Told(work / "told")
        self.ready: list[tuple[int, int]] = []
        self.order: dict[str, Any] = {
            "ledger": str(self.ledger), "told": str(work / "told"), "lines": [line.place for line in lines],
            "slots_ahead": SLOTS_AHEAD, "entries_per_commit": 500, "checkpoint_entries": 1_500, "planted": planted,
        }  # fmt: skip
        self.zygote = Zygote()

    def life(self) -> bool:
        """One writer from fork to kill. False when acknowledged entries were not there any more at its start."""
        self.told.reset()
        terminals, random = self.terminals, self.random
        end = time.monotonic() + random.uniform(*FROM_FORK_MS) / 1_000
        acked_before = terminals.head
        pid, line = self.zygote.spawn(self.order | {"seed": random.getrandbits(32)})
        terminals.connect(line)
        if random.random() >= FROM_FORK_SHARE:
            if not self.told.begins(line):
                code = self.zygote.wait(pid)
                line.close()
                self.storm.ended[str(code)] += 1
                self.storm.missing.append(f"writer {terminals.life} ended in its start with {code}")
                return False
            end = time.monotonic() + random.uniform(*FROM_READY_MS) / 1_000
        drains = random.random() < DRAIN_SHARE
        self.talk(line, end, aim=random.choice(AIMS) if random.random() < AIMED_SHARE else None)
        if drains and self.told.get(1) >= 0:
            os.kill(pid, signal.SIGTERM)
            self.talk(line, time.monotonic() + random.uniform(0, DRAIN_MS) / 1_000, further=False)
        os.kill(pid, signal.SIGKILL)
        code = self.zygote.wait(pid)
        phase = Phase(self.told.get(0)).name
        while terminals.read(further=False):
            pass
        line.close()
        if code == -signal.SIGKILL:
            self.storm.kills += 1
            self.storm.phases[phase] += 1
        else:
            self.storm.ended[str(code)] += 1
        head = self.told.get(1)
        if head >= 0:
            self.ready.append((head, terminals.life))
        if 0 <= head < acked_before:
            self.storm.missing.append(f"writer {terminals.life} begins at {head}, {acked_before} was acknowledged")
        return head < 0 or head >= acked_before

    def talk(self, line: Any, end: float, *, further: bool = True, aim: Phase | None = None) -> None:
        """Ask and hear until the end of the time, or until the writer is seen in the phase aimed at."""
        while (left := end - time.monotonic()) > 0:
            if aim is not None:
                left = 0
                if self.told.get(0) == aim:
                    return
            if select.select([line], [], [], left)[0] and not self.terminals.read(further=further):
                return

    def settle(self) -> None:
        """A last writer, left alone until every request that waits has been answered, and drained."""
        self.told.reset()
        pid, line = self.zygote.spawn(self.order)
        self.terminals.connect(line)
        end = time.monotonic() + FINAL_SECONDS
        while any(one.waiting for one in self.terminals.lines) and time.monotonic() < end:
            self.talk(line, time.monotonic() + 0.02, further=False)
        os.kill(pid, signal.SIGTERM)
        self.storm.ended[str(self.zygote.wait(pid))] += 1
        self.ready.append((self.told.get(1), self.terminals.life))
        line.close()
        waiting = [one.identity for one in self.terminals.lines if one.waiting]
        self.storm.lost += len(waiting)
        self.storm.missing += [f"{identity} was not answered when all was quiet" for identity in waiting[:3]]

    def run(self, *, seconds: float, kills: int, stop_when_lost: bool = False) -> Storm:
        """Kill for so long or so often, then judge."""
        storm, start = self.storm, time.monotonic()
        while time.monotonic() - start < seconds and storm.kills < kills:
            if not self.life():
                storm.lost += 1
                storm.caught_at = storm.caught_at or storm.kills
                if stop_when_lost:
                    break
        storm.seconds = round(time.monotonic() - start, 1)
        if not storm.lost:
            self.settle()
        storm.said = self.zygote.close()
        storm.acked, storm.repeats, storm.odd = self.terminals.acked, self.terminals.repeats, self.terminals.odd
        storm.faults = judge(self.terminals, self.ledger, self.before, self.ready)
        storm.entries = head_of(self.ledger) - self.before
        return storm


def is_sound(ledger: Path) -> bool:
    """As an operator would check it, books and all."""
    journal = Journal.open(ledger / "journal", writable=False)
    env = TablesEnv(ledger / "books", writable=False)
    try:
        return verify(journal).verified and check_books(journal, env).verified
    finally:
        env.close()
        journal.close()
