from __future__ import annotations

import random
from itertools import chain

import pytest

from bench.arrivals import AHEAD_S, BURST_FIRST_S, BURST_S, CLOSE_S, OPEN_S, SLOT_S, arrivals, curve

HOUR_S = 3_600


def day(zone: str, stations: int = 400, each: int = 28, **options: float) -> list[list[float]]:
    return arrivals(random.Random(7), [zone] * stations, [each] * stations, **options)


def test_the_curve_is_a_whole_day_of_fourteen_half_hours() -> None:
    assert sum(percent for _, percent in curve()) == pytest.approx(100)
    assert [start for start, _ in curve()] == list(range(OPEN_S, CLOSE_S, SLOT_S))


def test_every_workstation_gets_its_number_in_order() -> None:
    counts = [0, 1, 5, 28, 29]
    times = arrivals(random.Random(1), ["WIB", "WIB", "WITA", "WIT", "WIB"], counts)
    assert [len(row) for row in times] == counts
    assert all(row == sorted(row) for row in times)


@pytest.mark.parametrize("zone", AHEAD_S)
def test_each_zone_keeps_its_own_hours(zone: str) -> None:
    times = list(chain.from_iterable(day(zone)))
    assert OPEN_S <= min(times) + AHEAD_S[zone] < OPEN_S + 60
    assert CLOSE_S - 600 < max(times) + AHEAD_S[zone] < CLOSE_S


def test_waves_come_an_hour_apart_from_the_east() -> None:
    assert [min(chain.from_iterable(day(zone))) // HOUR_S for zone in ("WIT", "WITA", "WIB")] == [6, 7, 8]


def test_half_hours_follow_the_curve() -> None:
    times = list(chain.from_iterable(day("WITA", stations=1_000)))
    for start, percent in curve():
        share = sum(start <= at + AHEAD_S["WITA"] < start + SLOT_S for at in times) / len(times)
        assert share == pytest.approx(percent / 100, abs=0.006)


def test_wib_opens_with_a_burst() -> None:
    first = [row[0] - OPEN_S for row in day("WIB", stations=2_960)]
    assert max(first) < BURST_S
    assert sum(at < BURST_FIRST_S for at in first) / len(first) == pytest.approx(0.3, abs=0.05)


def test_nobody_comes_in_the_last_moments_when_asked() -> None:
    assert max(chain.from_iterable(day("WIB", close_early_s=300.0))) < CLOSE_S - 300


def test_the_same_seed_is_the_same_day() -> None:
    assert day("WIB") == day("WIB")
