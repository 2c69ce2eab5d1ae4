"""A line of a branch as it was: narrow, far, lossy, cut off for a while. A proxy between terminals and host.

TCP hides a loss and shows a stall: so a segment that is lost comes later, by a time-out that doubles, and all behind it
wait. What was sent into a partition comes when it is over, also when its sender has long given up and closed.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from math import inf
from random import Random
from time import monotonic

HEADER_BYTES = 40
"""Of TCP and IP, for each segment."""
SEGMENT_BYTES = 1_400
TIMEOUT_FIRST_S = 1.0
Period = tuple[float, float]


@dataclass(frozen=True)
class Profile:
    """`delay_s` is one way. Periods, in seconds from the start, in which nothing passes towards host or terminal."""

    name: str
    bits: int
    delay_s: float
    loss: float = 0.0
    to_host: tuple[Period, ...] = ()
    to_terminal: tuple[Period, ...] = ()


@dataclass
class Way:
    """One direction, shared by all terminals of the branch."""

    profile: Profile
    shut: tuple[Period, ...]
    random: Random
    start_s: float = inf
    is_lossy: bool = False
    free_s: float = 0.0
    lost: int = 0
    held: int = 0
    bytes: int = 0

    def arrival(self, size: int) -> float:
        """When a segment sent now is at the other end."""
        now = monotonic()
        self.bytes += size
        self.free_s = max(now, self.free_s) + (size + HEADER_BYTES) * 8 / self.profile.bits
        at, timeout = self.free_s + self.profile.delay_s, TIMEOUT_FIRST_S
        while self.is_lossy and self.random.random() < self.profile.loss:
            self.lost += 1
            at += timeout
            timeout *= 2
        for begin, end in self.shut:
            if begin <= at - self.start_s < end:
                self.held += 1
                at = self.start_s + end + self.random.uniform(0, TIMEOUT_FIRST_S)
        return at


class BadLine:
    """The proxy: listens at `port`, and passes on to the host."""

    def __init__(self, profile: Profile, host: str, port: int, seed: int) -> None:
        self._target = host, port
        random = Random(seed)
        self.up = Way(profile, profile.to_host, random)
        self.down = Way(profile, profile.to_terminal, random)
        self.connections = self.refused = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> int:
        """Returns the port."""
        self._server = await asyncio.start_server(self._serve, self._target[0], 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def begin(self) -> None:
        """From now on it is bad; narrow and far it was before."""
        for way in (self.up, self.down):
            way.start_s, way.is_lossy = monotonic(), True

    def heal(self) -> None:
        """No more losses; the periods are over by themselves."""
        self.up.is_lossy = self.down.is_lossy = False

    async def close(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A task of our own: one that is cancelled would be reported as a fault by asyncio's server.
        task = asyncio.create_task(self._pass_on(reader, writer))
        self._tasks.add(task)
        await asyncio.wait([task])
        self._tasks.discard(task)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            await _until(self.up.arrival(0))
            far_reader, far_writer = await asyncio.open_connection(*self._target)
            await asyncio.gather(Pump(self.up, reader, far_writer).run(), Pump(self.down, far_reader, writer).run())
            far_writer.close()
        except OSError:
            self.refused += 1
        finally:
            writer.close()


@dataclass
class Pump:
    """One direction of one connection: what is read comes out at its time, in order, and so does the end."""

    way: Way
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    under_way: asyncio.Queue[tuple[float, bytes]] = field(default_factory=asyncio.Queue)

    async def run(self) -> None:
        delivering = asyncio.create_task(self._deliver())
        data = b"-"
        while data:
            try:
                data = await self.reader.read(SEGMENT_BYTES)
            except ConnectionError:
                data = b""
            await self.under_way.put((self.way.arrival(len(data)), data))
        await delivering

    async def _deliver(self) -> None:
        while True:
            at, data = await self.under_way.get()
            await _until(at)
            if data and not self.writer.is_closing():
                self.writer.write(data)
            if not data:
                if not self.writer.is_closing():
                    self.writer.write_eof()
                return


async def _until(at: float) -> None:
    await asyncio.sleep(max(0.0, at - monotonic()))


def periods(random: Random, until_s: float, shortest_s: float, longest_s: float, every_s: float) -> tuple[Period, ...]:
    """Some in which nothing passes, the first within the first of `every_s`, all over by `until_s`."""
    found, at = [], random.uniform(0.5, every_s / 2)
    while at + shortest_s < until_s:
        end = min(until_s, at + random.uniform(shortest_s, longest_s))
        found.append((at, end))
        at = end + random.uniform(every_s / 2, every_s)
    return tuple(found)
