"""All terminals of a country on one host: connecting, signing on, coming back after a cut, knowing when all is done.

A cut line comes back by the protocol's own rule: random wait, RESUME with the token or SIGNON where it is refused,
and the unanswered request again, unchanged.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Iterable, Sequence
from math import inf

from bench import client_frames as cf
from bench.country import Station
from bench.virtual_terminal import DialogueFault, Seat, Wire

CONNECTING_MAX = 128
"""Handshakes under way at a time: as many as a listen backlog holds."""
WAIT_FIRST_S = 1.0
WAIT_MAX_S = 4.0
"""Real terminals go up to 30 s (docs/protocol.md, 5); here the host is back in a second, and the run shall end."""


class Fleet:
    """All connections to one host. `resilient` fleets come back after a cut; others take one as a fault."""

    def __init__(
        self, host: str, port: int, rng: random.Random, *, resilient: bool = False, speedup: float = 1.0
    ) -> None:
        self.host, self.port, self.rng, self.speedup = host, port, rng, speedup
        self.loop = asyncio.get_running_loop()
        self.resilient = resilient
        self.seats: list[Seat] = []
        self.busy = self.cuts = self.resumed = 0
        self.clock_offset_us = -inf
        self.fault: BaseException | None = None
        self._gate = asyncio.Semaphore(CONNECTING_MAX)
        self._open = 0
        self._done = self.loop.create_future()
        self._tasks: set[asyncio.Task[None]] = set()
        self._wires: set[Wire] = set()
        self._closing = False
        self._on_ready: Callable[[], None] = _nothing
        self.loop.set_exception_handler(self._on_exception)

    def frame(self, payload: bytes) -> bytes:
        """A message masked with a fresh key."""
        return cf.frame(payload, cf.mask_of(self.rng))

    def seat_all(self, groups: Iterable[Sequence[Station]], sandi: str) -> list[list[Seat]]:
        """Make the seats: each group shares one connection, lines counted from 0."""
        made = [[Seat(self, station, line, sandi) for line, station in enumerate(group)] for group in groups]
        self.seats = sorted((seat for group in made for seat in group), key=lambda seat: seat.station.number)
        return made

    async def sign_on(self, groups: Sequence[Sequence[Seat]]) -> None:
        """Connect and sign everybody on. Raises DialogueFault, TimeoutError."""
        self.expect(len(self.seats))
        self._on_ready = self.finish
        for group in groups:
            self._spawn(self._connect(group))
        await self.finished()
        self._on_ready = _nothing

    def expect(self, count: int) -> None:
        """`finished` waits for so many calls of `finish`."""
        self._open = count
        self._done = self.loop.create_future()
        if self.fault is not None:
            self._done.set_exception(self.fault)

    def finish(self) -> None:
        """One of those expected is done."""
        self._open -= 1
        if self._open == 0 and not self._done.done():
            self._done.set_result(None)

    @property
    def unfinished(self) -> int:
        """How many of those expected are not done yet."""
        return self._open

    async def finished(self, stall_s: float = 60.0) -> None:
        """Wait for all expected. Raises what went wrong, or TimeoutError when nothing moves for `stall_s`."""
        while True:
            before = self._open, self.resumed
            done, _ = await asyncio.wait([self._done], timeout=stall_s)
            if done:
                self._done.result()
                return
            if before == (self._open, self.resumed):
                raise TimeoutError(f"nothing moved for {stall_s:.0f} s; {self._open} still wait")

    def fail(self, error: BaseException) -> None:
        """Something is wrong: the phase under way ends with it."""
        self.fault = self.fault or error
        if not self._done.done():
            self._done.set_exception(error)

    def note_ready(self, waktu_us: int, now: int) -> None:
        """A seat is signed on. The answer that came soonest tells best how far the host's clock is ahead."""
        self.resumed += 1
        self.clock_offset_us = max(self.clock_offset_us, waktu_us - now / 1_000 * self.speedup)
        self._on_ready()

    def on_cut(self, wire: Wire, exc: Exception | None) -> None:
        """A connection ended."""
        self._wires.discard(wire)
        if self._closing:
            return
        self.cuts += 1
        if self.resilient:
            self._spawn(self._connect(wire.seats, WAIT_FIRST_S))
        else:
            self.fail(DialogueFault(f"the host cut {wire.seats[0].station.origin.perangkat}: {exc}"))

    async def _connect(self, seats: Sequence[Seat], wait_s: float = 0.0) -> None:
        """Connect, trying again with longer random waits when that is what the fleet does."""
        while True:
            await asyncio.sleep(self.rng.random() * wait_s)
            try:
                async with self._gate:
                    _, wire = await self.loop.create_connection(lambda: Wire(self, seats), self.host, self.port)
                    self._wires.add(wire)
                return
            except OSError as error:
                if not self.resilient:
                    self.fail(error)
                    return
                wait_s = min(max(2 * wait_s, WAIT_FIRST_S), WAIT_MAX_S)

    def _spawn(self, coroutine: Coroutine[None, None, None]) -> None:
        task = self.loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _on_exception(self, loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:  # noqa: ARG002
        error = context.get("exception")
        self.fail(error if isinstance(error, BaseException) else RuntimeError(str(context.get("message"))))

    def close(self) -> None:
        """Drop every connection and stop connecting."""
        self._closing = True
        for task in self._tasks:
            task.cancel()
        for wire in list(self._wires):
            wire.transport.abort()


def _nothing() -> None:
    """Nobody waits for sign-ons."""
