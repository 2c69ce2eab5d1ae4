"""A display at work under the keyboard.

States of the keyboard: ready; X SYSTEM while the host works (keys are kept, see `terminal.panels.ahead`); X after an
error, until Reset.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.screen import Screen

from ledger.fields import Edit, Field
from ledger.messages import MESSAGES
from terminal import edit
from terminal.dial import HostUnreachable, SessionClosed
from terminal.displays.display import NOTHING, Display, Look, Text
from terminal.displays.menu import SIGN_OFF
from terminal.displays.pages import field_help, second_level
from terminal.edit import Said
from terminal.events import HostBusy
from terminal.keys import (
    AID_KEYS,
    ENTER,
    F1,
    F3,
    F4,
    F12,
    F24,
    KEY_BY_ESCAPE,
    KEY_BY_PRESS,
    LOCKED_KEYS,
    OVER_KEYS,
    RESET,
    ROLL_DOWN,
    ROLL_UP,
    SIGN_KEYS,
    SYSTEM_REQUEST,
    Key,
    key_line,
)
from terminal.panels.ahead import TypeAhead
from terminal.panels.buffer import Buffer, Values
from terminal.panels.desk import BUSY, Desk
from terminal.panels.glass import Glass

X_SYSTEM = "X SYSTEM"
LOCKED = Text("TERKUNCI", "LOCKED")


class Panel(Screen[str]):
    """A display at work: what is shown, what is typed, what the keys do. Its result is the key that left it.

    `looks_up` says that Enter on the first display only asks: then a command with arguments presses it. `is_over_work`
    panels lie over one that waits for the host, and go when it goes on. `ends_session` is where a sign-off stops.
    """

    looks_up: ClassVar[bool] = False
    ends_session: ClassVar[bool] = False
    is_over_work = False

    def __init__(self, desk: Desk, display: Display, values: Mapping[str, str | int] | None = None) -> None:
        super().__init__()
        self.desk = desk
        self.buffer = Buffer(display, desk.heading(), desk.language, values)
        self.glass = Glass(self.buffer, is_unicode=desk.is_unicode)
        self.ahead = TypeAhead()
        self.said: Said | None = None
        self.is_locked = self.is_waiting = self._is_escaping = False

    # ------------------------------------------------------------------------------- what panels override

    async def enter(self, values: Values) -> None:
        """Enter, with all input fields read and in order."""

    async def function(self, key: Key) -> None:
        """Another key of the display's key line. As it stands: F3 and F12 leave."""
        if key.name in {F3.name, F12.name}:
            self.leave(key.name)

    def came_back(self, key: str | None) -> None:
        """A panel opened from here was left with this key."""
        self.repaint()

    # --------------------------------------------------------------------------------- what panels use

    def show(self, display: Display, values: Mapping[str, str | int] | None = None) -> None:
        """Put another display, or the same one afresh, on this panel. The message stays."""
        self.buffer = self.glass.buffer = Buffer(display, self.desk.heading(), self.desk.language, values)
        self.repaint()

    def say(self, said: Said | None) -> None:
        """Put a message on the message line; an error beeps and locks the keyboard until Reset."""
        self.said = said
        self.is_locked = said is not None and MESSAGES[said.id].severity >= 20
        if self.is_locked:
            self.app.bell()
            self.ahead.drop()
            if said is not None and said.about is not None and said.about != self._field_here():
                self.buffer.go_to(said.about.name)
        self.repaint()

    def open(self, panel: Panel) -> None:
        """Put a panel on top of this one, to hear in `came_back` how it was left. What was typed ahead is for it."""
        self._put(panel, self._back)

    def lay_over(self, panel: Panel) -> None:
        """Put a panel on top of this one that has nothing to do with its work: it goes on as if nothing had been."""
        self._put(panel, self._back_from_over)

    def _put(self, panel: Panel, back: Callable[[str | None], None]) -> None:
        self._rise()
        if not panel.is_over_work:
            panel.ahead = self.ahead
        panel.is_over_work |= self.is_over_work
        # Not awaited, here and in `leave`: both are called by handlers of the very screens they put on and off.
        self.app.push_screen(panel, back)  # type: ignore[unused-awaitable]

    def leave(self, key: str) -> None:
        """Take this panel off; the one below hears with which key."""
        self._rise()
        self.dismiss(key)  # type: ignore[unused-awaitable]

    async def given(self, texts: Sequence[str]) -> None:
        """Fill in what stood behind the command that opened this panel."""
        if self.is_waiting:
            return
        wrong = self.buffer.give(texts)
        self.say(wrong)
        if wrong is None and texts and self.looks_up:
            await self._aid(ENTER)

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Lock the keyboard with X SYSTEM and do work that may wait for the host."""
        assert not self.is_waiting, "the keyboard is locked while the host works"
        self.is_waiting = True
        self.ahead.mark()
        self.repaint()
        self.run_worker(self._work(work), name="host")

    def repaint(self) -> None:
        """Show buffer and message line as they are now."""
        self.buffer.message = self._message_line()
        self.buffer.heading = replace(self.buffer.heading, line=self._top_left())
        self.buffer.way_out = key_line(LOCKED_KEYS, self.desk.language) if self.is_locked else ""
        self.glass.repaint()

    # --------------------------------------------------------------------------------- Textual's side

    def compose(self) -> ComposeResult:
        """The one widget there is."""
        yield self.glass

    def on_mount(self) -> None:
        """Keys go to the glass and bubble up to here."""
        self.glass.focus()
        self.repaint()

    def on_screen_resume(self) -> None:
        """Back on top: the clock has moved on, and perhaps the line."""
        self.buffer.heading = self.desk.heading()
        self.repaint()
        self.call_later(self.play)  # after `came_back`, which Textual calls before what is posted now

    def on_resize(self) -> None:
        """The window has another size, which the glass may have to say something about."""
        self.glass.refresh()

    # -------------------------------------------------------------------------------------- the keyboard

    def pressed(self, name: str, character: str | None) -> None:
        """A key press, as it comes: `name` as Textual calls it, `character` if it types one."""
        key = KEY_BY_PRESS.get(name)
        if not self.is_waiting:
            self._keep(name, character)
        elif key is RESET:
            # Esc that takes typing away is Reset and no more; see `press`.
            self._is_escaping = not self.ahead.drop() and name == "escape" and not self._is_escaping
        elif key in OVER_KEYS:
            self.call_later(self._over, SYSTEM_REQUEST.name)
        else:
            if self._is_escaping and character in KEY_BY_ESCAPE:
                name, character = KEY_BY_ESCAPE[character].presses[0], None
            self._is_escaping = False
            self._keep(name, character)
            self.ahead.mark()

    def pasted(self, text: str) -> None:
        """Pasted text is typed: its first line, up to its first error."""
        for character in text.splitlines()[0] if text else "":
            if not self._keep(character, character):
                break
        self.ahead.mark()

    def _keep(self, name: str, character: str | None) -> bool:
        if self.glass.is_too_small or not self.ahead.put(name, character):
            self.app.bell()
            return False
        self.call_later(self.play)
        return True

    async def play(self) -> None:
        """Take the keys that wait, as far as this panel is the one to take them."""
        while self.app.screen is self and not self.is_waiting and (press := self.ahead.take()) is not None:
            await self.press(*press)

    async def press(self, name: str, character: str | None) -> None:
        """One key, in its turn."""
        key = KEY_BY_PRESS.get(name)
        if self._is_escaping and character in KEY_BY_ESCAPE:
            key, character = KEY_BY_ESCAPE[character], None
        # Esc that takes a message away is Reset and no more: the digit typed next belongs to the field.
        self._is_escaping = name == "escape" and self.said is None and not self._is_escaping
        if key is RESET:
            self.say(None)
        elif key is not None and key.name == F1.name:
            self._help()
        elif key is SYSTEM_REQUEST:
            self._over(key.name)
        elif self.is_locked:
            self.app.bell()
        elif key in OVER_KEYS or key is F24:
            self._over(key.name)
        elif key is F4:
            self._prompt()
        elif key is not None and key in AID_KEYS:
            await self._aid(key)
        elif key is not None:
            self._edit(key)
        elif character is not None:
            self._type(character)

    def _over(self, name: str) -> None:
        """Put one of the small panels over this one, unless it is there already or has no sense here."""
        panel = self.desk.over[name](self)
        if panel is None and self.is_waiting:
            self.app.bell()
        elif panel is None:
            self.say(Said("SKH1120", {"tombol": name}))
        elif self.app.screen is self:
            panel.is_over_work |= self.is_waiting
            self.lay_over(panel)

    def _prompt(self) -> None:
        """F4: the values of the field at the cursor."""
        here = self._field_here()
        panel = self.desk.over[F4.name](self)
        if panel is not None:
            self.lay_over(panel)
        else:
            self.say(Said("SKH1125", {}, here) if here is not None else Said(edit.PROTECTED))

    def _type(self, character: str) -> None:
        here = self._field_here()
        if here is not None and here.edit is Edit.RUPIAH and character in SIGN_KEYS:
            self._edit(SIGN_KEYS[character])
        else:
            self._typed(self.buffer.type(character))

    def _typed(self, error: Said | None) -> None:
        if error is None:
            self.repaint()  # the message stays: what it says of the last pilgrim is read while the next is typed
        else:
            self.say(error)

    def _field_here(self) -> Field | None:
        return self.buffer.here.field if self.buffer.here else None

    async def _aid(self, key: Key) -> None:
        """A key that hands the display over: to `enter` with values, or to `function` if the display lists it."""
        if key.name not in {listed.name for listed in self.buffer.display.keys}:
            self.say(Said("SKH1120", {"tombol": key.name}))
        elif key in {ROLL_UP, ROLL_DOWN}:
            await self.function(key)  # leafing through, the message stays
        elif key.name != "Enter":
            self.say(None)
            await self.function(key)
        else:
            values = self.buffer.read()
            if isinstance(values, Said):
                self.say(values)
            else:
                self.desk.memory.sent(self.buffer.display.name, self.buffer.plain_texts())
                self.say(None)
                await self.enter(values)

    def _edit(self, key: Key) -> None:
        does: dict[str, Callable[[], Said | None]] = {
            "Tab": self.buffer.next_field,
            "Down": self.buffer.next_field,
            "Shift+Tab": self.buffer.previous_field,
            "Up": self.buffer.up,
            "FieldExit": self.buffer.field_exit,
            "Field+": self.buffer.field_plus,
            "Field-": self.buffer.field_minus,
            "Dup": self._dup,
            "EraseInput": self.buffer.erase_input,
            "Backspace": self.buffer.backspace,
            "Delete": self.buffer.delete,
            "Left": self.buffer.left,
            "Right": self.buffer.right,
            "Home": self.buffer.home,
            "End": self.buffer.end,
        }
        self._typed(does[key.name]())

    def _dup(self) -> Said | None:
        here = self._field_here()
        if here is None:
            return Said(edit.PROTECTED)
        text = self.desk.memory.last(self.buffer.display.name, here.name)
        if text is None:
            return Said(edit.NO_DUP, {}, here)
        return self.buffer.put(text)

    def _help(self) -> None:
        """F1: second level of the message if there is one, else the meaning of the field."""
        said, language = (self.said if self.is_locked else self.desk.line_news() or self.said), self.desk.language
        if said is not None:
            display = second_level(said.id, said.first(language), said.second(language))
        elif self.buffer.here is not None:
            display = field_help(self.buffer.here.field, language)
        else:
            self._over(F24.name)  # nothing is asked here, so what may be meant is a key
            return
        self.lay_over(HelpPanel(self.desk, display))

    # ------------------------------------------------------------------------------------- the host's side

    async def _work(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except HostUnreachable as error:
            self.done(Said(error.id, {"sebab": error.sebab, "host": self.desk.settings.host}))
        except SessionClosed:
            self.done(self.said)  # the link has told the app, which goes back to the sign-on
        except OSError as error:
            self.done(Said("SKH9008", {"sebab": error.strerror or "?"}))
        else:
            self.done(self.said)

    def done(self, said: Said | None) -> None:
        """The host has answered: X SYSTEM goes, the message comes."""
        self.is_waiting = False
        self.call_later(self.play)
        if isinstance(self.desk.line, HostBusy):
            self.desk.line = None
        self.say(said)

    def _back(self, key: str | None) -> None:
        if key == SIGN_OFF and not self.ends_session:
            self.leave(SIGN_OFF)
        else:
            self.came_back(key)

    def _back_from_over(self, key: str | None) -> None:
        if key == SIGN_OFF:
            self._back(key)
        else:
            self.repaint()

    def _rise(self) -> None:
        """Take off what was put over this panel while it waited: the work goes on."""
        while self.app.screen is not self and isinstance(top := self.app.screen, Panel) and top.is_over_work:
            self.app.pop_screen()  # type: ignore[unused-awaitable]

    def _top_left(self) -> Text:
        """What stands at top left: how the line is, and while that is well, whether the keyboard takes keys."""
        line = self.desk.line_state()
        keyboard = BUSY if self.is_waiting else LOCKED if self.is_locked else line
        return line if self.desk.line is not None or line is NOTHING else keyboard

    def _message_line(self) -> tuple[str, Look]:
        news, language = self.desk.line_news(), self.desk.language
        if self.is_waiting:
            said = news or self.said
            return f"{X_SYSTEM}  {said.first(language) if said else ''}".rstrip(), Look.MESSAGE
        if self.is_locked and self.said is not None:
            return f"X {self.said.first(language)}", Look.ERROR
        said = news or self.said  # between two pilgrims a line that is down is what the teller must know
        if said is None:
            return "", Look.MESSAGE
        return said.first(language), Look.ERROR if said is news else Look.MESSAGE


class HelpPanel(Panel):
    """Second-level text, or the meaning of a field: any of its keys goes back to where F1 was pressed, F1 too."""

    def _help(self) -> None:
        if self.is_locked:
            super()._help()
        else:
            self.leave(F1.name)

    async def enter(self, values: Values) -> None:
        """Back."""
        self.leave("Enter")
