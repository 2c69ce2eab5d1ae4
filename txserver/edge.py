"""The edge: HTTP by aiohttp, terminals' connections by `line`; the only code that touches a terminal's socket.

What is said on a line goes to a `Core`: the host's own doors in this process, or a trunk to the process that has
them. The edge knows nothing of sessions or requests.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from typing import Protocol

from aiohttp import web
from msgspec import Struct

from txserver.edge_pages import add_pages
from txserver.http_log import http_log
from txserver.line import GOING_AWAY, Line, LineLimits, take_line
from txserver.pages import Call, Page

BACKLOG = 4096
"""Connections the kernel holds while we are busy: a whole country may reconnect in the same second."""


class EdgeSettings(Struct, frozen=True):
    """What an edge has to know; `sessions_max` bounds its connections."""

    message_bytes_max: int
    write_buffer_bytes_max: int
    frame_seconds_max: float
    sessions_max: int
    idle_seconds_max: float
    tls_cert: str
    tls_key: str

    def tls(self) -> ssl.SSLContext | None:
        """The TLS context, or None for plain connections. Raises OSError when the files cannot be used."""
        if not self.tls_cert:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(self.tls_cert, self.tls_key)
        return context


class Listener(Protocol):
    """Where the messages of one line go."""

    def receive(self, message: bytes) -> None:
        """One message came."""

    def closed(self) -> None:
        """The line is gone."""


class Edge:
    """All lines of one process. `open_line` makes a listener for a new one; `page` answers an HTTP request."""

    def __init__(
        self,
        settings: EdgeSettings,
        open_line: Callable[[Line], Listener],
        page: Callable[[Call], Awaitable[Page]],
    ) -> None:
        self._settings = settings
        self._limits = LineLimits(
            settings.message_bytes_max, settings.write_buffer_bytes_max, settings.frame_seconds_max
        )
        self._open_line = open_line
        self._page = page
        self._listeners: dict[Line, Listener] = {}
        self.is_closing = False

    def application(self) -> web.Application:
        """The HTTP side: the line, health, readiness, metrics, and the evening."""
        app = web.Application(client_max_size=4096)
        app.router.add_get("/line", self._line)
        add_pages(app, self._page)
        return app

    async def serve(self, listening: socket.socket) -> web.AppRunner:
        """Take terminals in at a socket. Raises OSError when the TLS files cannot be used."""
        # aiohttp counts it from the connection or from the last answer to a whole head: no byte starts it anew.
        head_seconds_max = self._settings.frame_seconds_max
        runner = web.AppRunner(
            self.application(),
            access_log=None,
            handle_signals=False,
            keepalive_timeout=head_seconds_max,
            logger=http_log(),
        )
        await runner.setup()
        await web.SockSite(runner, listening, ssl_context=self._settings.tls(), backlog=BACKLOG).start()
        return runner

    async def sweep(self) -> None:
        """For ever: ping the silent, close those silent for two rounds."""
        while True:
            await asyncio.sleep(max(self._settings.idle_seconds_max / 2, 0.1))
            for line in list(self._listeners):
                if line.heard:
                    line.heard = False
                    line.ping()
                else:
                    line.close(GOING_AWAY, "silent", is_last=True)

    def stop(self) -> None:
        """Refuse new lines from now on."""
        self.is_closing = True

    def _on_message(self, line: Line, message: bytes) -> None:
        self._listeners[line].receive(message)

    def _on_closed(self, line: Line) -> None:
        self._listeners.pop(line).closed()

    def _make_line(self) -> Line:
        line = Line(self._on_message, self._on_closed, self._limits)
        self._listeners[line] = self._open_line(line)
        return line

    async def _line(self, request: web.Request) -> web.StreamResponse:
        if self.is_closing or len(self._listeners) >= self._settings.sessions_max:
            raise web.HTTPServiceUnavailable(text="SKH7010\n")
        return await take_line(request, self._make_line)
