"""A clock that is not believed: what is still answered, and which permit of two people stands."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ledger.kinds.terima_jam import TerimaJam
from ledger.records import Refusal
from tests.host_fixtures import NINE_US, OPERATOR, OPERATOR_2, TELLER, TELLER_2, MakeDesk, turn, written
from txserver.clock import DemoClock
from txserver.clock_permit import BEHIND_US, FILE, give, given
from txserver.evening.clerk import Clerk
from txserver.host import Host
from txserver.quarantine import masked
from txserver.wire.frames import Accepted

KEY, LEDGER, LAST_US = bytes(range(32)), "ab" * 16, 4_102_455_600_000_000


def test_a_permit_is_of_one_ledger_and_one_time(tmp_path: Path) -> None:
    file = tmp_path / FILE
    assert given(file, KEY, LEDGER, LAST_US, NINE_US) is None
    give(file, KEY, LEDGER, (LAST_US, NINE_US, "OPERATOR", "OPERATOR2"))
    assert given(file, KEY, LEDGER, LAST_US, NINE_US) == ("OPERATOR", "OPERATOR2")
    assert given(file, KEY, LEDGER, LAST_US, NINE_US - BEHIND_US) == ("OPERATOR", "OPERATOR2")
    assert given(file, KEY, LEDGER, LAST_US, NINE_US - BEHIND_US - 1) is None, "a clock that nobody has seen"
    assert file.stat().st_mode & 0o077 == 0
    later = given(file, KEY, LEDGER, LAST_US + 1, NINE_US)
    assert later is None, "an entry has a later time: the clock had gone ahead again"
    assert given(file, KEY, "cd" * 16, LAST_US, NINE_US) is None
    assert given(file, bytes(32), LEDGER, LAST_US, NINE_US) is None
    for damaged in (b"", b"[]", file.read_bytes().replace(b"OPERATOR2", b"OPERATOR3")):
        file.write_bytes(damaged)
        assert given(file, KEY, LEDGER, LAST_US, NINE_US) is None


async def test_what_was_posted_is_answered_and_nothing_new_is_taken(make_desk: MakeDesk) -> None:
    desk, numbers = make_desk()
    one, other = desk.sit(TELLER), desk.sit(TELLER_2)
    desk.post(one, 1, numbers[0])
    await turn(desk)
    first = written(one)[0]
    desk.committer.disbelieve_clock()
    desk.post(other, 1, numbers[1])
    desk.post(one, 1, numbers[0])
    desk.committer.believe_clock()
    await turn(desk)
    assert written(one)[0][3:] == [*first[3:5], True, first[6]]
    assert written(other) == [["REFUSED", 0, 1, "SKH9015", {}]]
    desk.post(other, 2, numbers[1])
    await turn(desk)
    assert written(other)[-1][0] == "ACCEPTED"


@pytest.mark.parametrize(
    ("outcome", "told", "closed_by"),
    [
        (Accepted(0, 1, 2, 3, False, {}), "SKH8106 user=OPERATOR penyetuju=OPERATOR2", ""),
        (Refusal("SKH9017", {}), "SKH8106 user=OPERATOR penyetuju=OPERATOR2", ""),
        (Refusal("SKH7022", {"user": "OPERATOR2", "kind": "JAM"}), "SKH8112 id=SKH7022", "SKH9015"),
        (Refusal("SKH9004", {}), "SKH8112 id=SKH9004", "SKH9015"),
    ],
)
async def test_a_permit_opens_when_it_stands_in_the_ledger(
    make_desk: MakeDesk, caplog: pytest.LogCaptureFixture, outcome: Accepted | Refusal, told: str, closed_by: str
) -> None:
    """Whoever signed may have lost his place since, or the disk has no room: then posts stay refused."""
    caplog.set_level("INFO")
    desk, _ = make_desk()
    desk.committer.disbelieve_clock()
    asked: list[Any] = []

    async def post(*given: Any) -> Accepted | Refusal:
        asked.append(given)
        return outcome

    own: Any = SimpleNamespace(
        committer=desk.committer,
        _not_entered="",
        store=desk.store,
        clock=SimpleNamespace(now_us=lambda: 7),
        evening=SimpleNamespace(clerk=SimpleNamespace(post=post)),
    )
    await Host._enter_permit(own, "OPERATOR", "OPERATOR2")
    await Host._enter_permit(own, "OPERATOR", "OPERATOR2")
    assert [(origin.user, origin.tapak, request, second) for origin, request, second in asked] == [
        ("OPERATOR", "DEP/0000", TerimaJam(7), "OPERATOR2")
    ] * 2
    assert told in caplog.text
    assert caplog.text.count("SKH8112") == bool(closed_by), "told once"
    assert desk.committer.closed_by == closed_by


async def test_what_takes_the_clock_for_right_passes_and_nothing_else(make_desk: MakeDesk) -> None:
    """Behind it posts may pass; beside it none does, and whatever else keeps them out keeps it out too."""
    desk, numbers = make_desk()
    desk.committer.disbelieve_clock()
    clerk = Clerk(desk.committer, desk.store.books, DemoClock(None, 1.0))
    teller = desk.sit(TELLER)
    desk.post(teller, 1, numbers[0])
    taken = await clerk.post(OPERATOR, TerimaJam(1), OPERATOR_2.user)
    assert isinstance(taken, Accepted), taken
    assert written(teller) == [["REFUSED", 0, 1, "SKH9015", {}]]
    assert desk.store.journal.head == taken.seq
    desk.committer.closed_by = "SKH9004"
    low = await clerk.post(OPERATOR, TerimaJam(2), OPERATOR_2.user)
    assert isinstance(low, Refusal)
    assert low.id == "SKH9004"


@pytest.mark.parametrize("other", ["SKH9001", "SKH9004"])
async def test_a_clock_stays_disbelieved_when_another_reason_is_over(make_desk: MakeDesk, other: str) -> None:
    """A start with books far behind forgot it when they had caught up."""
    desk, _ = make_desk()
    if other == "SKH9004":
        desk.committer.look_at_disk(0)
    else:
        desk.committer.closed_by = other
    desk.committer.disbelieve_clock()
    assert desk.committer.closed_by == other
    desk.committer.look_at_disk(1 << 60)
    desk.committer.books_caught_up()
    assert desk.committer.closed_by == "SKH9015"
    desk.committer.believe_clock()
    assert desk.committer.closed_by == ""


async def test_a_host_that_closes_is_not_opened_by_its_clock(make_desk: MakeDesk) -> None:
    desk, _ = make_desk()
    desk.committer.disbelieve_clock()
    await desk.committer.drain()
    desk.committer.believe_clock()
    assert desk.committer.closed_by == "SKH9002"


async def test_space_on_the_disk_opens_registration_again(make_desk: MakeDesk) -> None:
    desk, numbers = make_desk()
    teller = desk.sit(TELLER)
    desk.committer.look_at_disk(desk.settings.reserve_bytes - 1)
    desk.post(teller, 1, numbers[0])
    await turn(desk)
    assert written(teller) == [["REFUSED", 0, 1, "SKH9004", {}]]
    desk.committer.look_at_disk(desk.settings.reserve_bytes)
    desk.post(teller, 2, numbers[0])
    await turn(desk)
    assert written(teller)[0][0] == "ACCEPTED"


def test_what_a_masked_value_shows() -> None:
    assert masked("SITI Kenari, 12 b") == "AAAA Aaaaaa, 99 a"
    assert masked(20_000_000) == "99999999"
    assert masked("") == ""
