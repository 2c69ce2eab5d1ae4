"""Ledgers for the unit tests: small, founded, the same bytes every time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.store import Store
from tests.ledger_fixtures import Desk, new_ledger, new_store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A founded ledger, closed."""
    return new_ledger(tmp_path / "ledger")


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[tuple[Store, Desk]]:
    """A founded ledger, open, and the desk that goes on for it."""
    with new_store(tmp_path / "ledger") as both:
        yield both
