"""The Textual renderer of a display: one widget that shows a screen buffer cell by cell, and the keyboard.

The buffer is one widget with its own cursor rather than a grid of input widgets: nothing is laid out, so every cell
is where the display says; focus, overtype, auto-advance and lock behave as on a 5250 and not as in a web form; and
a panel is 24 plain lines, for tests and for whatever reads the screen aloud.

States of the keyboard: ready; X SYSTEM while the host works (keys are refused); X after an error, until Reset.
"""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import Any, ClassVar

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from ledger.fields import Field
from ledger.messages import MESSAGES
from terminal import edit
from terminal.dial import HostUnreachable, SessionClosed
from terminal.displays.display import COLUMNS, ROWS, Display, Look
from terminal.displays.pages import field_help, second_level
from terminal.edit import Said
from terminal.events import HostBusy
from terminal.keys import (
    AID_KEYS,
    F1,
    F3,
    F12,
    KEY_BY_ESCAPE,
    KEY_BY_PRESS,
    LOCKED_KEYS,
    RESET,
    ROLL_DOWN,
    ROLL_UP,
    Key,
    key_line,
)
from terminal.panels.buffer import Buffer, Values
from terminal.panels.desk import Desk

X_SYSTEM = "X SYSTEM"


class Glass(Widget, can_focus=True):
    """The 24x80 cells. Colours come from the style sheet, by look."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"glass--{look}" for look in Look} | {"glass--cursor"}

    def __init__(self, buffer: Buffer) -> None:
        super().__init__()
        self.buffer = buffer
        self._rows = buffer.rows()

    def repaint(self) -> None:
        """Take the buffer's cells anew."""
        self._rows = self.buffer.rows()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One row of cells, the cursor on top."""
        columns, rows = self.app.size
        if y >= ROWS or ((columns < COLUMNS or rows < ROWS) and y > 0):
            return Strip.blank(COLUMNS, self.rich_style)
        if columns < COLUMNS or rows < ROWS:
            said = Said("SKH9012", {"kolom": columns, "baris": rows}).first(self.buffer.language)
            return Strip([Segment(said.ljust(COLUMNS), self.get_component_rich_style("glass--error"))], len(said))
        segments = []
        for column, (character, look) in enumerate(self._rows[y], start=1):
            name = "cursor" if (y + 1, column) == self.buffer.cursor else look
            segments.append(Segment(character, self.get_component_rich_style(f"glass--{name}")))
        return Strip(segments, COLUMNS).simplify()


class Panel(Screen[str]):
    """A display at work: what is shown, what is typed, what the keys do. Its result is the key that left it."""

    def __init__(self, desk: Desk, display: Display, values: Mapping[str, str | int] | None = None) -> None:
        super().__init__()
        self.desk = desk
        self.buffer = Buffer(display, desk.heading(), desk.language, values)
        self.glass = Glass(self.buffer)
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
            if said is not None and said.about is not None and said.about != self._field_here():
                self.buffer.go_to(said.about.name)
        self.repaint()

    def open(self, panel: Panel) -> None:
        """Put a panel on top of this one."""
        # Not awaited, here and in `leave`: both are called by handlers of the very screens they put on and off.
        self.app.push_screen(panel, self.came_back)  # type: ignore[unused-awaitable]

    def leave(self, key: str) -> None:
        """Take this panel off; the one below hears with which key."""
        self.dismiss(key)  # type: ignore[unused-awaitable]

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Lock the keyboard with X SYSTEM and do work that may wait for the host."""
        assert not self.is_waiting, "the keyboard is locked while the host works"
        self.is_waiting = True
        self.repaint()
        self.run_worker(self._work(work), name="host")

    def repaint(self) -> None:
        """Show buffer and message line as they are now."""
        self.buffer.message = self._message_line()
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

    def on_resize(self) -> None:
        """The window has another size, which the glass may have to say something about."""
        self.glass.refresh()

    async def on_key(self, event: events.Key) -> None:
        """Every key press there is; none goes on to Textual's own bindings."""
        if event.key == "ctrl+q":
            return
        event.stop()
        event.prevent_default()
        await self.press(event.key, event.character if event.is_printable else None)

    def on_paste(self, event: events.Paste) -> None:
        """Pasted text is typed, up to its first error."""
        event.stop()
        for character in event.text.splitlines()[0] if event.text else "":
            if self.is_waiting or self.is_locked:
                return
            self._type(character)

    # -------------------------------------------------------------------------------------- the keyboard

    async def press(self, name: str, character: str | None) -> None:
        """One key press: `name` as Textual calls it, `character` if it types one."""
        key = KEY_BY_PRESS.get(name)
        if self._is_escaping and character in KEY_BY_ESCAPE:
            key, character = KEY_BY_ESCAPE[character], None
        # Esc that takes a message away is Reset and no more: the digit typed next belongs to the field.
        self._is_escaping = name == "escape" and self.said is None and not self._is_escaping
        if self.is_waiting:
            self.app.bell()
        elif key is RESET:
            self.say(None)
        elif key is not None and key.name == F1.name:
            self._help()
        elif self.is_locked:
            self.app.bell()
        elif key is not None and key in AID_KEYS:
            await self._aid(key)
        elif key is not None:
            self._edit(key)
        elif character is not None:
            self._type(character)

    def _type(self, character: str) -> None:
        error = self.buffer.type(character)
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
                self.say(None)
                await self.enter(values)

    def _edit(self, key: Key) -> None:
        does = {
            "Tab": self.buffer.next_field,
            "Down": self.buffer.next_field,
            "Shift+Tab": self.buffer.previous_field,
            "Up": self.buffer.up,
            "FieldExit": self.buffer.field_exit,
            "EraseInput": self.buffer.erase_input,
            "Backspace": self.buffer.backspace,
            "Delete": self.buffer.delete,
            "Left": self.buffer.left,
            "Right": self.buffer.right,
            "Home": self.buffer.home,
            "End": self.buffer.end,
        }
        does[key.name]()
        self.repaint()

    def _help(self) -> None:
        """F1: second level of the message if there is one, else the meaning of the field."""
        said, language = (self.said if self.is_locked else self.desk.line_news() or self.said), self.desk.language
        if said is not None:
            display = second_level(said.id, said.first(language), said.second(language))
        elif self.buffer.here is not None:
            display = field_help(self.buffer.here.field)
        else:
            self.say(Said(edit.PROTECTED))
            return
        self.open(HelpPanel(self.desk, display))

    # ------------------------------------------------------------------------------------- the host's side

    async def _work(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except HostUnreachable as error:
            self.done(Said("SKH9006", {"sebab": error.sebab, "host": self.desk.settings.host}))
        except SessionClosed:
            self.done(self.said)  # the link has told the app, which goes back to the sign-on
        except OSError as error:
            self.done(Said("SKH9008", {"sebab": error.strerror or "?"}))
        else:
            self.done(self.said)

    def done(self, said: Said | None) -> None:
        """The host has answered: X SYSTEM goes, the message comes."""
        self.is_waiting = False
        if isinstance(self.desk.line, HostBusy):
            self.desk.line = None
        self.say(said)

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
    """Second-level text, or the meaning of a field: any of its keys goes back to where F1 was pressed."""

    async def enter(self, values: Values) -> None:
        """Back."""
        self.leave("Enter")
