from __future__ import annotations

from pathlib import Path

import pytest

from terminal.config import ConfigError, load

FILE = """
[terminal]
host = "siskohat.example:7004"
bank = "451"
cabang = "0123"
device = "trm01"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "terminal.toml"
    path.write_text(FILE)
    return path


def test_flags_win_over_the_environment_and_that_over_the_file(file: Path) -> None:
    environ = {"SISKOHAT_TERMINAL_CABANG": "0200", "SISKOHAT_TERMINAL_DEVICE": "TRM02", "PATH": "x"}
    settings = load(environ, {"device": "trm03", "user": None}, file)
    assert (settings.bank, settings.cabang, settings.device, settings.user) == ("451", "0200", "TRM03", "")
    assert settings.host == "ws://siskohat.example:7004/line"


def test_the_environment_may_name_the_file(file: Path) -> None:
    assert load({"SISKOHAT_TERMINAL_CONFIG": str(file)}, {}).bank == "451"


def test_a_host_may_be_a_full_address_or_host_and_port() -> None:
    assert load({}, {"host": "wss://h.example/line"}).host == "wss://h.example/line"
    assert load({}, {"host": "wss://h.example:1"}).host == "wss://h.example:1/line"


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ({"host": "http://x:1"}, "flags: host must be"),
        ({"host": "ws://user:pw@x:1"}, "flags: host must be"),
        ({"host": "x:99999"}, "flags: host must be"),
        ({"bank": "45"}, "flags: bank must be three letters or digits"),
        ({"cabang": "12A4"}, "flags: cabang must be four digits"),
        ({"device": "A DEVICE"}, "flags: device must be"),
        ({"language": "French"}, "flags: language must be id, en, or the name of a catalogue such as jv"),
        ({"theme": "GREEN"}, "flags: theme must be one of green, amber, contrast, paper, mono"),
        ({"zone": "UTC"}, "flags: zone must be WIB, WITA or WIT"),
        ({"ca_file": "x.pem"}, "ca_file is of use with a wss:// host only"),
        ({"ca_file": "x.pem", "host": "wss://h:1"}, "ca_file: no such file: x.pem"),
        ({"sandi": "RAHASIA"}, "flags: unknown key 'sandi'"),
        ({"printer": "lp0"}, "flags: printer must be file, file:FOLDER, device:/PATH or command:WORDS"),
        ({"printer": "device:lp0"}, "flags: printer must be"),
        ({"printer": "command:lp -d 'X"}, "flags: printer must be"),
        ({"format": "PDF"}, "flags: format must be text, pdf or escp"),
        ({"copies": "0"}, "flags: copies must be 1 to 9"),
        ({"sheets": "5-1"}, "flags: sheets must be numbers and ranges"),
        ({"sheets": "1;2"}, "flags: sheets must be"),
        ({"form_lines": "128"}, "flags: form_lines must be lines of 1/6 inch, 10 to 127"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(flags: dict[str, str | None], says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load({}, flags)
    assert str(caught.value).startswith(says)
    assert "\n" not in str(caught.value)
    assert "RAHASIA" not in str(caught.value)


def test_an_unknown_key_of_the_environment_is_named_without_its_value() -> None:
    with pytest.raises(ConfigError, match="environment: unknown key 'sandi'") as caught:
        load({"SISKOHAT_TERMINAL_SANDI": "RAHASIA"}, {})
    assert "RAHASIA" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("bank = ", "not TOML"),
        ('bank = "451"', "unknown table or key 'bank'"),
        ('[host]\nx = "1"', "unknown table or key 'host'"),
        ("[terminal]\nbank = 451", "bank must be a text in quotes"),
        ('[terminal]\nbnk = "451"', "unknown key 'bnk'"),
        ('terminal = "x"', "terminal must be a table"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load({}, {}, path)
    assert str(path) in str(caught.value)
    assert says in str(caught.value)


def test_a_missing_file_is_an_error_when_it_was_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load({}, {}, tmp_path / "none.toml")


def test_printing(file: Path) -> None:
    file.write_text(FILE + 'printer = "command:lp -d X -o raw"\nformat = "escp"\ncopies = "2"\nform_lines = "33"\n')
    settings = load({"SISKOHAT_TERMINAL_SHEETS": "1-2,5"}, {"printer": "file:~/x"}, file)
    assert (settings.printer, settings.format, settings.copies) == ("file:~/x", "escp", 2)
    assert (settings.sheets, settings.form_lines) == ("1-2,5", 33)
