"""T03: the power is cut at every call that the real store makes, and nothing that was acknowledged is lost.

Journal, books and key file together, as one recorded stream. The short form runs always where there is a C compiler;
the long one is the figure of the programme; a campaign (campaign.py) cuts runs of other seeds, a million states.
"""

from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.proof.conftest import SCALE, Tell
from tests.proof.power_cut import KILLS, cut, record
from tests.proof.replay import Plan

SEED = 3
STATES = 7
COMMITS = 1_000
LOST = "AssertionError: lost:"


def told(result: dict[str, Any]) -> dict[str, Any]:
    """The counts of a replay."""
    kinds = {f"cut {label}": n for label, n in sorted(result["labels"].items())}
    return {"points": result["points"], "states": result["states"], "bad": len(result["failures"])} | kinds | {
        name.replace(" ", "_"): n for name, n in result["counts"].items()
    }  # fmt: skip


def reasons(result: dict[str, Any]) -> Counter[str]:
    return Counter(
        re.sub(r"/\S+", "...", failure["reason"]).split(" the head")[0][:40] for failure in result["failures"]
    )


def keep(work: Path, result: dict[str, Any]) -> None:
    """On a failure the recorded run stays, for `python -m tests.proof.replay` to build the state again."""
    if result["failures"]:
        kept = work.with_name(work.name + "-kept")
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(work, kept, ignore=shutil.ignore_patterns("cut"))
        pytest.fail(f"{len(result['failures'])} bad states, the run is kept in {kept}: {result['failures'][:3]}")


def holds(result: dict[str, Any]) -> None:
    """No bad state, and enough of them looked at more closely."""
    assert result["failures"] == [], result["failures"][:3]
    assert result["counts"]["gone on"] >= result["states"] // 5
    assert result["counts"]["verified"] >= result["states"] // 50


def is_unsafe(plan: Plan, skip_sync: int, must: str, tell: Tell) -> None:
    """A control: this run must lose something."""
    result = cut(plan, states=4, skip_sync=skip_sync, stop_after=40)
    found = reasons(result)
    tell(states=result["states"], bad=len(result["failures"]), **dict(found.most_common(4)))
    assert result["failures"], "the harness is blind"
    assert not must or any(reason.startswith(must) for reason in found), found


@pytest.mark.slow
def test_short_power_cut(work: Path, preload: Path, tell: Tell) -> None:
    result = cut(record(work, preload, SEED, 70, kills=("2 3 12", "64 2 1")), states=3)
    tell(commits=70, seed=SEED, **told(result))
    keep(work, result)
    assert result["states"] >= 1_000
    assert result["counts"]["verified"] >= 20


@pytest.mark.proof
def test_power_cut_at_every_call(work: Path, preload: Path, tell: Tell) -> None:
    commits = COMMITS * SCALE
    result = cut(record(work, preload, SEED, commits), states=STATES)
    tell(commits=commits, seed=SEED, **told(result))
    keep(work, result)
    holds(result)
    assert result["points"] >= 5_500 * SCALE
    assert result["states"] >= 30_000 * SCALE
    assert min(result["labels"].values()) >= 1_000


@pytest.mark.proof
def test_power_cut_after_kills(work: Path, preload: Path, tell: Tell) -> None:
    """A process killed between writing and syncing leaves what can be read and is not on the disk: the next one
    must not answer from it before it is.
    """
    result = cut(record(work, preload, SEED + 1, 400, kills=KILLS), states=STATES)
    tell(commits=400, kills=len(KILLS), seed=SEED + 1, **told(result))
    keep(work, result)
    assert result["states"] >= 8_000


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mode", "skip_sync", "must"),
    [("metasync", 0, LOST), ("sync", 0, "signal"), ("safe", 30, ""), ("early", 0, LOST)],
    ids=["metasync off", "sync off", "one flush taken out", "answered before the commit"],
)
def test_control_an_unsafe_run_is_caught(
    mode: str, skip_sync: int, must: str, work: Path, preload: Path, tell: Tell
) -> None:
    is_unsafe(record(work, preload, SEED, 60, mode), skip_sync, must, tell)


@pytest.mark.slow
def test_control_a_start_that_trusts_what_it_can_read_is_caught(work: Path, preload: Path, tell: Tell) -> None:
    """Killed before the sync of new key slots, started again without making them sure: forms whose keys are gone."""
    result = cut(record(work, preload, SEED, 150, "trusting", kills=("64 2 1",)), states=4, stop_after=400)
    found = reasons(result)
    tell(states=result["states"], bad=len(result["failures"]), **dict(found.most_common(4)))
    assert any("key" in reason for reason in found), found
