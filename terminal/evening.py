"""What the host tells of the evening: the rows of its answers under their names, the states, the steps.

The rows are those of HARI, SELISIH, SANKSI and CABANG in docs/protocol.md; a newer host may tell more at their end.
"""

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


class BankDay(Struct, frozen=True, array_like=True):
    """One bank's day."""

    bank: str
    nama: str
    keadaan: str
    n_cabang: int
    n_cabang_tutup: int
    n_porsi: int
    n: int
    nominal_rupiah: int
    n_berkas: int
    n_cocok: int
    n_host: int
    n_bank: int
    n_beda: int
    n_ganda: int
    n_terbuka: int
    n_usul: int
    n_limpah: int
    limpah_rupiah: int
    n_jatuh: int
    jatuh_rupiah: int
    n_biaya: int
    umur_hari: int

    @property
    def nama_pendek(self) -> str:
        """The bank's name without the word that nearly every one begins with."""
        return self.nama.removeprefix("BANK ")


class BranchDay(Struct, frozen=True, array_like=True):
    """One branch of a bank's day: porsi granted, deposits that are live and their sum."""

    cabang: str
    nama: str
    is_tutup: bool
    n_porsi: int
    n: int
    nominal_rupiah: int


class Difference(Struct, frozen=True, array_like=True):
    """One difference; `cara` and `seq_sembuh` are of its cure."""

    nomor: str
    bank: str
    hari: str
    kelas: str
    cabang: str
    device: str
    stan: int
    nomor_porsi: str
    nominal_host: int
    nominal_bank: int
    rrn: int
    pemilik: str
    status: str
    cara: str
    umur_hari: int
    seq: int
    seq_sembuh: int

    @property
    def nominal(self) -> int:
        """The amount it is about."""
        return self.nominal_bank or self.nominal_host


class Sanction(Struct, frozen=True, array_like=True):
    """One sanction, proposed or decided."""

    nomor: str
    nomor_selisih: str
    bank: str
    cabang: str
    hari: str
    nomor_porsi: str
    denda_rupiah: int
    status: str
    seq: int
    seq_putus: int


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


class Running(Struct, frozen=True, array_like=True):
    """A step that runs at the host: `n` of `dari`, which is 0 while nobody knows."""

    langkah: str
    bank: str
    hari: str
    n: int = 0
    dari: int = 0
