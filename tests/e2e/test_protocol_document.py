"""A terminal written from docs/protocol.md alone, on a real host: every state, limit and end of the page in action."""

from __future__ import annotations

import asyncio
import re
import signal
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import aiohttp
import msgpack
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.e2e.plain_terminal import Ended, Terminal, connect
from tests.e2e.protocol_page import quoted, rows, worked
from tests.host_fixtures import (
    HARI,
    NAMA,
    PETUGAS,
    SANDI,
    SETORAN,
    TELLER,
    TELLER_2,
    TELLER_3,
    HostProcess,
    nik,
    wait_until,
)

PERSON = (TELLER.bank, TELLER.cabang, TELLER.device, TELLER.user)


async def sign_on(terminal: Terminal) -> dict[str, Any]:
    return await terminal.sign_on(*PERSON, SANDI)


async def test_worked_bytes_on_a_real_host(ledger: Path) -> None:
    with HostProcess(ledger) as host:
        async with connect(host.url) as terminal:
            for arrow, message, packed in worked():
                if arrow == "->":
                    await terminal.socket.send_bytes(packed)
                    continue
                got = await terminal.receive()
                if message[0] == "READY":
                    assert message[2].keys() < got[2].keys()
                    message[2]["waktu_us"] = got[2]["waktu_us"]
                    assert message[2].items() <= got[2].items()
                else:
                    if message[0] == "ACCEPTED":
                        message[3:5] = got[3:5]  # number and time are this ledger's
                    assert got == message


async def test_a_day_at_the_counter(ledger: Path, numbers: list[str]) -> None:
    with HostProcess(ledger) as host:
        async with connect(host.url) as terminal:
            for _ in range(2):
                assert await terminal.ask("SIGNON", 0, 1, *PERSON, "salah-sekali") == ["CLOSED", 0, "SKH7011", {}]
            info = await sign_on(terminal)  # on the same connection, and in time
            keys = {key for row in rows("3. Messages from the host", 1) for key in quoted(row[0])}
            assert set(info) == keys
            assert (info["hari"], info["stan"], info["kinds"], info["demo"]) == (
                HARI,
                0,
                ["STA", "KOR", "CTK", "LBK", "LSR", "LTP", "SEM"],
                True,
            )
            await questions(terminal, numbers)
            posted = await terminal.deposit(1, HARI, numbers[0])
            assert posted[:3] == ["ACCEPTED", 0, 1]
            assert posted[5:] == [False, {"nomor_porsi": "1100000001"}]
            assert await terminal.deposit(1, HARI, numbers[0]) == [*posted[:5], True, posted[6]]
            assert await terminal.deposit(1, HARI, numbers[1]) == ["REFUSED", 0, 1, "SKH7006", {"stan": 1}]
            other_day = {"hari_permintaan": "2004-05-04", "hari": HARI}
            assert await terminal.deposit(2, "2004-05-04", numbers[1]) == ["REFUSED", 0, 2, "SKH6002", other_day]
            refused = await terminal.ask("POST", 0, 2, HARI, ["SPS", numbers[1]])
            assert refused == ["REFUSED", 0, 2, "SKH7008", {"user": "TLR1", "kind": "SPS"}]
            wrong = await terminal.ask("POST", 0, 2, HARI, ["STA", "1", SETORAN])
            assert wrong[:4] == ["REFUSED", 0, 2, "SKH1001"]
            assert wrong[4]["field"] == "nomor_spph"
            assert await terminal.ask("POST", 0, 2, HARI, ["SPS", numbers[1]]) == refused, "a copy that comes late"
            goes_on = ["REFUSED", 0, 2, "SKH7007", {"stan": 2, "stan_terakhir": 2}]
            assert await terminal.deposit(2, HARI, numbers[1]) == goes_on, "a session goes on with a higher STAN"
            assert (await terminal.deposit(3, HARI, numbers[1]))[0] == "ACCEPTED"
            await answers(terminal, posted)
            assert await terminal.ask("SIGNOFF", 0) == ["CLOSED", 0, "SKH0003", {}]
            assert await terminal.ask("ECHO", 0, 1, b"x") == ["CLOSED", 0, "SKH7001", {}]
            info = await sign_on(terminal)
            assert (info["stan"], info["laci"]) == (4, True)
            nobody = await terminal.ask("POST", 0, 5, HARI, ["SPS", numbers[1]])
            assert nobody[3] == "SKH7008"
            assert await terminal.ask("SIGNOFF", 0) == ["CLOSED", 0, "SKH0003", {}]
            await sign_on(terminal)
            assert (await terminal.deposit(5, HARI, numbers[2]))[0] == "ACCEPTED", "of another session it was not used"


async def questions(terminal: Terminal, numbers: list[str]) -> None:
    """Echo, and an SPPH before its deposit."""
    assert await terminal.ask("ECHO", 0, -5, bytes(range(256))) == ["ECHO", 0, -5, bytes(range(256))]
    name, _, nomor, data = await terminal.ask("INQUIRY", 0, 1, ["SPPH", numbers[0]])
    assert (name, nomor, data["status"], data["nominal_rupiah"]) == ("ANSWER", 1, "SAH", SETORAN)
    assert set(data) == set(documented_answers()["SPPH"])
    assert await terminal.ask("INQUIRY", 0, 2, ["SPPH", "33259999999"]) == ["REFUSED", 0, 2, "SKH7018", {}]


def documented_answers() -> dict[str, list[str]]:
    """Names of the fields in the answer to each inquiry."""
    names = {quoted(name)[0]: re.findall(r"`(\w+)`", data) for name, _, data in rows("Inquiry bodies")}
    names["PORSI"] += names["SPPH"]
    names["NIK"] = names["PORSI"]
    return names


async def answers(terminal: Terminal, posted: list[Any]) -> None:
    """Every inquiry about the first deposit has just the documented fields."""
    porsi = posted[6]["nomor_porsi"]
    bodies: list[list[Any]] = [
        ["PORSI", porsi],
        ["NIK", nik(1)],
        ["PERMINTAAN", "001", "0001", "T1", 1, HARI],
        ["CABANG", "001", "0001", HARI],
        ["CETAK", porsi],
        ["CETAK", porsi, 0],
        ["NAMA", NAMA],
        ["NAMA", NAMA, ""],
        ["RIWAYAT", porsi],
        ["PESAN"],
    ]
    for nomor, body in enumerate(bodies, 10):
        name, _, answered, data = await terminal.ask("INQUIRY", 0, nomor, body)
        assert (name, answered) == ("ANSWER", nomor)
        assert set(data) == set(documented_answers()[body[0]])
        if body[0] == "PERMINTAAN":
            assert (data["seq"], data["waktu_us"], data["data"]) == (posted[3], posted[4], posted[6])
        if body[0] == "CETAK":
            assert max(len(line) for sheet in data["halaman"] for line in sheet) <= 80
    assert await terminal.ask("INQUIRY", 0, 30, ["LACI"]) == ["REFUSED", 0, 30, "SKH2301", {}]
    assert (await terminal.ask("POST", 0, 4, HARI, ["LBK", 500_000]))[0] == "ACCEPTED"
    laci = (await terminal.ask("INQUIRY", 0, 31, ["LACI"]))[3]
    assert set(laci) == set(documented_answers()["LACI"])


async def test_three_wrong_passwords(ledger: Path) -> None:
    with HostProcess(ledger) as host:
        async with connect(host.url) as terminal:
            ids = [(await terminal.ask("SIGNON", 0, 1, *PERSON, "salah-sekali"))[2] for _ in range(3)]
            assert ids == ["SKH7011", "SKH7011", "SKH7011"]
            assert (await terminal.ask("SIGNON", 0, 1, *PERSON, SANDI))[2] == "SKH7012"
            nobody = await terminal.ask("SIGNON", 0, 1, "001", "0001", "T1", "NOBODY", "salah-sekali")
            assert nobody == ["CLOSED", 0, "SKH7011", {}]
            assert (await terminal.ask("SIGNON", 0, 2, *PERSON, SANDI))[2:] == ["SKH7003", {"versi": 2}]


async def test_what_ends_a_connection(ledger: Path) -> None:
    with HostProcess(ledger) as host:
        async with connect(host.url) as terminal:
            await sign_on(terminal)
            await terminal.socket.send_bytes(b"\xc1")
            assert (await terminal.ended()).args == (1008, "SKH7002")
        async with connect(host.url) as terminal:
            await terminal.send("ACCEPTED", 0, 1, 2, 3, False, {})
            assert (await terminal.ended()).args == (1008, "SKH7002")
        async with connect(host.url) as terminal:
            await terminal.socket.send_str("SIGNON")
            assert (await terminal.ended()).code == 1003
        async with connect(host.url) as terminal:
            await terminal.socket.send_bytes(msgpack.packb(["ECHO", 0, 1, bytes(4096)]))
            assert (await terminal.ended()).code == 1009
        with pytest.raises(aiohttp.WSServerHandshakeError, match="400"):
            async with connect(host.url, "siskohat.9"):
                raise AssertionError("another subprotocol was taken")


async def test_one_connection_too_many(ledger: Path) -> None:
    with HostProcess(ledger, sessions_max=1) as host:
        async with connect(host.url) as terminal:
            await sign_on(terminal)
            with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
                async with connect(host.url):
                    raise AssertionError("a second connection was taken")
            assert (await terminal.ask("ECHO", 0, 1, b""))[0] == "ECHO"


@pytest.mark.parametrize("edges", [0, 1])
async def test_wss(ledger: Path, numbers: list[str], tmp_path: Path, edges: int) -> None:
    cert, key = certificate(tmp_path)
    with HostProcess(ledger, "--tls-cert", str(cert), "--tls-key", str(key), edges=edges) as host:
        assert b"(TLS)" in host.said
        url, tls = host.url.replace("http:", "https:"), ssl.create_default_context(cafile=str(cert))
        async with connect(url, tls=tls) as terminal:
            await sign_on(terminal)
            assert (await terminal.deposit(1, HARI, numbers[0]))[0] == "ACCEPTED"
            assert terminal.socket.get_extra_info("ssl_object").version() == "TLSv1.3"
        tls.maximum_version = ssl.TLSVersion.TLSv1_2
        with pytest.raises(aiohttp.ClientConnectorError):
            async with connect(url, tls=tls):
                raise AssertionError("TLS 1.2 was taken")
        assert host.end() == 0


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(1), now + timedelta(1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
    pem, private = folder / "cert.pem", folder / "key.pem"
    pem.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return pem, private


async def test_silence_ends_a_connection(ledger: Path) -> None:
    with HostProcess(ledger, signon_seconds_max=1, idle_seconds_max=1) as host:
        async with connect(host.url) as nobody, connect(host.url, autoping=False) as silent, connect(host.url) as alive:
            await sign_on(silent)
            await alive.sign_on("001", "0001", "T2", "TLR2", SANDI)
            listening = asyncio.ensure_future(alive.receive())  # which answers the pings
            assert (await nobody.ended()).args == (1008, "SKH7001")
            assert (await silent.ended()).args == (1001, "silent")
            await alive.send("ECHO", 0, 1, b"alive")
            assert await listening == ["ECHO", 0, 1, b"alive"]


async def test_two_lines_on_one_connection(ledger: Path, numbers: list[str]) -> None:
    with HostProcess(ledger) as host:
        async with connect(host.url) as terminal:
            first, second = 7, 65_535
            await terminal.send("SIGNON", first, 1, *PERSON, SANDI)
            await terminal.send("SIGNON", second, 1, "001", "0001", "T2", "TLR2", SANDI)
            ready = [await terminal.receive() for _ in range(2)]
            assert {(name, line) for name, line, _ in ready} == {("READY", first), ("READY", second)}
            await terminal.send("POST", first, 1, HARI, ["STA", numbers[0], SETORAN])
            await terminal.send("POST", second, 1, HARI, ["STA", numbers[1], SETORAN])
            await terminal.send("INQUIRY", second, 9, ["SPPH", numbers[2]])  # too early on this line
            got = {(row[1], row[2]): row for row in [await terminal.receive() for _ in range(3)]}
            assert {got[first, 1][6]["nomor_porsi"], got[second, 1][6]["nomor_porsi"]} == {"1100000001", "1100000002"}
            early = got[second, 9]
            assert early[0] == "ANSWER" or early[3] == "SKH7005", "refused, unless the first was answered by then"
            assert (await terminal.ask("SIGNOFF", first))[:3] == ["CLOSED", first, "SKH0003"]
            assert (await terminal.ask("ECHO", second, 1, b""))[0] == "ECHO", "the other line goes on"


async def test_one_line_asking_twice_at_once(ledger: Path, numbers: list[str]) -> None:
    """Both lie in the host's socket before it reads: the second comes while the first waits, for certain."""
    with HostProcess(ledger, edges=0) as host:  # one process, so that stopping it stops all
        async with connect(host.url) as terminal:
            await sign_on(terminal)
            host.process.send_signal(signal.SIGSTOP)
            await terminal.send("POST", 0, 1, HARI, ["STA", numbers[0], SETORAN])
            await terminal.send("POST", 0, 2, HARI, ["STA", numbers[1], SETORAN])
            host.process.send_signal(signal.SIGCONT)
            got = sorted([await terminal.receive() for _ in range(2)])
            assert [row[0] for row in got] == ["ACCEPTED", "REFUSED"]
            assert got[1] == ["REFUSED", 0, 2, "SKH7005", {}]


async def test_resume_after_a_cut_and_take_over(ledger: Path, numbers: list[str]) -> None:
    with HostProcess(ledger) as host:
        async with connect(host.url) as cut:
            token = (await sign_on(cut))["token"]
            await cut.send("POST", 0, 1, HARI, ["STA", numbers[0], SETORAN])  # and the answer is never read
            async with connect(host.url) as terminal:
                ready = await terminal.ask("RESUME", 0, 1, *PERSON, token)
                assert ready[0] == "READY"
                posted = await terminal.deposit(1, HARI, numbers[0])
                assert (posted[0], posted[6]) == ("ACCEPTED", {"nomor_porsi": "1100000001"})
                await said_last(cut, "SKH7013")
                assert (await terminal.ask("SIGNON", 1, 1, "001", "0001", "T1", "TLR2", SANDI))[2] == "SKH7014"
                assert (await terminal.ask("RESUME", 2, 1, *PERSON, token[:-1] + "x"))[2] == "SKH7015"
                assert (await terminal.ask("RESUME", 2, 1, *PERSON, "é"))[2] == "SKH7015"


async def said_last(terminal: Terminal, id: str) -> None:
    """The terminal has been told this, whatever came before."""
    while (message := await terminal.receive())[0] != "CLOSED":
        assert message[0] in {"ACCEPTED", "REFUSED"}
    assert message[2] == id


async def test_busy_under_tiny_limits(ledger: Path, numbers: list[str]) -> None:
    with HostProcess(ledger, "--preset", "kecil", edges=0, idle_seconds_max=60, signon_seconds_max=30) as host:
        async with connect(host.url) as terminal:
            for line, origin in enumerate((TELLER, TELLER_2, TELLER_3)):
                terminal.line = line
                info = await terminal.sign_on(origin.bank, origin.cabang, origin.device, origin.user, SANDI)
            assert (info["message_bytes_max"], info["lines_per_connection_max"]) == (512, 3)
            full = await terminal.ask("SIGNON", 3, 1, PETUGAS.bank, PETUGAS.cabang, "KDP1", PETUGAS.user, SANDI)
            assert full == ["CLOSED", 3, "SKH7010", {"batas": 3}]
            host.process.send_signal(signal.SIGSTOP)  # so that all three lie there when it reads
            for line in range(3):
                await terminal.send("INQUIRY", line, 1, ["SPPH", numbers[line]])
            host.process.send_signal(signal.SIGCONT)
            got = {row[1]: row for row in [await terminal.receive() for _ in range(3)]}
            assert [got[line][0] for line in range(3)] == ["ANSWER", "ANSWER", "BUSY"]
            assert got[2] == ["BUSY", 2, 1, 200, "SKH9001"]
            assert (await terminal.ask("INQUIRY", 2, 1, ["SPPH", numbers[2]]))[0] == "ANSWER"
            await terminal.send("ECHO", 0, 1, bytes(512))
            assert (await terminal.ended()).code == 1009


async def test_posts_wait_until_the_books_have_caught_up(ledger: Path, numbers: list[str]) -> None:
    """The founded ledger is further behind than `kecil` lets memory grow: BUSY until its first checkpoint."""
    with HostProcess(ledger, "--preset", "kecil", idle_seconds_max=60, signon_seconds_max=30) as host:
        async with connect(host.url) as terminal:
            await sign_on(terminal)
            busy = 0
            while (row := await terminal.deposit(1, HARI, numbers[0]))[0] == "BUSY":
                assert row[2:] == [1, 200, "SKH9001"]
                busy += 1
                wait_until(lambda: ready(host) or host.process.poll() is not None, "posts to be taken")
            assert row[0] == "ACCEPTED"
            assert row[5] is False
            assert busy == 1


def ready(host: HostProcess) -> bool:
    said = host.get("/readyz")
    assert said in {(200, "ready\n"), (503, "SKH9001\n")}
    return said[0] == 200


async def test_ended_is_what_a_cut_looks_like(ledger: Path) -> None:
    with HostProcess(ledger) as host:
        async with connect(host.url) as terminal:
            await sign_on(terminal)
            host.process.kill()
            end = await terminal.ended()
            assert isinstance(end, Ended)
            assert end.code in {None, 1006}
