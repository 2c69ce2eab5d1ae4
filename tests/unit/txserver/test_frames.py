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
    "KOR": ["1100000001", "salah orang"],
    "CTK": ["1100000001", "printer macet"],
    "LBK": [500_000],
    "LSR": ["TLR2", 500_000],
    "LTP": [1, 2, 3, 4, 5, 6, 7, 8],
    "TSC": ["001", "0001"],
    "TSB": ["001"],
    "SEM": ["SL0000000001", "TRANSFER", "TRF-1", "dana menyusul"],
    "BTP": ["1100000001", "SL0000000001", "tanpa dana"],
    "SNU": ["SL0000000001", "lewat waktu"],
    "SNP": ["SN0000000001", "DENDA", "pasal 9"],
    "PLD": ["001", HARI, 20_000_000, 1, "TRF-1"],
    "BYS": ["001", HARI],
    "SLK": ["3325", HARI, 214],
    "SLH": ["001", HARI],
    "THR": [HARI],
}
QUERIES: dict[str, list[Any]] = {
    "SPPH": ["33250000001"],
    "PORSI": ["1100000001"],
    "NIK": ["3325014201600001"],
    "PERMINTAAN": ["001", "0001", "T1", 7, HARI],
    "CABANG": ["001", "0001", HARI],
    "CETAK": ["1100000001", 2],
    "NAMA": ["SITI KEN", "2004-05-03.145"],
    "RIWAYAT": ["33250000001"],
    "LACI": [],
    "PESAN": [],
    "HARI": [HARI, "001", "0101"],
    "SELISIH": ["001", HARI, "SL0000000001"],
    "SANKSI": ["SN0000000001"],
}
PERSON = ["001", "0001", "T1", "TLR1"]
SECRET = "KENARI"
TERMINAL: list[list[Any]] = [
    ["SIGNON", 0, 1, *PERSON, "rahasia"],
    ["RESUME", 65_535, 1, *PERSON, "1.x"],
    ["ECHO", 1, -(2**63), b"\x00\xff"],
    ["SIGNOFF", 1],
    ["APPROVE", 1, 8, "SPV1", "rahasia", 7, HARI, ["SPS", "33250000001"]],
    ["PASSWORD", 1, 8, "rahasia", "lebih-rahasia"],
    ["SIAR", 1, 8, "001/0001", "HOST TUTUP PUKUL 15"],
    ["UNGGAH", 1, 8, "k.csv", 6000, b"x" * 3000, True, "001", HARI, "0" * 64, "1" * 128],
    ["JALANKAN", 1, 8, "COCOK", "001", HARI],
    ["AMBIL", 1, 8, "laporan.txt", 32_768, "001", HARI],
    *[["POST", 1, 999_999, HARI, [kind, *fields], "x" * 200] for kind, fields in BODIES.items()],
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


def test_fields_that_came_later_may_be_left_out() -> None:
    """A terminal made before them goes on working."""
    post, cetak = ["POST", 1, 7, HARI, ["SPS", "33250000001"]], ["INQUIRY", 1, 7, ["CETAK", "1100000001"]]
    assert encode(decode_from_terminal(pack(*post))) == pack(*post, "")
    assert encode(decode_from_terminal(pack(*cetak))) == pack(*cetak[:3], [*cetak[3], 0])
    nama = decode_from_terminal(pack("INQUIRY", 1, 7, ["NAMA", "SITI"]))
    assert encode(nama) == pack("INQUIRY", 1, 7, ["NAMA", "SITI", ""])


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
    (["INQUIRY", 0, 1, ["LACI"]], 3, ["CETAK", "1" * 10, 9_999], ["CETAK", "1" * 10, 10_000]),
    (["INQUIRY", 0, 1, ["LACI"]], 3, ["CETAK", "1" * 10, 0], ["CETAK", "1" * 10, -1]),
    (["INQUIRY", 0, 1, ["LACI"]], 3, ["NAMA", "ABC"], ["NAMA", "AB"]),
    (["INQUIRY", 0, 1, ["LACI"]], 3, ["NAMA", "A" * 40, "1" * 40], ["NAMA", "A" * 40, "1" * 41]),
    (["INQUIRY", 0, 1, ["LACI"]], 3, ["NAMA", "A" * 40], ["NAMA", "A" * 41]),
    (["INQUIRY", 0, 1, ["LACI"]], 3, ["RIWAYAT", "1" * 11], ["RIWAYAT", "1" * 12]),
    (["INQUIRY", 0, 1, ["LACI"]], 3, ["RIWAYAT", "1" * 10], ["RIWAYAT", "1" * 9]),
    (["POST", 0, 1, HARI, ["KDP", "3325"], ""], 5, "x" * 200, "x" * 201),
    (["APPROVE", 0, 1, "SPV1", "x", 7, HARI, ["KDP", "3325"]], 3, "A" * 10, "A" * 11),
    (["APPROVE", 0, 1, "SPV1", "x", 7, HARI, ["KDP", "3325"]], 4, "x" * 128, ""),
    (["APPROVE", 0, 1, "SPV1", "x", 7, HARI, ["KDP", "3325"]], 5, 999_999, 0),
    (["APPROVE", 0, 1, "SPV1", "x", 7, HARI, ["KDP", "3325"]], 7, ["SPS", "1" * 11], ["SPPH", "1" * 11]),
    (["PASSWORD", 0, 1, "lama", "baru"], 3, "x" * 128, "x" * 129),
    (["PASSWORD", 0, 1, "lama", "baru"], 4, "x", ""),
    (["SIAR", 0, 1, "", "teks"], 3, "001/0001", "001/00011"),
    (["SIAR", 0, 1, "", "teks"], 4, "x" * 70, "x" * 71),
    (["SIAR", 0, 1, "", "teks"], 4, "x", ""),
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


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (["POST", 5, 9, "2004", ["KDP", "3325"]], "hari"),
        (["POST", 5, 9, HARI, ["KDP", "3325"], 1], "izin"),
        (["INQUIRY", 5, 9, "NIK"], "body"),
        (["APPROVE", 5, 9, "SPV1", SECRET * 30, 7, HARI, ["KDP", "3325"]], "sandi"),
        (["APPROVE", 5, 9, SECRET * 30, SECRET, 7, HARI, ["KDP", "3325"]], "user"),
        (["APPROVE", 5, 9, "SPV1", SECRET, 0, HARI, ["KDP", "3325"]], "stan"),
        (["APPROVE", 5, 9, "SPV1", SECRET, 7, HARI, ["KDP", SECRET]], "kab_kota"),
        (["APPROVE", 5, 9, "SPV1", SECRET, 7, HARI, [SECRET]], "$[7][0]"),
        (["APPROVE", 5, 9, "SPV1", SECRET], ""),
        (["PASSWORD", 5, 9, SECRET * 30, "baru"], "lama"),
        (["PASSWORD", 5, 9, "lama", SECRET * 30], "baru"),
        (["SIAR", 5, 9, "", SECRET * 30], "teks"),
    ],
)
def test_a_wrong_field_costs_a_refusal_and_its_content_is_not_told(message: list[Any], field: str) -> None:
    with pytest.raises(frames.FrameError) as error:
        decode_from_terminal(pack(*message))
    assert (error.value.line, error.value.nomor, error.value.field) == (5, 9, field)
    assert SECRET not in str(error.value)


@pytest.mark.parametrize("numbers", [(True, 9), (5, True)])
def test_a_truth_value_is_no_number_to_answer_under(numbers: tuple[object, object]) -> None:
    """Python takes True for 1; an answer that bears it as line or number is one that no terminal can read."""
    with pytest.raises(frames.FrameError) as error:
        decode_from_terminal(pack("POST", *numbers, HARI, ["STA", "x", 1]))
    assert (error.value.line, error.value.nomor) == (None, None)


def test_what_a_host_says_is_checked_too() -> None:
    for message in (b"", pack("POST", 0, 1, HARI, ["KDP", "3325"]), pack("BUSY", 0, 1, "soon", "SKH9001")):
        with pytest.raises(frames.FrameError):
            decode_from_host(message)


DEEP = b"\x91" * 3_000 + b"\x01"


@pytest.mark.parametrize(
    ("decode", "message"),
    [
        (decode_from_terminal, DEEP),
        (decode_from_terminal, b"\x93\xa7SIGNOFF\x01" + DEEP),  # in a field that is passed over
        (decode_from_terminal, b"\x93\xa7SIGNOFF\x01" + b"\x81\xa0" * 1_500 + b"\x01"),
        (decode_from_host, b"\x94\xa6ANSWER\x00\x01\x81\xa1a" + DEEP),
    ],
    ids=("bare", "passed over", "maps", "answer"),
)
def test_what_is_nested_a_thousand_deep_is_a_frame_error(decode: Any, message: bytes) -> None:
    """A RecursionError would go past whoever reads messages, and end the trunk with every line on it."""
    with pytest.raises(frames.FrameError):
        decode(message)
