"""What the host hands a child process of the evening, and what is kept beside a confirmation file."""

from __future__ import annotations

from msgspec import Struct

from ledger.rows import Selisih
from txserver.settlement.accounts import BankAccounts


class Job(Struct, forbid_unknown_fields=True, kw_only=True):
    """One step for a bank's day: take, match or report.

    `berkas`: (entry, SHA-256) of every file that counts, as the ledger says; `batal`: the entries by which the centre
    cancelled deposits of the day. Of a file to take: `path`, its name, its hash file and signature, and GANTI or TAMBAH
    where that was said beside the file. For the outputs: the bank's name, the time they bear, what the bank has to pass
    on, the fee for a porsi, the differences of the day as the ledger has them, (regency, host's count, Kandepag's, -1
    none) of the whole country, and the accounts.
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
    batal: list[int] = []
    waktu_us: int = 0
    n_limpah: int = 0
    limpah_rupiah: int = 0
    biaya_usd_sen: int = 0
    selisih: list[Selisih] = []
    silang: list[tuple[str, int, int]] = []
    rekening: BankAccounts | None = None


class Kept(Struct, kw_only=True):
    """What lies beside a kept file: its name as delivered and the proof that came with it."""

    nama: str
    bank: str
    hari: str
    jenis: str
    tanda_tangan: str = ""
