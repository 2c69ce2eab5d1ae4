"""Connections as the host's core sees them: messages in, answers out through a `Peer`; no socket, no HTTP.

Whether the edge lives in this process or in another (txserver.trunk) makes no difference here. Host time is taken
here, once per message, and travels in the request's stamp.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine
from math import inf
from typing import Any

from ledger.records import Refusal
from txserver.approval import ApprovalDesk
from txserver.clock import Clock
from txserver.committer import Committer
from txserver.config import Settings
from txserver.devices import Devices
from txserver.evening.evening import Evening
from txserver.metrics import Metrics
from txserver.pages import Call, Page
from txserver.session import Blame, Check, Connection, Peer, Question, Session, Signed, Ticket, Wanted, Work
from txserver.signon import SignOnDesk

log = logging.getLogger("siskohat")

LOOK_S = 0.1
"""Time between two looks at connections that were never signed on."""
GOING_AWAY, POLICY = 1001, 1008
"""WebSocket close codes that the core gives."""


class Door:
    """One connection: its peer, and what is said on it. `opened_s`: steady time from which it may sign on."""

    __slots__ = ("_doors", "_is_over", "connection", "opened_s", "peer")

    def __init__(self, doors: Doors, peer: Peer, lines_max: int) -> None:
        self._doors = doors
        self.peer = peer
        self.opened_s = 0.0
        self._is_over = False
        self.connection = Connection(peer, lines_max)

    def receive(self, message: bytes, now_us: int = 0) -> None:
        """One message came: to the session, and what it makes of it to the committer or the sign-on desk.

        `now_us` is given where many messages came in one read; else the time is taken here.
        """
        doors = self._doors
        if self._is_over:
            return
        try:
            got = self.connection.receive(message, now_us or doors.now_us())
        except Blame as blame:
            log.warning("SKH7002 sebab=%s", blame)
            self.end(POLICY, "SKH7002")
            return
        if type(got) is Ticket or type(got) is Question:
            doors.committer.submit(got)
            return
        if isinstance(got, Signed):
            doors.submit_signed(got)
        elif isinstance(got, Wanted):
            if doors.is_late(self):
                self.connection.close_line(got.line, "SKH7001", {})
                self.cut()
                return
            doors.sign_on(got)
        elif isinstance(got, Check):
            doors.check(got)
        elif isinstance(got, Work):
            doors.work(got)
        elif isinstance(got, Session):
            doors.devices.leave(got)
            doors.give_time(self)
        doors.committer.touch(self.peer)

    def cut(self) -> None:
        """Nobody signed on here in time."""
        if not self._is_over:
            self.peer.writer.flush()
            self.end(POLICY, "SKH7001")

    def end(self, code: int, reason: str) -> None:
        """Close the line. What still comes before it is closed at its other end is not heard any more."""
        self._is_over = True
        self.peer.close(code, reason)

    def closed(self) -> None:
        """The connection is gone: its devices are free again; a request of it that is queued goes on."""
        self._doors.forget(self)


class Doors:
    """All connections of one host."""

    def __init__(
        self,
        settings: Settings,
        committer: Committer,
        desk: SignOnDesk,
        approvals: ApprovalDesk,
        evening: Evening,
        devices: Devices,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self.committer = committer
        self.devices = devices
        self.now_us = clock.now_us
        self._settings = settings
        self._clock = clock
        self._desk = desk
        self._approvals = approvals
        self._evening = evening
        self._metrics = metrics
        self._doors: set[Door] = set()
        self._young: deque[tuple[float, Door]] = deque()
        """Connections whose time to sign on runs, by its start; some are gone."""
        self._checking: set[asyncio.Task[None]] = set()
        self._closing = False
        self._empty = asyncio.Event()

    def __len__(self) -> int:
        """Open connections."""
        return len(self._doors)

    def open(self, peer: Peer) -> Door:
        """A new connection."""
        door = Door(self, peer, self._settings.lines_per_connection_max)
        self._doors.add(door)
        self.give_time(door)
        if self._closing:
            door.end(GOING_AWAY, "SKH9002")
        return door

    def give_time(self, door: Door) -> None:
        """From now on a connection has its time to sign on: it is new, or a line of it was signed off."""
        door.opened_s = self._clock.steady_s()
        self._young.append((door.opened_s, door))

    def forget(self, door: Door) -> None:
        """A connection is gone."""
        self._doors.discard(door)
        for session in door.connection.end():
            self.devices.leave(session)
        if self._closing and not self._doors:
            self._empty.set()

    async def page(self, call: Call) -> Page:
        """What an HTTP request is answered."""
        if call.path == "/healthz":
            return Page(200, b"ok\n")
        if call.path == "/readyz":
            reason = self.committer.closed_by
            return Page(503, f"{reason}\n".encode()) if reason else Page(200, b"ready\n")
        if call.path == "/metrics":
            return Page(200, self._metrics.page())
        try:
            return await self._evening.page(call)
        except asyncio.CancelledError:
            return Page(503, b"SKH9002\n")
        except Exception as error:  # noqa: BLE001  a mistake of ours must cost one page, not the edge that waits for it
            log.error("SKH9014 page=%s sebab=%s", call.path, type(error).__name__)  # noqa: TRY400
            return Page(500, b"SKH9014\n")

    def sign_on(self, wanted: Wanted) -> None:
        """Check a sign-on beside everything else."""
        self._keep(self._sign_on(wanted))

    def check(self, check: Check) -> None:
        """Check the password of somebody who is signed on, or of his second person, beside everything else."""
        self._keep(self._check(check))

    def work(self, work: Work) -> None:
        """Do a step of the evening beside everything else."""
        self._keep(self._work(work))

    def submit_signed(self, signed: Signed) -> None:
        """Queue a post that a second person has signed."""
        self.committer.submit(self._approvals.ticket_of(signed))

    def is_late(self, door: Door) -> bool:
        """Whether a connection without a session is past its time to sign on.

        Who tries one password after another is held to it too; who waits for a check among thousands is not.
        """
        late_s = self._clock.steady_s() - self._settings.signon_seconds_max
        return door.opened_s < late_s and door.connection.is_alone

    async def sweep(self, pause_s: float) -> None:
        """For ever: close connections on which nobody signed on in time.

        A young one is looked at when its time is up; all of them every `pause_s`, for those signed off long ago.
        """
        next_look_s = self._clock.steady_s() + pause_s
        while True:
            await asyncio.sleep(min(self._next_due_s(), pause_s))
            now_s = self._clock.steady_s()
            late_s = now_s - self._settings.signon_seconds_max
            due: list[Door] = []
            while self._young and self._young[0][0] < late_s:
                due.append(self._young.popleft()[1])
            if now_s >= next_look_s:
                next_look_s = now_s + pause_s
                due = list(self._doors)
            for door in due:
                if door in self._doors and door.opened_s < late_s and door.connection.is_idle:
                    door.cut()

    def _next_due_s(self) -> float:
        """Until the oldest of the young is late. One that comes meanwhile has all of its time before it."""
        if not self._young:
            return inf
        return max(LOOK_S, self._young[0][0] + self._settings.signon_seconds_max - self._clock.steady_s())

    async def close(self) -> None:
        """Tell every session that the host closes, and end every connection."""
        self._closing = True
        for task in self._checking:
            task.cancel()
        for door in list(self._doors):
            for session in door.connection.sessions():
                door.connection.drop(session, "SKH9002", {})
            door.peer.writer.flush()
            door.end(GOING_AWAY, "SKH9002")
        # A peer that answers the close lets go at once; the others are cut by their line's own timer.
        if self._doors:
            await self._empty.wait()

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._checking.add(task)
        task.add_done_callback(self._checking.discard)

    async def _check(self, check: Check) -> None:
        session = check.session
        try:
            await self._approvals.answer(check)
        finally:
            if session.waiting and session.connection.holds(session):  # as below: it must not wait for ever
                session.refuse(check.frame.nomor, "SKH9014", {})
            session.peer.writer.flush()

    async def _work(self, work: Work) -> None:
        session = work.session
        outcome: dict[str, Any] | Refusal = Refusal("SKH9014", {})
        try:
            outcome = await self._evening.answer(work)
        except asyncio.CancelledError:
            outcome = Refusal("SKH9002", {})
            raise
        finally:
            if session.connection.holds(session):
                session.done(work.frame.nomor, outcome)
            session.peer.writer.flush()

    async def _sign_on(self, wanted: Wanted) -> None:
        try:
            await self._desk.check(wanted)
        finally:
            if wanted.connection.is_wanted(wanted):  # the check itself failed: the line must not wait for ever
                wanted.connection.close_line(wanted.line, "SKH9014", {})
            wanted.connection.peer.writer.flush()
