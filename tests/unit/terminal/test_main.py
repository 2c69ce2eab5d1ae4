from __future__ import annotations

import pytest
from textual import events
from textual._xterm_parser import XTermParser
from typer.testing import CliRunner

from terminal.__main__ import app
from terminal.panels.keyboard import teach_keys

runner = CliRunner()


def test_help_reads_like_a_manual() -> None:
    page = runner.invoke(app, ["--help"]).output
    for word in ("WHAT IT DOES", "SETTINGS", "FILES", "ENVIRONMENT", "KEYS", "EXIT CODES", "--host", "--language"):
        assert word in page
    assert "--sandi" not in page
    assert "--password" not in page


def test_a_wrong_setting_ends_with_one_line_and_its_code() -> None:
    result = runner.invoke(app, ["--cabang", "12"])
    assert result.exit_code == 77
    assert result.output == "siskohat-terminal: SKH9026 Setelan terminal salah: flags: cabang must be four digits.\n"
    result = runner.invoke(app, ["--cabang", "12", "--language", "en"])
    assert result.output.startswith("siskohat-terminal: SKH9026 A setting of the terminal is wrong: flags: cabang")


def test_the_settings_can_be_seen() -> None:
    result = runner.invoke(app, ["--bank", "451", "--show-settings"], env={"SISKOHAT_TERMINAL_CABANG": "0123"})
    assert result.exit_code == 0
    assert {"bank = 451", "cabang = 0123", "language = id"} <= set(result.output.splitlines())


def test_without_a_terminal_it_says_so() -> None:
    result = runner.invoke(app, [])
    assert result.exit_code == 3
    assert "SKH9020 " in result.output


@pytest.mark.parametrize(
    ("sent", "key"),
    [
        ("\x1b1", "f1"),
        ("\x1b0", "f10"),
        ("\x1b-", "f11"),
        ("\x1b=", "f12"),
        ("\x1b!", "f13"),
        ("\x1b+", "f24"),
        ("\x1b[25~", "f13"),
        ("\x1b[28~", "f15"),
        ("\x1b[34~", "f20"),
        ("\x1bOP", "f1"),
        ("\x1b[1;2P", "shift+f1"),
        ("\x1b[5~", "pageup"),
    ],
)
def test_what_terminals_send_arrives_as_the_key_that_was_meant(sent: str, key: str) -> None:
    teach_keys()
    heard = list(XTermParser().feed(sent))
    assert [event.key for event in heard if isinstance(event, events.Key)] == [key]


def test_shift_f3_arrives_as_a_cursor_report_which_the_app_takes_for_f15() -> None:
    (event,) = XTermParser().feed("\x1b[1;2R")
    assert isinstance(event, events.CursorPosition)
    assert (event.x, event.y) == (1, 0)
