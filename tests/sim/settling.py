"""What banks know of their own days, what they get wrong on purpose, and the judgement on how it was found and ended.

A bank's book is what its tellers were told. It confirms out of that book, with mistakes that are noted; so the host's
match is held against something that did not come out of the ledger.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from random import Random
from typing import Any

from bench.check import Fault
from bench.planting import Planted, plant
from ledger.records import Entry
from tests.ledger_fixtures import JUTA_20
from txserver.settlement.csv_form import write
from txserver.settlement.records import Confirmed, Expected, kepala_of

Key = tuple[str, str]
"""Day, bank."""


@dataclass
class BankBook:
    """Everything of one bank's day that the bank knows."""

    records: dict[str, Confirmed] = field(default_factory=dict)
    """By porsi."""
    told: set[str] = field(default_factory=set)
    """Porsi that the bank's first file has named."""
    planted: list[Planted] = field(default_factory=list)
    content: bytes = b""

    def deliver(self, key: Key, rate: float, random: Random) -> bytes:
        """The confirmation as a file: the same bytes again, once it was made."""
        if not self.content:
            right = list(self.records.values())
            wrong = sum(random.random() < rate for _ in right)
            hari, bank = key
            records, self.planted = plant(bank, right, wrong, random, random.randrange(4))
            self.told = {one.nomor_porsi for one in records}
            kepala = kepala_of(Expected(bank, hari, "STA"), records)
            self.content = b"".join(write(kepala, records))
        return self.content

    def put_right(self, key: Key) -> None:
        """The next file says it as it is: what was short was transferred, what was wrong is corrected."""
        hari, bank = key
        right = list(self.records.values())
        self.content = b"".join(write(kepala_of(Expected(bank, hari, "STA"), right), right))

    @property
    def sidik(self) -> str:
        """SHA-256 of the file."""
        return sha256(self.content).hexdigest()


class Books:
    """The books of all banks."""

    def __init__(self) -> None:
        self.days: defaultdict[Key, BankBook] = defaultdict(BankBook)

    def taken(self, tapak: str, device: str, hari: str, stan: int, seq: int, nomor_porsi: str) -> None:
        """A teller was told a porsi."""
        bank, cabang = tapak.split("/")
        one = Confirmed(nomor_porsi, JUTA_20, "IDR", hari, cabang, stan, seq, "", "", device)
        self.days[hari, bank].records[nomor_porsi] = one

    def reversed(self, bank: str, hari: str, nomor_porsi: str) -> None:
        """A teller was told that a deposit is reversed."""
        self.days[hari, bank].records.pop(nomor_porsi, None)


class Evenings:
    """An account of every bank's day, kept from the entries alone."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._live: dict[str, Key] = {}
        self._ended: set[str] = set()
        self._passed: Counter[Key] = Counter()
        self._open: dict[str, Any] = {}
        self._cured: Counter[str] = Counter()
        self._found: defaultdict[Key, list[Planted]] = defaultdict(list)
        self._settled: dict[Key, int] = {}
        self.counts: Counter[str] = Counter()
        self.faults: list[Fault] = []

    def take(self, entry: Entry) -> None:
        """The next entry."""
        facts, stamp = entry.facts, entry.stamp
        if entry.kind == "STA":
            self._live[facts.nomor_porsi] = (stamp.hari, stamp.bank)
        elif entry.kind in {"KOR", "BTP"}:
            self._ended.add(facts.nomor_porsi)
            key = self._live.pop(facts.nomor_porsi)
            if key in self._settled:
                self._fault(key, f"entry {stamp.seq} reverses a deposit of a settled day")
        elif entry.kind in {"SLS", "SEM", "PLD", "SLH"}:
            self._evening(entry.kind, facts, (facts.hari_konfirmasi, facts.kode_bank), stamp.seq)
        if entry.kind in {"TSC", "TSB", "KFT", "PCK", "SLS", "SEM", "BTP", "SNU", "SNP", "PLD", "BYS", "SLK", "SLH"}:
            self.counts[entry.kind] += 1

    def _evening(self, kind: str, facts: Any, key: Key, seq: int) -> None:
        if key in self._settled:
            self._fault(key, f"entry {seq} ({kind}) of a settled day")
        if kind == "SLS":
            self._open[facts.nomor_selisih] = facts
            self._found[key].append(as_planted(facts))
        elif kind == "SEM":
            self._cured[facts.nomor_selisih] += 1
            del self._open[facts.nomor_selisih]
        elif kind == "PLD":
            self._passed[key] += facts.n_rekaman
        else:
            self._settled[key] = facts.n_rekaman
            live = sum(one == key for one in self._live.values())
            if not live == self._passed[key] == facts.n_rekaman:
                self._fault(key, f"{live} deposits, {self._passed[key]} passed on, {facts.n_rekaman} settled")
            if any((one.hari_konfirmasi, one.kode_bank) == key for one in self._open.values()):
                self._fault(key, "settled with an open difference")

    def judge(self) -> Iterator[Fault]:
        """What is wrong, when all entries have been told."""
        yield from self.faults
        if max(self._cured.values(), default=1) > 1:
            yield Fault("EVENING", "a difference was cured twice")
        for key, found in self._found.items():
            yield from self._false_alarms(key, found)
        for key in self._settled:
            missed = Counter(self._books.days[key].planted) - Counter(self._found[key])
            for one in missed.elements():
                if one.kelas == "BANK_ONLY" or one.nomor_porsi not in self._ended:
                    yield Fault("EVENING", f"{key}: not found: {one}")

    def _false_alarms(self, key: Key, found: list[Planted]) -> Iterator[Fault]:
        book = self._books.days[key]
        for one in (Counter(found) - Counter(book.planted)).elements():
            is_late = one.kelas == "HOST_ONLY" and one.nomor_porsi not in book.told
            is_reversed = one.kelas == "BANK_ONLY" and one.nomor_porsi in self._ended
            if not (is_late or is_reversed):
                yield Fault("EVENING", f"{key}: found, and nobody got it wrong: {one}")

    def _fault(self, key: Key, what: str) -> None:
        self.faults.append(Fault("EVENING", f"{key}: {what}"))


def as_planted(facts: Any) -> Planted:
    """A difference of the ledger as it was planted."""
    return Planted(
        facts.kode_bank, facts.kelas, facts.kode_cabang, facts.device, facts.stan, facts.nomor_porsi,
        facts.nominal_host, facts.nominal_bank, facts.rrn,
    )  # fmt: skip
