"""Two operators take a clock for right that is behind the ledger: the file of `siskohat-server jam` that says so.

`jam.izin` in the ledger's directory holds the time of the last entry, both names, and a keyed digest over these
and the ledger's identity. It stands for that time only: when an entry has a later one, the clock had gone ahead again.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from pathlib import Path

import msgspec

from ledger.journal import put_durably

FILE = "jam.izin"
BEHIND_US = 24 * 3_600 * 1_000_000
"""A clock that is further behind the last entry than this is not believed."""


def give(path: Path, key: bytes, ledger: str, waktu_us: int, user: str, penyetuju: str) -> None:
    """Write a permit for the time `waktu_us` of the last entry, durably."""
    put_durably(path, msgspec.json.encode((waktu_us, user, penyetuju, _digest(key, ledger, waktu_us, user, penyetuju))))


def given(path: Path, key: bytes, ledger: str, waktu_us: int) -> tuple[str, str] | None:
    """Who has given a permit for this time of this ledger's last entry; None when nobody has."""
    try:
        said, user, penyetuju, digest = msgspec.json.decode(path.read_bytes(), type=tuple[int, str, str, str])
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    expected = _digest(key, ledger, waktu_us, user, penyetuju)
    return (user, penyetuju) if said == waktu_us and hmac.compare_digest(digest.encode(), expected.encode()) else None


def _digest(key: bytes, ledger: str, waktu_us: int, user: str, penyetuju: str) -> str:
    return hmac.new(key, msgspec.msgpack.encode(("jam", ledger, waktu_us, user, penyetuju)), sha256).hexdigest()
