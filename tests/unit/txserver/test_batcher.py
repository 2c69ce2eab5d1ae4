"""The queue: out as it came in, bounded as a whole and for each branch."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ledger.records import Origin, origin_of
from tests.host_fixtures import FAR_TELLER, NEIGHBOUR, TELLER, TELLER_2, signed_on
from txserver.batcher import Batcher
from txserver.session import Question, Queued, Session

SESSIONS: dict[Origin, Session] = {}


def ticket(origin: Origin, nomor: int) -> Question:
    if origin not in SESSIONS:
        SESSIONS[origin] = signed_on(origin)
    return Question(SESSIONS[origin], nomor, None)


def numbers(batch: list[Queued]) -> list[int]:
    return [ticket.nomor for ticket in batch]


def test_leaves_in_order_of_arrival_whatever_the_branch() -> None:
    batcher = Batcher(100, 100, 100)
    for nomor, origin in enumerate([TELLER, NEIGHBOUR, TELLER_2, FAR_TELLER, TELLER]):
        assert batcher.offer(ticket(origin, nomor))
    assert len(batcher) == 5
    assert numbers(batcher.ready()) == [0, 1, 2, 3, 4]
    assert (len(batcher), batcher.ready()) == (0, [])


def test_queue_is_bounded_and_a_turned_away_request_leaves_no_trace() -> None:
    batcher = Batcher(2, 100, 100)
    assert [batcher.offer(ticket(TELLER, n)) for n in range(3)] == [True, True, False]
    assert numbers(batcher.ready()) == [0, 1]
    assert batcher.offer(ticket(TELLER, 3))


def test_a_branch_has_its_share_over_all_its_devices_and_others_go_on() -> None:
    batcher = Batcher(100, 2, 100)
    assert [batcher.offer(ticket(origin, 0)) for origin in (TELLER, TELLER_2, TELLER)] == [True, True, False]
    assert batcher.offer(ticket(NEIGHBOUR, 0))
    assert batcher.offer(ticket(FAR_TELLER, 0))
    assert not batcher.offer(ticket(TELLER_2, 1))


def test_partial_batches_give_back_the_share_of_what_left() -> None:
    batcher = Batcher(100, 2, 2)
    for nomor, origin in enumerate([TELLER, NEIGHBOUR, TELLER, NEIGHBOUR, FAR_TELLER]):
        assert batcher.offer(ticket(origin, nomor))
    assert numbers(batcher.ready()) == [0, 1]
    assert len(batcher) == 3
    assert batcher.offer(ticket(TELLER, 5))
    assert not batcher.offer(ticket(TELLER, 6))
    assert numbers(batcher.ready()) == [2, 3]
    assert numbers(batcher.ready()) == [4, 5]
    assert batcher.offer(ticket(TELLER, 7))


@given(
    st.lists(st.none() | st.sampled_from([f"{n:04d}" for n in range(4)]), max_size=60),
    st.integers(1, 6),
    st.integers(1, 4),
    st.integers(1, 5),
)
def test_agrees_with_a_list(steps: list[str | None], queue_max: int, branch_max: int, batch_max: int) -> None:
    """None takes a batch, a branch offers a request: the plain list says what must happen."""
    batcher = Batcher(queue_max, branch_max, batch_max)
    model: list[tuple[str, int]] = []
    for nomor, branch in enumerate(steps):
        if branch is None:
            assert numbers(batcher.ready()) == [nomor for _, nomor in model[:batch_max]]
            del model[:batch_max]
            continue
        room = len(model) < queue_max and sum(name == branch for name, _ in model) < branch_max
        assert batcher.offer(ticket(origin_of("001", branch, "T1", "U"), nomor)) == room
        if room:
            model.append((branch, nomor))
        assert len(batcher) == len(model)
