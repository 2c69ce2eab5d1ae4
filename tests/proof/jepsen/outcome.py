"""What a run did, and whether the rules hold over everything its terminals were told."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from bench.check import Call, Fault
from bench.host_process import verify
from tests.ledger_fixtures import head_of
from tests.proof.jepsen.host import NO_HEAD, arrivals
from tests.proof.terminals import Terminals, judge


@dataclass
class Outcome:
    """What a run did, and what was found."""

    ops: int = 0
    unanswered: int = 0
    entries: int = 0
    did: Counter[str] = field(default_factory=Counter)
    lines: Counter[str] = field(default_factory=Counter)
    people: Counter[str] = field(default_factory=Counter)
    odd: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    verified: bool = False
    why: str = ""
    lives: int = 0
    seconds: float = 0.0

    @property
    def kills(self) -> int:
        """Of hosts; the supervisor and the edge process are beside it."""
        return self.did["kill"] + self.did["kill_in_start"] + self.did["kill_with_supervisor"]

    @property
    def directions(self) -> int:
        """Faulty directions of lines: one each for what was held, broken up or swallowed, two for what was cut."""
        one = sum(self.lines[kind] for kind in ("delay", "broken_up", "swallow_to_host", "swallow_to_terminal"))
        return one + 2 * sum(self.lines[kind] for kind in ("cut", "half_open_terminal", "half_open_host"))


class History(Terminals):
    """What the processes of terminals wrote, as the judge of the storm takes it."""

    waiting: list[Call]

    def unanswered(self) -> Any:
        return iter(self.waiting)


def judge_all(outcome: Outcome, work: Path, before: int) -> None:
    """Hold the histories in a run's folder against its ledger; `before` is the head it began with."""
    history, ledger = History([]), work / "ledger"
    history.waiting = []
    for path in sorted(work.glob("history-*")):
        said = msgspec.msgpack.decode(path.read_bytes())
        outcome.people.update(said["counts"])
        outcome.odd.update(said["odd"])
        history.waiting += [Call(identity, asked) for identity, asked in said["waiting"]]
        for identity, asked, answered, seq, nomor in said["calls"]:
            history.calls.append(Call(identity, asked, answered, seq, str(seq) if seq else ""))
            if nomor:
                history.porsi.append(Call(identity, asked, answered, seq, nomor))
    outcome.ops, outcome.unanswered = len(history.calls), len(history.waiting)
    ready = []
    for life, path in enumerate(sorted((work / "stamps").iterdir()), 1):
        head, taken = arrivals(path)
        if head == NO_HEAD:
            continue
        ready.append((head, life))
        for number, identity in enumerate(taken):
            history.stamps.setdefault(identity, []).append((life, (life << 32) + number))
    outcome.lives = len(ready)
    outcome.faults = judge(history, ledger, before, ready)
    outcome.entries = head_of(ledger) - before
    report = verify(ledger, "--books")
    outcome.verified, outcome.why = bool(report["verified"]), str(report.get("error", report))
    outcome.ends.update(re.findall(r"SKH817\d .*\((kode \d+|sinyal \d+)\)", (work / "host.log").read_text()))
