"""The evening of a simulated host: its steps run in the process of the simulation, and die as child processes do.

What a step does is the product's own (`txserver.evening.child`), with the host's open journal in place of its own, for
LMDB opens a file once in a process. It is done at one moment; before it and between two of its answers time passes, in
which the host goes on, dies, or posts what makes the step's result stale.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from ledger.errors import LedgerError
from ledger.journal import Journal
from txserver.evening import child, uploads
from txserver.evening.children import Children, StepFailed
from txserver.evening.clerk import Clerk
from txserver.evening.job import Job

if TYPE_CHECKING:
    from tests.sim.host import SimulatedHost
    from tests.sim.loop import VirtualLoop

STEP_S = 20.0
WORD_S = 0.05
"""Between two values that a child says: seldom longer."""


class Borrowed:
    """The host's journal as a child reads it, and does not close it."""

    def __init__(self, journal: Any) -> None:
        self._journal = journal

    def __getattr__(self, name: str) -> Any:
        return getattr(self._journal, name)

    def close(self) -> None:
        """It is the host's."""


class Clock:
    """The steady clock of a host, for what asks the time of the machine."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.monotonic = loop.time


@contextmanager
def virtual_uploads(loop: VirtualLoop) -> Iterator[None]:
    """Uploads that lie idle by the simulation's time."""
    real, uploads.time = uploads.time, Clock(loop)  # type: ignore[assignment]
    try:
        yield
    finally:
        uploads.time = real


class SimulatedChildren(Children):
    """Children of one life of the host."""

    def __init__(self, host: SimulatedHost) -> None:
        super().__init__()
        self._host = host

    @asynccontextmanager
    async def run(self, job: Job) -> AsyncIterator[AsyncIterator[Any]]:
        """As the product: values, then StepFailed when the child ended otherwise than with 0."""
        world, fate = self._host.world, ""
        if not world.is_quiet and self._host.random.random() < world.setting.step_fails:
            fate = self._host.random.choice(("at once", "half said", "all done, half said"))
            world.note_fault("step of the evening dies")
        async with self._room:
            self.count += 1
            try:
                yield self._values(job, fate)
            finally:
                self.count -= 1
        if fate:
            raise StepFailed(fate)
        world.counts[f"steps {job.langkah}"] += 1

    async def _values(self, job: Job, fate: str) -> AsyncIterator[Any]:
        random = self._host.random
        await asyncio.sleep(random.uniform(0.1, STEP_S))
        if fate == "at once":
            return
        said = self._do(job)
        for value in said[: random.randrange(len(said)) if fate else None]:
            await asyncio.sleep(random.uniform(0, WORD_S) if random.random() < 0.99 else STEP_S)
            if not self._host.is_alive:
                raise asyncio.CancelledError
            yield value

    def _do(self, job: Job) -> list[Any]:
        """The step itself, at one moment; its values as they come out of a pipe."""
        if not self._host.is_alive:
            raise asyncio.CancelledError
        said: list[bytes] = []
        borrowed = Borrowed(self._host.store.journal)
        real = Journal.__dict__["open"]
        Journal.open = staticmethod(lambda *_, **__: borrowed)  # type: ignore[assignment]
        try:
            sent = msgspec.json.decode(msgspec.json.encode(job), type=Job)
            child.STEPS[job.langkah](sent, lambda value: said.append(child.encode(value)))
        except child.Missing as missing:
            said.append(child.encode({"refusal": "SKH6305", "data": {"sidik": str(missing)[:16]}}))
        except LedgerError as error:
            self._host.world.history.odd[f"{type(error).__name__} in a step: {error}"] += 1
        finally:
            Journal.open = real
        return [msgspec.json.decode(line) for line in said]


def simulated(host: SimulatedHost) -> set[asyncio.Task[Any]]:
    """Put the steps of a host into its simulation; gives who waits in them, to be ended with the host."""
    waiting: set[asyncio.Task[Any]] = set()
    steps = host.evening._steps
    steps._children = SimulatedChildren(host)
    steps._clerk._ask = partial(_ask, host, waiting, steps._clerk)  # type: ignore[method-assign]
    return waiting


async def _ask(host: SimulatedHost, waiting: set[asyncio.Task[Any]], clerk: Clerk, *arguments: Any) -> Any:
    if not host.is_alive:
        raise asyncio.CancelledError
    task = asyncio.current_task()
    assert task is not None
    waiting.add(task)
    try:
        return await Clerk._ask(clerk, *arguments)
    finally:
        waiting.discard(task)
