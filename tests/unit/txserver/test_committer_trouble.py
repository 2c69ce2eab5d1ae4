"""The committer when something is wrong: a failed commit, no space, full memory, a fault in the rules."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from ledger.engine import Asked
from ledger.errors import JournalCorrupt, JournalFailed, JournalFull
from ledger.journal import Journal
from ledger.kinds import setoran_awal
from tests.host_fixtures import (
    NEIGHBOUR,
    TELLER,
    TELLER_2,
    MakeDesk,
    kept,
    turn,
    written,
)
from txserver import committer


async def test_failed_commit_answers_nobody_and_ends_the_process(
    make_desk: MakeDesk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    desk, numbers = make_desk()
    teller, asker = desk.sit(TELLER), desk.sit(NEIGHBOUR)

    def fail(bodies: Sequence[bytes]) -> None:
        raise JournalFailed("commit of entries 39 to 39: disk")

    monkeypatch.setattr(desk.store.journal, "append", fail)
    desk.post(teller, 1, numbers[0])
    desk.inquire(asker, 1, "SPPH", numbers[0])
    await turn(desk)
    assert desk.ended == [70]
    assert (kept(teller).written, kept(asker).written) == ([], [])
    assert kept(teller).queued == []
    assert "SKH8101 exit=70 commit of entries 39 to 39: disk" in caplog.text


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), AssertionError("KENARI"), MemoryError()])
async def test_any_other_error_of_a_turn_ends_the_process_too(
    make_desk: MakeDesk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: BaseException
) -> None:
    """Going on would commit the half-decided batch with the next one, or leave tellers waiting for ever."""
    desk, numbers = make_desk()
    teller = desk.sit(TELLER)

    def fail(used: int) -> None:
        raise error

    monkeypatch.setattr(desk.store.vault, "make_slots", fail)  # the last step of a commit
    desk.post(teller, 1, numbers[0])
    await turn(desk)
    assert desk.ended == [70]
    assert kept(teller).written == []
    ours = [record.message for record in caplog.records if record.name == "siskohat"]
    assert len(ours) == 1
    assert type(error).__name__ in ours[0]
    assert "KENARI" not in ours[0]


async def test_nothing_is_decided_after_a_turn_that_broke_off(
    make_desk: MakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory may be refused to the end of the process too; what is half decided then must never be built upon."""
    desk, numbers = make_desk()
    first, second = desk.sit(TELLER), desk.sit(TELLER_2)
    head, post = desk.store.journal.head, desk.store.engine.post

    def tell(*arguments: Any) -> None:
        raise MemoryError

    def end(code: int) -> None:
        desk.ended.append(code)
        raise MemoryError

    def refuse(asked: Asked) -> Any:
        post(asked)
        raise MemoryError  # a number is given, and its entry is not in the batch

    monkeypatch.setattr(committer.log, "critical", tell)
    monkeypatch.setattr(desk.committer, "_end", end)
    monkeypatch.setattr(desk.store.engine, "post", refuse)
    desk.post(first, 1, numbers[0])
    await turn(desk)
    assert desk.ended == [70]
    monkeypatch.setattr(desk.store.engine, "post", post)
    desk.post(second, 1, numbers[1])
    for _ in range(5):
        await asyncio.sleep(0)
    assert set(desk.ended) == {70}
    assert len(desk.ended) >= 2, "ended again, before anything else"
    assert desk.store.journal.head == head
    assert (kept(first).written, kept(second).written) == ([], [])


async def test_full_map_refuses_the_batch_closes_the_doors_and_goes_on_answering(
    make_desk: MakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, numbers = make_desk()
    sessions = [desk.sit(origin) for origin in (TELLER, TELLER_2)]
    head = desk.store.journal.head
    monkeypatch.setattr(Journal, "usage", lambda self: 0.1)  # the alarm at 80% would come first
    desk.store.journal._env.set_mapsize(16_384)  # LMDB takes it for "what is in use": no page can be added
    for session, nomor in zip(sessions, numbers, strict=False):
        desk.post(session, 1, nomor)
    await turn(desk)
    assert [written(session) for session in sessions] == [[["REFUSED", 0, 1, "SKH9004", {}]]] * 2
    assert (desk.store.journal.head, desk.committer.closed_by, desk.ended) == (head, "SKH9004", [])
    desk.post(sessions[0], 1, numbers[0])
    desk.inquire(sessions[1], 5, "SPPH", numbers[1])
    await turn(desk)
    assert written(sessions[0]) == [["REFUSED", 0, 1, "SKH9004", {}]]
    (name, _, nomor, data), = written(sessions[1])  # fmt: skip
    assert (name, nomor, data["status"]) == ("ANSWER", 5, "SAH"), "nothing of the batch is in the books"


@pytest.mark.parametrize("reason", ["SKH9001", "SKH9002", "SKH9004"])
async def test_closed_doors_still_answer_a_repeat(make_desk: MakeDesk, reason: str) -> None:
    """Who lost the answer to a granted deposit must not hear that it was refused."""
    desk, numbers = make_desk()
    teller = desk.sit(TELLER)
    desk.post(teller, 1, numbers[0])
    await turn(desk)
    granted = written(teller)[0]
    desk.committer.closed_by = reason
    desk.post(teller, 1, numbers[0])
    await turn(desk)
    assert written(teller) == [[*granted[:5], True, granted[6]]]


async def test_full_map_answers_the_repeats_of_its_batch(make_desk: MakeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stored answer goes out; what the failed batch would have written is refused."""
    desk, numbers = make_desk()
    first, second = desk.sit(TELLER), desk.sit(TELLER_2)
    desk.post(first, 1, numbers[0])
    await turn(desk)
    granted = written(first)[0]

    def full(self: Journal, bodies: Sequence[bytes]) -> None:
        raise JournalFull("no room")

    monkeypatch.setattr(Journal, "append", full)
    desk.post(first, 1, numbers[0])
    desk.post(second, 1, numbers[1])
    await turn(desk)
    assert written(first) == [[*granted[:5], True, granted[6]]]
    assert written(second) == [["REFUSED", 0, 1, "SKH9004", {}]]


async def test_doors_close_at_the_share_and_stay_closed_over_a_restart(make_desk: MakeDesk) -> None:
    desk, numbers = make_desk(alarm_share=1e-9, close_share=2e-9)
    assert desk.committer.closed_by == "SKH9004", "known at start, before the first batch"
    teller = desk.sit(TELLER)
    desk.post(teller, 1, numbers[0])
    await turn(desk)
    assert written(teller) == [["REFUSED", 0, 1, "SKH9004", {}]]


async def test_alarm_is_raised_once(make_desk: MakeDesk, caplog: pytest.LogCaptureFixture) -> None:
    desk, numbers = make_desk(alarm_share=1e-9)
    teller = desk.sit(TELLER)
    for stan, nomor in enumerate(numbers[:3], 1):
        desk.post(teller, stan, nomor)
        await turn(desk)
    assert [row[0] for row in written(teller)] == ["ACCEPTED"] * 3
    assert caplog.text.count("share=") == 1


def trip_over(*nomor_spph: str) -> None:
    """Let the rules assert on these forms, after they have moved the books."""
    apply = setoran_awal.KIND.apply

    def tripping(books: Any, facts: Any, stamp: Any) -> None:
        apply(books, facts, stamp)
        assert facts.nomor_spph not in nomor_spph, "planted"

    object.__setattr__(setoran_awal.KIND, "apply", tripping)


@pytest.fixture
def apply_again() -> Iterator[None]:
    apply = setoran_awal.KIND.apply
    yield
    object.__setattr__(setoran_awal.KIND, "apply", apply)


@pytest.mark.usefixtures("apply_again")
async def test_a_request_that_asserts_costs_itself_and_its_device(
    make_desk: MakeDesk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    desk, numbers = make_desk()
    first, bad, last = (desk.sit(origin) for origin in (TELLER, TELLER_2, NEIGHBOUR))
    trip_over(numbers[1])
    for session, nomor in zip((first, bad, last), numbers, strict=False):
        desk.post(session, 1, nomor)
    await turn(desk)
    assert [written(session)[0][6]["nomor_porsi"] for session in (first, last)] == ["1100000001", "1100000002"]
    assert written(bad) == [["REFUSED", 0, 1, "SKH9003", {}], ["CLOSED", 0, "SKH7016", {"device": "T2"}]]
    assert desk.devices.holder(TELLER_2.perangkat) is None
    refusal = desk.devices.check(TELLER_2.perangkat, TELLER_2.user)
    assert refusal is not None
    assert refusal.id == "SKH7016"
    (sealed,) = (tmp_path / "ledger" / "karantina").iterdir()
    assert numbers[1].encode() not in sealed.read_bytes()
    assert numbers[1].encode() in desk.store.vault.open_frame(sealed.read_bytes())
    assert desk.metrics.faulted == 1
    assert "SKH9003 device=001/0001/T2 stan=1 sebab=AssertionError" in caplog.text
    assert (desk.ended, desk.committer.closed_by) == ([], "")


async def test_what_stops_the_rules_once_only_is_tried_again_and_posted(
    make_desk: MakeDesk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A library to which memory was refused says so in its own ways; that must not cost a teller his device."""
    desk, numbers = make_desk()
    sessions = [desk.sit(origin) for origin in (TELLER, TELLER_2)]
    post, errors = desk.store.engine.post, [ValueError("KENARI")]

    def once(asked: Asked) -> Any:
        outcome = post(asked)
        if asked.origin == TELLER_2 and errors:
            raise errors.pop()
        return outcome

    monkeypatch.setattr(desk.store.engine, "post", once)
    for session, nomor in zip(sessions, numbers, strict=False):
        desk.post(session, 1, nomor)
    await turn(desk)
    assert [written(session)[0][6]["nomor_porsi"] for session in sessions] == ["1100000001", "1100000002"]
    assert (desk.metrics.faulted, desk.ended) == (0, [])
    assert "SKH8108 ValueError at test_committer_trouble.py" in caplog.text
    assert "KENARI" not in caplog.text


@pytest.mark.usefixtures("apply_again")
async def test_batch_of_nothing_but_faults_writes_nothing(make_desk: MakeDesk) -> None:
    desk, numbers = make_desk()
    trip_over(*numbers)
    head = desk.store.journal.head
    sessions = [desk.sit(origin) for origin in (TELLER, TELLER_2)]
    for session, nomor in zip(sessions, numbers, strict=False):
        desk.post(session, 1, nomor)
    await turn(desk)
    assert [written(session)[0][3] for session in sessions] == ["SKH9003", "SKH9003"]
    assert desk.store.journal.head == head


async def test_inquiry_that_faults_costs_itself(make_desk: MakeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk, numbers = make_desk()
    sessions = [desk.sit(origin) for origin in (TELLER, TELLER_2, NEIGHBOUR)]
    unseal = desk.store.vault.open
    errors = iter([None, JournalCorrupt("the seal of 33250000002 does not open"), None])

    def damaged(kunci: int, segel: bytes, bound_to: str) -> bytes:
        if (error := next(errors)) is not None:
            raise error
        return unseal(kunci, segel, bound_to)

    monkeypatch.setattr(desk.store.vault, "open", damaged)
    for session, nomor in zip(sessions, numbers, strict=False):
        desk.inquire(session, 1, "SPPH", nomor)
    await turn(desk)
    rows = [written(session)[0] for session in sessions]
    assert [row[0] for row in rows] == ["ANSWER", "REFUSED", "ANSWER"]
    assert rows[1][3] == "SKH9014"
    assert (desk.ended, sessions[1].waiting) == ([], False)


async def test_posts_wait_for_the_checkpoint_when_memory_is_full(make_desk: MakeDesk) -> None:
    desk, numbers = make_desk(checkpoint_entries=10, memory_entries_max=48)
    store = desk.store
    assert (store.behind, desk.committer.closed_by) == (46, "")
    teller = desk.sit(TELLER)
    for stan in (1, 2):
        desk.post(teller, stan, numbers[stan])
        await turn(desk)
    assert [row[0] for row in written(teller)] == ["ACCEPTED", "ACCEPTED"]
    assert (store.behind, desk.committer.closed_by) == (48, "SKH9001")
    desk.post(teller, 3, numbers[3])
    desk.inquire(desk.sit(TELLER_2), 1, "SPPH", numbers[3])
    await turn(desk)
    assert written(teller) == [["BUSY", 0, 3, 200, "SKH9001"]]
    store.checkpoint()
    desk.committer.books_caught_up()
    desk.post(teller, 3, numbers[3])
    await turn(desk)
    assert [row[0] for row in written(teller)] == ["ACCEPTED"]
    assert store.behind == 1
