"""T15: a country of connections held by one host process, thousands of them signed on and at work.

The working ones are the load tester's own terminals, and what they are answered is held against the ledger as on an
opening day. The others are held by processes of their own, from addresses of their own: one address has ports for
28,000 connections to one other, and a process as many as it may have files open.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest
import uvloop

from bench import meter
from bench.host_process import HOST, HostProcess
from bench.load import Load
from bench.opening_day import FLOOD_CLOCK, group, prepare
from bench.verdict import Options, Prepared, judge
from tests.proof.conftest import Tell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.meter import Measured

HELD_EACH_MAX = 10_000
"""Bytes of memory of host and edge for one connection."""
COSTS = ("bytes_each", "bytes_each_standing")
FILES_APART = 200
"""Descriptors an edge or a holder needs for itself."""
HOLDER_MAX = 10_000


class HolderProcess:
    """So many open lines in a process of their own."""

    def __init__(self, port: int, count: int, source: str) -> None:
        command = [sys.executable, "-m", "tests.proof.holder", HOST, str(port), str(count), source]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def told(self) -> int:
        """The count it prints next."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "a holder ended"
        return int(line.split()[1])

    def ask(self) -> None:
        """Have every line asked."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()


@dataclass
class Country:
    """A host with a country of so many terminals, and lines beside them that only stand."""

    host: HostProcess
    prepared: Prepared
    options: Options
    before: int

    def each(self, connections: int) -> int:
        """Bytes that every connection has cost."""
        return (own_memory(self.host.pid) - self.before) // connections

    def work(self) -> Measured:
        """Everybody signs on, is answered an echo again and again, and posts."""
        load = Load("flood", 1.0, 0.0, 1.0, 1, quiet, None)
        groups, prepared = group(self.prepared.country, 0), self.prepared
        return uvloop.run(load.run(self.host, groups, prepared.plan, prepared.forms, prepared.sandi))


def quiet(line: str) -> None:
    assert line


def own_memory(pid: int) -> int:
    """Bytes of memory of a host and its edges that are their own."""
    return int(meter.memory_mb(pid)[1] * 1024 * 1024)


@contextmanager
def country(folder: Path, terminals: int, registrations: int, **settings: float) -> Iterator[Country]:
    options = Options(terminals=terminals, registrations=registrations)
    prepared = prepare(options, folder / "ledger", quiet)
    times = {"signon_seconds_max": 600, "idle_seconds_max": 600, "frame_seconds_max": 600} | settings
    host = HostProcess(prepared.data, folder / "host.log", clock=FLOOD_CLOCK, **times)
    try:
        host.start()
        yield Country(host, prepared, options, own_memory(host.pid))
    finally:
        host.kill()


def room(wanted: int) -> None:
    """Not run where one process may not have so many files open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < wanted + FILES_APART:
        pytest.skip(f"not run: a process may have {hard} files open, {wanted + FILES_APART} are asked for")
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def held_and_working(folder: Path, connections: int, terminals: int, registrations: int) -> dict[str, Any]:
    room(connections)
    standing = connections - terminals
    with country(folder, terminals, registrations) as here, ExitStack() as stack:
        counts = [min(HOLDER_MAX, standing - at) for at in range(0, standing, HOLDER_MAX)]
        holders = [
            stack.enter_context(HolderProcess(here.host.port, count, f"127.0.0.{2 + n}"))
            for n, count in enumerate(counts)
        ]
        told: dict[str, Any] = {"connections": connections, "standing": sum(holder.told() for holder in holders)}
        told["bytes_each_standing"] = here.each(standing) if standing else 0
        measured = here.work()
        for holder in holders:
            holder.ask()
        told["standing_answered"] = sum(holder.told() for holder in holders)
        told["bytes_each"] = here.each(connections)
        told["standing_left"] = int(here.host.metrics()["siskohat_connections"])
        here.host.drain()
        result = judge(here.options, here.prepared, measured, quiet)
    told |= {"signed_on": len(measured.seats), "signon_s": round(measured.signon_s, 1)}
    told |= {"echo_per_s": round(measured.echo_per_s), "granted": result["granted"], "passed": result["pass"]}
    return told


def holds(told: dict[str, Any], connections: int, terminals: int, registrations: int) -> list[str]:
    """What is wrong with a run; nothing when everybody was held, answered, and cheap."""
    standing = connections - terminals
    wanted = {
        "standing": standing, "standing_answered": standing, "standing_left": standing, "signed_on": terminals,
        "granted": registrations, "passed": True,
    }  # fmt: skip
    wrong = [f"{name} {told[name]}, not {value}" for name, value in wanted.items() if told[name] != value]
    return wrong + [f"{name} {told[name]}" for name in COSTS if told[name] >= HELD_EACH_MAX]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("connections", "terminals", "registrations"),
    [
        pytest.param(4_000, 4_000, 8_000, id="4,000 signed on"),
        pytest.param(19_000, 3_566, 35_660, id="19,000 held", marks=pytest.mark.proof),
    ],
)
def test_connections_held(
    connections: int, terminals: int, registrations: int, tmp_path: Path, work: Path, tell: Tell
) -> None:
    told = held_and_working(work, connections, terminals, registrations)
    tell(**told)
    assert holds(told, connections, terminals, registrations) == []


def test_a_host_that_turns_some_away_is_caught(work: Path, tell: Tell) -> None:
    """The controls: a host with room for fewer than came, an answer missing, a connection that costs too much."""
    with country(work, 8, 16, sessions_max=100) as here, HolderProcess(here.host.port, 120, "127.0.0.2") as holder:
        held = holder.told()
    good = dict.fromkeys(("standing", "standing_answered", "standing_left"), 10) | {"signed_on": 4, "granted": 8}
    good |= {"passed": True, "bytes_each": 2_000, "bytes_each_standing": 2_000}
    assert holds(good, 14, 4, 8) == []
    planted = {"standing": held, "standing_answered": 9, "bytes_each": 11_000, "passed": False}
    caught = [name for name, value in planted.items() if len(holds(good | {name: value}, 14, 4, 8)) == 1]
    tell(turned_away=120 - held, controls=len(planted), caught=len(caught))
    assert held == 100
    assert caught == list(planted)
