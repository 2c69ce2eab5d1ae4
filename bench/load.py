"""The part of a run that happens while the host is up: sign-on, echo, the day, and now and then a kill."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from time import perf_counter_ns
from typing import Any

from bench import meter
from bench.arrivals import arrivals
from bench.country import Station
from bench.day import CETAK, POST, SPPH, Arrival, DayWork, Latencies, Task, run_day
from bench.fleet import Fleet
from bench.founding import HARI, Forms
from bench.host_process import HOST, HostProcess
from bench.meter import Measured
from bench.virtual_terminal import Idle, Seat
from bench.work import EchoWork, FloodWork
from bench.workload import Item, Plan, What, keyed
from ledger.kinds.setoran_awal import SetoranAwal
from txserver.wire.frames import Echo, Inquiry, InquirySpph, Post, encode

CLOSE_EARLY_REAL_S = 0.3
"""Nobody arrives in the last moments before 15:00: an answer takes real time, and the day is compressed."""
ECHO_EMPTY = len(encode(Echo(0, 1, b"x" * 40))) - 40
FIRST_KILL_S = 0.25


class Load:
    """One run's settings; `run` does it. `speedup` is that of the host's clock (p1)."""

    def __init__(
        self,
        profile: str,
        echo_s: float,
        kill_every: float,
        speedup: float,
        seed: int,
        say: Callable[[str], None],
        bar: Callable[[str, int, int], None] | None,
    ) -> None:
        self.profile, self.echo_s, self.kill_every, self.speedup = profile, echo_s, kill_every, speedup
        self.rng = random.Random(seed + 2)
        self.say, self.bar = say, bar
        self.measured = Measured()
        self._latencies = Latencies()

    @staticmethod
    def setup_seconds(terminals: int, echo_s: float, *, full_hash: bool) -> float:
        """Real time to allow from the host's start to the first arrival, with room to spare."""
        return 5.0 + echo_s + terminals * (0.035 if full_hash else 0.001)

    async def run(
        self, host: HostProcess, groups: list[list[Station]], plan: Plan, forms: Forms, sandi: str
    ) -> Measured:
        """Sign on, echo, work. Raises DialogueFault, TimeoutError, HostFailed."""
        fleet = Fleet(HOST, host.port, self.rng, resilient=self.kill_every > 0, speedup=self.speedup)
        seated = fleet.seat_all(groups, sandi)
        measured = self.measured
        measured.seats, measured.connections = fleet.seats, len(groups)
        try:
            began = time.perf_counter()
            await fleet.sign_on(seated)
            measured.signon_s = time.perf_counter() - began
            self.say(f"{len(fleet.seats):,} terminals signed on in {measured.signon_s:.1f} s")
            if self.echo_s:
                await self._echo(fleet)
                self.say(f"echo ceiling {measured.echo_per_s:,.0f}/s")
            await self._work(fleet, host, plan, forms)
        finally:
            measured.cuts, measured.busy = fleet.cuts, fleet.busy
            fleet.close()
        return measured

    async def _echo(self, fleet: Fleet) -> None:
        """The same terminals, connections and message size, without a ledger behind."""
        size = len(encode(Post(0, 1, HARI, SetoranAwal("0" * 11, 20_000_000))))
        stop_ns = perf_counter_ns() + int(self.echo_s * 1e9)
        works = []
        for seat in fleet.seats:
            frame = fleet.frame(encode(Echo(seat.line, 1, b"x" * (size - ECHO_EMPTY))))
            works.append(EchoWork(fleet, frame, stop_ns))
            seat.work = works[-1]
        fleet.expect(len(works))
        began = time.perf_counter()
        send_all(fleet.seats)
        await fleet.finished()
        self.measured.echo_per_s = sum(work.count for work in works) / (time.perf_counter() - began)
        for seat in fleet.seats:
            seat.work = Idle()

    async def _work(self, fleet: Fleet, host: HostProcess, plan: Plan, forms: Forms) -> None:
        """The day, with the host's costs measured around it."""
        measured = self.measured
        day = self._flood if self.profile == "flood" else self._day
        start = day(fleet, plan, forms)
        stop = asyncio.Event()
        before, cpu_before, own_before = host.metrics(), meter.cpu_s(host.pid), time.process_time()
        killer = asyncio.create_task(self._kill(host, stop)) if self.kill_every else None
        watcher = asyncio.create_task(self._watch(fleet)) if self.bar else None
        try:
            await start()
        finally:
            stop.set()
            if watcher is not None:
                watcher.cancel()
            if killer is not None:
                await killer
        measured.generator_cpu_s = time.process_time() - own_before
        measured.server_cpu_s += meter.cpu_s(host.pid) - (0.0 if measured.kills else cpu_before)
        measured.server_cpu_s -= cpu_before if measured.kills else 0.0
        measured.server_processes = len(meter.family(host.pid))
        measured.server_rss_mb, measured.server_own_mb = meter.memory_mb(host.pid)
        after = host.metrics()
        before = {} if measured.kills else before
        measured.batches = int(_grown(before, after, "siskohat_batches_total"))
        measured.batch_entries = int(_grown(before, after, "siskohat_posted_total"))
        measured.batch_max = int(after.get("siskohat_batch_entries_max", 0))

    def _flood(self, fleet: Fleet, plan: Plan, forms: Forms) -> Callable[[], Any]:
        """Encode everything; what comes back runs it."""
        works = []
        for seat in fleet.seats:
            works.append(FloodWork(fleet, list(self._posts(seat, plan[seat.station.number], forms))))
            seat.work = works[-1]

        async def start() -> None:
            fleet.expect(sum(1 for work in works if work.frames))
            send_all(fleet.seats)
            await fleet.finished()
            self._measure_flood(works)

        return start

    def _posts(self, seat: Seat, items: Sequence[Item], forms: Forms) -> list[bytes]:
        posting = [keyed(item, seat.station, forms) for item in items if item.what is not What.REPRINT]
        return [
            seat.fleet.frame(encode(Post(seat.line, stan, HARI, SetoranAwal(nomor_spph, nominal))))
            for stan, (nomor_spph, nominal) in enumerate(posting, 1)
        ]

    def _measure_flood(self, works: Sequence[FloodWork]) -> None:
        measured = self.measured
        for work in works:
            measured.answered_ns.extend(work.answered)
            measured.latencies_ns.extend(b - a for a, b in zip(work.asked, work.answered, strict=True))
        first = min(work.asked[0] for work in works if work.asked)
        measured.elapsed_s = (max(measured.answered_ns) - first) / 1e9
        measured.messages = len(measured.answered_ns)
        measured.by_message = {"POST": meter.quantiles_ms(measured.latencies_ns)}

    def _day(self, fleet: Fleet, plan: Plan, forms: Forms) -> Callable[[], Any]:
        """Encode everything and settle who comes when; what comes back runs it."""
        works = [DayWork(seat, self._latencies) for seat in fleet.seats]
        zones = [seat.station.zona for seat in fleet.seats]
        counts = [len(items) for items in plan]
        times = arrivals(self.rng, zones, counts, CLOSE_EARLY_REAL_S * self.speedup)
        tasks = [self._tasks(seat, plan[seat.station.number], forms) for seat in fleet.seats]
        for seat, work in zip(fleet.seats, works, strict=True):
            seat.work = work
        midnight_us = datetime.fromisoformat(f"{HARI}T00:00:00+07:00").timestamp() * 1e6

        async def start() -> None:
            to_ns = 1_000 / self.speedup
            due = [
                Arrival(int((midnight_us + at_s * 1e6 - fleet.clock_offset_us) * to_ns), seat, task)
                for seat, (row, todo) in enumerate(zip(times, tasks, strict=True))
                for at_s, task in zip(row, todo, strict=True)
            ]
            due.sort(key=lambda arrival: arrival.due)
            self.measured.late_ns = await run_day(fleet, works, due)
            self._measure_day(works, due[0].due)

        return start

    def _tasks(self, seat: Seat, items: Sequence[Item], forms: Forms) -> list[Task]:
        posts = iter(self._posts(seat, items, forms))
        tasks = []
        for nomor, item in enumerate(items, 1):
            if item.what is What.REPRINT:
                tasks.append(Task(item.form))
            else:
                nomor_spph, _ = keyed(item, seat.station, forms)
                inquiry = seat.fleet.frame(encode(Inquiry(seat.line, nomor, InquirySpph(nomor_spph))))
                tasks.append(Task(item.form, inquiry, next(posts), item.lose))
        return tasks

    def _measure_day(self, works: Sequence[DayWork], first: int) -> None:
        measured, latencies = self.measured, self._latencies
        measured.latencies_ns = latencies.of_all
        measured.answered_ns = latencies.at
        measured.dropped = [stan for work in works for stan, _, _, _ in work.dropped]
        measured.elapsed_s = (max(latencies.at) - first) / 1e9
        measured.messages = len(latencies.at) + len(measured.dropped)
        names = {"SPPH": SPPH, "POST": POST, "CETAK": CETAK}
        measured.by_message = {name: meter.quantiles_ms(latencies.by_step[step]) for name, step in names.items()} | {
            "whole registration": meter.quantiles_ms(latencies.whole)
        }

    async def _kill(self, host: HostProcess, stop: asyncio.Event) -> None:
        """SIGKILL the host every so often and start it again on the same directory and port.

        The first time soon: a flood may be over in two seconds, and a run without a kill shows nothing.
        """
        pause_s = min(self.kill_every, FIRST_KILL_S)
        while True:
            try:
                await asyncio.wait_for(stop.wait(), pause_s)
            except TimeoutError:
                pause_s = self.kill_every
                self.measured.server_cpu_s += meter.cpu_s(host.pid)
                host.kill()
                self.measured.kills += 1
                self.measured.restart_s.append(await asyncio.to_thread(host.start))
            else:
                return

    async def _watch(self, fleet: Fleet) -> None:
        """Tell how far the day is, four times a second."""
        await asyncio.sleep(0.1)
        total = fleet.unfinished
        while self.bar is not None:
            self.bar("day", total - fleet.unfinished, total)
            await asyncio.sleep(0.25)


def send_all(seats: Sequence[Seat]) -> None:
    """Let every seat send what its work begins with."""
    for seat in seats:
        seat.again()


def _grown(before: dict[str, float], after: dict[str, float], name: str) -> float:
    """By how much a counter has risen, over all its labels."""
    return sum(
        value - before.get(key, 0.0) for key, value in after.items() if key == name or key.startswith(name + "{")
    )
