"""Books of the money of a day: what each bank took, passed on, and still owes; totals by kind.

Every sum is one pass over the rows of that day (`rekap`, `alih`): there is one for each branch and kind.

Dasar: D/163 pasal 7(5), 7(7).
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from ledger.rows import NO_ACCOUNT, NO_ALIH, Alih, Calon, Jumlah, Rekap
from ledger.shelf_kas import KasShelf


class DanaShelf(KasShelf):
    """The part of the books that adds up days."""

    def jumlah_cabang(self, tapak: str, hari: str) -> tuple[Jumlah, ...]:
        """What a branch posted on a day, by kind and currency: entries, and the sum of their debits."""
        return self._jumlah(self._rekap.range(f"{hari}/{tapak}/", f"{hari}/{tapak}/~"))

    def jumlah_hari(self, hari: str) -> tuple[Jumlah, ...]:
        """What was posted under a business date, by kind, bank, province and currency."""
        return self._jumlah(self._rekap.range(hari + "/", hari + "/~"))

    def _jumlah(self, rows: Iterator[tuple[str, Rekap]]) -> tuple[Jumlah, ...]:
        found: dict[tuple[str, str, str, str], Jumlah] = {}
        for key, row in rows:
            _, bank, cabang, kind, debit, kredit, mata_uang = key.split("/")
            if debit == NO_ACCOUNT and kredit != NO_ACCOUNT:
                continue  # a credit that stands by itself: its entry is counted with its debit
            place = self.cabang(f"{bank}/{cabang}")
            assert place is not None, "who posted is known"
            one = Jumlah(kind, bank, place.provinsi, mata_uang, row.n, row.nominal)
            old = found.get(one.kunci)
            found[one.kunci] = one if old is None else replace(old, n=old.n + row.n, nominal=old.nominal + row.nominal)
        return tuple(found[key] for key in sorted(found))

    def setoran_bank(self, bank: str, hari: str) -> dict[str, tuple[int, int, int]]:
        """Deposits a bank took on a day, by branch: (porsi granted, deposits still live, their sum)."""
        found: dict[str, tuple[int, int, int]] = {}
        for key, row in self._rekap.range(f"{hari}/{bank}/", f"{hari}/{bank}/~"):
            _, _, cabang, kind, _ = key.split("/", 4)
            if kind in {"STA", "KOR"}:
                granted, n, nominal = found.get(cabang, (0, 0, 0))
                sign = 1 if kind == "STA" else -1
                found[cabang] = (granted + row.n * (kind == "STA"), n + sign * row.n, nominal + sign * row.nominal)
        for cabang, alih in self._alih_bank(bank, hari):
            granted, n, nominal = found[cabang]
            found[cabang] = (granted, n - alih.n_batal, nominal - alih.batal_rupiah)
        return found

    def porsi_bank(self, bank: str, hari: str) -> int:
        """Porsi granted on a bank's deposits of a day, those that were cancelled afterwards included."""
        return sum(granted for granted, _, _ in self.setoran_bank(bank, hari).values())

    def bank_menyetor(self, hari: str) -> list[str]:
        """Banks that took a deposit on a day."""
        rows = self._rekap.range(hari + "/", hari + "/~")
        return sorted({key[11:14] for key, _ in rows if key[20:23] == "STA"})

    def dana_jatuh(
        self, bank: str, hari: str, setoran: dict[str, tuple[int, int, int]] | None = None
    ) -> tuple[tuple[str, int, int], ...]:
        """What a bank has to pass on now for a day: (branch, deposits, rupiah), branches with nothing left out.

        Live deposits of the day, less what was passed on, less those in open HOST_ONLY differences. `setoran` is what
        `setoran_bank` says, from whoever has asked already.
        """
        moved = dict(self._alih_bank(bank, hari))
        due = []
        for cabang, (_, n, nominal) in sorted((setoran or self.setoran_bank(bank, hari)).items()):
            alih = moved.get(cabang, NO_ALIH)
            left = n - alih.n_limpah - alih.n_tahan
            if left > 0:
                due.append((cabang, left, nominal - alih.limpah_rupiah - alih.tahan_rupiah))
        return tuple(due)

    def is_dilimpahkan(self, calon: Calon) -> bool:
        """Whether the deposit of a live porsi has been passed on: then no reversal reaches it any more."""
        alih = self._evening.alih.get(f"{calon.hari}/{calon.bank}/{calon.cabang}")
        if alih is None or not alih.n_limpah:
            return False
        _, n, _ = self.setoran_bank(calon.bank, calon.hari)[calon.cabang]
        return n <= alih.n_limpah

    def _alih_bank(self, bank: str, hari: str) -> Iterator[tuple[str, Alih]]:
        start = f"{hari}/{bank}/"
        return ((key[len(start) :], row) for key, row in self._evening.alih.range(start, start + "~"))

    def _move(self, place: str, **changes: int) -> None:
        row = self._evening.alih.get(place) or NO_ALIH
        self._evening.alih.put(
            place, replace(row, **{name: getattr(row, name) + more for name, more in changes.items()})
        )
