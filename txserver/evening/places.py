"""Where the evening keeps its files, in the ledger's directory. All but `konfirmasi/` may be deleted: it is made anew.

konfirmasi/SHA256         a bank's confirmation file as delivered, for good; SHA256.json: its name and its proof
masuk/                    uploads on their way
kotak/BANK/               the watched folder: FILE and FILE.sha256; then in diterima/ or ditolak/ below it
kunci-bank/BANK.pem       a bank's public key (Ed25519); where it lies, a file must be signed
petang/HARI/BANK/         working store of a bank's day
laporan/HARI/BANK/        its outputs
"""

from __future__ import annotations

import re
from pathlib import Path

from ledger.witness import FOLDER

_NAME = re.compile(r"[^A-Za-z0-9._-]+")


class Places:
    """The folders of one ledger directory."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.konfirmasi = data / "konfirmasi"
        self.masuk = data / "masuk"
        self.kotak = data / "kotak"

    def petang(self, bank: str, hari: str) -> Path:
        """The working folder of a bank's day."""
        return self.data / "petang" / hari / bank

    def laporan(self, bank: str, hari: str) -> Path:
        """The outputs of a bank's day."""
        return self.data / "laporan" / hari / bank

    def kunci(self, bank: str) -> Path:
        """The public key of a bank."""
        return self.data / "kunci-bank" / f"{bank}.pem"

    def jangkar(self, hari: str, kind: str) -> Path:
        """The anchor of a closed day (`json`), and its printed page (`txt`)."""
        return self.data / FOLDER / f"{hari}.{kind}"


def make(folder: Path) -> Path:
    """A folder that others cannot read; made if it is not there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def plain_name(name: str) -> str:
    """A file name as somebody gave it, fit to be shown and to be a file's name here: no folders, nothing odd."""
    return _NAME.sub("_", name.replace("\\", "/").rpartition("/")[2]).lstrip(".")[:64] or "konfirmasi"
