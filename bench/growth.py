"""How the host fares as the ledger grows: the same flood on an empty ledger and on one with millions of pilgrims."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import evidence
from bench.country import Country, build
from bench.founding import FOUNDED_US, HARI, Forms, exhaust, founding, issue, provisioning
from bench.opening_day import drive, ledger_directory, prepare, set_passwords
from bench.people import People
from bench.verdict import Bar, Options, Prepared, Say
from bench.workload import AMOUNT_RUPIAH, plan_flood, share_out
from ledger.kinds.setoran_awal import SetoranAwal

if TYPE_CHECKING:
    from msgspec import Struct

    from ledger.records import Origin

BEFORE = "2004-04-30"
"""The business day on which those before us registered."""
BEFORE_US = int(datetime.fromisoformat(f"{BEFORE}T10:00:00+07:00").timestamp() * 1e6)
ENTRIES_PER_PILGRIM = 3
SANDI = "made up for one run"


def run(pilgrims: int, options: Options, say: Say, bar: Bar | None = None) -> dict[str, Any]:
    """Both floods and how they compare. Raises what `opening_day.drive` raises."""
    with ledger_directory(options, say) as folder:
        say("first on an empty ledger")
        empty, _ = drive(options, prepare(options, folder / "empty", say, bar), say, bar)
        say(f"then on one with {pilgrims:,} pilgrims")
        began = time.perf_counter()
        grown_country = grow(pilgrims, options, folder / "grown", bar)
        build_s = time.perf_counter() - began
        say(f"{grown_country.entries:,} entries posted in {build_s:.0f} s")
        grown, _ = drive(options, grown_country, say, bar)
    return {
        "pilgrims": pilgrims,
        "build_s": round(build_s, 1),
        "build_entries_per_s": round(grown_country.entries / build_s),
        "speed_ratio": round(grown["posts_per_s"] / empty["posts_per_s"], 3),
        "cpu_ratio": round(grown["server"]["cpu_us_per_post"] / empty["server"]["cpu_us_per_post"], 3),
        "restart_s": {"empty": empty["host_start_s"], "grown": grown["host_start_s"]},
        "rss_mb": {"empty": empty["server"]["rss_mb"], "grown": grown["server"]["rss_mb"]},
        "bytes_on_disk": {"grown": grown_country.entries * grown["ledger"]["bytes_per_entry"]},
        "empty": empty,
        "grown": grown,
        "pass": empty["pass"] and grown["pass"],
    }


def grow(pilgrims: int, options: Options, data: Path, bar: Bar | None) -> Prepared:
    """A country in whose ledger so many pilgrims stand already, and forms for the flood."""
    country = build(options.terminals, seed=options.seed)
    counts = share_out(options.registrations, options.terminals)
    people = People(random.Random(options.seed))
    none: list[list[int]] = [[] for _ in counts]
    total = ENTRIES_PER_PILGRIM * pilgrims + 2 * options.registrations + 2 * options.terminals
    progress = (lambda done, total: bar("growing", done, total)) if bar else None
    with founding(data, progress, total) as founder:
        exhaust(founder.post(provisioning(country)))
        before = issue(founder, country, share_out(pilgrims, options.terminals), none, people)
        founder.open_day(BEFORE)
        assert founder.waktu_us > FOUNDED_US, "the founding takes time"
        founder.waktu_us = max(founder.waktu_us, BEFORE_US)
        forms = Forms([], [])
        for posted in founder.post(_deposits(country, before)):
            forms.porsi[str(posted.data["nomor_porsi"])[:2]] += 1
        of_the_day = issue(founder, country, counts, none, people)
        founder.close_day(country)
        founder.open_day(HARI)
    of_the_day.porsi = forms.porsi
    set_passwords(data, country, SANDI, "ringan")
    return Prepared(data, country, plan_flood(counts), of_the_day, SANDI, 0.0, evidence.size_of(data).entries)


def _deposits(country: Country, forms: Forms) -> Iterator[tuple[Origin, Struct]]:
    """Everybody's deposit, the workstations taking turns."""
    turns = max(map(len, forms.signed))
    for at in range(turns):
        for station in country.stations:
            numbers = forms.signed[station.number]
            if at < len(numbers):
                yield station.origin, SetoranAwal(numbers[at], AMOUNT_RUPIAH)


def text(result: dict[str, Any]) -> str:
    """The comparison in a few lines."""
    empty, grown = result["empty"], result["grown"]
    rows = [
        ("", "empty", "grown"),
        ("pilgrims before", "0", f"{result['pilgrims']:,}"),
        ("entries at the end", f"{empty['ledger']['entries']:,}", f"{grown['ledger']['entries']:,}"),
        ("posts/s", f"{empty['posts_per_s']:,.0f}", f"{grown['posts_per_s']:,.0f}"),
        (
            "host CPU us a post",
            f"{empty['server']['cpu_us_per_post']:.1f}",
            f"{grown['server']['cpu_us_per_post']:.1f}",
        ),
        ("latency p99 ms", f"{empty['latency_ms']['p99']:.1f}", f"{grown['latency_ms']['p99']:.1f}"),
        ("start s", f"{result['restart_s']['empty']:.2f}", f"{result['restart_s']['grown']:.2f}"),
        ("host memory MB", f"{result['rss_mb']['empty']:,.0f}", f"{result['rss_mb']['grown']:,.0f}"),
        ("  without mapped files", f"{empty['server']['own_mb']:,.0f}", f"{grown['server']['own_mb']:,.0f}"),
        ("bytes an entry", f"{empty['ledger']['bytes_per_entry']:.0f}", f"{grown['ledger']['bytes_per_entry']:.0f}"),
    ]
    lines = [f"{label:<22}{left:>14}{right:>14}" for label, left, right in rows]
    lines += [f"FAULT  {fault}" for row in (empty, grown) for fault in row["faults"]]
    lines += ["", f"grown/empty: posts {result['speed_ratio']:.2f}, host CPU a post {result['cpu_ratio']:.2f}"]
    return "\n".join([*lines, "", f"result  {'PASS' if result['pass'] else 'FAIL'}"])
