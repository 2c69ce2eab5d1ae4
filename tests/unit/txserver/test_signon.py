"""Sign-on: one answer for everything that is wrong, three wrong passwords, take-over, tokens."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.kinds.status_user_id import StatusUserId
from ledger.records import Origin, origin_of
from tests.host_fixtures import (
    FAR_TELLER,
    HARI,
    NEIGHBOUR,
    NINE_US,
    OPERATOR,
    OPERATOR_2,
    PETUGAS,
    SANDI,
    TELLER,
    TELLER_2,
    Desk,
    KeptPeer,
    deposit,
    found,
    must,
    pack,
    wanted_on,
)
from tests.unit.txserver.counter import Counter, Watch
from txserver import credentials
from txserver.credentials import TOKEN_SECONDS
from txserver.doors import Doors
from txserver.session import Connection, Session, Wanted


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path / "ledger")
    yield made
    made.close()


async def test_ready_tells_all_a_terminal_needs(counter: Counter) -> None:
    session, info = await counter.ready(TELLER)
    assert len(info.pop("token")) > 40
    assert info == {
        "host": "SISKOHAT",
        "ledger": counter.store.opening.facts.ledger,
        "demo": True,
        "message_bytes_max": 4096,
        "lines_per_connection_max": 64,
        "upload_pieces_max": 32,
        "hari": HARI,
        "waktu_us": NINE_US,
        "stan": 0,
        "peran": "TELLER",
        "nama_cabang": "BATANG",
        "provinsi": "33",
        "zona_menit": 420,
        "status": "AKTIF",
        "kinds": ["STA", "KOR", "CTK", "LBK", "LSR", "LTP", "SEM"],
        "laci": False,
    }
    assert counter.devices.holder(TELLER.perangkat) is session
    assert session.origin == TELLER


async def test_ready_tells_the_last_stan_of_today_and_the_kinds_of_the_role(counter: Counter) -> None:
    counter.store.post_batch([deposit(TELLER, 17, counter.numbers[0])])
    assert (await counter.ready(TELLER))[1]["stan"] == 17
    _, info = await counter.ready(OPERATOR)
    assert info["stan"] == 0, "the operator's last request was for another day"
    evening = {"TSC", "TSB", "SEM", "BTP", "SNU", "SNP", "BYS", "SLH", "THR"}
    assert set(info["kinds"]) == {"BHR", "BNK", "CAB", "KDP", "PRK", "PGN", "UID"} | evening


WRONG = {
    "unknown user": origin_of("001", "0001", "T1", "NOBODY"),
    "unknown device": origin_of("001", "0001", "T9", "TLR1"),
    "device of another branch": origin_of("001", "0002", "T1", "TLR1"),
    "unknown branch": origin_of("001", "9999", "T1", "TLR1"),
    "unknown bank": origin_of("999", "0001", "T1", "TLR1"),
    "known by password, not by the ledger": origin_of("001", "0001", "T1", "GHOST"),
    "a slash in the name": origin_of("001", "0001", "0001/T1", "TLR1"),
}


@pytest.mark.parametrize("what", WRONG)
async def test_one_answer_for_user_branch_and_device(
    counter: Counter, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter.passwords.set_password("GHOST", SANDI, "ringan")
    hashes: list[str] = []
    verify = credentials.verify
    monkeypatch.setattr(credentials, "verify", lambda stored, text: (hashes.append(stored), verify(stored, text))[1])
    assert await counter.refusal(WRONG[what]) == ("SKH7011", {})
    assert await counter.refusal(TELLER, "wrong") == ("SKH7011", {})
    assert len(hashes) == 2, "both cost one hash"
    assert counter.metrics.signons["SKH7011"] == 2


async def test_version_is_judged_before_the_password(counter: Counter) -> None:
    assert await counter.refusal(TELLER, "wrong", versi=2) == ("SKH7003", {"versi": 2})
    row = counter.passwords.get("TLR1")
    assert row is not None
    assert row.failures == 0


async def test_three_wrong_passwords_disable_on_disk(counter: Counter, caplog: pytest.LogCaptureFixture) -> None:
    said = [(await counter.refusal(TELLER, "salah-sekali"))[0] for _ in range(4)]
    assert said == ["SKH7011", "SKH7011", "SKH7011", "SKH7011"]
    row = counter.passwords.get("TLR1")
    assert row is not None
    assert row.disabled
    assert (await counter.refusal(TELLER))[0] == "SKH7012", "who knows the password is told why"
    assert (await counter.refusal(NEIGHBOUR, "salah-sekali"))[0] == "SKH7011", "others go on"
    await counter.ready(NEIGHBOUR)
    assert "salah-sekali" not in caplog.text


async def test_log_of_a_refused_sign_on_holds_nothing_a_stranger_typed(
    counter: Counter, caplog: pytest.LogCaptureFixture
) -> None:
    """Passwords are typed into user fields, and line feeds make log lines."""
    caplog.set_level("INFO")
    await counter.refusal(origin_of("001", "0001", "T1", SANDI[:10]))
    await counter.refusal(origin_of("001", "0001", "\nSKH9004", "\nSKH0005"))
    text = "\n".join(record.getMessage() for record in caplog.records)
    assert text.count("SKH7011") == 2
    assert SANDI[:10] not in text
    assert "SKH9004" not in text
    assert len(caplog.records) == text.count("\n") + 1
    caplog.clear()
    await counter.refusal(TELLER, "wrong")
    assert "user=TLR1" in caplog.text


async def test_blocked_branch_still_signs_on(counter: Counter) -> None:
    """Posting stops, inquiries and reprints go on (pasal 9)."""
    stop = StatusUserId("001", "0001", "DIBLOKIR", "pasal 9")
    must(counter.store, [(OPERATOR, 99, HARI, stop)], OPERATOR_2.user)
    assert (await counter.ready(TELLER))[1]["status"] == "DIBLOKIR"


async def test_same_user_takes_the_device_over(counter: Counter) -> None:
    old, _ = await counter.ready(TELLER)
    new, _ = await counter.ready(TELLER)
    peer = old.peer
    assert isinstance(peer, KeptPeer)
    assert peer.written[-1] == ["CLOSED", 0, "SKH7013", {}]
    assert old.connection.sessions() == []
    assert counter.devices.holder(TELLER.perangkat) is new


async def test_other_user_of_the_branch_waits_for_the_device(counter: Counter) -> None:
    await counter.ready(TELLER)
    other = origin_of("001", "0001", "T1", "TLR2")
    assert await counter.refusal(other) == ("SKH7014", {"device": "T1"})
    assert counter.metrics.signons == {"signed on": 1, "SKH7014": 1}


async def test_varied_off_device(counter: Counter) -> None:
    counter.devices.vary_off(TELLER.perangkat, b"sealed")
    assert await counter.refusal(TELLER) == ("SKH7016", {"device": "T1"})
    await counter.ready(TELLER_2)


async def test_resume_by_token_needs_no_password(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    _, info = await counter.ready(TELLER)
    monkeypatch.setattr(credentials, "verify", None)
    session, again = await counter.ready(TELLER, info["token"], name="RESUME")
    assert counter.devices.holder(TELLER.perangkat) is session
    assert again["stan"] == 0
    assert counter.metrics.signons["resumed"] == 1


async def test_token_ends(counter: Counter) -> None:
    _, info = await counter.ready(TELLER)
    token = info["token"]

    async def resume(origin: Origin, given: str = token) -> str:
        session, said = await counter.sign_on(origin, given, name="RESUME")
        return "READY" if session else str(said[2])

    assert await resume(TELLER) == "READY"
    assert await resume(TELLER_2) == "SKH7015"
    assert await resume(origin_of("001", "0001", "T2", "TLR1")) == "SKH7015", "another device of the branch"
    assert await resume(FAR_TELLER) == "SKH7015"
    assert await resume(TELLER, "9999999999.é") == "SKH7015"
    assert await resume(origin_of("001", "0001", "T1", "NOBODY")) == "SKH7015"
    counter.clock.us += (TOKEN_SECONDS + 1) * 1_000_000
    assert await resume(TELLER) == "SKH7015"
    counter.clock.us = NINE_US
    assert await resume(TELLER) == "READY"
    counter.passwords.set_password("TLR1", "sandi-yang-baru", "ringan")
    assert await resume(TELLER) == "SKH7015", "a new password ends the tokens of the old"
    _, info = await counter.ready(TELLER, "sandi-yang-baru")
    for _ in range(3):
        counter.passwords.note_failure("TLR1", 3)
    assert await resume(TELLER, info["token"]) == "SKH7015", "a disabled user does not resume"


async def test_token_does_not_depend_on_this_process(counter: Counter) -> None:
    _, info = await counter.ready(PETUGAS)
    counter.restart()
    await counter.ready(PETUGAS, info["token"], name="RESUME")


async def test_sign_on_given_up_meanwhile_takes_no_device(counter: Counter) -> None:
    connection = Connection(KeptPeer(), 64)
    person = (TELLER.bank, TELLER.cabang, TELLER.device, TELLER.user)
    wanted = connection.receive(pack("SIGNON", 0, 1, *person, SANDI), NINE_US)
    assert isinstance(wanted, Wanted)
    connection.receive(pack("SIGNOFF", 0), NINE_US)
    assert await counter.desk.check(wanted) is None
    assert len(counter.devices) == 0
    peer = connection.peer
    assert isinstance(peer, KeptPeer)
    assert peer.queued == [["CLOSED", 0, "SKH7004", {}]]


async def test_sign_on_of_a_connection_that_is_gone_takes_no_device(counter: Counter) -> None:
    desk = Desk(counter.store)
    nobody: Any = None
    doors = Doors(
        desk.settings, desk.committer, counter.desk, nobody, nobody, counter.devices, counter.metrics, counter.clock
    )
    door = doors.open(KeptPeer())
    door.receive(pack("SIGNON", 0, 1, TELLER.bank, TELLER.cabang, TELLER.device, TELLER.user, SANDI), NINE_US)
    (checking,) = doors._checking
    door.closed()
    await checking
    assert len(counter.devices) == 0, "nobody is there to leave it again, and another user would be refused for ever"


async def test_too_many_sign_ons_at_once_are_told_to_wait(tmp_path: Path) -> None:
    counter = Counter(tmp_path / "ledger", signon_queue_max=1, busy_wait_ms=77)
    counter.checker._waiting = 1
    assert await counter.refusal(TELLER) == ("SKH9001", {"tunggu_ms": 77})
    counter.close()


async def test_a_check_that_fails_does_not_leave_the_line_waiting(tmp_path: Path) -> None:
    class BrokenDesk:
        async def check(self, wanted: Wanted) -> Session | None:
            raise OSError(wanted.line)

    store, _ = found(tmp_path / "ledger", forms=1)
    desk = Desk(store)
    broken: Any = BrokenDesk()
    doors = Doors(desk.settings, desk.committer, broken, broken, broken, desk.devices, desk.metrics, Watch())
    peer = KeptPeer()
    doors.sign_on(wanted_on(Connection(peer, 64), TELLER))
    (task,) = doors._checking
    with pytest.raises(OSError):
        await task
    assert peer.written == [["CLOSED", 0, "SKH9014", {}]]
    store.close()


class Steady(Watch):
    """A clock whose steady seconds are set by hand too."""

    def __init__(self) -> None:
        super().__init__()
        self.s = 100.0

    def steady_s(self) -> float:
        return self.s


def doors_at(counter: Counter, desk: Desk, clock: Steady) -> Doors:
    nobody: Any = None
    return Doors(desk.settings, desk.committer, counter.desk, nobody, nobody, counter.devices, counter.metrics, clock)


async def test_who_tries_passwords_without_end_is_cut_when_the_time_to_sign_on_is_over(counter: Counter) -> None:
    desk, clock = Desk(counter.store), Steady()
    doors, peer = doors_at(counter, desk, clock), KeptPeer()
    door = doors.open(peer)
    wrong = pack("SIGNON", 0, 1, TELLER.bank, TELLER.cabang, TELLER.device, "TLR9", "salah")
    for _ in range(2):
        door.receive(wrong, NINE_US)
        (task,) = doors._checking
        await task
    assert [said[:3] for said in peer.written] == [["CLOSED", 0, "SKH7011"]] * 2
    clock.s += desk.settings.signon_seconds_max + 1
    peer.written.clear()
    door.receive(wrong, NINE_US)
    door.receive(wrong, NINE_US)
    assert peer.written == [["CLOSED", 0, "SKH7001", {}], ["CLOSE", 1008, "SKH7001"]]
    assert not doors._checking


async def test_a_closing_host_begins_no_check(counter: Counter) -> None:
    """Neither on a line that is not gone yet nor on one that came too late: the password file is about to be closed."""
    doors, early, late = doors_at(counter, Desk(counter.store), Steady()), KeptPeer(), KeptPeer()
    right = pack("SIGNON", 0, 1, TELLER.bank, TELLER.cabang, TELLER.device, TELLER.user, SANDI)
    door = doors.open(early)
    closing = asyncio.create_task(doors.close())
    await asyncio.sleep(0)
    newcomer = doors.open(late)
    for one in (door, newcomer):
        one.receive(right, NINE_US)
    assert (early.written, late.written) == ([["CLOSE", 1001, "SKH9002"]], [["CLOSE", 1001, "SKH9002"]])
    assert not doors._checking
    door.closed()
    newcomer.closed()
    await closing


async def test_a_connection_that_signed_off_has_its_time_to_sign_on_again(counter: Counter) -> None:
    desk, clock = Desk(counter.store), Steady()
    doors, peer = doors_at(counter, desk, clock), KeptPeer()
    door = doors.open(peer)
    right = pack("SIGNON", 0, 1, TELLER.bank, TELLER.cabang, TELLER.device, TELLER.user, SANDI)
    for _ in range(2):
        door.receive(right, NINE_US)
        (task,) = doors._checking
        await task
        assert peer.written[-1][0] == "READY"
        clock.s += 10 * desk.settings.signon_seconds_max
        door.receive(pack("SIGNOFF", 0), NINE_US)
        assert not doors.is_late(door)
    clock.s += desk.settings.signon_seconds_max + 1
    assert doors.is_late(door)


async def test_the_sweep_cuts_at_the_deadline_whoever_has_not_signed_on(tmp_path: Path) -> None:
    counter = Counter(tmp_path / "ledger")
    desk = Desk(counter.store, signon_seconds_max=0.3)
    nobody: Any = None
    doors = Doors(
        desk.settings, desk.committer, counter.desk, nobody, nobody, counter.devices, counter.metrics, Watch()
    )
    silent, signed = KeptPeer(), KeptPeer()
    sweep = asyncio.create_task(doors.sweep(60))
    loop = asyncio.get_running_loop()
    start_s = loop.time()
    doors.open(silent)
    door = doors.open(signed)
    door.receive(pack("SIGNON", 0, 1, TELLER.bank, TELLER.cabang, TELLER.device, TELLER.user, SANDI), NINE_US)
    while not silent.written:
        await asyncio.sleep(0.01)
        assert loop.time() - start_s < 5
    assert silent.written == [["CLOSE", 1008, "SKH7001"]]
    assert [said[0] for said in signed.written] == ["READY"]
    sweep.cancel()
    counter.close()
