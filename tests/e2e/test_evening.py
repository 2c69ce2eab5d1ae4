"""The evening on a real host, by command: the worked example, killed in the middle, to the rupiah."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ledger.kinds.selesai import SelesaiFacts
from ledger.records import Origin
from tests.e2e.plain_terminal import connect
from tests.evening_country import (
    BANK,
    COUNTS,
    HEAD,
    HEAD_2,
    TELLERS,
    bank_only,
    confirmation,
    found_evening,
    host_side,
)
from tests.host_fixtures import (
    HARI,
    OPERATOR,
    OPERATOR_2,
    ROOT,
    SANDI,
    SETORAN,
    HostProcess,
    Sound,
    environment,
    person,
    run_command,
    wait_until,
)
from txserver.settlement.records import TAMBAH, Confirmed

DONE, OPEN, USAGE, REFUSED, UNREACHABLE = range(5)
SIGN = ("--penyetuju", HEAD_2.user)


class Evening:
    """A ledger, founded where there is none, and commands against the host that serves it."""

    def __init__(self, folder: Path, start: Callable[[Path], HostProcess] = HostProcess) -> None:
        self.ledger, self.files = folder / "ledger", folder / "files"
        self.spare = [] if self.ledger.exists() else found_evening(self.ledger)
        self._start = start
        self.host = start(self.ledger).ready()

    def restart(self) -> None:
        self.host.process.kill()
        self.host.process.wait()
        self.host = self._start(self.ledger).ready()

    def eod(self, who: Origin, *arguments: str, second: bool = False) -> tuple[int, Any]:
        """Run `eod` as a user: exit code, and what it printed as JSON, or its last words."""
        done = self.start(who, *arguments)
        out, errors = done.communicate(f"{SANDI}\n{SANDI}\n" if second else f"{SANDI}\n", timeout=30)
        return done.returncode, json.loads(out) if out.startswith("{") else errors.strip()

    def start(self, who: Origin, *arguments: str) -> subprocess.Popen[str]:
        url = self.host.url.replace("http", "ws")
        session = ["--host", url, "--user", who.user, "--device", who.device, "--bank", who.bank]
        command = [sys.executable, "-m", "txserver", "eod", *arguments, *session, "--cabang", who.cabang, "--json"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(command, cwd=ROOT, env=environment(), text=True, **pipes)  # type: ignore[call-overload,no-any-return]


@pytest.fixture
def evening(tmp_path: Path) -> Iterator[Evening]:
    made = Evening(tmp_path)
    yield made
    made.host.process.kill()
    made.host.process.wait()


async def confirmed(evening: Evening, lost: Confirmed, stan: int) -> dict[str, Any]:
    """Cut off, confirmed and matched; the two differences by class."""
    records = [one for one in host_side(evening.ledger) if one != lost] + [bank_only("0102", stan)]
    file = confirmation(evening.files, records)

    assert evening.eod(HEAD, "confirm", str(file))[0] == REFUSED  # the bank has not cut off
    assert evening.eod(HEAD, "cutoff")[1]["n_cabang"] == 3
    assert evening.eod(HEAD, "cutoff")[1]["ulang"]
    async with connect(evening.host.url) as terminal:
        await terminal.sign_on(*person(TELLERS["0101"]))
        late = await terminal.deposit(COUNTS["0101"] + 1, HARI, evening.spare[0])
        assert late[3] == "SKH6005"

    code, taken = evening.eod(HEAD, "confirm", str(file))
    assert (code, taken["n_rekaman"], taken["nominal_rupiah"], taken["ulang"]) == (DONE, 497, 9_940_000_000, False)
    assert (evening.ledger / "konfirmasi" / taken["sidik"]).read_bytes() == file.read_bytes()
    evening.restart()
    assert evening.eod(HEAD, "confirm", str(file))[1]["ulang"]

    code, matched = evening.eod(HEAD, "match")
    found = matched["bank"][BANK]
    assert (code, found["n_cocok"], found["n_host"], found["n_bank"], found["n_terbuka"]) == (OPEN, 496, 1, 1, 2)
    code, again = evening.eod(HEAD, "match")
    assert (code, again["ulang"], again["bank"][BANK]["n_terbuka"]) == (OPEN, True, 2)
    items = {one["kelas"]: one for one in evening.eod(HEAD, "list")[1]["selisih"]}
    assert (items["HOST_ONLY"]["nomor_porsi"], items["HOST_ONLY"]["pemilik"]) == (lost.nomor_porsi, BANK)
    assert (items["BANK_ONLY"]["stan"], items["BANK_ONLY"]["pemilik"]) == (stan, f"{BANK}/0102")
    return items


async def cured(evening: Evening, items: dict[str, Any], lost: Confirmed, stan: int) -> None:
    """The branch repeats its request, the bank puts up the money; all agrees."""
    async with connect(evening.host.url) as terminal:
        await terminal.sign_on(*person(TELLERS["0102"]))
        repeated = await terminal.deposit(stan, HARI, evening.spare[0])
        assert repeated[0] == "ACCEPTED", repeated
    porsi = repeated[6]["nomor_porsi"]
    ulang = ("cure", items["BANK_ONLY"]["nomor"], "--cara", "ULANG", "--rujukan", porsi, *SIGN)
    assert evening.eod(HEAD, *ulang, second=True)[0] == DONE
    assert evening.eod(HEAD, *ulang, second=True)[1]["ulang"]
    dana = ("cure", items["HOST_ONLY"]["nomor"], "--cara", "TRANSFER", "--rujukan", "TRF-1", *SIGN)
    assert evening.eod(HEAD, *dana, second=True)[0] == DONE
    more = confirmation(evening.files, [lost], "susulan.csv", TAMBAH)
    assert evening.eod(HEAD, "confirm", str(more))[0] == DONE
    code, matched = evening.eod(HEAD, "match")
    found = matched["bank"][BANK]
    assert (code, found["n_cocok"], found["n_host"], found["n_bank"], found["keadaan"]) == (DONE, 498, 0, 0, "MATCHED")


async def test_the_worked_example(evening: Evening) -> None:
    lost = next(one for one in host_side(evening.ledger) if one.cabang == "0103")
    stan = COUNTS["0102"] + 1
    items = await confirmed(evening, lost, stan)
    await cured(evening, items, lost, stan)
    assert evening.eod(OPERATOR, "close", "--penyetuju", OPERATOR_2.user, second=True)[1]["belum"] == [[BANK, "PLD"]]
    pld = ("transfer", "--rujukan", "BI-RTGS-77", *SIGN)
    code, moved = evening.eod(HEAD, *pld, second=True)
    assert (code, moved["n"], moved["nominal_rupiah"]) == (DONE, 498, 9_960_000_000)
    evening.restart()
    assert evening.eod(HEAD, *pld, second=True)[1]["ulang"]
    code, closed = evening.eod(OPERATOR, "close", "--penyetuju", OPERATOR_2.user, second=True)
    assert (code, closed["belum"], closed["n_terbuka"]) == (DONE, [], 0)
    assert evening.eod(OPERATOR, "close", "--penyetuju", OPERATOR_2.user, second=True)[1]["ulang"]
    anchor = request(evening, "GET", f"/settlement/{HARI}/{BANK}/jangkar.json")[2]
    assert anchor == (evening.ledger / "jangkar" / f"{HARI}.json").read_bytes()
    status = evening.eod(OPERATOR, "status")[1]
    assert (status["tutup"], status["bank"][0]["keadaan"]) == (closed["tutup"], "SETTLED")
    assert evening.host.end() == 0
    entries = Sound(evening.ledger).entries
    fees = [entry.postings[0].nominal for entry in entries.values() if entry.kind == "BYS"]
    assert sum(fees) == 124_500
    settled = [entry.facts for entry in entries.values() if isinstance(entry.facts, SelesaiFacts)]
    assert [(one.n_rekaman, one.nominal_rupiah) for one in settled] == [(498, 498 * SETORAN)]


def request(evening: Evening, method: str, path: str, body: bytes = b"", who: str = HEAD.user, **headers: str) -> Any:
    """An HTTP request with the user's password: status, headers and content."""
    connection = HTTPConnection(evening.host.url.removeprefix("http://"), timeout=20)
    basic = base64.b64encode(f"{who}:{SANDI}".encode()).decode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(method, path, body, {"Authorization": f"Basic {basic}"} | named)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def test_a_bank_s_files_over_http_and_its_outputs(evening: Evening) -> None:
    file = confirmation(evening.files, host_side(evening.ledger))
    content, path = file.read_bytes(), f"/settlement/{HARI}/{BANK}"
    digest = sha256(content).hexdigest()

    def send(body: bytes, sidik: str = digest, at: str = path, **more: str) -> tuple[int, Any]:
        status, _, said = request(evening, "POST", at, body, X_SHA256=sidik, X_Nama="konfirmasi.csv", **more)
        return status, json.loads(said)

    status, said = send(content)
    assert (status, said["id"]) == (409, "SKH6203")
    assert evening.eod(HEAD, "cutoff")[0] == DONE
    assert send(content, "0" * 64)[0] == 422
    assert send(content[:-30], sha256(content[:-30]).hexdigest())[0] == 422
    assert send(content, at=path + "?cara=TAMBAH")[0] == 422
    assert send(content, at=f"/settlement/{HARI}/008")[0] == 403
    assert request(evening, "POST", path, content, "TLR0101")[0] == 403
    assert list((evening.ledger / "konfirmasi").glob("*")) == []
    status, said = send(content)
    assert (status, said["n_rekaman"], said["ulang"], said["sidik"]) == (201, 497, False, digest)
    status, said = send(gzip.compress(content), sha256(gzip.compress(content)).hexdigest())
    assert (status, said["ulang"]) == (200, True)
    assert list((evening.ledger / "masuk").glob("*")) == []

    assert evening.eod(HEAD, "match")[0] == DONE
    status, headers, text = request(evening, "GET", f"{path}/laporan.txt")
    assert (status, headers["Content-Type"]) == (200, "text/plain")
    assert b"COCOK, semua rekaman sama" in text
    assert b"9.940.000.000" in text
    statement = request(evening, "GET", f"{path}/rekening.xml")[2]
    assert b"camt.053.001.08" in statement
    status, _, said = request(evening, "GET", f"{path}/pelimpahan.xml")
    assert (status, json.loads(said)["id"]) == (404, "SKH6307")  # nobody has set the accounts
    assert b"9.940.000.000" in request(evening, "GET", f"{path}/pelimpahan.txt")[2]
    assert b"3325 Kab. Batang" in request(evening, "GET", f"{path}/silang.csv")[2].replace(b",", b" ")
    kept = evening.files / "fetched.txt"
    fetch = ("report", "laporan.txt", "--kode-bank", BANK, "--hari", HARI, "--out", str(kept))
    assert (evening.eod(HEAD, *fetch)[0], kept.read_bytes()) == (DONE, text)
    assert request(evening, "GET", f"{path}/nothing.txt")[0] == 404
    assert request(evening, "GET", f"{path}/..%2f..%2fsandi")[0] == 404
    assert request(evening, "GET", f"{path}/laporan.txt", who="HO008A")[0] == 403


def test_the_board_is_for_those_who_may_see_it(evening: Evening) -> None:
    assert evening.host.get("/papan")[0] == 401
    status, headers, page = request(evening, "GET", "/papan", who="OPERATOR")
    assert (status, headers["Content-Type"], headers["Refresh"]) == (200, "text/html; charset=utf-8", "5")
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    text = page.decode()
    assert "BANK RAKYAT UJI" in text
    assert "9.940.000.000" in text
    assert "<script" not in text
    assert "http" not in text
    own = request(evening, "GET", "/papan", who="HO008A")[2].decode()
    assert "BANK LAIN" in own
    assert "BANK RAKYAT UJI" not in own
    assert request(evening, "GET", "/papan", who="TLR0101")[0] == 403


def test_a_host_killed_while_it_matches_goes_on(evening: Evening) -> None:
    """Forty differences: however far the killed match came, the next one opens the rest and none twice."""
    host = host_side(evening.ledger)
    file = confirmation(evening.files, host[40:])
    assert evening.eod(HEAD, "cutoff")[0] == DONE
    assert evening.eod(HEAD, "confirm", str(file))[0] == DONE
    for wait_s in (0.35, 0.7, 0.9):
        running = evening.start(HEAD, "match")
        assert running.stdin is not None
        running.stdin.write(SANDI + "\n")
        running.stdin.flush()
        time.sleep(wait_s)
        evening.restart()
        running.communicate(timeout=30)
        assert running.returncode in {OPEN, UNREACHABLE}
    shutil.rmtree(evening.ledger / "petang")  # it is made anew from the kept file
    code, matched = evening.eod(HEAD, "match")
    found = matched["bank"][BANK]
    assert (code, found["n_cocok"], found["n_host"], found["n_terbuka"]) == (OPEN, 457, 40, 40)
    items = evening.eod(HEAD, "list")[1]["selisih"]
    assert sorted(one["nomor_porsi"] for one in items) == sorted(one.nomor_porsi for one in host[:40])
    assert evening.host.end() == 0
    Sound(evening.ledger)


def test_exit_codes_of_a_host_that_is_not_there(tmp_path: Path) -> None:
    command = ["txserver", "eod", "status", "--host", "ws://127.0.0.1:9", "--user", "X", "--device", "Y"]
    code, _, errors = run_command(*command, given=SANDI)
    assert (code, errors.startswith("siskohat-server: ")) == (UNREACHABLE, True)
    assert run_command("txserver", "eod", "status")[0] == USAGE


def test_what_the_host_found_cannot_be_claimed(evening: Evening) -> None:
    """A bank may not say of itself that its file was taken in, or that it matched."""

    async def claim() -> list[Any]:
        async with connect(evening.host.url) as terminal:
            info = await terminal.sign_on(*person(HEAD))
            assert "PCK" not in info["kinds"]
            return await terminal.ask("POST", 0, 1, HARI, ["PCK", BANK, HARI, 497, 0, 0, 0, 0, "0" * 64])

    assert asyncio.run(claim())[3] == "SKH1001"


def test_files_in_the_watched_folder_are_taken_in_and_the_clock_cuts_off(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    found_evening(ledger, dict.fromkeys(COUNTS, 2))
    good = host_side(ledger)
    box = ledger / "kotak" / BANK
    box.mkdir(parents=True)
    for name, records in (("a.csv", good), ("b.csv", good[:-1])):
        file = confirmation(tmp_path / "files", records, name)
        for one in (file, file.with_name(name + ".sha256")):
            one.rename(box / one.name)
    (box / "b.csv").write_bytes(b"KONFIRMASI,1\n")
    own = {"auto_user": "OPERATOR", "cutoff_time": "15:00", "inbox_seconds": 0.2}
    with HostProcess(ledger, "--clock", "2004-05-03T14:59:58+07:00", **own) as host:
        taken, refused = box / "diterima" / "a.csv.json", box / "ditolak" / "b.csv.json"
        wait_until(lambda: taken.exists() and refused.exists(), "the folder to be emptied")
        assert json.loads(taken.read_text())["n_rekaman"] == 6
        assert json.loads(refused.read_text())["id"].startswith("SKH61")
        assert host.end() == 0
        assert "SKH8203 hari=2004-05-03 branches=3 banks=2" in host.errors
    kinds = [(entry.kind, entry.stamp.user) for entry in Sound(ledger).entries.values()][-6:]
    assert kinds == [("TSC", "OPERATOR")] * 3 + [("TSB", "OPERATOR")] * 2 + [("KFT", "OPERATOR")]


def test_a_bank_whose_key_the_host_has_must_sign(evening: Evening) -> None:
    key = Ed25519PrivateKey.generate()
    folder = evening.ledger / "kunci-bank"
    folder.mkdir()
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / f"{BANK}.pem").write_bytes(pem)
    assert evening.eod(HEAD, "cutoff")[0] == DONE
    file = confirmation(evening.files, host_side(evening.ledger))
    assert evening.eod(HEAD, "confirm", str(file))[0] == REFUSED
    signature = key.sign(file.with_name(file.name + ".sha256").read_bytes())
    file.with_name(file.name + ".sig").write_bytes(signature[:-1] + bytes([signature[-1] ^ 1]))
    assert evening.eod(HEAD, "confirm", str(file))[0] == REFUSED
    file.with_name(file.name + ".sig").write_bytes(signature)
    code, taken = evening.eod(HEAD, "confirm", str(file))
    assert (code, taken["ulang"]) == (DONE, False)
    told = json.loads((evening.ledger / "konfirmasi" / f"{taken['sidik']}.json").read_bytes())
    assert (told["nama"], told["tanda_tangan"]) == (file.name, signature.hex())
