from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.fields import FIELDS, Edit, Field
from ledger.kinds import KINDS
from terminal import edit
from terminal.displays.display import Display, Heading, Place, same
from terminal.displays.entry import entry
from terminal.displays.pilgrim import setoran_awal
from terminal.displays.signon import signon
from terminal.edit import Said
from terminal.panels.buffer import Buffer

KEYS = (
    "next_field",
    "previous_field",
    "field_exit",
    "field_minus",
    "erase_input",
    "backspace",
    "delete",
    "left",
    "right",
    "home",
    "end",
)


def buffer_of(code: str = "UID") -> Buffer:
    return Buffer(entry(KINDS[code]), Heading(), "id")


def type_all(buffer: Buffer, text: str) -> None:
    for character in text:
        assert buffer.type(character) is None


def test_a_full_field_leads_to_the_next() -> None:
    buffer = buffer_of()
    type_all(buffer, "4510123aktif")
    assert buffer.here is not None
    assert buffer.here.name == "status"
    buffer.next_field()
    type_all(buffer, "uji")
    assert buffer.read() == {"kode_bank": "451", "kode_cabang": "0123", "status": "AKTIF", "alasan": "uji"}


class TestTabBehindAFullField:
    """Pressed out of habit behind the field before the last one, it must not lead round to the first."""

    @pytest.mark.parametrize("key", ["next_field", "field_exit"])
    def test_a_password_is_never_typed_into_the_user(self, key: str) -> None:
        buffer = Buffer(signon(), Heading(), "id")
        type_all(buffer, "4510123trm01     teller0001")
        getattr(buffer, key)()
        type_all(buffer, "rahasia")
        assert buffer.typed_values() == {
            "kode_bank": "451", "kode_cabang": "0123", "device": "TRM01", "user": "TELLER0001", "sandi": "rahasia",
        }  # fmt: skip

    def test_the_second_one_goes_round(self) -> None:
        buffer = buffer_of("KOR")
        type_all(buffer, "1100000100")
        for name in ("alasan", "nomor_porsi", "alasan"):
            buffer.next_field()
            assert buffer.here is not None
            assert buffer.here.name == name

    def test_nothing_else_is_swallowed(self) -> None:
        for between in ("previous_field", "home", "left", "right"):
            buffer = buffer_of("KOR")
            type_all(buffer, "1100000100")
            getattr(buffer, between)()
            before = buffer.cursor
            buffer.next_field()
            assert buffer.cursor != before, between
        buffer = buffer_of()
        type_all(buffer, "451")
        buffer.next_field()
        assert buffer.here is not None
        assert buffer.here.name == "status", "not the last field: it is passed over, as ever"


def test_the_last_field_does_not_begin_again_when_it_is_full() -> None:
    buffer = Buffer(setoran_awal(is_filled=False), Heading(), "id")
    type_all(buffer, "33250000001")
    error = buffer.type("9")
    assert isinstance(error, Said)
    assert error.id == edit.FIELD_FULL
    assert buffer.read() == {"nomor_spph": "33250000001"}
    assert buffer.cursor == (5, 30)


def test_typing_is_overtype_and_field_exit_blanks_the_rest() -> None:
    buffer = Buffer(setoran_awal(is_filled=False), Heading(), "id", {"nomor_spph": "33250000001"})
    type_all(buffer, "1175")
    assert buffer.read() == {"nomor_spph": "11750000001"}
    wrong = buffer.field_exit()
    assert isinstance(wrong, Said)
    assert wrong.id == edit.MANDATORY_FILL
    assert buffer.read() == {"nomor_spph": "11750000001"}
    buffer = Buffer(entry(KINDS["SPT"]), Heading(), "id", {"nama": "AHMAD SYAFII"})
    type_all(buffer, "ALI")
    assert buffer.field_exit() is None
    assert buffer.typed_values()["nama"] == "ALI"
    assert buffer.here is not None
    assert buffer.here.name == "nama_ayah"


def of(*fields: Field, fill: bool = False) -> Buffer:
    """A display of these fields, one a row."""
    places = tuple(Place(row, 20, field, True, fill) for row, field in enumerate(fields, start=5))
    return Buffer(Display("UJI", same("UJI"), (), (), (), places), Heading(), "id")


NUMBER = Field("nomor", "Nomor", "Number", 6, Edit.DIGITS, "", "", right="0")
AMOUNT = Field("jumlah", "Jumlah", "Amount", 8, Edit.RUPIAH, "", "")


def test_field_exit_adjusts_to_the_right_with_zeros_or_blanks() -> None:
    buffer = of(NUMBER, AMOUNT)
    type_all(buffer, "42")
    assert buffer.field_exit() is None
    type_all(buffer, "500")
    assert buffer.field_plus() is None
    assert [line[19:27] for line in buffer.lines()[4:6]] == ["000042  ", "     500"]
    assert buffer.read() == {"nomor": "000042", "jumlah": 500}
    type_all(buffer, "7")  # typed anew, not over the zeros
    assert buffer.typed_values() == {"nomor": "7", "jumlah": "     500"}
    buffer.home()
    assert buffer.field_exit() is None
    assert buffer.typed_values()["nomor"] == ""


def test_a_field_that_must_be_full_may_be_filled_with_zeros_but_not_left() -> None:
    code = of(FIELDS["kode_cabang"], fill=True)
    type_all(code, "23")
    assert code.field_exit() is None
    assert code.read() == {"kode_cabang": "0023"}
    type_all(code, "1")  # a code is corrected digit by digit
    assert code.read() == {"kode_cabang": "1023"}


def test_field_minus_is_refused_and_changes_nothing() -> None:
    buffer = of(AMOUNT)
    type_all(buffer, "500")
    error = buffer.field_minus()
    assert (error.id, error.about) == (edit.NO_SIGN, AMOUNT)
    assert buffer.read() == {"jumlah": 500}


def test_keys_of_a_field_where_there_is_none_say_0005() -> None:
    buffer = of()
    errors = [buffer.field_exit(), buffer.field_plus(), buffer.field_minus(), buffer.put("1"), buffer.give(["1"])]
    assert [error.id if error else None for error in errors] == [edit.PROTECTED] * 5
    assert buffer.give([]) is None


def test_texts_are_given_to_the_first_fields_and_the_last_takes_the_rest() -> None:
    buffer = of(NUMBER, replace(NUMBER, name="nama", length=20, edit=Edit.UPPER, right=""))
    assert buffer.give(["42", "ahmad", "bin", "ali"]) is None
    assert buffer.typed_values() == {"nomor": "42", "nama": "AHMAD BIN ALI"}
    too_long = buffer.give(["1234567"])
    assert isinstance(too_long, Said)
    assert too_long.id == edit.FIELD_FULL
    wrong = buffer.give(["4X"])
    assert isinstance(wrong, Said)
    assert wrong.id == edit.DIGITS_ONLY


def test_other_texts_around_the_same_fields_leave_typing_and_cursor() -> None:
    buffer = of(NUMBER)
    type_all(buffer, "42")
    buffer.redraw(replace(buffer.display, title=same("LAIN")))
    assert "LAIN" in buffer.lines()[0]
    assert buffer.cursor == (5, 22)
    with pytest.raises(AssertionError, match="other fields"):
        buffer.redraw(replace(buffer.display, places=()))


def test_a_new_amount_is_not_mixed_with_the_old_one() -> None:
    buffer = Buffer(setoran_awal(is_filled=True), Heading(), "id", {"nominal_rupiah": 20_000_000})
    assert buffer.read() == {"nominal_rupiah": 20_000_000}
    type_all(buffer, "500")
    assert buffer.read() == {"nominal_rupiah": 500}


def test_the_first_wrong_field_is_told_and_the_cursor_goes_there() -> None:
    buffer = buffer_of()
    type_all(buffer, "451")
    wrong = buffer.read()
    assert isinstance(wrong, Said)
    assert wrong.id == edit.MANDATORY_ENTER
    assert wrong.about is not None
    assert buffer.here is not None
    assert buffer.here.name == wrong.about.name == "kode_cabang"


def test_a_password_is_not_on_the_glass() -> None:
    buffer = Buffer(signon(), Heading(), "id", {"user": "TELLER1"})
    buffer.go_to("sandi")
    type_all(buffer, "RAHASIA")
    assert "RAHASIA" not in "".join(buffer.lines())


def test_a_display_without_fields_takes_no_typing() -> None:
    buffer = Buffer(setoran_awal(is_filled=False), Heading(), "id")
    assert buffer.cursor == (5, 20)
    help_buffer = Buffer(signon().__class__("X", signon().title, ()), Heading(), "id")
    error = help_buffer.type("x")
    assert isinstance(error, Said)
    assert error.id == edit.PROTECTED
    assert help_buffer.cursor is None


@given(st.lists(st.one_of(st.sampled_from(KEYS), st.characters()), max_size=60))
def test_whatever_is_pressed_the_grid_stays_24_by_80_and_the_cursor_in_a_field(presses: list[str]) -> None:
    buffer = buffer_of("SPT")
    for press in presses:
        if press in KEYS:
            getattr(buffer, press)()
        else:
            buffer.type(press)
    assert [len(line) for line in buffer.lines()] == [80] * 24
    assert buffer.cursor is not None
    assert buffer.here is not None
    row, column = buffer.cursor
    assert row == buffer.here.row
    assert 0 <= column - buffer.here.column < buffer.here.field.length
