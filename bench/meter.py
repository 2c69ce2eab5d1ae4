"""Measures: latencies, throughput over time, and what a process costs (from /proc, so on Linux only)."""

from __future__ import annotations

import os
import platform
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.virtual_terminal import Seat

TICKS = os.sysconf("SC_CLK_TCK")
QUANTILES = {"p50": 0.50, "p90": 0.90, "p99": 0.99, "p999": 0.999, "max": 1.0}


def quantiles_ms(latencies_ns: Iterable[int]) -> dict[str, float]:
    """Quantiles by nearest rank, in ms; zeros when there was nothing to measure."""
    ordered = sorted(latencies_ns)
    if not ordered:
        return dict.fromkeys(QUANTILES, 0.0)
    last = len(ordered) - 1
    return {name: round(ordered[min(last, int(last * share + 0.5))] / 1e6, 3) for name, share in QUANTILES.items()}


class Series:
    """How many answers in each interval, and the latencies of each: what the plots show."""

    def __init__(self, answered_ns: Sequence[int], latencies_ns: Sequence[int], intervals: int = 60) -> None:
        assert len(answered_ns) == len(latencies_ns), "one latency for each answer"
        first, last = (min(answered_ns), max(answered_ns)) if answered_ns else (0, 1)
        self.interval_s = max(last - first, 1) / 1e9 / intervals
        buckets = [array("q") for _ in range(intervals)]
        width = max(last - first, 1) / intervals
        for at, latency in zip(answered_ns, latencies_ns, strict=True):
            buckets[min(intervals - 1, int((at - first) / width))].append(latency)
        self.starts_s = [round(n * self.interval_s, 4) for n in range(intervals)]
        self.per_s = [round(len(bucket) / self.interval_s, 1) for bucket in buckets]
        quantiles = [quantiles_ms(bucket) for bucket in buckets]
        self.p50_ms = [row["p50"] for row in quantiles]
        self.p99_ms = [row["p99"] for row in quantiles]


def family(pid: int) -> list[int]:
    """A process and all that descend from it and live."""
    found = [pid]
    for parent in found:  # grows while it is read
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            found += map(int, _read(task).split())
    return found


def cpu_s(pid: int) -> float:
    """CPU seconds, user and system, of a process, its children, and those of them that have ended."""
    ticks = 0
    for member in family(pid):
        # The command's name stands in brackets and may hold anything; what follows it is numbers.
        fields = _read(Path(f"/proc/{member}/stat")).rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:15]))
    return ticks / TICKS


def memory_mb(pid: int) -> tuple[float, float]:
    """Resident memory of a process and its children in MiB: all of it, and the part that is their own (without
    mapped LMDB pages, which the kernel takes back when it needs them).
    """
    whole = own = 0
    for member in family(pid):
        text = _read(Path(f"/proc/{member}/status"))
        rows = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
        whole += int(rows.get("VmRSS", "0").split()[0])
        own += int(rows.get("RssAnon", "0").split()[0])
    return round(whole / 1024, 1), round(own / 1024, 1)


def _read(path: Path) -> str:
    """A file of /proc; empty when the process has ended meanwhile, as a checkpoint's may at any moment."""
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def machine() -> str:
    """What stands beside every figure: cores, CPU, kernel and interpreter."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        "unknown CPU",
    )
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{os.cpu_count()} cores, {model}, Linux {os.uname().release}, {python}"


@dataclass(slots=True)
class Measured:
    """What was seen from outside. Times in seconds, latencies in ns, of all messages of the day."""

    seats: list[Seat] = field(default_factory=list)
    connections: int = 0
    signon_s: float = 0.0
    echo_per_s: float = 0.0
    elapsed_s: float = 0.0
    messages: int = 0
    latencies_ns: array[int] = field(default_factory=lambda: array("q"))
    answered_ns: array[int] = field(default_factory=lambda: array("q"))
    by_message: dict[str, dict[str, float]] = field(default_factory=dict)
    dropped: list[int] = field(default_factory=list)
    late_ns: int = 0
    generator_cpu_s: float = 0.0
    server_cpu_s: float = 0.0
    server_rss_mb: float = 0.0
    server_own_mb: float = 0.0
    server_processes: int = 1
    batches: int = 0
    batch_entries: int = 0
    batch_max: int = 0
    kills: int = 0
    restart_s: list[float] = field(default_factory=list)
    cuts: int = 0
    busy: int = 0

    def figures(self, posts: int) -> dict[str, Any]:
        """The stable keys that say how fast and how dear it was."""
        return {
            "elapsed_s": round(self.elapsed_s, 3),
            "posts_per_s": round(posts / self.elapsed_s, 1),
            "messages_per_s": round(self.messages / self.elapsed_s, 1),
            "latency_ms": quantiles_ms(self.latencies_ns),
            "server": {
                "cpu_s": round(self.server_cpu_s, 3),
                "cpu_us_per_post": round(self.server_cpu_s / posts * 1e6, 2),
                "rss_mb": self.server_rss_mb,
                "own_mb": self.server_own_mb,
                "processes": self.server_processes,
                "batches": self.batches,
                "batch_mean": round(self.batch_entries / max(self.batches, 1), 1),
                "batch_max": self.batch_max,
            },
            "echo_per_s": round(self.echo_per_s),
        }

    def further(self, posts: int) -> dict[str, Any]:
        """Keys beyond the stable ones."""
        series = Series(self.answered_ns, self.latencies_ns)
        return {
            "signon_s": round(self.signon_s, 2),
            "generator_cpu_us_per_post": round(self.generator_cpu_s / posts * 1e6, 2),
            "generator_late_ms": round(self.late_ns / 1e6, 2),
            "connections": self.connections,
            "busy": self.busy,
            "kills": self.kills,
            "restart_s": [round(seconds, 2) for seconds in self.restart_s],
            "latency_by_message_ms": self.by_message,
            "over_time": {
                "interval_s": round(series.interval_s, 4),
                "answers_per_s": series.per_s,
                "p50_ms": series.p50_ms,
                "p99_ms": series.p99_ms,
            },
        }
