"""A fleet on a transport that only remembers: what is sent after which answer, however the bytes are cut."""

from __future__ import annotations

import asyncio
import random
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import client_frames as cf
from bench.country import build
from bench.day import DayWork, Latencies, Task
from bench.fleet import Fleet
from bench.virtual_terminal import DialogueFault, Seat, Wire
from bench.work import EchoWork, FloodWork
from txserver.wire.frames import (
    Accepted,
    Answer,
    Busy,
    Closed,
    Echo,
    FromHost,
    Ready,
    Refused,
    Resume,
    SignOn,
    decode_from_terminal,
    encode,
)


class Remembering:
    """Stands in for a transport."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.sent.append(data)

    def take(self) -> list[bytes]:
        sent, self.sent = self.sent, []
        return sent


def unmasked(frame: bytes) -> bytes:
    body = 4 if frame[1] & 0x7F == 126 else 2
    return bytes(byte ^ frame[body + at % 4] for at, byte in enumerate(frame[body + 4 :]))


def said(*messages: FromHost) -> bytes:
    """The host's frames for these messages."""
    data = b""
    for message in messages:
        payload = encode(message)
        size = bytes((len(payload),)) if len(payload) < 126 else b"\x7e" + len(payload).to_bytes(2, "big")
        data += b"\x82" + size + payload
    return data


def ready(line: int) -> Ready:
    return Ready(line, {"token": "t" * 60, "waktu_us": 5, "hari": "2004-05-03"})


def opened(lines: int, resilient: bool = False) -> tuple[Fleet, Wire, Remembering]:
    """A wire whose handshake is done and whose seats have sent their sign-on."""
    fleet = Fleet("127.0.0.1", 1, random.Random(1), resilient=resilient)
    [group] = fleet.seat_all([build(lines).stations], "sandi")
    wire, transport = Wire(fleet, group), Remembering()
    wire.connection_made(cast("asyncio.Transport", transport))
    wire.data_received(b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: " + wire.accept + b"\r\n\r\n")
    return fleet, wire, transport


async def test_sign_on_then_echo_until_time_is_up() -> None:
    fleet, wire, transport = opened(1)
    request, hello = transport.take()
    assert request.startswith(b"GET /line ")
    assert isinstance(decode_from_terminal(unmasked(hello)), SignOn)
    fleet.expect(1)
    seat = fleet.seats[0]
    seat.work = EchoWork(fleet, b"frame", stop_ns=1 << 62)
    wire.data_received(said(ready(0)))
    assert transport.take() == [b"frame"]
    seat.work.stop_ns = 0
    wire.data_received(said(Echo(0, 1, b"")))
    assert transport.take() == []
    await fleet.finished()


@given(st.lists(st.integers(1, 40), max_size=30))
def test_however_the_bytes_are_cut_each_line_gets_its_own(cuts: list[int]) -> None:
    async def run() -> None:
        fleet, wire, transport = opened(200)
        for seat in fleet.seats:
            seat.work = FloodWork(fleet, [b"%d:1 " % seat.line, b"%d:2 " % seat.line])
        wire.data_received(said(*(ready(line) for line in range(200))))
        transport.take()
        data = said(*(Accepted(line, 1, 1, 1, False, {"nomor_porsi": "x" * 100}) for line in (3, 0, 130, 199)))
        at = 0
        for cut in [*cuts, len(data)]:
            wire.data_received(data[at : at + cut])
            at += cut
        assert b"".join(transport.take()).split() == [b"3:2", b"0:2", b"130:2", b"199:2"]
        assert fleet.fault is None

    asyncio.run(run())


async def test_a_cut_line_resumes_and_repeats_the_same_frame() -> None:
    fleet, wire, transport = opened(1, resilient=True)
    seat = fleet.seats[0]
    work = seat.work = FloodWork(fleet, [b"one", b"two"])
    fleet.expect(1)
    wire.data_received(said(ready(0)))
    wire.data_received(said(Accepted(0, 1, 1, 1, False, {})))
    wire.connection_lost(None)
    assert fleet.cuts == 1
    again, transport = Wire(fleet, [seat]), Remembering()
    again.connection_made(cast("asyncio.Transport", transport))
    again.data_received(b"HTTP/1.1 101 X\r\n" + again.accept + b"\r\n\r\n")
    assert isinstance(decode_from_terminal(unmasked(transport.take()[-1])), Resume)
    again.data_received(said(Closed(0, "SKH7015", {})))
    assert isinstance(decode_from_terminal(unmasked(transport.take()[-1])), SignOn)
    again.data_received(said(ready(0)))
    assert transport.take() == [b"two"]
    again.data_received(said(Accepted(0, 2, 2, 2, True, {})))
    await fleet.finished()
    assert len(work.asked) == len(work.answered) == 2
    fleet.close()


async def test_busy_is_sent_again_after_the_wait() -> None:
    fleet, wire, transport = opened(1)
    fleet.seats[0].work = FloodWork(fleet, [b"one"])
    wire.data_received(said(ready(0)))
    transport.take()
    wire.data_received(said(Busy(0, 1, 0, "SKH9001")))
    await asyncio.sleep(0.01)
    assert transport.take() == [b"one"]
    assert fleet.busy == 1


async def test_a_wait_of_an_earlier_session_asks_nothing_twice_in_the_next() -> None:
    fleet, wire, transport = opened(1)
    fleet.seats[0].work = FloodWork(fleet, [b"one"])
    wire.data_received(said(ready(0)))
    wire.data_received(said(Busy(0, 1, 5, "SKH9002")))
    transport.take()
    wire.data_received(said(ready(0)))
    assert transport.take() == [b"one"]
    await asyncio.sleep(0.02)
    assert transport.take() == []


async def test_an_answer_out_of_place_ends_the_run() -> None:
    fleet, wire, _ = opened(1)
    fleet.expect(1)
    fleet.seats[0].work = FloodWork(fleet, [b"one"])
    wire.data_received(said(ready(0)))
    wire.data_received(said(Answer(0, 1, {})))
    with pytest.raises(DialogueFault):
        await fleet.finished()


def at_the_counter(fleet: Fleet) -> tuple[Seat, DayWork, Latencies]:
    seat, latencies = fleet.seats[0], Latencies()
    work = DayWork(seat, latencies)
    seat.work = work
    return seat, work, latencies


async def test_a_registration_is_three_round_trips_and_latency_counts_from_the_arrival() -> None:
    fleet, wire, transport = opened(1)
    _, work, latencies = at_the_counter(fleet)
    wire.data_received(said(ready(0)))
    fleet.expect(2)
    assert work.arrive(100, Task(0, b"spph0", b"post0")) == b"spph0"
    assert work.arrive(150, Task(1, b"spph1", b"post1")) is None
    assert work.turn(cf.ANSWER, b"", 400) == b"post0"
    printing = work.turn(cf.ACCEPTED, encode(Accepted(0, 1, 1, 1, False, {"nomor_porsi": "1300000001"})), 500)
    assert printing is not None
    assert b"1300000001" in unmasked(printing)
    assert work.turn(cf.ANSWER, b"", 600) == b"spph1"
    assert work.turn(cf.REFUSED, b"", 900) == b"post1"
    assert work.turn(cf.REFUSED, encode(Refused(0, 2, "SKH2002", {})), 950) is None
    assert [list(row) for row in latencies.by_step.values()] == [[300, 750], [100, 50], [100]]
    assert list(latencies.whole) == [500, 800]
    await fleet.finished()
    assert transport


async def test_a_lost_answer_is_asked_for_again_unchanged() -> None:
    fleet, _, _ = opened(1)
    _, work, _ = at_the_counter(fleet)
    fleet.expect(1)
    work.arrive(0, Task(0, b"spph", b"post", lose=True))
    work.turn(cf.ANSWER, b"", 1)
    first = encode(Accepted(0, 1, 7, 1, False, {"nomor_porsi": "1300000001"}))
    assert work.turn(cf.ACCEPTED, first, 2) == b"post"
    assert work.turn(cf.ACCEPTED, encode(Accepted(0, 1, 7, 1, True, {"nomor_porsi": "1300000001"})), 3) != b"post"
    assert [(stan, message) for stan, _, _, message in work.dropped] == [(1, first)]
    assert len(work.answers) == 1
