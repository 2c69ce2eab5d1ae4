"""Are stored bytes what the format says, and is everything else refused?"""

from __future__ import annotations

from typing import Any

import msgpack
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import codec
from ledger.codec import HASH_NONE, decode_entry, decode_row, encode, encode_entry, hash_entry
from ledger.errors import JournalCorrupt
from ledger.kinds import KINDS
from ledger.kinds.bank import BankFacts
from ledger.records import Posting
from tests.evening_fixtures import full_bodies
from tests.ledger_fixtures import POSITION, rows_of

BODIES = full_bodies()


def test_an_entry_is_one_array_of_fifteen() -> None:
    """Do the positions stand where docs/ledger-format.md puts them?"""
    assert tuple(POSITION) == codec.EntryRow.__struct_fields__
    assert {len(row) for row in rows_of(BODIES)} == {15}
    assert [row[POSITION["seq"]] for row in rows_of(BODIES)] == list(range(1, len(BODIES) + 1))


def test_every_entry_comes_back_as_it_went() -> None:
    """Does decoding and encoding again give the same bytes, for an entry of every kind?"""
    seen = set()
    for body in BODIES:
        entry = decode_entry(body)
        assert encode_entry(entry.kind, entry.stamp, entry.facts, entry.postings, entry.hash_before) == body
        assert type(entry.facts) is KINDS[entry.kind].facts
        seen.add(entry.kind)
    assert seen == KINDS.keys()


def test_msgpack_reads_and_writes_the_same_bytes() -> None:
    """Do msgspec and msgpack agree to the byte, so that an auditor needs only the plain library?"""
    for body in BODIES:
        plain = msgpack.unpackb(body)
        assert plain == msgspec.msgpack.decode(body)
        assert msgpack.packb(plain) == body


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
    | st.binary(max_size=300),
    lambda inner: st.lists(inner, max_size=20),
    max_leaves=30,
)


@given(PLAIN)
def test_msgpack_and_msgspec_agree_on_anything_we_store(value: Any) -> None:
    """The same for any value of the types that occur."""
    assert msgpack.packb(value) == encode(value)
    assert msgpack.unpackb(encode(value), strict_map_key=False) == value


def test_the_chain_is_the_hash_of_the_stored_bytes() -> None:
    """Does each entry carry the SHA-256 of the one before, and the first 32 zero bytes?"""
    rows = rows_of(BODIES)
    assert [row[POSITION["sebelum"]] for row in rows] == [HASH_NONE, *map(hash_entry, BODIES[:-1])]


def changed(position: str, value: Any) -> bytes:
    row = rows_of(BODIES[1:2])[0]
    row[POSITION[position]] = value
    return encode(row)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xc1",
        b"bukan msgpack",
        BODIES[1][:-1],
        BODIES[1] + b"\x00",
        encode([*rows_of(BODIES[1:2])[0], 0]),
        encode(rows_of(BODIES[1:2])[0][:-1]),
        changed("versi", 2),
        changed("kind", "ZZZ"),
        changed("seq", "2"),
        changed("waktu_us", 1.5),
        changed("hari", None),
        changed("sidik", "text"),
        changed("postings", [["KLIRING", "002/0101", "IDR"]]),
        changed("facts", ["002"]),
        changed("facts", ["002", 7]),
        changed("facts", {"kode_bank": "002", "nama": "X"}),
        changed("facts", []),
        BODIES[1][:1] + b"\x91" * 3_000,
        b"\x9f" + encode(rows_of(BODIES[1:2])[0])[1:-1] + b"\x91" * 3_000 + b"\x01",
    ],
    ids=lambda body: body[:4].hex() + f"-{len(body)}",
)
def test_what_is_no_entry_is_refused(body: bytes) -> None:
    """Is every malformed entry JournalCorrupt, and never another error or a wrong entry?"""
    with pytest.raises(JournalCorrupt):
        decode_entry(body)


def test_a_refused_row_names_its_number() -> None:
    """Does the operator see which entry has a kind or facts unknown here?"""
    with pytest.raises(JournalCorrupt, match="entry 2 has version 1 and kind ZZZ"):
        decode_row(changed("kind", "ZZZ"))
    with pytest.raises(JournalCorrupt, match="facts of entry 2"):
        decode_entry(changed("facts", [1]))


def test_facts_may_grow_at_the_end() -> None:
    """Can this host read an entry of a later one whose facts have one more field?"""
    entry = decode_entry(changed("facts", ["002", "BANK", "baru"]))
    assert entry.facts == BankFacts("002", "BANK")


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(body: bytes) -> None:
    """Is any rubbish JournalCorrupt?"""
    with pytest.raises(JournalCorrupt):
        decode_entry(body)


@given(st.integers(0, len(BODIES) - 1), st.integers(0, 10_000))
def test_a_flipped_bit_never_keeps_the_hash(at: int, bit: int) -> None:
    """Control of the chain: does every flipped bit change what the next entry must carry?"""
    body = bytearray(BODIES[at])
    body[bit // 8 % len(body)] ^= 1 << bit % 8
    assert hash_entry(bytes(body)) != hash_entry(BODIES[at])


def test_a_posting_is_four_fields() -> None:
    """Are postings plain arrays, debit positive and credit negative?"""
    deposit = next(decode_entry(body) for body in BODIES if decode_entry(body).kind == "STA")
    assert deposit.postings == (
        Posting("KLIRING", "002/0101", "IDR", 20_000_000),
        Posting("TABUNGAN", "1100000001", "IDR", -20_000_000),
    )
