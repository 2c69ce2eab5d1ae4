"""`siskohat-server siar`: an operator's message, sent over the line protocol by an ordinary session.

No side door: the console signs on with user, password and a device of its own, and the host asks about authority
as it asks everybody.
"""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

from ledger.messages import MESSAGES, first_level
from txserver.wire.frames import (
    SUBPROTOCOL,
    Answer,
    Busy,
    Closed,
    FrameError,
    FromHost,
    FromTerminal,
    Ready,
    Refused,
    Siar,
    SignOff,
    SignOn,
    decode_from_host,
    decode_from_terminal,
    encode,
)

Expected = TypeVar("Expected", Ready, Answer)

LINE = 0
ANSWER_SECONDS_MAX = 90.0
"""How long one answer is waited for: at opening, passwords of all branches keep the host busy for 40 s."""
ANSWER_BYTES_MAX = 1 << 20


class ConsoleError(Exception):
    """The message was not sent; `str` is the reason, as it is shown."""


async def send(url: str, sign_on: SignOn, tujuan: str, teks: str, ca_file: Path | None = None) -> int:
    """Send a message; returns how many sessions it reached. Raises ConsoleError.

    `ca_file` is trusted beside nothing else for a `wss://` address; None means the system's trust.
    """
    try:
        async with (
            asyncio.timeout(ANSWER_SECONDS_MAX),
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=_trust(ca_file))) as http,
            http.ws_connect(f"{url}/line", protocols=(SUBPROTOCOL,), max_msg_size=ANSWER_BYTES_MAX) as line,
        ):
            await _ask(line, sign_on, Ready)
            answer = await _ask(line, Siar(LINE, 1, tujuan, teks), Answer)
            await line.send_bytes(encode(SignOff(LINE)))
            return int(answer.data["n"])
    except TimeoutError:
        raise ConsoleError("the host does not answer") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise ConsoleError(f"{url}: {error}") from None


async def _ask(line: aiohttp.ClientWebSocketResponse, frame: FromTerminal, expected: type[Expected]) -> Expected:
    """Say something and wait for the answer. Raises ConsoleError when it is another one."""
    await line.send_bytes(_checked(frame))
    async for message in line:
        said = _said(message)
        if isinstance(said, expected):
            return said
        if isinstance(said, Closed | Refused):
            raise ConsoleError(_text(said.id, said.data))
        if isinstance(said, Busy):
            raise ConsoleError(_text(said.id, {"tunggu_ms": said.tunggu_ms}))
        # What is left is a BREAK: the message may be for this very session too.
    raise ConsoleError(f"the host ended the connection ({line.close_code})")


def _checked(frame: FromTerminal) -> bytes:
    """What is sent, once it has been read as the host will read it: it would end the connection without a word."""
    try:
        decode_from_terminal(packed := encode(frame))
    except FrameError as error:
        raise ConsoleError(f"{error.field} {error.sebab}".strip()) from None
    return packed


def _said(message: aiohttp.WSMessage) -> FromHost:
    try:
        return decode_from_host(message.data)
    except (FrameError, TypeError):
        raise ConsoleError("the host says what this command does not understand") from None


def _text(id: str, data: dict[str, Any]) -> str:
    return first_level(id, data) if id in MESSAGES else id


def _trust(ca_file: Path | None) -> ssl.SSLContext | bool:
    return True if ca_file is None else ssl.create_default_context(cafile=ca_file)
