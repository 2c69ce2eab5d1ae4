"""A fake host, and links to it that use one folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.terminal.fake_host import FakeHost
from tests.unit.terminal.link_bench import Bench


@pytest.fixture
async def host() -> AsyncIterator[FakeHost]:
    host = await FakeHost().start()
    yield host
    await host.stop()


@pytest.fixture
async def bench(host: FakeHost, tmp_path: Path) -> AsyncIterator[Bench]:
    bench = Bench(host, tmp_path / "state")
    yield bench
    for link in bench.links:
        await link.close()
