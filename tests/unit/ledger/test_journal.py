"""Does the journal take what it is given whole or not at all, and notice when something is not as it left it?"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import lmdb
import msgspec
import pytest

from ledger import journal as journal_module
from ledger.codec import HASH_NONE, hash_entry
from ledger.errors import FormatMismatch, JournalCorrupt, JournalFailed, JournalFull, LedgerBusy
from ledger.journal import Journal
from tests.ledger_fixtures import SMALL_MAP, write_journal


@pytest.fixture
def path(tmp_path: Path) -> Path:
    Journal.create(tmp_path / "journal", "uji", SMALL_MAP).close()
    return tmp_path / "journal"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    journal = Journal.open(path, writable=True, map_bytes=SMALL_MAP)
    yield journal
    journal.close()


def test_a_new_journal_is_empty_and_private(journal: Journal) -> None:
    """Is nothing in it, and can nobody else read it?"""
    assert (journal.head, journal.head_hash, list(journal.read())) == (0, HASH_NONE, [])
    assert journal.path.stat().st_mode & 0o777 == 0o700
    assert (journal.path / "data.mdb").stat().st_mode & 0o077 == 0


def test_entries_are_numbered_from_one_and_come_back_in_order(journal: Journal, path: Path) -> None:
    """Do numbers, bytes, head and hash survive being closed and opened?"""
    journal.append([b"satu", b"dua"])
    journal.append([b"tiga"])
    journal.close()
    again = Journal.open(path, writable=False, map_bytes=SMALL_MAP)
    assert list(again.read()) == [(1, b"satu"), (2, b"dua"), (3, b"tiga")]
    assert (again.head, again.head_hash) == (3, hash_entry(b"tiga"))
    assert [again.get(seq) for seq in (0, 1, 3, 4)] == [None, b"satu", b"tiga", None]
    again.close()


def test_reading_from_to_and_across_chunks(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is `stop` excluded, and is nothing lost or twice where one read transaction ends and the next begins?"""
    monkeypatch.setattr(journal_module, "READ_CHUNK", 3)
    journal.append([bytes([n]) for n in range(1, 10)])
    for start in range(1, 11):
        for stop in (None, *range(start, 12)):
            seen = [seq for seq, _ in journal.read(start, stop)]
            assert seen == list(range(start, min(stop or 10, 10))), (start, stop)


def test_reading_goes_on_while_a_writer_appends(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does a reader see what was appended behind the chunk it holds?"""
    monkeypatch.setattr(journal_module, "READ_CHUNK", 2)
    journal.append([b"1", b"2"])
    reading = journal.read()
    assert next(reading) == (1, b"1")
    journal.append([b"3"])
    assert [seq for seq, _ in reading] == [2, 3]


@pytest.mark.parametrize("numbers", [(1, 2, 4), (2, 3, 4), (1, 3), (0, 1, 2)])
def test_a_missing_number_is_seen_at_open(path: Path, numbers: tuple[int, ...]) -> None:
    """Does the count of entries give a gap away, wherever it is?"""
    write_journal(path, [b"x"] * len(numbers), numbers)
    with pytest.raises(JournalCorrupt, match="holds"):
        Journal.open(path, writable=True, map_bytes=SMALL_MAP)
    # And is the lock given back, so that a mended journal can be opened at once?
    write_journal(path, [b"x"])
    Journal.open(path, writable=True, map_bytes=SMALL_MAP).close()


def test_one_writer(journal: Journal, path: Path) -> None:
    """Is a second writer refused while the first lives?"""
    with pytest.raises(LedgerBusy, match="another process"):
        Journal.open(path, writable=True, map_bytes=SMALL_MAP)
    journal.close()
    Journal.open(path, writable=True, map_bytes=SMALL_MAP).close()


def test_a_reader_cannot_append(path: Path) -> None:
    """Is a journal opened for reading safe from us?"""
    reader = Journal.open(path, writable=False, map_bytes=SMALL_MAP)
    with pytest.raises(AssertionError, match="opened for writing"):
        reader.append([b"x"])
    reader.close()


def test_another_thread_cannot_append(journal: Journal) -> None:
    """Is the thread that would hang LMDB stopped before it begins?"""
    seen: list[str] = []

    def run() -> None:
        try:
            journal.append([b"x"])
        except AssertionError as error:
            seen.append(str(error))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == ["one writer thread"]
    assert journal.head == 0


def test_a_full_map_writes_nothing(journal: Journal, path: Path) -> None:
    """When a batch does not fit: is it refused whole, the head unmoved, and does a smaller one still go in?"""
    journal.append([b"satu"])
    head = (journal.head, journal.head_hash)
    with pytest.raises(JournalFull, match="entry 2"):
        journal.append([bytes(SMALL_MAP // 8)] * 9)
    assert (journal.head, journal.head_hash) == head
    assert [seq for seq, _ in journal.read()] == [1]
    journal.append([b"dua"])
    journal.close()
    again = Journal.open(path, writable=False, map_bytes=SMALL_MAP)
    assert list(again.read()) == [(1, b"satu"), (2, b"dua")]
    again.close()


def test_a_commit_that_fails_is_told_from_a_full_map(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is any other error of the engine an unknown outcome?"""

    class Failing:
        def begin(self, **_: object) -> object:
            raise lmdb.DiskError("mdb_txn_commit: Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(journal, "_env", Failing())
        with pytest.raises(JournalFailed, match="entries 1 to 2"):
            journal.append([b"a", b"b"])
    assert journal.head == 0


@pytest.mark.parametrize("head", [0, 1, 3])
def test_nothing_is_put_behind_another_end(head: int, journal: Journal, path: Path) -> None:
    """The journal ends elsewhere than this process has left it: is nothing put over an entry, or behind a gap?"""
    journal.append([b"satu", b"dua"])
    journal.head = head
    with pytest.raises(JournalCorrupt, match=f"^entry {head} was written, and the journal ends at entry 2$"):
        journal.append([b"lain"])
    journal.close()
    again = Journal.open(path, writable=False, map_bytes=SMALL_MAP)
    assert list(again.read()) == [(1, b"satu"), (2, b"dua")]
    again.close()


def test_an_entry_out_of_order_is_not_swallowed(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """putmulti(append=True) below the last key writes nothing and says nothing: do the counts give it away?"""
    journal.append([b"satu", b"dua"])
    journal.head = 0
    monkeypatch.setattr(Journal, "check_end", lambda _: None)
    with pytest.raises(AssertionError, match="every entry was appended"):
        journal.append([b"lain"])
    assert list(journal.read()) == [(1, b"satu"), (2, b"dua")]


@pytest.mark.parametrize("head", [{"format": "lain", "versi": 1}, {"format": "siskohat-journal", "versi": 2}, {}])
def test_another_format_is_refused(path: Path, head: dict[str, object]) -> None:
    """Is a journal of another name or version left alone?"""
    env = lmdb.open(str(path), map_size=SMALL_MAP, max_dbs=2, lib_version=0)
    with env.begin(write=True) as txn:
        txn.put(b"format", msgspec.msgpack.encode(head), db=env.open_db(b"meta", txn=txn))
    env.close()
    with pytest.raises(FormatMismatch, match="not known here"):
        Journal.open(path, writable=True, map_bytes=SMALL_MAP)


def test_what_is_no_journal_is_refused(tmp_path: Path) -> None:
    """Are an empty folder, an environment without our databases and a file of rubbish told apart from a journal?"""
    with pytest.raises(FormatMismatch, match="holds no journal"):
        Journal.open(tmp_path, writable=False)
    lmdb.open(str(tmp_path / "lain"), map_size=SMALL_MAP, max_dbs=2, lib_version=0).close()
    with pytest.raises(FormatMismatch, match="no journal of this format"):
        Journal.open(tmp_path / "lain", writable=False)
    (tmp_path / "rusak").mkdir()
    (tmp_path / "rusak" / "data.mdb").write_bytes(b"bukan lmdb" * 1000)
    with pytest.raises(FormatMismatch, match="cannot be opened"):
        Journal.open(tmp_path / "rusak", writable=False)


def test_usage_grows_with_what_is_in_it(journal: Journal) -> None:
    """Can the host see the map fill up before it is full?"""
    before = journal.usage()
    journal.append([bytes(SMALL_MAP // 4)])
    assert before + 0.24 < journal.usage() < 1
    assert journal.reader_check() == 0


def change(path: Path, database: bytes, key: bytes, value: bytes | None) -> None:
    """Change one record behind the journal's back; None takes it away."""
    env = lmdb.open(str(path), map_size=SMALL_MAP, max_dbs=2, lib_version=0)
    with env.begin(write=True, db=env.open_db(database, create=False)) as txn:
        assert txn.put(key, value) if value is not None else txn.delete(key)
    env.close()


@pytest.mark.parametrize(
    ("database", "key", "value"),
    [
        (b"entries", (2).to_bytes(8, "big"), b"dva"),
        (b"meta", b"kepala", msgspec.msgpack.encode((1, hash_entry(b"dua")))),
        (b"meta", b"kepala", msgspec.msgpack.encode((2, hash_entry(b"dva")))),
    ],
)
def test_a_last_entry_that_is_not_as_it_was_written_is_seen(
    database: bytes, key: bytes, value: bytes, journal: Journal, path: Path
) -> None:
    """Nothing comes after it that would hold it."""
    journal.append([b"satu", b"dua"])
    journal.close()
    again = Journal.open(path, writable=False, map_bytes=SMALL_MAP)
    again.check_last()
    again.close()
    change(path, database, key, value)
    again = Journal.open(path, writable=False, map_bytes=SMALL_MAP)
    with pytest.raises(JournalCorrupt, match="entry 2, the last, is not as it was written"):
        again.check_last()
    again.close()


def test_a_journal_from_before_is_taken_and_knows_its_last_entry_from_its_next_commit_on(
    journal: Journal, path: Path
) -> None:
    journal.append([b"satu"])
    journal.close()
    change(path, b"meta", b"kepala", None)
    older = Journal.open(path, writable=True, map_bytes=SMALL_MAP)
    older.check_last()
    older.append([b"dua"])
    older.close()
    change(path, b"entries", (2).to_bytes(8, "big"), b"dva")
    again = Journal.open(path, writable=False, map_bytes=SMALL_MAP)
    with pytest.raises(JournalCorrupt):
        again.check_last()
    again.close()
    change(path, b"meta", b"kepala", b"\xc1")
    with pytest.raises(JournalCorrupt, match="cannot be read"):
        Journal.open(path, writable=False, map_bytes=SMALL_MAP)
