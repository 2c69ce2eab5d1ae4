"""Does the auditor's second script, from the document alone, tell the ledger of an anchor from any other?"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.codec import hash_entry
from ledger.vault import signing_key
from ledger.witness import Anchor, key_id, sign
from tests.anchor_fixtures import close_seq, closed_bodies, closed_ledger
from tests.ledger_fixtures import HARI, POSITION, chained, rows_of, write_journal
from tests.unit.ledger.test_anchor import KEY, anchored

GOOD = closed_bodies()
CLOSE = close_seq()
FACTS = POSITION["facts"]


@pytest.fixture
def script(root: Path) -> Path:
    return root / "docs" / "audit_anchor.py"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return closed_ledger(tmp_path / "ledger")


def audited(script: Path, path: Path, file: Path | None = None, key: str = "") -> tuple[int, str]:
    """Exit code and output of the script; without a file the ledger's own anchor, without a key the right one."""
    given = key or signing_key(path / "kunci").public_key().public_bytes_raw().hex()
    command = [sys.executable, "-O", str(script), str(path), str(file or path / "jangkar" / f"{HARI}.json"), given]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.stderr == ""
    return result.returncode, result.stdout.strip()


def test_the_ledger_of_the_anchor_passes(script: Path, path: Path) -> None:
    head = hash_entry(GOOD[-1]).hex()
    assert audited(script, path) == (
        0,
        f"day {HARI} is in this ledger: entries 1 to {CLOSE} of {len(GOOD)}, head {head}",
    )


def altered(at: int, change: Callable[[list[Any]], None]) -> list[bytes]:
    rows = rows_of(GOOD)
    change(rows[at])
    return chained(rows)


@pytest.mark.parametrize(
    ("bodies", "found"),
    [
        ([*GOOD[:9], GOOD[9].replace(b"OPERATOR", b"OPERATUR"), *GOOD[10:]], "entry 11: the chain is broken here"),
        ([*GOOD[:CLOSE], GOOD[CLOSE].replace(b"OPERATOR", b"OPERATUR"), *GOOD[CLOSE + 1 :]], f"entry {CLOSE + 2}: the"),
        (altered(9, lambda row: row.__setitem__(POSITION["user"], "X")), f"entry {CLOSE - 1}: not the entry that"),
        (altered(CLOSE - 1, lambda row: row[FACTS].__setitem__(5, [])), f"entry {CLOSE}: not the entry that"),
        (list(GOOD[: CLOSE - 1]), f"entry {CLOSE - 1}: the ledger ends here, before entry {CLOSE}"),
        (list(GOOD[:4]), f"entry 4: the ledger ends here, before entry {CLOSE}"),
    ],
    ids=["changed", "changed after it", "chained again", "another close", "cut before the close", "cut early"],
)
def test_another_ledger_does_not_pass(script: Path, path: Path, bodies: list[bytes], found: str) -> None:
    """Is it named with an entry, and exit code 1?"""
    write_journal(path / "journal", bodies)
    code, output = audited(script, path)
    assert (code, output.startswith(found)) == (1, True), output


def test_another_key_and_an_altered_file_check_nothing(script: Path, path: Path, tmp_path: Path) -> None:
    """Is that another exit code than a ledger that does not hold?"""
    file = path / "jangkar" / f"{HARI}.json"
    other = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw().hex()
    assert audited(script, path, key=other) == (2, "anchor: InvalidSignature")
    changed = tmp_path / "x.json"
    changed.write_bytes(file.read_bytes().replace(b"OPERATOR2", b"OPERATOR3"))
    assert audited(script, path, changed) == (2, "anchor: InvalidSignature")
    changed.write_bytes(file.read_bytes()[:-2])
    assert audited(script, path, changed) == (2, "anchor: its end is not as it was written")
    changed.write_bytes(b"{}")
    assert audited(script, path, changed)[0] == 2


def test_totals_are_added_up_from_the_entries(script: Path, path: Path, tmp_path: Path) -> None:
    """A close with totals of its own, signed by the right key: is it found?"""
    bodies = altered(CLOSE - 1, lambda row: row[FACTS][3][-1].__setitem__(4, 99))
    write_journal(path / "journal", bodies)
    made: Anchor = anchored(bodies)
    assert made.kunci == key_id(KEY.public_key())
    file = tmp_path / "lies.json"
    file.write_bytes(sign(made, KEY))
    code, output = audited(script, path, file, KEY.public_key().public_bytes_raw().hex())
    assert (code, output) == (1, f"entry {len(GOOD)}: totals are not the sums")


def test_the_script_is_short_and_needs_no_code_of_ours(script: Path) -> None:
    """About forty lines, with lmdb, msgpack, cryptography and the standard library only?"""
    tree = ast.parse(script.read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {(node.module or "").partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported == {"sys", "json", "hashlib", "pathlib", "lmdb", "msgpack", "cryptography"}
    code = [
        line for line in script.read_text(encoding="utf-8").partition("import json")[2].splitlines() if line.strip()
    ]
    assert len(code) <= 48
