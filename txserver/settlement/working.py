"""The working store: host's and bank's records side by side in SQLite, matched one by one.

A derived file: host records come from the journal, bank records from files that are kept elsewhere, so it may be
deleted and filled again. Every step is one transaction; a process that is killed leaves the step before, and the
step done again gives the same result.

A *round* (`putaran`) is one bank, business day and kind. What is kept of a matching is its differences and the
counts per branch; a record with no difference is BOTH. How records are paired stands in `matching`.

Dasar: D/163 pasal 7(5), 7(6), 7(9).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from ledger.errors import FormatMismatch
from ledger.records import Data
from txserver.settlement.host_side import HostRecord, Reversed
from txserver.settlement.intake import Reading
from txserver.settlement.matching import BranchLine, Difference, match_round
from txserver.settlement.records import GANDA, GANTI, Kepala, Rejected

VERSI = 2
CACHE_KIB = 32_768
TAKEN, SEEN = "SKH0060", "SKH0061"

_SCHEMA = """
CREATE TABLE putaran (
    id INTEGER PRIMARY KEY, bank TEXT, hari TEXT, jenis TEXT, matched INTEGER NOT NULL DEFAULT 0,
    UNIQUE (bank, hari, jenis));
CREATE TABLE berkas (
    id INTEGER PRIMARY KEY, putaran INTEGER, isi BLOB, sha256 BLOB, nama TEXT, bentuk TEXT, cara TEXT, mata_uang TEXT,
    jumlah INTEGER, total INTEGER, berlaku INTEGER, UNIQUE (putaran, isi));
CREATE TABLE host (
    putaran INTEGER, seq INTEGER, nomor_porsi TEXT, nominal INTEGER, mata_uang TEXT, hari TEXT, cabang TEXT,
    device TEXT, stan INTEGER, waktu_us INTEGER, seq_batal INTEGER, PRIMARY KEY (putaran, seq)) WITHOUT ROWID;
CREATE TABLE bank (
    putaran INTEGER, berkas INTEGER, urut INTEGER, nomor_porsi TEXT, nominal INTEGER, mata_uang TEXT, hari TEXT,
    cabang TEXT, stan INTEGER, rrn INTEGER, waktu TEXT, rekening TEXT, device TEXT, baris INTEGER,
    PRIMARY KEY (putaran, berkas, urut)) WITHOUT ROWID;
CREATE TABLE hasil (
    id INTEGER PRIMARY KEY, putaran INTEGER, kelas TEXT, seq INTEGER, berkas INTEGER, urut INTEGER, field TEXT);
CREATE INDEX hasil_host ON hasil (putaran, seq);
CREATE TABLE cabang (
    putaran INTEGER, cabang TEXT, host_n INTEGER, host_total INTEGER, bank_n INTEGER, bank_total INTEGER,
    both INTEGER, host_only INTEGER, bank_only INTEGER, diff INTEGER, duplicate INTEGER, batal INTEGER,
    PRIMARY KEY (putaran, cabang)) WITHOUT ROWID;
"""

_TWICE = """
SELECT min(urut), max(urut), min(baris), max(baris), nomor_porsi FROM bank WHERE putaran = ? AND berkas = ?
GROUP BY nomor_porsi, nominal, cabang, stan, rrn, device HAVING count(*) > 1 ORDER BY 2 LIMIT 1
"""

_DIFFERENCES = """
SELECT d.kelas, d.field, coalesce(h.cabang, b.cabang), h.seq, h.nomor_porsi, h.nominal, h.stan, h.device,
       h.seq_batal, f.nama, b.urut, b.nomor_porsi, b.nominal, b.stan, b.rrn, b.device, b.waktu, b.rekening
FROM hasil d
LEFT JOIN host h ON h.putaran = d.putaran AND h.seq = d.seq
LEFT JOIN bank b ON b.putaran = d.putaran AND b.berkas = d.berkas AND b.urut = d.urut
LEFT JOIN berkas f ON f.id = d.berkas
WHERE d.putaran = ?
ORDER BY 3, d.kelas, h.seq, d.berkas, d.urut
"""


class Taken(Struct, frozen=True, gc=False):
    """What came of a file: its header, its digests, and whether it changed anything (the same content twice does
    not). `id` and `data` are the message to answer with.
    """

    kepala: Kepala
    bentuk: str
    sha256: bytes
    isi_sha256: bytes
    changed: bool
    id: str
    data: Data


class File(Struct, frozen=True, gc=False):
    """One accepted file of a round; `berlaku` is 0 once a later GANTI has replaced it, else 1."""

    nama: str
    bentuk: str
    cara: str
    jumlah: int
    total: int
    sha256: bytes
    berlaku: int


class WorkingStore:
    """One SQLite file for any number of rounds. Used by one thread of one process at a time."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    @classmethod
    def open(cls, path: Path, *, is_synced: bool = True) -> WorkingStore:
        """Open or make the store. Raises FormatMismatch when the file is something else: delete it then.

        A process that is killed leaves whole steps. A machine that is lost may lose the last ones, and tears one only
        where the store is not synced: nobody may open that file again after the machine was started anew.
        """
        db = sqlite3.connect(path, isolation_level=None, timeout=10.0)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute(f"PRAGMA synchronous = {'NORMAL' if is_synced else 'OFF'}")
            db.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
            db.execute("PRAGMA temp_store = FILE")
            versi = db.execute("PRAGMA user_version").fetchone()[0]
            if versi == 0 and not db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
                db.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {VERSI}; COMMIT;")
            elif versi != VERSI:
                raise FormatMismatch(f"{path} is no working store of version {VERSI}; it may be deleted")
        except sqlite3.DatabaseError as error:
            db.close()
            raise FormatMismatch(f"{path} cannot be read as a working store: {error}; it may be deleted") from error
        except FormatMismatch:
            db.close()
            raise
        return cls(db)

    def close(self) -> None:
        """Give the file up."""
        self._db.close()

    def load_host(self, bank: str, hari: str, jenis: str, records: Iterable[HostRecord | Reversed]) -> int:
        """Replace the host's side of a round; returns the number of deposits, reversed ones included."""
        with self._step(bank, hari, jenis) as putaran:
            self._db.execute("DELETE FROM host WHERE putaran = ?", (putaran,))
            self._db.execute("UPDATE putaran SET matched = 0 WHERE id = ?", (putaran,))
            reversals: list[Reversed] = []
            self._db.executemany(
                "INSERT INTO host VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)", _host_rows(putaran, records, reversals)
            )
            self._db.executemany(
                "UPDATE host SET seq_batal = ? WHERE putaran = ? AND seq = ?",
                ((one.seq, putaran, one.seq_asal) for one in reversals),
            )
            n: int = self._db.execute("SELECT count(*) FROM host WHERE putaran = ?", (putaran,)).fetchone()[0]
        return n

    def take(self, reading: Reading) -> Taken:
        """Take a file in, whole or not at all. GANTI replaces the bank's earlier records of the round, TAMBAH adds.

        Content that was accepted for the round before changes nothing, also when another file replaced it since.
        Raises Rejected.
        """
        expected = reading.expected
        with self._step(expected.bank, expected.hari, expected.jenis) as putaran:
            berkas = self._db.execute("SELECT coalesce(max(id), 0) + 1 FROM berkas").fetchone()[0]
            self._db.executemany(
                "INSERT INTO bank VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                _bank_rows(putaran, berkas, reading),
            )
            kepala = reading.kepala
            seen = self._db.execute(
                "SELECT 1 FROM berkas WHERE putaran = ? AND isi = ?", (putaran, reading.isi_sha256)
            ).fetchone()
            if seen is not None:
                self._db.execute("DELETE FROM bank WHERE putaran = ? AND berkas = ?", (putaran, berkas))
            else:
                self._check_twice(putaran, berkas, reading)
                self._file(putaran, berkas, reading)
        data: Data = {"berkas": reading.berkas, "n": kepala.jumlah, "cara": kepala.cara}
        id = TAKEN if seen is None else SEEN
        return Taken(kepala, reading.bentuk, reading.sha256, reading.isi_sha256, seen is None, id, data)

    def _check_twice(self, putaran: int, berkas: int, reading: Reading) -> None:
        if (twice := self._db.execute(_TWICE, (putaran, berkas)).fetchone()) is not None:
            first, again, first_line, line, nomor_porsi = twice
            sebab = f"rekaman {again} = {first}, baris {first_line}"
            raise Rejected(GANDA, reading.berkas, line, "nomor_porsi" if nomor_porsi else "stan", sebab)

    def _file(self, putaran: int, berkas: int, reading: Reading) -> None:
        kepala = reading.kepala
        self._db.execute("UPDATE putaran SET matched = 0 WHERE id = ?", (putaran,))
        if kepala.cara == GANTI:
            self._db.execute("DELETE FROM bank WHERE putaran = ? AND berkas <> ?", (putaran, berkas))
            self._db.execute("UPDATE berkas SET berlaku = 0 WHERE putaran = ?", (putaran,))
        self._db.execute(
            "INSERT INTO berkas VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
            (
                berkas,
                putaran,
                reading.isi_sha256,
                reading.sha256,
                reading.berkas,
                reading.bentuk,
                kepala.cara,
                kepala.mata_uang,
                kepala.jumlah,
                kepala.total,
            ),
        )

    def match(self, bank: str, hari: str, jenis: str) -> list[BranchLine]:
        """Match a round anew; returns a line per branch, in order of branch code."""
        with self._step(bank, hari, jenis) as putaran:
            lines = match_round(self._db, putaran)
            self._db.execute("UPDATE putaran SET matched = 1 WHERE id = ?", (putaran,))
        return lines

    def is_matched(self, bank: str, hari: str, jenis: str) -> bool:
        """Whether the round was matched since anything of it changed."""
        row = self._db.execute(
            "SELECT matched FROM putaran WHERE bank = ? AND hari = ? AND jenis = ?", (bank, hari, jenis)
        ).fetchone()
        return bool(row and row[0])

    def branches(self, bank: str, hari: str, jenis: str) -> list[BranchLine]:
        """The counts of the last matching, in order of branch code."""
        rows = self._db.execute(
            "SELECT cabang, host_n, host_total, bank_n, bank_total, both, host_only, bank_only, diff, duplicate, batal"
            " FROM cabang WHERE putaran = ? ORDER BY cabang",
            (self._putaran(bank, hari, jenis),),
        )
        return [BranchLine(*row) for row in rows]

    def differences(self, bank: str, hari: str, jenis: str) -> Iterator[Difference]:
        """What the last matching found, by branch and class."""
        for row in self._db.execute(_DIFFERENCES, (self._putaran(bank, hari, jenis),)):
            yield Difference(*row)

    def files(self, bank: str, hari: str, jenis: str) -> list[File]:
        """The files accepted for a round, in order of arrival."""
        rows = self._db.execute(
            "SELECT nama, bentuk, cara, jumlah, total, sha256, berlaku FROM berkas WHERE putaran = ? ORDER BY id",
            (self._putaran(bank, hari, jenis),),
        )
        return [File(*row) for row in rows]

    def _putaran(self, bank: str, hari: str, jenis: str) -> int:
        row = self._db.execute(
            "SELECT id FROM putaran WHERE bank = ? AND hari = ? AND jenis = ?", (bank, hari, jenis)
        ).fetchone()
        return int(row[0]) if row else 0

    @contextmanager
    def _step(self, bank: str, hari: str, jenis: str) -> Iterator[int]:
        """One transaction on one round, all or nothing."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._db.execute("INSERT OR IGNORE INTO putaran (bank, hari, jenis) VALUES (?, ?, ?)", (bank, hari, jenis))
            putaran = self._putaran(bank, hari, jenis)
            yield putaran
        except BaseException:
            if self._db.in_transaction:  # SQLite has undone it by itself when the disk is full
                self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


def _host_rows(
    putaran: int, records: Iterable[HostRecord | Reversed], reversals: list[Reversed]
) -> Iterator[tuple[int | str, ...]]:
    for one in records:
        if isinstance(one, Reversed):
            reversals.append(one)
        else:
            yield (
                putaran,
                one.seq,
                one.nomor_porsi,
                one.nominal,
                one.mata_uang,
                one.hari,
                one.cabang,
                one.device,
                one.stan,
                one.waktu_us,
            )


def _bank_rows(putaran: int, berkas: int, reading: Reading) -> Iterator[tuple[int | str, ...]]:
    urut = 0
    for batch in reading:
        for one, baris in zip(batch, reading.lines, strict=True):
            urut += 1
            yield (
                putaran,
                berkas,
                urut,
                one.nomor_porsi,
                one.nominal,
                one.mata_uang,
                one.hari,
                one.cabang,
                one.stan,
                one.rrn,
                one.waktu,
                one.rekening,
                one.device,
                baris,
            )
