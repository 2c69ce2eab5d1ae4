"""The terminal's end of a WebSocket (RFC 6455), as bytes: handshake, masked frames, and where a frame ends.

By hand, because a load generator on the host's own machine must cost little: frames are masked before the clock
starts, and an answer is known by three bytes of its msgpack head without decoding it. No IO.
"""

from __future__ import annotations

import base64
import random
from hashlib import sha1
from typing import Final

from txserver.wire.frames import SUBPROTOCOL

GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
FIN_BINARY: Final = 0x82
CLOSE: Final = 0x88
PING: Final = 0x89
SHORT_BYTES_MAX: Final = 125

# The second byte of a message: the msgpack head of its name, whose length tells ACCEPTED from ANSWER. Two names of
# the host share a length; their first letter, the third byte, tells them apart.
ACCEPTED, ANSWER, REFUSED, READY, BUSY, BREAK, CLOSED, ECHO = (
    (0xA0 | len(name)) << 8 | ord(name[0])
    for name in ("ACCEPTED", "ANSWER", "REFUSED", "READY", "BUSY", "BREAK", "CLOSED", "ECHO")
)


def frame(payload: bytes, mask: bytes) -> bytes:
    """One binary message as a client sends it; `mask` are four fresh random bytes."""
    size = len(payload)
    if size <= SHORT_BYTES_MAX:
        head = bytes((FIN_BINARY, 0x80 | size))
    else:
        head = bytes((FIN_BINARY, 0x80 | 126)) + size.to_bytes(2, "big")
    key = (mask * (size // 4 + 1))[:size]
    masked = int.from_bytes(payload, "little") ^ int.from_bytes(key, "little")
    return head + mask + masked.to_bytes(size, "little")


def pong(payload: bytes, mask: bytes) -> bytes:
    """The answer to a ping."""
    return bytes((0x8A,)) + frame(payload, mask)[1:]


def mask_of(rng: random.Random) -> bytes:
    """Four bytes to mask with."""
    return rng.getrandbits(32).to_bytes(4, "little")


def handshake(host: str, port: int, rng: random.Random) -> tuple[bytes, bytes]:
    """The opening request, and the Sec-WebSocket-Accept value that must come back."""
    key = base64.b64encode(rng.getrandbits(128).to_bytes(16, "little"))
    request = (
        f"GET /line HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: {SUBPROTOCOL}\r\nSec-WebSocket-Key: {key.decode()}"
        "\r\n\r\n"
    )
    accept = base64.b64encode(sha1(key + GUID, usedforsecurity=False).digest())
    return request.encode(), accept


def is_switched(head: bytes, accept: bytes) -> bool:
    """Whether the answer to the handshake opens the line."""
    return head.startswith(b"HTTP/1.1 101 ") and accept in head


def long_frame(data: bytes, at: int) -> tuple[int, int]:
    """Start and end of the payload of a frame whose length does not fit its second byte; the end lies behind `data`
    when the length has not come whole.
    """
    wide = 2 if data[at + 1] == 126 else 8
    body = at + 2 + wide
    if len(data) < body:
        return body, body
    return body, body + int.from_bytes(data[at + 2 : body], "big")
