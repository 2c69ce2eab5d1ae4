"""Two people, a new password and an operator's message, on a real host and over its line protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.e2e.plain_terminal import Terminal, connect
from tests.host_fixtures import (
    HARI,
    HEAD_OFFICE,
    NEIGHBOUR,
    OPERATOR,
    SANDI,
    SUPERVISOR,
    TELLER,
    TELLER_2,
    HostProcess,
    Sound,
    person,
    run_command,
)
from txserver.credentials import APPROVAL_SECONDS

PORSI = "1100000001"
BODY = ["KOR", PORSI, "salah orang"]
BARU = "sandi-yang-baru"
NEXT_DAY = "2004-05-04"


async def approve(terminal: Terminal, stan: int, user: str = "SPV1", sandi: str = SANDI, body: Any = None) -> list[Any]:
    return await terminal.ask("APPROVE", 0, 7, user, sandi, stan, HARI, body or BODY)


async def test_a_correction_signed_before_a_crash_is_posted_after_it(ledger: Path, numbers: list[str]) -> None:
    with HostProcess(ledger) as host:
        async with connect(host.url) as terminal:
            token = (await terminal.sign_on(*person(TELLER)))["token"]
            await terminal.deposit(1, HARI, numbers[0])
            missing = ["REFUSED", 0, 2, "SKH7020", {"kind": "KOR", "peran": "PENYELIA"}]
            assert await terminal.ask("POST", 0, 2, HARI, BODY) == missing
            assert await approve(terminal, 2, sandi="salah-sekali") == ["REFUSED", 0, 7, "SKH7011", {}]
            assert await approve(terminal, 2, "TLR1") == ["REFUSED", 0, 7, "SKH7021", {"user": "TLR1"}]
            assert (await approve(terminal, 2, "TLR2"))[3] == "SKH7022"
            name, _, nomor, answer = await approve(terminal, 2)
            assert (name, nomor, list(answer)) == ("ANSWER", 7, ["izin"])
            host.process.kill()
    with HostProcess(ledger) as host:
        async with connect(host.url) as terminal:
            await terminal.ask("RESUME", 0, 1, *person(TELLER)[:4], token)
            other = ["KOR", PORSI, "salah jumlah"]
            assert await terminal.ask("POST", 0, 2, HARI, other, answer["izin"]) == missing
            posted = await terminal.ask("POST", 0, 2, HARI, BODY, answer["izin"])
            assert posted[0] == "ACCEPTED"
            assert await terminal.ask("POST", 0, 2, HARI, BODY, answer["izin"]) == [*posted[:5], True, posted[6]]
            receipt = (await terminal.ask("INQUIRY", 0, 8, ["CETAK", PORSI]))[3]
            assert receipt["kind"] == "KOR"
            refused = ["REFUSED", 0, 8, "SKH2203", {"nomor_porsi": PORSI, "seq_batal": posted[3]}]
            assert await terminal.ask("INQUIRY", 0, 8, ["CETAK", PORSI, 1]) == refused
            history = (await terminal.ask("INQUIRY", 0, 9, ["RIWAYAT", PORSI]))[3]["baris"]
            assert [(row[3], row[7], row[8]) for row in history[-2:]] == [("STA", "TLR1", ""), ("KOR", "TLR1", "SPV1")]
        assert host.end() == 0
        log = host.errors
    entry = Sound(ledger).entries[posted[3]]
    assert (entry.stamp.user, entry.stamp.penyetuju) == ("TLR1", "SPV1")
    assert [word for word in (SANDI, "salah-sekali", answer["izin"], token) if word in log] == []


async def test_an_approval_ends(ledger: Path, numbers: list[str]) -> None:
    """The host's clock runs a thousand times as fast: ten minutes are 0.6 s."""
    with HostProcess(ledger, "--clock-speed", "1000") as host:
        async with connect(host.url) as terminal, connect(host.url) as watch:
            await terminal.sign_on(*person(TELLER))
            assert (await terminal.deposit(1, HARI, numbers[0]))[0] == "ACCEPTED"
            izin = (await approve(terminal, 2))[3]["izin"]
            now_us = start_us = (await watch.sign_on(*person(TELLER_2)))["waktu_us"]
            end_us = int(izin.split(".")[0]) * 1_000_000
            assert 0 < end_us - start_us <= APPROVAL_SECONDS * 1_000_000
            while now_us < end_us + 1_000_000:
                await watch.ask("SIGNOFF", 0)
                now_us = (await watch.sign_on(*person(TELLER_2)))["waktu_us"]
            assert (await terminal.ask("POST", 0, 2, HARI, BODY, izin))[3] == "SKH7020"


async def test_reprint_is_an_entry_and_says_so(ledger: Path, numbers: list[str]) -> None:
    with HostProcess(ledger) as host:
        async with connect(host.url) as terminal, connect(host.url) as second:
            await terminal.sign_on(*person(TELLER))
            await second.sign_on(*person(TELLER_2))
            await terminal.deposit(1, HARI, numbers[0])
            first = (await terminal.ask("INQUIRY", 0, 1, ["CETAK", PORSI]))[3]["halaman"]
            use_reprint = ["REFUSED", 0, 1, "SKH7023", {"nomor_porsi": PORSI}]
            assert await second.ask("INQUIRY", 0, 1, ["CETAK", PORSI]) == use_reprint
            posted = await second.ask("POST", 0, 1, HARI, ["CTK", PORSI, "printer macet"])
            assert posted[6] == {"nomor_porsi": PORSI, "duplikat": 1}
            copy = (await second.ask("INQUIRY", 0, 2, ["CETAK", PORSI, 1]))[3]["halaman"]
            assert "DUPLIKAT 1" in copy[0][1]
            assert copy[0][2:] == first[0][2:]


async def test_new_password_over_a_restart(ledger: Path) -> None:
    with HostProcess(ledger) as host:
        async with connect(host.url) as terminal:
            old = (await terminal.sign_on(*person(TELLER)))["token"]
            assert (await terminal.ask("PASSWORD", 0, 1, SANDI, "pendek"))[3:] == ["SKH7024", {"panjang": 8}]
            assert await terminal.ask("PASSWORD", 0, 1, "salah-sekali", BARU) == ["REFUSED", 0, 1, "SKH7011", {}]
            name, _, _, data = await terminal.ask("PASSWORD", 0, 1, SANDI, BARU)
            assert (name, list(data)) == ("ANSWER", ["token"])
            host.process.kill()
    with HostProcess(ledger) as host:
        async with connect(host.url) as terminal:
            assert (await terminal.ask("RESUME", 0, 1, *person(TELLER)[:4], old))[2] == "SKH7015"
            assert (await terminal.ask("RESUME", 0, 1, *person(TELLER)[:4], data["token"]))[0] == "READY"
        async with connect(host.url) as terminal:
            assert (await terminal.ask("SIGNON", 0, 1, *person(TELLER)))[2] == "SKH7011"
            await terminal.sign_on(*person(TELLER)[:4], BARU)
        assert BARU not in host.errors


def siar(host: HostProcess, *arguments: str, given: str = SANDI) -> tuple[int, str, str]:
    url = host.url.replace("http:", "ws:")
    return run_command("txserver", "siar", "--host", url, *arguments, given=f"{given}\n")


CONSOLE = ("--user", "OPERATOR2", "--bank", "DEP", "--cabang", "0000", "--device", "KONSOL2")


async def test_operator_s_message_from_the_command_line(ledger: Path, tmp_path: Path) -> None:
    with HostProcess(ledger) as host:
        async with connect(host.url) as teller, connect(host.url) as neighbour, connect(host.url) as operator:
            await teller.sign_on(*person(TELLER))
            await neighbour.sign_on(*person(NEIGHBOUR))
            await operator.sign_on(*person(OPERATOR))
            assert siar(host, *CONSOLE, "HOST TUTUP PUKUL 15") == (0, "sessions reached: 4\n", "")
            told = ["BREAK", 0, "SKH8201", {"dari": "DEP/0000 OPERATOR2", "teks": "HOST TUTUP PUKUL 15"}]
            for terminal in (teller, neighbour, operator):
                assert await terminal.receive() == told
            file = tmp_path / "sandi.txt"
            file.write_text(f"{SANDI}\nnot this\n")
            to_branch = ("--tujuan", "001/0001", "--sandi-file", str(file), "KHUSUS")
            assert siar(host, *CONSOLE, *to_branch, given="") == (0, "sessions reached: 1\n", "")
            assert (await teller.receive())[3]["teks"] == "KHUSUS"
            rows = (await teller.ask("INQUIRY", 0, 1, ["PESAN"]))[3]["baris"]
            assert [row[2] for row in rows] == ["KHUSUS", "HOST TUTUP PUKUL 15"]
            assert await teller.ask("SIAR", 0, 2, "", "x") == [
                "REFUSED",
                0,
                2,
                "SKH7008",
                {"user": "TLR1", "kind": "SIAR"},
            ]
            await operator.ask("JALANKAN", 0, 98, "CUTOFF_SEMUA")
            izin = (await operator.ask("APPROVE", 0, 97, "OPERATOR2", SANDI, 98, HARI, ["THR", HARI]))[3]["izin"]
            await operator.ask("POST", 0, 98, HARI, ["THR", HARI], izin)
            await operator.ask("POST", 0, 99, HARI, ["BHR", NEXT_DAY])
            for terminal in (teller, neighbour, operator):
                assert await terminal.receive() == ["BREAK", 0, "SKH8202", {"hari": NEXT_DAY}]
        assert SANDI not in host.errors


def test_what_keeps_a_message_from_being_sent(ledger: Path, tmp_path: Path) -> None:
    with HostProcess(ledger) as host:
        code, said, why = siar(host, *CONSOLE, "x", given="salah-sekali")
        assert (code, said) == (1, "")
        assert why.startswith("siskohat-server: SKH7011 ")
        office = ("--user", HEAD_OFFICE.user, "--bank", "001", "--cabang", "0002", "--device", HEAD_OFFICE.device)
        assert siar(host, *office, "x")[2].startswith("siskohat-server: SKH7008 ")
        assert siar(host, *office, "--tujuan", "001", "x")[0] == 0
        supervisor = ("--user", SUPERVISOR.user, "--bank", "001", "--cabang", "0001", "--device", SUPERVISOR.device)
        assert siar(host, *supervisor, "--tujuan", "001/0009", "x")[2].startswith("siskohat-server: SKH7008 ")
        assert "teks" in siar(host, *CONSOLE, "x" * 71)[2]
        assert "$[3]" in siar(host, "--user", "A", "--bank", "DEPT", "--device", "K", "x")[2]
        assert siar(host, *CONSOLE, "--sandi-file", str(tmp_path / "none"), "x")[0] == 1
        assert host.end() == 0
        assert siar(host, *CONSOLE, "x")[0] == 1
        assert SANDI not in host.errors
    code, said, _ = run_command("txserver", "siar", "--help")
    assert (code, "--sandi " in said) == (0, False), "a password is not given on the command line"
