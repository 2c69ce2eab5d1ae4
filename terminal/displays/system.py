"""The system panel (SysReq) and the key card (F24)."""

from __future__ import annotations

from ledger.fields import Edit, Field
from terminal.displays.display import FIELD_COLUMN, FIRST_COLUMN, Constant, Display, Look, Text, labelled, same
from terminal.displays.pages import END, MORE
from terminal.keys import ALL_KEYS, ENTER, F1, F3, F12, ROLL_DOWN, ROLL_UP, Key, ways

CHOICE = Field(
    "pilihan",
    "Pilihan",
    "Choice",
    2,
    Edit.DIGITS,
    "Nomor di depan baris.",
    "The number before the line.",
    optional=True,
)
STATE = Field("keadaan", "Keadaan", "State", 60, Edit.TEXT, "Keadaan jalur.", "State of the line.")
KEPT = Field(
    "ketikan",
    "Ketikan ditahan",
    "Keys typed ahead",
    3,
    Edit.TEXT,
    "Tombol yang menunggu host.",
    "Key presses that wait for the host.",
)
NEWS, DROP, END_SESSION = "1", "2", "90"
_LINES: tuple[tuple[str, Text], ...] = (
    (NEWS, Text("Keterangan keadaan jalur", "Explain the state of the line")),
    (DROP, Text("Buang ketikan yang ditahan", "Throw away the keys typed ahead")),
    (END_SESSION, Text("Akhiri sesi", "End the session")),
)
_NOTE = Text(
    "Permintaan yang belum terjawab tetap tersimpan; ditanyakan lagi saat sign-on.",
    "A request without an answer stays kept; it is asked again at the next sign-on.",
)


def system() -> Display:
    """What may be done while the host is silent."""
    state, kept = labelled(5, STATE), labelled(6, KEPT)
    constants = [state[0], kept[0]]
    for row, (number, text) in enumerate(_LINES, start=9):
        constants += [Constant(row, 4, same(f"{number:>2}.")), Constant(row, 8, text)]
    choice = labelled(14, CHOICE, is_input=True)
    constants += [choice[0], Constant(17, FIRST_COLUMN, _NOTE)]
    return Display(
        "SKHSYSREQ",
        Text("MENU SISTEM", "SYSTEM REQUEST"),
        (ENTER, F1, F12.called("Kembali", "Back")),
        (Text("Ketik nomor, lalu Enter; kosong kembali.", "Type a number, then Enter; empty goes back."),),
        tuple(constants),
        (state[1], kept[1], choice[1]),
    )


CARD_FIRST_ROW, CARD_ROWS = 4, 16
WAYS_COLUMN, DOES_COLUMN = 13, 38
CARD_PAGES = (len(ALL_KEYS) + CARD_ROWS - 1) // CARD_ROWS


def key_card(page: int) -> Display:
    """One page of the table of keys, counted from 0."""
    assert 0 <= page < CARD_PAGES, "a page of the card"
    assert WAYS_COLUMN < FIELD_COLUMN < DOES_COLUMN, "name, ways, what it does"
    constants: list[Constant] = []
    for row, key in enumerate(ALL_KEYS[page * CARD_ROWS :][:CARD_ROWS], start=CARD_FIRST_ROW):
        constants += _card_row(row, key)
    end = MORE if page + 1 < CARD_PAGES else END
    constants.append(Constant(CARD_FIRST_ROW + CARD_ROWS, 79 - max(len(end.id), len(end.en)), end, Look.TITLE))
    return Display(
        "SKHF24",
        Text("KARTU TOMBOL", "KEY CARD"),
        (ENTER.called("Kembali", "Back"), F3, F12, ROLL_UP, ROLL_DOWN),
        (Text("Esc lalu huruf = tombol yang sama.", "Esc, then the character: the same key."),),
        tuple(constants),
    )


def _card_row(row: int, key: Key) -> list[Constant]:
    return [
        Constant(row, FIRST_COLUMN, same(key.name), Look.TITLE),
        Constant(row, WAYS_COLUMN, same(ways(key)), Look.OUTPUT),
        Constant(row, DOES_COLUMN, Text(key.does, key.does_en)),
    ]
