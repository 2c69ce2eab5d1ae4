"""Close of day: what is still open, the close by two people, and the anchor of the day."""

from __future__ import annotations

import msgspec

from ledger.kinds import KINDS
from terminal.displays.anchor import TITLE, anchor_day
from terminal.displays.display import Text
from terminal.displays.evening import close_day
from terminal.edit import Said, rupiah
from terminal.evening import State
from terminal.keys import F5, F8, F10, Key
from terminal.panels.buffer import Values
from terminal.panels.desk import Desk, told
from terminal.panels.differences import DifferencesPanel
from terminal.panels.entry import EntryPanel
from terminal.panels.panel import Panel
from terminal.panels.paper import Paper, PaperPanel, day_name, fetch, pages_of
from txserver.wire.evening import BankDay
from txserver.wire.frames import Accepted, InquiryHari, Refused

CLOSE_DAY = "THR"
ANCHOR_TEXT, ANCHOR_FILE = "jangkar.txt", "jangkar.json"
DAY = "hari_tutup"

TOLD = (
    ("seq_awal", Text("Entri pertama", "First entry")),
    ("seq_akhir", Text("Entri terakhir", "Last entry")),
    ("n_terbuka", Text("Selisih terbuka", "Open differences")),
    ("n_belum", Text("Bank belum selesai", "Banks not settled")),
)


class CloseDayPanel(EntryPanel):
    """The first Enter shows what is open, the second one closes the day; then F10 shows its anchor."""

    looks_up = True

    def __init__(self, desk: Desk) -> None:
        self._hari, self._days, self._is_closed = desk.hari, list[BankDay](), False
        self._seen: list[BankDay] | None = None
        display = close_day((), desk.language, is_closed=False)
        super().__init__(desk, KINDS[CLOSE_DAY], display, {DAY: desk.hari})

    def on_mount(self) -> None:
        """Textual calls this beside the one of `Panel`."""
        if self._hari:
            self.begin(self._look())

    async def enter(self, values: Values) -> None:
        """Look, then close; then leave."""
        if self._is_closed:
            self.leave("Enter")
            return
        is_same, self._hari = str(values[DAY]) == self._hari, str(values[DAY])
        self.begin(self._close() if is_same and self._seen is not None else self._look(is_asked=True))

    async def function(self, key: Key) -> None:
        """F5 looks again, F8 shows the differences, F10 the anchor once the day is closed."""
        if key.name == F5.name:
            self.begin(self._look())
        elif key.name == F8.name:
            self.open(DifferencesPanel(self.desk))
        elif key.name == F10.name:
            self.begin(self._anchor())
        else:
            await super().function(key)

    def next_form(self, answer: Accepted) -> None:
        """What the close says."""
        self._is_closed = True
        told_rows = [(text, rupiah(int(answer.data[name])).rjust(14)) for name, text in TOLD]
        display = close_day((), self.desk.language, is_closed=True, answer=told_rows)
        self.show(display, {DAY: self._hari})

    async def _close(self) -> None:
        before = self._seen
        await self._look(is_asked=True)
        if self._seen is not None and self._seen == before:
            self._seen, self.said = None, None
            await self.post({DAY: self._hari})

    async def _look(self, *, is_asked: bool = False) -> None:
        """What is open now. Asked for by Enter, it says what another Enter does."""
        self._seen = None
        answer = await self.desk.link.inquire(InquiryHari(self._hari))
        if isinstance(answer, Refused):
            self.said = told(answer)
            return
        self._days = msgspec.convert(answer.data["baris"], list[BankDay])
        self.show(close_day(self._days, self.desk.language, is_closed=False), {DAY: self._hari})
        if is_asked:
            self._seen = self._days
            left = [one for one in self._days if one.keadaan != State.SETTLED and one.n_porsi]
            n_open = sum(one.n_terbuka for one in self._days)
            self.said = Said("SKH0079", {"n_belum": len(left), "n_terbuka": n_open})

    async def _anchor(self) -> None:
        paper = await anchor_paper(self.desk, self._hari)
        if isinstance(paper, Said):
            self.said = paper
        else:
            self.open(PaperPanel(self.desk, paper))


class AnchorPanel(Panel):
    """The anchor of a closed day, by its date."""

    looks_up = True

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, anchor_day(), {DAY: desk.hari})

    async def enter(self, values: Values) -> None:
        """Show it."""
        self.begin(self._show(str(values[DAY])))

    async def _show(self, hari: str) -> None:
        paper = await anchor_paper(self.desk, hari)
        if isinstance(paper, Said):
            self.said = paper
        else:
            self.open(PaperPanel(self.desk, paper))


async def anchor_paper(desk: Desk, hari: str) -> Paper | Said:
    """The anchor of a closed day as its page; saving it writes the file beside it, which is what proves."""
    files = {}
    for name in (ANCHOR_TEXT, ANCHOR_FILE):
        content = await fetch(desk, name, "", hari)
        if isinstance(content, Said):
            return content
        files[f"jangkar-{hari}.{name.rpartition('.')[2]}"] = content
    pages = pages_of(next(iter(files.values())))
    assert pages is not None, "a page is text"
    return Paper(f"JKR{day_name(hari)}", pages, TITLE, files)
