"""`siskohat-ledger`: make, check and read a ledger directory."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.books_commands import AsJson, Directory, checkpoint, inspect, journal_of, progress, rebuild, tell

if TYPE_CHECKING:
    from ledger.records import Entry

MANUAL = """
siskohat-ledger - make, check and read a SISKOHAT ledger

A ledger is a directory: journal/ (numbered, hash-chained entries: the truth), books/ (tables derived from it, may be
deleted), kunci/ (the keys of sealed personal data), jangkar/ (signed anchors of closed days). Reading commands work
beside a running host; init, rebuild and checkpoint do not change the journal of an existing ledger. Nothing here shows
personal data.

EXIT CODES: 0 all is well; 1 verify found an entry that does not hold (it is named); 73 not a ledger, or damaged;
77 unsafe key files, or the ledger is being written by another process; 78 the anchor, key or head to check with proves
nothing: altered, unreadable, of another key.
"""

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None, help=MANUAL)


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
    head: Annotated[
        str,
        typer.Option(
            help="ENTRY:HASH, or a file that `head` filled earlier: it must still be there; default: kepala.json"
        ),
    ] = "",
    anchor: Annotated[list[Path] | None, typer.Option(help="anchor of a closed day: must still be there whole")] = None,
    key: Annotated[
        str, typer.Option(help="public key that signs anchors: 64 hex digits or a PEM file; default: the ledger's own")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Recompute the chain, the numbering, each porsi series and every balance; hold it against what was kept."""
    import msgspec

    from ledger.anchor import anchor_line, hold, public_key_of, read_anchors
    from ledger.checkpoint import TablesEnv
    from ledger.verify import check_books
    from ledger.verify import verify as verify_journal
    from ledger.witness import KNOWN_HEAD

    known = path / KNOWN_HEAD
    kept = _kept_head(head or (str(known) if known.exists() else ""))
    anchors = read_anchors(anchor, public_key_of(path, key)) if anchor else []
    with journal_of(path) as journal:
        report = verify_journal(journal, progress("verify"), kept)
        result = {**msgspec.to_builtins(report), "verified": report.verified}
        lines = [
            f"{report.entries} entries, head {report.head}",
            f"{report.granted} porsi in {len(report.series)} series, no gap; day {report.hari}",
            f"checked in {report.seconds} s ({report.entries_per_s}/s)",
        ]
        if journal.potongan is not None:
            result["part"] = str(journal.potongan)
            lines.append(str(journal.potongan))
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
        if report.verified:
            told = hold(journal, anchors, progress("anchor"))
            result |= told if told["verified"] is False else {"anchors": told["anchors"]}
            lines += [anchor_line(one, is_own=not key) for one in told["anchors"]]
    if result["reason"]:
        lines.append(f"BAD ENTRY {result['bad_entry']}: {result['reason']}")
    tell(result, [*lines, "VERIFIED" if result["verified"] else "NOT VERIFIED"], as_json)
    raise typer.Exit(0 if result["verified"] else 1)


for command in (inspect, rebuild, checkpoint):
    app.command()(command)


@app.command()
def backup(
    path: Directory,
    dest: Annotated[Path, typer.Argument(help="directory to make")],
    keys: Annotated[Path | None, typer.Option(help="where the ledger's keys lie; default: kunci/ in it")] = None,
    keys_dest: Annotated[Path | None, typer.Option(help="where their copy shall lie; default: kunci/ in DEST")] = None,
    compact: Annotated[bool, typer.Option("--compact", help="leave free pages out: smaller, and slower")] = False,
    as_json: AsJson = False,
) -> None:
    """Copy a ledger while its host runs (or not), and verify the copy."""
    import msgspec

    from ledger.backup import backup as make_backup

    now_us = time.time_ns() // 1000
    note = make_backup(path, dest, now_us, keys=keys, keys_dest=keys_dest, compact=compact, progress=progress("verify"))
    lines = [f"backup of {note.entri} entries in {dest}, head {note.kepala}, day {note.hari}", "VERIFIED"]
    tell(msgspec.to_builtins(note) | {"verified": True}, lines, as_json)


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(help="the backup, or a ledger whose host is down")],
    dest: Annotated[Path, typer.Argument(help="directory to make")],
    keys: Annotated[Path | None, typer.Option(help="where the keys of SOURCE lie; default: kunci/ in it")] = None,
    upto: Annotated[int | None, typer.Option(min=1, help="last entry to take: makes a part, marked for ever")] = None,
    serve: Annotated[bool, typer.Option("--serve", help="with --upto: a host may go on from it")] = False,
    anchors: Annotated[
        Path | None, typer.Option(help="folder of anchors kept elsewhere: a backup older than they is refused")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a ledger from a backup, whole or up to an entry; verified before and after, books derived."""
    from ledger.backup import restore as make_ledger

    if serve and upto is None:
        raise typer.BadParameter("--serve is for --upto; a whole ledger is served anyway")
    told = progress("verify")
    report = make_ledger(source, dest, keys=keys, upto=upto, serve=serve, anchors=anchors, progress=told)
    lines = [f"{report.entries} entries restored in {dest}, head {report.head}, day {report.hari}"]
    lines += [] if upto is None else [f"PART: entries 1 to {upto}, marked as such"]
    if upto is None and anchors is None:
        lines.append("no --anchors were given: whether a newer ledger was known is not checked")
    result = {"entries": report.entries, "head": report.head, "part": upto is not None, "verified": True}
    tell(result, [*lines, "books derived", "VERIFIED"], as_json)


@app.command()
def dump(
    path: Directory,
    start: Annotated[int, typer.Option(min=1, help="first entry")] = 1,
    stop: Annotated[int | None, typer.Option(min=1, help="entry after the last")] = None,
    as_json: AsJson = True,  # noqa: ARG001 - every command takes it; this one knows no other form
) -> None:
    """Print entries as JSON lines, sealed parts in hex."""
    from ledger.codec import decode_entry

    with journal_of(path) as journal:
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

    with journal_of(path) as journal:
        body = journal.get(entry)
    if body is None:
        typer.echo(f"siskohat-ledger: there is no entry {entry}", err=True)
        raise typer.Exit(1)
    result = _as_builtins(decode_entry(body)) | {"hash": hash_entry(body).hex(), "bytes": len(body)}
    tell(result, [f"{key:<12} {value}" for key, value in result.items()], as_json)


@app.command()
def series(path: Directory, as_json: AsJson = False) -> None:
    """Each porsi series: how many numbers it has granted, first and last."""
    from ledger.verify import verify as verify_journal

    with journal_of(path) as journal:
        report = verify_journal(journal)
    result = {code: {"granted": last, "first": f"{code}00000001", "last": f"{code}{last:08d}"}
              for code, last in report.series.items()}  # fmt: skip
    lines = [f"{code}  {row['granted']:>9}  {row['first']} - {row['last']}" for code, row in result.items()]
    tell(result, lines, as_json)
    raise typer.Exit(0 if report.verified else 1)


@app.command()
def head(path: Directory, as_json: AsJson = False) -> None:
    """Number and hash of the last entry, business date, identity of the ledger."""
    from ledger.codec import decode_entry

    with journal_of(path) as journal:
        first, last = journal.get(1), journal.get(journal.head)
        result: dict[str, Any] = {"entries": journal.head, "head": journal.head_hash.hex()}
        part = journal.potongan
    if first is not None and last is not None:
        opening = decode_entry(first).facts
        result |= {
            "hari": decode_entry(last).stamp.hari,
            "ledger": opening.ledger,
            "nama": opening.nama,
            "demo": opening.demo,
        }
    if part is not None:
        result["part"] = str(part)
    tell(result, [f"{key:<8} {value}" for key, value in result.items()], as_json)


@app.command()
def anchor(
    hari: Annotated[str, typer.Argument(help="the closed business day, YYYY-MM-DD")],
    data: Annotated[Path, typer.Option(help="the ledger's directory")],
    keys: Annotated[Path | None, typer.Option(help="where the ledger's keys lie; default: kunci/ in it")] = None,
    as_json: AsJson = False,
) -> None:
    """Write the anchor of a closed day again, from the journal: jangkar/HARI.json and its printed page HARI.txt."""
    from ledger.anchor import find_close, make_anchor, publish
    from ledger.vault import signing_key

    with journal_of(data) as journal:
        seq, names = find_close(journal, hari)
        key = signing_key(keys or data / "kunci")
        file = publish(data, made := make_anchor(journal, seq, key), names, key)
    result = {"file": str(file), "page": str(file.with_suffix(".txt")), "entry": seq, "hash": made.hash_tutup}
    tell(result | {"key": made.kunci}, [f"{file}: entry {seq}, signed by key {made.kunci}"], as_json)


@app.command("anchor-key")
def anchor_key(
    data: Annotated[Path, typer.Option(help="the ledger's directory")],
    keys: Annotated[Path | None, typer.Option(help="where the ledger's keys lie; default: kunci/ in it")] = None,
    as_json: AsJson = False,
) -> None:
    """Print the public key that checks this ledger's anchors, to be given to banks and auditors."""
    from ledger.vault import signing_key
    from ledger.witness import key_id

    with journal_of(data):
        key = signing_key(keys or data / "kunci").public_key()
    result = {"key": key_id(key), "public": key.public_bytes_raw().hex()}
    tell(result, [f"{name:<8} {value}" for name, value in result.items()], as_json)


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
    tell(result, lines, as_json)


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


def _kept_head(text: str) -> tuple[int, str] | None:
    from ledger.witness import read_head

    if text and Path(text).is_file():
        saved = read_head(Path(text).read_text(encoding="utf-8", errors="replace"), text)
        return saved.entries, saved.head
    number, _, digest = text.partition(":")
    if text and not (number.isdecimal() and len(digest) == 64):
        raise typer.BadParameter("head is ENTRY:HASH, a number and 64 hex digits, or a file that `head` filled")
    return (int(number), digest.lower()) if text else None


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
