"""The campaigns: what each is for, and one round of it. A round runs in a process of its own:

    python -m tests.proof.campaigns ID FIRST_SEED SEEDS FOLDER RESULT

What is asserted is what the test of the id asserts. RESULT gets one JSON object: the counts, and why it failed if it
did.
"""

from __future__ import annotations

import json
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.proof import recorder, test_jepsen, test_power_cut, test_simulation, test_storm
from tests.proof.campaign_book import Aim
from tests.proof.conftest import Tell
from tests.proof.jepsen.conductor import DEEDS
from tests.proof.jepsen.conductor import Run as Jepsen
from tests.proof.jepsen.proxy import KINDS
from tests.proof.power_cut import cut, record
from tests.proof.storm import Runner

STORM_S = 75.0
SMOOTH_EVERY = 4
"""Of so many rounds of real processes one has the lines of the test; the others have rougher ones."""
ROUGH: dict[str, Any] = {
    "seconds": 150.0, "live_s": (0.02, 0.5), "on_a_line": 6, "per_second": 40.0, "gentle_per_second": 2_000.0,
    "deeds": DEEDS | {"kill_in_start": 32}, "entries": 0,
}  # fmt: skip
"""Faults that break lines are met by whoever is on them: on eight lines of thirty seats 120 a second harmed 37
directions a second, and no more came of 600. Those that a line gets over, on forty lines, harm 400 beside them.
"""
UNSAFE = ("metasync", "sync")
WHY_MAX = 400
YEARS_DAYS = 3_650
DAYS_A_ROUND = 24
Play = Callable[[range, Path, Tell], None]


@dataclass(frozen=True)
class Campaign:
    """A campaign: its aim, its first seed (above those of the tests), and how a round goes."""

    aim: Aim
    play: Play
    seed: int = 1_001
    seeds: int = 1
    """How many a round takes."""
    needs_compiler: bool = False


def storm(seeds: range, work: Path, tell: Tell) -> None:
    runner = Runner(work, seeds[0])
    found = runner.run(seconds=STORM_S, kills=10_000_000)
    tell(**test_storm.told(found))
    test_storm.holds(found, runner)


def power_cut(seeds: range, work: Path, tell: Tell) -> None:
    """Every call of a run cut, and shorter runs in both unsafe modes that must lose something."""
    library, commits = preload(work), test_power_cut.COMMITS
    result = cut(record(work, library, seeds[0], commits), states=test_power_cut.STATES)
    tell(commits=commits, **test_power_cut.told(result))
    test_power_cut.holds(result)
    for mode in UNSAFE:
        plan = record(work / mode, library, seeds[0], 60, mode)

        def tell_control(mode: str = mode, **counts: object) -> None:
            tell(**{f"unsafe_{mode}_states": counts["states"], f"unsafe_{mode}_bad": counts["bad"]})

        test_power_cut.is_unsafe(plan, 0, test_power_cut.LOST, tell_control)


def simulated_days(seeds: range, work: Path, tell: Tell) -> None:
    outcomes = test_simulation.run_all(seeds)
    posted: Counter[str] = sum((run.counts for run in outcomes), Counter())
    tell(**test_simulation.told(outcomes))
    tell(**{f"posted_{kind}": posted[f"entries {kind}"] for kind in test_simulation.EVENING})
    test_simulation.nothing_found(outcomes)


def jepsen(seeds: range, work: Path, tell: Tell) -> None:
    library, shape = preload(work), test_jepsen.shape(seeds[0])
    if seeds[0] % SMOOTH_EVERY:
        shape = replace(shape, **ROUGH)
    outcome = Jepsen(work / "run", seeds[0], shape, library).run()
    tell(**test_jepsen.told(outcome))
    test_jepsen.holds(outcome)


def preload(work: Path) -> Path:
    library = recorder.build(work)
    assert library is not None, recorder.NO_COMPILER
    return library


def phases(reached: Counter[str]) -> list[str]:
    return [name for name in (f"in_{phase.name.lower()}" for phase in test_storm.MUST_BE_HIT) if not reached[name]]


def unsafe(reached: Counter[str]) -> list[str]:
    return [name for name in (f"unsafe_{mode}_bad" for mode in UNSAFE) if not reached[name]]


def trouble(reached: Counter[str]) -> list[str]:
    """As in the long form: every kind of trouble, and of each kind of the evening one in two days."""
    names = [test_simulation.key(name) for name in test_simulation.MUST_HAPPEN]
    rare = [f"posted_{kind}" for kind in test_simulation.EVENING if reached[f"posted_{kind}"] < reached["days"] // 2]
    return [name for name in names if not reached[name]] + rare


def faults(reached: Counter[str]) -> list[str]:
    names = [f"did_{name}" for name in DEEDS] + [f"line_{name}" for name in KINDS]
    return [name for name in names if not reached[name]]


CAMPAIGNS = {
    "T01": Campaign(Aim({"kills": 100_000, "acked": 50_000_000}, "lost", phases), storm),
    "T03": Campaign(
        Aim({"commits": 10_000, "states": 1_000_000}, "bad", unsafe), power_cut, needs_compiler=True
    ),
    "T07": Campaign(
        Aim({"days": YEARS_DAYS, "requests": 100_000_000, "crashes": 30_000}, "found", trouble), simulated_days,
        seed=100_001, seeds=DAYS_A_ROUND,
    ),
    "T09": Campaign(
        Aim({"ops": 20_000_000, "kills": 5_000, "faulty_line_directions": 1_000_000}, "broken_rules", faults), jepsen,
        needs_compiler=True,
    ),
}  # fmt: skip
AIMS = {id: one.aim for id, one in CAMPAIGNS.items()}


def where(error: Exception) -> str:
    """What was found: the assertion that does not hold, or what fell over, in one line."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    said = " ".join(f"{Path(last.filename).name}: {last.line}: {type(error).__name__}: {error}".split())
    return said[:WHY_MAX]


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    id, first, n, folder, result = sys.argv[1:]
    counts: dict[str, Any] = {}
    why = ""
    try:
        CAMPAIGNS[id].play(range(int(first), int(first) + int(n)), Path(folder), counts.update)
    except Exception as error:  # noqa: BLE001 - whatever it was, it is recorded with its seeds
        traceback.print_exc()
        why = where(error)
    Path(result).write_text(json.dumps({"counts": counts, "why": why}), encoding="utf-8")
    return int(bool(why))


if __name__ == "__main__":
    sys.exit(main())
