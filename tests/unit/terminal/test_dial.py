from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from terminal.dial import Dialler, HostUnreachable, LinkLimits
from tests.unit.terminal.fake_host import FakeHost
from txserver.wire.frames import SignOn

SIGN_ON = SignOn(0, 1, "451", "0123", "TRM01", "TELLER1", "RAHASIA")


def self_signed(folder: Path, name: str) -> Path:
    """Key and certificate of 127.0.0.1 in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2004, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2104, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path


async def test_only_a_host_of_the_given_authority_is_trusted(tmp_path: Path) -> None:
    own, other = self_signed(tmp_path, "own"), self_signed(tmp_path, "other")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(own)
    host = await FakeHost().start(tls=tls)
    trusting = Dialler(host.url, own, LinkLimits())
    line, info = await trusting.open(SIGN_ON)
    assert info.token == "tanda"
    assert line.protocol == "siskohat.1"
    await trusting.close()
    for trusted in (other, None):
        doubting = Dialler(host.url, trusted, LinkLimits())
        with pytest.raises(HostUnreachable) as caught:
            await doubting.open(SIGN_ON)
        assert 0 < len(caught.value.sebab) <= 40
        await doubting.close()
    assert len(host.heard) == 1
    await host.stop()


@pytest.mark.parametrize("page", ["nothing-here", "line"])
async def test_something_else_at_that_address_is_said(page: str) -> None:
    host = await FakeHost().start()
    host.info = {"hari": 5}
    dialler = Dialler(host.url.replace("line", page), None, LinkLimits())
    with pytest.raises(HostUnreachable, match=r"HTTP 404|READY\?"):
        await dialler.open(SIGN_ON)
    await dialler.close()
    await host.stop()


async def test_a_host_that_falls_silent_in_the_sign_on_is_unreachable() -> None:
    """The heartbeat ends in an error in place of a message: is it a cut, which the link tries again after?"""

    async def mute(request: web.Request) -> web.WebSocketResponse:
        line = web.WebSocketResponse(protocols=("siskohat.1",), autoping=False)
        await line.prepare(request)
        async for _ in line:
            pass
        return line

    application = web.Application()
    application.router.add_get("/line", mute)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    dialler = Dialler(f"ws://127.0.0.1:{port}/line", None, LinkLimits(heartbeat_seconds=0.1, signon_seconds_max=5.0))
    with pytest.raises(HostUnreachable):
        await asyncio.wait_for(dialler.open(SIGN_ON), 3.0)
    await dialler.close()
    await runner.cleanup()
