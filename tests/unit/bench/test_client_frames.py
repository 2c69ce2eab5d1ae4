from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import client_frames as cf
from txserver.wire import frames


def unmask(frame: bytes) -> bytes:
    size, body = frame[1] & 0x7F, 2
    if size == 126:
        size, body = int.from_bytes(frame[2:4], "big"), 4
    mask, masked = frame[body : body + 4], frame[body + 4 :]
    assert len(masked) == size
    return bytes(byte ^ mask[at % 4] for at, byte in enumerate(masked))


@given(st.binary(max_size=600), st.binary(min_size=4, max_size=4))
def test_a_frame_unmasks_to_its_payload(payload: bytes, mask: bytes) -> None:
    frame = cf.frame(payload, mask)
    assert frame[0] == cf.FIN_BINARY
    assert frame[1] & 0x80
    assert unmask(frame) == payload


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (cf.READY, frames.Ready(0, {})),
        (cf.ACCEPTED, frames.Accepted(0, 1, 2, 3, False, {})),
        (cf.REFUSED, frames.Refused(0, 1, "SKH2001", {})),
        (cf.ANSWER, frames.Answer(0, 1, {})),
        (cf.BUSY, frames.Busy(0, 1, 2, "SKH9001")),
        (cf.BREAK, frames.Break(0, "SKH9002", {})),
        (cf.CLOSED, frames.Closed(0, "SKH0003", {})),
        (cf.ECHO, frames.Echo(0, 1, b"")),
    ],
)
def test_three_bytes_tell_what_the_host_says(head: int, message: frames.FromHost) -> None:
    encoded = frames.encode(message)
    assert encoded[1] << 8 | encoded[2] == head


def test_the_handshake_of_the_rfc() -> None:
    class Fixed(random.Random):
        def getrandbits(self, k: int) -> int:
            return int.from_bytes(b"the sample nonce", "little")

    request, accept = cf.handshake("127.0.0.1", 80, Fixed())
    assert b"dGhlIHNhbXBsZSBub25jZQ==" in request
    assert accept == b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    assert cf.is_switched(b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: " + accept, accept)
    assert not cf.is_switched(b"HTTP/1.1 400 Bad Request\r\n", accept)


@given(st.integers(126, 70_000), st.integers(0, 9))
def test_a_long_frame_ends_where_its_length_says(size: int, cut: int) -> None:
    wide = (126, 2) if size < 1 << 16 else (127, 8)
    data = b"??" + bytes((cf.FIN_BINARY, wide[0])) + size.to_bytes(wide[1], "big") + bytes(size)
    assert cf.long_frame(data, 2) == (4 + wide[1], 4 + wide[1] + size)
    head = data[: 4 + min(cut, wide[1] - 1)]
    assert cf.long_frame(head, 2)[1] > len(head)
