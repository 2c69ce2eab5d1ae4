"""What campaigns have come to: a file of records, one for each round, that sittings and commits add up in."""

from __future__ import annotations

import fcntl
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.proof import git

PASSED, FAILED = "passed", "FAILED"
NO_SUM = frozenset({"seed", "seeds"})
BOOK = git.ROOT / "docs" / "campaigns.json"
TITLE = "## Campaigns"


@dataclass(frozen=True)
class Round:
    """One round: from which code, with which seeds (first and last), and what it came to."""

    id: str
    date: str
    """When it ended, UTC."""
    sitting: str
    """When the sitting it belongs to began, UTC."""
    commit: str
    """Twelve hexadecimal digits."""
    seeds: tuple[int, int]
    seconds: float
    outcome: str
    counts: dict[str, Any]
    is_dirty: bool = False
    """There were uncommitted changes: nobody can have the same code again, and the round does not count."""
    why: str = ""
    """Of a failed round."""

    @property
    def counts_in(self) -> bool:
        return self.outcome == PASSED and not self.is_dirty


@dataclass(frozen=True)
class Aim:
    """What a campaign is for. `must` says what is missing although the figures may be there."""

    figures: dict[str, float]
    zero: str
    """The count of what must never happen."""
    must: Callable[[Counter[str]], list[str]] = field(default=lambda _: [])


class Book:
    """The file. Every change is a whole new file, moved into its place while no other process writes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rounds(self) -> list[Round]:
        if not self.path.exists():
            return []
        rows: list[dict[str, Any]] = json.loads(self.path.read_text(encoding="utf-8"))
        return [Round(**{**row, "seeds": (row["seeds"][0], row["seeds"][1])}) for row in rows]

    def append(self, one: Round) -> None:
        with self._alone():
            rows = [json.dumps(asdict(known)) for known in [*self.rounds(), one]]
            new = self.path.with_name(self.path.name + ".new")
            with new.open("w", encoding="utf-8") as out:
                out.write("[\n" + ",\n".join(rows) + "\n]\n")
                out.flush()
                os.fsync(out.fileno())
            new.replace(self.path)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)


def fresh(rounds: list[Round], id: str, first: int, n: int) -> range:
    """Seeds that no recorded round of this id had, whatever it came to; at least from `first` on."""
    start = max([first, *(one.seeds[1] + 1 for one in rounds if one.id == id)])
    return range(start, start + n)


def total(rounds: list[Round]) -> Counter[str]:
    """The counts of the rounds that count, added up."""
    found: Counter[str] = Counter()
    for one in rounds:
        if one.counts_in:
            found.update(
                {
                    name: n
                    for name, n in one.counts.items()
                    if isinstance(n, int | float) and not isinstance(n, bool) and name not in NO_SUM
                }
            )
    return found


def share(aim: Aim, reached: Counter[str]) -> float:
    """Of the whole figure, by what is furthest behind: 0 to 1."""
    return min(1.0, *(reached[name] / figure for name, figure in aim.figures.items()))


def state(aim: Aim, rounds: list[Round]) -> str:
    """ "reached" only when every figure is there and all that must happen did."""
    reached = total(rounds)
    failed = sum(one.outcome != PASSED for one in rounds)
    part = share(aim, reached)
    if part < 1:
        word = f"going on: {int(part * 1_000) / 10}%"
    elif missing := aim.must(reached):
        word = f"going on: the figures are there, not yet met: {', '.join(missing)}"
    else:
        word = "reached"
    return word + (f", **{failed} FAILED**" if failed else "")


def figures(aim: Aim, counts: Counter[str] | dict[str, float]) -> str:
    return ", ".join(f"{round(counts[name]):,} {name.replace('_', ' ')}" for name in aim.figures)


def span(first: str, last: str) -> str:
    return first if first == last else f"{first} to {last}"


def row(id: str, aim: Aim, rounds: list[Round]) -> str:
    """A campaign's line in the table."""
    counted = [one for one in rounds if one.counts_in]
    reached = total(rounds)
    cells = [
        id, f"{figures(aim, aim.figures)}, 0 {aim.zero.replace('_', ' ')}",
        f"{figures(aim, reached)}, {reached[aim.zero]:,} {aim.zero.replace('_', ' ')}", state(aim, rounds),
        f"{len(counted):,}", "none", "none", f"{sum(one.outcome != PASSED for one in rounds)}",
    ]  # fmt: skip
    if counted:
        sittings = dict.fromkeys(one.sitting for one in counted)
        cells[5] = f"{len(sittings)}, {span(counted[0].date[:10], counted[-1].date[:10])}"
        commits = list(dict.fromkeys(one.commit for one in counted))
        cells[6] = f"{len(commits)}, {span(commits[0], commits[-1])}"
    return f"| {' | '.join(cells)} |"


def section(aims: dict[str, Aim], rounds: list[Round]) -> list[str]:
    """The part of the report: a line for each campaign, and every round that failed or does not count."""
    lines = [
        TITLE, "",
        "Figures that take many hours are reached in rounds over several sittings; each round has seeds that none",
        "before had and is judged by the assertions of the test of its id. Every round stands in `campaigns.json`. A",
        'campaign is "reached" when its whole figure is there. A failed round adds nothing and is never taken out.', "",
        "| id | aim | so far | state | rounds | sittings | commits | failed rounds |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        *(row(id, aim, [one for one in rounds if one.id == id]) for id, aim in aims.items()), "",
    ]  # fmt: skip
    bad = [one for one in rounds if one.outcome != PASSED]
    lines += [
        f"- FAILED: {one.id}, seeds {one.seeds[0]}-{one.seeds[1]}, {one.date}, commit {one.commit}: {one.why}"
        for one in bad
    ]
    dirty = Counter(one.id for one in rounds if one.is_dirty)
    lines += [f"- {id}: {n} rounds with uncommitted changes are not counted" for id, n in dirty.items()]
    return [*lines, ""] if bad or dirty else lines


def put_into(report: str, new: list[str]) -> str:
    """The report with this section in the place of the old one; before the first section where there is none."""
    lines = report.splitlines()
    heads = [at for at, line in enumerate(lines) if line.startswith("## ")]
    start = lines.index(TITLE) if TITLE in lines else (heads[0] if heads else len(lines))
    end = next((at for at in heads if at > start), len(lines)) if TITLE in lines else start
    return "\n".join([*lines[:start], *new, *lines[end:]]).rstrip() + "\n"


def publish(book: Book, aims: dict[str, Aim]) -> Path:
    """Write the section anew into the report that lies beside the book; the rest of the report stays."""
    report = book.path.with_name("proof-report.md")
    old = report.read_text(encoding="utf-8") if report.exists() else "# Proof report\n\n"
    new = report.with_name(report.name + ".new")
    new.write_text(put_into(old, section(aims, book.rounds())), encoding="utf-8")
    new.replace(report)
    return report
