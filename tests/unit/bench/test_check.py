"""The checker against its definition written down the slow way, and against planted faults."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.check import REFUSED, Call, Held, check
from tests.proof.definition import broken_by_definition


def rules(calls: list[Call], held: list[Held]) -> set[str]:
    return {fault.rule for fault in check(calls, held)}


def nomor(seri: str, urut: int) -> str:
    return f"{seri}{urut:08d}"


small = st.integers(0, 5)
answers = st.sampled_from([(None, ""), (REFUSED, ""), (1, nomor("13", 1)), (2, nomor("13", 2)), (2, nomor("01", 1))])


@st.composite
def call(draw: st.DrawFn) -> Call:
    asked = draw(small)
    answer = draw(answers)
    answered = inf if answer[0] is None else asked + draw(small)
    return Call(draw(small), asked, answered, *answer)


@st.composite
def entry(draw: st.DrawFn) -> Held:
    seri, urut = draw(st.sampled_from(["01", "13"])), draw(st.integers(1, 3))
    return Held(draw(small), draw(st.integers(1, 4)), nomor(seri, urut), seri, urut, draw(small))


@given(st.lists(call(), max_size=6), st.lists(entry(), max_size=4))
@settings(max_examples=2_000)
def test_wild_histories_are_judged_as_the_definition_judges_them(calls: list[Call], held: list[Held]) -> None:
    assert rules(calls, held) == broken_by_definition(calls, held)


@st.composite
def served(draw: st.DrawFn) -> tuple[list[Call], list[Held]]:
    """A history of a host that does all right: it grants within each request's time, in order."""
    calls, held = [], []
    now = 0
    for identity in range(draw(st.integers(0, 12))):
        now += draw(small)
        seri = draw(st.sampled_from(["01", "13"]))
        urut = 1 + sum(one.seri == seri for one in held)
        asked, answered = now - draw(small), now + draw(small)
        match draw(st.sampled_from(["granted", "refused", "unanswered", "twice"])):
            case "refused":
                calls.append(Call(identity, asked, answered, REFUSED))
                continue
            case "unanswered":
                calls.append(Call(identity, asked))
            case "twice":
                calls.append(Call(identity, asked))
                calls.append(Call(identity, asked, answered, len(held) + 1, nomor(seri, urut)))
            case _:
                calls.append(Call(identity, asked, answered, len(held) + 1, nomor(seri, urut)))
        held.append(Held(identity, len(held) + 1, nomor(seri, urut), seri, urut, now))
    return calls, held


@given(served())
def test_a_right_history_has_no_fault(history: tuple[list[Call], list[Held]]) -> None:
    calls, held = history
    assert check(calls, held) == []
    assert broken_by_definition(calls, held) == set()


def good(count: int = 6) -> tuple[list[Call], list[Held]]:
    held = [Held(n, n + 10, nomor("13", n), "13", n, 100 * n) for n in range(1, count + 1)]
    calls = [Call(e.identity, 10.0 * e.urut, 10.0 * e.urut + 5, e.seq, e.nomor) for e in held]
    return calls, held


def test_the_planted_history_is_right_before_anything_is_planted() -> None:
    assert check(*good()) == []


def test_a_number_granted_twice_is_caught() -> None:
    calls, held = good()
    held[4] = held[4]._replace(nomor=held[1].nomor)
    assert "R1" in rules(calls, held)


def test_a_gap_is_caught_once() -> None:
    calls, held = good()
    del held[2], calls[2]
    assert [fault.rule for fault in check(calls, held)] == ["R2"]


def test_a_series_that_does_not_begin_at_one_is_caught_unless_it_went_on() -> None:
    calls, held = good()
    assert rules(calls[3:], held[3:]) == {"R2"}
    assert check(calls[3:], held[3:], {"13": 3}) == []


def test_an_entry_nobody_asked_for_is_caught() -> None:
    calls, held = good()
    assert rules(calls[:-1], held) == {"R2"}


def test_an_answer_before_an_earlier_request_is_caught() -> None:
    calls, held = good()
    calls[4] = calls[4]._replace(asked=1.0, answered=2.0)
    assert rules(calls, held) == {"R3"}


def test_an_unanswered_request_takes_part_in_the_order() -> None:
    calls, held = good()
    calls[0] = Call(calls[0].identity, 27.0)
    assert rules(calls, held) == {"R3"}


def test_one_request_as_two_entries_is_caught() -> None:
    calls, held = good()
    held[3] = held[3]._replace(identity=held[2].identity)
    assert {"R4", "R5"} <= rules(calls, held)


@pytest.mark.parametrize("change", [{"seq": 99}, {"nomor": nomor("13", 9)}, {"seq": REFUSED, "nomor": ""}])
def test_an_answer_the_ledger_does_not_hold_is_caught(change: dict[str, object]) -> None:
    calls, held = good()
    calls[2] = calls[2]._replace(**change)
    assert rules(calls, held) == {"R5"}


def test_an_acknowledged_entry_that_is_gone_is_caught() -> None:
    calls, held = good()
    assert rules(calls, held[:-1]) == {"R5"}


def test_two_numbers_for_one_request_are_caught() -> None:
    calls, held = good()
    calls.append(calls[2]._replace(seq=14, nomor=nomor("13", 4)))
    assert rules(calls, held) == {"R5"}


def test_numbering_out_of_the_order_of_arrival_is_caught_where_it_is_known() -> None:
    calls, held = good()
    calls = [call._replace(asked=1.0, answered=99.0) for call in calls]
    arrived = {entry.identity: float(entry.seq) for entry in held}
    assert check(calls, held, None, arrived) == []
    arrived[held[3].identity] = 0.5
    assert [fault.rule for fault in check(calls, held, None, arrived)] == ["R6"]
    del arrived[held[3].identity]
    assert check(calls, held, None, arrived) == []


def test_falling_time_is_caught() -> None:
    calls, held = good()
    held[3] = held[3]._replace(waktu_us=1)
    assert rules(calls, held) == {"R7"}
