"""The only place of the host that asks the time."""

from __future__ import annotations

import time
from datetime import datetime


class Clock:
    """Host time: microseconds since 1970 UTC, for stamps; and a steady count of seconds, for waits."""

    is_made_up = False

    def now_us(self) -> int:
        """The time of day."""
        return time.time_ns() // 1000

    def steady_s(self) -> float:
        """Seconds that never jump."""
        return time.monotonic()


class DemoClock(Clock):
    """A made-up time of day, `speed` times as fast, from `start` (None: from now). For demo ledgers only."""

    is_made_up = True

    def __init__(self, start: datetime | None, speed: float) -> None:
        self._start_us = int(start.timestamp() * 1_000_000) if start else time.time_ns() // 1000
        self._permille = int(speed * 1000)
        self._zero = time.monotonic_ns()

    def now_us(self) -> int:
        """The made-up time of day."""
        return self._start_us + (time.monotonic_ns() - self._zero) * self._permille // 1_000_000
