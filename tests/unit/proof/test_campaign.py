"""Campaigns: rounds that add up over sittings and commits, and what may not be counted."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.proof import campaign as campaign_module
from tests.proof import campaign_book, git
from tests.proof.campaign import Refused, Sitting, folder_of, in_a_process
from tests.proof.campaign_book import FAILED, PASSED, Aim, Book, Round, fresh, put_into, section, state, total
from tests.proof.campaigns import AIMS, CAMPAIGNS, Campaign, where

AIM = Aim({"kills": 100, "acked": 1_000}, "lost")
WITH_MUST = Aim({"kills": 100}, "lost", lambda reached: [] if reached["in_start"] else ["in_start"])


def played(first: int, last: int | None = None, **given: Any) -> Round:
    known: dict[str, Any] = {
        "id": "T01", "date": "2026-11-21 09:00:00", "sitting": "2026-11-21 08:00:00", "commit": "abcdefabcdef",
        "seeds": (first, first if last is None else last), "seconds": 75.0, "outcome": PASSED,
        "counts": {"kills": 30, "acked": 400, "lost": 0},
    }  # fmt: skip
    return Round(**(known | given))


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path / "campaigns.json")


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one commit, taken for the one that is tried."""
    root = tmp_path / "checkout"
    (root / "docs").mkdir(parents=True)
    (root / "code.py").write_text("a = 1\n")
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "one"]):
        who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *who, *command], cwd=root, check=True, capture_output=True)
    for name in ("commit", "changed"):
        real = getattr(git, name)
        monkeypatch.setattr(git, name, lambda real=real: real(root))
    return root


def sitting(book: Book, *, why: str = "", may_be_dirty: bool = False, aim: Aim = AIM) -> Sitting:
    result = {"counts": {"kills": 30, "acked": 400, "lost": 0}, "why": why}
    return Sitting("T01", Campaign(aim, lambda *_: None), book, lambda _: result, may_be_dirty=may_be_dirty)


def test_seeds_go_on_from_the_highest_recorded_one() -> None:
    rounds = [played(1_001, 1_024), played(5_000, id="T03"), played(1_025, 1_048, outcome=FAILED)]
    assert fresh([], "T01", 1_001, 3) == range(1_001, 1_004)
    assert fresh(rounds, "T01", 1_001, 24) == range(1_049, 1_073)
    assert fresh([*rounds, played(2_000, is_dirty=True)], "T01", 1_001, 1) == range(2_001, 2_002)


def test_only_rounds_that_passed_on_a_commit_add_up() -> None:
    rounds = [played(1), played(2), played(3, outcome=FAILED), played(4, is_dirty=True)]
    assert total(rounds) == Counter({"kills": 60, "acked": 800, "lost": 0})


def test_what_is_no_count_is_not_added() -> None:
    counts = {"kills": 3, "seed": 7, "seeds": "7-8", "verified": True, "days": 1.5}
    assert total([played(1, counts=counts), played(2, counts=counts)]) == Counter({"kills": 6, "days": 3.0})


def test_a_campaign_is_reached_by_all_its_figures_only() -> None:
    three = [played(n) for n in range(3)]
    assert state(AIM, three) == "going on: 90.0%"
    assert state(AIM, [*three, played(4)]) == "reached"
    assert state(AIM, [played(1, counts={"kills": 1_000})]) == "going on: 0.0%"


def test_a_share_is_that_of_the_figure_furthest_behind_and_never_rounded_up() -> None:
    assert state(AIM, [played(1, counts={"kills": 1_000, "acked": 10})]) == "going on: 1.0%"
    assert state(AIM, [played(1, counts={"kills": 1_000, "acked": 999.99})]) == "going on: 99.9%"


def test_what_must_happen_is_wanted_beside_the_figures() -> None:
    assert "not yet met: in_start" in state(WITH_MUST, [played(1, counts={"kills": 100})])
    assert state(WITH_MUST, [played(1, counts={"kills": 100, "in_start": 1})]) == "reached"


def test_a_round_is_recorded_with_commit_and_seeds(book: Book, checkout: Path) -> None:
    one = sitting(book)
    done = [one.round(), one.round()]
    assert book.rounds() == done
    assert [round_.seeds for round_ in done] == [(1_001, 1_001), (1_002, 1_002)]
    assert {round_.commit for round_ in done} == {git.commit()[:12]}
    assert all(round_.counts_in for round_ in done)


def test_a_changed_tree_is_refused_unless_asked_for_and_then_does_not_count(book: Book, checkout: Path) -> None:
    (checkout / "code.py").write_text("a = 2\n")
    with pytest.raises(Refused, match=r"code\.py"):
        sitting(book).round()
    assert book.rounds() == []
    assert sitting(book, may_be_dirty=True).round().is_dirty
    assert total(book.rounds()) == Counter()


def test_what_proofs_write_is_no_change(book: Book, checkout: Path) -> None:
    (checkout / "docs" / "campaigns.json").write_text("[]\n")
    (checkout / "docs" / "proof-report.md").write_text("# Proof report\n")
    assert sitting(book).round().counts_in


def test_a_tree_that_changes_in_a_round_makes_it_not_count(book: Book, checkout: Path) -> None:
    def play(_: range) -> dict[str, Any]:
        (checkout / "code.py").write_text("a = 3\n")
        return {"counts": {"kills": 1}, "why": ""}

    assert Sitting("T01", Campaign(AIM, lambda *_: None), book, play).round().is_dirty


def test_a_failed_round_is_recorded_and_ends_the_sitting(book: Book, checkout: Path) -> None:
    assert not sitting(book, why="lost: 7").go(minutes=10)
    (one,) = book.rounds()
    assert (one.outcome, one.why, one.counts["kills"]) == (FAILED, "lost: 7", 30)
    said = "\n".join(section({"T01": AIM}, book.rounds()))
    assert "- FAILED: T01, seeds 1001-1001" in said
    assert "**1 FAILED**" in said
    assert "| 0 kills, 0 acked, 0 lost |" in said


def test_a_book_is_whole_or_as_it_was(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    book.append(played(1))
    before = book.path.read_bytes()

    def cut_off(_: int) -> None:
        raise OSError("no space")

    monkeypatch.setattr(campaign_book.os, "fsync", cut_off)
    with pytest.raises(OSError, match="no space"):
        book.append(played(2))
    assert book.path.read_bytes() == before
    monkeypatch.undo()
    book.append(played(2))
    assert [one.seeds[0] for one in book.rounds()] == [1, 2]
    assert len(book.path.read_text().splitlines()) == 4, "one line a round"


def test_the_section_is_put_before_the_first_and_then_replaced() -> None:
    report = "# Proof report\n\nwords\n\n## All of it\n\nrows\n"
    once = put_into(report, section(AIMS, []))
    assert once.index("words") < once.index("## Campaigns") < once.index("## All of it")
    assert "going on: 0.0%" in once
    assert "passed" not in once
    twice = put_into(once, section(AIMS, [played(1)]))
    assert twice.count("## Campaigns") == 1
    assert twice.count("30 kills, 400 acked, 0 lost") == 1
    assert put_into(twice, section(AIMS, [])) == once


def test_a_row_says_sittings_and_commits() -> None:
    rounds = [played(1), played(2, date="2026-11-23 10:00:00", sitting="2026-11-23 09:00:00", commit="123456123456")]
    (row,) = [line for line in section({"T01": AIM}, rounds) if line.startswith("| T01")]
    assert "| 2, 2026-11-21 to 2026-11-23 | 2, abcdefabcdef to 123456123456 | 0 |" in row


def test_a_round_that_dies_has_failed_and_its_files_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "dies.py"
    script.write_text("import os, sys\nopen(sys.argv[4] + '/left', 'w').close()\nos.abort()\n")
    monkeypatch.setattr(campaign_module, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(campaign_module, "ROUND", [str(script)])
    result = in_a_process("T99", tmp_path, 0)(range(7, 8))
    assert "ended with -6" in result["why"]
    assert (tmp_path / "kept" / "T99-7" / "left").exists()


def test_a_round_hands_over_what_it_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "round.py"
    script.write_text(
        "import json, sys\njson.dump({'counts': {'seen': sys.argv[1:4]}, 'why': ''}, open(sys.argv[5], 'w'))\n"
    )
    monkeypatch.setattr(campaign_module, "ROUND", [str(script)])
    assert in_a_process("T99", tmp_path, 0)(range(7, 9)) == {"counts": {"seen": ["T99", "7", "2"]}, "why": ""}


def test_one_sitting_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaign_module, "SHM", tmp_path)
    _, lock = folder_of("T99")
    with pytest.raises(Refused, match="another sitting"):
        folder_of("T99")
    campaign_module.os.close(lock)
    campaign_module.os.close(folder_of("T99")[1])


def test_what_fails_is_told_with_its_line() -> None:
    counted = 3
    with pytest.raises(AssertionError) as caught:
        assert counted == 0, json.dumps({"lost": counted})
    said = where(caught.value)
    assert said.startswith("test_campaign.py: ")
    assert '"lost": 3' in said


def test_campaign_seeds_are_not_those_of_the_tests() -> None:
    assert CAMPAIGNS["T07"].seed > 1_000 + 120 * 100, "the long form of a hundred times the work"
    assert min(one.seed for one in CAMPAIGNS.values()) > 100
