"""Does any history break it? Random requests of all kinds, batches, faults, checkpoints and restarts on a real store,
against a naive model; and three planted bugs that the same machine must find.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from msgspec.structs import replace

from ledger import vault as vault_module
from ledger.batch import Faulted, Outcome
from ledger.checkpoint import TablesEnv, advance
from ledger.codec import decode_entry, encode_entry
from ledger.engine import Asked, Posted, Repeat, answer_of
from ledger.errors import JournalFull
from ledger.journal import Journal
from ledger.kinds.buka_hari import BukaHari
from ledger.kinds.setoran_awal import SetoranAwal
from ledger.kinds.spph_sah import SpphSah
from ledger.kinds.status_user_id import StatusUserId, StatusUserIdFacts
from ledger.records import Refusal
from ledger.store import Store
from ledger.tables import LAST
from ledger.vault import HEADER, SLOT
from ledger.verify import Checker, check_books
from tests.evening_fixtures import closing
from tests.ledger_fixtures import (
    BRANCHES,
    CENTRE,
    JUTA_20,
    PAGI,
    SECOND,
    SMALL_MAP,
    Desk,
    branch,
    desk_after_founding,
    form,
    found,
    new_ledger,
    nik_of,
    office,
    open_store,
    seconds,
    template,
)
from tests.stateful.corrections import Batch, Corrections
from tests.stateful.naive import Naive, Told
from tests.stateful.planted import (
    ack_before_commit,
    burnt_number,
    lost_idempotency,
    number_granted_again,
    revoked_branch_accepted,
)
from tests.stateful.requests import BATCH, TAPAK, Rusak

SLOTS_AHEAD = 64
"""Key slots made at a time here: 2 MiB a history would be most of what is written."""


@pytest.fixture(autouse=True)
def _few_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    template()  # made with the real number: it is every test's
    monkeypatch.setattr(vault_module, "SLOTS_AHEAD", SLOTS_AHEAD)


def told_of(outcome: Outcome, asked: Asked, store: Store) -> Told:
    """An outcome in the model's words."""
    if type(outcome) is Posted:
        return "entri", outcome.data
    if type(outcome) is Repeat:
        same = outcome.sidik == decode_entry(store.journal.get(outcome.seq) or b"").stamp.sidik
        return ("ulang" if same else "lain"), outcome.seq
    return "tolak", outcome.id if type(outcome) is Refusal else type(outcome).__name__


class LedgerMachine(Corrections):
    """One ledger, its naive model, and everything that was ever acknowledged."""

    plant: ClassVar[Callable[[Store], None]] = staticmethod(lambda store: None)
    """Puts a known bug into a store that was just opened."""
    seen: ClassVar[Counter[str]] = Counter()
    """What came out, over all histories: a driver that reaches nothing must not pass."""

    @initialize()
    def start(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="siskohat-uji-")
        self.path = new_ledger(Path(self.folder.name) / "ledger")
        slots = self.path / "kunci" / "slot.dat"
        os.truncate(slots, len(HEADER) + SLOT * SLOTS_AHEAD)  # nothing is sealed yet
        self.desk, self.naive = desk_after_founding(), Naive(found(Desk(stan={(CENTRE[0], "0000-00-00"): 1})))
        self.acked: dict[int, tuple[Asked, Any]] = {}
        self.sent: list[Asked] = []
        self.frozen, self.is_whole = False, True
        self.checker, self.bodies = Checker(), list[bytes]()
        self.open()
        self.send([self.desk.ask(*CENTRE, request) for request in seconds()])
        self.sent = []

    def open(self) -> None:
        self.store = open_store(self.path)
        self.plant(self.store)

    # --- what tellers, the centre and bad luck do ---------------------------------------------------------------

    @rule(batch=BATCH, minutes=st.integers(-5, 20))
    def post(self, batch: Batch, minutes: int) -> None:
        """A batch of new requests; the clock may go back a little."""
        self.desk.waktu_us = min(max(self.desk.waktu_us + minutes * 60_000_000, PAGI), PAGI + 5 * 3_600_000_000)
        self.send(self.asked(batch))

    @rule(
        person=st.integers(1, 4),
        tapak=TAPAK,
        nominal=st.sampled_from([JUTA_20] * 4 + [19_500_000]),
        moved=st.sampled_from([False] * 4 + [True]),
    )
    def register(self, person: int, tapak: str, nominal: int, moved: bool) -> None:
        """A pilgrim who does most things right: form, signature, deposit, in one batch."""
        kab_kota = "3578" if (BRANCHES[tapak] == "3578") != moved else "3325"
        issued = [nomor for nomor in self.naive.forms() if nomor.startswith(kab_kota)]
        nomor = f"{kab_kota}{len(issued) + 1:07d}"
        self.send([
            self.desk.ask(*office(kab_kota), form(nik=nik_of(person))),
            self.desk.ask(*office(kab_kota, signer=True), SpphSah(nomor)),
            self.desk.ask(*branch(tapak), SetoranAwal(nomor, nominal)),
        ])  # fmt: skip

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def ask_again(self, data: st.DataObject) -> None:
        """Answers were lost: some requests come a second time, with the same content or another."""
        again = data.draw(st.lists(st.sampled_from(self.sent), min_size=1, max_size=3))
        if data.draw(st.booleans()):
            first = again[0]
            other = form(nik=nik_of(9)) if first.origin.user.startswith("P") else SetoranAwal("33250000009", 7)
            again[0] = Asked(first.origin, first.stan, first.hari, other, first.waktu_us)
        self.send(again)

    @rule(back=st.integers(1, 3))
    def stan_goes_back(self, back: int) -> None:
        """A terminal forgot its STAN."""
        at = branch("002/0101")
        number = max(self.desk.stan.get((at[0], self.desk.hari), 0) - back, 1)
        self.send([self.desk.ask(*at, SetoranAwal("33250000001", JUTA_20), stan=number)])

    @rule(
        cabang=st.sampled_from(["0101", "0201"]), status=st.sampled_from(["AKTIF", "DIBLOKIR", "DIBLOKIR", "DICABUT"])
    )
    def user_id(self, cabang: str, status: str) -> None:
        """A user ID changes state between two deposits of that branch, all in one batch."""
        deposits = [self.aimed(SetoranAwal(f"3325000000{n}", JUTA_20)) for n in (1, 2)]
        self.send([
            self.desk.ask(*branch("002/" + cabang), deposits[0]),
            self.desk.ask(*CENTRE, StatusUserId("002", cabang, status, "alasan"), penyetuju=SECOND),
            self.desk.ask(*branch("002/" + cabang), deposits[1]),
        ])  # fmt: skip

    @rule(days=st.integers(1, 3))
    def next_day(self, days: int) -> None:
        """The centre closes the day and opens a later one; requests come after the cut-off, the close, and too late."""
        hari = f"2004-05-{int(self.desk.hari[8:]) + days:02d}"
        if hari < "2004-05-32":
            self.send([self.desk.ask(*CENTRE, BukaHari(hari))])  # too early
            *cuts, close = closing(self.desk, self.store.books)
            teller, deposit = branch("002/0101"), self.aimed(SetoranAwal("33250000001", JUTA_20))
            late, too_late = self.desk.ask(*teller, deposit), self.desk.ask(*teller, deposit)
            again = self.desk.ask(*CENTRE, close.request, penyetuju=SECOND)
            self.send([*cuts, late, close, again, self.desk.ask(*CENTRE, BukaHari(hari)), too_late])
            self.desk.hari = hari

    @rule(batch=BATCH)
    def disk_is_full(self, batch: Batch) -> None:
        """The journal has no room for a batch: nothing of it may remain."""
        asked = self.asked(batch)
        append, self.store.journal.append = self.store.journal.append, full  # type: ignore[method-assign, assignment]
        try:
            outcomes = self.store.post_batch(asked)
        except JournalFull:
            outcomes = []
        finally:
            self.store.journal.append = append  # type: ignore[method-assign]
        self.is_whole = not any(type(outcome) is Posted for outcome in outcomes)
        assert self.is_whole, "a full disk is told, and nobody gets an answer"

    def send(self, asked: list[Asked]) -> None:
        self.is_whole = False
        head = self.store.journal.head
        expected = [("tolak", "Faulted") if type(one.request) is Rusak else self.naive.ask(one) for one in asked]
        outcomes = self.store.post_batch(asked)
        told = [told_of(*pair, self.store) for pair in zip(outcomes, asked, strict=True)]
        self.seen.update(what if what in {"ulang", "lain"} else str(more) for what, more in told if what != "entri")
        self.seen.update(
            type(one.request).__name__ for one, (what, _) in zip(asked, told, strict=True) if what == "entri"
        )
        assert told == expected, "the ledger says what the model says"
        posted = [outcome for outcome in outcomes if type(outcome) is Posted]
        assert [outcome.seq for outcome in posted] == list(range(head + 1, head + 1 + len(posted)))
        for one, outcome in zip(asked, outcomes, strict=True):
            if type(outcome) is Posted:
                self.acked[outcome.seq] = (one, outcome.data)
            assert type(outcome) is not Faulted or type(one.request) is Rusak
        self.sent += [one for one in asked if type(one.request) is not Rusak]
        self.is_whole = True

    # --- checkpoints and restarts -------------------------------------------------------------------------------

    @precondition(lambda self: not self.frozen)
    @rule()
    def checkpoint(self) -> None:
        """Everything is carried down at once."""
        is_whole, self.is_whole = self.is_whole, False  # one that fails is not told by what teardown meets
        self.store.checkpoint()
        self.is_whole = is_whole

    @precondition(lambda self: not self.frozen)
    @rule()
    def freeze(self) -> None:
        """A checkpoint begins; requests go on."""
        self.upto, self.frozen = self.store.freeze(), True
        self.seen["frozen"] += 1

    @precondition(lambda self: self.frozen)
    @rule(comes_through=st.booleans())
    def checkpoint_ends(self, comes_through: bool) -> None:
        """It was carried down by somebody else, or failed."""
        self.frozen = False
        if not comes_through:
            self.store.thaw()
            return
        self.store.env.close()
        advance(self.store.journal, self.path / "books", self.upto)
        self.store.env = TablesEnv(self.path / "books", writable=False)
        for name, table in self.store.books.tables.items():
            table.lay_on(self.store.env.below(name))
        self.store.settle()

    @rule(books=st.sampled_from(["kept", "kept", "deleted"]))
    def restart(self, books: str) -> None:
        """The host goes down and comes up; books replayed from the watermark, or from nothing, are the live ones."""
        live = {name: dict(table.range("", LAST)) for name, table in self.store.books.tables.items()}
        self.store.close()
        self.frozen = False
        self.seen[f"restart, books {books}"] += 1
        if books == "deleted":
            shutil.rmtree(self.path / "books")
        self.open()
        assert {name: dict(table.range("", LAST)) for name, table in self.store.books.tables.items()} == live, (
            "books replayed are the live ones"
        )

    # --- what always holds --------------------------------------------------------------------------------------

    @invariant()
    def chain_numbers_series_and_balances_hold(self) -> None:
        """R1, R2, R7, one person one porsi, debit equals credit: over every entry, each once."""
        for seq, body in self.store.journal.read(self.checker.seq + 1):
            self.checker.take(seq, body)
            self.bodies.append(body)
        granted: dict[str, int] = {}
        for porsi in self.naive.granted():
            granted[porsi[:2]] = granted.get(porsi[:2], 0) + 1
        assert self.checker.series == granted, "the porsi granted are those the model granted"

    @invariant()
    def what_was_acknowledged_is_kept(self) -> None:
        """Every acknowledged entry stands under its number, from its asker, with its answer."""
        assert self.store.journal.head == len(self.naive.posted) + 1
        for seq, (asked, answer) in self.acked.items():
            entry = decode_entry(self.bodies[seq - 1])
            stamp = entry.stamp
            assert (stamp.perangkat, stamp.user, stamp.hari, stamp.stan) == (
                asked.origin.perangkat, asked.origin.user, asked.hari, asked.stan,
            )  # fmt: skip
            assert answer_of(entry) == answer

    @invariant()
    def a_revoked_branch_posts_nothing(self) -> None:
        """Above the entry that takes a branch's AKTIF away there is none of that branch, until it is given back."""
        status: dict[str, str] = {}
        for entry in map(decode_entry, self.bodies):
            may = entry.kind in {"CTK", "LTP"} or status.get(entry.stamp.tapak, "AKTIF") == "AKTIF"
            assert may, "a blocked branch posted"
            if entry.kind == "UID":
                status[f"{entry.facts.kode_bank}/{entry.facts.kode_cabang}"] = entry.facts.status

    def teardown(self) -> None:
        """The tables at the end are what the journal says, both ways."""
        if self.is_whole and not self.frozen:
            self.store.checkpoint()
        self.store.close()
        if not self.is_whole:
            return
        journal = Journal.open(self.path / "journal", writable=False, map_bytes=SMALL_MAP)
        env = TablesEnv(self.path / "books", writable=False)
        differences = check_books(journal, env).differences
        env.close()
        journal.close()
        self.folder.cleanup()
        assert differences == []


def full(bodies: list[bytes]) -> None:
    raise JournalFull("no room")


STEPS = settings(max_examples=max(220, settings().max_examples), stateful_step_count=30, deadline=None)
FLOORS = {
    **dict.fromkeys(["SpphBaru", "SpphSah", "SetoranAwal", "StatusUserId", "BukaHari", "SKH2002", "SKH2007"], 30),
    **dict.fromkeys(["SKH2003", "SKH2004", "SKH2005", "SKH2006", "SKH2104", "SKH2105", "Faulted", "frozen"], 3),
    **dict.fromkeys(["KoreksiSetoran", "CetakUlang", "LaciBuka", "TutupHari", "SKH6005", "SKH6006", "SKH6007"], 10),
    **dict.fromkeys(["LaciTutup", "SKH2201", "SKH2203", "SKH2204", "SKH2301", "SKH7020", "SKH7021", "SKH7022"], 3),
    **dict.fromkeys(["SKH6002", "SKH7007", "SKH7008", "SKH7009", "ulang", "lain"], 20),
    **dict.fromkeys(["BankBaru", "CabangBaru", "PenggunaBaru", "SKH8001", "SKH8004", "SKH8009", "SKH8012"], 1),
    **dict.fromkeys(["restart, books kept", "restart, books deleted"], 30),
}


def test_any_history() -> None:
    """Does the ledger do what the model does, whatever happens, and did enough happen to say so?"""
    (seen := LedgerMachine.seen).clear()
    run_state_machine_as_test(LedgerMachine, settings=STEPS)
    assert {what: seen[what] for what in FLOORS if seen[what] < FLOORS[what]} == {}


# --- can it fail? -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bug", "reason"),
    [
        (burnt_number, "the ledger says what the model|books replayed are the live ones|a porsi series has no gap"),
        (lost_idempotency, "the ledger says what the model says"),
        (revoked_branch_accepted, "the ledger says what the model says"),
        (number_granted_again, "the ledger says what the model says"),
        (ack_before_commit, "a full disk is told"),
    ],
)
def test_a_planted_bug_is_found(bug: Callable[[Store], None], reason: str) -> None:
    """Control: does the machine, as it is run above, fail when the ledger has this bug?"""

    class Planted(LedgerMachine):
        plant = staticmethod(bug)

    once = settings(STEPS, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck))
    with pytest.raises(AssertionError, match=reason):
        run_state_machine_as_test(Planted, settings=once)


def test_what_always_holds_can_fail() -> None:
    """Control: does each invariant see what it is there for, when the model does not see it first?"""
    machine = LedgerMachine()
    machine.start()
    try:
        machine.register(1, "002/0101", JUTA_20, moved=False)
        machine.chain_numbers_series_and_balances_hold()
        machine.what_was_acknowledged_is_kept()
        machine.a_revoked_branch_posts_nothing()
        seq, (asked, answer) = max(machine.acked.items())
        for wrong in ((replace(asked, stan=9), answer), (asked, {"nomor_porsi": "1100000002"})):
            machine.acked[seq] = wrong
            with pytest.raises(AssertionError):
                machine.what_was_acknowledged_is_kept()
        machine.bodies[1] = revocation(machine.bodies[1], "002", "0101")
        with pytest.raises(AssertionError, match="a blocked branch posted"):
            machine.a_revoked_branch_posts_nothing()
        machine.naive.posted.pop()
        with pytest.raises(AssertionError, match="the porsi granted"):
            machine.chain_numbers_series_and_balances_hold()
        machine.acked.clear()
        with pytest.raises(AssertionError):
            machine.what_was_acknowledged_is_kept()
    finally:
        machine.teardown()


def revocation(body: bytes, bank: str, cabang: str) -> bytes:
    """An entry made into the revocation of a branch."""
    entry = decode_entry(body)
    facts = StatusUserIdFacts(bank, cabang, "AKTIF", "DICABUT", "x")
    return encode_entry("UID", entry.stamp, facts, (), entry.hash_before)
