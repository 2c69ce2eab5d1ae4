"""Bytes to lines in bounded memory, for the forms that are text; and the guard over character sets for all.

A line ends in LF or CR LF. A UTF-8 byte order mark at the very beginning is dropped (spreadsheets write one); nothing
else but ASCII may stand in a line.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator

from txserver.settlement.gate import Gate
from txserver.settlement.records import HURUF, PANJANG

LINE_BYTES_MAX = 1024

_BOM = codecs.BOM_UTF8
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"<\0")
"""Also without a mark, where XML begins: expat would take it."""


def without_mark(chunks: Iterable[bytes], gate: Gate) -> Iterator[bytes]:
    """The same bytes without a leading UTF-8 mark. Refuses UTF-16."""
    pending = b""
    source = iter(chunks)
    for chunk in source:
        pending += chunk
        if len(pending) >= len(_BOM):
            break
    if pending.startswith(_UTF_16):
        raise gate.fault(HURUF, 1, sebab="UTF-16")
    yield pending.removeprefix(_BOM)
    yield from source


def utf8_only(chunks: Iterable[bytes], gate: Gate) -> Iterator[bytes]:
    """The same bytes, as long as they are UTF-8. Refuses with the line of the first byte that is not."""
    decode = codecs.getincrementaldecoder("utf-8")().decode
    baris = 1
    is_open = False
    for chunk in chunks:
        if is_open or not chunk.isascii():
            try:
                decode(chunk)
            except UnicodeDecodeError as error:
                there = baris + error.object[: error.start].count(b"\n")
                raise gate.fault(HURUF, there, sebab=f"0x{error.object[error.start]:02X}") from None
            is_open = True
        baris += chunk.count(b"\n")
        yield chunk
    try:
        decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise gate.fault(HURUF, baris, sebab=f"0x{error.object[error.start]:02X}") from None


def line_blocks(chunks: Iterable[bytes], gate: Gate) -> Iterator[list[str]]:
    """Lines without their ends, a list for every chunk that completes some. Refuses long lines and other letters."""
    tail = b""
    baris = 1
    for chunk in chunks:
        lines = (tail + chunk).split(b"\n")
        tail = lines.pop()
        if lines:
            yield _texts(lines, baris, gate)
            baris += len(lines)
        if len(tail) > LINE_BYTES_MAX:
            raise gate.fault(PANJANG, baris, sebab=f"> {LINE_BYTES_MAX}")
    if tail:
        yield _texts([tail], baris, gate)


def _texts(lines: list[bytes], baris: int, gate: Gate) -> list[str]:
    for at, line in enumerate(lines, baris):
        if len(line) > LINE_BYTES_MAX:
            raise gate.fault(PANJANG, at, sebab=f"> {LINE_BYTES_MAX}")
        if not line.isascii():
            wrong = next(byte for byte in line if byte > 127)
            raise gate.fault(HURUF, at, sebab=f"0x{wrong:02X}")
    return [line.decode("ascii").removesuffix("\r") for line in lines]
