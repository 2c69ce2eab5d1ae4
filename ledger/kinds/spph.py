"""SPPH terbit: a Kandepag takes up a pilgrim's data and gives the form a number.

Everything personal is sealed in the entry under a key of that pilgrim alone; outside the seal stand the regency,
the blind index of the identity and the key's slot.

Dasar: D/163 pasal 1(18), 2(1), 7(1).
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from ledger.books import TERBIT, Books
from ledger.fields import Nama, Teks16, Teks30, Teks60, is_printable, is_tidy
from ledger.ketentuan import HARI_AWAL, cacat_nik, is_tanggal
from ledger.kind import Kind, Role
from ledger.records import Data, Refusal, Stamp
from ledger.rows import Spph


class SpphBaru(Struct, frozen=True, array_like=True, tag="SPT", gc=False):
    """The form as the officer keyed it. Either `nik` or `ktp_lama` is given."""

    nama: Nama
    nama_ayah: Nama
    nik: Teks16
    ktp_lama: Teks30
    tempat_lahir: Teks30
    tanggal_lahir: Teks16
    jenis_kelamin: Teks16
    alamat: Teks60
    kelurahan: Teks30
    kecamatan: Teks30
    kode_pos: Teks16
    telepon: Teks16
    alasan_nik: Teks60


class Pribadi(Struct, frozen=True, array_like=True, gc=False):
    """The sealed part: msgpack of this array, AES-256-GCM. Grow at the end only."""

    nama: str
    nama_ayah: str
    nik: str
    ktp_lama: str
    tempat_lahir: str
    tanggal_lahir: str
    jenis_kelamin: str
    alamat: str
    kelurahan: str
    kecamatan: str
    kode_pos: str
    telepon: str
    alasan_nik: str


class SpphFacts(Struct, frozen=True, array_like=True, gc=False):
    """What the journal keeps in clear, and the seal. `nik_ditetapkan` says that an officer took a NIK that disagrees
    with the form; his reason is under the seal, for it speaks of a person.
    """

    nomor_spph: str
    provinsi: str
    kab_kota: str
    identitas: str
    kunci: int
    segel: bytes
    nik_ditetapkan: bool


_PRIBADI = msgspec.msgpack.Encoder()


def decide(books: Books, req: SpphBaru, stamp: Stamp) -> SpphFacts | Refusal:
    """Take up a form and give it the next number of the office.

    Refuses, in this order: SKH1002 empty or unprintable text, SKH1003 no such birth date or one still to come,
    SKH1004 sex neither L nor P, SKH2101 neither or both of NIK and old card, SKH2102 NIK malformed, SKH2103 NIK at
    odds with birth date or sex and no reason given, SKH2007 the person has a live porsi.

    Asumsi: a NIK that disagrees with the form may be taken with an officer's reason; a malformed one may not.
    """
    if (refusal := _check_form(req, stamp.hari)) is not None:
        return refusal
    office = books.cabang(stamp.tapak)
    assert office is not None, "authority was checked: the office exists"
    identitas = books.vault.index(f"NIK:{req.nik}" if req.nik else identitas_ktp(office.kab_kota, req.ktp_lama))
    if (nomor_porsi := books.porsi_by_identitas(identitas)) is not None:
        return Refusal("SKH2007", {"nomor_porsi": nomor_porsi, **_holder(books, nomor_porsi)})
    nomor, kunci = books.spph_next(office.kab_kota), books.kunci_next()
    segel = books.vault.seal(kunci, _PRIBADI.encode(_sealed_part(req)), nomor)
    ditetapkan = bool(req.nik and cacat_nik(req.nik, req.tanggal_lahir, req.jenis_kelamin))
    return SpphFacts(nomor, office.provinsi, office.kab_kota, identitas, kunci, segel, ditetapkan)


def identitas_ktp(kab_kota: str, nomor: str) -> str:
    """The identity behind an old card: issuing regency, and the number's letters and digits alone.

    Dots and blanks are written as people like; "11.5.1" and "1151" are one card, and one card is one person.
    """
    return f"KTP:{kab_kota}:{''.join(filter(str.isalnum, nomor)).upper()}"


def _check_form(req: SpphBaru, hari: str) -> Refusal | None:
    if not is_tidy(req.nama, req.nama_ayah, req.tempat_lahir, req.alamat, req.kelurahan, req.kecamatan):
        return Refusal("SKH1002", {})
    if not is_printable(req.ktp_lama, req.kode_pos, req.telepon, req.alasan_nik):
        return Refusal("SKH1002", {})
    if not is_tanggal(req.tanggal_lahir) or HARI_AWAL < hari <= req.tanggal_lahir:
        return Refusal("SKH1003", {"tanggal": req.tanggal_lahir})
    if req.jenis_kelamin not in ("L", "P"):
        return Refusal("SKH1004", {"jenis_kelamin": req.jenis_kelamin})
    if bool(req.nik) == any(map(str.isalnum, req.ktp_lama)):
        return Refusal("SKH2101", {})
    if req.nik:
        cacat = cacat_nik(req.nik, req.tanggal_lahir, req.jenis_kelamin)
        if cacat == "bentuk":
            return Refusal("SKH2102", {})
        if cacat and not req.alasan_nik.strip():
            return Refusal("SKH2103", {"sebab": cacat})
    return None


def _holder(books: Books, nomor_porsi: str) -> Data:
    holder = books.calon(nomor_porsi)
    assert holder is not None, "an index entry has its pilgrim"
    return {"bank": holder.bank, "cabang": holder.cabang}


def _sealed_part(req: SpphBaru) -> Pribadi:
    return Pribadi(
        req.nama,
        req.nama_ayah,
        req.nik,
        req.ktp_lama,
        req.tempat_lahir,
        req.tanggal_lahir,
        req.jenis_kelamin,
        req.alamat,
        req.kelurahan,
        req.kecamatan,
        req.kode_pos,
        req.telepon,
        req.alasan_nik,
    )


def apply(books: Books, facts: SpphFacts, stamp: Stamp) -> None:
    """The form is issued, not yet signed."""
    books.open_spph(
        Spph(
            facts.nomor_spph,
            TERBIT,
            facts.provinsi,
            facts.kab_kota,
            facts.identitas,
            facts.kunci,
            stamp.seq,
            stamp.user,
            "",
        )
    )


def answer(facts: SpphFacts, stamp: Stamp) -> Data:
    """The number of the form."""
    return {"nomor_spph": facts.nomor_spph}


KIND = Kind(
    "SPT", "SPPH TERBIT", frozenset({Role.PETUGAS}), SpphBaru, SpphFacts, decide, apply, answer=answer, in_day=False
)
