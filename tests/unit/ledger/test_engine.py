"""Does a request become one entry or none, and does a fault of ours cost only the request that met it?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import batch
from ledger.batch import OUR_FAULT, Faulted
from ledger.books import Books
from ledger.codec import decode_entry
from ledger.engine import Asked, Engine, Posted, Repeat, answer_of, replay
from ledger.kinds import KIND_BY_REQUEST, KINDS, setoran_awal
from ledger.kinds.bank import BankBaru
from ledger.kinds.pembukaan import Pembukaan
from ledger.kinds.setoran_awal import SetoranAwal
from ledger.records import Refusal
from ledger.vault import NoVault
from ledger.verify import Checker
from tests.ledger_fixtures import (
    CENTRE,
    JUTA_20,
    OPENING,
    PAGI,
    Desk,
    PlainVault,
    branch,
    found,
    good_bodies,
    pilgrim,
    plain_engine,
    post_all,
)

POISON = 0
"""A deposit on the form with this number stops the rules, in the tests that plant a fault."""


class Live:
    """A founded engine in memory that remembers every entry made durable."""

    def __init__(self) -> None:
        self.engine, self.desk, self.bodies = plain_engine(), Desk(stan={(CENTRE[0], "0000-00-00"): 1}), []
        self.engine.open_ledger(OPENING, 0)
        self.settle()
        self.run(found(self.desk))

    def settle(self) -> None:
        self.bodies += self.engine.bodies
        self.engine.settle()

    def run(self, asked: list[Asked]) -> list[batch.Outcome]:
        outcomes = batch.run(self.engine, asked)
        self.settle()
        return outcomes

    def rows(self) -> dict[str, dict[str, Any]]:
        return {name: dict(table.rows) for name, table in self.engine.books.tables.items()}

    def check(self) -> Checker:
        """Chain, numbering and series of all that was made durable."""
        checker = Checker()
        for seq, body in enumerate(self.bodies, 1):
            checker.take(seq, body)
        return checker


@pytest.fixture
def live() -> Live:
    return Live()


@pytest.fixture
def poisoned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half way through its apply a deposit on form POISON meets a mistake of ours."""

    def apply(books: Books, facts: setoran_awal.SetoranAwalFacts, stamp: Any) -> None:
        setoran_awal.apply(books, facts, stamp)
        assert int(facts.nomor_spph[4:]) != POISON, "planted"

    monkeypatch.setitem(KIND_BY_REQUEST, SetoranAwal, replace(KINDS["STA"], apply=apply))


def test_entries_of_a_batch_number_on_and_chain(live: Live) -> None:
    """Are numbers and hashes right inside a batch and from one batch to the next?"""
    first = len(live.bodies)
    outcomes = live.run(pilgrim(live.desk, 1) + pilgrim(live.desk, 2))
    outcomes += live.run(pilgrim(live.desk, 3))
    assert [outcome.seq for outcome in outcomes] == list(range(first + 1, first + 10))
    checker = live.check()
    assert (checker.seq, checker.series) == (len(live.bodies), {"11": 3})


def test_ledger_time_never_falls(live: Live) -> None:
    """When the clock goes back, does the stamp stay at the last entry's time, also after an abandoned batch?"""
    live.desk.waktu_us = PAGI + 5
    assert live.run([live.desk.ask(*CENTRE, BankBaru("003", "A"))])[0].waktu_us == PAGI + 5
    live.desk.waktu_us = PAGI + 900
    live.engine.post(live.desk.ask(*CENTRE, BankBaru("004", "B")))
    live.engine.abandon()
    live.desk.waktu_us = PAGI - 60
    assert live.run([live.desk.ask(*CENTRE, BankBaru("005", "C"))])[0].waktu_us == PAGI + 5
    live.check()


def test_an_abandoned_batch_leaves_nothing(live: Live) -> None:
    """Are books, numbers and chain as before, and does the next batch go on as if it had never been?"""
    before = live.rows()
    for asked in pilgrim(live.desk, 1):
        assert type(live.engine.post(asked)) is Posted
    assert live.rows() != before
    live.engine.abandon()
    assert (live.rows(), live.engine.bodies) == (before, [])
    outcomes = live.run(pilgrim(live.desk, 2, urut=1))
    assert outcomes[-1].data == {"nomor_porsi": "1100000001"}
    live.check()


@pytest.mark.parametrize("at", range(4))
def test_a_mistake_in_the_rules_costs_only_its_request(live: Live, poisoned: None, at: int) -> None:
    """Wherever in a batch the offender stands: do the others get consecutive numbers, and it none?"""
    for person in range(1, 5):
        live.run(pilgrim(live.desk, person)[:2])
    first = len(live.bodies)
    asked = [live.desk.ask(*branch("002/0101"), SetoranAwal(f"3325{form:07d}", JUTA_20)) for form in range(1, 5)]
    poison = at + 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(globals(), "POISON", poison)
        outcomes = live.run(asked)
    assert outcomes[at] == Faulted("AssertionError")
    posted = [outcome for outcome in outcomes if type(outcome) is Posted]
    assert [outcome.seq for outcome in posted] == [first + 1, first + 2, first + 3]
    assert [outcome.data["nomor_porsi"] for outcome in posted] == [f"11{n:08d}" for n in (1, 2, 3)]
    assert live.check().granted == 3
    assert live.engine.books.spph(f"3325{poison:07d}").status == "SAH", (
        "the form can be used when the mistake is mended"
    )


def test_a_whole_batch_of_offenders_writes_nothing(live: Live, poisoned: None) -> None:
    """If every request faults: is nothing written, and does each have its outcome?"""
    live.run(pilgrim(live.desk, 1)[:2])
    before = live.rows()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(globals(), "POISON", 1)
        deposit = live.desk.ask(*branch("002/0101"), SetoranAwal("33250000001", JUTA_20))
        assert live.run([deposit] * 3) == [Faulted("AssertionError")] * 3
    assert live.rows() == before


@pytest.mark.parametrize("error", OUR_FAULT)
def test_every_kind_of_mistake_is_ours(live: Live, monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    """Are type, value, lookup and arithmetic errors met in the same way, and named without content?"""

    def post(asked: Asked) -> Any:
        raise error("with a NIK in it")

    monkeypatch.setattr(live.engine, "post", post)
    assert live.run([live.desk.ask(*CENTRE, BankBaru("003", "A"))]) == [Faulted(error.__name__)]


def test_a_storage_error_is_not_ours_to_swallow(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: does an error of the disk go through, so that the process ends?"""

    def post(asked: Asked) -> Any:
        raise OSError("disk")

    monkeypatch.setattr(live.engine, "post", post)
    with pytest.raises(OSError, match="disk"):
        live.run([live.desk.ask(*CENTRE, BankBaru("003", "A"))])


def test_the_opening_cannot_be_posted_again(live: Live) -> None:
    """Is entry 1 out of reach, by the way of terminals and by the way of `init`?"""
    before = live.rows()
    assert live.run([live.desk.ask(*CENTRE, OPENING)]) == [Refusal("SKH7008", {"user": "OPERATOR", "kind": "GEN"})]
    assert live.engine.open_ledger(Pembukaan("11" * 16, "B", False, "X", "Y"), PAGI) == Refusal("SKH8013", {})
    assert live.rows() == before


def test_a_repeat_gets_its_number_whatever_has_happened_since(live: Live) -> None:
    """Same batch, later batch, next day, other content: is the first entry found, and nothing written?"""
    deposit = pilgrim(live.desk, 1)
    outcomes = live.run([*deposit, deposit[-1]])
    assert outcomes[3] == Repeat(outcomes[2].seq, decode_entry(live.bodies[-1]).stamp.sidik)
    other = msgspec.structs.replace(deposit[-1], request=SetoranAwal("33250000001", 1))
    repeats = live.run([deposit[-1], other])
    assert [repeat.seq for repeat in repeats] == [outcomes[2].seq] * 2
    assert [repeat.sidik == outcomes[3].sidik for repeat in repeats] == [True, False]


def test_the_answer_of_an_entry_is_the_first_answer(live: Live) -> None:
    """Does a stored entry tell what its request was told, for every kind that answers?"""
    outcomes = live.run(pilgrim(live.desk, 1))
    assert [answer_of(decode_entry(body)) for body in live.bodies[-3:]] == [outcome.data for outcome in outcomes]
    assert all(outcome.data for outcome in outcomes)


def test_replay_equals_live(live: Live) -> None:
    """Do the books replayed from the entries equal those that were decided on, row by row?"""
    live.run(pilgrim(live.desk, 1) + pilgrim(live.desk, 2, "009/0401", urut=1))
    books = Books(NoVault())
    for body in live.bodies:
        replay(books, decode_entry(body))
    assert {name: table.rows for name, table in books.tables.items()} == live.rows()


def test_replay_does_not_ask_the_rules(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: would replay go on when today's rules refuse everything?"""
    live.run(pilgrim(live.desk, 1))
    monkeypatch.setattr(setoran_awal, "decide", lambda *_: Refusal("SKH2001", {}))
    books = Books(NoVault())
    for body in live.bodies:
        replay(books, decode_entry(body))
    assert books.porsi_terakhir("11") == 1


@given(st.lists(st.sampled_from([1, 2, 3, 13, 14]), min_size=1, max_size=8), st.integers(1, 8))
def test_any_batch_with_offenders_leaves_a_whole_ledger(people: list[int], size: int) -> None:
    """Any order, any batches, persons twice, offenders among them: does the ledger of what was posted hold?"""
    live = Live()
    faulty = {13, 14}

    def apply(books: Books, facts: Any, stamp: Any) -> None:
        setoran_awal.apply(books, facts, stamp)
        assert owner[facts.nomor_spph] not in faulty, "planted"

    owner: dict[str, int] = {}
    for urut, person in enumerate(people, 1):
        owner[f"3325{urut:07d}"] = person
        live.run(pilgrim(live.desk, person, urut=urut)[:2])
    asked = [live.desk.ask(*branch("002/0101"), SetoranAwal(nomor, JUTA_20)) for nomor in owner]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(KIND_BY_REQUEST, SetoranAwal, replace(KINDS["STA"], apply=apply))
        outcomes = [outcome for at in range(0, len(asked), size) for outcome in live.run(asked[at : at + size])]
    granted = {person for person in people if person not in faulty}
    assert sum(type(outcome) is Posted for outcome in outcomes) == len(granted)
    assert sum(type(outcome) is Faulted for outcome in outcomes) == sum(person in faulty for person in people)
    assert live.check().granted == len(granted)


def test_good_bodies_hold() -> None:
    """Control of the fixtures: does the small ledger other tests damage hold before they do?"""
    checker = Checker()
    for seq, body in enumerate(good_bodies(), 1):
        checker.take(seq, body)
    assert checker.series == {"11": 2, "13": 1}
    engine = Engine(Books(PlainVault()), PlainVault().digest, 0, bytes(32), 0)
    engine.open_ledger(OPENING, 0)
    engine.settle()
    desk = Desk(stan={(CENTRE[0], "0000-00-00"): 1})
    assert post_all(engine, found(desk)) == good_bodies(())[1:]
