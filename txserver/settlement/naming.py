"""What a difference of the match is called in the ledger: the fields of its request, and the number it has there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ledger.books import kunci_selisih
from ledger.rows import Selisih
from txserver.settlement.matching import DIFF, DUPLICATE, HOST_ONLY, Difference

Items = Mapping[str, Selisih]
"""Differences of a bank's day as the ledger has them, by what they are about; of several the last."""


class Named(NamedTuple):
    """A difference as `SelisihBaru` wants it behind bank and day; what is not known is empty, or 0."""

    kelas: str
    cabang: str
    device: str
    stan: int
    nomor_porsi: str
    nominal_host: int
    nominal_bank: int
    rrn: int


def named(one: Difference) -> Named:
    """A difference by the side that tells it: HOST_ONLY and DIFF by the host's deposit, the others by the bank's."""
    is_host = one.kelas in {HOST_ONLY, DIFF}
    device, stan = (one.host_device, one.host_stan) if is_host else (one.bank_device, one.bank_stan)
    porsi = one.host_nomor_porsi if is_host else one.bank_nomor_porsi
    rrn = one.host_seq if one.kelas == HOST_ONLY else one.bank_rrn
    host = one.host_nominal if one.kelas in {HOST_ONLY, DIFF, DUPLICATE} else 0
    return Named(
        one.kelas, one.cabang, device or "", stan or 0, porsi or "", host or 0, one.bank_nominal or 0, rrn or 0
    )


def items_by_name(rows: Iterable[Selisih]) -> dict[str, Selisih]:
    """The ledger's differences, for `item_of`; in order of number."""
    return {_key(row, row.bank, row.hari): row for row in rows}


def item_of(items: Items, bank: str, hari: str, one: Difference) -> Selisih | None:
    """The difference of the ledger that one of the match is; None before it was posted."""
    return items.get(_key(named(one), bank, hari))


def _key(one: Named | Selisih, bank: str, hari: str) -> str:
    return kunci_selisih(hari, bank, one.kelas, one.cabang, one.device, one.stan, one.nomor_porsi, one.rrn)
