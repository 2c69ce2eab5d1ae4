"""The frames of a line on a stub transport, against the frames of the `websockets` library."""

from __future__ import annotations

import asyncio
import gc
import struct
import weakref
from dataclasses import dataclass, field

import pytest
import websockets
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from txserver.line import (
    CODES_ON_THE_WIRE,
    CUT,
    GOING_AWAY,
    NO_CODE,
    NOT_ACCEPTED,
    NOT_UTF8,
    PROTOCOL_ERROR,
    TOO_BIG,
    Line,
    LineLimits,
)

SMALL = LineLimits(message_bytes_max=300)


class StubTransport(asyncio.Transport):
    """Keeps what is written; says whether it was closed, half closed or aborted."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self.writes = 0
        self.ended = ""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert self.ended != "closed"
        self.written += data
        self.writes += 1

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self.high = high

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.ended = "half closed"

    def close(self) -> None:
        self.ended = "closed"

    def abort(self) -> None:
        self.ended = "aborted"


@dataclass
class Seen:
    """A line on a stub transport and what it reported."""

    messages: list[bytes] = field(default_factory=list)
    closed: int = 0

    def __post_init__(self) -> None:
        self.transport = StubTransport()
        self.line = Line(lambda _, message: self.messages.append(message), self.on_closed, SMALL)
        self.line.connection_made(self.transport)

    def on_closed(self, line: Line) -> None:
        assert line is self.line
        self.closed += 1

    def sent(self) -> list[tuple[int, bytes]]:
        """Opcode and payload of each frame the line wrote."""
        frames, data = [], bytes(self.transport.written)
        while data:
            size, start = data[1], 2
            assert size < 128, "a server does not mask"
            if size == 126:
                size, start = int.from_bytes(data[2:4], "big"), 4
            elif size == 127:
                size, start = int.from_bytes(data[2:10], "big"), 10
            assert data[0] & 0x70 == 0
            frames.append((data[0] & 0x0F, data[start : start + size]))
            data = data[start + size :]
        return frames


def frame(opcode: Opcode, payload: bytes, *, fin: bool = True) -> bytes:
    return Frame(opcode, payload, fin=fin).serialize(mask=True)


def run(chunks: list[bytes]) -> Seen:
    """Feed the chunks to a fresh line; the loop is only for its closing timer."""

    async def feed() -> Seen:
        seen = Seen()
        for chunk in chunks:
            seen.line.data_received(chunk)
        gone = seen.line.close_code
        seen.line.connection_lost(None)
        seen.line.close_code = gone
        assert seen.closed == 1
        return seen

    return asyncio.run(feed())


# ---------------------------------------------------------------------------------------------- any chunking, any bytes


@st.composite
def conversations(draw: st.DrawFn) -> tuple[bytes, list[bytes], list[bytes]]:
    """A valid stream of frames, the messages in it, and the payloads of its pings."""
    stream, messages, pings = b"", [], []
    for message in draw(st.lists(st.binary(max_size=300), max_size=6)):
        cuts = sorted(draw(st.lists(st.integers(0, len(message)), max_size=3)))
        parts = [message[a:b] for a, b in zip([0, *cuts], [*cuts, len(message)], strict=True)]
        for n, part in enumerate(parts):
            stream += frame(Opcode.CONT if n else Opcode.BINARY, part, fin=n == len(parts) - 1)
            if draw(st.booleans()):
                pings.append(draw(st.binary(max_size=125)))
                stream += frame(Opcode.PING, pings[-1]) + frame(Opcode.PONG, b"unasked")
        messages.append(message)
    return stream, messages, pings


def chopped(draw: st.DrawFn, stream: bytes) -> list[bytes]:
    cuts = sorted(draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    return [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]


@given(conversations(), st.data())
def test_any_chunking_gives_the_same_messages(
    conversation: tuple[bytes, list[bytes], list[bytes]], data: st.DataObject
) -> None:
    stream, messages, pings = conversation
    seen = run(data.draw(st.composite(chopped)(stream)))
    assert seen.messages == messages
    assert [payload for opcode, payload in seen.sent() if opcode == Opcode.PONG] == pings
    assert seen.line.close_code == 0


def reference(chunks: list[bytes]) -> tuple[list[bytes], bool]:
    """Binary messages the `websockets` library finds in the chunks, and whether it ended the connection."""
    peer = websockets.ServerProtocol(state=websockets.State.OPEN, max_size=SMALL.message_bytes_max)
    for chunk in chunks:
        peer.receive_data(chunk)
    messages, parts = [], b""
    for event in peer.events_received():
        assert isinstance(event, Frame)
        if event.opcode in {Opcode.BINARY, Opcode.CONT, Opcode.TEXT}:
            parts += event.data
            if event.fin:
                messages.append(bytes(parts))
                parts = b""
    return messages, peer.close_sent is not None or peer.parser_exc is not None


@given(conversations(), st.data())
def test_malformed_bytes_end_the_line_and_raise_nothing(
    conversation: tuple[bytes, list[bytes], list[bytes]], data: st.DataObject
) -> None:
    stream = bytearray(conversation[0] + data.draw(st.binary(max_size=40)))
    for at, value in data.draw(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=4)):
        if at < len(stream):
            stream[at] = value
    chunks = data.draw(st.composite(chopped)(bytes(stream)))
    # A line judges a header when its length field is whole, the reference before: so let it become whole.
    chunks.append(bytes(14))
    seen = run(chunks)
    messages, ended = reference(chunks)
    assert seen.messages == messages[: len(seen.messages)]
    assert seen.line.close_code == 0 or seen.line.close_code in CODES_ON_THE_WIRE | {NO_CODE}
    if ended:
        assert seen.line.close_code != 0
    if seen.line.close_code == 0:
        assert seen.messages == messages
    else:
        assert [opcode for opcode, _ in seen.sent()].count(Opcode.CLOSE) == 1


@pytest.mark.parametrize(
    ("stream", "code"),
    [
        pytest.param(b"\x82\x03abc", PROTOCOL_ERROR, id="not masked"),
        pytest.param(b"\x89\x00", PROTOCOL_ERROR, id="short frame not masked"),
        pytest.param(b"\xc2\x80", PROTOCOL_ERROR, id="reserved bit: compression was not negotiated"),
        pytest.param(b"\x83\x80", PROTOCOL_ERROR, id="unknown opcode"),
        pytest.param(b"\x09\x80", PROTOCOL_ERROR, id="fragmented ping"),
        pytest.param(b"\x89\xfe\x00\x7e", PROTOCOL_ERROR, id="ping of 126 bytes, payload still to come"),
        pytest.param(b"\x82\xfe\x00\x7d\0\0\0\0", PROTOCOL_ERROR, id="125 written in 16 bits"),
        pytest.param(b"\x82\xff" + b"\0\0\0\0\0\0\xff\xff" + b"\0\0\0\0", PROTOCOL_ERROR, id="65535 in 64"),
        pytest.param(b"\x80\x80", PROTOCOL_ERROR, id="continuation of nothing"),
        pytest.param(frame(Opcode.BINARY, b"a", fin=False) + b"\x82\x80", PROTOCOL_ERROR, id="message in a message"),
        pytest.param(b"\x81\x85", NOT_ACCEPTED, id="text, payload still to come"),
        pytest.param(b"\x82\xfe\x01\x2d\0\0\0\0", TOO_BIG, id="301 bytes, payload still to come"),
        pytest.param(b"\x82\xff" + b"\xff" * 8 + b"\0\0\0\0", TOO_BIG, id="2^64 - 1 bytes"),
        pytest.param(
            frame(Opcode.BINARY, b"a" * 200, fin=False) + frame(Opcode.CONT, b"a" * 101), TOO_BIG, id="301 in parts"
        ),
        pytest.param(frame(Opcode.CLOSE, b"\x03"), PROTOCOL_ERROR, id="close with half a code"),
        pytest.param(frame(Opcode.CLOSE, struct.pack("!H", NO_CODE)), PROTOCOL_ERROR, id="close 1005"),
        pytest.param(frame(Opcode.CLOSE, b"\x03\xe8\xff"), NOT_UTF8, id="close reason not UTF-8"),
    ],
)
def test_close_code_of_each_fault(stream: bytes, code: int) -> None:
    seen = run([stream, frame(Opcode.BINARY, b"after the fault")])
    assert seen.messages == []
    assert seen.line.close_code == code
    assert seen.sent() == [(Opcode.CLOSE, code.to_bytes(2, "big"))]
    assert seen.transport.ended == "half closed"


# ------------------------------------------------------------------------------------------------------- the host's end


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
async def test_messages_leave_unmasked_with_the_next_flush_in_one_write(size: int) -> None:
    seen = Seen()
    seen.line.send(b"x" * size)
    seen.line.send(b"second")
    assert seen.transport.writes == 0
    seen.line.flush()
    seen.line.flush()
    assert seen.transport.writes == 1
    assert seen.sent() == [(Opcode.BINARY, b"x" * size), (Opcode.BINARY, b"second")]


async def test_neither_pong_nor_close_carries_out_what_is_not_flushed() -> None:
    seen = Seen()
    seen.line.send(b"not durable yet")
    seen.line.data_received(frame(Opcode.PING, b"there?"))
    seen.line.close(GOING_AWAY, "shutting down")
    seen.line.flush()
    assert seen.sent() == [(Opcode.PONG, b"there?"), (Opcode.CLOSE, b"\x03\xe9shutting down")]


async def test_a_closing_line_takes_no_message_and_waits_for_the_peers_close() -> None:
    seen = Seen()
    seen.line.close(GOING_AWAY, "")
    seen.line.close(1000, "only the first counts")
    seen.line.send(b"late")
    seen.line.flush()
    seen.line.ping()
    seen.line.data_received(frame(Opcode.BINARY, b"crossed the close"))
    assert seen.transport.ended == ""
    seen.line.data_received(frame(Opcode.CLOSE, b"\x03\xe9") + b"and rubbish")
    assert seen.transport.ended == "closed"
    assert seen.messages == []
    assert seen.sent() == [(Opcode.CLOSE, b"\x03\xe9")]
    assert seen.line.close_code == GOING_AWAY


@pytest.mark.parametrize(("payload", "code"), [(b"", NO_CODE), (b"\x03\xe8", 1000), (b"\x0f\xa0tutup", 4000)])
async def test_a_close_is_answered_with_its_own_code(payload: bytes, code: int) -> None:
    seen = Seen()
    seen.line.data_received(frame(Opcode.CLOSE, payload))
    assert seen.sent() == [(Opcode.CLOSE, payload[:2])]
    assert seen.transport.ended == "closed"
    assert seen.line.close_code == code


async def test_closing_from_within_on_message_stops_the_messages_behind_it() -> None:
    seen = Seen()
    seen.line._on_message = lambda line, _: line.close(1008, "SKH7002")
    seen.line.data_received(frame(Opcode.BINARY, b"bad") + frame(Opcode.BINARY, b"good"))
    assert seen.sent() == [(Opcode.CLOSE, b"\x03\xf0SKH7002")]
    assert seen.messages == []


async def test_a_pong_that_overflows_the_write_buffer_cuts_the_line_and_ends_reading() -> None:
    seen = Seen()
    write = seen.transport.write

    def overflow(data: bytes | bytearray | memoryview) -> None:
        write(data)
        seen.line.pause_writing()

    seen.transport.write = overflow  # type: ignore[method-assign]
    assert seen.transport.high == SMALL.write_buffer_bytes_max
    seen.line.data_received(frame(Opcode.PING, b"") + frame(Opcode.BINARY, b"behind") + b"\xff\xff")
    seen.line.flush()
    seen.line.close(GOING_AWAY)
    assert seen.sent() == [(Opcode.PONG, b"")]
    assert (seen.messages, seen.line.close_code, seen.transport.ended) == ([], CUT, "aborted")


async def test_the_end_is_told_once_and_frees_the_line_without_the_collector() -> None:
    seen = Seen()
    line = weakref.ref(seen.line)
    seen.session = seen.line  # type: ignore[attr-defined]  # the circle a host makes
    gc.disable()
    try:
        seen.line.connection_lost(ConnectionResetError())
        assert seen.closed == 1
        assert seen.line.close_code == CUT
        del seen
        assert line() is None
    finally:
        gc.enable()


# ------------------------------------------------------------------------------------------ a message takes too long

HASTY = LineLimits(message_bytes_max=300, frame_seconds_max=0.1)
MESSAGE = frame(Opcode.BINARY, b"x" * 40)


async def dribbled(words: list[bytes], pause_s: float = 0.03) -> tuple[Seen, float]:
    """A line that is said these words, with pauses, and the seconds until it was closed."""
    seen = Seen()
    seen.line.limits = HASTY
    loop = asyncio.get_running_loop()
    start_s = loop.time()
    for word in words:
        seen.line.data_received(word)
        await asyncio.sleep(pause_s)
        if seen.line.close_code:
            break
    return seen, loop.time() - start_s


@pytest.mark.parametrize(
    "words",
    {
        "a byte at a time": [bytes((byte,)) for byte in MESSAGE],
        "parts of nothing": [frame(Opcode.BINARY, b"x", fin=False), *[frame(Opcode.CONT, b"", fin=False)] * 40],
        "pings between the parts": [frame(Opcode.BINARY, b"x", fin=False), *[frame(Opcode.PING, b"")] * 40],
        "behind a whole one": [MESSAGE + MESSAGE[:3], *[MESSAGE[3:4]] * 40],
    }.values(),
)
async def test_a_message_has_one_time_from_its_first_byte_to_its_last(words: list[bytes]) -> None:
    seen, took_s = await dribbled(words)
    assert seen.line.close_code == 1008
    assert seen.sent()[-1] == (Opcode.CLOSE, b"\x03\xf0slow")
    assert seen.transport.ended == "half closed"
    assert took_s < 2 * HASTY.frame_seconds_max + 0.1
    seen.line.connection_lost(None)
    assert seen.closed == 1


async def test_each_message_has_its_own_time() -> None:
    """A line that is never at rest, and each message of which comes in two parts, goes on."""
    parts = [MESSAGE[:9], *[MESSAGE[9:] + MESSAGE[:9]] * 8, MESSAGE[9:]]
    seen, took_s = await dribbled(parts)
    assert took_s > 2 * HASTY.frame_seconds_max
    assert (seen.line.close_code, len(seen.messages)) == (0, 9)
    await asyncio.sleep(2 * HASTY.frame_seconds_max)
    assert seen.line.close_code == 0, "nothing waits behind the last one"
    seen.line.connection_lost(None)
