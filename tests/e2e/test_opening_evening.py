"""Does a small evening come out as planted, also when the host is killed again and again, and after `opening-day`?"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench import evening_report, report
from bench.planting import CLASSES

SIZE = ("--records", "1200", "--banks", "4", "--mismatch", "0.02")


def bench(path: Path, *arguments: str, seconds_max: float = 120) -> tuple[int, dict[str, Any], str]:
    """Run the load tester; its exit code, its JSON and what it printed."""
    file = path / "result.json"
    command = [sys.executable, "-m", "bench", *arguments, "--json", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds_max, check=False)
    assert file.exists(), done.stderr
    return done.returncode, json.loads(file.read_text()), done.stdout


def test_every_planted_difference_is_found_and_nothing_else(tmp_path: Path) -> None:
    _, found, said = bench(tmp_path, "settlement", *SIZE, "--data", str(tmp_path / "run"))
    assert set(evening_report.KEYS) <= found.keys()
    assert found["faults"] == [], said  # a slow machine is no fault
    assert (found["records"], found["banks"], found["cured"]) == (1_200, 4, 12)
    assert found["found"] == found["planted"] == dict.fromkeys(CLASSES, 6)
    assert (found["false_alarms"], found["missed"], found["verified"]) == (0, 0, True)
    assert (tmp_path / "run" / "ledger" / "jangkar" / "2004-05-03.json").exists()


def test_a_host_that_is_killed_comes_to_the_same(tmp_path: Path) -> None:
    _, found, said = bench(tmp_path, "settlement", *SIZE, "--kill-every", "0.6")
    assert found["faults"] == [], said
    assert found["resumed_after_kills"] > 0
    assert found["found"] == found["planted"]


def test_the_opening_day_ends_with_its_evening(tmp_path: Path) -> None:
    day = ("opening-day", "--terminals", "40", "--registrations", "800", "--evening")
    code, found, said = bench(tmp_path, *day)
    assert code == 0, said
    assert report.is_complete(found)
    assert (found["pass"], found["evening"]["pass"], found["evening"]["records"]) == (True, True, 800)
