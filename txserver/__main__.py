"""`siskohat-server`: the host, the passwords of its users, and the operator's messages."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from txserver import eod_commands, eod_decisions, file_commands  # noqa: F401  the second adds its commands to eod

app = typer.Typer(add_completion=False, no_args_is_help=False, rich_markup_mode=None, pretty_exceptions_enable=False)

app.add_typer(eod_commands.app, name="eod")
app.add_typer(file_commands.quarantine, name="karantina")
app.command()(file_commands.jam)

EXIT_SETTINGS = 77

MANUAL = """
siskohat-server - the SISKOHAT host

Serves a ledger directory to terminals over WebSocket (/line) and to operators over HTTP (/healthz, /readyz,
/metrics), all on one port. Numbers are given strictly in order of arrival; an answer leaves only when its entry
is durable. SIGTERM drains: what is queued is finished and answered, then the books are brought to the journal's
head.

SETTINGS come from a TOML file ([host] table), then the environment (SISKOHAT_HOST_LISTEN, ...), then flags; an
unknown key or bad value ends the command with one line. `siskohat-server settings` prints all keys with defaults.

FILES in the ledger's directory: journal/ (the truth), books/ (derived), kunci/ (keys), sandi/ (passwords),
karantina/ (requests put aside; while a device's file lies there, the device is varied off).

--supervised puts a small parent above the host, which starts it again where that is right and says why where it is not.

EXIT CODES: 0 stopped as asked; 70 a commit failed, outcome unknown: restart, terminals ask again; 71 a file of the
ledger cannot be read: restart once; 72 no space; 73 ledger damaged or not a ledger: stay down, call; 74 a witness
knows a longer ledger: stay down, call; 77 unsafe or wrong settings, port in use, ledger in use.
"""


@app.callback(invoke_without_command=True, help=MANUAL)
def main_command(
    context: typer.Context,
    data: Annotated[str | None, typer.Option(help="directory of the ledger")] = None,
    listen: Annotated[str | None, typer.Option(help="HOST:PORT; port 0 takes a free one")] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file with a [host] table")] = None,
    preset: Annotated[str, typer.Option(help="production, or kecil: tiny limits for tests")] = "production",
    clock: Annotated[str | None, typer.Option(help="demo ledgers: time to start at, with offset")] = None,
    clock_speed: Annotated[float | None, typer.Option(help="demo ledgers: how fast time runs")] = None,
    tls_cert: Annotated[str | None, typer.Option(help="certificate chain, PEM")] = None,
    tls_key: Annotated[str | None, typer.Option(help="private key, PEM")] = None,
    log_level: Annotated[str | None, typer.Option(help="DEBUG, INFO, WARNING, ERROR")] = None,
    supervised: Annotated[bool, typer.Option("--supervised", help="start it again after a fault")] = False,
    lifeline: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Run the host."""
    if context.invoked_subcommand is not None:
        return
    if supervised:
        from txserver.supervisor import run as supervise

        raise typer.Exit(supervise([word for word in sys.argv[1:] if word != "--supervised"]))
    from ledger.errors import LedgerError
    from txserver.config import ConfigError, load

    flags = {
        "data": data,
        "listen": listen,
        "clock": clock,
        "clock_speed": clock_speed,
        "tls_cert": tls_cert,
        "tls_key": tls_key,
        "log_level": log_level,
    }
    try:
        settings = load(config, os.environ, flags, preset)
        from txserver.host import run

        run(settings, typer.echo, lifeline)
    except (ConfigError, LedgerError) as error:
        typer.echo(f"siskohat-server: {error}", err=True)
        raise typer.Exit(getattr(error, "exit_code", EXIT_SETTINGS)) from None


@app.command()
def settings() -> None:
    """Print every setting with its default."""
    from txserver.config import Settings

    for name, value in zip(Settings.__struct_fields__, Settings.__struct_defaults__, strict=True):
        typer.echo(f"{name} = {value!r}")


@app.command()
def sandi(
    user: Annotated[str, typer.Argument(help="user name")],
    data: Annotated[Path, typer.Option(help="directory of the ledger")],
) -> None:
    """Set a user's password (asked for, or one line on standard input) and enable the user; the host may run."""
    from ledger.errors import LedgerError
    from ledger.reader import open_books
    from txserver.credentials import PASSWORD_LENGTH_MIN, Credentials

    password = eod_commands.password(user)
    if len(password) < PASSWORD_LENGTH_MIN:
        typer.echo(f"siskohat-server: a password has at least {PASSWORD_LENGTH_MIN} characters", err=True)
        raise typer.Exit(EXIT_SETTINGS)
    try:
        with open_books(data) as (_, books):
            known = books.pengguna(user) is not None
    except LedgerError as error:
        typer.echo(f"siskohat-server: {error}", err=True)
        raise typer.Exit(error.exit_code) from None
    if not known:
        typer.echo(f"siskohat-server: the ledger knows no user {user}", err=True)
        raise typer.Exit(1)
    passwords = Credentials.open(data / "sandi")
    passwords.set_password(user, password)
    passwords.close()


@app.command()
def siar(
    teks: Annotated[str, typer.Argument(metavar="TEXT", help="1 to 70 printable characters")],
    host: Annotated[str, typer.Option(help="ws://HOST:PORT or wss://HOST:PORT")],
    user: Annotated[str, typer.Option(help="who speaks: an operator, a head office, a supervisor")],
    device: Annotated[str, typer.Option(help="a device of the user's branch that nobody else is signed on at")],
    bank: Annotated[str, typer.Option(help="the user's bank")] = "DEP",
    cabang: Annotated[str, typer.Option(help="the user's branch")] = "0000",
    tujuan: Annotated[str, typer.Option(help="BANK or BANK/CABANG; without it everybody")] = "",
    sandi_file: Annotated[Path | None, typer.Option(help="file whose first line is the password")] = None,
    ca_file: Annotated[Path | None, typer.Option(help="certificates to trust for wss://, PEM")] = None,
) -> None:
    """Send an operator's message to everybody, a bank or a branch. The password is asked for, or read from a file."""
    import asyncio

    from txserver.console import ConsoleError, send
    from txserver.wire.frames import VERSION, SignOn

    try:
        password = eod_commands.password(user, sandi_file, 1)
        sign_on = SignOn(0, VERSION, bank, cabang, device, user, password)
        reached = asyncio.run(send(host, sign_on, tujuan, teks, ca_file))
    except ConsoleError as error:
        typer.echo(f"siskohat-server: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"sessions reached: {reached}")


def main() -> None:
    """Entry point."""
    app(prog_name="siskohat-server")


if __name__ == "__main__":
    main()
