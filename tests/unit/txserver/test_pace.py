"""A crowd that goes through a few at a time."""

from __future__ import annotations

import asyncio

import pytest

from txserver.evening.pace import Pace


async def crowd(pace: Pace, passed: list[int], numbers: range) -> list[asyncio.Task[None]]:
    async def one(number: int) -> None:
        await pace.turn()
        passed.append(number)

    return [asyncio.create_task(one(number)) for number in numbers]


async def test_a_crowd_goes_through_in_order_and_so_many_a_turn() -> None:
    """Does no turn of the loop let more than two through, and nobody before his turn?"""
    passed: list[int] = []
    tasks = await crowd(Pace(2), passed, range(50))
    most = 0
    while not all(task.done() for task in tasks):
        before = len(passed)
        await asyncio.sleep(0)
        most = max(most, len(passed) - before)
    assert passed == list(range(50))
    assert most <= 3, "two, and in the first turn the one who found nobody"


async def test_who_comes_while_others_go_through_stands_behind_them() -> None:
    """Is the order kept when newcomers arrive in every turn?"""
    pace, passed, tasks = Pace(2), list[int](), list[asyncio.Task[None]]()
    for at in range(0, 60, 3):
        tasks += await crowd(pace, passed, range(at, at + 3))
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert passed == list(range(60))


async def test_who_gives_up_costs_nobody_a_turn() -> None:
    """Does the line go on when some who wait are cancelled?"""
    passed: list[int] = []
    pace = Pace(2)
    tasks = await crowd(pace, passed, range(20))
    await asyncio.sleep(0)
    for task in tasks[5:15]:
        task.cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert passed == [*range(5), *range(15, 20)]
    assert sum(isinstance(one, asyncio.CancelledError) for one in done) == 10
    await asyncio.wait_for(pace.turn(), 1.0)


@pytest.mark.parametrize("gap", [0, 1, 5])
async def test_alone_nobody_waits(gap: int) -> None:
    """Does one caller after the other pass at once, when the one before is through?"""
    pace = Pace(1)
    for _ in range(10):
        await asyncio.wait_for(pace.turn(), 1.0)
        for _ in range(gap):
            await asyncio.sleep(0)
    assert not pace._waiting
