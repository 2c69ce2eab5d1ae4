from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ledger.kinds import KINDS
from terminal import edit
from terminal.displays.display import Heading
from terminal.displays.entry import entry
from terminal.displays.pilgrim import setoran_awal
from terminal.displays.signon import signon
from terminal.edit import Said
from terminal.panels.buffer import Buffer

KEYS = (
    "next_field",
    "previous_field",
    "field_exit",
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
    buffer.field_exit()
    wrong = buffer.read()
    assert isinstance(wrong, Said)
    assert wrong.id == edit.MANDATORY_FILL


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
