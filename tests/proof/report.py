"""`make proof`: run the programme of proofs at its full figures and write docs/proof-report.md.

    python -m tests.proof.report [PYTEST ARGUMENTS]
    python -m tests.proof.report --campaigns-only      what campaigns have come to (campaign.py does it at its end)

Counts come from the tests themselves (`tell` in conftest.py). A test that was skipped is reported as "not run", with
its reason; one that failed as FAILED; the exit code is pytest's.

The programme takes about an hour and may be run in parts (`make proof ARGS="-k storm"`): what another part has shown
stands in the report too, with its commit, as long as no file of the product has changed since.
"""

from __future__ import annotations

import ast
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec

from tests.proof import git
from tests.proof.campaign_book import BOOK, Book, publish
from tests.proof.campaign_book import section as campaign_section
from tests.proof.campaigns import AIMS
from tests.proof.git import ROOT
from tests.proof.planted_table import table

REPORT = ROOT / "docs" / "proof-report.md"
PROOFS = ROOT / "tests" / "proof"
PARTS = ROOT / "var" / "proof-parts.json"
"""Outcomes and counts of the parts run so far, each with its commit."""
IDS = {
    "T01": "kill -9 storm on the real writer",
    "T02": "kill at every storage call",
    "T03": "power cut, file level",
    "T04": "power cut, full stack: a file system on a device that forgets",
    "T05": "device faults",
    "T06": "bit rot",
    "T07": "simulation in virtual time",
    "T08": "planted bugs",
    "T09": "real processes behind a bad line",
    "T10": "the checker against its definition",
    "T11": "fuzz of frames on both sides, connections and the codec",
    "T12": "state machine over all kinds, with crashes",
    "T13": "fuzz of the HTTP side",
    "T14": "hostile peers",
    "T15": "connections held",
    "T16": "clocks that jump",
    "T17": "line profiles",
    "T18": "roll-back and loss",
}
"""What the programme asks for. A test module says in the first line of its docstring which of these it is."""
WHY_MAX = 160
LEFT_OUT = ("not run", "it was left out of this run")
SAYS = re.compile(r"T\d\d")
RANK = {"FAILED": 0, "not run": 1, "passed": 2}
Cases = dict[str, tuple[str, str]]
Counts = dict[str, dict[str, object]]
HEAD = """# Proof report

Written by `make proof` (`tests/proof/report.py`); not edited by hand. What each test does, its oracle and its controls
stand in `tests/proof/`. "Acked" is an answer that left the host; "lost" or "bad" is an acked entry that was absent or
altered after recovery. A control is an unsafe mode or a planted bug that must be caught; one that is not fails the
run. What could not be run on the machine, was left out or is not built yet is "not run", never "passed".
"""


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
        found[f"{module}.py::{case.get('name')}"] = (outcome, " ".join(why.split())[:WHY_MAX])
    return found


def collected() -> list[str]:
    """The name of every proof there is, whether this run was told to leave it out or not."""
    command = [sys.executable, "-m", "pytest", "tests/proof", "-m", "proof or not proof", "--collect-only", "-q"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    return [line.removeprefix("tests/proof/") for line in said.splitlines() if line.startswith("tests/proof/test_")]


def figure(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def first_line(module: str) -> str:
    """The first line of a test module's docstring: its ids and what it is."""
    path = PROOFS / f"{module}.py"
    return (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n")[0]


def claims() -> dict[str, list[str]]:
    """Test modules by the id they say they are."""
    found: dict[str, list[str]] = {name: [] for name in IDS}
    for path in sorted(PROOFS.glob("test_*.py")):
        for name in SAYS.findall(first_line(path.stem).partition(":")[0]):
            found[name].append(path.stem)
    return found


def summary(cases: Cases) -> list[str]:
    """Every id of the programme, whether anything of it exists or not. What has not run is not passed."""
    lines = ["## All of it", "", "| id | test | outcome |", "| --- | --- | --- |"]
    for name, modules in claims().items():
        mine = [case for case_name, case in cases.items() if case_name.partition(".py")[0] in modules]
        lines.append(f"| {name} | {IDS[name]} | {verdict(modules, mine)} |")
    return [*lines, ""]


def verdict(modules: list[str], mine: list[tuple[str, str]]) -> str:
    """The worst of an id's outcomes, with the reason where it is not "passed"."""
    if not modules:
        return "**not run**: no test of it is built"
    if not mine:
        return "**not run**: nothing of it could be collected"
    counted = Counter(outcome for outcome, _ in mine)
    worst = min(counted, key=lambda outcome: RANK[outcome])
    if worst == "passed":
        return f"passed ({counted['passed']})"
    why = next(why for outcome, why in mine if outcome == worst)
    return f"**{worst}** ({counted[worst]} of {len(mine)}): {cell(why)}"


def cell(text: str) -> str:
    """Text that stays in its cell of a table."""
    return text.replace("|", "/")


def told_of(counts: Counts, name: str) -> str:
    return ", ".join(f"{key.replace('_', ' ')} {cell(figure(value))}" for key, value in counts.get(name, {}).items())


def section(module: str, cases: Cases, counts: Counts) -> list[str]:
    lines = [f"## {first_line(module).rstrip('.')}", "", "| test | outcome | counts |", "| --- | --- | --- |"]
    for name, (outcome, why) in cases.items():
        words = re.sub(r"^test_", "", name.partition("::")[2]).replace("_", " ")
        lines.append(f"| {cell(words)} | {outcome}{': ' + cell(why) if why else ''} | {told_of(counts, name)} |")
    return [*lines, ""]


def planted(cases: Cases, counts: Counts) -> list[str]:
    """Every planted bug, the test that must catch it, and after how much it did so in this run."""
    lines = ["## Planted bugs", "", "| bug | must be caught by | caught |", "| --- | --- | --- |"]
    for one in table():
        outcome, why = cases.get(one.test, ("not run", one.reason or "no such test in this run"))
        caught = {"passed": told_of(counts, one.test) or "yes", "FAILED": f"**NO**: {cell(why)}"}
        lines.append(f"| {cell(one.bug)} | {cell(one.said)} | {caught.get(outcome, f'**not run**: {cell(why)}')} |")
    return [*lines, ""]


@dataclass
class Parts:
    """What has been shown of this product by now: outcomes, counts, at which commit each was run, seconds of it all."""

    ran: Cases = field(default_factory=dict)
    counts: Counts = field(default_factory=dict)
    at: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0


def kept_parts(file: Path) -> Parts:
    """The parts run before: of this commit, or of one from which no file of the product differs."""
    if not file.exists():
        return Parts()
    kept = msgspec.json.decode(file.read_bytes(), type=Parts)
    return Parts() if any(git.changed_since(commit) is None for commit in set(kept.at.values())) else kept


def earlier_commits(parts: Parts, commit: str) -> list[str]:
    """What was shown at other commits than this one, and what of the tests has changed since."""
    lines = []
    for other, count in Counter(parts.at.values()).items():
        if other != commit:
            files = ", ".join(git.changed_since(other) or []) or "nothing"
            lines.append(
                f"- {count} of these were run at {other[:12]}; the product is the same, of the tests differs {files}"
            )
    return lines


def write(xml: Path, told: Path, seconds: float) -> None:
    commit, is_changed = git.commit(), bool(git.changed())
    now = outcomes(xml)
    parts = Parts() if is_changed else kept_parts(PARTS)
    parts.ran |= now
    parts.counts |= {row["test"]: row["counts"] for row in map(json.loads, told.read_text().splitlines())}
    parts.at |= dict.fromkeys(now, commit)
    parts.seconds += seconds
    if not is_changed:
        PARTS.parent.mkdir(exist_ok=True)
        PARTS.write_bytes(msgspec.json.encode(parts))
    cases = {name: parts.ran.get(name, LEFT_OUT) for name in dict.fromkeys([*collected(), *parts.ran])}
    modules = list(dict.fromkeys(name.partition(".py")[0] for name in cases))
    changed = " with uncommitted changes" if is_changed else ""
    ended = Counter(outcome for outcome, _ in cases.values())
    lines = [
        HEAD,
        f"- date: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {parts.seconds:.0f} s",
        f"- commit: {commit[:12]}{changed}",
        f"- machine: {os.cpu_count()} cores, Linux {platform.release()}, Python {platform.python_version()}",
        f"- scale: {os.environ.get('PROOF_SCALE', '1')}",
        f"- arguments: {' '.join(sys.argv[1:]) or 'none'}",
        f"- outcome: {ended['passed']} passed, {ended['FAILED']} failed, {ended['not run']} not run",
        *earlier_commits(parts, commit),
        "",
        *campaign_section(AIMS, Book(BOOK).rounds()),
        *summary(cases),
        *planted(cases, parts.counts),
    ]
    for module in modules:
        mine = {name: case for name, case in cases.items() if name.startswith(module + ".py")}
        lines += section(module, mine, parts.counts)
    REPORT.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


def main() -> int:
    if sys.argv[1:] == ["--campaigns-only"]:
        print(f"written: {publish(Book(BOOK), AIMS).relative_to(ROOT)}")
        return 0
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
