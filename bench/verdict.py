"""What a run was asked to do, and what is to be said of it: answers against ledger, figures, pass or fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import check, evidence, meter, report
from bench.country import Country
from bench.founding import Forms
from bench.host_process import verify
from bench.meter import Measured
from bench.workload import Plan

P99_MS_MAX = 1_000.0
"""Pass mark of P1: 99% of answers within a second."""
FAULTS_SHOWN = 10
LATE_NS_MAX = 20_000_000

Say = Callable[[str], None]
Bar = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """What `siskohat-bench opening-day` was asked for. `data` None = a temporary directory."""

    profile: str = "flood"
    terminals: int = 3_566
    registrations: int = 99_865
    speedup: float = 1.0
    concentrators: int = 0
    data: Path | None = None
    seed: int = 1
    kill_every: float = 0.0
    full_hash: bool = False
    keep: bool = False
    echo_s: float = 2.0
    banks: int = 7


@dataclass(frozen=True, slots=True)
class Prepared:
    """A ledger directory with a country in it, and what everybody will do there."""

    data: Path
    country: Country
    plan: Plan
    forms: Forms
    sandi: str
    country_s: float
    entries: int


def judge(options: Options, prepared: Prepared, measured: Measured, say: Say) -> dict[str, Any]:
    """Hold the answers against the ledger; the result of the run, with the keys of `bench/report.py`."""
    tally = evidence.collect(measured.seats, prepared.plan)
    held = list(evidence.held(prepared.data, prepared.entries))
    faults = check.check(tally.calls, held, prepared.forms.porsi)
    verified = verify(prepared.data)
    size = evidence.size_of(prepared.data)
    say(f"checked {len(tally.calls):,} answers against {size.entries:,} entries")
    problems = problems_of(options, tally, faults, verified, measured)
    posts = max(tally.granted + tally.refused.total() + len(measured.dropped), 1)
    result = {
        "profile": options.profile,
        "terminals": len(prepared.country.stations),
        "branches": len(prepared.country.branches),
        "requested": tally.requested,
        "granted": tally.granted,
        "refused": dict(sorted(tally.refused.items())),
        "replayed": tally.replayed,
        **evidence.count(faults),
        **measured.figures(posts),
        "ledger": {
            "entries": size.entries,
            "bytes_per_entry": size.bytes_per_entry,
            "head": size.head,
            "verified": verified["verified"],
            "verify_s": round(verified["verify_s"], 2),
            "entries_per_s": round(size.entries / verified["verify_s"]),
        },
        "pass": not problems,
        "faults": problems,
        "country_s": round(prepared.country_s, 2),
        "hash_profile": "penuh" if options.full_hash else "ringan",
        "notes": notes(options, measured),
        "machine": meter.machine(),
        "speedup": options.speedup,
        "seed": options.seed,
        **measured.further(posts),
    }
    assert report.is_complete(result), "every run has the stable keys"
    return result


def problems_of(
    options: Options,
    tally: evidence.Tally,
    faults: Sequence[check.Fault],
    verified: Mapping[str, Any],
    measured: Measured,
) -> list[str]:
    """Why the run does not pass; nothing when it does."""
    problems = [f"{fault.rule}: {fault.what}" for fault in faults[:FAULTS_SHOWN]]
    problems += [f"{n} x {what}" for what, n in tally.unexpected.most_common(FAULTS_SHOWN)]
    if tally.unanswered:
        problems.append(f"{tally.unanswered} requests were never answered")
    if not verified["verified"]:
        problems.append(f"verify: {verified.get('reason') or verified.get('error') or dict(verified)}")
    if options.kill_every and not (measured.kills and measured.cuts):
        problems.append("the host was not killed while terminals worked: the run was over too soon")
    p99 = meter.quantiles_ms(measured.latencies_ns)["p99"]
    if options.profile == "p1" and p99 > P99_MS_MAX:
        problems.append(f"99% within {p99:.0f} ms, the mark is {P99_MS_MAX:.0f} ms")
    return problems


def notes(options: Options, measured: Measured) -> list[str]:
    """What a reader must know to judge the figures."""
    said = []
    if not options.full_hash:
        said.append("passwords under the light hash: the sign-on time is not that of a real morning (--full-hash)")
    if options.concentrators:
        said.append(f"{measured.connections:,} connections carry the {len(measured.seats):,} lines")
    if measured.kills:
        said.append(f"the host was killed {measured.kills} times; lines were cut and came back {measured.cuts:,} times")
        said.append("host CPU includes the restarts; the batches are those since the last of them")
    if measured.late_ns > LATE_NS_MAX:
        said.append(f"the generator itself was up to {measured.late_ns / 1e6:.0f} ms late; the latencies contain it")
    if options.profile == "p1":
        said.append("reversals (0.3%) are left out until there is a kind for them")
    return said
