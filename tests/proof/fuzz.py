"""T11: what reads bytes of a stranger, fed with bytes that nobody meant. Only the reader's own error may come out.

    python -m tests.proof.fuzz TARGET [EXECUTIONS] [SEED]      our mutator; prints what it did
    python -m tests.proof.guided TARGET RUNS                   coverage-guided, where the atheris package is installed

The mutator starts from one message of every kind and changes bytes, lengths and types, splices two messages, repeats
and nests. Every message carries a word that no error may repeat.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from time import perf_counter

from ledger.codec import decode_entry
from ledger.errors import JournalCorrupt
from tests.evening_fixtures import full_bodies
from tests.host_fixtures import NINE_US, PETUGAS, TELLER, TELLER_2, pack, wanted_on
from tests.unit.txserver.test_frames import HOST, SECRET, TERMINAL
from txserver.session import Blame, Connection
from txserver.trunk import Records, block
from txserver.wire.frames import FrameError, decode_from_host, decode_from_terminal, encode

EDGES = (
    0,
    1,
    0x7F,
    0x80,
    0x90,
    0x9F,
    0xA0,
    0xC0,
    0xC1,
    0xC4,
    0xC6,
    0xCA,
    0xCB,
    0xCF,
    0xD3,
    0xD4,
    0xD9,
    0xDC,
    0xDD,
    0xDF,
    0xFF,
)
"""Bytes that begin something in msgpack."""
MESSAGE_BYTES_MAX = 4_096


class Mutator:
    """Makes messages out of good ones."""

    def __init__(self, seeds: list[bytes], seed: int) -> None:
        self.seeds = seeds
        self.random = Random(seed)

    def next(self) -> bytes:
        random = self.random
        message = bytearray(random.choice(self.seeds))
        for _ in range(random.choice((1, 1, 1, 2, 3, 8))):
            CHANGES[int(random.random() * len(CHANGES))](self, message)
            if not message:
                break
        return bytes(message[:MESSAGE_BYTES_MAX])

    def put(self, message: bytearray) -> None:
        message[int(self.random.random() * len(message))] = int(self.random.random() * 256)

    def edge(self, message: bytearray) -> None:
        message[int(self.random.random() * len(message))] = self.random.choice(EDGES)

    def bit(self, message: bytearray) -> None:
        message[int(self.random.random() * len(message))] ^= 1 << int(self.random.random() * 8)

    def cut(self, message: bytearray) -> None:
        at = int(self.random.random() * len(message))
        del message[at : at + 1 + int(self.random.random() * 8)]

    def end(self, message: bytearray) -> None:
        del message[int(self.random.random() * len(message)) :]

    def grow(self, message: bytearray) -> None:
        at = int(self.random.random() * len(message))
        message[at:at] = self.random.randbytes(1 + int(self.random.random() * 6))

    def splice(self, message: bytearray) -> None:
        other = self.random.choice(self.seeds)
        message[int(self.random.random() * len(message)) :] = other[int(self.random.random() * len(other)) :]

    def nest(self, message: bytearray) -> None:
        if self.random.random() < 0.05:
            at = int(self.random.random() * len(message))
            deep = self.random.choice((b"\x91", b"\x81\xa0", b"\x92\x01")) * self.random.choice((5, 300, 1_500))
            message[at:at] = deep


CHANGES: tuple[Callable[[Mutator, bytearray], None], ...] = (
    Mutator.put, Mutator.edge, Mutator.bit, Mutator.cut, Mutator.end, Mutator.grow, Mutator.splice, Mutator.nest,
)  # fmt: skip


class Nobody:
    """A peer that counts what it is told, and reads it as a terminal would."""

    def __init__(self) -> None:
        self.told = 0

    @property
    def writer(self) -> Nobody:
        return self

    def send(self, payload: bytes) -> None:
        self.told += 1
        frame = decode_from_host(payload)
        assert SECRET not in str(frame) or type(frame).__name__ == "Echo", "an answer repeats what was sent"

    def flush(self) -> None:
        """Nothing is kept back."""

    def close(self, code: int, reason: str) -> None:
        """There is no connection to end."""


def _kept_quiet(said: str, outcome: str) -> str:
    assert SECRET not in said, "an error repeats what was sent"
    return outcome


def from_terminal(message: bytes) -> str:
    try:
        frame = decode_from_terminal(message)
    except FrameError as error:
        return _kept_quiet(f"{error.sebab} {error.field}", "refused")
    assert decode_from_terminal(encode(frame)) == frame or "nan" in repr(frame)
    return "taken"


def from_host(message: bytes) -> str:
    try:
        decode_from_host(message)
    except FrameError:
        return "refused"
    return "taken"


def entry(body: bytes) -> str:
    try:
        decode_entry(body)
    except JournalCorrupt:
        return "refused"
    return "taken"


def trunk(stream: bytes) -> str:
    """However the stream is cut, the same records come out."""
    records = [(2, number, stream[number:]) for number in range(3)]
    packed, at, reader = b"".join(block([one]) for one in records), len(stream) % 7 + 1, Records()
    found = reader.feed(packed[:at]) + reader.feed(packed[at : 2 * at]) + reader.feed(packed[2 * at :])
    assert [tuple(one) for one in found] == records
    return "taken"


class Talk:
    """A connection with a line in each state, made new now and then; `receive` gets everything."""

    def __init__(self) -> None:
        self._count = 0
        self._renew()

    def _renew(self) -> None:
        self._peer = Nobody()
        self.connection = Connection(self._peer, 6)
        for line, origin in ((0, TELLER), (1, TELLER_2)):
            wanted = wanted_on(self.connection, origin, line)
            self.connection.signed_on(wanted, origin, {})
        self.connection.receive(WAITING, NINE_US)
        wanted_on(self.connection, PETUGAS, 2)

    def __call__(self, message: bytes) -> str:
        self._count += 1
        if self._count % 20 == 0:
            self._renew()
        try:
            got = self.connection.receive(message, NINE_US)
        except Blame as blame:
            return _kept_quiet(str(blame), "blamed")
        held = len(self.connection._sessions) + len(self.connection._signing)
        assert held <= 6, "more lines than there may be"
        return "answered" if got is None else type(got).__name__


WAITING = pack("POST", 1, 1, "2004-05-03", ["KDP", "3325"])
SEEDS = [pack(*message) for message in TERMINAL] + [
    pack("SIGNON", 3, 1, "001", "0001", "T3", "TLR5", SECRET),
    pack("POST", 0, 9, "2004-05-03", ["BNK", "001", SECRET]),
    pack("SIAR", 0, 9, "", SECRET),
    pack("PASSWORD", 0, 9, SECRET, SECRET),
]
TARGETS: dict[str, tuple[Callable[[], Callable[[bytes], str]], list[bytes]]] = {
    "terminal": (lambda: from_terminal, SEEDS),
    "host": (lambda: from_host, [pack(*message) for message in HOST]),
    "connection": (Talk, SEEDS),
    "entry": (lambda: entry, full_bodies()),
    "trunk": (lambda: trunk, [pack(*message) for message in HOST]),
}


@dataclass
class Fuzzed:
    """What a run did."""

    target: str
    seed: int
    executions: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    failed: list[tuple[bytes, str]] = field(default_factory=list)


def fuzz(target: str, executions: int, seed: int) -> Fuzzed:
    """Feed a target; what raised anything else is kept with its message."""
    make, seeds = TARGETS[target]
    call, mutator, done, start = make(), Mutator(seeds, seed), Fuzzed(target, seed), perf_counter()
    outcomes: Counter[str] = Counter()
    for _ in range(executions):
        message = mutator.next()
        try:
            outcomes[call(message)] += 1
        except Exception as error:  # noqa: BLE001  whatever it is, it is the finding
            done.failed.append((message, f"{type(error).__name__}: {error}"))
            if len(done.failed) > 20:
                break
    done.executions, done.outcomes, done.seconds = executions, outcomes, perf_counter() - start
    return done


def main() -> None:
    target, *rest = sys.argv[1:]
    executions, seed = (int(value) for value in (*rest, *("1000000", "1")[len(rest) :]))
    print(fuzz(target, executions, seed))


if __name__ == "__main__":
    main()
