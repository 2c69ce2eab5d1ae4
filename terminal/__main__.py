"""The command `siskohat-terminal`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from terminal.config import Settings
    from terminal.edit import Said

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
  Keys: host bank cabang device user receipts state language locale theme zone
  ca_file confirmations reports.
  What is missing of bank, branch, device and user is asked at sign-on.
  The password is typed there and nowhere else: there is no flag for it.
  theme: green, amber, contrast, paper, or mono (no colours at all).
  language: id, en, or xx when LOCALE/xx/LC_MESSAGES/siskohat.mo exists.

\b
IN A BROWSER
  siskohat-terminal --web 127.0.0.1:8080 serves this same terminal as a page; the
  other flags are passed on, and every browser gets a terminal of its own. The
  page asks no other server for anything. Needs the extra package `web`.

\b
FILES
  ~/.config/siskohat/terminal.toml      settings, if --config names no other
  ~/siskohat/bukti/NOMORPORSI.txt       receipts, sheets separated by form feeds
  ~/siskohat/konfirmasi/                confirmation files offered for upload (F4);
                                        FILE.sha256 and FILE.sig go with FILE
  ~/siskohat/laporan/                   reports and anchors that were saved
  ~/.local/state/siskohat/permintaan-*  the request that has no answer yet
  ~/.local/state/siskohat/cetakan-*/    the spool: prints, waiting or done
  All of them can be read by their owner only.

\b
PRINTING
  Every receipt is spooled, then printed in the background; SF on the menu is
  the list of prints. Keys: printer (file, file:FOLDER, device:/dev/usb/lp0 or
  command:lp -d X -o raw), format (text, pdf, escp), copies (1 to 9), sheets
  (1-5, or 1-2,5), form_lines (66; the form's length in lines of 1/6 inch).

\b
ENVIRONMENT
  SISKOHAT_TERMINAL_CONFIG    the settings file
  SISKOHAT_TERMINAL_HOST      and so on: every key of the settings, in capitals
  NO_COLOR                    not empty: theme mono, unless --theme is given
  TERM, LC_ALL, LC_CTYPE, LANG  what the window can show

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
  3  not started from a terminal, or TERM cannot place a cursor
  77 a setting is wrong, or the page cannot be served; one line says which
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
    state: Annotated[str | None, typer.Option(help="Folder the unanswered request and the prints are kept in.")] = None,
    printer: Annotated[str | None, typer.Option(help="file, file:FOLDER, device:/PATH or command:WORDS.")] = None,
    format: Annotated[  # noqa: A002  a flag is called what its setting is called
        str | None, typer.Option(help="What the printer gets: text, pdf or escp.")
    ] = None,
    language: Annotated[str | None, typer.Option(help="id, en, or a catalogue's name.")] = None,
    locale: Annotated[str | None, typer.Option(help="Folder of further languages.")] = None,
    theme: Annotated[str | None, typer.Option(help="green, amber, contrast, paper or mono.")] = None,
    zone: Annotated[str | None, typer.Option(help="WIB, WITA or WIT, should the host not tell.")] = None,
    ca_file: Annotated[str | None, typer.Option(help="Certificates to trust, PEM, instead of the system's.")] = None,
    web: Annotated[str | None, typer.Option(help="Serve a page at HOST:PORT.", show_default=False)] = None,
    show_settings: Annotated[bool, typer.Option("--show-settings", help="Print the settings and end.")] = False,
) -> None:
    from terminal.config import KEYS, ConfigError, load
    from terminal.edit import Said

    given = locals()
    flags: dict[str, str | None] = {key: given.get(key) for key in KEYS}
    try:
        settings = load(os.environ, flags, config)
    except ConfigError as error:
        tell(Said("SKH9026", {"sebab": error}), language or os.environ.get("SISKOHAT_TERMINAL_LANGUAGE", "id"))
        raise typer.Exit(EXIT_SETTINGS) from None
    if show_settings:
        typer.echo(str(settings))
        return
    from dataclasses import replace

    from terminal import surroundings
    from terminal.language import NoCatalogue, install

    settings = replace(settings, theme=surroundings.theme(os.environ, settings, theme))
    try:
        install(settings.language, settings.locale)
    except NoCatalogue as error:
        tell(Said("SKH9024", {"bahasa": settings.language, "sebab": error}), "id")
        raise typer.Exit(EXIT_SETTINGS) from None
    if web is not None:
        serve(web, flags | {"config": str(config) if config else None}, settings)
        return
    trouble = surroundings.trouble(os.environ, sys.stdin, sys.stderr)
    if trouble is not None:
        tell(trouble, settings.language)
        raise typer.Exit(EXIT_NO_TERMINAL)
    raise typer.Exit(show(settings))


def show(settings: Settings) -> int:
    """Be a terminal; gives the exit code."""
    from random import Random

    from terminal import surroundings
    from terminal.app import Terminal
    from terminal.dial import Dialler, LinkLimits
    from terminal.kept import KeptFolder
    from terminal.link import Link

    limits = LinkLimits()
    dialler = Dialler(settings.host, settings.ca_file, limits)
    chance = Random()  # noqa: S311  spreads the reconnects of many terminals; nothing is to be guessed
    link = Link(dialler, KeptFolder(settings.state), chance=chance, limits=limits)
    terminal = Terminal(settings, link, is_unicode=surroundings.is_unicode(os.environ))
    if surroundings.is_in_browser(os.environ):
        from terminal.web.driver import KeysOnlyDriver

        terminal.driver_class = KeysOnlyDriver
    # Without mouse reports the emulator's own marking and copying go on working.
    terminal.run(mouse=False)
    return terminal.return_code or 0


def serve(web: str, flags: dict[str, str | None], settings: Settings) -> None:
    """Serve the terminal to browsers until a signal comes."""
    from terminal.edit import Said

    try:
        from terminal.web import server

        where = server.address(web)
        server.check_free(where)
    except (ImportError, OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        tell(Said("SKH9025", {"alamat": web, "sebab": why}), settings.language)
        raise typer.Exit(EXIT_SETTINGS) from None
    tell(Said("SKH0031", {"alamat": f"http://{where}/"}), settings.language)
    if not where.is_loopback:
        tell(Said("SKH0032", {"alamat": str(where)}), settings.language)
    server.serve(where, flags, settings)


def tell(said: Said, language: str) -> None:
    """One line on standard error."""
    typer.echo(f"siskohat-terminal: {said.first(language)}", err=True)


def main() -> None:
    """Run the command."""
    app()


if __name__ == "__main__":
    main()
