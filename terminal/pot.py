"""The template translators fill in: every text a panel can show, with where it stands. `make translations` writes it.

Texts of the message file, the field file and the key table are read from them; those of displays and panels from
their source, because a display is made when it is opened. That is also what finds a text that goes past the
catalogue: one that is put together before it is translated cannot be in any.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ledger.fields import FIELDS, Field
from ledger.messages import MESSAGES
from terminal.keys import ALL_KEYS, LOCKED_KEYS, Key

HERE = Path(__file__).parent
SOURCES = ("displays", "panels", "web")
HEADER = """# Panels of siskohat. The source language is Indonesian; English stands in the comment before each text.
# Names between braces stay as they are. A text longer than the longer of the two is cut.
#
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Language: \\n"
"""

_PLACE_OF_TEXTS = {
    "Text": 0,
    "words": 0,
    "sentence": 0,
    "called": 0,
    "Field": 1,
    "Key": 1,
    "told_field": 1,
    "column": 1,
}
"""Calls that take an Indonesian text and, right behind it, the English one; and where the first of them stands."""
_PLACE_OF_MEANINGS = {"Field": 5}
_NAMED = ("label", "meaning")
"""The same as arguments by name, in whatever call: `label=`, `label_en=`."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A text in both languages. `where` names the row of a table, or file and line."""

    id: str
    en: str
    where: str


def pairs() -> list[Pair]:
    """Every text there is; one that stands in several places comes once for each."""
    found = [pair for row in MESSAGES.values() for pair in _of_message(row.id)]
    found += [pair for field in FIELDS.values() for pair in _of_field(field)]
    found += [pair for key in (*ALL_KEYS, *LOCKED_KEYS) for pair in _of_key(key)]
    for path in sources():
        found += of_source(path.relative_to(HERE.parent).as_posix(), ast.parse(path.read_text(encoding="utf-8")))
    return found


def sources() -> list[Path]:
    """The files whose texts are read from the source."""
    return sorted(path for folder in SOURCES for path in (HERE / folder).glob("*.py"))


def of_source(where: str, tree: ast.AST) -> Iterator[Pair]:
    """The texts of one file, as they stand in its calls."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        named = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
        given = [(named.get(one), named.get(f"{one}_en")) for one in _NAMED]
        for places in (_PLACE_OF_TEXTS, _PLACE_OF_MEANINGS):
            first = places.get(name)
            if first is not None and len(node.args) >= first + 2:
                given.append((node.args[first], node.args[first + 1]))
        for both in given:
            words = [one.value for one in both if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            if len(words) == 2:
                yield Pair(words[0], words[1], f"{where}:{node.lineno}")


def template(given: list[Pair]) -> str:
    """The template: every Indonesian text once, in the order in which they were found."""
    rows: dict[str, list[Pair]] = {}
    for pair in given:
        if pair.id:
            rows.setdefault(pair.id, []).append(pair)
    entries = []
    for text, found in rows.items():
        english = sorted({pair.en for pair in found})
        lines = [*(f"#. {one}" for one in english), f"#: {' '.join(sorted({pair.where for pair in found}))}"]
        entries.append("\n".join([*lines, f"msgid {_quoted(text)}", 'msgstr ""']))
    return "\n\n".join([HEADER.rstrip("\n"), *entries]) + "\n"


def _of_message(id: str) -> Iterator[Pair]:
    row = MESSAGES[id]
    yield Pair(row.first_id, row.first_en, id)
    yield Pair(row.second_id, row.second_en, id)


def _of_field(field: Field) -> Iterator[Pair]:
    yield Pair(field.label, field.label_en, field.name)
    yield Pair(field.meaning, field.meaning_en, field.name)
    for (_, meaning), beside in zip(field.choices, field.choices_en, strict=True):
        yield Pair(meaning, beside, field.name)


def _of_key(key: Key) -> Iterator[Pair]:
    yield Pair(key.label, key.label_en, key.name)
    yield Pair(key.does, key.does_en, key.name)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def main() -> None:
    """Write the template to the file named, or to standard output."""
    text = template(pairs())
    if len(sys.argv) > 1:
        file = Path(sys.argv[1])
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
