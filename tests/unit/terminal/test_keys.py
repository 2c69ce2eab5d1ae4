from __future__ import annotations

import os
from pathlib import Path

from terminal.keys import ALL_KEYS, FUNCTION_KEYS, KEY_BY_ESCAPE, KEY_BY_PRESS, document, key_line, ways

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "keys.md"


def test_every_function_key_has_its_alternates() -> None:
    assert [key.name for key in FUNCTION_KEYS] == [f"F{number}" for number in range(1, 25)]
    assert KEY_BY_PRESS["shift+f3"].name == "F15"
    assert KEY_BY_PRESS["f24"].name == KEY_BY_PRESS["shift+f12"].name == "F24"
    assert {sign: KEY_BY_ESCAPE[sign].name for sign in "10=!+"} == {
        "1": "F1",
        "0": "F10",
        "=": "F12",
        "!": "F13",
        "+": "F24",
    }


def test_no_press_means_two_keys() -> None:
    presses = [press for key in ALL_KEYS for press in key.presses]
    assert len(presses) == len(set(presses))
    assert len(KEY_BY_ESCAPE) == 24


def test_the_key_line_in_both_languages() -> None:
    keys = (KEY_BY_PRESS["f3"], KEY_BY_PRESS["f12"])
    assert key_line(keys, "id") == "F3=Keluar   F12=Batal"
    assert key_line(keys, "en") == "F3=Exit   F12=Cancel"


def test_how_a_key_is_pressed() -> None:
    assert ways(KEY_BY_PRESS["ctrl+k"]) == "Ctrl+X, Ctrl+K"
    assert ways(KEY_BY_PRESS["f13"]) == "Shift+F1, Esc !"
    assert ways(KEY_BY_PRESS["escape"]) == "Ctrl+R, Esc"
    assert ways(KEY_BY_PRESS["tab"]) == ""


def test_every_key_says_what_it_does_within_its_column_of_the_card() -> None:
    for key in ALL_KEYS:
        assert len(key.name) <= 10, key.name
        assert len(ways(key)) <= 23, key.name
        assert key.does, key.name
        assert max(len(key.does), len(key.does_en)) <= 41, key.name


def test_the_document_is_made_from_the_table() -> None:
    """REWRITE=1 writes docs/keys.md anew."""
    if os.environ.get("REWRITE"):
        DOCUMENT.write_text(document(), encoding="utf-8")
    assert DOCUMENT.read_text(encoding="utf-8") == document()
