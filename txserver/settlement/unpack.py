"""Bytes as delivered to bytes as written: plain, gzip, or zip with one member; in bounded memory, with bounds on all.

A zip is read from its front, so that it may come as a stream: the one local header, the deflated data, then a
directory that must speak of that member alone and agree with what was unpacked.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from hashlib import sha256

from msgspec import Struct

from txserver.settlement.gate import Gate
from txserver.settlement.records import KEMASAN, MENGEMBANG, RECORDS_MAX, SESUDAH, TERLALU_BESAR, TERPOTONG

PIECE_BYTES = 1 << 16
"""Everything goes on in pieces of at most this size, whatever the caller's chunks are."""

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_DEFLATED, _STORED = 8, 0
_ENCRYPTED, _SIZES_LATER = 1, 8
_DIRECTORY_BYTES_MAX = 1 << 16
_RATIO_GRACE = 1 << 20


class Limits(Struct, frozen=True, gc=False):
    """Bounds on one file: as delivered, as unpacked, how far it may expand, how many records it may hold."""

    bytes_max: int = 1 << 30
    unpacked_bytes_max: int = 4 << 30
    ratio_max: int = 200
    records_max: int = RECORDS_MAX


class Delivered:
    """The bytes as delivered, in pieces, counted and hashed on the way."""

    def __init__(self, chunks: Iterable[bytes], gate: Gate, limits: Limits) -> None:
        self._chunks = chunks
        self._gate = gate
        self._limits = limits
        self._hash = sha256()
        self.n = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self.n += len(chunk)
            if self.n > self._limits.bytes_max:
                raise self._gate.packing(TERLALU_BESAR, f"> {self._limits.bytes_max}", "berkas")
            self._hash.update(chunk)
            if len(chunk) <= PIECE_BYTES:
                yield chunk
            else:
                yield from (chunk[at : at + PIECE_BYTES] for at in range(0, len(chunk), PIECE_BYTES))

    @property
    def sha256(self) -> bytes:
        """The digest of what has passed."""
        return self._hash.digest()


def unpacked(delivered: Delivered, gate: Gate, limits: Limits) -> Iterator[bytes]:
    """What the delivery holds, in pieces. Refuses what is truncated, not one file, or expands too far."""
    source = _Source(iter(delivered))
    head = source.peek(4)
    if head.startswith(_GZIP):
        pieces = _gunzipped(source, gate)
    elif head.startswith(_ZIP):
        pieces = _unzipped(source, gate)
    elif head.startswith(b"PK"):
        raise gate.packing(KEMASAN, "zip")
    else:
        pieces = source.rest()
    n = 0
    for piece in pieces:
        n += len(piece)
        if n > limits.unpacked_bytes_max or n > delivered.n * limits.ratio_max + _RATIO_GRACE:
            raise gate.packing(MENGEMBANG, f"{n} / {delivered.n}")
        if piece:
            yield piece
            gate.passed += piece.count(b"\n")


class _Source:
    """Pieces that can be looked at before they are taken."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._held = b""

    def peek(self, n: int) -> bytes:
        while len(self._held) < n:
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._held += piece
        return self._held[:n]

    def take(self, n: int) -> bytes:
        taken = self.peek(n)
        self._held = self._held[n:]
        return taken

    def push(self, back: bytes) -> None:
        self._held = back + self._held

    def next(self) -> bytes | None:
        """The next piece, or None at the end."""
        if self._held:
            held, self._held = self._held, b""
            return held
        return next(self._pieces, None)

    def rest(self) -> Iterator[bytes]:
        while (piece := self.next()) is not None:
            yield piece


def _inflated(source: _Source, wbits: int, gate: Gate) -> Iterator[bytes]:
    """One deflate stream; what follows it stays in the source. Refuses damage and a missing end."""
    engine = zlib.decompressobj(wbits)
    while not engine.eof:
        packed = engine.unconsumed_tail or source.next()
        if packed is None:
            raise gate.packing(TERPOTONG, "gzip/zip")
        try:
            piece = engine.decompress(packed, PIECE_BYTES)
        except zlib.error as error:
            raise gate.packing(KEMASAN, str(error)) from None
        yield piece
    source.push(engine.unused_data)


def _gunzipped(source: _Source, gate: Gate) -> Iterator[bytes]:
    yield from _inflated(source, 16 + zlib.MAX_WBITS, gate)
    if source.peek(1):
        raise gate.packing(SESUDAH, "gzip")


def _unzipped(source: _Source, gate: Gate) -> Iterator[bytes]:
    raw = source.take(_LOCAL.size)
    if len(raw) < _LOCAL.size:
        raise gate.packing(TERPOTONG, "zip")
    _, _, flags, method, _, _, _, size, _, name_size, extra_size = _LOCAL.unpack(raw)
    if flags & _ENCRYPTED or method not in {_DEFLATED, _STORED} or (method == _STORED and flags & _SIZES_LATER):
        raise gate.packing(KEMASAN, f"zip {flags}/{method}")
    name = source.take(name_size)
    if len(name) + len(source.take(extra_size)) < name_size + extra_size:
        raise gate.packing(TERPOTONG, "zip")
    crc = n = 0
    pieces = _inflated(source, -zlib.MAX_WBITS, gate) if method == _DEFLATED else _stored(source, size, gate)
    for piece in pieces:
        crc = zlib.crc32(piece, crc)
        n += len(piece)
        yield piece
    _check_directory(source, name, crc, n, gate)


def _stored(source: _Source, size: int, gate: Gate) -> Iterator[bytes]:
    while size:
        piece = source.take(min(size, PIECE_BYTES))
        if not piece:
            raise gate.packing(TERPOTONG, "zip")
        size -= len(piece)
        yield piece


def _check_directory(source: _Source, name: bytes, crc: int, n: int, gate: Gate) -> None:
    """After the data: perhaps a descriptor of at most 24 bytes, then one directory entry, then the end record."""
    rest = source.peek(_DIRECTORY_BYTES_MAX + 1)
    at = rest.find(b"PK\x01\x02", 0, 28)
    if at < 0:
        raise gate.packing(KEMASAN if _ZIP in rest[:28] else TERPOTONG, "zip")
    if len(rest) > _DIRECTORY_BYTES_MAX:
        raise gate.packing(SESUDAH, "zip")
    if len(rest) < at + _CENTRAL.size:
        raise gate.packing(TERPOTONG, "zip")
    entry = _CENTRAL.unpack_from(rest, at)
    name_at = at + _CENTRAL.size
    told_crc, told_n, sizes = entry[7], entry[9], entry[10:13]
    end = rest.find(b"PK\x05\x06", name_at + sum(sizes))
    if end < 0 or len(rest) < end + 22:
        raise gate.packing(TERPOTONG, "zip")
    if rest[name_at : name_at + sizes[0]] != name or told_crc != crc or told_n not in {n, 0xFFFF_FFFF}:
        raise gate.packing(KEMASAN, "zip crc")
    if struct.unpack_from("<2H", rest, end + 8) != (1, 1):
        raise gate.packing(KEMASAN, "zip 1 <> " + str(struct.unpack_from("<H", rest, end + 10)[0]))
    if len(rest) != end + 22 + struct.unpack_from("<H", rest, end + 20)[0]:
        raise gate.packing(SESUDAH, "zip")
    # Taken, so that the whole delivery has been counted and hashed.
    source.take(len(rest))
