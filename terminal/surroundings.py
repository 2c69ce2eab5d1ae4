"""What the terminal is started in: a window or a pipe, which characters it shows, whether it wants colours.

Asked before anything is drawn, so that what cannot work is one line on standard error and not a garbled screen.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TextIO

from terminal.config import THEMES, Settings
from terminal.edit import Said

NO_TERMINAL = "SKH9020"
DUMB_TERMINAL = "SKH9021"
ONLY_ASCII = "SKH0030"
NO_COLOURS = "mono"
"""The theme without colours."""

_DUMB = frozenset({"", "dumb", "unknown"})
_WEB_DRIVER = "TEXTUAL_DRIVER"
"""Set by textual-serve in the processes it starts: they talk to a browser through pipes."""


def trouble(environ: Mapping[str, str], *streams: TextIO) -> Said | None:
    """Why the terminal cannot start here; None if it can. `streams` are those it reads and writes."""
    if is_in_browser(environ):
        return None
    if not all(stream.isatty() for stream in streams):
        return Said(NO_TERMINAL)
    term = environ.get("TERM", "")
    return Said(DUMB_TERMINAL, {"term": term or "?"}) if term in _DUMB else None


def is_in_browser(environ: Mapping[str, str]) -> bool:
    """Whether a browser is at the other end."""
    return _WEB_DRIVER in environ


def locale_name(environ: Mapping[str, str]) -> str:
    """The locale that decides which characters are shown: the first of these three that is set."""
    return next((environ[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(name)), "C")


def is_unicode(environ: Mapping[str, str]) -> bool:
    """Whether the window shows UTF-8. A browser does; else the locale says so, which Python's own does not tell:
    it takes UTF-8 in the C locale, whatever the window makes of it.
    """
    return is_in_browser(environ) or "UTF8" in locale_name(environ).upper().replace("-", "")


def theme(environ: Mapping[str, str], settings: Settings, flag: str | None) -> str:
    """The theme to show. NO_COLOR, set and not empty, asks every program for no colours: only the flag goes over it."""
    return NO_COLOURS if environ.get("NO_COLOR") and flag is None else settings.theme


def for_textual(theme: str) -> None:
    """Tell Textual, which looks into the environment, whether colours are wanted."""
    assert theme in THEMES, theme
    if theme == NO_COLOURS:
        os.environ["NO_COLOR"] = "1"
    else:
        os.environ.pop("NO_COLOR", None)
