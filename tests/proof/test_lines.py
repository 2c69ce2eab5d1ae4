"""T17: tellers behind lines of 9.6 to 512 kbit/s over a satellite, with losses, partitions and one-way silence.

The terminal's own link does the asking, and keeps its requests on disk as it does at a counter. What it was told is
held against the ledger by the rules R1-R5 and R7; when the lines are whole again every request must have come to its
end.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import monotonic

import pytest

from bench.check import REFUSED, Call, check
from bench.country import Station
from bench.evidence import held
from bench.opening_day import FLOOD_CLOCK, prepare
from bench.verdict import Options, Prepared
from bench.workload import AMOUNT_RUPIAH
from ledger.journal import Journal
from ledger.kinds import Request
from ledger.kinds.setoran_awal import SetoranAwal
from ledger.verify import verify
from terminal.dial import Dialler, HostUnreachable, LinkLimits
from terminal.events import LineDown, LinkEvent
from terminal.kept import KeptFolder
from terminal.link import Link
from tests.host_fixtures import HostProcess
from tests.proof.bad_line import BadLine, Profile, periods
from tests.proof.conftest import SCALE, Tell
from txserver.wire.frames import Accepted, Answer, Post, Refused

TELLERS = 3
"""At each line."""
FORMS_EACH = 700
VSAT_S = 0.3
"""One way: 600 ms there and back."""
QUICK = LinkLimits(
    connect_seconds_max=4, signon_seconds_max=8, answer_seconds_max=5, heartbeat_seconds=3,
    retry_seconds_first=0.3, retry_seconds_max=1.5,
)  # fmt: skip
"""The short form waits for a tenth of what a teller does."""
PLAN_SEED = 17


class HastyLink(Link):
    """The control: takes a wait that was too long for a refusal, and goes on."""

    async def _ask(self, frame: Post | object) -> Accepted | Refused | Answer:
        asking = asyncio.ensure_future(super()._ask(frame))  # type: ignore[arg-type]
        try:
            return await asyncio.wait_for(asyncio.shield(asking), self._limits.answer_seconds_max / 2)
        except TimeoutError:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            assert isinstance(frame, Post)
            return Refused(frame.line, frame.stan, "SKH9006", {})


@dataclass
class Seen:
    """What the tellers of one line were told."""

    profile: Profile
    calls: list[Call] = field(default_factory=list)
    waiting: dict[str, float] = field(default_factory=dict)
    """Requests that were asked and not answered, and when."""
    ends: Counter[str] = field(default_factory=Counter)
    cuts: int = 0
    repeats: int = 0
    longest_s: float = 0.0
    lost: int = 0
    held: int = 0

    def hear(self, event: LinkEvent) -> None:
        self.cuts += isinstance(event, LineDown)

    def counts(self) -> str:
        return (
            f"{self.ends['accepted']} deposits, {self.repeats} answered again, {self.cuts} cuts, "
            f"{self.lost} segments lost, {self.held} held, longest wait {self.longest_s:.1f} s"
        )


@dataclass
class Teller:
    """One teller at one line."""

    who: Station
    forms: list[str]
    link: Link
    seen: Seen

    async def work(self, until_s: float) -> None:
        """One deposit after the other until the time is over; the last one to its end."""
        assert self.link.info is not None
        hari = self.link.info.hari
        for stan, form in enumerate(self.forms, 1):
            if monotonic() > until_s:
                break
            origin = self.who.origin
            identity = f"{origin.bank}/{origin.cabang}/{origin.device}/{hari}/{stan}"
            await self._deposit(identity, SetoranAwal(form, AMOUNT_RUPIAH))
        await self.link.close()

    async def sign_on(self, sandi: str) -> None:
        while True:
            try:
                await self.link.sign_on(self.who.origin, sandi)
                return
            except HostUnreachable:
                await asyncio.sleep(0.2)

    async def _deposit(self, identity: str, body: Request) -> None:
        seen, asked = self.seen, monotonic()
        seen.waiting[identity] = asked
        answer = await self.link.post(body)
        del seen.waiting[identity]
        seen.longest_s = max(seen.longest_s, monotonic() - asked)
        if isinstance(answer, Accepted):
            assert identity.endswith(f"/{answer.stan}"), "an answer to another request"
            seen.calls.append(Call(identity, asked, monotonic(), answer.seq, str(answer.data["nomor_porsi"])))
            seen.ends["accepted"] += 1
            seen.repeats += answer.ulang
        else:
            seen.calls.append(Call(identity, asked, monotonic(), REFUSED))
            seen.ends[answer.id] += 1


@dataclass
class Run:
    """All lines at one host."""

    seen: list[Seen]
    rules: Counter[str]
    granted: int
    unanswered: int

    def faults(self) -> list[str]:
        """What is wrong with what the tellers were told."""
        wrong = [f"{rule} {count}" for rule, count in self.rules.items()]
        for seen in self.seen:
            wrong += [
                f"{seen.profile.name}: {count} ended {end}" for end, count in seen.ends.items() if end != "accepted"
            ]
        accepted = sum(seen.ends["accepted"] for seen in self.seen)
        if self.unanswered or self.granted != accepted:
            wrong.append(f"{self.unanswered} never answered, {accepted} accepted, {self.granted} granted")
        return wrong


async def run(
    folder: Path, profiles: list[Profile], work_s: float, limits: LinkLimits, rest_s: float, make: type[Link] = Link
) -> Run:
    """Lines, tellers behind them, and then the rest in which every request must end."""
    terminals = len(profiles) * TELLERS
    options = Options(terminals=terminals, registrations=terminals * FORMS_EACH)
    prepared = await asyncio.to_thread(prepare, options, folder / "ledger", _quiet)
    found = [Seen(profile) for profile in profiles]
    with HostProcess(prepared.data, "--clock", FLOOD_CLOCK) as host:
        address, _, port = host.url.removeprefix("http://").partition(":")
        lines = [BadLine(profile, address, int(port), seed) for seed, profile in enumerate(profiles)]
        ports = [await line.open() for line in lines]
        tellers = [
            _teller(prepared, station, ports[at], limits, folder, found[at], make)
            for number, station in enumerate(prepared.country.stations)
            for at in (number % len(profiles),)
        ]
        await asyncio.gather(*(teller.sign_on(prepared.sandi) for teller in tellers))
        for line in lines:
            line.begin()
        tasks = [asyncio.create_task(teller.work(monotonic() + work_s)) for teller in tellers]
        await asyncio.wait(tasks, timeout=work_s)
        for line in lines:
            line.heal()
        _, late = await asyncio.wait(tasks, timeout=rest_s)
        for task in late:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        for seen, line in zip(found, lines, strict=True):
            seen.lost, seen.held = line.up.lost + line.down.lost, line.up.held + line.down.held
            await line.close()
        assert host.end() == 0
        assert "Traceback" not in host.errors
    assert [end for end in ends if isinstance(end, Exception)] == []
    return _judged(prepared, found)


def _teller(
    prepared: Prepared, station: Station, port: int, limits: LinkLimits, folder: Path, seen: Seen, make: type[Link]
) -> Teller:
    dialler = Dialler(f"http://127.0.0.1:{port}/line", None, limits)
    kept = KeptFolder(folder / "kept" / str(station.number))
    link = make(dialler, kept, chance=Random(station.number), limits=limits)
    link.listen(seen.hear)
    return Teller(station, prepared.forms.signed[station.number], link, seen)


def _judged(prepared: Prepared, found: list[Seen]) -> Run:
    calls = [call for seen in found for call in seen.calls]
    calls += [Call(identity, asked) for seen in found for identity, asked in seen.waiting.items()]
    entries = list(held(prepared.data, prepared.entries))
    faults = check(calls, entries, prepared.forms.porsi)
    journal = Journal.open(prepared.data / "journal", writable=False)
    report = verify(journal)
    journal.close()
    assert report.verified, report.reason
    return Run(found, Counter(fault.rule for fault in faults), len(entries), sum(len(seen.waiting) for seen in found))


def _quiet(line: str) -> None:
    assert line


def short_profiles() -> list[Profile]:
    random = Random(PLAN_SEED)
    cut = periods(random, 13, 3, 4, 5)
    return [
        Profile("64 kbit/s, VSAT, 2% loss, partitions", 64_000, VSAT_S, 0.02, cut, cut),
        Profile("9.6 kbit/s, 10% loss, one way", 9_600, 0.1, 0.10, (), ((0.5, 7.0), (9.0, 12.5))),
    ]


def all_profiles(work_s: float) -> list[Profile]:
    random = Random(PLAN_SEED)

    def shut(longest_s: float, every_s: float) -> tuple[tuple[float, float], ...]:
        return periods(random, work_s - 10, 3, longest_s, every_s)

    brief, long, far = shut(10, 15), shut(60, 20), shut(60, 30)
    return [
        Profile("9.6 kbit/s", 9_600, 0.05),
        Profile("9.6 kbit/s, VSAT", 9_600, VSAT_S),
        Profile("9.6 kbit/s, VSAT, 2% loss", 9_600, VSAT_S, 0.02),
        Profile("9.6 kbit/s, VSAT, 10% loss", 9_600, VSAT_S, 0.10),
        Profile("64 kbit/s, 2% loss", 64_000, 0.05, 0.02),
        Profile("64 kbit/s, VSAT, 10% loss", 64_000, VSAT_S, 0.10),
        Profile("512 kbit/s, VSAT, 2% loss", 512_000, VSAT_S, 0.02),
        Profile("64 kbit/s, VSAT, partitions of 3-10 s", 64_000, VSAT_S, 0.0, brief, brief),
        Profile("512 kbit/s, VSAT, 2% loss, partitions of 3-60 s", 512_000, VSAT_S, 0.02, long, long),
        Profile("64 kbit/s, VSAT, nothing to the host", 64_000, VSAT_S, 0.0, shut(60, 20), ()),
        Profile("64 kbit/s, VSAT, nothing to the terminal", 64_000, VSAT_S, 0.0, (), shut(60, 20)),
        Profile("9.6 kbit/s, VSAT, 10% loss, partitions and one way", 9_600, VSAT_S, 0.10, far, (*far, (0.5, 12.0))),
    ]


def tell_all(tell: Tell, done: Run) -> None:
    tell(
        profiles=len(done.seen), deposits=done.granted, repeats=sum(seen.repeats for seen in done.seen),
        cuts=sum(seen.cuts for seen in done.seen), lost=sum(seen.lost for seen in done.seen),
        held=sum(seen.held for seen in done.seen), faults=len(done.faults()),
        **{seen.profile.name: seen.counts() for seen in done.seen},
    )  # fmt: skip


@pytest.mark.slow
async def test_two_lines(work: Path, tell: Tell) -> None:
    """And beside them the control, on a host of its own."""
    (work / "control").mkdir()
    mute = Profile("nothing to the terminal", 512_000, 0.01, 0.0, (), ((0.5, 5.5),))
    done, hasty = await asyncio.gather(
        run(work, short_profiles(), 13, QUICK, 20), run(work / "control", [mute], 6, QUICK, 10, HastyLink)
    )
    tell_all(tell, done)
    tell(control=sorted(hasty.rules))
    assert done.faults() == []
    assert done.granted >= 20
    assert sum(seen.lost for seen in done.seen) >= 3
    assert min(seen.held for seen in done.seen) >= 3
    assert sum(seen.cuts for seen in done.seen) >= 3
    assert sum(seen.repeats for seen in done.seen) >= 1, "an answer that was lost was asked for again"
    assert hasty.rules["R5"] >= 1, "the control: a wait taken for a refusal, of what the ledger holds"


@pytest.mark.proof
async def test_twelve_lines(work: Path, tell: Tell) -> None:
    work_s = 150.0 * SCALE
    done = await run(work, all_profiles(work_s), work_s, LinkLimits(), 150)
    tell_all(tell, done)
    assert done.faults() == []
    assert len(done.seen) == 12
    assert done.granted >= 1_500 * SCALE
    assert min(seen.ends["accepted"] for seen in done.seen) >= 10
    assert sum(seen.lost for seen in done.seen) >= 20
    assert sum(seen.held for seen in done.seen) >= 20
    assert sum(seen.repeats for seen in done.seen) >= 3
