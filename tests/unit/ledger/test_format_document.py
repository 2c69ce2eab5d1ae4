"""Does docs/ledger-format.md say what the code does: every table, every position, every byte?"""

from __future__ import annotations

import hmac
import json
import re
from functools import cache
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any, get_type_hints
from zlib import crc32

import lmdb
import msgpack
import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.books import TABLES
from ledger.checkpoint import TablesEnv
from ledger.codec import EntryRow, decode_entry, encode, encode_entry
from ledger.kinds import KINDS
from ledger.kinds.spph import Pribadi
from ledger.kinds.tutup_hari import SilangBeda, Terbuka
from ledger.records import Posting
from ledger.rows import Jumlah
from ledger.vault import HEADER, SLOT, SLOTS_AHEAD
from tests.ledger_fixtures import SMALL_MAP, form, new_store, nik_of, pilgrim

DOCUMENT = (Path(__file__).resolve().parents[3] / "docs" / "ledger-format.md").read_text(encoding="utf-8")
NAMES = {
    str: "str",
    int: "int",
    bytes: "bin",
    bool: "bool",
    tuple[str, ...]: "array of str",
    tuple[int, ...]: "array of int",
    tuple[tuple[str, int, int], ...]: "array of [str, int, int]",
    tuple[Jumlah, ...]: "array of total",
    tuple[Terbuka, ...]: "array of open difference",
    tuple[SilangBeda, ...]: "array of two counts",
}


def section(title: str) -> str:
    """The text under a heading, up to the next one."""
    return re.split(r"\n#+ ", DOCUMENT.partition(f"\n{title}\n")[2])[0]


def rows(text: str) -> list[list[str]]:
    """The cells of a table, without its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@cache
def block(name: str) -> str:
    """A fenced block by its name."""
    return DOCUMENT.partition(f"```{name}\n")[2].partition("\n```")[0]


def positions(text: str) -> list[tuple[str, str]]:
    """Names and types of a table of positions, which must count from 0."""
    table = rows(text)
    assert [row[0] for row in table] == [str(at) for at in range(len(table))]
    return [(row[1].strip("`"), row[2]) for row in table]


def declared(struct: Any) -> list[tuple[str, str]]:
    """Names and types of a Struct, in stored order."""
    hints = get_type_hints(struct)
    return [(name, NAMES[hints[name]]) for name in struct.__struct_fields__]


@pytest.mark.parametrize("code", KINDS)
def test_facts_of_every_kind_by_position(code: str) -> None:
    """Does the table of each kind name its facts with their types, in stored order?"""
    name = KINDS[code].request.__module__.rpartition(".")[2]
    assert positions(section(f"### {code} {name}")) == declared(KINDS[code].facts)


def test_parts_of_facts_by_position() -> None:
    """The same for the arrays that stand in facts."""
    assert positions(section("### A total by position")) == declared(Jumlah)
    assert positions(section("### An open difference by position")) == declared(Terbuka)
    assert positions(section("### Two counts by position")) == declared(SilangBeda)


def test_no_kind_is_described_that_is_not_there() -> None:
    """Are there as many tables as kinds?"""
    assert set(re.findall(r"\n### ([A-Z]{3}) ", DOCUMENT)) == set(KINDS)


def test_entry_posting_and_sealed_part_by_position() -> None:
    """The same for the entry, a posting and the sealed part."""
    entry = positions(section("### An entry by position"))
    assert [name for name, _ in entry] == list(EntryRow.__struct_fields__)
    assert [kind.split()[0] for _, kind in entry[:13]] == [
        NAMES[get_type_hints(EntryRow)[name]] for name, _ in entry[:13]
    ]
    assert [kind for _, kind in entry[13:]] == ["array", "array"]
    posting = [(name, kind.split()[0]) for name, kind in positions(section("### A posting by position"))]
    assert posting == declared(Posting)
    assert positions(
        section("## 4. The sealed part and the keys").partition("| at |")[2].join(["| at |", ""])
    ) == declared(Pribadi)


def test_the_books_by_table() -> None:
    """Is every table there, with the fields of its row in order?"""
    table = {row[0].strip("`"): re.findall(r"`(\w+)`", row[2]) for row in rows(section("## 6. The books"))}
    assert table.keys() == TABLES.keys()
    for name, (row, _) in TABLES.items():
        assert table[name] == list(getattr(row, "__struct_fields__", [])), name


# --- worked bytes -----------------------------------------------------------------------------------------------


def body(seq: int) -> bytes:
    return bytes.fromhex(block(f"entry {seq}"))


def keys() -> dict[str, bytes]:
    return {name: bytes.fromhex(value) for name, value in re.findall(r"(.+?)  +([0-9a-f]{64})", block("keys"))}


@pytest.mark.parametrize("seq", [40, 42])
def test_worked_entries_decode_and_encode_equal(seq: int) -> None:
    """Are the printed bytes an entry of ours, to both libraries, and is the printed hash theirs?"""
    entry = decode_entry(body(seq))
    assert entry.stamp.seq == seq
    assert encode_entry(entry.kind, entry.stamp, entry.facts, entry.postings, entry.hash_before) == body(seq)
    assert msgpack.packb(msgpack.unpackb(body(seq))) == body(seq)
    assert f"SHA-256    {sha256(body(seq)).hexdigest()}\n" in DOCUMENT.partition(f"```entry {seq}\n")[2][:1200]


def test_the_entry_taken_apart_is_the_entry() -> None:
    """Are the fifteen printed positions those of the printed bytes?"""
    parts = [line.split(maxsplit=2) for line in block("entry 42 by position").splitlines()]
    shown = [
        [int(at), name, value.hex() if isinstance(value, bytes) else json.dumps(value)]
        for at, (name, value) in enumerate(zip(EntryRow.__struct_fields__, msgpack.unpackb(body(42)), strict=True))
    ]
    assert [[int(at), name, value] for at, name, value in parts] == shown


def test_the_worked_entries_are_what_the_code_writes(tmp_path: Path) -> None:
    """Does the test ledger, made again, hold these very bytes and keys?"""
    with new_store(tmp_path / "ledger") as (store, desk):
        store.post_batch(pilgrim(desk, 1))
        assert [store.journal.get(seq) for seq in (40, 42)] == [body(40), body(42)]
        assert (store.path / "kunci" / "induk.key").read_bytes() == keys()["induk.key"]


def test_the_seal_opens_by_the_page_alone() -> None:
    """Key, nonce, associated data and plaintext as written: does plain AES-GCM open the printed seal?"""
    nomor, _, _, _, kunci, segel, _ = msgpack.unpackb(body(40))[13]
    key = hmac.digest(keys()["induk.key"], keys()["slot 0"], "sha256")
    plain = AESGCM(key).decrypt(segel[:12], segel[12:], f"{nomor}/{kunci}".encode())
    assert msgpack.unpackb(plain) == json.loads(block("sealed part of entry 40"))
    assert plain == encode(json.loads(block("sealed part of entry 40")))


def test_index_and_digest_by_the_page_alone() -> None:
    """Are `identitas` and `sidik` of the printed entries what section 5 says?"""
    index_key = hmac.digest(keys()["indeks.key"], b"identitas", "sha256")
    wanted = hmac.digest(index_key, b"NIK:" + nik_of(1).encode(), "sha256")[:16].hex()
    assert msgpack.unpackb(body(40))[13][3] == msgpack.unpackb(body(42))[13][2] == wanted
    digest_key = hmac.digest(keys()["indeks.key"], b"sidik", "sha256")
    deposit = msgpack.packb(["STA", "33250000001", 20_000_000])
    assert msgpack.unpackb(body(42))[12] == blake2b(deposit, digest_size=8, key=digest_key).digest()
    taken = msgpack.packb(["SPT", *msgspec.to_builtins(form(nik=nik_of(1)))[1:]])
    assert msgpack.unpackb(body(40))[12] == blake2b(taken, digest_size=8, key=digest_key).digest()


def test_databases_and_files_as_described(tmp_path: Path) -> None:
    """Are databases, keys, key files and watermark where the page puts them?"""
    with new_store(tmp_path / "ledger") as (store, _):
        assert {"journal", "books", "kunci", "karantina"} == {item.name for item in store.path.iterdir()}
        slots = (store.path / "kunci" / "slot.dat").read_bytes()
        ledger = store.opening.facts.ledger
        head = (store.journal.head, store.journal.head_hash)
    assert (slots[:16], len(slots)) == (b"SKH-KUNCI-00001\n", 16 + 32 * 65_536) == (HEADER, 16 + SLOT * SLOTS_AHEAD)
    env = lmdb.open(str(tmp_path / "ledger" / "journal"), readonly=True, max_dbs=2, map_size=SMALL_MAP)
    with env.begin() as txn:
        assert [key for key, _ in txn.cursor()] == [b"entries", b"meta"]
        assert msgpack.unpackb(txn.get(b"format", db=env.open_db(b"meta", txn=txn, create=False))) == {
            "format": "siskohat-journal",
            "versi": 1,
            "ledger": ledger,
        }
        known = msgpack.unpackb(txn.get(b"kepala", db=env.open_db(b"meta", txn=txn, create=False)))
        entries = env.open_db(b"entries", txn=txn, create=False)
        assert next(iter(txn.cursor(entries)))[0] == (1).to_bytes(8, "big")
        assert known == list(head)
    env.close()
    books = TablesEnv(tmp_path / "ledger" / "books", writable=False)
    assert msgpack.unpackb(books.txn.get(b"watermark", db=books.databases["meta"])) == list(head)
    row = books.txn.get(b"002/0101", db=books.databases["cabang"])
    assert crc32(b"cabang" + b"002/0101" + row[:-4]) == int.from_bytes(row[-4:], "little")
    assert msgpack.unpackb(row[:-4])[:3] == [
        "002",
        "0101",
        "CABANG 0101",
    ]
    books.close()


def test_a_wrong_page_would_be_seen() -> None:
    """Control: are tables and blocks found at all, and a changed one told from the right one?"""
    assert len(positions(section("### STA setoran_awal"))) == 4
    assert positions(section("### STA setoran_awal")) != declared(KINDS["SPT"].facts)
    assert len(body(42)) == 212
    assert section("### ZZZ tidak ada") == ""
