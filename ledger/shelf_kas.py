"""Books of money: open drawers, and what every branch moved on a day."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.records import Posting, Stamp
from ledger.rows import NO_ACCOUNT, NO_SALDO, Laci, Rekap, Saldo, sides
from ledger.shelf import Shelf


def is_balanced(postings: tuple[Posting, ...]) -> bool:
    """True when debit equals credit in every currency."""
    total: dict[str, int] = {}
    for line in postings:
        total[line.mata_uang] = total.get(line.mata_uang, 0) + line.nominal
    return not any(total.values())


class KasShelf(Shelf):
    """The part of the books that counts money."""

    def rekap_cabang(self, tapak: str, hari: str) -> Iterator[tuple[str, str, str, str, Rekap]]:
        """What a branch posted on a day: (kind, account debited, account credited, mata uang, rekap).

        The accounts and the currency are "-" where a kind moves no money; of an entry with other than two lines each
        line stands by itself, the other account "-".
        """
        start = f"{hari}/{tapak}/"
        for key, row in self._rekap.range(start, start + "~"):
            kind, debit, kredit, mata_uang = key[len(start) :].split("/")
            yield kind, debit, kredit, mata_uang, row

    def saldo_cabang(self, tapak: str, hari: str) -> Iterator[tuple[str, str, Saldo]]:
        """Movements of a branch on a day: (akun, mata uang, saldo), by akun."""
        found: dict[tuple[str, str], Saldo] = {}
        for _, debit, kredit, mata_uang, row in self.rekap_cabang(tapak, hari):
            for akun, _, side in sides(debit, kredit, mata_uang, row):
                found[akun, mata_uang] = found.get((akun, mata_uang), NO_SALDO).plus(side)
        return ((akun, mata_uang, found[akun, mata_uang]) for akun, mata_uang in sorted(found))

    def open_laci(self, perangkat: str, row: Laci) -> None:
        """A drawer is opened at a device that has none open."""
        assert self.laci(perangkat) is None, "one open drawer a device"
        self._laci.put(perangkat, row)

    def change_laci(self, perangkat: str, row: Laci) -> None:
        """Something moved in an open drawer, or it changed hands."""
        assert self.laci(perangkat) is not None, "the drawer is open"
        self._laci.put(perangkat, row)

    def close_laci(self, perangkat: str) -> None:
        """The drawer was counted and closed."""
        self._laci.delete(perangkat)

    def book(self, kind: str, postings: tuple[Posting, ...], stamp: Stamp) -> None:
        """Count an entry for its branch and day, and move the balances. Debit equals credit, per currency."""
        # Nearly every entry has two lines, and then one row says both: half the writes of a row for each account.
        if len(postings) == 2 and postings[0].nominal >= 0 and postings[0].mata_uang == postings[1].mata_uang:
            debit, kredit = postings
            assert debit.nominal == -kredit.nominal, "debit equals credit"
            key = f"{stamp.hari}/{stamp.tapak}/{kind}/{debit.akun}/{kredit.akun}/{debit.mata_uang}"
            rekap = self._rekap
            old = rekap.get(key)
            rekap.put(key, Rekap(1, debit.nominal) if old is None else Rekap(old.n + 1, old.nominal + debit.nominal))
            return
        assert is_balanced(postings), "debit equals credit"
        start = f"{stamp.hari}/{stamp.tapak}/{kind}"
        for line in postings:
            accounts = f"{line.akun}/{NO_ACCOUNT}" if line.nominal >= 0 else f"{NO_ACCOUNT}/{line.akun}"
            self._count(f"{start}/{accounts}/{line.mata_uang}", abs(line.nominal))
        if not postings:
            self._count(f"{start}/{NO_ACCOUNT}/{NO_ACCOUNT}/{NO_ACCOUNT}", 0)

    def _count(self, key: str, nominal: int) -> None:
        old = self._rekap.get(key) or Rekap(0, 0)
        self._rekap.put(key, Rekap(old.n + 1, old.nominal + nominal))
