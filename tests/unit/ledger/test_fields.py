"""Does every field a person sees or a terminal sends have its row in the reference?"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from ledger import fields
from ledger.fields import FIELDS, Edit, is_printable, is_tidy
from ledger.kind import Role
from ledger.kinds import KINDS, Request
from ledger.kinds.spph import Pribadi, SpphBaru

REQUESTS = [
    (code, item) for code, kind in KINDS.items() if code != "GEN" for item in msgspec.structs.fields(kind.request)
]


def longest(wanted: Any) -> int | None:
    """What the wire lets through: the length of an Annotated text."""
    [meta] = wanted.__metadata__
    return None if meta.max_length is None else int(meta.max_length)


@pytest.mark.parametrize(("code", "item"), REQUESTS, ids=lambda value: getattr(value, "name", value))
def test_every_request_field_has_its_row(code: str, item: Any) -> None:
    """Is it in the reference, and does the wire let through what the panel takes?"""
    row = FIELDS[item.name]
    limit = longest(item.type)
    if row.edit is Edit.RUPIAH:
        assert limit is None
    else:
        assert limit is not None
        assert row.length <= limit, f"{code}.{item.name}: the panel takes {row.length}, the wire {limit}"


def test_the_fields_of_the_opening_have_rows_where_people_see_them() -> None:
    """Are name, user and device of `init` those of the reference?"""
    names = {item.name for item in msgspec.structs.fields(KINDS["GEN"].request)}
    assert names - FIELDS.keys() == {"ledger", "demo"}


def test_every_wire_type_is_bounded() -> None:
    """Can no text or number grow without limit?"""
    for code, item in REQUESTS:
        [meta] = item.type.__metadata__
        assert (meta.max_length or meta.le) is not None, f"{code}.{item.name}"


@pytest.mark.parametrize(
    "values",
    [["BNK", "0022", "X"], ["BNK", "002", ""], ["BNK", "002", "X" * 41], ["STA", "33250000001", -1], ["STA", "1", 1],
     ["STA", "33250000001", 10**15 + 1], ["STA", "33250000001", "20000000"],
     ["GEN", "00", "X", True, "U", "D"], ["STA"], ["STA", "33250000001", 2.5]],
    ids=repr,
)  # fmt: skip
def test_the_wire_refuses_what_is_out_of_bounds(values: list[Any]) -> None:
    """Control: are the bounds of the types in force when a request is read?"""
    decode = msgspec.msgpack.Decoder(Request).decode
    assert decode(msgspec.msgpack.encode(["STA", "33250000001", 20_000_000]))
    with pytest.raises(msgspec.ValidationError):
        decode(msgspec.msgpack.encode(values))


def test_rows_are_complete_and_fit_a_panel() -> None:
    """Has each a label in both languages, a meaning, and a length a line of 80 can hold?"""
    for name, row in FIELDS.items():
        assert row.name == name
        assert all((row.label, row.label_en, row.meaning, row.meaning_en)), name
        assert len(row.label) <= 20, name
        assert 1 <= row.length <= 64, name
        assert (row.edit is Edit.CODE) == bool(row.choices), name
        assert all(len(code) <= row.length for code, _ in row.choices), name


def test_lists_of_codes_are_those_of_the_rules() -> None:
    """Do the choices on the panel equal what the rules accept?"""
    assert [code for code, _ in FIELDS["peran"].choices] == list(Role.__members__)
    assert [code for code, _ in FIELDS["status"].choices] == ["AKTIF", "DIBLOKIR", "DICABUT"]
    assert [code for code, _ in FIELDS["jenis_kelamin"].choices] == ["L", "P"]


def test_optional_fields_are_those_a_form_may_leave_empty() -> None:
    """Does the panel insist on what the rule insists on, and on nothing more?"""
    mandatory = {
        "nama",
        "nama_ayah",
        "tempat_lahir",
        "tanggal_lahir",
        "jenis_kelamin",
        "alamat",
        "kelurahan",
        "kecamatan",
    }
    form = {item.name for item in msgspec.structs.fields(SpphBaru)}
    assert {name for name in form if not FIELDS[name].optional} == mandatory


def test_the_sealed_part_is_the_form() -> None:
    """Is what is sealed, in its stored order, the whole form and nothing else?"""
    assert Pribadi.__struct_fields__ == SpphBaru.__struct_fields__


def test_types_of_the_wire_are_all_annotated() -> None:
    """Control: is a plain str, without a bound, told apart?"""
    assert longest(fields.Nama) == 40
    with pytest.raises(AttributeError):
        longest(str)


@pytest.mark.parametrize("text", ["AHMAD", "Ny. Sri Ayu", "Ibrāhīm", "O'Neil", "محمد"])
def test_tidy_texts(text: str) -> None:
    """Are names of any script fine?"""
    assert is_tidy(text)
    assert is_printable(text, "")


@pytest.mark.parametrize(
    "text", ["", " ", " A", "A ", "A\n", "A\tB", "A\x1b[2J", "A\u202eB", "A\u200bB", "A\x00", "\ufeffA", "A\u00a0"]
)
def test_untidy_texts(text: str) -> None:
    """Does no control code, bidirectional mark or padding reach a screen or a printer?"""
    assert not is_tidy(text)
    assert not is_tidy("AHMAD", text)
