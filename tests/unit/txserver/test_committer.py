"""The committer on a real ledger with kept peers: nothing leaves before its commit, and all in order of arrival."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from ledger.codec import decode_entry
from tests.host_fixtures import (
    FAR_TELLER,
    HARI,
    HEAD_OFFICE,
    NEIGHBOUR,
    NINE_US,
    OPERATOR,
    SETORAN,
    SUPERVISOR,
    TELLER,
    TELLER_2,
    Desk,
    KeptPeer,
    MakeDesk,
    close_day,
    pack,
    turn,
    written,
)
from txserver.session import Connection, Session


class Order:
    """Writes down when the journal has committed and when each peer is written to."""

    def __init__(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        self.events: list[tuple[str, int]] = []
        append = desk.store.journal.append

        def commit(bodies: Sequence[bytes]) -> None:
            self.events.append(("begin", len(bodies)))
            append(bodies)
            self.events.append(("durable", desk.store.journal.head))

        monkeypatch.setattr(desk.store.journal, "append", commit)

    def sit(self, desk: Desk, origin: Any) -> Session:
        order = self

        class Witness(KeptPeer):
            def send(self, payload: bytes) -> None:
                super().send(payload)
                if self.queued[-1][0] == "ACCEPTED":
                    order.events.append(("sent", self.queued[-1][3]))

            def flush(self) -> None:
                order.events += [("left", message[3]) for message in self.queued if message[0] == "ACCEPTED"]
                super().flush()

        return desk.sit(origin, connection=Connection(Witness(), 64))


async def test_answers_leave_only_after_the_commit(make_desk: MakeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk, numbers = make_desk()
    order = Order(desk, monkeypatch)
    sessions = [order.sit(desk, origin) for origin in (TELLER, TELLER_2)]
    head = desk.store.journal.head
    for session, nomor in zip(sessions, numbers, strict=False):
        desk.post(session, 1, nomor)
    assert order.events == [], "nothing happens while the request comes in"
    await turn(desk)
    first, second = head + 1, head + 2
    assert order.events[:4] == [("begin", 2), ("durable", second), ("sent", first), ("sent", second)]
    assert sorted(order.events[4:]) == [("left", first), ("left", second)]
    for session, seq, porsi in zip(sessions, (first, second), ("1100000001", "1100000002"), strict=True):
        assert written(session) == [["ACCEPTED", 0, 1, seq, NINE_US, False, {"nomor_porsi": porsi}]]


async def test_numbers_follow_the_order_of_arrival(make_desk: MakeDesk) -> None:
    desk, numbers = make_desk()
    tellers = [desk.sit(origin) for origin in (TELLER_2, NEIGHBOUR, TELLER)]
    for session, nomor in zip(tellers, numbers, strict=False):
        desk.post(session, 1, nomor)
    await turn(desk)
    assert [written(session)[0][6]["nomor_porsi"] for session in tellers] == [f"110000000{n}" for n in (1, 2, 3)]


async def test_repeat_gets_the_stored_answer_and_other_content_is_refused(make_desk: MakeDesk) -> None:
    desk, numbers = make_desk()
    teller = desk.sit(TELLER)
    desk.post(teller, 1, numbers[0])
    await turn(desk)
    (first,) = written(teller)
    head = desk.store.journal.head
    desk.post(teller, 1, numbers[0])
    await turn(desk)
    assert written(teller) == [[*first[:5], True, first[6]]]
    desk.post(teller, 1, numbers[1])
    await turn(desk)
    assert written(teller) == [["REFUSED", 0, 1, "SKH7006", {"stan": 1}]]
    desk.post(teller, 1, numbers[0], nominal=SETORAN - 1)
    await turn(desk)
    assert written(teller) == [["REFUSED", 0, 1, "SKH7006", {"stan": 1}]]
    assert (desk.store.journal.head, desk.metrics.repeated) == (head, 1)


async def test_repeat_within_the_batch_of_the_first(make_desk: MakeDesk) -> None:
    """A line that was cut and resumed: both requests wait in the queue, from two connections."""
    desk, numbers = make_desk()
    old, new = desk.sit(TELLER), desk.sit(TELLER)
    for session in (old, new):
        desk.post(session, 1, numbers[0])
    await turn(desk)
    (first,), (second,) = written(old), written(new)
    assert (first[5], second[5]) == (False, True)
    assert (first[:5], first[6]) == (second[:5], second[6])


async def test_stan_rises_and_a_skipped_one_is_gone(make_desk: MakeDesk) -> None:
    desk, numbers = make_desk()
    teller = desk.sit(TELLER)
    for stan, expected in ((5, "ACCEPTED"), (4, "SKH7007"), (9, "ACCEPTED")):
        desk.post(teller, stan, numbers[stan % 3])
        await turn(desk)
        (row,) = written(teller)
        assert expected in row
    desk.post(teller, 10, numbers[4], hari="2004-05-04")
    await turn(desk)
    assert written(teller) == [["REFUSED", 0, 10, "SKH6002", {"hari_permintaan": "2004-05-04", "hari": HARI}]]


async def test_what_the_bank_has_the_money_of_may_be_asked_again(
    make_desk: MakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An open BANK_ONLY difference names its STAN: the teller who mistyped the form at first needs that very one."""
    desk, numbers = make_desk()
    teller = desk.sit(TELLER)
    desk.post(teller, 4, "33259999999")
    await turn(desk)
    assert written(teller)[0][0] == "REFUSED"
    monkeypatch.setattr(desk.store.books, "is_ulang", lambda *_: True)
    desk.post(teller, 4, numbers[0])
    await turn(desk)
    assert written(teller)[0][0] == "ACCEPTED"


async def test_a_copy_that_comes_late_is_not_granted_what_was_refused(make_desk: MakeDesk) -> None:
    """Found by the simulation (seed 101135): refused a minute before the counters open, granted when they were."""
    desk, numbers = make_desk()
    teller = desk.sit(TELLER)
    desk.post(teller, 4, numbers[0], nominal=1)
    await turn(desk)
    first = written(teller)
    assert first[0][:4] == ["REFUSED", 0, 4, "SKH2006"]
    desk.post(teller, 4, numbers[0], nominal=1)
    await turn(desk)
    assert written(teller) == first, "as the first was answered"
    for stan in (4, 3):
        desk.post(teller, stan, numbers[0])
        await turn(desk)
        assert written(teller) == [["REFUSED", 0, stan, "SKH7007", {"stan": stan, "stan_terakhir": 4}]]
    desk.post(teller, 5, numbers[0])
    await turn(desk)
    accepted = written(teller)[0]
    assert accepted[0] == "ACCEPTED"
    desk.post(teller, 6, numbers[0])
    await turn(desk)
    assert written(teller)[0][3] == "SKH2004"
    desk.post(teller, 5, numbers[0])
    await turn(desk)
    assert written(teller)[0][3:] == [*accepted[3:5], True, accepted[6]], "what was posted is still answered"
    other_day = "2004-05-04"
    desk.post(teller, 7, numbers[1], hari=other_day)
    await turn(desk)
    assert written(teller)[0][3] == "SKH6002"
    again = desk.sit(TELLER)
    desk.post(again, 6, numbers[1])
    await turn(desk)
    assert written(again)[0][0] == "ACCEPTED", "of another session it was not used"


async def test_full_queue_and_full_branch_are_busy_and_lose_nothing(make_desk: MakeDesk) -> None:
    desk, numbers = make_desk(queue_max=3, branch_queue_max=2, batch_entries_max=2, busy_wait_ms=77)
    connection = Connection(KeptPeer(), 64)
    branch = [desk.sit(TELLER, line, connection) for line in range(3)]
    others = [desk.sit(origin) for origin in (NEIGHBOUR, FAR_TELLER)]
    for at, session in enumerate([*branch, *others]):
        desk.post(session, at + 1, numbers[at])
    assert len(desk.committer) == 3
    assert [session.waiting for session in branch] == [True, True, False]
    await turn(desk)
    answers = {(row[0], row[1]) for row in written(branch[0])}
    assert answers == {("ACCEPTED", 0), ("ACCEPTED", 1), ("BUSY", 2)}
    assert [row[0] for row in written(others[0])] == ["ACCEPTED"]
    assert written(others[1]) == [["BUSY", 0, 5, 77, "SKH9001"]]
    assert desk.metrics.busy == 2
    desk.post(branch[2], 3, numbers[2])
    await turn(desk)
    assert [row[0] for row in written(branch[2])] == ["ACCEPTED"]


async def test_inquiry_is_answered_after_the_batch_it_came_in_with(make_desk: MakeDesk) -> None:
    desk, numbers = make_desk()
    asker, teller = desk.sit(TELLER_2), desk.sit(TELLER)
    desk.inquire(asker, 1, "PORSI", "1100000001")  # asked first
    desk.post(teller, 1, numbers[0])
    await turn(desk)
    (answer,) = written(asker)
    assert (answer[0], answer[3]["nomor_porsi"]) == ("ANSWER", "1100000001")
    assert desk.metrics.inquiries == 1


async def test_drain_answers_what_is_queued_and_turns_the_rest_away(make_desk: MakeDesk) -> None:
    desk, numbers = make_desk(batch_entries_max=1)
    tellers = [desk.sit(origin) for origin in (TELLER, TELLER_2, NEIGHBOUR)]
    for session, nomor in zip(tellers[:2], numbers, strict=False):
        desk.post(session, 1, nomor)
    drained = asyncio.ensure_future(desk.committer.drain())
    await asyncio.sleep(0)
    desk.post(tellers[2], 1, numbers[2])
    desk.inquire(desk.sit(FAR_TELLER), 1, "PORSI", "1100000009")
    await asyncio.wait_for(drained, 5)
    assert [written(session)[0][0] for session in tellers] == ["ACCEPTED", "ACCEPTED", "BUSY"]
    assert desk.committer.closed_by == "SKH9002"
    desk.committer.books_caught_up()
    assert desk.committer.closed_by == "SKH9002", "a checkpoint does not open the doors of a closing host"


async def test_drain_of_an_idle_committer_is_at_once(make_desk: MakeDesk) -> None:
    desk, _ = make_desk()
    await asyncio.wait_for(desk.committer.drain(), 5)


async def test_request_of_a_session_that_is_gone_goes_on(make_desk: MakeDesk) -> None:
    desk, numbers = make_desk()
    teller = desk.sit(TELLER)
    head = desk.store.journal.head
    desk.post(teller, 1, numbers[0])
    assert teller.connection.receive(pack("SIGNOFF", 0), NINE_US) is teller
    desk.devices.leave(teller)
    await turn(desk)
    assert [row[0] for row in written(teller)] == ["CLOSED", "ACCEPTED"]
    body = desk.store.journal.get(head + 1)
    assert body is not None
    assert decode_entry(body).facts.nomor_spph == numbers[0]


NEXT_DAY = "2004-05-04"


async def test_opening_of_a_day_is_told_to_every_session_once_it_is_durable(make_desk: MakeDesk) -> None:
    desk, numbers = make_desk()
    operator, teller, idle = (desk.sit(origin) for origin in (OPERATOR, TELLER, NEIGHBOUR))
    close_day(desk.store)
    desk.post(teller, 1, numbers[0])
    desk.take(operator, pack("POST", 0, 999, HARI, ["BHR", NEXT_DAY]))
    await turn(desk)
    told = ["BREAK", 0, "SKH8202", {"hari": NEXT_DAY}]
    assert [row[0] for row in written(operator)] == ["ACCEPTED", "BREAK"]
    refused, broken = written(teller)
    assert (refused[0], refused[3], broken) == ("REFUSED", "SKH6005", told)
    assert written(idle) == [told]
    desk.post(teller, 1, numbers[1], hari=NEXT_DAY)
    await turn(desk)
    assert written(idle) == []


async def test_day_that_is_refused_is_told_to_nobody(make_desk: MakeDesk) -> None:
    desk, _ = make_desk()
    operator, idle = desk.sit(OPERATOR), desk.sit(NEIGHBOUR)
    desk.take(operator, pack("POST", 0, 99, HARI, ["BHR", HARI]))
    await turn(desk)
    assert written(operator)[0][3] == "SKH6003"
    assert written(idle) == []


def siar(desk: Desk, session: Session, tujuan: str, teks: str = "TUTUP") -> None:
    desk.take(session, pack("SIAR", session.line, 5, tujuan, teks))


async def test_operator_s_message_reaches_the_sessions_it_is_for(make_desk: MakeDesk) -> None:
    desk, _ = make_desk()
    origins = (OPERATOR, HEAD_OFFICE, SUPERVISOR, TELLER, NEIGHBOUR)
    operator, office, supervisor, teller, neighbour = sessions = [desk.sit(origin) for origin in origins]

    async def reached(sender: Session, tujuan: str) -> set[str]:
        siar(desk, sender, tujuan)
        await turn(desk)
        said = {session: written(session) for session in sessions}
        answer = said[sender].pop()
        breaks = {session.origin.user for session, rows in said.items() if rows}
        dari = f"{sender.origin.tapak} {sender.origin.user}"
        assert all(rows in ([], [["BREAK", 0, "SKH8201", {"dari": dari, "teks": "TUTUP"}]]) for rows in said.values())
        assert answer == ["ANSWER", 0, 5, {"n": len(breaks)}]
        return breaks

    assert await reached(operator, "") == {"OPERATOR", "PST1", "SPV1", "TLR1", "TLR3"}
    assert await reached(operator, "DEP") == {"OPERATOR"}
    assert await reached(office, "001") == {"PST1", "SPV1", "TLR1", "TLR3"}
    assert await reached(office, "001/0101") == set()
    assert await reached(supervisor, "001/0001") == {"SPV1", "TLR1"}
    siar(desk, teller, "001/0001")
    await turn(desk)
    assert written(teller) == [["REFUSED", 0, 5, "SKH7008", {"user": "TLR1", "kind": "SIAR"}]]
    desk.inquire(neighbour, 6, "PESAN")
    await turn(desk)
    (answer,) = written(neighbour)
    rows = answer[3]["baris"]
    assert [row[1:] for row in rows] == [["001/0002 PST1", "TUTUP"], ["DEP/0000 OPERATOR", "TUTUP"]]
    assert rows[0][0] == NINE_US


async def test_message_reaches_who_waits_for_an_answer_and_ends_no_wait(make_desk: MakeDesk) -> None:
    desk, numbers = make_desk(batch_entries_max=1)
    operator, teller = desk.sit(OPERATOR), desk.sit(TELLER)
    siar(desk, operator, "001")
    desk.post(teller, 1, numbers[0])
    desk.committer._turn()
    assert [row[0] for row in written(teller)] == ["BREAK"]
    assert teller.waiting
    await turn(desk)
    assert [row[0] for row in written(teller)] == ["ACCEPTED"]
