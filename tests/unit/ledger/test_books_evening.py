"""Do the books of the evening stop what must not be, and add up what a bank owes?"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from ledger.books import (
    AKTIF,
    CONFIRMED,
    CURED,
    CUTOFF,
    HOST_ONLY,
    MATCHED,
    MISMATCH,
    OPEN,
    OVERDUE,
    SANCTION_PROPOSED,
    SETTLED,
    TERBUKA,
    USUL,
    Books,
    kunci_selisih,
)
from ledger.ketentuan import IDR, KLIRING, TABUNGAN
from ledger.records import Posting, Stamp
from ledger.rows import Bank, Cabang, Calon, Penutupan, Sanksi, Selisih, Spph
from tests.ledger_fixtures import JUTA_20, PlainVault

HARI = "2004-05-03"
STAMP = Stamp(20, 1, HARI, "002", "0101", "T1", 1, "T0101", "", bytes(8), "002/0101", "002/0101/T1")
ITEM = Selisih("SL0000000001", "002", HARI, HOST_ONLY, "0101", "", 0, "1100000001", JUTA_20, 0, 0, "002", TERBUKA, 30)
FINE = Sanksi("SN0000000001", ITEM.nomor, "002", "0101", HARI, "1100000001", 10_000_000, USUL, 40)
KUNCI = kunci_selisih(HARI, "002", HOST_ONLY, "0101", "", 0, "1100000001", 0)


@pytest.fixture
def books() -> Books:
    """A bank with a head office and one branch that took two deposits on the open day; the bank has cut off."""
    books = Books(PlainVault())
    books.open_bank(Bank("002", "BANK"))
    books.open_hari(HARI)
    for cabang in ("0000", "0101"):
        books.open_cabang(Cabang("002", cabang, "X", "3325", "33", "11", 420, AKTIF))
    for n in (1, 2):
        form, porsi = f"3325000000{n}", f"110000000{n}"
        books.open_spph(Spph(form, "TERBIT", "33", "3325", str(n), n - 1, n, "P3325", ""))
        books.sign_spph(form, 2 + n)
        books.open_calon(Calon(porsi, "BERPORSI", form, JUTA_20, 10 + n, "002", "0101", HARI, 1), str(n))
        lines = Posting(KLIRING, "002/0101", IDR, JUTA_20), Posting(TABUNGAN, porsi, IDR, -JUTA_20)
        books.book("STA", lines, STAMP)
    books.cut_off("002/0101", STAMP)
    books.cut_off_bank("002", STAMP)
    books.keep()
    return books


DUE = (("0101", 2, 2 * JUTA_20),)


def opened(books: Books) -> Books:
    books.open_selisih(ITEM, KUNCI)
    return books


def cured(books: Books) -> Books:
    books.close_selisih(ITEM.nomor, "TRANSFER", 31)
    return books


def settled(books: Books) -> Books:
    books.change_setelmen("002", HARI, seq_selesai=50)
    return books


def closed(books: Books) -> Books:
    books.close_hari(Penutupan(HARI, 60, 1, 59, ()), STAMP)
    return books


def twice(change: Callable[[Books], None]) -> Callable[[Books], None]:
    def both(books: Books) -> None:
        change(books)
        change(books)

    return both


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda books: books.cut_off("002/0101", STAMP), "a branch cuts off once a day"),
        (lambda books: books.cut_off_bank("002", STAMP), "a bank cuts off once a day"),
        (lambda books: books.change_setelmen("009", HARI, seq_kft=1), "the bank has cut off"),
        (lambda books: books.change_setelmen("002", "2004-05-04", seq_kft=1), "the bank has cut off"),
        (lambda books: settled(books).change_setelmen("002", HARI, seq_kft=1), "a settled day stays as it is"),
        (lambda books: settled(books).pass_on("002", HARI, DUE), "a settled day stays as it is"),
        (twice(lambda books: books.take_berkas("002", HARI, "aa", 30)), "a file is taken in once"),
        (lambda books: books.open_selisih(replace(ITEM, nomor="SL0000000002"), KUNCI), "numbered without gap"),
        (lambda books: opened(books).open_selisih(replace(ITEM, nomor="SL0000000002"), KUNCI), "only after its end"),
        (lambda books: books.close_selisih(ITEM.nomor, "TRANSFER", 31), "the difference exists"),
        (lambda books: cured(opened(books)).close_selisih(ITEM.nomor, "TRANSFER", 32), "cured once"),
        (lambda books: books.pass_on("002", HARI, (("0101", 1, JUTA_20),)), "what is due is passed on, all of it"),
        (twice(lambda books: books.pass_on("002", HARI, DUE)), "what is due is passed on, all of it"),
        (lambda books: opened(books).pass_on("002", HARI, DUE), "what is due is passed on, all of it"),
        (lambda books: books.open_sanksi(replace(FINE, nomor="SN0000000002")), "sanctions are numbered"),
        (lambda books: books.decide_sanksi("SN0000000001", "TOLAK", 41), "the sanction exists"),
        (twice(closed), "the open day is closed, once"),
        (lambda books: books.close_hari(Penutupan("2004-05-02", 60, 1, 59, ()), STAMP), "the open day is closed"),
    ],
)
def test_a_change_that_must_not_be_is_stopped(books: Books, change: Callable[[Books], None], reason: str) -> None:
    """Does the assert stand before it, and is everything as it was when the batch is dropped?"""
    before = {name: dict(table.range("", "~")) for name, table in books.tables.items()}
    with pytest.raises(AssertionError, match=reason):
        change(books)
    books.drop()
    assert {name: dict(table.range("", "~")) for name, table in books.tables.items()} == before


def test_a_deposit_that_was_passed_on_is_not_reversed(books: Books) -> None:
    books.pass_on("002", HARI, DUE)
    with pytest.raises(AssertionError, match="its money is still the branch's"):
        books.cancel_setoran("1100000001", "1", 31, "KOR")


def test_a_cancelled_porsi_is_held_back_no_more(books: Books) -> None:
    """Is each of the four ways counted once: held, cancelled by the centre, passed on, and none of it twice?"""
    assert books.dana_jatuh("002", HARI) == DUE
    opened(books)
    assert books.dana_jatuh("002", HARI) == (("0101", 1, JUTA_20),)
    books.cancel_setoran("1100000001", "1", 31, "BTP")
    assert books.dana_jatuh("002", HARI) == (("0101", 1, JUTA_20),)
    books.close_selisih(ITEM.nomor, "BATAL", 32)
    assert books.dana_jatuh("002", HARI) == (("0101", 1, JUTA_20),)
    assert (books.seq_batal("1100000001", "BTP"), books.seq_batal("1100000001", "KOR")) == (31, 0)
    assert (books.seq_batal("1100000002", "BTP"), books.seq_batal("1100000009", "BTP")) == (0, 0)
    books.pass_on("002", HARI, (("0101", 1, JUTA_20),))
    assert books.dana_jatuh("002", HARI) == ()
    assert books.porsi_bank("002", HARI) == 2, "the fee is for every porsi that was granted"


def test_the_state_of_a_day_for_boards(books: Books) -> None:
    """Does each step show, and does the next opening make what is left overdue?"""
    states = [books.keadaan_bank("002", "2004-05-04"), books.keadaan_bank("002", HARI)]
    books.take_berkas("002", HARI, "aa", 21)
    states.append(books.keadaan_bank("002", HARI))
    books.change_setelmen("002", HARI, seq_pck=22)
    states.append(books.keadaan_bank("002", HARI))
    opened(books)
    states.append(books.keadaan_bank("002", HARI))
    books.close_selisih(ITEM.nomor, "TRANSFER", 31)
    states.append(books.keadaan_bank("002", HARI))
    books.change_setelmen("002", HARI, seq_pck=32)
    states.append(books.keadaan_bank("002", HARI))
    books.open_sanksi(FINE)
    states.append(books.keadaan_bank("002", HARI))
    books.decide_sanksi(FINE.nomor, "TOLAK", 41)
    closed(books)
    books.open_hari("2004-05-04")
    states.append(books.keadaan_bank("002", HARI))
    settled(books)
    states.append(books.keadaan_bank("002", HARI))
    assert states == [
        OPEN, CUTOFF, CONFIRMED, MATCHED, MISMATCH, CURED, MATCHED, SANCTION_PROPOSED, OVERDUE, SETTLED,
    ]  # fmt: skip


def test_a_branch_connected_in_the_evening_takes_no_deposit(books: Books) -> None:
    """Neither when its bank has cut off, nor when the day is closed; the next day it does."""
    late = Cabang("002", "0901", "X", "3325", "33", "11", 420, AKTIF)
    books.open_cabang(late)
    cut = books.tutup("002/0901")
    assert cut is not None
    assert (cut.hari, cut.seq) == (HARI, 20)
    books.open_bank(Bank("009", "BANK"))
    closed(books)
    books.open_cabang(replace(late, bank="009"))
    cut = books.tutup("009/0901")
    assert cut is not None
    assert (cut.hari, cut.seq) == (HARI, 60)
    books.open_hari("2004-05-04")
    books.open_cabang(replace(late, cabang="0902"))
    assert books.tutup("002/0902") is None
    assert books.cabang_buka("002") == ["0101", "0901", "0902"]


def test_differences_of_a_day_are_listed_from_any_number_on(books: Books) -> None:
    opened(books)
    for n in (2, 3):
        nomor = f"SL000000000{n}"
        books.open_selisih(replace(ITEM, nomor=nomor, kelas="DIFF"), KUNCI + nomor)
    books.close_selisih("SL0000000002", "KOREKSI", 35)
    assert [row.nomor[-1] for row in books.selisih_hari("002", HARI)] == ["1", "2", "3"]
    assert [row.nomor[-1] for row in books.selisih_hari("002", HARI, "SL0000000001")] == ["2", "3"]
    assert list(books.selisih_hari("009", HARI)) == []
    assert [row.nomor[-1] for row in books.selisih_terbuka()] == ["1", "3"]
