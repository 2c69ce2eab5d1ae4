"""Whole-ledger check over the stored bytes; needs no key, no books, and may run beside a live host.

What `Checker` holds for every entry: its number is its key and one above the last; it carries the SHA-256 of the
entry before; host time never falls and business dates never go back; each device's STAN rises within a day; its
branch's user ID is active at that place (but for kinds that grant nothing); an act of two people names two; its
postings are those of its facts, on known accounts, and sum to zero per currency; a nomor porsi is the next of its
series, its SPPH was signed before, and its person and SPPH have no other that is live; a correction reverses, once,
a deposit of its own branch and day; reprints of a porsi count from 1; a drawer holds what moved in it; a clock that was
taken for right was behind. What holds of the evenings is said in `ledger.verify_petang`.

A changed *last* entry is the one change no chain can show: keep the head (`siskohat-ledger head`) somewhere else.

`check_books` derives the books again and compares them with the tables both ways.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from time import perf_counter
from typing import Any

from msgspec import Struct

from ledger.books import AKTIF, Books
from ledger.checkpoint import TablesEnv, catch_up, check_watermark
from ledger.codec import HASH_NONE, EntryRow, decode_row, hash_entry, open_facts, open_row
from ledger.errors import Finding, JournalCorrupt, LedgerError
from ledger.journal import READ_CHUNK, Journal
from ledger.ketentuan import AKUN
from ledger.kinds import KINDS
from ledger.kinds.batal_pusat import BatalPusatFacts
from ledger.kinds.cetak_ulang import CetakUlangFacts
from ledger.kinds.koreksi_setoran import KoreksiSetoranFacts
from ledger.kinds.setoran_awal import SetoranAwalFacts
from ledger.records import Stamp
from ledger.rows import NO_SALDO, Saldo, sides
from ledger.tables import LAST
from ledger.vault import NoVault
from ledger.verify_petang import Evening

PROGRESS_EVERY = 100_000
TELLING = frozenset({"STA", "SPS", "UID", "KOR", "CTK", "LBK", "LSR", "LTP", "BTP", "JAM"})
"""Kinds whose facts are held against other entries, or against their own time."""
TWO_PEOPLE = frozenset(code for code, kind in KINDS.items() if kind.approvers)
WHEN_STOPPED = frozenset(code for code, kind in KINDS.items() if kind.when_stopped)


class Report(Struct, frozen=True):
    """What a verification found. `bad_entry` is 0 and `reason` empty when everything holds."""

    entries: int
    head: str
    hari: str
    granted: int
    series: dict[str, int]
    debit: dict[str, int]
    bad_entry: int
    reason: str
    seconds: float
    entries_per_s: int

    @property
    def verified(self) -> bool:
        """True when everything holds."""
        return not self.reason


class Checker:
    """Takes entries one after the other and raises Finding at the first that does not hold."""

    def __init__(self) -> None:
        self.seq = 0
        self.hash = HASH_NONE
        self.hari = ""
        self.waktu_us = 0
        self.series: dict[str, int] = {}
        self.granted = 0
        self.debit: dict[str, int] = {}
        self.saldo: dict[tuple[str, str, str, str, str], list[int]] = {}
        self._stan: dict[tuple[str, str, str], tuple[str, int]] = {}
        self._stopped: set[str] = set()
        self._signed: set[str] = set()
        self._persons: set[bytes] = set()
        self._forms: set[str] = set()
        self._evening = Evening()
        self._duplikat: dict[str, int] = {}
        # Open drawers: (entry since which, holder, what should be there) by device.
        self._laci: dict[str, tuple[int, str, int]] = {}

    def take(self, seq: int, body: bytes) -> None:
        """Check the entry stored under number `seq`."""
        try:
            row = decode_row(body)
        except LedgerError as error:
            raise Finding(seq, str(error)) from None
        self._check_place(seq, row)
        device = (row.bank, row.cabang, row.device)
        if self._stan.get(device, ("", 0)) >= (row.hari, row.stan):
            raise Finding(seq, f"STAN {row.stan} of {'/'.join(device)} does not rise")
        self._stan[device] = (row.hari, row.stan)
        if row.postings:
            self.check_postings(seq, row)
        if row.kind in TWO_PEOPLE and row.penyetuju in ("", row.user):
            raise Finding(seq, "no second person signed it")
        if self._stopped and row.kind not in WHEN_STOPPED and f"{row.bank}/{row.cabang}" in self._stopped:
            raise Finding(seq, f"made by branch {row.bank}/{row.cabang}, whose user ID is not active")
        self._evening.count(row)
        self._check_kind(seq, row)
        self.seq, self.hash, self.hari, self.waktu_us = seq, sha256(body).digest(), row.hari, row.waktu_us

    def _check_place(self, seq: int, row: EntryRow) -> None:
        if seq != self.seq + 1 or row.seq != seq:
            raise Finding(self.seq + 1, f"stored under {seq} and numbered {row.seq}, after entry {self.seq}")
        if row.sebelum != self.hash:
            # Nearly always it is the entry before that was changed; who changed this one's hash breaks the next too.
            before = max(seq - 1, 1)
            raise Finding(before, f"the chain is broken: entry {seq} carries another hash of the entry before it")
        if row.waktu_us < self.waktu_us or row.hari < self.hari:
            raise Finding(seq, "time goes back")

    def check_postings(self, seq: int, row: EntryRow) -> None:
        """Debit equals credit, and the balances as the stored lines alone give them."""
        total: dict[str, int] = {}
        for line in row.postings:
            amount = line.nominal
            if line.akun not in AKUN:
                raise Finding(seq, f"account {line.akun} is not known")
            total[line.mata_uang] = total.get(line.mata_uang, 0) + amount
            key = (row.hari, row.bank, row.cabang, line.akun, line.mata_uang)
            saldo = self.saldo.get(key)
            if saldo is None:
                saldo = self.saldo[key] = [0, 0, 0]
            saldo[0] += 1
            if amount >= 0:
                saldo[1] += amount
                self.debit[line.mata_uang] = self.debit.get(line.mata_uang, 0) + amount
            else:
                saldo[2] -= amount
        if any(total.values()):
            raise Finding(seq, "debit does not equal credit")

    def _check_kind(self, seq: int, row: EntryRow) -> None:
        """What an entry says by its kind: its postings follow from its facts, and later entries rest on it."""
        if row.kind not in TELLING and row.kind not in self._evening.checks and not row.postings:
            return
        try:
            if row.kind == "SPS" and not row.postings:  # a third of all entries, and no more than this
                self._signed.add(open_facts(row).nomor_spph)
                return
            entry = open_row(row)
        except LedgerError as error:
            raise Finding(seq, str(error)) from None
        facts, stamp = entry.facts, entry.stamp
        if row.kind == "STA":
            self._check_porsi(seq, facts)
            self._evening.deposit(stamp, facts)
            self._move_laci(stamp, facts.nominal_rupiah)
        elif row.kind == "UID":
            tapak = f"{facts.kode_bank}/{facts.kode_cabang}"
            (self._stopped.discard if facts.status == AKTIF else self._stopped.add)(tapak)
        elif row.kind == "KOR":
            self._evening.reverse(stamp, facts, "KOR", stamp.hari, stamp.bank, stamp.cabang)
            self._free(facts)
            self._move_laci(stamp, -facts.nominal_rupiah)
        elif row.kind == "BTP":
            self._evening.cancel(stamp, facts)
            self._free(facts)
        elif row.kind in self._evening.checks:
            self._evening.checks[row.kind](stamp, facts)
        elif row.kind == "CTK":
            self._check_reprint(seq, facts)
        elif row.kind in {"LBK", "LSR", "LTP"}:
            self._check_laci(row.kind, stamp, facts)
        elif row.kind == "JAM" and facts.jam_host_us >= stamp.waktu_us:
            raise Finding(seq, "the clock that was taken for right was not behind")
        if KINDS[row.kind].postings(facts, entry.stamp) != row.postings:
            raise Finding(seq, "its postings are not those of its facts")

    def _check_porsi(self, seq: int, facts: SetoranAwalFacts) -> None:
        code, number = facts.nomor_porsi[:2], facts.nomor_porsi[2:]
        if number != f"{self.series.get(code, 0) + 1:08d}":
            raise Finding(seq, f"porsi {facts.nomor_porsi} is not the next of series {code}")
        try:
            person = bytes.fromhex(facts.identitas)
        except ValueError:
            raise Finding(seq, f"the identity of porsi {facts.nomor_porsi} is not in hex") from None
        if person in self._persons:
            raise Finding(seq, f"the person of porsi {facts.nomor_porsi} has another porsi")
        if facts.nomor_spph in self._forms:
            raise Finding(seq, f"SPPH {facts.nomor_spph} has another porsi")
        if facts.nomor_spph not in self._signed:
            raise Finding(seq, f"SPPH {facts.nomor_spph} was not signed before")
        self._persons.add(person)
        self._forms.add(facts.nomor_spph)
        self.series[code] = int(number)
        self.granted += 1

    def _free(self, facts: KoreksiSetoranFacts | BatalPusatFacts) -> None:
        """Person and form of a reversed deposit may come again."""
        self._persons.remove(bytes.fromhex(facts.identitas))
        self._forms.remove(facts.nomor_spph)

    def _check_reprint(self, seq: int, facts: CetakUlangFacts) -> None:
        code, number = facts.nomor_porsi[:2], facts.nomor_porsi[2:]
        if not (number.isdecimal() and 1 <= int(number) <= self.series.get(code, 0)):
            raise Finding(seq, f"porsi {facts.nomor_porsi} was never granted")
        count = self._duplikat.get(facts.nomor_porsi, 0) + 1
        if facts.duplikat != count:
            raise Finding(seq, f"reprint {facts.duplikat} of porsi {facts.nomor_porsi} is not number {count}")
        self._duplikat[facts.nomor_porsi] = count

    def _move_laci(self, stamp: Stamp, nominal: int) -> None:
        if (laci := self._laci.get(stamp.perangkat)) is not None:
            seq, user, held = laci
            self._laci[stamp.perangkat] = (seq, user, held + nominal)

    def _check_laci(self, kind: str, stamp: Stamp, facts: Any) -> None:
        laci = self._laci.pop(stamp.perangkat, None)
        if kind == "LBK":
            if laci is not None:
                raise Finding(stamp.seq, f"the drawer of {stamp.perangkat} is open since entry {laci[0]}")
            self._laci[stamp.perangkat] = (stamp.seq, stamp.user, facts.awal_rupiah)
            return
        holder = stamp.user if kind == "LSR" else facts.pemegang
        if laci != (facts.seq_buka, holder, facts.seharusnya_rupiah):
            raise Finding(stamp.seq, f"the drawer of {stamp.perangkat} was not so: (entry, holder, rupiah) was {laci}")
        if facts.dihitung_rupiah - facts.seharusnya_rupiah != facts.selisih_rupiah:
            raise Finding(stamp.seq, "its difference in cash is not what was counted less what should be there")
        if kind == "LSR":
            if facts.penerima != stamp.penyetuju:
                raise Finding(stamp.seq, "the receiver of the drawer did not sign")
            self._laci[stamp.perangkat] = (stamp.seq, facts.penerima, facts.dihitung_rupiah)


def verify(
    journal: Journal, progress: Callable[[int, int], None] | None = None, kept: tuple[int, str] | None = None
) -> Report:
    """Check every entry from 1 to the head as it stands now.

    `kept` is a head written down earlier, number and hash in hex: that entry must still be there. Without one an
    older copy of the whole ledger is as good as the ledger.
    """
    start = perf_counter()
    checker, head = Checker(), journal.head
    bad_entry, reason = 0, ""
    try:
        for seq, body in journal.read():
            checker.take(seq, body)
            if progress is not None and seq % PROGRESS_EVERY == 0:
                progress(seq, head)
        if checker.seq < head:
            raise Finding(checker.seq + 1, f"missing; the head is {head}")
        _hold_last(journal)
        for first in range(1, head + 1, READ_CHUNK):
            if (lost := journal.unfound(first, min(first + READ_CHUNK, head + 1))) is not None:
                raise Finding(lost, "seen by a scan, not by a look-up")
        if kept is not None and (kept[0] > head or hash_entry(journal.sound(kept[0])).hex() != kept[1]):
            raise Finding(
                min(kept[0], head), f"entry {kept[0]} is not the head that was kept: an older or another ledger"
            )
        if head and (own := open_row(decode_row(journal.sound(1))).facts.ledger) != journal.ledger:
            raise Finding(1, f"it opens ledger {own}, and the journal says that it is {journal.ledger}")
    except Finding as finding:
        bad_entry, reason = finding.seq, finding.reason
    except JournalCorrupt as error:
        bad_entry, reason = checker.seq + 1, str(error)
    seconds = perf_counter() - start
    return Report(
        checker.seq,
        checker.hash.hex(),
        checker.hari,
        checker.granted,
        dict(sorted(checker.series.items())),
        checker.debit,
        bad_entry,
        reason,
        round(seconds, 3),
        int(checker.seq / seconds) if seconds else 0,
    )


def _hold_last(journal: Journal) -> None:
    try:
        journal.check_last()
    except JournalCorrupt as error:
        raise Finding(journal.head, str(error)) from None


class BooksReport(Struct, frozen=True):
    """What the comparison of derived and stored books found; `differences` names at most ten rows, by key."""

    watermark: int
    rows: int
    differences: list[str]
    seconds: float
    entries_per_s: int

    @property
    def verified(self) -> bool:
        """True when both agree."""
        return not self.differences


def check_books(journal: Journal, env: TablesEnv) -> BooksReport:
    """Derive the books from the journal up to their watermark, and compare row by row, both ways.

    Holds all rows in memory: about 1 GB for a million pilgrims.
    """
    start = perf_counter()
    seq, _ = check_watermark(journal, env)
    books = Books(NoVault())
    catch_up(books, journal, 0, HASH_NONE, seq)
    differences: list[str] = []
    rows = 0
    for name, table in books.tables.items():
        rows += _compare(name, dict(table.range("", LAST)), env, differences)
    differences += _compare_saldo(books, journal, seq)
    seconds = perf_counter() - start
    return BooksReport(seq, rows, differences[:10], round(seconds, 3), int(seq / seconds) if seconds else 0)


def _compare(name: str, derived: dict[str, Any], env: TablesEnv, differences: list[str]) -> int:
    below, left, rows = env.below(name), derived, 0
    try:
        for key, row in below.range("", LAST):
            rows += 1
            if key not in left:
                differences.append(f"{name} {key}: stored, not derived")
            elif left.pop(key) != row:
                differences.append(f"{name} {key}: stored and derived differ")
            elif below.get(key) != row:
                # A flipped bit in a branch page can show a row to a scan and hide it from a look-up.
                differences.append(f"{name} {key}: seen by a scan, not by a look-up")
    except JournalCorrupt as error:
        differences.append(str(error))
        return rows
    differences += [f"{name} {key}: derived, not stored" for key in left]
    return rows


def _compare_saldo(books: Books, journal: Journal, upto: int) -> list[str]:
    """The balances once more, from the stored postings alone and not by the rules' own arithmetic."""
    checker = Checker()
    for seq, body in journal.read(1, upto + 1):
        row = decode_row(body)
        if row.postings:
            checker.check_postings(seq, row)
    found = {key: Saldo(*values) for key, values in checker.saldo.items()}
    stored = _saldo_of(books)
    return [
        f"saldo {'/'.join(key)}: not the sum of its postings"
        for key in stored.keys() | found.keys()
        if stored.get(key) != found.get(key)
    ]


def _saldo_of(books: Books) -> dict[tuple[str, str, str, str, str], Saldo]:
    """The balances that the books tell, of every branch, day, account and currency."""
    found: dict[tuple[str, str, str, str, str], Saldo] = {}
    for key, row in books.tables["rekap"].rows.items():
        hari, bank, cabang, _, debit, kredit, mata_uang = key.split("/")
        for akun, _, side in sides(debit, kredit, mata_uang, row):
            old = found.get((hari, bank, cabang, akun, mata_uang), NO_SALDO)
            found[hari, bank, cabang, akun, mata_uang] = old.plus(side)
    return found
