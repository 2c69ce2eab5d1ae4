"""Do the ISO 20022 messages hold against schemas that other people wrote?

pyiso20022 has every message as classes made from the published schemas; their names, order, lengths, patterns and
code lists are what `faults` compares our XML with, element by element.
"""

from __future__ import annotations

import dataclasses
import enum
import re
import types
import typing
from decimal import Decimal, InvalidOperation
from importlib import import_module
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from txserver.settlement.examples import EXAMPLE, EXAMPLE_RECORDS, example, template
from txserver.settlement.iso import Account, host_statement, payment_order
from txserver.settlement.records import Expected, kepala_of

NS = "urn:iso:std:iso:20022:tech:xsd:"
KEPALA = kepala_of(EXAMPLE, EXAMPLE_RECORDS)
FROM = Account("BANK & CONTOH <002>", "0012-KLIRING", "002")
TO = Account("REKENING MENTERI AGAMA", "0000-BPIH", "001")
MADE = "2004-05-20T17:05:00+07:00"


def order(dari: Account = FROM) -> bytes:
    return payment_order(KEPALA, dari, TO, "DITJEN BPIH", MADE)


def faults(content: bytes) -> list[str]:
    """Where a message does not follow the library's schema of its namespace."""
    root = ET.fromstring(content)
    space = root.tag[1:].partition("}")[0]
    message = space.removeprefix(NS)
    module = import_module(f"pyiso20022.{message[:4]}.{message.replace('.', '_')}")
    inside = import_module(module.Document.__module__)
    assert module.Document.Meta.namespace == space
    return list(_element(root, module.Document, space, vars(inside), "Document"))


def _kinds(annotation: Any) -> list[Any]:
    """The types a field may have, without None and list."""
    if typing.get_origin(annotation) in {typing.Union, types.UnionType}:
        return [kind for part in typing.get_args(annotation) for kind in _kinds(part)]
    if typing.get_origin(annotation) is list:
        return _kinds(typing.get_args(annotation)[0])
    return [] if annotation is type(None) else [annotation]


def _element(element: ET.Element, cls: Any, space: str, names: dict[str, Any], path: str) -> typing.Iterator[str]:
    hints = typing.get_type_hints(cls, names)
    fields = {one.metadata.get("name", one.name): one for one in dataclasses.fields(cls)}
    attributes = {name for name, one in fields.items() if one.metadata.get("type") == "Attribute"}
    known = [name for name, one in fields.items() if one.metadata.get("type") == "Element"]
    seen = [child.tag.removeprefix(f"{{{space}}}") for child in element]
    yield from (f"{path}: {name} unknown" for name in [*seen, *element.attrib] if name not in fields)
    positions = [known.index(name) for name in seen if name in known]
    if positions != sorted(positions):
        yield f"{path}: order of {seen}"
    if cls.__name__.endswith("Choice") and len(seen) != 1:
        yield f"{path}: one of a choice, not {seen}"
    for name, one in fields.items():
        n = (name in element.attrib) if name in attributes else seen.count(name)
        is_list = typing.get_origin(hints[one.name]) is list
        least = one.metadata.get("min_occurs", 0) if is_list else int(one.metadata.get("required", False))
        if name in known or name in attributes:
            if not least <= n <= (one.metadata.get("max_occurs", 10**9) if is_list else 1):
                yield f"{path}: {n} of {name}"
            if name in attributes and n:
                yield from _text(element.attrib[name], hints[one.name], one.metadata, f"{path}@{name}")
        elif one.name == "value":
            yield from _text(element.text or "", hints[one.name], one.metadata, path)
    for child, name in zip(element, seen, strict=True):
        if name in known:
            (kind,) = set(_kinds(hints[fields[name].name]))
            below = f"{path}/{name}"
            if dataclasses.is_dataclass(kind):
                yield from _element(child, kind, space, names, below)
            else:
                yield from _text(child.text or "", kind, fields[name].metadata, below)


def _text(text: str, annotation: Any, rules: typing.Mapping[str, Any], path: str) -> typing.Iterator[str]:
    if not rules.get("min_length", 0) <= len(text) <= rules.get("max_length", 10**9):
        yield f"{path}: length of {text!r}"
    if "pattern" in rules and re.fullmatch(rules["pattern"], text) is None:
        yield f"{path}: pattern of {text!r}"
    for kind in _kinds(annotation):
        if isinstance(kind, type) and issubclass(kind, enum.Enum) and text not in {one.value for one in kind}:
            yield f"{path}: {text!r} is no {kind.__name__}"
        if kind is Decimal:
            try:
                _, digits, exponent = Decimal(text).as_tuple()
            except InvalidOperation:
                yield f"{path}: {text!r} is no number"
                continue
            assert isinstance(exponent, int)
            if len(digits) > rules.get("total_digits", 99) or -exponent > rules.get("fraction_digits", 99):
                yield f"{path}: too many digits in {text!r}"
        if getattr(kind, "__name__", "") in {"XmlDate", "XmlDateTime"} and not hasattr(kind, "__supertype__"):
            yield from () if kind.from_string(text) else (f"{path}: no date",)


@pytest.mark.parametrize("form", ["camt.053", "camt.054"])
@pytest.mark.parametrize("make", [example, lambda form: template(form, Expected("002", "2004-05-20", "STA", "USD"))])
def test_what_banks_start_from_is_valid(form: str, make: Any) -> None:
    assert faults(make(form)) == []


def test_the_statement_of_the_host_is_valid() -> None:
    content = b"".join(host_statement(KEPALA, EXAMPLE_RECORDS, MADE))
    assert faults(content) == []
    root = ET.fromstring(content)
    space = {"c": NS + "camt.053.001.08"}
    assert [one.text for one in root.iterfind(".//c:Ntry/c:Amt", space)] == ["20000000"] * 3
    assert root.findtext(".//c:TtlCdtNtries/c:Sum", None, space) == "60000000"
    assert root.findtext(".//c:MsgId", "", space).startswith("H-")


def test_the_order_of_transfer_is_valid_and_says_the_sum() -> None:
    content = order()
    assert faults(content) == []
    root = ET.fromstring(content)
    space = {"p": NS + "pain.001.001.09"}
    amount = root.find(".//p:InstdAmt", space)
    assert amount is not None
    assert (amount.text, amount.attrib) == ("60000000", {"Ccy": "IDR"})
    assert [one.text for one in root.iterfind(".//p:CtrlSum", space)] == ["60000000", "60000000"]
    assert root.findtext(".//p:Dbtr/p:Nm", None, space) == FROM.nama
    assert root.findtext(".//p:CdtrAcct/p:Id/p:Othr/p:Id", None, space) == TO.rekening
    assert content == order(), "the same order twice is known as one"


def test_long_names_are_cut_to_what_the_schema_takes() -> None:
    assert faults(order(Account("&" * 200, "9" * 50, "002"))) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<PmtMtd>TRF</PmtMtd>", b"<PmtMtd>ABC</PmtMtd>"),
        (b"<PmtMtd>TRF</PmtMtd>", b""),
        (b"<PmtMtd>TRF</PmtMtd>", b"<PmtMtd>TRF</PmtMtd><Baru>1</Baru>"),
        (b"<NbOfTxs>1</NbOfTxs>", b"<NbOfTxs>satu</NbOfTxs>"),
        (b'Ccy="IDR"', b'Ccy="Rupiah"'),
        (b">60000000</InstdAmt>", b">60000000,00</InstdAmt>"),
        (b"<EndToEndId>", b"<EndToEndId>" + b"X" * 35),
        (b"<PmtMtd>TRF</PmtMtd><NbOfTxs>1</NbOfTxs>", b"<NbOfTxs>1</NbOfTxs><PmtMtd>TRF</PmtMtd>"),
    ],
)  # fmt: skip
def test_the_comparison_would_see_a_fault(old: bytes, new: bytes) -> None:
    content = order()
    assert old in content
    assert faults(content.replace(old, new, 1)) != []
