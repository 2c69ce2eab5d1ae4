"""The host's own clerk: posts what the host found, in the name of the user who had it look.

His requests go through the committer like any other and are judged by the same rules; only their device is the
host's own. Nothing of a step rests on an answer of his: a host that is killed runs the step again, and what stands
already is refused as such.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from msgspec import Struct

from ledger.books import Books
from ledger.records import Origin, Refusal, origin_of
from txserver.clock import Clock
from txserver.committer import Committer
from txserver.session import Connection, Session, Ticket, Writer
from txserver.wire.frames import Accepted, Busy, Refused, decode_from_host

DEVICE = "SETELMEN"
"""The device of the clerk, at the branch of whoever he posts for. Nobody signs on at it."""
AT_ONCE = 8
"""Requests he has waiting: a turn that decides 24 cut-offs holds a teller up for 0.8 ms, one of 8 for 0.3."""
TRIES = 200
"""How often a request is brought again that was answered BUSY."""

STAN_WENT_BACK, ANOTHER_REQUEST, ANOTHER_DAY, BUSY = "SKH7007", "SKH7006", "SKH6002", "SKH9001"


class _Desk:
    """The peer of one request: its answer comes here as the bytes a terminal would get."""

    def __init__(self) -> None:
        self.said: asyncio.Future[Accepted | Refused | Busy] = asyncio.get_running_loop().create_future()

    @property
    def writer(self) -> Writer:
        """Itself."""
        return self

    def flush(self) -> None:
        """Nothing is kept back."""

    def send(self, payload: bytes) -> None:
        """An answer."""
        said = decode_from_host(payload)
        if isinstance(said, Accepted | Refused | Busy):
            self.said.set_result(said)

    def close(self, code: int, reason: str) -> None:
        """There is no connection to end."""


class Clerk:
    """Posts for one user at a time or many; the STANs of his device rise over all of them."""

    def __init__(self, committer: Committer, books: Books, clock: Clock) -> None:
        self._committer = committer
        self._books = books
        self._clock = clock
        self._stan: dict[tuple[str, str], int] = {}

    async def post(self, origin: Origin, request: Struct, penyetuju: str = "") -> Accepted | Refusal:
        """Post one request for a user, and for who has signed it; the answer is that of the ledger."""
        here = origin_of(origin.bank, origin.cabang, DEVICE, origin.user)
        wait_ms = 0
        for _ in range(TRIES):
            said = await self._ask(here, request, penyetuju)
            if isinstance(said, Accepted):
                return said
            if isinstance(said, Busy):
                wait_ms = said.tunggu_ms
                await asyncio.sleep(wait_ms / 1000)
            elif said.id not in {STAN_WENT_BACK, ANOTHER_REQUEST, ANOTHER_DAY}:
                return Refusal(said.id, said.data)
        return Refusal(BUSY, {"tunggu_ms": wait_ms})

    async def post_all(
        self, origin: Origin, requests: Iterable[Struct], tell: Callable[[], None], at_once: int = AT_ONCE
    ) -> list[Accepted | Refusal]:
        """Post many, `at_once` at a time; answers in the order of the requests. `tell` is called at each answer."""
        room = asyncio.Semaphore(at_once)

        async def one(request: Struct) -> Accepted | Refusal:
            try:
                return await self.post(origin, request)
            finally:
                room.release()
                tell()

        tasks = []
        for request in requests:
            await room.acquire()
            tasks.append(asyncio.create_task(one(request)))
        return list(await asyncio.gather(*tasks))

    async def _ask(self, here: Origin, request: Struct, penyetuju: str) -> Accepted | Refused | Busy:
        hari, desk = self._books.hari, _Desk()
        stan = self._next_stan(here.perangkat, hari)
        session = Session(here, 0, Connection(desk, 1))
        self._committer.submit(Ticket(here, stan, hari, request, self._clock.now_us(), penyetuju, session=session))
        return await desk.said

    def _next_stan(self, perangkat: str, hari: str) -> int:
        last = self._books.terakhir(perangkat)
        posted = last.stan if last is not None and last.hari == hari else 0
        stan = max(posted, self._stan.get((perangkat, hari), 0)) + 1
        self._stan = {key: value for key, value in self._stan.items() if key[1] == hari}
        self._stan[perangkat, hari] = stan
        return stan
