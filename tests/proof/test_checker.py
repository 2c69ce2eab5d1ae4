"""T10: the one checker of order and loss agrees with its definition, on histories drawn without mercy."""

from __future__ import annotations

import os
from collections import Counter
from math import inf
from random import Random
from typing import NamedTuple

from bench.check import REFUSED, Call, Held, check
from tests.proof.conftest import Tell
from tests.proof.definition import broken_by_definition

HISTORIES = int(os.environ.get("PROOF_HISTORIES", "20000"))
SERIES = ("01", "13")


class History(NamedTuple):
    """What was asked, what is held, and when it arrived."""

    calls: list[Call]
    held: list[Held]
    arrived: dict[int, float]


def served(random: Random) -> History:
    """What a right host makes: it takes requests as they arrive and answers within each request's time."""
    calls, held, arrived = [], [], {}
    now = 0
    for identity in range(random.randrange(1, 9)):
        now += random.randrange(4)
        seri = random.choice(SERIES)
        urut = 1 + sum(one.seri == seri for one in held)
        nomor = f"{seri}{urut:08d}"
        asked, answered = now - random.randrange(4), now + random.randrange(4)
        fate = random.randrange(8)
        if fate == 0:
            calls.append(Call(identity, asked, answered, REFUSED))
            continue
        if fate in {1, 2}:
            calls.append(Call(identity, asked))
        if fate != 1:
            calls.append(Call(identity, asked, answered, len(held) + 1, nomor))
        arrived[identity] = now
        held.append(Held(identity, len(held) + 1, nomor, seri, urut, now))
    return History(calls, held, arrived)


def spoil(random: Random, history: History) -> None:
    """One thing changed; it may or may not break a rule."""
    calls, held, arrived = history
    at, number = random.randrange(len(calls)), random.randrange(9)
    entry = random.randrange(len(held)) if held else -1
    match random.randrange(9):
        case 0:
            calls[at] = calls[at]._replace(asked=random.randrange(12))
        case 1:
            calls[at] = calls[at]._replace(answered=random.choice([inf, *range(12)]))
        case 2:
            calls[at] = calls[at]._replace(seq=random.choice([None, REFUSED, number]))
        case 3:
            del calls[at]
        case 4 if held:
            del held[entry]
        case 5 if held:
            held[entry] = held[entry]._replace(identity=number)
        case 6 if held:
            other = random.choice(held)
            held[entry] = held[entry]._replace(seq=other.seq, nomor=other.nomor, seri=other.seri, urut=other.urut)
        case 7 if held:
            held[entry] = held[entry]._replace(waktu_us=random.randrange(12))
        case _:
            arrived[number] = random.randrange(12)


def draw(random: Random) -> History:
    history = served(random)
    for _ in range(random.choice([0, 0, 1, 1, 2, 3])):
        if history.calls:
            spoil(random, history)
    return history


def test_the_checker_agrees_with_its_definition(tell: Tell) -> None:
    random, broken = Random(10), Counter[str]()
    valid = 0
    for number in range(HISTORIES):
        calls, held, arrived = draw(random)
        expected = broken_by_definition(calls, held, arrived)
        found = {fault.rule for fault in check(calls, held, None, arrived)}
        assert found == expected, (number, calls, held, arrived)
        broken.update(expected)
        valid += not expected
    invalid = HISTORIES - valid
    tell(histories=HISTORIES, invalid=invalid, seed=10, **dict(sorted(broken.items())))
    assert invalid >= HISTORIES // 5
    assert valid >= HISTORIES // 5
    assert len(broken) == 7
    assert min(broken.values()) >= HISTORIES // 100, broken


def test_control_a_checker_blind_to_arrival_is_caught(tell: Tell) -> None:
    """Without R6 a host that numbers the last to arrive first passes."""
    random = Random(10)
    blind = 0
    for number in range(1, HISTORIES + 1):
        calls, held, arrived = draw(random)
        blind = number
        if {fault.rule for fault in check(calls, held)} != broken_by_definition(calls, held, arrived):
            break
    else:
        raise AssertionError("the definition does not see what this checker misses")
    tell(caught_at_history=blind)
