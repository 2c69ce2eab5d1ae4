"""Outputs of a bank's day and anchors of closed days, piece by piece to a terminal that shows, prints or keeps them."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ledger.records import Refusal
from txserver.evening.outputs import NO_ORDER, ORDER
from txserver.evening.places import Places
from txserver.evening.steps import Data, Steps

PIECE_BYTES = 32_768
NOT_FOUND = Refusal("SKH7018", {})
ANCHOR_FORMS = ("txt", "json")


async def output_piece(places: Places, steps: Steps, bank: str, hari: str, nama: str, offset: int) -> Data | Refusal:
    """A piece of an output, which is made anew first when something of the bank's day has changed.

    Refuses, in this order: what `Steps.report` refuses, and as `not_made`.
    """
    made = await steps.report(bank, hari, is_fresh_enough=True)
    if isinstance(made, Refusal):
        return made
    if nama not in made["nama"]:
        return not_made(bank, nama, made["nama"])
    return await _piece(places.laporan(bank, hari) / nama, offset)


def not_made(bank: str, nama: str, made: list[str]) -> Refusal:
    """Why an output is not there: SKH6307 the transfer cannot be ordered without accounts, else SKH7018."""
    return Refusal("SKH6307", {"kode_bank": bank}) if nama == ORDER and NO_ORDER in made else NOT_FOUND


async def anchor_piece(places: Places, hari: str, nama: str, offset: int) -> Data | Refusal:
    """A piece of a day's anchor, `jangkar.txt` or `jangkar.json`. Refuses SKH7018 no such day was closed."""
    forms = {f"jangkar.{form}": form for form in ANCHOR_FORMS}
    return await _piece(places.jangkar(hari, forms[nama]), offset) if nama in forms else NOT_FOUND


async def _piece(path: Path, offset: int) -> Data | Refusal:
    try:
        isi, panjang = await asyncio.to_thread(_read, path, offset)
    except FileNotFoundError:
        return NOT_FOUND
    return {"isi": isi, "panjang": panjang}


def _read(path: Path, offset: int) -> tuple[bytes, int]:
    with path.open("rb") as file:
        panjang = file.seek(0, 2)
        file.seek(min(offset, panjang))
        return file.read(PIECE_BYTES), panjang
