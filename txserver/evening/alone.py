"""What the host does of the evening by itself: cut-off by the clock, and the watched folder.

Both act in the name of `auto_user`, an operator of the centre, whose name stands in the entries; without one, neither
is done. A branch is cut off when its own local time says so, so that the country closes zone by zone.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from ledger.books import PUSAT, Books
from ledger.kind import Role
from ledger.messages import MESSAGES, first_level
from ledger.records import Origin, Refusal, origin_of
from txserver import ending
from txserver.clock import Clock
from txserver.config import ConfigError, Settings
from txserver.evening.clerk import DEVICE
from txserver.evening.places import Places, make, plain_name
from txserver.evening.steps import Data, Delivery, Steps

log = logging.getLogger("siskohat")

CLOCK_S = 1.0
MINUTE_US = 60_000_000
HASH_BYTES_MAX = 1024
TAKEN, TURNED_AWAY = "diterima", "ditolak"


class Alone:
    """The host's own part. Raises ConfigError when `auto_user` is no operator of the centre."""

    def __init__(self, settings: Settings, books: Books, places: Places, steps: Steps, clock: Clock) -> None:
        self._books = books
        self._places = places
        self._steps = steps
        self._clock = clock
        self._cutoff = settings.cutoff_time
        self._inbox_s = settings.inbox_seconds
        self._origin = self._who(settings.auto_user) if settings.auto_user else None
        self._done: set[tuple[str, int]] = set()
        self._minute = ("", 0)
        self._closed: set[str] = set()
        """Banks whose folder could not be read last time."""

    def _who(self, user: str) -> Origin:
        profile = self._books.pengguna(user)
        if profile is None or profile.peran != Role.PUSAT:
            raise ConfigError(f"auto_user: {user} is no operator of the centre (role PUSAT)")
        return origin_of(profile.bank, profile.cabang, DEVICE, user)

    def tasks(self) -> list[asyncio.Task[None]]:
        """Start what is wanted."""
        if self._origin is None:
            return []
        work = [self._watch_inbox(self._origin)]
        if self._cutoff:
            work.append(self._watch_clock(self._origin))
        return [ending.must_last(one) for one in work]

    async def _watch_clock(self, origin: Origin) -> None:
        """For ever: cut off the branches of each zone whose hour has come."""
        while True:
            await asyncio.sleep(CLOCK_S)
            await self.cut_off_due(origin)

    async def cut_off_due(self, origin: Origin) -> None:
        """Cut off every branch whose local time has passed the hour on the open day."""
        books, hari = self._books, self._books.hari
        # The clock's hour has no seconds: a minute in which nothing was due is looked at once, for all branches.
        minute = hari, self._clock.now_us() // MINUTE_US
        if books.hari_tutup == hari or minute == self._minute:
            return
        banks = [row.kode for row in books.bank_semua()]
        places = [row for bank in banks for row in books.cabang_bank(bank) if row.cabang != PUSAT]
        due = {zone for zone in {row.zona_menit for row in places} if self._is_due(hari, zone)} - {
            zone for day, zone in self._done if day == hari
        }
        if not due:
            self._minute = minute
            return
        open_ = {(bank, cabang) for bank in banks for cabang in books.cabang_buka(bank)}
        branches = [
            (row.bank, row.cabang) for row in places if row.zona_menit in due and (row.bank, row.cabang) in open_
        ]
        outcome = await self._steps.cut_off(origin, banks, branches)
        if isinstance(outcome, Refusal):
            log.error("SKH8302 hari=%s id=%s", hari, outcome.id)
            return
        self._done |= {(hari, zone) for zone in due}
        log.info("SKH8203 hari=%s branches=%d banks=%d", hari, outcome["n_cabang"], outcome["n_bank"])

    def _is_due(self, hari: str, zona_menit: int) -> bool:
        local = datetime.fromtimestamp(self._clock.now_us() // 1_000_000, UTC) + timedelta(minutes=zona_menit)
        return f"{local:%Y-%m-%d %H:%M}" >= f"{hari} {self._cutoff}"

    async def _watch_inbox(self, origin: Origin) -> None:
        """For ever: take in what banks lay into their folders."""
        while True:
            await self.empty_inbox(origin)
            await asyncio.sleep(self._inbox_s)

    async def empty_inbox(self, origin: Origin) -> None:
        """Take every file in that is complete: its hash file lies beside it, which comes last.

        A folder that cannot be read keeps none of the others waiting; it is told once, until it can.
        """
        for row in self._books.bank_semua():
            try:
                for proof in _proofs(self._places.kotak / row.kode):
                    path = proof.with_suffix("")
                    if path.is_file() and not path.is_symlink():
                        await self._take(origin, row.kode, path, proof)
            except OSError as error:
                if row.kode not in self._closed:
                    self._closed.add(row.kode)
                    log.error("SKH8304 bank=%s sebab=%s", row.kode, error.strerror)  # noqa: TRY400
            else:
                self._closed.discard(row.kode)

    async def _take(self, origin: Origin, bank: str, path: Path, proof: Path) -> None:
        signature = path.with_name(path.name + ".sig")
        delivery = Delivery(
            origin=origin,
            bank=bank,
            hari=self._books.hari,
            path=str(path),
            nama=plain_name(path.name),
            sidik=_small(proof),
            tanda_tangan=_small(signature) if signature.is_file() else "",
        )
        outcome = await self._steps.confirm(delivery)
        if isinstance(outcome, Refusal) and outcome.id in {"SKH6203", "SKH6303", "SKH9001", "SKH9002"}:
            return  # it is too early, or the host's own trouble: tried again
        _file(path, proof, signature, outcome)
        result = outcome.id if isinstance(outcome, Refusal) else outcome["id"]
        log.info("SKH8204 bank=%s file=%s %s", bank, delivery.nama, result)


def _proofs(folder: Path) -> list[Path]:
    """The hash files in a bank's folder, which is made if it is not there. Mostly there is nothing in it."""
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".sha256")
    except FileNotFoundError:
        make(folder)
        return []


def _small(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(HASH_BYTES_MAX).decode("ascii", "replace").strip()


def _file(path: Path, proof: Path, signature: Path, outcome: Data | Refusal) -> None:
    """Put a file away, with what became of it beside it."""
    folder = make(path.parent / (TURNED_AWAY if isinstance(outcome, Refusal) else TAKEN))
    said: Data = {"id": outcome.id, "data": outcome.data} if isinstance(outcome, Refusal) else outcome
    if isinstance(outcome, Refusal) and outcome.id in MESSAGES:
        said |= {"pesan": first_level(outcome.id, outcome.data)}
    (folder / (path.name + ".json")).write_bytes(msgspec.json.encode(said))
    for one in (path, signature, proof):
        if one.exists():
            one.replace(folder / one.name)
