from __future__ import annotations

import asyncio
import random
from array import array

import pytest

from bench.check import REFUSED, Fault
from bench.country import build
from bench.day import DayWork, Latencies
from bench.evidence import Tally, collect, count
from bench.fleet import Fleet
from bench.virtual_terminal import Seat
from bench.work import FloodWork
from bench.workload import Item, What
from txserver.wire.frames import Accepted, Busy, FromHost, Refused, encode

PLAN = [[Item(What.GRANT, 0), Item(What.AMOUNT, 0), Item(What.REPRINT, 0), Item(What.GRANT, 1)]]
RIGHT = (
    Accepted(0, 1, 5, 9, False, {"nomor_porsi": "1300000001"}),
    Refused(0, 2, "SKH2006", {}),
    Accepted(0, 3, 6, 9, True, {"nomor_porsi": "1300000002"}),
)


@pytest.fixture
def seat() -> Seat:
    async def make() -> Seat:
        fleet = Fleet("127.0.0.1", 1, random.Random(1))
        fleet.seat_all([build(1).stations], "sandi")
        return fleet.seats[0]

    return asyncio.run(make())


def told(seat: Seat, *answers: FromHost, asked: int = 3) -> Tally:
    work = FloodWork(seat.fleet, [b""] * 3)
    work.asked = array("q", range(10, 10 + asked))
    work.answered = array("q", range(20, 20 + len(answers)))
    work.answers = [encode(answer) for answer in answers]
    seat.work = work
    return collect([seat], PLAN)


def test_planned_answers_are_counted_and_become_calls(seat: Seat) -> None:
    tally = told(seat, *RIGHT)
    assert (tally.requested, tally.granted, tally.replayed, tally.unanswered) == (3, 2, 1, 0)
    assert tally.refused == {"SKH2006": 1}
    assert not tally.unexpected
    assert [(call.asked, call.answered, call.seq) for call in tally.calls] == [
        (10, 20, 5),
        (11, 21, REFUSED),
        (12, 22, 6),
    ]
    assert tally.calls[0].identity == f"{seat.station.origin.perangkat}/2004-05-03/1"


def test_what_was_asked_and_never_answered_is_a_call_without_end(seat: Seat) -> None:
    tally = told(seat, RIGHT[0], asked=2)
    assert tally.unanswered == 2
    assert [(call.asked, call.seq) for call in tally.calls] == [(10, 5), (11, None)]


@pytest.mark.parametrize(
    ("at", "answer"),
    [
        (0, Refused(0, 1, "SKH2001", {})),
        (0, Accepted(0, 2, 5, 9, False, {"nomor_porsi": "1300000001"})),
        (1, Accepted(0, 2, 5, 9, False, {"nomor_porsi": "1300000001"})),
        (1, Refused(0, 2, "SKH2002", {})),
        (1, Busy(0, 2, 1, "SKH9001")),
    ],
)
def test_an_answer_that_was_not_planned_is_named(seat: Seat, at: int, answer: FromHost) -> None:
    assert told(seat, *RIGHT[:at], answer, *RIGHT[at + 1 :]).unexpected.total() == 1


def test_a_lost_answer_is_evidence_too(seat: Seat) -> None:
    work = DayWork(seat, Latencies())
    work.dropped = [(1, 10, 15, encode(RIGHT[0]))]
    seat.work = work
    tally = collect([seat], [[]])
    assert [(call.asked, call.answered, call.seq, call.nomor) for call in tally.calls] == [(10, 15, 5, "1300000001")]


def test_faults_are_counted_by_the_words_of_the_report() -> None:
    faults = [Fault(f"R{n}", "") for n in (1, 2, 3, 4, 5, 5, 7)]
    assert count(faults) == {"lost": 2, "duplicates": 2, "gaps": 1, "order_violations": 2}
