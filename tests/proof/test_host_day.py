"""T03 of the whole host: the power is cut at every call of a day, its checkpoints, its evening and its close.

`test_power_cut` cuts the store alone, thousands of commits of it. Here are the processes and files around it too:
passwords, confirmation files, anchors, the witness; what of them an entry or an answer speaks of must be there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.proof.conftest import SCALE, Tell
from tests.proof.host_day import KEPT, record
from tests.proof.power_cut import cut
from tests.proof.replay import Plan
from tests.proof.test_power_cut import LOST, keep, reasons, told

FORMS = 120
STATES = 6
REPLAY = "tests.proof.host_day"


def held(plan: Plan, states: int, tell: Tell) -> dict[str, Any]:
    """Every cut of a day; none may be bad."""
    result = cut(plan, REPLAY, states=states)
    tell(forms=plan.seed, **told(result))
    keep(Path(plan.root).parent, result)
    return result


@pytest.mark.slow
def test_short_day(work: Path, preload: Path, tell: Tell) -> None:
    result = held(record(work, preload, 4), 2, tell)
    assert result["states"] >= 250
    assert (
        min(result["counts"][name] for name in ("files held", "anchors held", "matched again", "gone on", "verified"))
        >= 1
    )


@pytest.mark.proof
def test_power_cut_through_a_whole_day(work: Path, preload: Path, tell: Tell) -> None:
    result = held(record(work, preload, FORMS * SCALE), STATES, tell)
    assert result["states"] >= 5_000 * SCALE
    assert min(result["labels"].values()) >= 500 * SCALE
    assert result["counts"]["files held"] >= 500
    assert result["counts"]["anchors held"] >= 50
    assert result["counts"]["matched again"] >= 10


@pytest.mark.slow
@pytest.mark.parametrize(
    ("plant", "forgets", "must"),
    [("early", "", LOST), ("", KEPT, "AssertionError: a file that an entry nam")],
    ids=["answered before the commit", "files of banks not synced"],
)
def test_control_an_unsafe_day_is_caught(
    work: Path, preload: Path, tell: Tell, plant: str, forgets: str, must: str
) -> None:
    result = cut(record(work, preload, 3, plant), REPLAY, states=3, stop_after=20, forgets=forgets)
    found = reasons(result)
    tell(states=result["states"], bad=len(result["failures"]), **dict(found.most_common(4)))
    assert any(reason.startswith(must) for reason in found), found
