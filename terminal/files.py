"""Small files of the terminal: written whole, readable by their owner alone, and named after a device."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ledger.records import Origin


def write_durably(path: Path, content: bytes) -> None:
    """Replace a file as a whole, readable by its owner alone, and on the disk when this returns."""
    fresh = path.with_name(f".{path.name}.baru")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make names in a folder durable: a rename is lost with the power unless the folder is synced too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def device_name(who: Origin) -> str:
    """A device as part of a file name."""
    return re.sub(r"[^A-Za-z0-9-]", "_", f"{who.bank}-{who.cabang}-{who.device}")
