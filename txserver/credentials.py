"""Passwords, outside the ledger: they change and must be forgettable, and a ledger forgets nothing.

One LMDB environment `sandi/`, database "sandi": user name -> msgpack array [hash, failures, disabled, generation].
`hash` is argon2id in its own notation, so that each row says how it was made. Every change is synced before it is
acted on: three wrong passwords stay three over a restart. `generation` rises with every change of password and ends
the resume tokens and approvals made before it.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import argon2
import lmdb
import msgspec
from msgspec import Struct

from ledger.journal import fsync_dir, open_env

MAP_BYTES = 1 << 30
TOKEN_SECONDS = 24 * 3600
"""Life of a resume token."""
APPROVAL_SECONDS = 600
"""Life of an approval: it outlives a restart of the host, and not the supervisor's walk to the next counter by much."""
APPROVAL = "izin"
"""What the digest of an approval is taken of begins with this, and has five parts; a resume token's has four."""
USER_LENGTH_MAX = 10
PASSWORD_LENGTH_MIN = 8
"""Characters of a password that is set."""

PROFILES = {
    # 19 ms here: 3,566 sign-ons cost 37 s of CPU in two threads
    "penuh": argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1),
    # for made-up countries of the load test, which says so in its output
    "ringan": argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1),
}


class Credential(Struct, frozen=True, array_like=True):
    """One user's row."""

    hash: str
    failures: int
    disabled: bool
    generation: int


class Credentials:
    """The password file, used by one thread; `siskohat-server sandi` may write to it from a process of its own."""

    def __init__(self, env: lmdb.Environment) -> None:
        self._env = env
        self._rows = env.open_db(b"sandi")
        self._decode = msgspec.msgpack.Decoder(Credential).decode
        self._nobody = PROFILES["penuh"].hash(secrets.token_hex(16))

    @classmethod
    def open(cls, path: Path) -> Credentials:
        """Open the file, making it where there is none."""
        if not (path / "data.mdb").exists():
            path.mkdir(mode=0o700, exist_ok=True)
            lmdb.open(str(path), map_size=MAP_BYTES, max_dbs=1, mode=0o600, lib_version=0).close()
            fsync_dir(path.parent)
        return cls(open_env(path, readonly=False, map_bytes=MAP_BYTES, max_dbs=1))

    def get(self, user: str) -> Credential | None:
        """A user's row."""
        with self._env.begin(db=self._rows) as txn:
            raw = txn.get(user.encode())
        return self._decode(raw) if raw is not None else None

    def hash_of(self, user: str) -> str:
        """The hash to verify against; one that nothing matches for an unknown user, so that he costs the same."""
        row = self.get(user)
        return row.hash if row else self._nobody

    def set_password(self, user: str, password: str, profile: str = "penuh") -> None:
        """Set a password and enable the user."""
        self.set_many([(user, password)], profile)

    def set_many(self, passwords: Iterable[tuple[str, str]], profile: str = "penuh") -> None:
        """Set passwords of several users in one sync; hashed in two threads, which is where the time goes."""
        users, words = zip(*passwords, strict=True)
        with ThreadPoolExecutor(2) as threads:
            hashes = list(threads.map(PROFILES[profile].hash, words))
        with self._env.begin(write=True, db=self._rows) as txn:
            for user, hashed in zip(users, hashes, strict=True):
                raw = txn.get(user.encode())
                generation = self._decode(raw).generation + 1 if raw is not None else 1
                txn.put(user.encode(), msgspec.msgpack.encode(Credential(hashed, 0, False, generation)))

    def change_password(self, user: str, hashed: str, generation: int) -> bool:
        """Put the hash of a new password in the place of generation `generation`. False when that is gone already."""
        with self._changing(user) as (row, put):
            if row is None or row.disabled or row.generation != generation:
                return False
            put(Credential(hashed, 0, False, generation + 1))
            return True

    def note_failure(self, user: str, failures_max: int) -> bool:
        """Count a wrong password. Returns True when it disabled the user."""
        with self._changing(user) as (row, put):
            if row is None or row.disabled:
                return False
            disabled = row.failures + 1 >= failures_max
            put(Credential(row.hash, row.failures + 1, disabled, row.generation))
            return disabled

    def note_success(self, user: str) -> None:
        """Forget earlier wrong passwords."""
        known = self.get(user)
        if known is None or not known.failures:
            return
        with self._changing(user) as (row, put):
            if row is not None:
                put(Credential(row.hash, 0, row.disabled, row.generation))

    @contextmanager
    def _changing(self, user: str) -> Iterator[tuple[Credential | None, Callable[[Credential], object]]]:
        """A user's row and how to change it, in one transaction: another process may set a password meanwhile."""
        with self._env.begin(write=True, db=self._rows) as txn:
            raw = txn.get(user.encode())
            row = self._decode(raw) if raw is not None else None
            yield row, lambda changed: txn.put(user.encode(), msgspec.msgpack.encode(changed))

    def close(self) -> None:
        """Close the file."""
        self._env.close()


def hash_password(password: str) -> str:
    """The hash of a password. Slow on purpose; runs in a thread."""
    return PROFILES["penuh"].hash(password)


def verify(stored: str, password: str) -> bool:
    """True when the password is the one hashed. Slow on purpose; runs in a thread."""
    try:
        return argon2.PasswordHasher().verify(stored, password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


def make_token(key: bytes, user: str, perangkat: str, generation: int, now_us: int) -> str:
    """A resume token: its end and a keyed digest over it, the user, the device and the password's generation."""
    end_s = now_us // 1_000_000 + TOKEN_SECONDS
    return f"{end_s}.{_sign(key, user, perangkat, generation, end_s)}"


def is_token(key: bytes, token: str, user: str, perangkat: str, generation: int, now_us: int) -> bool:
    """True for a token made by `make_token` for the same four, before its end."""
    end, _, digest = token.partition(".")
    if not _is_ahead(end, now_us, TOKEN_SECONDS):
        return False
    # As bytes: text with other than ASCII characters, which a peer may send, raises.
    return hmac.compare_digest(digest.encode(), _sign(key, user, perangkat, generation, int(end)).encode())


def make_approval(key: bytes, user: str, generation: int, subject: bytes, now_us: int) -> str:
    """An approval: its end, a keyed digest over it, who signs what in which generation of his password, and his name.

    `subject` says what is signed.
    """
    end_s = now_us // 1_000_000 + APPROVAL_SECONDS
    return f"{end_s}.{_sign(key, APPROVAL, user, generation, subject, end_s)}.{user}"


def approver_of(izin: str) -> str:
    """Who is said to have signed, not proved by anything; empty for what is no approval."""
    _, _, rest = izin.partition(".")
    _, _, user = rest.partition(".")
    return user if len(user) <= USER_LENGTH_MAX else ""


def is_approval(key: bytes, izin: str, generation: int, subject: bytes, now_us: int) -> bool:
    """True for an approval of the same subject made by `make_approval` in this generation, before its end."""
    end, _, rest = izin.partition(".")
    digest, _, user = rest.partition(".")
    if not _is_ahead(end, now_us, APPROVAL_SECONDS):
        return False
    return hmac.compare_digest(digest.encode(), _sign(key, APPROVAL, user, generation, subject, int(end)).encode())


def _is_ahead(end: str, now_us: int, life_s: int) -> bool:
    """Whether an end is still to come, and no further off than it can be: a clock that ran ahead, and was set right,
    leaves nothing behind that lives until the time it had shown.
    """
    if not (end.isascii() and end.isdigit() and len(end) < 16):
        return False
    return 0 <= int(end) * 1_000_000 - now_us <= 2 * life_s * 1_000_000


def _sign(key: bytes, *content: str | int | bytes) -> str:
    return hmac.new(key, msgspec.msgpack.encode(content), sha256).hexdigest()[:40]
