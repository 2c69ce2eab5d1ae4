"""The terminal in a browser. With a Chromium here the page is used by one; the doors are tested without in any case
(tests/unit/terminal/test_web.py), and below the whole way through textual-serve to a real terminal.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from bench.host_process import free_port
from tests.e2e.browser import CHROMIUM, Browser
from tests.host_fixtures import ROOT, SANDI, TELLER, HostProcess, environment, wait_until

pytestmark = pytest.mark.slow
has_browser = pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine")


@pytest.fixture
def host(ledger: Path) -> Iterator[HostProcess]:
    with HostProcess(ledger) as running:
        yield running


@pytest.fixture
def page(host: HostProcess, tmp_path: Path) -> Iterator[str]:
    """The address of a page in front of the host, as the command says it."""
    port = free_port()
    who = TELLER
    flags = {
        "web": f"127.0.0.1:{port}",
        "host": host.url.removeprefix("http://"),
        "bank": who.bank,
        "cabang": who.cabang,
        "device": who.device,
        "user": who.user,
        "receipts": str(tmp_path / "bukti"),
        "state": str(tmp_path / "state"),
        "theme": "paper",
    }
    told = tmp_path / "web.err"
    with told.open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "terminal", *(part for key, value in flags.items() for part in (f"--{key}", value))],
            cwd=ROOT,
            env=environment(),
            stdout=err,
            stderr=err,
        )
    said = wait_until(lambda: re.search(r"SKH0031 .*?(http://\S+)\n", told.read_text()), "the address")
    yield said.group(1)
    process.terminate()
    assert process.wait(20) == 0
    assert "Traceback" not in told.read_text()
    assert SANDI not in told.read_text()


def shown(browser: Browser, text: str) -> None:
    """Wait until the terminal has said this to the page: the cells themselves are painted on a canvas."""
    browser.wait(f"window.seen && window.seen.join('').includes({json.dumps(text)})")


WATCH = """
window.seen = [];
const Real = window.WebSocket;
window.WebSocket = class extends Real {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", (event) => {
      if (event.data instanceof ArrayBuffer) {
        window.seen.push(new TextDecoder().decode(event.data).replace(/\\x1b\\[[0-9;?]*[a-zA-Z]/g, ""));
      }
    });
  }
};
"""


@has_browser
def test_a_deposit_in_a_browser(page: str, numbers: list[str], tmp_path: Path) -> None:
    with Browser(tmp_path / "profile", page, WATCH) as browser:
        shown(browser, "SIGN-ON SISKOHAT")
        browser.wait("document.activeElement.className === 'xterm-helper-textarea'")
        browser.type(SANDI)
        browser.press("Enter")
        shown(browser, "MENU UTAMA")
        browser.type("SA")
        browser.press("Enter")
        shown(browser, "Ketik nomor SPPH")
        browser.type(numbers[0])
        browser.press("Enter")
        shown(browser, "SITI KENARI")
        # Keys a browser has work of its own for, first from the keyboard, then from the page's buttons.
        for key in ("F5", "F11"):
            browser.value("window.seen.length = 0")
            browser.press(key)
            shown(browser, f"SKH1120 Tombol {key}")
            browser.press("Escape")
        browser.press("F1")
        shown(browser, "KETERANGAN")
        browser.value("window.seen.length = 0")
        browser.click("#keys button:nth-child(13)")
        shown(browser, "SITI KENARI")
        assert browser.value("document.activeElement.className") == "xterm-helper-textarea"
        assert browser.value("[...document.querySelectorAll('#keys button')][12].textContent") == "F12"
        browser.press("Enter")
        shown(browser, "SKH0001 Nomor porsi 1100000001")
        browser.screenshot(tmp_path / "bukti.png")
        assert (tmp_path / "bukti.png").stat().st_size > 10_000
        ours = urlsplit(page).netloc
        elsewhere = [asked for asked in browser.asked if urlsplit(asked).netloc not in {"", ours}]
        assert elsewhere == [], "the page asks nobody else for anything"
        assert any(asked.startswith(f"ws://{ours}/ws") for asked in browser.asked)


@has_browser
def test_the_end_of_a_terminal_is_said_and_another_begins_at_a_click(page: str, tmp_path: Path) -> None:
    with Browser(tmp_path / "profile", page, WATCH) as browser:
        shown(browser, "SIGN-ON SISKOHAT")
        browser.press("F3")
        browser.wait("getComputedStyle(document.querySelector('#ended')).display === 'flex'")
        browser.click("#again")
        shown(browser, "SIGN-ON SISKOHAT")


async def test_keys_and_screen_travel_through_the_web_socket(page: str) -> None:
    """Without a browser: what its page would send, and what comes back."""
    origin = page.rstrip("/")
    async with (
        aiohttp.ClientSession() as client,
        client.ws_connect(f"{origin}/ws?width=80&height=24", headers={"Origin": origin}) as line,
    ):
        seen = b""
        while b"SIGN-ON SISKOHAT" not in seen:
            seen += await line.receive_bytes(timeout=20)
        await line.send_str(json.dumps(["stdin", SANDI + "\r"]))
        while b"MENU UTAMA" not in seen:
            seen += await line.receive_bytes(timeout=20)
        assert SANDI.encode() not in seen
        assert b"\x1b[?1000l" in seen, "the mouse is the browser's own"


@pytest.mark.parametrize("web", ["here", "127.0.0.1:0"])
def test_what_is_no_address_ends_with_one_line(web: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "terminal", "--web", web],
        cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    assert done.returncode == 77
    assert done.stderr == f"siskohat-terminal: SKH9025 Halaman peramban tidak dapat dilayani di {web}: HOST:PORT.\n"


def test_a_taken_port_ends_with_one_line(page: str) -> None:
    taken = urlsplit(page).netloc
    done = subprocess.run(
        [sys.executable, "-m", "terminal", "--web", taken],
        cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    assert done.returncode == 77
    assert done.stderr.endswith("Address already in use.\n")
