"""A ledger killed at named points, opened again, verified: what was answered is there, and once."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.engine import Posted, Repeat
from ledger.errors import LedgerError
from ledger.ketentuan import HARI_AWAL
from ledger.store import Store
from tests.crash.runner import CRASH_BATCH, DIED
from tests.host_fixtures import ROOT, TELLER, TELLER_2, Sound, deposit, environment, found_closed

FORMS = 12
RUNNER = str(ROOT / "tests" / "crash" / "runner.py")
ORIGINS = {origin.user: origin for origin in (TELLER, TELLER_2)}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    path = tmp_path_factory.mktemp("template") / "ledger"
    return path, found_closed(path, FORMS)


class Run:
    """One run of the loop: what was asked and answered before it died."""

    def __init__(self, point: str, ledger: Path, numbers: list[str]) -> None:
        done = subprocess.run(
            [sys.executable, RUNNER, point, str(ledger), *numbers],
            cwd=ROOT,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.stderr == ""
        self.code = done.returncode
        self.asked: dict[tuple[str, int], str] = {}
        self.answered: dict[tuple[str, int], tuple[int, str]] = {}
        self.checkpoint = False
        for line in done.stdout.splitlines():
            what, *fields = line.split()
            if what == "asked":
                self.asked[fields[0], int(fields[1])] = fields[2]
            elif what == "answered":
                self.answered[fields[0], int(fields[1])] = (int(fields[2]), fields[3])
            else:
                self.checkpoint = True

    def agrees_with(self, ledger: Path) -> Sound:
        """What was answered is in the ledger with the same number; nothing is there that nobody asked for."""
        sound = Sound(ledger)
        found = sound.deposits()
        assert self.answered.items() <= found.items(), "an answered deposit is lost or has another number"
        assert found.keys() <= self.asked.keys(), "a deposit that nobody asked for"
        return sound

    def ask_again(self, ledger: Path) -> None:
        """Every request once more, as terminals do: each has exactly one number, the one it was told."""
        store = Store.open(ledger)
        for (user, stan), nomor in self.asked.items():
            (outcome,) = store.post_batch([deposit(ORIGINS[user], stan, nomor)])
            if (user, stan) in self.answered:
                assert isinstance(outcome, Repeat)
                assert outcome.seq == self.answered[user, stan][0]
            else:
                assert isinstance(outcome, Posted | Repeat)
        store.checkpoint()
        store.close()
        found = Sound(ledger).deposits()
        assert found.keys() == self.asked.keys()
        assert sorted(porsi for _, porsi in found.values()) == [f"11{n:08d}" for n in range(1, len(self.asked) + 1)]


ANSWERED = 2 * (CRASH_BATCH - 1)
# point: answers seen, deposits found after the crash
IN_COMMITS = {
    "before commit": (ANSWERED, ANSWERED),
    "inside commit": (ANSWERED, ANSWERED),
    "after commit": (ANSWERED, ANSWERED + 2),
    "before the answers": (ANSWERED, ANSWERED + 2),
    "between two answers": (ANSWERED + 1, ANSWERED + 2),
}


@pytest.mark.parametrize("point", IN_COMMITS)
def test_killed_around_a_commit(point: str, template: tuple[Path, list[str]], tmp_path: Path) -> None:
    ledger = shutil.copytree(template[0], tmp_path / "ledger")
    run = Run(point, ledger, template[1])
    assert (run.code, run.checkpoint) == (DIED, False)
    sound = run.agrees_with(ledger)
    assert (len(run.answered), sound.granted) == IN_COMMITS[point]
    assert (len(run.asked), sound.watermark) == (2 * CRASH_BATCH, 0)
    run.ask_again(ledger)


IN_CHECKPOINTS = {
    "in a checkpoint": 0,
    "before the watermark": 0,
    "between two commits of a checkpoint": 10,
    "after the first transaction of a checkpoint": "head",
}


@pytest.mark.parametrize("point", IN_CHECKPOINTS)
def test_killed_in_a_checkpoint(point: str, template: tuple[Path, list[str]], tmp_path: Path) -> None:
    ledger = shutil.copytree(template[0], tmp_path / "ledger")
    run = Run(point, ledger, template[1])
    assert (run.code, run.checkpoint) == (DIED, True)
    sound = run.agrees_with(ledger)
    expected = IN_CHECKPOINTS[point]
    assert sound.watermark == (sound.head if expected == "head" else expected)
    assert len(run.answered) == sound.granted == FORMS
    run.ask_again(ledger)


def test_loop_comes_to_its_end_without_a_point(template: tuple[Path, list[str]], tmp_path: Path) -> None:
    ledger = shutil.copytree(template[0], tmp_path / "ledger")
    run = Run("never", ledger, template[1])
    assert (run.code, run.checkpoint) == (0, True)
    assert run.agrees_with(ledger).granted == len(run.answered) == FORMS


def test_control_answers_before_the_commit_are_caught(template: tuple[Path, list[str]], tmp_path: Path) -> None:
    ledger = shutil.copytree(template[0], tmp_path / "ledger")
    run = Run("answer before commit", ledger, template[1])
    assert (run.code, len(run.answered)) == (DIED, ANSWERED + 2)
    with pytest.raises(AssertionError, match="lost or has another number"):
        run.agrees_with(ledger)


def test_killed_at_every_step_of_making_a_ledger(tmp_path: Path) -> None:
    """Either it is a whole ledger of one entry, or opening it says in one sentence that it is none."""
    done = subprocess.run(
        [sys.executable, RUNNER, "creating", str(tmp_path)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    steps = int(done.stdout.split()[1])
    assert steps >= 20
    whole: list[int] = []
    said: dict[int, str] = {}
    for step in range(1, steps + 2):
        path = tmp_path / f"{step:03d}"
        try:
            store = Store.open(path)
        except LedgerError as error:
            said[step] = str(error)
            continue
        if store.journal.head:
            whole.append(step)
            assert store.opening.facts.nama == "UJI"
            assert store.books.hari == HARI_AWAL
        store.close()
    assert all(str(tmp_path / f"{step:03d}") in line for step, line in said.items()), said
    assert len(said) >= 10
    assert whole == list(range(whole[0], steps + 2)), "once whole, whole at every later step"
    assert Sound(tmp_path / f"{steps + 1:03d}").head == 1
