"""The open loop: pilgrims arrive when they arrive, whether the host has answered or not (profile P1).

A registration is three round trips: the form is called up (INQUIRY SPPH), the deposit posted (POST), the receipt
printed (INQUIRY CETAK). A workstation that waits for an answer keeps newcomers in its own queue. A latency counts
from the intended moment: the arrival for the first message of a pilgrim, the answer before for the next.
"""

from __future__ import annotations

import asyncio
from array import array
from collections import deque
from collections.abc import Sequence
from time import perf_counter_ns
from typing import NamedTuple

from bench import client_frames as cf
from bench.fleet import Fleet
from bench.virtual_terminal import DialogueFault, Seat
from txserver.wire.frames import Accepted, Inquiry, InquiryCetak, decode_from_host, encode

TICK_S = 0.001
"""How often arrivals are looked at: the resolution of the loop's timers."""
NOBODY = "0" * 10
"""No nomor porsi anybody has."""
IDLE, SPPH, POST, AGAIN, CETAK = range(5)


class Task(NamedTuple):
    """One pilgrim at the counter. Without `post` a receipt is printed again and nothing else."""

    form: int
    inquiry: bytes = b""
    post: bytes = b""
    lose: bool = False


class Latencies:
    """Latencies by message in ns, and of whole registrations, of all workstations."""

    def __init__(self) -> None:
        self.by_step: dict[int, array[int]] = {step: array("q") for step in (SPPH, POST, CETAK)}
        self.whole = array("q")
        self.of_all = array("q")
        self.at = array("q")  # when it was answered, beside each of `of_all`


class DayWork:
    """One workstation on the day; `asked`, `answered` and `answers` are those of its POSTs, in STAN order.

    `dropped` holds the answers that got lost: (STAN, asked, answered, message).
    """

    __slots__ = (
        "answered",
        "answers",
        "arrived",
        "asked",
        "dropped",
        "due",
        "fleet",
        "intended",
        "latencies",
        "nomor",
        "nomor_porsi",
        "queue",
        "seat",
        "step",
        "task",
        "unprinted",
    )

    def __init__(self, seat: Seat, latencies: Latencies) -> None:
        self.seat = seat
        self.fleet = seat.fleet
        self.latencies = latencies
        self.asked = array("q")
        self.answered = array("q")
        self.answers: list[bytes] = []
        self.dropped: list[tuple[int, int, int, bytes]] = []
        self.nomor_porsi: dict[int, str] = {}
        self.queue: deque[tuple[int, Task]] = deque()
        self.step = IDLE
        self.task = Task(0)
        self.due = b""
        self.intended = self.arrived = 0
        self.unprinted = 0
        self.nomor = 500_000  # inquiries encoded beforehand count from 1

    def arrive(self, intended: int, task: Task) -> bytes | None:
        """Somebody comes; the frame to send if the workstation is free."""
        self.queue.append((intended, task))
        return self._next() if self.step == IDLE else None

    def resume(self, now: int) -> bytes | None:  # noqa: ARG002  a repeat keeps its first time
        """The message not answered yet."""
        return self.due if self.step != IDLE else None

    def turn(self, head: int, message: bytes, now: int) -> bytes | None:
        """Take an answer and go on with the same pilgrim or the next."""
        if head == cf.BREAK:
            return None
        step = self.step
        if step == SPPH and head in (cf.ANSWER, cf.REFUSED):
            self._note(SPPH, now)
            self.step, self.due = POST, self.task.post
            self.asked.append(now)
            return self.due
        if step in (POST, AGAIN) and head in (cf.ACCEPTED, cf.REFUSED):
            return self._posted(head, message, now)
        if step == CETAK and head in (cf.ANSWER, cf.REFUSED):
            self._note(CETAK, now)
            self.unprinted += head == cf.REFUSED
            return self._leave(now)
        raise DialogueFault(f"step {step} was answered {decode_from_host(message)}")

    def _posted(self, head: int, message: bytes, now: int) -> bytes | None:
        if self.task.lose and self.step == POST:
            self.step = AGAIN
            self.dropped.append((len(self.asked), self.asked[-1], now, message))
            return self.due
        self._note(POST, now)
        self.answers.append(message)
        self.answered.append(now)
        if head == cf.REFUSED:
            return self._leave(now)
        accepted = decode_from_host(message)
        assert isinstance(accepted, Accepted)
        nomor_porsi = self.nomor_porsi[self.task.form] = str(accepted.data["nomor_porsi"])
        return self._print(nomor_porsi)

    def _print(self, nomor_porsi: str) -> bytes:
        self.step = CETAK
        self.nomor += 1
        self.due = self.fleet.frame(encode(Inquiry(self.seat.line, self.nomor, InquiryCetak(nomor_porsi))))
        return self.due

    def _leave(self, now: int) -> bytes | None:
        """The pilgrim at the counter is served."""
        if self.task.post:
            self.latencies.whole.append(now - self.arrived)
        self.step = IDLE
        self.fleet.finish()
        return self._next()

    def _next(self) -> bytes | None:
        """Turn to whoever waits longest."""
        if not self.queue:
            return None
        self.intended, self.task = self.queue.popleft()
        self.arrived = self.intended
        if not self.task.post:
            # Without its porsi (a fault that the answer's own check names) there is nothing to print again.
            return self._print(self.nomor_porsi.get(self.task.form, NOBODY))
        self.step, self.due = SPPH, self.task.inquiry
        return self.due

    def _note(self, step: int, now: int) -> None:
        latencies = self.latencies
        latencies.by_step[step].append(now - self.intended)
        latencies.of_all.append(now - self.intended)
        latencies.at.append(now)
        self.intended = now


class Arrival(NamedTuple):
    """Somebody comes to a workstation at `due` (perf_counter_ns)."""

    due: int
    seat: int
    task: Task


async def run_day(fleet: Fleet, works: Sequence[DayWork], arrivals: Sequence[Arrival]) -> int:
    """Let everybody arrive in time and be served. Returns by how much the generator was late at worst, in ns."""
    fleet.expect(len(arrivals))
    late, at = 0, 0
    while at < len(arrivals) and fleet.fault is None:
        now = perf_counter_ns()
        while at < len(arrivals) and arrivals[at].due <= now:
            arrival = arrivals[at]
            work = works[arrival.seat]
            late = max(late, now - arrival.due)
            due = work.arrive(arrival.due, arrival.task)
            if due is not None and work.seat.wire is not None:
                work.seat.wire.write(due)
            at += 1
        if at < len(arrivals):
            await asyncio.sleep(max(TICK_S, (arrivals[at].due - perf_counter_ns()) / 1e9))
    await fleet.finished()
    return late
