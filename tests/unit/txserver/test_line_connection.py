"""The line behind a real handshake, against peers not written here: aiohttp, websockets, wsproto where installed."""

from __future__ import annotations

import asyncio
import gc
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import aiohttp
import pytest
import uvloop
import websockets
from aiohttp import web
from websockets.frames import Frame, Opcode

from txserver.line import (
    CUT,
    GOING_AWAY,
    NOT_ACCEPTED,
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


def frame(opcode: Opcode, payload: bytes) -> bytes:
    return Frame(opcode, payload).serialize(mask=True)


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
        kinds = {web.RequestHandler, web.Request, web.StreamResponse, aiohttp.http.StreamWriter}
        assert not kinds & {type(thing) for thing in gc.get_objects()}
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
