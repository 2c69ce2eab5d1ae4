"""Append-only store of numbered, hash-chained entries: one LMDB environment.

Layout (docs/ledger-format.md):

    database "entries"   key: entry number, 8 bytes big-endian, from 1 without gap; value: the entry's msgpack array
    database "meta"      "format" -> msgpack map {format, versi, ledger}; "kepala" -> msgpack array [last entry, its
                         hash], written with it; in a part of a ledger also "potongan"

A record is valid when its number is its key, its `sebelum` is the SHA-256 of the value before it (32 zero bytes for
entry 1), and its kind's rules hold; `ledger.verify` checks all of it. There is no update and no delete.

House rules (each was seen to matter): engine 0.9 pinned; one writer, held by a lock file; begin, put and commit on
one thread; default sync, no writemap; map size chosen at open; a failed commit is never retried.
"""

from __future__ import annotations

import fcntl
import os
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from struct import Struct as Packer

import lmdb
import msgspec
from lmdb.verify import VerifyError
from lmdb.verify import verify as verify_file
from msgspec import Struct

from ledger.codec import HASH_NONE, decode_row, hash_entry
from ledger.errors import FormatMismatch, JournalCorrupt, JournalFailed, JournalFull, JournalPoisoned, LedgerBusy

FORMAT = "siskohat-journal"
FORMAT_VERSI = 1
MAP_BYTES = 64 << 30
"""Address space, not disk: the file grows with what is in it."""
READ_CHUNK = 20_000
"""Entries read in one read transaction, so that a long reader does not keep pages from the writer."""

_ENGINE = 0
"""LMDB 0.9 (`lib_version` 0): the file format of this ledger."""
BEHIND_THE_END = "EOF"
"""In what py-lmdb's own verification says of a page that is in use and not in the file."""

_key = Packer(">Q")
_encode = msgspec.msgpack.Encoder().encode
_roots = Packer("<16s24xI92xQQ")
"""LMDB's page of roots (0.9, 64 bits): header; bytes of a page, the last page given out, number of the commit."""


class Potongan(Struct, frozen=True):
    """The mark of a part: entries 1 to `sampai` of a journal that had `dari` entries, the last of hash `kepala`.

    `dilayani`: somebody has decided that a host may go on from it, and give the numbers after `sampai` again.
    """

    sampai: int
    dari: int
    kepala: str
    dilayani: bool

    def __str__(self) -> str:
        return f"PART: entries 1 to {self.sampai} of {self.dari}, {'' if self.dilayani else 'not '}to be served"


def fsync_dir(path: Path) -> None:
    """Make the names in a directory durable."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def put_durably(file: Path, content: bytes) -> None:
    """Put a file there whole or not at all, durably. Two processes may do so at once: they write the same."""
    if file.exists() and file.read_bytes() == content:
        return
    fresh = file.with_name(f"{file.name}.{os.getpid()}.new")
    with fresh.open("wb") as out:
        fresh.chmod(0o600)
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    fresh.rename(file)
    fsync_dir(file.parent)


def open_env(path: Path, *, readonly: bool, map_bytes: int, max_dbs: int) -> lmdb.Environment:
    """Open an LMDB environment by the house rules. Raises FormatMismatch."""
    try:
        _check_length(path / "data.mdb")
        return lmdb.open(
            str(path),
            map_size=map_bytes,
            max_dbs=max_dbs,
            readonly=readonly,
            create=False,
            readahead=False,
            meminit=False,
            max_readers=512,
            lib_version=_ENGINE,
        )
    except (lmdb.Error, OSError) as error:
        raise FormatMismatch(f"{path} cannot be opened: {error}") from error


def _check_length(file: Path) -> None:
    """Refuse a file that was cut short: its missing pages, read through the map, would end the process (SIGBUS).

    The newer page of roots says how far pages were given out. A file may end before that all the same: a page that was
    given out and taken back in one commit is never written. Then only a walk over all that is in use tells.
    """
    with file.open("rb") as handle:
        first = handle.read(_roots.size)
        if len(first) < _roots.size:
            return  # LMDB says by itself that this is no file of its own
        _, page, *_ = _roots.unpack(first)
        handle.seek(page)
        second = handle.read(_roots.size)
        size = os.fstat(handle.fileno()).st_size
    if len(second) < _roots.size:
        return
    _, last = max((commit, last) for _, _, last, commit in map(_roots.unpack, (first, second)))
    if size >= (last + 1) * page:
        return
    try:
        problems = verify_file(str(file), subdir=False)  # type: ignore[no-untyped-call]
    except VerifyError:
        return  # and that its roots cannot be read
    missing = next((problem for problem in problems if BEHIND_THE_END in problem), None)
    if missing is not None:
        raise FormatMismatch(f"{file} is cut short, {size} bytes of {(last + 1) * page}: {missing}")


def usage(env: lmdb.Environment) -> float:
    """Share of the map that is in use, 0 to 1."""
    info = env.info()
    return float((info["last_pgno"] + 1) * env.stat()["psize"] / info["map_size"])


def copy_env(env: lmdb.Environment, dest: Path, *, compact: bool) -> None:
    """Copy an environment as it is at one moment, while others write to it; durable but for its directory's name.

    A compact copy leaves free pages out and takes longer. Raises JournalCorrupt, JournalFailed.
    """
    dest.mkdir(mode=0o700)
    try:
        env.copy(str(dest), compact=compact)
    except (lmdb.CorruptedError, lmdb.PageNotFoundError) as error:
        raise JournalCorrupt(f"{env.path()} cannot be copied: {error}") from error
    except lmdb.Error as error:
        raise JournalFailed(f"{env.path()} cannot be copied: {error}") from error
    (dest / "data.mdb").chmod(0o600)
    with (dest / "data.mdb").open("rb") as file:
        os.fsync(file.fileno())
    fsync_dir(dest)


class Journal:
    """The journal of one ledger. `head` is the number of the last entry, `head_hash` its SHA-256."""

    def __init__(self, path: Path, env: lmdb.Environment, lock: int | None) -> None:
        self.path = path
        self.ledger = ""
        """Identity of the ledger, as the file says; that of entry 1 must be the same."""
        self.potongan: Potongan | None = None
        """What a restore up to an entry has left of a ledger says so, for ever."""
        self._env = env
        self._lock = lock
        self._thread = threading.get_ident()
        self._entries = env.open_db(b"entries", create=False)
        self._meta = env.open_db(b"meta", create=False)
        with env.begin(db=self._entries) as txn, txn.cursor() as cursor:
            try:
                self.head = _key.unpack(cursor.key())[0] if cursor.last() else 0
            except struct.error:
                raise JournalCorrupt(f"{path}: the last entry has a key of {len(cursor.key())} bytes") from None
            self.head_hash = hash_entry(cursor.value()) if self.head else HASH_NONE
            count = txn.stat(self._entries)["entries"]
            raw = txn.get(b"kepala", db=self._meta)  # in one transaction with the last entry: a host may be writing
        if count != self.head:
            raise JournalCorrupt(f"the journal holds {count} entries and its last number is {self.head}")
        self._opened = (self.head, self.head_hash)
        self._last = _last_known(path, raw)

    @classmethod
    def create(cls, path: Path, ledger: str, map_bytes: int = MAP_BYTES) -> Journal:
        """A new, empty journal in a directory that does not exist yet; its name is durable on return."""
        path.mkdir(mode=0o700)
        env = lmdb.open(str(path), map_size=map_bytes, max_dbs=2, mode=0o600, lib_version=_ENGINE)
        meta = env.open_db(b"meta")
        env.open_db(b"entries")
        with env.begin(write=True) as txn:
            head = {"format": FORMAT, "versi": FORMAT_VERSI, "ledger": ledger}
            txn.put(b"format", msgspec.msgpack.encode(head), db=meta)
        env.close()
        fsync_dir(path)
        fsync_dir(path.parent)
        return cls.open(path, writable=True, map_bytes=map_bytes)

    @classmethod
    def open(cls, path: Path, *, writable: bool, map_bytes: int = MAP_BYTES) -> Journal:
        """Open an existing journal. Raises FormatMismatch, JournalCorrupt, and LedgerBusy for a second writer."""
        if not (path / "data.mdb").is_file():
            raise FormatMismatch(f"{path} holds no journal")
        with ExitStack() as undo:
            lock = _take_lock(path) if writable else None
            if lock is not None:
                undo.callback(os.close, lock)
            env = open_env(path, readonly=not writable, map_bytes=map_bytes, max_dbs=2)
            undo.callback(env.close)
            try:
                ledger = _check_format(path, env)
                env.reader_check()
                if writable:
                    # A process killed in its commit may have left what can be read and is not yet on the disk; a
                    # repeat is answered from it.
                    env.sync(True)
                journal = cls(path, env, lock)
                journal.ledger = ledger
                journal.potongan = _read_mark(path, env)
            except lmdb.Error as error:
                raise FormatMismatch(f"{path} is no journal of this format: {error}") from error
            undo.pop_all()
        return journal

    def append(self, bodies: Sequence[bytes]) -> None:
        """Make entries durable, numbered on from the head, all or none.

        Raises JournalFull when the map has no room (nothing was written), JournalFailed or JournalPoisoned when the
        outcome is unknown, and JournalCorrupt when the disk has lost what an earlier commit was said to have written:
        then nothing may be answered and the process must end.
        """
        assert self._lock is not None, "the journal was opened for writing"
        # A transaction committed on another thread than it began on hangs the next one for ever.
        assert threading.get_ident() == self._thread, "one writer thread"
        start = self.head + 1
        items = list(zip(map(_key.pack, range(start, start + len(bodies))), bodies, strict=True))
        head, digest = self.head + len(items), hash_entry(bodies[-1])
        try:
            self.check_end()
            with self._env.begin(write=True, db=self._entries) as txn, txn.cursor() as cursor:
                # putmulti(append=True) out of order does not raise, it writes nothing: the counts must agree.
                assert cursor.putmulti(items, append=True) == (len(items), len(items)), "every entry was appended"
                txn.put(b"kepala", _encode((head, digest)), db=self._meta)
        except lmdb.MapFullError as error:
            raise JournalFull(f"no room for entry {start}") from error
        except lmdb.PanicError as error:
            raise JournalPoisoned(f"commit of entries {start} to {start + len(items) - 1}: {error}") from error
        except lmdb.Error as error:
            raise JournalFailed(f"commit of entries {start} to {start + len(items) - 1}: {error}") from error
        self.head, self.head_hash = head, digest

    def check_end(self) -> None:
        """See that the journal ends where this process has left it. Raises JournalCorrupt.

        A page of roots that the disk took and did not write leaves the tree of an earlier commit. LMDB builds on it
        without a word: all that follows would stand behind a gap, and be lost with it at the next start.
        """
        with self._env.begin(db=self._entries) as txn, txn.cursor() as cursor:
            end = int.from_bytes(cursor.key()) if cursor.last() else 0
        if end != self.head:
            raise JournalCorrupt(f"entry {self.head} was written, and the journal ends at entry {end}")

    def check_last(self) -> None:
        """Hold the last entry against the hash that was written with it; every other is held by the one after it.

        As it was opened: what this process appends it knows. A journal from before this rule says nothing about its
        last entry. Raises JournalCorrupt.
        """
        if self._last is not None and self._last != self._opened:
            raise JournalCorrupt(
                f"entry {self._opened[0]}, the last, is not as it was written: entry {self._last[0]} with another hash"
            )

    def mark(self, potongan: Potongan) -> None:
        """Mark this journal as a part of another. There is no way to take a mark off."""
        assert self._lock is not None, "the journal was opened for writing"
        with self._env.begin(write=True) as txn:
            txn.put(b"potongan", _encode(potongan), db=self._meta)
        self.potongan = potongan

    def get(self, seq: int) -> bytes | None:
        """The stored bytes of one entry, as they lie there."""
        with self._env.begin(db=self._entries) as txn:
            body: bytes | None = txn.get(_key.pack(seq))
        return body

    def sound(self, seq: int) -> bytes:
        """The stored bytes of one entry, held against the hash that the next one carries: what an answer rests on.

        Raises JournalCorrupt when it is missing or not as it was written.
        """
        try:
            with self._env.begin(db=self._entries) as txn:
                body, after = txn.get(_key.pack(seq)), txn.get(_key.pack(seq + 1))
        except lmdb.Error as error:
            raise JournalCorrupt(f"entry {seq} cannot be read: {error}") from error
        if body is None:
            raise JournalCorrupt(f"entry {seq} is missing")
        expected = self.head_hash if after is None else decode_row(after).sebelum
        if hash_entry(body) != expected:
            raise JournalCorrupt(f"entry {seq} is not what entry {seq + 1} was chained to")
        return bytes(body)

    def unfound(self, start: int, stop: int) -> int | None:
        """The first entry from `start` to `stop` (excluded) that a look-up does not find.

        A flipped bit in a branch page can hide from a look-up what a scan goes past.
        """
        with self._env.begin(db=self._entries) as txn:
            return next((seq for seq in range(start, stop) if txn.get(_key.pack(seq)) is None), None)

    def read(self, start: int = 1, stop: int | None = None) -> Iterator[tuple[int, bytes]]:
        """Entries from `start` to `stop` (excluded) or to the end, in order. Goes on while a writer appends."""
        while True:
            chunk = self._chunk(start, stop)
            yield from chunk
            if len(chunk) < READ_CHUNK:
                return
            start = chunk[-1][0] + 1

    def _chunk(self, start: int, stop: int | None) -> list[tuple[int, bytes]]:
        chunk: list[tuple[int, bytes]] = []
        try:
            with self._env.begin(db=self._entries) as txn, txn.cursor() as cursor:
                if not cursor.set_range(_key.pack(start)):
                    return chunk
                for key, body in cursor:
                    seq = _key.unpack(key)[0]
                    if stop is not None and seq >= stop:
                        break
                    chunk.append((seq, body))
                    if len(chunk) == READ_CHUNK:
                        break
        except (lmdb.Error, struct.error) as error:
            raise JournalCorrupt(f"what follows entry {start + len(chunk) - 1} cannot be read: {error}") from error
        return chunk

    def copy(self, dest: Path, *, compact: bool = False) -> None:
        """Copy this journal into a directory that does not exist yet; a writer goes on meanwhile (see `copy_env`)."""
        copy_env(self._env, dest, compact=compact)

    def usage(self) -> float:
        """Share of the map that is in use, 0 to 1."""
        return usage(self._env)

    def reader_check(self) -> int:
        """Free the slots of readers that died; a stale one keeps every page since from being used again."""
        return int(self._env.reader_check())

    def close(self) -> None:
        """Close the environment and give up the writer's lock."""
        self._env.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _take_lock(path: Path) -> int:
    lock = os.open(path / "writer.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise LedgerBusy(f"{path.parent} is written by another process") from None
    return lock


def _check_format(path: Path, env: lmdb.Environment) -> str:
    meta = env.open_db(b"meta", create=False)
    with env.begin(db=meta) as txn:
        raw = txn.get(b"format")
    try:
        head = msgspec.msgpack.decode(raw, type=dict[str, str | int]) if raw else {}
    except msgspec.DecodeError as error:
        raise FormatMismatch(f"{path}: the record of its format cannot be read: {error}") from None
    if (head.get("format"), head.get("versi")) != (FORMAT, FORMAT_VERSI):
        raise FormatMismatch(f"{path} has format {head.get('format')} version {head.get('versi')}, not known here")
    return str(head.get("ledger"))


def _last_known(path: Path, raw: bytes | None) -> tuple[int, bytes] | None:
    try:
        return None if raw is None else msgspec.msgpack.decode(raw, type=tuple[int, bytes])
    except msgspec.DecodeError as error:
        raise JournalCorrupt(f"{path}: what is known of the last entry cannot be read: {error}") from None


def _read_mark(path: Path, env: lmdb.Environment) -> Potongan | None:
    with env.begin(db=env.open_db(b"meta", create=False)) as txn:
        raw = txn.get(b"potongan")
    try:
        return None if raw is None else msgspec.msgpack.decode(raw, type=Potongan)
    except msgspec.DecodeError as error:
        raise FormatMismatch(f"{path}: the mark of a part cannot be read: {error}") from None
