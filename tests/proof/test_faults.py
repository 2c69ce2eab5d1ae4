"""T05 and T02: a device that fails, and a process that is killed, at every storage call of twelve commits.

After the fault nothing is answered, the process ends within a second with a documented code (docs/operations.md), the
next one takes the same requests, and each has exactly one number, the one it was told if it was told one.
"""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from ledger.store import Store
from tests.e2e.test_host import Traffic
from tests.host_fixtures import ROOT, HostProcess, found_closed, wait_until
from tests.ledger_fixtures import new_ledger
from tests.proof.conftest import Tell
from tests.proof.faults import (
    ALL,
    CLASSES,
    FAIL,
    FOR_EVER,
    KILL,
    KILL_AFTER,
    MAP_BYTES,
    MEMORY,
    OPEN,
    READ,
    SHORT,
    Bench,
    Ended,
    Fault,
)
from tests.proof.script import Script
from tests.proof.storm import is_sound

CALLS_MAX = 400
SCRIPT_SEED = 5
ENDS_WITHIN_S = 1.0
KILLED = -9
ABORTED = -6
"""A library that cannot go on without memory ends the process itself; the supervisor starts the next."""
MEMORY_CALLS_MAX = 20_000


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
@pytest.mark.parametrize("kind", [FAIL, SHORT], ids=["EIO", "short"])
@pytest.mark.parametrize("arm", ["start", "ready"])
def test_a_read_that_fails_at_every_place(arm: str, kind: int, bench: Bench, tell: Tell) -> None:
    """Keys, key slots, the roots of journal and books. Pages of a mapped file are read by no call: what the disk then
    does to the process is SIGBUS, which the supervisor takes for 71 (`tests/unit/txserver/test_supervisor.py`).
    """
    found: Counter[str] = Counter()
    for first in range(1, CALLS_MAX):
        one = bench.trial(Fault(READ, kind, first), arm=arm)
        assert not one.wrong, (first, one)
        if one.code is None:
            break
        # A short read of a whole file is read on by whoever wanted all of it: nothing is wrong then.
        assert one.code in {70, 73} or (one.code == 0 and kind == SHORT), (first, one)
        assert one.code == 0 or (not one.answered_after and one.waited_s < ENDS_WITHIN_S), (first, one)
        found[f"exit_{one.code}"] += 1
    tell(trials=bench.trials, **found, mapped_pages="not run: no call reads them")
    assert found["exit_70"] + found["exit_73"] >= 25


def without_memory(bench: Bench, times: int, step: int, start: int = 1) -> Counter[str]:
    """Memory refused at the `start`-th request for it and each `step`-th after that; what came of it, by exit code."""
    found: Counter[str] = Counter()
    for first in range(start, MEMORY_CALLS_MAX, step):
        one = bench.trial(Fault(MEMORY, FAIL, first, times, errno.ENOMEM), memory=True)
        assert not one.wrong, (first, one)
        if one.code is None:
            return found
        # 0: whoever asked did without, or the one request was put aside (SKH9003) and its device is off.
        assert one.code in {0, 70, 71, ABORTED}, (first, one)
        assert one.code == 0 or (not one.answered_after and one.waited_s < ENDS_WITHIN_S), (first, one)
        found[f"exit_{one.code}"] += 1
        found["put_aside"] += one.refused and one.code == 0
    raise AssertionError(f"a run asks for memory more than {MEMORY_CALLS_MAX} times")


@pytest.mark.slow
def test_memory_that_is_refused_at_some_places(bench: Bench, tell: Tell) -> None:
    """The short form: each 97th request for memory while batches are decided, committed and answered."""
    found = without_memory(bench, 1, 97)
    tell(step=97, trials=bench.trials, **found)
    assert bench.trials >= 10


@pytest.mark.proof
@pytest.mark.parametrize(("times", "step"), [(1, 1), (3, 4), (20, 4), (FOR_EVER, 4)], ids=["1", "3", "20", "for ever"])
def test_memory_that_is_refused_at_every_place(times: int, step: int, bench: Bench, tell: Tell) -> None:
    """Once at each request for it; several times at every fourth."""
    found = without_memory(bench, times, step)
    tell(step=step, trials=bench.trials, **found)
    assert found["exit_70"] >= 200 // step
    assert bench.trials >= 1_200 // step


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
@pytest.mark.parametrize(("kind", "arm"), [(kind, arm) for kind in (KILL, KILL_AFTER) for arm in ("ready", "start")])
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


def checkpoint(ledger: Path, upto: int, preload: Path, fault: Fault | None) -> int:
    """The host's checkpoint process, with a fault planted from its start or without; its exit code."""
    planted = {}
    if fault is not None:
        plan = " ".join(map(str, fault))
        planted = {"LD_PRELOAD": str(preload), "PROOF_ROOT": str(ledger), "PROOF_FAULT": plan}
    command = [sys.executable, "-m", "ledger", "checkpoint", str(ledger), "--upto", str(upto)]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | planted, capture_output=True, check=False, timeout=60)
    return done.returncode


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "error", "code"),
    [
        (FAIL, errno.EIO, 70),
        (FAIL, errno.ENOSPC, 70),
        (SHORT, errno.EIO, 70),
        (KILL, errno.EIO, KILLED),
        (KILL_AFTER, errno.EIO, KILLED),
    ],
    ids=["EIO", "ENOSPC", "short", "killed before", "killed behind"],
)
def test_a_checkpoint_process_that_fails_at_every_call(
    kind: int, error: int, code: int, work: Path, preload: Path, tell: Tell
) -> None:
    """The host goes on over it: nothing of the books has moved, and the next one carries all of it down."""
    ledger = new_ledger(work / "ledger")
    batches = Script(SCRIPT_SEED).batches(10_000)
    store = Store.open(ledger, map_bytes=MAP_BYTES)
    failed = 0
    for first in range(1, CALLS_MAX):
        for _ in range(3):
            store.post_batch(next(batches))
        upto = store.freeze()
        ended = checkpoint(ledger, upto, preload, Fault(ALL, kind, first, 1, error))
        if ended == 0:
            store.settle()
            break
        assert ended == code, (first, ended)
        store.thaw()
        failed += 1
        store.post_batch(next(batches))
    assert store.watermark == upto
    store.post_batch(next(batches))
    store.close()
    tell(faults=failed, entries=upto)
    assert is_sound(ledger)
    assert failed >= 4


@pytest.mark.slow
async def test_a_host_whose_checkpoints_all_fail_goes_on(
    work: Path, preload: Path, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every write of the books fails: their process ends with 70 each time, posts are answered all the while. Only
    the end that was asked for needs them: it is 70 instead of 0, and the next host takes it up from there.
    """
    ledger = work / "ledger"
    traffic = Traffic(found_closed(ledger, 88))
    with monkeypatch.context() as patch:
        patch.setenv("LD_PRELOAD", str(preload))
        patch.setenv("PROOF_ROOT", str(ledger / "books"))
        patch.setenv("PROOF_FAULT", f"{CLASSES['write'] | CLASSES['roots']} {FAIL} 1 {FOR_EVER} {errno.EIO}")
        host = HostProcess(ledger, checkpoint_entries=20)
    with host:
        await traffic.run(host.url)
        wait_until(lambda: host.errors.count("SKH8103 exit=70") >= 2, "two checkpoints that failed")
        answered, code = len(traffic.accepted), host.end()
    tell(answered=answered, checkpoints_failed=host.errors.count("SKH8103 exit=70"), exit_code=code)
    assert answered == 88
    assert code == 70
    with HostProcess(ledger) as again:
        assert again.end() == 0
    assert traffic.agrees_with(ledger).granted == 88


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
