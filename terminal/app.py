"""The teller's terminal as a Textual application: panels on a stack, and news of the line brought to the top one."""

from __future__ import annotations

import os
import traceback
from asyncio import to_thread
from importlib import import_module
from threading import Thread
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import App
from textual.message import Message

from terminal.config import Settings
from terminal.displays.spool import number
from terminal.edit import Said
from terminal.events import LineUp, LinkEvent, OperatorBreak, SessionOver
from terminal.panels.desk import Desk, HostLink, told
from terminal.panels.keyboard import teach_keys
from terminal.panels.over import OVER
from terminal.panels.panel import Panel
from terminal.panels.paper import PaperPanel
from terminal.panels.receipt import ReceiptPanel
from terminal.panels.signon import SignOnPanel
from terminal.spool import Print, Status
from terminal.surroundings import NO_COLOURS, ONLY_ASCII, for_textual, locale_name


def warm() -> None:
    """Load aiohttp (0.1 s) while the user types the password, so that the first Enter need not wait for it."""
    Thread(target=import_module, args=("aiohttp",), name="warm", daemon=True).start()


class LineNews(Message):
    """What the link tells, brought into Textual's queue."""

    def __init__(self, event: LinkEvent) -> None:
        super().__init__()
        self.event = event


class PrintNews(Message):
    """A print has changed: from the printing thread into Textual's queue."""

    def __init__(self, print_: Print) -> None:
        super().__init__()
        self.print_ = print_


class Terminal(App[int]):
    """One workstation. Ctrl+Q ends it anywhere; an unanswered request is kept and asked again at the next sign-on."""

    CSS_PATH = "terminal.tcss"
    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False

    def __init__(self, settings: Settings, link: HostLink, *, is_unicode: bool = True) -> None:
        teach_keys()
        for_textual(settings.theme)
        super().__init__(ansi_color=settings.theme == NO_COLOURS)
        self.add_class(f"-{settings.theme}")
        self.desk = Desk(settings, link, is_unicode=is_unicode, over=OVER)
        link.listen(self.hear)
        self.desk.spooler.listen(self.hear_printer)

    def hear_printer(self, print_: Print) -> None:
        """The spooler's callback, from its thread."""
        self.post_message(PrintNews(print_))

    def hear(self, event: LinkEvent) -> None:
        """The link's callback; what follows happens in its turn among keys and repaints."""
        self.post_message(LineNews(event))

    async def on_mount(self) -> None:
        """The day begins with a sign-on."""
        panel = SignOnPanel(self.desk)
        await self.push_screen(panel)
        self.call_after_refresh(warm)
        if not self.desk.is_unicode:
            panel.say(Said(ONLY_ASCII, {"locale": locale_name(os.environ)}))

    async def on_unmount(self) -> None:
        """The line is dropped without a sign-off, so that a session cut here can be taken up again."""
        await self.desk.link.close()
        await to_thread(self.desk.spooler.close)

    async def on_event(self, event: events.Event) -> None:
        """Shift+F3 reaches Textual as a report of the cursor in row 1, column 2. Nobody asked for one: it is F15."""
        if isinstance(event, events.CursorPosition) and (event.x, event.y) == (1, 0):
            event = events.Key("f15", None)
        panel = self.screen_stack[-1] if self.screen_stack else None
        # Here and not in the panel, because a press goes to whoever is on top when its turn comes, in the order typed.
        if isinstance(panel, Panel) and isinstance(event, events.Key) and event.key != "ctrl+q":
            panel.pressed(event.key, event.character if event.is_printable else None)
        elif isinstance(panel, Panel) and isinstance(event, events.Paste):
            panel.pasted(event.text)
        else:
            await super().on_event(event)

    def _fatal_error(self) -> None:
        """Our own fault: end with a plain traceback. Textual's shows local variables, and those are people's data."""
        self.panic(Text(traceback.format_exc()))

    async def on_line_news(self, news: LineNews) -> None:
        """Tell the panel on top, or go back to the sign-on when the session is over."""
        panel, event = self.screen, news.event
        self.desk.hear(event)
        if not isinstance(panel, Panel):
            return
        match event:
            case SessionOver():
                await self._session_over(event)
            case OperatorBreak():
                was_locked = panel.is_locked
                if not was_locked:  # an error is read first; the message stays in the queue
                    panel.say(told(event))
                if was_locked or not panel.is_locked:
                    self.bell()
            case LineUp():
                if not panel.is_waiting and panel.said is None:
                    panel.say(Said("SKH0007"))
                panel.repaint()
            case _:
                panel.repaint()

    def on_print_news(self, news: PrintNews) -> None:
        """Shown on its receipt; elsewhere only that it failed, which waits for no Reset and takes no typing away."""
        panel, print_ = self.screen, news.print_
        has_failed = print_.status is Status.GAGAL
        if has_failed:
            self.bell()
        if isinstance(panel, ReceiptPanel | PaperPanel) and panel.heard(print_):
            return
        if has_failed and isinstance(panel, Panel) and not (panel.is_waiting or panel.is_locked):
            panel.say(Said("SKH0042", {"cetakan": number(print_), "nomor_porsi": print_.what}))

    async def _session_over(self, event: SessionOver) -> None:
        while not isinstance(self.screen, SignOnPanel) and len(self.screen_stack) > 1:
            await self.pop_screen()
        if isinstance(self.screen, SignOnPanel):
            self.screen.came_back(None)
            self.screen.say(told(event))
