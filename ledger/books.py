"""Current state, and the few ways to change it, each asserting what must hold before it writes.

Books are derived from the journal and from nothing else. Rules read them through the methods below; only a kind's
`apply` calls a method that changes them. They hold no personal data in clear: a person is `identitas` (a keyed
HMAC of the identity number) and `kunci` (the slot of the key that opens the sealed part of the SPPH entry).

`Books` is all there is to know. What it knows of forms, money and the evening stands in `ledger.shelf_porsi`,
`ledger.shelf_kas` and `ledger.shelf_petang`.
"""

from __future__ import annotations

from functools import lru_cache

from ledger.ketentuan import Aturan, aturan_pada
from ledger.records import Stamp
from ledger.rows import Bank, Cabang, Pengguna, Terakhir, Tutup
from ledger.shelf import (
    AKTIF,
    BATAL,
    BERPORSI,
    DEPARTEMEN,
    DIBLOKIR,
    DICABUT,
    PUSAT,
    SAH,
    TABLES,
    TERBIT,
    TERPAKAI,
    Vault,
)
from ledger.shelf_kas import is_balanced
from ledger.shelf_petang import (
    BALIK,
    BANK_ONLY,
    CABUT,
    CONFIRMED,
    CURED,
    CUTOFF,
    DENDA,
    DIFF,
    DUPLICATE,
    HOST_ONLY,
    KELAS,
    KOREKSI,
    MATCHED,
    MISMATCH,
    OPEN,
    OVERDUE,
    SANCTION_PROPOSED,
    SEMBUH,
    SETTLED,
    TERBUKA,
    TOLAK,
    TRANSFER,
    ULANG,
    USUL,
    PetangShelf,
    kunci_selisih,
)

__all__ = [
    "AKTIF",
    "BALIK",
    "BANK_ONLY",
    "BATAL",
    "BERPORSI",
    "CABUT",
    "CONFIRMED",
    "CURED",
    "CUTOFF",
    "DENDA",
    "DEPARTEMEN",
    "DIBLOKIR",
    "DICABUT",
    "DIFF",
    "DUPLICATE",
    "HOST_ONLY",
    "KELAS",
    "KOREKSI",
    "MATCHED",
    "MISMATCH",
    "OPEN",
    "OVERDUE",
    "PUSAT",
    "SAH",
    "SANCTION_PROPOSED",
    "SEMBUH",
    "SETTLED",
    "TABLES",
    "TERBIT",
    "TERBUKA",
    "TERPAKAI",
    "TOLAK",
    "TRANSFER",
    "ULANG",
    "USUL",
    "Books",
    "Vault",
    "is_balanced",
    "kunci_selisih",
]

STANS = tuple(f"{stan:06d}" for stan in range(2_000))
"""STANs as keys tell them, for all but a device's busiest days: padding one costs ten times the look."""


class Books(PetangShelf):
    """All tables together. Without `below` the memory layer is everything: the twin of tests and simulation."""

    # --- reading -----------------------------------------------------------------------------------------------

    @staticmethod
    @lru_cache(maxsize=16)
    def aturan_of(hari: str) -> Aturan:
        """The rule set of a day that was opened."""
        aturan = aturan_pada(hari)
        assert aturan is not None, "a day is opened only under a rule set"
        return aturan

    def permintaan(self, perangkat: str, hari: str, stan: int) -> int | None:
        """The entry that a request identity became, or None."""
        return self._permintaan.get(f"{perangkat}/{hari}/{stan:06d}")

    # --- changing: called by `apply` and the engine only ---------------------------------------------------------

    def open_bank(self, row: Bank) -> None:
        """A new bank."""
        assert self._bank.get(row.kode) is None, "bank code is new"
        self._bank.put(row.kode, row)

    def open_cabang(self, row: Cabang) -> None:
        """A new branch or office."""
        tapak = f"{row.bank}/{row.cabang}"
        assert self._cabang.get(tapak) is None, "branch is new"
        self._cabang.put(tapak, row)
        day = self.setelmen(row.bank, self.hari)
        if day is not None:
            # The bank's evening has begun without it.
            self._tutup.put(tapak, Tutup(day.hari, day.seq_tutup, day.waktu_tutup_us))
        elif row.bank != DEPARTEMEN and (closed := self.penutupan(self.hari)) is not None:
            self._tutup.put(tapak, Tutup(closed.hari, closed.seq, 0))

    def set_status_cabang(self, tapak: str, status: str) -> None:
        """A branch's user ID changes state; DICABUT is final."""
        row = self._cabang.get(tapak)
        assert row is not None, "branch exists"
        assert row.status != DICABUT, "a revoked user ID never comes back"
        self._cabang.put(
            tapak,
            Cabang(row.bank, row.cabang, row.nama, row.kab_kota, row.provinsi, row.kode_porsi, row.zona_menit, status),
        )

    def open_perangkat(self, perangkat: str, seq: int) -> None:
        """A new device."""
        assert self.tables["perangkat"].get(perangkat) is None, "device is new"
        self.tables["perangkat"].put(perangkat, seq)

    def open_pengguna(self, row: Pengguna) -> None:
        """A new user profile."""
        assert self._pengguna.get(row.user) is None, "user is new"
        self._pengguna.put(row.user, row)

    def open_hari(self, hari: str) -> None:
        """A new business day, later than every one before."""
        assert hari > self.hari, "business days only go forward"
        self._hari.put("kini", hari)

    def note_request(self, stamp: Stamp) -> None:
        """Remember which entry a request became, so that a repeat finds it."""
        perangkat, hari, stan, seq = stamp.perangkat, stamp.hari, stamp.stan, stamp.seq
        digits = STANS[stan] if stan < len(STANS) else f"{stan:06d}"
        self._permintaan.insert(f"{perangkat}/{hari}/{digits}", seq)
        self._terakhir.put(perangkat, Terakhir(hari, stan, seq))
