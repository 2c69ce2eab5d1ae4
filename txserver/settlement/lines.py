"""Bytes to lines in bounded memory, for the forms that are text; and the guard over character sets for all.

A line ends in LF or CR LF. A UTF-8 byte order mark at the very beginning is dropped (spreadsheets write one); nothing
else but ASCII may stand in a line.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator

from txserver.settlement.gate import Gate
from txserver.settlement.records import HURUF, PANJANG, Rejected

LINE_BYTES_MAX = 1024

FieldAt = Callable[[str, int], str]
"""The name of the field at a place of a line, by what stands before it."""

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
        raise gate.fault(HURUF, 1, "kolom 1", "UTF-16")
    yield pending.removeprefix(_BOM)
    yield from source


def utf8_only(chunks: Iterable[bytes], gate: Gate) -> Iterator[bytes]:
    """The same bytes, as long as they are UTF-8. Refuses with line and column of the first byte that is not."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    baris = 1
    before = 0  # bytes of the line in hand that stand in chunks before
    held = 0  # of these, those of a letter that goes on in the next chunk
    is_open = False
    for chunk in chunks:
        if is_open or not chunk.isascii():
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                raise _not_utf8(error, baris, before - held, gate) from None
            is_open = True
            held = len(decoder.getstate()[0])
        n = chunk.count(b"\n")
        baris += n
        before = len(chunk) - chunk.rfind(b"\n") - 1 if n else before + len(chunk)
        yield chunk
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise _not_utf8(error, baris, before - held, gate) from None


def _not_utf8(error: UnicodeDecodeError, baris: int, before: int, gate: Gate) -> Rejected:
    """Where a byte stands that is no letter; `before` bytes of its line stand before what the decoder had."""
    seen = error.object[: error.start]
    n = seen.count(b"\n")
    kolom = len(seen) - seen.rfind(b"\n") if n else before + len(seen) + 1
    return gate.fault(HURUF, baris + n, f"kolom {kolom}", f"0x{error.object[error.start]:02X}")


def line_blocks(chunks: Iterable[bytes], gate: Gate, field_at: FieldAt) -> Iterator[list[str]]:
    """Lines without their ends, a list for every chunk that completes some. Refuses long lines and other letters.

    What stands before the fault is given first, so that the first fault of a file is the one that is told; then
    `field_at` says in which field of that line it is, by the line's beginning and the place from 0.
    """
    tail = b""
    baris = 1
    for chunk in chunks:
        lines = (tail + chunk).split(b"\n")
        tail = lines.pop()
        good = _good(lines)
        if good:
            yield [line.decode("ascii").removesuffix("\r") for line in lines[:good]]
            baris += good
        if good < len(lines):
            raise _fault(lines[good], baris, gate, field_at)
        if len(tail) > LINE_BYTES_MAX:
            raise _fault(tail, baris, gate, field_at)
    if tail:
        if not _good([tail]):
            raise _fault(tail, baris, gate, field_at)
        yield [tail.decode("ascii").removesuffix("\r")]


def _good(lines: list[bytes]) -> int:
    """How many lines stand before the first that is too long or has other letters."""
    for at, line in enumerate(lines):
        if len(line) > LINE_BYTES_MAX or not line.isascii():
            return at
    return len(lines)


def _fault(line: bytes, baris: int, gate: Gate, field_at: FieldAt) -> Rejected:
    at = next((at for at, byte in enumerate(line[:LINE_BYTES_MAX]) if byte > 127), LINE_BYTES_MAX)
    field = field_at(line[:at].decode("ascii"), at)
    if at < LINE_BYTES_MAX:
        return gate.fault(HURUF, baris, field, f"0x{line[at]:02X}")
    return gate.fault(PANJANG, baris, field, f"> {LINE_BYTES_MAX}")
