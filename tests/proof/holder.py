"""A process that holds thousands of open lines to a host, from an address of its own, and asks each when told to.

    python -m tests.proof.holder HOST PORT COUNT SOURCE

`held N` is printed when all are open; each line on standard input has every line pinged, and `answered N` printed. It
ends with its input. A line that is lost is not opened again: it is missing in the count.
"""

from __future__ import annotations

import asyncio
import resource
import sys
from random import Random
from typing import cast

import uvloop

from bench.client_frames import handshake, is_switched, mask_of, pong

OPENING_MAX = 256
PING, PONG = 0x89, 0x8A
ANSWER_SECONDS_MAX = 20.0


class Held(asyncio.Protocol):
    """One open line. A host's ping is answered; the answer to our own is counted."""

    __slots__ = ("accept", "holder", "is_open", "tail", "transport")

    transport: asyncio.Transport

    def __init__(self, holder: Holder) -> None:
        self.holder = holder
        self.tail = b""
        self.is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        request, self.accept = handshake(self.holder.host, self.holder.port, self.holder.rng)
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        data = self.tail + data
        if not self.is_open:
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self.tail = head
                return
            if not is_switched(head, self.accept):
                self.transport.close()
                return
            self.is_open = True
            self.holder.note()
        while len(data) >= 2 and len(data) >= 2 + data[1]:
            if data[0] == PING:
                self.transport.write(pong(data[2 : 2 + data[1]], mask_of(self.holder.rng)))
            elif data[0] == PONG:
                self.holder.note()
            data = data[2 + data[1] :]
        self.tail = data

    def connection_lost(self, exc: Exception | None) -> None:
        self.holder.lines.discard(self)


class Holder:
    """All lines of one process."""

    def __init__(self, host: str, port: int, source: str) -> None:
        self.host, self.port, self.source = host, port, source
        self.rng = Random(source)
        self.lines: set[Held] = set()
        self.noted = 0
        self._gate = asyncio.Semaphore(OPENING_MAX)

    def note(self) -> None:
        self.noted += 1

    async def _open(self) -> None:
        async with self._gate:
            loop = asyncio.get_running_loop()
            line = Held(self)
            self.lines.add(line)
            await loop.create_connection(lambda: line, self.host, self.port, local_addr=(self.source, 0))
            while not line.is_open and line in self.lines:
                await asyncio.sleep(0.01)

    async def open(self, count: int) -> int:
        await asyncio.gather(*(self._open() for _ in range(count)))
        return sum(line.is_open for line in self.lines)

    async def ping(self) -> int:
        """How many answer."""
        self.noted = 0
        for line in self.lines:
            line.transport.write(pong(b"", mask_of(self.rng)).replace(b"\x8a", b"\x89", 1))
        end_s = asyncio.get_running_loop().time() + ANSWER_SECONDS_MAX
        while self.noted < len(self.lines) and asyncio.get_running_loop().time() < end_s:
            await asyncio.sleep(0.02)
        return self.noted


async def hold(host: str, port: int, count: int, source: str) -> None:
    holder, loop = Holder(host, port, source), asyncio.get_running_loop()
    print("held", await holder.open(count), flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        print("answered", await holder.ping(), flush=True)


def main() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    uvloop.run(hold(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))


if __name__ == "__main__":
    main()
