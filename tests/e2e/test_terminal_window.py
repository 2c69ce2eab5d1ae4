"""What goes wrong around a terminal: each a clear panel or one line with a message id and its exit code."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from aiohttp import web

from bench.terminal_window import ENTER, FUNCTION, Window
from tests.host_fixtures import ROOT, run_command
from tests.unit.terminal.test_dial import self_signed
from txserver.wire import frames
from txserver.wire.frames import Closed

WHO = {"bank": "001", "cabang": "0001", "device": "T1", "user": "TLR1"}
BACK_TAB = "\x1b[Z"
Settings = Mapping[str, str]


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    return {**WHO, "host": "127.0.0.1:1", "receipts": str(tmp_path / "bukti"), "state": str(tmp_path / "state")}


def opened(settings: Settings, *flags: str, columns: int = 80, rows: int = 24, **environment: str) -> Window:
    """A window on the sign-on panel."""
    around = {"PYTHONPATH": str(ROOT)} | environment
    return Window(settings, flags=flags, environment=around, columns=columns, rows=rows)


def ended(settings: Settings, *flags: str, **environment: str) -> tuple[int, str]:
    """A terminal that does not come up: its exit code and what it said."""
    with opened(settings, *flags, **environment) as window:
        code = window.ended()
        return code, "\n".join(line.rstrip() for line in window.lines).strip()


def sign_on(window: Window, id: str) -> None:
    """Try, and see the message; the panel is still there and the keyboard is unlocked by Esc."""
    window.see("SIGN-ON SISKOHAT")
    window.send("rahasia" + ENTER)
    window.wait(lambda window: f"X {id}" in window.message, id)
    assert "SIGN-ON SISKOHAT" in window.row(1)
    assert "Traceback" not in str(window)


# -------------------------------------------------------------------------------------------------------- the window


def test_a_window_too_small_says_so_and_takes_no_keys_until_it_is_large_enough(settings: Settings) -> None:
    with opened(settings, columns=70, rows=20) as window:
        window.see("SKH9012 Jendela 70x20; terminal memerlukan 80x24.")
        window.send("RAHASIA" + FUNCTION[3])
        window.idle(0.5)
        window.resize(80, 24)
        window.see("SIGN-ON SISKOHAT")
        window.resize(30, 24)
        window.see("SKH9012 Jendela 30x24;")
        window.see("terminal memerlukan 80x24.")
        window.resize(100, 30)
        window.see("SIGN-ON SISKOHAT")
        window.send(FUNCTION[3])
        assert window.ended() == 0


@pytest.mark.parametrize("how", ["variable", "setting"])
def test_without_colours_there_are_none_and_looks_are_told_apart(settings: dict[str, str], how: str) -> None:
    more = {"NO_COLOR": "1"} if how == "variable" else {"SISKOHAT_TERMINAL_THEME": "mono"}
    with opened(settings, **more) as window:
        window.see("Hanya pengguna")
        looks = [window.looks(row, column) for row in range(1, 25) for column in range(1, 81)]
        assert {(fg, bg) for fg, bg, *_ in looks} == {("default", "default")}
        title, label, field, cursor = (window.looks(*at) for at in ((1, 34), (6, 2), (6, 20), (11, 20)))
        assert len({title, label, field, cursor}) == 4


@pytest.mark.parametrize(("theme", "background"), [("green", "000000"), ("paper", "ffffff")])
def test_a_flag_chooses_the_theme(settings: Settings, theme: str, background: str) -> None:
    with opened(settings, "--theme", theme, NO_COLOR="1", COLORTERM="truecolor") as window:
        window.see("Hanya pengguna")
        _, shown, *_ = window.looks(6, 2)
        bright = [int(shown[at : at + 2], 16) for at in (0, 2, 4)]
        assert (min(bright) > 200) == (background == "ffffff"), shown


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_that_cannot_place_a_cursor_ends_with_one_line(settings: Settings, term: str) -> None:
    code, said = ended(settings, TERM=term)
    assert code == 3
    assert said.startswith(f"siskohat-terminal: SKH9021 TERM={term or '?'} tidak dapat")
    assert "\n" not in said


def test_input_that_is_no_terminal_ends_with_one_line() -> None:
    code, out, errors = run_command("terminal", TERM="xterm")
    assert (code, out) == (3, "")
    assert errors.startswith("siskohat-terminal: SKH9020 ")
    assert errors.count("\n") == 1


def test_output_that_is_no_terminal_ends_with_one_line_in_the_language_set() -> None:
    near, far = os.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "terminal", "--language", "en"],
        stdin=far, stderr=subprocess.PIPE, text=True, timeout=20, check=False, cwd=ROOT,
    )  # fmt: skip
    os.close(near)
    os.close(far)
    assert done.returncode == 3
    assert done.stderr == "siskohat-terminal: SKH9020 Input or screen is no terminal; start it in a terminal window.\n"


@pytest.mark.parametrize("locale", ["C", "id_ID.ISO-8859-1"])
def test_a_window_without_utf_8_is_said_and_shows_question_marks(settings: Settings, locale: str) -> None:
    with opened(settings, LANG=locale, PYTHONUTF8="0", PYTHONCOERCECLOCALE="0") as window:
        window.see(f"SKH0030 Locale {locale} bukan UTF-8: huruf selain ASCII tampil ?.")
        window.send(BACK_TAB + "É")
        window.wait(lambda window: window.row(10)[19:23] == "?LR1", "a question mark, and all behind it in its place")
        assert all(line.isascii() for line in window.lines)


def test_bytes_that_are_no_characters_are_refused_like_any_other_wrong_key(settings: Settings) -> None:
    with opened(settings) as window:
        window.see("SIGN-ON SISKOHAT")
        os.write(window._fd, b"\xe9x")  # Latin-1: an e with an accent, then an x
        window.see("X SKH1102")
        window.send("\x1b")
        window.wait(lambda window: not window.message, "unlocked")
        window.send(FUNCTION[3])
        assert window.ended() == 0


def test_a_language_without_a_catalogue_ends_with_one_line(settings: Settings, tmp_path: Path) -> None:
    code, said = ended(settings, "--language", "jv", "--locale", str(tmp_path))
    assert code == 77
    assert said.startswith("siskohat-terminal: SKH9024 Bahasa jv tidak dapat dipakai:")


# ---------------------------------------------------------------------------------------------------------- the host


class Somebody:
    """Whatever answers at an address: an aiohttp server in a thread of its own."""

    def __init__(self, handler: Callable[[web.Request], object], tls: ssl.SSLContext | None = None) -> None:
        self._loop = asyncio.new_event_loop()
        self._handler, self._tls = handler, tls
        self._is_up = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        assert self._is_up.wait(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._start())
        self._is_up.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._runner.cleanup())
        self._loop.close()

    async def _start(self) -> None:
        app = web.Application()
        app.router.add_get("/line", self._handler)  # type: ignore[arg-type]
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._tls).start()
        self.address = f"127.0.0.1:{self._runner.addresses[0][1]}"

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)


async def other_version(request: web.Request) -> web.WebSocketResponse:
    """A host of a later day, which speaks siskohat.2 alone."""
    line = web.WebSocketResponse(protocols=("siskohat.2",))
    await line.prepare(request)
    await line.receive(timeout=10)
    return line


async def strict_version(request: web.Request) -> web.Response:
    """The same, as our own host does it: HTTP 400."""
    return web.Response(status=400)


async def refuses_version(request: web.Request) -> web.WebSocketResponse:
    """Takes the subprotocol and refuses the version in SIGNON."""
    line = web.WebSocketResponse(protocols=(frames.SUBPROTOCOL,))
    await line.prepare(request)
    await line.receive(timeout=10)
    await line.send_bytes(frames.encode(Closed(0, "SKH7003", {"versi": 1})))
    await line.close()
    return line


@pytest.fixture
def somebody(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Somebody]:
    handler, has_tls = request.param
    tls = None
    if has_tls:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self_signed(tmp_path, "own"))
    one = Somebody(handler, tls)
    yield one
    one.stop()


def test_a_host_out_of_reach_is_said_on_the_panel(settings: dict[str, str]) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        settings["host"] = f"127.0.0.1:{nobody.getsockname()[1]}"
        with opened(settings) as window:
            sign_on(window, "SKH9006")
            window.send(FUNCTION[1])
            window.see("KETERANGAN PESAN")
            window.see(settings["host"])


@pytest.mark.parametrize("somebody", [(other_version, True)], indirect=True)
def test_a_certificate_nobody_vouches_for_is_said_and_nothing_is_sent(
    settings: dict[str, str], somebody: Somebody
) -> None:
    settings["host"] = f"wss://{somebody.address}"
    with opened(settings) as window:
        sign_on(window, "SKH9022 Sertifikat host tidak dapat dipercaya")


@pytest.mark.parametrize(
    ("somebody", "id"),
    [
        ((other_version, False), "SKH9023"),
        ((strict_version, False), "SKH9023"),
        ((refuses_version, False), "SKH7003"),
    ],
    indirect=["somebody"],
)
def test_another_version_of_the_protocol_is_said(settings: dict[str, str], somebody: Somebody, id: str) -> None:
    settings["host"] = somebody.address
    with opened(settings) as window:
        sign_on(window, id)


@pytest.mark.parametrize("somebody", [(other_version, False)], indirect=True)
def test_tls_to_a_host_without_it_is_said(settings: dict[str, str], somebody: Somebody) -> None:
    settings["host"] = f"wss://{somebody.address}"
    with opened(settings) as window:
        sign_on(window, "SKH9023")
