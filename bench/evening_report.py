"""What an evening came to, as a table. The keys of the JSON are stable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KEYS = (
    "records",
    "banks",
    "planted",
    "found",
    "false_alarms",
    "missed",
    "cured",
    "confirm_s",
    "match_s",
    "reconfirm_s",
    "close_s",
    "largest_bank_s",
    "peak_rss_mb",
    "inquiry_p99_ms_before",
    "inquiry_p99_ms_during",
    "post_p99_ms_before",
    "post_p99_ms_during",
    "cures",
    "resumed_after_kills",
    "pass",
)
"""Keys that every result has."""
STEPS = {
    "cutoff_s": "cut-off of all branches and banks",
    "confirm_s": "confirmations sent and taken in",
    "match_s": "matched record by record",
    "largest_bank_s": "  of these the largest bank",
    "cure_s": "half of the differences cured",
    "reconfirm_s": "confirmed again: transferred or put right",
    "rematch_s": "matched again",
    "transfer_s": "money passed on",
    "close_s": "banks settled, day closed",
    "verify_s": "ledger and anchor verified",
}


def text(result: Mapping[str, Any]) -> str:
    """The result as a table."""
    rows = [
        (
            "evening",
            f"{result['records']:,} records of {result['banks']} banks, {result['largest_bank_records']:,} of one",
        ),
        ("planted", _classes(result["planted"])),
        ("found", _classes(result["found"])),
        ("false alarms, missed", f"{result['false_alarms']} {result['missed']}"),
        ("cured", f"{result['cured']} of {sum(result['found'].values())}: {_classes(result['cures'])}"),
        ("", ""),
        *((what, f"{result[step]:8.2f} s") for step, what in STEPS.items()),
        ("", ""),
        ("memory of the steps", f"{result['peak_rss_mb']:,.0f} MB, {result['peak_own_mb']:,.0f} without mapped files"),
        *((f"{what} p99 ms", _before_and_during(result, what)) for what in ("inquiry", "post")),
        ("resumed after kills", str(result["resumed_after_kills"])),
        ("ledger and anchor", "whole" if result["verified"] else "NOT WHOLE"),
        *(("FAULT", fault) for fault in result["faults"]),
        *(("TOO MUCH", fault) for fault in result["slow"]),
        ("", ""),
        ("result", "PASS" if result["pass"] else "FAIL"),
    ]
    width = max(len(name) for name, _ in rows) + 2
    return "\n".join(f"{name:<{width}}{value}".rstrip() for name, value in rows)


def _classes(counts: Mapping[str, int]) -> str:
    return "  ".join(f"{kelas} {n}" for kelas, n in counts.items())


def _before_and_during(result: Mapping[str, Any], what: str) -> str:
    return f"before {result[what + '_p99_ms_before']:.2f}, during {result[what + '_p99_ms_during']:.2f}"
