"""What storage may do to a ledger between two runs: is it refused by our own errors, and never answered from?"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import lmdb
import pytest

from ledger import vault
from ledger.books import TABLES
from ledger.checkpoint import TablesEnv, rebuild
from ledger.errors import JournalCorrupt, JournalFailed, JournalFull, LedgerError, UnsafeSetting
from ledger.journal import Journal
from ledger.store import Store
from ledger.tables import LAST
from ledger.vault import DESTROYED, HEADER, SLOT, FileVault
from ledger.verify import verify
from tests.ledger_fixtures import (
    OPENING,
    SMALL_MAP,
    change_leaves,
    good_bodies,
    hide_last_row,
    new_ledger,
    open_store,
    write_journal,
)

GOOD = good_bodies()


def journal_of(path: Path, ledger: str = OPENING.ledger, bodies: list[bytes] = GOOD) -> Journal:
    Journal.create(path, ledger, SMALL_MAP).close()
    write_journal(path, bodies)
    return Journal.open(path, writable=False, map_bytes=SMALL_MAP)


def test_an_entry_is_answered_from_when_the_next_one_holds_it(tmp_path: Path) -> None:
    changed = [*GOOD[:9], GOOD[9].replace(b"OPERATOR", b"OPERATUR"), *GOOD[10:]]
    journal = journal_of(tmp_path / "journal", bodies=changed)
    assert journal.sound(9) == GOOD[8]
    assert journal.sound(len(GOOD)) == GOOD[-1]
    with pytest.raises(JournalCorrupt, match="entry 10 is not what entry 11 was chained to"):
        journal.sound(10)
    with pytest.raises(JournalCorrupt, match="is missing"):
        journal.sound(len(GOOD) + 1)
    journal.close()


def test_a_look_up_that_misses_is_named(tmp_path: Path) -> None:
    journal = journal_of(tmp_path / "journal")
    assert journal.unfound(1, len(GOOD) + 1) is None
    assert journal.unfound(5, len(GOOD) + 3) == len(GOOD) + 1
    journal.close()


def test_a_journal_under_another_ledgers_name_does_not_verify(tmp_path: Path) -> None:
    journal = journal_of(tmp_path / "journal", "ff" * 16)
    report = verify(journal)
    assert (report.bad_entry, "f" * 32 in report.reason) == (1, True)
    journal.close()


@pytest.mark.parametrize(("seq", "digest", "holds"), [(-1, "", True), (0, "", True), (5, "0" * 64, False)])
def test_a_kept_head_must_still_be_there(seq: int, digest: str, holds: bool, tmp_path: Path) -> None:
    journal = journal_of(tmp_path / "journal")
    kept = {-1: None, 0: (journal.head, journal.head_hash.hex())}.get(seq, (seq, digest))
    assert verify(journal, None, kept).verified is holds
    if kept is not None:
        assert not verify(journal, None, (kept[0] + len(GOOD), kept[1])).verified
    journal.close()


def test_a_row_that_was_changed_on_the_disk_is_not_served(tmp_path: Path) -> None:
    path = new_ledger(tmp_path / "ledger")
    env = TablesEnv(path / "books", writable=True)
    with env._env.begin(write=True) as txn:
        raw = txn.get(b"002", db=env.databases["bank"])
        txn.put(b"002", raw.replace(b"RAKYAT", b"RAKYAS"), db=env.databases["bank"])
    env.renew()
    assert env.below("bank").get("009") is not None
    for read in (lambda: env.below("bank").get("002"), lambda: list(env.below("bank").range("", "z"))):
        with pytest.raises(JournalCorrupt, match="bank: the row 002 is not as it was written"):
            read()
    env.close()
    with pytest.raises(JournalCorrupt, match="siskohat-ledger rebuild"):
        open_store(path)


@pytest.fixture
def books(tmp_path: Path) -> Path:
    return new_ledger(tmp_path / "ledger") / "books"


def looked_through(books: Path) -> int:
    env = TablesEnv(books, writable=False)
    try:
        return env.look_through()
    finally:
        env.close()


def test_a_look_at_sound_books_counts_every_row(books: Path) -> None:
    env = TablesEnv(books, writable=False)
    rows = sum(len(list(env.below(name).range("", LAST))) for name in TABLES)
    env.close()
    assert looked_through(books) == rows > 10


def test_a_row_that_is_hidden_is_found_missing(books: Path) -> None:
    """No read of a row can notice it: what is not found is answered as not there."""
    env = TablesEnv(books, writable=False)
    *_, (last, _) = env.below("bank").range("", LAST)
    env.close()
    before = looked_through(books)
    assert hide_last_row(books, last)
    env = TablesEnv(books, writable=False)
    assert env.below("bank").get(last) is None
    with pytest.raises(JournalCorrupt, match=r"table bank: \d+ rows are found of \d+; siskohat-ledger rebuild"):
        env.look_through()
    env.close()
    journal = Journal.open(books.with_name("journal"), writable=False, map_bytes=SMALL_MAP)
    rebuild(journal, books)
    journal.close()
    assert looked_through(books) == before


@pytest.mark.parametrize(("order", "said"), [([1, 0], "is not found by its key"), ([0, 0], "is out of order")])
def test_rows_out_of_their_order_are_found(books: Path, order: list[int], said: str) -> None:
    """Where look-ups go astray though each row is sound."""
    assert change_leaves(books, "002", lambda places, _: [places[at] for at in order] + places[2:])
    with pytest.raises(JournalCorrupt, match=said):
        looked_through(books)


def test_a_row_changed_on_the_disk_is_found_by_a_look(books: Path) -> None:
    file = books / "data.mdb"
    file.write_bytes(file.read_bytes().replace(b"RAKYAT", b"RAKYAS"))
    with pytest.raises(JournalCorrupt, match="bank: the row 002 is not as it was written"):
        looked_through(books)


def test_an_empty_key_is_a_row_that_is_not_there(tmp_path: Path) -> None:
    env = TablesEnv(new_ledger(tmp_path / "ledger") / "books", writable=False)
    assert env.below("calon").get("") is None
    env.close()


def test_slots_that_a_crash_left_empty_are_keys_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Used ones stay as they are: an empty one among them was destroyed."""
    monkeypatch.setattr(vault, "SLOTS_AHEAD", 8)
    kunci = FileVault.create(tmp_path / "kunci")
    for slot in (1, 3, 6):
        os.pwrite(kunci._slots, DESTROYED, len(HEADER) + SLOT * slot)
    kunci.make_sure(2)
    slots = (tmp_path / "kunci" / "slot.dat").read_bytes()[len(HEADER) :]
    empty = [n for n in range(8) if slots[SLOT * n : SLOT * n + SLOT] == DESTROYED]
    assert empty == [1]
    kunci.close()


@pytest.mark.parametrize(
    ("number", "error"),
    [
        (errno.EROFS, UnsafeSetting),
        (errno.EACCES, UnsafeSetting),
        (errno.ENOSPC, JournalFull),
        (errno.EIO, JournalFailed),
    ],
)
def test_a_ledger_that_cannot_be_opened_says_so(
    number: int, error: type[LedgerError], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = new_ledger(tmp_path / "ledger")
    honest = os.open

    def failing(name: Any, flags: int, *rest: Any, **named: Any) -> int:
        if str(name).endswith("writer.lock"):
            raise OSError(number, os.strerror(number))
        return honest(name, flags, *rest, **named)

    monkeypatch.setattr(os, "open", failing)
    with pytest.raises(error, match=os.strerror(number)):
        Store.open(path)


def test_damage_that_lmdb_finds_while_the_ledger_is_opened_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = new_ledger(tmp_path / "ledger")

    def damaged(*_: object, **__: object) -> None:
        raise lmdb.CorruptedError("mdb_get")

    monkeypatch.setattr(TablesEnv, "__init__", damaged)
    with pytest.raises(JournalCorrupt, match="cannot be read"):
        open_store(path)
