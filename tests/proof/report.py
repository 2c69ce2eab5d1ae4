"""`make proof`: run the programme of proofs at its full figures and write docs/proof-report.md.

    python -m tests.proof.report [PYTEST ARGUMENTS]

Counts come from the tests themselves (`tell` in conftest.py). A test that was skipped is reported as "not run", with
its reason; one that failed as FAILED; the exit code is pytest's.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parents[2]
REPORT = ROOT / "docs" / "proof-report.md"
TITLES = {
    "test_checker": "T10 the checker against its definition",
    "test_power_cut": "T03 power cut at every call",
    "test_faults": "T05 device faults, T02 kills at every storage call",
    "test_storm": "T01 kill storm",
    "test_rot": "T06 bit rot",
    "test_rollback": "T18 roll-back and loss",
    "test_simulation": "T07 simulation in virtual time",
    "test_planted_bugs": "T08 planted bugs",
    "test_fuzz": "T11, T12 fuzz of frames, connections and the ledger's codec",
    "test_jepsen": "T09 real processes behind a bad line",
    "test_hostile": "T14, T15 hostile peers, connections held",
}
HEAD = """# Proof report

Written by `make proof` (`tests/proof/report.py`); not edited by hand. What each test does, its oracle and its controls
stand in `tests/proof/`. "Acked" is an answer that left the host; "lost" or "bad" is an acked entry that was absent or
altered after recovery. A control is an unsafe mode or a planted bug that must be caught; one that is not fails the
run. Where a test could not be run on the machine it says so.
"""


def git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def outcomes(xml: Path) -> dict[str, tuple[str, str]]:
    """By test id: passed, FAILED or not run, and why."""
    found = {}
    for case in ET.parse(xml).iter("testcase"):
        module = case.get("classname", "").rpartition(".")[2]
        outcome, why = "passed", ""
        for child in case:
            if child.tag in {"failure", "error"}:
                outcome, why = "FAILED", child.get("message", "")
            elif child.tag == "skipped":
                outcome, why = "not run", child.get("message", "")
        found[f"{module}.py::{case.get('name')}"] = (outcome, " ".join(why.split())[:160])
    return found


def figure(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def section(module: str, cases: dict[str, tuple[str, str]], counts: dict[str, dict[str, object]]) -> list[str]:
    lines = [f"## {TITLES.get(module, module)}", "", "| test | outcome | counts |", "| --- | --- | --- |"]
    for name, (outcome, why) in cases.items():
        said = ", ".join(f"{key.replace('_', ' ')} {figure(value)}" for key, value in counts.get(name, {}).items())
        words = re.sub(r"^test_", "", name.partition("::")[2]).replace("_", " ")
        lines.append(f"| {words} | {outcome}{': ' + why if why else ''} | {said} |")
    return [*lines, ""]


def write(xml: Path, told: Path, seconds: float) -> None:
    cases = outcomes(xml)
    counts = {row["test"]: row["counts"] for row in map(json.loads, told.read_text().splitlines())}
    modules = list(dict.fromkeys(name.partition(".py")[0] for name in cases))
    changed = " with uncommitted changes" if git("status", "--porcelain") else ""
    ended = Counter(outcome for outcome, _ in cases.values())
    lines = [
        HEAD,
        f"- date: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {seconds:.0f} s",
        f"- commit: {git('rev-parse', '--short=12', 'HEAD')}{changed}",
        f"- machine: {os.cpu_count()} cores, Linux {platform.release()}, Python {platform.python_version()}",
        f"- scale: {os.environ.get('PROOF_SCALE', '1')}",
        f"- outcome: {ended['passed']} passed, {ended['FAILED']} failed, {ended['not run']} not run",
        "",
    ]
    for module in modules:
        mine = {name: case for name, case in cases.items() if name.startswith(module + ".py")}
        lines += section(module, mine, counts)
    REPORT.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


def main() -> int:
    start = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder:
        told, xml = Path(folder) / "told", Path(folder) / "outcomes.xml"
        told.touch()
        command = [sys.executable, "-m", "pytest", "tests/proof", "-m", "proof or not proof", f"--junitxml={xml}"]
        code = subprocess.run(
            [*command, *sys.argv[1:]], cwd=ROOT, env=os.environ | {"PROOF_REPORT": str(told)}, check=False
        ).returncode
        write(xml, told, (datetime.now(UTC) - start).total_seconds())
    print(f"written: {REPORT.relative_to(ROOT)}")
    return code


if __name__ == "__main__":
    sys.exit(main())
