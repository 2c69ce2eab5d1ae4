"""`siskohat-bench`: opening day, growth, and a demonstration country. Exit 0 only when a run passes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from bench.evening_verdict import Evening
    from bench.verdict import Prepared

MANUAL = """
siskohat-bench - the opening day, its evening, and other loads, against a real host

COMMANDS run a siskohat-server of their own on a ledger of their own and never touch another. Settings of the host
that stand in the environment (SISKOHAT_HOST_BATCH_ENTRIES_MAX=512, ...) reach it; clock, data and port are set here.

FIGURES: posts/s counts answers to deposits from the first frame to the last answer; a latency is from the intended
moment of sending; host CPU is user and system time of the host's process; echo is the same terminals, connections
and message size without a ledger behind, in the same run: the ceiling to compare with.

EXIT CODES: 0 the run passed; 1 a rule did not hold, an answer was not the planned one, or the ledger does not
verify; 2 the run could not be finished.
"""

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help=MANUAL,
)
EXIT_BROKEN_OFF = 2


def say(line: str) -> None:
    """One line of what is going on."""
    _clear()
    print(line, flush=True)


def bar(what: str, done: int, total: int) -> None:
    """A progress bar on the terminal's own line."""
    filled = 40 * min(done, total) // max(total, 1)
    print(f"\r{what:<10}[{'#' * filled}{'.' * (40 - filled)}] {done:,}/{total:,} ", end="", file=sys.stderr, flush=True)


def _clear() -> None:
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


@app.command("opening-day")
def opening_day(
    profile: Annotated[str, typer.Option(help="flood: as fast as it goes; p1: the day's own arrivals")] = "flood",
    terminals: Annotated[int, typer.Option(min=1, help="workstations; branches follow in proportion")] = 3_566,
    registrations: Annotated[int, typer.Option(min=1, help="registrations of the day")] = 99_865,
    speedup: Annotated[float, typer.Option(min=1, help="p1: how many times faster than life")] = 900.0,
    concentrators: Annotated[int, typer.Option(min=0, help="connections that share the lines; 0 = one each")] = 0,
    data: Annotated[Path | None, typer.Option(help="directory for the ledger and the host's log, kept")] = None,
    seed: Annotated[int, typer.Option(help="the same seed gives the same country and the same day")] = 1,
    json: Annotated[Path | None, typer.Option(help="file for the result as JSON")] = None,
    report: Annotated[Path | None, typer.Option(help="directory for result.json and plots")] = None,
    kill_every: Annotated[float, typer.Option(min=0, help="flood: SIGKILL the host every so many seconds")] = 0.0,
    full_hash: Annotated[bool, typer.Option(help="real password hashes: minutes more, an honest sign-on")] = False,
    keep: Annotated[bool, typer.Option(help="keep a temporary ledger and tell where")] = False,
    evening: Annotated[bool, typer.Option(help="end with the evening: confirmed, settled, closed, verified")] = False,
) -> None:
    """Run opening day against a real host and judge every answer against the ledger it leaves.

    A country of banks, branches and Kandepag is founded in a fresh ledger, a siskohat-server started on it, every
    terminal is signed on over its own WebSocket. Before the day the same terminals send echoes of the same size: the
    ceiling to compare with. After it the host is drained, the ledger verified, and every answer held against it:
    nothing lost, nothing twice, no gap, in order. Exit 0 when all holds, 1 when not, 2 when the run broke off.
    """
    from bench.evening_verdict import Evening
    from bench.meter import Series
    from bench.opening_day import run
    from bench.report import text, write_json, write_plots
    from bench.verdict import Options

    if profile not in ("flood", "p1"):
        raise typer.BadParameter("flood or p1", param_hint="--profile")
    if kill_every and profile != "flood":
        raise typer.BadParameter("only with --profile flood", param_hint="--kill-every")
    speedup = speedup if profile == "p1" else 1.0
    options = Options(
        profile, terminals, registrations, speedup, concentrators, data, seed, kill_every, full_hash, keep
    )
    settled: dict[str, Any] = {}
    work = _evening(settled, Evening(must_be_fast=False)) if evening else None
    result, measured = run(options, say, bar if sys.stderr.isatty() else None, work)
    _clear()
    print("\n" + text(result))
    if evening:
        _print_evening(settled)
        result["evening"] = settled
    if json is not None:
        write_json(result, json)
    if report is not None:
        write_json(result, report / "result.json")
        series = Series(measured.answered_ns, measured.latencies_ns, 120)
        title = f"{profile}: {terminals:,} terminals, {result['posts_per_s']:,.0f} posts/s"
        try:
            print(f"plots in {write_plots(series, measured.latencies_ns, title, report)}")
        except ImportError:
            print("no plots: matplotlib is not installed (extra `report`)")
    raise typer.Exit(0 if result["pass"] and settled.get("pass", True) else 1)


def _evening(settled: dict[str, Any], evening: Evening) -> Callable[[Prepared], None]:
    """What a day ends with: its evening, whose result goes into `settled`."""
    from bench.settlement import run

    return lambda prepared: settled.update(run(evening, prepared.data, say))


def _print_evening(settled: dict[str, Any]) -> None:
    from bench.evening_report import text

    print("\n" + text(settled))


@app.command()
def settlement(
    records: Annotated[int | None, typer.Option(min=50, help="deposits of the day, 99,865 if not said")] = None,
    banks: Annotated[int | None, typer.Option(min=1, max=7, help="banks, 7; the largest has 31% of seven")] = None,
    mismatch: Annotated[float, typer.Option(min=0, max=0.5, help="share of records that differ")] = 0.001,
    kill_every: Annotated[float, typer.Option(min=0, help="SIGKILL the host of the evening every so many s")] = 0.0,
    json: Annotated[Path | None, typer.Option(help="file for the result as JSON")] = None,
    data: Annotated[Path | None, typer.Option(help="directory for ledger, files and logs, kept")] = None,
) -> None:
    """Run the evening of an opening day: cut off, confirm, match, cure half, transfer, close, verify.

    The banks' files hold known differences of every class; the evening passes when the host finds each of them and
    nothing else, every sum is right to the rupiah, ledger and anchor verify, and the steps keep within their marks. The
    day before it is a flood of `records` deposits, which must pass too. Where --data has the ledger of an opening day
    (`opening-day --data DIR` or --keep) its evening is run instead, for all deposits and banks that stand there; a
    ledger it cannot follow on is refused, exit code 2.
    """
    from bench.evening_ground import LEDGER
    from bench.evening_verdict import Evening
    from bench.report import write_json
    from bench.settlement import run

    evening = Evening(mismatch, kill_every)
    if data is not None and (data / LEDGER / "journal").exists():
        if records is not None or banks is not None:
            raise typer.BadParameter(f"{data} has the ledger of a day: its records and banks are what stands there")
        settled = run(evening, data / LEDGER, say)
    else:
        settled = _day_and_evening(evening, records or 99_865, banks or 7, data)
    _clear()
    _print_evening(settled)
    if json is not None:
        write_json(settled, json)
    raise typer.Exit(0 if settled["pass"] else 1)


def _day_and_evening(evening: Evening, records: int, banks: int, data: Path | None) -> dict[str, Any]:
    """The evening of a day that is founded and flooded for it, which must pass too."""
    from bench.country import REGISTRATIONS, STATIONS
    from bench.opening_day import run
    from bench.verdict import Options

    terminals = min(STATIONS, max(2 * banks, records * STATIONS // REGISTRATIONS))
    options = Options("flood", terminals, records, data=data, echo_s=0.2, banks=banks)
    settled: dict[str, Any] = {}
    day, _ = run(options, say, bar if sys.stderr.isatty() else None, _evening(settled, evening))
    settled["faults"] += [f"opening day: {fault}" for fault in day["faults"]]
    settled["pass"] = settled["pass"] and day["pass"]
    return settled


@app.command()
def growth(
    pilgrims: Annotated[int, typer.Option(min=1, help="pilgrims in the ledger before the flood")] = 2_000_000,
    terminals: Annotated[int, typer.Option(min=1, help="workstations")] = 3_566,
    registrations: Annotated[int, typer.Option(min=1, help="registrations of each flood")] = 99_865,
    data: Annotated[Path | None, typer.Option(help="directory for both ledgers, kept")] = None,
    seed: Annotated[int, typer.Option(help="the same seed gives the same country")] = 1,
    json: Annotated[Path | None, typer.Option(help="file for the result as JSON")] = None,
) -> None:
    """Compare the flood on an empty ledger with the flood on one of millions of pilgrims.

    Three entries a pilgrim: the form issued, signed, and the deposit. Also told: how long the host takes to start,
    and its memory. 2,000,000 pilgrims take some minutes and 2 GB of disk.
    """
    from bench.growth import run, text
    from bench.report import write_json
    from bench.verdict import Options

    options = Options("flood", terminals, registrations, data=data, seed=seed)
    result = run(pilgrims, options, say, bar if sys.stderr.isatty() else None)
    _clear()
    print("\n" + text(result))
    if json is not None:
        write_json(result, json)
    raise typer.Exit(0 if result["pass"] else 1)


@app.command()
def terminal(
    transactions: Annotated[int, typer.Option(min=10, help="deposits, one after the other")] = 200,
    hours: Annotated[float, typer.Option(min=0, help="spread them over so many hours; 0 = as fast as it goes")] = 0.0,
    seed: Annotated[int, typer.Option(help="the same seed gives the same country")] = 1,
    json: Annotated[Path | None, typer.Option(help="file for the result as JSON")] = None,
) -> None:
    """Measure the teller's terminal through a pseudo terminal, against a host of its own.

    Cold start, key to echo, Enter to the next panel, memory and its growth. A soak: --transactions 20000, or --hours 8.
    Exit 0 when every figure is within its target and every deposit is an entry of the ledger, 1 when not.
    """
    from bench.report import write_json
    from bench.terminal_day import run, text

    result = run(transactions, hours, seed, say, bar if sys.stderr.isatty() else None)
    _clear()
    print("\n" + text(result))
    if json is not None:
        write_json(result, json)
    raise typer.Exit(0 if result["pass"] else 1)


@app.command("demo-country")
def demo_country(
    data: Annotated[Path, typer.Option(help="directory of the new ledger")],
    seed: Annotated[int, typer.Option(help="the same seed gives the same country")] = 1,
) -> None:
    """Make a small country to look around in, and print who may sign on; `make server` runs on it."""
    from bench.demo_country import make

    readme, sandi = make(data, seed)
    print(readme)
    print(f"PASSWORD of all users (shown this once): {sandi}\nthis page: {data / 'README.txt'}")


def main() -> None:
    """Entry point of the console script."""
    from bench.evening_ground import Unfit
    from bench.host_process import HostFailed
    from bench.virtual_terminal import DialogueFault
    from ledger.errors import LedgerError
    from txserver.console import ConsoleError

    try:
        app(prog_name="siskohat-bench")
    except (HostFailed, Unfit, DialogueFault, ConsoleError, LedgerError, OSError, RuntimeError) as error:
        _clear()
        print(f"siskohat-bench: {type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(EXIT_BROKEN_OFF)


if __name__ == "__main__":
    main()
