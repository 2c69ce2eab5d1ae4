"""Lines between terminals and a host, without sockets: slow, cut, stalled, doubled, and noticed late.

A connection is a stream: what is said on it comes in order or not at all. Trouble is what befalls connections: one is
cut under a message, which may have gone through or not; one side learns of it at once and the other minutes later; what
was sent on the old one arrives behind what was sent again on the new one. Chance is drawn per terminal, so that the
order in which the host writes to different peers changes nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from random import Random
from typing import TYPE_CHECKING, Any

from terminal.dial import Dialler, HostUnreachable, LinkLimits
from tests.sim.loop import VirtualLoop
from tests.sim.setting import Setting
from txserver.trunk import CLOSE, GONE, MESSAGE, OPEN, CoreTrunk, Record, Records, block

if TYPE_CHECKING:
    from tests.sim.world import World

POST = b"\xa4POST"
"""How a packed POST begins, behind the first byte."""
NOTICED_LATE_S = 240.0
"""The host's idle sweep finds a dead connection by then."""
HEARTBEAT_S = 40.0
"""A terminal's own."""
CLOSE_S = 2.0


class Message:
    """What a WebSocket message looks like to the link."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data


class Edge:
    """An edge process of the host: it owns lines, and has a trunk to the core. The transport of that trunk."""

    def __init__(self, world: World, trunk: CoreTrunk) -> None:
        self._loop: VirtualLoop = world.loop
        self._world = world
        self._records = Records()
        self._trunk = trunk
        self._wires: dict[int, Wire] = {}
        self._next = 0
        self._untold: deque[Record] = deque()
        self._is_late = False
        self.is_up, self.is_stopped = True, False
        trunk.connection_made(self)

    # ------------------------------------------------------------------------- what the core calls, as a transport

    def write(self, data: bytes) -> None:
        if not self.is_up:
            return
        for kind, number, content in self._records.feed(data):
            wire = self._wires.get(number)
            if wire is None:
                continue
            if kind == MESSAGE:
                wire.down(content)
            elif kind == CLOSE:
                wire.end_down()

    def close(self) -> None:
        self.die()

    def set_write_buffer_limits(self, high: int) -> None:
        """Nothing waits here: what is written is on its way at once."""

    # ----------------------------------------------------------------------------------------- what wires call

    def open(self, wire: Wire) -> int:
        self._next += 1
        self._wires[self._next] = wire
        self._tell(OPEN, self._next, b"")
        return self._next

    def up(self, number: int, data: bytes) -> None:
        if self.is_up and number in self._wires:
            self._tell(MESSAGE, number, data)

    def gone(self, number: int) -> None:
        if self.is_up and self._wires.pop(number, None) is not None:
            self._tell(GONE, number, b"")

    def _tell(self, kind: int, number: int, content: bytes) -> None:
        """To the core, in order; while it sits in a commit: when it has come back from there."""
        self._untold.append((kind, number, content))
        if not self._is_late:
            self._go_on()

    def _go_on(self) -> None:
        self._is_late = False
        while self._untold and self.is_up:
            if self._world.busy_until > self._loop.time():
                self._is_late = True
                self._loop.call_at(self._world.busy_until, self._go_on)
                return
            self._trunk.data_received(block([self._untold.popleft()]))

    def die(self) -> None:
        """The process is gone, and with it its lines; terminals notice sooner or later."""
        if self.is_up:
            self.is_up = False
            for wire in self._wires.values():
                wire.lost()
            self._wires.clear()


class Wire:
    """One connection, and the terminal's end of it as the link sees it: send, iterate, close."""

    protocol = "siskohat.1"

    def __init__(self, lines: Lines, edge: Edge, random: Random) -> None:
        self._lines = lines
        self._world = world = lines.world
        self._loop = world.loop
        self._edge = edge
        self._random = random
        self._setting: Setting = world.setting
        self._got: deque[Message | None] = deque()
        self._waits: asyncio.Future[None] | None = None
        self._last_up = self._last_down = 0.0
        self._is_cut = self._is_deaf = False
        self.is_closed = False
        self.close_code: int | None = None
        self._number = edge.open(self)

    # -------------------------------------------------------------------------------------------- the terminal's end

    async def send_bytes(self, data: bytes) -> None:
        if self.is_closed:
            raise ConnectionResetError("cut")
        self._lines.note_sent(data)
        if self._is_cut:
            return
        fate = self._draw()
        if fate == "cut":
            if self._random.random() < 0.5:
                self._plan_up(data)
            self.cut()
            return
        self._plan_up(data)
        if fate == "twice":
            self._world.note_fault("message twice")
            self._plan_up(data)

    def _plan_up(self, data: bytes) -> None:
        self._last_up = max(self._last_up, self._loop.time() + self._delay())
        self._loop.call_at(self._last_up, self._edge.up, self._number, data)

    def __aiter__(self) -> Wire:
        return self

    async def __anext__(self) -> Message:
        while not self._got:
            if self.is_closed:
                raise StopAsyncIteration
            self._waits = self._loop.create_future()
            await self._waits
        message = self._got.popleft()
        if message is None:
            self.is_closed = True
            raise StopAsyncIteration
        return message

    async def close(self) -> None:
        """Let go; the host hears of it after what was sent before, or not at all for a while."""
        if not self.is_closed:
            self.is_closed = True
            self._wake()
            if not self._is_cut:
                self._is_cut = self._is_deaf = True
                self._plan_gone(self._delay())

    # ------------------------------------------------------------------------------------------------ the host's end

    def down(self, data: bytes) -> None:
        if self._is_cut:
            return
        fate = self._draw()
        if fate == "cut" and self._random.random() < 0.5:
            self.cut()
            return
        self._plan_down(Message(data))
        if fate == "twice":
            self._world.note_fault("message twice")
            self._plan_down(Message(data))
        elif fate == "cut":
            self.cut()

    def end_down(self) -> None:
        """The host closes the connection, and cuts it when the terminal does not let go."""
        self._loop.call_later(CLOSE_S, self._edge.gone, self._number)
        if not self._is_cut:
            self._plan_down(None)
            self._is_cut = True

    def lost(self) -> None:
        """The host, or its edge, is gone without a word."""
        if not self._is_cut:
            self._is_cut = self._is_deaf = True
            self._plan_end()

    def _plan_down(self, message: Message | None) -> None:
        begin = max(self._loop.time(), self._world.busy_until)
        self._last_down = max(self._last_down, begin + self._delay())
        self._loop.call_at(self._last_down, self._hear, message)

    def _hear(self, message: Message | None) -> None:
        if not self.is_closed and not (self._is_deaf and message is not None):
            self._got.append(message)
            self._wake()

    def _wake(self) -> None:
        if self._waits is not None and not self._waits.done():
            self._waits.set_result(None)

    # ------------------------------------------------------------------------------------------------------- trouble

    def cut(self) -> None:
        """Nothing more gets through but what is on its way to the host, and that late."""
        self._world.note_fault("cut")
        self._is_cut = self._is_deaf = True
        if self._random.random() < 0.5:
            self._world.note_fault("cut noticed late by the host")
            self._plan_gone(self._random.uniform(0, NOTICED_LATE_S))
        else:
            self._plan_gone(self._delay())
        self._plan_end()

    def _plan_end(self) -> None:
        seconds = self._random.uniform(0, HEARTBEAT_S) if self._random.random() < 0.3 else self._delay()
        self._loop.call_later(seconds, self._hear, None)

    def _plan_gone(self, seconds: float) -> None:
        when = max(self._last_up, self._loop.time() + seconds)
        self._loop.call_at(when, self._edge.gone, self._number)

    def _draw(self) -> str:
        setting = self._setting
        if self._world.is_quiet:
            return ""
        drawn = self._random.random()
        if drawn < setting.cut:
            return "cut"
        if drawn < setting.cut + setting.twice:
            return "twice"
        return ""

    def _delay(self) -> float:
        setting = self._setting
        if not self._world.is_quiet and self._random.random() < setting.stall:
            self._world.note_fault("stall")
            return self._random.uniform(1, 150)
        return setting.latency_s * (0.5 + self._random.random())


class Lines(Dialler):
    """A terminal's way to the host: `Dialler`, but for the connection itself."""

    def __init__(self, world: World, random: Random, limits: LinkLimits) -> None:
        super().__init__("sim", None, limits)
        self.world = world
        self._random = random
        self._wire: Wire | None = None
        self._post = b""

    async def close(self) -> None:
        """End the connection, if one is open."""
        if self._wire is not None:
            await self._wire.close()

    def power_off(self) -> None:
        """The terminal is gone: the host hears nothing of it, and later finds the connection dead."""
        if self._wire is not None:
            self._wire.cut()

    def note_sent(self, data: bytes) -> None:
        """Count what is sent, and what was sent before."""
        if data[1:6] == POST:
            self.world.counts["sent"] += 1
            if data == self._post:
                self.world.counts["retries"] += 1
            self._post = data

    async def _connect(self) -> Any:
        world = self.world
        await asyncio.sleep(world.setting.latency_s * (1 + self._random.random()))
        edges = [edge for edge in world.edges if edge.is_up and not edge.is_stopped]
        if not edges or world.is_parted:
            world.note_fault("host unreachable")
            raise HostUnreachable("sim")
        self._wire = Wire(self, edges[self._random.randrange(len(edges))], self._random)
        return self._wire
