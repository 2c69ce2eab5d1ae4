"""Settings of the host: a TOML file, then environment, then flags; validated as a whole before anything starts.

    [host]                      environment SISKOHAT_HOST_LISTEN and so on
    data = "var/ledger"
    listen = "127.0.0.1:7004"

Every key of `Settings` may stand in the file's `[host]` table or in the environment as `SISKOHAT_HOST_<KEY>`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import datetime
from math import inf
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

PREFIX = "SISKOHAT_HOST_"


class ConfigError(Exception):
    """Settings are wrong; the text names the key and the file or variable it came from."""


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything the host can be told. Limits are numbers of things, sizes are bytes, times are seconds."""

    data: str = ""
    listen: str = "127.0.0.1:7004"
    keys: str = ""
    witness: str = ""
    tls_cert: str = ""
    tls_key: str = ""
    log_level: str = "INFO"
    name: str = "SISKOHAT"
    clock: str = ""
    clock_speed: float = 1.0

    edges: int = 1

    sessions_max: int = 20_000
    lines_per_connection_max: int = 64
    message_bytes_max: int = 4_096
    write_buffer_bytes_max: int = 262_144
    queue_max: int = 16_384
    branch_queue_max: int = 64
    batch_entries_max: int = 512
    frame_seconds_max: float = 30.0
    signon_seconds_max: float = 30.0
    signon_queue_max: int = 8_192
    idle_seconds_max: float = 120.0
    busy_wait_ms: int = 200
    failures_max: int = 3

    cutoff_time: str = ""
    auto_user: str = ""
    accounts: str = ""
    inbox_seconds: float = 5.0
    upload_bytes_max: int = 268_435_456

    map_bytes: int = 64 << 30
    alarm_share: float = 0.6
    close_share: float = 0.8
    reserve_bytes: int = 256 << 20
    checkpoint_entries: int = 150_000
    memory_entries_max: int = 600_000
    inspect_seconds: float = 86_400.0

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of `listen`."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)


KECIL: dict[str, Any] = {
    "sessions_max": 8,
    "lines_per_connection_max": 3,
    "message_bytes_max": 512,
    "queue_max": 4,
    "branch_queue_max": 2,
    "batch_entries_max": 2,
    "frame_seconds_max": 0.5,
    "signon_seconds_max": 0.5,
    "idle_seconds_max": 1.0,
    "map_bytes": 1 << 20,
    "checkpoint_entries": 20,
    "memory_entries_max": 60,
}
"""The preset of tests: limits so small that they are met."""
PRESETS: dict[str, dict[str, Any]] = {"production": {}, "kecil": KECIL}


def load(
    file: Path | None, environment: Mapping[str, str], flags: Mapping[str, Any], preset: str = "production"
) -> Settings:
    """Settings from a preset, a file, the environment and flags (None = not given). Raises ConfigError."""
    if preset not in PRESETS:
        raise ConfigError(f"preset {preset} is not known: {', '.join(PRESETS)}")
    values = dict(PRESETS[preset])
    values |= _from_file(file) if file else {}
    values |= _from_environment(environment)
    values |= {key: value for key, value in flags.items() if value is not None}
    try:
        settings = msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigError(f"settings: {error}") from None
    _check(settings)
    return settings


def _from_file(file: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: {error}") from None
    if set(table) - {"host"}:
        raise ConfigError(f"{file}: unknown table {min(set(table) - {'host'})}; the host's table is [host]")
    host: dict[str, Any] = table.get("host", {})
    if not isinstance(host, dict):
        raise ConfigError(f"{file}: host is not a table [host]")
    for key in host:
        if key not in Settings.__struct_fields__:
            raise ConfigError(f"{file}: unknown setting {key}")
    return host


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for variable, value in environment.items():
        if variable.startswith(PREFIX):
            key = variable.removeprefix(PREFIX).lower()
            if key not in Settings.__struct_fields__:
                raise ConfigError(f"environment: unknown setting {variable}")
            values[key] = value
    return values


def _check(settings: Settings) -> None:
    if not settings.data:
        raise ConfigError("data: the ledger's directory is not given")
    try:
        _, port = settings.address
    except ValueError:
        raise ConfigError(f"listen: {settings.listen} is not HOST:PORT") from None
    if not 0 <= port < 65_536:
        raise ConfigError(f"listen: port {port} is out of range")
    if bool(settings.tls_cert) != bool(settings.tls_key):
        raise ConfigError("tls_cert and tls_key go together")
    if settings.clock:
        try:
            aware = datetime.fromisoformat(settings.clock).tzinfo is not None
        except ValueError:
            aware = False
        if not aware:
            raise ConfigError(f"clock: {settings.clock} is not a time with an offset such as 2004-05-03T08:00:00+07:00")
    if settings.log_level not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ConfigError(f"log_level: {settings.log_level} is not DEBUG, INFO, WARNING or ERROR")
    _check_evening(settings)
    for name in Settings.__struct_fields__:
        value = getattr(settings, name)
        if isinstance(value, int | float) and not (name == "edges" and value == 0) and not 0 < value < inf:
            raise ConfigError(f"{name}: {value} must be above zero, and a number")
    if not settings.alarm_share < settings.close_share < 1:
        raise ConfigError("alarm_share must be below close_share, and both below 1")
    if settings.checkpoint_entries >= settings.memory_entries_max:
        # Posts that wait for memory wait for a checkpoint, which must then be due.
        raise ConfigError("checkpoint_entries must be below memory_entries_max")


def _check_evening(settings: Settings) -> None:
    if settings.cutoff_time:
        if re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", settings.cutoff_time) is None:
            raise ConfigError(f"cutoff_time: {settings.cutoff_time} is not a time such as 15:00")
        if not settings.auto_user:
            raise ConfigError("cutoff_time wants auto_user: in whose name the clock cuts off")
