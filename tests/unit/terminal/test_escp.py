from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.escp import CONDENSED, FORM_FEED, LINE_END, NORMAL, escp, plain

HEAD = b"\x1b@" + b"\x1bR\x00" + b"\x1bO" + b"\x1b2" + b"\x1bC\x42"
END = b"\x1b@"


def test_two_sheets_byte_by_byte() -> None:
    job = escp([["SISKOHAT", "", "  Rp 20"], ["dua"]])
    first = b"\x12" + b"\x1b2" + b"SISKOHAT\r\n\r\n  Rp 20\r\n\x0c"
    second = b"\x12" + b"\x1b2" + b"dua\r\n\x0c"
    assert job == HEAD + first + second + END


def test_the_length_of_the_form_is_told_in_lines_of_a_sixth_of_an_inch() -> None:
    job = escp([["x"]], form_lines=33)
    assert job.index(b"\x1b2") < job.index(b"\x1bC\x21")


@pytest.mark.parametrize("lines", [0, 128])
def test_a_form_the_printer_cannot_be_told_of(lines: int) -> None:
    with pytest.raises(AssertionError):
        escp([["x"]], form_lines=lines)


def test_a_wide_sheet_is_condensed_and_the_next_one_is_not() -> None:
    job = escp([["x" * 80], ["x" * 81], ["y" * 200], ["z"]])
    forms = job.removeprefix(HEAD).split(FORM_FEED)
    assert [form[:1] for form in forms[:4]] == [NORMAL, CONDENSED, CONDENSED, NORMAL]
    assert b"y" * 137 + LINE_END in job
    assert b"y" * 138 not in job


def test_a_long_sheet_is_set_closer() -> None:
    job = escp([["x"] * 72], form_lines=66)
    assert job.removeprefix(HEAD).startswith(b"\x12\x1b3" + bytes([27]))  # 72 lines of 27/180 inch are 10.8 inches
    assert job.count(FORM_FEED) == 1


def test_what_is_left_over_goes_on_to_the_next_form() -> None:
    job = escp([["x"] * 20], form_lines=10)
    closer, rest, _ = job.removeprefix(b"\x1b@\x1bR\x00\x1bO\x1b2\x1bC\x0a").split(FORM_FEED)
    assert closer == b"\x12\x1b3\x19" + b"x\r\n" * 12  # 10 inches/6 at 25/180 inch
    assert rest == b"\x12\x1b2" + b"x\r\n" * 8


def test_an_empty_sheet_is_a_form_all_the_same() -> None:
    assert escp([[]]) == HEAD + b"\x12\x1b2\x0c" + END


def test_a_name_cannot_command_the_printer() -> None:
    job = escp([["SITI\x1b@\x0cAMINAH\x07"]])
    assert b"SITI?@?AMINAH?\r\n" in job


@pytest.mark.parametrize(("text", "said"), [("René Müller", "Rene Muller"), ("½ € 漢", "1?2 ? ?"), ("Rp 1", "Rp 1")])
def test_plain(text: str, said: str) -> None:
    assert plain(text) == said


@given(st.lists(st.lists(st.text(max_size=150), max_size=150), max_size=4), st.integers(1, 127))
def test_no_page_holds_a_command_and_no_line_is_lost(pages: list[list[str]], form_lines: int) -> None:
    job = escp(pages, form_lines)
    forms = job.split(FORM_FEED)
    assert job.count(b"\x1b@") == 2
    assert job.count(LINE_END) == sum(len(page) for page in pages)
    for form in forms[:-1]:
        body = form.split(LINE_END)[1:-1]
        assert all(32 <= byte <= 126 for line in body for byte in line)
        assert form.count(LINE_END) * 24 <= form_lines * 30
