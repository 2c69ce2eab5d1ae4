"""Opening a session over a new connection: TLS, WebSocket, SIGNON or RESUME, READY. The only user of aiohttp here."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from txserver.wire import frames
from txserver.wire.frames import Closed, Ready

if TYPE_CHECKING:
    from aiohttp import ClientSession, ClientWebSocketResponse

REASON_LENGTH = 40
UNREACHABLE, UNTRUSTED, OTHER_PROTOCOL = "SKH9006", "SKH9022", "SKH9023"
NO_LINE_HERE = frozenset({400, 404, 405, 426})
"""HTTP answers of what serves no line, or not this version of it; others (503: full) may be better the next time."""
LINE = 0
"""This terminal is one workstation, line 0 of its connection."""


@dataclass(frozen=True, slots=True)
class LinkLimits:
    """How long the link waits, in seconds; `busy_ms_max` bounds what a BUSY may ask for."""

    connect_seconds_max: float = 10.0
    signon_seconds_max: float = 90.0  # at opening, passwords of all branches keep the host busy for 40 s
    answer_seconds_max: float = 60.0
    step_seconds_max: float = 3600.0  # of the evening; that the line is up all the while the heartbeat tells
    heartbeat_seconds: float = 20.0
    close_seconds_max: float = 1.0
    retry_seconds_first: float = 1.0
    retry_seconds_max: float = 30.0
    signoff_seconds_max: float = 2.0
    busy_ms_max: int = 60_000
    message_bytes_max: int = 1 << 20


class ReadyInfo(Struct, frozen=True):
    """What READY tells.

    `stan` is the last number used today, `zona_menit` the branch's time east of UTC; `laci` says that this device has
    an open drawer, `upload_pieces_max` how many pieces of a file the host takes before it has answered them.
    """

    token: str
    hari: str = ""
    waktu_us: int = 0
    stan: int = 0
    peran: str = ""
    nama_cabang: str = ""
    kinds: tuple[str, ...] = ()
    host: str = ""
    demo: bool = False
    zona_menit: int | None = None
    laci: bool = False
    upload_pieces_max: int = 1


class HostUnreachable(Exception):
    """No session could be opened; `id` says what kind of trouble it is, `sebab` why in a few words."""

    def __init__(self, sebab: str, id: str = UNREACHABLE) -> None:
        super().__init__(sebab)
        self.sebab, self.id = sebab, id


class SessionClosed(Exception):
    """The host has refused the session or ended it: message id and variables."""

    def __init__(self, id: str, data: dict[str, Any]) -> None:
        super().__init__(id)
        self.id, self.data = id, data


class Dialler:
    """Opens sessions at one address. `ca_file` is trusted beside nothing else; None means the system's trust."""

    def __init__(self, url: str, ca_file: Path | None, limits: LinkLimits) -> None:
        self._url, self._ca_file, self._limits = url, ca_file, limits
        self._client: ClientSession | None = None

    async def open(self, frame: frames.SignOn | frames.Resume) -> tuple[ClientWebSocketResponse, ReadyInfo]:
        """Connect, sign on or resume. Raises HostUnreachable, SessionClosed; no connection is left open then."""
        line = await self._connect()
        try:
            await line.send_bytes(frames.encode(frame))
            return line, await asyncio.wait_for(_ready(line), self._limits.signon_seconds_max)
        except (HostUnreachable, SessionClosed):
            await line.close()
            raise
        except (ConnectionError, TimeoutError) as error:
            await line.close()
            raise HostUnreachable(_reason(error)) from None

    async def close(self) -> None:
        """Close every connection."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def _connect(self) -> ClientWebSocketResponse:
        # Loading aiohttp takes 0.2 s, which the sign-on display need not wait for.
        import aiohttp  # noqa: PLC0415

        limits = self._limits
        try:
            if self._client is None:
                self._client = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=self._trust()))
            connecting = self._client.ws_connect(
                self._url,
                protocols=(frames.SUBPROTOCOL,),
                heartbeat=limits.heartbeat_seconds,
                max_msg_size=limits.message_bytes_max,
                timeout=aiohttp.ClientWSTimeout(ws_close=limits.close_seconds_max),
            )
            line = await asyncio.wait_for(connecting, limits.connect_seconds_max)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise HostUnreachable(_reason(error), _kind_of(error)) from None
        if line.protocol != frames.SUBPROTOCOL:
            await line.close()
            raise HostUnreachable("WebSocket", OTHER_PROTOCOL)
        return line

    def _trust(self) -> ssl.SSLContext | bool:
        return True if self._ca_file is None else ssl.create_default_context(cafile=self._ca_file)


async def _ready(line: ClientWebSocketResponse) -> ReadyInfo:
    """The answer to a sign-on. Raises SessionClosed, HostUnreachable."""
    async for message in line:
        if isinstance(message.data, Exception):  # of the line itself: a heartbeat that was not answered
            raise HostUnreachable(_reason(message.data))
        try:
            frame = frames.decode_from_host(message.data)
            if isinstance(frame, Ready):
                return msgspec.convert(frame.info, ReadyInfo)
        except (frames.FrameError, msgspec.ValidationError, TypeError):
            raise HostUnreachable("READY?", OTHER_PROTOCOL) from None
        if isinstance(frame, Closed):
            raise SessionClosed(frame.id, frame.data)
    raise HostUnreachable(f"WebSocket {line.close_code}")


def _kind_of(error: Exception) -> str:
    """Whether a host is out of reach, not to be trusted, or something else than a host."""
    if isinstance(getattr(error, "certificate_error", error), ssl.SSLCertVerificationError | ssl.CertificateError):
        return UNTRUSTED
    if isinstance(getattr(error, "os_error", error), ssl.SSLError):
        return OTHER_PROTOCOL
    return OTHER_PROTOCOL if getattr(error, "status", None) in NO_LINE_HERE else UNREACHABLE


def _reason(error: Exception) -> str:
    """Why, short enough for the message line: of aiohttp's long texts only the heart."""
    cause: Any = getattr(error, "os_error", None) or getattr(error, "certificate_error", None) or error
    if isinstance(error, TimeoutError):
        return "timeout"
    if (status := getattr(error, "status", None)) is not None:
        return f"HTTP {status}"
    if isinstance(cause, OSError) and not isinstance(cause, socket.gaierror) and cause.errno:
        return os.strerror(cause.errno)[:REASON_LENGTH]
    return str(getattr(cause, "strerror", None) or cause)[:REASON_LENGTH] or type(error).__name__
