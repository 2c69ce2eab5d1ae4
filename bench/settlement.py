"""The evening of an opening day: cut off, confirm, match, cure half, transfer, settle, close; verified to the rupiah.

A host of its own on the ledger that the day has left, driven by ordinary sessions of operators and head offices. The
banks' files are made from the journal with differences that are noted (bench/planting.py); what the host finds is held
against them. With `kill_every` the host is killed again and again: each step is then repeated as a scheduler would.
"""

from __future__ import annotations

import asyncio
import json
import random
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from bench.country import apportion
from bench.evening_meter import Probe, StepMemory, p99_ms
from bench.evening_verdict import LARGEST, BankFile, Evening, Result, Times, faults_of, figures, slow_of
from bench.founding import HARI, OPERATOR, OPERATOR_2, head_office
from bench.host_process import HOST, HostFailed, HostProcess, verify
from bench.planting import CURES, plant
from ledger.journal import Journal
from ledger.kinds.sembuh import Sembuh
from txserver import eod
from txserver.console import Console, Unreachable, signed_on
from txserver.settlement.examples import WRITERS
from txserver.settlement.host_side import HostRecord, as_confirmed, host_records
from txserver.settlement.records import Expected, kepala_of
from txserver.wire.frames import VERSION, SignOn

if TYPE_CHECKING:
    from bench.verdict import Prepared, Say
    from ledger.records import Origin

CLOCK = f"{HARI}T16:00:00+07:00"
"""After deposit hours everywhere."""
BEFORE_S = 2.0
"""How long inquiries are measured before the cut-off."""
PLANTED_MIN = 8
"""Two of each class, so that half of each can be cured."""
TRIES_MAX = 200
AGAIN_S = 0.1
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


def run(evening: Evening, prepared: Prepared, say: Say) -> Result:
    """The evening on the ledger of `prepared`, judged. Raises HostFailed or ConsoleError when it breaks off."""
    banks = make_files(evening, prepared)
    records = sum(len(one.host) for one in banks)
    say(f"evening: {len(banks)} banks confirm {records:,} deposits, {sum(len(one.planted) for one in banks)} differ")
    sandi = secrets.token_urlsafe(12)
    set_passwords(prepared, banks, sandi)
    host = HostProcess(prepared.data, prepared.data.with_name("evening-host.log"), clock=CLOCK)
    try:
        host.start()
        times, samples, memory, kills, board, items = asyncio.run(_drive(evening, prepared, banks, host, sandi))
        host.drain()
    finally:
        host.kill()
    anchor = prepared.data / "jangkar" / f"{HARI}.json"
    verified = verify(prepared.data, "--anchor", str(anchor))
    result = figures(banks, items, times)
    result |= {
        "peak_rss_mb": memory.peak_rss_mb,
        "peak_own_mb": memory.peak_own_mb,
        "inquiry_p99_ms_before": p99_ms(samples, *times.before_ns),
        "inquiry_p99_ms_during": p99_ms(samples, *times.during_ns),
        "inquiry_p99_ms_by_step": times.p99_by_step(samples),
        "resumed_after_kills": kills,
        "verified": verified["verified"],
        "verify_s": round(verified["verify_s"], 2),
    }
    result["faults"] = faults_of(evening, banks, items, board, json.loads(anchor.read_bytes()), result)
    result["slow"] = slow_of(evening, result)
    return result | {"pass": not (result["faults"] or (evening.must_be_fast and result["slow"]))}


def make_files(evening: Evening, prepared: Prepared) -> list[BankFile]:
    """Each bank's confirmation beside the ledger, the largest bank first; forms take turns."""
    folder = prepared.data.with_name("konfirmasi")
    folder.mkdir(exist_ok=True)
    journal = Journal.open(prepared.data / "journal", writable=False)
    sides = {
        bank: [as_confirmed(one) for one in host_records(journal, bank.kode, HARI) if isinstance(one, HostRecord)]
        for bank in prepared.country.banks
    }
    journal.close()
    order = sorted((bank for bank in sides if sides[bank]), key=lambda bank: (-len(sides[bank]), bank.kode))
    total = round(sum(map(len, sides.values())) * evening.mismatch)
    total = max(total, PLANTED_MIN) if evening.mismatch else 0
    counts = apportion({bank.kode: float(len(sides[bank])) for bank in order}, total)
    rng, banks, first = random.Random(evening.seed), [], 0
    for bank, (form, writer) in zip(order, _forms(len(order)), strict=True):
        records, planted = plant(bank.kode, sides[bank], counts[bank.kode], rng, first)
        first += len(planted)
        path = folder / f"{bank.kode}.{form}"
        with path.open("wb") as file:
            file.writelines(writer(kepala_of(Expected(bank.kode, HARI, "STA"), records), records))
        banks.append(BankFile(bank.kode, head_office(bank), sides[bank], path, planted))
    return banks


def _forms(count: int) -> list[tuple[str, Any]]:
    forms = list(WRITERS.items())
    return [forms[at % len(forms)] for at in range(count)]


def set_passwords(prepared: Prepared, banks: list[BankFile], sandi: str) -> None:
    """Give everybody who works this evening a password, and the teller who asks."""
    from txserver.credentials import Credentials  # noqa: PLC0415  loads argon2, which no other step needs

    users = [OPERATOR.user, OPERATOR_2.user, prepared.country.stations[0].origin.user]
    users += [origin.user for one in banks for origin in one.head]
    credentials = Credentials.open(prepared.data / "sandi")
    credentials.set_many(((user, sandi) for user in users), "ringan")
    credentials.close()


Driven = tuple[Times, list[tuple[int, int]], StepMemory, int, list[dict[str, Any]], list[dict[str, Any]]]


async def _drive(evening: Evening, prepared: Prepared, banks: list[BankFile], host: HostProcess, sandi: str) -> Driven:
    """All steps, measured; gives what the boards and lists say at the end."""
    hand, times = Hand(host, sandi, is_patient=bool(evening.kill_every)), Times()
    teller = prepared.country.stations[0].origin
    settings = {
        "url": hand.url,
        "sandi": sandi,
        "who": [teller.bank, teller.cabang, teller.device, teller.user],
        "nomor_porsi": next(
            one.nomor_porsi
            for bank in banks
            for one in bank.host
            if (bank.bank, one.cabang) == (teller.bank, teller.cabang)
        ),
    }
    probe, memory = Probe(prepared.data.with_name("inquiries.bin"), settings), StepMemory(lambda: host.pid)
    memory.start()
    try:
        began = time.perf_counter_ns()
        await asyncio.sleep(BEFORE_S)
        times.before_ns = (began, time.perf_counter_ns())
        async with _killing(host, evening.kill_every) as kills:
            items = await _steps(banks, hand, times)
        board = (await hand.act(OPERATOR, lambda console: eod.status(console, HARI, "")))["bank"]
        times.during_ns = (times.before_ns[1], time.perf_counter_ns())
        samples = await asyncio.to_thread(probe.finish)
    finally:
        probe.kill()
        memory.finish()
    return times, samples, memory, len(kills), board, items


async def _steps(banks: list[BankFile], hand: Hand, times: Times) -> list[dict[str, Any]]:
    """From cut-off to close; returns the differences as they stand then. The largest bank goes before the others."""
    largest = banks[0]
    await times.of("cutoff_s", hand.act(OPERATOR, lambda console: eod.cut_off(console, "", "", _quiet)))
    began = time.perf_counter()
    await times.of("confirm_s", _confirm(hand, largest))
    await times.of("match_s", hand.act(OPERATOR, lambda console: eod.step(console, "COCOK", largest.bank, "", _quiet)))
    times.steps_s[LARGEST] = time.perf_counter() - began
    await times.of("confirm_s", _together(_confirm(hand, one) for one in banks[1:]))
    await times.of("match_s", hand.act(OPERATOR, lambda console: eod.step(console, "COCOK", "", "", _quiet)))
    await times.of("cure_s", _cure(hand, banks, await _items(hand, banks)))
    await times.of("rematch_s", hand.act(OPERATOR, lambda console: eod.step(console, "COCOK", "", "", _quiet)))
    await times.of("transfer_s", _together(_transfer(hand, one) for one in banks))
    await times.of("close_s", hand.act(OPERATOR, lambda console: _close(console, hand.sandi)))
    return await _items(hand, banks)


async def _together(works: Any) -> None:
    await asyncio.gather(*works)


async def _confirm(hand: Hand, one: BankFile) -> None:
    await hand.act(one.head[0], lambda console: eod.confirm(console, one.path, one.bank, HARI, _quiet))


async def _transfer(hand: Hand, one: BankFile) -> None:
    rujukan, second = f"RTGS-{one.bank}", one.head[1].user
    await hand.act(one.head[0], lambda console: eod.transfer(console, one.bank, HARI, rujukan, second, hand.sandi))


async def _close(console: Console, sandi: str) -> eod.Data:
    return await eod.close(console, HARI, OPERATOR_2.user, sandi, with_open=True)


async def _items(hand: Hand, banks: list[BankFile]) -> list[dict[str, Any]]:
    """Every difference of the day, as the centre sees it."""

    async def gather(console: Console) -> list[dict[str, Any]]:
        return [item for one in banks async for item in eod.differences(console, HARI, one.bank)]

    return await hand.act(OPERATOR, gather)


async def _cure(hand: Hand, banks: list[BankFile], items: list[dict[str, Any]]) -> None:
    """Half of all differences, beginning with the smallest bank: some banks come out clean, others do not."""
    left = len(items) // 2
    for one in reversed(banks):
        own = [item for item in items if item["bank"] == one.bank][:left]
        left -= len(own)
        if own:
            await hand.act(one.head[0], _curing(own, one.head[1].user, hand.sandi))


def _curing(items: list[dict[str, Any]], second: str, sandi: str) -> Callable[[Console], Awaitable[None]]:
    async def work(console: Console) -> None:
        for n, item in enumerate(items):
            cures = CURES[item["kelas"]]
            request = Sembuh(item["nomor"], cures[n // 4 % len(cures)], f"BUKTI-{n}", "petang uji")
            await eod.cure(console, request, second, sandi)

    return work


@asynccontextmanager
async def _killing(host: HostProcess, every_s: float) -> AsyncIterator[list[float]]:
    """Kill the host every so many seconds and start it again; gives the seconds that each start took."""
    starts: list[float] = []
    end = asyncio.Event()

    async def kill() -> None:
        while every_s and not end.is_set():
            try:
                await asyncio.wait_for(end.wait(), every_s)
            except TimeoutError:
                await asyncio.to_thread(host.kill)
                starts.append(await asyncio.to_thread(host.start))

    killer = asyncio.create_task(kill())
    try:
        yield starts
    finally:
        end.set()
        await killer


def _quiet(what: str, n: int, dari: int) -> None:
    """Nobody looks."""
