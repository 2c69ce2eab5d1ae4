"""`siskohat-server eod`: the end of the day from the command line, against a running host.

Exit codes: 0 done, 1 differences or banks are open, 2 wrong usage, 3 the host refused, 4 the host cannot be reached.
"""

from __future__ import annotations

import getpass
import inspect
import json
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.models import OptionInfo

from ledger.ketentuan import is_tanggal

if TYPE_CHECKING:
    from txserver.console import Console

EXIT_OPEN, EXIT_USAGE, EXIT_REFUSED, EXIT_UNREACHABLE = 1, 2, 3, 4
BAR_WIDTH = 30

Data = dict[str, Any]

MANUAL = """
The end of the day, against a running host, as a session of its own: cutoff, confirm, match, cure, transfer, close,
and status at any time; beside them list, fee, settle, report, for the directorate cancel, sanctions, propose and
decide, for a Kandepag crosscheck. Passwords are asked for, read from --sandi-file and --penyetuju-sandi-file, or are
lines of standard input: the user's, then the second person's. Each command may be run again: it goes on where it was,
or says that all is done. Every option may stand in the environment as SISKOHAT_EOD_<OPTION>.

EXIT CODES: 0 done; 1 differences or banks are open; 2 wrong usage; 3 the host refused; 4 the host cannot be reached.
"""

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=MANUAL)


def _option(name: str, text: str) -> Any:
    return typer.Option(help=text, envvar=f"SISKOHAT_EOD_{name}")


def common(
    host: Annotated[str, _option("HOST", "ws://HOST:PORT or wss://HOST:PORT")],
    user: Annotated[str, _option("USER", "an operator of the centre, a head office, a supervisor")],
    device: Annotated[str, _option("DEVICE", "a device of the user's office that nobody else is signed on at")],
    bank: Annotated[str, _option("BANK", "the user's bank")] = "DEP",
    cabang: Annotated[str, _option("CABANG", "the user's branch")] = "0000",
    sandi_file: Annotated[Path | None, _option("SANDI_FILE", "file whose first line is the password")] = None,
    ca_file: Annotated[Path | None, _option("CA_FILE", "certificates to trust for wss://, PEM")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="print the result as JSON", envvar="SISKOHAT_EOD_JSON")
    ] = False,
) -> None:
    """The options that every command has; its own stand before them."""


class Caller:
    """Who calls, and how results are shown."""

    def __init__(
        self,
        host: str,
        user: str,
        device: str,
        bank: str,
        cabang: str,
        sandi_file: Path | None,
        ca_file: Path | None,
        as_json: bool,
    ) -> None:
        self.host, self.user, self.ca_file, self.as_json = host, user, ca_file, as_json
        self.cabang = cabang
        self._device, self._bank = device, bank
        self._sandi_file = sandi_file
        self._sandi = ""

    @property
    def sandi(self) -> str:
        """The user's password, asked for once."""
        self._sandi = self._sandi or password(self.user, self._sandi_file)
        return self._sandi

    def second(self, penyetuju: str, file: Path | None) -> str:
        """The second person's password, asked for after the user's own."""
        return password(penyetuju, file) if self.sandi else ""

    def run(self, work: Callable[[Console], Coroutine[Any, Any, Data]]) -> Data:
        """Sign on, do it, sign off; ends the command where it cannot be done."""
        from txserver.console import signed_on
        from txserver.wire.frames import VERSION, SignOn

        sign_on = SignOn(0, VERSION, self._bank, self.cabang, self._device, self.user, self.sandi)

        async def do() -> Data:
            async with signed_on(self.host, sign_on, self.ca_file) as console:
                return await work(console)

        result: Data = self.wait(do())
        return result

    def wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Do something; ends the command where it cannot be done."""
        import asyncio

        from txserver.console import ConsoleError, Misused, Unreachable

        try:
            return asyncio.run(work)
        except ConsoleError as error:
            _bar_off()
            typer.echo(f"siskohat-server: {error}", err=True)
            codes = {Unreachable: EXIT_UNREACHABLE, Misused: EXIT_USAGE}
            raise typer.Exit(codes.get(type(error), EXIT_REFUSED)) from None

    def say(self, result: Data, text: str, *, is_open: bool = False) -> None:
        """Print a result, and end with the exit code it deserves."""
        _bar_off()
        typer.echo(json.dumps(result) if self.as_json else text)
        if is_open:
            raise typer.Exit(EXIT_OPEN)


def command(name: str) -> Callable[[Callable[..., None]], None]:
    """Make a command of a function whose first argument is the Caller; it gets the common options too."""

    def make(work: Callable[..., None]) -> None:
        shared = inspect.signature(common, eval_str=True).parameters
        own = list(inspect.signature(work, eval_str=True).parameters.values())[1:]
        names = [one.name for one in own]

        def run(**given: Any) -> None:
            work(Caller(**{key: given[key] for key in shared}), **{key: given[key] for key in names})

        for one in own:
            _in_environment(one)
        every = [*own, *shared.values()]
        run.__signature__ = inspect.Signature([one.replace(kind=one.KEYWORD_ONLY) for one in every])  # type: ignore[attr-defined]
        run.__annotations__ = {one.name: one.annotation for one in every}
        app.command(name, help=inspect.cleandoc(work.__doc__ or ""))(run)

    return make


def _in_environment(one: inspect.Parameter) -> None:
    """Let an option stand in the environment under its own name."""
    for meta in one.annotation.__metadata__:
        if isinstance(meta, OptionInfo):
            meta.envvar = f"SISKOHAT_EOD_{one.name.upper()}"


def _date(text: str) -> str:
    """A date as it is typed; a usage error where there is none such."""
    if text and not is_tanggal(text):
        raise typer.BadParameter(f"{text} is no date; dates are YYYY-MM-DD")
    return text


def numbered(letters: str) -> Callable[[str], str]:
    """A number of the evening as it is typed, with or without its letters and zeros; a usage error where it is none."""

    def whole(text: str) -> str:
        digits = text.upper().removeprefix(letters)
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 10):
            raise typer.BadParameter(f"{text} is no number such as {letters}0000000001")
        return f"{letters}{int(digits):010d}"

    return whole


HariOption = Annotated[str, typer.Option(help="YYYY-MM-DD; without it the open day", callback=_date)]
BankOption = Annotated[str, typer.Option(help="the bank; without it every bank the user may act for")]
PenyetujuOption = Annotated[str, typer.Option(help="who signs as second person")]
PenyetujuFile = Annotated[Path | None, typer.Option(help="file whose first line is the second person's password")]


@command("status")
def status(caller: Caller, hari: HariOption = "", kode_bank: BankOption = "") -> None:
    """The board: every bank's state and age, and what is open; of one bank the branches that have not cut off too.

    Exit code 1 while differences are open.
    """
    from txserver import eod

    result = caller.run(lambda console: eod.status(console, hari, kode_bank))
    rows = [
        f"{day['bank']:<5}{day['keadaan']:<18}{day['n_cabang_tutup']:>5}/{day['n_cabang']:<5}{day['n']:>8}"
        f"{day['nominal_rupiah']:>20,}{day['n_cocok']:>8}{day['n_terbuka']:>6}{day['umur_hari']:>6}"
        f"{day['jatuh_rupiah']:>20,}"
        for day in result["bank"]
    ]
    rows += [f"{one['cabang']} open, {one['n']:,} live  {one['nama']}" for one in result["cabang"] if not one["tutup"]]
    head = f"{'bank':<5}{'state':<18}{'cut off':>11}{'live':>8}{'rupiah':>20}{'both':>8}{'open':>6}{'days':>6}"
    head += f"{'to pass on':>20}"
    closed = f"closed by entry {result['tutup']}" if result["tutup"] else "not closed"
    text = "\n".join([f"{result['hari']}, {closed}", head, *rows, *_silang(result.get("silang"))])
    caller.say(result, text, is_open=bool(result["n_terbuka"]))


def _silang(silang: dict[str, Any] | None) -> list[str]:
    """The cross-check with the Kandepag, which the centre is told: how many agree, and each difference by name."""
    if silang is None:
        return []
    told = f"Kandepag: {silang['sama']} agree, {silang['beda']} differ, {silang['belum']} have not said"
    rows = [
        f"{nama}  host {n_host}, Kandepag {n_kandepag}, owner {pemilik}  {where}"
        for nama, _, where, n_host, n_kandepag, pemilik in silang["baris"]
    ]
    return [told, *rows, *(["..."] if len(rows) < silang["beda"] else [])]


@command("cutoff")
def cutoff(
    caller: Caller,
    kode_bank: BankOption = "",
    kode_cabang: Annotated[str, typer.Option(help="one branch alone; wants --kode-bank")] = "",
) -> None:
    """Cut off every branch and then every bank that the user may act for, or one branch."""
    from txserver import eod

    if kode_cabang and not kode_bank:
        raise typer.BadParameter("--kode-cabang wants --kode-bank")
    result = caller.run(lambda console: eod.cut_off(console, kode_bank, kode_cabang, bar))
    text = f"{result['hari']}: branches cut off {result['n_cabang']}, banks {result['n_bank']}"
    caller.say(result, text + (" (all were)" if result["ulang"] else ""))


@command("confirm")
def confirm(
    caller: Caller,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="the bank's file; FILE.sig beside it")],
    kode_bank: BankOption = "",
    hari: HariOption = "",
) -> None:
    """Send a bank's confirmation file and have it taken in, whole or not at all."""
    from txserver import eod

    result = caller.run(lambda console: eod.confirm(console, file, kode_bank, hari, bar))
    text = f"{result['berkas']}: {result['n_rekaman']} records, Rp {result['nominal_rupiah']:,}, {result['cara']}"
    caller.say(result, text + (", known already" if result["ulang"] else f", entry {result['seq']}"))


@command("match")
def match(caller: Caller, kode_bank: BankOption = "", hari: HariOption = "") -> None:
    """Match confirmations with the journal record by record.

    Exit code 1 while differences are open, and when no bank has a confirmation.
    """
    from txserver import eod

    result = caller.run(lambda console: eod.step(console, "COCOK", kode_bank, hari, bar))
    rows = [
        f"{bank}: both {one['n_cocok']}, host only {one['n_host']}, bank only {one['n_bank']}, differing "
        f"{one['n_beda']}, double {one['n_ganda']}; new {one['n_baru']}, open {one['n_terbuka']}, {one['keadaan']}"
        + (" (nothing new)" if one["ulang"] else "")
        for bank, one in result["bank"].items()
    ]
    is_open = bool(result["n_terbuka"]) or not result["bank"]
    caller.say(result, "\n".join(rows) or "no bank has a confirmation to match", is_open=is_open)


@command("list")
def list_(caller: Caller, kode_bank: BankOption = "", hari: HariOption = "") -> None:
    """The differences of a bank's day; without a day, or a bank, those open now. Exit code 1 when there are some."""
    from txserver import eod

    async def gather(console: Console) -> Data:
        return {"selisih": [one async for one in eod.differences(console, hari, kode_bank)]}

    result = caller.run(gather)
    rows = [
        f"{one['nomor']} {one['hari']} {one['bank']}/{one['cabang']} {one['kelas']:<10}"
        f" porsi {one['nomor_porsi'] or '-':<10} STAN {one['stan']:06d}"
        f" host {one['nominal_host']:,} bank {one['nominal_bank']:,}"
        f" {one['status']} {one['cara'] or one['pemilik']} {one['umur_hari']} d"
        for one in result["selisih"]
    ]
    is_open = any(one["status"] == "TERBUKA" for one in result["selisih"])
    caller.say(result, "\n".join(rows) or "no differences", is_open=is_open)


@command("cure")
def cure(
    caller: Caller,
    nomor: Annotated[str, typer.Argument(help="number of the difference: SL0000000001, or 1", callback=numbered("SL"))],
    cara: Annotated[str, typer.Option(help="ULANG, BALIK, TRANSFER, BATAL or KOREKSI")],
    rujukan: Annotated[str, typer.Option(help="what proves it: a nomor porsi, a number of the bank's")],
    penyetuju: PenyetujuOption,
    alasan: Annotated[str, typer.Option(help="why, for the ledger")] = "selisih petang",
    penyetuju_sandi_file: PenyetujuFile = None,
) -> None:
    """Give a difference its end; two people sign."""
    from ledger.kinds.sembuh import Sembuh
    from txserver import eod

    sandi = caller.second(penyetuju, penyetuju_sandi_file)
    result = caller.run(lambda console: eod.cure(console, Sembuh(nomor, cara, rujukan, alasan), penyetuju, sandi))
    caller.say(result, f"{nomor}: {result['cara']}" + (" (it was)" if result["ulang"] else ""))


@command("transfer")
def transfer(
    caller: Caller,
    rujukan: Annotated[str, typer.Option(help="the bank's own number of the transfer")],
    penyetuju: PenyetujuOption,
    kode_bank: BankOption = "",
    hari: HariOption = "",
    penyetuju_sandi_file: PenyetujuFile = None,
) -> None:
    """State that what is due was passed on to the Minister's account; two people of the bank sign."""
    from txserver import eod

    sandi = caller.second(penyetuju, penyetuju_sandi_file)
    result = caller.run(lambda console: eod.transfer(console, kode_bank, hari, rujukan, penyetuju, sandi))
    text = f"{result['bank']} {result['hari']}: {result['n']} deposits, Rp {result['nominal_rupiah']:,}"
    caller.say(result, text + (" (nothing is due)" if result["ulang"] else f", entry {result['seq']}"))


@command("settle")
def settle(caller: Caller, kode_bank: BankOption = "", hari: HariOption = "") -> None:
    """Charge the fee and settle one bank's day. Exit code 1 when something is missing: docs/operations.md."""
    from txserver import eod

    result = caller.run(lambda console: eod.settle(console, kode_bank, hari))
    text = f"{result['bank']} {result['hari']}: " + (f"missing {result['sebab']}" if result["sebab"] else "settled")
    caller.say(result, text, is_open=bool(result["sebab"]))


@command("close")
def close(
    caller: Caller,
    penyetuju: PenyetujuOption,
    hari: HariOption = "",
    with_open: Annotated[
        bool, typer.Option(help="close although banks are not settled: they and their differences are named")
    ] = False,
    penyetuju_sandi_file: PenyetujuFile = None,
) -> None:
    """Settle every bank that is ready and close the business day; two operators of the centre sign.

    Exit code 1 when a bank is not settled: then the day stays open, unless --with-open is given.
    """
    from txserver import eod

    sandi = caller.second(penyetuju, penyetuju_sandi_file)
    result = caller.run(lambda console: eod.close(console, hari, penyetuju, sandi, with_open=with_open))
    lines = [f"{bank} is not settled: {sebab}" for bank, sebab in result["belum"]]
    lines += [f"{result['hari']} closed by entry {result['tutup']}" if result["tutup"] else "the day stays open"]
    caller.say(result, "\n".join(lines), is_open=bool(result["belum"] or result["n_terbuka"]))


@command("report")
def report(
    caller: Caller,
    nama: Annotated[
        str, typer.Argument(help="laporan.txt, selisih.csv, rekening.xml, pelimpahan.xml, tagihan.pdf, ...")
    ],
    kode_bank: BankOption,
    hari: HariOption,
    out: Annotated[Path | None, typer.Option(help="file to write; without it standard output")] = None,
) -> None:
    """Fetch one output of a bank's day."""
    from txserver import eod

    path = f"/settlement/{hari}/{kode_bank}/{nama}"
    content = caller.wait(eod.report(caller.host, caller.user, caller.sandi, path, caller.ca_file))
    if out is not None:
        out.write_bytes(content)
    else:
        sys.stdout.buffer.write(content)


def password(user: str, file: Path | None = None, exit_code: int = 2) -> str:
    """A password from a file, the terminal, or one line of standard input; never from the command line."""
    if file is not None:
        try:
            return file.read_text(encoding="utf-8").partition("\n")[0]
        except (OSError, UnicodeDecodeError) as error:
            typer.echo(f"siskohat-server: {file}: {error}", err=True)
            raise typer.Exit(exit_code) from None
    return getpass.getpass(f"Kata sandi {user}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


def bar(what: str, n: int, dari: int) -> None:
    """Show how far a step is, where somebody looks."""
    if sys.stderr.isatty():
        full = BAR_WIDTH * n // dari if dari else 0
        share = f"{n:,}/{dari:,}" if dari else f"{n:,}"
        print(f"\r{what:<14}[{'#' * full}{'.' * (BAR_WIDTH - full)}] {share}  ", end="", file=sys.stderr, flush=True)


def _bar_off() -> None:
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
