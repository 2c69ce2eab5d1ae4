"""What the tests of the host share: a small country in a ledger, a peer that keeps what it is told, a real host."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Self

import msgpack
from msgspec import Struct

from ledger.checkpoint import TablesEnv
from ledger.codec import decode_entry
from ledger.engine import Asked, Posted
from ledger.journal import MAP_BYTES, Journal
from ledger.ketentuan import HARI_AWAL
from ledger.kinds.bank import BankBaru
from ledger.kinds.buka_hari import BukaHari
from ledger.kinds.cabang import CabangBaru
from ledger.kinds.kandepag import KandepagBaru
from ledger.kinds.pengguna import PenggunaBaru
from ledger.kinds.perangkat import PerangkatBaru
from ledger.kinds.setoran_awal import SetoranAwal
from ledger.kinds.spph import SpphBaru
from ledger.kinds.spph_sah import SpphSah
from ledger.kinds.tutup_bank import TutupBank
from ledger.kinds.tutup_hari import TutupHari
from ledger.kinds.tutup_setoran import TutupSetoran
from ledger.records import Entry, Origin, origin_of
from ledger.store import Store
from ledger.verify import check_books, verify
from txserver.committer import Committer
from txserver.config import Settings, load
from txserver.credentials import Credentials
from txserver.devices import Devices
from txserver.metrics import Metrics
from txserver.session import Connection, Question, Session, Ticket, Wanted

ROOT = Path(__file__).resolve().parent.parent
HARI = "2004-05-03"
CLOCK = "2004-05-03T09:00:00+07:00"
NINE_US = int(datetime.fromisoformat(CLOCK).timestamp()) * 1_000_000
SETORAN = 20_000_000
SANDI = "kunci-KENARI-77"
"""The password of every user of a founded ledger; a canary, like the names and the NIK below."""
NAMA, AYAH = "SITI KENARI", "UMAR KENARI"
NIK_HEAD = "332501420160"
WAIT_SECONDS_MAX = 20.0

OPERATOR = origin_of("DEP", "0000", "KONSOL", "OPERATOR")
PETUGAS = origin_of("DEP", "3325", "KDP1", "PTG3325")
PEJABAT = origin_of("DEP", "3325", "KDP2", "PJB3325")
OTHER_OFFICE = origin_of("DEP", "3273", "KDP1", "PTG3273")
TELLER = origin_of("001", "0001", "T1", "TLR1")
TELLER_2 = origin_of("001", "0001", "T2", "TLR2")
TELLER_3 = origin_of("001", "0001", "T3", "TLR5")
NEIGHBOUR = origin_of("001", "0002", "T1", "TLR3")
FAR_TELLER = origin_of("001", "0101", "T1", "TLR4")
SUPERVISOR = origin_of("001", "0001", "T4", "SPV1")
HEAD_OFFICE = origin_of("001", "0002", "T2", "PST1")
OPERATOR_2 = origin_of("DEP", "0000", "KONSOL2", "OPERATOR2")
ROLES = {
    PETUGAS: "PETUGAS",
    PEJABAT: "PEJABAT",
    OTHER_OFFICE: "PETUGAS",
    TELLER: "TELLER",
    TELLER_2: "TELLER",
    TELLER_3: "TELLER",
    NEIGHBOUR: "TELLER",
    FAR_TELLER: "TELLER",
    SUPERVISOR: "PENYELIA",
    HEAD_OFFICE: "BANK",
    OPERATOR_2: "PUSAT",
}


def person(origin: Origin) -> tuple[str, str, str, str, str]:
    """What a user keys at sign-on."""
    return origin.bank, origin.cabang, origin.device, origin.user, SANDI


def nik(n: int) -> str:
    """The NIK of person n: a woman born on 2 January 1960."""
    return f"{NIK_HEAD}{n:04d}"


def form(n: int) -> SpphBaru:
    """The form of person n of Kab. Batang."""
    return SpphBaru(
        NAMA, AYAH, nik(n), "", "BATANG", "1960-01-02", "P", "JL KENARI 1", "KASEPUHAN", "BATANG", "51211", "0285", ""
    )


def found(path: Path, forms: int = 8, map_bytes: int = MAP_BYTES) -> tuple[Store, list[str]]:
    """A ledger with a small country, its day open, and the numbers of `forms` signed SPPHs."""
    store = Store.create(
        path, nama="UJI", demo=True, user="OPERATOR", device="KONSOL", waktu_us=NINE_US, map_bytes=map_bytes
    )
    places = [BankBaru("001", "BANK UJI"), KandepagBaru("3325"), KandepagBaru("3273")]
    places += [CabangBaru("001", *row) for row in (
        ("0001", "BATANG", "3325"), ("0002", "PEKALONGAN", "3326"), ("0101", "BANDUNG", "3273")
    )]  # fmt: skip
    for origin, role in ROLES.items():
        places += [PerangkatBaru(origin.bank, origin.cabang, origin.device)]
        places += [PenggunaBaru(origin.user, role, origin.bank, origin.cabang)]
    must(store, [(OPERATOR, stan, HARI_AWAL, place) for stan, place in enumerate(places, 2)])
    issued = must(store, [(PETUGAS, n, HARI_AWAL, form(n)) for n in range(1, forms + 1)])
    numbers = [str(posted.data["nomor_spph"]) for posted in issued]
    signing = [(PEJABAT, n, HARI_AWAL, SpphSah(nomor)) for n, nomor in enumerate(numbers, 1)]
    must(store, [*signing, (OPERATOR, len(places) + 2, HARI_AWAL, BukaHari(HARI))])
    return store, numbers


def found_closed(path: Path, forms: int = 8) -> list[str]:
    """A founded ledger with its passwords, closed again; returns the SPPH numbers."""
    store, numbers = found(path, forms)
    store.close()
    passwords = Credentials.open(path / "sandi")
    passwords.set_many([(user, SANDI) for user in ("OPERATOR", *(origin.user for origin in ROLES))], "ringan")
    passwords.close()
    return numbers


def must(store: Store, rows: Iterable[tuple[Origin, int, str, Struct]], penyetuju: str = "") -> list[Posted]:
    """Post in one batch, every request of which stands; signed by a second person where one is named."""
    outcomes = store.post_batch([Asked(*row, NINE_US, penyetuju) for row in rows])
    posted = [outcome for outcome in outcomes if isinstance(outcome, Posted)]
    assert len(posted) == len(outcomes), outcomes
    return posted


def close_day(store: Store, hari: str = HARI, stan: int = 900) -> None:
    """The operator cuts every branch and the bank off and closes the day, with STANs from `stan`."""
    cuts = [*(TutupSetoran("001", cabang) for cabang in ("0001", "0002", "0101")), TutupBank("001")]
    must(store, [(OPERATOR, at, hari, cut) for at, cut in enumerate(cuts, stan)])
    must(store, [(OPERATOR, stan + len(cuts), hari, TutupHari(hari))], OPERATOR_2.user)


def open_next(store: Store, hari: str, stan: int = 900) -> None:
    """The day is closed, and the next one opened."""
    close_day(store, store.books.hari, stan)
    must(store, [(OPERATOR, stan + 9, store.books.hari, BukaHari(hari))])


def deposit(origin: Origin, stan: int, nomor_spph: str) -> Asked:
    """A first deposit, asked at nine o'clock."""
    return Asked(origin, stan, HARI, SetoranAwal(nomor_spph, SETORAN), NINE_US)


def pack(*message: Any) -> bytes:
    """A message as the msgpack library writes it."""
    packed: bytes = msgpack.packb(list(message))
    return packed


class KeptPeer:
    """A peer that keeps what was sent, and apart from it what was written."""

    def __init__(self) -> None:
        self.queued: list[list[Any]] = []
        self.written: list[list[Any]] = []

    def send(self, payload: bytes) -> None:
        """Queue one message."""
        self.queued.append(msgpack.unpackb(payload))

    @property
    def writer(self) -> KeptPeer:
        """Its own."""
        return self

    def flush(self) -> None:
        """Write what is queued."""
        self.written += self.queued
        self.queued.clear()

    def close(self, code: int, reason: str) -> None:
        """End the connection."""
        self.written += [["CLOSE", code, reason]]


def wanted_on(connection: Connection, origin: Origin, line: int = 0, sandi: str = SANDI) -> Wanted:
    """A sign-on that has come in and waits for its answer."""
    asked = pack("SIGNON", line, 1, origin.bank, origin.cabang, origin.device, origin.user, sandi)
    wanted = connection.receive(asked, NINE_US)
    assert isinstance(wanted, Wanted)
    return wanted


def signed_on(origin: Origin, connection: Connection | None = None, line: int = 0) -> Session:
    """A session on a connection (default: a new one); its READY is already written and forgotten."""
    connection = connection or Connection(KeptPeer(), 64)
    session = connection.signed_on(wanted_on(connection, origin, line), origin, {})
    peer = connection.peer
    assert isinstance(peer, KeptPeer)
    peer.queued.clear()
    return session


def kept(session: Session) -> KeptPeer:
    """The peer of a session of these tests."""
    assert isinstance(session.peer, KeptPeer)
    return session.peer


class Desk:
    """A committer on a founded ledger, without sockets: submit, let the loop turn, look at what was written."""

    def __init__(self, store: Store, preset: str = "production", **settings: Any) -> None:
        self.settings: Settings = load(None, {}, {"data": str(store.path)} | settings, preset)
        self.store = store
        self.metrics = Metrics()
        self.devices = Devices(store.path / "karantina", 100)
        self.ended: list[int] = []
        self.committer = Committer(store, self.devices, self.settings, self.metrics, self.ended.append)

    def sit(self, origin: Origin, line: int = 0, connection: Connection | None = None) -> Session:
        """A session that holds its device."""
        session = signed_on(origin, connection, line)
        self.devices.take(session)
        return session

    def post(self, session: Session, stan: int, nomor_spph: str, hari: str = HARI, nominal: int = SETORAN) -> None:
        """A deposit comes in on a session."""
        self.take(session, pack("POST", session.line, stan, hari, ["STA", nomor_spph, nominal]))

    def inquire(self, session: Session, nomor: int, *body: Any) -> None:
        """An inquiry comes in on a session."""
        self.take(session, pack("INQUIRY", session.line, nomor, list(body)))

    def take(self, session: Session, message: bytes) -> None:
        """A message that becomes a ticket comes in."""
        ticket = session.connection.receive(message, NINE_US)
        assert isinstance(ticket, Ticket | Question), ticket
        self.committer.submit(ticket)


async def turn(desk: Desk) -> None:
    """Let the loop pass until nothing waits."""
    for _ in range(100):
        await asyncio.sleep(0)
        if not desk.committer._scheduled:
            return
    raise AssertionError("the committer never comes to rest")


def written(session: Session) -> list[list[Any]]:
    """What has left for this session's peer since the last look; nothing may be queued and forgotten."""
    peer = kept(session)
    assert peer.queued == []
    said, peer.written = peer.written, []
    return said


MakeDesk = Callable[..., tuple[Desk, list[str]]]
"""The fixture of tests/unit/txserver: a desk with these settings, and the SPPHs of its ledger."""


def wait_until(condition: Callable[[], Any], what: str, seconds: float = WAIT_SECONDS_MAX) -> Any:
    """Ask again and again until the answer is true; returns it."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.01)
    return found


class HostProcess:
    """A real host on a ledger directory, in a process of its own; its output lies beside the ledger."""

    def __init__(self, data: Path, *arguments: str, program: tuple[str, ...] = ("-m", "txserver"), **settings: Any):
        self.data = data
        self.out, self.err = data.parent / "host.out", data.parent / "host.err"
        demo = () if "--clock" in arguments else ("--clock", CLOCK)
        command = [sys.executable, *program, "--data", str(data), "--listen", "127.0.0.1:0", *demo, *arguments]
        named = {f"SISKOHAT_HOST_{key.upper()}": str(value) for key, value in settings.items()}
        with self.out.open("ab") as out, self.err.open("ab") as err:
            self._said = out.tell()
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment() | named, stdout=out, stderr=err)

    def ready(self) -> Self:
        """Wait until it listens."""
        wait_until(lambda: b"listening on" in self.said or self.process.poll() is not None, "the host to listen")
        assert self.process.poll() is None, self.errors
        return self

    @property
    def said(self) -> bytes:
        """What this process has printed."""
        return self.out.read_bytes()[self._said :]

    @property
    def errors(self) -> str:
        """What the hosts on this ledger have logged."""
        return self.err.read_text()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self.said.decode().split('listening on ')[1].split()[0]}"

    def get(self, path: str) -> tuple[int, str]:
        """Status and text of an HTTP answer."""
        address = self.url.removeprefix("http://")
        connection = HTTPConnection(address, timeout=WAIT_SECONDS_MAX)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def metrics(self) -> dict[str, float]:
        """Every sample of /metrics, by name with labels."""
        lines = self.get("/metrics")[1].splitlines()
        rows = (line.rpartition(" ") for line in lines if not line.startswith("#"))
        return {name: float(value) for name, _, value in rows}

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, if it still runs, and wait; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """Wait for its end; returns the exit code."""
        return self.process.wait(WAIT_SECONDS_MAX)

    def __enter__(self) -> Self:
        return self.ready()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            print(self.errors)  # shown by pytest beside the failure
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(WAIT_SECONDS_MAX)


def environment() -> dict[str, str]:
    """Ours, without the settings of a host that somebody may have in his shell; programs find `tests` in it."""
    ours = {key: value for key, value in os.environ.items() if not key.startswith("SISKOHAT_")}
    return ours | {"PYTHONPATH": str(ROOT)}


def run_command(
    *arguments: str, given: str = "", python: tuple[str, ...] = (), **settings: str
) -> tuple[int, str, str]:
    """Run `python -m ...` to its end: exit code, output, errors."""
    done = subprocess.run(
        [sys.executable, *python, "-m", *arguments],
        cwd=ROOT,
        env=environment() | settings,
        input=given,
        capture_output=True,
        text=True,
        timeout=WAIT_SECONDS_MAX,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


class Sound:
    """A ledger directory that holds: chain, numbering, balances, and books equal to the journal at their watermark."""

    def __init__(self, path: Path) -> None:
        journal = Journal.open(path / "journal", writable=False)
        report = verify(journal)
        assert report.verified, (report.bad_entry, report.reason)
        env = TablesEnv(path / "books", writable=False)
        books = check_books(journal, env)
        assert books.verified, books.differences
        env.close()
        self.head, self.watermark, self.granted = journal.head, books.watermark, report.granted
        self.entries: dict[int, Entry] = {seq: decode_entry(body) for seq, body in journal.read()}
        journal.close()

    def deposits(self) -> dict[tuple[str, int], tuple[int, str]]:
        """By user and STAN: number of the entry and nomor porsi."""
        return {
            (entry.stamp.user, entry.stamp.stan): (seq, entry.facts.nomor_porsi)
            for seq, entry in self.entries.items()
            if entry.kind == "STA"
        }
