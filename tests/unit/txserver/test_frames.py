"""Envelopes to bytes and back: the msgpack library writes the same, and every limit holds at its very edge."""

from __future__ import annotations

from typing import Any, get_args

import msgpack
import msgspec
import pytest

from ledger.fields import FIELDS
from ledger.kinds import Request
from tests.host_fixtures import HARI, form, pack
from txserver.wire import frames
from txserver.wire.frames import FromHost, FromTerminal, Inquiry_, decode_from_host, decode_from_terminal, encode

BODIES: dict[str, list[Any]] = {
    "STA": ["33250000001", 20_000_000],
    "SPT": list(msgspec.structs.astuple(form(1))),
    "SPS": ["33250000001"],
    "BHR": [HARI],
    "BNK": ["001", "BANK"],
    "CAB": ["001", "0001", "BATANG", "3325"],
    "KDP": ["3325"],
    "PRK": ["001", "0001", "T1"],
    "PGN": ["TLR1", "TELLER", "001", "0001"],
    "UID": ["001", "0001", "DIBLOKIR", "pasal 9"],
}
QUERIES: dict[str, list[Any]] = {
    "SPPH": ["33250000001"],
    "PORSI": ["1100000001"],
    "NIK": ["3325014201600001"],
    "PERMINTAAN": ["001", "0001", "T1", 7, HARI],
    "CABANG": ["001", "0001", HARI],
    "CETAK": ["1100000001"],
}
PERSON = ["001", "0001", "T1", "TLR1"]
TERMINAL: list[list[Any]] = [
    ["SIGNON", 0, 1, *PERSON, "rahasia"],
    ["RESUME", 65_535, 1, *PERSON, "1.x"],
    ["ECHO", 1, -(2**63), b"\x00\xff"],
    ["SIGNOFF", 1],
    *[["POST", 1, 999_999, HARI, [kind, *fields]] for kind, fields in BODIES.items()],
    *[["INQUIRY", 1, 1, [name, *arguments]] for name, arguments in QUERIES.items()],
]
HOST: list[list[Any]] = [
    ["READY", 0, {"hari": HARI, "demo": True, "kinds": ["STA"]}],
    ["ACCEPTED", 0, 1, 2, 1_083_549_600_000_000, False, {"nomor_porsi": "1100000001"}],
    ["REFUSED", 0, 1, "SKH2006", {"wajib": 20_000_000, "nominal": 1}],
    ["ANSWER", 0, 1, {"halaman": [["a", "b"], ["c"]]}],
    ["BUSY", 0, 1, 200, "SKH9001"],
    ["ECHO", 0, 1, b"x"],
    ["BREAK", 0, "SKH9002", {}],
    ["CLOSED", 0, "SKH0003", {}],
]


def tags(union: Any) -> set[str]:
    return {str(frame.__struct_config__.tag) for frame in get_args(union)}


def test_samples_hold_every_message_kind_and_question() -> None:
    assert {sample[0] for sample in TERMINAL} == tags(FromTerminal)
    assert {sample[0] for sample in HOST} == tags(FromHost)
    assert set(BODIES) == tags(Request)
    assert set(QUERIES) == tags(Inquiry_)


@pytest.mark.parametrize("sample", TERMINAL, ids=str)
def test_terminal_s_message_there_and_back(sample: list[Any]) -> None:
    packed = pack(*sample)
    frame = decode_from_terminal(packed)
    assert encode(frame) == packed
    assert msgpack.unpackb(encode(frame)) == sample


@pytest.mark.parametrize("sample", HOST, ids=lambda sample: str(sample[0]))
def test_host_s_message_there_and_back(sample: list[Any]) -> None:
    packed = pack(*sample)
    frame = decode_from_host(packed)
    assert encode(frame) == packed
    assert msgpack.unpackb(encode(frame)) == sample


def test_the_fast_answer_is_the_frame() -> None:
    """Session.accept writes a tuple in place of `Accepted`."""
    fields = (3, 7, 40, 1_083_549_600_000_000, True, {"nomor_porsi": "1100000001"})
    assert encode(("ACCEPTED", *fields)) == encode(frames.Accepted(*fields))


def test_more_fields_at_the_end_are_passed_over() -> None:
    """So that a later version may add some."""
    assert decode_from_terminal(pack("SIGNOFF", 1, "more")) == frames.SignOff(1)


EDGES: list[tuple[list[Any], int, Any, Any]] = [
    # message, position, largest or longest that passes, first that does not
    (["SIGNOFF", 1], 1, 65_535, 65_536),
    (["SIGNOFF", 1], 1, 0, -1),
    (["SIGNON", 0, 1, *PERSON, "x"], 3, "ABC", "ABCD"),
    (["SIGNON", 0, 1, *PERSON, "x"], 4, "ABCD", "ABC"),
    (["SIGNON", 0, 1, *PERSON, "x"], 5, "A" * 10, "A" * 11),
    (["SIGNON", 0, 1, *PERSON, "x"], 6, "A" * 10, ""),
    (["SIGNON", 0, 1, *PERSON, "x"], 7, "é" * 128, "x" * 129),
    (["SIGNON", 0, 1, *PERSON, "x"], 7, "x", ""),
    (["RESUME", 0, 1, *PERSON, "x"], 7, "x" * 256, "x" * 257),
    (["ECHO", 0, 1, b""], 3, bytes(512), bytes(513)),
    (["POST", 0, 1, HARI, ["KDP", "3325"]], 2, 999_999, 1_000_000),
    (["POST", 0, 1, HARI, ["KDP", "3325"]], 2, 1, 0),
    (["POST", 0, 1, HARI, ["KDP", "3325"]], 3, "x" * 10, "x" * 9),
    (["POST", 0, 1, HARI, ["KDP", "3325"]], 4, ["STA", "1" * 11, 10**15], ["STA", "1" * 11, 10**15 + 1]),
    (["POST", 0, 1, HARI, ["KDP", "3325"]], 4, ["STA", "1" * 11, 0], ["STA", "1" * 11, -1]),
    (["INQUIRY", 0, 1, ["NIK", "1" * 16]], 3, ["PORSI", "1" * 9], ["PORSI", "1" * 8]),
    (["INQUIRY", 0, 1, ["NIK", "1" * 16]], 3, ["PORSI", "1" * 10], ["PORSI", "1" * 11]),
    (["INQUIRY", 0, 1, ["NIK", "1" * 16]], 3, ["NIK", "1" * 16], ["NIK", "1" * 15]),
]


@pytest.mark.parametrize(("message", "at", "good", "bad"), EDGES)
def test_limit_at_its_edge(message: list[Any], at: int, good: Any, bad: Any) -> None:
    assert encode(decode_from_terminal(pack(*message[:at], good, *message[at + 1 :])))
    with pytest.raises(frames.FrameError):
        decode_from_terminal(pack(*message[:at], bad, *message[at + 1 :]))


@pytest.mark.parametrize("kind", sorted(BODIES))
def test_each_field_of_a_kind_is_refused_under_its_own_name(kind: str) -> None:
    request = next(request for request in get_args(Request) if request.__struct_config__.tag == kind)
    for at, name in enumerate(request.__struct_fields__):
        fields = list(BODIES[kind])
        fields[at] = None
        with pytest.raises(frames.FrameError) as error:
            decode_from_terminal(pack("POST", 5, 9, HARI, [kind, *fields]))
        assert (error.value.line, error.value.nomor, error.value.field) == (5, 9, name)
        assert name in FIELDS


def test_what_a_host_says_is_checked_too() -> None:
    for message in (b"", pack("POST", 0, 1, HARI, ["KDP", "3325"]), pack("BUSY", 0, 1, "soon", "SKH9001")):
        with pytest.raises(frames.FrameError):
            decode_from_host(message)
