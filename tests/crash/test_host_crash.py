"""A real host that dies at a named point of its third commit; a terminal sees it, comes back and asks again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.runner import CRASH_BATCH, DIED
from tests.e2e.plain_terminal import Ended, connect
from tests.host_fixtures import HARI, SANDI, TELLER, HostProcess, Sound, found_closed

RUNNER = "tests/crash/runner.py"
PERSON = (TELLER.bank, TELLER.cabang, TELLER.device, TELLER.user, SANDI)


async def post_until_it_dies(host: HostProcess, numbers: list[str]) -> dict[int, tuple[int, str]]:
    """Deposits one after the other; returns number and porsi of those that were accepted, by STAN."""
    accepted: dict[int, tuple[int, str]] = {}
    async with connect(host.url) as terminal:
        await terminal.sign_on(*PERSON)
        for stan, nomor in enumerate(numbers, 1):
            try:
                answer = await terminal.deposit(stan, HARI, nomor)
            except Ended:
                break
            assert answer[0] == "ACCEPTED", answer
            accepted[stan] = (answer[3], answer[6]["nomor_porsi"])
    assert host.process.wait(20) == DIED
    return accepted


def check(accepted: dict[int, tuple[int, str]], ledger: Path) -> Sound:
    """What the terminal was told is in the ledger, with the same number."""
    sound = Sound(ledger)
    found = {stan: row for (_, stan), row in sound.deposits().items()}
    assert accepted.items() <= found.items(), "an accepted deposit is lost or has another number"
    return sound


@pytest.mark.parametrize(
    ("point", "is_there"), [("before commit", False), ("inside commit", False), ("after commit", True)]
)
@pytest.mark.parametrize("edges", [0, 1])
async def test_host_killed_around_a_commit(point: str, is_there: bool, edges: int, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    numbers = found_closed(ledger)
    with HostProcess(ledger, program=(RUNNER, point, str(ledger), "host"), edges=edges) as host:
        accepted = await post_until_it_dies(host, numbers)
    assert set(accepted) == set(range(1, CRASH_BATCH))
    assert check(accepted, ledger).granted == len(accepted) + is_there
    with HostProcess(ledger, edges=edges) as host:
        async with connect(host.url) as terminal:
            await terminal.sign_on(*PERSON)
            answers = [await terminal.deposit(stan, HARI, numbers[stan - 1]) for stan in range(1, CRASH_BATCH + 2)]
        assert host.end() == 0
    assert [answer[5] for answer in answers] == [True] * (CRASH_BATCH - 1) + [is_there, False]
    assert [answer[6]["nomor_porsi"] for answer in answers] == [f"110000000{n}" for n in range(1, CRASH_BATCH + 2)]
    told = {answer[2]: (answer[3], answer[6]["nomor_porsi"]) for answer in answers}
    assert check(accepted | told, ledger).granted == len(told)


async def test_control_a_host_that_answers_before_its_commit_is_caught(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    numbers = found_closed(ledger)
    with HostProcess(ledger, program=(RUNNER, "answer before commit", str(ledger), "host")) as host:
        accepted = await post_until_it_dies(host, numbers)
    assert set(accepted) == set(range(1, CRASH_BATCH + 1)), "it has told one deposit too many"
    with pytest.raises(AssertionError, match="lost or has another number"):
        check(accepted, ledger)
