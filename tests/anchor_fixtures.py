"""A ledger with a closed day, its anchor, and one morning after it; the same bytes every time. Nothing here asserts."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from ledger.anchor import write_anchor
from ledger.codec import decode_row
from ledger.journal import Journal
from ledger.kinds.biaya_siskohat import BiayaSiskohat
from ledger.kinds.buka_hari import BukaHari
from ledger.kinds.konfirmasi_terima import KonfirmasiTerima
from ledger.kinds.koreksi_setoran import KoreksiSetoran
from ledger.kinds.pelimpahan_dana import PelimpahanDana
from ledger.kinds.selisih import SelisihBaru
from ledger.kinds.tutup_bank import TutupBank
from ledger.kinds.tutup_setoran import TutupSetoran
from ledger.store import Store
from tests.evening_fixtures import closing, evening, head_office
from tests.ledger_fixtures import CENTRE, HARI, JUTA_20, SMALL_MAP, Desk, branch, new_store, pilgrim

BESOK = "2004-05-04"
SIDIK = "ab" * 32


def post(store: Store, *asked: object) -> None:
    """Post requests that must stand."""
    for outcome in store.post_batch(list(asked)):  # type: ignore[arg-type]
        if not hasattr(outcome, "seq"):
            raise ValueError(f"refused: {outcome}")


def post_day(store: Store, desk: Desk) -> None:
    """A day with deposits in three provinces, a correction, a fee in US cents, money passed on and two differences."""
    post(store, *(desk.ask(*CENTRE, request) for request in evening()))
    post(store, *pilgrim(desk, 1), *pilgrim(desk, 2), *pilgrim(desk, 1, "002/0201"), *pilgrim(desk, 1, "009/0401"))
    post(store, desk.ask(*branch("002/0101"), KoreksiSetoran("1100000002", "salah orang"), penyetuju="V0101"))
    for bank, branches in (("002", ("0101", "0201", "0301")), ("009", ("0401", "0501"))):
        post(store, *(desk.ask(*CENTRE, TutupSetoran(bank, cabang)) for cabang in branches))
        post(store, desk.ask(*CENTRE, TutupBank(bank)))
    office = head_office("002")
    file = KonfirmasiTerima("002", HARI, "STA", "csv", SIDIK, 2, 2 * JUTA_20, "IDR", "GANTI", "")
    post(store, desk.ask(*office, file))
    item = SelisihBaru("002", HARI, "HOST_ONLY", "0101", "", 0, "1100000001", JUTA_20, 0, 0)
    other = SelisihBaru("002", HARI, "BANK_ONLY", "0101", "T1", 77, "", 0, JUTA_20, 0)
    post(store, desk.ask(*office, item), desk.ask(*office, other))
    post(store, desk.ask(*office, PelimpahanDana("002", HARI, JUTA_20, 1, "RTGS 1"), penyetuju="C002"))
    post(store, desk.ask(*office, BiayaSiskohat("002", HARI)))


def post_morning(store: Store, desk: Desk) -> None:
    """The next day is opened, and somebody deposits."""
    post(store, desk.ask(*CENTRE, BukaHari(BESOK)))
    desk.hari, desk.waktu_us = BESOK, desk.waktu_us + 24 * 3_600_000_000
    post(store, *pilgrim(desk, 3))


@cache
def _template() -> tempfile.TemporaryDirectory[str]:
    """The ledger every other is copied from: `before` the close, and `after` it with anchor and morning."""
    folder = tempfile.TemporaryDirectory(prefix="siskohat-uji-")
    with new_store(Path(folder.name) / "after") as (store, desk):
        post_day(store, desk)
        store.checkpoint()
        shutil.copytree(store.path, Path(folder.name) / "before")
        post(store, *closing(desk, store.books))
        write_anchor(store, HARI)
        post_morning(store, desk)
    return folder


def closed_ledger(path: Path) -> Path:
    """A ledger whose first day is closed and anchored, with a morning after it."""
    return Path(shutil.copytree(Path(_template().name) / "after", path))


def older_ledger(path: Path) -> Path:
    """The same ledger just before the close of that day."""
    return Path(shutil.copytree(Path(_template().name) / "before", path))


@contextmanager
def journal_of(path: Path) -> Iterator[Journal]:
    """The journal of a ledger, for reading."""
    journal = Journal.open(path / "journal", writable=False, map_bytes=SMALL_MAP)
    try:
        yield journal
    finally:
        journal.close()


@cache
def closed_bodies() -> tuple[bytes, ...]:
    """The entries of `closed_ledger`."""
    with tempfile.TemporaryDirectory() as folder, journal_of(closed_ledger(Path(folder) / "ledger")) as journal:
        return tuple(body for _, body in journal.read())


@cache
def close_seq() -> int:
    """The entry that closes the day."""
    return next(seq for seq, body in enumerate(closed_bodies(), 1) if decode_row(body).kind == "THR")


@cache
def anchor_bytes() -> bytes:
    """The anchor of that day."""
    return (Path(_template().name) / "after" / "jangkar" / f"{HARI}.json").read_bytes()
