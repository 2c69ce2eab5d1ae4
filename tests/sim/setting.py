"""What one seed means: first a setting is drawn, then everything that happens in it (swarm testing)."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from math import exp, log
from random import Random
from typing import Any

DAY_S = 86_400.0
WORKING_S = 9 * 3_600.0
REQUESTS_MAX = 90_000
"""Of a run: with many busy terminals a day is cut short rather than long to simulate."""


@dataclass
class Setting:
    """Rates are chances of one message or one request; `every` are mean seconds between two of a kind."""

    terminals: int = 12
    seconds: float = DAY_S
    think_s: float = 20.0
    latency_s: float = 0.05
    cut: float = 0.0
    stall: float = 0.0
    twice: float = 0.0
    partition_every: float = 0.0
    edge_every: float = 0.0
    crash_every: float = 0.0
    drain_every: float = 0.0
    disk_every: float = 0.0
    disk_s: float = 0.001
    disk_stall: float = 0.0
    mistake: float = 0.0
    hash_s: float = 0.02
    clock_every: float = 0.0
    terminal_every: float = 0.0
    terminal_disk: float = 0.0
    double_enter: float = 0.0
    again: float = 0.0
    """Chance that a terminal which has its answer asks the same once more, as one put back to an older state would."""
    correction: float = 0.0
    wrong_password: float = 0.0
    shift: float = 0.0
    revocation_every: float = 0.0
    drawers: float = 0.0
    """Chance of a drawer's or a reprint's turn, and of an office saying its number."""
    bank_errors: float = 0.0
    step_fails: float = 0.0
    day_hours: float = 20.0
    evening_s: float = 3_600.0
    """From the cut-off to the close of the day, at most."""
    forms: int = 0
    """Signed before the day, at each office; then all terminals but a few are tellers'."""
    opening_s: float = 60.0
    host: dict[str, Any] = field(default_factory=dict)

    def told(self) -> str:
        """In one line, with what is off left out."""
        shown = [(one.name, getattr(self, one.name)) for one in fields(self)]
        return ", ".join(f"{name} {_short(value)}" for name, value in shown if value)


def draw(seed: int, days: float = 1.0, terminals: int = 0) -> Setting:
    """The setting of a seed; `terminals` and `days` where they are not to be drawn."""
    random = Random(f"setting/{seed}")

    def spread(low: float, high: float) -> float:
        return exp(random.uniform(log(low), log(high)))

    def often(low: float, high: float) -> float:
        """A rate, or never: one kind of trouble in three is left out of a run."""
        return 0.0 if random.random() < 1 / 3 else spread(low, high)

    drawn = round(spread(5, 40) if random.random() < 0.8 else spread(40, 400))
    count = terminals or drawn
    think_s = min(600.0, max(0.5, count * WORKING_S / spread(16_000, 90_000)))
    seconds = min(days * DAY_S, max(1_800.0, DAY_S / WORKING_S * REQUESTS_MAX * days * think_s / count))
    setting = Setting(
        terminals=count,
        seconds=seconds,
        think_s=think_s,
        latency_s=spread(0.005, 1.5),
        cut=often(0.001, 0.15),
        stall=often(0.001, 0.03),
        twice=often(0.001, 0.05),
        partition_every=often(600, DAY_S),
        edge_every=often(1_800, DAY_S),
        crash_every=often(300, DAY_S / 4),
        drain_every=often(3_600, DAY_S),
        disk_every=often(1_800, DAY_S),
        disk_s=spread(0.0002, 0.02),
        disk_stall=often(0.0005, 0.01),
        mistake=often(0.0001, 0.002),
        hash_s=spread(0.02, 3),
        clock_every=often(600, DAY_S / 2),
        terminal_every=often(120, 7_200),
        terminal_disk=often(0.0005, 0.005),
        double_enter=often(0.005, 0.1),
        again=often(0.08, 0.9),
        correction=often(0.005, 0.1),
        wrong_password=often(0.01, 0.1),
        shift=often(0.001, 0.02),
        revocation_every=often(1_800, DAY_S / 2),
        drawers=often(0.005, 0.1),
        bank_errors=often(0.005, 0.1),
        step_fails=often(0.02, 0.4),
        day_hours=random.uniform(4, 12) if random.random() < 0.8 else random.uniform(12, 22),
        evening_s=spread(600, 10_000),
    )
    checkpoint = round(spread(50, 5_000))
    setting.host = {
        "batch_entries_max": round(spread(1, 512)),
        "queue_max": round(spread(4, 16_384)),
        "branch_queue_max": round(spread(1, 64)),
        "checkpoint_entries": checkpoint,
        "memory_entries_max": checkpoint + round(spread(10, 20_000)),
    }
    if random.random() < 0.5:
        at = f"{random.randrange(11, 17)}:{random.randrange(60):02d}"
        setting.host |= {"auto_user": "OPERATOR", "cutoff_time": at, "inbox_seconds": 30.0}
    return setting


def opening_day(seed: int, terminals: int = 3_566, deposits: int = 100_000) -> Setting:
    """Registration opens: everybody signs on in five minutes, and takes deposits from eight to three."""
    random = Random(f"opening/{seed}")
    return Setting(
        terminals=terminals,
        seconds=9 * 3_600.0,
        think_s=terminals * 7 * 3_600.0 / deposits,
        latency_s=random.uniform(0.05, 0.6),
        cut=0.01,
        stall=0.001,
        edge_every=7_200,
        crash_every=1_800,
        hash_s=5,
        drain_every=14_400,
        disk_every=10_000,
        disk_s=0.002,
        disk_stall=0.001,
        terminal_every=60,
        double_enter=0.01,
        again=0.05,
        shift=0.001,
        drawers=0.002,
        bank_errors=0.002,
        step_fails=0.1,
        day_hours=7.05,
        evening_s=3_600,
        forms=deposits // 7,
        opening_s=300,
        host={"checkpoint_entries": 10_000, "memory_entries_max": 50_000, "queue_max": 2_048, "branch_queue_max": 8},
    )


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
