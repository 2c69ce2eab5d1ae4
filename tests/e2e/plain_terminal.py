"""A terminal written from docs/protocol.md with aiohttp and msgpack alone. Imports nothing of the product."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgpack

ANSWER_SECONDS_MAX = 15.0


class Ended(Exception):
    """The host has ended the connection: WebSocket close code (None without a close) and reason."""

    def __init__(self, code: int | None, reason: str) -> None:
        super().__init__(code, reason)
        self.code, self.reason = code, reason


class Terminal:
    """One connection; every message goes out and comes in as a list."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.line = 0

    async def send(self, *message: Any) -> None:
        """Send one message."""
        await self.socket.send_bytes(msgpack.packb(list(message)))

    async def receive(self) -> list[Any]:
        """Wait for one message. Raises Ended."""
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            while (got := await self.socket.receive()).type is aiohttp.WSMsgType.PING:
                continue
        if got.type is not aiohttp.WSMsgType.BINARY:
            reason = got.extra if got.type is aiohttp.WSMsgType.CLOSE else ""
            raise Ended(self.socket.close_code, reason or "")
        message: list[Any] = msgpack.unpackb(got.data)
        return message

    async def ask(self, *message: Any) -> list[Any]:
        """Send one message and wait for the next one that comes."""
        await self.send(*message)
        return await self.receive()

    async def sign_on(self, bank: str, cabang: str, device: str, user: str, sandi: str) -> dict[str, Any]:
        """Sign on; returns what READY tells."""
        name, line, info = await self.ask("SIGNON", self.line, 1, bank, cabang, device, user, sandi)
        assert (name, line) == ("READY", self.line), (name, line, info)
        ready: dict[str, Any] = info
        return ready

    async def deposit(self, stan: int, hari: str, nomor_spph: str, nominal: int = 20_000_000) -> list[Any]:
        """Post a first deposit and wait for what comes."""
        return await self.ask("POST", self.line, stan, hari, ["STA", nomor_spph, nominal])

    async def ended(self) -> Ended:
        """Read on until the host ends the connection; returns how it did."""
        try:
            while True:
                await self.receive()
        except Ended as end:
            return end


@asynccontextmanager
async def connect(
    url: str, protocol: str = "siskohat.1", *, autoping: bool = True, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Terminal]:
    """Open a connection to the host at `url`; without `autoping`, the host's pings are not answered."""
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{url}/line", protocols=(protocol,), compress=0, autoping=autoping, ssl=tls or True) as socket,
    ):
        assert socket.protocol == protocol
        yield Terminal(socket)
