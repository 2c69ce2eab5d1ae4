"""The real writer - store, committer, sessions - behind a socket pair, in a process that may be killed at any moment.

`Zygote` starts a small process that has everything imported; `spawn` has it fork one writer. Messages on the socket
are those of the line protocol, each with 4 bytes of length before it; sign-on is left out. What the writer is doing
is told in shared memory, so that whoever kills it knows what was hit.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import json
import mmap
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path
from random import Random
from resource import RLIMIT_FSIZE, setrlimit
from struct import Struct
from typing import Any

import lmdb
import msgspec
import uvloop

from ledger import checkpoint, vault
from ledger.codec import hash_entry
from ledger.errors import LedgerError
from ledger.journal import Journal
from ledger.records import origin_of
from ledger.store import Store
from txserver.batcher import Batcher
from txserver.committer import Committer
from txserver.config import load
from txserver.devices import Devices
from txserver.ending import end_process, watch
from txserver.metrics import Metrics
from txserver.session import Connection, Session, Ticket

ROOT = Path(__file__).resolve().parents[2]
LENGTH = Struct("<I")
TOLD = Struct("<qqqq")
"""Shared memory: phase; head when the writer was ready (-1: not yet); time of the first fault in ns; how often
something was answered after it.
"""
DRAIN = b"drain"
START_SECONDS_MAX = 10.0


class Phase(IntEnum):
    """What a writer is doing."""

    FORK = 0
    START = 1
    WAIT = 2
    DECIDE = 3
    COMMIT = 4
    GROWTH = 5
    SENDS = 6
    CHECKPOINT = 7
    DRAIN = 8


class Told:
    """The shared memory, by name.

    A word is written whole or not at all. `struct.pack_into` clears it first: a writer killed in between leaves a head
    of 0, which looks like a loss.
    """

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self.memory = mmap.mmap(file.fileno(), TOLD.size)
        self._words = memoryview(self.memory).cast("q")

    def put(self, at: int, value: int) -> None:
        self._words[at] = value

    def get(self, at: int) -> int:
        return self._words[at]

    def reset(self) -> None:
        for at, value in enumerate((Phase.FORK, -1, 0, 0)):
            self.put(at, value)

    def begins(self, line: socket.socket) -> bool:
        """Wait until the writer is ready; False when it ends instead: before it is ready it says nothing."""
        end = time.monotonic() + START_SECONDS_MAX
        while self.get(1) < 0:
            assert time.monotonic() < end, "a writer that does not start"
            if select.select([line], [], [], 0.0002)[0]:
                return self.get(1) >= 0
        return True

    def during(self, phase: Phase, call: Callable[..., Any]) -> Callable[..., Any]:
        """The call, told as this phase while it lasts."""

        def telling(*arguments: Any, **named: Any) -> Any:
            before = self.get(0)
            self.put(0, phase)
            try:
                return call(*arguments, **named)
            finally:
                self.put(0, before)

        return telling


class Peer:
    """The writer's end: answers gather, and leave in one send."""

    def __init__(self, line: socket.socket, told: Told) -> None:
        self._line = line
        self._told = told
        self._out: list[bytes] = []

    @property
    def writer(self) -> Peer:
        return self

    def send(self, payload: bytes) -> None:
        self._out += (LENGTH.pack(len(payload)), payload)

    def flush(self) -> None:
        if self._out:
            if self._told.get(2):
                self._told.put(3, self._told.get(3) + 1)
            out, self._out = b"".join(self._out), []
            self._line.sendall(out)

    def close(self, code: int, reason: str) -> None:
        self._line.close()


# --- planted bugs: each is the product with one thing changed, set up in the forked writer alone -----------------


def ack_early(told: Told, path: Path) -> None:
    """A batch is said to be durable, and written when the next one comes."""
    append, late = Journal.append, []

    def lie(self: Journal, bodies: list[bytes]) -> None:
        head, head_hash = self.head + len(bodies), hash_entry(bodies[-1])
        if late:
            self.head, self.head_hash = late.pop()
            append(self, late.pop())
        late.extend((list(bodies), (self.head, self.head_hash)))
        self.head, self.head_hash = head, head_hash

    Journal.append = lie  # type: ignore[method-assign, assignment]


def lifo(told: Told, path: Path) -> None:
    """The last to arrive in a batch is the first to be numbered."""
    ready = Batcher.ready
    Batcher.ready = lambda self: ready(self)[::-1]  # type: ignore[method-assign]


def go_on(told: Told, path: Path) -> None:
    """An error of a commit is swallowed and the batch answered."""
    append = Journal.append

    def swallow(self: Journal, bodies: list[bytes]) -> None:
        try:
            append(self, bodies)
        except (LedgerError, lmdb.Error):
            self.head += len(bodies)
            self.head_hash = hash_entry(bodies[-1])

    Journal.append = swallow  # type: ignore[method-assign, assignment]


def build_on(told: Told, path: Path) -> None:
    """Nobody looks where the journal ends before it goes on."""
    Journal.check_end = lambda self: None  # type: ignore[method-assign]


PLANTED = {"ack early": ack_early, "lifo": lifo, "go on": go_on, "build on": build_on}


class Life:
    """One writer from its fork to its death."""

    def __init__(self, line: socket.socket, order: dict[str, Any]) -> None:
        self.line, self.order = line, order
        self.told = Told(Path(order["told"]))
        self.told.put(0, Phase.START)
        self.path = Path(order["ledger"])
        vault.SLOTS_AHEAD = order.get("slots_ahead", vault.SLOTS_AHEAD)
        checkpoint.ENTRIES_PER_COMMIT = order.get("entries_per_commit", checkpoint.ENTRIES_PER_COMMIT)
        if planted := order.get("planted"):
            PLANTED[planted](self.told, self.path)
        if order.get("arm") == "start":
            self._arm()
        self._tell_growth()
        self.store = Store.open(
            self.path, random=Random(order.get("seed", 1)).randbytes, map_bytes=order.get("map_bytes", 1 << 30)
        )
        self._raw = b""

    def _arm(self) -> None:
        classes, kind, first, times, error = self.order["fault"]
        address = ctypes.addressof(ctypes.c_char.from_buffer(self.told.memory)) + 16
        ctypes.CDLL(None).proof_arm(
            classes, kind, ctypes.c_long(first), ctypes.c_long(times), error, ctypes.c_void_p(address)
        )

    def _memory_fails(self, turn: Callable[[], None]) -> Callable[[], None]:
        """The committer's turn, in which alone memory may be refused: what is asked for around it is the harness's."""
        may_fail = ctypes.CDLL(None).proof_memory

        def failing() -> None:
            may_fail(1)
            try:
                turn()
            finally:
                may_fail(0)

        return failing

    def _tell_growth(self) -> None:
        make, told = vault.FileVault.make_slots, self.told
        growing = told.during(Phase.GROWTH, make)

        def make_slots(self: vault.FileVault, used: int) -> None:
            (make if self.slots - used >= vault.SLOTS_AHEAD // 2 else growing)(self, used)

        vault.FileVault.make_slots = make_slots  # type: ignore[method-assign]

    async def run(self) -> None:
        told, store = self.told, self.store
        store.journal.append = told.during(Phase.COMMIT, store.journal.append)  # type: ignore[method-assign]
        settings = load(None, {}, {"data": str(self.path), "branch_queue_max": 4_096}, "production")
        # Behind the check of the settings: a test may want a map that is really full.
        settings = msgspec.structs.replace(settings, **self.order.get("settings", {}))
        loop = asyncio.get_running_loop()
        watch(loop)
        self.committer = Committer(store, Devices(self.path / "karantina", 9_999), settings, Metrics(), end_process)
        turn = self._memory_fails(self.committer._turn) if self.order.get("memory") else self.committer._turn
        self.committer._turn = told.during(Phase.DECIDE, turn)  # type: ignore[method-assign]
        peer = Peer(self.line, told)
        peer.flush = told.during(Phase.SENDS, peer.flush)  # type: ignore[method-assign]
        self.connection = Connection(peer, 9_999)
        for number, place in enumerate(self.order["lines"]):
            self.connection._sessions[number] = Session(origin_of(*place), number, self.connection)
        gc.freeze()
        if self.order.get("arm") == "ready":
            self._arm()
        if limit := self.order.get("file_bytes"):
            setrlimit(RLIMIT_FSIZE, (limit, limit))
        self.ended = loop.create_future()
        loop.add_reader(self.line.fileno(), self._take)
        loop.add_signal_handler(signal.SIGTERM, self._end)
        told.put(1, store.journal.head)
        told.put(0, Phase.WAIT)
        await self.ended
        told.put(0, Phase.DRAIN)
        await self.committer.drain()
        store.checkpoint()
        store.close()

    def _end(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)

    def _take(self) -> None:
        got = self.line.recv(1 << 18, socket.MSG_DONTWAIT)
        if not got:
            self._end()
            asyncio.get_running_loop().remove_reader(self.line.fileno())
            return
        raw, at = self._raw + got, 0
        while len(raw) - at >= LENGTH.size and len(raw) - at >= LENGTH.size + (n := LENGTH.unpack_from(raw, at)[0]):
            message = raw[at + LENGTH.size : at + LENGTH.size + n]
            at += LENGTH.size + n
            if message == DRAIN:
                self._end()
                continue
            ticket = self.connection.receive(message, 0)
            assert isinstance(ticket, Ticket), ticket
            self.committer.submit(ticket)
        self._raw = raw[at:]
        if self.store.behind >= self.order.get("checkpoint_entries", 1 << 30):
            self.told.during(Phase.CHECKPOINT, self.store.checkpoint)()


def live(line: socket.socket, order: dict[str, Any]) -> int:
    """Be a writer; returns its exit code."""
    try:
        uvloop.run(Life(line, order).run())
    except LedgerError as error:
        print(f"writer: {error}", file=sys.stderr)
        return error.exit_code
    return 0


# --- the process that forks ----------------------------------------------------------------------------------------


class Zygote:
    """The supervisor's handle on it. `preload` is the library of planted faults, `root` the folder it looks at."""

    def __init__(self, preload: Path | None = None, root: Path | None = None) -> None:
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        extra = {} if preload is None else {"LD_PRELOAD": str(preload), "PROOF_ROOT": str(root)}
        # A pipe nobody reads is full one day, and stops who writes to it.
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.proof.writer", str(theirs.fileno())],
                cwd=ROOT, env=os.environ | extra, pass_fds=[theirs.fileno()], stderr=self._said,
            )  # fmt: skip

    def spawn(self, order: dict[str, Any]) -> tuple[int, socket.socket]:
        """Fork a writer: its pid, and the line to it."""
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._ours, [json.dumps(order).encode()], [theirs.fileno()])
        return int(self._ours.recv(64)), ours

    def wait(self, pid: int) -> int:
        """Wait for the end of a writer: its exit code, or minus the signal."""
        self._ours.send(json.dumps({"wait": pid}).encode())
        return int(self._ours.recv(64))

    def close(self) -> str:
        """End it; returns what the writers have said."""
        self._ours.close()
        self.process.wait(30)
        with self._said:
            self._said.seek(0)
            return self._said.read().decode(errors="replace")


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    gc.collect()
    gc.freeze()
    while True:
        raw, handles, _, _ = socket.recv_fds(control, 1 << 18, 1)
        if not raw:
            return
        order = json.loads(raw)
        if "wait" in order:
            _, status = os.waitpid(order["wait"], 0)
            control.send(str(os.waitstatus_to_exitcode(status)).encode())
            continue
        pid = os.fork()
        if not pid:
            control.close()
            os._exit(live(socket.socket(fileno=handles[0]), order))
        control.send(str(pid).encode())
        os.close(handles[0])


if __name__ == "__main__":
    main()
