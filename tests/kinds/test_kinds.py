"""What does each kind promise? Runs the golden scripts, and checks that they leave out nothing a docstring says."""

from __future__ import annotations

import inspect
import re
import sys
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest

from ledger.engine import Engine
from ledger.kinds import KINDS
from ledger.messages import first_level, second_level
from ledger.verify import Checker
from tests.kinds.script import Row, Run, read

HERE = Path(__file__).parent
MODULES = {KINDS[code].request.__module__.rpartition(".")[2]: KINDS[code] for code in KINDS}
ID = re.compile(r"SKH\d{4}")

ARTICLE = re.compile(r"(\d+\(\d+\)|pasal \d+(?![\d(])|Executive Summary)")


def module(name: str) -> ModuleType:
    return sys.modules["ledger.kinds." + name]


def run(name: str) -> list[Row]:
    rows = read(HERE / f"{name}.txt")
    Run(rows).all()
    return [row for row in rows if row.is_checked]


def documented(function: object) -> list[str]:
    """The refusals of a docstring, in its order."""
    text = inspect.getdoc(function) or ""
    return list(dict.fromkeys(ID.findall(text)))


def articles(name: str) -> set[str]:
    """Every article a kind's docstrings name as their ground."""
    texts = [inspect.getdoc(module(name)) or ""]
    texts += [inspect.getdoc(item) or "" for item in vars(module(name)).values() if callable(item)]
    grounds = [ground for text in texts for ground in re.findall(r"Dasar: (.+?)(?:\n\s*\n|\Z)", text, re.DOTALL)]
    return {article for ground in grounds for article in ARTICLE.findall(ground)}


def test_every_kind_has_its_script() -> None:
    """Is there one golden file per kind, and none of a kind that is gone?"""
    assert sorted(path.stem for path in HERE.glob("*.txt")) == sorted(MODULES)


@pytest.mark.parametrize("name", MODULES)
def test_script(name: str, request: pytest.FixtureRequest) -> None:
    """Does every request come out as the script says?"""
    path = HERE / f"{name}.txt"
    rows = read(path)
    Run(rows).all()
    if request.config.getoption("rewrite", default=False):
        path.write_text("".join(row.rewritten() + "\n" for row in rows), encoding="utf-8")
        return
    assert [row.rewritten() for row in rows if row.found != row.expected] == []


@pytest.mark.parametrize("name", MODULES)
def test_what_a_script_posts_holds(name: str) -> None:
    """Does every entry a script makes stand before the check of a whole ledger?"""
    rows = read(HERE / f"{name}.txt")
    if any(row.words[:1] == ["andaikan"] for row in rows):
        pytest.skip("supposes what no entry said")
    script = Run(rows)
    script.all()
    checker = Checker()
    for seq, body in enumerate(script.bodies, 1):
        checker.take(seq, body)
    assert checker.seq == len(script.bodies)


@pytest.mark.parametrize("name", MODULES)
def test_every_refusal_has_a_row(name: str) -> None:
    """Does every refusal a docstring lists come out at least once, and no other than those and the engine's?"""
    kind = MODULES[name]
    promised = set(documented(kind.decide))
    seen = {row.found[:7] for row in run(name) if row.words[0] == kind.code and row.found.startswith("SKH")}
    assert promised - seen == set()
    assert seen - promised <= set(documented(Engine.post))


def test_every_refusal_of_the_engine_has_a_row() -> None:
    """Are the refusals that stand before any kind's own shown?"""
    seen = {row.found[:7] for name in MODULES for row in run(name)}
    assert documented(Engine.post), "the docstring lists them"
    assert set(documented(Engine.post)) - seen == set()


def climbed(rows: list[Row], order: list[str]) -> set[tuple[str, str]]:
    """Neighbours of the documented order that ladders show; a ladder that goes down is an error."""
    shown: set[tuple[str, str]] = set()
    for number in {row.ladder for row in rows} - {0}:
        ids = [row.found[:7] for row in rows if row.ladder == number and row.found.startswith("SKH")]
        places = [order.index(id) for id in ids]
        assert places == sorted(set(places)), f"ladder {number} does not climb: {ids}"
        shown |= set(pairwise(ids))
    return shown


@pytest.mark.parametrize("name", MODULES)
def test_the_order_of_refusals_is_shown(name: str) -> None:
    """Is it shown for every two neighbours in the documented order that the first wins while both apply?"""
    own = documented(MODULES[name].decide)
    order = documented(Engine.post) + own
    shown = climbed(run(name), order)
    assert set(pairwise(own)) - shown == set()


def test_the_order_of_the_engines_refusals_is_shown() -> None:
    """The same for what the engine refuses before any kind."""
    own = documented(Engine.post)
    shown = {pair for name in MODULES for pair in climbed(run(name), own + documented(MODULES[name].decide))}
    assert set(pairwise(own)) - shown == set()


@pytest.mark.parametrize("name", MODULES)
def test_every_refusal_can_be_told(name: str) -> None:
    """Does the data of every refusal fill the variables of its text, in both languages?"""
    for row in run(name):
        if row.found.startswith("SKH"):
            id, *values = row.found.split()
            data = {
                key: int(value) if value.isdigit() else value for key, _, value in (v.partition("=") for v in values)
            }
            assert "{" not in first_level(id, data) + second_level(id, data, "en") + first_level(id, data, "en")


@pytest.mark.parametrize("name", MODULES)
def test_every_article_has_a_row(name: str) -> None:
    """Does every article a kind names as its ground stand beside a row that shows it?"""
    comments = " ".join(row.comment for row in run(name))
    assert {article for article in articles(name) if article not in comments} == set()


# --- can these checks fail? -------------------------------------------------------------------------------------


def test_a_wrong_outcome_is_seen(tmp_path: Path) -> None:
    """Control: is a script whose expectation is wrong told from one that is right?"""
    path = tmp_path / "bank.txt"
    path.write_text("dunia\nBNK kode_bank=014 nama=BCA  -> SKH8001\n", encoding="utf-8")
    rows = read(path)
    Run(rows).all()
    assert [row.found == row.expected for row in rows if row.is_checked] == [False]
    path.write_text("".join(row.rewritten() + "\n" for row in rows), encoding="utf-8")
    again = read(path)
    Run(again).all()
    assert [row.found == row.expected for row in again if row.is_checked] == [True]


def test_a_ladder_that_goes_down_is_seen() -> None:
    """Control: is a ladder against the documented order refused?"""
    rows = [Row("", [], "", "", found=id, ladder=1) for id in ("SKH8002", "SKH1002")]
    with pytest.raises(AssertionError, match="does not climb"):
        climbed(rows, ["SKH1002", "SKH8002"])


def test_articles_are_found() -> None:
    """Control: are the grounds read off the docstrings at all?"""
    assert articles("setoran_awal") == {"3(1)", "3(2)", "7(1)", "7(9)", "8(1)", "8(2)", "1(13)", "7(3)"}
    assert articles("status_user_id") == {"pasal 9", "pasal 4"}
    assert articles("perangkat") == {"Executive Summary"}
