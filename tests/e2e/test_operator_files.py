"""What the operator does on the ledger's files beside a running host: passwords, the quarantine, and the clock."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from ledger.engine import Asked, Posted
from ledger.kinds.setoran_awal import SetoranAwal
from ledger.store import Store
from ledger.vault import FileVault
from tests.e2e.plain_terminal import connect
from tests.host_fixtures import (
    HARI,
    NINE_US,
    SANDI,
    SETORAN,
    TELLER,
    TELLER_2,
    HostProcess,
    Sound,
    form,
    nik,
    person,
    run_command,
    wait_until,
)
from txserver.quarantine import Quarantine
from txserver.wire.frames import encode

NEW = "sandi-yang-baru"
YEAR_2100_US = 4_102_455_600_000_000  # 10.00 WIB
REAL_CLOCK = ("--clock", "", "--clock-speed", "1")


async def server(*arguments: str, given: str = "") -> tuple[int, str, str]:
    return await asyncio.to_thread(lambda: run_command("txserver", *arguments, given=given))


async def test_a_password_is_set_while_the_host_runs(ledger: Path) -> None:
    """At once, for a user whom the host has disabled too; who is signed on stays so, and his token ends."""
    bank, cabang, device, user, _ = person(TELLER)
    with HostProcess(ledger) as host:
        async with connect(host.url) as terminal:
            token = (await terminal.sign_on(*person(TELLER)))["token"]
            async with connect(host.url) as thief:
                for _ in range(4):
                    assert (await thief.ask("SIGNON", 0, 1, bank, cabang, "T2", user, "salah-salah"))[2] == "SKH7011"
                assert (await thief.ask("SIGNON", 0, 1, bank, cabang, "T2", user, SANDI))[2] == "SKH7012"
                assert await server("sandi", user, "--data", str(ledger), given=NEW) == (0, "", "")
                assert (await thief.ask("SIGNON", 0, 1, bank, cabang, "T2", user, SANDI))[2] == "SKH7011"
                assert (await thief.ask("RESUME", 0, 1, bank, cabang, device, user, token))[2] == "SKH7015"
                await thief.sign_on(bank, cabang, "T2", user, NEW)
            assert (await terminal.ask("ECHO", 0, 1, b"x"))[0] == "ECHO"
        assert host.end() == 0


async def test_the_quarantine_is_read_and_released_while_the_host_runs(ledger: Path) -> None:
    """The request that stopped the rules is shown without a person in it, and the device is on again at once."""
    vault = FileVault(ledger / "kunci")
    frame = encode((NINE_US, 7, HARI, TELLER.user, form(1)))
    Quarantine(ledger / "karantina").put(TELLER.perangkat, vault.seal_frame(frame))
    vault.close()
    data = ("--data", str(ledger))
    with HostProcess(ledger) as host:
        async with connect(host.url) as terminal:
            assert (await terminal.ask("SIGNON", 0, 1, *person(TELLER)))[2] == "SKH7016"
            _, out, _ = await server("karantina", "list", *data, "--json")
            row = json.loads(out)[0]
            assert (row["device"], row["user"], row["kind"], row["stan"]) == (TELLER.perangkat, TELLER.user, "SPT", 7)
            assert row["waktu"] == "2004-05-03T09:00:00.000+07:00"
            _, masked, _ = await server("karantina", "show", TELLER.perangkat, *data)
            assert "KENARI" not in masked
            assert nik(1) not in masked
            assert "AAAA AAAAAA" in masked
            _, out, _ = await server("karantina", "show", TELLER.perangkat, *data, "--terbuka", "--json")
            assert json.loads(out)[0]["nik"] == nik(1)
            code, out, _ = await server("karantina", "release", TELLER.perangkat, *data)
            assert (code, out.split()[0]) == (0, TELLER.perangkat)
            await terminal.sign_on(*person(TELLER))
    assert len(list((ledger / "karantina" / "lepas").glob("*.1.bin"))) == 1
    for words in ("show", "release"):
        code, _, errors = await server("karantina", words, TELLER.perangkat, *data)
        assert code == 1
        assert "nothing lies in the quarantine" in errors
    (ledger / "karantina" / f"{TELLER.perangkat.encode().hex()}.bin").write_bytes(b"not sealed by us")
    assert (await server("karantina", "list", *data))[0] == 73


def time_ahead(ledger: Path, nomor_spph: str) -> int:
    """A deposit of the year 2100, as of a machine whose clock was wrong; returns its entry."""
    store = Store.open(ledger)
    posted = store.post_batch([Asked(TELLER, 1, HARI, SetoranAwal(nomor_spph, SETORAN), YEAR_2100_US)])[0]
    assert isinstance(posted, Posted)
    store.close()
    return posted.seq


async def test_a_clock_that_cannot_be_believed(ledger: Path, numbers: list[str], tmp_path: Path) -> None:
    """Inquiries are served, posts refused, until two operators take the clock for right; a restart keeps that."""
    seq = time_ahead(ledger, numbers[0])
    sandi = tmp_path / "sandi.txt"
    sandi.write_text(SANDI + "\n")
    command = ("jam", "--data", str(ledger), "--sandi-file", str(sandi), "--sandi-file-2", str(sandi))
    with HostProcess(ledger, *REAL_CLOCK) as host:
        assert host.get("/readyz") == (503, "SKH9015\n")
        assert "SKH9015 jam=" in host.errors
        async with connect(host.url) as terminal:
            await terminal.sign_on(*person(TELLER_2))
            assert await terminal.deposit(1, HARI, numbers[1]) == ["REFUSED", 0, 1, "SKH9015", {}]
            assert (await terminal.ask("INQUIRY", 0, 1, ["SPPH", numbers[0]]))[0] == "ANSWER"
            for user, second, code in (
                ("OPERATOR", "OPERATOR", 1),
                ("OPERATOR", "TLR2", 1),
                ("OPERATOR", "OPERATOR2", 0),
            ):
                done = await server(*command, "--user", user, "--penyetuju", second)
                assert done[0] == code, done
            async with asyncio.timeout(10):
                while host.get("/readyz")[0] != 200:
                    await asyncio.sleep(0.05)
            assert "SKH8106 user=OPERATOR penyetuju=OPERATOR2" in host.errors
            accepted = await terminal.deposit(2, HARI, numbers[1])
            assert (accepted[3], accepted[4]) == (seq + 2, YEAR_2100_US), "ledger time does not go back"
        assert host.end() == 0
    entered = Sound(ledger).entries[seq + 1]
    assert (entered.kind, entered.stamp.user, entered.stamp.penyetuju) == ("JAM", "OPERATOR", "OPERATOR2")
    assert entered.facts.jam_host_us < entered.stamp.waktu_us == YEAR_2100_US
    with HostProcess(ledger, *REAL_CLOCK) as host:
        wait_until(lambda: host.get("/readyz")[0] == 200, "the clock to be taken for right again")
        assert host.end() == 0
    assert Sound(ledger).head == seq + 2, "once for a time of the ledger"
    (ledger / "jam.izin").write_bytes((ledger / "jam.izin").read_bytes().replace(b"OPERATOR2", b"OPERATOR3"))
    with HostProcess(ledger, *REAL_CLOCK) as host:
        assert host.get("/readyz") == (503, "SKH9015\n"), "a permit that was altered is none"
        assert host.end() == 0


async def test_a_disk_with_little_left_closes_registration(ledger: Path, numbers: list[str]) -> None:
    with HostProcess(ledger, reserve_bytes=1 << 60) as host:
        assert host.get("/readyz") == (503, "SKH9004\n")
        async with connect(host.url) as terminal:
            await terminal.sign_on(*person(TELLER))
            assert (await terminal.deposit(1, HARI, numbers[0]))[3] == "SKH9004"
            assert (await terminal.ask("INQUIRY", 0, 1, ["SPPH", numbers[0]]))[0] == "ANSWER"
        assert host.end() == 0
