"""The terminals of a kill storm: officers take up forms, officials sign them, tellers take the deposits; one request
in flight each, asked again under the same STAN after every death of the writer until it is answered.
"""

from __future__ import annotations

import os
import socket
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter_ns
from typing import Any

import msgspec

from bench.check import Call, Fault, Held, check
from ledger import vault
from ledger.codec import decode_entry
from ledger.journal import Journal
from ledger.ketentuan import HARI_AWAL
from ledger.kinds.pengguna import PenggunaBaru
from ledger.kinds.perangkat import PerangkatBaru
from ledger.store import Store
from ledger.vault import HEADER, SLOT
from tests.ledger_fixtures import CENTRE, HARI, JUTA_20, desk_after_founding, form, new_ledger
from tests.proof.script import KAB, nik_of
from tests.proof.writer import LENGTH

encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder().decode
PLACES = {"PETUGAS": ("DEP", KAB), "PEJABAT": ("DEP", KAB), "TELLER": ("002", "0101")}
STAN_MAX = 999_999
REFUSED_THIS_TIME = frozenset({"SKH9004", "SKH9003"})
"""No space, and put aside for the operator: nothing was entered, and the next writer is asked the same."""


@dataclass
class Line:
    """One workstation: its role and place, the number of its last request, and the request that waits."""

    role: str
    place: tuple[str, str, str, str]
    stan: int = 0
    waiting: bytes = b""

    @property
    def identity(self) -> str:
        return f"{'/'.join(self.place[:3])}/{self.stan}"


def make_ledger(path: Path, each: int, slots_ahead: int) -> list[Line]:
    """A founded ledger with `each` workstations of every role."""
    new_ledger(path)
    os.truncate(path / "kunci" / "slot.dat", len(HEADER) + SLOT * slots_ahead)
    ahead, vault.SLOTS_AHEAD = vault.SLOTS_AHEAD, slots_ahead
    try:
        lines = [
            Line(role, (*PLACES[role], f"W{role[:3]}{number}", f"U{role[:3]}{number}"))
            for number in range(each)
            for role in PLACES
        ]
        store, desk = Store.open(path), desk_after_founding()
        for line in lines:
            bank, cabang, device, user = line.place
            for request in (PerangkatBaru(bank, cabang, device), PenggunaBaru(user, line.role, bank, cabang)):
                store.post_batch([desk.ask(*CENTRE, request)])
        assert store.books.hari == HARI != HARI_AWAL
        store.checkpoint()
        store.close()
    finally:
        vault.SLOTS_AHEAD = ahead
    return lines


@dataclass
class Terminals:
    """All of them, and everything they were told."""

    lines: list[Line]
    calls: list[Call] = field(default_factory=list)
    porsi: list[Call] = field(default_factory=list)
    stamps: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    odd: Counter[str] = field(default_factory=Counter)
    forms: int = 0
    issued: deque[str] = field(default_factory=deque)
    signed: deque[str] = field(default_factory=deque)
    asked_at: dict[str, int] = field(default_factory=dict)
    sent: int = 0
    acked: int = 0
    repeats: int = 0
    head: int = 0
    """The largest entry number that was acknowledged."""
    life: int = 0
    """Number of the writer they talk to."""
    kept: list[tuple[bytes, int]] | None = None
    """Every request answered so far with its entry, where they are to be asked once more."""
    full: set[int] = field(default_factory=set)
    """Lines that were told that there is no space, or that the host tripped; they ask the next writer."""

    def connect(self, line: socket.socket) -> None:
        """A new writer: everything unanswered is asked again, and whoever has work asks."""
        self._socket = line
        self._raw = b""
        self.full.clear()
        self.life += 1
        out: list[bytes] = []
        for number, one in enumerate(self.lines):
            if one.waiting or self._draw(number, one):
                self._ask(one, out)
        self._socket.sendall(b"".join(out))

    def _draw(self, number: int, line: Line) -> bool:
        body: list[Any]
        if line.role == "PETUGAS" and len(self.issued) < len(self.lines):
            body = ["SPT", *msgspec.structs.astuple(form(nik=nik_of(self.forms)))]
            self.forms += 1
        elif line.role == "PEJABAT" and self.issued:
            body = ["SPS", self.issued.popleft()]
        elif line.role == "TELLER" and self.signed:
            body = ["STA", self.signed.popleft(), JUTA_20]
        else:
            return False
        line.stan += 1
        line.waiting = encode(["POST", number, line.stan, HARI, body])
        self.asked_at[line.identity] = perf_counter_ns()
        return True

    def _ask(self, line: Line, out: list[bytes]) -> None:
        self.sent += 1
        self.stamps.setdefault(line.identity, []).append((self.life, self.sent))
        out += (LENGTH.pack(len(line.waiting)), line.waiting)

    def read(self, *, further: bool = True) -> bool:
        """Take what has come; ask on. False when the writer has closed its end."""
        try:
            got = self._socket.recv(1 << 18)
        except ConnectionResetError:
            return False
        if not got:
            return False
        raw, at, out = self._raw + got, 0, []
        while len(raw) - at >= LENGTH.size and len(raw) - at >= LENGTH.size + (n := LENGTH.unpack_from(raw, at)[0]):
            self._hear(decode(raw[at + LENGTH.size : at + LENGTH.size + n]))
            at += LENGTH.size + n
        self._raw = raw[at:]
        if further:
            for number, one in enumerate(self.lines):
                if not one.waiting and self._draw(number, one):
                    self._ask(one, out)
            try:
                self._socket.sendall(b"".join(out))
            except (BrokenPipeError, ConnectionResetError):
                return False
        return True

    def _hear(self, message: list[Any]) -> None:
        line = self.lines[message[1]]
        if message[0] != "ACCEPTED" or message[2] != line.stan or not line.waiting:
            if message[0] == "REFUSED" and message[3] in REFUSED_THIS_TIME:
                self.full.add(message[1])
            elif message[0] == "CLOSED" and message[2] == "SKH7016":
                self.full.add(message[1])  # its request was put aside, and its device is off until somebody has looked
            elif message[0] != "BUSY":  # a draining writer takes nothing new; the next one is asked again
                self.odd[str(message[:4])] += 1
            return
        _, _, _, seq, _, ulang, data = message
        if self.kept is not None:
            self.kept.append((line.waiting, seq))
        line.waiting = b""
        identity = line.identity
        now = perf_counter_ns()
        self.calls.append(Call(identity, self.asked_at.pop(identity), now, seq, str(seq)))
        self.acked += 1
        self.repeats += ulang
        self.head = max(self.head, seq)
        if line.role == "PETUGAS":
            self.issued.append(data["nomor_spph"])
        elif line.role == "PEJABAT":
            self.signed.append(data["nomor_spph"])
        else:
            self.porsi.append(self.calls[-1]._replace(nomor=data["nomor_porsi"]))

    def wave(self) -> bool:
        """Every line that has work asks, and all are answered. False when the writer ended instead."""
        out: list[bytes] = []
        for number, one in enumerate(self.lines):
            if not one.waiting and self._draw(number, one):
                self._ask(one, out)
        try:
            self._socket.sendall(b"".join(out))
        except (BrokenPipeError, ConnectionResetError):
            return False
        return self.answered()

    def answered(self) -> bool:
        """Wait until nobody waits but for the next writer. False when the writer ended instead."""
        while any(one.waiting and number not in self.full for number, one in enumerate(self.lines)):
            if not self.read(further=False):
                return False
        return True

    def ask_all_again(self, line: socket.socket | None = None) -> int:
        """Every request that was ever answered once more; the number of those that got their number again.

        `line`: another writer's, which is asked for nothing else.
        """
        assert self.kept is not None
        kept, self.kept = self.kept, None
        self._socket = line or self._socket
        same = 0
        for frame, seq in kept:
            self._socket.sendall(LENGTH.pack(len(frame)) + frame)
            head = self._socket.recv(LENGTH.size, socket.MSG_WAITALL)
            answer = decode(self._socket.recv(LENGTH.unpack(head)[0], socket.MSG_WAITALL))
            same += answer[0] == "ACCEPTED" and answer[3] == seq and answer[5] is True
        self.kept = kept
        return same

    def unanswered(self) -> Iterator[Call]:
        return (Call(line.identity, self.asked_at[line.identity]) for line in self.lines if line.waiting)


def judge(terminals: Terminals, ledger: Path, before: int, ready: list[tuple[int, int]]) -> list[Fault]:
    """Hold everything that was told against the ledger: R1 to R7, of the entries and of the porsi.

    `before` is the head before the first writer, `ready` says from which head on each writer wrote: (head, life).
    """
    journal = Journal.open(ledger / "journal", writable=False)
    entries, deposits, arrived = [], [], {}
    heads = [head for head, _ in ready]
    for seq, body in journal.read(before + 1):
        entry = decode_entry(body)
        stamp = entry.stamp
        identity = f"{stamp.perangkat}/{stamp.stan}"
        entries.append(Held(identity, seq, str(seq), "", seq, stamp.waktu_us))
        if entry.kind == "STA":
            nomor = entry.facts.nomor_porsi
            deposits.append(Held(identity, seq, nomor, nomor[:2], int(nomor[2:]), stamp.waktu_us))
        life = ready[bisect_left(heads, seq) - 1][1]
        stamps = [sent for at, sent in terminals.stamps.get(identity, []) if at == life]
        if stamps:
            arrived[identity] = stamps[0]
    journal.close()
    waiting = list(terminals.unanswered())
    faults = check([*terminals.calls, *waiting], entries, {"": before}, arrived)
    return faults + check([*terminals.porsi, *waiting], deposits, None, arrived)
