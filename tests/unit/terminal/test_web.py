"""The page for browsers: what it asks for, who is let in, and that every browser has a terminal of its own."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientWebSocketResponse, WSServerHandshakeError
from aiohttp.test_utils import TestClient, TestServer

from terminal.config import THEMES
from terminal.web import server
from terminal.web.server import PAGE, SCRIPT, Address, AddressError, TerminalServer, address, command, page

HOST = "127.0.0.1"
SAYS_ITS_PID = (
    "import os, sys, time; w = sys.stdout.buffer; w.write(b'__GANGLION__\\n');"
    "t = str(os.getpid()).encode(); w.write(b'D' + len(t).to_bytes(4, 'big') + t); w.flush();"
    "sys.stdin.buffer.read(5)"
)
"""A terminal that tells its process id and ends with the first packet it is sent."""


@pytest.fixture
async def client() -> AsyncIterator[TestClient]:  # type: ignore[type-arg]
    shown = TerminalServer(Address(HOST, 1), shlex.join([sys.executable, "-c", SAYS_ITS_PID]), "id", "green")
    async with TestClient(TestServer(await shown._make_app(), host=HOST)) as client:
        yield client
    assert children() == [], "every terminal is gone when the page is"


def children() -> list[str]:
    """Process ids of what this thread has started and not yet reaped."""
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split()


async def opened(client: TestClient) -> ClientWebSocketResponse:  # type: ignore[type-arg]
    origin = f"http://{client.host}:{client.port}"
    return await client.ws_connect("/ws?width=80&height=24", headers={"Origin": origin})


async def test_the_page_and_what_it_asks_for_are_all_served_here(client: TestClient) -> None:  # type: ignore[type-arg]
    response = await client.get("/")
    text = await response.text()
    assert response.status == 200
    asked = re.findall(r'(?:src|href)="([^"]+)"|url\("([^"]+)"\)', text)
    addresses = {one or other for one, other in asked}
    assert len(addresses) > 4
    for place in addresses - {"data:,"}:
        assert ":" not in place, f"{place} is somewhere else"
        assert (await client.get(f"/{place}")).status == 200, place
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert not re.findall(r"(?:https?|wss?)://(?!127\.0\.0\.1:)", policy)


@pytest.mark.parametrize("file", [PAGE, SCRIPT])
def test_no_outside_address_stands_in_what_we_wrote(file: Path) -> None:
    assert re.findall(r"\w+://\S*|//[a-z][\w.-]+\.[a-z]{2,}", file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("theme", THEMES)
def test_the_page_speaks_the_language_and_wears_the_theme(theme: str) -> None:
    assert "Mulai lagi" in page("id", theme)
    assert "Start again" in page("en", theme)
    assert '<html lang="en">' in page("en", theme)
    assert "$" not in page("id", theme)


async def test_every_browser_has_a_terminal_of_its_own(client: TestClient) -> None:  # type: ignore[type-arg]
    one, other = await opened(client), await opened(client)
    pids = {(await one.receive_bytes(timeout=10)), (await other.receive_bytes(timeout=10))}
    assert len(pids) == 2
    for line in (one, other):
        await line.send_str(json.dumps(["stdin", "x"]))
        await line.close()


async def test_other_pages_and_other_names_are_kept_out(client: TestClient) -> None:  # type: ignore[type-arg]
    for headers in ({}, {"Origin": "http://evil.example"}, {"Origin": f"http://{HOST}:1"}):
        with pytest.raises(WSServerHandshakeError) as caught:
            await client.ws_connect("/ws", headers=headers)
        assert caught.value.status == 403
    assert (await client.get("/", headers={"Host": f"evil.example:{client.port}"})).status == 403
    assert (await client.get("/", headers={"Host": f"localhost:{client.port}"})).status == 200


async def test_a_full_house_is_said(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[type-arg]
    monkeypatch.setattr(server, "SESSIONS_MAX", 1)
    first = await opened(client)
    with pytest.raises(WSServerHandshakeError) as caught:
        await opened(client)
    assert caught.value.status == 503
    await first.send_str(json.dumps(["stdin", "x"]))
    await first.close()
    async with asyncio.timeout(10):
        while True:
            try:
                second = await opened(client)
                break
            except WSServerHandshakeError:
                await asyncio.sleep(0.05)
    await second.send_str(json.dumps(["stdin", "x"]))
    await second.close()


def test_flags_are_passed_on_and_there_is_no_password_among_them() -> None:
    line = command({"host": "wss://h:1/line", "ca_file": "my ca.pem", "user": None, "theme": "paper"})
    assert shlex.split(line)[1:] == [
        "-P", "-m", "terminal", "--host", "wss://h:1/line", "--ca-file", "my ca.pem", "--theme", "paper"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "host", "port", "is_loopback"),
    [
        ("127.0.0.1:8080", "127.0.0.1", 8080, True),
        ("8080", "127.0.0.1", 8080, True),
        ("localhost:80", "localhost", 80, True),
        ("[::1]:80", "::1", 80, True),
        ("0.0.0.0:80", "0.0.0.0", 80, False),
        ("cabang.example:80", "cabang.example", 80, False),
    ],
)
def test_an_address_to_listen_on(text: str, host: str, port: int, is_loopback: bool) -> None:
    where = address(text)
    assert (where.host, where.port, where.is_loopback) == (host, port, is_loopback)
    assert address(str(where)) == where


@pytest.mark.parametrize(
    "text", ["", "here", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:99999", "a@b:80", "127.0.0.1:80/x"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(AddressError):
        address(text)
