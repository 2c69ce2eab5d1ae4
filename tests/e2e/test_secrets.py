"""What a host leaves behind: no NIK, name, password or token in a log, on a page or in a file."""

from __future__ import annotations

from pathlib import Path

from ledger.kinds.spph import SpphBaru
from tests.e2e.plain_terminal import connect
from tests.host_fixtures import (
    AYAH,
    HARI,
    NAMA,
    NIK_HEAD,
    PETUGAS,
    SANDI,
    TELLER,
    HostProcess,
    form,
    nik,
    person,
)


async def babble(host: HostProcess, numbers: list[str]) -> str:
    """Everything that could carry a secret into the log, right and wrong; returns the token."""
    async with connect(host.url) as officer, connect(host.url) as teller:
        await officer.sign_on(*person(PETUGAS))
        new: SpphBaru = form(900)
        issued = await officer.ask("POST", 0, 61, HARI, ["SPT", *(getattr(new, n) for n in new.__struct_fields__)])
        assert issued[0] == "ACCEPTED"
        mistyped = ["SPT", NAMA * 9, AYAH, nik(901), *[NAMA] * 10]
        assert (await officer.ask("POST", 0, 62, HARI, mistyped))[3] == "SKH1001"
        assert (await officer.ask("POST", 0, 62, HARI, [NAMA, nik(1)]))[3] == "SKH1001"
        assert (await officer.ask("SIGNOFF", 0))[2] == "SKH0003"
        typed_into_the_wrong_field = ("001", "0001", SANDI[:10], SANDI[:10], SANDI)
        assert (await officer.ask("SIGNON", 0, 1, *typed_into_the_wrong_field))[2] == "SKH7011"
        assert (await officer.ask("SIGNON", 0, 1, "001", "0001", "T1", "TLR1", SANDI + "x"))[2] == "SKH7011"
        token = str((await teller.sign_on(*person(TELLER)))["token"])
        assert (await teller.deposit(1, HARI, numbers[0]))[0] == "ACCEPTED"
        assert (await teller.ask("INQUIRY", 0, 1, ["NIK", nik(1)]))[3]["nama"] == NAMA
        assert (await officer.ask("RESUME", 0, 1, "001", "0001", "T1", "TLR2", token))[2] == "SKH7015"
        await officer.send(NAMA, SANDI, nik(1), token)
        assert (await officer.ended()).code == 1008
        await teller.send("POST", 0, 0, HARI, ["STA", NAMA, nik(1)])
        assert (await teller.ended()).code == 1008
    return token


def files_of(ledger: Path) -> dict[str, bytes]:
    """Every file below a ledger, with its content."""
    return {str(file.relative_to(ledger)): file.read_bytes() for file in ledger.rglob("*") if file.is_file()}


async def test_no_secret_reaches_a_log_a_page_or_a_file(ledger: Path, numbers: list[str]) -> None:
    with HostProcess(ledger, "--log-level", "DEBUG") as host:
        token = await babble(host, numbers)
        pages = host.get("/metrics")[1] + host.get("/readyz")[1]
        assert host.end() == 0
    log = host.out.read_text() + host.errors + pages
    assert "SKH7002" in log, "the log was looked at"
    assert "user=?" in log
    secrets = [NAMA, AYAH, "KENARI", SANDI, SANDI[:10], NIK_HEAD, nik(1), nik(900), token, token.split(".")[1]]
    assert [secret for secret in secrets if secret in log] == []
    contents = files_of(ledger)
    assert len(contents) >= 8
    for name, content in contents.items():
        assert [secret for secret in secrets if secret.encode() in content] == [], name


def test_control_the_search_finds_a_planted_secret(ledger: Path) -> None:
    (ledger / "karantina" / "x.bin").write_bytes(b"..." + NAMA.encode())
    assert any(NAMA.encode() in content for content in files_of(ledger).values())
