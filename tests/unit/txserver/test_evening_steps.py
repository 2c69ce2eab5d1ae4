"""A match that the ledger changed under is done again; one that runs is waited for, not run beside itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from ledger.kinds.konfirmasi_terima import KonfirmasiTerima
from ledger.kinds.pencocokan import Pencocokan
from ledger.records import Refusal
from tests.host_fixtures import HARI, HEAD_OFFICE, OPERATOR, MakeDesk
from tests.unit.txserver.counter import Watch
from txserver.evening.children import StepFailed
from txserver.evening.clerk import Clerk
from txserver.evening.steps import Steps
from txserver.wire.frames import Accepted


class Evening:
    """Bank 001 has cut off, and one file was taken in."""

    def __init__(self, desk: Any) -> None:
        self.desk = desk
        self.clerk = Clerk(desk.committer, desk.store.books, Watch())
        self.steps = Steps(desk.store, self.clerk, desk.committer.recap, desk.metrics)
        self.runs = 0

    async def begin(self) -> None:
        assert isinstance(await self.steps.cut_off(HEAD_OFFICE, ["001"]), dict)
        await self.file("a")

    async def file(self, letter: str) -> None:
        request = KonfirmasiTerima("001", HARI, "STA", "csv", letter * 64, 0, 0, "IDR", "TAMBAH", "")
        assert isinstance(await self.clerk.post(HEAD_OFFICE, request), Accepted)

    async def result(self) -> int:
        posted = await self.clerk.post(HEAD_OFFICE, Pencocokan("001", HARI, self.runs, 0, 0, 0, 0, str(self.runs) * 64))
        assert isinstance(posted, Accepted)
        return 0


async def test_a_file_that_comes_while_it_matches_is_matched_too(
    make_desk: MakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    evening = Evening(make_desk()[0])
    await evening.begin()

    async def once(*_: Any) -> int:
        evening.runs += 1
        if evening.runs == 1:
            await evening.file("b")
        return await evening.result()

    monkeypatch.setattr(evening.steps, "_match_once", once)
    first, second = await asyncio.gather(*(evening.steps.match(HEAD_OFFICE, "001", HARI) for _ in range(2)))
    assert isinstance(first, dict)
    assert (first, evening.runs, first["n_cocok"], first["ulang"]) == (second, 2, 2, False)
    again = await evening.steps.match(OPERATOR, "001", HARI)
    assert isinstance(again, dict)
    assert (evening.runs, again["ulang"]) == (2, True)
    assert evening.steps.is_running == 0


async def test_a_child_that_fails_costs_its_step_alone(make_desk: MakeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    evening = Evening(make_desk()[0])
    await evening.begin()

    async def fail(*_: Any) -> int:
        raise StepFailed

    with monkeypatch.context() as patch:
        patch.setattr(evening.steps, "_match_once", fail)
        refused = await evening.steps.match(HEAD_OFFICE, "001", HARI)
    assert refused == Refusal("SKH6303", {"langkah": "COCOK"})
    assert evening.steps.is_running == 0


async def test_a_child_that_dies_before_it_said_anything_fails_its_step(
    make_desk: MakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    evening = Evening(make_desk()[0])
    await evening.begin()

    @asynccontextmanager
    async def dies(_: Any) -> AsyncIterator[AsyncIterator[Any]]:
        async def nothing() -> AsyncIterator[Any]:
            for value in ():
                yield value

        yield nothing()

    monkeypatch.setattr(evening.steps._children, "run", dies)
    assert await evening.steps.match(HEAD_OFFICE, "001", HARI) == Refusal("SKH6303", {"langkah": "COCOK"})


async def test_what_is_not_ripe_is_refused(make_desk: MakeDesk) -> None:
    steps = Evening(make_desk()[0]).steps
    not_cut_off = Refusal("SKH6203", {"kode_bank": "001", "hari": HARI})
    assert await steps.match(HEAD_OFFICE, "001", HARI) == not_cut_off
    assert await steps.report("001", HARI) == not_cut_off
    await steps.cut_off(OPERATOR, ["001"])
    assert await steps.match(HEAD_OFFICE, "001", HARI) == Refusal("SKH6205", {"kode_bank": "001", "hari": HARI})
