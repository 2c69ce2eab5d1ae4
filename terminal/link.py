"""The connection of one workstation: numbers requests, waits, connects again, asks again.

What always holds:

- At most one request is outstanding, and beside it one step of the evening or pieces of one file. Numbers tell them.
- A POST is on the disk before it leaves and stays there until ACCEPTED or REFUSED has come; after a cut the very
  same bytes go out again. So a lost answer costs a wait, never a second porsi.
- Inquiry numbers start where no STAN of a day will come to, so that a number alone tells which was meant.
- A password is in memory for as long as its question waits, and in no file. A signature is sent once: see SKH9027.

A cut line is never given up: the link ends when the host ends the session or the terminal signs off.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

import msgspec

from ledger.ketentuan import HARI_AWAL
from ledger.kinds import Request
from ledger.records import Origin
from terminal.dial import LINE, Dialler, HostUnreachable, LinkLimits, ReadyInfo, SessionClosed
from terminal.events import HostBusy, LineDown, LineUp, LinkEvent, OperatorBreak, SessionOver
from terminal.kept import KeptFolder, KeptRequest
from terminal.waiting import INQUIRY_FIRST, INQUIRY_LAST, Outstanding, Question, Step, is_piece
from txserver.wire import frames
from txserver.wire.frames import (
    Accepted,
    Answer,
    Approve,
    Break,
    Busy,
    Closed,
    Inquiry,
    Password,
    Post,
    Refused,
    Siar,
)

if TYPE_CHECKING:
    from aiohttp import ClientWebSocketResponse

log = logging.getLogger(__name__)

COME_BACK_LATER = frozenset({"SKH7010", "SKH9002"})  # sessions full, host closing
OTHER_DAY = frozenset({"SKH6001", "SKH6002"})
SIGNED_OFF = "SKH0003"
NO_SESSION = "SKH7001"
STILL_WAITING, STILL_WAITING_MS = "SKH7005", 1000
NOT_FOUND, NEVER_POSTED = "SKH7018", "SKH9011"
DAY_OPENED = "SKH8202"
DOUBLINGS_MAX = 10


class Link:
    """One workstation's line to the host. `monotonic` counts seconds; what o'clock it is, the host says."""

    def __init__(
        self,
        dialler: Dialler,
        kept: KeptFolder,
        *,
        chance: Random,
        limits: LinkLimits | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.info: ReadyInfo | None = None
        self._dialler, self._kept, self._chance, self._monotonic = dialler, kept, chance, monotonic
        self._limits = limits or LinkLimits()
        self._hear: Callable[[LinkEvent], None] = _nobody
        self._who: Origin | None = None
        self._socket: ClientWebSocketResponse | None = None
        self._task: asyncio.Task[None] | None = None
        self._up = asyncio.Event()  # signed on, or over: who waits for it looks at `_over` first
        self._over: SessionClosed | None = None
        self._one, self._one_step = asyncio.Lock(), asyncio.Lock()
        self._waiting = Outstanding()
        self._is_leaving = self._is_refreshing = False
        self._stan, self._nomor = 0, INQUIRY_FIRST - 1
        self._clock = (0, 0.0)  # host time in microseconds, and our counter when we heard it
        self._end(SessionClosed(NO_SESSION, {}))

    def listen(self, hear: Callable[[LinkEvent], None]) -> None:
        """Name the one who is told what happens to the line."""
        self._hear = hear

    def host_us(self) -> int | None:
        """Host time, microseconds since 1970 UTC; None before the host has told it."""
        waktu_us, heard = self._clock
        return waktu_us + int((self._monotonic() - heard) * 1_000_000) if waktu_us else None

    # ---------------------------------------------------------------------------------------- session

    async def sign_on(self, who: Origin, sandi: str) -> ReadyInfo:
        """Open a session: one attempt. Raises HostUnreachable, SessionClosed, KeptUnreadable."""
        await self.close()
        kept = self._kept.read(who)
        names = (who.bank, who.cabang, who.device, who.user)
        socket, info = await self._dialler.open(frames.SignOn(LINE, frames.VERSION, *names, sandi))
        self._who = who
        self._stan = kept.post.stan if kept is not None and kept.post.hari == info.hari else 0
        self._begin(socket, info)
        self._task = asyncio.create_task(self._keep_up(socket), name="link")
        return info

    async def sign_off(self) -> None:
        """End session and connection, and tell the host if the line is up."""
        self._is_leaving = True
        if self._socket is not None and self._task is not None and self._over is None and self._up.is_set():
            with contextlib.suppress(ConnectionError, TimeoutError):
                await self._socket.send_bytes(frames.encode(frames.SignOff(LINE)))
                await asyncio.wait_for(asyncio.shield(self._task), self._limits.signoff_seconds_max)
        await self.close()

    async def close(self) -> None:
        """Drop session and connection without a word. An outstanding request stays kept."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._end(SessionClosed(SIGNED_OFF, {}))
        await self._dialler.close()
        self._task = self._socket = None
        self._is_leaving = self._is_refreshing = False

    # --------------------------------------------------------------------------------------- requests

    async def post(self, body: Request, izin: str = "") -> Accepted | Refused:
        """Send a request that shall become an entry; number it and keep it until it is answered.

        `izin` is the token of an approval. Raises SessionClosed when the session ends first (the request stays kept),
        OSError when it cannot be kept.
        """
        async with self._one:
            return await self._post(await self._next_post(body, izin))

    async def approve(self, body: Request, user: str, sandi: str) -> Accepted | Refused:
        """Have a second person sign a request, then post it.

        The refusal of the signature, SKH9027 if the line was cut, has the number of a question (`is_of_question`), that
        of the request its STAN. Raises as `post`.
        """
        async with self._one:
            post = await self._next_post(body, "")
            nomor = self._next_nomor()
            answer = await self._question(Approve(LINE, nomor, user, sandi, post.stan, post.hari, body))
            if isinstance(answer, Refused):
                return answer
            return await self._post(Post(LINE, post.stan, post.hari, body, str(answer.data["izin"])))

    async def inquire(self, body: frames.Inquiry_) -> Answer | Refused:
        """Ask a question. Raises SessionClosed when the session ends first."""
        async with self._one:
            return await self._question(Inquiry(LINE, self._next_nomor(), body))

    async def change_password(self, lama: str, baru: str) -> Answer | Refused:
        """Change the password of the session's user. Raises SessionClosed."""
        async with self._one:
            answer = await self._question(Password(LINE, self._next_nomor(), lama, baru))
            if isinstance(answer, Answer) and self.info is not None:
                # The token of before is worth nothing any more.
                self.info = msgspec.structs.replace(self.info, token=str(answer.data["token"]))
            return answer

    async def announce(self, tujuan: str, teks: str) -> Answer | Refused:
        """Send an operator's message to a branch, a bank or, with `tujuan` empty, everybody. Raises SessionClosed."""
        async with self._one:
            return await self._question(Siar(LINE, self._next_nomor(), tujuan, teks))

    async def step(self, step: Step) -> Answer | Refused:
        """Have the host do a step of the evening, numbered here, and again after a cut. Raises SessionClosed."""
        async with contextlib.nullcontext() if is_piece(step) else self._one_step:
            return await self._question(msgspec.structs.replace(step, line=LINE, nomor=self._next_nomor()))

    def kept(self) -> KeptRequest | None:
        """The request this device has had no answer to. Raises KeptUnreadable."""
        return self._kept.read(self._who) if self._who is not None else None

    async def ask_again(self, kept: KeptRequest) -> Accepted | Refused:
        """Find out what became of a kept request. Raises SessionClosed.

        Its own user sends the very same POST. Another user only asks: nobody posts in the name of the one before.
        """
        assert self._who is not None, "signed on"
        post = kept.post
        if kept.user == self._who.user:
            async with self._one:
                return await self._settle(post)
        query = frames.InquiryPermintaan(kept.bank, kept.cabang, kept.device, post.stan, post.hari)
        answer = await self.inquire(query)
        self._kept.drop(self._who)
        if isinstance(answer, Answer):
            told = answer.data
            return Accepted(LINE, post.stan, told["seq"], told["waktu_us"], True, told["data"])
        if answer.id == NOT_FOUND:
            return Refused(LINE, post.stan, NEVER_POSTED, {"stan": post.stan, "hari": post.hari})
        return answer

    async def _next_post(self, body: Request, izin: str) -> Post:
        # While the line is down the request is numbered and kept all the same. Only while the business date is
        # being asked for must it wait, or it would go out under the old one.
        if self._is_refreshing or self._over is not None:
            await self._signed_on()
        assert self.info is not None, "signed on"
        return Post(LINE, self._stan + 1, self.info.hari or HARI_AWAL, body, izin)

    async def _post(self, post: Post) -> Accepted | Refused:
        assert self._who is not None, "signed on"
        self._kept.write(self._who, post)
        self._stan = post.stan
        return await self._settle(post)

    def _next_nomor(self) -> int:
        self._nomor = INQUIRY_FIRST if self._nomor >= INQUIRY_LAST else self._nomor + 1
        return self._nomor

    async def _question(self, question: Question) -> Answer | Refused:
        answer = await self._ask(question)
        assert not isinstance(answer, Accepted), "a question is never posted"
        return answer

    async def _settle(self, post: Post) -> Accepted | Refused:
        assert self._who is not None, "signed on"
        answer = await self._ask(post)
        assert not isinstance(answer, Answer), "a post is never answered like an inquiry"
        self._kept.drop(self._who)
        if self._is_other_day(answer):
            await self._refresh()
        return answer

    async def _ask(self, frame: Post | Question) -> Accepted | Refused | Answer:
        """Send until there is an answer: again after BUSY, again over every new connection."""
        message = frames.encode(frame)
        while True:
            socket = await self._signed_on()
            waiting = self._waiting.wait_for(frame)
            patience = self._limits.step_seconds_max if isinstance(frame, Step) else self._limits.answer_seconds_max
            try:
                await socket.send_bytes(message)
                answer = await asyncio.wait_for(waiting.answer, patience)
            except (ConnectionError, TimeoutError):
                await self._cut(socket)
                answer = None
            finally:
                self._waiting.forget(waiting)
            match answer:
                case None if isinstance(frame, Approve) and self._over is None:
                    return Refused(LINE, frame.nomor, "SKH9027", {})
                case None:
                    continue
                case Busy():
                    await self._busy(answer.id, answer.tunggu_ms)
                case Refused() if answer.id == STILL_WAITING:
                    await self._busy(answer.id, STILL_WAITING_MS)
                case _:
                    return answer

    async def _busy(self, id: str, tunggu_ms: int) -> None:
        tunggu_ms = max(1, min(tunggu_ms, self._limits.busy_ms_max))
        self._hear(HostBusy(id, tunggu_ms))
        await asyncio.sleep(tunggu_ms / 1000)

    def _is_other_day(self, answer: Accepted | Refused) -> bool:
        """Whether an answer tells of a business date other than that of READY."""
        if isinstance(answer, Refused):
            return answer.id in OTHER_DAY
        return self.info is not None and answer.data.get("hari", self.info.hari) != self.info.hari

    # ------------------------------------------------------------------------------------- connection

    async def _signed_on(self) -> ClientWebSocketResponse:
        await self._up.wait()
        if self._over is not None:
            raise self._over
        assert self._socket is not None, "up means a socket"
        return self._socket

    def _begin(self, socket: ClientWebSocketResponse, info: ReadyInfo) -> None:
        is_new_day = self.info is not None and self.info.hari != info.hari
        self._stan = info.stan if is_new_day else max(self._stan, info.stan)
        self._socket, self.info, self._over = socket, info, None
        self._clock = (info.waktu_us, self._monotonic())
        self._up.set()

    def _end(self, closed: SessionClosed) -> None:
        self._over, self.info = closed, None
        self._waiting.cut()
        self._up.set()

    async def _cut(self, socket: ClientWebSocketResponse) -> None:
        """Give up a connection; `_keep_up` notices and opens the next."""
        if socket is self._socket and self._over is None:
            self._up.clear()
        await socket.close()

    async def _refresh(self) -> None:
        """Resume over a new connection at once, because only READY tells the business date and its last STAN."""
        if self._socket is not None and self._over is None:
            self._is_refreshing = True
            await self._cut(self._socket)

    async def _keep_up(self, socket: ClientWebSocketResponse) -> None:
        """Read the line; after a cut, resume. Ends with the session."""
        while True:
            closed = await self._read(socket)
            await socket.close()
            if closed is None or closed.id in COME_BACK_LATER:
                self._up.clear()
                self._waiting.cut()
                try:
                    socket = await self._resume(closed.id if closed is not None else "")
                except SessionClosed as error:
                    closed = error
                else:
                    continue
            self._end(closed)
            if not self._is_leaving:
                self._hear(SessionOver(closed.id, closed.data))
            return

    async def _read(self, socket: ClientWebSocketResponse) -> SessionClosed | None:
        """Hand out what the host sends until the line is cut (None) or the session closed."""
        async for message in socket:
            try:
                frame = frames.decode_from_host(message.data)
            except (frames.FrameError, TypeError):  # text, or the error in which a heartbeat without answer ends
                log.info("host sent no frame but %s", type(message.data).__name__)
                return None
            if frame.line != LINE:
                continue
            match frame:
                case Closed():
                    return SessionClosed(frame.id, frame.data)
                case Break():
                    self._day_opened(frame)
                    self._hear(OperatorBreak(frame.id, frame.data))
                case Accepted() | Refused() | Answer() | Busy():
                    self._take(frame)
        return None

    def _day_opened(self, told: Break) -> None:
        """Go on under the business date just opened.

        Nothing of it was posted yet, so the message tells all that a new READY would, and thousands of terminals
        need not resume in the very second the day opens.
        """
        hari = str(told.data.get("hari", ""))
        if told.id == DAY_OPENED and self.info is not None and hari > self.info.hari:
            self.info, self._stan = msgspec.structs.replace(self.info, hari=hari, stan=0), 0

    def _take(self, frame: Accepted | Refused | Answer | Busy) -> None:
        if isinstance(frame, Accepted):
            self._clock = (frame.waktu_us, self._monotonic())
        if not self._waiting.take(frame):
            log.info("answer to no question: %s", type(frame).__name__)

    async def _resume(self, cause: str = "") -> ClientWebSocketResponse:
        """Connect again and again until the session goes on. Raises SessionClosed when it cannot.

        `cause` is the message with which the host went, if it said one.
        """
        assert self._who is not None, "signed on before"
        assert self.info is not None, "signed on before"
        who, doublings = self._who, 0
        names = (who.bank, who.cabang, who.device, who.user)
        if not self._is_refreshing:
            self._hear(LineDown(self.host_us() or 0, cause))
        while True:
            if not self._is_refreshing:
                ceiling = self._limits.retry_seconds_first * 2**doublings
                await asyncio.sleep(self._chance.uniform(0, min(ceiling, self._limits.retry_seconds_max)))
            try:
                resume = frames.Resume(LINE, frames.VERSION, *names, self.info.token)
                socket, info = await self._dialler.open(resume)
            except HostUnreachable as error:
                log.info("SKH9006 %s", error.sebab)
            except SessionClosed as error:
                if error.id not in COME_BACK_LATER:
                    raise
            else:
                self._begin(socket, info)
                if not self._is_refreshing:
                    self._hear(LineUp())
                self._is_refreshing = False
                return socket
            if self._is_refreshing:
                self._is_refreshing = False
                self._hear(LineDown(self.host_us() or 0))
            doublings = min(doublings + 1, DOUBLINGS_MAX)


def _nobody(event: LinkEvent) -> None:
    log.info("nobody listens to %s", type(event).__name__)
