"""T11: millions of bent messages, on both sides of the line and at the ledger's own door."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib.util import find_spec
from multiprocessing import get_context

import pytest

from tests.proof import fuzz, guided
from tests.proof.conftest import SCALE, Tell
from tests.proof.fuzz import TARGETS, Fuzzed

SHORT = 15_000
EXECUTIONS = {"terminal": 3_000_000, "host": 3_000_000, "connection": 1_000_000, "entry": 1_000_000, "trunk": 200_000}
GUIDED = 200_000
"""Executions of each target under coverage, which cost some ten times as much."""
COVERED = {"terminal": 200, "host": 70, "connection": 250, "entry": 150, "trunk": 12}
"""Places that must have been reached, about half of those that are. Without instrumentation there are none; of Python
alone, without what the decoders say, there were 17, 3, 119, 10 and 9.
"""
BOTH_WAYS = {"terminal": "taken", "host": "taken", "connection": "Ticket", "entry": "taken"}
"""An outcome that must have been met, or the mutator makes rubbish only."""


def run(target: str, executions: int, seed: int) -> list[Fuzzed]:
    """In as many processes as there are cores."""
    jobs = os.cpu_count() or 1
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        return list(pool.map(partial(fuzz.fuzz, target, executions // jobs + 1), range(seed, seed + jobs)))


def judge(runs: list[Fuzzed], tell: Tell) -> None:
    outcomes = sum((one.outcomes for one in runs), runs[0].outcomes.__class__())
    tell(executions=sum(outcomes.values()), **{name.lower(): n for name, n in sorted(outcomes.items())})
    assert [(message.hex(), what) for one in runs for message, what in one.failed] == []
    if (name := BOTH_WAYS.get(runs[0].target)) is not None:
        assert outcomes[name] > 0
        assert outcomes["refused"] + outcomes["blamed"] > 0


@pytest.mark.parametrize("target", TARGETS)
def test_short_fuzz(target: str, tell: Tell) -> None:
    judge([fuzz.fuzz(target, SHORT, 1)], tell)


@pytest.mark.proof
@pytest.mark.parametrize("target", TARGETS)
def test_fuzz(target: str, tell: Tell) -> None:
    wanted = EXECUTIONS[target] * SCALE
    runs = run(target, wanted, 100)
    judge(runs, tell)
    assert sum(one.executions for one in runs) >= wanted


def is_installed() -> bool:
    """Whether atheris can be imported, from where `make proof` puts it or otherwise."""
    return find_spec("atheris") is not None or (guided.PLACE / "atheris").is_dir()


@pytest.mark.proof
@pytest.mark.skipif(not is_installed(), reason="not run: atheris is not installed (make proof tries to)")
@pytest.mark.parametrize("target", TARGETS)
def test_guided_fuzz(target: str, tell: Tell) -> None:
    runs = GUIDED * SCALE
    command = [sys.executable, "-m", "tests.proof.guided", target, str(runs)]
    done = subprocess.run(command, cwd=guided.PLACE.parents[1], capture_output=True, text=True, check=False)
    counted = re.search(r"stat::number_of_executed_units:\s*(\d+)", done.stderr)
    covered = re.findall(r"cov: (\d+) ft: (\d+)", done.stderr)
    coverage = int(covered[-1][0]) if covered else 0
    tell(executions=int(counted[1]) if counted else 0, coverage=coverage)
    assert done.returncode == 0, done.stderr[-2_000:]
    assert counted is not None
    assert int(counted[1]) >= runs
    assert coverage >= COVERED[target], "the fuzzer is blind"


def test_control_a_decoder_that_lets_an_error_through_is_caught(monkeypatch: pytest.MonkeyPatch, tell: Tell) -> None:
    """As ours did with what is nested a thousand deep, before this test stood here."""
    from txserver.wire import frames

    monkeypatch.setattr(frames, "UNREADABLE", (frames.msgspec.DecodeError, ValueError))
    done = fuzz.fuzz("terminal", SHORT, 1)
    tell(executions=done.executions, caught=len(done.failed))
    assert done.failed
    assert all(what.startswith("RecursionError") for _, what in done.failed)
