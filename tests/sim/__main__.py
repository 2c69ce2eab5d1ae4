"""Run the simulation: one seed to repeat a failure, or many in a row.

    python -m tests.sim --seed N [--days D] [--terminals N]       one run, with everything it counted
    python -m tests.sim --seed N --runs M [--jobs J]              M seeds from N on, in J processes
    python -m tests.sim --seed N --opening-day                    an opening day of 3,566 terminals

Exit code 1 when anything was found. A run's history hash is the same for the same arguments on the same code.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from tests.sim.setting import DAY_S, draw, opening_day
from tests.sim.world import Outcome, simulate

SHM = Path("/dev/shm")


def one(seed: int, days: float = 1.0, terminals: int = 0, *, is_opening: bool = False) -> Outcome:
    """The run of a seed, in a folder of its own in memory."""
    setting = opening_day(seed) if is_opening else draw(seed, days, terminals)
    with tempfile.TemporaryDirectory(prefix="siskohat-sim-", dir=SHM if SHM.is_dir() else None) as folder:
        return simulate(seed, setting, Path(folder) / "run")


def report(outcome: Outcome) -> str:
    """Everything about one run."""
    days = outcome.virtual_s / DAY_S
    lines = [
        f"seed {outcome.seed}: {outcome.setting.told()}",
        f"  {days:.2f} days in {outcome.seconds:.1f} s ({outcome.virtual_s / outcome.seconds:,.0f} times real time)",
        f"  entries {outcome.entries:,}, answered {outcome.answered:,}",
        f"  trouble: {told(outcome.trouble)}",
        f"  counts: {told(outcome.counts)}",
        f"  refused: {told(outcome.refused)}",
        f"  history {outcome.hash}",
    ]
    found = [f"  FOUND {what}" for what in outcome.found[:20]]
    return "\n".join([*lines, *(found or ["  nothing found"])])


def told(counts: dict[str, int]) -> str:
    """Counts in words."""
    return ", ".join(f"{name} {n:,}" for name, n in sorted(counts.items())) or "none"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.sim")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=float, default=1.0)
    parser.add_argument("--terminals", type=int, default=0, help="0: drawn")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--opening-day", action="store_true", help="3,566 terminals, 100,000 deposits")
    wanted = parser.parse_args()
    run = partial(one, days=wanted.days, terminals=wanted.terminals, is_opening=wanted.opening_day)
    seeds = range(wanted.seed, wanted.seed + wanted.runs)
    is_bad = False
    with ProcessPoolExecutor(wanted.jobs) as pool:
        for outcome in pool.map(run, seeds) if wanted.jobs > 1 else map(run, seeds):
            print(report(outcome), flush=True)
            is_bad |= not outcome.holds
    return int(is_bad)


if __name__ == "__main__":
    sys.exit(main())
