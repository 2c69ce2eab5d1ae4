"""Tutup hari: the centre closes the business day, two of its people signing; nothing of it is posted any more.

The entry speaks of every entry since the last close: totals by kind, bank, province and currency, each open
difference with its owner and age, the banks that are not settled, and each regency whose Kandepag has not said the
number the host has. What is found later is a new entry of a new day that points at the old one.

Dasar: D/163 pasal 7(5), 7(6), 7(8).
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from ledger.books import DEPARTEMEN, Books
from ledger.fields import Hari
from ledger.kind import Kind, Role
from ledger.records import Data, Refusal, Stamp
from ledger.rows import Jumlah, Penutupan

NOT_SAID = -1
"""In place of the number of an office that has said none."""


class TutupHari(Struct, frozen=True, array_like=True, tag="THR", gc=False):
    """The day to close, which must be the open one."""

    hari_tutup: Hari


class Terbuka(Struct, frozen=True, array_like=True, gc=False):
    """An open difference at the close; `umur_hari` counts days since its own, 0 on that day."""

    nomor_selisih: str
    kelas: str
    kode_bank: str
    pemilik: str
    umur_hari: int


class SilangBeda(Struct, frozen=True, array_like=True, gc=False):
    """A regency whose two counts of the day are not the same at the close: deposits on its forms by the host, and by
    its Kandepag, which has to explain it (`DEP/kab_kota`); `n_kandepag` is -1 when it has said nothing.
    """

    kab_kota: str
    n_host: int
    n_kandepag: int


class TutupHariFacts(Struct, frozen=True, array_like=True, gc=False):
    """What the journal keeps: it speaks of entries `seq_awal` to `seq_akhir`; `belum` names banks with deposits of the
    day that are not settled, `silang` regencies whose counts differ or are not said.
    """

    hari_tutup: str
    seq_awal: int
    seq_akhir: int
    jumlah: tuple[Jumlah, ...]
    terbuka: tuple[Terbuka, ...]
    belum: tuple[str, ...]
    silang: tuple[SilangBeda, ...] = ()


def decide(books: Books, req: TutupHari, stamp: Stamp) -> TutupHariFacts | Refusal:
    """Close the day.

    Refuses, in this order: SKH6230 not the open day, SKH6212 a bank with deposits has not cut off.

    Dasar: D/163 pasal 7(5), 7(6), 7(8).

    Asumsi: an open difference does not keep a day open: it is named in the close with its owner, and goes on as
    overdue.

    Asumsi: a difference between the host's count and a Kandepag's is that office's to explain; it keeps no day open.
    """
    if req.hari_tutup != stamp.hari:
        return Refusal("SKH6230", {"hari": stamp.hari})
    banks = {bank: books.setelmen(bank, stamp.hari) for bank in books.bank_menyetor(stamp.hari)}
    if still := [bank for bank, day in banks.items() if day is None]:
        return Refusal("SKH6212", {"n": len(still), "bank": still[0]})
    last = books.penutupan(books.hari_tutup)
    return TutupHariFacts(
        stamp.hari,
        last.seq + 1 if last is not None else 1,
        stamp.seq - 1,
        books.jumlah_sejak_tutup(),
        tuple(
            Terbuka(item.nomor, item.kelas, item.bank, item.pemilik, _days(item.hari, stamp.hari))
            for item in books.selisih_terbuka()
        ),
        tuple(bank for bank, day in banks.items() if day is not None and not day.seq_selesai),
        tuple(
            SilangBeda(kab_kota, row.n_host, row.n_kandepag if row.seq else NOT_SAID)
            for kab_kota, row in books.silang_hari(stamp.hari)
            if row.is_beda or (row.n_host and not row.seq)
        ),
    )


def _days(since: str, hari: str) -> int:
    return (date.fromisoformat(hari) - date.fromisoformat(since)).days


def apply(books: Books, facts: TutupHariFacts, stamp: Stamp) -> None:
    """The day is closed at every branch. What its rows say now is where the next close starts from."""
    place = books.cabang(stamp.tapak)
    assert place is not None, "the centre exists"
    own = Jumlah("THR", DEPARTEMEN, place.provinsi, "-", 1, 0)
    day = books.jumlah_hari(facts.hari_tutup)
    books.close_hari(Penutupan(facts.hari_tutup, stamp.seq, facts.seq_awal, facts.seq_akhir, (*day, own)), stamp)


def answer(facts: TutupHariFacts, stamp: Stamp) -> Data:
    """The day, and how much of it is open."""
    return {
        "hari": facts.hari_tutup,
        "seq_awal": facts.seq_awal,
        "seq_akhir": facts.seq_akhir,
        "n_terbuka": len(facts.terbuka),
        "n_belum": len(facts.belum),
        "n_silang": sum(one.n_kandepag != NOT_SAID for one in facts.silang),
    }


KIND = Kind(
    "THR",
    "TUTUP HARI",
    frozenset({Role.PUSAT}),
    TutupHari,
    TutupHariFacts,
    decide,
    apply,
    answer=answer,
    approvers=frozenset({Role.PUSAT}),
)
