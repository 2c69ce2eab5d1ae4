"""The state machine over all kinds, its first part: a store, the notebook it must agree with, what always holds."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from ledger.batch import Faulted, Outcome
from ledger.checkpoint import TablesEnv
from ledger.codec import decode_entry
from ledger.engine import Asked, Posted, Repeat, answer_of
from ledger.journal import Journal
from ledger.records import Refusal
from ledger.store import Store
from ledger.vault import HEADER, SLOT
from ledger.verify import Checker, check_books
from tests.evening_fixtures import evening
from tests.ledger_fixtures import (
    CENTRE,
    JUTA_20,
    SMALL_MAP,
    Desk,
    desk_after_founding,
    found,
    new_ledger,
    open_store,
)
from tests.stateful.acts import ACTS, Act
from tests.stateful.compared import compared
from tests.stateful.model import Told
from tests.stateful.model_evening import WholeModel
from tests.stateful.requests import Rusak

SHM = Path("/dev/shm")
SLOTS_AHEAD = 64
DAY_US = 86_400_000_000
BITS = (1 << 64) - 1


def stirred(number: int) -> int:
    """64 bits from a number of 40. hypothesis likes numbers of a few bits, of which all choices but the first few are
    the first: without this some refusals came once in 500 histories, or not at all.
    """
    number = (number + 0x9E3779B97F4A7C15) * 0xBF58476D1CE4E5B9 & BITS
    number = (number ^ number >> 27) * 0x94D049BB133111EB & BITS
    return number ^ number >> 31


PICK = st.integers(0, 1 << 40).map(stirred)
"""A number for `acts.Pick`."""
ACT = st.sampled_from(range(len(ACTS)))
FATE = st.sampled_from(["done", "failed", "torn", "torn, host dies"])


class Ledger(RuleBasedStateMachine):
    """One ledger, the notebook of what it should say, and everything that was ever answered."""

    plant: ClassVar[Callable[[Store], None]] = staticmethod(lambda store: None)
    seen: ClassVar[Counter[str]] = Counter()
    is_broken = False

    @initialize()
    def start(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="siskohat-uji-", dir=SHM if SHM.is_dir() else None)
        self.path = new_ledger(Path(self.folder.name) / "ledger")
        os.truncate(self.path / "kunci" / "slot.dat", len(HEADER) + SLOT * SLOTS_AHEAD)
        self.desk, self.model = desk_after_founding(), WholeModel()
        for asked in found(Desk(stan={(CENTRE[0], "0000-00-00"): 1})):
            assert self.model.ask(asked)[0] == "entri"
        self.acked: dict[int, tuple[Asked, Any]] = {}
        self.sent: list[Asked] = []
        self.frozen = 0
        self.person = 100
        self.checker, self.bodies = Checker(), list[bytes]()
        self.open()
        self.send([self.desk.ask(*CENTRE, request) for request in evening()])
        self.sent = []

    def open(self) -> None:
        self.store = open_store(self.path)
        self.plant(self.store)

    # --- asking --------------------------------------------------------------------------------------------------

    def asked(self, act: Act) -> Asked:
        return self.desk.ask(*act.at, act.request, penyetuju=act.second, stan=act.stan)

    def send(self, asked: list[Asked]) -> list[Told]:
        """Post a batch: the ledger must say what the notebook says."""
        head = self.store.journal.head
        was_broken, self.is_broken = self.is_broken, True
        expected = [self.expect(one) for one in asked]
        outcomes = self.store.post_batch(asked)
        told = [told_of(*pair, self.store) for pair in zip(outcomes, asked, strict=True)]
        self.count(asked, told)
        differing = [
            (one.request, *pair) for one, *pair in zip(asked, told, expected, strict=True) if pair[0] != pair[1]
        ]
        assert differing == [], f"ledger and notebook differ: {differing}"
        posted = [(one, outcome) for one, outcome in zip(asked, outcomes, strict=True) if type(outcome) is Posted]
        assert [outcome.seq for _, outcome in posted] == list(range(head + 1, head + 1 + len(posted)))
        self.acked |= {outcome.seq: (one, outcome.data) for one, outcome in posted}
        self.sent = [*self.sent[-40:], *(one for one in asked if type(one.request) is not Rusak)]
        self.desk.hari = self.model.hari
        self.is_broken = was_broken
        return told

    def expect(self, one: Asked) -> Told:
        return ("tolak", "Faulted") if type(one.request) is Rusak else self.model.ask(one)

    def count(self, asked: list[Asked], told: list[Told]) -> None:
        for one, (what, more) in zip(asked, told, strict=True):
            kind = str(one.request.__struct_config__.tag)
            self.seen[kind if what == "entri" else str(more) if what == "tolak" else what] += 1
            if kind == "SEM" and what == "entri":
                self.seen[one.request.cara_sembuh] += 1

    # --- what always holds -------------------------------------------------------------------------------------------

    @invariant()
    def entries_and_money_are_right(self) -> None:
        """Chain, numbers and balances over every entry; the sum of each account is what the notebook adds up."""
        for seq, body in self.store.journal.read(self.checker.seq + 1):
            self.checker.take(seq, body)
            self.bodies.append(body)
        model = self.model
        assert self.store.journal.head == model.head == len(self.bodies)
        assert self.checker.series == Counter(nomor[:2] for nomor in model.porsi)
        live = sum(one.is_live for one in model.porsi.values())
        passed = sum(day.passed.total() for day in model.days.values())
        fees = 250 * sum(day.charged for day in model.days.values())
        fines = 10_000_000 * sum(one[1] == "DENDA" for one in model.fines.values())
        held = Counter[str]()
        for key, (_, debit, kredit) in self.checker.saldo.items():
            held[key[3]] += debit - kredit
        expected = {
            "KLIRING": JUTA_20 * (live - passed), "TABUNGAN": -JUTA_20 * live, "MENTERI": JUTA_20 * passed,
            "PIUTANG": fees + fines, "BIAYA": -fees, "DENDA": -fines,
        }  # fmt: skip
        found = {akun: held[akun] for akun in expected}
        assert found == expected, f"balances and notebook differ: {found}, {expected}"

    def agree(self) -> None:
        """All the books say of numbers, states and authority is what the notebook says; nothing acked is lost."""
        found = compared(self.model, self.store.books)
        assert not found, f"books and notebook differ: {found[:4]}"
        for seq, (asked, answer) in self.acked.items():
            who = (asked.origin.perangkat, asked.origin.user, asked.hari, asked.stan)
            assert kept(self.store, seq) == (who, answer), f"entry {seq} was answered otherwise"

    def teardown(self) -> None:
        """The tables at the end are what the journal says, both ways."""
        if not hasattr(self, "store"):
            return
        if not self.is_broken:
            self.agree()
            if self.frozen:
                self.store.thaw()
            self.store.checkpoint()
        self.store.close()
        differences = [] if self.is_broken else differences_of(self.path)
        self.folder.cleanup()
        assert not differences, f"tables and journal differ: {differences}"


def differences_of(path: Path) -> list[str]:
    journal = Journal.open(path / "journal", writable=False, map_bytes=SMALL_MAP)
    env = TablesEnv(path / "books", writable=False)
    differences = check_books(journal, env).differences
    env.close()
    journal.close()
    return differences


def kept(store: Store, seq: int) -> tuple[Any, Any]:
    """Who asked for an entry, and its answer."""
    entry = decode_entry(store.journal.get(seq) or b"")
    stamp = entry.stamp
    return (stamp.perangkat, stamp.user, stamp.hari, stamp.stan), answer_of(entry)


def told_of(outcome: Outcome, asked: Asked, store: Store) -> Told:
    """An outcome in the notebook's words."""
    if type(outcome) is Posted:
        return "entri", outcome.data
    if type(outcome) is Repeat:
        same = outcome.sidik == decode_entry(store.journal.get(outcome.seq) or b"").stamp.sidik
        return ("ulang" if same else "lain"), outcome.seq
    return "tolak", outcome.id if type(outcome) is Refusal else Faulted.__name__
