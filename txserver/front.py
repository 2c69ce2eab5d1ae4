"""The host's front: the listening socket, and the edges that take terminals in at it.

`edges = 0` puts one edge into the host's own process; any other number starts so many edge processes, which share the
socket and each have a trunk to the core. The edge is more than half of what a request costs, so a second core is
worth having for it. An edge process that dies takes its lines with it and is started again; terminals come back by
themselves.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import sys
import time
from collections.abc import Coroutine
from typing import Any

import msgspec
from aiohttp import web

from txserver import ending
from txserver.config import ConfigError, Settings
from txserver.doors import Doors
from txserver.edge import BACKLOG, Edge, EdgeSettings
from txserver.trunk import CoreTrunk

log = logging.getLogger("siskohat")

BIND_SECONDS = 2.0
"""How long a port in use is tried again: the edges of a host that was killed let go of it within milliseconds."""
RESTART_PAUSE_S = 0.2
BUFFER_BYTES = 128 << 10
"""Each way, asked of the kernel, which takes twice as much. 512 kbit/s over a satellite keeps 40 KB under way."""


class Front:
    """The edges of one host."""

    def __init__(self, settings: Settings, doors: Doors) -> None:
        self._settings = settings
        self._doors = doors
        self._edge_settings = msgspec.convert(settings, EdgeSettings, from_attributes=True)
        self._socket: socket.socket | None = None
        self._local: Edge | None = None
        self._runner: web.AppRunner | None = None
        self._trunks: set[CoreTrunk] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_closing = False

    async def open(self) -> tuple[str, int]:
        """Listen and take terminals in. Returns the address. Raises ConfigError."""
        self._socket = await _listen(self._settings)
        address: tuple[str, int] = self._socket.getsockname()[:2]
        try:
            self._edge_settings.tls()  # an edge process could only say so in a log
        except OSError as error:
            raise ConfigError(f"tls_cert, tls_key: {error}") from None
        if self._settings.edges == 0:
            self._local = Edge(self._edge_settings, self._doors.open, self._doors.page)
            self._runner = await self._local.serve(self._socket)
            self._keep(self._local.sweep())
        for _ in range(self._settings.edges):
            self._keep(self._run_edge())
        return address

    async def close(self) -> None:
        """Take nobody in, end every line, end the edges."""
        self._is_closing = True
        if self._local is not None:
            self._local.stop()
        for trunk in self._trunks:
            trunk.stop()
        await self._doors.close()
        for trunk in list(self._trunks):
            trunk.hang_up()
        if self._local is not None:
            for task in self._tasks:  # its sweep; what keeps edge processes ends with them
                task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()
        assert self._socket is not None, "the front was opened"
        self._socket.close()

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = ending.must_last(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run_edge(self) -> None:
        """Keep one edge process alive until the front closes."""
        while not self._is_closing:
            try:
                code: int | str | None = await self._edge_process()
            except (OSError, RuntimeError) as error:  # no descriptor, process or thread to be had: in a moment, perhaps
                code = type(error).__name__
            if not self._is_closing:
                log.error("SKH8104 exit=%s an edge process ended; starting another", code)
                await asyncio.sleep(RESTART_PAUSE_S)

    async def _edge_process(self) -> int | None:
        assert self._socket is not None, "the front was opened"
        ours, theirs = socket.socketpair()
        trunk = CoreTrunk(self._doors)
        fds = (self._socket.fileno(), theirs.fileno())
        try:
            with theirs:  # left open here, ours would never see the edge's end
                await asyncio.get_running_loop().create_connection(lambda: trunk, sock=ours)
                if self._is_closing:
                    return None
                # Before its edge is there: a front that closes meanwhile hangs up, and the edge finds nobody.
                self._trunks.add(trunk)
                child = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    "txserver.edge_process",
                    *map(str, fds),
                    msgspec.json.encode(self._edge_settings).decode(),
                    pass_fds=fds,
                )
            return await child.wait()
        finally:
            self._trunks.discard(trunk)


async def _listen(settings: Settings) -> socket.socket:
    """The listening socket, made here so that a wrong address is the host's own one line."""
    give_up_s = time.monotonic() + BIND_SECONDS
    while True:
        try:
            host, port = settings.address
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            listening = socket.create_server((host, port), family=family, backlog=BACKLOG)
            _bound(listening, settings)
            return listening
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() > give_up_s:
                raise ConfigError(f"listen: {settings.listen}: {error.strerror or error}") from None
        await asyncio.sleep(0.05)


def _bound(listening: socket.socket, settings: Settings) -> None:
    """What a peer may cost the kernel; every connection inherits it.

    Left to itself Linux lets megabytes pile up each way, beside what the line counts; and a peer that is gone, or keeps
    its window shut, is tried for a quarter of an hour. Here it has half the time in which a silent line is closed.
    """
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(settings.idle_seconds_max * 500))
