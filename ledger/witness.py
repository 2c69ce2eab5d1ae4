"""What was written down about a ledger outside its journal: anchors of closed days, and saved heads.

An anchor is a file of JSON lines that ends with a signature:

    {
    "format":"siskohat-jangkar",
    ...
    "kunci":"...",
    "tanda_tangan":"128 hex digits"
    }

The signature (Ed25519) is over all bytes before the comma that stands before `tanda_tangan`, so that nobody needs
rules for writing JSON to check it. There is one way to write each byte after them: every byte of the file counts.

The newest anchor in a ledger's `jangkar/` is asked at every start: a journal that has not got its last entry is an
older copy, or another ledger. An older copy of the whole ledger brings older anchors with it: that shows only against
a head that its host keeps elsewhere (`check_head`).
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Literal

import lmdb
import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from msgspec import Struct

from ledger.codec import hash_entry
from ledger.errors import AnchorRefused, FormatMismatch, JournalCorrupt, UnsafeSetting, WitnessAhead
from ledger.journal import Journal, put_durably
from ledger.kinds.tutup_hari import SilangBeda, Terbuka
from ledger.rows import Jumlah

FOLDER = "jangkar"
KNOWN_HEAD = "kepala.json"
"""In the ledger's folder: the head that a host knew when it found that its disk had lost entries."""
MARK = b',\n"tanda_tangan":"'
END = b'"\n}\n'
HEX = 128
"""Hex digits of a signature."""

_encode = msgspec.json.Encoder().encode


class Anchor(Struct, frozen=True, forbid_unknown_fields=True):
    """A closed day, in the order of the file. Hashes are SHA-256 of the stored bytes of an entry, in hex.

    Entries `seq_awal` to `seq_akhir` are the day's, `seq_tutup` is its THR; `waktu_us`, `user` and `penyetuju` are
    those of the THR, `jumlah`, `terbuka`, `belum`, `silang` what it says. `kunci` names the key that signs (`key_id`).
    """

    format: Literal["siskohat-jangkar"]
    versi: Literal[1]
    ledger: str
    nama: str
    demo: bool
    hari: str
    seq_awal: int
    hash_awal: str
    seq_akhir: int
    hash_akhir: str
    seq_tutup: int
    hash_tutup: str
    waktu_us: int
    user: str
    penyetuju: str
    jumlah: tuple[Jumlah, ...]
    terbuka: tuple[Terbuka, ...]
    belum: tuple[str, ...]
    silang: tuple[SilangBeda, ...]
    kunci: str

    @property
    def known(self) -> tuple[tuple[int, str], ...]:
        """(entry, its hash), in order of entry, of what the anchor knows by hash."""
        return (
            (self.seq_awal, self.hash_awal),
            (self.seq_akhir, self.hash_akhir),
            (self.seq_tutup, self.hash_tutup),
        )


class Head(Struct, frozen=True):
    """A head as `siskohat-ledger head` printed it: how many entries there were, and the hash of the last."""

    ledger: str
    entries: int
    head: str


def key_id(key: Ed25519PublicKey) -> str:
    """Short name of a public key: the first 16 hex digits of the SHA-256 of its 32 bytes."""
    return sha256(key.public_bytes_raw()).hexdigest()[:16]


def public_key(data: bytes) -> Ed25519PublicKey:
    """A public key from 64 hex digits or from PEM. Raises ValueError."""
    try:
        if not data.lstrip().startswith(b"-----"):
            return Ed25519PublicKey.from_public_bytes(bytes.fromhex(data.decode("ascii")))
        key = load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError(f"no public key of 64 hex digits, and no PEM: {error}") from None
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("a public key, and not one of Ed25519")  # noqa: TRY004 - it is what the file holds
    return key


def sign(anchor: Anchor, key: Ed25519PrivateKey) -> bytes:
    """The file of an anchor."""
    content = _content(anchor)
    return content + MARK + key.sign(content).hex().encode() + END


def parse(data: bytes, name: str) -> tuple[Anchor, bytes, bytes]:
    """An anchor's file as (anchor, signed bytes, signature); `name` is for the error. Raises AnchorRefused."""
    content, mark, rest = data.rpartition(MARK)
    try:
        signature = bytes.fromhex(rest[:HEX].decode("ascii"))
    except ValueError:
        signature = b""
    if not mark or rest != signature.hex().encode() + END:
        raise AnchorRefused(f"{name} is no anchor, or not as it was written: its signature cannot be read")
    try:
        return msgspec.json.decode(content + b"\n}", type=Anchor), content, signature
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise AnchorRefused(f"{name} is no anchor, or not as it was written: {error}") from None


def read_anchor(data: bytes, key: Ed25519PublicKey, name: str) -> Anchor:
    """The anchor in these bytes, signed by this key. Raises AnchorRefused."""
    anchor, content, signature = parse(data, name)
    try:
        key.verify(signature, content)
    except InvalidSignature:
        if anchor.kunci != key_id(key):
            raise AnchorRefused(f"{name} is signed by key {anchor.kunci}, and the key given is {key_id(key)}") from None
        raise AnchorRefused(f"{name} was altered: its signature does not hold") from None
    return anchor


def read_head(text: str, name: str) -> Head:
    """A head saved earlier, as JSON or as lines. Raises AnchorRefused."""
    try:
        raw = msgspec.json.decode(text) if text.lstrip().startswith("{") else _pairs(text)
        saved = msgspec.convert(raw, Head, strict=False)
    except msgspec.MsgspecError as error:
        raise AnchorRefused(f"{name} is not what `siskohat-ledger head` prints: {error}") from None
    if saved.entries < 1 or len(saved.head) != 64:
        raise AnchorRefused(f"{name} is not what `siskohat-ledger head` prints: no entry or no hash in it")
    return saved


def holds(journal: Journal, seq: int, digest: str) -> bool:
    """Whether the journal has an entry of this number and hash. Raises JournalCorrupt."""
    try:
        body = journal.get(seq)
    except lmdb.Error as error:
        raise JournalCorrupt(f"entry {seq} cannot be read: {error}") from error
    return body is not None and hash_entry(body).hex() == digest


def check_start(journal: Journal, folder: Path) -> None:
    """Hold a journal against the newest anchor in a folder, which may be absent or empty.

    The signature is not asked for: an anchor that says something else than the journal is a reason to stay down
    whoever made it. Raises WitnessAhead, and FormatMismatch for an anchor that cannot be read.
    """
    newest = max(folder.glob("*.json"), default=None)
    if newest is None:
        return
    try:
        anchor, _, _ = parse(newest.read_bytes(), str(newest))
    except AnchorRefused as error:
        raise FormatMismatch(f"{error}; `siskohat-ledger anchor` makes it again when it is out of the way") from None
    _hold(journal, newest, anchor.ledger, anchor.seq_tutup, anchor.hash_tutup)


def check_head(journal: Journal, file: Path) -> None:
    """Hold a journal against the head that its host keeps in a file elsewhere.

    The file must be there: behind a disk that is not mounted anything could have been forgotten. Raises WitnessAhead,
    and UnsafeSetting for a file that is missing or cannot be read.
    """
    try:
        kept = read_head(file.read_text(encoding="utf-8"), str(file))
    except FileNotFoundError:
        raise UnsafeSetting(
            f"witness: {file} is not there; is its disk mounted? "
            f"The first is made by `siskohat-ledger head {journal.path.parent} --json > {file}`"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise UnsafeSetting(f"witness: {file} cannot be read: {error}") from None
    except AnchorRefused as error:
        raise UnsafeSetting(f"witness: {error}") from None
    _hold(journal, file, kept.ledger, kept.entries, kept.head)


def check_known(journal: Journal, file: Path) -> None:
    """Hold a journal against the head that a host wrote down when it missed entries, if one did.

    Raises WitnessAhead while they are missing, and JournalCorrupt where the disk has not kept that head either.
    """
    try:
        kept = read_head(file.read_text(encoding="utf-8"), str(file))
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError, AnchorRefused) as error:
        raise JournalCorrupt(f"a host has missed entries here, and what it knew cannot be read: {error}") from None
    _hold(journal, file, kept.ledger, kept.entries, kept.head, "the disk has lost the rest")


def _hold(journal: Journal, file: Path, ledger: str, seq: int, digest: str, why: str = "an older copy") -> None:
    """Refuse a journal that is not of this ledger, or has not got the entry that a file knows. Raises WitnessAhead."""
    if ledger != journal.ledger:
        raise WitnessAhead(f"{file} is of ledger {ledger}, and this is {journal.ledger}")
    if journal.head < seq:
        raise WitnessAhead(f"{file} knows entry {seq}, and the journal ends with {journal.head}: {why}")
    if not holds(journal, seq, digest):
        raise WitnessAhead(f"entry {seq} is not the one {file} knows: an older copy that went on")


def keep_head(file: Path, head: Head) -> None:
    """Write a head down for `check_head`, durably."""
    put_durably(file, msgspec.json.encode(head) + b"\n")


def _content(anchor: Anchor) -> bytes:
    """What is signed: a line for each field, and one for each row of a list."""
    lines = []
    for name in anchor.__struct_fields__:
        value = getattr(anchor, name)
        if isinstance(value, tuple) and value:
            text = b"[\n" + b",\n".join(_encode(row) for row in value) + b"\n]"
        else:
            text = _encode(value)
        lines.append(_encode(name) + b":" + text)
    return b"{\n" + b",\n".join(lines)


def _pairs(text: str) -> dict[str, str]:
    return {name: value.strip() for name, _, value in (line.partition(" ") for line in text.splitlines())}
