from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.fields import FIELDS, Edit, Field
from terminal import edit
from terminal.edit import Said

DATE, AMOUNT = FIELDS["tanggal_lahir"], FIELDS["nominal_rupiah"]


@pytest.mark.parametrize(
    ("name", "character", "expected"),
    [
        ("nomor_spph", "7", "7"),
        ("nomor_spph", "A", edit.DIGITS_ONLY),
        ("nomor_spph", "-", edit.DIGITS_ONLY),
        ("nominal_rupiah", ".", "."),
        ("nominal_rupiah", ",", edit.NUMERIC_ONLY),
        ("tanggal_lahir", "-", "-"),
        ("tanggal_lahir", "/", edit.NUMERIC_ONLY),
        ("nama", "a", "A"),
        ("nama", "é", "É"),
        ("nama", "ß", edit.NO_SUCH_CHARACTER),
        ("nama", "字", edit.NO_SUCH_CHARACTER),
        ("nama", "\u0301", edit.NO_SUCH_CHARACTER),
        ("alasan_nik", "a", "a"),
        ("jenis_kelamin", "l", "L"),
        ("sandi", "x", "x"),
    ],
)
def test_a_character_is_taken_or_the_keyboard_says_why_not(name: str, character: str, expected: str) -> None:
    taken = edit.typed(FIELDS[name], character)
    assert (taken.id if isinstance(taken, Said) else taken) == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("nomor_spph", "33250000001", "33250000001"),
        ("nomor_spph", "", edit.MANDATORY_ENTER),
        ("nomor_spph", "3325 000001", edit.DIGITS_ONLY),
        ("nik", "   ", ""),
        ("nama", "  AHMAD ", "AHMAD"),
        ("nominal_rupiah", "20000000", 20_000_000),
        ("nominal_rupiah", "20.000.000", 20_000_000),
        ("nominal_rupiah", "20.00", edit.NOT_RUPIAH),
        ("nominal_rupiah", "2000.000", edit.NOT_RUPIAH),
        ("nominal_rupiah", ".", edit.NOT_RUPIAH),
        ("tanggal_lahir", "31-12-1960", "1960-12-31"),
        ("tanggal_lahir", "31121960", "1960-12-31"),
        ("tanggal_lahir", "31-02-1960", edit.NO_SUCH_DATE),
        ("tanggal_lahir", "1960-12-31", edit.NO_SUCH_DATE),
        ("tanggal_lahir", "00-00-0000", edit.NO_SUCH_DATE),
        ("jenis_kelamin", "L", "L"),
        ("jenis_kelamin", "X", edit.NOT_IN_LIST),
        ("sandi", " rahasia  ", " rahasia"),
        ("n_100", "", 0),
        ("n_100", "1.000", 1000),
    ],
)
def test_text_becomes_a_value(name: str, text: str, expected: str | int) -> None:
    value = edit.value_of(FIELDS[name], text)
    assert (value.id if isinstance(value, Said) else value) == expected


def test_a_field_that_must_be_full_says_how_long_it_is() -> None:
    value = edit.value_of(FIELDS["nomor_spph"], "3325", fill=True)
    assert isinstance(value, Said)
    assert value.id == edit.MANDATORY_FILL
    assert "Nomor SPPH harus penuh: 11" in value.first("id")
    assert "SPPH number must be full: 11" in value.first("en")


@given(st.integers(min_value=0, max_value=99_999_999_999))
def test_an_amount_shown_is_read_back(nominal: int) -> None:
    text = edit.shown(AMOUNT, nominal)
    assert len(text) <= AMOUNT.length
    assert edit.value_of(AMOUNT, text) == nominal


@given(st.dates())
def test_a_date_shown_is_read_back(day: object) -> None:
    assert edit.value_of(DATE, edit.shown(DATE, str(day))) == str(day)


@given(st.sampled_from(sorted(FIELDS)), st.text(max_size=20))
def test_every_text_gives_a_value_or_a_message_that_can_be_shown(name: str, text: str) -> None:
    value = edit.value_of(FIELDS[name], text)
    if isinstance(value, Said):
        for language in ("id", "en"):
            assert value.first(language).startswith(value.id)
            assert value.second(language)


def test_a_message_survives_a_variable_the_host_left_out() -> None:
    assert Said("SKH2006", {"wajib": 1}).first("id") == "SKH2006 Setoran awal harus Rp 1, bukan Rp ?."


def test_rules_of_the_law_are_not_here() -> None:
    wrong = Field("nik", "NIK", "NIK", 16, Edit.DIGITS, "", "")
    assert edit.value_of(wrong, "1") == "1"
