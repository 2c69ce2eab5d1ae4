"""The LMDB tables under the books: one database per table, and the watermark they stand at.

Layout: a database per name in `books.TABLES` (key: the row's key in UTF-8; value: msgpack of the row and 4 bytes of
checksum over table, key and row), and "meta" with "watermark" -> msgpack array [seq, hash of that entry], written in
the same transaction as the rows. The environment may be deleted at any time; `advance` derives it again from the
journal.

`advance` is what a checkpoint, a rebuild and a slow restart have in common: apply the journal's entries from the
watermark on, and carry the changed rows down in sorted bulk. The host runs it in a process of its own
(`siskohat-ledger checkpoint`): in a thread each put would queue for the interpreter lock behind a busy loop.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import lmdb
import msgspec

from ledger.books import TABLES, Books
from ledger.codec import HASH_NONE, decode_entry, hash_entry
from ledger.engine import replay
from ledger.errors import FormatMismatch, JournalCorrupt, JournalFailed, LedgerBusy
from ledger.journal import Journal, fsync_dir, open_env
from ledger.tables import GONE, Below
from ledger.vault import NoVault

ENTRIES_PER_COMMIT = 50_000
"""Entries applied between two commits of `advance`: bounds its memory and the work lost to a kill."""
MAP_BYTES = 64 << 30
SUM_BYTES = 4
_SUM_HOLDS = 0x2144DF1C
"""CRC-32 over anything followed by its own CRC-32: a row is checked in one go, without taking it apart."""

_encode = msgspec.msgpack.Encoder().encode
_decoders: dict[str, Callable[[Any], Any]] = {
    name: msgspec.msgpack.Decoder(row).decode for name, (row, _) in TABLES.items()
}


class TablesEnv:
    """The environment of the tables, opened for reading (the host) or for writing (`advance`)."""

    def __init__(self, path: Path, *, writable: bool) -> None:
        self._env = open_env(path, readonly=not writable, map_bytes=MAP_BYTES, max_dbs=len(TABLES) + 1)
        try:
            self.databases = {name: self._env.open_db(name.encode(), create=False) for name in (*TABLES, "meta")}
        except lmdb.Error as error:
            raise FormatMismatch(f"{path} holds no books of this format: {error}") from error
        self._env.reader_check()
        self.txn = self._env.begin()

    @classmethod
    def create(cls, path: Path) -> None:
        """Make an empty environment, at watermark 0; its name is durable on return."""
        path.mkdir(mode=0o700)
        env = lmdb.open(str(path), map_size=MAP_BYTES, max_dbs=len(TABLES) + 1, mode=0o600, lib_version=0)
        for name in TABLES:
            env.open_db(name.encode())
        meta = env.open_db(b"meta")
        with env.begin(write=True) as txn:
            txn.put(b"watermark", _encode((0, HASH_NONE)), db=meta)
        env.close()
        fsync_dir(path)
        fsync_dir(path.parent)

    def renew(self) -> None:
        """See what has been committed since the last renewal."""
        self.txn.abort()
        self.txn = self._env.begin()

    @property
    def watermark(self) -> tuple[int, bytes]:
        """The last entry the rows contain, and its hash."""
        raw = self.txn.get(b"watermark", db=self.databases["meta"])
        if raw is None:
            raise FormatMismatch("the books have no watermark")
        seq, digest = msgspec.msgpack.decode(raw, type=tuple[int, bytes])
        return seq, digest

    def below(self, name: str) -> Below[Any]:
        """The rows of one table, for `Books`."""
        return Rows(self, name)

    def look_through(self) -> int:
        """Look at every row of every table, as `Rows.look_through` does. Returns how many. Raises JournalCorrupt."""
        return sum(Rows(self, name).look_through() for name in TABLES)

    def write(self, books: Books, seq: int, digest: bytes) -> None:
        """Carry the memory of `books` down and move the watermark to `seq`, in one transaction. Raises LedgerBusy."""
        try:
            with self._env.begin(write=True) as txn:
                meta = self.databases["meta"]
                if txn.get(b"watermark", db=meta) != _encode(self.watermark):
                    raise LedgerBusy("another checkpoint moved these books on meanwhile")
                for name, table in books.tables.items():
                    self._write_table(txn, name, table.rows)
                txn.put(b"watermark", _encode((seq, digest)), db=meta)
        except lmdb.Error as error:
            raise JournalFailed(f"checkpoint to entry {seq}: {error}") from error

    def _write_table(self, txn: lmdb.Transaction, name: str, rows: dict[str, Any]) -> None:
        database = self.databases[name]
        seed = crc32(name.encode())
        items = sorted(sealed(seed, key.encode(), row) for key, row in rows.items() if row is not GONE)
        with txn.cursor(db=database) as cursor:
            consumed, _ = cursor.putmulti(items)
            assert consumed == len(items), "every row was written"
        for key, row in rows.items():
            if row is GONE:
                txn.delete(key.encode(), db=database)

    def close(self) -> None:
        """Close the environment."""
        self.txn.abort()
        self._env.close()


def sealed(seed: int, key: bytes, row: Any) -> tuple[bytes, bytes]:
    """Key and value of a row as they are stored; `seed` is the CRC-32 of the table's name."""
    body = _encode(row)
    return key, body + crc32(key + body, seed).to_bytes(SUM_BYTES, "little")


class Rows:
    """One table of a `TablesEnv` as a `Below`: rows checked and decoded as they are read.

    Raises JournalCorrupt for a row that is not as it was written: one flipped bit must not become an answer.
    """

    def __init__(self, env: TablesEnv, name: str) -> None:
        self._env = env
        self._database = env.databases[name]
        self._decode = _decoders[name]
        self._name = name
        self._seed = crc32(name.encode())

    def _open(self, key: bytes, raw: bytes) -> Any:
        if crc32(key + raw, self._seed) != _SUM_HOLDS:
            raise self._damaged(f"the row {key.decode(errors='replace')} is not as it was written")
        return self._decode(raw[:-SUM_BYTES])

    def _damaged(self, what: object) -> JournalCorrupt:
        return JournalCorrupt(f"books, table {self._name}: {what}; siskohat-ledger rebuild derives them again")

    def get(self, key: str) -> Any:
        """The row, or None. As bytes: making a memoryview costs 0.4 us more than copying a row of 100 bytes."""
        name = key.encode()
        if not name:
            return None  # no row has it, and LMDB takes the question for an error
        try:
            raw = self._env.txn.get(name, None, self._database)
        except lmdb.Error as error:
            raise self._damaged(error) from error
        if raw is None:
            return None
        if crc32(name + raw, self._seed) != _SUM_HOLDS:  # as `_open` does, without its call: every deposit
            raise self._damaged(f"the row {key} is not as it was written")
        decode = self._decode
        return decode(raw[:-SUM_BYTES])

    def range(self, start: str, stop: str) -> Iterator[tuple[str, Any]]:
        """Rows with start <= key < stop, in key order."""
        end = stop.encode()
        try:
            with self._env.txn.cursor(db=self._database) as cursor:
                if not cursor.set_range(start.encode()):
                    return
                for key, raw in cursor:
                    if key >= end:
                        return
                    row = self._open(key, raw)
                    yield key.decode(), row
        except lmdb.Error as error:
            raise self._damaged(error) from error

    def back(self, start: str, stop: str) -> Iterator[tuple[str, Any]]:
        """Rows with start <= key < stop, from the last to the first."""
        first = start.encode()
        try:
            with self._env.txn.cursor(db=self._database) as cursor:
                if not (cursor.prev() if cursor.set_range(stop.encode()) else cursor.last()):
                    return
                for key, raw in cursor.iterprev():
                    if key < first:
                        return
                    row = self._open(key, raw)
                    yield key.decode(), row
        except lmdb.Error as error:
            raise self._damaged(error) from error

    def look_through(self) -> int:
        """Look whether every row is as it was written, in order, and found where a look-up looks for it.

        A bit that flips in a page of keys or of pointers hides rows, and a look-up takes what is hidden for what was
        never there. Here that shows: as a row out of its order, one that a scan finds and a look-up does not, or as
        more or fewer rows than LMDB has counted. Returns how many. Raises JournalCorrupt.
        """
        txn, database = self._env.txn, self._database
        rows, last = 0, b""
        try:
            with txn.cursor(db=database) as cursor:
                for key, raw in cursor:
                    if key <= last:
                        raise self._damaged(f"the row {key.decode(errors='replace')} is out of order")
                    self._open(key, raw)
                    if txn.get(key, None, database) != raw:
                        raise self._damaged(f"the row {key.decode(errors='replace')} is not found by its key")
                    rows, last = rows + 1, key
            counted = txn.stat(database)["entries"]
        except lmdb.MemoryError as error:
            raise MemoryError(f"books, table {self._name}: {error}") from error
        except lmdb.Error as error:
            raise self._damaged(error) from error
        if rows != counted:
            raise self._damaged(f"{rows} rows are found of {counted}")
        return rows


def advance(
    journal: Journal, path: Path, upto: int | None = None, progress: Callable[[int, int], None] | None = None
) -> int:
    """Bring the tables at `path` to entry `upto` (default: the journal's head). Returns how many entries it applied.

    `progress(done, total)` is called after each commit. Raises JournalCorrupt when the chain breaks on the way and
    FormatMismatch when the tables are not of this journal.
    """
    env = TablesEnv(path, writable=True)
    try:
        seq, digest = check_watermark(journal, env)
        start, stop = seq, journal.head if upto is None else upto
        while seq < stop:
            # Nothing pinned: the memory is then what has changed, and that is what is carried down.
            books = Books(NoVault(), env.below, may_pin=False)
            seq, digest = catch_up(books, journal, seq, digest, min(stop, seq + ENTRIES_PER_COMMIT))
            env.write(books, seq, digest)
            env.renew()
            if progress is not None:
                progress(seq - start, stop - start)
        return seq - start
    finally:
        env.close()


def catch_up(books: Books, journal: Journal, seq: int, digest: bytes, stop: int) -> tuple[int, bytes]:
    """Apply entries seq+1 to stop (included) to the books' memory. Returns the new watermark."""
    for number, body in journal.read(seq + 1, stop + 1):
        entry = decode_entry(body)
        if number != seq + 1 or entry.stamp.seq != number or entry.hash_before != digest:
            raise JournalCorrupt(f"entry {number} does not follow entry {seq}")
        try:
            replay(books, entry)
        except AssertionError as error:
            raise JournalCorrupt(f"entry {number} cannot stand after those before it: {error}") from error
        seq, digest = number, hash_entry(body)
    books.keep()
    if seq != stop:
        raise JournalCorrupt(f"the journal ends at entry {seq}, expected {stop}")
    return seq, digest


def check_watermark(journal: Journal, env: TablesEnv) -> tuple[int, bytes]:
    """The watermark, if it is a point of this journal. Raises FormatMismatch."""
    seq, digest = env.watermark
    body = journal.get(seq) if seq else None
    found = HASH_NONE if seq == 0 else None if body is None else hash_entry(body)
    if found != digest:
        raise FormatMismatch(
            f"the books stand at entry {seq}, which this journal (head {journal.head}) does not hold as they know it"
        )
    return seq, digest


def rebuild(journal: Journal, path: Path, progress: Callable[[int, int], None] | None = None) -> int:
    """Derive the tables from nothing: beside the old ones, which are replaced when the new ones are complete."""
    fresh = path.with_name(path.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    TablesEnv.create(fresh)
    done = advance(journal, fresh, progress=progress)
    shutil.rmtree(path, ignore_errors=True)
    fresh.rename(path)
    fsync_dir(path.parent)
    return done
