"""Is every kind of damage found, and named with its entry?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

from ledger.books import Books
from ledger.checkpoint import TablesEnv, rebuild, sealed
from ledger.codec import encode
from ledger.journal import Journal
from ledger.rows import Rekap
from ledger.verify import Checker, Finding, check_books, verify
from tests.ledger_fixtures import (
    OPENING,
    POSITION,
    SMALL_MAP,
    chained,
    first_of,
    good_bodies,
    new_store,
    pilgrim,
    rows_of,
    write_journal,
)

GOOD = good_bodies()
STAMP = POSITION
Rows = list[list[Any]]
FACTS = POSITION["facts"]


def found(bodies: list[bytes]) -> tuple[int, str] | None:
    """What the checker says of these entries."""
    checker = Checker()
    try:
        for seq, body in enumerate(bodies, 1):
            checker.take(seq, body)
    except Finding as finding:
        return finding.seq, finding.reason
    return None


def test_a_whole_ledger_has_no_finding() -> None:
    """Control: is the undamaged ledger clean, and does re-chaining alone change nothing?"""
    assert found(GOOD) is None
    assert chained(rows_of(GOOD)) == GOOD


def damage_number(rows: Rows, at: int) -> None:
    rows[at][STAMP["seq"]] += 1


def damage_time(rows: Rows, at: int) -> None:
    rows[at][STAMP["waktu_us"]] = rows[at - 1][STAMP["waktu_us"]] - 1


def damage_day(rows: Rows, at: int) -> None:
    rows[at][STAMP["hari"]] = "2004-05-02"


def damage_stan(rows: Rows, at: int) -> None:
    rows[at][STAMP["stan"]] = 1


def damage_kind(rows: Rows, at: int) -> None:
    rows[at][STAMP["kind"]] = "ZZZ"


def damage_facts(rows: Rows, at: int) -> None:
    rows[at][FACTS] = [1, 2, 3, 4]


def damage_amount(rows: Rows, at: int) -> None:
    rows[at][STAMP["postings"]][0][3] += 1


def damage_currency(rows: Rows, at: int) -> None:
    rows[at][STAMP["postings"]][0][2] = "USD"


def damage_gap(rows: Rows, at: int) -> None:
    rows[at][FACTS][0] = "1100000003"


def damage_repeat(rows: Rows, at: int) -> None:
    rows[at][FACTS][0] = "1100000001"


def damage_width(rows: Rows, at: int) -> None:
    rows[at][FACTS][0] = "1100000²"


def damage_person(rows: Rows, at: int) -> None:
    rows[at][FACTS][2] = rows[first_of(rows, "STA")][FACTS][2].upper()


def damage_form(rows: Rows, at: int) -> None:
    rows[at][FACTS][1] = rows[first_of(rows, "STA")][FACTS][1]


def damage_identity(rows: Rows, at: int) -> None:
    rows[at][FACTS][2] = "bukan hex"


def damage_status(rows: Rows, at: int) -> None:
    bank, cabang = rows[at][STAMP["bank"]], rows[at][STAMP["cabang"]]
    before = rows[at - 1]
    before[STAMP["kind"]], before[STAMP["postings"]] = "UID", []
    before[FACTS], before[STAMP["penyetuju"]] = [bank, cabang, "AKTIF", "DICABUT", "uji"], "SITI"


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (damage_status, "whose user ID is not active"),
        (damage_number, "numbered"),
        (damage_time, "time goes back"),
        (damage_day, "time goes back"),
        (damage_stan, "does not rise"),
        (damage_kind, "kind ZZZ, not known here"),
        (damage_facts, "facts of entry"),
        (damage_amount, "debit does not equal credit"),
        (damage_currency, "debit does not equal credit"),
        (damage_gap, "porsi 1100000003 is not the next of series 11"),
        (damage_repeat, "porsi 1100000001 is not the next of series 11"),
        (damage_width, "is not the next of series 11"),
        (damage_person, "the person of porsi 1100000002 has another porsi"),
        (damage_form, "SPPH 33250000001 has another porsi"),
        (damage_identity, "the identity of porsi 1100000002 is not in hex"),
    ],
)
def test_damage_under_a_whole_chain_is_named(damage: Callable[[Rows, int], None], reason: str) -> None:
    """Somebody changed an entry and all hashes after it: is the very entry named, with what is wrong?"""
    rows = rows_of(GOOD)
    at = first_of(rows, "STA", skip=1)
    damage(rows, at)
    result = found(chained(rows))
    assert result is not None
    assert (result[0], reason in result[1]) == (at + 1, True), result


@pytest.mark.parametrize("at", range(1, len(GOOD) - 1))
def test_a_changed_entry_is_named_by_the_chain(at: int) -> None:
    """Any entry changed by one character, nothing else touched: is it the one that is named?"""
    rows = rows_of(GOOD)
    rows[at][STAMP["user"]] += "X"
    result = found([*GOOD[:at], encode(rows[at]), *GOOD[at + 1 :]])
    assert result == (at + 1, f"the chain is broken: entry {at + 2} carries another hash of the entry before it")


def test_removed_swapped_and_inserted_entries_are_named() -> None:
    """Is the place named where an entry is missing, moved or too many?"""
    assert found([*GOOD[:9], *GOOD[10:]]) == (10, "stored under 10 and numbered 11, after entry 9")
    assert found([*GOOD[:9], GOOD[10], GOOD[9], *GOOD[11:]]) == (10, "stored under 10 and numbered 11, after entry 9")
    assert found([*GOOD[:9], GOOD[8], *GOOD[9:]]) == (10, "stored under 10 and numbered 9, after entry 9")
    assert found(GOOD[1:]) == (1, "stored under 1 and numbered 2, after entry 0")


def test_a_repeated_stan_is_seen_only_on_the_same_device_and_day() -> None:
    """Control of the STAN rule: do two devices with the same STAN stand side by side?"""
    rows = rows_of(GOOD)
    stans = [(row[STAMP["cabang"]], row[STAMP["hari"]], row[STAMP["stan"]]) for row in rows]
    assert len({stan[1:] for stan in stans}) < len(stans) == len(set(stans))


def journal_of(path: Path, bodies: list[bytes], numbers: list[int] | None = None) -> Journal:
    Journal.create(path, OPENING.ledger, SMALL_MAP).close()
    write_journal(path, bodies, numbers)
    return Journal.open(path, writable=False, map_bytes=SMALL_MAP)


def test_the_report_of_a_whole_ledger(tmp_path: Path) -> None:
    """Does it say how many entries, porsi and rupiah there are, and where the head is?"""
    journal = journal_of(tmp_path / "journal", GOOD)
    report = verify(journal)
    assert report.verified
    assert (report.entries, report.head, report.hari) == (len(GOOD), journal.head_hash.hex(), "2004-05-03")
    assert (report.granted, report.series, report.debit) == (3, {"11": 2, "13": 1}, {"IDR": 60_000_000})
    journal.close()


def test_the_report_of_a_damaged_one_stops_at_the_entry(tmp_path: Path) -> None:
    """Does the report name the entry and count what holds before it?"""
    rows = rows_of(GOOD)
    at = first_of(rows, "STA", skip=1)
    damage_gap(rows, at)
    journal = journal_of(tmp_path / "journal", chained(rows))
    report = verify(journal)
    assert (report.verified, report.bad_entry, report.entries, report.granted) == (False, at + 1, at, 1)
    journal.close()


def test_entries_that_vanish_during_the_check_are_missed(tmp_path: Path) -> None:
    """Is a journal that ends before its head found?"""
    journal = journal_of(tmp_path / "journal", GOOD[:5])
    journal.head = 7
    assert (verify(journal).bad_entry, verify(journal).reason) == (6, "missing; the head is 7")
    journal.close()


def test_an_empty_journal_holds(tmp_path: Path) -> None:
    """Is nothing at all not an error of the checker?"""
    journal = journal_of(tmp_path / "journal", [])
    assert (verify(journal).verified, verify(journal).entries) == (True, 0)
    journal.close()


# --- books ------------------------------------------------------------------------------------------------------


def books_of(path: Path) -> Path:
    with new_store(path) as (store, desk):
        store.post_batch(pilgrim(desk, 1) + pilgrim(desk, 2))
        store.checkpoint()
        store.post_batch(pilgrim(desk, 3))
    return path


def compared(path: Path) -> list[str]:
    journal = Journal.open(path / "journal", writable=False, map_bytes=SMALL_MAP)
    env = TablesEnv(path / "books", writable=False)
    report = check_books(journal, env)
    env.close()
    journal.close()
    assert report.verified == (not report.differences)
    assert report.watermark < journal.head, "the tables are behind, and are compared where they stand"
    assert report.rows > 60
    return report.differences


def change(path: Path, table: str, key: str, row: Any) -> None:
    """Write or delete one row of the tables behind everybody's back."""
    env = TablesEnv(path / "books", writable=True)
    with env._env.begin(write=True) as txn:
        if row is None:
            assert txn.delete(key.encode(), db=env.databases[table])
        else:
            txn.put(*sealed(crc32(table.encode()), key.encode(), row), db=env.databases[table])
    env.close()


def test_books_that_are_the_journals_have_no_difference(tmp_path: Path) -> None:
    """Control: are untouched tables equal both ways?"""
    assert compared(books_of(tmp_path / "ledger")) == []


@pytest.mark.parametrize(
    ("table", "key", "row", "reason"),
    [
        ("calon", "1100000002", None, "calon 1100000002: derived, not stored"),
        ("calon", "1100000009", ["1100000009", "BERPORSI", "33250000009", 1, 1, "002", "0101", "2004-05-03", 1],
         "calon 1100000009: stored, not derived"),
        ("nomor", "porsi/11", 3, "nomor porsi/11: stored and derived differ"),
        ("porsi_by_identitas", "00" * 16, "1100000001", f"porsi_by_identitas {'00' * 16}: stored, not derived"),
        ("rekap", "2004-05-03/002/0101/STA/KLIRING/TABUNGAN/IDR", [2, 40_000_001],
         "rekap 2004-05-03/002/0101/STA/KLIRING/TABUNGAN/IDR: stored and derived differ"),
    ],
)  # fmt: skip
def test_a_changed_row_is_named(tmp_path: Path, table: str, key: str, row: Any, reason: str) -> None:
    """A row too many, one missing, one that differs: is it named by table and key?"""
    path = books_of(tmp_path / "ledger")
    change(path, table, key, row)
    assert compared(path) == [reason]


def test_balances_are_summed_a_second_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the rules' own arithmetic were wrong, live and replayed alike, would the plain sum of postings say so?"""
    path = books_of(tmp_path / "ledger")
    honest = Books.book

    def doubled(self: Books, kind: str, postings: Any, stamp: Any) -> None:
        honest(self, kind, postings, stamp)
        if postings:
            key = f"{stamp.hari}/{stamp.tapak}/{kind}/KLIRING/-/IDR"
            old = self.tables["rekap"].get(key) or Rekap(0, 0)
            self.tables["rekap"].put(key, Rekap(old.n, old.nominal + 1))

    monkeypatch.setattr(Books, "book", doubled)
    journal = Journal.open(path / "journal", writable=False, map_bytes=SMALL_MAP)
    rebuild(journal, path / "books")
    env = TablesEnv(path / "books", writable=False)
    assert check_books(journal, env).differences == [
        "saldo 2004-05-03/002/0101/KLIRING/IDR: not the sum of its postings"
    ]
    env.close()
    journal.close()
