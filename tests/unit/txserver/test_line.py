"""The line against peers not written here (aiohttp, websockets, wsproto where installed) and raw sockets."""

from __future__ import annotations

import asyncio
import gc
import socket
import ssl
import struct
import weakref
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import aiohttp
import pytest
import uvloop
import websockets
from aiohttp import web
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
    SUBPROTOCOL,
    TOO_BIG,
    Line,
    LineLimits,
    take_line,
)

HANDSHAKE = (
    b"GET /line HTTP/1.1\r\nHost: host\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: siskohat.1\r\n\r\n"
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


# ------------------------------------------------------------------------------------------------------ through aiohttp


@dataclass
class Host:
    """An echo host: decides all messages of one turn of the loop, then one flush per line."""

    runner: web.AppRunner
    lines: set[Line] = field(default_factory=set)
    batch: list[tuple[Line, bytes]] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)
    limits: LineLimits = SMALL
    scheme: str = "ws"

    @property
    def port(self) -> int:
        return cast("int", self.runner.addresses[0][1])

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/line"

    def make(self) -> Line:
        line = Line(self.on_message, self.on_closed, self.limits)
        self.lines.add(line)
        return line

    def on_message(self, line: Line, message: bytes) -> None:
        if message == b"raise":
            raise ArithmeticError("a fault of the host")
        if not self.batch:
            asyncio.get_running_loop().call_soon(self.decide)
        self.batch.append((line, message))

    def decide(self) -> None:
        batch, self.batch = self.batch, []
        for line, message in batch:
            line.send(message)
        for line in {line for line, _ in batch}:
            line.flush()

    def on_closed(self, line: Line) -> None:
        self.lines.remove(line)
        self.codes.append(line.close_code)


@asynccontextmanager
async def host(limits: LineLimits = SMALL, tls: ssl.SSLContext | None = None, **options: Any) -> AsyncIterator[Host]:
    app = web.Application()
    runner = web.AppRunner(app, shutdown_timeout=5, **options)
    it = Host(runner, limits=limits, scheme="wss" if tls else "ws")

    async def line(request: web.Request) -> web.StreamResponse:
        return await take_line(request, it.make)

    async def shutdown(_: web.Application) -> None:
        for open_line in list(it.lines):
            open_line.close(GOING_AWAY, "")

    app.router.add_get("/line", line)
    app.on_shutdown.append(shutdown)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    try:
        yield it
    finally:
        await runner.cleanup()


# The hook that replaces this fixture belongs into a conftest, where it would double every test of the house.
pytestmark = pytest.mark.filterwarnings("ignore:Overriding the .event_loop_policy. fixture is deprecated")


@pytest.fixture(params=["asyncio", "uvloop"])
def event_loop_policy(request: pytest.FixtureRequest) -> asyncio.AbstractEventLoopPolicy:
    return asyncio.DefaultEventLoopPolicy() if request.param == "asyncio" else uvloop.EventLoopPolicy()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


def connect_websockets(it: Host, **options: Any) -> websockets.connect:
    offered = [websockets.Subprotocol(SUBPROTOCOL)]
    return websockets.connect(it.url, subprotocols=offered, compression=None, **options)


async def test_echo_with_the_client_of_aiohttp() -> None:
    async with (
        host() as it,
        aiohttp.ClientSession() as session,
        session.ws_connect(it.url, protocols=[SUBPROTOCOL], compress=15) as ws,
    ):
        assert ws.protocol == SUBPROTOCOL
        assert not ws.compress
        for size in (0, 1, 125, 126, 300):
            await ws.send_bytes(b"x" * size)
        assert [len(await ws.receive_bytes()) for _ in range(5)] == [0, 1, 125, 126, 300]
        await ws.ping(b"there?")
        await ws.close(code=4000)
        await until(lambda: it.codes == [4000])


async def test_echo_with_the_client_of_websockets() -> None:
    async with host() as it, connect_websockets(it) as ws:
        await ws.send(b"whole")
        await ws.send([b"in ", b"three ", b"parts"])
        assert [await ws.recv(), await ws.recv()] == [b"whole", b"in three parts"]
        await (await ws.ping())
        await ws.send("text")
        with pytest.raises(websockets.ConnectionClosed):
            await ws.recv()
        assert ws.close_code == NOT_ACCEPTED
        await until(lambda: it.codes == [NOT_ACCEPTED])


async def test_the_host_pings_and_hears_the_pong() -> None:
    async with host() as it, connect_websockets(it):
        (line,) = it.lines
        line.heard = False
        line.ping()
        await until(lambda: line.heard)


async def test_echo_with_wsproto() -> None:
    wsproto = pytest.importorskip("wsproto")
    events = pytest.importorskip("wsproto.events")
    async with host() as it:
        reader, writer = await asyncio.open_connection("127.0.0.1", it.port)
        peer = wsproto.WSConnection(wsproto.ConnectionType.CLIENT)
        writer.write(peer.send(events.Request(host="host", target="/line", subprotocols=[SUBPROTOCOL])))
        got: list[object] = []
        while len(got) < 2:
            peer.receive_data(await reader.read(4096))
            for event in peer.events():
                got.append(event)
                if isinstance(event, events.AcceptConnection):
                    writer.write(peer.send(events.Message(data=b"half ", message_finished=False)))
                    writer.write(peer.send(events.Message(data=b"and half")))
        assert bytes(got[1].data) == b"half and half"  # type: ignore[attr-defined]
        writer.close()


@pytest.mark.parametrize("cut", [len(HANDSHAKE), len(HANDSHAKE) + 3, len(HANDSHAKE) + 20, 10, 1000])
async def test_frames_in_the_segment_of_the_handshake_are_not_lost(cut: int) -> None:
    stream = HANDSHAKE + frame(Opcode.BINARY, b"a" * 60) + frame(Opcode.BINARY, b"b" * 150)
    async with host() as it:
        reader, writer = await asyncio.open_connection("127.0.0.1", it.port)
        for part in (stream[:cut], stream[cut:]):
            writer.write(part)
            await asyncio.sleep(0.01)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101")
        assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head
        assert b"Transfer-Encoding" not in head
        assert await reader.readexactly(62) == b"\x82\x3c" + b"a" * 60
        assert await reader.readexactly(154) == b"\x82\x7e\x00\x96" + b"b" * 150
        writer.close()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"siskohat.1", b"chat"),
        (b"Sec-WebSocket-Protocol: siskohat.1\r\n", b""),
        (b"Upgrade: websocket\r\n", b""),
        (b"Version: 13", b"Version: 12"),
        (b"dGhlIHNhbXBsZSBub25jZQ==", b"short"),
    ],
)
async def test_other_handshakes_are_refused_in_http(old: bytes, new: bytes) -> None:
    async with host() as it:
        reader, writer = await asyncio.open_connection("127.0.0.1", it.port)
        writer.write(HANDSHAKE.replace(old, new))
        assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 400")
        assert not it.lines
        writer.close()


async def test_nothing_of_aiohttp_stays_with_an_open_line() -> None:
    async with host(keepalive_timeout=0.02, handler_cancellation=True) as it:
        tasks = len(asyncio.all_tasks())
        reader, writer = await asyncio.open_connection("127.0.0.1", it.port)
        writer.write(HANDSHAKE)
        await reader.readuntil(b"\r\n\r\n")
        server = it.runner.server
        assert server is not None
        await until(lambda: not server.connections and len(asyncio.all_tasks()) == tasks)
        gc.collect()
        kept = {type(thing).__name__ for thing in gc.get_objects()}
        assert not kept & {"RequestHandler", "Request", "StreamWriter"}
        await asyncio.sleep(0.1)  # a keep-alive timer still running would close it now
        writer.write(frame(Opcode.BINARY, b"still here"))
        assert await reader.readexactly(12) == b"\x82\x0astill here"
        writer.close()
        await until(lambda: it.codes == [CUT])


async def test_graceful_shutdown_closes_the_lines_with_1001() -> None:
    async with host() as it, connect_websockets(it) as ws:
        await ws.send(b"before")
        assert await ws.recv() == b"before"
        await it.runner.cleanup()
        with pytest.raises(websockets.ConnectionClosed):
            await ws.recv()
        assert ws.close_code == GOING_AWAY
        await until(lambda: it.codes == [GOING_AWAY])


async def test_a_peer_that_never_answers_the_close_is_cut() -> None:
    async with host(LineLimits(close_seconds_max=0.02)) as it:
        _, writer = await asyncio.open_connection("127.0.0.1", it.port)
        writer.write(HANDSHAKE)
        await until(lambda: len(it.lines) == 1)
        next(iter(it.lines)).close(GOING_AWAY, "")
        await until(lambda: it.codes == [GOING_AWAY])
        writer.close()


async def test_a_peer_that_does_not_read_is_cut() -> None:
    async with host(LineLimits(write_buffer_bytes_max=10_000)) as it:
        loop = asyncio.get_running_loop()
        with socket.create_connection(("127.0.0.1", it.port)) as peer:
            peer.setblocking(False)
            await loop.sock_sendall(peer, HANDSHAKE)
            await until(lambda: len(it.lines) == 1)
            (line,) = it.lines
            for _ in range(10_000):
                line.send(b"x" * 4000)
                line.flush()
                if line.close_code:
                    break
            await until(lambda: it.codes == [CUT])


async def test_a_fault_of_the_host_cuts_only_its_own_line() -> None:
    told: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    async with host() as it, connect_websockets(it) as good, connect_websockets(it) as bad:
        await bad.send(b"raise")
        with pytest.raises(websockets.ConnectionClosed):
            await bad.recv()
        await good.send(b"lives")
        assert await good.recv() == b"lives"
    assert isinstance(told[0]["exception"], ArithmeticError)


async def test_a_fault_of_the_host_in_the_segment_of_the_handshake_cuts_the_line_too() -> None:
    async with host() as it:
        reader, writer = await asyncio.open_connection("127.0.0.1", it.port)
        writer.write(HANDSHAKE + frame(Opcode.BINARY, b"raise"))
        await until(lambda: it.codes == [CUT])
        await reader.read()
        writer.close()


async def test_echo_over_tls(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    server, client = tls
    quick = LineLimits(message_bytes_max=300, close_seconds_max=0.05)  # TLS has no half close to end it sooner
    async with host(quick, tls=server) as it, connect_websockets(it, ssl=client) as ws:
        for size in (1, 150, 300):
            await ws.send(b"x" * size)
            assert await ws.recv() == b"x" * size
        await ws.send(b"x" * 301)
        with pytest.raises(websockets.ConnectionClosed):
            await ws.recv()
        assert ws.close_code == TOO_BIG
        await until(lambda: it.codes == [TOO_BIG])


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A context for the host and one for its peers, of one self-signed certificate."""
    from datetime import UTC, datetime, timedelta
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "host")])
    start = datetime(2020, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, start, start + timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "host.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(path)
    return server, ssl.create_default_context(cafile=path)
