"""The front keeps its edges, and housekeeping its checkpoint, though the machine has nothing to give for a moment."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from tests.host_fixtures import MakeDesk
from txserver import front, host
from txserver.front import Front


@pytest.mark.parametrize("error", [OSError(24, "Too many open files"), RuntimeError("can't start new thread")])
async def test_an_edge_that_cannot_be_started_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, make_desk: MakeDesk, error: Exception
) -> None:
    """Without one nobody could come in, and nothing else would notice."""
    desk, _ = make_desk(edges=1)
    doors: Any = None
    one = Front(desk.settings, doors)
    tries: list[int] = []

    async def start() -> int:
        tries.append(1)
        if len(tries) == 1:
            raise error
        one._is_closing = True
        return 0

    monkeypatch.setattr(one, "_edge_process", start)
    monkeypatch.setattr(front, "RESTART_PAUSE_S", 0.0)
    await one._run_edge()
    assert len(tries) == 2
    assert f"SKH8104 exit={type(error).__name__}" in caplog.text


@pytest.mark.parametrize("late_s", [0.0, 0.3])
async def test_a_front_that_closes_while_its_edge_starts_does_not_wait_for_ever(
    monkeypatch: pytest.MonkeyPatch, make_desk: MakeDesk, late_s: float
) -> None:
    """The edge would serve nobody, and the host never end: met once, on a machine that stood still for a second."""
    desk, _ = make_desk(edges=2, listen="127.0.0.1:0")
    start = asyncio.create_subprocess_exec

    async def late(*arguments: Any, **options: Any) -> asyncio.subprocess.Process:
        await asyncio.sleep(late_s)
        return await start(*arguments, **options)

    async def nobody() -> None:
        return

    monkeypatch.setattr(asyncio, "create_subprocess_exec", late)
    doors: Any = SimpleNamespace(close=nobody)
    one = Front(desk.settings, doors)
    await one.open()
    await asyncio.sleep(late_s / 3)
    async with asyncio.timeout(20):
        await one.close()
    assert (one._tasks, one._trunks) == (set(), set())


@pytest.mark.parametrize("error", [OSError(11, "Resource"), RuntimeError("can't start new thread")])
async def test_a_checkpoint_that_cannot_be_started_is_given_back(
    make_desk: MakeDesk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    """The books' memory goes on as it was, and the next round of housekeeping tries again."""
    desk, _ = make_desk()
    behind = desk.store.behind

    def refuse(*arguments: Any, **options: Any) -> None:
        raise error

    monkeypatch.setattr(host, "run_process", refuse)
    own: Any = SimpleNamespace(store=desk.store, settings=desk.settings, _checkpoint=object())
    await host.Host._carry_down(own)
    assert own._checkpoint is None
    assert desk.store.behind == behind
    desk.store.freeze()  # which one that was frozen would not bear
    desk.store.thaw()
    assert "SKH8103 exit=None" in caplog.text
