"""Does the auditor's script, from the document alone, pass a good ledger and name what is wrong with a bad one?"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgpack
import pytest

from ledger.codec import encode, hash_entry
from ledger.journal import Journal
from tests.evening_fixtures import full_bodies
from tests.ledger_fixtures import (
    POSITION,
    SMALL_MAP,
    chained,
    first_of,
    good_bodies,
    rows_of,
    write_journal,
)

GOOD = good_bodies()
FACTS, POSTINGS = POSITION["facts"], POSITION["postings"]
DEPOSIT = first_of(rows_of(GOOD), "STA", skip=1)


@pytest.fixture
def script(root: Path) -> Path:
    return root / "docs" / "audit.py"


def audited(script: Path, path: Path, bodies: list[bytes], numbers: list[int] | None = None) -> tuple[int, str]:
    """Exit code and output of the script on a journal with these entries."""
    Journal.create(path / "journal", "uji", SMALL_MAP).close()
    write_journal(path / "journal", bodies, numbers)
    command = [sys.executable, "-O", str(script), str(path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.stderr == ""
    return result.returncode, result.stdout.strip()


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    (tmp_path / "ledger").mkdir()
    return tmp_path / "ledger"


def test_a_good_ledger_passes(script: Path, ledger: Path) -> None:
    """Is nothing found where nothing is wrong, and is the head told, to be compared with a published one?"""
    code, output = audited(script, ledger, GOOD)
    assert code == 0, output
    assert output == (
        f"{len(GOOD)} entries, head {hash_entry(GOOD[-1]).hex()}, porsi {{'11': 2, '13': 1}}: everything holds"
    )


def test_a_ledger_with_every_kind_passes(script: Path, ledger: Path) -> None:
    """Is a person who has a new porsi after a correction no finding?"""
    code, output = audited(script, ledger, FULL)
    assert (code, output.partition("porsi ")[2]) == (0, "{'11': 5, '13': 1}: everything holds"), output


def flipped(bodies: list[bytes], at: int) -> list[bytes]:
    body = bytearray(bodies[at])
    body[-10] ^= 1
    return [*bodies[:at], bytes(body), *bodies[at + 1 :]]


def rechained(change: Callable[[list[list[Any]]], None], bodies: list[bytes] = GOOD) -> list[bytes]:
    rows = rows_of(bodies)
    change(rows)
    return chained(rows)


def set_porsi(number: str) -> list[bytes]:
    return rechained(lambda rows: rows[DEPOSIT][FACTS].__setitem__(0, number))


FULL = full_bodies()
KOR = first_of(rows_of(FULL), "KOR")


def corrected(position: int, value: Any) -> list[bytes]:
    """A ledger with a correction whose entry says something else at this position."""
    return rechained(lambda rows: rows[KOR].__setitem__(position, value), FULL)


def set_fact(position: int, value: Any) -> list[bytes]:
    """A ledger with a correction whose facts say something else at this position."""
    return rechained(lambda rows: rows[KOR][FACTS].__setitem__(position, value), FULL)


WITHOUT = [*range(1, DEPOSIT + 1), *range(DEPOSIT + 2, len(GOOD) + 1)]


@pytest.mark.parametrize(
    ("bodies", "numbers", "found"),
    [
        (flipped(GOOD, 20), None, "entry 22: the chain is broken"),
        (flipped(GOOD, DEPOSIT), None, f"entry {DEPOSIT + 2}: the chain is broken"),
        ([*GOOD[:DEPOSIT], *GOOD[DEPOSIT + 1 :]], WITHOUT, f"entry {DEPOSIT + 1}: numbered {DEPOSIT + 2}"),
        ([*GOOD[:DEPOSIT], *GOOD[DEPOSIT + 1 :]], None, f"entry {DEPOSIT + 1}: numbered {DEPOSIT + 2}"),
        (GOOD[1:], list(range(2, len(GOOD) + 1)), "entry 1: numbered 2"),
        (rechained(lambda rows: rows[9].__setitem__(1, 11)), None, "entry 10: numbered 11"),
        ([*GOOD[:5], b"\xc1", *GOOD[6:]], None, "entry 6: "),
        ([*GOOD[:5], GOOD[5] + b"\x00", *GOOD[6:]], None, "entry 6: "),
        (set_porsi("1100000003"), None, f"entry {DEPOSIT + 1}: porsi 1100000003 is not the next"),
        (set_porsi("1100000001"), None, f"entry {DEPOSIT + 1}: porsi 1100000001 is not the next"),
        (set_porsi("1200000002"), None, f"entry {DEPOSIT + 1}: porsi 1200000002 is not the next"),
        (
            rechained(lambda rows: rows[DEPOSIT][FACTS].__setitem__(2, rows[first_of(rows, "STA")][FACTS][2])),
            None,
            f"entry {DEPOSIT + 1}: the person of porsi 1100000002 has another",
        ),
        (
            rechained(lambda rows: rows[DEPOSIT][POSTINGS][1].__setitem__(3, -19_999_999)),
            None,
            f"entry {DEPOSIT + 1}: debit is not credit",
        ),
        ([], None, "entry 0: there is none"),
        *(
            (bodies, None, f"entry {KOR + 1}: reverses no deposit like it")
            for bodies in (
                set_fact(0, "1100000002"),
                set_fact(1, "33250000002"),
                set_fact(2, "00"),
                set_fact(3, 1),
                set_fact(4, 41),
                corrected(POSITION["hari"], "2004-05-04"),
                corrected(POSITION["cabang"], "0201"),
                corrected(POSTINGS, []),
            )
        ),
        (corrected(POSITION["penyetuju"], ""), None, f"entry {KOR + 1}: nobody else signed"),
        (corrected(POSITION["penyetuju"], "T0101"), None, f"entry {KOR + 1}: nobody else signed"),
        (corrected(POSITION["kind"], "CTK"), None, f"entry {KOR + 2}: the person of porsi 1100000003 has another"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_damage_is_named_with_its_entry(
    script: Path, ledger: Path, bodies: list[bytes], numbers: list[int] | None, found: str
) -> None:
    """Is the first thing wrong named by its entry number, with exit code 1, also under -O?"""
    code, output = audited(script, ledger, bodies, numbers)
    assert (code, output.startswith(found)) == (1, True), output


def test_what_is_no_ledger_is_no_pass(script: Path, tmp_path: Path) -> None:
    """Is a wrong directory an error and not an empty success?"""
    command = [sys.executable, str(script), str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 1


def test_the_script_is_short_and_needs_no_code_of_ours(script: Path) -> None:
    """About forty lines, with lmdb, msgpack and the standard library only?"""
    tree = ast.parse(script.read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported == {"sys", "hashlib", "lmdb", "msgpack"}
    code = [line for line in script.read_text(encoding="utf-8").partition("import sys")[2].splitlines() if line.strip()]
    assert len(code) <= 42


def test_both_libraries_give_equal_bytes() -> None:
    """Does msgpack, which the auditor uses, write every entry as msgspec, which we use, stored it?"""
    for body in GOOD:
        assert msgpack.packb(msgpack.unpackb(body)) == body == encode(msgpack.unpackb(body))
