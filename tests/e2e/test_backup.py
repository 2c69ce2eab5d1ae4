"""Backup of a host in the middle of a flood of posts, and a host on what was restored."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from tests.e2e.plain_terminal import connect
from tests.e2e.test_host import Traffic
from tests.host_fixtures import HARI, TELLER, HostProcess, Sound, found_closed, person, run_command

FLOOD = 4000
"""Forms: a few seconds of posts."""


async def command(*arguments: str) -> tuple[int, str, str]:
    return await asyncio.to_thread(run_command, "ledger", *arguments)


async def test_backup_in_a_flood(tmp_path: Path) -> None:
    """Every backup is a point of the ledger: entries 1 to its head, byte for byte; no answer is lost by making it."""
    ledger = tmp_path / "ledger"
    numbers = found_closed(ledger, FLOOD)
    traffic, notes, meanwhile = Traffic(numbers), [], []
    before = Sound(ledger).head
    with HostProcess(ledger, edges=0) as host:
        running = asyncio.ensure_future(traffic.run(host.url))
        while not traffic.accepted:
            await asyncio.sleep(0)
        for n, more in enumerate(((), ("--compact",), ())):
            seen = len(traffic.accepted)
            code, out, errors = await command("backup", str(ledger), str(tmp_path / f"b{n}"), "--json", *more)
            assert (code, errors) == (0, ""), (out, errors)
            notes.append(json.loads(out))
            assert notes[-1]["entri"] >= before + seen, "what was answered before it began is in it"
            meanwhile.append(len(traffic.accepted) - seen)
        await running
        assert host.end() == 0
    print(f"answered while each backup was made: {meanwhile}")
    assert meanwhile[0] > 100, "the flood was over before"
    whole = traffic.agrees_with(ledger)
    assert whole.granted == len(numbers)
    for n, note in enumerate(notes):
        code, out, errors = await command("restore", str(tmp_path / f"b{n}"), str(tmp_path / f"r{n}"))
        assert (code, errors) == (0, ""), (out, errors)
        assert "VERIFIED" in out
        restored = Sound(tmp_path / f"r{n}")
        assert restored.head == restored.watermark == note["entri"]
        assert restored.entries.items() <= whole.entries.items()


async def test_a_host_goes_on_from_a_backup(ledger: Path, numbers: list[str], tmp_path: Path) -> None:
    """With its users' passwords and its keys; a deposit made before is answered again, another one goes on."""
    with HostProcess(ledger) as host:
        async with connect(host.url) as terminal:
            await terminal.sign_on(*person(TELLER))
            first = await terminal.deposit(1, HARI, numbers[0])
        code, _, errors = await command("backup", str(ledger), str(tmp_path / "b"))
        assert (code, errors) == (0, "")
    code, _, errors = await command("restore", str(tmp_path / "b"), str(tmp_path / "r"))
    assert (code, errors) == (0, "")
    with HostProcess(tmp_path / "r") as host:
        async with connect(host.url) as terminal:
            await terminal.sign_on(*person(TELLER))
            again = await terminal.deposit(1, HARI, numbers[0])
            assert (again[3], again[5], again[6]) == (first[3], True, first[6])
            assert (await terminal.deposit(2, HARI, numbers[1]))[3] == first[3] + 1
            pilgrim = await terminal.ask("INQUIRY", 0, 1, ["SPPH", numbers[1]])
            assert "KENARI" in json.dumps(pilgrim), "the name opens with the restored keys"
        assert host.end() == 0


async def test_a_part_is_not_served(ledger: Path, tmp_path: Path) -> None:
    code, out, _ = await command("restore", str(ledger), str(tmp_path / "p"), "--upto", "20")
    assert code == 0
    assert "PART: entries 1 to 20, marked as such" in out
    code, _, errors = run_command("txserver", "--data", str(tmp_path / "p"), "--listen", "127.0.0.1:0")
    assert code == 77
    assert "PART: entries 1 to 20 of" in errors
    code, out, _ = await command("verify", str(tmp_path / "p"), "--books")
    assert code == 0
    assert "PART: entries 1 to 20 of" in out
    assert "not to be served" in (await command("head", str(tmp_path / "p")))[1]
    code, _, errors = await command("restore", str(ledger), str(tmp_path / "p"))
    assert code == 73
    assert "exists already" in errors
    for words in (("--upto", "99999"), ("--serve",)):
        code, out, _ = await command("restore", str(ledger), str(tmp_path / "q"), *words)
        assert code in {2, 73}
        assert not (tmp_path / "q").exists()
