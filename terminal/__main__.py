"""The command `siskohat-terminal`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

MANUAL = """The teller's terminal of SISKOHAT: a 24x80 screen on which a branch registers pilgrims.

\b
WHAT IT DOES
  Signs on to the host, shows the menu of what the user may do, takes a setoran
  awal (SPPH number, compare, Enter), shows the receipt and saves it. When the
  line is cut it connects again by itself and asks for the lost answer under
  the same number, so that nobody gets a second nomor porsi. A terminal that
  was switched off asks again at its next sign-on.

\b
SETTINGS
  From a TOML file, then the environment, then flags; the last one wins.
  The file has one table:
      [terminal]
      host = "wss://siskohat.example:7004/line"
      bank = "451"
      cabang = "0123"
      device = "TRM01"
  Keys: host bank cabang device user receipts state language zone ca_file.
  What is missing of bank, branch, device and user is asked at sign-on.
  The password is typed there and nowhere else: there is no flag for it.

\b
FILES
  ~/.config/siskohat/terminal.toml      settings, if --config names no other
  ~/siskohat/bukti/NOMORPORSI.txt       receipts, sheets separated by form feeds
  ~/.local/state/siskohat/permintaan-*  the request that has no answer yet
  Receipts and requests can be read by their owner only.

\b
ENVIRONMENT
  SISKOHAT_TERMINAL_CONFIG    the settings file
  SISKOHAT_TERMINAL_HOST      and so on: every key of the settings, in capitals

\b
KEYS
  Enter       send                    F1   second-level text, or field help
  Tab         next field              F3   leave the panel (Keluar)
  Shift+Tab   field before            F12  one step back (Batal)
  Ctrl+X      field exit              Esc, Ctrl+R  reset after an error
  Ctrl+U      erase input             Ctrl+Q       end the terminal
  Esc 1 to Esc = are F1 to F12, Esc ! to Esc + and Shift+F1 to Shift+F12 are
  F13 to F24, for keyboards that lose function keys.

\b
EXIT CODES
  0  ended by the user
  1  a fault of the terminal itself; what it prints is for its makers
  2  a flag is not known or lacks its value
  3  not started from a terminal
  77 a setting is wrong; one line says which
"""

EXIT_NO_TERMINAL = 3
EXIT_SETTINGS = 77

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command(help=MANUAL)
def run(
    config: Annotated[Path | None, typer.Option(help="Settings file.", show_default=False)] = None,
    host: Annotated[str | None, typer.Option(help="Address of the line: ws://, wss:// or HOST:PORT.")] = None,
    bank: Annotated[str | None, typer.Option(help="Bank code, three characters.")] = None,
    cabang: Annotated[str | None, typer.Option(help="Branch code, four digits.")] = None,
    device: Annotated[str | None, typer.Option(help="Name of this terminal in its branch.")] = None,
    user: Annotated[str | None, typer.Option(help="User offered at sign-on.")] = None,
    receipts: Annotated[str | None, typer.Option(help="Folder the receipts are saved to.")] = None,
    state: Annotated[str | None, typer.Option(help="Folder the unanswered request is kept in.")] = None,
    language: Annotated[str | None, typer.Option(help="id or en.")] = None,
    zone: Annotated[str | None, typer.Option(help="WIB, WITA or WIT, should the host not tell.")] = None,
    ca_file: Annotated[str | None, typer.Option(help="Certificates to trust, PEM, instead of the system's.")] = None,
    show_settings: Annotated[bool, typer.Option("--show-settings", help="Print the settings and end.")] = False,
) -> None:
    from terminal.config import KEYS, ConfigError, load

    given = locals()
    try:
        settings = load(os.environ, {key: given[key] for key in KEYS}, config)
    except ConfigError as error:
        typer.echo(f"siskohat-terminal: {error}", err=True)
        raise typer.Exit(EXIT_SETTINGS) from None
    if show_settings:
        typer.echo(str(settings))
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        typer.echo("siskohat-terminal: start it from a terminal (or with --show-settings or --help)", err=True)
        raise typer.Exit(EXIT_NO_TERMINAL)
    from random import Random

    from terminal.app import Terminal
    from terminal.dial import Dialler, LinkLimits
    from terminal.kept import KeptFolder
    from terminal.link import Link

    limits = LinkLimits()
    dialler = Dialler(settings.host, settings.ca_file, limits)
    chance = Random()  # noqa: S311  spreads the reconnects of many terminals; nothing is to be guessed
    link = Link(dialler, KeptFolder(settings.state), chance=chance, limits=limits)
    # Without mouse reports the emulator's own marking and copying go on working.
    terminal = Terminal(settings, link)
    terminal.run(mouse=False)
    raise typer.Exit(terminal.return_code or 0)


def main() -> None:
    """Run the command."""
    app()


if __name__ == "__main__":
    main()
