"""What a session's panels remember of what was typed: the last entry of every display, and the commands.

It is thrown away with the session: it may hold a pilgrim's data, and the next teller is somebody else.
"""

from __future__ import annotations

from collections.abc import Mapping

COMMANDS_MAX = 50


class Memory:
    """For Dup and F9."""

    def __init__(self) -> None:
        self._entries: dict[str, dict[str, str]] = {}
        self._commands: list[str] = []

    def sent(self, display: str, texts: Mapping[str, str]) -> None:
        """Remember what stood in the fields of a display when Enter was pressed."""
        self._entries.setdefault(display, {}).update({name: text for name, text in texts.items() if text})

    def last(self, display: str, field: str) -> str | None:
        """What was last sent in a field of a display."""
        return self._entries.get(display, {}).get(field)

    def ran(self, command: str) -> None:
        """Remember a command, once if it is given several times in a row."""
        if self._commands[-1:] != [command]:
            self._commands = [*self._commands, command][-COMMANDS_MAX:]

    def command(self, back: int) -> str | None:
        """The command given `back` times ago, 1 the latest; None before the first."""
        return self._commands[-back] if 0 < back <= len(self._commands) else None
