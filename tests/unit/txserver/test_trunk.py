"""Does a trunk carry what lines say, whole, in order, whatever the cuts in the stream?"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from txserver.pages import Call, Page
from txserver.trunk import (
    ASK,
    BEHIND_BYTES_MAX,
    CLOSE,
    GONE,
    HEADER,
    MESSAGE,
    OPEN,
    PAGE,
    CoreTrunk,
    EdgeTrunk,
    Records,
    TrunkPeer,
    block,
)

NOON_US = 1_083_556_800_000_000
record = st.tuples(st.sampled_from((OPEN, MESSAGE, GONE, ASK, CLOSE, PAGE)), st.integers(0, 2**32 - 1), st.binary())


@given(st.lists(record, max_size=8), st.lists(st.integers(1, 40), max_size=30))
def test_any_cut_gives_the_same_records(records: list[tuple[int, int, bytes]], cuts: list[int]) -> None:
    """However the stream is cut into reads, the records come out whole and in order."""
    stream = b"".join(block(records[at : at + 3]) for at in range(0, len(records), 3))
    reader, found, at = Records(), [], 0
    for size in [*cuts, len(stream) + 1]:
        found += list(reader.feed(stream[at : at + size]))
        at += size
    assert found == records


def test_a_header_alone_is_no_record() -> None:
    """A block whose content has not come yet is kept, not given."""
    reader = Records()
    data = block([(MESSAGE, 7, b"abc")])
    assert list(reader.feed(data[:HEADER])) == []
    assert list(reader.feed(data[HEADER:])) == [(MESSAGE, 7, b"abc")]


class FakeLine:
    """A line that notes what it is told."""

    def __init__(self) -> None:
        self.said: list[object] = []

    def send(self, payload: bytes) -> None:
        self.said.append(payload)

    def flush(self) -> None:
        if self.said and self.said[-1] != "flush":
            self.said.append("flush")

    def close(self, code: int, reason: str) -> None:
        self.said.append((code, reason))

    def pause(self) -> None:
        self.said.append("pause")

    def resume(self) -> None:
        self.said.append("resume")


class FakeDoor:
    """A door that answers each message with itself, twice."""

    def __init__(self, peer: TrunkPeer) -> None:
        self.peer = peer
        self.heard: list[bytes] = []
        self.is_closed = False

    def receive(self, message: bytes, now_us: int = 0) -> None:
        assert now_us == NOON_US, "the time of the read travels with every message of it"
        if message == b"trip":
            raise LookupError(message)
        self.heard.append(message)
        self.peer.send(message * 2)
        self.peer.writer.flush()

    def closed(self) -> None:
        self.is_closed = True


class FakeDoors:
    """Stands for the host's doors."""

    def __init__(self) -> None:
        self.opened: list[FakeDoor] = []
        self.now_us = lambda: NOON_US

    def open(self, peer: TrunkPeer) -> FakeDoor:
        self.opened.append(FakeDoor(peer))
        return self.opened[-1]

    async def page(self, call: Call) -> Page:
        return Page(503, call.path.encode(), headers={"Retry-After": call.authorization})


class Pair:
    """Both ends of a trunk on a socket pair."""

    def __init__(self) -> None:
        self.doors = FakeDoors()
        self.lost: list[str] = []
        self.core = CoreTrunk(self.doors)  # type: ignore[arg-type]
        self.edge = EdgeTrunk(lambda: self.lost.append("edge"))


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    """A connected trunk."""
    made, loop = Pair(), asyncio.get_running_loop()
    ours, theirs = socket.socketpair()
    await loop.create_connection(lambda: made.core, sock=ours)
    await loop.create_connection(lambda: made.edge, sock=theirs)
    yield made
    made.core.hang_up()


async def until(condition: Callable[[], object]) -> None:
    """Wait, with a bound, until it holds."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0)


async def test_a_message_goes_to_its_door_and_its_answer_to_its_line(pair: Pair) -> None:
    """Two lines on one trunk do not mix."""
    lines = [FakeLine(), FakeLine()]
    channels = [pair.edge.open_line(line) for line in lines]  # type: ignore[arg-type]
    channels[1].receive(b"b")
    channels[0].receive(b"a")
    await until(lambda: all(line.said for line in lines))
    assert [door.heard for door in pair.doors.opened] == [[b"a"], [b"b"]]
    assert [line.said for line in lines] == [[b"aa", "flush"], [b"bb", "flush"]]


async def test_a_message_the_host_trips_over_costs_its_own_line(pair: Pair) -> None:
    """The others on the trunk, and what came in the same read, go on; the error's words are not passed on."""
    lines = [FakeLine(), FakeLine()]
    channels = [pair.edge.open_line(line) for line in lines]  # type: ignore[arg-type]
    channels[0].receive(b"trip")
    channels[1].receive(b"b")
    await until(lambda: all(line.said for line in lines))
    assert [line.said for line in lines] == [[(1011, "SKH9014")], [b"bb", "flush"]]
    assert pair.lost == []


async def test_the_core_closes_a_line_after_what_it_said(pair: Pair) -> None:
    """A close does not overtake the answer before it."""
    line = FakeLine()
    pair.edge.open_line(line)  # type: ignore[arg-type]
    await until(lambda: pair.doors.opened)
    pair.doors.opened[0].peer.send(b"bye")
    pair.doors.opened[0].peer.close(1001, "SKH9002")
    await until(lambda: len(line.said) >= 3)
    assert line.said[:3] == [b"bye", "flush", (1001, "SKH9002")]


async def test_a_line_that_is_gone_closes_its_door_and_gets_nothing_more(pair: Pair) -> None:
    """What was on its way to it is dropped."""
    line = FakeLine()
    channel = pair.edge.open_line(line)  # type: ignore[arg-type]
    await until(lambda: pair.doors.opened)
    channel.closed()
    pair.doors.opened[0].peer.send(b"late")
    pair.doors.opened[0].peer.writer.flush()
    await until(lambda: pair.doors.opened[0].is_closed)
    page = await pair.edge.page(Call("GET", "/readyz", {"a": "b"}, "7"))
    assert (page, line.said) == (Page(503, b"/readyz", headers={"Retry-After": "7"}), [])


async def test_the_end_of_the_core_ends_the_edge(pair: Pair) -> None:
    """The edge learns at once that nobody is there to answer; STOP comes before."""
    pair.core.stop()
    await until(pair.edge.is_stopped.is_set)
    pair.core.hang_up()
    await until(lambda: "edge" in pair.lost)
    assert "edge" in pair.lost


async def test_the_end_of_an_edge_closes_its_doors(pair: Pair) -> None:
    """Devices of its lines are free again."""
    pair.edge.open_line(FakeLine())  # type: ignore[arg-type]
    await until(lambda: pair.doors.opened)
    pair.edge._transport.abort()
    await until(lambda: pair.doors.opened[0].is_closed)
    assert pair.doors.opened[0].is_closed


async def test_a_line_that_says_more_while_the_core_is_behind_is_not_read_on(pair: Pair) -> None:
    """Once for each, and until the core has caught up; who said nothing is left alone."""
    lines = [FakeLine(), FakeLine(), FakeLine()]
    channels = [pair.edge.open_line(line) for line in lines]  # type: ignore[arg-type]
    channels[0].receive(b"before")
    pair.edge.pause_writing()
    for channel in (channels[0], channels[0], channels[1]):
        channel.receive(b"more")
    channels[1].closed()
    pair.edge.resume_writing()
    channels[0].receive(b"after")
    assert [line.said for line in lines] == [["pause", "resume"], ["pause"], []]
    await until(lambda: pair.doors.opened and len(pair.doors.opened[0].heard) == 4)
    assert pair.doors.opened[0].heard == [b"before", b"more", b"more", b"after"]


async def test_a_core_that_is_ahead_of_its_edge_takes_nothing_more(pair: Pair) -> None:
    """However much is said, what waits on the way back has a bound; all of it is answered in the end."""
    line = FakeLine()
    channel = pair.edge.open_line(line)  # type: ignore[arg-type]
    await until(lambda: pair.doors.opened)
    pair.edge._transport.pause_reading()
    message, waiting = bytes(64 << 10), []
    for _ in range(64):
        channel.receive(message)
        for _ in range(20):
            await asyncio.sleep(0)
        waiting.append(pair.core._transport.get_write_buffer_size())
    assert max(waiting) < 2 * BEHIND_BYTES_MAX
    pair.edge._transport.resume_reading()
    await until(lambda: line.said.count(message * 2) == 64)
    assert len(pair.doors.opened[0].heard) == 64
