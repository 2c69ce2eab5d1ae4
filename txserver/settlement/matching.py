"""How the host's and the bank's records of a round are paired, record by record.

1. By nomor porsi. Of several bank records with one porsi the one with the fewest differing fields counts (the
   earliest among equals); the others are DUPLICATE.
2. What is left on both sides by RRN (the host's entry number), then by request (cabang, device, STAN): the bank
   wrote another porsi, which is DIFF, or none because the answer never came, which is BOTH when the rest agrees: the
   porsi has its deposit. A bank record whose RRN or request is that of a deposit already paired is DUPLICATE.
3. The rest is HOST_ONLY or BANK_ONLY. A deposit the host reversed is not expected: a bank record for it is
   BANK_ONLY, with the entry of the reversal beside it.

Compared are nominal, mata_uang, hari, cabang, and nomor_porsi, stan, rrn, device where the bank tells them. Equal
totals are not looked at: they prove nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

HOST_ONLY, BANK_ONLY, DIFF, DUPLICATE = "HOST_ONLY", "BANK_ONLY", "DIFF", "DUPLICATE"
BOTH = "BOTH"

Row = tuple[Any, ...]

_HOST = """
SELECT nomor_porsi, seq, nominal, mata_uang, hari, cabang, device, stan, seq_batal
FROM host WHERE putaran = ? ORDER BY nomor_porsi, seq
"""
_BANK = """
SELECT nomor_porsi, berkas, urut, nominal, mata_uang, hari, cabang, device, stan, rrn
FROM bank WHERE putaran = ? ORDER BY nomor_porsi, berkas, urut
"""
_LEFT = """
SELECT d.id, b.nomor_porsi, b.berkas, b.urut, b.nominal, b.mata_uang, b.hari, b.cabang, b.device, b.stan, b.rrn
FROM hasil d JOIN bank b ON b.putaran = d.putaran AND b.berkas = d.berkas AND b.urut = d.urut
WHERE d.putaran = ? AND d.kelas = 'BANK_ONLY' AND d.seq IS NULL ORDER BY d.berkas, d.urut
"""
_BY_RRN = """
SELECT nomor_porsi, seq, nominal, mata_uang, hari, cabang, device, stan, seq_batal
FROM host WHERE putaran = ? AND seq = ?
"""
_BY_REQUEST = """
SELECT nomor_porsi, seq, nominal, mata_uang, hari, cabang, device, stan, seq_batal
FROM host WHERE putaran = ? AND cabang = ? AND device = ? AND stan = ?
"""
_SUMS = """
SELECT cabang, sum(host_n), sum(host_total), sum(bank_n), sum(bank_total), sum(batal) FROM (
    SELECT cabang, count(*) AS host_n, sum(nominal) AS host_total, 0 AS bank_n, 0 AS bank_total, 0 AS batal
    FROM host WHERE putaran = :p AND seq_batal = 0 GROUP BY cabang
    UNION ALL SELECT cabang, 0, 0, count(*), sum(nominal), 0 FROM bank WHERE putaran = :p GROUP BY cabang
    UNION ALL SELECT cabang, 0, 0, 0, 0, count(*) FROM host WHERE putaran = :p AND seq_batal > 0 GROUP BY cabang
) GROUP BY cabang ORDER BY cabang
"""
_CLASSES = """
SELECT coalesce(h.cabang, b.cabang), d.kelas, count(*) FROM hasil d
LEFT JOIN host h ON h.putaran = d.putaran AND h.seq = d.seq
LEFT JOIN bank b ON b.putaran = d.putaran AND b.berkas = d.berkas AND b.urut = d.urut
WHERE d.putaran = ? GROUP BY 1, 2
"""


class BranchLine(Struct, frozen=True, gc=False):
    """One branch: what host and bank have (reversed deposits, counted in `batal`, are not expected), and the classes.

    A pair belongs to the host's branch, so that `both` + `host_only` + `diff` is `host_n`.
    """

    cabang: str
    host_n: int
    host_total: int
    bank_n: int
    bank_total: int
    both: int
    host_only: int
    bank_only: int
    diff: int
    duplicate: int
    batal: int


class Difference(Struct, frozen=True, gc=False):
    """One record that is not BOTH; the side that has none is None throughout.

    `field` names what differs, with commas; `host_seq_batal` the entry that reversed the host's deposit, 0 none;
    `bank_urut` is the number of the record in its file, from 1.
    """

    kelas: str
    field: str
    cabang: str
    host_seq: int | None
    host_nomor_porsi: str | None
    host_nominal: int | None
    host_stan: int | None
    host_device: str | None
    host_seq_batal: int | None
    bank_berkas: str | None
    bank_urut: int | None
    bank_nomor_porsi: str | None
    bank_nominal: int | None
    bank_stan: int | None
    bank_rrn: int | None
    bank_device: str | None
    bank_waktu: str | None
    bank_rekening: str | None


def match_round(db: sqlite3.Connection, putaran: int) -> list[BranchLine]:
    """Match one round inside the caller's transaction, in memory that does not depend on its size."""
    db.execute("DELETE FROM hasil WHERE putaran = ?", (putaran,))
    db.execute("DELETE FROM cabang WHERE putaran = ?", (putaran,))
    db.executemany(
        "INSERT INTO hasil (putaran, kelas, seq, berkas, urut, field) VALUES (?, ?, ?, ?, ?, ?)",
        ((putaran, *found) for found in _by_porsi(db, putaran)),
    )
    _pair_the_rest(db, putaran)
    lines = _lines(db, putaran)
    db.executemany(
        "INSERT INTO cabang VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        ((putaran, *(getattr(line, name) for name in BranchLine.__struct_fields__)) for line in lines),
    )
    return lines


def differing(host: Row, bank: Row) -> str:
    """Names of the compared fields in which a pair differs, with commas; "" when it agrees."""
    porsi, seq, nominal, mata_uang, hari, cabang, device, stan, _ = host
    b_porsi, _, _, b_nominal, b_mata_uang, b_hari, b_cabang, b_device, b_stan, b_rrn = bank
    if (
        (not b_porsi or porsi == b_porsi)
        and nominal == b_nominal
        and cabang == b_cabang
        and hari == b_hari
        and mata_uang == b_mata_uang
        and (not b_stan or stan == b_stan)
        and (not b_rrn or seq == b_rrn)
        and (not b_device or device == b_device)
    ):
        return ""
    names = (
        ("nomor_porsi", b_porsi and porsi != b_porsi),
        ("nominal", nominal != b_nominal),
        ("mata_uang", mata_uang != b_mata_uang),
        ("hari", hari != b_hari),
        ("cabang", cabang != b_cabang),
        ("stan", b_stan and stan != b_stan),
        ("rrn", b_rrn and seq != b_rrn),
        ("device", b_device and device != b_device),
    )
    return ",".join(name for name, differs in names if differs)


def _by_porsi(db: sqlite3.Connection, putaran: int) -> Iterator[Row]:
    """Step 1, a merge of two sorted readings: (kelas, seq, berkas, urut, field) of what is not BOTH."""
    hosts = db.cursor().execute(_HOST, (putaran,))
    banks = db.cursor().execute(_BANK, (putaran,))
    host, bank = hosts.fetchone(), banks.fetchone()
    while host is not None or bank is not None:
        if host is None or (bank is not None and bank[0] < host[0]):
            yield BANK_ONLY, None, bank[1], bank[2], ""
            bank = banks.fetchone()
        elif bank is None or host[0] < bank[0]:
            if not host[8]:
                yield HOST_ONLY, host[1], None, None, ""
            host = hosts.fetchone()
        else:
            best, fields = bank, differing(host, bank)
            while (bank := banks.fetchone()) is not None and bank[0] == host[0]:
                other = differing(host, bank)
                if _weight(other) < _weight(fields):
                    yield DUPLICATE, host[1], best[1], best[2], ""
                    best, fields = bank, other
                else:
                    yield DUPLICATE, host[1], bank[1], bank[2], ""
            if host[8]:
                yield BANK_ONLY, host[1], best[1], best[2], fields
            elif fields:
                yield DIFF, host[1], best[1], best[2], fields
            host = hosts.fetchone()


def _weight(fields: str) -> int:
    return fields.count(",") + 1 if fields else 0


def _pair_the_rest(db: sqlite3.Connection, putaran: int) -> None:
    """Step 2. The unpaired bank records are gone through once for each way of telling a deposit, in file order."""
    is_left = db.execute(
        "SELECT 1 FROM hasil WHERE putaran = ? AND kelas = 'BANK_ONLY' AND seq IS NULL LIMIT 1", (putaran,)
    ).fetchone()
    if is_left is None:
        return
    db.execute("CREATE INDEX IF NOT EXISTS host_permintaan ON host (putaran, cabang, device, stan)")
    for query, at in ((_BY_RRN, (9,)), (_BY_REQUEST, (6, 7, 8))):
        # Read whole into a table first: a row may not change under the cursor that stands on it.
        db.execute("DROP TABLE IF EXISTS temp.sisa")
        db.execute("CREATE TEMP TABLE sisa AS " + _LEFT, (putaran,))
        for id, *bank in db.cursor().execute("SELECT * FROM temp.sisa"):
            key = tuple(bank[index] for index in at)
            host = db.execute(query, (putaran, *key)).fetchone() if all(key) else None
            if host is not None:
                _pair(db, putaran, id, host, tuple(bank))
    db.execute("DROP TABLE temp.sisa")


def _pair(db: sqlite3.Connection, putaran: int, id: int, host: Row, bank: Row) -> None:
    seq, is_reversed = host[1], bool(host[8])
    alone = db.execute(
        "SELECT id FROM hasil WHERE putaran = ? AND seq = ? AND kelas = 'HOST_ONLY'", (putaran, seq)
    ).fetchone()
    taken = db.execute(
        "SELECT 1 FROM hasil WHERE putaran = ? AND seq = ? AND kelas = 'BANK_ONLY'", (putaran, seq)
    ).fetchone()
    fields = differing(host, bank)
    if alone is not None:
        db.execute("DELETE FROM hasil WHERE id = ?", alone)
        if not fields:
            db.execute("DELETE FROM hasil WHERE id = ?", (id,))
            return
        kelas = DIFF
    elif is_reversed and taken is None:
        kelas = BANK_ONLY
    else:
        kelas = DUPLICATE
    told = "" if kelas == DUPLICATE else fields
    db.execute("UPDATE hasil SET kelas = ?, seq = ?, field = ? WHERE id = ?", (kelas, seq, told, id))


def _lines(db: sqlite3.Connection, putaran: int) -> list[BranchLine]:
    classes: dict[tuple[str, str], int] = {(cabang, kelas): n for cabang, kelas, n in db.execute(_CLASSES, (putaran,))}
    lines = []
    sums = {row[0]: row[1:] for row in db.execute(_SUMS, {"p": putaran})}
    for cabang in sorted(sums):
        host_n, host_total, bank_n, bank_total, batal = sums[cabang]
        host_only, bank_only, diff, duplicate = (
            classes.get((cabang, kelas), 0) for kelas in (HOST_ONLY, BANK_ONLY, DIFF, DUPLICATE)
        )
        both = host_n - host_only - diff
        lines.append(
            BranchLine(
                cabang, host_n, host_total, bank_n, bank_total, both, host_only, bank_only, diff, duplicate, batal
            )
        )
    return lines
