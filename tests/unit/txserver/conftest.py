"""A committer on a founded ledger, which is verified when the test is over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.verify import verify
from tests.host_fixtures import Desk, MakeDesk, found


@pytest.fixture
def make_desk(tmp_path: Path) -> Iterator[MakeDesk]:
    made: list[Desk] = []

    def make(preset: str = "production", **settings: Any) -> tuple[Desk, list[str]]:
        store, numbers = found(tmp_path / "ledger")
        made.append(Desk(store, preset, **settings))
        return made[-1], numbers

    yield make
    for desk in made:
        assert verify(desk.store.journal).verified
        desk.store.close()
