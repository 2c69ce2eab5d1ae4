"""What an import brings along, each in an interpreter that has loaded nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def loaded_by(module: str) -> set[str]:
    """Names in sys.modules after importing one module."""
    program = f"import json, sys, {module}; print(json.dumps(sorted(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stderr
    names: list[str] = json.loads(run.stdout.splitlines()[-1])
    return set(names)


def tops(modules: set[str]) -> set[str]:
    return {module.partition(".")[0] for module in modules}


def test_terminal_loads_no_storage_and_of_the_server_only_the_wire() -> None:
    modules = loaded_by("terminal.app")
    assert tops(modules).isdisjoint({"lmdb", "argon2", "bench"})
    server = {module for module in modules if module.startswith("txserver.")}
    assert {module for module in server if not (module + ".").startswith("txserver.wire.")} == set()
    assert modules.isdisjoint({"ledger.journal", "ledger.checkpoint", "ledger.engine", "ledger.vault"})


def test_kinds_load_neither_msgpack_nor_asyncio() -> None:
    modules = loaded_by("ledger.kinds")
    assert tops(modules).isdisjoint(
        {"lmdb", "msgpack", "asyncio", "socket", "logging", "txserver", "terminal", "bench"}
    )


@pytest.mark.parametrize("module", ["ledger.engine", "ledger.books", "ledger.receipts"])
def test_rules_load_no_storage(module: str) -> None:
    assert tops(loaded_by(module)).isdisjoint({"lmdb", "asyncio", "socket"})


@pytest.mark.parametrize("module", ["txserver.session", "txserver.batcher", "txserver.wire.frames"])
def test_sans_io_of_the_server_loads_no_io(module: str) -> None:
    assert tops(loaded_by(module)).isdisjoint({"lmdb", "aiohttp", "asyncio", "uvloop"})


def test_ledger_command_needs_no_network() -> None:
    assert tops(loaded_by("ledger.verify")).isdisjoint({"aiohttp", "uvloop", "textual", "txserver"})


@pytest.mark.parametrize("module", ["txserver.__main__", "terminal.__main__", "ledger.__main__", "bench.__main__"])
def test_commands_load_the_heavy_parts_when_run_and_not_for_help(module: str) -> None:
    assert tops(loaded_by(module)).isdisjoint({"aiohttp", "textual", "lmdb", "matplotlib"})
