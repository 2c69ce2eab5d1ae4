"""The edge: HTTP by aiohttp, terminals' lines by `line`; the only code that touches a socket.

Host time is taken here, once per message, and travels in the request's stamp.
"""

from __future__ import annotations

import asyncio
import logging

from aiohttp import web

from txserver.clock import Clock
from txserver.committer import Committer
from txserver.config import Settings
from txserver.devices import Devices
from txserver.line import GOING_AWAY, POLICY, Line, LineLimits, take_line
from txserver.metrics import Metrics
from txserver.session import Blame, Connection, Session, Ticket, Wanted
from txserver.signon import SignOnDesk

log = logging.getLogger("siskohat")


class Door:
    """One connection: its line, and what is said on it. `opened_s` is steady time."""

    __slots__ = ("connection", "gateway", "line", "opened_s")

    def __init__(self, gateway: Gateway, opened_s: float) -> None:
        self.gateway = gateway
        self.opened_s = opened_s
        self.line = Line(self.on_message, gateway.on_closed, gateway.limits)
        self.connection = Connection(self.line, gateway.settings.lines_per_connection_max)

    def on_message(self, line: Line, message: bytes) -> None:
        """One message came: to the session, and what it makes of it to the committer or the sign-on desk."""
        gateway = self.gateway
        try:
            got = self.connection.receive(message, gateway.now_us())
        except Blame as blame:
            log.warning("SKH7002 sebab=%s", blame)
            line.close(POLICY, "SKH7002")
            return
        if type(got) is Ticket:
            gateway.committer.submit(got)
            return
        if isinstance(got, Wanted):
            gateway.sign_on(got)
        elif isinstance(got, Session):
            gateway.devices.leave(got)
        gateway.committer.touch(line)


class Gateway:
    """All connections of one host."""

    def __init__(
        self,
        settings: Settings,
        committer: Committer,
        desk: SignOnDesk,
        devices: Devices,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self.settings = settings
        self.committer = committer
        self.devices = devices
        self.limits = LineLimits(settings.message_bytes_max, settings.write_buffer_bytes_max)
        self.now_us = clock.now_us
        self._clock = clock
        self._desk = desk
        self._metrics = metrics
        self._doors: dict[Line, Door] = {}
        self._signing: set[asyncio.Task[None]] = set()
        self._closing = False
        self._empty = asyncio.Event()

    def application(self) -> web.Application:
        """The HTTP side: the line, health, readiness, metrics."""
        app = web.Application(client_max_size=4096)
        app.router.add_get("/line", self._line)
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._metrics_page)
        return app

    def __len__(self) -> int:
        """Open connections."""
        return len(self._doors)

    def sign_on(self, wanted: Wanted) -> None:
        """Check a sign-on beside everything else."""
        task = asyncio.get_running_loop().create_task(self._sign_on(wanted))
        self._signing.add(task)
        task.add_done_callback(self._signing.discard)

    def on_closed(self, line: Line) -> None:
        """A connection is gone: its devices are free again; a request of it that is queued goes on."""
        door = self._doors.pop(line)
        for session in door.connection.sessions():
            self.devices.leave(session)
        if self._closing and not self._doors:
            self._empty.set()

    async def sweep(self, pause_s: float) -> None:
        """For ever: close connections on which nobody signed on in time, ping the silent, cut the dead."""
        while True:
            await asyncio.sleep(pause_s)
            late_s = self._clock.steady_s() - self.settings.signon_seconds_max
            for line, door in list(self._doors.items()):
                if door.connection.is_idle and door.opened_s < late_s:
                    line.close(POLICY, "SKH7001")
                elif not line.heard:
                    line.close(GOING_AWAY, "silent")
                else:
                    line.heard = False
                    line.ping()

    async def close(self) -> None:
        """Tell every session that the host closes, and end every connection."""
        self._closing = True
        for task in self._signing:
            task.cancel()
        for line, door in list(self._doors.items()):
            for session in door.connection.sessions():
                door.connection.drop(session, "SKH9002", {})
            line.flush()
            line.close(GOING_AWAY, "SKH9002")
        # A peer that answers the close lets go at once; the others are cut by their line's own timer.
        if self._doors:
            await self._empty.wait()

    async def _sign_on(self, wanted: Wanted) -> None:
        await self._desk.check(wanted)
        wanted.connection.peer.flush()

    async def _line(self, request: web.Request) -> web.StreamResponse:
        if self._closing or len(self._doors) >= self.settings.sessions_max:
            raise web.HTTPServiceUnavailable(text="SKH7010\n")
        return await take_line(request, self._open_door)

    def _open_door(self) -> Line:
        door = Door(self, self._clock.steady_s())
        self._doors[door.line] = door
        return door.line

    async def _healthz(self, request: web.Request) -> web.Response:  # noqa: ARG002 - a handler's signature
        return web.Response(text="ok\n")

    async def _readyz(self, request: web.Request) -> web.Response:  # noqa: ARG002
        reason = self.committer.closed_by
        return web.Response(text=f"{reason or 'ready'}\n", status=503 if reason else 200)

    async def _metrics_page(self, request: web.Request) -> web.Response:  # noqa: ARG002
        return web.Response(body=self._metrics.page(), content_type="text/plain")
