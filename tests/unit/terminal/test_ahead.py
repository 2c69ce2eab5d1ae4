from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from terminal.panels.ahead import AHEAD_MAX, TypeAhead
from terminal.panels.memory import COMMANDS_MAX, Memory


def test_presses_come_back_in_order() -> None:
    ahead = TypeAhead()
    assert ahead.take() is None
    assert all(ahead.put(str(number), None) for number in range(3))
    assert [ahead.take(), ahead.take(), ahead.take(), ahead.take()] == [("0", None), ("1", None), ("2", None), None]


def test_it_is_bounded() -> None:
    ahead = TypeAhead()
    assert [ahead.put("1", "1") for _ in range(AHEAD_MAX + 2)].count(False) == 2
    assert len(ahead) == AHEAD_MAX
    ahead.take()
    assert ahead.put("2", "2")


def test_an_error_takes_what_was_typed_blind_and_leaves_what_came_after() -> None:
    ahead = TypeAhead()
    for name in "ab":
        ahead.put(name, name)
    ahead.mark()
    ahead.put("c", "c")
    assert ahead.take() == ("a", "a")
    assert ahead.drop() == 1
    assert ahead.take() == ("c", "c")
    assert ahead.drop() == 0


@given(st.lists(st.sampled_from(["put", "take", "mark", "drop"]), max_size=300))
def test_whatever_happens_it_is_a_queue_with_a_blind_part_in_front(steps: list[str]) -> None:
    ahead, model, blind, number = TypeAhead(), list[str](), 0, 0
    for step in steps:
        match step:
            case "put":
                number += 1
                if ahead.put(str(number), None):
                    model.append(str(number))
                assert len(model) <= AHEAD_MAX
            case "take":
                taken = ahead.take()
                assert (taken[0] if taken else None) == (model.pop(0) if model else None)
                blind = max(0, blind - 1)
            case "mark":
                ahead.mark()
                blind = len(model)
            case _:
                assert ahead.drop() == blind
                model, blind = model[blind:], 0
        assert (len(ahead), ahead.ahead) == (len(model), blind)


def test_what_was_sent_is_remembered_by_display_and_field() -> None:
    memory = Memory()
    memory.sent("SKHSPT", {"nama": "AHMAD", "nik": ""})
    memory.sent("SKHSPT", {"nama": "", "nik": "1"})
    assert memory.last("SKHSPT", "nama") == "AHMAD"
    assert memory.last("SKHSPT", "nik") == "1"
    assert memory.last("SKHUID", "nama") is None


def test_commands_go_back_to_the_first_and_no_further() -> None:
    memory = Memory()
    assert memory.command(1) is None
    for number in range(COMMANDS_MAX + 2):
        memory.ran(f"PO {number}")
        memory.ran(f"PO {number}")
    assert memory.command(1) == f"PO {COMMANDS_MAX + 1}"
    assert memory.command(COMMANDS_MAX) == "PO 2"
    assert memory.command(COMMANDS_MAX + 1) is None
    assert memory.command(0) is None
