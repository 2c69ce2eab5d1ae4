"""The CSV form: what a spreadsheet or a small core system writes.

    KONFIRMASI,1                             the form and its version
    bank,002                                 header values, one a line, in any order:
    hari,2004-05-20                          bank, hari, jenis, cara, mata_uang
    nomor_porsi,nominal,cabang,...           the names of the columns that follow, in any order
    1100000001,20000000,0101,...             a record a line
    JUMLAH,497,9940000000                    count and sum; nothing but empty lines may follow

Separator is the comma or the semicolon, whichever stands in the first line. Empty lines, and empty cells at the end
of header and trailer lines, are passed over: spreadsheets make them.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from itertools import islice

from txserver.settlement.gate import Gate, Told
from txserver.settlement.lines import line_blocks
from txserver.settlement.records import (
    BENTUK,
    COLUMNS,
    ISI,
    SESUDAH,
    SUSUNAN,
    TERPOTONG,
    Confirmed,
    Kepala,
    amount_text,
    tallied,
)

MARK = b"KONFIRMASI"
HEADER = ("bank", "hari", "jenis", "cara", "mata_uang")
COLUMNS_WANTED = ("nomor_porsi", "nominal", "cabang")
TRAILER = "JUMLAH"
_BLOCK = 500


def read(chunks: Iterable[bytes], gate: Gate) -> Iterator[list[Confirmed]]:
    """The records, a list for every chunk. Raises Rejected."""
    reader = _Reader(gate)
    for block in line_blocks(chunks, gate, reader.field_at):
        records = reader.block(block)
        if records:
            yield records
    if not reader.is_closed:
        raise gate.fault(TERPOTONG, reader.baris, TRAILER)


def write(kepala: Kepala, records: Iterable[Confirmed]) -> Iterator[bytes]:
    """A file in this form, in pieces; `kepala` must say count and sum of the records."""
    head = [MARK.decode() + ",1", *(f"{name},{getattr(kepala, name)}" for name in HEADER), ",".join(COLUMNS)]
    yield "".join(line + "\n" for line in head).encode("ascii")
    source = tallied(kepala, records)
    while block := list(islice(source, _BLOCK)):
        yield "".join(map(_row, block)).encode("ascii")
    yield f"{TRAILER},{kepala.jumlah},{amount_text(kepala.total, kepala.mata_uang)}\n".encode("ascii")


def _row(one: Confirmed) -> str:
    stan = f"{one.stan:06d}" if one.stan else ""
    rrn = f"{one.rrn:012d}" if one.rrn else ""
    nominal = amount_text(one.nominal, one.mata_uang)
    return (
        f"{one.nomor_porsi},{nominal},{one.mata_uang},{one.hari},{one.cabang},{stan},{rrn},{one.waktu},"
        f"{one.rekening},{one.device}\n"
    )


class _Reader:
    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.baris = 0
        self.is_closed = False
        self._separator = ""
        self._told: Told = {}
        self._width = 0
        self._columns: list[str] = []
        self._at: list[int] = []

    def field_at(self, before: str, at: int) -> str:
        """The column that a place of a line stands in, as far as the header has told them."""
        column = before.count(self._separator) if self._columns else -1
        return self._columns[column] if 0 <= column < len(self._columns) else f"kolom {at + 1}"

    def block(self, lines: list[str]) -> list[Confirmed]:
        records = []
        record = self.gate.record
        for line in lines:
            self.baris += 1
            if self.is_closed or not self._width or '"' in line:
                row = self._unusual(line)
                if row is None:
                    continue
            else:
                row = line.split(self._separator)
            if len(row) != self._width or row[0] == TRAILER:
                self._not_a_record(row)
                continue
            row.append("")
            records.append(record(self.baris, *[row[at] for at in self._at]))
        return records

    def _unusual(self, line: str) -> list[str] | None:
        """The cells of a record with quotes; None when the line was an empty or a header line and is dealt with."""
        if not self._separator:
            self._first(line)
            return None
        row = self._cells(line)
        if not any(row):
            return None
        if self.is_closed:
            raise self.gate.fault(SESUDAH, self.baris, TRAILER, line)
        if not self._width:
            self._head(row)
            return None
        return row

    def _first(self, line: str) -> None:
        mark = line.strip(",;")
        self._separator = ";" if ";" in line else ","
        if mark != f"{MARK.decode()}{self._separator}1":
            raise self.gate.fault(BENTUK, self.baris, MARK.decode(), line)

    def _cells(self, line: str) -> list[str]:
        if '"' not in line:
            return line.split(self._separator)
        try:
            return next(csv.reader([line], delimiter=self._separator, strict=True))
        except (csv.Error, StopIteration):
            at = line.index('"')
            raise self.gate.fault(ISI, self.baris, self.field_at(line[:at], at), line[at:]) from None

    def _head(self, row: list[str]) -> None:
        while not row[-1]:
            row.pop()
        name = row[0]
        if name in HEADER and len(row) == 2:
            if name in self._told:
                raise self.gate.fault(SUSUNAN, self.baris, name)
            self._told[name] = (self.baris, row[1])
            return
        if not set(row) & set(COLUMNS_WANTED):
            raise self.gate.fault(SUSUNAN, self.baris, name, ",".join(row))
        self.gate.open(self._told)
        for column in row:
            if column not in COLUMNS or row.count(column) > 1:
                raise self.gate.fault(SUSUNAN, self.baris, column)
        for column in COLUMNS_WANTED:
            if column not in row:
                raise self.gate.fault(SUSUNAN, self.baris, column)
        self._width, self._columns = len(row), list(row)
        self._at = [row.index(column) if column in row else -1 for column in COLUMNS]

    def _not_a_record(self, row: list[str]) -> None:
        """An empty line, the trailer, or a fault."""
        if not any(row):
            return
        if row[0] != TRAILER:
            missing = self._columns[len(row)] if len(row) < self._width else f"kolom {self._width + 1}"
            raise self.gate.fault(SUSUNAN, self.baris, missing, f"{len(row)} <> {self._width}")
        while not row[-1]:
            row.pop()
        if len(row) != 3:
            raise self.gate.fault(TERPOTONG, self.baris, TRAILER)
        self.gate.close(self.baris, row[1], row[2])
        self.is_closed = True
