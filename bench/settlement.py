"""The evening of an opening day: cut off, confirm, match, cure half, transfer, settle, close; verified to the rupiah.

A host of its own on the ledger that a day has left, driven by ordinary sessions of operators and head offices. The
banks' files are made from the journal with differences that are noted (bench/planting.py); what the host finds is held
against them. With `kill_every` the host is killed again and again: each step is then repeated as a scheduler would.
"""

from __future__ import annotations

import asyncio
import json
import random
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from bench.country import apportion
from bench.evening_cures import Cure, as_found, chosen, confirmed_anew, cure_all
from bench.evening_ground import Ground, ground_of, teller_of, workers_at
from bench.evening_meter import Probe, Samples, StepMemory
from bench.evening_verdict import (
    LARGEST,
    BankFile,
    Evening,
    Result,
    Times,
    faults_of,
    figures,
    money_of,
    records_of,
    slow_of,
)
from bench.founding import HARI, OPERATOR, OPERATOR_2
from bench.host_process import HOST, HostFailed, HostProcess, verify
from bench.meter import cpu_s
from bench.planting import BANK_ONLY, HOST_ONLY, plant
from ledger.journal import Journal
from txserver import eod
from txserver.console import Console, Unreachable, signed_on
from txserver.evening.behind import put_behind
from txserver.settlement.examples import WRITERS
from txserver.settlement.host_side import HostRecord, as_confirmed, host_records
from txserver.settlement.records import GANTI, TAMBAH, Expected, kepala_of
from txserver.wire.frames import VERSION, SignOn

if TYPE_CHECKING:
    from bench.verdict import Say
    from ledger.records import Origin
    from txserver.settlement.records import Confirmed

CLOCK = f"{HARI}T16:00:00+07:00"
"""After deposit hours everywhere."""
BEFORE_S = (2.0, 8.0)
"""How long inquiries are measured before the cut-off: as long as the evening takes, within these bounds, for the rare
hiccup of a machine to have the same chance on both sides.
"""
RECORDS_A_SECOND = 12_500
"""What an evening gets through on two cores."""
PLANTED_MIN = 8
"""Two of each class, so that half of each can be cured."""
ADDED_PART = 10
"""The second bank sends a tenth of its records in a second file, which adds to its first."""
TRIES_MAX = 1_200
AGAIN_S = 0.1
HIT_S = 0.02
"""How soon after its begin each step is killed once: the shortest, the close, takes 0.04 s."""
Done = TypeVar("Done")


class Hand:
    """Acts for people at their devices, and repeats what a killed host did not answer."""

    def __init__(self, host: HostProcess, sandi: str, *, is_patient: bool) -> None:
        self.url = f"ws://{HOST}:{host.port}"
        self.sandi = sandi
        self._tries = TRIES_MAX if is_patient else 1

    async def act(self, who: Origin, work: Callable[[Console], Awaitable[Done]]) -> Done:
        """Do something in a session of its own. Raises ConsoleError when the host refuses."""
        sign_on = SignOn(0, VERSION, who.bank, who.cabang, who.device, who.user, self.sandi)
        for left in reversed(range(self._tries)):
            try:
                async with signed_on(self.url, sign_on) as console:
                    return await work(console)
            except Unreachable:
                if not left:
                    raise
            await asyncio.sleep(AGAIN_S)
        raise HostFailed("the host did not come back")


def run(evening: Evening, data: Path, say: Say) -> Result:
    """The evening on a ledger that its day has left, judged.

    Raises Unfit where the ledger is none of ours or its evening has begun, HostFailed or ConsoleError when it breaks
    off.
    """
    ground = ground_of(data)
    banks = make_files(evening, ground)
    records = records_of(banks)
    say(f"evening: {len(banks)} banks confirm {records:,} deposits, {sum(len(one.planted) for one in banks)} differ")
    sandi = secrets.token_urlsafe(12)
    probed = probed_deposit(banks)
    set_passwords(ground, banks, probed[0], sandi)
    host = HostProcess(data, data.with_name("evening-host.log"), clock=CLOCK)
    try:
        host.start()
        # In a thread of its own, which stands behind the host as long as it lives: only root may step forward again.
        with ThreadPoolExecutor(1) as driver:
            driven = driver.submit(asyncio.run, _drive(evening, ground, banks, host, sandi, probed)).result()
        host.drain()
    finally:
        host.kill()
    anchor = data / "jangkar" / f"{HARI}.json"
    verified = verify(data, "--anchor", str(anchor))
    result = figures(banks, driven.items, driven.times) | driven.times.p99(driven.samples)
    result |= {
        "peak_rss_mb": driven.memory.peak_rss_mb,
        "peak_own_mb": driven.memory.peak_own_mb,
        "host_cpu_s": round(driven.host_cpu_s, 2),
        "resumed_after_kills": driven.kills.total(),
        "killed_in": dict(driven.kills),
        "verified": verified["verified"],
        "verify_s": round(verified["verify_s"], 2),
    }
    closed = json.loads(anchor.read_bytes())
    result["totals"] = money_of(closed)
    result["faults"] = faults_of(evening, banks, driven.items, driven.board, closed, result)
    result["slow"] = slow_of(evening, result)
    return result | {"pass": not (result["faults"] or (evening.must_be_fast and result["slow"]))}


def make_files(evening: Evening, ground: Ground) -> list[BankFile]:
    """Each bank's confirmation beside the ledger, the largest bank first; forms take turns.

    The second bank sends the last of its records in a file of its own, which adds to the first.
    """
    folder = ground.data.with_name("konfirmasi")
    folder.mkdir(exist_ok=True)
    journal = Journal.open(ground.data / "journal", writable=False)
    sides = {
        bank: [as_confirmed(one) for one in host_records(journal, bank, HARI) if isinstance(one, HostRecord)]
        for bank in ground.heads
    }
    journal.close()
    order = sorted(sides, key=lambda bank: (-len(sides[bank]), bank))
    total = round(sum(map(len, sides.values())) * evening.mismatch)
    total = max(total, PLANTED_MIN) if evening.mismatch else 0
    counts = apportion({bank: float(len(sides[bank])) for bank in order}, total)
    rng, banks, first = random.Random(evening.seed), [], 0
    for at, (bank, form) in enumerate(zip(order, cycle(WRITERS), strict=False)):
        records, planted = plant(bank, sides[bank], counts[bank], rng, first)
        first += len(planted)
        cut = len(records) - len(records) // ADDED_PART if at == min(1, len(order) - 1) else len(records)
        parts = [(GANTI, records[:cut])] + [(TAMBAH, records[cut:])] * (cut < len(records))
        paths = []
        for cara, part in parts:
            paths.append(folder / f"{bank}-{cara}.{form}")
            write_file(paths[-1], bank, part, cara)
        banks.append(BankFile(bank, ground.heads[bank], sides[bank], paths, planted, records))
    return banks


def write_file(path: Path, bank: str, records: list[Confirmed], cara: str) -> None:
    """A bank's confirmation of the day, in the form that the file's name ends with."""
    writer = WRITERS[path.name.partition(".")[2]]
    with path.open("wb") as file:
        file.writelines(writer(kepala_of(Expected(bank, HARI, "STA"), records, cara), records))


def probed_deposit(banks: list[BankFile]) -> tuple[Origin, str]:
    """A teller who is asked for nothing else this evening, and a porsi he granted."""
    busy = {(one.bank, one.cabang, one.device) for bank in banks for one in bank.planted}
    bank, free = next(
        (bank, one) for bank in reversed(banks) for one in bank.host if (bank.bank, one.cabang, one.device) not in busy
    )
    return teller_of(bank.bank, free.cabang, free.device), free.nomor_porsi


def set_passwords(ground: Ground, banks: list[BankFile], teller: Origin, sandi: str) -> None:
    """Give everybody who works this evening a password, and the teller who asks."""
    from txserver.credentials import Credentials  # noqa: PLC0415  loads argon2, which no other step needs

    users = {OPERATOR.user, OPERATOR_2.user, teller.user}
    users |= {origin.user for one in banks for origin in one.head}
    for one in banks:
        for item in one.planted:
            if item.kelas in {HOST_ONLY, BANK_ONLY}:
                users |= set(workers_at(ground, item.bank, item.cabang, item.device))
    credentials = Credentials.open(ground.data / "sandi")
    credentials.set_many(((user, sandi) for user in sorted(users)), "ringan")
    credentials.close()


class Driven(NamedTuple):
    """What came of the steps, and what boards and lists say at the end.

    `host_cpu_s` is CPU time of the host with its edge and all its children; 0 when it was killed.
    """

    times: Times
    host_cpu_s: float
    samples: Samples
    memory: StepMemory
    kills: Counter[str]
    board: list[dict[str, Any]]
    items: list[dict[str, Any]]


async def _drive(
    evening: Evening, ground: Ground, banks: list[BankFile], host: HostProcess, sandi: str, probed: tuple[Origin, str]
) -> Driven:
    """All steps, measured."""
    hand, times = Hand(host, sandi, is_patient=bool(evening.kill_every)), Times()
    teller, nomor_porsi = probed
    who = [teller.bank, teller.cabang, teller.device, teller.user]
    settings = {"url": hand.url, "sandi": sandi, "who": who, "nomor_porsi": nomor_porsi}
    probe, memory = Probe(ground.data.with_name("asked.bin"), settings), StepMemory(lambda: host.pid)
    memory.start()
    try:
        began = time.perf_counter_ns()
        await asyncio.sleep(min(max(records_of(banks) / RECORDS_A_SECOND, BEFORE_S[0]), BEFORE_S[1]))
        times.before_ns = (began, time.perf_counter_ns())
        cpu_before = cpu_s(host.pid)
        killer = Killer(host, evening.kill_every)
        times.begins = killer.begins
        async with killer.at_work():
            if not evening.kill_every:  # a host that is started anew would inherit it
                put_behind(0)  # the banks that send their files have machines of their own
            items = await _steps(ground, banks, hand, times)
        board = (await hand.act(OPERATOR, lambda console: eod.status(console, HARI, "")))["bank"]
        times.during_ns = (times.before_ns[1], time.perf_counter_ns())
        host_cpu_s = 0.0 if killer.hits else cpu_s(host.pid) - cpu_before
        samples = await asyncio.to_thread(probe.finish)
    finally:
        probe.kill()
        memory.finish()
    return Driven(times, host_cpu_s, samples, memory, killer.hits, board, items)


async def _steps(ground: Ground, banks: list[BankFile], hand: Hand, times: Times) -> list[dict[str, Any]]:
    """From cut-off to close; returns the differences as they stand then. The largest bank goes before the others."""
    largest = banks[0]
    await times.of("cutoff_s", hand.act(OPERATOR, lambda console: eod.cut_off(console, "", "", _quiet)))
    began = time.perf_counter()
    await times.of("confirm_s", _confirm(hand, largest))
    await times.of("match_s", hand.act(OPERATOR, lambda console: eod.step(console, "COCOK", largest.bank, "", _quiet)))
    times.steps_s[LARGEST] = time.perf_counter() - began
    await times.of("confirm_s", _together(_confirm(hand, one) for one in banks[1:]))
    await times.of("match_s", hand.act(OPERATOR, lambda console: eod.step(console, "COCOK", "", "", _quiet)))
    cures = chosen(await _items(hand, banks), banks)
    await times.of("cure_s", cure_all(hand, ground, banks, cures))
    await times.of("reconfirm_s", _together(_confirm_anew(hand, one, cures) for one in banks))
    await times.of("rematch_s", hand.act(OPERATOR, lambda console: eod.step(console, "COCOK", "", "", _quiet)))
    await times.of("transfer_s", _together(_transfer(hand, one) for one in banks))
    await times.of("close_s", hand.act(OPERATOR, lambda console: _close(console, hand.sandi)))
    return await _items(hand, banks)


async def _together(works: Any) -> None:
    await asyncio.gather(*works)


async def _confirm(hand: Hand, one: BankFile) -> None:
    for path in one.paths:
        await _send(hand, one, path)


async def _send(hand: Hand, one: BankFile, path: Path) -> None:
    await hand.act(one.head[0], partial(eod.confirm, file=path, bank=one.bank, hari=HARI, show=_quiet))


async def _confirm_anew(hand: Hand, one: BankFile, cures: list[Cure]) -> None:
    """A file in place of the first, if the bank has transferred or put right anything: without it no day is settled."""
    right = confirmed_anew(one, cures)
    if right is not None:
        form = one.paths[0].name.partition(".")[2]
        path = one.paths[0].with_name(f"{one.bank}-LAGI.{form}")
        write_file(path, one.bank, right, GANTI)
        await _send(hand, one, path)


async def _transfer(hand: Hand, one: BankFile) -> None:
    rujukan, second = f"RTGS-{one.bank}", one.head[1].user
    await hand.act(one.head[0], lambda console: eod.transfer(console, one.bank, HARI, rujukan, second, hand.sandi))


async def _close(console: Console, sandi: str) -> eod.Data:
    return await eod.close(console, HARI, OPERATOR_2.user, sandi, with_open=True)


async def _items(hand: Hand, banks: list[BankFile]) -> list[dict[str, Any]]:
    """Every difference of the day, as the centre sees it."""

    async def gather(console: Console) -> list[dict[str, Any]]:
        return [as_found(item) for one in banks async for item in eod.differences(console, HARI, one.bank)]

    return await hand.act(OPERATOR, gather)


class Killer:
    """Kills the host every so many seconds, and once soon after each step has begun, and starts it again."""

    def __init__(self, host: HostProcess, every_s: float) -> None:
        self._host = host
        self._every_s = every_s
        self._now = asyncio.Event()
        self._step = ""
        self._is_over = False
        self.hits: Counter[str] = Counter()

    def begins(self, step: str) -> None:
        """A step begins."""
        self._step = step
        if self._every_s:
            asyncio.get_running_loop().call_later(HIT_S, self._now.set)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Kill meanwhile; the host is up at the end."""
        killer = asyncio.create_task(self._kill())
        try:
            yield
        finally:
            self._is_over = True
            self._now.set()
            await killer

    async def _kill(self) -> None:
        while self._every_s and not self._is_over:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._now.wait(), self._every_s)
            self._now.clear()
            if not self._is_over:
                self.hits[self._step.removesuffix("_s")] += 1
                await asyncio.to_thread(self._host.kill)
                await asyncio.to_thread(self._host.start)


def _quiet(what: str, n: int, dari: int) -> None:
    """Nobody looks."""
