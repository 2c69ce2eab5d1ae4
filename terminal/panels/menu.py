"""The main menu of a session."""

from __future__ import annotations

from collections.abc import Callable

from ledger.kinds import KINDS
from terminal.displays.menu import PORSI, SIGN_OFF, chosen, menu, options
from terminal.edit import Said
from terminal.keys import F3, Key
from terminal.panels.buffer import Values
from terminal.panels.desk import Desk
from terminal.panels.entry import EntryPanel, SetoranAwalPanel
from terminal.panels.inquiry import PorsiPanel
from terminal.panels.panel import Panel

OWN_PANELS: dict[str, Callable[[Desk], Panel]] = {"STA": SetoranAwalPanel, PORSI: PorsiPanel}
"""What does not do with the entry panel every kind has."""


class MenuPanel(Panel):
    """Choose by number, short name or kind code. F3 signs off."""

    def __init__(self, desk: Desk, said: Said | None = None) -> None:
        info = desk.link.info
        assert info is not None, "a menu is of a session"
        self._options = options(info.kinds)
        day = f"   {desk.day()}" if desk.day() else ""
        super().__init__(desk, menu(self._options), {"nama_cabang": f"{info.nama_cabang}{day}"})
        self.said = said

    async def enter(self, values: Values) -> None:
        """Open what was chosen."""
        typed = str(values["perintah"])
        option = chosen(self._options, typed)
        if option is None:
            self.say(Said("SKH1123", {"pilihan": typed}))
            return
        self.buffer.erase_input()
        if option.code == SIGN_OFF:
            self.begin(self._sign_off())
        elif option.code in OWN_PANELS:
            self.open(OWN_PANELS[option.code](self.desk))
        else:
            self.open(EntryPanel(self.desk, KINDS[option.code]))

    async def function(self, key: Key) -> None:
        """F3 signs off."""
        if key.name == F3.name:
            self.begin(self._sign_off())

    async def _sign_off(self) -> None:
        await self.desk.link.sign_off()
        self.leave(SIGN_OFF)
