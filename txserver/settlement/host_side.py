"""The host's side of the evening, streamed from the journal: which deposits of a day a bank has to confirm.

A deposit is expected unless an entry ended it: its branch that same day (KOR), or the centre on that day or any later
one (BTP). A porsi that the centre cancelled has no money behind it, so that no bank confirms it or passes it on.

Dasar: D/163 pasal 7(5), 7(6), 7(9), 9.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from ledger.codec import EntryRow, decode_row, open_row
from ledger.errors import JournalCorrupt
from ledger.journal import Journal
from ledger.ketentuan import IDR
from ledger.kinds.batal_pusat import KIND as BTP
from ledger.kinds.batal_pusat import BatalPusatFacts
from ledger.kinds.koreksi_setoran import KIND as KOR
from ledger.kinds.koreksi_setoran import KoreksiSetoranFacts
from ledger.kinds.setoran_awal import KIND as STA
from ledger.kinds.setoran_awal import SetoranAwalFacts
from txserver.settlement.records import Confirmed

WIB = timedelta(hours=7)


class HostRecord(Struct, frozen=True, gc=False):
    """One deposit as the host has it. `seq` is its entry number, which a bank knows as RRN; `kab_kota` the regency of
    the Kandepag that signed its form.
    """

    seq: int
    nomor_porsi: str
    nominal: int
    mata_uang: str
    hari: str
    cabang: str
    device: str
    stan: int
    waktu_us: int
    kab_kota: str = ""


class Reversed(Struct, frozen=True, gc=False):
    """The deposit of entry `seq_asal`, of this amount and regency, was ended by entry `seq`: no bank is asked to
    confirm it. `kind` is KOR (its branch, the same day) or BTP (the centre, then or later).
    """

    seq: int
    seq_asal: int
    nominal: int
    kind: str = KOR.code
    kab_kota: str = ""


def host_records(journal: Journal, bank: str, hari: str, batal: Iterable[int] = ()) -> Iterator[HostRecord | Reversed]:
    """Deposits of a bank on a business day and what ended them, in order of entry. Raises JournalCorrupt.

    Finds the day by halving (business dates never fall), then reads it once. `batal` are the entries of the centre's
    cancellations of that bank's day as the books know them (`Books.batal_pusat_hari`): one may stand in any later
    day, and the years after are not read for it.
    """
    for _, body in journal.read(day_start(journal, hari)):
        row = decode_row(body)
        if row.hari != hari:
            break
        if (row.kind == BTP.code or (row.bank == bank and row.kind in {STA.code, KOR.code})) and (
            one := _record(row, bank, hari)
        ) is not None:
            yield one
    for seq in sorted(batal):
        row = decode_row(journal.sound(seq))
        if row.hari > hari and row.kind == BTP.code and (one := _record(row, bank, hari)) is not None:
            yield one


def _record(row: EntryRow, bank: str, hari: str) -> HostRecord | Reversed | None:
    facts = open_row(row).facts
    if isinstance(facts, SetoranAwalFacts):
        return HostRecord(
            row.seq,
            facts.nomor_porsi,
            facts.nominal_rupiah,
            IDR,
            hari,
            row.cabang,
            row.device,
            row.stan,
            row.waktu_us,
            facts.nomor_spph[:4],
        )
    if isinstance(facts, KoreksiSetoranFacts):
        return Reversed(row.seq, facts.seq_asal, facts.nominal_rupiah, KOR.code, facts.nomor_spph[:4])
    if isinstance(facts, BatalPusatFacts) and (facts.kode_bank, facts.hari_setoran) == (bank, hari):
        return Reversed(row.seq, facts.seq_asal, facts.nominal_rupiah, BTP.code, facts.nomor_spph[:4])
    return None


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
