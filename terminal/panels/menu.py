"""The main menu of a session."""

from __future__ import annotations

from collections.abc import Callable

from terminal.displays.menu import (
    ANCHOR,
    BOARD,
    BRANCH,
    BRANCH_DAY,
    CUT_ALL,
    DIFFERENCES,
    DRAWER,
    HISTORY,
    MATCH,
    MESSAGES,
    NAME,
    NIK,
    PASSWORD,
    PORSI,
    PRINTS,
    REPORTS,
    REQUEST,
    SANCTIONS,
    SIGN_OFF,
    SPPH,
    UPLOAD,
    chosen,
    menu,
    options,
    pages,
)
from terminal.edit import Said
from terminal.keys import F3, F9, F12, ROLL_DOWN, ROLL_UP, Key
from terminal.panels.boards import day_board
from terminal.panels.branch import BranchDayPanel
from terminal.panels.buffer import Values
from terminal.panels.closing import CLOSE_DAY, AnchorPanel, CloseDayPanel
from terminal.panels.cutoff import CUT_OFF, CutOffPanel
from terminal.panels.desk import Desk
from terminal.panels.differences import DifferencesPanel, SanctionsPanel
from terminal.panels.drawer import CLOSE, CloseDrawerPanel, DrawerPanel
from terminal.panels.entry import SetoranAwalPanel
from terminal.panels.inquiry import HistoryPanel, NamePanel, NikPanel, PorsiPanel, SpphPanel
from terminal.panels.messages import MessagesPanel
from terminal.panels.panel import Panel
from terminal.panels.receipt import REPRINTS, ReprintPanel
from terminal.panels.reports import ReportsPanel
from terminal.panels.session import PasswordPanel, RequestPanel, SignOffPanel, open_work
from terminal.panels.settle import TRANSFER, TransferPanel, entry_panel
from terminal.panels.spool import SpoolPanel
from terminal.panels.steps import CutAllPanel, MatchPanel
from terminal.panels.upload import UploadPanel

OWN_PANELS: dict[str, Callable[[Desk], Panel]] = {
    "STA": SetoranAwalPanel,
    REPRINTS: ReprintPanel,
    CLOSE: CloseDrawerPanel,
    CUT_OFF: CutOffPanel,
    TRANSFER: TransferPanel,
    CLOSE_DAY: CloseDayPanel,
    BOARD: day_board,
    CUT_ALL: CutAllPanel,
    UPLOAD: UploadPanel,
    MATCH: MatchPanel,
    DIFFERENCES: DifferencesPanel,
    REPORTS: ReportsPanel,
    SANCTIONS: SanctionsPanel,
    ANCHOR: AnchorPanel,
    PORSI: PorsiPanel,
    NIK: NikPanel,
    SPPH: SpphPanel,
    NAME: NamePanel,
    HISTORY: HistoryPanel,
    REQUEST: RequestPanel,
    DRAWER: DrawerPanel,
    BRANCH_DAY: BranchDayPanel,
    MESSAGES: MessagesPanel,
    PRINTS: SpoolPanel,
    PASSWORD: PasswordPanel,
}
"""What does not do with the entry panel every kind has."""
COMMAND_SAID = 20


class MenuPanel(Panel):
    """Choose by number, short name or kind code, with what goes into the panel behind it. F3 signs off."""

    is_command_line = False

    def __init__(self, desk: Desk, said: Said | None = None) -> None:
        info = desk.link.info
        assert info is not None, "a menu is of a session"
        self._options = options(info.kinds, info.peran)
        self._nama_cabang = info.nama_cabang
        self._retrieved = self._page = 0
        display = menu(self._options, is_over=self.is_command_line)
        super().__init__(desk, display)
        self.said = said

    def repaint(self) -> None:
        """The business day may have changed while the menu stood there."""
        self.buffer.tell(BRANCH.name, f"{self._nama_cabang}   {self.desk.day()}".rstrip())
        super().repaint()

    async def enter(self, values: Values) -> None:
        """Open what was chosen."""
        command = str(values["perintah"])
        name, *texts = command.split()
        self.desk.memory.ran(command)
        self._retrieved = 0
        option = chosen(self._options, name)
        if option is None:
            self.say(Said("SKH1123", {"pilihan": name[:COMMAND_SAID]}))
            return
        self.buffer.erase_input()
        if option.code == SIGN_OFF:
            self._sign_off()
            return
        if option.code in OWN_PANELS:
            panel = OWN_PANELS[option.code](self.desk)
        else:
            panel = entry_panel(self.desk, option.code)
        self.open(panel)
        if texts:
            panel.call_later(panel.given, texts)

    async def function(self, key: Key) -> None:
        """F3 signs off, F9 brings back the command before, PgDn and PgUp turn a menu of several pages."""
        if key.name in {ROLL_UP.name, ROLL_DOWN.name}:
            step = 1 if key.name == ROLL_UP.name else -1
            self._page = min(max(self._page + step, 0), pages(self._options) - 1)
            self.buffer.redraw(menu(self._options, page=self._page, is_over=self.is_command_line))
            self.repaint()
        elif key.name == F3.name:
            self._sign_off()
        elif key.name == F9.name:
            self._retrieve()

    def _retrieve(self) -> None:
        command = self.desk.memory.command(self._retrieved + 1)
        if command is None:
            self.say(Said("SKH0061"))
            return
        self._retrieved += 1
        self.buffer.put(command)
        self.repaint()

    def _sign_off(self) -> None:
        """Leave, by way of what is still open if there is anything."""
        left = open_work(self.desk)
        if left:
            self.open(SignOffPanel(self.desk, left))
        else:
            self.begin(self._end())

    async def _end(self) -> None:
        await self.desk.link.sign_off()
        self.leave(SIGN_OFF)


class CommandPanel(MenuPanel):
    """The command line over another panel: what it opens is left to the panel below, with all that is typed there."""

    is_command_line = True

    async def function(self, key: Key) -> None:
        """F12 goes back."""
        if key.name == F12.name:
            self.leave(key.name)
        else:
            await super().function(key)

    def came_back(self, key: str | None) -> None:
        """Done with what was opened from here."""
        self.leave(F12.name)
