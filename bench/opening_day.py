"""The opening day, whole: found a country, start a real host on it, sign everybody on, run the day, drain, verify.

What the host said is then held against what lies on disk (bench/check.py). `run` returns the result whose keys
`bench/report.py` lists; it passes when every rule holds, the ledger verifies, and every answer is the planned one.
"""

from __future__ import annotations

import gc
import random
import secrets
import shutil
import tempfile
import time
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvloop

from bench import evidence
from bench.country import Country, Station, build
from bench.evening_ground import LEDGER
from bench.founding import FOUNDED_US, found
from bench.host_process import HostFailed, HostProcess
from bench.load import Load
from bench.meter import Measured
from bench.verdict import Bar, Options, Prepared, Say, judge
from bench.workload import doubles_of, fit, plan_day, plan_flood, share_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LINES_PER_CONNECTION = 64
"""The host's own limit, raised for runs with fewer concentrators."""
MIDNIGHT = datetime.fromisoformat("2004-05-03T00:00:00+07:00")
FLOOD_CLOCK = "2004-05-03T10:00:00+07:00"
"""Within deposit hours in all three zones."""
DAY_STARTS_S = 5 * 3_600 + 59 * 60

Result = tuple[dict[str, Any], Measured]


def run(
    options: Options, say: Say, bar: Bar | None = None, evening: Callable[[Prepared], None] | None = None
) -> Result:
    """Run the day and judge it, then the `evening` on its ledger.

    Raises HostFailed, DialogueFault or TimeoutError when it cannot be finished.
    """
    with ledger_directory(options, say) as folder:
        prepared = prepare(options, folder / LEDGER, say, bar)
        result = drive(options, prepared, say, bar)
        if evening is not None:
            evening(prepared)
        return result


def drive(options: Options, prepared: Prepared, say: Say, bar: Bar | None = None) -> Result:
    """The day on a country that stands: host up, everybody at work, host drained, all judged."""
    groups = group(prepared.country, options.concentrators)
    log = prepared.data.with_name(prepared.data.name + "-host.log")
    host = HostProcess(prepared.data, log, **host_settings(options, groups))
    try:
        start_s = host.start()
        say(f"host ready in {start_s:.1f} s on port {host.port}, process {host.pid}")
        load = Load(options.profile, options.echo_s, options.kill_every, options.speedup, options.seed, say, bar)
        with quiet_collector():
            measured = uvloop.run(load.run(host, groups, prepared.plan, prepared.forms, prepared.sandi))
        drain_s = host.drain()
        say(f"host drained in {drain_s:.2f} s")
    finally:
        host.kill()
    result = judge(options, prepared, measured, say)
    return result | {"host_start_s": round(start_s, 2), "host_drain_s": round(drain_s, 2)}, measured


def prepare(options: Options, data: Path, say: Say, bar: Bar | None = None) -> Prepared:
    """Found the country that the options ask for."""
    began = time.perf_counter()
    country = build(options.terminals, banks=options.banks, seed=options.seed)
    counts = share_out(options.registrations, options.terminals)
    flood = options.profile == "flood"
    plan = plan_flood(counts) if flood else plan_day(random.Random(options.seed + 1), counts)
    plan = fit(plan, country)
    forms = found(
        data,
        country,
        counts,
        doubles_of(plan),
        seed=options.seed,
        progress=(lambda done, total: bar("founding", done, total)) if bar else None,
    )
    sandi = secrets.token_urlsafe(12)
    set_passwords(data, country, sandi, "penuh" if options.full_hash else "ringan")
    took = time.perf_counter() - began
    say(
        f"country founded in {took:.1f} s: {len(country.banks)} banks, {len(country.branches):,} branches, "
        f"{len(country.stations):,} workstations, {sum(counts):,} signed forms from {len(country.offices)} Kandepag"
    )
    return Prepared(data, country, plan, forms, sandi, took, evidence.size_of(data).entries)


def set_passwords(data: Path, country: Country, sandi: str, profile: str) -> None:
    """Give every teller the same password, each with a hash of its own."""
    from txserver.credentials import Credentials  # noqa: PLC0415  loads argon2, which no other step needs

    credentials = Credentials.open(data / "sandi")
    credentials.set_many(((station.origin.user, sandi) for station in country.stations), profile)
    credentials.close()


def group(country: Country, concentrators: int) -> list[list[Station]]:
    """Who shares a connection: nobody, or the branches dealt out over so many concentrators."""
    if not concentrators:
        return [[station] for station in country.stations]
    count = min(concentrators, len(country.branches))
    groups: list[list[Station]] = [[] for _ in range(count)]
    branches: dict[str, int] = {}
    for station in country.stations:
        at = branches.setdefault(station.origin.tapak, len(branches))
        groups[at % count].append(station)
    return groups


def host_settings(options: Options, groups: list[list[Station]]) -> dict[str, str | float]:
    """The host's settings for this run: its clock, and room for thick concentrators."""
    settings: dict[str, str | float] = {"clock": FLOOD_CLOCK}
    if options.profile == "p1":
        # The host's clock runs from its start: time for sign-on and echo goes by before the day begins.
        early_s = Load.setup_seconds(options.terminals, options.echo_s, full_hash=options.full_hash)
        start_us = MIDNIGHT.timestamp() + DAY_STARTS_S - early_s * options.speedup
        assert start_us * 1e6 > FOUNDED_US, "the host starts after the founding"
        settings["clock"] = datetime.fromtimestamp(start_us, MIDNIGHT.tzinfo).isoformat()
        settings["clock_speed"] = options.speedup
    if (most := max(map(len, groups))) > LINES_PER_CONNECTION:
        settings["lines_per_connection_max"] = most
    return settings


@contextmanager
def ledger_directory(options: Options, say: Say) -> Iterator[Path]:
    """The directory of the run; a temporary one goes when the run ends, unless it is to be kept."""
    if options.data is not None:
        if any((path / "journal").exists() for path in (options.data, options.data / LEDGER)):
            raise HostFailed(f"{options.data} has a ledger; a run founds its own, so give it another directory")
        options.data.mkdir(parents=True, exist_ok=True)
        yield options.data
        return
    folder = Path(tempfile.mkdtemp(prefix="siskohat-"))
    try:
        yield folder
    finally:
        if options.keep:
            say(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def quiet_collector() -> Iterator[None]:
    """No collection of garbage while the generator measures: what it makes is kept until the end anyhow."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
