"""The report of proofs that were run in parts: what may stand in it, and of which commit it says it is."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tests.proof import git
from tests.proof.report import Parts, earlier_commits, kept_parts

Commit = Callable[[str], str]


@pytest.fixture
def commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commit:
    """Changes a file of a repository, which is taken for the one that is tried; the commit that has it."""
    root = tmp_path / "checkout"
    root.mkdir()

    def run(*command: str) -> str:
        who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
        done = subprocess.run(["git", *who, *command], cwd=root, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(file: str) -> str:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        with (root / file).open("a") as out:
            out.write("more\n")
        run("add", ".")
        run("commit", "-q", "-m", file)
        return run("rev-parse", "HEAD")

    run("init", "-q")
    real = git.changed_since
    monkeypatch.setattr(git, "changed_since", lambda before: real(before, root))
    return commit


def kept(tmp_path: Path, *commits: str) -> Path:
    file = tmp_path / "parts.json"
    parts = Parts(dict.fromkeys(commits, ("passed", "")), {}, {name: name for name in commits}, 7.0)
    file.write_bytes(msgspec.json.encode(parts))
    return file


def test_a_part_stands_as_long_as_the_product_is_the_same(commit: Commit, tmp_path: Path) -> None:
    one = commit("ledger/journal.py")
    two = commit("tests/proof/storm.py")
    head = commit("docs/durability.md")
    parts = kept_parts(kept(tmp_path, one, two, head))
    assert (len(parts.ran), parts.seconds) == (3, 7.0)
    assert earlier_commits(parts, head) == [
        f"- 1 of these were run at {one[:12]}; the product is the same, of the tests differs tests/proof/storm.py",
        f"- 1 of these were run at {two[:12]}; the product is the same, of the tests differs nothing",
    ]


@pytest.mark.parametrize("file", ["ledger/journal.py", "txserver/a/b.py", "terminal/app.py", "requirements.lock"])
def test_no_part_stands_when_the_product_has_changed(file: str, commit: Commit, tmp_path: Path) -> None:
    one = commit("tests/a.py")
    head = commit(file)
    assert kept_parts(kept(tmp_path, one, head)) == Parts()


@pytest.mark.parametrize("before", ["", "ab" * 20])
def test_no_part_stands_of_a_commit_nobody_knows(before: str, commit: Commit, tmp_path: Path) -> None:
    commit("tests/a.py")
    assert kept_parts(kept(tmp_path, before)) == Parts()


def test_without_parts_there_are_none(tmp_path: Path) -> None:
    assert kept_parts(tmp_path / "parts.json") == Parts()
