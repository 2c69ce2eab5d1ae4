"""`siskohat-ledger`: make, check and read a ledger directory."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ledger.journal import Journal
    from ledger.records import Entry

MANUAL = """
siskohat-ledger - make, check and read a SISKOHAT ledger

A ledger is a directory: journal/ (numbered, hash-chained entries: the truth), books/ (tables derived from it, may be
deleted), kunci/ (the keys of sealed personal data). Reading commands work beside a running host; init, rebuild and
checkpoint do not change the journal of an existing ledger. Nothing here shows personal data.

EXIT CODES: 0 all is well; 1 verify found an entry that does not hold (it is named); 73 not a ledger, or damaged;
77 unsafe key files, or the ledger is being written by another process.
"""

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None, help=MANUAL)

Directory = Annotated[Path, typer.Argument(help="the ledger's directory")]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]


@contextmanager
def _journal(path: Path) -> Iterator[Journal]:
    from ledger.journal import Journal

    journal = Journal.open(path / "journal", writable=False)
    try:
        yield journal
    finally:
        journal.close()


@app.command()
def init(
    path: Directory,
    nama: Annotated[str, typer.Option(help="name of the ledger, shown by host and terminals")],
    operator: Annotated[str, typer.Option(help="user name of the first operator of the centre")] = "OPERATOR",
    device: Annotated[str, typer.Option(help="name of the centre's first device")] = "KONSOL",
    demo: Annotated[bool, typer.Option("--demo", help="a demonstration ledger: may run with a made-up clock")] = False,
) -> None:
    """Make a new ledger; give the operator a password with `siskohat-server sandi` afterwards."""
    import msgspec

    from ledger.fields import KodeDevice, KodeUser, Nama, is_tidy
    from ledger.store import Store

    try:
        msgspec.convert((path.name, nama, demo, operator, device), tuple[str, Nama, bool, KodeUser, KodeDevice])
    except msgspec.ValidationError as error:
        raise typer.BadParameter(f"name, operator or device: {error}") from None
    if not is_tidy(nama, operator, device) or "/" in device:
        raise typer.BadParameter("name, operator and device are printable, without blanks at either end or a slash")
    # A demonstration starts at time zero, so that any made-up clock lies ahead of it: ledger time never falls.
    waktu_us = 0 if demo else time.time_ns() // 1000
    store = Store.create(path, nama=nama, demo=demo, user=operator, device=device, waktu_us=waktu_us)
    ledger = store.opening.facts.ledger
    store.checkpoint()
    store.close()
    typer.echo(f"ledger {ledger} made in {path}; operator {operator} at DEP/0000/{device}")


@app.command()
def verify(
    path: Directory,
    books: Annotated[bool, typer.Option("--books", help="also derive the books again and compare both ways")] = False,
    as_json: AsJson = False,
) -> None:
    """Recompute the chain, the numbering, each porsi series and every balance."""
    import msgspec

    from ledger.checkpoint import TablesEnv
    from ledger.verify import check_books
    from ledger.verify import verify as verify_journal

    with _journal(path) as journal:
        report = verify_journal(journal, _progress("verify"))
        result = {**msgspec.to_builtins(report), "verified": report.verified}
        lines = [
            f"{report.entries} entries, head {report.head}",
            f"{report.granted} porsi in {len(report.series)} series, no gap; day {report.hari}",
            f"checked in {report.seconds} s ({report.entries_per_s}/s)",
        ]
        if report.verified and books:
            env = TablesEnv(path / "books", writable=False)
            found = check_books(journal, env)
            env.close()
            result |= {"books": msgspec.to_builtins(found), "verified": found.verified}
            lines.append(
                f"books at entry {found.watermark}: {found.rows} rows, derived again and compared both ways "
                f"in {found.seconds} s ({found.entries_per_s} entries/s)"
            )
            lines += found.differences
    if not report.verified:
        lines.append(f"BAD ENTRY {report.bad_entry}: {report.reason}")
    _print(result, [*lines, "VERIFIED" if result["verified"] else "NOT VERIFIED"], as_json)
    raise typer.Exit(0 if result["verified"] else 1)


@app.command()
def rebuild(path: Directory, as_json: AsJson = False) -> None:
    """Derive the books from nothing. The host must be down."""
    from ledger.checkpoint import rebuild as rebuild_books
    from ledger.journal import Journal

    journal = Journal.open(path / "journal", writable=True)
    start = time.perf_counter()
    done = rebuild_books(journal, path / "books", _progress("rebuild"))
    journal.close()
    seconds = time.perf_counter() - start
    result = {"entries": done, "seconds": round(seconds, 3), "entries_per_s": int(done / seconds)}
    _print(result, [f"books derived from {done} entries in {seconds:.1f} s ({done / seconds:.0f}/s)"], as_json)


@app.command()
def checkpoint(
    path: Directory,
    upto: Annotated[int | None, typer.Option(help="entry to stop at; default: the head")] = None,
    as_json: AsJson = False,
) -> None:
    """Bring the books' tables to the journal's head (the host does this by itself)."""
    from ledger.checkpoint import advance

    with _journal(path) as journal:
        done = advance(journal, path / "books", upto)
    _print({"entries": done}, [f"books moved on by {done} entries"], as_json)


@app.command()
def dump(
    path: Directory,
    start: Annotated[int, typer.Option(min=1, help="first entry")] = 1,
    stop: Annotated[int | None, typer.Option(min=1, help="entry after the last")] = None,
    as_json: AsJson = True,  # noqa: ARG001 - every command takes it; this one knows no other form
) -> None:
    """Print entries as JSON lines, sealed parts in hex."""
    from ledger.codec import decode_entry

    with _journal(path) as journal:
        for _, body in journal.read(start, stop):
            typer.echo(json.dumps(_as_builtins(decode_entry(body)), ensure_ascii=False))


@app.command()
def show(
    path: Directory,
    entry: Annotated[int, typer.Argument(min=1, max=2**63 - 1, help="entry number")],
    as_json: AsJson = False,
) -> None:
    """Show one entry with its own hash."""
    from ledger.codec import decode_entry, hash_entry

    with _journal(path) as journal:
        body = journal.get(entry)
    if body is None:
        typer.echo(f"siskohat-ledger: there is no entry {entry}", err=True)
        raise typer.Exit(1)
    result = _as_builtins(decode_entry(body)) | {"hash": hash_entry(body).hex(), "bytes": len(body)}
    _print(result, [f"{key:<12} {value}" for key, value in result.items()], as_json)


@app.command()
def series(path: Directory, as_json: AsJson = False) -> None:
    """Each porsi series: how many numbers it has granted, first and last."""
    from ledger.verify import verify as verify_journal

    with _journal(path) as journal:
        report = verify_journal(journal)
    result = {code: {"granted": last, "first": f"{code}00000001", "last": f"{code}{last:08d}"}
              for code, last in report.series.items()}  # fmt: skip
    lines = [f"{code}  {row['granted']:>9}  {row['first']} - {row['last']}" for code, row in result.items()]
    _print(result, lines, as_json)
    raise typer.Exit(0 if report.verified else 1)


@app.command()
def head(path: Directory, as_json: AsJson = False) -> None:
    """Number and hash of the last entry, business date, identity of the ledger."""
    from ledger.codec import decode_entry

    with _journal(path) as journal:
        first, last = journal.get(1), journal.get(journal.head)
        result: dict[str, Any] = {"entries": journal.head, "head": journal.head_hash.hex()}
    if first is not None and last is not None:
        opening = decode_entry(first).facts
        result |= {
            "hari": decode_entry(last).stamp.hari,
            "ledger": opening.ledger,
            "nama": opening.nama,
            "demo": opening.demo,
        }
    _print(result, [f"{key:<8} {value}" for key, value in result.items()], as_json)


@app.command()
def kinds(as_json: AsJson = False) -> None:
    """The transaction kinds, who may post them (and who must sign as second person), and their request fields."""
    import msgspec

    from ledger.kinds import KINDS

    result = {
        code: {
            "title": kind.title,
            "roles": sorted(kind.roles),
            "approvers": sorted(kind.approvers),
            "fields": [field.name for field in msgspec.structs.fields(kind.request)],
        }
        for code, kind in KINDS.items()
    }
    lines = [
        f"{code}  {row['title']:<24} {','.join(row['roles']) or '-':<15} {','.join(row['approvers']) or '-':<8} "
        f"{' '.join(row['fields'])}"
        for code, row in result.items()
    ]
    _print(result, lines, as_json)


def _as_builtins(entry: Entry) -> dict[str, Any]:
    stamp = {name: getattr(entry.stamp, name) for name in entry.stamp.__struct_fields__}
    facts = {name: getattr(entry.facts, name) for name in entry.facts.__struct_fields__}
    value = {
        "kind": entry.kind,
        **stamp,
        "facts": facts,
        "postings": entry.postings,
        "hash_before": entry.hash_before,
    }
    return {key: _plain(item) for key, item in value.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    fields = getattr(value, "__struct_fields__", None)
    return value if fields is None else [_plain(getattr(value, name)) for name in fields]


def _print(result: dict[str, Any], lines: list[str], as_json: bool) -> None:
    typer.echo(json.dumps(result, indent=2, ensure_ascii=False) if as_json else "\n".join(lines))


def _progress(what: str) -> Callable[[int, int], None] | None:
    if not sys.stderr.isatty():
        return None
    return lambda done, total: print(f"\r{what} {done * 100 // max(total, 1):3d}%", end="", file=sys.stderr)


def main() -> None:
    """Entry point: storage errors end as one line and their exit code."""
    from ledger.errors import LedgerError

    try:
        app(prog_name="siskohat-ledger", standalone_mode=True)
    except LedgerError as error:
        print(f"siskohat-ledger: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


if __name__ == "__main__":
    main()
