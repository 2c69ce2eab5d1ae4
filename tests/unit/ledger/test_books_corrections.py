"""Do the books hold what a correction, a reprint and a drawer change, and is what must not be stopped?"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.books import BATAL, BERPORSI, SAH, TERBIT, TERPAKAI, Books
from ledger.rows import Calon, Laci, LaciJenis, Spph
from tests.ledger_fixtures import PlainVault

FORM = Spph("33250000001", TERBIT, "33", "3325", "aa", 0, 7, "P3325", "")
HOLDER = Calon("1100000001", BERPORSI, "33250000001", 20_000_000, 9, "002", "0101", "2004-05-03", 1)
DEVICE = "002/0101/T1"
DRAWER = Laci("SITI", "2004-05-03", 5, 1000)


@pytest.fixture
def books() -> Books:
    """One pilgrim with his porsi, and an open drawer."""
    books = Books(PlainVault())
    books.open_spph(FORM)
    books.sign_spph(FORM.nomor, 8)
    books.open_calon(HOLDER, "aa")
    books.open_laci(DEVICE, DRAWER)
    books.keep()
    return books


Change = Callable[[Books], None]


def cancelled(books: Books) -> Books:
    books.cancel_calon("1100000001", "aa", 10, "KOR")
    return books


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda books: books.cancel_calon("1100000002", "aa", 10, "KOR"), "porsi exists"),
        (lambda books: books.cancel_calon("1100000001", "bb", 10, "KOR"), "the person holds this porsi"),
        (lambda books: cancelled(books).cancel_calon("1100000001", "aa", 11, "KOR"), "cancelled once"),
        (lambda books: cancelled(books).open_calon(HOLDER, "aa"), "no gap and no repeat"),
        (lambda books: books.count_cetak("1100000002", 1, 10), "porsi exists"),
        (lambda books: books.count_cetak("1100000001", 2, 10), "reprints are numbered"),
        (lambda books: books.open_laci(DEVICE, DRAWER), "one open drawer a device"),
        (lambda books: books.change_laci("002/0101/T2", DRAWER), "the drawer is open"),
    ],
)
def test_a_change_that_must_not_be_is_stopped(books: Books, change: Change, reason: str) -> None:
    """Does the assert stand before it, and is everything as it was when the batch is dropped?"""
    before = {name: dict(table.range("", "~")) for name, table in books.tables.items()}
    with pytest.raises(AssertionError, match=reason):
        change(books)
    books.drop()
    assert {name: dict(table.range("", "~")) for name, table in books.tables.items()} == before


def test_a_form_is_used_again_after_its_correction(books: Books) -> None:
    """Is the old porsi BATAL for ever, the form used for the next number, and everything that happened told?"""
    cancelled(books)
    assert books.calon("1100000001") == replace(HOLDER, status=BATAL, saldo_rupiah=0, seq_batal=10)
    assert books.spph(FORM.nomor) == replace(FORM, status=SAH)
    assert books.porsi_by_identitas("aa") is None
    assert books.riwayat(FORM.nomor) == [(7, "SPT"), (8, "SPS"), (9, "STA"), (10, "KOR")]
    books.open_calon(replace(HOLDER, nomor_porsi="1100000002", seq=11), "aa")
    books.count_cetak("1100000002", 1, 12)
    books.count_cetak("1100000002", 2, 13)
    assert (books.duplikat("1100000001"), books.duplikat("1100000002")) == (0, 2)
    books.cancel_calon("1100000002", "aa", 14, "KOR")
    books.open_calon(replace(HOLDER, nomor_porsi="1100000003", seq=15), "aa")
    assert books.spph(FORM.nomor) == replace(FORM, status=TERPAKAI, nomor_porsi="1100000003")
    kinds = ["SPT", "SPS", "STA", "KOR", "STA", "CTK", "CTK", "KOR", "STA"]
    assert books.riwayat(FORM.nomor) == list(enumerate(kinds, 7))
    assert books.riwayat("33250000009") == []
    assert [books.posisi(f"110000000{n}") for n in (1, 2, 3)] == [0, 0, 1]


def test_a_form_that_was_only_issued_has_a_history(books: Books) -> None:
    """Is a number that begins like another a history of its own?"""
    books.open_spph(replace(FORM, nomor="33250000002", kunci=1, seq=20))
    assert books.riwayat("33250000002") == [(20, "SPT")]
    assert books.riwayat("3325000000") == []


@given(st.integers(1, 130), st.sets(st.integers(1, 130)))
def test_position_counts_live_registrations(granted: int, ended: set[int]) -> None:
    """Whichever registrations have ended: is the place in the queue the count of live numbers up to this one?"""
    books = Books(PlainVault())
    for n in range(1, granted + 1):
        books.open_spph(replace(FORM, nomor=f"3325{n:07d}", kunci=n - 1, identitas=str(n)))
        books.sign_spph(f"3325{n:07d}", n)
        books.open_calon(replace(HOLDER, nomor_porsi=f"11{n:08d}", nomor_spph=f"3325{n:07d}"), str(n))
    for n in ended & set(range(1, granted + 1)):
        books.cancel_calon(f"11{n:08d}", str(n), 1000 + n, "KOR")
    live = [n for n in range(1, granted + 1) if n not in ended]
    for n in range(1, granted + 1):
        assert books.posisi(f"11{n:08d}") == (0 if n in ended else live.index(n) + 1)
    assert books.posisi("1300000001") == 1, "another series has a queue of its own"


def test_a_drawer_counts_by_kind() -> None:
    """Do taking in and paying out add up, kind by kind, and may the sum fall below nothing?"""
    drawer = DRAWER.moved("STA", 20, 0).moved("KOR", 0, 1500).moved("STA", 30, 0)
    assert drawer.jenis == (LaciJenis("STA", 2, 50, 0), LaciJenis("KOR", 1, 0, 1500))
    assert (drawer.seharusnya_rupiah, DRAWER.seharusnya_rupiah, DRAWER.jenis) == (-450, 1000, ())
    assert replace(drawer, jenis=()) == DRAWER


def test_a_drawer_opens_changes_and_closes(books: Books) -> None:
    """Is there one a device, none after it was closed, and is it back when the batch fails?"""
    assert books.laci(DEVICE) == DRAWER
    books.change_laci(DEVICE, DRAWER.moved("STA", 1, 0))
    books.close_laci(DEVICE)
    assert books.laci(DEVICE) is None
    books.open_laci(DEVICE, replace(DRAWER, user="BUDI"))
    books.drop()
    assert books.laci(DEVICE) == DRAWER
