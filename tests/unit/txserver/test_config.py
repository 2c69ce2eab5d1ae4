"""Settings: file, environment, flags in that order, and one clear line for everything that is wrong."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from txserver.config import PRESETS, ConfigError, Settings, load

DATA = {"data": "var/ledger"}


def written(folder: Path, text: str) -> Path:
    file = folder / "host.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_defaults_are_the_production_preset() -> None:
    assert load(None, {}, DATA) == Settings(data="var/ledger")


def test_flag_beats_environment_beats_file_beats_preset(tmp_path: Path) -> None:
    file = written(tmp_path, '[host]\nname = "F"\nqueue_max = 10\nsessions_max = 11\nmessage_bytes_max = 12\n')
    environment = {"SISKOHAT_HOST_NAME": "E", "SISKOHAT_HOST_QUEUE_MAX": "20", "OTHER": "x"}
    settings = load(file, environment, DATA | {"name": "G", "listen": None}, "kecil")
    assert (settings.name, settings.queue_max, settings.sessions_max) == ("G", 20, 11)
    assert settings.message_bytes_max == 12
    assert settings.branch_queue_max == PRESETS["kecil"]["branch_queue_max"]
    assert settings.listen == Settings().listen


def test_address_of_both_families() -> None:
    assert load(None, {}, DATA | {"listen": "127.0.0.1:0"}).address == ("127.0.0.1", 0)
    assert load(None, {}, DATA | {"listen": "[::1]:7004"}).address == ("::1", 7004)


def test_presets_hold_known_settings_and_stand_by_themselves() -> None:
    for preset, values in PRESETS.items():
        assert values.keys() <= set(Settings.__struct_fields__)
        assert load(None, {}, DATA, preset).data == "var/ledger"


WRONG: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "no data": ({"data": ""}, ("data",)),
    "bad number": ({"queue_max": "many"}, ("queue_max",)),
    "zero limit": ({"queue_max": 0}, ("queue_max", "above zero")),
    "negative": ({"signon_seconds_max": -1.0}, ("signon_seconds_max", "above zero")),
    "not finite": ({"clock_speed": "nan"}, ("clock_speed",)),
    "infinite": ({"clock_speed": "inf"}, ("clock_speed",)),
    "no port": ({"listen": "localhost"}, ("listen", "localhost", "HOST:PORT")),
    "port is a word": ({"listen": "127.0.0.1:http"}, ("listen", "HOST:PORT")),
    "port too high": ({"listen": "127.0.0.1:65536"}, ("listen", "65536", "range")),
    "certificate alone": ({"tls_cert": "c.pem"}, ("tls_cert", "tls_key")),
    "key alone": ({"tls_key": "k.pem"}, ("tls_cert", "tls_key")),
    "naive clock": ({"clock": "2004-05-03T08:00:00"}, ("clock", "offset")),
    "no clock": ({"clock": "yesterday"}, ("clock", "yesterday")),
    "log level": ({"log_level": "LOUD"}, ("log_level", "LOUD")),
    "alarm above close": ({"alarm_share": 0.9}, ("alarm_share", "close_share")),
    "close at all": ({"close_share": 1.0}, ("close_share",)),
    "memory below checkpoint": (
        {"memory_entries_max": 10, "checkpoint_entries": 10},
        ("checkpoint_entries", "memory_entries_max"),
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_setting_is_one_line_that_names_it(what: str) -> None:
    values, words = WRONG[what]
    with pytest.raises(ConfigError) as caught:
        load(None, {}, DATA | values)
    line = str(caught.value)
    assert "\n" not in line
    assert all(word in line for word in words), line


def test_unknown_key_names_where_it_stands(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"SISKOHAT_HOST_LISTNE"):
        load(None, {"SISKOHAT_HOST_LISTNE": "x"}, DATA)
    file = written(tmp_path, '[host]\nlistne = "x"\n')
    with pytest.raises(ConfigError, match=r"host\.toml: .*listne"):
        load(file, {}, DATA)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[hosts]\ndata = "x"\n', ("hosts", "[host]")),
        ("data = \n", ("line 1",)),
        ('data = "x"\n', ("data", "[host]")),
        ("host = 7\n", ("[host]",)),
    ],
)
def test_wrong_file_is_one_line_that_names_it(tmp_path: Path, text: str, words: tuple[str, ...]) -> None:
    file = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load(file, {}, DATA)
    line = str(caught.value)
    assert "\n" not in line
    assert all(word in line for word in (str(file), *words)), line


def test_missing_file_and_unknown_preset(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: No such file"):
        load(tmp_path / "none.toml", {}, DATA)
    with pytest.raises(ConfigError, match="preset large is not known: production, kecil"):
        load(None, {}, DATA, "large")


def test_printed_settings_are_a_valid_file(tmp_path: Path) -> None:
    """What `siskohat-server settings` prints can be pasted below [host]."""
    lines = [
        f"{name} = {value!r}"
        for name, value in zip(Settings.__struct_fields__, Settings.__struct_defaults__, strict=True)
    ]
    text = "[host]\n" + "\n".join(lines)
    assert set(tomllib.loads(text)["host"]) == set(Settings.__struct_fields__)
    assert load(written(tmp_path, text), {}, DATA) == Settings(data="var/ledger")
