"""The fixed-width form: lines of 120 bytes, what mainframes write. One H, any number of D, one T.

Numbers are right-adjusted with zeros, text is left-adjusted with blanks; amounts carry two decimal places without a
point, as in ISO 8583. Layouts below: (name, first column from 1, width).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from txserver.settlement.gate import Gate
from txserver.settlement.lines import line_blocks
from txserver.settlement.records import (
    BENTUK,
    CACAH,
    DECIMALS,
    ISI,
    PANJANG,
    SESUDAH,
    SUSUNAN,
    TERPOTONG,
    Confirmed,
    Kepala,
    tallied,
)

MARK = b"HSISKOHAT"
WIDTH = 120
VERSI = "01"
Layout = tuple[tuple[str, int, int], ...]
H: Layout = (
    ("rekaman", 1, 1),
    ("sistem", 2, 8),
    ("versi", 10, 2),
    ("bank", 12, 3),
    ("hari", 15, 8),
    ("jenis", 23, 3),
    ("cara", 26, 6),
    ("mata_uang", 32, 3),
    ("kosong", 35, 86),
)
D: Layout = (
    ("rekaman", 1, 1),
    ("urut", 2, 7),
    ("nomor_porsi", 9, 10),
    ("nominal", 19, 17),
    ("mata_uang", 36, 3),
    ("hari", 39, 8),
    ("cabang", 47, 4),
    ("stan", 51, 6),
    ("rrn", 57, 12),
    ("waktu", 69, 6),
    ("rekening", 75, 34),
    ("device", 109, 10),
    ("kosong", 119, 2),
)
T: Layout = (
    ("rekaman", 1, 1),
    ("jumlah", 2, 7),
    ("total", 9, 23),
    ("kosong", 32, 89),
)
_BLOCK = 500


def read(chunks: Iterable[bytes], gate: Gate) -> Iterator[list[Confirmed]]:
    """The records, a list for every chunk. Raises Rejected."""
    baris = 0
    is_closed = False
    for block in line_blocks(chunks, gate, _field_at):
        records = []
        for line in block:
            baris += 1
            if is_closed:
                if line.strip(" "):
                    raise gate.fault(SESUDAH, baris, "T", line)
                continue
            if len(line) != WIDTH:
                id, field = (TERPOTONG if len(line) < WIDTH else PANJANG), _field_at(line, min(len(line), WIDTH))
                raise gate.fault(id, baris, field, f"{len(line)} <> {WIDTH}")
            if baris == 1:
                _open(line, gate)
            elif line[0] == "D":
                records.append(_record(line, baris, gate))
            elif line[0] == "T":
                _blank(line, T, baris, gate)
                gate.close(baris, line[1:8], _point(line[8:31]))
                is_closed = True
            else:
                raise gate.fault(SUSUNAN, baris, "rekaman", line[:1])
        if records:
            yield records
    if not is_closed:
        raise gate.fault(TERPOTONG, baris, "T")


def write(kepala: Kepala, records: Iterable[Confirmed]) -> Iterator[bytes]:
    """A file in this form, in pieces; `kepala` must say count and sum of the records."""
    hari = kepala.hari.replace("-", "")
    head = f"HSISKOHAT{VERSI}{kepala.bank}{hari}{kepala.jenis}{kepala.cara:<6}{kepala.mata_uang}"
    yield f"{head:<{WIDTH}}\n".encode("ascii")
    source = enumerate(tallied(kepala, records), 1)
    shift = _shift(kepala.mata_uang)
    while block := list(islice(source, _BLOCK)):
        yield "".join(_row(urut, one, hari, shift) for urut, one in block).encode("ascii")
    yield f"{f'T{kepala.jumlah:07d}{kepala.total * shift:023d}':<{WIDTH}}\n".encode("ascii")


def _row(urut: int, one: Confirmed, hari: str, shift: int) -> str:
    return (
        f"D{urut:07d}{one.nomor_porsi:<10}{one.nominal * shift:017d}{one.mata_uang}{hari}{one.cabang}"
        f"{one.stan:06d}{one.rrn:012d}{one.waktu.replace(':', ''):<6}{one.rekening:<34}{one.device:<10}  \n"
    )


def _shift(mata_uang: str) -> int:
    """What turns the ledger's unit into hundredths of the currency."""
    return int("1" + "0" * (2 - DECIMALS[mata_uang]))


def _open(line: str, gate: Gate) -> None:
    if line[:11] != MARK.decode() + VERSI:
        raise gate.fault(BENTUK, 1, "versi", line[:11])
    _blank(line, H, 1, gate)
    told = {name: (1, line[at - 1 : at - 1 + width].rstrip(" ")) for name, at, width in H}
    told["hari"] = (1, _day(told["hari"][1]))
    gate.open(told)


def _record(line: str, baris: int, gate: Gate) -> Confirmed:
    if line[1:8] != f"{gate.n + 1:07d}":
        raise gate.fault(CACAH, baris, "urut", f"{line[1:8]} <> {gate.n + 1:07d}")
    if line[118:] != "  ":
        raise gate.fault(ISI, baris, "kosong", line[118:])
    waktu = line[68:74].rstrip(" ")
    return gate.record(
        baris,
        line[8:18].rstrip(" "),
        _point(line[18:35]),
        line[35:38],
        _day(line[38:46]),
        line[46:50],
        line[50:56],
        line[56:68],
        waktu and f"{waktu[:2]}:{waktu[2:4]}:{waktu[4:]}",
        line[74:108].rstrip(" "),
        line[108:118].rstrip(" "),
    )


def _field_at(line: str, at: int) -> str:
    """The field of a line that begins like this at a place from 0."""
    layout = {"H": H, "D": D, "T": T}.get(line[:1], ())
    return next((name for name, first, width in layout if first <= at + 1 < first + width), f"kolom {at + 1}")


def _blank(line: str, layout: Layout, baris: int, gate: Gate) -> None:
    name, at, width = layout[-1]
    if line[at - 1 : at - 1 + width].strip(" "):
        raise gate.fault(ISI, baris, name, line[at - 1 :].strip(" "))


def _day(digits: str) -> str:
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"


def _point(digits: str) -> str:
    """Digits with two decimal places and no point, as an amount is written elsewhere."""
    return f"{digits[:-2].lstrip('0') or '0'}.{digits[-2:]}"
