"""Sheets that are leafed through, and what has become of their print: ground of receipts and of other papers."""

from __future__ import annotations

from abc import abstractmethod

from terminal.displays.display import Display, Text
from terminal.displays.pages import views
from terminal.displays.spool import print_line
from terminal.edit import Said
from terminal.keys import ROLL_DOWN, ROLL_UP, Key
from terminal.panels.buffer import Values
from terminal.panels.desk import Desk
from terminal.panels.panel import Panel
from terminal.printer import Pages
from terminal.spool import Print


class SheetsPanel(Panel):
    """All sheets, view by view. What a panel of them draws itself with must stand before this is called."""

    def __init__(self, desk: Desk, pages: Pages, print_: Print | None) -> None:
        self._views, self._at, self._print, self._desk = views(pages), 0, print_, desk
        super().__init__(desk, self._display())

    @abstractmethod
    def _display(self) -> Display:
        """The view that is now before the user."""

    @property
    def _view(self) -> tuple[str, ...]:
        return self._views[self._at]

    @property
    def _printed(self) -> Text | None:
        """The line that tells of the print, if there is one."""
        return print_line(self._print, why(self._desk, self._print)) if self._print else None

    @property
    def _is_last(self) -> bool:
        return self._at + 1 == len(self._views)

    def heard(self, print_: Print) -> bool:
        """A print has changed. Gives whether it is the one shown here."""
        if self._print is None or self._print.nomor != print_.nomor:
            return False
        self._print = print_
        self.show(self._display())
        return True

    async def enter(self, values: Values) -> None:
        """Done with it."""
        self.leave("Enter")

    async def function(self, key: Key) -> None:
        """Roll, or leave."""
        if key.name in {ROLL_UP.name, ROLL_DOWN.name}:
            step = 1 if key.name == ROLL_UP.name else -1
            self._at = min(max(self._at + step, 0), len(self._views) - 1)
            self.show(self._display())
        else:
            await super().function(key)


def why(desk: Desk, print_: Print) -> str:
    """Why a print failed, as a message in the user's language; empty where it did not."""
    return Said(print_.sebab.id, print_.sebab.data).first(desk.language) if print_.sebab else ""
