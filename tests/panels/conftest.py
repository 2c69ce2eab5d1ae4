"""A terminal at 80x24 under Textual's pilot, and the goldens of what it shows.

`REWRITE=1 python -m pytest tests/panels` writes the goldens anew; the diff is read before it is committed.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from textual.events import Key
from textual.pilot import Pilot

from terminal.app import Terminal
from terminal.config import Settings
from terminal.panels.panel import Panel
from tests.panels.fake_link import FakeLink

GOLDEN = Path(__file__).parent / "golden"
SETTINGS = Settings(bank="451", cabang="0123", device="TRM01", user="TELLER1")


class Teller:
    """Who sits at the terminal: types, reads, hears the beep."""

    def __init__(self, app: Terminal, link: FakeLink, pilot: Pilot[int]) -> None:
        self.app, self.link, self.pilot = app, link, pilot
        self.beeps = 0
        self.keys = 0
        self.waits_for_printer = True

    async def press(self, *keys: str) -> None:
        """Press keys, then let everything that follows from them happen."""
        self.keys += len(keys)
        for key in keys:
            # As the driver does it; the pilot's own press waits 40 ms and more after every character.
            self.app.post_message(Key(key, key if len(key) == 1 else None))
            if len(key) > 1:
                await self.rest()
        await self.rest()

    async def type(self, text: str) -> None:
        await self.press(*text)

    async def rest(self) -> None:
        """Until no message, no work and no print is left, but for what waits at the link's gate."""
        await self._drain()
        if self.link.gate.is_set() and self.app.workers:
            await self.app.workers.wait_for_complete()
            await self._drain()
        spooler = self.app.desk.spooler
        if self.waits_for_printer and spooler.has_prints:
            deadline = time.monotonic() + 10
            while not spooler.is_idle:
                assert time.monotonic() < deadline, "the printer does not come round"
                await asyncio.sleep(0.002)
            await self._drain()

    async def _drain(self) -> None:
        """Until every queue has been emptied: a key goes through three, the app's, the glass's and the panel's.

        The pilot's own pause watches the processor instead, which says little on a busy machine.
        """
        for _ in range(4):
            await self.pilot._wait_for_screen()
        self.app.screen._on_timer_update()

    async def sign_on(self) -> None:
        await self.type("RAHASIA")
        await self.press("enter")
        self.keys = 0

    @property
    def panel(self) -> Panel:
        assert isinstance(self.app.screen, Panel)
        return self.app.screen

    @property
    def glass(self) -> list[str]:
        """What Textual paints, line by line: not the buffer, but the cells of the window."""
        return [strip.text for strip in self.app.screen._compositor.render_strips()]

    @property
    def message(self) -> str:
        return self.glass[23].strip()

    @property
    def field(self) -> str:
        here = self.panel.buffer.here
        return here.name if here else ""


@pytest.fixture
async def link() -> FakeLink:
    return FakeLink()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(SETTINGS, receipts=tmp_path / "bukti", state=tmp_path / "state")


@pytest.fixture
async def teller(link: FakeLink, settings: Settings) -> AsyncIterator[Teller]:
    app = Terminal(settings, link)
    async with app.run_test(size=(80, 24)) as pilot:
        teller = Teller(app, link, pilot)

        def beep() -> None:
            teller.beeps += 1

        app.bell = beep  # type: ignore[method-assign]
        await teller.rest()
        yield teller


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, list[str]], None]:
    """Compare 24 lines with their file; column 80 marked, so that blanks at the end count."""

    def check(name: str, lines: list[str]) -> None:
        assert [len(line) for line in lines] == [80] * 24
        text = "".join(f"{line}|\n" for line in lines)
        path = GOLDEN / f"{name}.txt"
        if os.environ.get("REWRITE") or request.config.getoption("rewrite", default=False):
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{path.name} is missing: run with REWRITE=1"
        assert text == path.read_text(encoding="utf-8")

    return check
