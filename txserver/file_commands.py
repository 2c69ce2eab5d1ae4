"""`siskohat-server karantina` and `jam`: what an operator does on the ledger's own files, the host up or down.

Not over the line: whoever may read the key files may do it, and it must be possible when no terminal can sign on.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from txserver.eod_commands import password

if TYPE_CHECKING:
    from txserver.quarantine import Quarantine

Data = Annotated[Path, typer.Option(help="directory of the ledger")]
Keys = Annotated[Path | None, typer.Option(help="where its keys lie; default: kunci/ in it")]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]
Device = Annotated[str, typer.Argument(metavar="BANK/CABANG/DEVICE")]

MANUAL = """
Requests that stopped the rules of the host, put aside and sealed. While the request of a device lies there, the device
is varied off (SKH7016). Works while the host runs: a device that is released may sign on at once.
"""

quarantine = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=MANUAL)


def fail(text: str, code: int = 1) -> NoReturn:
    """One line on standard error, and the end."""
    typer.echo(f"siskohat-server: {text}", err=True)
    raise typer.Exit(code) from None


@contextmanager
def _told() -> Iterator[None]:
    from ledger.errors import LedgerError

    try:
        yield
    except LedgerError as error:
        fail(str(error), error.exit_code)
    except FileNotFoundError as error:
        fail(f"nothing lies in the quarantine as {Path(error.filename).name}")


def _quarantine(data: Path) -> Quarantine:
    from txserver.quarantine import FOLDER, Quarantine

    if not (data / FOLDER).is_dir():
        fail(f"{data} is no ledger", 73)
    return Quarantine(data / FOLDER)


def _print(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        typer.echo("\n".join(f"{key:<15} {value}" for key, value in row.items()) + "\n" * (len(rows) > 1))


@quarantine.command("list")
def list_devices(data: Data, keys: Keys = None, as_json: AsJson = False) -> None:
    """The devices that are off: when, who, and which kind of request."""
    from ledger.vault import FileVault

    with _told():
        lying, vault = _quarantine(data), FileVault(keys or data / "kunci")
        rows = []
        for perangkat in lying.devices():
            told = lying.look(perangkat, vault).told()
            rows.append(
                {"device": perangkat} | {name: told[name] for name in ("waktu", "user", "kind", "stan", "hari")}
            )
        vault.close()
    _print(rows, as_json)


@quarantine.command("show")
def show_frame(
    device: Device,
    data: Data,
    keys: Keys = None,
    terbuka: Annotated[bool, typer.Option("--terbuka", help="show personal data too")] = False,
    as_json: AsJson = False,
) -> None:
    """The request of a device; of personal data only what kind of characters it is made of."""
    from ledger.vault import FileVault

    with _told():
        vault = FileVault(keys or data / "kunci")
        told = _quarantine(data).look(device, vault).told(is_open=terbuka)
        vault.close()
    _print([{"device": device} | told], as_json)


@quarantine.command("release")
def release_device(device: Device, data: Data) -> None:
    """Vary the device on again. The request is kept, sealed, for whoever looks for the fault."""
    with _told():
        kept = _quarantine(data).release(device)
    typer.echo(f"{device} may sign on; its request is kept as {kept.relative_to(data)}")


def jam(
    user: Annotated[str, typer.Option(help="an operator of the centre")],
    penyetuju: Annotated[str, typer.Option(help="another operator of the centre, who signs as second person")],
    data: Data,
    keys: Keys = None,
    sandi_file: Annotated[Path | None, typer.Option(help="file whose first line is the user's password")] = None,
    sandi_file_2: Annotated[Path | None, typer.Option(help="the same for the second person")] = None,
) -> None:
    """Two operators take the clock for right although it is behind the last entry (SKH9015): posts are taken again.

    The time of new entries is that of the last one until the clock has caught up.
    """
    from ledger.codec import decode_entry
    from ledger.reader import open_books
    from ledger.vault import FileVault
    from txserver.clock import Clock
    from txserver.clock_permit import FILE, give
    from txserver.credentials import Credentials, verify

    if user == penyetuju:
        fail("two people are asked for")
    with _told(), open_books(data) as (journal, books):
        file = Credentials.open(data / "sandi")
        try:
            for name, source in ((user, sandi_file), (penyetuju, sandi_file_2)):
                given, row, profile = password(name, source), file.get(name), books.pengguna(name)
                if not verify(file.hash_of(name), given) or row is None or row.disabled:
                    if row is not None:
                        file.note_failure(name, 3)
                    fail("user or password is wrong")
                if profile is None or profile.peran != "PUSAT":
                    fail(f"{name} is no operator of the centre")
        finally:
            file.close()
        vault = FileVault(keys or data / "kunci")
        last = decode_entry(journal.sound(journal.head))
        said = last.stamp.waktu_us, Clock().now_us(), user, penyetuju
        give(data / FILE, vault.token_key, journal.ledger, said)
        vault.close()
    typer.echo("the clock is taken for right; a running host takes posts within a second")
    sys.stdout.flush()
