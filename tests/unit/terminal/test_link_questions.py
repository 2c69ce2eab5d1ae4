from __future__ import annotations

import asyncio

import pytest

from terminal.dial import LinkLimits, SessionClosed
from terminal.events import LineDown, LineUp, OperatorBreak
from terminal.waiting import is_of_question
from tests.unit.terminal.fake_host import WAKTU_US
from tests.unit.terminal.link_bench import STA, WHO, Bench
from txserver.wire.frames import Accepted, Answer, Approve, InquirySpph, Jalankan, Post, Refused, Resume, Siar


async def test_a_second_person_signs_and_the_post_carries_the_token(bench: Bench) -> None:
    link = bench.link()
    await link.sign_on(WHO, "RAHASIA")
    await link.post(STA)
    answer = await link.approve(STA, "PENYELIA1", "RAHASIA2")
    assert isinstance(answer, Accepted)
    asked, post = bench.host.heard[-2:]
    assert isinstance(asked, Approve)
    assert (asked.user, asked.stan, asked.hari, asked.body) == ("PENYELIA1", 2, "2004-05-03", STA)
    assert post == Post(0, 2, "2004-05-03", STA, "tanda-tangan")
    assert bench.kept_files() == []


async def test_a_refused_signature_is_told_from_a_refused_post(bench: Bench) -> None:
    link = bench.link()
    await link.sign_on(WHO, "RAHASIA")
    answer = await link.approve(STA, "PENYELIA1", "SALAH")
    assert isinstance(answer, Refused)
    assert is_of_question(answer)
    assert bench.host.posts() == []
    bench.host.plan = ["", "refused SKH2001"]
    answer = await link.approve(STA, "PENYELIA1", "RAHASIA2")
    assert isinstance(answer, Refused)
    assert not is_of_question(answer)
    assert bench.host.posts()[0].stan == 1


async def test_the_signed_post_is_kept_with_its_token_and_never_with_a_password(bench: Bench) -> None:
    bench.host.plan = ["", "lost"]
    link = bench.link(LinkLimits(retry_seconds_first=60.0))
    await link.sign_on(WHO, "RAHASIA")
    asking = asyncio.create_task(link.approve(STA, "PENYELIA1", "RAHASIA2"))
    while not bench.events:
        await asyncio.sleep(0.005)
    await link.close()
    with pytest.raises(SessionClosed):
        await asking
    (file,) = bench.kept_files()
    assert b"tanda-tangan" in file.read_bytes()
    assert b"RAHASIA" not in file.read_bytes()
    again = bench.link()
    await again.sign_on(WHO, "RAHASIA")
    kept = again.kept()
    assert kept is not None
    answer = await again.ask_again(kept)
    assert isinstance(answer, Accepted)
    assert answer.ulang
    first, second = bench.host.posts()
    assert first == second


async def test_a_cut_while_the_signature_is_checked_asks_the_second_person_again(bench: Bench) -> None:
    bench.host.plan = ["cut"]
    link = bench.link()
    await link.sign_on(WHO, "RAHASIA")
    answer = await link.approve(STA, "PENYELIA1", "SALAH")
    assert isinstance(answer, Refused)
    assert answer.id == "SKH9027"
    assert is_of_question(answer)
    assert bench.host.posts() == []
    assert isinstance(await link.approve(STA, "PENYELIA1", "RAHASIA2"), Accepted)
    signatures = [frame.sandi for frame in bench.host.heard if isinstance(frame, Approve)]
    assert signatures == ["SALAH", "RAHASIA2"], "no password goes out twice"
    assert [post.stan for post in bench.host.posts()] == [1]


async def test_after_a_change_of_password_the_new_token_resumes(bench: Bench) -> None:
    link = bench.link()
    await link.sign_on(WHO, "RAHASIA")
    answer = await link.change_password("RAHASIA", "RAHASIA3")
    assert isinstance(answer, Answer)
    bench.host.plan = ["cut"]
    await link.post(STA)
    assert [frame.token for frame in bench.host.heard if isinstance(frame, Resume)] == ["tanda-baru"]


async def test_an_operators_message_is_answered_with_how_many_heard_it(bench: Bench) -> None:
    link = bench.link()
    await link.sign_on(WHO, "RAHASIA")
    answer = await link.announce("451/0123", "Rapat pukul 16.")
    assert isinstance(answer, Answer)
    assert answer.data == {"n": 3}
    assert bench.host.heard[-1] == Siar(0, answer.nomor, "451/0123", "Rapat pukul 16.")


async def test_a_day_that_opens_is_taken_from_the_message_without_a_new_connection(bench: Bench) -> None:
    link = bench.link()
    await link.sign_on(WHO, "RAHASIA")
    await link.post(STA)
    bench.host.info["hari"] = "2004-05-04"
    bench.host.plan = ["opened", "", "opened"]
    await link.inquire(InquirySpph("33250000001"))
    assert bench.events == [OperatorBreak("SKH8202", {"hari": "2004-05-04"})]
    assert link.info is not None
    assert link.info.hari == "2004-05-04"
    await link.post(STA)
    await link.inquire(InquirySpph("33250000001"))  # the message once more, late: the STAN goes on
    await link.post(STA)
    assert [(post.stan, post.hari) for post in bench.host.posts()] == [
        (1, "2004-05-03"),
        (1, "2004-05-04"),
        (2, "2004-05-04"),
    ]
    assert bench.host.connections == 1


async def test_a_host_that_closes_says_so(bench: Bench) -> None:
    bench.host.plan = ["closed SKH9002"]
    link = bench.link()
    await link.sign_on(WHO, "RAHASIA")
    assert isinstance(await link.post(STA), Accepted)
    assert bench.events == [LineDown(WAKTU_US, "SKH9002"), LineUp()]


async def test_a_step_takes_its_time_and_questions_go_on_beside_it(bench: Bench) -> None:
    bench.host.held = True
    link = bench.link()
    await link.sign_on(WHO, "RAHASIA")
    step = asyncio.create_task(link.step(Jalankan(0, 0, "COCOK", "451", "2004-05-03")))
    for _ in range(3):
        assert isinstance(await link.inquire(InquirySpph("33250000001")), Answer)
    assert isinstance(await link.post(STA), Accepted)
    assert not step.done()
    bench.host.held = False
    await link.inquire(InquirySpph("33250000001"))
    answer = await step
    assert isinstance(answer, Answer)
    assert answer.data == {"langkah": "COCOK"}
    (sent,) = [frame for frame in bench.host.heard if isinstance(frame, Jalankan)]
    assert sent.nomor == answer.nomor


async def test_a_cut_asks_for_the_step_again_and_for_the_question_too(bench: Bench) -> None:
    bench.host.held = True
    link = bench.link()
    await link.sign_on(WHO, "RAHASIA")
    step = asyncio.create_task(link.step(Jalankan(0, 0, "COCOK", "451", "2004-05-03")))
    await link.inquire(InquirySpph("33250000001"))
    bench.host.plan = ["cut"]
    question = asyncio.create_task(link.inquire(InquirySpph("33250000001")))
    bench.host.held = False
    assert isinstance(await question, Answer)
    assert isinstance(await step, Answer)
    sent = [frame for frame in bench.host.heard if isinstance(frame, Jalankan)]
    assert len(sent) == 2
    assert sent[0] == sent[1]


async def test_the_end_of_the_session_ends_a_step(bench: Bench) -> None:
    bench.host.held = True
    link = bench.link()
    await link.sign_on(WHO, "RAHASIA")
    step = asyncio.create_task(link.step(Jalankan(0, 0, "COCOK", "451", "2004-05-03")))
    await link.inquire(InquirySpph("33250000001"))
    await link.sign_off()
    with pytest.raises(SessionClosed):
        await step
