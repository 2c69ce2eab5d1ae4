"""One process of terminals: officers take up forms, officials sign them, tellers take the deposits.

    python -m tests.proof.jepsen.people ORDER

ORDER is JSON: port, seed, number of the process, folder, seats that share connections (`bulk`, three roles to each),
terminals with the product's own `Link` (`links`), seats on a connection. It talks until "quiet" comes on its input,
then until nothing is unanswered, or the input ends, and writes what it asked and was told into its folder.
All times are of the machine's one monotonic clock, the same in every process.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter, deque
from pathlib import Path
from random import Random
from time import perf_counter_ns
from typing import Any

import msgspec
import uvloop

from bench import client_frames as cf
from bench.check import REFUSED
from bench.country import Station
from bench.virtual_terminal import Seat, Wire
from ledger.kinds import Request
from ledger.kinds.setoran_awal import SetoranAwal
from ledger.kinds.spph import SpphBaru
from ledger.kinds.spph_sah import SpphSah
from ledger.records import Origin
from terminal.dial import Dialler, HostUnreachable, LinkLimits, SessionClosed
from terminal.kept import KeptFolder
from terminal.link import STILL_WAITING, Link
from tests.ledger_fixtures import HARI, JUTA_20, form
from tests.proof.jepsen.country import SANDI, seats_of
from tests.proof.script import nik_of
from txserver.wire.frames import Accepted, InquirySpph, Post, Refused, decode_from_host, encode

HOST = "127.0.0.1"
PERSONS = 240_000
"""A process's own people, so that two processes never take up the same one."""
WAIT_S = 0.25
SILENT_S = 2.5
"""A terminal that has heard nothing for so long while it waits takes the line for dead."""
PAPERS_MAX = 2_000
BEGINS_AGAIN_S = 0.3
POWER_OFF = 0.004
INQUIRY = 0.02
LIMITS = LinkLimits(
    connect_seconds_max=2.0, signon_seconds_max=5.0, answer_seconds_max=SILENT_S, heartbeat_seconds=2.0,
    retry_seconds_first=0.05, retry_seconds_max=0.4, signoff_seconds_max=1.0,
)  # fmt: skip


class House:
    """What the people of one process share, and everything they were told."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.number: int = order["number"]
        self.form = form()
        self.persons = 0
        self.issued: deque[str] = deque()
        self.signed: deque[str] = deque()
        self.idle: deque[Paper] = deque()
        self.asked: dict[str, int] = {}
        self.calls: list[tuple[str, int, int, int, str]] = []
        self.counts: Counter[str] = Counter()
        self.odd: Counter[str] = Counter()
        self.is_quiet = False

    def draw(self, role: str) -> Request | None:
        """The next thing to do for somebody of this role; None when there is none."""
        if role == "PETUGAS":
            if len(self.issued) > PAPERS_MAX:
                return None
            self.persons += 1
            assert self.persons < PERSONS, "a run has more people than a process has"
            self.form = msgspec.structs.replace(self.form, nik=nik_of(self.number * PERSONS + self.persons))
            return self.form
        if role == "PEJABAT":
            return SpphSah(self.issued.popleft()) if self.issued else None
        return SetoranAwal(self.signed.popleft(), JUTA_20) if self.signed else None

    def told(self, identity: str, body: Request, answer: Accepted | Refused, now: int) -> None:
        """A request has its answer."""
        asked = self.asked.pop(identity, None)
        if asked is None:
            self.odd["answered twice"] += 1
            return
        if isinstance(answer, Refused):
            self.counts[f"refused {answer.id}"] += 1
            self.calls.append((identity, asked, now, REFUSED, ""))
            return
        self.counts["repeats"] += answer.ulang
        nomor = str(answer.data.get("nomor_porsi", ""))
        self.calls.append((identity, asked, now, answer.seq, nomor))
        if isinstance(body, SpphBaru):
            self.issued.append(str(answer.data["nomor_spph"]))
        elif isinstance(body, SpphSah):
            self.signed.append(body.nomor_spph)
        else:
            return
        for _ in range(min(len(self.idle), 2)):
            self.idle.popleft().wake()


# --- many seats on one connection: the load generator's own wires ------------------------------------------------


class Paper:
    """The work of one such seat: one request in flight, asked again over every new connection."""

    def __init__(self, house: House, seat: Desk, role: str) -> None:
        self.house, self.seat, self.role = house, seat, role
        self.stan = 0
        self.body: Request | None = None
        self.frame = b""
        self.is_idle = False

    @property
    def identity(self) -> str:
        return f"{self.seat.station.origin.perangkat}/{self.stan}"

    def resume(self, now: int) -> bytes | None:
        """What waits, or something new."""
        if not self.frame and not self.house.is_quiet:
            self.body = self.house.draw(self.role)
            if self.body is None:
                if not self.is_idle:
                    self.is_idle = True
                    self.house.idle.append(self)
                return None
            self.stan += 1
            self.house.asked[self.identity] = now
            self.frame = self.seat.fleet.frame(encode(Post(self.seat.line, self.stan, HARI, self.body)))
        return self.frame or None

    def wake(self) -> None:
        """There is work again; who got some by a new connection meanwhile goes on with that."""
        self.is_idle = False
        if not self.frame:
            self.seat.again()

    def turn(self, head: int, message: bytes, now: int) -> bytes | None:
        if head == cf.BREAK:
            return None
        answer = decode_from_host(message)
        if isinstance(answer, Refused) and answer.id == STILL_WAITING:
            self.house.counts["asked again too soon"] += 1
            self.seat.again_in(BEGINS_AGAIN_S)
            return None
        stan = answer.stan if isinstance(answer, Accepted) else answer.nomor if isinstance(answer, Refused) else 0
        if stan != self.stan or not self.frame:
            self.house.odd[f"{type(answer).__name__} to another request"] += 1
            return None
        assert isinstance(answer, Accepted | Refused)
        assert self.body is not None
        self.frame = b""
        self.house.told(self.identity, self.body, answer, now)
        return self.resume(now)


class Desk(Seat):
    """A seat that signs on again when its session is ended, as a second connection under its name makes it be."""

    def turn(self, head: int, message: bytes, now: int) -> bytes | None:
        if head == cf.CLOSED:
            closed = decode_from_host(message)
            lines = self.fleet
            assert isinstance(lines, Lines)
            lines.house.counts[f"closed {getattr(closed, 'id', '')}"] += 1
            if not self.signed_on:
                self.token = ""
            self.signed_on = False
            lines.loop.call_later(lines.rng.uniform(0, BEGINS_AGAIN_S), self._begin_again, self.wire)
            return None
        return super().turn(head, message, now)

    def _begin_again(self, wire: Wire | None) -> None:
        if self.wire is wire and wire is not None and not self.signed_on:
            wire.write(self.hello())


class LiveWire(Wire):
    """A wire that knows when it last heard something."""

    heard = 0

    def data_received(self, data: bytes) -> None:
        self.heard = perf_counter_ns()
        super().data_received(data)


class Lines:
    """All connections of the shared kind (in the place of the load generator's own fleet)."""

    def __init__(self, port: int, house: House, random: Random) -> None:
        self.host, self.port, self.rng, self.house = HOST, port, random, house
        self.loop = asyncio.get_running_loop()
        self.busy = self.cuts = 0
        self.wires: set[LiveWire] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def frame(self, payload: bytes) -> bytes:
        return cf.frame(payload, cf.mask_of(self.rng))

    def note_ready(self, waktu_us: int, now: int) -> None:
        self.house.counts["sign-ons"] += 1

    def fail(self, error: BaseException) -> None:
        """What the host said and must not say; a handshake it declines (503: it closes, or is full) is none of it."""
        if "HTTP/1.1 503" in str(error):
            self.house.counts["declined with 503"] += 1
        else:
            self.house.odd[f"{type(error).__name__} {error}"[:80]] += 1

    def on_cut(self, wire: Wire, exc: Exception | None) -> None:
        self.wires.discard(wire)  # type: ignore[arg-type]
        self.cuts += 1
        self.connect(wire.seats)

    def connect(self, seats: Any) -> None:
        task = self.loop.create_task(self._connect(seats))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, seats: Any) -> None:
        while True:
            await asyncio.sleep(self.rng.uniform(0, WAIT_S))
            try:
                _, wire = await self.loop.create_connection(lambda: LiveWire(self, seats), HOST, self.port)  # type: ignore[arg-type]
            except OSError:
                continue
            wire.heard = perf_counter_ns()
            self.wires.add(wire)
            return

    async def watch(self) -> None:
        """Give up connections on which somebody waits and nothing is heard."""
        while True:
            await asyncio.sleep(0.2)
            oldest = perf_counter_ns() - int(SILENT_S * 1e9)
            for wire in list(self.wires):
                if wire.heard < oldest and any(seat.work.frame or not seat.signed_on for seat in wire.seats):  # type: ignore[attr-defined]
                    self.house.counts["lines given up"] += 1
                    wire.transport.abort()


# --- the product's own terminal ------------------------------------------------------------------------------------


class Noted(KeptFolder):
    """The product's folder of kept requests; what is kept counts as asked."""

    def __init__(self, folder: Path, house: House, bodies: dict[str, Request]) -> None:
        super().__init__(folder)
        self._house, self._bodies = house, bodies

    def write(self, who: Origin, post: Post) -> None:
        identity = f"{who.perangkat}/{post.stan}"
        assert isinstance(post.body, SpphBaru | SpphSah | SetoranAwal)
        self._house.asked.setdefault(identity, perf_counter_ns())
        self._bodies[identity] = post.body
        super().write(who, post)


class Terminal:
    """One workstation with the product's `Link`, and the person at it; now and then its plug is pulled."""

    def __init__(self, house: House, who: Origin, role: str, url: str, folder: Path, random: Random) -> None:
        self.house, self.who, self.role, self.url, self.random = house, who, role, url, random
        self.bodies: dict[str, Request] = {}
        self.kept = Noted(folder, house, self.bodies)
        self.link = self._switch_on()

    def _switch_on(self) -> Link:
        link = Link(Dialler(self.url, None, LIMITS), self.kept, chance=self.random, limits=LIMITS)
        link.listen(lambda _: None)
        return link

    async def live(self) -> None:
        while not self.house.is_quiet or self.kept.read(self.who) is not None:
            try:
                await self.link.sign_on(self.who, SANDI)
                self.house.counts["sign-ons of links"] += 1
                if (kept := self.link.kept()) is not None:
                    self.house.counts["asked after a power cut"] += 1
                    self._settled(kept.post.stan, await self.link.ask_again(kept))
                await self._work()
            except HostUnreachable:
                await asyncio.sleep(self.random.uniform(0, WAIT_S))
            except SessionClosed as error:
                self.house.counts[f"link closed {error.id}"] += 1
                await asyncio.sleep(self.random.uniform(0, BEGINS_AGAIN_S))
        await self.link.sign_off()

    async def _work(self) -> None:
        while not self.house.is_quiet:
            body = self.house.draw(self.role)
            if body is None:
                await asyncio.sleep(0.02)
                continue
            chance = self.random.random()
            if chance < POWER_OFF:
                await self._pull_the_plug(body)
                return
            answer = await self.link.post(body)
            self._settled(answer.stan if isinstance(answer, Accepted) else answer.nomor, answer)
            if chance > 1 - INQUIRY and isinstance(body, SetoranAwal):
                await self.link.inquire(InquirySpph(body.nomor_spph))
                self.house.counts["inquiries"] += 1

    async def _pull_the_plug(self, body: Request) -> None:
        """The power goes while a request is on its way: all that is left is the kept file."""
        self.house.counts["terminal's power"] += 1
        asking = asyncio.ensure_future(self.link.post(body))
        await asyncio.wait([asking], timeout=self.random.uniform(0, 0.004))
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        if not asking.cancelled() and asking.exception() is None:  # it was answered in the last moment
            answer = asking.result()
            self._settled(answer.stan if isinstance(answer, Accepted) else answer.nomor, answer)
        await self.link.close()
        self.link = self._switch_on()

    def _settled(self, stan: int, answer: Accepted | Refused) -> None:
        identity = f"{self.who.perangkat}/{stan}"
        self.house.counts["posts of links"] += 1
        self.house.told(identity, self.bodies.pop(identity), answer, perf_counter_ns())


# --- the process -----------------------------------------------------------------------------------------------------


async def run(order: dict[str, Any]) -> None:
    house, folder = House(order), Path(order["folder"])
    random = Random(order["seed"])
    lines = Lines(order["port"], house, random)
    bulk, links = seats_of(order["number"], order["bulk"]), seats_of(order["number"], order["links"], "L")
    for at in range(0, len(bulk), order["on_a_line"]):
        seats = []
        for line, (role, who) in enumerate(bulk[at : at + order["on_a_line"]]):
            seat = Desk(lines, Station(0, None, who, "WIB"), line, SANDI)  # type: ignore[arg-type]
            seat.work = Paper(house, seat, role)
            seats.append(seat)
        lines.connect(seats)
    url = f"ws://{HOST}:{order['port']}/line"
    terminals = [
        Terminal(house, who, role, url, folder / "kept", Random(f"{order['seed']}/{who}")) for role, who in links
    ]
    watching = asyncio.create_task(lines.watch())
    living = [asyncio.create_task(terminal.live()) for terminal in terminals]
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.readline()
    house.is_quiet = True
    ending = asyncio.create_task(reader.read())
    while (house.asked or not all(task.done() for task in living)) and not ending.done():
        await asyncio.sleep(0.02)
    watching.cancel()
    house.counts["cuts"], house.counts["busy"] = lines.cuts, lines.busy
    for task in living:
        if task.done() and not task.cancelled() and (error := task.exception()) is not None:
            house.odd[f"a terminal died of {error!r}"] += 1
    for task in living:
        task.cancel()
    if living:
        await asyncio.wait(living, timeout=1.0)
    waiting = [(identity, asked) for identity, asked in house.asked.items()]
    said = {"calls": house.calls, "waiting": waiting, "counts": house.counts, "odd": house.odd}
    (folder / f"history-{house.number}").write_bytes(msgspec.msgpack.encode(said))
    os._exit(0)  # whoever still waits for a host that stays down is not waited for


if __name__ == "__main__":
    uvloop.run(run(json.loads(sys.argv[1])))
