"""How much of an upload is on its way at a time."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from txserver import console
from txserver.console import Console
from txserver.wire.frames import Answer, Unggah

PIECES = 60


class Line:
    """A host at the end of a line; counts what it has and has not answered."""

    def __init__(self, there_and_back_s: float) -> None:
        self.there_and_back_s = there_and_back_s
        self.open: list[float] = []
        self.most = 0
        self.offsets: list[int] = []

    async def send_bytes(self, message: bytes) -> None:
        self.open.append(asyncio.get_running_loop().time())
        self.most = max(self.most, len(self.open))

    async def answer(self) -> Answer:
        wait_s = self.open[0] + self.there_and_back_s - asyncio.get_running_loop().time()
        await asyncio.sleep(max(0.0, wait_s))
        del self.open[0]
        self.offsets.append(len(self.offsets) + 1)
        return Answer(0, len(self.offsets), {"diterima": 10 * len(self.offsets)})


async def sent(line: Line, monkeypatch: pytest.MonkeyPatch, info: dict[str, Any]) -> list[int]:
    end: Any = Console(line)  # type: ignore[arg-type]
    end.info = info
    monkeypatch.setattr(end, "_answer", line.answer)
    shown: list[int] = []
    pieces = (Unggah(0, at + 1, "b.csv", 10 * at, bytes(10), False, "002", "2004-05-03") for at in range(PIECES))
    await end.tell_all(pieces, shown.append)
    return shown


@pytest.mark.parametrize(
    ("there_and_back_s", "info", "most"),
    [(0.0, {"upload_pieces_max": 32}, 2), (0.03, {"upload_pieces_max": 32}, 32), (0.03, {}, 1)],
)
async def test_as_much_is_on_its_way_as_the_line_is_long(
    there_and_back_s: float, info: dict[str, Any], most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Are there two pieces where answers come at once, all that the host allows on a long line, one on an old host?"""
    monkeypatch.setattr(console, "LONG_WAY_S", 0.02)
    line = Line(there_and_back_s)
    shown = await sent(line, monkeypatch, info)
    assert shown == [10 * n for n in range(1, PIECES + 1)]
    assert line.most == most
    assert not line.open
