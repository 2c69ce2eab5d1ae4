"""The clock: real time for stamps, a made-up one for demonstrations, steady seconds for waits."""

from __future__ import annotations

import time
from datetime import datetime

import pytest

from tests.host_fixtures import CLOCK, NINE_US
from txserver.clock import Clock, DemoClock


def test_real_clock_is_the_machine_s_in_microseconds() -> None:
    before = time.time_ns() // 1000
    now = Clock().now_us()
    assert before <= now <= time.time_ns() // 1000


def test_demo_clock_runs_from_its_start_at_its_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter([5_000, 5_000, 1_000_005_000])
    monkeypatch.setattr(time, "monotonic_ns", lambda: next(ticks))
    clock = DemoClock(datetime.fromisoformat(CLOCK), 60.0)
    assert clock.now_us() == NINE_US
    assert clock.now_us() == NINE_US + 60_000_000


def test_demo_clock_without_start_begins_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic_ns", lambda: 7)
    monkeypatch.setattr(time, "time_ns", lambda: 123_456_000)
    assert DemoClock(None, 10.0).now_us() == 123_456


def test_steady_seconds_never_fall() -> None:
    clock = DemoClock(None, 1.0)
    seen = [clock.steady_s() for _ in range(100)]
    assert seen == sorted(seen)
