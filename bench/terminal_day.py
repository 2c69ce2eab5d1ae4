"""A teller's day at the real terminal: one deposit after the other through a pseudo terminal, every wait measured.

A transaction is what a teller does for a pilgrim: the eleven digits of the form, Enter (the form is found), Enter
(the deposit is taken, the receipt comes), Enter (the next one). Echo is measured from the press of a key to the moment
its character has come out of the terminal; a panel from Enter to the moment its title and last field have.
"""

from __future__ import annotations

import os
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.country import Country, Station, build
from bench.founding import HARI, found
from bench.host_process import HostProcess
from bench.meter import machine
from bench.terminal_window import ENTER, FUNCTION, Window

CLOCK = f"{HARI}T10:00:00+07:00"
OPEN_HOURS = 4.0
"""How long deposits are taken, in every zone of the country, from CLOCK on."""
STARTS = 5
ECHO_EVERY = 50
"""After the first `ECHO_TRANSACTIONS`, one transaction in so many is typed digit by digit."""
ECHO_TRANSACTIONS = 100
WARM = 50
"""Transactions after which memory is taken for the first time: caches are full, lists have their room."""

COLD_START_S, ECHO_MS, PANEL_MS, RSS_MB, GROWTH_MB = 1.0, 30.0, 150.0, 120.0, 20.0
"""What a teller may expect: the targets."""

NUMBER_ROW, NUMBER_AT = 5, 19
MEGABYTE = 1_000_000
Say = Callable[[str], None]
Bar = Callable[[str, int, int], None]


@dataclass(slots=True)
class Measured:
    """Times in seconds, memory in bytes."""

    cold: list[float] = field(default_factory=list)
    echo: list[float] = field(default_factory=list)
    panels: dict[str, list[float]] = field(
        default_factory=lambda: {"menu": [], "find": [], "post": [], "next": []},
    )
    rss: list[int] = field(default_factory=list)
    elapsed: float = 0.0


def run(transactions: int, hours: float, seed: int, say: Say, bar: Bar | None) -> dict[str, Any]:
    """Found a country, start a host on it, and let one teller work. Raises WindowFault, HostFailed."""
    with tempfile.TemporaryDirectory(prefix="siskohat-terminal-") as folder:
        place = Path(folder)
        country = build(1, banks=1, branches=1, seed=seed)
        say(f"founding a country with {transactions:,} signed forms")
        forms = found(place / "ledger", country, [transactions], [[]], seed=seed)
        sandi = _passwords(place / "ledger", country)
        speed = min(1.0, OPEN_HOURS / hours) if hours else 1.0
        host = HostProcess(place / "ledger", place / "host.log", clock=CLOCK, clock_speed=speed)
        host.start()
        try:
            before = host.metrics()["siskohat_journal_head"]
            teller = Teller(place, country.stations[0], host.port)
            say("cold starts")
            teller.start_cold()
            say(f"{transactions:,} transactions")
            teller.work(forms.signed[0], sandi, hours * 3600, bar)
            posted = int(host.metrics()["siskohat_journal_head"] - before)
        finally:
            host.kill()
    return judged(teller.measured, transactions, posted)


def _passwords(data: Path, country: Country) -> str:
    from txserver.credentials import Credentials  # noqa: PLC0415  loads argon2, which no other step needs

    sandi = secrets.token_urlsafe(9)
    credentials = Credentials.open(data / "sandi")
    credentials.set_many([(station.origin.user, sandi) for station in country.stations], "penuh")
    credentials.close()
    return sandi


class Teller:
    """One person at one window."""

    def __init__(self, place: Path, station: Station, port: int) -> None:
        who = station.origin
        self._settings = {
            "host": f"127.0.0.1:{port}",
            "bank": who.bank,
            "cabang": who.cabang,
            "device": who.device,
            "user": who.user,
            "receipts": str(place / "bukti"),
            "state": str(place / "state"),
        }
        self.measured = Measured()

    def start_cold(self) -> None:
        """From nothing to the sign-on panel, and away again."""
        for _ in range(STARTS):
            with Window(self._settings) as window:
                self.measured.cold.append(window.wait(_is_signon, "the sign-on panel") - window.began)
                window.send(FUNCTION[3])
                window.ended()

    def work(self, numbers: Sequence[str], sandi: str, seconds: float, bar: Bar | None) -> None:
        """Sign on and take a deposit on every form; with `seconds`, spread over them."""
        with Window(self._settings) as window:
            window.wait(_is_signon, "the sign-on panel")
            self._panel(window, "menu", sandi + ENTER, lambda window: "SIGN-OFF" in str(window), "the menu")
            window.send("SA" + ENTER)
            window.wait(_is_empty_form, "the empty form")
            began = time.perf_counter()
            for at, number in enumerate(numbers):
                self._deposit(window, number, slowly=at < ECHO_TRANSACTIONS or at % ECHO_EVERY == 0)
                if at >= min(WARM, len(numbers) // 2):
                    self.measured.rss.append(window.rss_bytes())
                if bar is not None and at % 10 == 0:
                    bar("deposits", at, len(numbers))
                due = began + seconds * (at + 1) / len(numbers)
                if seconds and (left := due - time.perf_counter()) > 0:
                    window.idle(left)
            self.measured.elapsed = time.perf_counter() - began

    def _deposit(self, window: Window, number: str, *, slowly: bool) -> None:
        if slowly:
            for at, digit in enumerate(number):
                pressed = window.send(digit)
                there = window.wait(lambda window, at=at: _typed(window) == number[: at + 1], digit)  # type: ignore[misc]
                self.measured.echo.append(there - pressed)
        else:
            window.send(number)
        self._panel(window, "find", ENTER, lambda window: "Nama lengkap" in window.row(7), f"form {number}")
        self._panel(window, "post", ENTER, _is_receipt, f"the receipt of {number}")
        self._panel(window, "next", ENTER, _is_empty_form, "the next form")

    def _panel(self, window: Window, name: str, keys: str, is_there: Callable[[Window], bool], what: str) -> None:
        pressed = window.send(keys)
        self.measured.panels[name].append(window.wait(is_there, what) - pressed)


def _is_signon(window: Window) -> bool:
    return "SIGN-ON" in window.row(1) and "Kata sandi" in window.row(11)


def _is_empty_form(window: Window) -> bool:
    return "SETORAN AWAL" in window.row(1) and "Nomor SPPH" in window.row(NUMBER_ROW) and not window.row(7).strip()


def _is_receipt(window: Window) -> bool:
    return "BUKTI" in window.row(1) and "SKH0001" in window.message


def _typed(window: Window) -> str:
    return window.row(NUMBER_ROW)[NUMBER_AT : NUMBER_AT + 11].strip()


def judged(measured: Measured, transactions: int, posted: int) -> dict[str, Any]:
    """The result, with what was asked for beside what was found."""
    panels = [took for times in measured.panels.values() for took in times]
    growth = measured.rss[-1] - measured.rss[0]
    result: dict[str, Any] = {
        "machine": machine(),
        "cores": os.cpu_count(),
        "transactions": transactions,
        "posted": posted,
        "elapsed_s": measured.elapsed,
        "cold_start_s": statistics.median(measured.cold),
        "echo_ms": _spread(measured.echo),
        "panel_ms": {name: _spread(times) for name, times in measured.panels.items()} | {"all": _spread(panels)},
        "rss_mb": max(measured.rss) / MEGABYTE,
        "rss_growth_mb": growth / MEGABYTE,
        "targets": {
            "cold_start_s": COLD_START_S,
            "echo_ms_p50": ECHO_MS,
            "panel_ms_p90": PANEL_MS,
            "rss_mb": RSS_MB,
            "rss_growth_mb": GROWTH_MB,
        },
    }
    result["pass"] = (
        posted == transactions
        and result["cold_start_s"] < COLD_START_S
        and result["echo_ms"]["p50"] < ECHO_MS
        and result["panel_ms"]["all"]["p90"] < PANEL_MS
        and result["rss_mb"] < RSS_MB
        and result["rss_growth_mb"] < GROWTH_MB
    )
    return result


def _spread(seconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(took * 1000 for took in seconds)
    at = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
    return {name: ordered[min(len(ordered) - 1, int(share * len(ordered)))] for name, share in at.items()}


def text(result: dict[str, Any]) -> str:
    """The result as a table."""

    def spread(times: dict[str, float]) -> str:
        return "  ".join(f"{name} {took:.1f}" for name, took in times.items())

    rows = [
        ("terminal", f"{result['posted']:,} of {result['transactions']:,} posted, {result['elapsed_s']:.0f} s"),
        ("machine", str(result["machine"])),
        ("cold start", f"{result['cold_start_s']:.2f} s to the sign-on panel (under {COLD_START_S:.0f})"),
        ("key to echo ms", f"{spread(result['echo_ms'])} (median under {ECHO_MS:.0f})"),
        *((f"  {name} ms", spread(times)) for name, times in result["panel_ms"].items()),
        ("Enter to panel", f"p90 {result['panel_ms']['all']['p90']:.1f} ms (under {PANEL_MS:.0f})"),
        (
            "memory",
            f"{result['rss_mb']:.0f} MB (under {RSS_MB:.0f}), grown by {result['rss_growth_mb']:.1f} (under 20)",
        ),
        ("result", "PASS" if result["pass"] else "FAIL"),
    ]
    return "\n".join(f"{name:<26}{value}" for name, value in rows)
