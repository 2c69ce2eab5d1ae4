"""The line between terminals and host, and everything that can happen to it.

    python -m tests.proof.jepsen.proxy HOST_PORT SEED PER_SECOND GENTLE_PER_SECOND

It prints its own port, and at the end of its input what it has done, as JSON. The word "quiet" on its input ends all
faults: every line that was harmed is cut, so that terminals come back over whole ones; "cut" cuts three at once.

A fault is counted when it took effect: bytes were held, broken up or swallowed, an open line was cut, or a second
connection said again what a first one had said.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from random import Random
from typing import cast

import uvloop

HOST = "127.0.0.1"
KEPT_BYTES = 48 << 10
"""So much of what a terminal has said from its handshake on can be said again by a second connection."""
HALF_OPEN_S = 3.0
DELAY_S_MAX = 0.3
TICK_S = 0.02
KINDS = {
    "delay": 6, "broken_up": 3, "swallow_to_host": 2, "swallow_to_terminal": 2, "cut": 3,
    "half_open_terminal": 1, "half_open_host": 2, "said_twice": 3,
}  # fmt: skip
"""Faults of a line, by how often they come."""
GENTLE = ("delay", "broken_up")
"""Faults that a line gets over: they can come in their thousands and people still get on with their work."""
GENTLE_S_MAX = 0.03


class End(asyncio.Protocol):
    """One end of a line: what arrives here goes to the other end."""

    transport: asyncio.Transport

    def __init__(self, line: Line, name: str) -> None:
        self.line, self.name = line, name
        self.is_open = False
        self.is_swallowing = False
        self.pieces = 0
        self.held: list[bytes] | None = None
        self.waiting: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.is_open = True
        for data in self.waiting:
            self.transport.write(data)
        self.waiting.clear()
        self.line.opened(self)

    def data_received(self, data: bytes) -> None:
        line = self.line
        if self is line.terminal and line.said_bytes < KEPT_BYTES:
            line.said.append(data)
            line.said_bytes += len(data)
        if self.is_swallowing:
            line.count(f"swallow_to_{'host' if self is line.terminal else 'terminal'}", line.fresh)
            line.fresh = 0
        elif self.held is not None:
            self.held.append(data)
        elif self.pieces:
            self._break_up(data)
        else:
            line.other(self).write(data)

    def _break_up(self, data: bytes) -> None:
        """In pieces that part frames in their middle, a millisecond or so between them."""
        self.held, loop, random = [], self.line.proxy.loop, self.line.proxy.random
        cuts = sorted(random.sample(range(1, len(data)), min(self.pieces, len(data) - 1)))
        parts = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
        self.pieces = 0
        self.line.count("broken_up")
        # The first at once: by the loop it could come behind the next one's timer, where the machine stands still.
        self.line.other(self).write(parts[0])
        for at, part in enumerate(parts[1:], 1):
            loop.call_later(0.0015 * at, self.line.other(self).write, part)
        loop.call_later(0.0015 * len(parts), self.release)

    def release(self) -> None:
        """What was held goes on, in order."""
        held, self.held = self.held or [], None
        for data in held:
            self.line.other(self).write(data)

    def write(self, data: bytes) -> None:
        if self.is_open:
            self.transport.write(data)
        elif self is self.line.host and not self.line.is_over:
            self.waiting.append(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        self.line.lost(self)

    def abort(self) -> None:
        if self.is_open:
            self.transport.abort()


class Line:
    """A terminal's connection, and the one to the host behind it."""

    def __init__(self, proxy: Proxy) -> None:
        self.proxy = proxy
        self.terminal, self.host = End(self, "terminal"), End(self, "host")
        self.said: list[bytes] = []
        self.said_bytes = 0
        self.fresh = 1
        self.is_over = self.is_harmed = False
        self.left_open: End | None = None

    def other(self, end: End) -> End:
        return self.host if end is self.terminal else self.terminal

    def count(self, kind: str, times: int = 1) -> None:
        if times:
            self.proxy.done[kind] += times

    def opened(self, end: End) -> None:
        if end is self.terminal:
            self.proxy.lines.add(self)
            self.proxy.keep(self._reach())

    async def _reach(self) -> None:
        try:
            await self.proxy.loop.create_connection(lambda: self.host, HOST, self.proxy.host_port)
        except OSError:
            self.cut()

    def lost(self, end: End) -> None:
        """One end is gone, and with it the other, unless nobody shall hear of it."""
        self.is_over = True
        self.proxy.lines.discard(self)
        if self.left_open is not self.other(end):
            self.other(end).abort()

    def cut(self) -> None:
        self.is_over = True
        self.proxy.lines.discard(self)
        self.terminal.abort()
        self.host.abort()

    def leave_open(self, end: End) -> None:
        """The other end goes; this one hears nothing of it, and nothing else either, for a while."""
        self.left_open, self.is_over = end, True
        self.proxy.lines.discard(self)
        end.is_swallowing, self.fresh = True, 0
        self.other(end).abort()
        self.proxy.loop.call_later(HALF_OPEN_S, end.abort)


class Proxy:
    """All lines. `per_second` faults, and gentle ones beside them, are drawn from the seed until it is to be quiet."""

    def __init__(self, host_port: int, seed: int, per_second: float, gentle: float) -> None:
        self.loop = asyncio.get_running_loop()
        self.host_port, self.per_second, self.gentle, self.random = host_port, per_second, gentle, Random(seed)
        self.lines: set[Line] = set()
        self.done: Counter[str] = Counter()
        self.is_quiet = False
        self._tasks: set[asyncio.Task[None]] = set()

    def keep(self, work: object) -> None:
        task = self.loop.create_task(work)  # type: ignore[arg-type]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def run(self) -> None:
        server = await self.loop.create_server(lambda: Line(self).terminal, HOST, 0, backlog=1024)
        print(server.sockets[0].getsockname()[1], flush=True)
        reader = asyncio.StreamReader()
        await self.loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        self.keep(self._harm())
        while word := await reader.readline():
            if word.strip() == b"cut":
                for line in self.random.sample(sorted(self.lines, key=id), min(3, len(self.lines))):
                    self.done["cut"] += 1
                    line.cut()
            elif word.strip() == b"quiet":
                self.is_quiet = True
                for line in list(self.lines):
                    if line.is_harmed:
                        line.cut()
        print(json.dumps(self.done), flush=True)

    async def _harm(self) -> None:
        kinds, weights, random = list(KINDS), list(KINDS.values()), self.random
        due = due_gently = 0.0
        while not self.is_quiet:
            await asyncio.sleep(TICK_S)
            due += self.per_second * TICK_S
            due_gently += self.gentle * TICK_S
            whole = self._whole()
            while due_gently >= 1:
                due_gently -= 1
                if whole:
                    self._harm_one(random.choice(whole), random.choice(GENTLE), GENTLE_S_MAX)
            while due >= 1 and not self.is_quiet:
                due -= 1
                if whole := self._whole():
                    self._harm_one(random.choice(whole), random.choices(kinds, weights)[0])

    def _whole(self) -> list[Line]:
        return sorted((line for line in self.lines if not line.is_harmed and line.host.is_open), key=id)

    def _harm_one(self, line: Line, kind: str, delay_s_max: float = DELAY_S_MAX) -> None:
        end = self.random.choice((line.terminal, line.host))
        if kind == "delay":
            if end.held is None:
                end.held = []
                self.loop.call_later(self.random.uniform(0.005, delay_s_max), self._end_delay, end)
        elif kind == "broken_up":
            end.pieces = self.random.randint(1, 9)
        elif kind.startswith("swallow"):
            line.is_harmed = True
            (line.terminal if kind.endswith("host") else line.host).is_swallowing = True
        elif kind == "cut":
            self.done[kind] += 1
            line.cut()
        elif kind.startswith("half_open"):
            self.done[kind] += 1
            line.leave_open(line.terminal if kind.endswith("terminal") else line.host)
        else:
            self.keep(self._say_twice(b"".join(line.said)))

    def _end_delay(self, end: End) -> None:
        if end.held:
            self.done["delay"] += 1
        end.release()

    async def _say_twice(self, said: bytes) -> None:
        """Another connection says what the first one said; nobody listens to the answers."""
        try:
            reader, writer = await asyncio.open_connection(HOST, self.host_port)
            writer.write(said)
            await writer.drain()
            heard = await asyncio.wait_for(reader.read(1 << 16), 1.0)
            self.done["said_twice"] += bool(heard)
            await asyncio.sleep(0.2)
            writer.transport.abort()
        except (OSError, TimeoutError):
            self.done["said_twice_in_vain"] += 1


async def main() -> None:
    await Proxy(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])).run()


if __name__ == "__main__":
    uvloop.run(main())
