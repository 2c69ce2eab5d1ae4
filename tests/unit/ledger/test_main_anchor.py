"""Do the commands about anchors and saved heads say what they found, and end with the documented exit code?"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ledger.__main__ import app, main
from ledger.vault import signing_key
from ledger.witness import key_id
from tests.anchor_fixtures import anchor_bytes, close_seq, closed_bodies, closed_ledger, older_ledger
from tests.ledger_fixtures import HARI, POSITION, chained, rows_of, write_journal

CLOSE = close_seq()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return closed_ledger(tmp_path / "ledger")


@pytest.fixture
def file(path: Path, tmp_path: Path) -> Path:
    """The anchor as a bank keeps it."""
    return Path(shutil.copy(path / "jangkar" / f"{HARI}.json", tmp_path / "bank.json"))


def call(*args: object, code: int = 0) -> str:
    result = CliRunner().invoke(app, [str(arg) for arg in args], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.output


def told(*args: object, code: int = 0) -> Any:
    return json.loads(call(*args, "--json", code=code))


def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *args: object) -> tuple[int, str]:
    """Exit code and last line of the command as it is run from a shell."""
    monkeypatch.setattr("sys.argv", ["siskohat-ledger", *map(str, args)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(str(ended.value.code)), capsys.readouterr().err.strip()


def test_the_day_of_an_anchor_is_still_there(path: Path, file: Path) -> None:
    """Is it said for people and programs, with whose key it was held against?"""
    result = told("verify", path, "--anchor", file)
    assert (result["verified"], result["bad_entry"]) == (True, 0)
    assert result["anchors"] == [
        {
            "hari": HARI,
            "entry": CLOSE,
            "hash": json.loads(anchor_bytes())["hash_tutup"],
            "key": json.loads(anchor_bytes())["kunci"],
            "verified": True,
        }
    ]
    public = told("anchor-key", "--data", path)["public"]
    assert "(the ledger's own; --key takes one kept elsewhere)" in call("verify", path, "--anchor", file)
    assert "(as given); the day to entry" in call("verify", path, "--anchor", file, "--key", public)
    key = path.parent / "kunci.txt"
    key.write_text(public + "\n")
    assert call("verify", path, "--books", "--anchor", file, "--key", key).endswith("VERIFIED\n")


def test_several_anchors_at_once(path: Path, file: Path) -> None:
    assert len(told("verify", path, "--anchor", file, "--anchor", file)["anchors"]) == 2


def test_an_older_copy_is_not_that_ledger(path: Path, file: Path, tmp_path: Path) -> None:
    """It verifies by itself: does the anchor show that entries are missing, and which?"""
    older = older_ledger(tmp_path / "lama")
    assert call("verify", older).endswith("\nVERIFIED\n")
    result = told("verify", older, "--anchor", file, code=1)
    assert (result["verified"], result["bad_entry"]) == (False, CLOSE)
    output = call("verify", older, "--anchor", file, code=1)
    assert f"BAD ENTRY {CLOSE}: missing; the anchor of {HARI} knows entry {CLOSE}: it was cut or rolled back" in output
    assert output.endswith("NOT VERIFIED\n")


def test_a_ledger_chained_again_is_not_that_ledger(path: Path, file: Path) -> None:
    """A supervisor's name changed in one entry and all hashes after it mended: verify passes, the anchor does not."""
    rows = rows_of(closed_bodies())
    rows[9][POSITION["sidik"]] = bytes(8)
    write_journal(path / "journal", chained(rows))
    assert call("verify", path).endswith("\nVERIFIED\n")
    result = told("verify", path, "--anchor", file, code=1)
    assert result["bad_entry"] == CLOSE - 1
    assert f"something in 2 to {CLOSE - 1} was changed" in result["reason"]
    assert result["anchors"][0]["verified"] is False


def test_damage_without_a_mended_chain_is_named_at_its_entry(path: Path, file: Path) -> None:
    bodies = list(closed_bodies())
    bodies[9] = bodies[9].replace(b"OPERATOR", b"OPERATUR")
    write_journal(path / "journal", bodies)
    assert told("verify", path, "--anchor", file, code=1)["bad_entry"] == 10


def test_wrong_keys_and_altered_anchors_are_refused_by_their_own_code(
    path: Path, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """78, and a line that tells key, file and reason apart; nothing is verified then."""
    own, other = (signing_key(path / "kunci").public_key(), signing_key(tmp_path).public_key())
    code, said = refused(monkeypatch, capsys, "verify", path, "--anchor", file, "--key", other.public_bytes_raw().hex())
    assert (code, said) == (
        78, f"siskohat-ledger: {file} is signed by key {key_id(own)}, and the key given is {key_id(other)}",
    )  # fmt: skip
    file.write_bytes(anchor_bytes().replace(b"20000000", b"20000001"))
    assert refused(monkeypatch, capsys, "verify", path, "--anchor", file) == (
        78, f"siskohat-ledger: {file} was altered: its signature does not hold",
    )  # fmt: skip
    missing = tmp_path / "tidak ada"
    code, said = refused(monkeypatch, capsys, "verify", path, "--anchor", missing)
    assert (code, f"{missing} cannot be read" in said) == (78, True)
    code, said = refused(monkeypatch, capsys, "verify", path, "--anchor", file, "--key", "ab")
    assert (code, "--key: " in said) == (78, True)
    (path / "kunci" / "jangkar.key").unlink()
    code, said = refused(monkeypatch, capsys, "verify", path, "--anchor", file)
    assert (code, "give --key" in said) == (78, True)
    assert not (path / "kunci" / "jangkar.key").exists(), "checking makes no key"


def test_the_anchor_is_made_again_from_the_journal(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Byte for byte, also with keys that lie elsewhere; a day that is not closed has none."""
    page = (path / "jangkar" / f"{HARI}.txt").read_bytes()
    shutil.rmtree(path / "jangkar")
    (path / "kunci").rename(path.parent / "kunci")
    result = told("anchor", HARI, "--data", path, "--keys", path.parent / "kunci")
    assert (result["entry"], Path(result["file"]).read_bytes()) == (CLOSE, anchor_bytes())
    assert Path(result["page"]).read_bytes() == page
    assert f"entry {CLOSE}, signed by key" in call("anchor", HARI, "--data", path, "--keys", path.parent / "kunci")
    assert refused(monkeypatch, capsys, "anchor", "2004-05-04", "--data", path) == (
        73, "siskohat-ledger: the day 2004-05-04 is not closed",
    )  # fmt: skip


def test_the_private_key_is_never_shown(path: Path, file: Path) -> None:
    """Does no command print it, in any of its forms?"""
    secret = (path / "kunci" / "jangkar.key").read_bytes()
    output = "".join(
        call(*args)
        for args in (
            ("anchor-key", "--data", path),
            ("anchor", HARI, "--data", path),
            ("verify", path, "--anchor", file, "--json"),
            ("head", path),
        )
    )
    output += (path / "jangkar" / f"{HARI}.txt").read_text() + (path / "jangkar" / f"{HARI}.json").read_text()
    assert secret.hex() not in output.replace(" ", "").replace("\n", "")


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_saved_head_tells_a_good_ledger_from_a_stale_backup(
    path: Path, tmp_path: Path, form: tuple[str, ...]
) -> None:
    """What `head` printed, kept in a file: does the whole ledger pass, and an older copy not?"""
    older = older_ledger(tmp_path / "lama")
    before, now = tmp_path / "dulu", tmp_path / "kini"
    before.write_text(call("head", older, *form))
    now.write_text(call("head", path, *form))
    for head in (before, now):
        call("verify", path, "--head", head)
    call("verify", older, "--head", before)
    result = told("verify", older, "--head", now, code=1)
    assert (result["verified"], f"entry {len(closed_bodies())} is not the head" in result["reason"]) == (False, True)


def test_what_is_no_saved_head_is_refused(
    path: Path, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = refused(monkeypatch, capsys, "verify", path, "--head", file)
    assert (code, f"{file} is not what `siskohat-ledger head` prints" in said) == (78, True)
    assert refused(monkeypatch, capsys, "verify", path, "--head", "12")[0] == 2
