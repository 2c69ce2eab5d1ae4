"""Does a small opening day pass as the load tester judges it, also when the host is killed in the middle?"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any


def opening_day(path: Path, *options: str) -> tuple[int, dict[str, Any]]:
    """Run the command; its exit code and its JSON."""
    result = path / "result.json"
    command = [sys.executable, "-m", "bench", "opening-day", "--json", str(result), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert result.exists(), done.stderr
    found: dict[str, Any] = json.loads(result.read_text())
    return done.returncode, found


def test_flood_passes(tmp_path: Path) -> None:
    """Every registration is granted and verified, and nothing is lost, granted twice or out of order."""
    code, found = opening_day(tmp_path, "--terminals", "40", "--registrations", "800")
    assert (code, found["pass"], found["granted"], found["ledger"]["verified"]) == (0, True, 800, True)
    assert [found[key] for key in ("lost", "duplicates", "gaps", "order_violations")] == [0, 0, 0, 0]


def test_concentrators_carry_the_same_day(tmp_path: Path) -> None:
    """Several workstations on a connection are matched by line and number."""
    code, found = opening_day(tmp_path, "--terminals", "40", "--registrations", "800", "--concentrators", "5")
    assert (code, found["granted"], found["connections"]) == (0, 800, 5)


def test_p1_refuses_what_it_should_and_repeats_lost_answers(tmp_path: Path) -> None:
    """The profile's refusals come out as planned, and every lost answer comes back as a repeat."""
    code, found = opening_day(
        tmp_path, "--profile", "p1", "--terminals", "40", "--registrations", "800", "--speedup", "9000"
    )
    assert (code, found["granted"]) == (0, 800)
    assert found["refused"]
    assert found["replayed"] > 0


def test_kill_in_the_flood_loses_nothing(tmp_path: Path) -> None:
    """The host dies while terminals work; they come back, ask again, and the day still passes."""
    code, found = opening_day(tmp_path, "--terminals", "200", "--registrations", "45000", "--kill-every", "30")
    assert (code, found["pass"], found["granted"]) == (0, True, 45_000)
    assert found["kills"] > 0
