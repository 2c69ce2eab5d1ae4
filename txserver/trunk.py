"""The trunk between an edge process and the host's core: what all its lines say, over one stream.

A block is 4 bytes of length (big-endian) and a msgpack array of records, each [kind, number, content]:

    edge to core   OPEN line n             MESSAGE line n, content     GONE line n             ASK number, call
    core to edge   MESSAGE line n, content CLOSE line n, code 2 and reason     PAGE number, page       STOP

Call and page are those of `txserver.pages`, in msgpack.

Each side writes one block per turn of its event loop, packed and unpacked in one call however many records there are
(5% fewer instructions a deposit than a header for each). The stream is a socket pair made by the core: nobody else can
speak on it, and when one side dies the other sees the end.

Neither side lets the other fall behind without end. While more than `BEHIND_BYTES_MAX` wait for the core, a line whose
message comes is not read any further; while as much waits for the edge, the core takes nothing more from it. The edge
always reads the trunk, so that neither waits for the other.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from struct import Struct as Packer
from typing import TYPE_CHECKING, cast

import msgspec

from txserver.pages import Call, Page

if TYPE_CHECKING:
    from txserver.doors import Door, Doors
    from txserver.line import Line

log = logging.getLogger("siskohat")

OPEN, MESSAGE, GONE, ASK, CLOSE, PAGE, STOP = range(1, 8)
INTERNAL_ERROR = 1011
"""WebSocket close code of a line that tripped over a mistake of ours."""

Record = tuple[int, int, bytes]

_short = Packer(">H")
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Record]).decode
_decode_call = msgspec.msgpack.Decoder(Call).decode
_decode_page = msgspec.msgpack.Decoder(Page).decode
HEADER = 4
BEHIND_BYTES_MAX = 1 << 20
"""Some two thousand messages: 15 ms of the core. Without a bound each of 15 flooding peers cost 27 MB of memory."""


def block(records: list[Record]) -> bytes:
    """Records as they travel."""
    body = _encode(records)
    return len(body).to_bytes(HEADER, "big") + body


class Records:
    """Cuts a stream of bytes into records."""

    def __init__(self) -> None:
        self._tail = b""

    def feed(self, data: bytes) -> list[Record]:
        """The records of the blocks that have come whole so far."""
        if self._tail:
            data = self._tail + data
        found: list[Record] = []
        at, end = 0, len(data)
        while end - at >= HEADER:
            start = at + HEADER
            stop = start + int.from_bytes(data[at:start], "big")
            if end < stop:
                break
            found += _decode(data[start:stop])
            at = stop
        self._tail = data[at:]
        return found


class _End(asyncio.Protocol):
    """One end of a trunk: queues records and writes them once per turn."""

    _transport: asyncio.Transport

    def __init__(self) -> None:
        self._records = Records()
        self.outgoing: list[Record] = []
        self._scheduled = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=BEHIND_BYTES_MAX)

    def queue(self, kind: int, number: int, content: bytes = b"") -> None:
        """Add a record to what the next `flush` writes."""
        self.outgoing.append((kind, number, content))

    def flush(self) -> None:
        """Write what is queued."""
        self._scheduled = False
        if self.outgoing:
            self._transport.write(block(self.outgoing))
            self.outgoing.clear()

    def flush_soon(self) -> None:
        """Write what is queued at the end of this turn of the loop."""
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self.flush)


class TrunkPeer:
    """The core's side of one line behind a trunk."""

    __slots__ = ("_number", "_queue", "writer")

    def __init__(self, trunk: CoreTrunk, number: int) -> None:
        self.writer = trunk
        self._queue = trunk.outgoing
        self._number = number

    def send(self, payload: bytes) -> None:
        """Queue one message."""
        self._queue.append((MESSAGE, self._number, payload))

    def close(self, code: int, reason: str) -> None:
        """Have the edge close the line."""
        self.writer.queue(CLOSE, self._number, _short.pack(code) + reason.encode())
        self.writer.flush_soon()


class CoreTrunk(_End):
    """The core's end: lines become doors."""

    def __init__(self, doors: Doors) -> None:
        super().__init__()
        self._all = doors
        self._doors: dict[int, Door] = {}
        self._answering: set[asyncio.Task[None]] = set()

    def data_received(self, data: bytes) -> None:
        doors, now_us = self._doors, self._all.now_us()
        for kind, number, content in self._records.feed(data):
            if kind == MESSAGE:
                try:
                    doors[number].receive(content, now_us)
                except MemoryError:
                    raise  # whatever was half done then: the process ends
                except Exception as error:  # noqa: BLE001  a mistake of ours costs one line, not all of the trunk's
                    self._cut(number, error)
            elif kind == OPEN:
                doors[number] = self._all.open(TrunkPeer(self, number))
            elif kind == GONE:
                doors.pop(number).closed()
            elif kind == ASK:
                task = asyncio.get_running_loop().create_task(self._answer(number, content))
                self._answering.add(task)
                task.add_done_callback(self._answering.discard)
            else:
                raise AssertionError(f"an edge sent record {kind}")

    def _cut(self, number: int, error: Exception) -> None:
        # Without the error's own words, which may quote what was sent.
        log.error("SKH9014 message on line %d: %s", number, type(error).__name__)
        self.queue(CLOSE, number, _short.pack(INTERNAL_ERROR) + b"SKH9014")
        self.flush_soon()

    async def _answer(self, number: int, content: bytes) -> None:
        page = await self._all.page(_decode_call(content))
        self.queue(PAGE, number, msgspec.msgpack.encode(page))
        self.flush_soon()

    def pause_writing(self) -> None:
        """The edge is behind."""
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """It has caught up."""
        self._transport.resume_reading()

    def stop(self) -> None:
        """Have the edge refuse new lines."""
        self.queue(STOP, 0)
        self.flush_soon()

    def hang_up(self) -> None:
        """End the trunk, and with it the edge process."""
        self.flush()
        self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - how it ended changes nothing
        for door in list(self._doors.values()):
            door.closed()
        self._doors.clear()


class Channel:
    """The edge's side of one line: a listener whose messages travel on the trunk."""

    __slots__ = ("_number", "_trunk")

    def __init__(self, trunk: EdgeTrunk, number: int) -> None:
        self._trunk = trunk
        self._number = number

    def receive(self, message: bytes) -> None:
        """One message came."""
        trunk = self._trunk
        trunk.queue(MESSAGE, self._number, message)
        trunk.flush_soon()
        if trunk.is_behind:
            trunk.hold(self._number)

    def closed(self) -> None:
        """The line is gone."""
        self._trunk.gone(self._number)


class EdgeTrunk(_End):
    """The edge's end: doors become lines. `on_lost` is called when the core is gone; `is_stopped` is set by STOP."""

    def __init__(self, on_lost: Callable[[], None]) -> None:
        super().__init__()
        self._lines: dict[int, Line] = {}
        self._asked: dict[int, asyncio.Future[Page]] = {}
        self._next = 0
        self.is_behind = False
        self._held: set[int] = set()
        self._on_lost = on_lost
        self.is_stopped = asyncio.Event()

    def open_line(self, line: Line) -> Channel:
        """Tell the core of a new line."""
        self._next += 1
        self._lines[self._next] = line
        self.queue(OPEN, self._next)
        self.flush_soon()
        return Channel(self, self._next)

    def hold(self, number: int) -> None:
        """Read no more of a line until the core has caught up."""
        if number not in self._held:
            self._held.add(number)
            self._lines[number].pause()

    def pause_writing(self) -> None:
        """The core is behind."""
        self.is_behind = True

    def resume_writing(self) -> None:
        """It has caught up: everybody is read again."""
        self.is_behind = False
        held, self._held = self._held, set()
        for number in held:
            if (line := self._lines.get(number)) is not None:
                line.resume()

    def gone(self, number: int) -> None:
        """Tell the core that a line is gone."""
        del self._lines[number]
        self.queue(GONE, number)
        self.flush_soon()

    async def page(self, call: Call) -> Page:
        """Ask the core what an HTTP request is answered."""
        self._next += 1
        number = self._next
        answer: asyncio.Future[Page] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        self.queue(ASK, number, msgspec.msgpack.encode(call))
        self.flush_soon()
        try:
            return await answer
        finally:
            del self._asked[number]

    def data_received(self, data: bytes) -> None:
        lines, touched = self._lines, []
        for kind, number, content in self._records.feed(data):
            if kind == MESSAGE:
                # A line that is gone is forgotten on this side first: what was on its way to it has no receiver.
                if (line := lines.get(number)) is not None:
                    line.send(content)
                    touched.append(line)
            elif kind == CLOSE:
                if (line := lines.get(number)) is not None:
                    line.flush()
                    line.close(_short.unpack_from(content)[0], content[2:].decode())
            elif kind == PAGE:
                if (answer := self._asked.get(number)) is not None and not answer.done():
                    answer.set_result(_decode_page(content))
            elif kind == STOP:
                self.is_stopped.set()
            else:
                raise AssertionError(f"the core sent record {kind}")
        for line in touched:
            line.flush()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - how it ended changes nothing
        self._on_lost()
