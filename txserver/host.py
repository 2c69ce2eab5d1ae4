"""Wiring of the host, and the order in which it starts and stops.

Start: settings, ledger (opened, tail replayed), passwords, committer, doors, front. Stop (SIGTERM, SIGINT): no new
posts, what is queued is finished and answered, terminals are told, the books are brought to the journal's head.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import resource
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from shutil import disk_usage
from subprocess import DEVNULL, PIPE
from subprocess import run as run_process

from ledger.errors import FormatMismatch, UnsafeSetting
from ledger.kinds.terima_jam import TerimaJam
from ledger.records import Refusal, origin_of
from ledger.store import Store
from txserver import clock_permit, ending
from txserver.approval import ApprovalDesk
from txserver.clock import Clock, DemoClock
from txserver.committer import Committer
from txserver.config import ConfigError, Settings
from txserver.credentials import Credentials
from txserver.devices import Devices
from txserver.doors import Doors
from txserver.evening.clerk import DEVICE
from txserver.evening.evening import Evening
from txserver.front import Front
from txserver.inspection import Inspection
from txserver.metrics import Metrics
from txserver.passwords import Passwords
from txserver.signon import SignOnDesk
from txserver.witness import Witness

log = logging.getLogger("siskohat")

GC_THRESHOLD = 100_000
HOUSEKEEPING_S = 1.0
READER_CHECK_S = 60.0
HOUR_US = 3_600 * 1_000_000
ACCEPTED_ALREADY = "SKH9017"


class Host:
    """One running host. `clock` and `random` are given by who wants them under his own hand."""

    def __init__(
        self, settings: Settings, clock: Clock | None = None, random: Callable[[int], bytes] = os.urandom
    ) -> None:
        self.settings = settings
        self.metrics = Metrics()
        data = Path(settings.data)
        keys = Path(settings.keys) if settings.keys else None
        self.store = Store.open(data, keys=keys, random=random, map_bytes=settings.map_bytes)
        if not self.store.journal.head:
            raise FormatMismatch(f"{data}: making this ledger was cut short; remove it and make it again")
        self.witness = Witness(Path(settings.witness), self.store.journal) if settings.witness else None
        self.clock = clock or _clock(settings, self.store)
        self.credentials = Credentials.open(data / "sandi")
        self.passwords = Passwords(self.store, self.credentials, settings)
        self.devices = Devices(data / "karantina", settings.sessions_max)
        self.committer = Committer(self.store, self.devices, settings, self.metrics)
        self.desk = SignOnDesk(self.store, self.passwords, self.devices, settings, self.metrics, self.clock)
        approvals = ApprovalDesk(self.store, self.passwords, settings, self.clock)
        self.evening = Evening(self.store, self.committer, self.passwords, settings, self.clock, self.metrics)
        self.doors = Doors(
            settings, self.committer, self.desk, approvals, self.evening, self.devices, self.metrics, self.clock
        )
        self.front = Front(settings, self.doors)
        self.inspection = Inspection(settings, self.metrics)
        self._tasks: list[asyncio.Task[None]] = []
        self._checkpoint: asyncio.Task[None] | None = None
        self._entering: asyncio.Task[None] | None = None
        self._not_entered = ""
        self._name_gauges()
        self._is_behind = False
        self._look_at_clock(is_start=True)
        self.committer.look_at_disk(disk_usage(self.store.path).free)

    async def start(self) -> tuple[str, int]:
        """Open the front. Returns the address it listens on. Raises ConfigError when it cannot."""
        address = await self.front.open()
        self.evening.start()
        sweep_s = max(self.settings.signon_seconds_max / 2, 0.1)
        lasting = [self._housekeeping(), self.doors.sweep(sweep_s), self.inspection.keep()]
        if self.witness is not None:
            lasting.append(self.witness.keep())
        self._tasks = [ending.must_last(work) for work in lasting]
        # What exists now stays: the collector need not look at it again.
        gc.collect()
        gc.freeze()
        # The hot path makes no cycles, and its collections cost 4% of a post at the interpreter's own threshold.
        gc.set_threshold(GC_THRESHOLD)
        return address

    async def stop(self) -> None:
        """Drain, tell the terminals, bring the books to the head, close."""
        await self.evening.close()
        await self.committer.drain()
        await self.front.close()
        for task in self._tasks:
            task.cancel()
        if self._checkpoint is not None:
            await self._checkpoint
        self.store.checkpoint()
        if self.witness is not None:
            await self.witness.note()
        self.passwords.close()
        self.credentials.close()
        self.store.close()

    async def _housekeeping(self) -> None:
        """For ever: start a checkpoint when the books are far enough behind, free dead readers' slots."""
        next_check_s = 0.0
        while True:
            await asyncio.sleep(HOUSEKEEPING_S)
            self._look_at_clock()
            self.committer.look_at_disk(disk_usage(self.store.path).free)
            if self.store.behind >= self.settings.checkpoint_entries and self._checkpoint is None:
                self._checkpoint = ending.must_last(self._carry_down())
            if self.clock.steady_s() >= next_check_s:
                next_check_s = self.clock.steady_s() + READER_CHECK_S
                self.store.journal.reader_check()

    def _look_at_clock(self, *, is_start: bool = False) -> None:
        """Hold a clock against the last entry that is more than a day ahead of it: who started so, takes no posts.

        A host that is running goes on under the time of the last entry, and says so.
        """
        behind_us = self.store.engine.waktu_us - self.clock.now_us()
        if self.clock.is_made_up or behind_us <= clock_permit.BEHIND_US:
            self._is_behind = False
            self.committer.believe_clock()
        elif is_start or not self.committer.believes_clock:
            file, key = self.store.path / clock_permit.FILE, self.store.vault.token_key
            now_us = self.clock.now_us()
            names = clock_permit.given(file, key, self.store.journal.ledger, self.store.engine.waktu_us, now_us)
            if is_start:
                self.committer.disbelieve_clock()
            if names is not None and (self._entering is None or self._entering.done()):
                self._entering = ending.must_last(self._enter_permit(*names))
            elif names is None and is_start:
                log.critical("SKH9015 jam=%d posts are refused, inquiries served", behind_us // HOUR_US)
        elif not self._is_behind:
            log.warning("SKH8105 jam=%d the clock is behind the last entry", behind_us // HOUR_US)
        self._is_behind = behind_us > clock_permit.BEHIND_US

    async def _enter_permit(self, user: str, penyetuju: str) -> None:
        """Write into the ledger who took the clock for right, once for a time of the ledger; then believe it.

        Where it cannot be entered the clock stays disbelieved, and housekeeping tries again.
        """
        profile = self.store.books.pengguna(user)
        assert profile is not None, "a permit is given by users of the ledger"
        origin = origin_of(profile.bank, profile.cabang, DEVICE, user)
        outcome = await self.evening.clerk.post(origin, TerimaJam(self.clock.now_us()), penyetuju)
        if isinstance(outcome, Refusal) and outcome.id != ACCEPTED_ALREADY:
            if outcome.id != self._not_entered:
                self._not_entered = outcome.id
                log.error("SKH8112 id=%s", outcome.id)
            return
        log.warning("SKH8106 user=%s penyetuju=%s", user, penyetuju)
        self.committer.believe_clock()

    async def _carry_down(self) -> None:
        """One checkpoint, in a process of its own (see ledger.checkpoint)."""
        upto = self.store.freeze()
        command = (sys.executable, "-m", "ledger", "checkpoint", self.settings.data, "--upto", str(upto))
        code: int | None = None
        try:
            # The event loop's own way of starting a process copies the page tables, and stands still meanwhile.
            done = await asyncio.to_thread(run_process, command, stdout=DEVNULL, stderr=PIPE, check=False)
            code, errors = done.returncode, done.stderr
        except (OSError, RuntimeError) as error:  # no process or thread to be had: housekeeping tries again
            errors = str(error).encode()
        if code == 0:
            self.store.settle()
            self.committer.books_caught_up()
            self.metrics.checkpoints += 1
        else:
            self.store.thaw()
            log.error("SKH8103 exit=%s %s", code, errors.decode(errors="replace").strip()[-300:])
        self._checkpoint = None

    def _name_gauges(self) -> None:
        self.metrics.gauges |= {
            "sessions": ("devices signed on", lambda: len(self.devices)),
            "connections": ("open connections", lambda: len(self.doors)),
            "queue": ("requests waiting", lambda: len(self.committer)),
            "journal_head": ("number of the last entry", lambda: self.store.journal.head),
            "journal_share": ("share of the journal's map in use", self.store.journal.usage),
            "books_behind": ("entries not yet in the books' tables", lambda: self.store.behind),
        }
        if (witness := self.witness) is not None:
            self.metrics.gauges["witness_behind"] = ("entries the witness does not know yet", lambda: witness.behind)


def _clock(settings: Settings, store: Store) -> Clock:
    if not settings.clock and settings.clock_speed == 1.0:
        return Clock()
    if not store.opening.facts.demo:
        raise UnsafeSetting("clock: a made-up clock is for ledgers made with --demo only")
    start = datetime.fromisoformat(settings.clock) if settings.clock else None
    return DemoClock(start, settings.clock_speed)


async def serve(settings: Settings, say: Callable[[str], None], lifeline: int | None = None) -> None:
    """Run a host until SIGTERM or SIGINT, or until the other end of the pipe `lifeline` is gone.

    `say` gets the line that tells where it listens.
    """
    host = Host(settings)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    if lifeline is not None:
        loop.add_reader(lifeline, stop.set)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    address, port = await host.start()
    opening = host.store.opening.facts
    say(
        f"{settings.name}: ledger {opening.ledger[:8]} {opening.nama}{' (DEMO)' if opening.demo else ''}, "
        f"{f'{host.store.journal.potongan}, ' if host.store.journal.potongan else ''}"
        f"entry {host.store.journal.head}, day {host.store.books.hari}, "
        f"listening on {address}:{port}{' (TLS)' if settings.tls_cert else ''}"
    )
    await stop.wait()
    if lifeline is not None:
        loop.remove_reader(lifeline)
    log.info("SKH9002 sessions=%d", len(host.devices))
    await host.stop()


def run(settings: Settings, say: Callable[[str], None], lifeline: int | None = None) -> None:
    """Run a host. Raises ConfigError and the errors of `ledger.errors`."""
    if not __debug__:
        raise ConfigError("the host does not run under python -O: its assertions are part of it")
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    _raise_descriptor_limit()
    ending.run(serve(settings, say, lifeline))


def _raise_descriptor_limit() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
