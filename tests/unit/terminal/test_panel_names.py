"""Panels are Textual screens: it would call a private name of ours that it has too, and nothing else tells."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import textwrap

from textual.app import App
from textual.screen import Screen
from textual.widget import Widget

from terminal import panels
from terminal.app import Terminal
from terminal.panels.glass import Glass
from terminal.panels.panel import Panel

MEANT = {"_fatal_error"}
"""Overridden on purpose: Textual's would print people's data."""


def panel_classes() -> list[type]:
    found: set[type] = set()
    for module in pkgutil.iter_modules(panels.__path__, "terminal.panels."):
        members = inspect.getmembers(importlib.import_module(module.name), inspect.isclass)
        found |= {member for _, member in members if issubclass(member, Panel)}
    return sorted(found, key=lambda one: one.__name__)


def private_names(one: type) -> set[str]:
    """Methods of a class and what it sets on `self`, as far as they are private."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(one)))
    names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    names |= {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and ast.unparse(node.value) == "self"
    }
    return {name for name in names if name.startswith("_") and not name.startswith("__")}


def clashes(one: type, above: type, made: object | None) -> set[str]:
    taken = set(dir(above)) | (set(vars(made)) if made is not None else set())
    return private_names(one) & taken - MEANT


def test_no_private_name_of_ours_is_one_of_textual() -> None:
    classes = panel_classes()
    assert len(classes) > 8
    screen = Screen[str]()
    found = {one.__name__: both for one in classes if (both := clashes(one, Screen, screen))}
    assert found | {"Glass": clashes(Glass, Widget, Widget()), "Terminal": clashes(Terminal, App, None)} == {
        "Glass": set(),
        "Terminal": set(),
    }


def test_the_scan_sees_a_clash() -> None:
    class Wrong(Screen[str]):
        def __init__(self) -> None:
            super().__init__()
            self._bindings = None  # type: ignore[assignment]

        def _uncover(self) -> None:
            """Textual's widgets have one too."""

    assert clashes(Wrong, Screen, Screen[str]()) == {"_bindings", "_uncover"}
