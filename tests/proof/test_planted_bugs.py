"""T08: the product with one thing changed, in the simulation. A bug that is not found any more fails the build.

Planted bugs of the other proofs stand beside them: unsafe modes and a missing flush in T03, going on after an error
in T05, a verification without look-ups in T06, early answers and reversed batches in T01, a blind checker in T10.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.proof.conftest import SCALE, Tell
from tests.sim.planted import BUGS, setting
from tests.sim.world import Outcome, simulate

OF_EVENING = "a day settled with differences open"
SEEDS = 10
"""Tried one after the other until the bug is found."""


def hunt(name: str, seed: int, folder: Path) -> Outcome:
    bug = BUGS[name]
    with pytest.MonkeyPatch.context() as patch:
        return simulate(seed, setting(bug.more), folder, lambda _: bug.plant(patch))


def rules_of(outcome: Outcome) -> set[str]:
    return {what.partition(":")[0] for what in outcome.found}


@pytest.mark.slow
@pytest.mark.parametrize("name", BUGS)
def test_planted(name: str, tell: Tell, work: Path) -> None:
    for seed in range(1, SEEDS + 1):
        outcome = hunt(name, seed, work / str(seed))
        found = rules_of(outcome)
        if found & BUGS[name].rules:
            tell(seed=seed, virtual_h=round(outcome.virtual_s / 3_600, 1), entries=outcome.entries,
                 by=" ".join(sorted(found)))  # fmt: skip
            return
    pytest.fail(f"not found in {SEEDS} seeds: {name}; found {found}")


def settings_of(*names: str) -> list[dict[str, Any]]:
    """The different settings in which these bugs are looked for."""
    return list({repr(BUGS[name].more): BUGS[name].more for name in names}.values())


def nothing(settings: list[dict[str, Any]], seed: int, work: Path, tell: Tell) -> None:
    outcomes = [simulate(seed, setting(more), work / str(at)) for at, more in enumerate(settings)]
    tell(settings=len(outcomes), seed=seed, entries=sum(outcome.entries for outcome in outcomes))
    assert [outcome.found for outcome in outcomes if outcome.found] == []
    assert all(outcome.entries > 300 for outcome in outcomes)


@pytest.mark.slow
def test_nothing_is_found_where_nothing_is_planted(tell: Tell, work: Path) -> None:
    nothing(settings_of("last in, first out", "a sign-on that comes too late", OF_EVENING), 1, work, tell)


@pytest.mark.proof
def test_nothing_is_found_in_any_of_their_settings(tell: Tell, work: Path) -> None:
    nothing(settings_of(*BUGS), 2, work, tell)


@pytest.mark.proof
@pytest.mark.parametrize("name", BUGS)
def test_planted_at_every_seed(name: str, tell: Tell, work: Path) -> None:
    """How surely: of so many seeds the bug is found at most of them, whatever the trouble was."""
    seeds = range(100, 100 + SEEDS * SCALE)
    caught = sum(bool(rules_of(hunt(name, seed, work / str(seed))) & BUGS[name].rules) for seed in seeds)
    tell(seeds=f"{seeds[0]}-{seeds[-1]}", caught_at=f"{caught} of {len(seeds)} seeds")
    assert caught >= len(seeds) // 2
