from __future__ import annotations

from terminal.keys import AID_KEYS, EDITING_KEYS, FUNCTION_KEYS, KEY_BY_ESCAPE, KEY_BY_PRESS, key_line


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
    presses = [press for key in (*AID_KEYS, *EDITING_KEYS) for press in key.presses]
    assert len(presses) == len(set(presses))
    assert len(KEY_BY_ESCAPE) == 24


def test_the_key_line_in_both_languages() -> None:
    keys = (KEY_BY_PRESS["f3"], KEY_BY_PRESS["f12"])
    assert key_line(keys, "id") == "F3=Keluar   F12=Batal"
    assert key_line(keys, "en") == "F3=Exit   F12=Cancel"
