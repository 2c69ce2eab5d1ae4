"""One run: a country, a host that dies and comes back, terminals, trouble; then quiet, in which all must be served."""

from __future__ import annotations

import asyncio
import gc
import logging
import shutil
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from bench.check import Fault
from ledger.errors import JournalFailed, LedgerError
from ledger.journal import Journal
from tests.ledger_fixtures import head_of
from tests.sim.country import PAGI_US, SANDI, Country, found, small_scale
from tests.sim.evening import virtual_uploads
from tests.sim.history import History
from tests.sim.host import Killed, SimulatedHost, VirtualClock
from tests.sim.loop import VirtualLoop
from tests.sim.offices import ROLES
from tests.sim.people import EVENING, MORNING, Station
from tests.sim.setting import Setting
from tests.sim.settling import Books
from tests.sim.wires import Edge
from txserver.quarantine import Quarantine

QUIET_S = 600.0
NIGHT_SHARE = 0.2
"""Of the trouble there would be by day: at night there are few to be troubled."""
PARTITION_S = 300.0
DISK_STALL_S = 20.0


@dataclass
class Outcome:
    """What came of a run."""

    seed: int
    setting: Setting
    hash: str = ""
    faults: list[Fault] = field(default_factory=list)
    odd: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    trouble: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    entries: int = 0
    answered: int = 0
    unserved: int = 0
    virtual_s: float = 0.0
    seconds: float = 0.0

    @property
    def holds(self) -> bool:
        """True when nothing at all was found."""
        return not (self.faults or self.odd or self.errors or self.unserved)

    @property
    def found(self) -> list[str]:
        """Everything found, in words; the rule first."""
        said = [f"{rule}: {what}" for rule, what in self.faults]
        said += [f"ODD: {what} ({n})" for what, n in self.odd.items()]
        said += [f"ERROR: {what}" for what in self.errors]
        return said + ([f"LIVE: {self.unserved} terminals were not served in the quiet phase"] if self.unserved else [])


class World:
    """Everything of one run."""

    def __init__(self, seed: int, setting: Setting, country: Country) -> None:
        self.seed, self.setting, self.country = seed, setting, country
        self.loop = VirtualLoop()
        self.loop.is_expected = lambda error: isinstance(error, Killed | JournalFailed)
        self.loop.executor_s = setting.hash_s
        self.clock = VirtualClock(self.loop, PAGI_US)
        self.history = History(self.loop)
        self.random = Random(f"{seed}/world")
        self.counts: Counter[str] = Counter()
        self.trouble: Counter[str] = Counter()
        self.busy_until = 0.0
        self.is_quiet = self.is_parted = False
        self.issued: dict[str, deque[str]] = {seat.kab: deque() for seat in country.seats}
        self.signed: dict[str, deque[str]] = {
            seat.kab: deque(country.signed.get(seat.kab, ())) for seat in country.seats
        }
        self.people: Counter[str] = Counter()
        self.banks = Books()
        self.for_centre: dict[str, str] = {}
        """Differences that a bank leaves to the centre, and their porsi."""
        self.edges: list[Edge] = []
        self.host: SimulatedHost | None = None
        self._life = 0
        self._restart: asyncio.TimerHandle | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._pauses: dict[asyncio.Future[None], None] = {}
        self.stations: list[Station] = []

    @property
    def hour(self) -> float:
        """True time of day in WIB: a run begins at eight."""
        return (8 + self.loop.time() / 3_600) % 24

    def note_fault(self, what: str) -> None:
        """Something went wrong on purpose."""
        self.trouble[what] += 1

    # --------------------------------------------------------------------------------------------------------- host

    def boot(self) -> None:
        """A host starts."""
        self._restart = None
        self._life += 1
        self.busy_until = self.loop.time()
        self.host = SimulatedHost(self, self._life)
        self.edges = self.host.front.edges
        self.loop.create_task(self.host.start())

    def host_died(self) -> None:
        """The host is gone this very moment; a supervisor starts the next."""
        host = self.host
        if host is None or not host.is_alive:
            return
        if self._stopping is not None:
            self._stopping.cancel()
            self._stopping = None
        host.die()
        self.host = None
        self._plan_boot()

    def _plan_boot(self) -> None:
        seconds = self.random.uniform(0.3, 2) if self.random.random() < 0.7 else self.random.uniform(2, 120)
        self._restart = self.loop.call_later(0.3 if self.is_quiet else seconds, self.boot)

    def kill(self) -> None:
        """The host dies: here and now, or around its next commit."""
        plan = self.random.choice(("now", "killed before commit", "killed after commit"))
        if self.host is None:
            return
        if plan == "now":
            self.note_fault("killed between")
            self.host_died()
        else:
            self.host.plan = plan

    def fail_disk(self) -> None:
        """The next commit fails, which does not say that nothing was written; or there is no room."""
        if self.host is not None:
            self.host.plan = self.random.choice(("error before commit", "error after commit", "full"))

    def drain(self) -> None:
        """The operator stops the host in order."""
        if self.host is not None and self._stopping is None:
            self.note_fault("stopped in order")
            self._stopping = self.loop.create_task(self._stop(self.host))

    async def _stop(self, host: SimulatedHost) -> None:
        await host.stop()
        if self.host is host:
            self.host, self._stopping = None, None
            self._plan_boot()

    def operator_restarts(self) -> None:
        """There is no space: the operator makes some and starts the host again."""
        self.loop.call_later(self.random.uniform(5, 600), self.drain)

    def reset_password(self, user: str) -> None:
        """`siskohat-server sandi`: a user whom wrong passwords have disabled gets a new one."""
        if self.host is not None:
            self.counts["passwords set"] += 1
            self.host.credentials.set_password(user, SANDI, "ringan")

    def release(self, perangkat: str) -> None:
        """The operator has looked at the frame that was put aside: the device may sign on again."""
        quarantine = Quarantine(self.country.path / "karantina")
        if quarantine.file(perangkat).exists():
            quarantine.release(perangkat)

    def take_disk_time(self, random: Random) -> None:
        """A commit takes its time, in which the host does nothing else; one after the other."""
        seconds = self.setting.disk_s * random.uniform(0.5, 1.5)
        if not self.is_quiet and random.random() < self.setting.disk_stall:
            self.note_fault("disk stall")
            seconds = random.uniform(0.5, DISK_STALL_S)
        self.busy_until = max(self.busy_until, self.loop.time()) + seconds

    # ------------------------------------------------------------------------------------------------------ trouble

    def part(self) -> None:
        """Nobody reaches the host for a while, and half of those who do lose their line."""
        self.note_fault("partition")
        self.is_parted = True
        for station in self.stations:
            if self.random.random() < 0.5:
                station.lines.power_off()
        self.loop.call_later(self.random.uniform(3, PARTITION_S), self._unpart)

    def _unpart(self) -> None:
        self.is_parted = False

    def kill_edge(self) -> None:
        """An edge process dies; the host starts another."""
        host = self.host
        if host is None:
            return
        self.note_fault("edge killed")
        at = self.random.randrange(len(host.front.edges))
        host.front.edges[at].die()
        host.front.trunks[at].connection_lost(None)
        self.loop.call_later(0.5, self._new_edge, host, at)

    def _new_edge(self, host: SimulatedHost, at: int) -> None:
        if self.host is host and self._stopping is None:
            trunk = type(host.front.trunks[at])(host.doors)
            host.front.trunks[at] = trunk
            host.front.edges[at] = Edge(self, trunk)

    def set_clock(self) -> None:
        """Somebody sets the host's clock wrong, and right again half an hour later."""
        self.note_fault("clock set")
        hours = self.random.choice((-48.0, -26.0, -1.0, -0.01, 0.01, 1.0, 5.0))
        self.clock.skew_us = int(hours * 3_600_000_000 * self.random.uniform(0.5, 1))
        self.loop.call_later(self.random.uniform(10, 1_800), self._right_clock)

    def _right_clock(self) -> None:
        self.clock.skew_us = 0

    def power_off(self) -> None:
        """A terminal loses its power."""
        self.note_fault("terminal off")
        self.random.choice(self.stations).power_off()

    async def _every(self, seconds: float, action: Callable[[], None]) -> None:
        while True:
            await asyncio.sleep(self.random.expovariate(1 / seconds))
            if MORNING <= self.hour < EVENING or self.random.random() < NIGHT_SHARE:
                action()

    async def pause(self, seconds: float) -> None:
        """Wait so long, or until the quiet phase begins."""
        if self.is_quiet:
            return
        waits = self.loop.create_future()
        handle = self.loop.call_later(seconds, waits.set_result, None)
        self._pauses[waits] = None
        try:
            await waits
        finally:
            handle.cancel()
            self._pauses.pop(waits, None)

    # ---------------------------------------------------------------------------------------------------------- run

    async def run(self) -> None:
        """Trouble, then quiet."""
        setting = self.setting
        self.boot()
        self.stations = [ROLES[seat.role](self, seat, number) for number, seat in enumerate(self.country.seats)]
        kinds = (
            (setting.crash_every, self.kill), (setting.drain_every, self.drain), (setting.disk_every, self.fail_disk),
            (setting.partition_every, self.part), (setting.edge_every, self.kill_edge),
            (setting.clock_every, self.set_clock), (setting.terminal_every, self.power_off),
        )  # fmt: skip
        trouble = [self.loop.create_task(self._every(seconds, action)) for seconds, action in kinds if seconds]
        await asyncio.sleep(setting.seconds)
        for task in trouble:
            task.cancel()
        await self._quieten()
        if self._restart is not None:
            self._restart.cancel()
        if self.host is not None:
            await self.host.stop()

    async def _quieten(self) -> None:
        self.is_quiet, self.is_parted, self.clock.skew_us = True, False, 0
        if self.host is not None:
            self.host.plan = ""
        for waits in list(self._pauses):
            if not waits.done():
                waits.set_result(None)
        end = self.loop.time() + QUIET_S
        while self.loop.time() < end and not all(station.is_served for station in self.stations):
            await asyncio.sleep(1)


@small_scale()
def simulate(seed: int, setting: Setting, folder: Path, plant: Callable[[World], None] | None = None) -> Outcome:
    """Run one seed in a folder that does not exist yet, judge it, and remove the folder."""
    start = time.perf_counter()
    level = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    folder.mkdir(parents=True)
    outcome = Outcome(seed, setting)
    world: World | None = None
    try:
        country = found(folder / "ledger", setting.terminals, seed, setting.forms)
        before = head_of(country.path)
        world = World(seed, setting, country)
        gc.collect()
        gc.freeze()
        if plant is not None:
            plant(world)
        _run(world, outcome)
        _judge(world, outcome, before)
    finally:
        logging.disable(level)
        gc.unfreeze()
        if world is not None and world.host is not None:
            world.host.die()
        shutil.rmtree(folder, ignore_errors=True)
    outcome.seconds = time.perf_counter() - start
    return outcome


def _run(world: World, outcome: Outcome) -> None:
    try:
        with virtual_uploads(world.loop):
            world.loop.run_until_complete(world.run())
    except Exception as error:  # noqa: BLE001  whatever it is, the run has found it
        outcome.errors.append(f"{type(error).__name__}: {error} at {_place(error)}")
    world.loop.close()
    outcome.errors += [
        f"{what}: {type(error).__name__} {error} at {_place(error)}" for what, error in world.loop.errors
    ]


def _judge(world: World, outcome: Outcome, before: int) -> None:
    if world.host is not None:
        world.host.die()
    history = world.history
    try:
        outcome.faults, outcome.entries = history.judge(world.country.path, before, world.banks)
        journal = Journal.open(world.country.path / "journal", writable=False)
        history.note("head", journal.head, journal.head_hash.hex(), sorted(world.trouble.items()))
        journal.close()
    except (LedgerError, AssertionError) as error:
        outcome.faults = [Fault("OPEN", f"{type(error).__name__}: {error}")]
    outcome.hash = history.hash
    outcome.counts, outcome.trouble = world.counts, world.trouble
    outcome.counts.update({f"entries {kind}": n for kind, n in history.evening.items()})
    outcome.refused, outcome.odd = history.refused, history.odd
    outcome.answered, outcome.virtual_s = len(history.answers), world.loop.time()
    outcome.unserved = sum(not station.is_served for station in world.stations)


def _place(error: BaseException | None) -> str:
    last = error.__traceback__ if error is not None else None
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return "?" if last is None else f"{Path(last.tb_frame.f_code.co_filename).name}:{last.tb_lineno}"
