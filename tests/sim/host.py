"""The host of a simulation: the product's own `Host`, in one process with everything else, that dies when told to.

Its memory dies with it; what its journal had made durable stays. The journal is the real one, LMDB in a folder of
memory: what a power cut leaves of a file is T03's affair, and a model of it here could only be kinder than the truth.
"""

from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING, Any
from zlib import crc32

from ledger.checkpoint import TablesEnv, advance
from ledger.engine import Asked, Posted
from ledger.errors import JournalFailed, JournalFull
from tests.sim.evening import simulated
from tests.sim.loop import VirtualLoop
from tests.sim.wires import Edge
from txserver import host as product
from txserver.clock import Clock
from txserver.config import load
from txserver.evening import alone
from txserver.evening.clerk import DEVICE
from txserver.host import Host
from txserver.session import Queued, Ticket
from txserver.trunk import CoreTrunk

if TYPE_CHECKING:
    from tests.sim.world import World

EDGES = 2
HOUSEKEEPING_S, SWEEP_S, CLOCK_S = 30.0, 60.0, 10.0
CHECKPOINT_S = 20.0
# A round of it a second would be most of what a simulated day costs, and a look at the clock a second a tenth.
product.HOUSEKEEPING_S, alone.CLOCK_S = HOUSEKEEPING_S, CLOCK_S


class Killed(Exception):
    """The process ends here."""


class VirtualClock(Clock):
    """The host's two clocks: time of day, which may be set wrong, and steady time."""

    def __init__(self, loop: VirtualLoop, start_us: int) -> None:
        self._loop = loop
        self._start_us = start_us
        self.skew_us = 0

    def now_us(self) -> int:
        return self._start_us + int(self._loop.time() * 1_000_000) + self.skew_us

    def steady_s(self) -> float:
        return self._loop.time()


class Front:
    """Edges of a simulated host."""

    def __init__(self, world: World, host: SimulatedHost) -> None:
        self.trunks = [CoreTrunk(host.doors) for _ in range(EDGES)]
        self.edges = [Edge(world, trunk) for trunk in self.trunks]
        self._doors = host.doors

    async def close(self) -> None:
        for edge in self.edges:
            edge.is_stopped = True
        await self._doors.close()
        for trunk in self.trunks:
            trunk.hang_up()


class SimulatedHost(Host):
    """One life of the host. `plan` is what befalls the next commit."""

    def __init__(self, world: World, life: int) -> None:
        random = Random(f"{world.seed}/life/{life}")
        settings = load(None, {}, {"data": str(world.country.path), "map_bytes": 1 << 30} | world.setting.host)
        super().__init__(settings, world.clock, random.randbytes)
        self.world, self.life, self.random, self.plan, self.is_alive = world, life, random, "", True
        self.committer._end = self.end
        self.front: Any = Front(world, self)
        self._arrived: dict[int, int] = {}
        self._clerk = simulated(self)
        self._append, self.store.journal.append = self.store.journal.append, self._store  # type: ignore[method-assign]
        self._post, self.store.engine.post = self.store.engine.post, self._trip  # type: ignore[method-assign]
        self._offer, self.committer._batcher.offer = self.committer._batcher.offer, self._take  # type: ignore[method-assign]
        self._commit, self.committer._commit = self.committer._commit, self._note_batch  # type: ignore[method-assign]

    async def start(self) -> tuple[str, int]:
        self.evening.start()
        self._tasks = [asyncio.create_task(self._housekeeping()), asyncio.create_task(self.doors.sweep(SWEEP_S))]
        return "", 0

    async def stop(self) -> None:
        """As the product; after it, nobody is there."""
        await super().stop()
        self.is_alive = False

    # ----------------------------------------------------------------------------------------------------- death

    def end(self, code: int) -> None:
        """The host ends itself."""
        if self.is_alive:
            self.world.note_fault(f"exit {code}")
            self.world.host_died()

    def die(self) -> None:
        """Nothing of this process happens any more."""
        if not self.is_alive:
            return
        self.is_alive = False
        for edge in self.front.edges:
            edge.die()
        steps = (*self.evening._tasks, *self.evening._steps._shared.values(), *self._clerk)
        for task in (*self._tasks, *self.doors._checking, *steps, self._checkpoint):
            if task is not None:
                task.cancel()
        batcher = self.committer._batcher
        batcher._queue.clear()
        self.committer._touched.clear()
        self.store.close()
        self.credentials.close()

    # ---------------------------------------------------------------------------------------------------- rules

    def _trip(self, asked: Asked) -> Any:
        """Decide a request; a mistake of ours in the rules stops some of them half done, however often they come."""
        world, outcome = self.world, self._post(asked)
        if world.setting.mistake and isinstance(outcome, Posted):
            identity = (asked.origin.perangkat, asked.hari, asked.stan)
            if crc32(repr((world.seed, identity)).encode()) < world.setting.mistake * (1 << 32):
                world.note_fault("a mistake in the rules")
                world.history.tripped.add(identity)
                raise AssertionError("simulated")
        return outcome

    # --------------------------------------------------------------------------------------------------- storage

    def _store(self, bodies: list[bytes]) -> None:
        """Append, slowly or not at all."""
        world, plan = self.world, self.plan
        world.take_disk_time(self.random)
        if not plan:
            self._append(bodies)
            return
        self.plan = ""
        world.note_fault(plan)
        if plan == "full":
            world.operator_restarts()
            raise JournalFull("simulated")
        if plan.endswith("after commit"):
            self._append(bodies)
        if plan.startswith("killed"):
            world.host_died()
            raise Killed(plan)
        raise JournalFailed("simulated")

    async def _carry_down(self) -> None:
        """A checkpoint as a child process makes it: the host goes on meanwhile."""
        upto = self.store.freeze()
        await asyncio.sleep(self.random.uniform(0.1, CHECKPOINT_S))
        fate = "" if self.world.is_quiet else self.random.choice(("", "", "", "", "fails", "killed after"))
        if fate == "fails":
            self.world.note_fault("checkpoint fails")
            self.store.thaw()
        else:
            self._advance(upto)
            if fate == "killed after":
                self.world.note_fault("killed after checkpoint")
                self.world.host_died()
                return
            self.store.settle()
            self.committer.books_caught_up()
            self.world.counts["checkpoints"] += 1
        self._checkpoint = None

    def _advance(self, upto: int) -> None:
        store = self.store
        store.env.close()  # LMDB does not open a file twice in one process
        advance(store.journal, store.path / "books", upto)
        store.env = TablesEnv(store.path / "books", writable=False)
        for name, table in store.books.tables.items():
            table.lay_on(store.env.below(name))

    # ------------------------------------------------------------------------------------- what the judge must know

    def _take(self, ticket: Queued) -> bool:
        """A request comes into the queue: note its place in the order of arrival."""
        taken = self._offer(ticket)
        if taken and isinstance(ticket, Ticket):
            history = self.world.history
            self._arrived[id(ticket)] = history.arrival()
            if ticket.session.origin.device == DEVICE:
                history.asked((ticket.origin.perangkat, ticket.hari, ticket.stan), ticket.request, clerk=True)
        return taken

    def _note_batch(self, posts: list[Ticket]) -> None:
        head, history = self.store.journal.head, self.world.history
        for ticket in posts:
            identity = (ticket.origin.perangkat, ticket.hari, ticket.stan)
            history.taken(identity, self.life, head, self._arrived.pop(id(ticket)))
        self._commit(posts)
