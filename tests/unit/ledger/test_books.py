"""Does every way to change the books stop before it breaks what must hold?"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.books import (
    AKTIF,
    BERPORSI,
    DIBLOKIR,
    DICABUT,
    SAH,
    TERBIT,
    TERPAKAI,
    Books,
    is_balanced,
)
from ledger.records import Posting, Stamp
from ledger.rows import Bank, Cabang, Calon, Pengguna, Rekap, Saldo, Spph
from tests.ledger_fixtures import PlainVault

BANK = Bank("002", "BANK")
BRANCH = Cabang("002", "0101", "BATANG", "3325", "33", "11", 420, AKTIF)
USER = Pengguna("SITI", "TELLER", "002", "0101")
FORM = Spph("33250000001", TERBIT, "33", "3325", "aa", 0, 7, "P3325", "")
HOLDER = Calon("1100000001", BERPORSI, "33250000001", 20_000_000, 9, "002", "0101", "2004-05-03", 1)
STAMP = Stamp(9, 1, "2004-05-03", "002", "0101", "T1", 1, "SITI", "", bytes(8), "002/0101", "002/0101/T1")


@pytest.fixture
def books() -> Books:
    """A bank, a branch, a device, a user, an open day and one signed form."""
    books = Books(PlainVault())
    books.open_bank(BANK)
    books.open_cabang(BRANCH)
    books.open_perangkat("002/0101/T1", 3)
    books.open_pengguna(USER)
    books.open_hari("2004-05-03")
    books.open_spph(FORM)
    books.sign_spph(FORM.nomor, 8)
    books.keep()
    return books


def second_form(books: Books, **changes: object) -> Spph:
    return replace(replace(FORM, nomor="33250000002", kunci=1), **changes)


Change = Callable[[Books], None]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda books: books.open_bank(BANK), "bank code is new"),
        (lambda books: books.open_cabang(BRANCH), "branch is new"),
        (lambda books: books.open_perangkat("002/0101/T1", 5), "device is new"),
        (lambda books: books.open_pengguna(USER), "user is new"),
        (lambda books: books.open_hari("2004-05-03"), "only go forward"),
        (lambda books: books.set_status_cabang("002/9999", DIBLOKIR), "branch exists"),
        (lambda books: books.open_spph(second_form(books, nomor="33250000003")), "SPPH numbers have no gap"),
        (lambda books: books.open_spph(second_form(books, nomor="33250000001")), "SPPH numbers have no gap"),
        (lambda books: books.open_spph(second_form(books, kunci=0)), "key slots have no gap"),
        (lambda books: books.open_spph(second_form(books, kunci=2)), "key slots have no gap"),
        (lambda books: books.sign_spph("33250000009", 8), "SPPH exists"),
        (lambda books: books.sign_spph(FORM.nomor, 8), "only an issued form is signed"),
        (lambda books: books.open_calon(replace(HOLDER, nomor_porsi="1100000002"), "aa"), "no gap and no repeat"),
        (lambda books: books.open_calon(replace(HOLDER, nomor_porsi="1100000000"), "aa"), "no gap and no repeat"),
        (lambda books: books.open_calon(replace(HOLDER, nomor_spph="33250000009"), "aa"), "SPPH exists"),
        (lambda books: books.book("STA", (Posting("KLIRING", "x", "IDR", 1),), STAMP), "debit equals credit"),
        (lambda books: books.kode_porsi("9999"), "an SPPH has its office"),
        (lambda books: books.aturan_of("1990-01-01"), "opened only under a rule set"),
    ],
)
def test_a_change_that_must_not_be_is_stopped(books: Books, change: Change, reason: str) -> None:
    """Does the assert stand before it, and is everything as it was when the batch is dropped?"""
    before = {name: dict(table.rows) for name, table in books.tables.items()}
    with pytest.raises(AssertionError, match=reason):
        change(books)
    books.drop()
    assert {name: table.rows for name, table in books.tables.items()} == before


def test_a_porsi_is_granted_once_a_form_and_once_a_person(books: Books) -> None:
    """Is the second grant on a form, on an unsigned form, and to a person stopped?"""
    books.open_calon(HOLDER, "aa")
    assert (books.porsi_terakhir("11"), books.porsi_next("11"), books.porsi_next("13")) == (
        1,
        "1100000002",
        "1300000001",
    )
    assert books.spph(FORM.nomor) == replace(FORM, status=TERPAKAI, nomor_porsi="1100000001")
    next_one = replace(HOLDER, nomor_porsi="1100000002")
    with pytest.raises(AssertionError, match="signed, unused form"):
        books.open_calon(next_one, "bb")
    books.open_spph(second_form(books))
    with pytest.raises(AssertionError, match="signed, unused form"):
        books.open_calon(replace(next_one, nomor_spph="33250000002"), "bb")
    books.sign_spph("33250000002", 8)
    with pytest.raises(AssertionError, match="one person, one porsi"):
        books.open_calon(replace(next_one, nomor_spph="33250000002"), "aa")
    books.open_calon(replace(next_one, nomor_spph="33250000002"), "bb")
    assert (books.porsi_by_identitas("bb"), books.posisi("1100000002"), books.porsi_by_identitas("cc")) == (
        "1100000002", 2, None,
    )  # fmt: skip


def test_a_revoked_user_id_never_comes_back(books: Books) -> None:
    """Blocked and given back, yes; revoked, never."""
    for status in (DIBLOKIR, AKTIF, DICABUT):
        books.set_status_cabang("002/0101", status)
        assert books.cabang("002/0101") == replace(BRANCH, status=status)
    with pytest.raises(AssertionError, match="never comes back"):
        books.set_status_cabang("002/0101", AKTIF)


def test_what_the_books_tell(books: Books) -> None:
    """Are all plain reads there, and None for what is not?"""
    assert (books.bank("002"), books.bank("099")) == (BANK, None)
    assert (books.is_perangkat("002/0101/T1"), books.is_perangkat("002/0101/T2")) == (True, False)
    assert (books.pengguna("SITI"), books.pengguna("X")) == (USER, None)
    assert (books.hari, Books(PlainVault()).hari) == ("2004-05-03", "0000-00-00")
    assert (books.spph_next("3325"), books.spph_next("3374"), books.kunci_next()) == ("33250000002", "33740000001", 1)
    assert books.spph(FORM.nomor) == replace(FORM, status=SAH)
    books.note_request(STAMP)
    assert books.permintaan("002/0101/T1", "2004-05-03", 1) == 9
    assert books.permintaan("002/0101/T1", "2004-05-04", 1) is None
    assert books.terakhir("002/0101/T1").seq == 9


def test_balances_of_a_branch_and_day(books: Books) -> None:
    """Do movements add up by account and currency, apart from other days and branches?"""

    def lines(nominal: int) -> tuple[Posting, ...]:
        return Posting("KLIRING", "002/0101", "IDR", nominal), Posting("TABUNGAN", "x", "IDR", -nominal)

    books.book("STA", lines(5), STAMP)
    books.book("STA", lines(7), STAMP)
    books.book("STA", lines(100), replace(STAMP, hari="2004-05-04"))
    books.book("STA", lines(100), replace(STAMP, cabang="0102", tapak="002/0102"))
    assert list(books.saldo_cabang("002/0101", "2004-05-03")) == [
        ("KLIRING", "IDR", Saldo(2, 12, 0)),
        ("TABUNGAN", "IDR", Saldo(2, 0, 12)),
    ]
    assert list(books.rekap_cabang("002/0101", "2004-05-03")) == [("STA", "KLIRING", "TABUNGAN", "IDR", Rekap(2, 12))]


def test_an_entry_without_money_is_counted(books: Books) -> None:
    """Does the branch's day tell how many entries of a kind there were, where none moved money?"""
    books.book("CTK", (), STAMP)
    books.book("CTK", (), STAMP)
    assert list(books.rekap_cabang("002/0101", "2004-05-03")) == [("CTK", "-", "-", "-", Rekap(2, 0))]
    assert list(books.saldo_cabang("002/0101", "2004-05-03")) == []


@given(
    st.lists(
        st.tuples(st.sampled_from("ABC"), st.sampled_from("XYZ"), st.sampled_from(["IDR", "USD"]), st.integers(-9, 9)),
        max_size=12,
    ),
    st.booleans(),
)
def test_balances_are_the_sum_of_the_lines(moved: list[tuple[str, str, str, int]], is_one_entry: bool) -> None:
    """Whatever was posted, in two lines or in many: do the balances say what a plain sum of the lines says?"""
    books = Books(PlainVault())
    pairs = [(Posting(a, "s", unit, n), Posting(b, "s", unit, -n)) for a, b, unit, n in moved]
    entries = [tuple(line for pair in pairs for line in pair)] if is_one_entry else pairs
    plain: dict[tuple[str, str], list[int]] = {}
    for entry in entries:
        books.book("STA", entry, STAMP)
        for line in entry:
            row = plain.setdefault((line.akun, line.mata_uang), [0, 0, 0])
            row[0] += 1
            row[1 if line.nominal > 0 else 2] += abs(line.nominal)
    found = {
        (akun, unit): [row.n, row.debit, row.kredit] for akun, unit, row in books.saldo_cabang("002/0101", STAMP.hari)
    }
    assert found == plain


@given(st.lists(st.tuples(st.sampled_from(["IDR", "USD"]), st.integers(-3, 3)), max_size=5))
def test_balanced_means_zero_in_every_currency(lines: list[tuple[str, int]]) -> None:
    """Is the short way for two lines the same as the sum per currency?"""
    postings = tuple(Posting("A", "x", unit, amount) for unit, amount in lines)
    sums = [sum(amount for unit, amount in lines if unit == wanted) for wanted in ("IDR", "USD")]
    assert is_balanced(postings) == (sums == [0, 0])


def test_books_have_few_attributes() -> None:
    """CPython 3.11 reads an attribute fast only of an object with 30 of them at most; every deposit reads dozens."""
    assert len(vars(Books(PlainVault()))) <= 30
