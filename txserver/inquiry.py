"""Read-only answers from the books. Nothing is changed, and only durable entries are seen.

Who may see what: a branch sees forms and pilgrims of its own province (it may be asked to take their deposit), and
names in full only of forms still open and of pilgrims it registered itself; a Kandepag sees its own regency, the
centre everything. NIK is masked for everybody but the office that took it up.
"""

from __future__ import annotations

from typing import Any

import msgspec

from ledger.books import BATAL, DEPARTEMEN, TERPAKAI
from ledger.codec import decode_entry
from ledger.engine import answer_of
from ledger.errors import KeyDestroyed
from ledger.ketentuan import HARI_AWAL, IDR
from ledger.kinds import KINDS, setoran_awal
from ledger.kinds.spph import Pribadi
from ledger.receipts import pages, tanggal
from ledger.records import Data, Entry, Origin, Refusal
from ledger.rows import NO_ACCOUNT, Cabang, Calon, Spph
from ledger.store import Store
from ledger.wilayah import KAB_KOTA, PROVINSI
from txserver.board import Board
from txserver.branch import BranchEntries
from txserver.recap import Recap, is_centre
from txserver.wire.frames import (
    InquiryCabang,
    InquiryCetak,
    InquiryHari,
    InquiryLaci,
    InquiryNama,
    InquiryNik,
    InquiryPermintaan,
    InquiryPesan,
    InquiryPorsi,
    InquiryRiwayat,
    InquirySanksi,
    InquirySelisih,
    InquirySpph,
)

NOT_FOUND = Refusal("SKH7018", {})
NOT_YOURS = Refusal("SKH7017", {})

NAMES_MAX = 12
"""Pilgrims of one answer to NAMA."""
LETTERS_MIN = 3
"""Letters of a name to look for."""
LAST_MAX = 12
"""Last entries of a branch that CABANG shows."""
HISTORY_MAX = 200
"""Entries of one answer to RIWAYAT, the newest."""

_pribadi = msgspec.msgpack.Decoder(Pribadi).decode


class Inquiries:
    """Answers of one ledger."""

    def __init__(self, store: Store, board: Board, recap: Recap) -> None:
        self._store = store
        self._books = store.books
        self._board = board
        self._recap = recap
        self._branch = BranchEntries(store)

    def ask(self, query: Any, origin: Origin) -> dict[str, Any] | Refusal:
        """Answer one inquiry.

        Refuses SKH7018 nothing found, SKH7017 outside the asker's authority; and what its own method says.
        """
        match query:
            case InquirySpph(nomor_spph):
                return self._spph(nomor_spph, origin)
            case InquiryPorsi(nomor_porsi):
                return self._porsi(nomor_porsi.rjust(10, "0"), origin)
            case InquiryNik(nik):
                found = self._books.porsi_by_identitas(self._store.vault.index(f"NIK:{nik}"))
                return self._porsi(found, origin) if found else NOT_FOUND
            case InquiryPermintaan():
                return self._permintaan(query, origin)
            case InquiryCabang(bank, cabang, hari):
                return self._cabang(f"{bank}/{cabang}", hari, origin)
            case InquiryCetak(nomor_porsi, duplikat):
                return self._cetak(nomor_porsi, duplikat, origin)
            case InquiryNama(nama, lanjut):
                return self._nama(nama, lanjut, origin)
            case InquiryRiwayat(nomor):
                return self._riwayat(nomor, origin)
            case InquiryLaci():
                return self._laci(origin)
            case InquiryPesan():
                return {"baris": self._board.read(origin)}
            case InquiryHari() | InquirySelisih() | InquirySanksi():
                return self._recap.ask(query, origin)
        raise AssertionError(f"no answer for {type(query).__name__}")

    def _spph(self, nomor: str, origin: Origin) -> dict[str, Any] | Refusal:
        row = self._books.spph(nomor)
        if row is None:
            return NOT_FOUND
        if not self._may_see(row, origin):
            # A teller is told what the deposit would be refused for; the number itself says as much.
            here = self._books.cabang(origin.tapak)
            assert here is not None, "a session has its branch"
            elsewhere = Refusal("SKH2005", {"provinsi": row.provinsi, "provinsi_cabang": here.provinsi})
            return NOT_YOURS if origin.bank == DEPARTEMEN else elsewhere
        return self._person(row, origin, in_full=row.status != TERPAKAI or self._registered_here(row, origin))

    def _porsi(self, nomor_porsi: str, origin: Origin) -> dict[str, Any] | Refusal:
        calon = self._books.calon(nomor_porsi)
        if calon is None:
            return NOT_FOUND
        row = self._books.spph(calon.nomor_spph)
        assert row is not None, "a pilgrim has his form"
        if not self._may_see(row, origin):
            return NOT_YOURS
        is_ours = is_centre(origin) or f"{calon.bank}/{calon.cabang}" == origin.tapak
        return self._person(row, origin, in_full=is_ours) | {
            "nomor_porsi": nomor_porsi,  # the form of a porsi that is BATAL stands for another by now, or for none
            "status": calon.status,
            "posisi": self._books.posisi(nomor_porsi),
            "seq": calon.seq,
            "waktu_us": calon.waktu_us,
            "hari": calon.hari,
            "bank": calon.bank,
            "cabang": calon.cabang,
            "saldo_rupiah": calon.saldo_rupiah,
        }

    def _permintaan(self, query: InquiryPermintaan, origin: Origin) -> dict[str, Any] | Refusal:
        tapak = f"{query.bank}/{query.cabang}"
        if tapak != origin.tapak and not is_centre(origin):
            return NOT_YOURS
        seq = self._books.permintaan(f"{tapak}/{query.device}", query.hari, query.stan)
        if seq is None:
            return NOT_FOUND
        entry = self._entry(seq)
        return {"seq": seq, "kind": entry.kind, "waktu_us": entry.stamp.waktu_us, "data": answer_of(entry)}

    def _cabang(self, tapak: str, hari: str, origin: Origin) -> dict[str, Any] | Refusal:
        if not self._recap.answers_for(origin, tapak):
            return NOT_YOURS
        rows = self._books.saldo_cabang(tapak, hari)
        return {
            "saldo": [[akun, mata_uang, row.n, row.debit, row.kredit] for akun, mata_uang, row in rows],
            "jenis": self._jenis(tapak, hari),
            "terakhir": [_line(self._entry(seq)) for seq in self._branch.of_day(tapak, hari, LAST_MAX)],
            "terbuka": self._recap.open_at(tapak, LAST_MAX),
            "laci": self._branch.drawers(tapak),
        }

    def _jenis(self, tapak: str, hari: str) -> list[list[Any]]:
        """Number and sum of a branch's entries of a day, by kind. Of an entry's two accounts one is counted."""
        totals: dict[str, tuple[int, int]] = {}
        for kind, debit, kredit, mata_uang, row in self._books.rekap_cabang(tapak, hari):
            if debit != NO_ACCOUNT or kredit == NO_ACCOUNT:
                n, nominal = totals.get(kind, (0, 0))
                totals[kind] = n + row.n, nominal + (row.nominal if mata_uang == IDR else 0)
        return [[kind, n, nominal] for kind, (n, nominal) in sorted(totals.items())]

    def _nama(self, nama: str, lanjut: str, origin: Origin) -> dict[str, Any] | Refusal:
        """Pilgrims whose deposit the asking branch took.

        Refuses SKH1001 fewer than three letters, or a cursor that no answer gave.
        """
        words = nama.upper().split()
        if sum(letter.isalpha() for word in words for letter in word) < LETTERS_MIN:
            return Refusal("SKH1001", {"field": "nama", "sebab": f"minimal {LETTERS_MIN} huruf"})
        if lanjut and not (lanjut.isascii() and lanjut.isdigit() and len(lanjut) < 16):
            return Refusal("SKH1001", {"field": "lanjut", "sebab": "bukan dari jawaban"})
        seqs, rest = self._branch.before(origin.tapak, int(lanjut) if lanjut else self._store.journal.head + 1)
        found: list[list[Any]] = []
        for seq in seqs:
            entry = self._entry(seq)
            if entry.kind != setoran_awal.KIND.code:
                continue
            row = self._books.spph(entry.facts.nomor_spph)
            assert row is not None, "a deposit has its form"
            person = self._open(row)
            if all(word in person.nama.upper() for word in words):
                if len(found) == NAMES_MAX:
                    rest = found[-1][-1]
                    break
                calon = self._calon(entry.facts.nomor_porsi)
                found.append([calon.nomor_porsi, person.nama, calon.hari, calon.status, seq])
        return {"baris": found, "lanjut": str(rest) if rest > 1 else ""}

    def _riwayat(self, nomor: str, origin: Origin) -> dict[str, Any] | Refusal:
        calon = self._books.calon(nomor)
        row = self._books.spph(calon.nomor_spph if calon is not None else nomor)
        if row is None:
            return NOT_FOUND
        if not self._may_see(row, origin):
            return NOT_YOURS
        person = self._person(row, origin, in_full=row.status != TERPAKAI or self._registered_here(row, origin))
        told = self._books.riwayat(row.nomor)[-HISTORY_MAX:]
        shown = {name: person[name] for name in ("nomor_spph", "nomor_porsi", "nama")}
        return shown | {"baris": [_step(self._entry(seq)) for seq, _ in told]}

    def _laci(self, origin: Origin) -> dict[str, Any] | Refusal:
        """Refuses SKH2301 no drawer open at the device that asks."""
        laci = self._books.laci(origin.perangkat)
        if laci is None:
            return Refusal("SKH2301", {})
        return {
            "user": laci.user,
            "hari": laci.hari,
            "awal_rupiah": laci.awal_rupiah,
            "jenis": [[one.kind, one.n, one.masuk_rupiah, one.keluar_rupiah] for one in laci.jenis],
            "seharusnya_rupiah": laci.seharusnya_rupiah,
        }

    def _cetak(self, nomor_porsi: str, duplikat: int, origin: Origin) -> dict[str, Any] | Refusal:
        """A receipt leaves once, where and when its deposit was posted; every later copy is an entry and says so.

        Of a porsi that is BATAL it is the receipt of its correction, if it has one.

        Refuses SKH7018, SKH7017; SKH7023 a first print asked for elsewhere or later, or SKH7018 a copy that is no
        entry; SKH2203 instead where the porsi is BATAL.
        """
        calon = self._books.calon(nomor_porsi)
        if calon is None:
            return NOT_FOUND
        if f"{calon.bank}/{calon.cabang}" != origin.tapak:
            return NOT_YOURS
        is_batal = calon.status == BATAL
        entry = self._entry(calon.seq_batal if is_batal else calon.seq)
        make = KINDS[entry.kind].receipt
        is_first = entry.stamp.perangkat == origin.perangkat and entry.stamp.hari == self._books.hari
        if is_batal and (duplikat or not is_first or make is None):
            return Refusal("SKH2203", {"nomor_porsi": nomor_porsi, "seq_batal": calon.seq_batal})
        if duplikat > self._books.duplikat(nomor_porsi):
            return NOT_FOUND
        if not duplikat and not is_first:
            return Refusal("SKH7023", {"nomor_porsi": nomor_porsi})
        row, branch = self._books.spph(calon.nomor_spph), self._books.cabang(origin.tapak)
        assert row is not None, "a porsi has its form"
        assert branch is not None, "a session has its branch"
        assert make is not None, "what grants a porsi has a receipt"
        person = self._open(row)
        born = tanggal(person.tanggal_lahir) if person.tanggal_lahir else ""
        printed = _details(person, row) | {"tanggal_lahir": born}
        receipt = make(entry.facts, entry.stamp, printed)
        return {"kind": entry.kind, "halaman": pages(receipt, entry.stamp, branch.nama, branch.zona_menit, duplikat)}

    def _person(self, row: Spph, origin: Origin, *, in_full: bool) -> dict[str, Any]:
        person = self._open(row)
        own = origin.bank == DEPARTEMEN and origin.cabang == row.kab_kota
        shown = person if in_full or own else _masked(person)
        return {
            "nomor_spph": row.nomor,
            "status": row.status,
            **_details(shown, row),
            "nik": shown.nik if own else _mask(shown.nik, 6, 4),
            "telepon": shown.telepon,
            "nominal_rupiah": 0
            if self._books.hari == HARI_AWAL
            else self._books.aturan_of(self._books.hari).setoran_awal_rupiah,
            "nomor_porsi": row.nomor_porsi,
        }

    def _may_see(self, row: Spph, origin: Origin) -> bool:
        if is_centre(origin):
            return True
        here: Cabang | None = self._books.cabang(origin.tapak)
        assert here is not None, "a session has its branch"
        return here.kab_kota == row.kab_kota if origin.bank == DEPARTEMEN else here.provinsi == row.provinsi

    def _registered_here(self, row: Spph, origin: Origin) -> bool:
        calon = self._books.calon(row.nomor_porsi) if row.nomor_porsi else None
        return is_centre(origin) or (calon is not None and f"{calon.bank}/{calon.cabang}" == origin.tapak)

    def _open(self, row: Spph) -> Pribadi:
        """The sealed part of a form; all blanks once its key was destroyed."""
        try:
            return _pribadi(self._store.vault.open(row.kunci, self._entry(row.seq).facts.segel, row.nomor))
        except KeyDestroyed:
            return Pribadi(*[""] * len(Pribadi.__struct_fields__))

    def _calon(self, nomor_porsi: str) -> Calon:
        calon = self._books.calon(nomor_porsi)
        assert calon is not None, "what was granted has its pilgrim"
        return calon

    def _entry(self, seq: int) -> Entry:
        return decode_entry(self._store.journal.sound(seq))


def _nominal(entry: Entry) -> int:
    """Whole rupiah that an entry moved."""
    return sum(line.nominal for line in entry.postings if line.mata_uang == IDR and line.nominal > 0)


def _line(entry: Entry) -> list[Any]:
    """An entry as one of its branch's day."""
    stamp, nomor_porsi = entry.stamp, getattr(entry.facts, "nomor_porsi", "")
    return [
        stamp.seq, stamp.waktu_us, entry.kind, stamp.device, stamp.user, stamp.stan, nomor_porsi, _nominal(entry)
    ]  # fmt: skip


def _step(entry: Entry) -> list[Any]:
    """An entry as one of its pilgrim's history."""
    stamp = entry.stamp
    who = (stamp.bank, stamp.cabang, stamp.device, stamp.user, stamp.penyetuju)
    return [stamp.seq, stamp.hari, stamp.waktu_us, entry.kind, *who, _nominal(entry)]


def _details(person: Pribadi, row: Spph) -> Data:
    """What panel and receipt show of a person, in the order of the receipt."""
    return {
        "nama": person.nama,
        "nama_ayah": person.nama_ayah,
        "tempat_lahir": person.tempat_lahir,
        "tanggal_lahir": person.tanggal_lahir,
        "jenis_kelamin": person.jenis_kelamin,
        "alamat": person.alamat,
        "kelurahan": person.kelurahan,
        "kecamatan": person.kecamatan,
        "kab_kota": KAB_KOTA[row.kab_kota].nama_lengkap,
        "provinsi": PROVINSI[row.provinsi].nama,
        "kode_pos": person.kode_pos,
    }


def _mask(text: str, head: int, tail: int) -> str:
    hidden = len(text) - head - tail
    return text[:head] + "*" * hidden + text[len(text) - tail :] if hidden > 0 else "*" * len(text)


def _masked(person: Pribadi) -> Pribadi:
    """What somebody without need to know sees: initials, year of birth, sex."""
    nama, ayah = (" ".join(_mask(word, 1, 0) for word in text.split()) for text in (person.nama, person.nama_ayah))
    return Pribadi(nama, ayah, person.nik, "", "", person.tanggal_lahir[:4], person.jenis_kelamin, *[""] * 6)
