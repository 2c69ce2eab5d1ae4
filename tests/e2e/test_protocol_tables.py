"""docs/protocol.md against the code: its messages, fields, lengths, limits and ids are the host's."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any, get_args

import msgpack
import msgspec
import pytest

from ledger.books import DIBLOKIR
from ledger.codec import decode_entry
from ledger.engine import answer_of
from ledger.kinds import KINDS, Request
from ledger.kinds.cetak_ulang import CetakUlang
from ledger.kinds.koreksi_setoran import KoreksiSetoran
from ledger.kinds.laci_buka import LaciBuka
from ledger.kinds.laci_serah import LaciSerah
from ledger.kinds.laci_tutup import LaciTutup
from ledger.kinds.status_user_id import StatusUserId
from ledger.messages import MESSAGES
from ledger.records import origin_of
from tests.e2e.protocol_page import PAGE, quoted, rows, worked
from tests.evening_fixtures import full_bodies
from tests.host_fixtures import (
    HARI,
    OPERATOR,
    OPERATOR_2,
    ROOT,
    SUPERVISOR,
    TELLER,
    TELLER_2,
    deposit,
    found,
    must,
)
from txserver.config import Settings
from txserver.line import SUBPROTOCOL
from txserver.wire.frames import (
    FromHost,
    FromTerminal,
    Inquiry_,
    decode_from_host,
    decode_from_terminal,
    encode,
)


def by_tag(union: Any) -> dict[str, tuple[str, ...]]:
    """Field names of every frame of a union, by its name on the wire."""
    return {str(frame.__struct_config__.tag): frame.__struct_fields__ for frame in get_args(union)}


@pytest.mark.parametrize(
    ("title", "union"), [("2. Messages from the terminal", FromTerminal), ("3. Messages from the host", FromHost)]
)
def test_messages_and_their_fields(title: str, union: Any) -> None:
    documented = {
        quoted(name)[0]: tuple(field for field in quoted(fields) if field.islower()) for name, fields, _ in rows(title)
    }
    assert documented == {tag: fields[1:] for tag, fields in by_tag(union).items()}
    assert {fields[0] for fields in by_tag(union).values()} == {"line"}


def test_kinds_their_roles_and_fields() -> None:
    documented = {
        quoted(kind)[0]: (who, tuple(quoted(fields))) for kind, who, fields, _ in rows("Request bodies (POST)")
    }
    fields = by_tag(Request)
    assert documented == {code: (", ".join(sorted(KINDS[code].roles)), fields[code]) for code in fields}


def constraints(request: type, field: str) -> dict[str, Any]:
    schema = msgspec.json.schema(request)["$defs"][request.__name__]["prefixItems"]
    at: dict[str, Any] = schema[1 + msgspec.structs.fields(request).index(field_of(request, field))]
    return at


def field_of(request: type, name: str) -> Any:
    return next(field for field in msgspec.structs.fields(request) if field.name == name)


def test_lengths_of_fields() -> None:
    """Where the page says "str 11" or "str 1-40" or "up to 60", the decoder holds just that."""
    checked = 0
    for kind, _, fields, _ in rows("Request bodies (POST)"):
        request = next(r for r in get_args(Request) if r.__struct_config__.tag == quoted(kind)[0])
        for name, low, high in re.findall(r"`(\w+)` str (?:up to )?(\d+)(?:-(\d+))?(?=[,|]|$)", fields):
            held = constraints(request, name)
            assert held["maxLength"] == int(high or low), (kind, name)
            if "up to" not in re.findall(rf"`{name}` [^,]*", fields)[0] and name != "alasan":
                assert held["minLength"] == int(low), (kind, name)
            checked += 1
    assert checked > 20


def test_data_of_answers(tmp_path: Path) -> None:
    store, numbers = found(tmp_path / "ledger", forms=1)
    must(store, [(OPERATOR, 99, HARI, StatusUserId("001", "0002", DIBLOKIR, "pasal 9"))], OPERATOR_2.user)
    store.post_batch([deposit(TELLER, 1, numbers[0])])
    drawer = [LaciBuka(0), CetakUlang("1100000001", "hilang")]
    must(store, [(TELLER, stan, HARI, request) for stan, request in enumerate(drawer, 2)])
    must(store, [(TELLER, 4, HARI, KoreksiSetoran("1100000001", "salah"))], SUPERVISOR.user)
    must(store, [(TELLER, 5, HARI, LaciSerah(TELLER_2.user, 0))], TELLER_2.user)
    must(store, [(origin_of(*TELLER.perangkat.split("/"), TELLER_2.user), 6, HARI, LaciTutup(*[0] * 8))])
    entries = [decode_entry(body) for _, body in store.journal.read()]
    store.close()
    entries += [decode_entry(body) for body in full_bodies()]
    posted = {request.__struct_config__.tag for request in get_args(Request)}
    seen = {entry.kind: set(answer_of(entry)) for entry in entries if entry.kind in posted}
    documented = {quoted(kind)[0]: set(quoted(data)) for kind, _, _, data in rows("Request bodies (POST)")}
    assert documented == seen


def test_inquiries_and_their_arguments() -> None:
    documented = {quoted(name)[0]: tuple(quoted(arguments)) for name, arguments, _ in rows("Inquiry bodies")}
    assert documented == by_tag(Inquiry_)


def test_limits_are_the_defaults() -> None:
    settings = Settings()
    documented = {quoted(name)[0]: int(value.replace(",", "")) for name, value, _ in rows("Limits")}
    assert documented == {name: getattr(settings, name) for name in documented}
    limits = {name for name in Settings.__struct_fields__ if name.endswith("_max")}
    internal = {"batch_entries_max", "failures_max", "memory_entries_max"}
    assert set(documented) == limits - internal
    assert SUBPROTOCOL in quoted(dict(rows("1. Transport and framing"))["subprotocol"])


def test_every_id_on_the_page_is_in_the_message_file() -> None:
    assert set(re.findall(r"SKH\d{4}", PAGE)) - set(MESSAGES) == set()


def test_closed_tells_every_id_the_host_closes_with() -> None:
    source = "".join((ROOT / "txserver" / name).read_text() for name in ("session.py", "signon.py", "passwords.py"))
    source += (ROOT / "txserver" / "doors.py").read_text() + (ROOT / "txserver" / "committer.py").read_text()
    patterns = (r'(?:drop|close_line)\([^\n]*?"(SKH\d{4})"', r'else "(SKH7\d{3})"')
    used = {id for pattern in patterns for id in re.findall(pattern, source)}
    names = ("signon.py", "passwords.py", "devices.py")
    used |= {
        id for name in names for id in re.findall(r'Refusal\("(SKH\d{4})"', (ROOT / "txserver" / name).read_text())
    }
    assert {quoted(id)[0] for id, _ in rows("3. Messages from the host", 2)} == used


def test_worked_bytes_there_and_back() -> None:
    steps = list(worked())
    assert [message[0] for _, message, _ in steps] == ["SIGNON", "READY", "POST", "ACCEPTED", "POST", "REFUSED"]
    for arrow, message, packed in steps:
        assert msgpack.unpackb(packed) == message
        assert msgpack.packb(message) == packed
        frame: Any = decode_from_terminal(packed) if arrow == "->" else decode_from_host(packed)
        # The page's POST leaves `izin` out, which ours writes; it is the same message.
        assert encode(frame) == (msgpack.packb([*message, ""]) if message[0] == "POST" else packed)


def test_terminal_imports_nothing_of_the_product() -> None:
    tree = ast.parse((ROOT / "tests" / "e2e" / "plain_terminal.py").read_text())
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    tops = {name.partition(".")[0] for name in names}
    assert tops == {"__future__", "asyncio", "collections", "contextlib", "ssl", "typing", "aiohttp", "msgpack"}
