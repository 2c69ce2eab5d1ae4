"""Are the tables always the journal's, no more and no less, whichever way they came to be?"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ledger import checkpoint as checkpoint_module
from ledger.books import TABLES, Books
from ledger.checkpoint import SUM_BYTES, TablesEnv, advance, catch_up, rebuild
from ledger.codec import HASH_NONE
from ledger.errors import FormatMismatch, JournalCorrupt, LedgerBusy
from ledger.journal import Journal
from ledger.store import Store
from ledger.tables import LAST
from ledger.vault import NoVault
from ledger.verify import verify
from tests.ledger_fixtures import SMALL_MAP, Desk, chained, new_ledger, new_store, pilgrim, rows_of, write_journal


def stored(path: Path) -> dict[str, Any]:
    """Every row of the tables, and the watermark."""
    env = TablesEnv(path / "books", writable=False)
    rows: dict[str, Any] = {name: dict(env.below(name).range("", LAST)) for name in TABLES}
    rows["watermark"] = env.watermark
    env.close()
    return rows


def derived(path: Path) -> dict[str, Any]:
    """Every row as replay in memory derives it."""
    journal = Journal.open(path / "journal", writable=False, map_bytes=SMALL_MAP)
    books = Books(NoVault())
    rows: dict[str, Any] = {"watermark": catch_up(books, journal, 0, HASH_NONE, journal.head)}
    journal.close()
    return rows | {name: table.rows for name, table in books.tables.items()}


def grown(path: Path, pilgrims: int = 4) -> Path:
    """A ledger with some pilgrims, its tables left at the founding."""
    with new_store(path) as (store, desk):
        for person in range(1, pilgrims + 1):
            store.post_batch(pilgrim(desk, person))
    return path


@pytest.mark.parametrize("chunk", [1, 2, 5, 50_000])
def test_advance_in_chunks_equals_replay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    """Does it matter how many entries are carried down at a time?"""
    path = grown(tmp_path / "ledger")
    monkeypatch.setattr(checkpoint_module, "ENTRIES_PER_COMMIT", chunk)
    journal = Journal.open(path / "journal", writable=False, map_bytes=SMALL_MAP)
    seen: list[tuple[int, int]] = []
    done = advance(journal, path / "books", progress=lambda done, total: seen.append((done, total)))
    journal.close()
    assert done == 12
    assert seen == [(min(at, 12), 12) for at in range(chunk, 12 + chunk, chunk)]
    assert stored(path) == derived(path)


def test_advance_stops_where_it_is_told(tmp_path: Path) -> None:
    """Do the tables stand at the very entry asked for, and go on from there?"""
    path = grown(tmp_path / "ledger")
    journal = Journal.open(path / "journal", writable=False, map_bytes=SMALL_MAP)
    start = stored(path)["watermark"][0]
    assert advance(journal, path / "books", start + 5) == 5
    assert stored(path)["watermark"][0] == start + 5
    assert len(stored(path)["calon"]) == 1
    assert advance(journal, path / "books") == 7
    assert advance(journal, path / "books") == 0
    journal.close()
    assert len(stored(path)["calon"]) == 4


def test_rebuild_equals_live(tmp_path: Path) -> None:
    """Are books derived from nothing the same as those the host kept?"""
    with new_store(tmp_path / "ledger") as (store, desk):
        store.post_batch(pilgrim(desk, 1))
        store.checkpoint()
        store.post_batch(pilgrim(desk, 2))
        store.checkpoint()
        live = stored_of(store)
        shutil.rmtree(store.path / "books")
        store.env.close()
        rebuild(store.journal, store.path / "books")
        assert stored(store.path) == live
        store.env = TablesEnv(store.path / "books", writable=False)


def stored_of(store: Store) -> dict[str, Any]:
    rows: dict[str, Any] = {name: dict(store.env.below(name).range("", LAST)) for name in TABLES}
    return rows | {"watermark": store.env.watermark}


def test_rebuild_leaves_the_old_books_until_the_new_ones_are_whole(tmp_path: Path) -> None:
    """If a rebuild fails half way, are the old tables still there?"""
    path = grown(tmp_path / "ledger")
    before = stored(path)
    journal = Journal.open(path / "journal", writable=False, map_bytes=SMALL_MAP)

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(journal, path / "books", stop)
    assert stored(path) == before
    assert rebuild(journal, path / "books") == journal.head
    journal.close()
    assert stored(path) == derived(path)
    assert not (path / "books.new").exists()


def test_tables_of_another_journal_are_refused(tmp_path: Path) -> None:
    """Is a watermark whose hash this journal does not hold seen?"""
    path = grown(tmp_path / "ledger")
    journal = Journal.open(path / "journal", writable=False, map_bytes=SMALL_MAP)
    books = Books(NoVault(), may_pin=False)
    env = TablesEnv(path / "books", writable=True)
    env.write(books, 5, bytes(32))
    env.close()
    with pytest.raises(FormatMismatch, match="stand at entry 5"):
        advance(journal, path / "books")
    journal.close()


def test_a_journal_older_than_its_books_is_refused(tmp_path: Path) -> None:
    """Is a journal restored from a backup seen when the books know more?"""
    path = grown(tmp_path / "ledger")
    journal = Journal.open(path / "journal", writable=False, map_bytes=SMALL_MAP)
    bodies = [body for _, body in journal.read()]
    advance(journal, path / "books")
    journal.close()
    write_journal(path / "journal", bodies[:-1])
    with pytest.raises(FormatMismatch, match=f"stand at entry {len(bodies)}, which this journal"):
        Store.open(path, map_bytes=SMALL_MAP)
    # The journal is the truth: without the books that knew more it opens, and at once, in the same process.
    shutil.rmtree(path / "books")
    store = Store.open(path, map_bytes=SMALL_MAP)
    assert store.journal.head == len(bodies) - 1
    store.close()


def test_a_broken_chain_stops_the_derivation(tmp_path: Path) -> None:
    """Is nothing carried down past an entry that does not follow the one before?"""
    path = grown(tmp_path / "ledger")
    journal = Journal.open(path / "journal", writable=False, map_bytes=SMALL_MAP)
    bodies = [body for _, body in journal.read()]
    journal.close()
    start = stored(path)["watermark"]
    bodies[-5], bodies[-4] = bodies[-4], bodies[-5]
    write_journal(path / "journal", bodies)
    journal = Journal.open(path / "journal", writable=False, map_bytes=SMALL_MAP)
    with pytest.raises(JournalCorrupt, match=f"entry {len(bodies) - 4} does not follow"):
        advance(journal, path / "books")
    journal.close()
    assert stored(path)["watermark"] == start


def test_an_entry_the_books_cannot_take_is_named(tmp_path: Path) -> None:
    """A deposit on a form that was never issued, under a chain that holds: is the entry named, and nothing derived?"""
    path = grown(tmp_path / "ledger")
    journal = Journal.open(path / "journal", writable=False, map_bytes=SMALL_MAP)
    rows = rows_of(body for _, body in journal.read())
    journal.close()
    rows[-1][13][1] = "33250000099"
    write_journal(path / "journal", chained(rows))
    journal = Journal.open(path / "journal", writable=False, map_bytes=SMALL_MAP)
    assert verify(journal).reason == "SPPH 33250000099 was not signed before"
    with pytest.raises(JournalCorrupt, match=f"entry {len(rows)} cannot stand after those before it: SPPH exists"):
        advance(journal, path / "books")
    journal.close()


def test_two_checkpoints_at_once_do_not_mix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When another process moved the tables on meanwhile, is the slower one's older state kept out?"""
    path = grown(tmp_path / "ledger")
    journal = Journal.open(path / "journal", writable=False, map_bytes=SMALL_MAP)
    env = TablesEnv(path / "books", writable=True)
    seq, digest = env.watermark
    slow, fast = (Books(NoVault(), env.below, may_pin=False) for _ in range(2))
    at_slow = catch_up(slow, journal, seq, digest, seq + 3)
    at_fast = catch_up(fast, journal, seq, digest, seq + 6)
    env.write(fast, *at_fast)
    with pytest.raises(LedgerBusy, match="moved these books"):
        env.write(slow, *at_slow)
    env.close()
    journal.close()
    assert stored(path)["watermark"] == at_fast
    assert len(stored(path)["calon"]) == 2


def test_what_are_no_books_is_refused(tmp_path: Path) -> None:
    """Are tables that miss a database, or the watermark, told from ours?"""
    path = new_ledger(tmp_path / "ledger")
    env = TablesEnv(path / "books", writable=True)
    with env._env.begin(write=True) as txn:
        txn.delete(b"watermark", db=env.databases["meta"])
    env.renew()
    with pytest.raises(FormatMismatch, match="no watermark"):
        _ = env.watermark
    env.close()
    with pytest.raises(FormatMismatch, match="no books of this format"):
        TablesEnv(path / "journal", writable=False)


def test_deleted_rows_are_deleted_below(tmp_path: Path) -> None:
    """Does a tombstone carried down remove the row?"""
    path = new_ledger(tmp_path / "ledger")
    env = TablesEnv(path / "books", writable=True)
    seq, digest = env.watermark
    books = Books(NoVault(), env.below, may_pin=False)
    books.tables["bank"].delete("002")
    books.tables["nomor"].put("porsi/99", 7)
    env.write(books, seq, digest)
    env.renew()
    assert [key for key, _ in env.below("bank").range("", LAST)] == ["009", "DEP"]
    assert [key for key, _ in env.below("bank").range("", LAST)] == ["009", "DEP"]
    assert env.below("bank").get("002") is None
    assert env.below("nomor").get("porsi/99") == 7
    env.close()


def test_rows_are_plain_msgpack_of_their_fields(tmp_path: Path) -> None:
    """Is a row stored as the document says, an array under its key?"""
    path = grown(tmp_path / "ledger", 1)
    journal = Journal.open(path / "journal", writable=False, map_bytes=SMALL_MAP)
    advance(journal, path / "books")
    journal.close()
    env = TablesEnv(path / "books", writable=False)
    raw = env.txn.get(b"1100000001", db=env.databases["calon"])
    assert msgspec.msgpack.decode(raw[:-SUM_BYTES])[:4] == ["1100000001", "BERPORSI", "33250000001", 20_000_000]
    env.close()


def test_a_desk_goes_on_after_the_books_were_deleted(tmp_path: Path) -> None:
    """Is everything a request needs derived again: next numbers, STANs, the open day?"""
    path = grown(tmp_path / "ledger", 2)
    shutil.rmtree(path / "books")
    store = Store.open(path, map_bytes=SMALL_MAP)
    desk = Desk("2004-05-03", 1_083_550_000_000_000, {})
    asked = [msgspec.structs.replace(one, stan=100) for one in pilgrim(desk, 3)]
    asked[1] = msgspec.structs.replace(asked[1], stan=101)
    outcomes = store.post_batch(asked)
    assert [outcome.data for outcome in outcomes] == [
        {"nomor_spph": "33250000003"},
        {"nomor_spph": "33250000003"},
        {"nomor_porsi": "1100000003"},
    ]
    store.close()


EDGES = [("", LAST), ("0", "1"), ("009", "009"), ("009", "DEP"), ("ZZZ", LAST), ("", "0")]


def test_backwards_is_the_same_range(tmp_path: Path) -> None:
    """Are rows from the last to the first those of the range, at both ends of the table too?"""
    path = new_ledger(tmp_path / "ledger")
    env = TablesEnv(path / "books", writable=False)
    assert len(list(env.below("permintaan").back("", LAST))) > 1
    for name in ("bank", "permintaan", "perangkat", "laci"):
        below = env.below(name)
        for start, stop in EDGES:
            assert list(below.back(start, stop)) == list(below.range(start, stop))[::-1], (name, start, stop)
    env.close()
