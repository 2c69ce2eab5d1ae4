"""A process that cannot go on ends, and with it whatever was half done."""

from __future__ import annotations

import asyncio
import logging

import pytest

from ledger.errors import JournalFailed, JournalPoisoned
from txserver import ending


@pytest.fixture
def ended() -> list[int]:
    """The exit codes that a process under watch would have ended with."""
    return []


async def turns(count: int = 3) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def test_the_end_comes_although_it_cannot_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    codes: list[int] = []

    def refuse(*arguments: object) -> None:
        raise MemoryError

    monkeypatch.setattr(logging.getLogger("siskohat"), "critical", refuse)
    with pytest.raises(MemoryError):
        ending.because_of("SKH8107 exit=%d %s", AssertionError("KENARI"), codes.append)
    assert codes == [70]


@pytest.mark.parametrize(
    ("error", "code"), [(JournalFailed("x"), 70), (JournalPoisoned("x"), 71), (KeyError("KENARI"), 70)]
)
def test_our_own_errors_have_their_codes_and_no_other_has_its_words(
    error: Exception, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    codes: list[int] = []
    ending.because_of("SKH8101 exit=%d %s", error, codes.append)
    assert codes == [code]
    assert f"SKH8101 exit={code}" in caplog.text
    assert "KENARI" not in caplog.text


async def test_a_callback_without_memory_ends_the_process(ended: list[int], caplog: pytest.LogCaptureFixture) -> None:
    loop = asyncio.get_running_loop()
    ending.watch(loop, ended.append)

    def refuse() -> None:
        raise MemoryError

    loop.call_soon(refuse)
    await turns()
    assert ended == [70]
    assert "SKH8107 exit=70 MemoryError at test_ending.py" in caplog.text


async def test_any_other_error_of_a_callback_is_told_and_costs_nobody_else(
    ended: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    loop = asyncio.get_running_loop()
    ending.watch(loop, ended.append)
    loop.call_soon([].pop)
    await turns()
    assert ended == []
    assert "IndexError" in caplog.text


async def test_what_must_last_and_ends_by_an_error_ends_the_process(ended: list[int]) -> None:
    loop = asyncio.get_running_loop()
    ending.watch(loop, ended.append)

    async def fail() -> None:
        raise OSError(5, "KENARI")

    async def last() -> None:
        await asyncio.sleep(60)

    async def done() -> None:
        return

    cancelled = ending.must_last(last())
    await turns(1)
    cancelled.cancel()
    for work in (done(), fail()):
        ending.must_last(work)
    await turns()
    assert ended == [70], "not for the one that was done, nor for the one that was cancelled"
