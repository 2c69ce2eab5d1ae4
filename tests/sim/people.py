"""The people at the terminals, each with the product's own `Link`: they work, err, change shifts, and lose power."""

from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING, Any

from ledger.kinds.cetak_ulang import CetakUlang
from ledger.kinds.koreksi_setoran import KoreksiSetoran
from ledger.kinds.laci_buka import LaciBuka
from ledger.kinds.laci_serah import LaciSerah
from ledger.kinds.laci_tutup import LaciTutup
from ledger.kinds.setoran_awal import SetoranAwal
from ledger.kinds.silang_kandepag import SilangKandepag
from ledger.kinds.spph import SpphBaru
from ledger.kinds.spph_sah import SpphSah
from ledger.records import Origin
from terminal.dial import HostUnreachable, LinkLimits, SessionClosed
from terminal.kept import KeptRequest
from terminal.link import Link
from terminal.waiting import is_of_question
from tests.ledger_fixtures import JUTA_20
from tests.sim.country import HARI, SANDI, SECOND, Seat, person, supervisor_of
from tests.sim.history import Identity
from tests.sim.wires import Lines
from txserver.wire.frames import Accepted, InquiryCabang, InquiryPermintaan, InquirySpph, Post, Refused

if TYPE_CHECKING:
    from tests.sim.world import World

LIMITS = LinkLimits()
BACKLOG_MAX = 40
GIVEN_BACK = frozenset(
    {"SKH2001", "SKH6001", "SKH6002", "SKH6005", "SKH6007", "SKH7009", "SKH9003", "SKH9004", "SKH9011", "SKH9015"}
)
"""Refusals after which the paper is still good."""
CLOSED_DAY_S = 1_800.0
ALONE_SHARE = 0.2
AGAIN_MAX = 5
MORNING, EVENING = 6.0, 15.2
"""When people come and go, in hours WIB: in the east the branches open two hours before those of Jakarta."""


class Kept:
    """The kept request of one device, durable at once, as `terminal.kept.KeptFolder` is."""

    def __init__(self, world: World, random: Random) -> None:
        self._world = world
        self._random = random
        self._kept: KeptRequest | None = None
        self.last: KeptRequest | None = None
        """The last one that was kept, also when it has its answer."""

    def write(self, who: Origin, post: Post) -> None:
        world = self._world
        if not world.is_quiet and self._random.random() < world.setting.terminal_disk:
            world.note_fault("terminal's disk")
            raise OSError("simulated")
        self._kept = self.last = KeptRequest(1, who.bank, who.cabang, who.device, who.user, post)
        world.history.asked((who.perangkat, post.hari, post.stan), post.body)

    def read(self, who: Origin) -> KeptRequest | None:
        return self._kept

    def drop(self, who: Origin) -> None:
        self._kept = None


class Station:
    """One workstation and whoever sits at it, from six in the morning until he `leaves`."""

    leaves = EVENING

    def __init__(self, world: World, seat: Seat, number: int) -> None:
        self.world, self.seat, self.setting = world, seat, world.setting
        self.random = Random(f"{world.seed}/station/{number}")
        self.kept = Kept(world, self.random)
        self.shift = 0
        self.is_served = False
        self._second = SECOND
        self.told: Identity = ("", "", 0)
        """The request whose answer is being told."""
        self.start(self.random.uniform(0, self.setting.opening_s))

    @property
    def who(self) -> Origin:
        return self.seat.users[self.shift % len(self.seat.users)]

    def start(self, after_s: float) -> None:
        """Switch on."""
        self.lines = Lines(self.world, self.random, LIMITS)
        loop = self.world.loop
        self.link = Link(self.lines, self.kept, chance=self.random, limits=LIMITS, monotonic=loop.time)  # type: ignore[arg-type]
        self.link.listen(lambda _: None)
        self.task = loop.create_task(self._live(after_s))

    def power_off(self) -> None:
        """Everything of this terminal is gone but its kept request."""
        self.task.cancel()
        if self.link._task is not None:
            self.link._task.cancel()
        self.lines.power_off()
        self.start(self.random.uniform(5, 300))

    async def pause(self, seconds: float) -> None:
        """Wait; the quiet phase ends every wait."""
        await self.world.pause(seconds)

    # ------------------------------------------------------------------------------------------------------- session

    async def _live(self, after_s: float) -> None:
        await asyncio.sleep(after_s)
        while not self.is_served:
            try:
                await self._sign_on()
                await self._work()
            except HostUnreachable:
                if len(self.seat.users) > 1 and self.random.random() < 4 * self.setting.shift:
                    self.shift += 1  # somebody else has a try
                await asyncio.sleep(self.random.uniform(1, 30))
            except SessionClosed as error:
                self.world.counts[f"session over {error.id}"] += 1
                if error.id == "SKH7012":
                    self.world.reset_password(self.who.user)
                elif error.id == "SKH7016":
                    self.world.release(self.who.perangkat)
                await asyncio.sleep(self.random.uniform(1, 30))

    def _password(self) -> str:
        if not self.world.is_quiet and self.random.random() < self.setting.wrong_password:
            self.world.note_fault("wrong password")
            return "keliru"
        return SANDI

    async def _sign_on(self) -> None:
        await self.link.sign_on(self.who, self._password())
        self.world.counts["sign-ons"] += 1
        kept = self.link.kept()
        if kept is not None:
            answer = await self.link.ask_again(kept)
            self._settled(kept.post.hari, answer)

    async def _work(self) -> None:
        while not self.world.is_quiet:
            await self.pause(self.random.expovariate(1 / self.setting.think_s))
            hour = self.world.hour
            if not MORNING <= hour < self.leaves:
                await self.pause(3_600 * ((MORNING - hour) % 24) + self.random.uniform(0, 600))
            if self.world.is_quiet:
                break
            if len(self.seat.users) > 1 and self.random.random() < self.setting.shift:
                self.world.note_fault("change of shift")
                await self.link.sign_off()
                self.shift += 1
                return
            await self.act()
        await self._last()

    async def _last(self) -> None:
        """The quiet phase: who still gets an answer is served, and goes home."""
        who = self.who
        await self.link.inquire(InquiryPermintaan(who.bank, who.cabang, who.device, 1, HARI))
        self.is_served = True

    # ------------------------------------------------------------------------------------------------------ requests

    async def ask(self, body: Any) -> Accepted | Refused | None:
        """Post a request; None when the terminal could not keep it. Raises SessionClosed: it stays kept."""
        return await self._asked(body, self.link.post(body))

    async def ask_with(self, body: Any, second: str) -> Accepted | Refused | None:
        """Post a request that a second person signs."""
        self._second = second
        return await self._asked(body, self.link.approve(body, second, self._password()))

    async def _asked(self, body: Any, posting: Any) -> Accepted | Refused | None:
        try:
            answer: Accepted | Refused = await posting
        except OSError:
            self.given_back(body)
            return None
        if isinstance(answer, Refused) and is_of_question(answer):
            self.world.history.refused[answer.id] += 1
            if answer.id not in {"SKH7011", "SKH7012", "SKH9027"}:
                self.world.history.odd[f"{answer.id} to a signature"] += 1
            if answer.id == "SKH7012":
                self.world.reset_password(self._second)
            return answer
        self._settled("", answer)
        if isinstance(answer, Accepted) and self.kept.last is not None and self.kept.last.post.stan == answer.stan:
            await self._ask_again(self.kept.last, self.told)
        return answer

    async def _ask_again(self, kept: KeptRequest, identity: Identity) -> None:
        """The same request once more, or several times: the answer must be the same."""
        for _ in range(AGAIN_MAX):
            if kept.user != self.who.user or self.world.is_quiet or self.random.random() >= self.setting.again:
                return
            self.world.note_fault("asked again after the answer")
            self.world.history.answered(identity, await self.link.ask_again(kept))

    def _settled(self, hari: str, answer: Accepted | Refused) -> None:
        """A request of this device has got its answer."""
        stan = answer.stan if isinstance(answer, Accepted) else answer.nomor
        identity = (
            self.world.history.last_of(self.who.perangkat, stan) if not hari else (self.who.perangkat, hari, stan)
        )
        if self.world.history.answered(identity, answer):
            self.told = identity
            body = self.world.history.bodies[identity]
            if isinstance(answer, Accepted):
                self.done(body, answer)
            elif answer.id in GIVEN_BACK:
                self.given_back(body)

    def done(self, body: Any, answer: Accepted) -> None:
        """What an entry means to people."""
        world, kab = self.world, self.seat.kab
        if isinstance(body, SpphBaru):
            world.issued[kab].append(str(answer.data["nomor_spph"]))
        elif isinstance(body, SpphSah):
            world.signed[kab].append(body.nomor_spph)
        elif isinstance(body, KoreksiSetoran):
            world.signed[kab].append(str(answer.data["nomor_spph"]))
            world.banks.reversed(self.who.bank, self.told[1], body.nomor_porsi)
        elif isinstance(body, SetoranAwal):
            _, hari, stan = self.told
            world.banks.taken(self.who.tapak, self.who.device, hari, stan, answer.seq, str(answer.data["nomor_porsi"]))

    def given_back(self, body: Any) -> None:
        """The paper goes back on its heap."""
        if isinstance(body, SpphSah):
            self.world.issued[self.seat.kab].append(body.nomor_spph)
        elif isinstance(body, SetoranAwal):
            self.world.signed[self.seat.kab].append(body.nomor_spph)

    async def act(self) -> None:
        """One piece of work."""
        raise NotImplementedError

    async def look(self) -> None:
        """A question in between."""
        answer = await self.link.inquire(InquirySpph(f"{self.seat.kab}{self.random.randrange(1, 500):07d}"))
        self.world.counts["inquiries"] += 1
        if isinstance(answer, Refused) and answer.id != "SKH7018":
            self.world.history.odd[f"{answer.id} to an inquiry"] += 1


class Officer(Station):
    """Takes up forms."""

    async def act(self) -> None:
        world, kab = self.world, self.seat.kab
        if len(world.issued[kab]) + len(world.signed[kab]) > BACKLOG_MAX + self.setting.terminals:
            await self.look()
            return
        world.people[kab] += 1
        answer = await self.ask(person(kab, world.people[kab]))
        if isinstance(answer, Refused) and answer.id in {"SKH6005", "SKH6007"}:
            await self.pause(CLOSED_DAY_S)


class Official(Station):
    """Signs them."""

    async def act(self) -> None:
        heap = self.world.issued[self.seat.kab]
        if not heap or self.random.random() < self.setting.drawers / 10:
            await self._say_number()
            return
        answer = await self.ask(SpphSah(heap.popleft()))
        if isinstance(answer, Refused) and answer.id in {"SKH6005", "SKH6007"}:
            await self.pause(CLOSED_DAY_S)

    async def _say_number(self) -> None:
        """Now and then the office says how many of its pilgrims paid; else it looks."""
        info = self.link.info
        if info is None or self.random.random() >= self.setting.drawers:
            await self.look()
            return
        await self.ask(SilangKandepag(self.seat.kab, info.hari, self.random.randrange(50)))


class Teller(Station):
    """Takes deposits; presses Enter twice, has deposits reversed and printed again, and keeps a drawer."""

    async def act(self) -> None:
        heap = self.world.signed[self.seat.kab]
        if self.random.random() < self.setting.drawers:
            await self._drawer()
            return
        if not heap:
            await self.look()
            return
        body = SetoranAwal(heap.popleft(), JUTA_20)
        if self.random.random() < self.setting.double_enter:
            answer = await self._twice(body)
        else:
            answer = await self.ask(body)
        if isinstance(answer, Refused) and answer.id in GIVEN_BACK:
            await self.pause(CLOSED_DAY_S / 2)
        if isinstance(answer, Accepted) and self.random.random() < self.setting.correction:
            await self._correct(str(answer.data["nomor_porsi"]))
        elif isinstance(answer, Accepted) and self.random.random() < self.setting.drawers:
            await self.ask(CetakUlang(str(answer.data["nomor_porsi"]), "HILANG"))

    async def _drawer(self) -> None:
        """Open it, hand it over to the other shift, or count and close it."""
        other = next(user.user for user in self.seat.users if user != self.who)
        body = self.random.choice((LaciBuka(500_000), LaciSerah(other, JUTA_20), LaciTutup(205, 0, 0, 0, 0, 0, 0, 0)))
        await (self.ask_with(body, other) if isinstance(body, LaciSerah) else self.ask(body))

    async def _twice(self, body: SetoranAwal) -> Accepted | Refused | None:
        self.world.note_fault("double Enter")
        both = await asyncio.gather(self.ask(body), self.ask(body), return_exceptions=True)
        for one in both:
            if isinstance(one, BaseException):
                raise one
        if sum(isinstance(one, Accepted) for one in both) > 1:
            self.world.history.odd["one form, two deposits"] += 1
        return next((one for one in both if isinstance(one, Accepted)), both[0])  # type: ignore[return-value]

    async def _correct(self, nomor_porsi: str) -> None:
        body = KoreksiSetoran(nomor_porsi, "SALAH ORANG")
        if self.random.random() < ALONE_SHARE:
            self.world.note_fault("a correction that nobody else has signed")
            await self.ask(body)
        for _ in range(2 if self.random.random() < 0.3 else 1):
            await self.ask_with(body, supervisor_of(self.who.tapak))

    async def look(self) -> None:
        who, info = self.who, self.link.info
        if info is None or self.random.random() < 0.9:
            await super().look()
            return
        self.world.counts["inquiries"] += 1
        await self.link.inquire(InquiryCabang(who.bank, who.cabang, info.hari))
