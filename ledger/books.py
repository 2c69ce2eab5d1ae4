"""Current state, and the few ways to change it, each asserting what must hold before it writes.

Books are derived from the journal and from nothing else. Rules read them through the methods below; only a kind's
`apply` calls a method that changes them. They hold no personal data in clear: a person is `identitas` (a keyed
HMAC of the identity number) and `kunci` (the slot of the key that opens the sealed part of the SPPH entry).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Protocol

from ledger.ketentuan import HARI_AWAL, Aturan, aturan_pada
from ledger.records import Posting, Stamp
from ledger.rows import NO_ACCOUNT, NO_SALDO, Bank, Cabang, Calon, Laci, Pengguna, Rekap, Saldo, Spph, Terakhir, sides
from ledger.tables import Below, Table, Undo, undo

AKTIF, DIBLOKIR, DICABUT = "AKTIF", "DIBLOKIR", "DICABUT"
TERBIT, SAH, TERPAKAI = "TERBIT", "SAH", "TERPAKAI"
BERPORSI, BATAL = "BERPORSI", "BATAL"

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


def is_balanced(postings: tuple[Posting, ...]) -> bool:
    """True when debit equals credit in every currency."""
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
    "rekap": (Rekap, False),
    "laci": (Laci, True),
    "batal": (int, False),
    "riwayat": (str, False),
    "cetak": (int, False),
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
        self._rekap: Table[Rekap] = self.tables["rekap"]
        self._laci: Table[Laci] = self.tables["laci"]
        self._batal: Table[int] = self.tables["batal"]
        self._riwayat: Table[str] = self.tables["riwayat"]
        self._cetak: Table[int] = self.tables["cetak"]
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
        """Place in the province's queue, counting live registrations from 1; 0 for a porsi that is BATAL.

        `batal` counts the ended ones under every prefix of their numbers, so that the smaller ones are at most
        nine counts for each of eight digits.
        """
        if self._batal.get(nomor_porsi):
            return 0
        smaller = [nomor_porsi[:at] + str(digit) for at in range(2, 10) for digit in range(int(nomor_porsi[at]))]
        return int(nomor_porsi[2:]) - sum(self._batal.get(prefix) or 0 for prefix in smaller)

    def duplikat(self, nomor_porsi: str) -> int:
        """How often a receipt was printed again; each time is an entry."""
        return self._cetak.get(nomor_porsi) or 0

    def riwayat(self, nomor_spph: str) -> list[tuple[int, str]]:
        """Every entry of a pilgrim, as (entry number, kind), in order of entry; empty for an unknown form.

        Issue and deposit now in force are named by the rows of form and porsi; the table holds the others.
        """
        spph = self.spph(nomor_spph)
        if spph is None:
            return []
        start = nomor_spph + "/"
        told = [(int(key[len(start) :]), kind) for key, kind in self._riwayat.range(start, start + "~")]
        told.append((spph.seq, "SPT"))
        if spph.nomor_porsi:
            holder = self.calon(spph.nomor_porsi)
            assert holder is not None, "a used form has its pilgrim"
            told.append((holder.seq, "STA"))
        return sorted(told)

    def spph_next(self, kab_kota: str) -> str:
        """The next SPPH number of a Kandepag: four digits of the regency, seven running."""
        return f"{kab_kota}{(self._nomor_get('spph/' + kab_kota) or 0) + 1:07d}"

    def kunci_next(self) -> int:
        """The next unused key slot, counted from 0."""
        return self._nomor_get("kunci") or 0

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

    def sign_spph(self, nomor: str, seq: int) -> None:
        """An issued form is signed."""
        row = self._spph.get(nomor)
        assert row is not None, "SPPH exists"
        assert row.status == TERBIT, "only an issued form is signed"
        self._put_spph(row, SAH, "")
        self._note_riwayat(nomor, seq, "SPS")

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

    def cancel_calon(self, nomor_porsi: str, identitas: str, seq: int) -> None:
        """A deposit is corrected: its porsi is BATAL for ever, its form SAH again, its person free."""
        row = self._calon.get(nomor_porsi)
        assert row is not None, "porsi exists"
        assert row.status == BERPORSI, "a porsi is cancelled once"
        assert self._porsi.get(identitas) == nomor_porsi, "the person holds this porsi"
        spph = self._spph.get(row.nomor_spph)
        assert spph is not None, "a pilgrim has his form"
        assert (spph.status, spph.nomor_porsi) == (TERPAKAI, nomor_porsi), "the form was used for this porsi"
        self._put_spph(spph, SAH, "")
        self._porsi.delete(identitas)
        self._calon.put(
            nomor_porsi,
            Calon(nomor_porsi, BATAL, row.nomor_spph, 0, row.seq, row.bank, row.cabang, row.hari, row.waktu_us, seq),
        )
        for end in range(3, 11):
            prefix = nomor_porsi[:end]
            self._batal.put(prefix, (self._batal.get(prefix) or 0) + 1)
        # The form may be used again, and its row names one deposit only.
        self._note_riwayat(row.nomor_spph, row.seq, "STA")
        self._note_riwayat(row.nomor_spph, seq, "KOR")

    def count_cetak(self, nomor_porsi: str, duplikat: int, seq: int) -> None:
        """A receipt is printed again, for the `duplikat`th time."""
        row = self._calon.get(nomor_porsi)
        assert row is not None, "porsi exists"
        assert duplikat == self.duplikat(nomor_porsi) + 1, "reprints are numbered without gap"
        self._cetak.put(nomor_porsi, duplikat)
        self._note_riwayat(row.nomor_spph, seq, "CTK")

    def _note_riwayat(self, nomor_spph: str, seq: int, kind: str) -> None:
        self._riwayat.put(f"{nomor_spph}/{seq:012d}", kind)

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

    def note_request(self, stamp: Stamp) -> None:
        """Remember which entry a request became, so that a repeat finds it."""
        self._permintaan.put(f"{stamp.perangkat}/{stamp.hari}/{str(stamp.stan).zfill(6)}", stamp.seq)
        self._terakhir.put(stamp.perangkat, Terakhir(stamp.hari, stamp.stan, stamp.seq))
