"""T09: real processes, the product's own terminals behind a line that fails, and everything that kills a process.

The short form runs with the other tests, the long one by `make proof`; `make campaign ARGS="T09 --minutes 60"` goes
round after round of some minutes, each on a fresh ledger and from a seed of its own, with stops of up to 30 s among
them.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.proof import recorder
from tests.proof.conftest import SCALE, SHM, Tell
from tests.proof.jepsen.conductor import DEEDS, Run, Shape
from tests.proof.jepsen.outcome import Outcome
from tests.proof.jepsen.proxy import KINDS

SEED = 9
ROUND_S = 60.0
KILLS, OPS = 60, 300_000
"""Of a round at least, which goes on past its minute until they are there."""
LONG_STOP_EVERY = 10
"""Seeds: in one of so many a process is stopped for up to 30 s."""
ENDS = {"sinyal 9", "drained 0", "at last 0", "kode 70", "kode 71", "supervisor 71", "drained 70"}
"""How a host may end here: killed, asked to, and for want of memory with the outcome of a commit unknown."""
WITHOUT_MEMORY = {"sinyal 6", "sinyal 11"}
"""The event loop's C code gives up where memory is refused it, or dereferences null (met once in ninety refusals each).

Ends like a kill, and allowed where memory was refused only.
"""
HUNGER = Shape(seconds=14.0, stop_s=(0.2, 0.5), live_s=(0.1, 0.4), deeds={"no_memory": 10, "kill": 1}, taken=100)
"""A host that is refused memory every two seconds, at whatever line it happens to be."""
HUNGER_ROUNDS = 5
HUNGERS_MIN = 15
CONTROL_RUNS_MAX = 5
"""Four kills may all fall where nothing was just answered: on a busy machine one run in some dozens."""
WITHOUT_A_CLOCK = "no C compiler (cc) to move the clock with"


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    """The library that moves a clock; None where there is no compiler: then that one fault is not run."""
    return recorder.build(tmp_path_factory.mktemp("clock"))


def told(outcome: Outcome) -> dict[str, Any]:
    return {
        "ops": outcome.ops, "kills": outcome.kills, "faulty_line_directions": outcome.directions,
        "lives": outcome.lives, "entries": outcome.entries, "unanswered": outcome.unanswered,
        "broken_rules": len(outcome.faults), "verified": outcome.verified,
        **{f"did_{name}": n for name, n in sorted(outcome.did.items())},
        **{f"line_{name}": n for name, n in sorted(outcome.lines.items())},
        **{f"terminals_{name}": n for name, n in sorted(outcome.people.items())},
        **{f"ended_{name}": n for name, n in sorted(outcome.ends.items())},
    }  # fmt: skip


def holds(outcome: Outcome) -> None:
    assert outcome.faults == [], outcome.faults[:5]
    assert outcome.verified, outcome.why
    assert outcome.unanswered == 0, "somebody was not served when all was whole again"
    assert not outcome.odd, outcome.odd.most_common(5)
    assert set(outcome.ends) <= ENDS | WITHOUT_MEMORY, outcome.ends
    assert sum(outcome.ends[end] for end in WITHOUT_MEMORY) <= outcome.did["no_memory"], outcome.ends
    assert outcome.ends["at last 0"] == 1, outcome.ends


def shape(seed: int) -> Shape:
    """A round's, in some of them with long stops."""
    stop_s = (10.0, 30.0) if seed % LONG_STOP_EVERY == 0 else (1.0, 2.0)
    return Shape(seconds=ROUND_S, stop_s=stop_s, kills=KILLS, entries=OPS)


def never_hit(outcome: Outcome, clock: Path | None) -> list[str]:
    wanted = [name for name in DEEDS if name != "clock" or clock is not None]
    missing = [name for name in wanted if not outcome.did[name]]
    return missing + [name for name in KINDS if not outcome.lines[name]]


@pytest.mark.slow
def test_short_run(work: Path, clock: Path | None, tell: Tell) -> None:
    outcome = Run(work, SEED, Shape(seconds=9.0, stop_s=(0.2, 0.5), kills=3, taken=100), clock).run()
    tell(**told(outcome), **({} if clock else {"clock_not_run": WITHOUT_A_CLOCK}))
    holds(outcome)
    assert outcome.entries >= 1_000
    assert outcome.kills >= 3
    assert outcome.directions >= 20


@pytest.mark.proof
def test_real_processes_behind_a_bad_line(tmp_path: Path, clock: Path | None, tell: Tell) -> None:
    total = Outcome()
    for number in range(SCALE):
        folder = (SHM if SHM.is_dir() else tmp_path) / f"siskohat-jepsen-{tmp_path.name}"
        shutil.rmtree(folder, ignore_errors=True)
        try:
            outcome = Run(folder, SEED + number, shape(SEED + number), clock).run()
            holds(outcome)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        for name in ("ops", "entries", "lives"):
            setattr(total, name, getattr(total, name) + getattr(outcome, name))
        for name in ("did", "lines", "people", "ends"):
            getattr(total, name).update(getattr(outcome, name))
        total.verified = True
        tell(rounds=number + 1, seeds=f"{SEED} to {SEED + number}", **told(total))
    if clock is None:
        tell(clock_not_run=WITHOUT_A_CLOCK)
    assert total.kills >= KILLS * SCALE
    assert total.entries >= OPS * SCALE, "operations that became entries; the refused are beside them"
    assert never_hit(total, clock) == [], "a fault that never took effect"


@pytest.mark.proof
def test_memory_refused_again_and_again(work: Path, tell: Tell) -> None:
    """Whatever was half done when memory ended, its process ends: no number is missing, no answer goes out twice."""
    refused = 0
    for number in range(HUNGER_ROUNDS * SCALE):
        outcome = Run(work / str(number), SEED + number, HUNGER, None).run()
        holds(outcome)
        refused += outcome.did["no_memory"]
        tell(rounds=number + 1, memory_refused=refused, **{f"ended_{end}": n for end, n in outcome.ends.items()})
    assert refused >= HUNGERS_MIN * SCALE


@pytest.mark.slow
@pytest.mark.parametrize(("bug", "rules"), [("no memory", {"R4", "R5"}), ("ack early", {"R1", "R5"}), ("lifo", {"R6"})])
def test_control_a_planted_bug_is_caught(bug: str, rules: set[str], work: Path, tell: Tell) -> None:
    """Requests forgotten once they are entries; answers before the commit; the last to come numbered first."""
    brief = Shape(
        seconds=4.0, live_s=(0.1, 0.3), deeds={"kill": 3, "kill_edge": 1}, kills=4, quiet_s_max=10.0, taken=300
    )  # fmt: skip
    for number in range(CONTROL_RUNS_MAX):
        outcome = Run(work / str(number), SEED + number, brief, None, bug).run()
        found = {fault.rule for fault in outcome.faults}
        if found & rules:
            break
    tell(runs=number + 1, kills=outcome.kills, ops=outcome.ops, broken_rules=len(outcome.faults),
         rules=" ".join(sorted(found)))  # fmt: skip
    assert found & rules, outcome.faults[:5]
