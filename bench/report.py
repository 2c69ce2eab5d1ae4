"""What a run found: a table to read, JSON to keep, plots to look at. The keys of the JSON are stable."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.meter import Series

KEYS = (
    "profile",
    "terminals",
    "branches",
    "requested",
    "granted",
    "refused",
    "replayed",
    "lost",
    "duplicates",
    "gaps",
    "order_violations",
    "elapsed_s",
    "posts_per_s",
    "messages_per_s",
    "latency_ms",
    "server",
    "ledger",
    "echo_per_s",
    "pass",
)
"""Keys that every result has; runs add others of their own."""
GROUPS = {
    "latency_ms": ("p50", "p90", "p99", "p999", "max"),
    "server": ("cpu_s", "cpu_us_per_post", "rss_mb", "batches", "batch_mean", "batch_max"),
    "ledger": ("entries", "bytes_per_entry", "head", "verified", "verify_s", "entries_per_s"),
}


def is_complete(result: Mapping[str, Any]) -> bool:
    """Whether every stable key is there."""
    return all(key in result for key in KEYS) and all(
        name in result[group] for group, names in GROUPS.items() for name in names
    )


def text(result: Mapping[str, Any]) -> str:
    """The result as a table of about thirty lines."""
    latency, server, ledger = result["latency_ms"], result["server"], result["ledger"]
    refused = ", ".join(f"{id_} {n:,}" for id_, n in sorted(result["refused"].items())) or "none"
    rows = [
        ("opening day", f"{result['profile']}, {result['terminals']:,} terminals in {result['branches']:,} branches"),
        ("machine", str(result.get("machine", ""))),
        ("requested", f"{result['requested']:,}"),
        ("granted", f"{result['granted']:,}"),
        ("refused", refused),
        ("answered again (ulang)", f"{result['replayed']:,}"),
        ("lost, twice, gaps, order", " ".join(str(result[key]) for key in KEYS[7:11])),
        ("", ""),
        ("day", f"{result['elapsed_s']:.2f} s{_speed(result)}"),
        ("posts", f"{result['posts_per_s']:,.0f}/s"),
        ("messages", f"{result['messages_per_s']:,.0f}/s; echo ceiling {result['echo_per_s']:,.0f}/s"),
        ("latency ms", "  ".join(f"{name} {latency[name]:,.2f}" for name in GROUPS["latency_ms"])),
        *((f"  {name}", _quantiles(row)) for name, row in result.get("latency_by_message_ms", {}).items()),
        ("host CPU", f"{server['cpu_s']:.2f} s, {server['cpu_us_per_post']:.1f} us a post{_processes(server)}"),
        ("host memory", f"{server['rss_mb']:,.0f} MB{_own(server)}"),
        ("batches", f"{server['batches']:,} of {server['batch_mean']:,.0f}, at most {server['batch_max']:,}"),
        ("generator CPU", f"{result.get('generator_cpu_us_per_post', 0.0):.1f} us a post"),
        ("", ""),
        ("ledger", f"{ledger['entries']:,} entries of {ledger['bytes_per_entry']:,.0f} bytes"),
        ("head", str(ledger["head"])[:32]),
        ("verified", f"{_yes(ledger['verified'])} in {ledger['verify_s']:.1f} s, {ledger['entries_per_s']:,.0f}/s"),
        ("set-up", f"country {result.get('country_s', 0):.1f} s, sign-on {result.get('signon_s', 0):.1f} s"),
        *(("note", note) for note in result.get("notes", ())),
        *(("FAULT", fault) for fault in result.get("faults", ())),
        ("", ""),
        ("result", "PASS" if result["pass"] else "FAIL"),
    ]
    return "\n".join(f"{label:<26}{value}".rstrip() for label, value in rows)


def _speed(result: Mapping[str, Any]) -> str:
    return f" ({result['speedup']:g} times as fast as life)" if result.get("speedup", 1) != 1 else ""


def _processes(server: Mapping[str, Any]) -> str:
    return f", {server['processes']} processes" if server.get("processes", 1) > 1 else ""


def _own(server: Mapping[str, Any]) -> str:
    return f", {server['own_mb']:,.0f} without mapped files" if "own_mb" in server else ""


def _quantiles(row: Mapping[str, float]) -> str:
    return "  ".join(f"{name} {value:,.2f}" for name, value in row.items())


def _yes(truth: object) -> str:
    return "whole" if truth else "NOT WHOLE"


def write_json(result: Mapping[str, Any], path: Path) -> None:
    """Keep the result; the directory is made where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def write_plots(series: Series, latencies_ns: Sequence[int], title: str, folder: Path) -> Path:
    """Draw throughput and latency over the day and a histogram. Raises ImportError without matplotlib."""
    import matplotlib as mpl  # noqa: PLC0415  half a second that only this needs

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    figure, (rate, latency, spread) = plt.subplots(3, 1, figsize=(10, 11), layout="constrained")
    figure.suptitle(title)
    rate.step(series.starts_s, series.per_s, where="post")
    rate.set(ylabel="answers/s", xlabel="s", ylim=(0, None))
    latency.plot(series.starts_s, series.p50_ms, label="p50")
    latency.plot(series.starts_s, series.p99_ms, label="p99")
    latency.set(ylabel="latency, ms", xlabel="s", ylim=(0, None))
    latency.legend()
    spread.hist([ns / 1e6 for ns in latencies_ns], bins=120)
    spread.set(ylabel="answers", xlabel="latency, ms", yscale="log")
    path = folder / "opening-day.png"
    figure.savefig(path, dpi=110)
    plt.close(figure)
    return path
