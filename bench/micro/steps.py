"""Micro-benchmarks of the steps a deposit takes, and of what happens behind it: `make bench`.

Every step works on a small founded country, in batches of `BATCH` where the host works in batches; the figure of
docs/performance.md for one deposit is the time here divided by that number.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from bench.country import Country, build
from bench.founding import HARI, Forms, found
from ledger import batch as ledger_batch
from ledger.books import Books
from ledger.checkpoint import catch_up
from ledger.codec import HASH_NONE, decode_entry, hash_entry
from ledger.engine import Asked
from ledger.journal import Journal
from ledger.kinds.setoran_awal import SetoranAwal
from ledger.records import Origin
from ledger.store import Store
from ledger.vault import NoVault
from ledger.verify import verify
from txserver.committer import Committer
from txserver.config import Settings
from txserver.devices import Devices
from txserver.metrics import Metrics
from txserver.session import Connection, Ticket, Wanted
from txserver.wire.frames import Post, decode_from_terminal, encode

STATIONS = 500
FORMS = 5_000
BATCH = 1_000
NOON_US = 1_083_556_800_000_000
"""2004-05-03T11:00:00+07:00: deposit hours everywhere."""

Founded = tuple[Path, Country, Forms]


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Founded:
    """A country whose forms are signed and whose day is open; copied by whoever changes it."""
    path = tmp_path_factory.mktemp("micro") / "ledger"
    country = build(STATIONS)
    forms = found(path, country, [FORMS // STATIONS] * STATIONS, [[]] * STATIONS)
    return path, country, forms


@pytest.fixture
def store(founded: Founded, tmp_path: Path) -> Iterator[Store]:
    """A writable copy."""
    shutil.copytree(founded[0], tmp_path / "ledger")
    opened = Store.open(tmp_path / "ledger")
    yield opened
    opened.close()


def deposits(founded: Founded) -> list[Asked]:
    """The first `BATCH` deposits of the day, round the country."""
    _, country, forms = founded
    return [
        Asked(country.stations[n % STATIONS].origin, n // STATIONS + 1, HARI, SetoranAwal(nomor, 20_000_000), NOON_US)
        for n in range(BATCH)
        for nomor in (forms.signed[n % STATIONS][n // STATIONS],)
    ]


class FakePeer:
    """Takes answers and does nothing with them."""

    def send(self, payload: bytes) -> None:
        """Queue nothing."""

    def flush(self) -> None:
        """Write nothing."""

    @property
    def writer(self) -> FakePeer:
        """Its own."""
        return self

    def close(self, code: int, reason: str) -> None:
        """Nothing is open."""


def signed_on(origin: Origin) -> Connection:
    """A connection with one session."""
    connection = Connection(FakePeer(), 1)
    wanted = Wanted(connection, 0, (origin.bank, origin.cabang, origin.device, origin.user), 1, False, "")
    connection._signing[0] = wanted
    connection.signed_on(wanted, origin, {})
    return connection


def test_decode_post(benchmark: BenchmarkFixture) -> None:
    """One frame to typed request."""
    frame = encode(Post(0, 12, HARI, SetoranAwal("33250000012", 20_000_000)))
    assert benchmark(decode_from_terminal, frame).stan == 12


def test_encode_accepted(benchmark: BenchmarkFixture) -> None:
    """One answer to bytes."""
    answer = ("ACCEPTED", 0, 12, 1_234_567, NOON_US, False, {"nomor_porsi": "1100000012"})
    assert benchmark(encode, answer)


def test_session_receive(benchmark: BenchmarkFixture, founded: Founded) -> None:
    """One frame through the session: decoded, state checked, made into a ticket."""
    connection = signed_on(founded[1].stations[0].origin)
    frame = encode(Post(0, 12, HARI, SetoranAwal("33250000012", 20_000_000)))
    session = connection.sessions()[0]

    def receive() -> Any:
        session.waiting = False
        return connection.receive(frame, NOON_US)

    assert isinstance(benchmark(receive), Ticket)


def test_decide_and_apply(benchmark: BenchmarkFixture, founded: Founded, store: Store) -> None:
    """A batch of deposits through the engine: decided, applied, encoded, chained; then undone."""
    asked = deposits(founded)

    def run() -> int:
        ledger_batch.run(store.engine, asked)
        made = len(store.engine.bodies)
        store.engine.abandon()
        return made

    assert benchmark(run) == BATCH


def test_turn(benchmark: BenchmarkFixture, founded: Founded, store: Store) -> None:
    """A whole turn of the committer: a batch decided, synced and answered. Each round takes fresh forms."""
    _, country, forms = founded
    rounds = iter(range(FORMS // STATIONS // 2))

    async def turn() -> int:
        settings = Settings(data=str(store.path), queue_max=2 * BATCH, branch_queue_max=BATCH)
        metrics = Metrics()
        committer = Committer(store, Devices(store.path / "karantina", STATIONS), settings, metrics)
        at = next(rounds)
        for station in country.stations:
            ticket = signed_on(station.origin).receive(
                encode(Post(0, at + 1, HARI, SetoranAwal(forms.signed[station.number][at], 20_000_000))), NOON_US
            )
            assert isinstance(ticket, Ticket)
            committer.submit(ticket)
        await asyncio.sleep(0)
        return metrics.posted

    rows = FORMS // STATIONS // 2
    posted = benchmark.pedantic(lambda: asyncio.run(turn()), rounds=rows)  # type: ignore[no-untyped-call]
    assert posted == STATIONS


def test_journal_append(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """A thousand entries of 250 bytes, one synced commit."""
    journal = Journal.create(tmp_path / "journal", "00" * 16)
    bodies = [bytes(250)] * BATCH
    benchmark(journal.append, bodies)
    assert journal.head % BATCH == 0
    journal.close()


def test_decode_and_hash_entry(benchmark: BenchmarkFixture, store: Store) -> None:
    """One entry read back and hashed."""
    body = store.journal.get(store.journal.head - 1)
    assert body is not None
    assert benchmark(lambda: (decode_entry(body), hash_entry(body))[0]).stamp.seq == store.journal.head - 1


def test_replay(benchmark: BenchmarkFixture, store: Store) -> None:
    """The whole small ledger replayed into memory, as a restart replays its tail."""
    head = store.journal.head
    assert benchmark(lambda: catch_up(Books(NoVault()), store.journal, 0, HASH_NONE, head))[0] == head


def test_checkpoint(benchmark: BenchmarkFixture, founded: Founded, store: Store) -> None:
    """A batch of deposits carried down to the tables, in this process. Each round takes fresh forms."""
    _, country, forms = founded
    rounds = iter(range(FORMS // STATIONS))

    def post() -> None:
        at = next(rounds)
        store.post_batch(
            [
                Asked(s.origin, at + 1, HARI, SetoranAwal(forms.signed[s.number][at], 20_000_000), NOON_US)
                for s in country.stations
            ]
        )

    rows = FORMS // STATIONS
    assert benchmark.pedantic(store.checkpoint, setup=post, rounds=rows) == STATIONS  # type: ignore[no-untyped-call]


def test_verify(benchmark: BenchmarkFixture, store: Store) -> None:
    """The whole small ledger verified."""
    assert benchmark(verify, store.journal).verified
