"""The Textual renderer of a display: one widget that shows a screen buffer cell by cell.

The buffer is one widget with its own cursor rather than a grid of input widgets: nothing is laid out, so every cell
is where the display says; focus, overtype, auto-advance and lock behave as on a 5250 and not as in a web form; and
a panel is 24 plain lines, for tests and for whatever reads the screen aloud.
"""

from __future__ import annotations

import textwrap
from itertools import groupby
from typing import ClassVar

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from terminal.displays.display import COLUMNS, ROWS, Look
from terminal.edit import Said
from terminal.panels.buffer import Buffer, Cell

CURSOR = "cursor"
UNKNOWN = "?"
"""Shown for a character the window has no cell for."""


class Glass(Widget, can_focus=True):
    """The cells of the buffer. Colours come from the style sheet, by look.

    `is_unicode` is False where the window shows ASCII only: a character it cannot show would move all behind it.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"glass--{look}" for look in Look} | {f"glass--{CURSOR}"}

    def __init__(self, buffer: Buffer, *, is_unicode: bool = True) -> None:
        super().__init__()
        self.buffer = buffer
        self._is_unicode = is_unicode
        self._rows: list[list[Cell]] = []
        self._cursor: tuple[int, int] | None = None

    @property
    def is_too_small(self) -> bool:
        """Whether the window has no room for a panel: what nobody sees nobody shall fill in."""
        columns, rows = self.app.size
        return columns < COLUMNS or rows < ROWS

    def repaint(self) -> None:
        """Take the buffer's cells anew, and paint the rows that have changed. A key press changes one or two."""
        before, cursor = self._rows, self._cursor
        self._rows, self._cursor = self.buffer.rows(), self.buffer.cursor
        size = self.buffer.display.size
        if len(before) != size.rows or len(before[0]) != size.columns:
            self.styles.width, self.styles.height = size.columns, size.rows
            self.refresh()
            return
        changed = {at for at, row in enumerate(self._rows) if row != before[at]}
        if cursor != self._cursor:
            changed |= {place[0] - 1 for place in (cursor, self._cursor) if place is not None}
        if changed:
            self.refresh(*(Region(0, at, size.columns, 1) for at in sorted(changed)))

    def render_line(self, y: int) -> Strip:
        """One row of cells, the cursor on top."""
        if self.is_too_small:
            return self._too_small(y)
        if y >= len(self._rows):
            return Strip.blank(self.size.width, self.rich_style)
        cells = list(self._rows[y])
        if self._cursor is not None and self._cursor[0] == y + 1:
            at = self._cursor[1] - 1
            cells[at] = (cells[at][0], CURSOR)  # type: ignore[assignment]  # the cursor is a look of the glass alone
        segments = []
        for look, run in groupby(cells, lambda cell: cell[1]):
            text = "".join(character for character, _ in run)
            if not self._is_unicode:
                text = text.encode("ascii", "replace").decode("ascii")
            segments.append(Segment(text, self.get_component_rich_style(f"glass--{look}")))
        return Strip(segments, len(cells))

    def _too_small(self, y: int) -> Strip:
        columns, rows = self.app.size
        said = Said("SKH9012", {"kolom": columns, "baris": rows}).first(self.buffer.language)
        lines = textwrap.wrap(said, max(columns, 1))
        text = lines[y] if y < len(lines) else ""
        return Strip([Segment(text.ljust(columns), self.get_component_rich_style("glass--error"))], columns)
