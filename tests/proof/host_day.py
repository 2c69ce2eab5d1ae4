"""A day of the whole host under the recorder, to its close, and the power cut at every call of it.

    python -m tests.proof.host_day PLAN

Recorded is all that the host's process, its checkpoints and the steps of its evening write below its folder, and what
`siskohat-server sandi` does there; the witness lies in it too. What was answered stands in the same stream: "K n" when
an answer named entry n (recorded_host.py), "P" when a password was set.

The oracle of a state: a host can be made of it, which holds the journal against anchors and witness; what `replay`
asks of journal, keys and books; every confirmation file that an entry names lies there as it was delivered, and its
name beside it; everybody has the password of the morning, or the one that was set; a close has its anchor, there or
made good, byte for byte that of the run. Every so often a request is asked again, and the evening's match made again.
"""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import sys
from collections.abc import Awaitable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import msgspec

from ledger import vault
from ledger.codec import decode_entry
from ledger.engine import Asked, Repeat
from ledger.kinds.konfirmasi_terima import KonfirmasiTerimaFacts
from ledger.kinds.setoran_awal import SetoranAwal
from ledger.records import Entry, Origin, origin_of
from ledger.store import Store
from tests.e2e.plain_terminal import Terminal, connect
from tests.e2e.test_evening import DONE, OPEN, SIGN, Evening
from tests.evening_country import (
    BANK,
    HEAD,
    PEJABAT,
    PETUGAS,
    TELLERS,
    bank_only,
    confirmation,
    form,
    found_evening,
    host_side,
)
from tests.host_fixtures import CLOCK, HARI, NINE_US, OPERATOR, OPERATOR_2, SETORAN, HostProcess, person, run_command
from tests.ledger_fixtures import head_of
from tests.proof import stream
from tests.proof.disk import MARKS, Disk, Event, read_log, snapshot
from tests.proof.recorded_host import MARK_INODE, Marks
from tests.proof.replay import MAP_BYTES, Cutter, Judge, Plan, Truth, ended_with, play
from txserver.config import load
from txserver.credentials import PROFILES, Credentials
from txserver.evening import child
from txserver.evening.job import Job
from txserver.host import Host
from txserver.settlement.records import TAMBAH

FOUNDED = {"0101": 12, "0102": 8, "0103": 5}
"""Deposits of each branch before the recording begins."""
SCRATCH = ("ledger/petang", "ledger/laporan", "ledger/masuk")
"""Not followed: made anew, after a start of the machine, from journal and kept files; and what was uploaded but not
taken in yet, which nobody has an answer for.
"""
KEPT, ANCHORS = "ledger/konfirmasi/", "ledger/jangkar"
AGAIN_EVERY = 40
USER, NEW = PEJABAT.user, "sandi-yang-baru"
DISK = "disk"


# --- the day ---------------------------------------------------------------------------------------------------------


def record(work: Path, preload: Path, forms: int, plant: str = "") -> Plan:
    """Record a day with so many forms more, each signed and paid for; what is needed to replay it."""
    root, log, start = work / DISK, work / "log", work / "start.pickle"
    (root / "saksi").mkdir(parents=True)
    log.touch()
    with patch.object(vault, "SLOTS_AHEAD", stream.SLOTS_AHEAD):
        found_evening(root / "ledger", FOUNDED, 1)
    witness = root / "saksi" / "kepala.json"
    witness.write_text(run_command("ledger", "head", root / "ledger", "--json")[1])
    entries = head_of(root / "ledger")
    start.write_bytes(pickle.dumps(snapshot(root)))
    recorder = {"LD_PRELOAD": str(preload), "PROOF_ROOT": str(root), "PROOF_LOG": str(log), "PROOF_PLANT": plant}
    marks = Marks(log)
    marks.begin(str(root / MARKS))
    settings = {"edges": 0, "witness": witness, "checkpoint_entries": 100, "map_bytes": MAP_BYTES}
    with patch.dict(os.environ, recorder):
        evening = Evening(root, partial(HostProcess, program=("-m", "tests.proof.recorded_host"), **settings))
    try:
        asyncio.run(morning(evening.host.url, forms))
        sandi = ("txserver", "sandi", USER, "--data", str(evening.ledger))
        assert run_command(*sandi, given=NEW + "\n", **recorder)[0] == 0
        marks.put("P")
        close_the_day(evening)
        assert evening.host.end() == 0, evening.host.errors
    finally:
        evening.host.end(9)
    return Plan(
        log=str(log), root=str(root), start=str(start), work=str(work / "cut"), seed=forms, commits=0, entries=entries
    )


async def morning(url: str, forms: int) -> None:
    """Forms are issued one by one, signed, and paid for in three branches at once."""
    async with (
        connect(url) as officer,
        connect(url) as official,
        connect(url) as a,
        connect(url) as b,
        connect(url) as c,
    ):
        people = (officer, PETUGAS), (official, PEJABAT), *zip((a, b, c), TELLERS.values(), strict=True)
        stan = {terminal: (await terminal.sign_on(*person(origin)))["stan"] for terminal, origin in people}

        async def post(terminal: Terminal, *body: Any) -> dict[str, Any]:
            stan[terminal] += 1
            answer = await terminal.ask("POST", 0, stan[terminal], HARI, list(body))
            assert answer[0] == "ACCEPTED", answer
            said: dict[str, Any] = answer[6]
            return said

        waiting: list[Awaitable[Any]] = []
        for n in range(forms):
            new = form(1_000 + n)
            issued = await post(officer, "SPT", *(getattr(new, name) for name in new.__struct_fields__))
            nomor = issued["nomor_spph"]
            await post(official, "SPS", nomor)
            waiting.append(post((a, b, c)[n % 3], "STA", nomor, SETORAN))
            if len(waiting) == 3:
                await asyncio.gather(*waiting)
                waiting.clear()
        await asyncio.gather(*waiting)


def close_the_day(evening: Evening) -> None:
    """Cut off, confirmed with one record missing and one too many, matched, cured, passed on, closed."""

    def eod(code: int, who: Origin, *arguments: str, second: bool = False) -> Any:
        done, said = evening.eod(who, *arguments, second=second)
        assert done == code, (arguments, done, said)
        return said

    eod(DONE, HEAD, "cutoff")
    agreed = host_side(evening.ledger)
    lost = agreed.pop()
    too_many = bank_only(lost.cabang, 9_000)
    eod(DONE, HEAD, "confirm", str(confirmation(evening.files, [*agreed, too_many])))
    eod(OPEN, HEAD, "match")
    items = {one["kelas"]: one["nomor"] for one in eod(OPEN, HEAD, "list")["selisih"]}
    eod(DONE, HEAD, "cure", items["HOST_ONLY"], "--cara", "TRANSFER", "--rujukan", "TRF-1", *SIGN, second=True)
    eod(DONE, HEAD, "cure", items["BANK_ONLY"], "--cara", "BALIK", "--rujukan", "REV-1", *SIGN, second=True)
    eod(DONE, HEAD, "confirm", str(confirmation(evening.files, [lost], "susulan.csv", TAMBAH)))
    eod(DONE, HEAD, "match")
    eod(DONE, HEAD, "transfer", "--rujukan", "BI-RTGS-77", *SIGN, second=True)
    eod(DONE, OPERATOR, "close", "--penyetuju", OPERATOR_2.user, second=True)


# --- the cuts --------------------------------------------------------------------------------------------------------


class DayTruth(Truth):
    """What the day ended with."""

    deposits: list[tuple[Asked, int]]
    morning: dict[str, str]
    """Password hashes by user, before the day."""
    evening: dict[str, str]
    """And behind it."""
    files: dict[str, bytes]
    """What lies below KEPT and in the folder of anchors, by name."""

    @classmethod
    def of(cls, plan: Plan) -> DayTruth:
        ledger = Path(plan.root) / "ledger"
        bodies, slots = ended_with(ledger)
        made = cls(bodies, slots, {}, [], {})
        entries = [decode_entry(body) for body in bodies]
        made.deposits = [(asked(entry), entry.stamp.seq) for entry in entries if entry.kind == "STA"]
        users = sorted({entry.facts.user for entry in entries if entry.kind in {"GEN", "PGN"}})
        before = Path(plan.work).with_name("sandi")
        before.mkdir(exist_ok=True)
        start: dict[str, tuple[int, bytes]] = pickle.loads(Path(plan.start).read_bytes())
        (before / "data.mdb").write_bytes(start["ledger/sandi/data.mdb"][1])
        made.morning, made.evening = hashes(before, users), hashes(ledger / "sandi", users)
        made.files = {
            path.relative_to(plan.root).as_posix(): path.read_bytes()
            for top in (KEPT, ANCHORS) for path in (Path(plan.root) / top).iterdir()
        }  # fmt: skip
        return made


def hashes(path: Path, users: list[str]) -> dict[str, str]:
    credentials = Credentials.open(path)
    try:
        return {user: credentials.hash_of(user) for user in users}
    finally:
        credentials.close()


def asked(entry: Entry) -> Asked:
    """The request that became this deposit."""
    stamp = entry.stamp
    bank, cabang, device = stamp.perangkat.split("/")
    return Asked(
        origin_of(bank, cabang, device, stamp.user), stamp.stan, stamp.hari,
        SetoranAwal(entry.facts.nomor_spph, SETORAN), NINE_US,
    )  # fmt: skip


class DayJudge(Judge):
    """Makes a whole host of each state."""

    truth: DayTruth
    is_set = is_published = False
    job: Job | None = None

    def open(self, ledger: Path, turn: int) -> Store:
        given = {"data": str(ledger), "witness": str(ledger.with_name("saksi") / "kepala.json"), "clock": CLOCK}
        settings = load(None, {}, given | {"map_bytes": MAP_BYTES})

        async def made() -> Host:
            return Host(settings, random=Random(turn).randbytes)

        self.host = asyncio.run(made())
        return self.host.store

    def more(self, store: Store) -> None:
        head = store.journal.head
        self.job = None
        for body in self.truth.bodies[:head]:
            if isinstance(facts := decode_entry(body).facts, KonfirmasiTerimaFacts):
                self._same(store, KEPT + facts.sidik_berkas, "a file that an entry names")
                self._same(store, f"{KEPT}{facts.sidik_berkas}.json", "the name of a file")
                self.job = self.host.evening._steps._job("match", BANK, HARI)
                self.counts["files held"] += 1
        for user, old in self.truth.morning.items():
            found, new = self.host.credentials.hash_of(user), self.truth.evening[user]
            assert found == new or (found == old and not self.is_set), "a password is not the one that was set"
        if hari := store.books.hari_tutup:
            self.host.evening._publish(hari)
            for kind in ("json", "txt"):
                self._same(store, f"{ANCHORS}/{hari}.{kind}", "an anchor")
            self.counts["anchors held"] += 1
            self.is_published = True

    def _same(self, store: Store, name: str, what: str) -> None:
        path = store.path.parent / name
        assert path.is_file(), f"{what} is not there"
        assert path.read_bytes() == self.truth.files[name], f"{what} is not as it was"

    def close(self, store: Store) -> None:
        self.host.passwords.close()
        self.host.credentials.close()
        store.close()

    def judge(self, image: Any, acked: int, allowed: int, batch: int, books_are: tuple[int, ...], turn: int) -> None:
        self.is_published = False
        super().judge(image, acked, allowed, batch, books_are, turn)
        if self.is_published:
            image.spoilt()
        if turn % AGAIN_EVERY == 0 and self.job is not None:
            self.counts["matched again"] += 1
            said: list[Any] = []
            child.match(self.job, said.append)
            deposits = sum(seq <= said[0]["head"] for _, seq in self.truth.deposits)
            assert said[0]["host_n"] == deposits, (said[0], deposits)
            image.spoilt()

    def _go_on(self, store: Store, batch: int) -> None:
        """The last deposit that is there comes again, and gets its number."""
        self.counts["gone on"] += 1
        there = [(one, seq) for one, seq in self.truth.deposits if seq <= store.journal.head]
        outcome = store.post_batch([there[-1][0]])[0]
        assert isinstance(outcome, Repeat), outcome
        assert outcome.seq == there[-1][1], "asked again, and another number was given"


class DayCutter(Cutter):
    """Takes the marks of `Marks`."""

    judges = DayJudge
    judge: DayJudge

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.allowed = len(self.truth.bodies)
        """Whether more is there than was asked for is not followed: entries must be those of the run."""

    def _mark(self, event: Event) -> None:
        word, *rest = event.data.decode().split()
        if word == "P":
            self.judge.is_set = True
        else:
            self.acked = int(rest[0])


def followed(plan: Plan) -> list[Event]:
    """The stream without what is made anew (SCRATCH)."""
    root = Path(plan.root)
    folders = [root / name for name in SCRATCH]
    inodes = {path.stat().st_ino for top in folders for path in (top, *top.rglob("*")) if path.is_dir()}
    events: list[Event] = []
    for event in read_log(Path(plan.log), root):
        if event.op == "C" and not event.path.startswith(SCRATCH):
            inodes.discard(event.inode)  # used again
        if event.path.startswith(SCRATCH):
            inodes.add(event.inode)
        elif not event.inode or event.inode not in inodes:
            events.append(event)
    return events


def unlike(plan: Plan, events: list[Event]) -> list[str]:
    """Files that are not what the stream makes of them: a call that the recorder did not see."""
    disk = Disk(pickle.loads(Path(plan.start).read_bytes()))
    for event in events:
        if event.inode != MARK_INODE:
            disk.take(event)
    names = disk.names_after(len(disk.pending_names))
    for piece in disk.pending():
        disk.files[piece.inode].put(piece)
    mine = {name: bytes(disk.files[inode].sure) for name, inode in names.items() if inode}
    there = {
        name: data for name, (inode, data) in snapshot(Path(plan.root)).items()
        if inode and not name.startswith((*SCRATCH, "host.", "files/"))
    }  # fmt: skip
    return sorted(name for name in mine.keys() | there.keys() if mine.get(name) != there.get(name))


def run(plan: Plan) -> dict[str, Any]:
    """Every cut of a day."""
    events = followed(plan)
    assert (found := unlike(plan, events)) == [], f"the recorder has missed something: {found}"
    if plan.forgets:
        lost = {event.inode for event in events if event.op == "C" and event.path.startswith(plan.forgets)}
        events = [event for event in events if event.op != "S" or event.inode not in lost]
    # Key slots by the hundred and the light hash: both are made whenever a host is.
    with patch.object(vault, "SLOTS_AHEAD", stream.SLOTS_AHEAD), patch.dict(PROFILES, penuh=PROFILES["ringan"]):
        return play(plan, partial(DayCutter, plan, events, DayTruth.of(plan)))


def main() -> None:
    print(json.dumps(run(msgspec.json.decode(sys.argv[1], type=Plan))))


if __name__ == "__main__":
    main()
