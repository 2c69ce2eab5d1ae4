"""Is it still this house? What can be read off the source without running it."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("ledger", "txserver", "terminal", "bench")

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60

# What is longer stands here with its present length. A length may only shrink: when a file or function has
# become shorter, its row is lowered in the same change, and a row that is no longer needed goes.
FILES_LONGER: dict[str, int] = {}
FUNCTIONS_LONGER: dict[str, int] = {}  # "folder/file.py::Class.method"

# Tables of data: they grow with what they list.
DATA_FILES = {"ledger/messages.py", "ledger/fields.py"}

# Plain classes with plain methods. `async` lives in gateway, committer, line, host, link, app and panels.
SANS_IO = (
    "ledger/**/*.py",
    "txserver/wire/*.py",
    "txserver/session.py",
    "txserver/batcher.py",
    "txserver/inquiry.py",
    "txserver/board.py",
    "txserver/branch.py",
    "txserver/devices.py",
    "txserver/config.py",
    "txserver/clock.py",
    "txserver/metrics.py",
    "terminal/displays/*.py",
    "terminal/config.py",
    "terminal/edit.py",
    "terminal/events.py",
    "terminal/keys.py",
    "terminal/language.py",
    "terminal/pot.py",
    "terminal/surroundings.py",
)

# Whole words only; put together here so that this file does not find itself.
UNFINISHED = re.compile(r"\b(?:" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")) + r")\b")

SET_UP_FILES = (
    "pyproject.toml",
    "requirements.lock",
    "Makefile",
    ".gitignore",
    ".ci/*",
    "*.md",
    "Dockerfile*",
    "*.cfg",
    "*.ini",
)
# Words of package registries, put together for the same reason; and places of one developer's machine.
REGISTRY = re.compile("(?i)" + "|".join(("py" + r"pi\W", "python" + "hosted", "npm" + "js", "conda" + r"\.")))
REGISTRY_OPTION = re.compile(r"--(?:extra-)?index-url|--find-links|--trusted-host|index-url\s*=")
MACHINE_PATH = re.compile(r"(?<![\w.~/-])/(?:work|root|home|tmp|Users)/")

ASUMSI = re.compile(r"^\s*Asumsi:\s*(.+?)(?=\n\s*\n|\n\s*(?:Dasar|Asumsi):|\Z)", re.MULTILINE | re.DOTALL)

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


def sources(*folders: str) -> list[Path]:
    """Python files below these folders, sorted."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def name(path: Path) -> str:
    """Path from the root, with forward slashes."""
    return path.relative_to(ROOT).as_posix()


@cache
def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(text(path), filename=str(path))


def functions(node: ast.AST, prefix: str = "") -> Iterator[tuple[str, FunctionNode]]:
    """Every function in a tree with its dotted name; decorators do not count as lines."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, FunctionNode):
            yield prefix + child.name, child
            yield from functions(child, f"{prefix}{child.name}.")
        elif isinstance(child, ast.ClassDef):
            yield from functions(child, f"{prefix}{child.name}.")
        else:
            yield from functions(child, prefix)


def over(lengths: dict[str, int], limit: int, allowed: dict[str, int]) -> list[str]:
    """Complaints about what is too long, and about rows of the table that no longer say how long it is."""
    complaints = []
    for key, lines in sorted(lengths.items()):
        if lines > allowed.get(key, limit):
            complaints.append(f"{key}: {lines} lines, at most {allowed.get(key, limit)}: split it")
        elif key in allowed and lines <= limit:
            complaints.append(f"{key}: {lines} lines now; take its row out of the table")
        elif key in allowed and lines < allowed[key]:
            complaints.append(f"{key}: {lines} lines now; lower its row from {allowed[key]}")
    complaints += [f"{key}: in the table, but gone" for key in allowed if key not in lengths]
    return complaints


def test_files_do_not_grow() -> None:
    lengths = {
        name(path): len(text(path).splitlines()) for path in sources(*PACKAGES, "tests") if name(path) not in DATA_FILES
    }
    assert over(lengths, FILE_LINES_MAX, FILES_LONGER) == []


def test_functions_do_not_grow() -> None:
    lengths: dict[str, int] = {}
    for path in sources(*PACKAGES, "tests"):
        for qualname, node in functions(tree(path)):
            assert node.end_lineno is not None
            key = f"{name(path)}::{qualname}"
            lengths[key] = max(lengths.get(key, 0), node.end_lineno - node.lineno + 1)
    assert over(lengths, FUNCTION_LINES_MAX, FUNCTIONS_LONGER) == []


def test_package_inits_hold_a_docstring_and_nothing_else() -> None:
    inits = [path for path in sources(*PACKAGES) if path.name == "__init__.py"]
    assert len(inits) >= len(PACKAGES)
    for path in inits:
        body = tree(path).body
        assert ast.get_docstring(tree(path)), f"{name(path)} has no docstring"
        if name(path) != "ledger/kinds/__init__.py":
            assert len(body) == 1, f"{name(path)} runs code; importing any submodule would run it too"


def test_every_folder_of_modules_is_a_package() -> None:
    folders = {path.parent for path in sources(*PACKAGES)}
    assert [name(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_every_module_says_what_it_is_for() -> None:
    assert [name(path) for path in sources(*PACKAGES) if not ast.get_docstring(tree(path))] == []


@pytest.mark.parametrize("pattern", SANS_IO)
def test_sans_io_modules_have_no_async(pattern: str) -> None:
    paths = list(ROOT.glob(pattern))
    assert paths, f"{pattern} matches no file: correct the list in this test"
    asynchronous = (ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith, ast.Await)
    for path in paths:
        for node in ast.walk(tree(path)):
            assert not isinstance(node, asynchronous), f"{name(path)}:{node.lineno} is asynchronous"
            if isinstance(node, ast.Import):
                assert "asyncio" not in {alias.name.partition(".")[0] for alias in node.names}, name(path)
            if isinstance(node, ast.ImportFrom):
                assert (node.module or "").partition(".")[0] != "asyncio", name(path)


def test_nothing_is_left_for_later() -> None:
    left = [
        f"{name(path)}:{number}: {line.strip()}"
        for path in sources(*PACKAGES, "tests")
        for number, line in enumerate(text(path).splitlines(), start=1)
        if UNFINISHED.search(line)
    ]
    assert left == []


def is_broad(handler: ast.ExceptHandler) -> bool:
    """Whether a handler catches everything: no type, Exception or BaseException."""
    if handler.type is None:
        return True
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(kind, ast.Name) and kind.id in {"Exception", "BaseException"} for kind in types)


def is_silent(body: list[ast.stmt]) -> bool:
    """Whether a block does nothing: pass or an ellipsis."""
    return all(
        isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        for node in body
    )


def test_no_error_is_swallowed() -> None:
    swallowed = [
        f"{name(path)}:{node.lineno}"
        for path in sources(*PACKAGES, "tests")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler) and is_broad(node) and is_silent(node.body)
    ]
    assert swallowed == []


def set_up_files() -> list[Path]:
    """What takes part in building, installing and describing the repository."""
    return sorted(path for pattern in SET_UP_FILES for path in ROOT.glob(pattern) if path.is_file())


def test_set_up_names_no_registry_and_no_machine() -> None:
    found = [
        f"{name(path)}:{number}: {line.strip()[:100]}"
        for path in set_up_files()
        for number, line in enumerate(text(path).splitlines(), start=1)
        for pattern in (REGISTRY, REGISTRY_OPTION, MACHINE_PATH)
        if pattern.search(line)
    ]
    assert found == []


def test_lock_is_pinned_hashed_and_free_of_addresses() -> None:
    lock = text(ROOT / "requirements.lock")
    assert re.search(r"\w+://", lock) is None
    requirements = [line for line in lock.replace("\\\n", " ").splitlines() if line and not line.startswith("#")]
    assert len(requirements) > 20
    for requirement in requirements:
        assert "==" in requirement.partition(" ")[0], f"not pinned: {requirement[:60]}"
        assert "--hash=sha256:" in requirement, f"no hash: {requirement[:60]}"


def plain_name(requirement: str) -> str:
    """The distribution a requirement names, spelled the one way."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\s<>=!~;\[]", requirement, maxsplit=1)[0]).lower()


def test_lock_covers_what_pyproject_asks_for() -> None:
    settings = tomllib.loads(text(ROOT / "pyproject.toml"))
    project = settings["project"]
    asked = [*project["dependencies"], *settings["build-system"]["requires"]]
    asked += [requirement for extra in project["optional-dependencies"].values() for requirement in extra]
    locked = {plain_name(line) for line in text(ROOT / "requirements.lock").splitlines() if line[:1].isalnum()}
    assert sorted({plain_name(requirement) for requirement in asked} - locked) == []


def folded(words: str) -> str:
    """Words with single spaces, without emphasis marks and closing full stop, in lower case."""
    return re.sub(r"\s+", " ", words.replace("`", "").replace("*", "")).strip().rstrip(".").lower()


def assumptions() -> Iterator[tuple[str, str]]:
    """Every `Asumsi:` of a docstring with the place it stands in."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for path in sources(*PACKAGES):
        for node in ast.walk(tree(path)):
            if isinstance(node, documented) and (docstring := ast.get_docstring(node)):
                for match in ASUMSI.finditer(docstring):
                    yield name(path), match.group(1)


def test_every_assumption_is_a_decision() -> None:
    """Word for word, apart from line breaks: DECISIONS.md is where an assumption is found and revisited."""
    decisions = folded(text(ROOT / "DECISIONS.md"))
    missing = [f"{where}: Asumsi: {words}" for where, words in assumptions() if folded(words) not in decisions]
    assert missing == []
