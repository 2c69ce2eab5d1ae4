"""The commands that speak to a running host, over the line protocol and as an ordinary session.

No side door: the console signs on with user, password and a device of its own, and the host asks about authority
as it asks everybody.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

import aiohttp

from ledger.kinds import Request
from ledger.messages import MESSAGES, first_level
from txserver.wire.frames import (
    SUBPROTOCOL,
    Accepted,
    Answer,
    Approve,
    Busy,
    Closed,
    FrameError,
    FromHost,
    FromTerminal,
    Inquiry,
    Inquiry_,
    Post,
    Ready,
    Refused,
    Siar,
    SignOff,
    SignOn,
    Unggah,
    decode_from_host,
    decode_from_terminal,
    encode,
)

Expected = TypeVar("Expected", Ready, Answer, Accepted)

LINE = 0
ANSWER_SECONDS_MAX = 90.0
"""How long one answer is waited for: at opening, passwords of all branches keep the host busy for 40 s."""
STEP_SECONDS_MAX = 3600.0
"""The same for a step of the evening."""
LOOK_SECONDS = 1.0
"""How often the host is asked how far a step has come."""
ANSWER_BYTES_MAX = 1 << 24
PIECES_AT_FIRST = 2
LONG_WAY_S = 0.02
"""A piece that is answered later than this was long on its way: more of them keep the line full."""


class ConsoleError(Exception):
    """It was not done; `str` is the reason, as it is shown."""


class Misused(ConsoleError):
    """The command leaves open what it is about; nothing was asked."""


class Unreachable(ConsoleError):
    """The host does not answer, or ended the connection."""


class Turned(ConsoleError):
    """The host refused; `id` and `data` are its message."""

    def __init__(self, id: str, data: dict[str, Any]) -> None:
        super().__init__(first_level(id, data) if id in MESSAGES else id)
        self.id, self.data = id, data


class Console:
    """One session. `info` is what READY told; STANs go on from there."""

    def __init__(self, line: aiohttp.ClientWebSocketResponse) -> None:
        self._line = line
        self._nomor = 0
        self._stan = 0
        self.info: dict[str, Any] = {}

    async def sign_on(self, sign_on: SignOn) -> None:
        """Begin. Raises ConsoleError."""
        self.info = (await self._ask(sign_on, Ready)).info
        self._stan = int(self.info["stan"])

    async def ask(self, query: Inquiry_) -> dict[str, Any]:
        """The answer to an inquiry. Raises ConsoleError."""
        return (await self._ask(Inquiry(LINE, self.nomor(), query), Answer)).data

    async def tell(self, frame: FromTerminal) -> dict[str, Any]:
        """The answer to a message that carries a number. Raises ConsoleError."""
        return (await self._ask(frame, Answer)).data

    async def tell_all(self, pieces: Iterable[Unggah], show: Callable[[int], None]) -> None:
        """Send the pieces of an upload; `show` hears how many bytes are there.

        A few are unanswered at a time, and on a long line more and more, as many as the host lets be: where answers
        come at once a crowd of pieces would only stand before everybody else's requests.

        Raises ConsoleError.
        """
        most = int(self.info.get("upload_pieces_max", 1))
        room, way = min(PIECES_AT_FIRST, most), deque[float]()
        for piece in pieces:
            if len(way) == room:
                show(int((await self._answer()).data["diterima"]))
                if monotonic() - way.popleft() > LONG_WAY_S:
                    room = min(2 * room, most)
            await self._line.send_bytes(_checked(piece))
            way.append(monotonic())
        for _ in way:
            show(int((await self._answer()).data["diterima"]))

    async def _answer(self) -> Answer:
        """The next answer. Raises ConsoleError when it is another, or does not come."""
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            while not isinstance(said := await self._next(), Answer):
                _must_go_on(said)
        return said

    async def post(self, body: Request, penyetuju: str = "", sandi: str = "", *, stan: int = 0) -> Accepted:
        """Post a request, signed by a second person where one is named; `stan` 0 is the device's next.

        Raises ConsoleError.
        """
        stan, hari = stan or self._stan + 1, str(self.info["hari"])
        izin = ""
        if penyetuju:
            approve = Approve(LINE, self.nomor(), penyetuju, sandi, stan, hari, body)
            izin = str((await self.tell(approve))["izin"])
        self._stan = stan  # also of a request that is refused: in a session the STAN rises
        return await self._ask(Post(LINE, stan, hari, body, izin), Accepted)

    async def run(
        self, frame: FromTerminal, nomor: int, look: Inquiry_ | None, show: Callable[[dict[str, Any]], None]
    ) -> dict[str, Any]:
        """Have the host do a step; meanwhile ask how far it is (`look`). Returns its answer. Raises ConsoleError."""
        await self._line.send_bytes(_checked(frame))
        looking = 0
        end_s = asyncio.get_running_loop().time() + STEP_SECONDS_MAX
        while asyncio.get_running_loop().time() < end_s:
            try:
                said = await asyncio.wait_for(self._next(), LOOK_SECONDS)
            except TimeoutError:
                if look is not None and not looking:
                    looking = self.nomor()
                    await self._line.send_bytes(encode(Inquiry(LINE, looking, look)))
                continue
            if isinstance(said, Answer | Refused) and said.nomor == looking:
                looking = 0
                if isinstance(said, Answer):
                    show(said.data)
            elif isinstance(said, Answer) and said.nomor == nomor:
                if looking:  # the last look is on its way: it must not meet the next question
                    await self._next()
                return said.data
            else:
                _must_go_on(said)
        raise Unreachable("the host does not answer")

    async def sign_off(self) -> None:
        """End."""
        await self._line.send_bytes(encode(SignOff(LINE)))

    def nomor(self) -> int:
        """A number for the next message that carries one."""
        self._nomor += 1
        return self._nomor

    async def _ask(self, frame: FromTerminal, expected: type[Expected]) -> Expected:
        """Say something and wait for the answer. Raises ConsoleError when it is another one."""
        packed = _checked(frame)
        await self._line.send_bytes(packed)
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            while not isinstance(said := await self._next(), expected):
                if isinstance(said, Busy):
                    await asyncio.sleep(said.tunggu_ms / 1000)
                    await self._line.send_bytes(packed)
                else:
                    _must_go_on(said)
        return said

    async def _next(self) -> FromHost:
        message = await self._line.receive()
        if message.type is not aiohttp.WSMsgType.BINARY:
            raise Unreachable(f"the host ended the connection ({self._line.close_code})")
        return _said(message)


def _must_go_on(said: FromHost) -> None:
    """What is left is a BREAK, for instance the very message this session has sent. Raises ConsoleError for others."""
    if isinstance(said, Closed | Refused):
        raise Turned(said.id, said.data)
    if isinstance(said, Busy):
        raise Turned(said.id, {"tunggu_ms": said.tunggu_ms})


@asynccontextmanager
async def signed_on(url: str, sign_on: SignOn, ca_file: Path | None = None) -> AsyncIterator[Console]:
    """A session on a host, signed off at the end. Raises ConsoleError.

    `ca_file` is trusted beside nothing else for a `wss://` address; None means the system's trust.
    """
    try:
        async with (
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust(ca_file))) as http,
            http.ws_connect(f"{url}/line", protocols=(SUBPROTOCOL,), max_msg_size=ANSWER_BYTES_MAX) as line,
        ):
            console = Console(line)
            await console.sign_on(sign_on)
            yield console
            await console.sign_off()
    except TimeoutError:
        raise Unreachable("the host does not answer") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise Unreachable(f"{url}: {error}") from None


async def send(url: str, sign_on: SignOn, tujuan: str, teks: str, ca_file: Path | None = None) -> int:
    """Send an operator's message; returns how many sessions it reached. Raises ConsoleError."""
    async with signed_on(url, sign_on, ca_file) as console:
        answer = await console.tell(Siar(LINE, console.nomor(), tujuan, teks))
        return int(answer["n"])


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


def trust(ca_file: Path | None) -> ssl.SSLContext | bool:
    """What certificates a connection trusts."""
    return True if ca_file is None else ssl.create_default_context(cafile=ca_file)
