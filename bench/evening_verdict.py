"""What was asked of an evening, what is known of it, and whether it came out: to the rupiah, and within its marks."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from bench.evening_cures import CONFIRMED_ANEW, chosen
from bench.evening_meter import Samples, p99_ms
from bench.founding import HARI
from bench.planting import BANK_ONLY, CURES, DIFF, DUPLICATE, HOST_ONLY, Planted, by_class, compare, found_of

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
MONEY = {"STA", "KOR", "BTP", "PLD", "BYS", "KFT", "SLS", "SEM", "SLH"}
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
    """A bank's evening: what the host has of it, its confirmation (more than one file: the later ones add), what is
    wrong in that, and the records it named.
    """

    bank: str
    head: tuple[Origin, Origin]
    host: list[Confirmed]
    paths: list[Path]
    planted: list[Planted]
    sent: list[Confirmed]


@dataclass(slots=True)
class Times:
    """Seconds of each step, and the stretches (perf_counter_ns) in which inquiries are measured."""

    steps_s: dict[str, float] = field(default_factory=dict)
    stretches_ns: list[tuple[str, int, int]] = field(default_factory=list)
    before_ns: tuple[int, int] = (0, 0)
    during_ns: tuple[int, int] = (0, 0)
    begins: Callable[[str], None] = lambda _: None
    """Called with each step that begins."""

    async def of(self, step: str, work: Awaitable[Done]) -> Done:
        """Do something and add its time to a step."""
        self.begins(step)
        began = time.perf_counter_ns()
        done = await work
        ended = time.perf_counter_ns()
        self.steps_s[step] = self.steps_s.get(step, 0.0) + (ended - began) / 1e9
        self.stretches_ns.append((step, began, ended))
        return done

    def p99(self, samples: Samples) -> dict[str, Any]:
        """The 99th percentiles before and during the evening and in its longer steps, in ms, by their JSON keys."""
        told: dict[str, Any] = {}
        for what, of_it in samples.items():
            told[f"{what}_p99_ms_before"] = p99_ms(of_it, *self.before_ns)
            told[f"{what}_p99_ms_during"] = p99_ms(of_it, *self.during_ns)
            told[f"{what}_p99_ms_by_step"] = self._by_step(of_it)
        return told

    def _by_step(self, samples: list[tuple[int, int]]) -> dict[str, float]:
        return {
            step.removesuffix("_s"): max(p99_ms(samples, *at) for name, *at in self.stretches_ns if name == step)
            for step in self.steps_s
            if step != LARGEST and self.steps_s[step] >= STRETCH_S_MIN
        }


def records_of(banks: list[BankFile]) -> int:
    """Deposits of the day that the host has, of all banks."""
    return sum(len(one.host) for one in banks)


def figures(banks: list[BankFile], items: list[dict[str, Any]], times: Times) -> Result:
    """Counts and times, under the keys of the result."""
    planted = [one for bank in banks for one in bank.planted]
    found = found_of(items)
    compared = compare(planted, found)
    return {
        "records": records_of(banks),
        "largest_bank_records": len(banks[0].host),
        "banks": len(banks),
        "planted": by_class(planted),
        "found": by_class(found),
        "false_alarms": len(compared.false_alarms),
        "missed": len(compared.missed),
        "cured": sum(bool(item["cara"]) for item in items),
        "cures": dict(sorted(cures_of(items).items())),
        "files": sum(len(one.paths) for one in banks),
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
    faults += [f"{item['nomor']} {item['kelas']}: {item['cara']} is no cure of it" for item in items if _is_odd(item)]
    wanted_cures = Counter(one.name for one in chosen(items, banks))
    if cures_of(items) != wanted_cures:
        faults.append(f"cures: {dict(cures_of(items))}, not {dict(wanted_cures)}")
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


def money_of(anchor: dict[str, Any]) -> dict[str, list[int]]:
    """Entries and rupiah (or cents) of the closed day by kind, bank and currency, of all kinds that move money and of
    the differences: the same for the same seed, however often the host was killed.
    """
    totals: dict[str, list[int]] = {}
    for kind, bank, _, mata_uang, n, nominal in anchor["jumlah"]:
        if kind in MONEY:
            total = totals.setdefault(f"{kind} {bank} {mata_uang}", [0, 0])
            total[0], total[1] = total[0] + n, total[1] + nominal
    return dict(sorted(totals.items()))


def cures_of(items: Iterable[dict[str, Any]]) -> Counter[str]:
    """How often each cure of each class was used."""
    return Counter(f"{item['kelas']} {item['cara']}" for item in items if item["cara"])


def _is_odd(item: dict[str, Any]) -> bool:
    """A cure that its class does not have."""
    return bool(item["cara"]) and item["cara"] not in CURES[item["kelas"]]


def expected_day(one: BankFile, items: list[dict[str, Any]]) -> dict[str, Any]:
    """What the board must say of a bank's day at the end, reckoned from what was planted and how it was cured.

    A repeated request is a deposit more; one that its branch reversed or the centre cancelled is no deposit and no
    difference of the match any more.
    """
    still = [item for item in items if not item["cara"]]
    held = [item["nominal_host"] for item in still if item["kelas"] == HOST_ONLY]
    repeated = [item["nominal_bank"] for item in items if item["cara"] == "ULANG"]
    ended = [item for item in items if item["kelas"] == HOST_ONLY and item["cara"] in {"BALIK", "BATAL"}]
    anew = Counter(item["kelas"] for item in items if f"{item['kelas']} {item['cara']}" in CONFIRMED_ANEW)
    counts = by_class(one.planted)
    n = len(one.host) + len(repeated) - len(ended)
    nominal = sum(deposit.nominal for deposit in one.host) + sum(repeated) - sum(item["nominal_host"] for item in ended)
    return {
        "keadaan": "MISMATCH" if still else "SETTLED",
        "n": n,
        "nominal_rupiah": nominal,
        "n_berkas": len(one.paths) + bool(anew),
        "n_cocok": len(one.host) - counts[HOST_ONLY] - counts[DIFF] + len(repeated) + anew.total(),
        "n_host": counts[HOST_ONLY] - len(ended) - anew[HOST_ONLY],
        "n_bank": counts[BANK_ONLY] - len(repeated),
        "n_beda": counts[DIFF] - anew[DIFF],
        "n_ganda": counts[DUPLICATE],
        "n_terbuka": len(still),
        "n_limpah": n - len(held),
        "limpah_rupiah": nominal - sum(held),
        "n_biaya": len(one.host) + len(repeated),
    }


def slow_of(evening: Evening, result: Result) -> list[str]:
    """Which marks were missed. A run that kills the host is held to memory alone: a step then runs more than once."""
    country_s = result["confirm_s"] + result["match_s"]
    inquiry_max, post_max = (
        max(P99_FLOOR_MS, P99_RATIO_MAX * result[f"{what}_p99_ms_before"]) for what in ("inquiry", "post")
    )
    share = max(1.0, result["records"] / 99_865)
    marks = [("memory of the step, MB", result["peak_rss_mb"], RSS_MB_MAX)]
    if not evening.kill_every:
        marks += [
            ("largest bank, s", result["largest_bank_s"], LARGEST_S_MAX * share),
            ("country confirmed and matched, s", country_s, COUNTRY_S_MAX * share),
            ("inquiries during it, p99 ms", result["inquiry_p99_ms_during"], inquiry_max),
            ("posts during it, p99 ms", result["post_p99_ms_during"], post_max),
        ]
    return [f"{what}: {value:,.1f}, the mark is {most:,.1f}" for what, value, most in marks if value > most]
