from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random

import pytest

from terminal.dial import Dialler, HostUnreachable, LinkLimits, SessionClosed
from terminal.events import HostBusy, LineDown, LineUp, SessionOver
from terminal.kept import KeptFolder, KeptUnreadable
from terminal.link import Link
from terminal.waiting import INQUIRY_FIRST
from tests.unit.terminal.fake_host import WAKTU_US, FakeHost
from tests.unit.terminal.link_bench import OTHER, QUICK, STA, WHO, Bench
from txserver.wire.frames import (
    Accepted,
    Answer,
    Inquiry,
    InquirySpph,
    Post,
    Refused,
    Resume,
    SignOff,
)


async def test_a_post_is_numbered_after_the_last_of_ready(bench: Bench) -> None:
    bench.host.posted[41, "2004-05-03"] = Accepted(0, 41, 7, WAKTU_US, False, {})
    link = bench.link()
    info = await link.sign_on(WHO, "RAHASIA")
    assert info.stan == 41
    first, second = await link.post(STA), await link.post(STA)
    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    assert [post.stan for post in bench.host.posts()] == [42, 43]
    assert {post.hari for post in bench.host.posts()} == {"2004-05-03"}
    assert link.host_us() == WAKTU_US


@pytest.mark.parametrize("planned", ["lost", "cut"])
async def test_after_a_cut_the_very_same_post_goes_out_again(bench: Bench, planned: str) -> None:
    bench.host.plan = [planned]
    link = bench.link()
    await link.sign_on(WHO, "RAHASIA")
    answer = await link.post(STA)
    assert isinstance(answer, Accepted)
    assert answer.ulang == (planned == "lost")
    first, second = bench.host.posts()
    assert first == second
    assert len(bench.host.posted) == 1
    assert [frame.token for frame in bench.host.heard if isinstance(frame, Resume)] == ["tanda"]
    assert bench.events == [LineDown(WAKTU_US), LineUp()]
    assert bench.kept_files() == []


async def test_a_line_that_is_cut_again_and_again_is_never_given_up(bench: Bench) -> None:
    bench.host.plan = ["cut", "cut", "lost", "cut"]
    bench.host.refuse_resume = ["SKH9002", "SKH7010"]
    link = bench.link()
    await link.sign_on(WHO, "RAHASIA")
    answer = await link.post(STA)
    assert isinstance(answer, Accepted)
    assert {post.stan for post in bench.host.posts()} == {1}
    assert len(bench.host.posted) == 1


async def test_a_host_that_does_not_answer_counts_as_a_cut(bench: Bench) -> None:
    bench.host.plan = ["silent"]
    link = bench.link(LinkLimits(retry_seconds_first=0.01, answer_seconds_max=0.05))
    await link.sign_on(WHO, "RAHASIA")
    answer = await link.post(STA)
    assert isinstance(answer, Accepted)
    assert answer.ulang


async def test_a_heartbeat_that_is_not_answered_is_a_cut_like_any_other(bench: Bench) -> None:
    """The library ends the line with an error in place of a message; the link goes on over the next one."""
    bench.host.plan, bench.host.pongs = ["silent"], False
    link = bench.link(LinkLimits(retry_seconds_first=0.01, retry_seconds_max=0.02, heartbeat_seconds=0.1))
    await link.sign_on(WHO, "RAHASIA")
    posting = asyncio.create_task(link.post(STA))
    async with asyncio.timeout(10):
        while bench.host.connections < 2:
            await asyncio.sleep(0.01)
        answer = await posting
    assert isinstance(answer, Accepted)
    assert any(isinstance(event, LineDown) for event in bench.events)


async def test_busy_waits_and_sends_the_same_again(bench: Bench) -> None:
    bench.host.plan = ["busy", "busy"]
    link = bench.link()
    await link.sign_on(WHO, "RAHASIA")
    answer = await link.post(STA)
    assert isinstance(answer, Accepted)
    assert bench.events == [HostBusy("SKH9001", 1)] * 2
    assert [post.stan for post in bench.host.posts()] == [1, 1, 1]
    assert bench.host.connections == 1


async def test_answers_are_matched_by_number_not_by_order(bench: Bench) -> None:
    bench.host.plan = ["strays", "strays"]
    link = bench.link()
    await link.sign_on(WHO, "RAHASIA")
    posted, asked = await link.post(STA), await link.inquire(InquirySpph("33250000001"))
    assert isinstance(posted, Accepted)
    assert posted.data == {"nomor_porsi": "1100000100"}
    assert isinstance(asked, Answer)
    assert asked.nomor == INQUIRY_FIRST


async def test_only_one_request_is_outstanding(bench: Bench) -> None:
    bench.host.plan = ["busy"]
    link = bench.link()
    await link.sign_on(WHO, "RAHASIA")
    await asyncio.gather(link.post(STA), link.inquire(InquirySpph("33250000001")), link.post(STA))
    kinds = [type(frame) for frame in bench.host.heard[1:]]
    assert kinds == [Post, Post, Inquiry, Post]
    assert [post.stan for post in bench.host.posts()] == [1, 1, 2]


async def test_a_terminal_started_anew_asks_again_for_the_kept_request(bench: Bench) -> None:
    bench.host.plan = ["lost"]
    first = bench.link(LinkLimits(retry_seconds_first=60.0))
    await first.sign_on(WHO, "RAHASIA")
    asking = asyncio.create_task(first.post(STA))
    while not bench.events:
        await asyncio.sleep(0.005)
    await first.close()
    with pytest.raises(SessionClosed):
        await asking
    (file,) = bench.kept_files()
    assert file.stat().st_mode & 0o777 == 0o600

    second = bench.link()
    await second.sign_on(WHO, "RAHASIA")
    kept = second.kept()
    assert kept is not None
    answer = await second.ask_again(kept)
    assert isinstance(answer, Accepted)
    assert answer.ulang
    before, after = bench.host.posts()
    assert before == after
    assert second.kept() is None
    assert isinstance(await second.post(STA), Accepted)
    assert bench.host.posts()[-1].stan == 2


async def test_a_request_made_while_the_line_is_down_is_kept_too(bench: Bench) -> None:
    bench.host.plan = ["cut"]
    link = bench.link(LinkLimits(retry_seconds_first=60.0))
    await link.sign_on(WHO, "RAHASIA")
    asking = asyncio.create_task(link.inquire(InquirySpph("33250000001")))
    while not bench.events:
        await asyncio.sleep(0.005)
    asking.cancel()
    posting = asyncio.create_task(link.post(STA))
    while not bench.kept_files():
        await asyncio.sleep(0.005)
    await link.close()
    with pytest.raises(SessionClosed):
        await posting
    again = bench.link()
    await again.sign_on(WHO, "RAHASIA")
    kept = again.kept()
    assert kept is not None
    answer = await again.ask_again(kept)
    assert isinstance(answer, Accepted)
    assert not answer.ulang


@pytest.mark.parametrize("was_posted", [True, False])
async def test_another_user_asks_after_a_kept_request_but_does_not_post_it(bench: Bench, was_posted: bool) -> None:
    KeptFolder(bench.folder).write(WHO, Post(0, 5, "2004-05-03", STA))
    if was_posted:
        bench.host.posted[5, "2004-05-03"] = Accepted(0, 5, 77, WAKTU_US, False, {"nomor_porsi": "1100000077"})
    link = bench.link()
    await link.sign_on(OTHER, "RAHASIA")
    kept = link.kept()
    assert kept is not None
    answer = await link.ask_again(kept)
    if was_posted:
        assert answer == Accepted(0, 5, 77, WAKTU_US, True, {"nomor_porsi": "1100000077"})
    else:
        assert answer == Refused(0, 5, "SKH9011", {"stan": 5, "hari": "2004-05-03"})
    assert bench.host.posts() == []
    assert link.kept() is None
    assert isinstance(await link.post(STA), Accepted)
    assert bench.host.posts()[0].stan == 6


async def test_a_kept_request_that_cannot_be_read_is_put_aside(bench: Bench) -> None:
    folder = KeptFolder(bench.folder)
    folder.write(WHO, Post(0, 5, "2004-05-03", STA))
    (file,) = bench.kept_files()
    file.write_text('{"versi": 1}')
    link = bench.link()
    with pytest.raises(KeptUnreadable) as caught:
        await link.sign_on(WHO, "RAHASIA")
    assert caught.value.path.exists()
    await link.sign_on(WHO, "RAHASIA")
    assert link.kept() is None


async def test_a_session_that_cannot_be_resumed_is_over_and_the_request_stays_kept(bench: Bench) -> None:
    bench.host.plan = ["cut"]
    bench.host.refuse_resume = ["SKH7015"]
    link = bench.link()
    await link.sign_on(WHO, "RAHASIA")
    with pytest.raises(SessionClosed, match="SKH7015"):
        await link.post(STA)
    assert bench.events[-1] == SessionOver("SKH7015", {})
    await link.sign_on(WHO, "RAHASIA")
    kept = link.kept()
    assert kept is not None
    assert isinstance(await link.ask_again(kept), Accepted)
    assert {post.stan for post in bench.host.posts()} == {1}


async def test_closed_by_the_host_ends_the_session(bench: Bench) -> None:
    bench.host.plan = ["closed SKH7013"]
    link = bench.link()
    await link.sign_on(WHO, "RAHASIA")
    with pytest.raises(SessionClosed, match="SKH7013"):
        await link.inquire(InquirySpph("33250000001"))
    assert bench.events == [SessionOver("SKH7013", {})]


async def test_another_business_day_is_learnt_by_resuming(bench: Bench) -> None:
    link = bench.link()
    await link.sign_on(WHO, "RAHASIA")
    await link.post(STA)
    bench.host.plan = ["refused SKH6002"]
    bench.host.info["hari"] = "2004-05-04"
    assert isinstance(await link.post(STA), Refused)
    assert isinstance(await link.post(STA), Accepted)
    assert [(post.stan, post.hari) for post in bench.host.posts()] == [
        (1, "2004-05-03"),
        (2, "2004-05-03"),
        (1, "2004-05-04"),
    ]
    assert bench.events == []


async def test_a_wrong_password_is_said_and_no_connection_stays(bench: Bench) -> None:
    link = bench.link()
    with pytest.raises(SessionClosed, match="SKH7011"):
        await link.sign_on(WHO, "SALAH")
    with pytest.raises(SessionClosed):
        await link.post(STA)
    await link.sign_on(WHO, "RAHASIA")
    assert isinstance(await link.post(STA), Accepted)


async def test_sign_off_is_said_to_the_host_and_is_no_event(bench: Bench) -> None:
    link = bench.link()
    await link.sign_on(WHO, "RAHASIA")
    await link.sign_off()
    assert isinstance(bench.host.heard[-1], SignOff)
    assert bench.events == []
    with pytest.raises(SessionClosed):
        await link.inquire(InquirySpph("33250000001"))


async def test_an_unreachable_host_is_said_in_a_few_words(tmp_path: Path) -> None:
    gone = await FakeHost().start()
    await gone.stop()
    link = Link(Dialler(gone.url, None, QUICK), KeptFolder(tmp_path), chance=Random(1), limits=QUICK)
    with pytest.raises(HostUnreachable) as caught:
        await link.sign_on(WHO, "RAHASIA")
    await link.close()
    assert 0 < len(caught.value.sebab) <= 40


async def test_a_request_that_cannot_be_kept_is_not_sent(bench: Bench) -> None:
    bench.folder.write_text("a file where the folder should be")
    link = bench.link()
    await link.sign_on(WHO, "RAHASIA")
    with pytest.raises(OSError):
        await link.post(STA)
    assert bench.host.posts() == []
