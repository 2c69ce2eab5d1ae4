"""A ledger directory as a whole: journal, books, keys, and the engine that stands on them.

    journal/    the truth (ledger.journal)
    books/      derived tables (ledger.checkpoint); may be deleted
    kunci/      keys (ledger.vault); may lie elsewhere
    jangkar/    anchors of closed days (ledger.anchor); the newest is asked at every start
    karantina/  frames put aside for the operator, sealed

`post_batch` is group commit without a network: what the host's committer does for terminals, and what provisioning
and tests do directly.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from errno import EACCES, ENOSPC, EPERM, EROFS
from itertools import chain, islice
from pathlib import Path

import lmdb
import msgspec

from ledger import batch
from ledger.batch import Outcome
from ledger.books import Books
from ledger.checkpoint import TablesEnv, advance, catch_up, check_watermark, rebuild
from ledger.codec import decode_entry
from ledger.engine import Asked, Engine, Posted
from ledger.errors import FormatMismatch, JournalCorrupt, JournalFailed, JournalFull, KeyDestroyed, UnsafeSetting
from ledger.journal import MAP_BYTES, Journal, fsync_dir
from ledger.kinds.pembukaan import Pembukaan
from ledger.kinds.spph import Pribadi, identitas_ktp
from ledger.records import Entry
from ledger.tables import GONE, LAST
from ledger.vault import FileVault
from ledger.witness import FOLDER, KNOWN_HEAD, Head, check_known, check_start, keep_head

FORMS_TRIED = 16
"""So many forms are tried at a start before their keys are taken for those of another ledger."""


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What the storage may raise while a ledger is opened, as the errors of `ledger.errors`."""
    try:
        yield
    except OSError as error:
        if error.errno == ENOSPC:
            raise JournalFull(f"{path} cannot be opened: {error}") from error
        if error.errno in {EROFS, EACCES, EPERM}:
            raise UnsafeSetting(f"{path} cannot be opened for writing: {error}") from error
        raise JournalFailed(f"{path} cannot be opened: {error}") from error
    except (lmdb.Error, struct.error, ValueError) as error:
        raise JournalCorrupt(f"{path} cannot be read: {error}") from error


class Store:
    """One ledger, open for writing."""

    def __init__(self, path: Path, journal: Journal, vault: FileVault, env: TablesEnv) -> None:
        self.path = path
        self.journal = journal
        self.vault = vault
        self.env = env
        self.books = Books(vault, env.below)
        self.watermark, digest = check_watermark(journal, env)
        catch_up(self.books, journal, self.watermark, digest, journal.head)
        last = journal.get(journal.head)
        waktu_us = decode_entry(last).stamp.waktu_us if last else 0
        self.engine = Engine(self.books, vault.digest, journal.head, journal.head_hash, waktu_us)
        if vault.slots < self.books.kunci_next():
            # New slots in their place would look like keys and open nothing.
            raise FormatMismatch(f"{vault.slots} key slots for {self.books.kunci_next()} sealed forms: an old slot.dat")
        self._check_keys()
        vault.make_sure(self.books.kunci_next())
        vault.make_slots(self.books.kunci_next())

    def _check_keys(self) -> None:
        """See that the keys are this ledger's: some form opens, and its person is found under the same index.

        One is enough: a seal may be damaged, which is for `verify` to say, or its key destroyed. Raises FormatMismatch.
        """
        memory = (row for row in self.books.tables["spph"].rows.values() if row is not GONE)
        forms = (row for _, row in self.env.below("spph").range("", LAST))
        tried = 0
        for row in islice(chain(forms, memory), FORMS_TRIED):
            facts = decode_entry(self.journal.sound(row.seq)).facts
            try:
                sealed = self.vault.open(facts.kunci, facts.segel, facts.nomor_spph)
            except KeyDestroyed:
                continue
            except JournalCorrupt:
                tried += 1
                continue
            plain = msgspec.msgpack.decode(sealed, type=Pribadi)
            identitas = f"NIK:{plain.nik}" if plain.nik else identitas_ktp(row.kab_kota, plain.ktp_lama)
            if self.vault.index(identitas) != facts.identitas:
                raise FormatMismatch(f"{self.vault.path / 'indeks.key'} is not the key of this ledger")
            return
        if tried:
            raise FormatMismatch(f"{self.vault.path}: induk.key or slot.dat is not of this ledger: no form opens")

    @classmethod
    def create(
        cls,
        path: Path,
        *,
        nama: str,
        demo: bool,
        user: str,
        device: str,
        waktu_us: int,
        random: Callable[[int], bytes] = os.urandom,
        map_bytes: int = MAP_BYTES,
    ) -> Store:
        """Make a ledger in a directory that does not exist yet, with its opening entry."""
        if path.exists():
            raise FormatMismatch(f"{path} exists already")
        path.mkdir(mode=0o700, parents=True)
        ledger = random(16).hex()
        FileVault.create(path / "kunci", random).close()
        Journal.create(path / "journal", ledger, map_bytes).close()
        TablesEnv.create(path / "books")
        (path / "karantina").mkdir(mode=0o700)
        fsync_dir(path)
        fsync_dir(path.parent)
        store = cls.open(path, random=random, map_bytes=map_bytes)
        posted = store.engine.open_ledger(Pembukaan(ledger, nama, demo, user, device), waktu_us)
        assert isinstance(posted, Posted), "a new ledger takes its opening entry"
        store.commit()
        return store

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        keys: Path | None = None,
        anchors: Path | None = None,
        random: Callable[[int], bytes] = os.urandom,
        map_bytes: int = MAP_BYTES,
    ) -> Store:
        """Open a ledger and replay what its books have not got. Raises the errors of `ledger.errors`.

        `keys` and `anchors` are where these lie when not in `kunci/` and `jangkar/` of the ledger. WitnessAhead: the
        newest anchor knows an entry that this journal has not got.
        """
        with ExitStack() as undo, _told(path):
            journal = Journal.open(path / "journal", writable=True, map_bytes=map_bytes)
            undo.callback(journal.close)
            if journal.potongan is not None and not journal.potongan.dilayani:
                raise UnsafeSetting(f"{path} is a {journal.potongan}")
            journal.check_last()
            check_start(journal, anchors or path / FOLDER)
            check_known(journal, path / KNOWN_HEAD)
            vault = FileVault(keys or path / "kunci", random)
            undo.callback(vault.close)
            if not (path / "books" / "data.mdb").exists():
                rebuild(journal, path / "books")
            env = TablesEnv(path / "books", writable=False)
            undo.callback(env.close)
            store = cls(path, journal, vault, env)
            undo.pop_all()
        return store

    @property
    def opening(self) -> Entry:
        """Entry 1: the ledger's identity."""
        body = self.journal.get(1)
        assert body is not None, "a ledger has its opening entry"
        return decode_entry(body)

    def post_batch(self, asked: Sequence[Asked]) -> list[Outcome]:
        """Decide requests in order and make their entries durable in one commit; outcomes in the same order."""
        outcomes = batch.run(self.engine, asked)
        self.commit()
        return outcomes

    def commit(self) -> None:
        """Make the engine's batch durable, then part of the books. Raises what `Journal.append` raises."""
        if self.engine.bodies:
            try:
                self.journal.append(self.engine.bodies)
            except BaseException as error:
                self.engine.abandon()
                if isinstance(error, JournalCorrupt):
                    self._remember_head()
                raise
            self.engine.settle()
            self.vault.make_slots(self.books.kunci_next())

    def sound(self, seq: int) -> bytes:
        """The bytes of an entry that an answer rests on. Raises JournalCorrupt."""
        try:
            return self.journal.sound(seq)
        except JournalCorrupt:
            self._remember_head()
            raise

    def _remember_head(self) -> None:
        """The disk has lost entries that were answered: write down what was there, for the next start to hold against.

        Raises JournalCorrupt where that fails too.
        """
        journal = self.journal
        try:
            keep_head(self.path / KNOWN_HEAD, Head(journal.ledger, journal.head, journal.head_hash.hex()))
        except OSError as error:
            raise JournalCorrupt(
                f"entry {journal.head} was written and is lost; nor can that be kept: {error}"
            ) from error

    @property
    def behind(self) -> int:
        """Entries that are in the journal and not yet in the tables' environment."""
        return self.journal.head - self.watermark

    def freeze(self) -> int:
        """Begin a checkpoint: returns the entry to advance the tables to."""
        for table in self.books.tables.values():
            table.freeze()
        return self.journal.head

    def settle(self) -> None:
        """A checkpoint is durable: read on from the new watermark."""
        self.env.renew()
        for table in self.books.tables.values():
            table.settle()
        self.watermark, _ = self.env.watermark

    def thaw(self) -> None:
        """A checkpoint did not come through: go on as before it."""
        for table in self.books.tables.values():
            table.thaw()

    def checkpoint(self) -> int:
        """Bring the tables to the head, here and now. Returns how many entries they were behind."""
        try:
            self.journal.check_end()
        except JournalCorrupt:
            self._remember_head()
            raise
        upto = self.freeze()
        self.env.close()  # LMDB does not open a file twice in one process
        done = advance(self.journal, self.path / "books", upto)
        self.env = TablesEnv(self.path / "books", writable=False)
        for name, table in self.books.tables.items():
            table.lay_on(self.env.below(name))
        self.settle()
        return done

    def close(self) -> None:
        """Close everything; the books are left where they are."""
        self.env.close()
        self.vault.close()
        self.journal.close()
