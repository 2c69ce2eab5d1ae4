"""Real processes, and all that may befall them: a supervised host, terminals in several processes, a bad line between.

One run: a founded ledger, a host under the product's supervisor, a fault proxy, processes of terminals. For so many
seconds the processes are killed, stopped, starved of descriptors and memory, their clock is moved, and the proxy does
what it does. Then everything is made whole and everybody must be served. What all terminals were told, on the one
monotonic clock of the machine, is held against the ledger: R1 to R7, and `siskohat-ledger verify --books`.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from random import Random
from typing import Any

from bench.host_process import free_port
from tests.host_fixtures import NINE_US, ROOT, environment
from tests.ledger_fixtures import head_of
from tests.proof.jepsen import country
from tests.proof.jepsen.host import began_at, has_taken
from tests.proof.jepsen.outcome import Outcome, judge_all
from tests.proof.jepsen.processes import children, command_of, limit, python, slay, state_of

HOST = "127.0.0.1"
SETTINGS = {
    "branch_queue_max": 4_096, "checkpoint_entries": 6_000, "idle_seconds_max": 6.0, "busy_wait_ms": 50,
    "log_level": "WARNING", "map_bytes": 8 << 30, "reserve_bytes": 1 << 20,
}  # fmt: skip
READY_S_MAX = 30.0
TAKEN_S_MAX = 5.0
OVERTIME = 8
"""No run takes more than so many times its time, whatever it still lacks."""
HOUR_NS = 3_600 * 1_000_000_000
BEGAN_NS = time.time_ns()
YEAR_NS = 365 * 24 * HOUR_NS
DRIFT_NS = 2 * HOUR_NS
"""The clock stays moved by so much at most, about noon: banks take deposits within their hours only."""
STAYS_DOWN = frozenset({72, 73, 74, 75, 77})
SPARE_BYTES = 1 << 20
DEEDS = {
    "kill": 16, "kill_in_start": 16, "kill_with_supervisor": 2, "kill_edge": 3, "stop": 1, "stop_edge": 1,
    "no_descriptors": 1, "no_memory": 1, "clock": 3, "drain": 1,
}  # fmt: skip
"""What befalls processes, by how often."""


class StaysDown(Exception):
    """The host has ended and says that somebody must look first: no run goes on after that."""


@dataclass
class Shape:
    """How large a run is. `stop_s` is how long a process may be stopped."""

    seconds: float
    processes: int = 2
    bulk: int = 40
    links: int = 3
    on_a_line: int = 30
    per_second: float = 12.0
    gentle_per_second: float = 0.0
    """Faults of lines that no line breaks of, beside the others."""
    live_s: tuple[float, float] = (0.02, 0.35)
    stop_s: tuple[float, float] = (0.3, 1.0)
    deeds: dict[str, int] = field(default_factory=lambda: dict(DEEDS))
    kills: int = 0
    entries: int = 0
    """It goes on past its time until hosts were killed so often and there are so many: a busy machine gets there later.
    """
    quiet_s_max: float = 60.0
    """By then everybody must have been served when all is whole again."""
    taken: int = 0
    """A host is left alone until it has taken in so many requests, or `TAKEN_S_MAX` are over."""


class Run:
    """One run in a folder of its own. `bug` is planted in the host; without `preload` no clock is moved."""

    def __init__(self, work: Path, seed: int, shape: Shape, preload: Path | None, bug: str = "-") -> None:
        self.random, self.seed, self.shape, self.work = Random(seed), seed, shape, work
        self.ledger, self.stamps = work / "ledger", work / "stamps"
        self.stamps.mkdir(parents=True)
        self.log = work / "host.log"
        self.outcome = Outcome()
        country.found(self.ledger, shape.processes, shape.bulk, shape.links)
        self.before = head_of(self.ledger)
        self.port = free_port()
        settings = SETTINGS | {"data": str(self.ledger), "listen": f"{HOST}:{self.port}"}
        self.environment = environment() | {f"SISKOHAT_HOST_{key.upper()}": str(settings[key]) for key in settings}
        self.can_move_clock = preload is not None
        self.clock = work / "clock"
        self.clock.write_bytes(bytes(8))
        self._set_clock(0)
        if preload is not None:
            self.environment |= {"LD_PRELOAD": str(preload), "PROOF_CLOCK": str(self.clock)}
        self.command = [
            sys.executable, "-m", "tests.proof.jepsen.host", "--supervised", str(self.stamps), bug,
            "--data", str(self.ledger),
        ]  # fmt: skip
        self.deeds: dict[str, Callable[[], None]] = {
            "kill": self.kill, "kill_in_start": self.kill_in_start, "kill_with_supervisor": self.kill_with_supervisor,
            "kill_edge": self.kill_edge, "stop": self.stop, "stop_edge": self.stop_edge,
            "no_descriptors": self.no_descriptors, "no_memory": self.no_memory, "clock": self.move_clock,
            "drain": self.drain,
        }  # fmt: skip

    # ------------------------------------------------------------------------------------------------------ processes

    def start_host(self) -> None:
        with self.log.open("ab") as log:
            self.supervisor = subprocess.Popen(
                self.command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    def core(self) -> int:
        """The host below the supervisor; 0 while there is none."""
        return next(iter(children(self.supervisor.pid)), 0)

    def edge(self) -> int:
        """The edge process of the host; 0 while there is none."""
        return next((pid for pid in children(self.core()) if "edge_process" in command_of(pid)), 0)

    def is_ready(self) -> bool:
        with suppress(OSError, HTTPException):
            connection = HTTPConnection(HOST, self.port, timeout=0.5)
            try:
                connection.request("GET", "/readyz")
                return connection.getresponse().status == 200
            finally:
                connection.close()
        return False

    def wait_until_ready(self) -> None:
        end = time.monotonic() + READY_S_MAX
        while not self.is_ready():
            assert time.monotonic() < end, f"the host is not ready\n{self.last_words()}"
            if (code := self.supervisor.poll()) is not None:
                self.outcome.ends[f"supervisor {code}"] += 1
                if code in STAYS_DOWN:
                    raise StaysDown(f"with {code}\n{self.last_words()}")
                self.start_host()
            time.sleep(0.01)

    def last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])

    # ---------------------------------------------------------------------------------------------------------- deeds

    def kill(self) -> None:
        """SIGKILL to the host; the supervisor starts the next."""
        core = self.core()
        in_checkpoint = any("checkpoint" in command_of(pid) for pid in children(core))
        if slay(core):
            self.outcome.did["kill"] += 1
            self.outcome.did["while_checkpoint"] += in_checkpoint

    def kill_in_start(self) -> None:
        """Again and again, up to three times, within half a second of the start before it."""
        for _ in range(self.random.randint(1, 3)):
            before = self.core()
            self.kill()
            end = time.monotonic() + 2.0
            while self.core() in {0, before} and time.monotonic() < end:
                time.sleep(0.002)
            time.sleep(self.random.uniform(0.0, 0.45))
            was_ready = self.is_ready()
            if slay(self.core()):
                self.outcome.did["kill" if was_ready else "kill_in_start"] += 1

    def kill_with_supervisor(self) -> None:
        """The whole session of processes, as when the power goes; somebody starts it again."""
        with suppress(ProcessLookupError):
            os.killpg(self.supervisor.pid, signal.SIGKILL)
        self.supervisor.wait()
        self.outcome.did["kill_with_supervisor"] += 1
        self.start_host()

    def kill_edge(self) -> None:
        if slay(self.edge()):
            self.outcome.did["kill_edge"] += 1

    def stop(self) -> None:
        self._stop("stop", self.core())

    def stop_edge(self) -> None:
        self._stop("stop_edge", self.edge())

    def _stop(self, name: str, pid: int) -> None:
        if not pid:
            return
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
            time.sleep(self.random.uniform(*self.shape.stop_s))
            self.outcome.did[name] += state_of(pid) == "T"
            os.kill(pid, signal.SIGCONT)

    def no_descriptors(self) -> None:
        """Host and edge may open nothing more for a second; lines are cut meanwhile, and want to come back."""
        for pid in filter(None, (self.core(), self.edge())):
            with suppress(ProcessLookupError):
                highest = max(int(name.name) for name in Path(f"/proc/{pid}/fd").iterdir())
                limit(pid, resource.RLIMIT_NOFILE, highest + 1)
        held = [socket.create_connection((HOST, self.port), 1.0) for _ in range(40)]
        self.tell_proxy("cut")
        time.sleep(0.5)
        self.outcome.did["no_descriptors"] += not self.is_ready()
        for one in held:
            one.close()
        for pid in filter(None, (self.core(), self.edge())):
            with suppress(ProcessLookupError):
                limit(pid, resource.RLIMIT_NOFILE, None)

    def no_memory(self) -> None:
        """Address space for a megabyte more and no further, until the host has met it or a second is over."""
        core = self.core()
        if not core:
            return
        seen = self.log.read_text(errors="replace").count("MemoryError")
        with suppress(ProcessLookupError, FileNotFoundError):
            size = int(Path(f"/proc/{core}/statm").read_text().split()[0]) * resource.getpagesize()
            limit(core, resource.RLIMIT_AS, size + SPARE_BYTES)
            end = time.monotonic() + 1.5
            while time.monotonic() < end and self.core() == core:
                time.sleep(0.01)
            met = self.core() != core or self.log.read_text(errors="replace").count("MemoryError") > seen
            self.outcome.did["no_memory"] += met
            if self.core() == core:
                limit(core, resource.RLIMIT_AS, None)

    def move_clock(self) -> None:
        """By hours for good; or a year back, for a moment. A year ahead would be the ledger's time for ever."""
        if not self.can_move_clock:
            return
        if self.random.random() < 0.5:
            self._set_clock(-YEAR_NS)
            time.sleep(self.random.uniform(0.1, 0.5))
        self._set_clock(self.random.randint(-DRIFT_NS, DRIFT_NS))
        self.outcome.did["clock"] += 1

    def _set_clock(self, moved_ns: int) -> None:
        with self.clock.open("r+b") as file:  # in place: a process that reads it must not find it cut short
            file.write(struct.pack("<q", NINE_US * 1_000 + 3 * HOUR_NS - BEGAN_NS + moved_ns))

    def drain(self) -> None:
        """SIGTERM to the supervisor: the host ends as asked, and is started again."""
        self.supervisor.send_signal(signal.SIGTERM)
        code = self.supervisor.wait(READY_S_MAX)
        self.outcome.did["drain"] += 1
        assert code in {0, 70, 137}, f"drained with {code}\n{self.last_words()}"
        self.outcome.ends[f"drained {code}"] += 1
        self.start_host()

    def tell_proxy(self, word: str) -> None:
        assert self.proxy.stdin is not None
        self.proxy.stdin.write(word.encode() + b"\n")
        self.proxy.stdin.flush()

    # ------------------------------------------------------------------------------------------------------- the run

    def run(self) -> Outcome:
        began = time.monotonic()
        processes: list[subprocess.Popen[bytes]] = []
        self.start_host()
        try:
            self.wait_until_ready()
            self.proxy = python(
                "proxy", str(self.port), str(self.seed), str(self.shape.per_second), str(self.shape.gentle_per_second)
            )  # fmt: skip
            processes.append(self.proxy)
            assert self.proxy.stdout is not None
            port = int(self.proxy.stdout.readline())
            people = [python("people", json.dumps(self._order(number, port))) for number in range(self.shape.processes)]
            processes += people
            try:
                self._befall(began + self.shape.seconds)
                self._quiet(people)
            except StaysDown as down:
                self.outcome.odd[f"the host stays down {down}"] += 1
                for process in people:
                    process.communicate(timeout=10)
        finally:
            for process in processes:
                process.kill()
                process.communicate()
            with suppress(ProcessLookupError):
                os.killpg(self.supervisor.pid, signal.SIGKILL)
            self.supervisor.wait()
        self.outcome.seconds = round(time.monotonic() - began, 1)
        judge_all(self.outcome, self.work, self.before)
        return self.outcome

    def _order(self, number: int, port: int) -> dict[str, Any]:
        shape = self.shape
        return {
            "port": port, "seed": self.random.getrandbits(32), "number": number, "folder": str(self.work),
            "bulk": shape.bulk, "links": shape.links, "on_a_line": shape.on_a_line,
        }  # fmt: skip

    def _befall(self, end: float) -> None:
        """One deed after another; every kind comes once before chance alone rules."""
        kinds, weights = list(self.shape.deeds), list(self.shape.deeds.values())
        first = self.random.sample(kinds, len(kinds))
        last = end + (OVERTIME - 1) * self.shape.seconds
        while (now := time.monotonic()) < end or (self._has_too_few() and now < last):
            self.wait_until_ready()
            self._let_work()
            time.sleep(self.random.uniform(*self.shape.live_s))
            self.deeds[first.pop() if first else self.random.choices(kinds, weights)[0]]()

    def _has_too_few(self) -> bool:
        """Of kills, or of entries as the last life found them at its start."""
        begun = max(map(began_at, self.stamps.iterdir()), default=0)
        return self.outcome.kills < self.shape.kills or begun - self.before < self.shape.entries

    def _let_work(self) -> None:
        end = time.monotonic() + TAKEN_S_MAX
        while self.shape.taken and time.monotonic() < end:
            if has_taken(max(self.stamps.iterdir()), self.shape.taken):
                return
            time.sleep(0.02)

    def _quiet(self, people: list[subprocess.Popen[bytes]]) -> None:
        """No more faults: whatever waits must be answered. Then a last drain."""
        self._set_clock(0)
        self.wait_until_ready()
        self.tell_proxy("quiet")
        for process in people:
            assert process.stdin is not None
            process.stdin.write(b"quiet\n")
            process.stdin.flush()
        end = time.monotonic() + self.shape.quiet_s_max
        for process in people:
            try:
                process.wait(max(end - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                process.communicate(timeout=10)  # the end of its input: it writes down what still waits
            if process.returncode:
                self.outcome.odd[f"terminals ended with {process.returncode}"] += 1
        said, _ = self.proxy.communicate(timeout=10)
        self.outcome.lines.update(json.loads(said))
        self.supervisor.send_signal(signal.SIGTERM)
        code = self.supervisor.wait(READY_S_MAX)
        self.outcome.ends[f"at last {code}"] += 1
