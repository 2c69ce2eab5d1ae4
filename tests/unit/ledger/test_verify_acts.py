"""Is damage found to acts of two people, to corrections, reprints and drawers, and named with its entry?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ledger.kinds import KINDS
from ledger.verify import Checker, Finding
from tests.evening_fixtures import full_bodies
from tests.ledger_fixtures import POSITION, chained, first_of, rows_of

STAMP = POSITION
Rows = list[list[Any]]
FACTS = POSITION["facts"]
FULL = full_bodies()


def found(bodies: list[bytes]) -> tuple[int, str] | None:
    """What the checker says of these entries."""
    checker = Checker()
    try:
        for seq, body in enumerate(bodies, 1):
            checker.take(seq, body)
    except Finding as finding:
        return finding.seq, finding.reason
    return None


def column(kind: str, name: str, value: Any, skip: int = 0) -> Callable[[Rows], int]:
    """Change one position of an entry of a kind; the entry that must be named."""

    def damage(rows: Rows) -> int:
        at = first_of(rows, kind, skip)
        rows[at][STAMP[name]] = value
        return at + 1

    return damage


def fact(kind: str, position: int, value: Any, skip: int = 0) -> Callable[[Rows], int]:
    """Change one fact of an entry of a kind; the entry that must be named."""

    def damage(rows: Rows) -> int:
        at = first_of(rows, kind, skip)
        rows[at][FACTS][position] = value
        return at + 1

    return damage


def corrected_twice(rows: Rows) -> int:
    """The deposit after the correction becomes the same correction once more."""
    kor, sta = first_of(rows, "KOR"), first_of(rows, "STA", skip=3)
    assert sta > kor
    for name in ("kind", "facts", "postings", "penyetuju"):
        rows[sta][STAMP[name]] = rows[kor][STAMP[name]]
    return sta + 1


def corrected_elsewhere(rows: Rows) -> int:
    """The correction names the porsi of another branch."""
    rows[first_of(rows, "KOR")][FACTS][0] = "1300000001"
    return first_of(rows, "KOR") + 1


def corrected_a_day_later(rows: Rows) -> int:
    """A day passes between the deposit and its correction."""
    at = first_of(rows, "KOR")
    for row in rows[at:]:
        row[STAMP["hari"]] = "2004-05-04"
    return at + 1


def drawer_opened_twice(rows: Rows) -> int:
    """A reprint at the same device becomes a second opening."""
    at = first_of(rows, "CTK")
    rows[at][STAMP["kind"]], rows[at][FACTS] = "LBK", [0]
    return at + 1


def person_not_freed(rows: Rows) -> int:
    """The correction becomes a reprint: the person's next deposit is then his second."""
    kor = first_of(rows, "KOR")
    rows[kor][STAMP["kind"]], rows[kor][STAMP["postings"]] = "CTK", []
    rows[kor][FACTS] = ["1100000001", 1, "x"]
    return kor + 2


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (column("KOR", "penyetuju", ""), "no second person signed it"),
        (column("KOR", "penyetuju", "T0101"), "no second person signed it"),
        (column("UID", "penyetuju", ""), "no second person signed it"),
        (column("LSR", "penyetuju", "V0101"), "the receiver of the drawer did not sign"),
        (corrected_twice, "was not granted on its day, or is BATAL already"),
        (corrected_a_day_later, "was not granted on its day, or is BATAL already"),
        (corrected_elsewhere, "was granted by branch 002/0201"),
        (fact("KOR", 0, "1100000009"), "was not granted on its day, or is BATAL already"),
        (fact("KOR", 1, "33250000002"), "it does not say what entry 42 says"),
        (fact("KOR", 2, "00" * 16), "it does not say what entry 42 says"),
        (fact("KOR", 3, 20_000_001), "it does not say what entry 42 says"),
        (fact("KOR", 4, 41), "it does not say what entry 42 says"),
        (person_not_freed, "the person of porsi 1100000003 has another porsi"),
        (fact("CTK", 0, "1100000009"), "porsi 1100000009 was never granted"),
        (fact("CTK", 0, "1100000000"), "porsi 1100000000 was never granted"),
        (fact("CTK", 1, 2), "reprint 2 of porsi 1100000002 is not number 1"),
        (fact("CTK", 1, 1, skip=1), "reprint 1 of porsi 1100000002 is not number 2"),
        (drawer_opened_twice, "the drawer of 002/0101/T1 is open since entry"),
        (fact("LSR", 1, 1), "the drawer of 002/0101/T1 was not so"),
        (fact("LSR", 2, 20_400_000), "the drawer of 002/0101/T1 was not so"),
        (fact("LSR", 4, 0), "its difference in cash is not"),
        (fact("LTP", 0, "T0101"), "the drawer of 002/0101/T1 was not so"),
        (fact("LTP", 2, 0), "the drawer of 002/0101/T1 was not so"),
        (column("LTP", "device", "T9"), "the drawer of 002/0101/T9 was not so"),
        (column("LTP", "kind", "STA"), "whose user ID is not active"),
        (column("JAM", "penyetuju", ""), "no second person signed it"),
        (fact("JAM", 0, 9_083_546_000_000_000), "the clock that was taken for right was not behind"),
    ],
)
def test_damage_to_a_correction_a_reprint_or_a_drawer_is_named(damage: Callable[[Rows], int], reason: str) -> None:
    """Is it the very entry that is named, with what is wrong?"""
    rows = rows_of(FULL)
    at = damage(rows)
    result = found(chained(rows))
    assert result is not None
    assert (result[0], reason in result[1]) == (at, True), result


def test_every_kind_stands_in_a_ledger_that_holds() -> None:
    """Control: is a ledger with an entry of every kind clean, and does a corrected person hold one live porsi?"""
    assert found(FULL) is None
    assert {row[STAMP["kind"]] for row in rows_of(FULL)} == KINDS.keys()
    checker = Checker()
    for seq, body in enumerate(FULL, 1):
        checker.take(seq, body)
    assert (checker.granted, checker.series, len(checker._persons)) == (6, {"11": 5, "13": 1}, 4)
