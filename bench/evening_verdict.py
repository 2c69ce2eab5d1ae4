"""What was asked of an evening, what is known of it, and whether it came out: to the rupiah, and within its marks."""

from __future__ import annotations

import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from bench.evening_meter import p99_ms
from bench.founding import HARI
from bench.planting import BANK_ONLY, DIFF, DUPLICATE, HOST_ONLY, Planted, by_class, compare, found_of

if TYPE_CHECKING:
    from ledger.records import Origin
    from txserver.settlement.records import Confirmed

P99_FLOOR_MS = 10.0
"""An inquiry that takes less than this is not called slow, whatever it took before: on two cores, host, edge, two
children and the seven banks themselves take turns of some milliseconds each.
"""
P99_RATIO_MAX = 2.0
LARGEST_S_MAX, COUNTRY_S_MAX, RSS_MB_MAX = 3.0, 10.0, 200.0
SHOWN = 5
LARGEST = "largest_bank_s"
STRETCH_S_MIN = 0.2

Result = dict[str, Any]
Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Evening:
    """What is asked for: the share of records that differ, seconds between two kills of the host (0 = none), and
    whether a missed mark of speed or memory fails the run, or is only told.
    """

    mismatch: float = 0.001
    kill_every: float = 0.0
    must_be_fast: bool = True
    seed: int = 1


@dataclass(slots=True)
class BankFile:
    """A bank's evening: what the host has of it, its confirmation, and what is wrong in that."""

    bank: str
    head: tuple[Origin, Origin]
    host: list[Confirmed]
    path: Path
    planted: list[Planted]


@dataclass(slots=True)
class Times:
    """Seconds of each step, and the stretches (perf_counter_ns) in which inquiries are measured."""

    steps_s: dict[str, float] = field(default_factory=dict)
    stretches_ns: list[tuple[str, int, int]] = field(default_factory=list)
    before_ns: tuple[int, int] = (0, 0)
    during_ns: tuple[int, int] = (0, 0)

    async def of(self, step: str, work: Awaitable[Done]) -> Done:
        """Do something and add its time to a step."""
        began = time.perf_counter_ns()
        done = await work
        ended = time.perf_counter_ns()
        self.steps_s[step] = self.steps_s.get(step, 0.0) + (ended - began) / 1e9
        self.stretches_ns.append((step, began, ended))
        return done

    def p99_by_step(self, samples: list[tuple[int, int]]) -> dict[str, float]:
        """The 99th percentile of inquiries in each step that took long enough to have one, in ms."""
        return {
            step.removesuffix("_s"): max(p99_ms(samples, *at) for name, *at in self.stretches_ns if name == step)
            for step in self.steps_s
            if step != LARGEST and self.steps_s[step] >= STRETCH_S_MIN
        }


def figures(banks: list[BankFile], items: list[dict[str, Any]], times: Times) -> Result:
    """Counts and times, under the keys of the result."""
    planted = [one for bank in banks for one in bank.planted]
    found = found_of(items)
    compared = compare(planted, found)
    return {
        "records": sum(len(one.host) for one in banks),
        "largest_bank_records": len(banks[0].host),
        "banks": len(banks),
        "planted": by_class(planted),
        "found": by_class(found),
        "false_alarms": len(compared.false_alarms),
        "missed": len(compared.missed),
        "cured": sum(bool(item["cara"]) for item in items),
        **{step: round(seconds, 3) for step, seconds in times.steps_s.items()},
    }


def faults_of(
    evening: Evening,
    banks: list[BankFile],
    items: list[dict[str, Any]],
    board: list[dict[str, Any]],
    anchor: dict[str, Any],
    result: Result,
) -> list[str]:
    """Every way in which the evening came out other than it was planted; nothing when it is right to the rupiah."""
    faults = [f"verify: ledger or anchor of {HARI} do not hold"] * (not result["verified"])
    compared = compare((one for bank in banks for one in bank.planted), found_of(items))
    faults += [f"false alarm: {one}" for one in compared.false_alarms[:SHOWN]]
    faults += [f"missed: {one}" for one in compared.missed[:SHOWN]]
    if result["cured"] != len(items) // 2:
        faults.append(f"cured: {result['cured']} of {len(items)}")
    days = {day["bank"]: day for day in board}
    for one in banks:
        wanted = expected_day(one, [item for item in items if item["bank"] == one.bank])
        told = {name: days[one.bank][name] for name in wanted}
        faults += [
            f"{one.bank} {name}: {told[name]}, not {wanted[name]}" for name in wanted if told[name] != wanted[name]
        ]
    named = sorted(item[0] for item in anchor["terbuka"])
    if named != sorted(item["nomor"] for item in items if not item["cara"]):
        faults.append("the close does not name the open differences")
    if evening.kill_every and not result["resumed_after_kills"]:
        faults.append("the host was not killed: the evening was over too soon")
    return faults


def expected_day(one: BankFile, items: list[dict[str, Any]]) -> dict[str, Any]:
    """What the board must say of a bank's day at the end, reckoned from what was planted and is cured."""
    still = [item for item in items if not item["cara"]]
    held = [item["nominal_host"] for item in still if item["kelas"] == HOST_ONLY]
    counts = by_class(one.planted)
    return {
        "keadaan": "MISMATCH" if still else "SETTLED",
        "n": len(one.host),
        "nominal_rupiah": sum(deposit.nominal for deposit in one.host),
        "n_cocok": len(one.host) - counts[HOST_ONLY] - counts[DIFF],
        "n_host": counts[HOST_ONLY],
        "n_bank": counts[BANK_ONLY],
        "n_beda": counts[DIFF],
        "n_ganda": counts[DUPLICATE],
        "n_terbuka": len(still),
        "n_limpah": len(one.host) - len(held),
        "limpah_rupiah": sum(deposit.nominal for deposit in one.host) - sum(held),
        "n_biaya": len(one.host),
    }


def slow_of(evening: Evening, result: Result) -> list[str]:
    """Which marks were missed. A run that kills the host is held to memory alone: a step then runs more than once."""
    country_s = result["confirm_s"] + result["match_s"]
    p99_max = max(P99_FLOOR_MS, P99_RATIO_MAX * result["inquiry_p99_ms_before"])
    share = max(1.0, result["records"] / 99_865)
    marks = [("memory of the step, MB", result["peak_rss_mb"], RSS_MB_MAX)]
    if not evening.kill_every:
        marks += [
            ("largest bank, s", result["largest_bank_s"], LARGEST_S_MAX * share),
            ("country confirmed and matched, s", country_s, COUNTRY_S_MAX * share),
            ("inquiries during it, p99 ms", result["inquiry_p99_ms_during"], p99_max),
        ]
    return [f"{what}: {value:,.1f}, the mark is {most:,.1f}" for what, value, most in marks if value > most]
