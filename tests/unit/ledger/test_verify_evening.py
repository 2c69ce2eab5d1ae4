"""Is damage found to the acts of an evening, and named with its entry?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.msgpack import decode, encode

from ledger.kinds import KINDS
from ledger.kinds.pencocokan import Pencocokan
from ledger.kinds.sembuh import ALLOWED
from ledger.records import Stamp
from ledger.verify import Checker, Finding
from ledger.verify_petang import CURES
from tests.evening_fixtures import full_bodies
from tests.ledger_fixtures import POSITION, chained, first_of, rows_of

Rows = list[list[Any]]
FACTS, HARI, STAN, KIND = POSITION["facts"], POSITION["hari"], POSITION["stan"], POSITION["kind"]
POSTINGS = POSITION["postings"]
FULL = full_bodies()


def found(bodies: list[bytes]) -> tuple[int, str] | None:
    checker = Checker()
    try:
        for seq, body in enumerate(bodies, 1):
            checker.take(seq, body)
    except Finding as finding:
        return finding.seq, finding.reason
    return None


def fact(kind: str, position: int, value: Any, skip: int = 0) -> Callable[[Rows], int]:
    """Change one fact of an entry of a kind, and its postings with it; the entry that must be named."""

    def damage(rows: Rows) -> int:
        at = first_of(rows, kind, skip)
        rows[at][FACTS][position] = value
        rows[at][POSTINGS] = posted(rows[at])
        return at + 1

    return damage


def posted(row: list[Any]) -> list[Any]:
    """The postings that follow from a row's facts as they are now."""
    stamp = Stamp(*row[1:2], *row[4:13], f"{row[6]}/{row[7]}", f"{row[6]}/{row[7]}/{row[8]}")
    facts = decode(encode(row[FACTS]), type=KINDS[row[KIND]].facts)
    return [[line.akun, line.sub, line.mata_uang, line.nominal] for line in KINDS[row[KIND]].postings(facts, stamp)]


def dropped(kind: str, skip: int = 0, names: Callable[[Rows, int], int] = lambda rows, at: at + 1) -> Any:
    """Take an entry away and close the gap; the entry that must be named is the one `names` says."""

    def damage(rows: Rows) -> int:
        at = first_of(rows, kind, skip)
        del rows[at]
        for seq, row in enumerate(rows, 1):
            row[POSITION["seq"]] = seq
        return names(rows, at)

    return damage


def at_next(kind: str, skip: int = 0) -> Callable[[Rows, int], int]:
    """The next entry of a kind behind the place."""

    def name(rows: Rows, at: int) -> int:
        return at + first_of(rows[at:], kind, skip) + 1

    return name


def swapped(first: str, second: str, skip: int = 0) -> Callable[[Rows], int]:
    """Two entries change places, with the numbers of their devices' requests; the first of the places is named."""

    def damage(rows: Rows) -> int:
        one, two = first_of(rows, first), first_of(rows, second, skip)
        one, two = min(one, two), max(one, two)
        for name in range(POSITION["bank"], len(rows[one])):
            rows[one][name], rows[two][name] = rows[two][name], rows[one][name]
        rows[one][KIND], rows[two][KIND] = rows[two][KIND], rows[one][KIND]
        for row in rows[one:]:
            row[STAN] = row[POSITION["seq"]]
        return one + 1

    return damage


def another_request(position: int, value: Any) -> Callable[[Rows], int]:
    """The difference is about another request than the one that comes late: the late deposit is named."""

    def damage(rows: Rows) -> int:
        fact("SLS", position, value, skip=3)(rows)
        return first_of(rows, "STA", skip=5) + 1

    return damage


def still_short(name: str) -> Callable[[Rows], int]:
    """The last match finds a deposit unconfirmed, or confirmed otherwise, and the day is settled: that is named."""

    def damage(rows: Rows) -> int:
        rows[first_of(rows, "PCK", skip=1)][FACTS][Pencocokan.__struct_fields__.index(name)] = 1
        return first_of(rows, "SLH") + 1

    return damage


def another_count(rows: Rows) -> int:
    """The Kandepag says one more than it did: the close is named, which does not say so."""
    rows[first_of(rows, "SLK")][FACTS][2] += 1
    return len(rows)


def an_entry_after_the_close(rows: Rows) -> int:
    """One more entry stands behind the close, of a kind that needs an open day."""
    at = first_of(rows, "SLK")
    late = [*rows[at]]
    late[POSITION["seq"]], late[STAN], late[POSITION["waktu_us"]] = len(rows) + 1, 900_000, rows[-1][4]
    late[FACTS] = ["3325", "2004-05-03", 5]
    rows.append(late)
    return len(rows)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (fact("TSC", 2, []), "its totals are not the sums of what branch 002/0101 posted"),
        (fact("TSC", 1, "0101", skip=1), "branch 002/0101 has cut off before"),
        (dropped("TSC", 1, at_next("TSB")), "branch 002/0201 has not cut off"),
        (fact("TSB", 1, 5), "its totals are not the deposits of bank 002"),
        (fact("TSB", 2, 1), "its totals are not the deposits of bank 002"),
        (fact("STA", 0, "1100000005", skip=4), "porsi 1100000005 is not the next"),
        (another_request(5, "T2"), "made by branch 002/0101 after its cut-off of 2004-05-03"),
        (another_request(6, 91), "made by branch 002/0101 after its cut-off of 2004-05-03"),
        (dropped("TSB", 0, at_next("KFT")), "bank 002 has not cut off for 2004-05-03"),
        (fact("KFT", 0, "009"), "bank 009 has not cut off for 2004-05-03"),
        (fact("KFT", 1, "2004-05-02"), "bank 002 has not cut off for 2004-05-02"),
        (fact("KFT", 4, "a" * 64, skip=1), "this file was taken in before"),
        (dropped("KFT", 0, at_next("PCK")), "there is no confirmation to match"),
        (fact("SLS", 0, "SL0000000002"), "SL0000000002 is not the next number"),
        (fact("SLS", 0, "SL0000000001", skip=1), "SL0000000001 is not the next number"),
        (fact("SLS", 7, "1100000001"), "the host has no deposit of porsi 1100000001"),
        (fact("SLS", 4, "0201"), "the host has no deposit of porsi 1100000002"),
        (fact("PLD", 5, [["0101", 2, 40_000_000]]), "it does not pass on what bank 002 owes"),
        (fact("PLD", 2, 1), "debit does not equal credit"),
        (fact("PLD", 1, "2004-05-02"), "bank 002 has not cut off for 2004-05-02"),
        (fact("SEM", 0, "SL0000000009"), "difference SL0000000009 is not open"),
        (fact("SEM", 0, "SL0000000004", skip=1), "difference SL0000000004 is not open"),
        (fact("SEM", 4, "TRANSFER"), "TRANSFER is no cure of BANK_ONLY"),
        (fact("SEM", 4, "KOREKSI", skip=1), "KOREKSI is no cure of HOST_ONLY"),
        (fact("SEM", 3, "DIFF"), "it does not say what entry"),
        (fact("SEM", 7, 1), "it does not say what entry"),
        (fact("SEM", 5, "1100000002"), "does not prove ULANG of difference SL0000000004"),
        (fact("SEM", 8, 7), "entry 7 does not prove ULANG"),
        (fact("SEM", 4, "BALIK", skip=1), "entry 0 does not prove BALIK of difference SL0000000001"),
        (fact("SEM", 4, "BALIK", skip=2), "does not prove BALIK of difference SL0000000002"),
        (fact("SEM", 4, "TRANSFER", skip=2), "does not prove TRANSFER of difference SL0000000002"),
        (fact("SEM", 8, 5, skip=3), "entry 5 does not prove KOREKSI"),
        (fact("BTP", 8, "SL0000000001"), "no open difference SL0000000001 says that porsi 1100000003 has no deposit"),
        (fact("BTP", 8, "SL0000000003"), "no open difference SL0000000003 says that porsi 1100000003 has no deposit"),
        (fact("BTP", 6, "0201"), "was granted by branch 002/0101"),
        (fact("BTP", 7, "2004-05-02"), "was not granted on its day, or is BATAL already"),
        (fact("BTP", 3, 1), "it does not say what entry"),
        (fact("BTP", 4, 1), "it does not say what entry"),
        (fact("SNU", 0, "SN0000000002"), "SN0000000002 is not the next number"),
        (fact("SNP", 0, "SN0000000002"), "sanction SN0000000002 is not proposed, or decided already"),
        (fact("SNP", 5, 20_000_000), "it does not say what entry"),
        (fact("SNP", 1, "TOLAK"), "it does not say what entry"),
        (fact("SNP", 6, 1), "it does not say what entry"),
        (fact("BYS", 2, 3), "it does not charge the porsi of bank 002 once each"),
        (fact("BYS", 3, 1), "it does not charge the porsi of bank 002 once each"),
        (dropped("BYS", 0, at_next("SLH")), "money was not passed on, or the fee not charged"),
        (dropped("PLD", 1, at_next("SLH")), "money was not passed on, or the fee not charged"),
        (dropped("PCK", 1, at_next("SLH")), "a difference is open, or there is no match after the last change"),
        (still_short("n_host"), "what was transferred or put right is not confirmed"),
        (still_short("n_beda"), "what was transferred or put right is not confirmed"),
        (fact("SLH", 2, 5), "its totals are not what was passed on"),
        (fact("SLH", 3, 5), "its totals are not what was passed on"),
        (swapped("SLH", "BYS"), "money was not passed on, or the fee not charged"),
        (fact("THR", 0, "2004-05-04"), "it does not close the open day"),
        (fact("THR", 1, 2), "it should speak of entries 1 to 110"),
        (fact("THR", 2, 109), "it should speak of entries 1 to 110"),
        (fact("THR", 3, []), "its totals are not the sums of the entries it speaks of"),
        (fact("THR", 4, [["SL0000000001", "HOST_ONLY", "002", "002", 0]]), "it does not name every open difference"),
        (fact("THR", 5, ["002"]), "it does not name the banks that are not settled"),
        (fact("THR", 6, []), "it does not name every regency whose two counts differ"),
        (another_count, "it does not name every regency whose two counts differ"),
        (an_entry_after_the_close, "made on 2004-05-03 after its close"),
    ],
)
def test_damage_to_an_evening_is_named(damage: Callable[[Rows], int], reason: str) -> None:
    """Is it the very entry that is named, with what is wrong?"""
    rows = rows_of(FULL)
    at = damage(rows)
    result = found(chained(rows))
    assert result is not None
    assert (result[0], reason in result[1]) == (at, True), result


@pytest.mark.parametrize("name", ["n", "nominal"])
def test_every_total_of_a_close_counts(name: str) -> None:
    """Is one entry or one rupiah more in any one total of the close found?"""
    place = {"n": 4, "nominal": 5}[name]
    totals = len(rows_of(FULL)[-1][FACTS][3])
    assert totals > 20
    for total in range(totals):
        rows = rows_of(FULL)
        rows[-1][FACTS][3][total][place] += 1
        assert found(chained(rows)) == (len(FULL), "its totals are not the sums of the entries it speaks of")


def test_a_day_is_opened_only_after_the_one_before_it_is_closed() -> None:
    """Is an opening without its close found?"""
    rows = rows_of(FULL)
    opening = [*rows[first_of(rows, "BHR")]]
    opening[POSITION["seq"]], opening[HARI], opening[STAN] = len(rows) + 1, "2004-05-03", 900_000
    opening[POSITION["waktu_us"]], opening[FACTS] = rows[-1][POSITION["waktu_us"]], ["2004-05-04", "RS-2004"]
    assert found(chained([*rows, opening])) is None
    opening[POSITION["seq"]] = len(rows)
    result = found(chained([*rows[:-1], opening]))
    assert result == (len(rows), "the day 2004-05-03 before it was not closed")


def test_the_cures_are_those_of_the_rules() -> None:
    """Control: the check has its own list of cures; do both say the same?"""
    assert {kelas: set(cures) for kelas, cures in ALLOWED.items()} == CURES
