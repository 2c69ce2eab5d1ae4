"""A real host: start and stop, kill in mid traffic, bad starts, what it logs, a checkpoint beside traffic."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.records import Origin
from tests.e2e.plain_terminal import Ended, connect
from tests.host_fixtures import (
    FAR_TELLER,
    HARI,
    NEIGHBOUR,
    TELLER,
    TELLER_2,
    TELLER_3,
    HostProcess,
    Sound,
    person,
    wait_until,
)

TELLERS = (TELLER, TELLER_2, TELLER_3, NEIGHBOUR)


class Traffic:
    """Tellers that post one deposit after the other until they are done or the host is gone."""

    def __init__(self, numbers: list[str]) -> None:
        share = len(numbers) // len(TELLERS)
        self.forms = {origin: numbers[at * share : (at + 1) * share] for at, origin in enumerate(TELLERS)}
        self.accepted: dict[tuple[str, int], tuple[int, str]] = {}
        self.unanswered: set[tuple[str, int]] = set()
        self.closed: list[str] = []
        self.repeats = 0

    async def run(self, url: str) -> None:
        """All tellers beside each other, each from its first unanswered request on."""
        await asyncio.gather(*(self._work(url, origin) for origin in TELLERS))

    async def _work(self, url: str, origin: Origin) -> None:
        async with connect(url) as terminal:
            await terminal.sign_on(*person(origin))
            for stan, nomor in enumerate(self.forms[origin], 1):
                key = (origin.user, stan)
                if key in self.accepted:
                    continue
                self.unanswered.add(key)
                try:
                    answer = await terminal.deposit(stan, HARI, nomor)
                    while answer[0] == "BUSY":
                        answer = await terminal.receive()
                except Ended:
                    return
                if answer[0] == "CLOSED":
                    self.closed.append(answer[2])
                    return
                assert answer[0] == "ACCEPTED", answer
                self.repeats += answer[5]
                self.unanswered.discard(key)
                self.accepted[key] = (answer[3], answer[6]["nomor_porsi"])

    def agrees_with(self, ledger: Path) -> Sound:
        """Every answer that was seen is in the ledger with the same number, and nothing that nobody asked for."""
        sound = Sound(ledger)
        found = sound.deposits()
        assert self.accepted.items() <= found.items(), "an accepted deposit is lost or has another number"
        assert found.keys() <= self.accepted.keys() | self.unanswered, "a deposit that nobody asked for"
        assert len({porsi for _, porsi in found.values()}) == sound.granted == len(found)
        return sound


async def while_running(traffic: Traffic, host: HostProcess, accepted: int, act: Callable[[], object]) -> None:
    """Let the traffic run, and act when so many answers have been seen."""
    running = asyncio.ensure_future(traffic.run(host.url))
    async with asyncio.timeout(20):
        while len(traffic.accepted) < accepted:
            assert not running.done(), running
            await asyncio.sleep(0)
    act()
    await asyncio.wait_for(running, 20)


@pytest.mark.parametrize("edges", [0, 1, 2])
async def test_start_drain_and_start_again(ledger: Path, numbers: list[str], edges: int) -> None:
    before = Sound(ledger)
    traffic = Traffic(numbers)
    with HostProcess(ledger, edges=edges) as host:
        assert f"entry {before.head}, day {HARI}, listening on 127.0.0.1:".encode() in host.said
        assert b"UJI (DEMO)" in host.said
        assert host.get("/healthz") == (200, "ok\n")
        assert host.get("/readyz") == (200, "ready\n")
        assert host.metrics()["siskohat_journal_head"] == before.head
        await while_running(traffic, host, 20, lambda: host.process.send_signal(signal.SIGTERM))
        assert host.wait() == 0
        assert set(traffic.closed) <= {"SKH9002"}
        assert "Traceback" not in host.errors
    after = traffic.agrees_with(ledger)
    assert after.watermark == after.head, "the books were brought to the journal's head"
    assert after.granted >= 20
    assert not traffic.unanswered & after.deposits().keys(), "what was taken in was answered before the end"
    with HostProcess(ledger) as host:
        assert f"entry {after.head},".encode() in host.said
        async with connect(host.url) as terminal:
            assert (await terminal.sign_on(*person(TELLER)))["stan"] == max(
                s for user, s in after.deposits() if user == "TLR1"
            )
            again = await terminal.deposit(1, HARI, numbers[0])
            assert (again[3], again[6]["nomor_porsi"]) == traffic.accepted["TLR1", 1]
            assert again[5] is True
        assert host.end(signal.SIGINT) == 0


async def test_drain_tells_the_terminals(ledger: Path) -> None:
    with HostProcess(ledger) as host:
        async with connect(host.url) as terminal, connect(host.url) as silent:
            await terminal.sign_on(*person(TELLER))
            host.process.send_signal(signal.SIGTERM)
            assert await terminal.receive() == ["CLOSED", 0, "SKH9002", {}]
            assert (await terminal.ended()).args == (1001, "SKH9002")
            assert (await silent.ended()).args == (1001, "SKH9002")
        assert host.wait() == 0


async def test_drain_does_not_wait_for_a_peer_that_does_not_close(ledger: Path) -> None:
    with HostProcess(ledger) as host:
        async with connect(host.url) as terminal:
            await terminal.sign_on(*person(TELLER))
            assert host.end() == 0  # blocks this loop: the close is never answered


async def test_kill_in_mid_traffic_loses_nothing_and_repeats_get_one_number(ledger: Path, numbers: list[str]) -> None:
    traffic = Traffic(numbers)
    for accepted in (10, 25, 40):
        with HostProcess(ledger) as host:
            await while_running(traffic, host, accepted, host.process.kill)
        traffic.agrees_with(ledger)
    with HostProcess(ledger) as host:
        await asyncio.wait_for(traffic.run(host.url), 20)
        assert host.end() == 0
    assert not traffic.unanswered
    after = traffic.agrees_with(ledger)
    assert after.granted == len(numbers) == len(traffic.accepted)
    assert traffic.repeats <= 3 * len(TELLERS)


async def test_registration_closes_at_the_share_and_opens_with_a_larger_map(ledger: Path, numbers: list[str]) -> None:
    used = (ledger / "journal" / "data.mdb").stat().st_size
    with HostProcess(ledger, map_bytes=used + 4096) as host:
        assert host.get("/readyz") == (503, "SKH9004\n")
        assert host.get("/healthz") == (200, "ok\n")
        async with connect(host.url) as terminal:
            await terminal.sign_on(*person(TELLER))
            assert await terminal.deposit(1, HARI, numbers[0]) == ["REFUSED", 0, 1, "SKH9004", {}]
            assert (await terminal.ask("INQUIRY", 0, 1, ["SPPH", numbers[0]]))[0] == "ANSWER"
        assert host.end() == 0
        assert "CRITICAL SKH9004 share=" in host.errors
    with HostProcess(ledger, map_bytes=10 * used) as host:
        assert host.get("/readyz") == (200, "ready\n")
        async with connect(host.url) as terminal:
            await terminal.sign_on(*person(TELLER))
            assert (await terminal.deposit(1, HARI, numbers[0]))[0] == "ACCEPTED"
        assert host.end() == 0
    Sound(ledger)


def edges_of(host: HostProcess) -> list[int]:
    """Process numbers of the host's edges."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            command = (stat.parent / "cmdline").read_bytes()
        except OSError:  # it has ended meanwhile
            continue
        if parent == host.process.pid and b"txserver.edge_process" in command:
            found.append(int(stat.parent.name))
    return found


async def test_edge_that_dies_takes_its_lines_and_no_deposit(ledger: Path, numbers: list[str]) -> None:
    traffic = Traffic(numbers)
    with HostProcess(ledger, edges=1) as host:
        (first,) = wait_until(lambda: edges_of(host), "the edge process")
        await while_running(traffic, host, 15, lambda: os.kill(first, signal.SIGKILL))
        (second,) = wait_until(lambda: edges_of(host), "another edge process")
        assert second != first
        await asyncio.wait_for(traffic.run(host.url), 20)
        wait_until(lambda: host.metrics()["siskohat_sessions"] == 0, "the devices to be free")
        assert host.end() == 0
        assert not edges_of(host)
    assert not traffic.unanswered
    assert traffic.agrees_with(ledger).granted == len(numbers)


async def test_edges_end_with_a_killed_host(ledger: Path) -> None:
    with HostProcess(ledger, edges=2) as host:
        edges = wait_until(lambda: len(found := edges_of(host)) == 2 and found, "both edges")
        host.end(signal.SIGKILL)
        wait_until(
            lambda: (
                not any(
                    Path(f"/proc/{edge}/cmdline").exists() and Path(f"/proc/{edge}/cmdline").read_bytes()
                    for edge in edges
                )
            ),
            "the edges to end",
        )


async def test_checkpoint_beside_traffic_and_a_kill_after_it(ledger: Path, numbers: list[str]) -> None:
    traffic = Traffic(numbers)
    with HostProcess(ledger, checkpoint_entries=20) as host:
        running = asyncio.ensure_future(traffic.run(host.url))
        async with asyncio.timeout(20):
            while not host.metrics()["siskohat_checkpoints_total"] or len(traffic.accepted) < 10:
                await asyncio.sleep(0.01)
            await running
        head = host.metrics()["siskohat_journal_head"]
        behind = host.metrics()["siskohat_books_behind"]
        host.end(signal.SIGKILL)
    after = traffic.agrees_with(ledger)
    assert (after.head, after.watermark) == (head, head - behind)
    assert 144 <= after.watermark <= after.head
    with HostProcess(ledger) as host:
        assert host.metrics()["siskohat_books_behind"] == behind, "it began at the watermark"
        async with connect(host.url) as terminal:
            await terminal.sign_on(*person(TELLER))
            assert (await terminal.deposit(1, HARI, numbers[0]))[5] is True
        assert host.end() == 0
    assert Sound(ledger).watermark == after.head


async def test_books_that_are_gone_are_derived_again(ledger: Path) -> None:
    shutil.rmtree(ledger / "books")
    with HostProcess(ledger) as host:
        assert host.metrics()["siskohat_books_behind"] == 0
        assert host.end() == 0
    Sound(ledger)


async def test_device_is_off_while_a_request_of_it_lies_in_quarantine(ledger: Path) -> None:
    (ledger / "karantina" / f"{FAR_TELLER.perangkat.encode().hex()}.bin").write_bytes(b"sealed")
    with HostProcess(ledger) as host:
        async with connect(host.url) as terminal:
            assert await terminal.ask("SIGNON", 0, 1, *person(FAR_TELLER)) == ["CLOSED", 0, "SKH7016", {"device": "T1"}]
            for file in (ledger / "karantina").iterdir():
                file.unlink()
            await terminal.sign_on(*person(FAR_TELLER))  # without a restart of the host
        wait_until(lambda: host.metrics()["siskohat_sessions"] == 0, "the session to end")
