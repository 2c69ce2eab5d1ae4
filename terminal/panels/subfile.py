"""A list panel: fetches rows page by page, runs the options typed in front of them, one after the other.

A panel that is a list overrides `page` and `option`. What is typed stays in front of its row while pages are turned.
"""

from __future__ import annotations

from collections.abc import Sequence

from ledger.messages import MESSAGES
from terminal.displays.display import NORMAL, WIDE, Size, Text
from terminal.displays.subfile import OPTION_NAME, Row, SubfileDisplay, rows_per_page
from terminal.edit import Said
from terminal.keys import F3, F5, ROLL_DOWN, ROLL_UP, Key
from terminal.panels.buffer import Values
from terminal.panels.desk import Desk
from terminal.panels.panel import Panel

QUESTIONS_MAX = 8
"""How often one page asks the host: a host looks at a bounded number of entries per question and may find none."""


class SubfilePanel(Panel):
    """Rows with options.

    `loads_at_once` is False for a list that first has to be told what to look for, `reloads_after_options` for one
    whose options change nothing in it.
    """

    loads_at_once = True
    reloads_after_options = True

    def __init__(self, desk: Desk, subfile: SubfileDisplay, head: Values | None = None) -> None:
        self.subfile = subfile
        self.head: Values = dict(head or {})
        self.note: Text | None = None
        self._rows: list[Row] = []
        self._lanjut = ""
        self._top = 0
        self._options_typed: dict[int, str] = {}
        self._is_running = self._is_covered = False
        super().__init__(desk, subfile.build((), is_last=True), self.head)

    # ------------------------------------------------------------------------------- what lists override

    async def page(self, lanjut: str) -> tuple[Sequence[Row], str]:
        """The rows from a cursor on ("" is the beginning), and the cursor to go on with, "" after the last row.

        A refusal is put in `said` and given as no rows.
        """
        raise NotImplementedError

    async def option(self, code: str, row: Row) -> None:
        """Do what an option asks. It may open a panel; the next option waits until that is left."""

    # ----------------------------------------------------------------------------------- keys and pages

    async def enter(self, values: Values) -> None:
        """Run the options, or fetch the list."""
        self._remember(values)
        if self._options_typed:
            self._run()
        elif not self.subfile.options and not self.subfile.ask:
            self.leave("Enter")
        else:
            self._search(values)

    async def function(self, key: Key) -> None:
        """Roll, F5, or leave."""
        if key.name in {ROLL_UP.name, ROLL_DOWN.name}:
            self._remember(self.buffer.typed_values())
            if key.name == ROLL_DOWN.name:
                self._turn(self._top - self._page_rows)
            elif self._top + self._page_rows < len(self._rows) or self._lanjut:
                self.begin(self._on())
        elif key.name == F5.name:
            values = self.buffer.read()
            if isinstance(values, Said):
                self.say(values)
            else:
                self._search(values)
        else:
            await super().function(key)

    def _search(self, values: Values) -> None:
        """Fetch the list that its own fields ask for."""
        self.head = {name: value for name, value in values.items() if not name.startswith(OPTION_NAME)}
        self.begin(self.load())

    async def load(self) -> None:
        """Fetch the list anew and show its first page."""
        await self._load_to(0)

    def came_back(self, key: str | None) -> None:
        """After the panel of one option the next; F12 there drops the rest, F3 leaves the list too."""
        was_covered, self._is_covered = self._is_covered, False
        if key == F3.name:
            self.leave(key)
        elif not was_covered:
            super().came_back(key)
        elif key == "Enter" and self._options_typed:
            self._run()
        else:
            self._options_typed = {}
            self._turn(self._top)

    def open(self, panel: Panel) -> None:
        """Put a panel on top; options wait."""
        self._is_covered = self._is_running
        super().open(panel)

    def on_mount(self) -> None:
        """Textual calls this beside the one of `Panel`."""
        if self.loads_at_once:
            self.begin(self.load())

    def on_resize(self) -> None:
        """Another window: as many columns and rows as it now holds."""
        if self.size_now != self.buffer.display.size and not self.is_waiting:
            typed = self.buffer.typed_values()
            self._remember(typed)
            self.head |= {name: value for name, value in typed.items() if not name.startswith(OPTION_NAME)}
            self._turn(self._top)

    @property
    def size_now(self) -> Size:
        """27x132 where the window has room for it."""
        columns, rows = self.app.size
        return WIDE if columns >= WIDE.columns and rows >= WIDE.rows else NORMAL

    @property
    def _page_rows(self) -> int:
        return rows_per_page(self.size_now)

    async def _load_to(self, top: int) -> None:
        """Fetch the list anew and show the page it stood on, if it still has that many rows."""
        self._rows, self._lanjut, self._options_typed = [], "", {}
        await self._fetch(top + self._page_rows)
        self._turn(top if top < len(self._rows) else 0)

    async def _on(self) -> None:
        wanted = self._top + 2 * self._page_rows
        if len(self._rows) < wanted and self._lanjut:
            await self._fetch(wanted)
        self._turn(self._top + self._page_rows if self._top + self._page_rows < len(self._rows) else self._top)

    async def _fetch(self, wanted: int) -> None:
        """Ask until there are so many rows, or no more of them."""
        for _ in range(QUESTIONS_MAX):
            rows, self._lanjut = await self.page(self._lanjut)
            self._rows += rows
            if len(self._rows) >= wanted or not self._lanjut:
                return

    def _turn(self, top: int) -> None:
        self._top = max(0, top)
        size = self.size_now
        end = self._top + rows_per_page(size)
        rows = self._rows[self._top : end]
        is_last = end >= len(self._rows) and not self._lanjut
        typed = {f"{OPTION_NAME}{at - self._top:02d}": code for at, code in self._options_typed.items()}
        display = self.subfile.build(rows, is_last=is_last, size=size, note=self.note)
        self.show(display, {**self.head, **typed})

    def _remember(self, values: Values) -> None:
        """Note the options typed on this page."""
        for name, code in values.items():
            if name.startswith(OPTION_NAME):
                at = self._top + int(name.removeprefix(OPTION_NAME))
                self._options_typed.pop(at, None)
                if code:
                    self._options_typed[at] = str(code)

    def _run(self) -> None:
        """Begin with the options typed, once every one of them is an option of this list."""
        self._options_typed = dict(sorted(self._options_typed.items()))
        for at, code in self._options_typed.items():
            if self.subfile.option(code) is None:
                if not self._top <= at < self._top + self._page_rows:
                    self._turn(at - at % self._page_rows)
                self.buffer.go_to(f"{OPTION_NAME}{at - self._top:02d}")
                self.say(Said("SKH1124", {"pilihan": code}))
                return
        self.begin(self._options())

    async def _options(self) -> None:
        while self._options_typed:
            at = next(iter(self._options_typed))
            self._is_running = True
            try:
                await self.option(self._options_typed[at], self._rows[at])
            finally:
                self._is_running = False
            if self.said is not None and MESSAGES[self.said.id].severity >= 20:
                self._turn(self._top)  # the option that failed and those after it stay typed
                return
            del self._options_typed[at]
            if self._is_covered:
                return
        said = self.said
        if self.reloads_after_options:
            await self._load_to(self._top)
        else:
            self._turn(self._top)
        self.said = self.said or said


class LivingPanel(SubfilePanel):
    """A list that is changed by what is opened from it: fetched anew on the way back."""

    def came_back(self, key: str | None) -> None:
        """After the last option the list as it now is."""
        super().came_back(key)
        if key != F3.name and not self.is_waiting:
            self.begin(self.load())
