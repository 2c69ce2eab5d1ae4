"""Headless terminals by the thousand, over the wire and nothing else.

A `Wire` is one connection, a `Seat` one workstation on it (several with a branch concentrator); all of them are a
`Fleet` (bench/fleet.py). What a seat says after sign-on is its `Work` (bench/work.py, bench/day.py), which is given
whole answers and returns whole frames. Per turn of the loop a wire writes once, and a flood decodes nothing while the
clock runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import perf_counter_ns
from typing import TYPE_CHECKING, Protocol, cast

from bench import client_frames as cf
from bench.country import Station
from txserver.wire.frames import VERSION, Busy, Closed, Ready, Resume, SignOn, decode_from_host, encode

if TYPE_CHECKING:
    from bench.fleet import Fleet


class DialogueFault(Exception):
    """The host said what it must not say here, or ended a session that should have gone on."""


class Work(Protocol):
    """What a workstation does once signed on."""

    def resume(self, now: int) -> bytes | None:
        """The frame to send when the line is there (again), if one is due."""

    def turn(self, head: int, message: bytes, now: int) -> bytes | None:
        """Take an answer; returns the next frame to send, if one is due. `now` is perf_counter_ns."""


class Idle:
    """The work of a seat that waits."""

    def resume(self, now: int) -> bytes | None:  # noqa: ARG002  nothing is due
        """Nothing."""
        return None

    def turn(self, head: int, message: bytes, now: int) -> bytes | None:  # noqa: ARG002  nothing is expected
        """Only a message of the operator may come."""
        if head != cf.BREAK:
            raise DialogueFault(f"an idle terminal was sent {decode_from_host(message)}")
        return None


class Seat:
    """One workstation: its identity, its session, and the work it does."""

    __slots__ = ("fleet", "info", "line", "sandi", "signed_on", "station", "token", "wire", "work")

    def __init__(self, fleet: Fleet, station: Station, line: int, sandi: str) -> None:
        self.fleet = fleet
        self.station = station
        self.line = line
        self.sandi = sandi
        self.token = ""
        self.signed_on = False
        self.info: dict[str, object] = {}
        self.wire: Wire | None = None
        self.work: Work = Idle()

    def hello(self) -> bytes:
        """The frame that opens the session: with the token if there is one."""
        who = self.station.origin
        names = (self.line, VERSION, who.bank, who.cabang, who.device, who.user)
        return self.fleet.frame(encode(Resume(*names, self.token) if self.token else SignOn(*names, self.sandi)))

    def turn(self, head: int, message: bytes, now: int) -> bytes | None:
        """Take what is not an answer to work: sign-on, BUSY, and the end of the session."""
        if head == cf.READY:
            ready = decode_from_host(message)
            assert isinstance(ready, Ready)
            self.info, self.token, self.signed_on = ready.info, str(ready.info["token"]), True
            self.fleet.note_ready(int(ready.info["waktu_us"]), now)
            return self.work.resume(now)
        if head == cf.BUSY:
            busy = decode_from_host(message)
            assert isinstance(busy, Busy)
            self.fleet.busy += 1
            self.again_in(busy.tunggu_ms / 1_000)
            return None
        if head == cf.CLOSED and not self.signed_on and self.token:
            self.token = ""  # whatever was wrong with it: the password settles it
            return self.hello()
        if head == cf.CLOSED:
            self.signed_on = False
            closed = decode_from_host(message)
            assert isinstance(closed, Closed)
            raise DialogueFault(f"{self.station.origin.perangkat}: CLOSED {closed.id} {closed.data}")
        return self.work.turn(head, message, now)

    def again_in(self, seconds: float) -> None:
        """The same later, unless the session has ended by then: whoever signs on again asks again at once."""
        session = self.info

        def again() -> None:
            if self.info is session:
                self.again()

        self.fleet.loop.call_later(seconds, again)

    def again(self) -> None:
        """Send what is due, if the line is there; if it is not, its return will."""
        if self.signed_on and self.wire is not None and (due := self.work.resume(perf_counter_ns())):
            self.wire.write(due)


class Wire(asyncio.Protocol):
    """One connection: parses the host's frames, and hands each to its seat."""

    __slots__ = ("accept", "fleet", "lines", "seats", "tail", "transport", "write")

    def __init__(self, fleet: Fleet, seats: Sequence[Seat]) -> None:
        self.fleet = fleet
        self.seats = seats
        self.lines = {seat.line: seat for seat in seats}
        self.tail = b""
        self.accept = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Open with the handshake."""
        self.transport = cast("asyncio.Transport", transport)
        self.write = self.transport.write
        request, self.accept = cf.handshake(self.fleet.host, self.fleet.port, self.fleet.rng)
        self.write(request)

    def data_received(self, data: bytes) -> None:
        """Take every whole frame; one write goes back at most."""
        now = perf_counter_ns()
        if self.tail:
            data = self.tail + data
        if self.accept:
            self._shake(data)
            return
        at, end = 0, len(data)
        out: list[bytes] = []
        try:
            while end - at >= 2:
                body = at + 2
                stop = body + data[at + 1]
                if data[at + 1] > cf.SHORT_BYTES_MAX:
                    body, stop = cf.long_frame(data, at)
                if stop > end:
                    break
                if data[at] != cf.FIN_BINARY:
                    self._control(data[at], data[body:stop])
                else:
                    name = data[body + 1]
                    line = data[body + name - 0x9E]  # behind the array head and the name
                    if line > 0x7F:
                        line = _wide(data, body + name - 0x9E)
                    head = name << 8 | data[body + 2]
                    seat = self.lines[line]
                    # Answers to work go straight there; `Seat.turn` takes what is seldom.
                    if name > 0xA6 or head == cf.ANSWER or head == cf.ECHO:  # noqa: PLR1714  a tuple costs more
                        due = seat.work.turn(head, data[body:stop], now)
                    else:
                        due = seat.turn(head, data[body:stop], now)
                    if due is not None:
                        out.append(due)
                at = stop
        except (DialogueFault, KeyError, IndexError) as error:
            self.fleet.fail(error)
        self.tail = data[at:]
        if out:
            self.write(out[0] if len(out) == 1 else b"".join(out))

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the fleet, which connects again if it means to."""
        for seat in self.seats:
            seat.signed_on = False
            seat.wire = None
        self.fleet.on_cut(self, exc)

    def _shake(self, data: bytes) -> None:
        head, end, rest = data.partition(b"\r\n\r\n")
        if not end:
            self.tail = data
            return
        if not cf.is_switched(head, self.accept):
            self.fleet.fail(DialogueFault(f"the handshake was answered {head[:60]!r}"))
            return
        self.accept, self.tail = b"", b""
        for seat in self.seats:
            seat.wire = self
        self.write(b"".join(seat.hello() for seat in self.seats))
        if rest:
            self.data_received(rest)

    def _control(self, first: int, payload: bytes) -> None:
        if first == cf.PING:
            self.write(cf.pong(payload, cf.mask_of(self.fleet.rng)))
        elif first == cf.CLOSE:
            self.transport.close()
        else:
            raise DialogueFault(f"a frame with first byte {first:#x}")


def _wide(data: bytes, at: int) -> int:
    """A line number above 127, as msgpack writes it."""
    wide = {0xCC: 1, 0xCD: 2}[data[at]]
    return int.from_bytes(data[at + 1 : at + 1 + wide], "big")
