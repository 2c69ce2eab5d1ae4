"""Settings of a terminal: a TOML file, then the environment, then flags; what comes later wins.

    [terminal]                       environment SISKOHAT_TERMINAL_HOST and so on
    host = "wss://siskohat.example:7004/line"
    bank = "451"

Validated as a whole: whatever is wrong is one `ConfigError` that names the place and the key. The password is no
setting: it is typed on the sign-on display and stands nowhere else.
"""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import urlsplit

PREFIX = "SISKOHAT_TERMINAL_"
CONFIG_FILE = "~/.config/siskohat/terminal.toml"
ZONES = {"WIB": 420, "WITA": 480, "WIT": 540}
"""Minutes east of UTC. Indonesia has no summer time."""
THEMES = ("green", "amber", "contrast", "paper", "mono")
"""The colours of `terminal.tcss`."""


class ConfigError(Exception):
    """A setting is wrong: one line that names place and key."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a terminal has to know before its user signs on. Empty names are asked for on the sign-on display."""

    host: str = "ws://127.0.0.1:7004/line"
    bank: str = ""
    cabang: str = ""
    device: str = ""
    user: str = ""
    receipts: Path = Path("~/siskohat/bukti")
    state: Path = Path("~/.local/state/siskohat")
    confirmations: Path = Path("~/siskohat/konfirmasi")
    reports: Path = Path("~/siskohat/laporan")
    language: str = "id"
    locale: Path = Path("~/.config/siskohat/locale")
    theme: str = "green"
    zone: str = "WIB"
    ca_file: Path | None = None
    printer: str = "file"
    format: Literal["text", "pdf", "escp"] = "text"
    copies: int = 1
    sheets: str = "1-5"
    form_lines: int = 66

    def __str__(self) -> str:
        return "\n".join(f"{key} = {getattr(self, key)}" for key in KEYS)


KEYS = tuple(row.name for row in fields(Settings))
_HOMES = ("receipts", "state", "locale", "confirmations", "reports")
_PATHS = {*_HOMES, "ca_file"}
_AS_WRITTEN = {"language", "theme", "printer", "format"}
_NUMBERS = {"copies", "form_lines"}
_SHAPES = {
    "bank": (r"[A-Z0-9]{3}", "three letters or digits"),
    "cabang": (r"[0-9]{4}", "four digits"),
    "device": (r"[A-Z0-9_-]{1,10}", "at most 10 letters, digits, - or _"),
    "user": (r"[A-Z0-9_-]{1,10}", "at most 10 letters, digits, - or _"),
    "language": (r"[a-z]{2,3}(_[A-Z]{2})?", "id, en, or the name of a catalogue such as jv"),
    "theme": ("|".join(THEMES), f"one of {', '.join(THEMES)}"),
    "zone": (r"WIB|WITA|WIT", "WIB, WITA or WIT"),
    "printer": (r"file(:.+)?|device:/.+|command:.+", "file, file:FOLDER, device:/PATH or command:WORDS"),
    "format": (r"text|pdf|escp", "text, pdf or escp"),
    "copies": (r"[1-9]", "1 to 9"),
    "sheets": (r"[1-9](-[1-9])?(,[1-9](-[1-9])?)*", "numbers and ranges of sheets, such as 1-2,5"),
    "form_lines": (r"[1-9][0-9]|1[01][0-9]|12[0-7]", "lines of 1/6 inch, 10 to 127"),
}


def load(environ: Mapping[str, str], flags: Mapping[str, str | None], file: Path | None = None) -> Settings:
    """Settings from all three places. `file` None means `CONFIG_FILE`, which need not exist.

    Raises ConfigError: a file that cannot be read, an unknown key, a value of the wrong shape.
    """
    named = file or _path(environ.get(f"{PREFIX}CONFIG", ""))
    found: dict[str, tuple[str, str]] = {}  # key -> value, place
    for place, values in (
        (str(named or CONFIG_FILE), _from_file(named)),
        ("environment", _from_environment(environ)),
        ("flags", {key: value for key, value in flags.items() if value is not None}),
    ):
        for key, value in values.items():
            if key not in KEYS:
                raise ConfigError(f"{place}: unknown key {key!r}; known: {', '.join(KEYS)}")
            if not isinstance(value, str):
                raise ConfigError(f"{place}: {key} must be a text in quotes")
            found[key] = (value.strip(), place)
    return _whole({key: _checked(key, value, place) for key, (value, place) in found.items() if value})


def _from_file(named: Path | None) -> dict[str, Any]:
    path = named or Path(CONFIG_FILE).expanduser()
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if named is None:
            return {}
        raise ConfigError(f"{path}: no such file") from None
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not TOML: {error}") from None
    if other := sorted(set(tables) - {"terminal"}):
        raise ConfigError(f"{path}: unknown table or key {other[0]!r}; the terminal's table is [terminal]")
    table = tables.get("terminal", {})
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: terminal must be a table: [terminal]")
    return table


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    return {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environ.items()
        if name.startswith(PREFIX) and name != f"{PREFIX}CONFIG"
    }


def _path(text: str) -> Path | None:
    return Path(text).expanduser() if text else None


def _checked(key: str, value: str, place: str) -> Any:
    if key in _PATHS:
        return _path(value)
    if key == "host":
        return _address(value, place)
    pattern, wanted = _SHAPES[key]
    value = value if key in _AS_WRITTEN else value.upper()
    if not re.fullmatch(pattern, value) or not _is_whole(key, value):
        raise ConfigError(f"{place}: {key} must be {wanted}")
    return int(value) if key in _NUMBERS else value


def _is_whole(key: str, value: str) -> bool:
    """What a pattern cannot tell: quotes of a command that match, ranges of sheets that go up."""
    if key == "sheets":
        return all(first <= last for first, _, last in (part.partition("-") for part in value.split(",")) if last)
    if key == "printer" and value.startswith("command:"):
        try:
            return bool(shlex.split(value.removeprefix("command:")))
        except ValueError:
            return False
    return True


def _address(value: str, place: str) -> str:
    """The full address of the line; HOST:PORT alone is enough."""
    url = value if "://" in value else f"ws://{value}"
    wrong = ConfigError(f"{place}: host must be ws://HOST:PORT/line, wss://HOST:PORT/line or HOST:PORT")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise wrong from None
    if parts.scheme not in {"ws", "wss"} or not parts.hostname or port == 0:
        raise wrong
    if parts.username or parts.query or parts.fragment:
        raise wrong
    return url if parts.path.strip("/") else f"{url.rstrip('/')}/line"


def _whole(values: dict[str, Any]) -> Settings:
    settings = Settings(**values)
    if settings.ca_file is not None:
        if not settings.host.startswith("wss://"):
            raise ConfigError("ca_file is of use with a wss:// host only")
        if not settings.ca_file.is_file():
            raise ConfigError(f"ca_file: no such file: {settings.ca_file}")
    homes = {key: cast("Path", getattr(settings, key)).expanduser() for key in _HOMES}
    return Settings(**{**{key: getattr(settings, key) for key in KEYS}, **homes})
