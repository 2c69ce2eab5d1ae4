r"""The keys: personal data is sealed under a key per pilgrim, an identity is found by a keyed HMAC.

Files in the ledger's `kunci/` directory, all of mode 0600:

    induk.key    32 random bytes, the master secret
    indeks.key   32 random bytes, the secret of the identity index and of request digests
    slot.dat     16 bytes header "SKH-KUNCI-00001\\n", then slots of 32 bytes: slot n holds the secret of pilgrim n
    jangkar.key  32 random bytes, the private key (Ed25519) that signs the anchors of closed days; seals nothing

The key that seals is HMAC-SHA256(induk, slot): without the master the slot file opens nothing, and a slot
overwritten in place with zeros destroys one pilgrim's data for ever while the chain of entries stays whole. (A
deleted row of a B-tree would stay readable in free pages: hence a file of fixed slots.) Slots are made and synced
in bulk ahead, so that a key is durable before any entry needs it.

A seal is 12 bytes random nonce, then AES-256-GCM ciphertext and tag; the number it belongs to and the slot are bound
in as associated data.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.errors import FormatMismatch, JournalCorrupt, KeyDestroyed, UnsafeSetting

HEADER = b"SKH-KUNCI-00001\n"
SLOT = 32
SLOTS_AHEAD = 65_536
"""Slots made at a time: 2 MiB and one sync."""
DESTROYED = bytes(SLOT)
NONCE = 12


class FileVault:
    """The keys of one ledger, from its files. `random` gives n random bytes (seeded in simulation)."""

    def __init__(self, path: Path, random: Callable[[int], bytes] = os.urandom) -> None:
        self.path = path
        self._random = random
        self._induk = _read_key(path / "induk.key")
        indeks = _read_key(path / "indeks.key")
        self._indeks = hmac.digest(indeks, b"identitas", "sha256")
        self._sidik = blake2b(digest_size=8, key=hmac.digest(indeks, b"sidik", "sha256"))
        self._karantina = AESGCM(hmac.digest(self._induk, b"karantina", "sha256"))
        self.token_key = hmac.digest(indeks, b"lanjut", "sha256")
        _check_private(path / "slot.dat")
        self._slots = os.open(path / "slot.dat", os.O_RDWR)
        if os.pread(self._slots, len(HEADER), 0) != HEADER:
            raise FormatMismatch(f"{path / 'slot.dat'} is no key file of this format")
        self.slots = (os.fstat(self._slots).st_size - len(HEADER)) // SLOT

    @classmethod
    def create(cls, path: Path, random: Callable[[int], bytes] = os.urandom) -> FileVault:
        """New keys in a directory that does not exist yet, durable on return but for the directory's own name."""
        path.mkdir(mode=0o700)
        for name, content in (("induk.key", random(32)), ("indeks.key", random(32)), ("slot.dat", HEADER)):
            handle = os.open(path / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            os.write(handle, content)
            os.fsync(handle)
            os.close(handle)
        vault = cls(path, random)
        vault.make_slots(0)
        vault.signing_key()
        return vault

    def make_slots(self, used: int) -> None:
        """See to it that at least half a block of slots stands ready beyond the `used` ones."""
        if self.slots - used >= SLOTS_AHEAD // 2:
            return
        block = self._random(SLOT * SLOTS_AHEAD)
        assert os.pwrite(self._slots, block, len(HEADER) + SLOT * self.slots) == len(block), "slots were written whole"
        os.fsync(self._slots)
        self.slots += SLOTS_AHEAD

    def make_sure(self, used: int) -> None:
        """At a start: the slots that stand ready beyond the `used` ones are keys, and durable.

        A process killed between writing a block and its sync leaves slots that only look durable; a power cut at
        that moment may leave the file grown and its sectors empty, and an empty slot counts as destroyed.
        """
        ready = os.pread(self._slots, SLOT * max(self.slots - used, 0), len(HEADER) + SLOT * used)
        if DESTROYED in ready:
            for at in range(0, len(ready), SLOT):
                if ready[at : at + SLOT] == DESTROYED:
                    os.pwrite(self._slots, self._random(SLOT), len(HEADER) + SLOT * used + at)
        os.fsync(self._slots)

    def seal(self, kunci: int, plain: bytes, bound_to: str) -> bytes:
        """Encrypt under the key in slot `kunci`."""
        if kunci >= self.slots:
            self.make_slots(kunci)
        nonce = self._random(NONCE)
        return nonce + self._cipher(kunci).encrypt(nonce, plain, _associated(kunci, bound_to))

    def open(self, kunci: int, segel: bytes, bound_to: str) -> bytes:
        """Decrypt. Raises KeyDestroyed, and JournalCorrupt when the seal is not whole or of another number."""
        try:
            return self._cipher(kunci).decrypt(segel[:NONCE], segel[NONCE:], _associated(kunci, bound_to))
        except InvalidTag:
            raise JournalCorrupt(f"the seal of {bound_to} does not open") from None

    def index(self, identitas: str) -> str:
        """Blind index of an identity, 32 hex digits."""
        return hmac.digest(self._indeks, identitas.encode(), "sha256")[:16].hex()

    def digest(self, content: bytes) -> bytes:
        """Keyed digest of a request's content, 8 bytes: tells a repeat from another request, and nothing else."""
        keyed = self._sidik.copy()  # spares the key's own block: 0.29 us against 0.48
        keyed.update(content)
        return keyed.digest()

    def seal_frame(self, frame: bytes) -> bytes:
        """Encrypt a frame that is put aside for the operator."""
        nonce = self._random(NONCE)
        return nonce + self._karantina.encrypt(nonce, frame, b"karantina")

    def open_frame(self, sealed: bytes) -> bytes:
        """Decrypt a frame that was put aside. Raises JournalCorrupt when it is not whole."""
        try:
            return self._karantina.decrypt(sealed[:NONCE], sealed[NONCE:], b"karantina")
        except (InvalidTag, ValueError):
            raise JournalCorrupt("the seal of a frame that was put aside does not open") from None

    def signing_key(self) -> Ed25519PrivateKey:
        """The key that signs anchors (see `signing_key`)."""
        return signing_key(self.path, self._random)

    def close(self) -> None:
        """Close the slot file."""
        os.close(self._slots)

    def _cipher(self, kunci: int) -> AESGCM:
        secret = os.pread(self._slots, SLOT, len(HEADER) + SLOT * kunci)
        if len(secret) < SLOT:
            raise JournalCorrupt(f"key slot {kunci} is missing")
        if secret == DESTROYED:
            raise KeyDestroyed(f"the key in slot {kunci} was destroyed")
        return AESGCM(hmac.digest(self._induk, secret, "sha256"))


class NoVault:
    """No keys: for replay and verification, which need none."""

    def seal(self, kunci: int, plain: bytes, bound_to: str) -> bytes:  # noqa: ARG002 - the protocol names them
        """Replay never seals."""
        raise AssertionError("replay decides nothing, so it seals nothing")

    def index(self, identitas: str) -> str:  # noqa: ARG002 - the protocol names it
        """Replay never looks up an identity in clear."""
        raise AssertionError("replay decides nothing, so it looks nobody up")


def signing_key(path: Path, random: Callable[[int], bytes] = os.urandom) -> Ed25519PrivateKey:
    """The host's signing key, from its file in the key directory; made there, durably, if there is none yet.

    Host and command may come at the same time: the file gets its name when it is whole, and the first one stays.
    """
    file = path / "jangkar.key"
    if not file.exists():
        fresh = path / f"jangkar.key.{os.getpid()}.new"
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.write(handle, random(32))
            os.fsync(handle)
        finally:
            os.close(handle)
        with suppress(FileExistsError):
            os.link(fresh, file)
        fresh.unlink()
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return Ed25519PrivateKey.from_private_bytes(_read_key(file))


def _associated(kunci: int, bound_to: str) -> bytes:
    return f"{bound_to}/{kunci}".encode()


def _read_key(path: Path) -> bytes:
    _check_private(path)
    key = path.read_bytes()
    if len(key) != 32:
        raise FormatMismatch(f"{path} must hold 32 bytes")
    return key


def _check_private(path: Path) -> None:
    if not path.is_file():
        raise FormatMismatch(f"{path} is missing")
    if path.stat().st_mode & 0o077:
        raise UnsafeSetting(f"{path} can be read by others: chmod 600 it")
