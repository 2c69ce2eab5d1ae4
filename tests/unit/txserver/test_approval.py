"""The second person and the new password: who may sign what, for how long, and what a wrong password costs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.engine import Asked, Posted, Repeat
from ledger.kinds.koreksi_setoran import KoreksiSetoran
from ledger.kinds.setoran_awal import SetoranAwal
from ledger.records import Origin, Refusal, origin_of
from tests.host_fixtures import (
    HARI,
    NINE_US,
    SANDI,
    SETORAN,
    SUPERVISOR,
    TELLER,
    TELLER_2,
    deposit,
    kept,
    pack,
)
from tests.unit.txserver.counter import Counter
from txserver.credentials import APPROVAL_SECONDS, PROFILES
from txserver.session import Check, Session, Signed, Ticket

PORSI = "1100000001"
REASON = "salah orang"
BODY = ("KOR", PORSI, REASON)
STAN = 2
BARU = "sandi-yang-baru"


class Bench(Counter):
    """A teller is signed on, and porsi 1100000001 was granted to him under STAN 1."""

    def __init__(self, path: Path, **settings: Any) -> None:
        super().__init__(path, **settings)
        (posted,) = self.store.post_batch([deposit(TELLER, 1, self.numbers[0])])
        assert isinstance(posted, Posted)

    async def sit(self, origin: Origin = TELLER) -> Session:
        session, _ = await self.ready(origin)
        kept(session).queued.clear()
        return session

    async def ask(self, session: Session, name: str, *fields: Any) -> list[Any]:
        """A message that needs a password comes in; what the terminal is told."""
        check = session.connection.receive(pack(name, session.line, 9, *fields), NINE_US)
        assert isinstance(check, Check)
        await self.approvals.answer(check)
        assert not session.waiting
        return kept(session).queued.pop()

    async def approve(
        self, session: Session, user: str = "SPV1", sandi: str = SANDI, body: Any = BODY, stan: int = STAN
    ) -> list[Any]:
        return await self.ask(session, "APPROVE", user, sandi, stan, HARI, list(body))

    async def izin(self, session: Session) -> str:
        name, _, nomor, data = await self.approve(session)
        assert (name, nomor) == ("ANSWER", 9)
        token: str = data["izin"]
        return token

    def signed(self, session: Session, izin: str, body: Any = BODY, stan: int = STAN, later_us: int = 0) -> Asked:
        """A POST with an approval comes in: what is queued."""
        message = pack("POST", session.line, stan, HARI, list(body), izin)
        signed = session.connection.receive(message, NINE_US + later_us)
        assert isinstance(signed, Signed)
        session.waiting = False
        ticket = self.approvals.ticket_of(signed)
        assert isinstance(ticket, Ticket)
        return ticket


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "ledger")
    yield made
    made.close()


async def test_two_people_sign_one_entry(bench: Bench) -> None:
    session = await bench.sit()
    asked = bench.signed(session, await bench.izin(session))
    assert asked == Ticket(TELLER, STAN, HARI, KoreksiSetoran(PORSI, REASON), NINE_US, "SPV1", session=session)
    (posted,) = bench.store.post_batch([asked])
    assert isinstance(posted, Posted)
    calon = bench.store.books.calon(PORSI)
    assert calon is not None
    assert calon.status == "BATAL"


async def test_approval_outlives_a_restart_and_ends_after_ten_minutes(bench: Bench) -> None:
    izin = await bench.izin(await bench.sit())
    bench.restart()
    session = await bench.sit()
    assert bench.signed(session, izin, later_us=APPROVAL_SECONDS * 1_000_000).penyetuju == "SPV1"
    late = bench.signed(session, izin, later_us=(APPROVAL_SECONDS + 1) * 1_000_000)
    assert late.penyetuju == ""
    assert bench.store.post_batch([late]) == [Refusal("SKH7020", {"kind": "KOR", "peran": "PENYELIA"})]


async def test_repeat_with_an_approval_that_has_ended_is_still_the_repeat(bench: Bench) -> None:
    session = await bench.sit()
    izin = await bench.izin(session)
    (posted,) = bench.store.post_batch([bench.signed(session, izin)])
    assert isinstance(posted, Posted)
    again = bench.signed(session, izin, later_us=24 * 3_600_000_000)
    (outcome,) = bench.store.post_batch([again])
    assert isinstance(outcome, Repeat)
    assert outcome.seq == posted.seq


async def test_approval_is_for_one_request_of_one_user_at_one_device(bench: Bench) -> None:
    session = await bench.sit()
    izin = await bench.izin(session)
    assert bench.signed(session, izin, body=("KOR", PORSI, "salah jumlah")).penyetuju == ""
    assert bench.signed(session, izin, body=("CTK", PORSI, REASON)).penyetuju == ""
    assert bench.signed(session, izin, stan=STAN + 1).penyetuju == ""
    assert bench.signed(await bench.sit(TELLER_2), izin).penyetuju == "", "another device"
    bench.devices.leave(session)
    next_user = await bench.sit(origin_of("001", "0001", "T1", "TLR2"))
    assert bench.signed(next_user, izin).penyetuju == "", "another user of the device"
    assert bench.signed(session, izin).penyetuju == "SPV1"
    for bad in ("", izin[:-1], izin.replace("SPV1", "TLR2"), "x" * 200, "1.2." + "é" * 150, ".."):
        assert not bad or bench.signed(session, bad).penyetuju == ""


@pytest.mark.parametrize("how", ["new password", "disabled"])
async def test_approval_ends_with_the_password_it_was_given_under(bench: Bench, how: str) -> None:
    session = await bench.sit()
    izin = await bench.izin(session)
    if how == "disabled":
        for _ in range(3):
            bench.passwords.note_failure("SPV1", 3)
    else:
        bench.passwords.set_password("SPV1", BARU, "ringan")
    assert bench.signed(session, izin).penyetuju == ""


WHO: dict[str, tuple[str, str, tuple[Any, ...], str, dict[str, Any]]] = {
    "wrong password": ("SPV1", "salah-sekali", BODY, "SKH7011", {}),
    "unknown user": ("NOBODY", SANDI, BODY, "SKH7011", {}),
    "himself": ("TLR1", SANDI, BODY, "SKH7021", {"user": "TLR1"}),
    "himself, wrongly": ("TLR1", "salah-sekali", BODY, "SKH7011", {}),
    "another teller": ("TLR2", SANDI, BODY, "SKH7022", {"user": "TLR2", "kind": "KOR"}),
    "another branch": ("PST1", SANDI, BODY, "SKH7022", {"user": "PST1", "kind": "KOR"}),
    "a kind for one": ("SPV1", SANDI, ("STA", "33250000001", SETORAN), "SKH7022", {"user": "SPV1", "kind": "STA"}),
}


@pytest.mark.parametrize("what", WHO)
async def test_who_may_not_sign(bench: Bench, what: str) -> None:
    user, sandi, body, id, data = WHO[what]
    session = await bench.sit()
    assert await bench.approve(session, user, sandi, body) == ["REFUSED", 0, 9, id, data]


async def test_kind_for_one_takes_no_second_person(bench: Bench) -> None:
    """A token that was got for something else signs nothing here."""
    session = await bench.sit()
    body = ("STA", bench.numbers[0], SETORAN)
    asked = bench.signed(session, await bench.izin(session), body=body)
    assert asked == Ticket(TELLER, STAN, HARI, SetoranAwal(bench.numbers[0], SETORAN), NINE_US, session=session)


async def test_wrong_passwords_of_approvals_count_as_at_sign_on(bench: Bench) -> None:
    session = await bench.sit()
    for _ in range(2):
        assert (await bench.approve(session, sandi="salah-sekali"))[3] == "SKH7011"
    assert await bench.refusal(SUPERVISOR, "salah-sekali") == ("SKH7011", {})
    assert (await bench.approve(session))[3] == "SKH7012", "he is disabled, and gave the right one"
    assert (await bench.approve(session, sandi="salah-sekali"))[3] == "SKH7011"


async def test_new_password(bench: Bench) -> None:
    session = await bench.sit()
    other, info = await bench.ready(TELLER_2)
    old_token = (await bench.ready(TELLER))[1]["token"]
    session = bench.devices.holder(TELLER.perangkat) or session
    kept(session).queued.clear()
    name, _, nomor, data = await bench.ask(session, "PASSWORD", SANDI, BARU)
    assert (name, nomor, set(data)) == ("ANSWER", 9, {"token"})
    assert await bench.refusal(TELLER, old_token, name="RESUME") == ("SKH7015", {})
    await bench.ready(TELLER, data["token"], name="RESUME")
    assert await bench.refusal(TELLER, SANDI) == ("SKH7011", {})
    await bench.ready(TELLER, BARU)
    row = bench.passwords.get("TLR1")
    assert row is not None
    assert row.hash.split("$")[3] == PROFILES["penuh"].hash("x").split("$")[3], "the full hash, whatever it was before"
    assert other.connection.holds(other)
    await bench.ready(TELLER_2, info["token"], name="RESUME")


@pytest.mark.parametrize("baru", ["sandi-7", SANDI, "tlr1", "TLR1"])
async def test_weak_password_is_refused_without_a_hash(bench: Bench, baru: str) -> None:
    session = await bench.sit()
    for lama in (SANDI,) * 4:
        assert await bench.ask(session, "PASSWORD", lama, baru) == ["REFUSED", 0, 9, "SKH7024", {"panjang": 8}]
    await bench.ready(TELLER)


async def test_user_name_of_eight_is_no_password(bench: Bench) -> None:
    bench.passwords.set_password("OPERATOR", SANDI, "ringan")
    session = await bench.sit(origin_of("DEP", "0000", "KONSOL", "OPERATOR"))
    assert (await bench.ask(session, "PASSWORD", SANDI, "operator"))[3] == "SKH7024"


async def test_three_wrong_old_passwords_disable_the_user(bench: Bench) -> None:
    session = await bench.sit()
    for _ in range(3):
        assert (await bench.ask(session, "PASSWORD", "salah-sekali", BARU))[3] == "SKH7011"
    assert (await bench.ask(session, "PASSWORD", SANDI, BARU))[3] == "SKH7012"
    assert await bench.refusal(TELLER, BARU) == ("SKH7011", {})


async def test_password_set_by_somebody_else_meanwhile_stands(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    session = await bench.sit()
    change = bench.passwords.change_password

    def late(user: str, hashed: str, generation: int) -> bool:
        bench.passwords.set_password(user, "dari-petugas", "ringan")
        return change(user, hashed, generation)

    monkeypatch.setattr(bench.passwords, "change_password", late)
    assert (await bench.ask(session, "PASSWORD", SANDI, BARU))[3] == "SKH7011"
    await bench.ready(TELLER, "dari-petugas")


@pytest.mark.parametrize("name", ["APPROVE", "PASSWORD"])
async def test_too_many_checks_at_once_are_told_to_come_again(tmp_path: Path, name: str) -> None:
    bench = Bench(tmp_path / "ledger", signon_queue_max=1, busy_wait_ms=77)
    session = await bench.sit()
    bench.checker._waiting = 1
    fields = ("SPV1", SANDI, STAN, HARI, list(BODY)) if name == "APPROVE" else (SANDI, BARU)
    assert await bench.ask(session, name, *fields) == ["BUSY", 0, 9, 77, "SKH9001"]
    bench.close()


@pytest.mark.parametrize("name", ["APPROVE", "PASSWORD"])
async def test_answer_is_not_given_to_the_next_user_of_the_line(bench: Bench, name: str) -> None:
    session = await bench.sit()
    fields = ("SPV1", SANDI, STAN, HARI, list(BODY)) if name == "APPROVE" else (SANDI, BARU)
    check = session.connection.receive(pack(name, 0, 9, *fields), NINE_US)
    assert isinstance(check, Check)
    running = asyncio.create_task(bench.approvals.answer(check))
    await asyncio.sleep(0)
    session.connection.receive(pack("SIGNOFF", 0), NINE_US)
    await running
    assert kept(session).queued == [["CLOSED", 0, "SKH0003", {}]]


async def test_passwords_and_approvals_stay_out_of_the_log(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    session = await bench.sit()
    izin = await bench.izin(session)
    for _ in range(3):
        await bench.approve(session, sandi="salah-sekali")
    await bench.approve(session, SANDI[:10], SANDI)
    await bench.ask(session, "PASSWORD", SANDI, BARU)
    assert "SKH7012 perangkat=001/0001/T1 user=SPV1" in caplog.text
    assert [word for word in (SANDI, SANDI[:10], BARU, izin, "salah-sekali") if word in caplog.text] == []
