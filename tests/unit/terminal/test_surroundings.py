from __future__ import annotations

import io
import os
from dataclasses import replace

import pytest

from terminal import surroundings
from terminal.config import THEMES, Settings
from terminal.surroundings import is_unicode, locale_name, theme, trouble


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environ", "is_terminal", "id"),
    [
        ({"TERM": "xterm"}, True, None),
        ({"TERM": "xterm"}, False, "SKH9020"),
        ({"TERM": "dumb"}, True, "SKH9021"),
        ({"TERM": ""}, True, "SKH9021"),
        ({}, True, "SKH9021"),
        ({"TEXTUAL_DRIVER": "web"}, False, None),
    ],
)
def test_what_cannot_work_is_said_before_anything_is_drawn(
    environ: dict[str, str], is_terminal: bool, id: str | None
) -> None:
    said = trouble(environ, Tty(), Tty() if is_terminal else io.StringIO())
    assert (said.id if said else None) == id


@pytest.mark.parametrize(
    ("environ", "name", "is_utf_8"),
    [
        ({"LANG": "id_ID.UTF-8"}, "id_ID.UTF-8", True),
        ({"LANG": "C.utf8"}, "C.utf8", True),
        ({"LANG": "C"}, "C", False),
        ({}, "C", False),
        ({"LANG": "id_ID.UTF-8", "LC_ALL": "POSIX"}, "POSIX", False),
        ({"LANG": "C", "LC_CTYPE": "en_US.UTF-8", "LC_ALL": ""}, "en_US.UTF-8", True),
        ({"LANG": "id_ID.ISO-8859-1"}, "id_ID.ISO-8859-1", False),
        ({"LANG": "C", "TEXTUAL_DRIVER": "web"}, "C", True),
    ],
)
def test_the_locale_says_what_the_window_can_show(environ: dict[str, str], name: str, is_utf_8: bool) -> None:
    assert locale_name(environ) == name
    assert is_unicode(environ) is is_utf_8


@pytest.mark.parametrize(
    ("environ", "setting", "flag", "shown"),
    [
        ({}, "amber", None, "amber"),
        ({"NO_COLOR": "1"}, "amber", None, "mono"),
        ({"NO_COLOR": ""}, "amber", None, "amber"),
        ({"NO_COLOR": "1"}, "amber", "amber", "amber"),
    ],
)
def test_no_color_takes_the_colours_away_unless_a_flag_asks_for_them(
    environ: dict[str, str], setting: str, flag: str | None, shown: str
) -> None:
    assert theme(environ, replace(Settings(), theme=setting), flag) == shown


@pytest.mark.parametrize("name", THEMES)
def test_textual_is_told(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "")
    surroundings.for_textual(name)
    assert os.environ.get("NO_COLOR") == ("1" if name == "mono" else None)
