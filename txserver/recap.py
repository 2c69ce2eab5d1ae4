"""The evening as it is shown: every bank's day, a bank's branches, differences, sanctions. Reads the books alone.

Who may see what: the centre and an auditor everything, a bank's people their own bank, of differences and branches a
branch its own; the Department's other offices nothing.
"""

from __future__ import annotations

from datetime import date
from itertools import islice
from typing import Any

from msgspec import Struct

from ledger.books import DEPARTEMEN, PUSAT, TERBUKA, Books
from ledger.ketentuan import HARI_AWAL, is_tanggal
from ledger.kind import Role
from ledger.records import Origin, Refusal
from ledger.rows import Selisih, Setelmen
from ledger.wilayah import KAB_KOTA
from txserver.wire.evening import BankDay
from txserver.wire.frames import InquiryHari, InquirySanksi, InquirySelisih

ROWS_MAX = 15
"""Differences or sanctions of one answer."""
BRANCHES_MAX = 60
"""Branches of one answer."""

Deposits = dict[str, tuple[int, int, int]]
"""Of a bank's day by branch: porsi granted, deposits still live, their sum."""
NOT_YOURS = Refusal("SKH7017", {})


class Progress(Struct, gc=False):
    """A step that runs now: how many of how many; `dari` is 0 while nobody knows."""

    langkah: str
    bank: str
    hari: str
    n: int = 0
    dari: int = 0


SILANG_MAX = 60
"""Regencies whose counts differ that one answer names."""


class Recap:
    """The evening of one ledger. `running` are the steps that run now, kept by who runs them."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self.running: list[Progress] = []

    def ask(self, query: InquiryHari | InquirySelisih | InquirySanksi, origin: Origin) -> dict[str, Any] | Refusal:
        """Answer one inquiry. Refuses SKH1003 no such date, SKH7017 outside the asker's authority."""
        if not isinstance(query, InquirySanksi) and query.hari and not is_tanggal(query.hari):
            return Refusal("SKH1003", {"tanggal": query.hari})
        if origin.bank == DEPARTEMEN and not self.sees_all(origin):
            return NOT_YOURS
        if isinstance(query, InquiryHari):
            return self._hari(query, origin)
        if isinstance(query, InquirySelisih):
            return self._selisih(query, origin)
        return self._sanksi(query.lanjut, origin)

    def banks(self, origin: Origin) -> list[str]:
        """The banks whose evening this user may see."""
        if self.sees_all(origin):
            return [row.kode for row in self._books.bank_semua()]
        return [] if origin.bank == DEPARTEMEN else [origin.bank]

    def answers_for(self, origin: Origin, tapak: str) -> bool:
        """Whether a branch is this user's own, one of the bank whose head office he sits in, or he sees all."""
        is_of_bank = tapak.startswith(f"{origin.bank}/") and self._is_head_office(origin)
        return tapak == origin.tapak or is_of_bank or self.sees_all(origin)

    def sees_all(self, origin: Origin) -> bool:
        """Whether nothing of an evening is hidden from this user: one of the centre, or an auditor wherever he sits."""
        return is_centre(origin) or self._peran(origin) == Role.AUDITOR

    def open_at(self, tapak: str, n_max: int) -> list[list[Any]]:
        """A branch's open differences of any day, the oldest first: number, day, class, STAN, porsi, rupiah."""
        rows = (row for row in self._books.selisih_terbuka() if f"{row.bank}/{row.cabang}" == tapak)
        return [
            [row.nomor, row.hari, row.kelas, row.stan, row.nomor_porsi, row.nominal_bank or row.nominal_host]
            for row in islice(rows, n_max)
        ]

    def items(self, origin: Origin, hari: str, n_max: int) -> tuple[list[Selisih], int]:
        """Differences of a day and those still open of days before, for who may see them: open ones first, by age.

        At most `n_max` of them, and how many there are.
        """
        books, mine = self._books, set(self.banks(origin))
        waiting = [row for row in books.selisih_terbuka() if row.bank in mine and row.hari <= hari]
        waiting.sort(key=lambda row: (row.hari, row.nomor))
        ended = [row for bank in sorted(mine) for row in books.selisih_hari(bank, hari, "") if row.status != TERBUKA]
        return (waiting + ended)[:n_max], len(waiting) + len(ended)

    def bank_day(self, bank: str, hari: str, by_branch: Deposits | None = None) -> BankDay:
        """How far a bank's day has come. `by_branch`: its deposits, from whoever has added them up already."""
        books = self._books
        row = books.bank(bank)
        assert row is not None, "the bank exists"
        branches = [one for one in books.cabang_bank(bank) if one.cabang != PUSAT]
        if by_branch is None:
            by_branch = books.setoran_bank(bank, hari)
        taken, due = by_branch.values(), books.dana_jatuh(bank, hari, by_branch)
        day = books.setelmen(bank, hari) or Setelmen(bank, hari, 0, 0)
        return BankDay(
            bank,
            row.nama,
            books.keadaan_bank(bank, hari),
            len(branches),
            sum(self._has_cut_off(f"{bank}/{one.cabang}", hari) for one in branches),
            sum(granted for granted, _, _ in taken),
            sum(n for _, n, _ in taken),
            sum(nominal for _, _, nominal in taken),
            day.n_kft,
            day.n_cocok,
            day.n_host,
            day.n_bank,
            day.n_beda,
            day.n_ganda,
            day.n_terbuka,
            day.n_usul,
            day.n_limpah,
            day.limpah_rupiah,
            sum(n for _, n, _ in due),
            sum(nominal for _, _, nominal in due),
            day.n_biaya,
            days_between(hari, books.hari),
        )

    def _hari(self, query: InquiryHari, origin: Origin) -> dict[str, Any] | Refusal:
        books, mine = self._books, self.banks(origin)
        if query.kode_bank and query.kode_bank not in mine:
            return NOT_YOURS
        running = [
            [one.langkah, one.bank, one.hari, one.n, one.dari] for one in self.running if one.bank in {"", *mine}
        ]
        if not query.hari:  # asked again and again while a step runs, when a board would hold everybody up
            return {"hari": books.hari, "tutup": 0, "baris": [], "berjalan": running}
        closed = books.penutupan(query.hari)
        answer: dict[str, Any] = {"hari": books.hari, "tutup": 0 if closed is None else closed.seq, "berjalan": running}
        if query.kode_bank:
            deposits = books.setoran_bank(query.kode_bank, query.hari)
            answer["baris"] = [self.bank_day(query.kode_bank, query.hari, deposits)]
            return answer | self._cabang(query, origin, deposits)
        answer["baris"] = [self.bank_day(bank, query.hari) for bank in mine]
        if self.sees_all(origin):
            answer["silang"] = self.silang(query.hari)
        return answer

    def silang(self, hari: str) -> dict[str, Any]:
        """The cross-check with the Kandepag of a day: regencies that agree, that have said nothing, that differ; of
        these at most `SILANG_MAX` rows: name of the difference, regency, its name, host, Kandepag, owner.

        Dasar: D/163 pasal 7(8).
        """
        rows = list(self._books.silang_hari(hari))
        differing = [(at, row) for at, row in rows if row.is_beda]
        silent = sum(not row.seq and row.n_host > 0 for _, row in rows)
        return {
            "sama": sum(bool(row.seq) for _, row in rows) - len(differing),
            "belum": silent,
            "beda": len(differing),
            "baris": [
                [f"SK/{hari}/{at}", at, KAB_KOTA[at].nama_lengkap, row.n_host, row.n_kandepag, f"{DEPARTEMEN}/{at}"]
                for at, row in differing[:SILANG_MAX]
            ],
        }

    def _cabang(self, query: InquiryHari, origin: Origin, deposits: Deposits) -> dict[str, Any]:
        """The bank's branches above `lanjut`: code, name, whether it has cut off, deposits and their sum."""
        books, bank, hari = self._books, query.kode_bank, query.hari
        rows = [row for row in books.cabang_bank(bank) if row.cabang != PUSAT and row.cabang > query.lanjut]
        if not (self.sees_all(origin) or self._is_head_office(origin)):
            rows = [row for row in rows if row.cabang == origin.cabang]
        page = [
            [
                row.cabang,
                row.nama,
                self._has_cut_off(f"{bank}/{row.cabang}", hari),
                *deposits.get(row.cabang, (0, 0, 0)),
            ]
            for row in rows[:BRANCHES_MAX]
        ]
        return {"cabang": page, "lanjut": rows[BRANCHES_MAX - 1].cabang if len(rows) > BRANCHES_MAX else ""}

    def _selisih(self, query: InquirySelisih, origin: Origin) -> dict[str, Any] | Refusal:
        mine = self.banks(origin)
        if query.kode_bank and query.kode_bank not in mine:
            return NOT_YOURS
        books = self._books
        if query.hari and query.kode_bank:
            found = books.selisih_hari(query.kode_bank, query.hari, query.lanjut)
        else:
            found = (
                row
                for row in sorted(books.selisih_terbuka(), key=lambda row: row.nomor)
                if row.nomor > query.lanjut and query.kode_bank in {"", row.bank} and query.hari in {"", row.hari}
            )
        is_branch = not (self.sees_all(origin) or self._is_head_office(origin))
        baris: list[list[Any]] = []
        for row in found:
            if row.bank not in mine or (is_branch and row.cabang != origin.cabang):
                continue
            if len(baris) == ROWS_MAX:
                return {"baris": baris, "lanjut": baris[-1][0]}
            baris.append(self._line(row))
        return {"baris": baris, "lanjut": ""}

    def _line(self, row: Selisih) -> list[Any]:
        return [
            row.nomor,
            row.bank,
            row.hari,
            row.kelas,
            row.cabang,
            row.device,
            row.stan,
            row.nomor_porsi,
            row.nominal_host,
            row.nominal_bank,
            row.rrn,
            row.pemilik,
            row.status,
            row.cara,
            days_between(row.hari, self._books.hari),
            row.seq,
            row.seq_sembuh,
        ]

    def _sanksi(self, lanjut: str, origin: Origin) -> dict[str, Any] | Refusal:
        mine = self.banks(origin)
        baris: list[list[Any]] = []
        for row in self._books.sanksi_semua(lanjut):
            if row.bank not in mine:
                continue
            if len(baris) == ROWS_MAX:
                return {"baris": baris, "lanjut": baris[-1][0]}
            what = [row.nomor, row.nomor_selisih, row.bank, row.cabang, row.hari, row.nomor_porsi, row.denda_rupiah]
            baris.append([*what, row.status, row.seq, row.seq_putus])
        return {"baris": baris, "lanjut": ""}

    def _has_cut_off(self, tapak: str, hari: str) -> bool:
        cut = self._books.tutup(tapak)
        return cut is not None and cut.hari >= hari

    def _is_head_office(self, origin: Origin) -> bool:
        return self._peran(origin) == Role.BANK

    def _peran(self, origin: Origin) -> str:
        profile = self._books.pengguna(origin.user)
        return profile.peran if profile is not None else ""


def is_centre(origin: Origin) -> bool:
    """True for the Department's own office in Jakarta."""
    return origin.bank == DEPARTEMEN and origin.cabang == PUSAT


def days_between(since: str, hari: str) -> int:
    """Days from one business date to another; 0 before the first."""
    if HARI_AWAL in {since, hari} or since > hari:
        return 0
    return (date.fromisoformat(hari) - date.fromisoformat(since)).days
