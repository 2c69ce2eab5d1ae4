"""Current state, and the few ways to change it, each asserting what must hold before it writes.

Books are derived from the journal and from nothing else. Rules read them through the methods below; only a kind's
`apply` calls a method that changes them. They hold no personal data in clear: a person is `identitas` (a keyed
HMAC of the identity number) and `kunci` (the slot of the key that opens the sealed part of the SPPH entry).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Protocol

from msgspec import Struct

from ledger.ketentuan import HARI_AWAL, Aturan, aturan_pada
from ledger.records import Posting, Stamp
from ledger.tables import Below, Table, Undo, undo

AKTIF, DIBLOKIR, DICABUT = "AKTIF", "DIBLOKIR", "DICABUT"
TERBIT, SAH, TERPAKAI = "TERBIT", "SAH", "TERPAKAI"
BERPORSI = "BERPORSI"

DEPARTEMEN = "DEP"
"""The "bank" under which the Department's own offices sign on: "DEP/0000" the centre, "DEP/3325" a Kandepag."""
PUSAT = "0000"

aturan_hari: Callable[[str], Aturan | None] = lru_cache(maxsize=16)(aturan_pada)


class Vault(Protocol):
    """What the rules need of the keys: sealing personal data, and the blind index of an identity."""

    def seal(self, kunci: int, plain: bytes, bound_to: str) -> bytes:
        """Encrypt under the pilgrim's key in slot `kunci`; `bound_to` must be given again to open."""

    def index(self, identitas: str) -> str:
        """Keyed HMAC of an identity ("NIK:..." or "KTP:kab:..."), 32 hex digits."""


class Bank(Struct, frozen=True, array_like=True, gc=False):
    """One BPS BPIH."""

    kode: str
    nama: str


class Cabang(Struct, frozen=True, array_like=True, gc=False):
    """One branch of a bank, or one Kandepag (bank DEP). `provinsi` is the civil code."""

    bank: str
    cabang: str
    nama: str
    kab_kota: str
    provinsi: str
    kode_porsi: str
    zona_menit: int
    status: str


class Pengguna(Struct, frozen=True, array_like=True, gc=False):
    """One user profile, bound to one branch or office."""

    user: str
    peran: str
    bank: str
    cabang: str


class Spph(Struct, frozen=True, array_like=True, gc=False):
    """One registration form: TERBIT (issued), SAH (signed) or TERPAKAI (a porsi was granted on it).

    `seq` is the entry that holds the sealed personal data.
    """

    nomor: str
    status: str
    provinsi: str
    kab_kota: str
    identitas: str
    kunci: int
    seq: int
    penerbit: str
    nomor_porsi: str


class Calon(Struct, frozen=True, array_like=True, gc=False):
    """One registered pilgrim: the holder of a nomor porsi."""

    nomor_porsi: str
    status: str
    nomor_spph: str
    saldo_rupiah: int
    seq: int
    bank: str
    cabang: str
    hari: str
    waktu_us: int


class Terakhir(Struct, frozen=True, array_like=True, gc=False):
    """The last request a device had posted."""

    hari: str
    stan: int
    seq: int


class Saldo(Struct, frozen=True, array_like=True, gc=False):
    """Movements of one account of one branch on one day: number of lines, debits and credits (both positive)."""

    n: int
    debit: int
    kredit: int


NO_SALDO = Saldo(0, 0, 0)


def is_balanced(postings: tuple[Posting, ...]) -> bool:
    """True when debit equals credit in every currency."""
    if len(postings) == 2 and postings[0].mata_uang == postings[1].mata_uang:
        return postings[0].nominal + postings[1].nominal == 0
    total: dict[str, int] = {}
    for line in postings:
        total[line.mata_uang] = total.get(line.mata_uang, 0) + line.nominal
    return not any(total.values())


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
    "saldo": (Saldo, False),
}


def _reader(table: Table[Any]) -> Callable[[str], Any]:
    """The shortest way to a row: past the layers where there is only one."""
    return table.rows.get if table.is_pinned else table.get


class Books:
    """All tables together. Without `below` the memory layer is everything: the twin of tests and simulation."""

    def __init__(self, vault: Vault, below: Callable[[str], Below[Any]] | None = None, *, may_pin: bool = True) -> None:
        self.vault = vault
        self._undo: Undo = []
        self.tables: dict[str, Table[Any]] = {
            name: Table(name, self._undo, below(name) if below else None, pinned=may_pin and is_small)
            for name, (_, is_small) in TABLES.items()
        }
        self._bank: Table[Bank] = self.tables["bank"]
        self._cabang: Table[Cabang] = self.tables["cabang"]
        self._perangkat: Table[int] = self.tables["perangkat"]
        self._pengguna: Table[Pengguna] = self.tables["pengguna"]
        self._hari: Table[str] = self.tables["hari"]
        self._nomor: Table[int] = self.tables["nomor"]
        self._terakhir: Table[Terakhir] = self.tables["terakhir"]
        self._spph: Table[Spph] = self.tables["spph"]
        self._calon: Table[Calon] = self.tables["calon"]
        self._porsi: Table[str] = self.tables["porsi_by_identitas"]
        self._permintaan: Table[int] = self.tables["permintaan"]
        self._saldo: Table[Saldo] = self.tables["saldo"]
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
        self._nomor_get: Callable[[str], int | None] = _reader(self._nomor)
        self._hari_get: Callable[[str], str | None] = _reader(self._hari)

    # --- batches -----------------------------------------------------------------------------------------------

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
        for table in self.tables.values():
            table.forget_seen()

    # --- reading -----------------------------------------------------------------------------------------------

    @property
    def hari(self) -> str:
        """The business date now open; HARI_AWAL before the first."""
        return self._hari_get("kini") or HARI_AWAL

    @staticmethod
    def aturan_of(hari: str) -> Aturan:
        """The rule set of a day that was opened."""
        aturan = aturan_hari(hari)
        assert aturan is not None, "a day is opened only under a rule set"
        return aturan

    def bank(self, kode: str) -> Bank | None:
        """A bank by its code."""
        return self._bank.get(kode)

    def is_perangkat(self, perangkat: str) -> bool:
        """True for a known device ("bank/cabang/device")."""
        return self._perangkat.get(perangkat) is not None

    def permintaan(self, perangkat: str, hari: str, stan: int) -> int | None:
        """The entry that a request identity became, or None."""
        return self._permintaan.get(f"{perangkat}/{hari}/{stan:06d}")

    def kode_porsi(self, kab_kota: str) -> str:
        """The series of a regency's province, as the Kandepag's own entry gave it."""
        office = self._cabang.get(f"{DEPARTEMEN}/{kab_kota}")
        assert office is not None, "an SPPH has its office"
        return office.kode_porsi

    def porsi_terakhir(self, kode_porsi: str) -> int:
        """How many numbers a series has granted; they are 1 to this, without gap."""
        return self._nomor_get("porsi/" + kode_porsi) or 0

    def porsi_next(self, kode_porsi: str) -> str:
        """The next nomor porsi of a series: two digits of the province, eight running."""
        urut = (self._nomor_get("porsi/" + kode_porsi) or 0) + 1
        return f"{kode_porsi}{str(urut).zfill(8)}"  # 0.10 us; {urut:08d} takes 0.18

    def posisi(self, nomor_porsi: str) -> int:
        """Place in the province's queue, counting live registrations from 1.

        No kind can end a registration yet, so all numbers before it are live.
        """
        return int(nomor_porsi[2:])

    def spph_next(self, kab_kota: str) -> str:
        """The next SPPH number of a Kandepag: four digits of the regency, seven running."""
        return f"{kab_kota}{(self._nomor_get('spph/' + kab_kota) or 0) + 1:07d}"

    def kunci_next(self) -> int:
        """The next unused key slot, counted from 0."""
        return self._nomor_get("kunci") or 0

    def saldo_cabang(self, tapak: str, hari: str) -> Iterator[tuple[str, str, Saldo]]:
        """Movements of a branch on a day: (akun, mata uang, saldo)."""
        start = f"{hari}/{tapak}/"
        for key, row in self._saldo.range(start, start + "~"):
            akun, mata_uang = key[len(start) :].split("/")
            yield akun, mata_uang, row

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
        assert self._perangkat.get(perangkat) is None, "device is new"
        self._perangkat.put(perangkat, seq)

    def open_pengguna(self, row: Pengguna) -> None:
        """A new user profile."""
        assert self._pengguna.get(row.user) is None, "user is new"
        self._pengguna.put(row.user, row)

    def open_hari(self, hari: str) -> None:
        """A new business day, later than every one before."""
        assert hari > self.hari, "business days only go forward"
        self._hari.put("kini", hari)

    def open_spph(self, row: Spph) -> None:
        """A new registration form; takes the next number of its office and the next key slot."""
        assert row.nomor == self.spph_next(row.kab_kota), "SPPH numbers have no gap"
        assert row.kunci == self.kunci_next(), "key slots have no gap"
        self._nomor.put("spph/" + row.kab_kota, int(row.nomor[4:]))
        self._nomor.put("kunci", row.kunci + 1)
        self._spph.put(row.nomor, row)

    def sign_spph(self, nomor: str) -> None:
        """An issued form is signed."""
        row = self._spph.get(nomor)
        assert row is not None, "SPPH exists"
        assert row.status == TERBIT, "only an issued form is signed"
        self._put_spph(row, SAH, "")

    def open_calon(self, row: Calon, identitas: str) -> None:
        """A porsi is granted: the next of its series, on a signed form, to a person who has none."""
        kode_porsi, urut = row.nomor_porsi[:2], int(row.nomor_porsi[2:])
        key = "porsi/" + kode_porsi
        assert urut == (self._nomor_get(key) or 0) + 1, "a porsi series has no gap and no repeat"
        spph = self._spph.get(row.nomor_spph)
        assert spph is not None, "SPPH exists"
        assert spph.status == SAH, "a porsi needs a signed, unused form"
        assert self._porsi.get(identitas) is None, "one person, one porsi"
        self._nomor.put(key, urut)
        self._put_spph(spph, TERPAKAI, row.nomor_porsi)
        self._calon.put(row.nomor_porsi, row)
        self._porsi.put(identitas, row.nomor_porsi)

    def _put_spph(self, row: Spph, status: str, nomor_porsi: str) -> None:
        self._spph.put(
            row.nomor,
            Spph(
                row.nomor,
                status,
                row.provinsi,
                row.kab_kota,
                row.identitas,
                row.kunci,
                row.seq,
                row.penerbit,
                nomor_porsi,
            ),
        )

    def book(self, postings: tuple[Posting, ...], stamp: Stamp) -> None:
        """Move the balances of the stamp's branch and day. Debit equals credit, per currency."""
        saldo = self._saldo
        for line in postings:
            key = f"{stamp.hari}/{stamp.tapak}/{line.akun}/{line.mata_uang}"
            nominal, old = line.nominal, saldo.get(key) or NO_SALDO
            if nominal >= 0:
                saldo.put(key, Saldo(old.n + 1, old.debit + nominal, old.kredit))
            else:
                saldo.put(key, Saldo(old.n + 1, old.debit, old.kredit - nominal))
        assert is_balanced(postings), "debit equals credit"

    def note_request(self, stamp: Stamp) -> None:
        """Remember which entry a request became, so that a repeat finds it."""
        self._permintaan.put(f"{stamp.perangkat}/{stamp.hari}/{str(stamp.stan).zfill(6)}", stamp.seq)
        self._terakhir.put(stamp.perangkat, Terakhir(stamp.hari, stamp.stan, stamp.seq))
