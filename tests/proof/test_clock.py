"""T16: a real host whose clocks jump a year ahead, a year back, and run a thousand times as fast, while tellers work.

Whatever the clocks show: every deposit is answered, numbers follow the order of arrival, ledger time never falls, and
three wrong passwords are three. A start behind the ledger's time takes no posts until two operators have said so.
"""

from __future__ import annotations

import asyncio
import os
import signal
from bisect import bisect_left
from collections.abc import Hashable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import pytest

from bench.check import Call, Fault, Held, check
from bench.evidence import held
from ledger.records import Origin
from tests.e2e.plain_terminal import Ended, Terminal, connect
from tests.host_fixtures import (
    FAR_TELLER,
    HARI,
    NEIGHBOUR,
    SANDI,
    SETORAN,
    TELLER,
    TELLER_2,
    TELLER_3,
    HostProcess,
    Sound,
    found_closed,
    person,
    run_command,
)
from tests.proof import shifted
from tests.proof.conftest import Tell
from tests.proof.jepsen.host import arrivals
from tests.proof.shifted import YEAR_NS, Clocks

TELLERS = (TELLER, TELLER_2, NEIGHBOUR)
EACH = 4
"""Deposits of each teller after each jump, one after the other; one more follows of all tellers at once."""
GATHER_S = 0.02
"""A host stands still for so long, for their deposits to lie before it together."""
FAST = 1_000
FAST_S = 0.6
PATIENT = {"signon_seconds_max": 3_000, "idle_seconds_max": 30_000, "frame_seconds_max": 3_000}
"""So that a thousand times as fast nobody's time is up before he has said a word."""
JUMPS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "wall +1 y": {"clocks": ("wall",), "jump_ns": YEAR_NS},
    "wall -1 y": {"clocks": ("wall",), "jump_ns": -YEAR_NS},
    "wall x1000": {"clocks": ("wall",), "speed": FAST},
    "steady +1 y": {"clocks": ("steady",), "jump_ns": YEAR_NS},
    "steady x1000": {"clocks": ("steady",), "speed": FAST},
    "both +1 y": {"clocks": ("wall", "steady"), "jump_ns": YEAR_NS},
    "both x1000": {"clocks": ("wall", "steady"), "speed": FAST},
    "steady -1 y": {"clocks": ("steady",), "jump_ns": -YEAR_NS},
    "both -1 y": {"clocks": ("wall", "steady"), "jump_ns": -YEAR_NS},
}
ROUND = len(TELLERS) * (EACH + 1)
FORMS = ROUND * (len(JUMPS) + 3)


class Asked(NamedTuple):
    """One deposit that is asked for, and what the wall clock showed then."""

    who: Origin
    stan: int
    nomor: str
    asked: float
    told_us: int


class Counter:
    """Tellers who take one deposit after the other, and come back when they are cut."""

    def __init__(self, numbers: list[str]) -> None:
        share = len(numbers) // len(TELLERS)
        self.forms = {who: iter(numbers[at * share : (at + 1) * share]) for at, who in enumerate(TELLERS)}
        self.stan = dict.fromkeys(TELLERS, 0)
        self.calls: list[Call] = []
        self.told_us: list[int] = []
        """What the wall clock showed when each was asked."""
        self.stamped_us: list[int] = []
        self.cuts = 0

    async def work(self, host: HostProcess, clocks: Clocks) -> None:
        async with asyncio.timeout(30):
            await asyncio.gather(*(self._work(host, clocks, who) for who in TELLERS))
            await self._together(host, clocks)

    async def _work(self, host: HostProcess, clocks: Clocks, who: Origin) -> None:
        for _ in range(EACH):
            one = self._draw(who, clocks)
            self._hear(one, await self._ask(host, one))

    async def _together(self, host: HostProcess, clocks: Clocks) -> None:
        """One deposit of each teller in one batch, so that there is an order to keep: the host stands meanwhile."""
        async with AsyncExitStack() as stack:
            terminals = [await stack.enter_async_context(connect(host.url)) for _ in TELLERS]
            for terminal, who in zip(terminals, TELLERS, strict=True):
                await terminal.sign_on(*person(who))
            asked = [self._draw(who, clocks) for who in TELLERS]
            os.kill(host.process.pid, signal.SIGSTOP)
            try:
                for terminal, one in zip(terminals, asked, strict=True):
                    await terminal.send("POST", terminal.line, one.stan, HARI, ["STA", one.nomor, SETORAN])
                await asyncio.sleep(GATHER_S)
            finally:
                os.kill(host.process.pid, signal.SIGCONT)
            for terminal, one in zip(terminals, asked, strict=True):
                self._hear(one, await self._answer(terminal, host, one))

    async def _answer(self, terminal: Terminal, host: HostProcess, one: Asked) -> list[Any]:
        try:
            answer = await terminal.receive()
        except (Ended, OSError):
            self.cuts += 1
            return await self._ask(host, one)
        return answer if answer[0] != "CLOSED" else await self._ask(host, one)

    def _draw(self, who: Origin, clocks: Clocks) -> Asked:
        self.stan[who] += 1
        return Asked(who, self.stan[who], next(self.forms[who]), perf_counter(), clocks.told_ns("wall") // 1_000)

    def _hear(self, one: Asked, answer: list[Any]) -> None:
        assert answer[0] == "ACCEPTED", answer
        _, _, _, seq, waktu_us, _, data = answer
        identity = f"{one.who.perangkat}/{HARI}/{one.stan}"
        self.calls.append(Call(identity, one.asked, perf_counter(), seq, data["nomor_porsi"]))
        self.told_us.append(one.told_us)
        self.stamped_us.append(waktu_us)

    async def _ask(self, host: HostProcess, one: Asked) -> list[Any]:
        while True:
            try:
                async with AsyncExitStack() as stack:
                    terminal = await stack.enter_async_context(connect(host.url))
                    await terminal.sign_on(*person(one.who))
                    answer = await terminal.deposit(one.stan, HARI, one.nomor)
            except (Ended, OSError):
                self.cuts += 1
                await asyncio.sleep(0.05)
                continue
            if answer[0] != "CLOSED":
                return answer

    def faults(self, ledger: Path) -> list[Fault]:
        entries = list(held(ledger))
        arrived = arrived_at(ledger, entries)
        assert arrived.keys() >= {call.identity for call in self.calls}, "the arrival of every deposit was noted"
        return check(self.calls, entries, None, arrived)


def arrived_at(ledger: Path, entries: list[Held]) -> dict[Hashable, int]:
    """As a running number, when the host that made an entry took its request in.

    Which life came first the heads say from which they began: the names of their files are of a clock that jumps.
    """
    lives = sorted((arrivals(path) for path in stamps_of(ledger).iterdir()), key=lambda life: life[0])
    heads = [head for head, _ in lives]
    made_in = {entry.identity: bisect_left(heads, entry.seq) - 1 for entry in entries}
    found: dict[Hashable, int] = {}
    for life, (_, taken) in enumerate(lives):
        for number, told in enumerate(taken):
            device, _, stan = told.rpartition("/")
            identity = f"{device}/{HARI}/{stan}"
            if made_in.get(identity) == life:
                found.setdefault(identity, (life << 32) + number)
    return found


def stamps_of(ledger: Path) -> Path:
    return ledger.parent / "stamps"


async def guess(host: HostProcess, who: Origin, sandi: str) -> str:
    """What a sign-on is told: READY, or the message it is refused with."""
    bank, cabang, device, user, _ = person(who)
    async with connect(host.url) as terminal:
        told = await terminal.ask("SIGNON", 0, 1, bank, cabang, device, user, sandi)
        return "READY" if told[0] == "READY" else str(told[2])


async def through_all(host: HostProcess, clocks: Clocks, counter: Counter) -> tuple[int, list[str]]:
    """Every jump, with work after each; how many there were, and what three wrong passwords over them came to."""
    said = [await guess(host, TELLER_3, "salah-satu"), await guess(host, TELLER_3, "salah-dua")]
    async with connect(host.url) as resting:
        token = (await resting.sign_on(*person(TELLER_2)))["token"]
    done = 0
    for name, jump in JUMPS.items():
        if jump:
            clocks.set(*jump["clocks"], jump_ns=jump.get("jump_ns", 0), speed=jump.get("speed"))
        await asyncio.gather(counter.work(host, clocks), asyncio.sleep(FAST_S if "speed" in jump else 0))
        if "speed" in jump:
            clocks.set(*jump["clocks"], speed=1)
        if name == "wall +1 y":
            said.append(await guess(host, TELLER_3, "salah-tiga"))
            said.append(await resumed(host, token))
        done += 1
    return done, [*said, await guess(host, TELLER_3, SANDI)]


async def resumed(host: HostProcess, token: str) -> str:
    bank, cabang, device, user, _ = person(TELLER_2)
    async with connect(host.url) as terminal:
        told = await terminal.ask("RESUME", 0, 1, bank, cabang, device, user, token)
        return "READY" if told[0] == "READY" else str(told[2])


LOCKED = ["SKH7011", "SKH7011", "SKH7011", "SKH7015", "SKH7012"]
"""Three wrong, a year between the second and the third; a token of a year ago; and the right one comes too late."""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shifted.build(tmp_path_factory.mktemp("clock"))


def host_under(clocks: Clocks, ledger: Path, *program: str, bug: str = "-", **settings: Any) -> HostProcess:
    """The product's host, which notes arrivals, under these clocks; or another program in its place."""
    stamps_of(ledger).mkdir(exist_ok=True)
    noting = ("-m", "tests.proof.jepsen.host", str(stamps_of(ledger)), bug)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in clocks.environment.items():
            patch.setenv(name, value)
        return HostProcess(
            ledger, "--clock", "", "--clock-speed", "1", program=program or noting, **PATIENT, **settings
        )


@pytest.mark.slow
@pytest.mark.parametrize("edges", [pytest.param(0, marks=pytest.mark.proof), 1])
async def test_the_clocks_jump(work: Path, library: Path, edges: int, tell: Tell) -> None:
    ledger, counter, clocks = work / "ledger", Counter(found_closed(work / "ledger", FORMS)), Clocks(work, library)
    with host_under(clocks, ledger, edges=edges) as host:
        jumps, said = await through_all(host, clocks, counter)
        assert "SKH8105 jam=" in host.errors, "a clock that falls back is told"
        assert "Traceback" not in host.errors
        host.process.kill() if edges else host.end()
    behind_h = (counter.stamped_us[-1] - clocks.told_ns("wall") // 1_000) / 3.6e9
    with host_under(clocks, ledger, edges=edges) as host:
        await refused_until_two_say_so(host, work, clocks)
        await counter.work(host, clocks)
        assert await guess(host, TELLER_3, SANDI) == "SKH7012", "locked is locked, under any clock and after a restart"
        assert await guess(host, FAR_TELLER, SANDI) == "READY", "and nobody else is"
        assert host.end() == 0
    clocks.set("wall", jump_ns=2 * YEAR_NS)
    with host_under(clocks, ledger, edges=edges) as host:
        assert host.get("/readyz")[0] == 200, "a clock that is ahead again is believed"
        await counter.work(host, clocks)
        assert host.end() == 0
    faults = counter.faults(ledger)
    raw = [entry._replace(waktu_us=at) for entry, at in zip(held(ledger), in_order(counter), strict=True)]
    caught = {fault.rule for fault in check(counter.calls, raw)}
    tell(jumps=jumps, deposits=len(counter.calls), cuts=counter.cuts, behind_hours=round(behind_h), faults=len(faults),
         control=sorted(caught))  # fmt: skip
    assert (faults, said) == ([], LOCKED)
    sound = Sound(ledger)
    assert sound.granted == len(counter.calls) == ROUND * (jumps + 2)
    [taken] = [entry for entry in sound.entries.values() if entry.kind == "JAM"]
    assert (taken.stamp.user, taken.stamp.penyetuju) == ("OPERATOR", "OPERATOR2"), "who took the clock for right"
    assert taken.stamp.waktu_us - taken.facts.jam_host_us > YEAR_NS // 1_010, "and what it showed"
    assert jumps == len(JUMPS)
    assert behind_h > 364 * 24
    assert max(counter.stamped_us) - min(counter.stamped_us) > 1.99 * YEAR_NS // 1_000, "the jumps were seen"
    assert caught == {"R7"}, "the control: the clock's own times in the ledger"


def in_order(counter: Counter) -> list[int]:
    """What the wall clock showed, in the order of the ledger."""
    return [at for _, at in sorted(zip((call.seq or 0 for call in counter.calls), counter.told_us, strict=True))]


async def refused_until_two_say_so(host: HostProcess, folder: Path, clocks: Clocks) -> None:
    """Behind its ledger a host starts for inquiries only; the word of one operator does not change that."""
    assert host.get("/readyz") == (503, "SKH9015\n")
    assert "SKH9015 jam=" in host.errors
    async with connect(host.url) as terminal:
        await terminal.sign_on(*person(TELLER))
        assert (await terminal.deposit(999, HARI, "00000000000"))[3] == "SKH9015"
        assert (await terminal.ask("INQUIRY", 0, 900_001, ["HARI", ""]))[0] != "CLOSED"
    sandi = folder / "sandi.txt"
    sandi.write_text(SANDI + "\n")
    command = ("jam", "--data", str(host.data), "--sandi-file", str(sandi), "--sandi-file-2", str(sandi))
    for second, code in (("OPERATOR", 1), ("OPERATOR2", 0)):
        both = ("txserver", *command, "--user", "OPERATOR", "--penyetuju", second)
        done = await asyncio.to_thread(partial(run_command, *both, **clocks.environment))
        assert done[0] == code, done
    async with asyncio.timeout(10):
        while host.get("/readyz")[0] != 200:
            await asyncio.sleep(0.05)


@pytest.mark.slow
async def test_a_host_that_believes_its_clock_is_caught(work: Path, library: Path, tell: Tell) -> None:
    """The control: ledger time falls, and a wrong password is forgiven a year later."""
    ledger, counter, clocks = work / "ledger", Counter(found_closed(work / "ledger", FORMS)), Clocks(work, library)
    with host_under(clocks, ledger, "-m", "tests.proof.believing_host", edges=0) as host:
        _, said = await through_all(host, clocks, counter)
    rules = {fault.rule for fault in check(counter.calls, list(held(ledger)))}
    tell(planted=2, caught=int("R7" in rules) + int(said != LOCKED))
    assert "R7" in rules
    assert said[-1] == "READY"


@pytest.mark.slow
@pytest.mark.parametrize("edges", [0, 1])
async def test_a_host_that_numbers_the_last_first_is_caught(work: Path, library: Path, edges: int, tell: Tell) -> None:
    """The control of the order of arrival."""
    ledger, counter, clocks = work / "ledger", Counter(found_closed(work / "ledger", FORMS)), Clocks(work, library)
    with host_under(clocks, ledger, bug="lifo", edges=edges) as host:
        await counter.work(host, clocks)
        clocks.set("wall", "steady", jump_ns=YEAR_NS)
        await counter.work(host, clocks)
    faults = counter.faults(ledger)
    tell(planted=1, deposits=len(counter.calls), faults=len(faults))
    assert {fault.rule for fault in faults} == {"R6"}
