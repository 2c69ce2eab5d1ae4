"""What a host makes of the ways in which a look at its books can end."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import pytest

from txserver.config import Settings
from txserver.inspection import DAMAGED, Inspection
from txserver.metrics import Metrics


class Looks(Inspection):
    """Looks by a script of the test in place of the ledger's command."""

    def __init__(self, script: str, every_s: float = 0.01) -> None:
        self.codes: list[int] = []
        self.metrics = Metrics()
        super().__init__(Settings(data="-", inspect_seconds=every_s), self.metrics, self.codes.append)
        self._command = (sys.executable, "-c", script)


async def test_a_look_that_finds_nothing_is_counted_and_comes_again(caplog: pytest.LogCaptureFixture) -> None:
    looks = Looks("print('books at entry 7')")
    keeping = asyncio.create_task(looks.keep())
    async with asyncio.timeout(20):
        while looks.metrics.inspections < 2:
            await asyncio.sleep(0.01)
    keeping.cancel()
    assert (looks.codes, caplog.text) == ([], "")


@pytest.mark.parametrize("code", sorted(DAMAGED))
async def test_damage_that_is_found_twice_ends_the_host(code: int, caplog: pytest.LogCaptureFixture) -> None:
    """Also where LMDB did not survive the look."""
    end = f"sys.exit({code})" if code > 0 else f"os.kill(os.getpid(), {-code})"
    looks = Looks(f"import os, sys; sys.stderr.write('' if {code} < 0 else 'table spph: 6 rows are found of 7'); {end}")
    assert not await looks.look()
    assert (looks.codes, looks.metrics.inspections) == ([73], 0)
    assert (
        f"SKH8110 exit=73 {'table spph: 6 rows are found of 7' if code > 0 else f'the look ended with {code}'}"
        in caplog.text
    )


async def test_what_a_second_look_does_not_find_ends_nobody(tmp_path: Path) -> None:
    """As when a look had no memory, or no file handle."""
    seen = f"seen = pathlib.Path({str(tmp_path / 'seen')!r})"
    looks = Looks(f"import pathlib, sys; {seen}; sys.exit(0 if seen.exists() else seen.touch() or 73)")
    assert await looks.look()
    assert (looks.codes, looks.metrics.inspections) == ([], 1)


@pytest.mark.parametrize(
    ("script", "said"),
    [("raise SystemExit(70)", "SKH8111 exit=70"), ("import os; os.kill(os.getpid(), 9)", "SKH8111 exit=-9")],
)
async def test_a_look_that_could_not_be_made_is_told(script: str, said: str, caplog: pytest.LogCaptureFixture) -> None:
    looks = Looks(script)
    assert not await looks.look()
    assert (looks.codes, looks.metrics.inspections) == ([], 0)
    assert said in caplog.text


async def test_a_look_without_a_process_to_be_had_is_told(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    looks = Looks("")
    looks._command = (str(tmp_path / "nothing"),)
    assert not await looks.look()
    assert looks.codes == []
    assert "SKH8111 exit=None" in caplog.text


async def test_a_look_ends_with_its_host() -> None:
    """A host that is asked to stop does not wait until all rows have been looked at."""
    looks = Looks("import time; time.sleep(60)")
    keeping = asyncio.create_task(looks.keep())
    async with asyncio.timeout(20):
        while looks._child is None:
            await asyncio.sleep(0.01)
    child, asked = looks._child, time.monotonic()
    keeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await keeping
    assert await asyncio.to_thread(child.wait) == -9
    assert time.monotonic() - asked < 20
