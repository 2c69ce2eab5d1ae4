"""Peers that mean no good, in crowds: how each behaves, and when it is off.

    python -m tests.proof.crowds    the siege as JSON on standard input (`Siege`); prints `Off` as JSON when all are off

A process of its own, so that what the crowd costs is not measured in those who are to be served beside it.
"""

from __future__ import annotations

import asyncio
import os
import resource
import select
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from random import Random
from time import monotonic

import msgpack
import msgspec
import uvloop
from msgspec import Struct

from bench.client_frames import frame, handshake, mask_of

DRIBBLE_S = 0.3
"""Between two words of a peer that says little."""
DEAF_WORD_S = 1.0
NICE = 10
"""The crowd is not on the host's machine: what it costs itself shall not slow down those it is held against."""
RECEIVE_BYTES = 4_096
SIGNED_ON = "READY"
DEEP = b"\x93\xa7SIGNOFF\x00" + b"\x91" * 3_000 + b"\x01"


class Siege(Struct, frozen=True):
    """So many peers of each kind against a host. `people` are those who may sign on, with one password."""

    host: str
    port: int
    kinds: tuple[str, ...]
    count: int
    people: tuple[tuple[str, str, str, str], ...]
    sandi: str
    give_up_s: float = 20.0
    per_second: float = 250.0
    """How many come in a second."""


class Off(Struct):
    """How many of a kind came to their end, and the longest that one lasted, in seconds from its last honest word."""

    off: int = 0
    longest_s: float = 0.0


class Peer:
    """One of a crowd, on its own connection."""

    def __init__(self, siege: Siege, number: int) -> None:
        self.siege = siege
        self.number = number
        self.rng = Random(number)
        self.start_s = 0.0

    async def connect(self) -> None:
        """A connection whose receiving end is small, for those who never read."""
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, (self.siege.host, self.siege.port))
        self.reader, self.writer = await asyncio.open_connection(sock=sock)
        self.start_s = monotonic()

    async def open(self) -> None:
        """A line."""
        await self.connect()
        request, _ = handshake(self.siege.host, self.siege.port, self.rng)
        self.writer.write(request)
        assert b"101" in await self.reader.readuntil(b"\r\n\r\n")
        self.start_s = monotonic()

    async def sign_on(self) -> None:
        """A line with somebody on it."""
        await self.open()
        who = self.siege.people[self.number]
        self.say("SIGNON", 0, 1, *who, self.siege.sandi)
        told = b""
        while SIGNED_ON.encode() not in told:
            got = await self.reader.read(65_536)
            assert got, told
            told += got
        self.start_s = monotonic()

    def framed(self, *message: object) -> bytes:
        return frame(msgpack.packb(list(message)), mask_of(self.rng))

    def say(self, *message: object) -> None:
        self.writer.write(self.framed(*message))

    async def until_off(self, word: Callable[[], bytes] | None = None) -> float:
        """Say a word now and then until the host has ended it; the seconds that took."""
        try:
            while monotonic() - self.start_s < self.siege.give_up_s:
                try:
                    if not await asyncio.wait_for(self.reader.read(65_536), DRIBBLE_S):
                        break
                except TimeoutError:
                    if word is not None:
                        self.writer.write(word())
        except ConnectionError:
            pass
        self.writer.transport.abort()
        return monotonic() - self.start_s

    async def deaf_until_off(self, word: bytes) -> float:
        """The same, and read nothing: the kernel is asked whether the connection still stands."""
        sock = self.writer.get_extra_info("socket")
        asked = select.poll()
        asked.register(sock.fileno(), 0)
        next_s = 0.0
        while not asked.poll(0) and monotonic() - self.start_s < self.siege.give_up_s:
            if monotonic() > next_s and not self.writer.transport.is_closing():
                self.writer.write(word)
                next_s = monotonic() + DEAF_WORD_S
            await asyncio.sleep(DRIBBLE_S / 2)
        self.writer.transport.abort()
        return monotonic() - self.start_s


def dribble(data: bytes) -> Callable[[], bytes]:
    """One byte at a time; the last one never comes."""
    rest: Iterator[int] = iter(data[:-1])
    return lambda: bytes((byte,)) if (byte := next(rest, None)) is not None else b""


async def silent(peer: Peer) -> float:
    """A connection, and not a word."""
    await peer.connect()
    return await peer.until_off()


async def slow_head(peer: Peer) -> float:
    """The head of its request a byte at a time."""
    await peer.connect()
    return await peer.until_off(dribble(b"GET /line HTTP/1.1\r\nX-A: " + b"a" * 4_000))


async def deaf_http(peer: Peer) -> float:
    """Asks for a page again and again, and reads none."""
    await peer.connect()
    peer.writer.transport.pause_reading()
    request = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    peer.writer.write(request * 24)
    return await peer.deaf_until_off(request)


async def unsigned(peer: Peer) -> float:
    """A line on which nobody signs on, with messages that want it."""
    await peer.open()
    echo = peer.framed("ECHO", 0, 1, b"x")
    return await peer.until_off(lambda: echo)


async def slow_sign_on(peer: Peer) -> float:
    """A sign-on a byte at a time."""
    await peer.open()
    return await peer.until_off(dribble(peer.framed("SIGNON", 0, 1, *peer.siege.people[0], "x" * 120)))


async def slow_frame(peer: Peer) -> float:
    """Signed on, and a message a byte at a time."""
    await peer.sign_on()
    return await peer.until_off(dribble(peer.framed("ECHO", 0, 1, b"x" * 110)))


async def endless(peer: Peer) -> float:
    """Signed on, and a message in parts of nothing, without end."""
    await peer.sign_on()
    peer.writer.write(bytes((0x02, 0x81)) + bytes(4) + b"\x94")
    return await peer.until_off(lambda: bytes((0x00, 0x80)) + bytes(4))


async def half_open(peer: Peer) -> float:
    """Signed on, and gone without a word: not even a ping is answered."""
    await peer.sign_on()
    return await peer.until_off()


async def deaf(peer: Peer) -> float:
    """Signed on, asks without end, and reads nothing."""
    await peer.sign_on()
    peer.writer.transport.pause_reading()
    echo = peer.framed("ECHO", 0, 1, b"x" * 512)
    peer.writer.write(echo * 24)
    return await peer.deaf_until_off(echo)


async def oversized(peer: Peer) -> float:
    """A frame that says it has a terabyte."""
    await peer.open()
    peer.writer.write(b"\x82\xff" + (1 << 40).to_bytes(8, "big") + b"mask" + b"x" * 60_000)
    return await peer.until_off()


async def zero(peer: Peer) -> float:
    """A message of nothing."""
    await peer.sign_on()
    peer.writer.write(frame(b"", mask_of(peer.rng)) * 8)
    return await peer.until_off()


async def nested(peer: Peer) -> float:
    """Arrays in arrays in arrays."""
    await peer.open()
    peer.writer.write(frame(DEEP, mask_of(peer.rng)))
    return await peer.until_off()


async def rubbish(peer: Peer) -> float:
    """Bytes of chance."""
    await peer.open()
    peer.writer.write(peer.rng.randbytes(400))
    return await peer.until_off()


KINDS: dict[str, tuple[Callable[[Peer], Awaitable[float]], str]] = {
    "silent": (silent, "frame"),
    "slow head": (slow_head, "frame"),
    "never reading, HTTP": (deaf_http, "idle"),
    "unsigned": (unsigned, "sign-on"),
    "slow sign-on": (slow_sign_on, "frame"),
    "slow frame": (slow_frame, "frame"),
    "endless message": (endless, "frame"),
    "half-open": (half_open, "idle"),
    "never reading": (deaf, "idle"),
    "oversized": (oversized, "at once"),
    "zero-length": (zero, "at once"),
    "nested": (nested, "at once"),
    "rubbish": (rubbish, "frame"),
}
"""How each behaves, and the deadline that ends it."""
SIGNED = ("slow frame", "endless message", "half-open", "never reading", "zero-length")
"""Kinds of which each peer signs on, at a device of its own."""


async def besiege(siege: Siege) -> dict[str, Off]:
    """All of them at once."""
    found = {kind: Off() for kind in siege.kinds}
    signed = [kind for kind in siege.kinds if kind in SIGNED]

    async def one(kind: str, number: int) -> None:
        took = await KINDS[kind][0](Peer(siege, number))
        found[kind].off += took < siege.give_up_s
        found[kind].longest_s = max(found[kind].longest_s, round(took, 2))

    async def begun(kind: str, n: int, turn: int) -> None:
        at = n + siege.count * signed.index(kind) if kind in SIGNED else n
        await asyncio.sleep(turn / siege.per_second)
        await one(kind, at)

    order = [(kind, n) for n in range(siege.count) for kind in siege.kinds]
    await asyncio.gather(*(begun(kind, n, turn) for turn, (kind, n) in enumerate(order)))
    return found


def main() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    os.nice(NICE)
    siege = msgspec.json.decode(sys.stdin.buffer.read(), type=Siege)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(besiege(siege))))


if __name__ == "__main__":
    main()
