"""One open WebSocket (RFC 6455) to a terminal, its frames taken straight off the transport.

aiohttp does TLS, the HTTP limits and the check of the handshake; then `take_line` moves the connection to a
`Line` and aiohttp forgets it. No task, queue, timer or HTTP object stays per connection: a read of the socket
calls `on_message` directly, once per message.

What always holds:

- `on_message` is called only while the line is open; `on_closed` once, after the last `on_message`.
- Only `flush` writes messages. No pong and no close carries one out early, so a reply that the host flushes
  after its commit is durable when it leaves; what was not flushed before `close` is dropped.
- Whatever a peer sends, the parser raises nothing: it ends the line with a close code. What `on_message`
  raises is the host's fault, goes to the loop's exception handler and cuts this one line.
- A line holds at most one unfinished message of `message_bytes_max`, and `write_buffer_bytes_max` that the
  peer has not read.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from dataclasses import dataclass
from struct import Struct
from typing import TYPE_CHECKING, Final, cast

# Not a public name of aiohttp, and wanted all the same: it unmasks 150 bytes in 0.24 us, plain Python at its
# best (xor of two big integers) in 0.45 us. Should a release move it, this module fails at import.
from aiohttp._websocket.helpers import websocket_mask
from aiohttp.http import WS_KEY, WebSocketReader
from aiohttp.web import HTTPBadRequest, Request, StreamResponse, WebSocketResponse

if TYPE_CHECKING:
    from collections.abc import Callable

SUBPROTOCOL: Final = "siskohat.1"

GOING_AWAY: Final = 1001
PROTOCOL_ERROR: Final = 1002
NOT_ACCEPTED: Final = 1003
NO_CODE: Final = 1005  # never sent: the peer closed without telling why
CUT: Final = 1006  # never sent: the connection ended without a close
NOT_UTF8: Final = 1007
POLICY: Final = 1008
TOO_BIG: Final = 1009
MOMENT_S: Final = 0.7  # there and back over a satellite
CODES_ON_THE_WIRE: Final = frozenset({*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)})

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
OPCODES: Final = frozenset({CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG})
FIN: Final = 0x80
RESERVED_BITS: Final = 0x70
FIN_BINARY: Final = FIN | BINARY
MASKED: Final = 0x80  # set in the second byte of every frame from a client
SHORT_BYTES_MAX: Final = 125  # of a payload whose length fits the second byte; also of any control frame

_SHORT_HEADERS: Final = tuple(bytes((FIN_BINARY, size)) for size in range(SHORT_BYTES_MAX + 1))
_header_16: Final = Struct("!BBH").pack
_header_64: Final = Struct("!BBQ").pack


@dataclass(frozen=True, slots=True)
class LineLimits:
    """What one line may hold; how long a message may take to come whole, and a peer to close with us."""

    message_bytes_max: int = 4096
    write_buffer_bytes_max: int = 256 * 1024
    frame_seconds_max: float = 30.0
    close_seconds_max: float = 2.0


class Line(asyncio.Protocol):
    """The host's end of one WebSocket: `send` any number of messages, then `flush` them in one write.

    `heard` is set by every read: the host's idle sweep clears it, and pings or closes a line still clear.
    `close_code` is 0 while the line is open, then the first code sent or received, or 1006.
    """

    __slots__ = (
        "__weakref__",
        "_close_timer",
        "_fragments",
        "_late_timer",
        "_message_bytes_max",
        "_on_closed",
        "_on_message",
        "_outgoing",
        "_reading",
        "_tail",
        "_transport",
        "close_code",
        "heard",
        "limits",
    )

    _transport: asyncio.Transport  # from connection_made on, which precedes every other call

    def __init__(
        self,
        on_message: Callable[[Line, bytes], None],
        on_closed: Callable[[Line], None],
        limits: LineLimits,
    ) -> None:
        self.limits = limits
        self.heard = True
        self.close_code = 0
        self._on_message = on_message
        self._on_closed = on_closed
        self._message_bytes_max = limits.message_bytes_max
        self._reading = True
        self._tail = b""  # of a frame that has not come whole
        self._fragments: bytearray | None = None  # of a message that has not come whole
        self._outgoing: list[bytes] = []
        self._close_timer: asyncio.TimerHandle | None = None
        self._late_timer: asyncio.TimerHandle | None = None  # while a message has not come whole

    @property
    def writer(self) -> Line:
        """A line writes its own answers."""
        return self

    # ---------------------------------------------------------------------------------------------- what the host calls

    def send(self, payload: bytes) -> None:
        """Queue one binary message. A line that is closing or closed takes it and forgets it."""
        if self.close_code:
            return
        size = len(payload)
        if size <= SHORT_BYTES_MAX:
            header = _SHORT_HEADERS[size]
        elif size < 1 << 16:
            header = _header_16(FIN_BINARY, 126, size)
        else:
            header = _header_64(FIN_BINARY, 127, size)
        self._outgoing.append(header + payload)

    def flush(self) -> None:
        """Write all queued messages at once: one system call however many there are."""
        outgoing = self._outgoing
        if outgoing:
            self._transport.write(outgoing[0] if len(outgoing) == 1 else b"".join(outgoing))
            outgoing.clear()

    def ping(self) -> None:
        """Ask the peer for a sign of life; its pong sets `heard`."""
        if not self.close_code:
            self._write_control(PING, b"")

    def pause(self) -> None:
        """Read no more for now: its messages come faster than they are answered."""
        if not self.close_code:
            self._transport.pause_reading()

    def resume(self) -> None:
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def close(self, code: int, reason: str = "", *, is_last: bool = False) -> None:
        """Send a close and let the peer answer, for a moment only where a deadline has passed (POLICY, `is_last`).

        Messages not flushed are dropped, those still to come too.
        """
        assert code in CODES_ON_THE_WIRE, code
        if self.close_code:
            return
        self._write_control(CLOSE, code.to_bytes(2, "big") + reason.encode())
        if self.close_code:  # cut: these few bytes were too many
            return
        limit_s = self.limits.close_seconds_max
        self._begin_closing(code, min(limit_s, MOMENT_S) if is_last or code == POLICY else limit_s)

    # ----------------------------------------------------------------------------------------- what the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclasses of asyncio.Transport, so that an isinstance check would fail.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=self.limits.write_buffer_bytes_max)

    def data_received(self, data: bytes) -> None:
        """Take every whole frame of `data`, keep the rest. Nearly always that is one short binary message."""
        self.heard = True
        if self._tail:
            data = self._tail + data
        at, end, has_ended = 0, len(data), False
        while self._reading and end - at >= 2:
            first, length, body = data[at], data[at + 1] - MASKED, at + 6
            if length > SHORT_BYTES_MAX:
                body += 2 if length == 126 else 8
                if end < body:
                    break
                length = _long_length(data, at + 2, body - 4)
            usual = first == FIN_BINARY and 0 <= length <= self._message_bytes_max and self._fragments is None
            if not usual and (code := self._fault(first, length)):
                self._fail(code)
                break
            stop = body + length
            if end < stop:
                break
            payload = bytearray(data[body:stop])
            websocket_mask(data[body - 4 : body], payload)
            at = stop
            if not usual:
                self._take(first, payload)
                has_ended = has_ended or self._fragments is None
            elif not self.close_code:
                has_ended = True
                self._on_message(self, bytes(payload))
        self._tail = data[at:] if self._reading else b""
        if self._late_timer is not None or self._tail or self._fragments is not None:
            self._time_the_rest(has_ended)

    def pause_writing(self) -> None:
        """Cut the line: more than `write_buffer_bytes_max` wait for a peer that does not read."""
        self.close_code = self.close_code or CUT
        self._reading = False
        self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  how it ended changes nothing
        self.close_code = self.close_code or CUT
        self._reading = False
        self._outgoing.clear()
        for timer in (self._close_timer, self._late_timer):
            if timer is not None:
                timer.cancel()
        on_closed = self._on_closed
        # The callbacks lead to the session and the session to this line: the circle is cut here, so that both
        # go without the collector.
        self._on_message, self._on_closed = _no_message, _no_close
        on_closed(self)

    # --------------------------------------------------------------------------------------------- frames, seldom kinds

    def _fault(self, first: int, length: int) -> int:
        """Judge the header of a frame before its payload is waited for: the close code it earns, or 0."""
        opcode = first & 0x0F
        if length < 0 or first & RESERVED_BITS or opcode not in OPCODES:
            return PROTOCOL_ERROR
        if opcode >= CLOSE:
            return 0 if first & FIN and length <= SHORT_BYTES_MAX else PROTOCOL_ERROR
        if (opcode == CONTINUATION) != (self._fragments is not None):
            return PROTOCOL_ERROR
        if opcode == TEXT:
            return NOT_ACCEPTED
        return TOO_BIG if length + len(self._fragments or b"") > self._message_bytes_max else 0

    def _take(self, first: int, payload: bytearray) -> None:
        """Take a frame that is no whole binary message; `_fault` has let its header pass."""
        opcode = first & 0x0F
        if opcode == PING and not self.close_code:
            self._write_control(PONG, payload)
        elif opcode == CLOSE:
            self._take_close(payload)
        elif opcode in {BINARY, CONTINUATION}:
            self._fragments = payload if self._fragments is None else self._fragments + payload
            if first & FIN:
                message, self._fragments = bytes(self._fragments), None
                if not self.close_code:
                    self._on_message(self, message)

    def _time_the_rest(self, has_ended: bool) -> None:
        """Give what has begun, a frame or a message of several, until its own deadline to come whole."""
        is_unfinished = self._reading and (bool(self._tail) or self._fragments is not None)
        if self._late_timer is not None and (has_ended or not is_unfinished):
            self._late_timer.cancel()
            self._late_timer = None
        if is_unfinished and self._late_timer is None:
            loop = asyncio.get_running_loop()
            self._late_timer = loop.call_later(self.limits.frame_seconds_max, self._fail, POLICY, "slow")

    def _take_close(self, payload: bytearray) -> None:
        code = int.from_bytes(payload[:2], "big") if payload else NO_CODE
        if payload and (len(payload) == 1 or code not in CODES_ON_THE_WIRE):
            self._fail(PROTOCOL_ERROR)
        elif not _is_utf8(payload[2:]):
            self._fail(NOT_UTF8)
        else:
            self._reading = False
            if not self.close_code:
                self._write_control(CLOSE, payload[:2])
                self._begin_closing(code, self.limits.close_seconds_max)
            self._transport.close()

    # ---------------------------------------------------------------------------------------------------------- the end

    def _fail(self, code: int, reason: str = "") -> None:
        """End a line whose bytes make no sense any more, but read on, unparsed, until the peer has closed.

        Closing a socket with unread bytes would reset it, and the peer lose answers on their way.
        """
        self._reading = False
        self._fragments = None
        self._tail = b""
        self.close(code, reason)
        if self._transport.can_write_eof() and self.close_code != CUT:  # not on TLS, where the timer ends the wait
            self._transport.write_eof()

    def _begin_closing(self, code: int, limit_s: float) -> None:
        assert self._close_timer is None
        self.close_code = code
        self._outgoing.clear()
        self._close_timer = asyncio.get_running_loop().call_later(limit_s, self._transport.abort)

    def _write_control(self, opcode: int, payload: bytes | bytearray) -> None:
        assert len(payload) <= SHORT_BYTES_MAX, len(payload)
        self._transport.write(bytes((FIN | opcode, len(payload))) + payload)


async def take_line(request: Request, make: Callable[[], Line]) -> StreamResponse:
    """Answer a WebSocket handshake and move the connection from aiohttp to a new `Line`.

    `make` is called when nothing can fail any more. The graceful shutdown of aiohttp no longer knows the
    connection: the host closes its lines in `on_shutdown`, and from then on refuses before this call.
    """
    response = _switching_protocols(request)
    await response.prepare(request)
    transport = request.transport
    if transport is None:  # lost meanwhile
        return response
    early = _release(request)
    try:
        line = make()
        transport.set_protocol(line)
        line.connection_made(transport)
        if early:
            line.data_received(early)
    except BaseException:  # nobody else would ever close it
        transport.abort()
        raise
    return response


def _switching_protocols(request: Request) -> StreamResponse:
    """Let aiohttp judge the handshake; the answer without compression, and without a reader of aiohttp's."""
    ready = WebSocketResponse(protocols=(SUBPROTOCOL,)).can_prepare(request)
    if not ready.ok or ready.protocol is None:
        raise HTTPBadRequest(text=f"This is a WebSocket, version 13, subprotocol {SUBPROTOCOL}.\n")
    key = request.headers["Sec-WebSocket-Key"].encode()
    accept = base64.b64encode(hashlib.sha1(key + WS_KEY, usedforsecurity=False).digest()).decode()
    headers = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Accept": accept,
        "Sec-WebSocket-Protocol": SUBPROTOCOL,
    }
    response = StreamResponse(status=101, headers=headers)
    response.force_close()  # there is no next HTTP request
    return response


def _release(request: Request) -> bytes:
    """Make aiohttp let go of the connection; what it has read behind the handshake comes back.

    It is told that the connection is lost, which it must bear at any moment: timers, the entry in the list of
    connections and, once the handler returns, the task go. Without a transport it cannot write or close.
    """
    handler = request.protocol
    early = _EarlyBytes()
    handler.set_parser(cast("WebSocketReader", early))
    handler.transport = None
    handler.connection_lost(None)
    return early.data


class _EarlyBytes:
    """Stands in for aiohttp's frame reader, to be given the bytes that came behind the handshake."""

    def __init__(self) -> None:
        self.data = b""

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        self.data += data
        return False, b""

    def feed_eof(self) -> None:
        """Told by `connection_lost`; nothing is waiting here."""


def _long_length(data: bytes, at: int, stop: int) -> int:
    """Read a length of 2 or 8 bytes, or -1 for one that fits a shorter form."""
    if stop - at == 2:
        length = data[at] << 8 | data[at + 1]
        return length if length > SHORT_BYTES_MAX else -1
    length = int.from_bytes(data[at:stop], "big")
    return length if length >= 1 << 16 else -1


def _is_utf8(text: bytes | bytearray) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _no_message(line: Line, message: bytes) -> None:
    raise AssertionError(f"{len(message)} bytes on {line} after its end")


def _no_close(line: Line) -> None:
    raise AssertionError(f"{line} closed twice")
