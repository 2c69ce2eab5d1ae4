"""Two operators take a clock for right that is behind the ledger: the file of `siskohat-server jam` that says so.

`jam.izin` in the ledger's directory holds the time of the last entry, what the clock showed, both names, and a keyed
digest over these and the ledger's identity. It stands for that time of the ledger only: when an entry has a later one,
the clock had gone ahead again. And it does not stand for a clock that has fallen back further since: nobody saw that.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from pathlib import Path

import msgspec

from ledger.journal import put_durably
from ledger.kinds.terima_jam import SEHARI_US

FILE = "jam.izin"
BEHIND_US = SEHARI_US
"""A clock that is further behind the last entry than this is not believed."""


Said = tuple[int, int, str, str]
"""Time of the last entry, time of the clock, who signed, who signed second."""
_WRITTEN = tuple[int, int, str, str, str]


def give(path: Path, key: bytes, ledger: str, said: Said) -> None:
    """Write a permit, durably."""
    put_durably(path, msgspec.json.encode((*said, _digest(key, ledger, said))))


def given(path: Path, key: bytes, ledger: str, waktu_us: int, jam_us: int) -> tuple[str, str] | None:
    """Who has given a permit for this time of this ledger's last entry and this clock; None when nobody has."""
    try:
        entry_us, clock_us, user, penyetuju, digest = msgspec.json.decode(path.read_bytes(), type=_WRITTEN)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    expected = _digest(key, ledger, (entry_us, clock_us, user, penyetuju))
    is_ours = hmac.compare_digest(digest.encode(), expected.encode())
    return (user, penyetuju) if is_ours and entry_us == waktu_us and jam_us >= clock_us - BEHIND_US else None


def _digest(key: bytes, ledger: str, said: Said) -> str:
    return hmac.new(key, msgspec.msgpack.encode(("jam", ledger, *said)), sha256).hexdigest()
