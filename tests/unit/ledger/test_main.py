"""Does the ledger command do what it says, and end with the exit code the supervisor expects?"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ledger.__main__ import app, main
from ledger.checkpoint import TablesEnv
from ledger.journal import Journal
from ledger.witness import KNOWN_HEAD
from tests.ledger_fixtures import (
    SMALL_MAP,
    chained,
    first_of,
    new_store,
    open_store,
    pilgrim,
    rows_of,
    write_journal,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger with three pilgrims in two series, its books one pilgrim behind."""
    with new_store(tmp_path / "ledger") as (store, desk):
        store.post_batch(pilgrim(desk, 1) + pilgrim(desk, 1, "002/0201"))
        store.checkpoint()
        store.post_batch(pilgrim(desk, 2))
    return tmp_path / "ledger"


def call(*args: object, code: int = 0) -> str:
    result = CliRunner().invoke(app, [str(arg) for arg in args], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.output


def told(*args: object, code: int = 0) -> Any:
    return json.loads(call(*args, "--json", code=code))


def damage(path: Path, number: str = "1100000009") -> int:
    """Give the last pilgrim another number and mend the chain; the entry that is wrong now."""
    bodies = bodies_of(path)
    rows = rows_of(bodies)
    at = first_of(rows, "STA", skip=2)
    rows[at][13][0] = number
    write_journal(path / "journal", chained(rows))
    return at + 1


def bodies_of(path: Path) -> list[bytes]:
    journal = Journal.open(path / "journal", writable=False, map_bytes=SMALL_MAP)
    bodies = [body for _, body in journal.read()]
    journal.close()
    return bodies


def test_init_makes_a_ledger_that_verifies(tmp_path: Path) -> None:
    """Is a new ledger there, named as asked, and whole?"""
    path = tmp_path / "baru"
    assert "operator BUDI at DEP/0000/MEJA" in call(
        "init", path, "--nama", "UJI", "--operator", "BUDI", "--device", "MEJA"
    )
    head = told("head", path)
    assert (head["entries"], head["nama"], head["demo"], head["hari"]) == (1, "UJI", False, "0000-00-00")
    assert told("show", path, 1)["waktu_us"] > 1_700_000_000_000_000
    assert told("verify", path, "--books")["verified"]


def test_a_demonstration_starts_at_time_zero(tmp_path: Path) -> None:
    """Does a demo ledger say so, and lie before any made-up clock?"""
    call("init", tmp_path / "demo", "--nama", "UJI", "--demo")
    assert told("head", tmp_path / "demo")["demo"] is True
    assert told("show", tmp_path / "demo", 1)["waktu_us"] == 0


def test_verify_says_what_it_counted(path: Path) -> None:
    """Are entries, porsi and series told, for people and for programs?"""
    result = told("verify", path, "--books")
    assert (result["verified"], result["granted"], result["series"]) == (True, 3, {"11": 2, "13": 1})
    assert (result["bad_entry"], result["reason"], result["books"]["differences"]) == (0, "", [])
    assert result["books"]["watermark"] == result["entries"] - 3
    text = call("verify", path, "--books")
    assert "3 porsi in 2 series, no gap; day 2004-05-03" in text
    assert text.endswith("VERIFIED\n")


def test_verify_names_the_bad_entry_and_ends_with_one(path: Path) -> None:
    """Is the entry named, and is NOT VERIFIED the last word?"""
    seq = damage(path)
    result = told("verify", path, code=1)
    assert (result["verified"], result["bad_entry"]) == (False, seq)
    text = call("verify", path, code=1)
    assert f"BAD ENTRY {seq}: porsi 1100000009 is not the next of series 11\nNOT VERIFIED\n" in text


def test_verify_asks_for_the_head_that_a_host_has_missed(path: Path) -> None:
    """A host has written down what its disk lost: does verify ask for it unasked, and for another if told to?"""
    text = call("head", path, "--json")
    head = json.loads(text)
    (path / KNOWN_HEAD).write_text(json.dumps(head | {"entries": head["entries"] + 3}))
    result = told("verify", path, code=1)
    assert (result["verified"], result["bad_entry"]) == (False, head["entries"])
    assert str(head["entries"] + 3) in result["reason"]
    call("verify", path, "--head", f"{head['entries']}:{head['head']}")
    (path / KNOWN_HEAD).write_text(text)
    call("verify", path)


def test_verify_books_names_the_row(path: Path) -> None:
    """Is a difference between books and journal an exit code of one as well?"""
    env = TablesEnv(path / "books", writable=True)
    with env._env.begin(write=True) as txn:
        txn.delete(b"1100000001", db=env.databases["calon"])
    env.close()
    call("verify", path)
    assert "calon 1100000001: derived, not stored" in call("verify", path, "--books", code=1)


def test_show_and_dump_tell_entries_without_personal_data(path: Path) -> None:
    """Does show give the entry with its hash, dump a range as JSON lines, and neither a name?"""
    bodies = bodies_of(path)
    row = told("show", path, len(bodies))
    assert (row["kind"], row["facts"]["nomor_porsi"], row["bytes"]) == ("STA", "1100000002", len(bodies[-1]))
    assert row["hash"] == told("head", path)["head"]
    assert "nomor_porsi" in call("show", path, len(bodies))
    lines = [json.loads(line) for line in call("dump", path, "--start", 3, "--stop", 6).splitlines()]
    assert [line["seq"] for line in lines] == [3, 4, 5]
    everything = call("dump", path)
    assert len(everything.splitlines()) == len(bodies)
    assert "AHMAD" not in everything
    assert "BANK RAKYAT" in everything
    assert "there is no entry 999" in call("show", path, 999, code=1)


def test_series_head_and_kinds(path: Path) -> None:
    """Are first and last number of each series, the head, and the list of kinds told?"""
    assert told("series", path) == {
        "11": {"granted": 2, "first": "1100000001", "last": "1100000002"},
        "13": {"granted": 1, "first": "1300000001", "last": "1300000001"},
    }
    assert "11          2  1100000001 - 1100000002" in call("series", path)
    assert told("head", path)["entries"] == len(bodies_of(path))
    assert "demo     True" in call("head", path)
    assert told("kinds")["STA"] == {
        "title": "SETORAN AWAL BPIH",
        "roles": ["TELLER"],
        "approvers": [],
        "fields": ["nomor_spph", "nominal_rupiah"],
    }
    assert told("kinds")["KOR"]["approvers"] == ["PENYELIA"]
    assert "GEN  PEMBUKAAN                -" in call("kinds")


def test_rebuild_and_checkpoint_bring_the_books_to_the_head(path: Path) -> None:
    """Do both end at the head, and with equal books?"""
    assert told("checkpoint", path, "--upto", len(bodies_of(path)) - 2) == {"entries": 1}
    assert told("checkpoint", path) == {"entries": 2}
    assert "books moved on by 0 entries" in call("checkpoint", path)
    shutil.rmtree(path / "books")
    assert told("rebuild", path)["entries"] == len(bodies_of(path))
    assert told("verify", path, "--books")["books"]["watermark"] == len(bodies_of(path))
    assert "books derived from" in call("rebuild", path)


def ended(monkeypatch: pytest.MonkeyPatch, *args: object) -> int:
    """The exit code of the whole program."""
    monkeypatch.setattr(sys, "argv", ["siskohat-ledger", *map(str, args)])
    with pytest.raises(SystemExit) as exit_:
        main()
    assert isinstance(exit_.value.code, int)
    return exit_.value.code


def test_exit_codes(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """0 all is well, 1 a bad entry, 73 no or another ledger, 77 busy or unsafe: one line, no traceback?"""
    assert ended(monkeypatch, "verify", path) == 0
    assert ended(monkeypatch, "verify", tmp_path / "tidak-ada") == 73
    assert ended(monkeypatch, "init", path, "--nama", "X") == 73
    with_writer = open_store(path)
    assert ended(monkeypatch, "rebuild", path) == 77
    with_writer.close()
    numbers = [*range(1, len(bodies_of(path))), len(bodies_of(path)) + 1]
    write_journal(path / "journal", bodies_of(path), numbers)
    capsys.readouterr()
    assert ended(monkeypatch, "head", path) == 73
    assert capsys.readouterr().err.startswith("siskohat-ledger: the journal holds")
    assert ended(monkeypatch, "verify") == 2


def test_reading_beside_a_writer(path: Path, root: Path) -> None:
    """Can another process verify and read while this one writes?"""
    store = open_store(path)
    result = subprocess.run(
        [sys.executable, "-m", "ledger", "verify", str(path), "--books", "--json"],
        cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (result.returncode, json.loads(result.stdout)["verified"]) == (0, True)
    store.close()
