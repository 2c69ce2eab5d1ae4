"""From raw answers and a ledger on disk to what `bench/check.py` judges; nothing here runs while the clock does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import cast

from bench.check import REFUSED, Call, Fault, Held
from bench.day import DayWork
from bench.founding import HARI
from bench.virtual_terminal import Seat
from bench.work import FloodWork
from bench.workload import Item, What
from ledger.codec import decode_row, open_row
from ledger.journal import Journal
from ledger.kinds import setoran_awal
from txserver.wire.frames import Accepted, Refused, decode_from_host


@dataclass(slots=True)
class Tally:
    """What all workstations were told. `unexpected` names answers that the plan did not foresee."""

    requested: int = 0
    granted: int = 0
    unanswered: int = 0
    replayed: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    unexpected: Counter[str] = field(default_factory=Counter)
    calls: list[Call] = field(default_factory=list)


def collect(seats: Sequence[Seat], plan: Sequence[Sequence[Item]]) -> Tally:
    """Read every answer to a POST, in the order of each workstation."""
    tally = Tally()
    for seat, items in zip(seats, plan, strict=True):
        work = cast("FloodWork | DayWork", seat.work)
        prefix = f"{seat.station.origin.perangkat}/{HARI}/"
        expected = [item.what.expect for item in items if item.what is not What.REPRINT]
        tally.requested += len(expected)
        rows = zip_longest(work.asked, work.answered, work.answers)
        for stan, (asked, answered, message) in enumerate(rows, 1):
            if message is None:
                tally.calls.append(Call(f"{prefix}{stan}", asked))
            else:
                _read(tally, stan, Call(f"{prefix}{stan}", asked, answered), message, expected[stan - 1])
        tally.unanswered += len(expected) - len(work.answers)
        if isinstance(work, DayWork):
            tally.unexpected["receipts were not printed"] += work.unprinted
            for stan, asked, answered, message in work.dropped:
                _read_dropped(tally, stan, Call(f"{prefix}{stan}", asked, answered), message)
    tally.unexpected = +tally.unexpected  # without what never happened
    return tally


def _read(tally: Tally, stan: int, call: Call, message: bytes, expect: str) -> None:
    answer = decode_from_host(message)
    if isinstance(answer, Accepted) and answer.stan == stan:
        tally.granted += 1
        tally.replayed += answer.ulang
        tally.calls.append(call._replace(seq=answer.seq, nomor=str(answer.data.get("nomor_porsi"))))
        if expect:
            tally.unexpected[f"granted instead of {expect}"] += 1
    elif isinstance(answer, Refused) and answer.nomor == stan:
        tally.refused[answer.id] += 1
        tally.calls.append(call._replace(seq=REFUSED))
        if answer.id != expect:
            tally.unexpected[f"{answer.id} instead of {expect or 'a porsi'}"] += 1
    else:
        tally.unexpected[f"STAN {stan} was answered {type(answer).__name__} of another"] += 1
        tally.calls.append(call)


def _read_dropped(tally: Tally, stan: int, call: Call, message: bytes) -> None:
    """An answer that got lost on its way: the ledger must hold it all the same, and the repeat must say so."""
    answer = decode_from_host(message)
    if isinstance(answer, Accepted) and answer.stan == stan:
        tally.calls.append(call._replace(seq=answer.seq, nomor=str(answer.data.get("nomor_porsi"))))
    else:
        tally.unexpected["an answer to be lost was no ACCEPTED"] += 1


def held(path: Path, after: int = 0) -> Iterator[Held]:
    """The deposits in a ledger directory from behind entry `after`, in order."""
    journal = Journal.open(path / "journal", writable=False)
    try:
        for seq, body in journal.read(after + 1):
            row = decode_row(body)
            if row.kind != setoran_awal.KIND.code:
                continue
            facts = open_row(row).facts
            assert isinstance(facts, setoran_awal.SetoranAwalFacts), "the kind says so"
            nomor = facts.nomor_porsi
            identity = f"{row.bank}/{row.cabang}/{row.device}/{row.hari}/{row.stan}"
            yield Held(identity, seq, nomor, nomor[:2], int(nomor[2:]), row.waktu_us)
    finally:
        journal.close()


@dataclass(frozen=True, slots=True)
class LedgerSize:
    """What lies on disk: entries, the hash of the last in hex, and bytes of the journal's file for each."""

    entries: int
    head: str
    bytes_per_entry: float


def size_of(path: Path) -> LedgerSize:
    """Measure a ledger directory at rest."""
    journal = Journal.open(path / "journal", writable=False)
    entries, head = journal.head, journal.head_hash.hex()
    journal.close()
    file_bytes = (path / "journal" / "data.mdb").stat().st_size
    return LedgerSize(entries, head, round(file_bytes / max(entries, 1), 1))


def count(faults: Sequence[Fault]) -> dict[str, int]:
    """Faults by the words of the report: what the ledger lacks, grants twice, skips, or puts in the wrong order."""
    rules = Counter(fault.rule for fault in faults)
    return {
        "lost": rules["R5"],
        "duplicates": rules["R1"] + rules["R4"],
        "gaps": rules["R2"],
        "order_violations": rules["R3"] + rules["R7"],
    }
