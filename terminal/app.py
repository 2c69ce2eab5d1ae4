"""The teller's terminal as a Textual application: panels on a stack, and news of the line brought to the top one."""

from __future__ import annotations

import traceback
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import App
from textual.message import Message

from terminal.config import Settings
from terminal.edit import Said
from terminal.events import LineUp, LinkEvent, OperatorBreak, SessionOver
from terminal.panels.desk import Desk, HostLink, told
from terminal.panels.keyboard import teach_keys
from terminal.panels.panel import Panel
from terminal.panels.signon import SignOnPanel


class LineNews(Message):
    """What the link tells, brought into Textual's queue."""

    def __init__(self, event: LinkEvent) -> None:
        super().__init__()
        self.event = event


class Terminal(App[int]):
    """One workstation. Ctrl+Q ends it anywhere; an unanswered request is kept and asked again at the next sign-on."""

    CSS_PATH = "terminal.tcss"
    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False

    def __init__(self, settings: Settings, link: HostLink) -> None:
        teach_keys()
        super().__init__()
        self.desk = Desk(settings, link)
        link.listen(self.hear)

    def hear(self, event: LinkEvent) -> None:
        """The link's callback; what follows happens in its turn among keys and repaints."""
        self.post_message(LineNews(event))

    async def on_mount(self) -> None:
        """The day begins with a sign-on."""
        await self.push_screen(SignOnPanel(self.desk))

    async def on_unmount(self) -> None:
        """The line is dropped without a sign-off, so that a session cut here can be taken up again."""
        await self.desk.link.close()

    async def on_event(self, event: events.Event) -> None:
        """Shift+F3 reaches Textual as a report of the cursor in row 1, column 2. Nobody asked for one: it is F15."""
        if isinstance(event, events.CursorPosition) and (event.x, event.y) == (1, 0):
            event = events.Key("f15", None)
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
                panel.say(told(event))
                if not panel.is_locked:
                    self.bell()
            case LineUp():
                if not panel.is_waiting and panel.said is None:
                    panel.say(Said("SKH0007"))
                panel.repaint()
            case _:
                panel.repaint()

    async def _session_over(self, event: SessionOver) -> None:
        while not isinstance(self.screen, SignOnPanel) and len(self.screen_stack) > 1:
            await self.pop_screen()
        if isinstance(self.screen, SignOnPanel):
            self.screen.came_back(None)
            self.screen.say(told(event))
