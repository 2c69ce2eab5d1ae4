"""What one message costs at the edge: ways to serve WebSocket frames, each an echo for thousands of terminals.

`python -m bench.micro.edge_variants` starts each variant in a process of its own and loads it from this one, in
turn, for several rounds, and prints medians with their ratio to the bare length-prefixed protocol of the same
round. All variants but `aiohttp` batch as the host does: collect what a turn of the loop brings, then answer.

The client is an epoll loop over plain sockets with frames masked beforehand; its own CPU stands beside the host's,
so that its limit is not taken for the host's.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import resource
import select
import socket
import statistics
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol

import uvloop
from aiohttp import web
from aiohttp._websocket.helpers import websocket_mask
from aiohttp._websocket.reader import WebSocketDataQueue
from aiohttp.http import WebSocketReader

from txserver.line import SUBPROTOCOL, Line, LineLimits, take_line

PAYLOAD: Final = bytes(range(150))
MASK: Final = b"\x1f\x8b\x3c\x5d"
LIMITS: Final = LineLimits()
TICK: Final = os.sysconf("SC_CLK_TCK")


# ------------------------------------------------------------------------------------------------------ the host's side


class Answering(Protocol):
    def send(self, payload: bytes) -> None: ...
    def flush(self) -> None: ...


class Echo:
    """Decides all messages of one turn of the loop, then flushes every line it touched once."""

    def __init__(self) -> None:
        self.batch: list[tuple[Answering, bytes]] = []

    def on_message(self, line: Answering, message: bytes) -> None:
        if not self.batch:
            asyncio.get_running_loop().call_soon(self.decide)
        self.batch.append((line, message))

    def decide(self) -> None:
        batch, self.batch = self.batch, []
        for line, message in batch:
            line.send(message)
        for line in {line for line, _ in batch}:
            line.flush()

    def on_closed(self, line: Answering) -> None:
        """Nothing is kept of a line."""


class Bare(asyncio.Protocol):
    """Two bytes of length before each message: the least a protocol of ours could cost on this loop."""

    def __init__(self, echo: Echo) -> None:
        self.on_message = echo.on_message
        self.tail = b""
        self.outgoing: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def data_received(self, data: bytes) -> None:
        if self.tail:
            data = self.tail + data
        at, end = 0, len(data)
        while end - at >= 2:
            stop = at + 2 + (data[at] << 8 | data[at + 1])
            if stop > end:
                break
            self.on_message(self, data[at + 2 : stop])
            at = stop
        self.tail = data[at:]

    def send(self, payload: bytes) -> None:
        self.outgoing.append(len(payload).to_bytes(2, "big") + payload)

    def flush(self) -> None:
        if self.outgoing:
            self.transport.write(self.outgoing[0] if len(self.outgoing) == 1 else b"".join(self.outgoing))
            self.outgoing.clear()


class ReaderQueue(WebSocketDataQueue):
    """Passes what aiohttp's compiled reader has read to a line, at once."""

    line: ReaderLine

    def feed_data(self, data: Any, size: int) -> None:  # noqa: ARG002  the reader's signature
        self.line._on_message(self.line, data[1])


class ReaderLine(Line):
    """A line that leaves the frames to aiohttp's compiled reader."""

    __slots__ = ("feed", "queue")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.queue = ReaderQueue(None, 1 << 20, loop=asyncio.get_running_loop())  # type: ignore[arg-type]
        self.queue.line = self
        reader = WebSocketReader(self.queue, LIMITS.message_bytes_max + 1, compress=False, decode_text=False)
        self.feed = reader.feed_data

    def data_received(self, data: bytes) -> None:
        self.heard = True
        self.feed(data)


async def serve_bare(echo: Echo) -> int:
    server = await asyncio.get_running_loop().create_server(lambda: Bare(echo), "127.0.0.1", 0, backlog=4096)
    port: int = server.sockets[0].getsockname()[1]
    return port


async def serve_route(handler: Callable[[web.Request], Any]) -> int:
    app = web.Application()
    app.router.add_get("/line", handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=4096).start()
    port: int = runner.addresses[0][1]
    return port


async def serve_line(echo: Echo, kind: type[Line] = Line) -> int:
    async def line(request: web.Request) -> web.StreamResponse:
        return await take_line(request, lambda: kind(echo.on_message, echo.on_closed, LIMITS))

    return await serve_route(line)


async def serve_reader(echo: Echo) -> int:
    return await serve_line(echo, ReaderLine)


async def serve_aiohttp(_: Echo) -> int:
    async def line(request: web.Request) -> web.StreamResponse:
        ws = web.WebSocketResponse(protocols=(SUBPROTOCOL,), compress=False, max_msg_size=LIMITS.message_bytes_max)
        await ws.prepare(request)
        async for message in ws:
            await ws.send_bytes(message.data)
        return ws

    return await serve_route(line)


async def serve_picows(echo: Echo) -> int:
    from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_create_server

    class Listener(WSListener):
        def on_ws_connected(self, transport: WSTransport) -> None:
            self.transport = transport
            self.outgoing: list[bytes] = []

        def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:  # noqa: ARG002
            if frame.msg_type == WSMsgType.BINARY:
                echo.on_message(self, frame.get_payload_as_bytes())

        def send(self, payload: bytes) -> None:
            # picows writes each frame at once; there is no flush for several.
            self.transport.send(WSMsgType.BINARY, payload)

        def flush(self) -> None: ...

    server = await ws_create_server(lambda _: Listener(), "127.0.0.1", 0, backlog=4096)
    port: int = server.sockets[0].getsockname()[1]
    return port


VARIANTS: Final = {
    "bare": serve_bare,
    "line": serve_line,
    "reader": serve_reader,
    "picows": serve_picows,
    "aiohttp": serve_aiohttp,
}


async def serve(variant: str) -> None:
    print(await VARIANTS[variant](Echo()), flush=True)
    gc.disable()
    await asyncio.Event().wait()


# -------------------------------------------------------------------------------------------------- the terminals' side


def request_frame(variant: str) -> bytes:
    """One message as a terminal sends it: the same mask every time, applied once."""
    if variant == "bare":
        return len(PAYLOAD).to_bytes(2, "big") + PAYLOAD
    masked = bytearray(PAYLOAD)
    websocket_mask(MASK, masked)
    return struct.pack("!BBH", 0x82, 0x80 | 126, len(PAYLOAD)) + MASK + masked


def answer_bytes(variant: str) -> int:
    return len(PAYLOAD) + (2 if variant == "bare" else 4)


def connect(variant: str, port: int, connections: int) -> list[socket.socket]:
    handshake = (
        "GET /line HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n"
    ).encode()
    sockets = []
    for _ in range(connections):
        peer = socket.create_connection(("127.0.0.1", port))
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Also the bare host has to answer first: else the load begins with half the connections not accepted yet.
        peer.sendall(b"\0\0" if variant == "bare" else handshake)
        head = peer.recv(4096)
        assert head == b"\0\0" or (head.startswith(b"HTTP/1.1 101") and head.endswith(b"\r\n\r\n")), head
        peer.setblocking(False)
        sockets.append(peer)
    return sockets


def drive_epoll(sockets: list[socket.socket], frame: bytes, answer: int, outstanding: int) -> Iterator[int]:
    """Answer each reply with the next request; yields the number of replies so far after each turn."""
    poll, read, write = select.epoll(), os.read, os.write
    part = dict.fromkeys((peer.fileno() for peer in sockets), 0)
    frames = [frame * n for n in range(65_536 // len(frame))]
    for fd in part:
        poll.register(fd, select.EPOLLIN)
        write(fd, frames[outstanding])
    replies, most = 0, len(sockets)
    while True:
        for fd, _ in poll.poll(-1, most):
            size = len(read(fd, 65_536))
            if size == answer and not part[fd]:
                write(fd, frame)
                replies += 1
                continue
            assert size, "the host closed a connection"
            whole, part[fd] = divmod(part[fd] + size, answer)
            if whole:
                write(fd, frames[whole])
                replies += whole
        yield replies


# ---------------------------------------------------------------------------------------------------------- measurement


@dataclass(frozen=True, slots=True)
class Result:
    per_second: float
    host_us: float
    client_us: float
    line_kb: float


@contextmanager
def running(variant: str) -> Iterator[tuple[int, int]]:
    """Process id and port of a host."""
    command = [sys.executable, "-m", "bench.micro.edge_variants", "--serve", variant]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as host:
        assert host.stdout is not None
        try:
            yield host.pid, int(host.stdout.readline())
        finally:
            host.kill()


def host_cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def host_rss_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0])


def own_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def measured(pid: int, seconds: float, replies: Iterator[int], line_kb: float) -> Result:
    """Let the load run for a third of the time, then count."""
    until = time.perf_counter() + seconds / 3
    first = next(count for count in replies if time.perf_counter() >= until)
    start, host, client = time.perf_counter(), host_cpu(pid), own_cpu()
    last = next(count for count in replies if time.perf_counter() >= start + seconds)
    done, wall = last - first, time.perf_counter() - start
    return Result(done / wall, (host_cpu(pid) - host) / done * 1e6, (own_cpu() - client) / done * 1e6, line_kb)


def run_epoll(variant: str, connections: int, outstanding: int, seconds: float) -> Result:
    with running(variant) as (pid, port):
        before = host_rss_kb(pid)
        sockets = connect(variant, port, connections)
        line_kb = (host_rss_kb(pid) - before) / connections
        replies = drive_epoll(sockets, request_frame(variant), answer_bytes(variant), outstanding)
        result = measured(pid, seconds, replies, line_kb)
    for peer in sockets:  # the host is gone by now, and does not log thousands of lost connections
        peer.close()
    return result


def compare(runs: dict[str, Callable[[], Result]], rounds: int) -> None:
    """Run all in turn, `rounds` times; print the medians, and ratios to the first of the same round."""
    results: dict[str, list[Result]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            results[name].append(run())
    base = next(iter(results.values()))
    print(f"{'':>10} {'messages/s':>11} {'ratio':>6} {'host us':>8} {'ratio':>6} {'client us':>9} {'KB/line':>8}")
    for name, row in results.items():
        speed = statistics.median(a.per_second / b.per_second for a, b in zip(row, base, strict=True))
        cost = statistics.median(a.host_us / b.host_us for a, b in zip(row, base, strict=True))
        median = [
            statistics.median(values)
            for values in zip(*((r.per_second, r.host_us, r.client_us, r.line_kb) for r in row), strict=True)
        ]
        print(
            f"{name:>10} {median[0]:>11,.0f} {speed:>6.2f} {median[1]:>8.2f} {cost:>6.2f} "
            f"{median[2]:>9.2f} {median[3]:>8.1f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", choices=VARIANTS, help="be the host (used by this program itself)")
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0)
    options = parser.parse_args()
    if options.serve:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(options.serve))
        return
    for connections, outstanding in ((3566, 1), (1415, 3)):
        print(f"\n{connections} connections, {outstanding} outstanding on each, {len(PAYLOAD)} bytes")
        shape = (connections, outstanding, options.seconds)
        compare({name: partial(run_epoll, name, *shape) for name in options.variants}, options.rounds)


if __name__ == "__main__":
    main()
