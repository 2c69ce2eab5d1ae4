"""What the host hands a child process of the evening, and what is kept beside a confirmation file."""

from __future__ import annotations

from msgspec import Struct


class Job(Struct, forbid_unknown_fields=True, kw_only=True):
    """One step for a bank's day: take, match or report.

    `berkas`: (entry, SHA-256) of every file that counts, as the ledger says. Of a file to take: `path`, its name, its
    hash file and signature, and GANTI or TAMBAH where that was said beside the file. For the outputs: the bank's
    name, the time they bear, what the bank has to pass on, and the fee for a porsi.
    """

    langkah: str
    data: str
    bank: str
    hari: str
    jenis: str
    nama_bank: str = ""
    path: str = ""
    nama: str = ""
    sidik: str = ""
    tanda_tangan: str = ""
    cara: str = ""
    berkas: list[tuple[int, str]] = []
    waktu_us: int = 0
    n_limpah: int = 0
    limpah_rupiah: int = 0
    biaya_usd_sen: int = 0


class Kept(Struct, kw_only=True):
    """What lies beside a kept file: its name as delivered and the proof that came with it."""

    nama: str
    bank: str
    hari: str
    jenis: str
    tanda_tangan: str = ""
