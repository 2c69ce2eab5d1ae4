"""T01: the real writer is killed some fifteen hundred times a minute, and no answer that left it is ever untrue."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.proof.conftest import SCALE, Tell
from tests.proof.storm import Runner, Storm, is_sound
from tests.proof.writer import Phase

SEED = 1
MUST_BE_HIT = (Phase.START, Phase.CHECKPOINT, Phase.COMMIT, Phase.SENDS, Phase.GROWTH, Phase.DRAIN)
CAUGHT_WITHIN_KILLS = 100


def told(storm: Storm) -> dict[str, Any]:
    phases = {f"in_{name.lower()}": n for name, n in sorted(storm.phases.items())}
    return {
        "seed": storm.seed, "kills": storm.kills, "acked": storm.acked, "repeats": storm.repeats,
        "entries": storm.entries, "lost": storm.lost, "broken_rules": len(storm.faults), **phases,
    }  # fmt: skip


def holds(storm: Storm, runner: Runner) -> None:
    assert storm.lost == 0, storm.missing[:3]
    assert storm.faults == [], storm.faults[:5]
    assert not storm.odd, storm.odd.most_common(5)
    assert set(storm.ended) <= {"0"}, (storm.ended, storm.said[-2_000:])
    assert storm.entries == storm.acked
    assert is_sound(runner.ledger)


@pytest.mark.slow
def test_short_storm(work: Path, tell: Tell) -> None:
    runner = Runner(work, SEED)
    storm = runner.run(seconds=4, kills=60)
    tell(**told(storm))
    holds(storm, runner)
    assert storm.kills >= 20
    assert storm.acked >= 1_000


@pytest.mark.proof
def test_kill_storm(work: Path, tell: Tell) -> None:
    runner = Runner(work, SEED)
    storm = runner.run(seconds=60 * SCALE, kills=10_000_000)
    tell(**told(storm))
    holds(storm, runner)
    assert storm.kills >= 1_500 * SCALE
    assert storm.acked >= 500_000 * SCALE
    assert [phase.name for phase in MUST_BE_HIT if not storm.phases[phase.name]] == [], "a phase that was never hit"


@pytest.mark.slow
def test_control_answers_before_the_commit_are_caught(work: Path, tell: Tell) -> None:
    storm = Runner(work, SEED, "ack early").run(seconds=60, kills=CAUGHT_WITHIN_KILLS, stop_when_lost=True)
    tell(kills=storm.kills, lost=storm.lost, broken_rules=len(storm.faults))
    assert storm.lost or storm.faults, f"not caught within {CAUGHT_WITHIN_KILLS} kills"


@pytest.mark.slow
def test_control_the_last_to_come_numbered_first_is_caught(work: Path, tell: Tell) -> None:
    storm = Runner(work, SEED, "lifo").run(seconds=10, kills=5)
    rules = {fault.rule for fault in storm.faults}
    tell(kills=storm.kills, broken_rules=len(storm.faults), rules=" ".join(sorted(rules)))
    assert rules == {"R6"}, "only the order of arrival shows it"
