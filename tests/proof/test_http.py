"""T13: whatever is asked over HTTP is answered as docs/http.yaml says, and never by an error of the host's own.

schemathesis makes the requests from that description: what it allows, and what it does not (other methods, types,
encodings, control characters, missing and doubled fields). `make proof` puts it into `var/schemathesis`; it is no
dependency of anything else.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from bench import demo_country
from bench.founding import HARI, OPERATOR
from bench.host_process import HostProcess, verify
from bench.settlement import Hand
from tests.proof.conftest import SCALE, Tell
from tests.proof.git import ROOT
from txserver import eod
from txserver.edge_pages import PAGES, UPLOAD
from txserver.evening.web import STATUS

PLACE = ROOT / "var" / "schemathesis"
PAGE = ROOT / "docs" / "http.yaml"
AFTER_HOURS = f"{HARI}T16:00:00+07:00"
BANK, HEAD_OFFICE, AUDITOR = "002", "B00201", demo_country.AUDITOR.user
CASES = 1_000
"""Of each operation and asker, beside those that schemathesis derives from the description one by one. PROOF_SCALE=10
makes them the 10,000 that the programme asks for.
"""
CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
    "unsupported_method",
)  # fmt: skip


class Settling(NamedTuple):
    """A host after hours, all branches and banks cut off; everybody's password; its ledger and log."""

    host: HostProcess
    sandi: str
    data: Path
    log: Path


@pytest.fixture
def settling(work: Path) -> Iterator[Settling]:
    data, log = work / "ledger", work / "host.log"
    _, sandi = demo_country.make(data)
    host = HostProcess(data, log, clock=AFTER_HOURS)
    host.start()
    hand = Hand(host, sandi, is_patient=False)
    try:
        asyncio.run(hand.act(OPERATOR, lambda console: eod.cut_off(console, "", "", lambda *_: None)))
        yield Settling(host, sandi, data, log)
    finally:
        host.kill()


def test_what_cannot_be_read_is_not_logged(settling: Settling) -> None:
    """A password in a header that is bent, a NIK in a path: the sender is told, the log is not."""
    bent = [
        b"GET /papan HTTP/1.1\r\nHost: x\r\nAuthorization: Basic S0VOQVJJ\x00\r\n\r\n",
        b"GET /\xff\xfeKENARI HTTP/1.1\r\n\r\n",
        b"KENARI 3325010101500001\r\n\r\n",
        b"POST /settlement/2004-05-03/002 HTTP/1.1\r\nTransfer-Encoding: KENARI\r\n\r\n",
    ]
    for request in bent:
        with socket.create_connection(("127.0.0.1", settling.host.port), 10) as line:
            line.sendall(request)
            assert line.recv(4_096).startswith(b"HTTP/1.0 400 ")
    settling.host.drain()
    log = settling.log.read_text()
    assert log.count("SKH7002 http sebab=") >= len(bent) - 1, "aiohttp logs all but an unknown method"
    assert not re.search("KENARI|S0VOQVJJ|3325010101500001|Traceback", log)


def besiege(
    settling: Settling, user: str, cases: int, folder: Path, *, is_known: bool = True, page: Path = PAGE
) -> tuple[int, int, str]:
    """Have so many cases of each operation asked by a user: how many came in all, how many passed, and what was said.

    `is_known`: of a day and a bank that are there, for what stands behind them.
    """
    lines = ["[auth.openapi.sandi]", f'username = "{user}"', 'password = "${SISKOHAT_SANDI}"']
    if is_known:
        lines += ["[parameters]", f'"path.hari" = "{HARI}"', f'"path.bank" = "{BANK}"']
    settings = folder / "schemathesis.toml"
    settings.write_text("\n".join(lines) + "\n")
    command = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", str(settings), "run", str(page),
        "--url", f"http://127.0.0.1:{settling.host.port}", "--phases", "examples,coverage,fuzzing",
        "--checks", ",".join(CHECKS), "--max-examples", str(cases), "--seed", "13", "--continue-on-failure",
        "--generation-database", "none", "--no-color",
    ]  # fmt: skip
    surroundings = os.environ | {"PYTHONPATH": str(PLACE), "SISKOHAT_SANDI": settling.sandi}
    done = subprocess.run(command, cwd=folder, env=surroundings, capture_output=True, text=True, check=False)
    said = done.stdout[-3_000:] + done.stderr[-1_000:]
    counted = re.search(r"([\d,]+) generated(?:, ([\d,]+) passed)?", done.stdout)
    assert counted is not None, said
    return int(counted[1].replace(",", "")), int((counted[2] or "0").replace(",", "")), said


def test_the_description_names_every_page_and_every_status() -> None:
    text = PAGE.read_text()
    assert set(re.findall(r"^  (/\S*):$", text, re.MULTILINE)) == {*PAGES, UPLOAD}
    told = {int(code) for code in re.findall(r'^ +"(\d{3})":', text, re.MULTILINE)}
    assert {status for status in STATUS.values() if status < 500} <= told
    assert 500 not in told, "which is the host's fault, and promised to nobody"


NEEDED = pytest.mark.skipif(
    not (PLACE / "schemathesis").is_dir(), reason="not run: schemathesis is not installed (make proof tries to)"
)


@pytest.mark.proof
@NEEDED
@pytest.mark.parametrize(("user", "is_known"), [(HEAD_OFFICE, True), (HEAD_OFFICE, False), (AUDITOR, True)])
def test_every_operation(user: str, is_known: bool, settling: Settling, tmp_path: Path, tell: Tell) -> None:
    asked, passed, said = besiege(settling, user, CASES * SCALE, tmp_path, is_known=is_known)
    settling.host.drain()
    report = verify(settling.data, "--books")
    tell(requests=asked, passed=passed, user=user, verified=report["verified"])
    assert passed == asked, said
    assert asked >= CASES * SCALE
    assert report["verified"], report
    assert "Traceback" not in settling.log.read_text()


@pytest.mark.proof
@NEEDED
def test_control_an_answer_that_nobody_promised_is_caught(settling: Settling, tmp_path: Path, tell: Tell) -> None:
    page = tmp_path / "http.yaml"
    page.write_text(re.sub(r'\n +"422": .*', "", PAGE.read_text()))
    asked, passed, said = besiege(settling, HEAD_OFFICE, 50, tmp_path, page=page)
    tell(requests=asked, passed=passed)
    assert passed < asked
    assert "Undocumented status code" in said
