"""Serving the terminal to browsers: textual-serve starts a terminal for every WebSocket and carries bytes to and fro.

What is ours: the page, which asks nobody but this server for anything (a policy in every answer makes the browser
see to that); and the doors. Whatever page a browser has open may knock at 127.0.0.1, so a WebSocket is opened only
for our own page, and on loopback only under a loopback name (which a name that was bent to 127.0.0.1 is not).
The password goes the way of every other key press and is no flag, no setting and no part of an address.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import shlex
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from aiohttp import WSCloseCode, web
from textual_serve.app_service import AppService
from textual_serve.server import Server, to_int

from ledger.messages import Language
from terminal.config import Settings
from terminal.language import words

HERE = Path(__file__).parent
PAGE, SCRIPT = HERE / "page.html", HERE / "page.js"
SESSIONS_MAX = 32
"""Browsers at a time: a terminal is a process of 70 MB."""
HEARTBEAT_S = 15
END_SECONDS_MAX = 10
SIZE = (("width", 80), ("height", 24))
BACKGROUNDS = {"amber": "#0c0700", "paper": "#fcfbf4"}

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class AddressError(ValueError):
    """What was given to --web is no address to listen on; the text says what one looks like."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the page is served."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return is_loopback(self.host)


def address(text: str) -> Address:
    """HOST:PORT, or PORT alone on 127.0.0.1. Raises AddressError."""
    try:
        parts = urlsplit(f"//{text}" if ":" in text else f"//127.0.0.1:{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        raise AddressError("HOST:PORT") from None
    if not host or not port or parts.path or parts.username is not None:
        raise AddressError("HOST:PORT")
    return Address(host, port)


def is_loopback(host: str | None) -> bool:
    """Whether a name or number means this machine to itself."""
    if host in {None, "localhost"}:
        return host is not None
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


def check_free(where: Address) -> None:
    """Raises OSError unless the address can be listened on: said before the server starts, in one line."""
    family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((where.host, where.port))


def command(flags: Mapping[str, str | None]) -> str:
    """The shell line that starts one terminal, with the flags this command was given."""
    given = [(f"--{key.replace('_', '-')}", value) for key, value in flags.items() if value is not None]
    return shlex.join([sys.executable, "-P", "-m", "terminal", *(part for pair in given for part in pair)])


class TerminalProcess(AppService):
    """One terminal. Stopping it waits until it is gone, or the loop ends before its child and complains of it."""

    async def stop(self) -> None:
        """Ask it to end, and see that it does."""
        process = self._process
        if process is None:
            return
        try:
            async with asyncio.timeout(END_SECONDS_MAX):
                await super().stop()
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


class TerminalServer(Server):
    """textual-serve's server with our page and our doors."""

    def __init__(self, where: Address, command: str, language: Language, theme: str) -> None:
        super().__init__(command, host=where.host, port=where.port, title="SISKOHAT")
        self._where = where
        self._lines = set[web.WebSocketResponse]()
        self._page = page(language, theme)

    def initialize_logging(self) -> None:
        """Plain lines on standard error; textual-serve's would print local variables, and those are people's data."""
        logging.basicConfig(level=logging.WARNING, format="%(name)s %(levelname)s %(message)s")

    async def on_startup(self, app: web.Application) -> None:
        """Say nothing: the command has said where the page is."""

    async def handle_index(self, request: web.Request) -> web.Response:
        """The page."""
        return web.Response(text=self._page, content_type="text/html")

    async def handle_script(self, request: web.Request) -> web.Response:
        """What the page does besides showing the terminal."""
        return web.Response(text=SCRIPT.read_text(encoding="utf-8"), content_type="text/javascript")

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """One browser: a terminal process of its own, until either ends."""
        if len(self._lines) >= SESSIONS_MAX:
            raise web.HTTPServiceUnavailable(text="too many terminals")
        line = web.WebSocketResponse(heartbeat=HEARTBEAT_S)
        self._lines.add(line)
        try:
            await line.prepare(request)
            terminal = TerminalProcess(
                self.command,
                write_bytes=line.send_bytes,
                write_str=line.send_str,
                close=line.close,  # type: ignore[arg-type]  # it answers whether it was open, which nobody asks
                download_manager=self.download_manager,
            )
            await terminal.start(*(to_int(request.query.get(name, ""), usual) for name, usual in SIZE))
            try:
                await self._process_messages(line, terminal)
            finally:
                await terminal.stop()
        finally:
            self._lines.discard(line)
        return line

    async def on_shutdown(self, app: web.Application) -> None:
        """End every terminal; a request that has no answer stays in its file."""
        for line in tuple(self._lines):
            await line.close(code=WSCloseCode.GOING_AWAY)

    async def _make_app(self) -> web.Application:
        app = web.Application(middlewares=[self._door])
        app.add_routes(
            [
                web.get("/", self.handle_index),
                web.get("/page.js", self.handle_script),
                web.get("/ws", self.handle_websocket),
                web.static("/static", self.statics_path),
            ]
        )
        app.on_shutdown.append(self.on_shutdown)
        return app

    @web.middleware
    async def _door(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        if self._where.is_loopback and not is_loopback(request.url.host):
            raise web.HTTPForbidden(text="not this machine's name")
        if request.path == "/ws" and urlsplit(request.headers.get("Origin", "")).netloc != request.host:
            raise web.HTTPForbidden(text="not from this page")
        response = await handler(request)
        if not response.prepared:
            response.headers.update(policy(request.host))
        return response


def policy(host: str) -> dict[str, str]:
    """Headers that keep the page to this server, out of other pages' frames and out of the browser's store."""
    sources = (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:"
    )
    return {
        "Content-Security-Policy": f"{sources}; connect-src 'self' ws://{host} wss://{host}; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }


def page(language: Language, theme: str) -> str:
    """The page in one language and theme."""
    return Template(PAGE.read_text(encoding="utf-8")).substitute(
        bahasa=language,
        warna=BACKGROUNDS.get(theme, "#000000"),
        berakhir=words("Terminal telah ditutup.", "The terminal has ended.", language),
        lagi=words("Mulai lagi", "Start again", language),
        tombol=words("Tombol", "Keys", language),
        catatan=words("Esc lalu 1-9 0 - = adalah F1-F12", "Esc then 1-9 0 - = are F1-F12", language),
    )


def serve(where: Address, flags: Mapping[str, str | None], settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM."""
    TerminalServer(where, command(flags), settings.language, settings.theme).serve()
