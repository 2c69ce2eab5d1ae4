"""The host's side of the evening, streamed from the journal: which deposits of a day a bank has to confirm.

Dasar: D/163 pasal 7(5), 7(6).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from ledger.codec import decode_row, open_row
from ledger.errors import JournalCorrupt
from ledger.journal import Journal
from ledger.ketentuan import IDR
from ledger.kinds.koreksi_setoran import KIND as KOR
from ledger.kinds.koreksi_setoran import KoreksiSetoranFacts
from ledger.kinds.setoran_awal import KIND as STA
from ledger.kinds.setoran_awal import SetoranAwalFacts
from txserver.settlement.records import Confirmed

WIB = timedelta(hours=7)


class HostRecord(Struct, frozen=True, gc=False):
    """One deposit as the host has it. `seq` is its entry number, which a bank knows as RRN."""

    seq: int
    nomor_porsi: str
    nominal: int
    mata_uang: str
    hari: str
    cabang: str
    device: str
    stan: int
    waktu_us: int


class Reversed(Struct, frozen=True, gc=False):
    """The deposit of entry `seq_asal` was reversed by entry `seq`: no bank is asked to confirm it."""

    seq: int
    seq_asal: int


def host_records(journal: Journal, bank: str, hari: str) -> Iterator[HostRecord | Reversed]:
    """Deposits of a bank on a business day and what reversed them, in order of entry. Raises JournalCorrupt.

    Finds the day by halving (business dates never fall), then reads it once.
    """
    for _, body in journal.read(day_start(journal, hari)):
        row = decode_row(body)
        if row.hari != hari:
            return
        if row.bank != bank or row.kind not in {STA.code, KOR.code}:
            continue
        facts = open_row(row).facts
        if isinstance(facts, SetoranAwalFacts):
            yield HostRecord(
                row.seq,
                facts.nomor_porsi,
                facts.nominal_rupiah,
                IDR,
                hari,
                row.cabang,
                row.device,
                row.stan,
                row.waktu_us,
            )
        elif isinstance(facts, KoreksiSetoranFacts):
            yield Reversed(row.seq, facts.seq_asal)


def granted(journal: Journal, bank: str, bulan: str) -> dict[str, int]:
    """Porsi granted to a bank in a month ("2004-05"), by business day; a later batal does not take one away.

    Asumsi: a porsi granted counts for the fee whether or not its deposit was corrected afterwards.

    Dasar: D/163 pasal 7(7).
    """
    counts: dict[str, int] = {}
    for _, body in journal.read(day_start(journal, bulan + "-01")):
        row = decode_row(body)
        if row.hari[:7] != bulan:
            break
        if row.bank == bank and row.kind == STA.code:
            counts[row.hari] = counts.get(row.hari, 0) + 1
    return counts


def day_start(journal: Journal, hari: str) -> int:
    """The first entry whose business date is not before `hari`; one past the head when there is none."""
    low, high = 1, journal.head + 1
    while low < high:
        middle = (low + high) // 2
        body = journal.get(middle)
        if body is None:
            raise JournalCorrupt(f"entry {middle} is missing")
        if decode_row(body).hari < hari:
            low = middle + 1
        else:
            high = middle
    return low


def as_confirmed(one: HostRecord) -> Confirmed:
    """The record a bank that agrees would send: what the host's own statement and the load tester write."""
    waktu = datetime.fromtimestamp(one.waktu_us // 1_000_000, UTC) + WIB
    return Confirmed(
        one.nomor_porsi,
        one.nominal,
        one.mata_uang,
        one.hari,
        one.cabang,
        one.stan,
        one.seq,
        f"{waktu:%H:%M:%S}",
        "",
        one.device,
    )
