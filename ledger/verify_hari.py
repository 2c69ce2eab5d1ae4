"""What is counted of a day for `ledger.verify_petang`: a bank's deposits and money, and the regencies' two counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ledger.records import Stamp

NOT_SAID = -1


@dataclass(slots=True)
class Cabang:
    """What one branch took on one day, and what became of it; `held` are open HOST_ONLY differences of live porsi."""

    granted: int = 0
    n: int = 0
    nominal: int = 0
    passed_n: int = 0
    passed: int = 0
    held_n: int = 0
    held: int = 0

    def hold(self, n: int, nominal: int) -> None:
        """So much more is without a bank to stand for it."""
        self.held_n += n
        self.held += nominal


@dataclass(slots=True)
class Hari:
    """The unsettled day of one bank; a deposit stands here as one number (see `deposit`), for there are many."""

    cabang: dict[str, Cabang] = field(default_factory=dict)
    deposits: dict[str, int] = field(default_factory=dict)
    ended: dict[str, tuple[str, int]] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    is_cut: bool = False
    kft: int = 0
    pck: int = 0
    short: int = 0
    """Records of the host that the last match found unconfirmed, or confirmed otherwise."""
    changed: int = 0
    charged: int = 0
    open: int = 0

    def deposit(self, nomor_porsi: str) -> tuple[int, str, int]:
        """The live deposit of a porsi: its entry, its branch, and a digest of what it said; or nothing."""
        packed = self.deposits.get(nomor_porsi, 0)
        return packed >> 80, f"{packed >> 64 & 0xFFFF:04d}" if packed else "", packed & 0xFFFF_FFFF_FFFF_FFFF

    def of(self, cabang: str) -> Cabang:
        """The branch's own part."""
        return self.cabang.setdefault(cabang, Cabang())


class Forms:
    """Deposits of the open day by the regency that signed the form: the host's count, and what each Kandepag says."""

    def __init__(self) -> None:
        self._host: dict[str, int] = {}
        self._said: dict[str, int] = {}

    def count(self, nomor_spph: str, more: int) -> None:
        """A deposit on a form was taken (1), or corrected by its branch (-1); the centre's cancellation is neither."""
        kab_kota = nomor_spph[:4]
        self._host[kab_kota] = self._host.get(kab_kota, 0) + more

    def say(self, stamp: Stamp, facts: Any) -> None:
        """A Kandepag said its number (SLK)."""
        if facts.hari_konfirmasi == stamp.hari:
            self._said[facts.kab_kota] = facts.n_kandepag

    def differing(self) -> list[tuple[str, int, int]]:
        """(regency, host, Kandepag or -1) where the two are not the same."""
        both = ((at, self._host.get(at, 0), self._said.get(at, NOT_SAID)) for at in sorted({*self._host, *self._said}))
        return [(at, host, said) for at, host, said in both if host != said and (host or said != NOT_SAID)]

    def clear(self) -> None:
        """The day is closed."""
        self._host.clear()
        self._said.clear()


def granted(day: Hari) -> int:
    """Porsi granted on a bank's day, those that were cancelled included."""
    return sum(own.granted for own in day.cabang.values())


def due(day: Hari) -> tuple[tuple[str, int, int], ...]:
    """What the branches of a bank owe for a day: live deposits, less what was passed on, less what is held back."""
    return tuple(
        (cabang, own.n - own.passed_n - own.held_n, own.nominal - own.passed - own.held)
        for cabang, own in sorted(day.cabang.items())
        if own.n - own.passed_n - own.held_n > 0
    )
