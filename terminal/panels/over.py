"""The panels that lie over any other: list of values (F4), key card (F24), command line (Attn), system (SysReq)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ledger.fields import Field
from terminal.confirmation import found
from terminal.displays.evening import FILE
from terminal.displays.menu import SIGN_OFF
from terminal.displays.pages import second_level
from terminal.displays.prompt import ROWS, SEARCH, Value, narrowed, prompt, values
from terminal.displays.system import (
    CARD_PAGES,
    CHOICE,
    DROP,
    END_SESSION,
    KEPT,
    NEWS,
    STATE,
    key_card,
    system,
)
from terminal.edit import Said
from terminal.keys import ATTENTION, F4, F24, ROLL_DOWN, ROLL_UP, SYSTEM_REQUEST, Key
from terminal.panels.buffer import Values
from terminal.panels.menu import CommandPanel
from terminal.panels.panel import HelpPanel, Panel


class PromptPanel(Panel):
    """The values of a field of the panel below: typing narrows them, arrows and rolling move the mark, Enter takes."""

    def __init__(self, below: Panel, field: Field, offered: tuple[Value, ...]) -> None:
        self._below, self._field, self._offered = below, field, offered
        now = below.buffer.typed_values()[field.name]
        self._found = offered
        self._at = next((at for at, (code, _) in enumerate(offered) if code == now), 0)
        super().__init__(below.desk, prompt(field, offered, self._at))

    async def enter(self, values: Values) -> None:
        """Put the value into the field it was asked for."""
        if not self._found:
            self.say(Said("SKH1126", {"isi": str(values[SEARCH.name])}))
            return
        self._below.buffer.go_to(self._field.name)
        self._below.buffer.put(self._found[self._at][0])
        self.leave("Enter")

    async def function(self, key: Key) -> None:
        """Roll, or leave the field as it was."""
        if key.name in {ROLL_UP.name, ROLL_DOWN.name}:
            self._mark(self._at + (ROWS if key.name == ROLL_UP.name else -ROWS))
        else:
            await super().function(key)

    def _type(self, character: str) -> None:
        super()._type(character)
        self._narrow()

    def _edit(self, key: Key) -> None:
        if key.name in {"Up", "Down"}:
            self._mark(self._at + (1 if key.name == "Down" else -1))
        else:
            super()._edit(key)
            self._narrow()

    def _narrow(self) -> None:
        found = narrowed(self._offered, str(self.buffer.typed_values()[SEARCH.name]))
        if found != self._found:
            self._found = found
            self._mark(0)

    def _mark(self, at: int) -> None:
        self._at = min(max(at, 0), max(len(self._found) - 1, 0))
        self.buffer.redraw(prompt(self._field, self._found, self._at))
        self.repaint()


class KeyCardPanel(Panel):
    """The table of keys, page by page."""

    def __init__(self, below: Panel) -> None:
        self._page = 0
        super().__init__(below.desk, key_card(0))

    async def enter(self, values: Values) -> None:
        """Back."""
        self.leave("Enter")

    async def function(self, key: Key) -> None:
        """Roll, or leave."""
        if key.name in {ROLL_UP.name, ROLL_DOWN.name}:
            self._page = min(max(self._page + (1 if key.name == ROLL_UP.name else -1), 0), CARD_PAGES - 1)
            self.show(key_card(self._page))
        else:
            await super().function(key)


class SystemPanel(Panel):
    """State of the line, keys typed ahead, and the end of the session, also while the host is silent."""

    def __init__(self, below: Panel) -> None:
        self._below = below
        super().__init__(below.desk, system(), self._state())

    def _state(self) -> Values:
        language = self._below.desk.language
        news = self._below.desk.line_news()
        state = news.first(language) if news else self._below.desk.line_state().said(language)
        return {STATE.name: state, KEPT.name: str(len(self._below.ahead))}

    async def enter(self, values: Values) -> None:
        """Do what was chosen; nothing chosen goes back."""
        choice = str(values[CHOICE.name])
        news = self.desk.line_news()
        if not choice:
            self.leave("Enter")
        elif choice == NEWS and news is not None:
            language = self.desk.language
            text = second_level(news.id, news.first(language), news.second(language))
            self.open(HelpPanel(self.desk, text))
        elif choice == NEWS:
            self.say(Said("SKH0060"))
        elif choice == DROP:
            self._below.ahead.drop()
            self.show(system(), self._state())
        elif choice == END_SESSION and self.desk.link.info is not None:
            self.begin(self._end())
        else:
            self.say(Said("SKH1123", {"pilihan": choice}))

    async def _end(self) -> None:
        await self.desk.link.sign_off()
        self.leave(SIGN_OFF)


def _prompt(below: Panel) -> Panel | None:
    here = below.buffer.here
    offered = _offered(below, here.field) if here is not None else ()
    return PromptPanel(below, here.field, offered) if here is not None and offered else None


def _offered(below: Panel, field: Field) -> tuple[Value, ...]:
    if field.name == FILE.name:
        return tuple(found(below.desk.settings.confirmations))
    kind = below.buffer.display.name.removeprefix("SKH")
    return values(field, below.desk.language, kind)


def _command(below: Panel) -> Panel | None:
    is_here = isinstance(below, CommandPanel) or below.desk.link.info is None
    return None if is_here else CommandPanel(below.desk)


def _system(below: Panel) -> Panel | None:
    return None if isinstance(below, SystemPanel) else SystemPanel(below)


def _key_card(below: Panel) -> Panel | None:
    return None if isinstance(below, KeyCardPanel) else KeyCardPanel(below)


OVER: Mapping[str, Callable[[Panel], Panel | None]] = {
    F4.name: _prompt,
    F24.name: _key_card,
    ATTENTION.name: _command,
    SYSTEM_REQUEST.name: _system,
}
