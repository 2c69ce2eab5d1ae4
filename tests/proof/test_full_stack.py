"""T04: the power cut below the file system, on ext4 and a loop device. Without root, FUSE and loop it is not run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proof.conftest import SCALE, Tell
from tests.proof.full_stack import Cuts, Replay, missing, record

SEED = 4
NEEDED = pytest.mark.skipif(bool(missing()), reason=f"not run: {missing()}")
pytestmark = NEEDED


def told(cuts: Cuts, commits: int) -> dict[str, object]:
    shapes = {f"state_{shape}": count for shape, count in cuts.shapes.items()}
    return {
        "file_system": "ext4", "seed": SEED, "commits": commits, "flushes": cuts.flushes, "states": cuts.states,
        "lost": cuts.lost, "corrupt": cuts.corrupt, **shapes,
    }  # fmt: skip


@pytest.mark.slow
def test_short_cut_below_ext4(work: Path, tell: Tell) -> None:
    cuts = Replay(work, record(work, 12, SEED), SEED, every=3).run()
    tell(**told(cuts, 12))
    assert (cuts.lost, cuts.corrupt) == (0, 0), cuts.first
    assert cuts.states >= 40


@pytest.mark.proof
def test_every_flush_below_ext4(work: Path, tell: Tell) -> None:
    commits = 100 * SCALE
    cuts = Replay(work, record(work, commits, SEED), SEED).run()
    tell(**told(cuts, commits))
    assert (cuts.lost, cuts.corrupt) == (0, 0), cuts.first
    assert cuts.flushes >= 2 * commits


@pytest.mark.slow
def test_control_a_disk_that_forgets_flushes_is_caught(work: Path, tell: Tell) -> None:
    cuts = Replay(work, record(work, 12, SEED), SEED, forgets=2, every=3).run()
    tell(**told(cuts, 12))
    assert cuts.lost + cuts.corrupt >= 5
