"""What stands behind `ledger.books`: the tables, how a batch is kept or dropped, and the plain reads.

`Shelf` is the ground on which the subjects stand: `ledger.shelf_porsi` (forms and pilgrims), `ledger.shelf_kas`
(drawers and balances) and `ledger.shelf_petang` (the evening). Rules see all of it as `ledger.books.Books`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from ledger.ketentuan import HARI_AWAL
from ledger.rows import (
    Alih,
    Bank,
    Cabang,
    Calon,
    Laci,
    Pengguna,
    Penutupan,
    Rekap,
    Sanksi,
    Selisih,
    Setelmen,
    Silang,
    Spph,
    Terakhir,
    Tutup,
)
from ledger.tables import Below, Table, Undo, undo

AKTIF, DIBLOKIR, DICABUT = "AKTIF", "DIBLOKIR", "DICABUT"
TERBIT, SAH, TERPAKAI = "TERBIT", "SAH", "TERPAKAI"
BERPORSI, BATAL = "BERPORSI", "BATAL"

DEPARTEMEN = "DEP"
"""The "bank" under which the Department's own offices sign on: "DEP/0000" the centre, "DEP/3325" a Kandepag."""
PUSAT = "0000"


class Vault(Protocol):
    """What the rules need of the keys: sealing personal data, and the blind index of an identity."""

    def seal(self, kunci: int, plain: bytes, bound_to: str) -> bytes:
        """Encrypt under the pilgrim's key in slot `kunci`; `bound_to` must be given again to open."""

    def index(self, identitas: str) -> str:
        """Keyed HMAC of an identity ("NIK:..." or "KTP:kab:..."), 32 hex digits."""


TABLES: dict[str, tuple[type, bool]] = {
    # name: (row type, pinned): a pinned table is small, read at every request, and kept in memory whole
    "bank": (Bank, True),
    "cabang": (Cabang, True),
    "perangkat": (int, True),
    "pengguna": (Pengguna, True),
    "hari": (str, True),
    "nomor": (int, True),
    "terakhir": (Terakhir, True),
    "spph": (Spph, False),
    "calon": (Calon, False),
    "porsi_by_identitas": (str, False),
    "permintaan": (int, False),
    "rekap": (Rekap, False),
    "laci": (Laci, True),
    "batal": (int, False),
    "riwayat": (str, False),
    "cetak": (int, False),
    "tutup": (Tutup, True),
    "setelmen": (Setelmen, False),
    "berkas": (int, False),
    "alih": (Alih, False),
    "selisih": (Selisih, False),
    "selisih_kunci": (str, False),
    "selisih_hari": (int, False),
    "terbuka": (int, False),
    "sanksi": (Sanksi, False),
    "sanksi_rekaman": (str, False),
    "silang": (Silang, False),
    "penutupan": (Penutupan, False),
}


def _reader(table: Table[Any]) -> Callable[[str], Any]:
    """The shortest way to a row: past the layers where there is only one."""
    return table.rows.get if table.is_pinned else table.get


class EveningTables:
    """The tables of the evening.

    By themselves, because CPython reads an attribute fast only of an object that has 30 of them at most: with these in
    `Shelf` a deposit took 4% longer.
    """

    def __init__(self, tables: dict[str, Table[Any]]) -> None:
        self.setelmen: Table[Setelmen] = tables["setelmen"]
        self.berkas: Table[int] = tables["berkas"]
        self.alih: Table[Alih] = tables["alih"]
        self.selisih: Table[Selisih] = tables["selisih"]
        self.selisih_kunci: Table[str] = tables["selisih_kunci"]
        self.selisih_hari: Table[int] = tables["selisih_hari"]
        self.terbuka: Table[int] = tables["terbuka"]
        self.sanksi: Table[Sanksi] = tables["sanksi"]
        self.sanksi_rekaman: Table[str] = tables["sanksi_rekaman"]
        self.silang: Table[Silang] = tables["silang"]
        self.penutupan: Table[Penutupan] = tables["penutupan"]


class Shelf:
    """The tables, and what is read of them at every request."""

    def __init__(self, vault: Vault, below: Callable[[str], Below[Any]] | None = None, *, may_pin: bool = True) -> None:
        self.vault = vault
        self._undo: Undo = []
        self.tables: dict[str, Table[Any]] = {
            name: Table(name, self._undo, below(name) if below else None, pinned=may_pin and is_small)
            for name, (_, is_small) in TABLES.items()
        }
        # A small batch would feel a call for every table.
        self._seen = [table.seen for table in self.tables.values() if not table.is_pinned]
        self._bank: Table[Bank] = self.tables["bank"]
        self._cabang: Table[Cabang] = self.tables["cabang"]
        self._pengguna: Table[Pengguna] = self.tables["pengguna"]
        self._hari: Table[str] = self.tables["hari"]
        self._nomor: Table[int] = self.tables["nomor"]
        self._terakhir: Table[Terakhir] = self.tables["terakhir"]
        self._spph: Table[Spph] = self.tables["spph"]
        self._calon: Table[Calon] = self.tables["calon"]
        self._porsi: Table[str] = self.tables["porsi_by_identitas"]
        self._permintaan: Table[int] = self.tables["permintaan"]
        self._rekap: Table[Rekap] = self.tables["rekap"]
        self._laci: Table[Laci] = self.tables["laci"]
        self._riwayat: Table[str] = self.tables["riwayat"]
        self._tutup: Table[Tutup] = self.tables["tutup"]
        self._evening = EveningTables(self.tables)
        # The plain reads of every request, bound once: a pinned table's memory is a dict that stays the same.
        self.cabang: Callable[[str], Cabang | None] = _reader(self._cabang)
        """A branch or office by "bank/cabang"."""
        self.pengguna: Callable[[str], Pengguna | None] = _reader(self._pengguna)
        """A user profile by name."""
        self.terakhir: Callable[[str], Terakhir | None] = _reader(self._terakhir)
        """The last request a device ("bank/cabang/device") had posted."""
        self.spph: Callable[[str], Spph | None] = _reader(self._spph)
        """A registration form by its number."""
        self.calon: Callable[[str], Calon | None] = _reader(self._calon)
        """A pilgrim by nomor porsi."""
        self.porsi_by_identitas: Callable[[str], str | None] = _reader(self._porsi)
        """The live nomor porsi of a person, by blind index."""
        self.laci: Callable[[str], Laci | None] = _reader(self._laci)
        """The open cash drawer of a device ("bank/cabang/device")."""
        self.tutup: Callable[[str], Tutup | None] = _reader(self._tutup)
        """A branch's last cut-off, by "bank/cabang"."""
        self._nomor_get: Callable[[str], int | None] = _reader(self._nomor)
        self._hari_get: Callable[[str], str | None] = _reader(self._hari)

    @property
    def jam_diterima(self) -> tuple[int, int]:
        """When a clock behind the ledger was last taken for right: the ledger's time, and the clock's; 0: never."""
        return self._nomor_get("jam") or 0, self._nomor_get("jam/host") or 0

    def note_jam(self, waktu_us: int, jam_host_us: int) -> None:
        """A clock that shows `jam_host_us` is taken for right at this time of the ledger."""
        self._nomor.put("jam", waktu_us)
        self._nomor.put("jam/host", jam_host_us)

    def keep(self) -> None:
        """The batch in hand is durable."""
        self._undo.clear()
        self.forget_seen()

    def drop(self) -> None:
        """The batch in hand failed: nothing of it stays."""
        undo(self._undo)
        self.forget_seen()

    def forget_seen(self) -> None:
        """Between batches: drop what was only read (see `Table`)."""
        for seen in self._seen:
            if seen:
                seen.clear()

    @property
    def hari(self) -> str:
        """The business date now open; HARI_AWAL before the first."""
        return self._hari_get("kini") or HARI_AWAL

    def bank(self, kode: str) -> Bank | None:
        """A bank by its code."""
        return self._bank.get(kode)

    def bank_semua(self) -> list[Bank]:
        """Every bank, by code; the Department is none."""
        return [row for _, row in self._bank.range("", "~") if row.kode != DEPARTEMEN]

    def cabang_bank(self, bank: str) -> list[Cabang]:
        """Every branch of a bank, by code, its head office included."""
        return [row for _, row in self._cabang.range(bank + "/", bank + "/~")]

    def is_perangkat(self, perangkat: str) -> bool:
        """True for a known device ("bank/cabang/device")."""
        return self.tables["perangkat"].get(perangkat) is not None
