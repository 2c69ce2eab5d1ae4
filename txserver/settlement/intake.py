"""Takes a delivered confirmation in: unpacks it, tells its form, checks it whole, and proves where it comes from.

A `Reading` gives records while it reads, because a file may be of any size; it raises `Rejected` at the first fault,
which may come after its last record (count, sum, hash, signature). So nobody may show or count a record before the
reading has come to its end: `WorkingStore.take` holds them in a transaction until then.

The proof is detached: the SHA-256 of the file as delivered, as `sha256sum` writes it, and an Ed25519 signature by the
bank over the bytes of that hash file.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Struct

from txserver.settlement import camt_form, csv_form, fixed_form
from txserver.settlement.gate import Gate
from txserver.settlement.lines import without_mark
from txserver.settlement.records import BENTUK, SIDIK, TANDA_TANGAN, TERPOTONG, Confirmed, Expected, Kepala
from txserver.settlement.unpack import PIECE_BYTES, Delivered, Limits, unpacked

Reader = Callable[[Iterable[bytes], Gate], Iterator[list[Confirmed]]]

CSV, FIXED, CAMT = "csv", "fixed", "camt"
_FORMS: tuple[tuple[str, bytes, Reader], ...] = (
    (CSV, csv_form.MARK, csv_form.read),
    (FIXED, fixed_form.MARK, fixed_form.read),
    (CAMT, camt_form.MARK, camt_form.read),
)
_MARK_BYTES = 64
_HEX = re.compile(rb"([0-9A-Fa-f]{64})(?:\s[^\n]{0,300})?\r?\n?")
_LIMITS = Limits()


class Proof(Struct, frozen=True, gc=False):
    """What came beside the file. Without `key` the hash file alone is wanted; with it the signature over it too.

    `signature` is 64 bytes, or their base64 or hex. `key` is the bank's public key, given by who knows the bank.
    """

    sha256: bytes = b""
    signature: bytes = b""
    key: Ed25519PublicKey | None = None


class Reading:
    """One file being read, once. After its last record `kepala`, `bentuk` and the two digests stand.

    `sha256` is that of the file as delivered, `isi_sha256` that of its content unpacked: the same confirmation sent
    once plain and once packed has one `isi_sha256`.
    """

    def __init__(
        self, berkas: str, chunks: Iterable[bytes], expected: Expected, proof: Proof, limits: Limits = _LIMITS
    ) -> None:
        self.berkas = berkas
        self.bentuk = ""
        self.sha256 = b""
        self.isi_sha256 = b""
        self._proof = proof
        self._gate = Gate(berkas, expected, limits.records_max)
        self._delivered = Delivered(chunks, self._gate, limits)
        self._pieces = unpacked(self._delivered, self._gate, limits)
        self._isi = sha256()
        self.expected = expected

    @property
    def lines(self) -> list[int]:
        """The lines of the batch given last, a line for each record."""
        return self._gate.lines

    @property
    def kepala(self) -> Kepala:
        """The header, once the reading has come to its end."""
        assert self._gate.kepala is not None, "the file was read to its end"
        return self._gate.kepala

    def __iter__(self) -> Iterator[list[Confirmed]]:
        """Records in pieces of the file. Raises Rejected, also after the last one."""
        assert not self.bentuk, "a file is read once"
        pieces = without_mark(self._hashed(), self._gate)
        head = b""
        for piece in pieces:
            head += piece
            if len(head) >= _MARK_BYTES:
                break
        read = self._form(head)
        for batch in read(_chained(head, pieces), self._gate):
            yield batch
            self._gate.lines.clear()
        assert self._gate.kepala is not None, "a form closes the gate or raises"
        self.sha256 = self._delivered.sha256
        self.isi_sha256 = self._isi.digest()
        check_proof(self._proof, self.sha256, self._gate)

    def _hashed(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self._isi.update(piece)
            yield piece

    def _form(self, head: bytes) -> Reader:
        if not head:
            raise self._gate.fault(TERPOTONG, 1, "kepala", "0")
        for bentuk, mark, read in _FORMS:
            if head.startswith(mark):
                self.bentuk = bentuk
                return read
        raise self._gate.fault(BENTUK, 1, "kepala", head[:16].decode("latin-1"))


def read_path(path: Path, expected: Expected, proof: Proof, limits: Limits = _LIMITS) -> Reading:
    """A reading of a file on disk, to be called by its name. OSError of the disk passes through."""
    return Reading(path.name, _pieces_of(path), expected, proof, limits)


def proof_beside(path: Path, key: Ed25519PublicKey | None) -> Proof:
    """The proof that lies beside a file under its name with .sha256 and .sig added; what is missing stays empty."""
    return Proof(_small(path.with_name(path.name + ".sha256")), _small(path.with_name(path.name + ".sig")), key)


def hash_file(digest: bytes, berkas: str) -> bytes:
    """The detached hash as `sha256sum` writes it: what a bank signs."""
    return f"{digest.hex()}  {berkas}\n".encode()


def check_proof(proof: Proof, digest: bytes, gate: Gate) -> None:
    """Refuses, in this order: no or malformed hash file, another hash, and with a key: no signature, a wrong one."""
    match = _HEX.fullmatch(proof.sha256)
    if match is None:
        raise gate.fault(SIDIK, 1, "sha256", proof.sha256[:16].decode("latin-1"))
    if bytes.fromhex(match[1].decode()) != digest:
        raise gate.fault(SIDIK, 1, "sha256", f"{match[1][:8].decode()} <> {digest.hex()[:8]}")
    if proof.key is None:
        return
    try:
        proof.key.verify(_signature(proof.signature), proof.sha256)
    except (InvalidSignature, binascii.Error, ValueError):
        raise gate.fault(TANDA_TANGAN, 1, "tanda_tangan", f"{len(proof.signature)}") from None


def _signature(given: bytes) -> bytes:
    """64 bytes from raw, hex or base64. Raises ValueError or binascii.Error."""
    if len(given) == 64:
        return given
    text = given.strip()
    return bytes.fromhex(text.decode("ascii")) if len(text) == 128 else base64.b64decode(text, validate=True)


def _chained(head: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from pieces


def _pieces_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            yield piece


def _small(path: Path) -> bytes:
    """The beginning of a small file, longer than any proof; empty when there is none."""
    if not path.is_file():
        return b""
    with path.open("rb") as file:
        return file.read(1024)
