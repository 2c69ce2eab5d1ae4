"""Lines and sessions of one connection: the state table of docs/protocol.md section 4, cell by cell, and liars."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.host_fixtures import HARI, NINE_US, PETUGAS, SETORAN, TELLER, TELLER_2, KeptPeer, pack, signed_on, wanted_on
from txserver.board import Said
from txserver.session import Blame, Check, Connection, Question, Session, Signed, Ticket, Wanted, Work
from txserver.wire.frames import UPLOAD_PIECES_MAX

SPPH = "33250000001"
LINE = 3
MESSAGES: dict[str, tuple[Any, ...]] = {
    "SIGNON": ("SIGNON", LINE, 1, "001", "0001", "T1", "TLR1", "rahasia"),
    "RESUME": ("RESUME", LINE, 1, "001", "0001", "T1", "TLR1", "1.x"),
    "POST": ("POST", LINE, 7, HARI, ["STA", SPPH, SETORAN]),
    "INQUIRY": ("INQUIRY", LINE, 8, ["SPPH", SPPH]),
    "APPROVE": ("APPROVE", LINE, 8, "SPV1", "rahasia", 7, HARI, ["STA", SPPH, SETORAN]),
    "PASSWORD": ("PASSWORD", LINE, 8, "rahasia", "lebih-rahasia"),
    "SIAR": ("SIAR", LINE, 8, "", "HOST TUTUP"),
    "signed POST": ("POST", LINE, 7, HARI, ["STA", SPPH, SETORAN], "1.x.SPV1"),
    "wrong field": ("POST", LINE, 7, HARI, ["STA", SPPH, "all"]),
    "SIGNOFF": ("SIGNOFF", LINE),
    "ECHO": ("ECHO", LINE, 9, b"ping"),
}
STATES = ("closed", "signing on", "signed on", "waiting")


def closed(id: str) -> list[list[Any]]:
    return [["CLOSED", LINE, id, {}]]


ECHOED = [["ECHO", LINE, 9, b"ping"]]
BAD_FIELD = {"field": "nominal_rupiah", "sebab": "Expected `int`, got `str`"}
TABLE: dict[tuple[str, str], tuple[list[list[Any]], str]] = {
    ("closed", "SIGNON"): ([], "signing on"),
    ("closed", "RESUME"): ([], "signing on"),
    ("closed", "POST"): (closed("SKH7001"), "closed"),
    ("closed", "INQUIRY"): (closed("SKH7001"), "closed"),
    ("closed", "wrong field"): (closed("SKH7001"), "closed"),
    ("closed", "SIGNOFF"): (closed("SKH7001"), "closed"),
    ("closed", "ECHO"): (closed("SKH7001"), "closed"),
    ("signing on", "SIGNON"): (closed("SKH7004"), "closed"),
    ("signing on", "RESUME"): (closed("SKH7004"), "closed"),
    ("signing on", "POST"): (closed("SKH7004"), "closed"),
    ("signing on", "INQUIRY"): (closed("SKH7004"), "closed"),
    ("signing on", "wrong field"): (closed("SKH7004"), "closed"),
    ("signing on", "SIGNOFF"): (closed("SKH7004"), "closed"),
    ("signing on", "ECHO"): (closed("SKH7004"), "closed"),
    ("signed on", "SIGNON"): (closed("SKH7004"), "closed"),
    ("signed on", "RESUME"): (closed("SKH7004"), "closed"),
    ("signed on", "POST"): ([], "waiting"),
    ("signed on", "INQUIRY"): ([], "waiting"),
    ("signed on", "wrong field"): ([["REFUSED", LINE, 7, "SKH1001", BAD_FIELD]], "signed on"),
    ("signed on", "SIGNOFF"): (closed("SKH0003"), "closed"),
    ("signed on", "ECHO"): (ECHOED, "signed on"),
    ("waiting", "SIGNON"): (closed("SKH7004"), "closed"),
    ("waiting", "RESUME"): (closed("SKH7004"), "closed"),
    ("waiting", "POST"): ([["REFUSED", LINE, 7, "SKH7005", {}]], "waiting"),
    ("waiting", "INQUIRY"): ([["REFUSED", LINE, 8, "SKH7005", {}]], "waiting"),
    ("waiting", "wrong field"): ([["REFUSED", LINE, 7, "SKH1001", BAD_FIELD]], "waiting"),
    ("waiting", "SIGNOFF"): (closed("SKH0003"), "closed"),
    ("waiting", "ECHO"): (ECHOED, "waiting"),
}


NUMBERED = ("APPROVE", "PASSWORD", "SIAR", "signed POST")
"""Messages that fare as a POST or an INQUIRY does."""
for message in NUMBERED:
    number = MESSAGES[message][2]
    TABLE["closed", message] = (closed("SKH7001"), "closed")
    TABLE["signing on", message] = (closed("SKH7004"), "closed")
    TABLE["signed on", message] = ([], "waiting")
    TABLE["waiting", message] = ([["REFUSED", LINE, number, "SKH7005", {}]], "waiting")


def in_state(state: str) -> tuple[Connection, KeptPeer]:
    peer = KeptPeer()
    connection = Connection(peer, 64)
    if state == "signing on":
        wanted_on(connection, TELLER, LINE)
    elif state != "closed":
        session = signed_on(TELLER, connection, LINE)
        if state == "waiting":
            assert isinstance(connection.receive(pack("POST", LINE, 1, HARI, ["STA", SPPH, 1]), NINE_US), Ticket)
            assert session.waiting
    return connection, peer


def state_of(connection: Connection) -> str:
    session = connection._sessions.get(LINE)
    if session is not None:
        return "waiting" if session.waiting else "signed on"
    return "signing on" if LINE in connection._signing else "closed"


def test_table_has_every_cell() -> None:
    assert set(TABLE) == {(state, message) for state in STATES for message in MESSAGES}


@pytest.mark.parametrize(("state", "message"), TABLE)
def test_cell(state: str, message: str) -> None:
    connection, peer = in_state(state)
    before = connection.sessions()
    got = connection.receive(pack(*MESSAGES[message]), NINE_US)
    said, after = TABLE[state, message]
    assert (peer.queued, state_of(connection)) == (said, after)
    if after == "closed" and before:
        assert got is before[0], "the edge is told which session ended"
    elif after == "signing on" and state == "closed":
        assert isinstance(got, Wanted)
    elif (state, after) == ("signed on", "waiting"):
        kinds = {"signed POST": Signed, "APPROVE": Check, "PASSWORD": Check}
        assert isinstance(got, kinds.get(message, Ticket | Question))
    else:
        assert got is None


def test_post_becomes_a_ticket_with_the_session_s_origin_and_the_time() -> None:
    session = signed_on(TELLER, line=LINE)
    ticket = session.connection.receive(pack(*MESSAGES["POST"]), NINE_US)
    assert isinstance(ticket, Ticket)
    assert (ticket.session, ticket.nomor) == (session, 7)
    assert (ticket.origin, ticket.stan, ticket.hari) == (TELLER, 7, HARI)
    assert (ticket.waktu_us, ticket.penyetuju) == (NINE_US, "")


def test_signed_post_is_the_same_ticket_with_its_proof_beside_it() -> None:
    session = signed_on(TELLER, line=LINE)
    signed = session.connection.receive(pack(*MESSAGES["signed POST"]), NINE_US)
    assert isinstance(signed, Signed)
    assert signed.izin == "1.x.SPV1"
    assert (signed.ticket.session, signed.ticket.nomor, signed.ticket.penyetuju) == (session, 7, "")


def test_operator_s_message_becomes_a_question_with_the_time() -> None:
    session = signed_on(TELLER, line=LINE)
    question = session.connection.receive(pack(*MESSAGES["SIAR"]), NINE_US)
    assert question == Question(session, 8, Said("", "HOST TUTUP", NINE_US))


def test_a_break_ends_no_wait() -> None:
    connection, peer = in_state("waiting")
    (session,) = connection.sessions()
    session.tell("SKH8202", {"hari": HARI})
    assert peer.queued == [["BREAK", LINE, "SKH8202", {"hari": HARI}]]
    assert session.waiting


@pytest.mark.parametrize("answer", ["accept", "refuse", "busy", "answer"])
def test_every_answer_ends_the_wait(answer: str) -> None:
    connection, _ = in_state("waiting")
    session = connection.sessions()[0]
    arguments = {"accept": (1, 2, 3, False, {}), "refuse": (1, "SKH2002", {}), "busy": (1, 9, "SKH9001")}
    getattr(session, answer)(*arguments.get(answer, (1, {})))
    assert not session.waiting
    assert isinstance(connection.receive(pack(*MESSAGES["POST"]), NINE_US), Ticket)


FIELDS = {
    "too long": (["STA", SPPH + "1", SETORAN], "nomor_spph"),
    "wrong type": (["STA", SPPH, 1.5], "nominal_rupiah"),
    "below zero": (["STA", SPPH, -1], "nominal_rupiah"),
    "missing": (["STA", SPPH], "body"),
    "no kind": ([], "body"),
    "unknown kind": (["ZZZ", 1], "$[4][0]"),
    "not for terminals": (["GEN", "0" * 32, "X", True, "U", "D"], "$[4][0]"),
    "no body": (None, "body"),
}


@pytest.mark.parametrize("what", FIELDS)
def test_wrong_field_of_a_body_is_refused_by_name(what: str) -> None:
    body, field = FIELDS[what]
    session = signed_on(TELLER, line=LINE)
    assert session.connection.receive(pack("POST", LINE, 7, HARI, body), NINE_US) is None
    peer = session.peer
    assert isinstance(peer, KeptPeer)
    (name, line, nomor, id, data), = peer.queued  # fmt: skip
    assert (name, line, nomor, id) == ("REFUSED", LINE, 7, "SKH1001")
    assert data["field"] == field
    assert data["sebab"]
    assert not session.waiting


def test_refusal_of_a_field_does_not_say_its_content() -> None:
    session = signed_on(PETUGAS)
    body = ["SPT", *["KENARI" * 20] * 13]
    session.connection.receive(pack("POST", 0, 7, HARI, body), NINE_US)
    session.connection.receive(pack("POST", 0, 7, HARI, ["KENARI"]), NINE_US)
    peer = session.peer
    assert isinstance(peer, KeptPeer)
    assert len(peer.queued) == 2
    assert "KENARI" not in str(peer.queued)


UNREADABLE = {
    "nothing": b"",
    "not msgpack": b"\xc1",
    "trailing bytes": pack(*MESSAGES["ECHO"]) + b"\x00",
    "cut short": pack(*MESSAGES["POST"])[:-1],
    "not an array": msgpack.packb({"POST": 1}),
    "empty array": pack(),
    "unknown name": pack("POSTING", LINE, 7, HARI, ["STA", SPPH, SETORAN]),
    "only the host": pack("ACCEPTED", LINE, 1, 2, 3, False, {}),
    "no line": pack("POST"),
    "line too high": pack("POST", 65_536, 7, HARI, ["STA", SPPH, SETORAN]),
    "line below zero": pack("SIGNOFF", -1),
    "stan 0": pack("POST", LINE, 0, HARI, ["STA", SPPH, SETORAN]),
    "stan too high": pack("POST", LINE, 1_000_000, HARI, ["STA", SPPH, SETORAN]),
    "stan a word": pack("POST", LINE, "7", HARI, ["STA", SPPH, SETORAN]),
    "password too long": pack("SIGNON", LINE, 1, "001", "0001", "T1", "TLR1", "x" * 129),
    "bank too short": pack("SIGNON", LINE, 1, "01", "0001", "T1", "TLR1", "rahasia"),
    "echo too long": pack("ECHO", LINE, 1, bytes(513)),
    "deeply nested": b"\x91" * 2_000 + b"\xc0",
    "not utf-8": b"\x92\xa4POST\xa1\xff",
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_cannot_be_read_is_blamed_without_its_content(what: str) -> None:
    connection, peer = in_state("signed on")
    with pytest.raises(Blame) as blame:
        connection.receive(UNREADABLE[what], NINE_US)
    assert peer.queued == []
    assert "\n" not in str(blame.value)
    assert not any(word in str(blame.value) for word in ("POSTING", SPPH, "rahasia", "xxx")), str(blame.value)


def test_lines_of_a_connection_are_bounded_and_apart() -> None:
    peer = KeptPeer()
    connection = Connection(peer, 2)
    first = signed_on(TELLER, connection, 10)
    second = signed_on(TELLER_2, connection, 20)
    assert connection.receive(pack("SIGNON", 30, 1, "001", "0002", "T1", "TLR3", "x"), NINE_US) is None
    assert peer.queued == [["CLOSED", 30, "SKH7010", {"batas": 2}]]
    ticket = connection.receive(pack("POST", 20, 1, HARI, ["STA", SPPH, SETORAN]), NINE_US)
    assert isinstance(ticket, Ticket)
    assert ticket.session is second
    assert (first.waiting, second.waiting) == (False, True)
    assert connection.receive(pack("SIGNOFF", 10), NINE_US) is first
    assert isinstance(connection.receive(pack("SIGNON", 30, 1, "001", "0002", "T1", "TLR3", "x"), NINE_US), Wanted)


def test_a_sign_on_that_was_closed_is_not_wanted_any_more() -> None:
    peer = KeptPeer()
    connection = Connection(peer, 64)
    first = wanted_on(connection, TELLER, LINE)
    connection.receive(pack("ECHO", LINE, 1, b""), NINE_US)
    assert not connection.is_wanted(first)
    second = wanted_on(connection, TELLER, LINE)
    assert not connection.is_wanted(first), "an equal sign-on later is another one"
    assert connection.is_wanted(second)
    assert not connection.is_idle


def test_ending_a_session_twice_spares_the_next_one_of_its_line() -> None:
    connection, peer = in_state("waiting")
    old = connection.sessions()[0]
    connection.receive(pack("SIGNOFF", LINE), NINE_US)
    new = signed_on(TELLER, connection, LINE)
    connection.drop(old, "SKH7016", {})
    assert peer.queued == []
    assert connection.sessions() == [new]


def crowded() -> tuple[Connection, list[Session]]:
    """Line 0 signed on, 1 waiting, 2 signing on, 3 and above closed."""
    connection = Connection(KeptPeer(), 6)
    sessions = [signed_on(TELLER, connection, 0), signed_on(TELLER_2, connection, 1)]
    connection.receive(pack("POST", 1, 1, HARI, ["STA", SPPH, SETORAN]), NINE_US)
    wanted_on(connection, PETUGAS, 2)
    return connection, sessions


NAMES = [
    "SIGNON",
    "RESUME",
    "POST",
    "INQUIRY",
    "APPROVE",
    "PASSWORD",
    "SIAR",
    "SIGNOFF",
    "ECHO",
    "READY",
    "ACCEPTED",
    "",
    "post",
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 70_000) | st.floats() | st.text(max_size=12) | st.binary(max_size=12)
    | st.sampled_from(["STA", "SPT", "GEN", "SPPH", "CABANG", HARI, SPPH, "001", "0001", "T1"]),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


def take_all(messages: list[bytes]) -> None:
    """Whatever comes, a connection answers it, gives work on, or blames the peer; and it keeps its limits."""
    connection, _ = crowded()
    for message in messages:
        try:
            got = connection.receive(message, NINE_US)
        except Blame:
            continue
        assert got is None or isinstance(got, Ticket | Question | Signed | Check | Wanted | Session)
        assert len(connection._sessions) + len(connection._signing) <= 6


@given(st.lists(st.binary(max_size=60), max_size=8))
def test_any_bytes(messages: list[bytes]) -> None:
    take_all(messages)


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.integers(-1, 4), st.lists(VALUES, max_size=8)), max_size=8))
def test_any_arrays(messages: list[tuple[str, int, list[Any]]]) -> None:
    take_all([pack(name, line, *rest) for name, line, rest in messages])


@given(st.lists(st.tuples(st.sampled_from(list(MESSAGES)), st.integers(0, 4), st.randoms()), max_size=8))
def test_mutated_frames(messages: list[tuple[str, int, Any]]) -> None:
    mutated = []
    for name, line, chance in messages:
        message = bytearray(pack(MESSAGES[name][0], line, *MESSAGES[name][2:]))
        for _ in range(chance.randint(0, 3)):
            message[chance.randrange(len(message))] = chance.randrange(256)
        mutated.append(bytes(message[: chance.choice([len(message), chance.randrange(len(message))])]))
    take_all(mutated)


def piece(nomor: int, *, akhir: bool = False) -> bytes:
    return pack("UNGGAH", LINE, nomor, "a.csv", 3000 * nomor, b"x", akhir)


def test_pieces_of_an_upload_follow_one_another_unanswered_up_to_a_limit() -> None:
    peer = KeptPeer()
    connection = Connection(peer, 4)
    session = signed_on(TELLER, connection, LINE)
    for nomor in range(1, UPLOAD_PIECES_MAX + 1):
        assert isinstance(connection.receive(piece(nomor), NINE_US), Work)
    assert connection.receive(piece(99), NINE_US) is None
    assert connection.receive(pack("JALANKAN", LINE, 98, "COCOK"), NINE_US) is None
    assert peer.queued == [["REFUSED", LINE, 99, "SKH7005", {}], ["REFUSED", LINE, 98, "SKH7005", {}]]
    session.done(1, {"diterima": 1})
    assert isinstance(connection.receive(piece(99, akhir=True), NINE_US), Work)
    session.done(2, {"diterima": 2})
    assert connection.receive(piece(100), NINE_US) is None  # behind the last piece the next file waits
    for nomor in range(3, UPLOAD_PIECES_MAX + 2):
        session.done(nomor, {})
    assert isinstance(connection.receive(piece(100), NINE_US), Work)
