"""The host's own clerk: judged like anybody, numbered without a clash, patient with BUSY."""

from __future__ import annotations

from ledger.kinds.tutup_bank import TutupBank
from ledger.kinds.tutup_setoran import TutupSetoran
from ledger.records import Refusal
from tests.host_fixtures import HARI, HEAD_OFFICE, NEIGHBOUR, OPERATOR, TELLER, MakeDesk, deposit
from tests.unit.txserver.counter import Watch
from txserver.evening.clerk import DEVICE, Clerk
from txserver.wire.frames import Accepted

BRANCHES = ("0001", "0002", "0101")


def clerk_of(desk: object) -> Clerk:
    return Clerk(desk.committer, desk.store.books, Watch())  # type: ignore[attr-defined]


async def test_what_he_posts_stands_in_the_user_s_name_at_the_host_s_device(make_desk: MakeDesk) -> None:
    desk, _ = make_desk()
    posted = await clerk_of(desk).post(HEAD_OFFICE, TutupSetoran("001", "0001"))
    assert isinstance(posted, Accepted)
    seq = desk.store.books.permintaan(f"{HEAD_OFFICE.tapak}/{DEVICE}", HARI, posted.stan)
    assert seq == posted.seq
    cut = desk.store.books.tutup("001/0001")
    assert cut is not None
    assert cut.seq == seq


async def test_rules_refuse_him_as_they_refuse_the_user(make_desk: MakeDesk) -> None:
    desk, _ = make_desk()
    clerk = clerk_of(desk)
    assert (await clerk.post(TELLER, TutupBank("001"))) == Refusal("SKH7008", {"user": "TLR1", "kind": "TSB"})
    refused = await clerk.post(HEAD_OFFICE, TutupBank("001"))
    assert isinstance(refused, Refusal)
    assert refused.id == "SKH6202"


async def test_many_at_once_are_all_answered_though_the_queue_is_short(make_desk: MakeDesk) -> None:
    """A branch has two places in this queue: the rest is brought again under new STANs."""
    desk, _ = make_desk(branch_queue_max=2, queue_max=4, busy_wait_ms=1)
    told: list[int] = []
    requests = [TutupSetoran("001", cabang) for cabang in (*BRANCHES, *BRANCHES)]
    outcomes = await clerk_of(desk).post_all(OPERATOR, requests, lambda: told.append(1))
    assert [isinstance(outcome, Accepted) for outcome in outcomes].count(True) == 3
    assert {outcome.id for outcome in outcomes if isinstance(outcome, Refusal)} == {"SKH6201"}
    assert (len(told), desk.metrics.busy > 0) == (6, True)


async def test_another_clerk_goes_on_above_what_is_posted(make_desk: MakeDesk) -> None:
    """A restart forgets his count; the ledger has not."""
    desk, numbers = make_desk()
    first = await clerk_of(desk).post(OPERATOR, TutupSetoran("001", "0101"))
    second = await clerk_of(desk).post(OPERATOR, TutupSetoran("001", "0002"))
    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    assert second.stan > first.stan
    outcomes = desk.store.post_batch([deposit(TELLER, 1, numbers[0]), deposit(NEIGHBOUR, 1, numbers[1])])
    assert [type(outcome).__name__ for outcome in outcomes] == ["Posted", "Refusal"]
