"""`siskohat-server eod`: fee, cancellation, sanctions and the count of a Kandepag.

What the panels do one entry at a time, for schedulers and for hands that know the words. Exit codes as everywhere in
`eod`; what was done before is told as such and is no error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from txserver.eod_commands import (
    BankOption,
    Caller,
    Data,
    HariOption,
    PenyetujuFile,
    PenyetujuOption,
    command,
    numbered,
)

if TYPE_CHECKING:
    from txserver.console import Console

AlasanOption = Annotated[str, typer.Option(help="why, for the ledger")]


@command("fee")
def fee(caller: Caller, kode_bank: BankOption = "", hari: HariOption = "") -> None:
    """Charge a bank USD 2.50 for every porsi of its day that is not charged yet; `settle` and `close` do it too."""
    from txserver import eod

    result = caller.run(lambda console: eod.fee(console, kode_bank, hari))
    text = f"{result['bank']} {result['hari']}: {result['n_porsi']} porsi, USD {result['biaya_usd_sen'] / 100:,.2f}"
    caller.say(result, text + (" (all were charged)" if result["ulang"] else f", entry {result['seq']}"))


@command("cancel")
def cancel(
    caller: Caller,
    nomor_porsi: Annotated[str, typer.Argument(help="the porsi, ten digits: it is BATAL for ever")],
    selisih: Annotated[
        str, typer.Option(help="number of the open difference (HOST_ONLY) that it answers", callback=numbered("SL"))
    ],
    alasan: AlasanOption,
    penyetuju: PenyetujuOption,
    penyetuju_sandi_file: PenyetujuFile = None,
) -> None:
    """Cancel a porsi that no bank stands for; two operators of the centre sign.

    Its difference is ended by `cure --cara BATAL` after that.
    """
    from txserver import eod

    sandi = caller.second(penyetuju, penyetuju_sandi_file)
    result = caller.run(lambda console: eod.cancel(console, nomor_porsi, selisih, alasan, penyetuju, sandi))
    caller.say(result, f"{nomor_porsi}: BATAL" + (" (it was)" if result["ulang"] else f", entry {result['seq']}"))


@command("sanctions")
def sanctions(caller: Caller) -> None:
    """Sanctions proposed and decided. Exit code 1 while one waits for its decision."""
    from txserver import eod

    async def gather(console: Console) -> Data:
        return {"sanksi": [one async for one in eod.sanctions(console)]}

    result = caller.run(gather)
    rows = [
        f"{one['nomor']} {one['hari']} {one['bank']}/{one['cabang']} porsi {one['nomor_porsi']}"
        f" of {one['nomor_selisih']} Rp {one['denda_rupiah']:,} {one['status']}"
        for one in result["sanksi"]
    ]
    is_open = any(one["status"] == eod.PROPOSED for one in result["sanksi"])
    caller.say(result, "\n".join(rows) or "no sanctions", is_open=is_open)


@command("propose")
def propose(
    caller: Caller,
    nomor: Annotated[str, typer.Argument(help="number of the difference: SL0000000001, or 1", callback=numbered("SL"))],
    alasan: AlasanOption,
) -> None:
    """Propose the fine of pasal 9 for a record without its deposit, or still open after its day."""
    from txserver import eod

    result = caller.run(lambda console: eod.propose(console, nomor, alasan))
    caller.say(result, f"{result['nomor_sanksi']} on {nomor}" + (" (it was)" if result["ulang"] else ""))


@command("decide")
def decide(
    caller: Caller,
    nomor: Annotated[str, typer.Argument(help="number of the sanction: SN0000000001, or 1", callback=numbered("SN"))],
    putusan: Annotated[str, typer.Option(help="DENDA, CABUT or TOLAK")],
    alasan: AlasanOption,
    penyetuju: PenyetujuOption,
    penyetuju_sandi_file: PenyetujuFile = None,
) -> None:
    """Decide on a proposed sanction: fine, revocation of the branch's user ID, or none; two operators sign."""
    from txserver import eod

    sandi = caller.second(penyetuju, penyetuju_sandi_file)
    result = caller.run(lambda console: eod.decide(console, nomor, putusan, alasan, penyetuju, sandi))
    caller.say(result, f"{nomor}: {result['putusan']}" + (" (it was)" if result["ulang"] else ""))


@command("crosscheck")
def crosscheck(
    caller: Caller,
    jumlah: Annotated[int, typer.Argument(min=0, help="forms the office signed whose deposit was taken that day")],
    hari: HariOption = "",
) -> None:
    """Say the count of the user's own Kandepag for a day; the last one said counts."""
    from txserver import eod

    result = caller.run(lambda console: eod.crosscheck(console, caller.cabang, hari, jumlah))
    text = f"{result['kab_kota']} {result['hari']}: {result['n_kandepag']}"
    caller.say(result, text + (" (it was said)" if result["ulang"] else f", entry {result['seq']}"))
