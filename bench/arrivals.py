"""When pilgrims come to the counter on opening day (profile P1 of the domain reference, 11.5).

Branches open 08:00-15:00 local time, so the day comes in three waves: WIT at 06:00, WITA at 07:00 and WIB at 08:00
WIB time. Within a wave the half-hour curve of `bench/data/load_curves.csv` holds. People queue before the doors
open: every WIB workstation sends its first form within 60 s of opening, 30% of them within 5 s.

Times are seconds after midnight WIB, as floats. Pure: chance comes in as a seeded Random.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

from bench.country import table

SLOT_S = 1_800
OPEN_S = 8 * 3_600
CLOSE_S = 15 * 3_600
AHEAD_S = {"WIB": 0, "WITA": 3_600, "WIT": 7_200}
"""How much earlier than in WIB a local hour comes."""
BURST_S = 60.0
BURST_FIRST_S = 5.0
BURST_FIRST_SHARE = 0.3


def curve() -> list[tuple[int, float]]:
    """The P1 curve: (local start of a half hour in seconds, percent of the day)."""
    rows = table("bench", "load_curves.csv")
    return [
        (_seconds(row["local_time_from"]), float(row["percent_of_day"]))
        for row in rows
        if row["profile"] == "P1_opening_day"
    ]


def arrivals(
    rng: random.Random, zones: Sequence[str], counts: Sequence[int], close_early_s: float = 0.0
) -> list[list[float]]:
    """Arrival times at each workstation, ascending: `counts[n]` of them at workstation n in time zone `zones[n]`.

    `close_early_s` keeps the last so long free of arrivals, so that nobody comes who cannot be served by 15:00.
    """
    slots = curve()
    starts = [start for start, _ in slots]
    edges = list(accumulate(percent for _, percent in slots))
    day: list[list[float]] = []
    for zone, count in zip(zones, counts, strict=True):
        times: list[float] = []
        for _ in range(count):
            slot = bisect_left(edges, rng.random() * edges[-1])
            length = SLOT_S - (close_early_s if starts[slot] + SLOT_S == CLOSE_S else 0.0)
            times.append(starts[slot] - AHEAD_S[zone] + rng.random() * length)
        times.sort()
        if times and zone == "WIB":
            times[0] = OPEN_S + _burst(rng)
            times.sort()
        day.append(times)
    return day


def _burst(rng: random.Random) -> float:
    """Seconds after opening at which a workstation sends its first form."""
    if rng.random() < BURST_FIRST_SHARE:
        return rng.random() * BURST_FIRST_S
    return BURST_FIRST_S + rng.random() * (BURST_S - BURST_FIRST_S)


def _seconds(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 3_600 + int(minutes) * 60
