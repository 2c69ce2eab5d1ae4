"""Records a run and cuts its power: what the tests and the campaign of the power cut share."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from signal import SIGKILL
from typing import Any

import msgspec

from ledger.vault import HEADER, SLOT
from tests.ledger_fixtures import head_of, new_ledger
from tests.proof import stream
from tests.proof.disk import snapshot
from tests.proof.replay import Plan

KILLS = ("2 3 30", "64 2 2", "4 2 35", "32 3 2", "1 2 40")
"""Killed in a write of roots, before a sync of new key slots, before a sync, after the write of key slots, and before
a write."""

ROOT = Path(__file__).resolve().parents[2]


def record(work: Path, preload: Path, seed: int, commits: int, mode: str = "safe", kills: Sequence[str] = ()) -> Plan:
    """One run under the recorder, killed and started again as asked; what is needed to replay it."""
    root, start, log = work / "disk", work / "start.pickle", work / "log"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    log.unlink(missing_ok=True)
    ledger = root / "ledger"
    make_ledger(ledger)
    entries = head_of(ledger)
    start.write_bytes(pickle.dumps(snapshot(root)))
    command = [sys.executable, "-m", "tests.proof.stream", str(ledger), str(seed), str(commits), mode]
    recorder = {"LD_PRELOAD": str(preload), "PROOF_ROOT": str(root), "PROOF_LOG": str(log)}
    for kill in (*kills, ""):
        done = subprocess.run(
            command, cwd=ROOT, env=os.environ | recorder | {"PROOF_KILL": kill}, check=False, timeout=600
        )
        assert done.returncode == (-SIGKILL if kill else 0), (kill, done.returncode)
    return Plan(
        log=str(log), root=str(root), start=str(start), work=str(work / "cut"), seed=seed, commits=commits,
        entries=entries,
    )  # fmt: skip


def make_ledger(path: Path) -> None:
    """The founded ledger, with as few key slots as the run makes at a time; none is in use yet."""
    new_ledger(path)
    os.truncate(path / "kunci" / "slot.dat", len(HEADER) + SLOT * stream.SLOTS_AHEAD)


def cut(plan: Plan, replay: str = "tests.proof.replay", **changes: Any) -> dict[str, Any]:
    """Every cut of a plan, in processes of their own."""
    shutil.rmtree(plan.work, ignore_errors=True)
    given = msgspec.json.encode(msgspec.structs.replace(plan, **changes)).decode()
    done = subprocess.run([sys.executable, "-m", replay, given], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    result: dict[str, Any] = json.loads(done.stdout)
    return result
