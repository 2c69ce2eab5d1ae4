"""T05, second part: a disk that is full, a file that may not grow, and a disk that loses what it took.

The first two are the kernel's own refusals, at every page from none to enough. The third is what no program can see
at the moment: a write is dropped on its way to the kernel and said to be done. What was answered in that moment may be
lost with it. It is found by the host, the next start or `verify`; the newest commit of a host that is killed before it
looked, by who kept a head elsewhere (the setting `witness`). Nothing that is left has another number.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.proof.conftest import Tell
from tests.proof.faults import CLASSES, DROP, FOR_EVER, KEPT_HEAD, PAGE, WHOLE, Bench, Ended, Fault, Lie
from tests.proof.test_faults import CALLS_MAX, check

PAGES_MAX = 64
DISK_BYTES = 4 << 20
DIED = {-signal.SIGBUS, -signal.SIGABRT, -signal.SIGSEGV}
FOUND = {
    "the host": ({70, 73} | DIED, {0, 70, 73, 74}),
    "the next start": (set[int](), {70, 73}),
    "verify": (set[int](), {0}),
    KEPT_HEAD: (set[int](), {0}),
    WHOLE: (set[int](), {0}),
}
"""Who may find it, with the exit codes of the writer it happened to, where it did not end as it was told to, and of the
next one.
"""


def until_enough(bench: Bench, tell: Tell, run: Callable[[int], Ended]) -> None:
    """One page more each time, from none on, until a run goes through."""
    ended: list[Ended] = []
    for pages in range(PAGES_MAX):
        one = run(pages)
        assert not one.wrong, (pages, one)
        if one.code is None:
            break
        ended.append(one)
    check(ended, {70})
    tell(trials=bench.trials, faults=len(ended), **Counter(f"exit_{one.code}" for one in ended))
    assert 6 <= len(ended) < PAGES_MAX


@pytest.mark.slow
def test_a_file_that_may_not_grow(bench: Bench, tell: Tell) -> None:
    """RLIMIT_FSIZE: the journal may have no page more than it has, one, two ..."""
    size = (bench.template / "journal" / "data.mdb").stat().st_size
    until_enough(bench, tell, lambda pages: bench.limited(file_bytes=size + pages * PAGE))


@contextmanager
def disk_in_memory(folder: Path) -> Iterator[None]:
    """A file system of its own, of a few megabytes."""
    folder.mkdir(exist_ok=True)
    options = ("-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs")
    if os.geteuid() or not shutil.which("mount") or subprocess.run(["mount", *options, folder], check=False).returncode:
        pytest.skip("not run: needs root and the right to mount")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.slow
def test_a_disk_that_is_full(bench: Bench, tell: Tell) -> None:
    """No page free on it, one, two ...; then somebody makes room, and the next writer takes it up."""
    with disk_in_memory(bench.ledger):
        until_enough(bench, tell, lambda pages: bench.limited(pages_free=pages))


def every_lie(bench: Bench, name: str, times: int, ends: int) -> list[Lie]:
    """Every write of a class is dropped in its turn."""
    lies = []
    for first in range(1, CALLS_MAX):
        lie = bench.lie(Fault(CLASSES[name], DROP, first, times), ends)
        if lie is None:
            return lies
        assert lie.by in FOUND, (first, lie)
        codes, next_codes = FOUND[lie.by]
        assert lie.code in codes | {-ends if ends == signal.SIGKILL else 0}, (first, lie)
        assert lie.next_code in next_codes, (first, lie)
        lies.append(lie)
    raise AssertionError(f"a run has more than {CALLS_MAX} calls")


@pytest.mark.slow
@pytest.mark.parametrize("ends", [signal.SIGTERM, signal.SIGKILL], ids=["drained", "killed"])
@pytest.mark.parametrize("times", [1, 3, FOR_EVER], ids=["once", "three times", "for ever"])
@pytest.mark.parametrize("name", ["write", "roots", "keys"])
def test_a_write_that_is_lost(name: str, times: int, ends: int, bench: Bench, tell: Tell) -> None:
    lies = every_lie(bench, name, times, ends)
    tell(trials=bench.trials, **Counter(lie.by.replace(" ", "_") for lie in lies))
    assert len(lies) >= (2 if name == "keys" else 10)
    unseen = sum(lie.by == KEPT_HEAD for lie in lies)
    if ends == signal.SIGTERM:
        assert unseen == 0, "a drain looks before it ends"
    if name == "roots":
        # The answer to what was lost, and none that would stand behind the gap.
        assert max(lie.sends for lie in lies) <= 1
        assert {(lie.code, lie.next_code) for lie in lies if lie.by == "the host"} == {(73, 74)}
        assert unseen == (ends == signal.SIGKILL), "the newest commit alone, killed before anything looked"


@pytest.mark.slow
def test_control_a_writer_that_builds_on_a_lost_commit_is_caught(bench: Bench, tell: Tell) -> None:
    """Commits in the middle: behind the last one nothing is built."""
    lies = [bench.lie(Fault(CLASSES["roots"], DROP, first), planted="build on") for first in range(1, 11)]
    answered = [lie.sends for lie in lies if lie is not None]
    tell(trials=bench.trials, caught=sum(sends > 1 for sends in answered), answered_behind_a_gap_at_most=max(answered))
    assert min(answered) > 1
