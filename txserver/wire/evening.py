"""Rows in which the host tells of an evening: those of HARI, SELISIH and SANKSI in docs/protocol.md, field by field.

A newer host may tell more at their end.
"""

from __future__ import annotations

from msgspec import Struct


class BankDay(Struct, frozen=True, array_like=True, gc=False):
    """One bank's day. `n_porsi` granted; `n` and `nominal_rupiah` of deposits that are live; then what the last match
    found, differences now open and sanctions proposed, what was passed on, what is still due, porsi charged for, and
    how many days ago the day was.
    """

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


class BranchDay(Struct, frozen=True, array_like=True, gc=False):
    """One branch of a bank's day: whether it has cut off, porsi granted, deposits that are live and their sum."""

    cabang: str
    nama: str
    tutup: bool
    n_porsi: int
    n: int
    nominal_rupiah: int


class Difference(Struct, frozen=True, array_like=True, gc=False):
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


class Sanction(Struct, frozen=True, array_like=True, gc=False):
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


class Running(Struct, frozen=True, array_like=True, gc=False):
    """A step that runs at the host: `n` of `dari`, which is 0 while nobody knows."""

    langkah: str
    bank: str
    hari: str
    n: int = 0
    dari: int = 0
