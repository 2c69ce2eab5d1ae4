"""Does everything a person reads on a panel go through the catalogue, with an English text beside it?"""

from __future__ import annotations

import ast
import gettext
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from terminal.keys import AID_KEYS, EDITING_KEYS
from terminal.language import SAME, variables
from terminal.pot import Pair, of_source, pairs, sources, template

KEY_BY_NAME = {key.name: key for key in (*AID_KEYS, *EDITING_KEYS)}
BRACES = re.compile(r"\{[^}]*\}")
DISPLAY_NAME = re.compile(r"SKH[A-Z0-9]{1,7}")
TRANSLATED = {"Text", "words", "sentence", "called", "Field", "Key", "told_field", "column"}
"""Calls whose texts the catalogue knows (see terminal/pot.py)."""
NOT_SHOWN = {"Said", "same", "getLogger", "getattr", "add_class", "push_screen", "begin", "run_worker", "replace"}
"""Calls whose texts are ids, names, or (`same`) the decree's own words and data."""
AS_IT_IS = {
    "X SYSTEM",  # the keyboard lock of a 5250 is called so in every language
    "SISKOHAT",
    " DEMO",
    *KEY_BY_NAME,
}
WORDS = re.compile(r"[A-Za-z]{2,}.*\s.*[A-Za-z]{2,}|[A-Z][a-z]{2,}|[A-Z]{4,}")
"""What looks like something to read: two words, a capitalised one, or one in capitals."""


def untranslated(given: list[Pair]) -> list[str]:
    """Texts without English, or whose English is the Indonesian, unless both languages have that word."""
    return [
        f"{pair.where}: {pair.id!r} / {pair.en!r}"
        for pair in given
        if bool(pair.id.strip()) != bool(pair.en.strip())
        or (pair.id == pair.en and re.search("[A-Za-z]{2}", BRACES.sub("", pair.id)) and pair.id not in SAME)
    ]


def bypassing(where: str, tree: ast.Module) -> list[str]:
    """Literals that look like something to read and stand in no call that is translated."""
    covered: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in TRANSLATED | NOT_SHOWN or name.endswith(("Error", "Fault")):
                covered |= ids_below(node)
        elif isinstance(node, ast.Assert | ast.Raise):
            covered |= ids_below(node)
        elif isinstance(node, ast.AnnAssign):
            covered |= ids_below(node.annotation)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            covered.add(id(node.value))  # a docstring
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            covered |= annotations(node)
    return [
        f"{where}:{node.lineno}: {node.value!r}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in covered
        and node.value not in AS_IT_IS
        and not DISPLAY_NAME.fullmatch(node.value)
        and WORDS.search(node.value)
    ]


def ids_below(node: ast.AST) -> set[int]:
    return {id(below) for below in ast.walk(node)}


def annotations(node: ast.FunctionDef | ast.AsyncFunctionDef) -> set[int]:
    found = [node.returns, *(argument.annotation for argument in ast.walk(node.args) if isinstance(argument, ast.arg))]
    return {one for each in found if each is not None for one in ids_below(each)}


def parsed() -> Iterator[tuple[str, ast.Module]]:
    for path in sources():
        yield f"{path.parent.name}/{path.name}", ast.parse(path.read_text(encoding="utf-8"))


def test_every_text_has_its_english_beside_it() -> None:
    assert untranslated(pairs()) == []


def test_no_text_goes_past_the_catalogue() -> None:
    files = [(where, tree) for where, tree in parsed() if not where.startswith("web/")]
    assert len(files) > 10
    assert [line for where, tree in files for line in bypassing(where, tree)] == []


def test_a_text_put_together_before_it_is_translated_is_not_in_a_catalogue() -> None:
    """Text(f"...") would be another text for every value: no catalogue could have it."""
    composed = [
        f"{where}:{node.lineno}"
        for where, tree in parsed()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Text"
        for argument in node.args[:2]
        if isinstance(argument, ast.JoinedStr | ast.BinOp | ast.Call)
    ]
    assert composed == []


def test_one_text_means_one_thing() -> None:
    """A catalogue has one translation for a text; a text with two English ones would need two."""
    english: dict[str, set[str]] = {}
    for pair in pairs():
        english.setdefault(pair.id, set()).add(pair.en)
    assert {text: sorted(found) for text, found in english.items() if len(found) > 1} == {}


def test_both_languages_have_the_same_variables() -> None:
    assert [pair.where for pair in pairs() if variables(pair.id) != variables(pair.en)] == []


def test_the_scan_sees_what_it_is_for() -> None:
    """Control: a bare literal, an empty and a copied English text, and what is allowed."""
    source = """
BARE = "Silakan tunggu"
x = Text("Kembali", "Kembali"), Text("Ada", ""), Text("Baik", "Good"), same("NOMOR PORSI")
y = Field("n", "Laci", "Laci", 3, Edit.TEXT, "Arti.", "Meaning."), replace(z, label="Nama", label_en="Name")
assert x, "Nobody reads this"
def f(a: "Some Type") -> None:
    return screen.say("Selesai")
"""
    tree = ast.parse(source)
    assert bypassing("x", tree) == ["x:2: 'Silakan tunggu'", "x:7: 'Selesai'"]
    found = list(of_source("x", tree))
    assert {pair.id for pair in found} == {"Kembali", "Ada", "Baik", "Laci", "Arti.", "Nama"}
    assert set(untranslated(found)) == {"x:3: 'Kembali' / 'Kembali'", "x:3: 'Ada' / ''", "x:4: 'Laci' / 'Laci'"}


def test_the_template_is_one_that_gettext_reads(tmp_path: Path) -> None:
    text = template(pairs())
    assert text.count('\nmsgid "') == len(set(re.findall(r'^msgid "(.*)"$', text, re.MULTILINE)))
    assert 'msgid "Nomor porsi {nomor_porsi} telah diberikan, entri {seq}."' in text
    assert "#. Nomor porsi {nomor_porsi} granted, entry {seq}." in text
    if shutil.which("msgfmt") is None:
        pytest.skip("no msgfmt here; the catalogues of the other tests are made by hand")
    source, compiled = tmp_path / "x.po", tmp_path / "x.mo"
    source.write_text(text, encoding="utf-8")
    subprocess.run(["msgfmt", "--check-format", "-o", str(compiled), str(source)], check=True, timeout=60)
    with compiled.open("rb") as stream:
        assert gettext.GNUTranslations(stream).gettext("Kirim") == "Kirim"
