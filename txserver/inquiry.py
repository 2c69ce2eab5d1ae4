"""Read-only answers from the books. Nothing is changed, and only durable entries are seen.

Who may see what: a branch sees forms and pilgrims of its own province (it may be asked to take their deposit), and
names in full only of forms still open and of pilgrims it registered itself; a Kandepag sees its own regency, the
centre everything. NIK is masked for everybody but the office that took it up.
"""

from __future__ import annotations

from typing import Any

import msgspec

from ledger.books import DEPARTEMEN, PUSAT, TERPAKAI, Cabang, Spph
from ledger.codec import decode_entry
from ledger.engine import answer_of
from ledger.errors import KeyDestroyed
from ledger.ketentuan import HARI_AWAL
from ledger.kinds import KINDS
from ledger.kinds.spph import Pribadi
from ledger.receipts import pages, tanggal
from ledger.records import Data, Entry, Origin, Refusal
from ledger.store import Store
from ledger.wilayah import KAB_KOTA, PROVINSI
from txserver.wire.frames import (
    InquiryCabang,
    InquiryCetak,
    InquiryNik,
    InquiryPermintaan,
    InquiryPorsi,
    InquirySpph,
)

NOT_FOUND = Refusal("SKH7018", {})
NOT_YOURS = Refusal("SKH7017", {})

_pribadi = msgspec.msgpack.Decoder(Pribadi).decode


class Inquiries:
    """Answers of one ledger."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._books = store.books

    def ask(self, query: Any, origin: Origin) -> dict[str, Any] | Refusal:
        """Answer one inquiry.

        Refuses SKH7018 nothing found, SKH7017 outside the asker's authority.
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
            case InquiryCetak(nomor_porsi):
                return self._cetak(nomor_porsi, origin)
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
        return self._person(row, origin, in_full=self._registered_here(row, origin)) | {
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
        if tapak != origin.tapak and not _is_centre(origin):
            return NOT_YOURS
        seq = self._books.permintaan(f"{tapak}/{query.device}", query.hari, query.stan)
        if seq is None:
            return NOT_FOUND
        entry = self._entry(seq)
        return {"seq": seq, "kind": entry.kind, "waktu_us": entry.stamp.waktu_us, "data": answer_of(entry)}

    def _cabang(self, tapak: str, hari: str, origin: Origin) -> dict[str, Any] | Refusal:
        if tapak != origin.tapak and not _is_centre(origin):
            return NOT_YOURS
        rows = self._books.saldo_cabang(tapak, hari)
        return {"saldo": [[akun, mata_uang, row.n, row.debit, row.kredit] for akun, mata_uang, row in rows]}

    def _cetak(self, nomor_porsi: str, origin: Origin) -> dict[str, Any] | Refusal:
        calon = self._books.calon(nomor_porsi)
        if calon is None:
            return NOT_FOUND
        if f"{calon.bank}/{calon.cabang}" != origin.tapak:
            return NOT_YOURS
        entry = self._entry(calon.seq)
        row, branch = self._books.spph(calon.nomor_spph), self._books.cabang(origin.tapak)
        make = KINDS[entry.kind].receipt
        assert row is not None, "a porsi has its form"
        assert branch is not None, "a session has its branch"
        assert make is not None, "what grants a porsi has a receipt"
        person = self._open(row)
        born = tanggal(person.tanggal_lahir) if person.tanggal_lahir else ""
        printed = _details(person, row) | {"tanggal_lahir": born}
        receipt = make(entry.facts, entry.stamp, printed)
        return {"halaman": pages(receipt, entry.stamp, branch.nama, branch.zona_menit)}

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
        if _is_centre(origin):
            return True
        here: Cabang | None = self._books.cabang(origin.tapak)
        assert here is not None, "a session has its branch"
        return here.kab_kota == row.kab_kota if origin.bank == DEPARTEMEN else here.provinsi == row.provinsi

    def _registered_here(self, row: Spph, origin: Origin) -> bool:
        calon = self._books.calon(row.nomor_porsi) if row.nomor_porsi else None
        return _is_centre(origin) or (calon is not None and f"{calon.bank}/{calon.cabang}" == origin.tapak)

    def _open(self, row: Spph) -> Pribadi:
        """The sealed part of a form; all blanks once its key was destroyed."""
        try:
            return _pribadi(self._store.vault.open(row.kunci, self._entry(row.seq).facts.segel, row.nomor))
        except KeyDestroyed:
            return Pribadi(*[""] * len(Pribadi.__struct_fields__))

    def _entry(self, seq: int) -> Entry:
        body = self._store.journal.get(seq)
        assert body is not None, "the books name entries that are there"
        return decode_entry(body)


def _is_centre(origin: Origin) -> bool:
    return origin.bank == DEPARTEMEN and origin.cabang == PUSAT


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
