"""What the writer is asked in the proofs: batches drawn from a seed, the same at every run, and of every kind.

A fifth of the batches are of one request, the others of 2 to 12: forms, signatures, deposits, reprints, corrections
by two people, refusals, repeats of old requests, and each `DAY_EVERY` batches an evening and a new business day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from ledger.engine import Asked
from ledger.kinds.buka_hari import BukaHari
from ledger.kinds.cetak_ulang import CetakUlang
from ledger.kinds.koreksi_setoran import KoreksiSetoran
from ledger.kinds.setoran_awal import SetoranAwal
from ledger.kinds.spph_sah import SpphSah
from ledger.kinds.tutup_bank import TutupBank
from ledger.kinds.tutup_hari import TutupHari
from ledger.kinds.tutup_setoran import TutupSetoran
from tests.ledger_fixtures import (
    BRANCHES,
    CENTRE,
    JUTA_20,
    SECOND,
    Desk,
    branch,
    desk_after_founding,
    form,
    office,
    seconds,
)

KAB = "3325"
TAPAK = "002/0101"
SERI = "11"
SUPERVISOR = "V0101"
DAY_EVERY = 150


def nik_of(person: int) -> str:
    """One of 99 x 9,999 men of Batang, all born on 1950-05-12; `person` counts from 0."""
    return f"{KAB}{1 + person // 9_999:02d}120550{1 + person % 9_999:04d}"


@dataclass
class Script:
    """Draws the batches of one run; what it knows of the ledger it reckons itself."""

    seed: int
    desk: Desk = field(default_factory=desk_after_founding)
    forms: int = 0
    signed: int = 0
    used: list[str] = field(default_factory=list)
    porsi: int = 0
    today: list[tuple[str, str]] = field(default_factory=list)
    old: list[Asked] = field(default_factory=list)

    def batches(self, count: int) -> Iterator[list[Asked]]:
        """`count` batches after the first one, which makes the second people known."""
        random = Random(self.seed)
        yield [self.desk.ask(*CENTRE, request) for request in seconds()]
        for number in range(1, count + 1):
            if number % DAY_EVERY == 0:
                hari = (date.fromisoformat(self.desk.hari) + timedelta(days=1)).isoformat()
                yield self.evening(hari)
                self.desk.hari, self.today = hari, []
                self.desk.waktu_us += 3_600_000_000
                continue
            self.desk.waktu_us += random.randrange(1_000, 90_000_000)
            size = 1 if random.random() < 0.2 else random.randint(2, 12)
            batch = [self._draw(random) for _ in range(size)]
            self.old = (self.old + batch)[-200:]
            yield batch

    def evening(self, hari: str) -> list[Asked]:
        """The branches and the bank cut off, the day is closed by two people, the next one opened."""
        cut = [TutupSetoran(*tapak.split("/")) for tapak in BRANCHES if tapak.startswith(TAPAK[:4])]
        asked = [self.desk.ask(*CENTRE, request) for request in (*cut, TutupBank(TAPAK[:3]))]
        asked.append(self.desk.ask(*CENTRE, TutupHari(self.desk.hari), penyetuju=SECOND))
        return [*asked, self.desk.ask(*CENTRE, BukaHari(hari))]

    def _draw(self, random: Random) -> Asked:
        chance = random.random()
        if chance < 0.04 and self.old:
            return random.choice(self.old)
        if chance < 0.08:
            return self.desk.ask(*branch(TAPAK), SetoranAwal(f"{KAB}{self.forms + 900_000:07d}", JUTA_20))
        if chance < 0.11 and self.today:
            return self._correct(*random.choice(self.today))
        if chance < 0.15 and self.today:
            return self.desk.ask(*branch(TAPAK), CetakUlang(random.choice(self.today)[0], "kertas macet"))
        if chance < 0.50 and self.used:
            return self._deposit(self.used.pop(0))
        if chance < 0.75 and self.signed < self.forms:
            self.signed += 1
            self.used.append(f"{KAB}{self.signed:07d}")
            return self.desk.ask(*office(KAB, signer=True), SpphSah(self.used[-1]))
        self.forms += 1
        return self.desk.ask(*office(KAB), form(nik=nik_of(self.forms - 1)))

    def _deposit(self, nomor: str) -> Asked:
        self.porsi += 1
        self.today.append((f"{SERI}{self.porsi:08d}", nomor))
        return self.desk.ask(*branch(TAPAK), SetoranAwal(nomor, JUTA_20))

    def _correct(self, porsi: str, nomor: str) -> Asked:
        self.today.remove((porsi, nomor))
        self.used.append(nomor)  # the form is SAH again
        return self.desk.ask(*branch(TAPAK), KoreksiSetoran(porsi, "salah orang"), penyetuju=SUPERVISOR)
