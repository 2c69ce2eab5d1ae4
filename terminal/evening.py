"""What the terminal knows of an evening beside the rows of `txserver.wire.evening`: states, steps, open drawers."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class State(StrEnum):
    """How far a bank's day has come."""

    OPEN = "OPEN"
    CUTOFF = "CUTOFF"
    CONFIRMED = "CONFIRMED"
    MATCHED = "MATCHED"
    MISMATCH = "MISMATCH"
    CURED = "CURED"
    OVERDUE = "OVERDUE"
    SANCTION_PROPOSED = "SANCTION_PROPOSED"
    SETTLED = "SETTLED"


class Langkah(StrEnum):
    """A step of the evening; UNGGAH is the way of a file to the host, KONFIRMASI what the host then does with it."""

    CUTOFF_SEMUA = "CUTOFF_SEMUA"
    COCOK = "COCOK"
    LAPORAN = "LAPORAN"
    KONFIRMASI = "KONFIRMASI"
    UNGGAH = "UNGGAH"


TERBUKA = "TERBUKA"
"""The status of a difference that waits for its cure."""
USUL = "USUL"
"""The status of a sanction that waits for its decision."""
HOST_ONLY = "HOST_ONLY"
"""The class of differences the centre may cancel."""


class Drawer(Struct, frozen=True, array_like=True):
    """One open drawer of a branch; of `jenis` each is kind, number, money in, money out."""

    device: str
    user: str
    hari: str
    awal_rupiah: int
    jenis: list[tuple[str, int, int, int]]

    @property
    def seharusnya_rupiah(self) -> int:
        """What it should hold."""
        return self.awal_rupiah + sum(masuk - keluar for _, _, masuk, keluar in self.jenis)
