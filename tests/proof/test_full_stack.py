"""T04: the power cut below the file system, on ext4 with its journal and without, and a loop device.

Without root, FUSE and loop it is not run.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proof.conftest import SCALE, Tell
from tests.proof.full_stack import BARE, EXT4, Cuts, FileSystem, Replay, missing, record

SEED = 4
NEEDED = pytest.mark.skipif(bool(missing()), reason=f"not run: {missing()}")
SYSTEMS = pytest.mark.parametrize("system", [EXT4, BARE], ids=lambda system: system.name)
pytestmark = NEEDED


def told(cuts: Cuts, commits: int, system: FileSystem = EXT4) -> dict[str, object]:
    shapes = {f"state_{shape}": count for shape, count in cuts.shapes.items()}
    return {
        "file_system": system.name, "seed": SEED, "commits": commits, "flushes": cuts.flushes, "states": cuts.states,
        "lost": cuts.lost, "corrupt": cuts.corrupt, "checked_to_mount": cuts.broken, **shapes,
    }  # fmt: skip


@pytest.mark.slow
@SYSTEMS
def test_short_cut_below_the_file_system(system: FileSystem, work: Path, tell: Tell) -> None:
    cuts = Replay(work, record(work, 12, SEED, system), SEED, every=3).run()
    tell(**told(cuts, 12, system))
    assert (cuts.lost, cuts.corrupt) == (0, 0), cuts.first
    assert cuts.states >= 36


@pytest.mark.proof
@SYSTEMS
def test_every_flush_below_the_file_system(system: FileSystem, work: Path, tell: Tell) -> None:
    commits = 100 * SCALE
    cuts = Replay(work, record(work, commits, SEED, system), SEED).run()
    tell(**told(cuts, commits, system))
    assert (cuts.lost, cuts.corrupt) == (0, 0), cuts.first
    assert cuts.flushes >= 2 * commits
    assert cuts.states >= 6.1 * commits


@pytest.mark.slow
def test_control_a_disk_that_forgets_flushes_is_caught(work: Path, tell: Tell) -> None:
    cuts = Replay(work, record(work, 12, SEED), SEED, forgets=2, every=3).run()
    tell(**told(cuts, 12))
    assert cuts.lost + cuts.corrupt >= 5


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["metasync", "sync"], ids=["metasync off", "sync off"])
@SYSTEMS
def test_control_an_unsafe_mode_is_caught(system: FileSystem, mode: str, work: Path, tell: Tell) -> None:
    """Without any sync the flushes are those of checkpoints, of key slots and of the file system itself."""
    commits, every = (8, 2) if mode == "metasync" else (32, 1)
    cuts = Replay(work, record(work, commits, SEED, system, mode), SEED, every=every).run()
    tell(**told(cuts, commits, system))
    assert cuts.lost >= 3, cuts.first
