"""A bank's confirmation file on this workstation: found, proved, and cut into pieces for the line.

    FILE             the confirmation, in any form the host takes, packed or not
    FILE.sha256      its SHA-256 as `sha256sum` writes it; without it the hash is made here
    FILE.sig         the bank's signature over that hash file (hex or base64), where the host has a key of the bank

The hash is sent as it was delivered beside the file, so that the host, not this workstation, finds what was changed
on the way here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path

from txserver.wire.frames import UPLOAD_BYTES_MAX

HASH, SIGNATURE = ".sha256", ".sig"
NAME_MAX, LISTED_MAX = 64, 500
SIGNATURE_MAX = 128
_HEX = re.compile(r"[0-9A-Fa-f]{64}")


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A file to send: its name for the host, its size, hash (hex) and signature (may be empty)."""

    path: Path
    nama: str
    size: int
    sidik: str
    tanda_tangan: str

    def piece(self, offset: int) -> bytes:
        """What is sent from a place on. Raises OSError."""
        with self.path.open("rb") as file:
            file.seek(offset)
            return file.read(UPLOAD_BYTES_MAX)


def found(folder: Path) -> Iterator[tuple[str, str]]:
    """The files of a folder with their size, newest first; nothing where it cannot be read."""
    try:
        files = [(path.stat(), path) for path in folder.iterdir() if path.is_file()]
    except OSError:
        return
    offered = [(stat, path) for stat, path in files if path.suffix not in {HASH, SIGNATURE} and path.name[0] != "."]
    for stat, path in sorted(offered, key=lambda one: -one[0].st_mtime)[:LISTED_MAX]:
        when = datetime.fromtimestamp(stat.st_mtime, UTC)
        yield path.name, f"{when:%d-%m-%Y}  {stat.st_size:,}".replace(",", ".")


def taken(folder: Path, typed: str) -> Confirmation:
    """The file that was named, alone or with its way; one without a way is of the folder. Raises OSError."""
    path = Path(typed).expanduser()
    path = path if path.is_absolute() else folder / path
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
        size = file.tell()
    beside = _HEX.match(_text(path.with_name(path.name + HASH)))
    signature = _text(path.with_name(path.name + SIGNATURE)).strip()[:SIGNATURE_MAX]
    return Confirmation(path, path.name[-NAME_MAX:], size, beside[0] if beside else digest, signature)


def _text(path: Path) -> str:
    """A small file beside the file; empty where there is none."""
    try:
        with path.open(encoding="ascii", errors="replace") as file:
            return file.read(1024)
    except FileNotFoundError:
        return ""
