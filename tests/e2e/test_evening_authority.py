"""Who may see and do what of an evening, on a real host: every role at every page and step, by the id that refuses."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest

from ledger.records import Origin
from tests.e2e.plain_terminal import connect
from tests.evening_country import (
    AUDITOR,
    BANK,
    COUNTS,
    HEAD,
    OTHER,
    OTHER_HEAD,
    PEJABAT,
    PETUGAS,
    SUPERVISORS,
    TELLERS,
    found_evening,
)
from tests.host_fixtures import HARI, OPERATOR, SANDI, HostProcess, person

YES = ""
NO_ROLE, NOT_YOURS, OTHER_BANK, NO_DAY = "SKH7008", "SKH7017", "SKH6213", "SKH6203"
WHO = {
    "centre": OPERATOR,
    "auditor": AUDITOR,
    "head office": HEAD,
    "another bank's": OTHER_HEAD,
    "supervisor": SUPERVISORS["0101"],
    "teller": TELLERS["0101"],
    "Kandepag officer": PETUGAS,
    "Kandepag official": PEJABAT,
}
ASKED = {
    "board": ["HARI", HARI],
    "bank": ["HARI", HARI, BANK],
    "differences": ["SELISIH", BANK, HARI],
    "sanctions": ["SANKSI"],
    "branch": ["CABANG", BANK, "0102", HARI],
}
SEEN = {
    "centre": dict.fromkeys(ASKED, YES),
    "auditor": dict.fromkeys(ASKED, YES),
    "head office": dict.fromkeys(ASKED, YES),
    "another bank's": {
        "board": YES,
        "bank": NOT_YOURS,
        "differences": NOT_YOURS,
        "sanctions": YES,
        "branch": NOT_YOURS,
    },
    "supervisor": {"board": YES, "bank": YES, "differences": YES, "sanctions": YES, "branch": NOT_YOURS},
    "teller": {"board": YES, "bank": YES, "differences": YES, "sanctions": YES, "branch": NOT_YOURS},
    "Kandepag officer": dict.fromkeys(ASKED, NOT_YOURS),
    "Kandepag official": dict.fromkeys(ASKED, NOT_YOURS),
}
STEPS = {
    "match": ["JALANKAN", 0, 7, "COCOK", BANK, HARI],
    "reports": ["JALANKAN", 0, 7, "LAPORAN", BANK, HARI],
    "output": ["AMBIL", 0, 7, "laporan.txt", 0, BANK, HARI],
    "upload": ["UNGGAH", 0, 7, "a.csv", 0, b"x", True, BANK, HARI, "0" * 64],
}
"""Asked before the bank has cut off: who may is told that it is too early."""
DONE = {
    "centre": dict.fromkeys(STEPS, NO_DAY),
    "auditor": {"match": NO_ROLE, "reports": NO_DAY, "output": NO_DAY, "upload": NO_ROLE},
    "head office": dict.fromkeys(STEPS, NO_DAY),
    "another bank's": dict.fromkeys(STEPS, OTHER_BANK),
    **{who: dict.fromkeys(STEPS, NO_ROLE) for who in ("supervisor", "teller", "Kandepag officer", "Kandepag official")},
}
PAGES = {
    "board": ("GET", "/papan"),
    "output": ("GET", f"/settlement/{HARI}/{BANK}/laporan.txt"),
    "upload": ("POST", f"/settlement/{HARI}/{BANK}"),
}
TOO_EARLY = 409
FETCHED = {
    "centre": {"board": 200, "output": TOO_EARLY, "upload": TOO_EARLY},
    "auditor": {"board": 200, "output": TOO_EARLY, "upload": 403},
    "head office": {"board": 200, "output": TOO_EARLY, "upload": TOO_EARLY},
    "another bank's": {"board": 200, "output": 403, "upload": 403},
    **{who: dict.fromkeys(PAGES, 403) for who in ("supervisor", "teller", "Kandepag officer", "Kandepag official")},
}


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    ledger = tmp_path_factory.mktemp("authority") / "ledger"
    found_evening(ledger, dict.fromkeys(COUNTS, 2))
    with HostProcess(ledger) as made:
        yield made
        assert made.end() == 0


@pytest.mark.parametrize("who", WHO)
async def test_what_each_role_is_shown_and_may_run(host: HostProcess, who: str) -> None:
    shown, run = {}, {}
    async with connect(host.url) as terminal:
        await terminal.sign_on(*person(WHO[who]))
        for name, body in ASKED.items():
            shown[name] = refusal(await terminal.ask("INQUIRY", 0, 900_001, body))
        for name, message in STEPS.items():
            run[name] = refusal(await terminal.ask(*message))
    assert shown == SEEN[who]
    assert run == DONE[who]


@pytest.mark.parametrize("who", WHO)
def test_what_each_role_may_fetch(host: HostProcess, who: str) -> None:
    assert {name: status(host, WHO[who], *page) for name, page in PAGES.items()} == FETCHED[who]


async def test_what_a_branch_sees_is_its_own_and_an_auditor_sees_all_banks(host: HostProcess) -> None:
    async with connect(host.url) as terminal:
        await terminal.sign_on(*person(TELLERS["0101"]))
        bank = (await terminal.ask("INQUIRY", 0, 900_001, ASKED["bank"]))[3]
        assert [row[0] for row in bank["cabang"]] == ["0101"]
    async with connect(host.url) as terminal:
        info = await terminal.sign_on(*person(AUDITOR))
        assert info["kinds"] == []
        board = (await terminal.ask("INQUIRY", 0, 900_001, ASKED["board"]))[3]
        assert [row[0] for row in board["baris"]] == [BANK, OTHER]
        bodies = (["TSC", BANK, "0101"], ["TSB", BANK], ["SEM", "SL0000000001", "TRANSFER", "X", "y"])
        for stan, body in enumerate(bodies, 1):
            assert refusal(await terminal.ask("POST", 0, stan, HARI, body)) == NO_ROLE


def refusal(answer: list[object]) -> str:
    """The id of a refusal; empty for an answer."""
    assert answer[0] in {"ANSWER", "REFUSED"}, answer
    return str(answer[3]) if answer[0] == "REFUSED" else YES


def status(host: HostProcess, who: Origin, method: str, path: str) -> int:
    """What an HTTP request with this user's password is answered."""
    connection = HTTPConnection(host.url.removeprefix("http://"), timeout=20)
    basic = base64.b64encode(f"{who.user}:{SANDI}".encode()).decode()
    headers = {"Authorization": f"Basic {basic}", "X-SHA256": "0" * 64}
    try:
        connection.request(method, path, b"x" if method == "POST" else b"", headers)
        return connection.getresponse().status
    finally:
        connection.close()
