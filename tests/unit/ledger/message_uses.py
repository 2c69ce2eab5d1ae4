"""Where message ids are used and with which variables, read off the source of all packages."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from string import Formatter

from ledger.messages import MESSAGES

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ("ledger", "txserver", "terminal", "bench")
ID = re.compile(r"SKH\d{4}")
FIELDS_OWN = {"label", "field", "panjang"}


Trees = list[tuple[str, ast.Module]]


@cache
def sources() -> Trees:
    """Every module but the message file itself, by its path."""
    paths = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    names = [path.relative_to(ROOT).as_posix() for path in paths]
    return [
        (name, ast.parse(path.read_text(encoding="utf-8")))
        for name, path in zip(names, paths, strict=True)
        if name != "ledger/messages.py"
    ]


def _docstrings(tree: ast.Module) -> set[int]:
    """Constants that are texts about code: what they name is not used by it."""
    return {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


@cache
def ids_used() -> dict[str, set[str]]:
    """Every id in a string of the code, with the files it stands in."""
    used: dict[str, set[str]] = {}
    for name, tree in sources():
        skip = _docstrings(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skip:
                for found in ID.findall(node.value):
                    used.setdefault(found, set()).add(name)
    return used


def _names(trees: Trees) -> dict[str, str]:
    """Names of modules that stand for an id."""
    return {
        target.id: value.value
        for _, tree in trees
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(value := node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(value.value, str) and ID.fullmatch(value.value)
    }


def _ids_of(node: ast.expr, names: dict[str, str]) -> list[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and ID.fullmatch(node.value):
        return [node.value]
    if isinstance(node, ast.Name | ast.Attribute):
        name = node.id if isinstance(node, ast.Name) else node.attr
        return [names[name]] if name in names else []
    if isinstance(node, ast.IfExp):
        return _ids_of(node.body, names) + _ids_of(node.orelse, names)
    return []


def data_given(trees: Trees) -> dict[str, list[tuple[str, set[str], bool]]]:
    """For every id that is passed together with a literal of its data: (file:line, keys, whether `**` adds more).

    A field that is passed after the data brings its own variables along (terminal.edit.Said).
    """
    found: dict[str, list[tuple[str, set[str], bool]]] = {}
    names = _names(trees)
    for name, tree in trees:
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            for at, (before, after) in enumerate(zip(node.args, node.args[1:], strict=False)):
                if isinstance(after, ast.Dict):
                    keys = {key.value for key in after.keys if isinstance(key, ast.Constant)}
                    keys |= FIELDS_OWN if len(node.args) > at + 2 else set()
                    for message in _ids_of(before, names):
                        found.setdefault(message, []).append((f"{name}:{node.lineno}", keys, None in after.keys))
    return found


def data_logged(trees: Trees) -> dict[str, set[str]]:
    """For every id that opens a log line: the keys of that line."""
    lines = [
        node.args[0].value
        for _, tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)
    ]
    found: dict[str, set[str]] = {}
    for line in lines:
        if isinstance(line, str) and (message := ID.match(line)):
            found.setdefault(message[0], set()).update(re.findall(r"(\w+)=%", line))
    return found


def variables(id: str) -> set[str]:
    """Every variable in any text of a message."""
    row = MESSAGES[id]
    texts = (row.first_id, row.second_id, row.first_en, row.second_en)
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name}
