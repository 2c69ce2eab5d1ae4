"""T05 and T02: a device that fails, and a process that is killed, at every storage call of twelve commits.

After the fault nothing is answered, the process ends within a second with a documented code (docs/operations.md), the
next one takes the same requests, and each has exactly one number, the one it was told if it was told one.
"""

from __future__ import annotations

import errno
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.proof.conftest import Tell
from tests.proof.faults import (
    ALL,
    CLASSES,
    FAIL,
    FOR_EVER,
    KILL,
    KILL_AFTER,
    OPEN,
    SHORT,
    Bench,
    Ended,
    Fault,
)

CALLS_MAX = 400
ENDS_WITHIN_S = 1.0
KILLED = -9


@pytest.fixture
def bench(work: Path, preload: Path) -> Iterator[Bench]:
    bench = Bench(work, preload)
    yield bench
    bench.zygote.close()


def every_call(bench: Bench, classes: int, kind: int, times: int = 1, error: int = errno.EIO) -> list[Ended]:
    """The fault at the first, second, third ... call, until a run meets it no more."""
    ended = []
    for first in range(1, CALLS_MAX):
        one = bench.trial(Fault(classes, kind, first, times, error))
        assert not one.wrong, (first, one)
        if one.code is None:
            return ended
        ended.append(one)
    raise AssertionError(f"a run has more than {CALLS_MAX} calls")


def check(ended: list[Ended], codes: set[int]) -> None:
    assert {one.code for one in ended} <= codes, Counter(one.code for one in ended)
    assert not any(one.answered_after for one in ended), "answered after the fault"
    assert max(one.waited_s for one in ended) < ENDS_WITHIN_S


@pytest.mark.slow
def test_the_first_calls_that_fail(bench: Bench, tell: Tell) -> None:
    """The short form: every call of twelve commits fails once."""
    ended = every_call(bench, ALL, FAIL)
    check(ended, {70})
    tell(trials=bench.trials, faults=len(ended))
    assert len(ended) >= 60


@pytest.mark.proof
@pytest.mark.parametrize("name", CLASSES)
def test_a_call_that_fails_at_every_place(name: str, bench: Bench, tell: Tell) -> None:
    """Two errors, once, three times and for ever."""
    codes: Counter[str] = Counter()
    for error in (errno.EIO, errno.ENOSPC):
        for times in (1, 3, FOR_EVER):
            ended = every_call(bench, CLASSES[name], FAIL, times, error)
            check(ended, {70})
            codes.update(f"exit_{one.code}" for one in ended)
    tell(trials=bench.trials, **codes)
    assert codes.total() >= (12 if "keys" in name else 72)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["write", "roots", "keys"])
def test_a_write_that_is_cut_short_at_every_place(name: str, bench: Bench, tell: Tell) -> None:
    ended = every_call(bench, CLASSES[name], SHORT)
    check(ended, {70})
    tell(trials=bench.trials, faults=len(ended))
    assert len(ended) >= (2 if name == "keys" else 12)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("error", "codes"),
    [(errno.EROFS, {73, 77}), (errno.EACCES, {73, 77}), (errno.EIO, {70, 73}), (errno.ENOSPC, {72, 73})],
    ids=["read-only", "no permission", "EIO", "ENOSPC"],
)
def test_files_that_cannot_be_opened_stop_the_start(error: int, codes: set[int], bench: Bench, tell: Tell) -> None:
    found: Counter[str] = Counter()
    for first in range(1, CALLS_MAX):
        one = bench.trial(Fault(OPEN, FAIL, first, 1, error), arm="start")
        assert not one.wrong, (first, one)
        if one.code is None:
            break
        # LMDB does without a lock file for a reader on a read-only disk: the books' reader then goes on.
        assert one.code in codes or (one.code == 0 and error in {errno.EROFS, errno.EACCES}), (first, one)
        found[f"exit_{one.code}"] += 1
    tell(trials=bench.trials, **found)
    assert found.total() >= 8


@pytest.mark.slow
def test_a_full_map_at_every_commit(bench: Bench, tell: Tell) -> None:
    """Nothing of the batch was written: it is refused (SKH9004), the process lives, a larger map takes it up."""
    refused = 0
    pages = (bench.template / "journal" / "data.mdb").stat().st_size // 4_096
    for more in range(12):
        size = (pages + more) * 4_096
        one = bench.trial(None, map_bytes=size, settings={"close_share": 2.0})
        assert not one.wrong, (more, one)
        assert one.code in {None, 0}
        refused += one.refused
    tell(trials=bench.trials, refused=refused)
    assert 4 <= refused < 12, "from the first commit on to none"


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "arm"), [(KILL, "ready"), (KILL_AFTER, "ready"), (KILL, "start")])
def test_killed_at_every_storage_call(kind: int, arm: str, bench: Bench, tell: Tell) -> None:
    """T02. `arm` "start" counts from the process's first call: the key slots made sure, the journal's sync."""
    kills = 0
    for first in range(1, CALLS_MAX):
        one = bench.trial(Fault(ALL, kind, first), arm=arm)
        assert not one.wrong, (first, one)
        if one.code is None:
            break
        assert one.code == KILLED, (first, one)
        kills += 1
    tell(trials=bench.trials, kills=kills)
    assert kills >= 60


@pytest.mark.slow
def test_control_a_writer_that_goes_on_after_an_error_is_caught(bench: Bench, tell: Tell) -> None:
    caught: Counter[str] = Counter()
    for first in range(1, 12):
        one = bench.trial(Fault(CLASSES["sync"], FAIL, first), planted="go on")
        if one.answered_after:
            caught["answered_after"] += 1
        if one.wrong:
            caught["wrong"] += 1
    tell(trials=bench.trials, **caught)
    assert caught["answered_after"] >= 10
    assert caught["wrong"] >= 5
