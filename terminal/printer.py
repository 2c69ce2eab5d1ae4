"""Receipt pages to a file. What stands on the pages is the host's; here they are only kept.

One text file per nomor porsi, sheets separated by a form feed. The name holds the nomor porsi alone: a list of the
folder tells nobody who has registered. Folder 0700, files 0600.
"""

from __future__ import annotations

import os
from pathlib import Path

Pages = list[list[str]]
"""Sheets of lines, at most 80 characters each."""

FORM_FEED = "\f"
COPIES_MAX = 1000


def save_receipt(folder: Path, nomor_porsi: str, pages: Pages) -> Path:
    """Write the receipt and give its path. The same text is not written twice; another one gets the next number.

    Raises OSError when it cannot be written.
    """
    assert set(nomor_porsi) <= set("0123456789"), "a file name is digits only"
    text = FORM_FEED.join("".join(f"{line}\n" for line in page) for page in pages)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for copy in range(1, COPIES_MAX):
        path = folder / (f"{nomor_porsi}.txt" if copy == 1 else f"{nomor_porsi}-{copy}.txt")
        if not path.exists():
            write_durably(path, text.encode())
            return path
        if path.read_bytes() == text.encode():
            return path
    raise OSError(f"{COPIES_MAX} receipts of {nomor_porsi} in {folder}")


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
