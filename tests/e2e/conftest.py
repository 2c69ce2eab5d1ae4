"""A founded ledger, made once and copied for every test that wants one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.host_fixtures import found_closed

FORMS = 60


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    path = tmp_path_factory.mktemp("template") / "ledger"
    return path, found_closed(path, FORMS)


@pytest.fixture
def ledger(template: tuple[Path, list[str]], tmp_path: Path) -> Path:
    """A ledger of its own for one test."""
    shutil.copytree(template[0], tmp_path / "ledger")
    return tmp_path / "ledger"


@pytest.fixture
def numbers(template: tuple[Path, list[str]]) -> list[str]:
    """The signed SPPHs of the ledger."""
    return template[1]
