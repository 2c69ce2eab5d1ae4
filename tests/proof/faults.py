"""One planted fault, or one kill, in a writer that takes twelve commits; then the next writer and what it found."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import socket
import struct
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from tests.ledger_fixtures import head_of
from tests.proof.apart import apart
from tests.proof.storm import is_sound
from tests.proof.terminals import Terminals, judge, make_ledger
from tests.proof.writer import TOLD, Told, Zygote

WAVES = 12
EACH = 2
SLOTS_AHEAD = 12
DATA, META, SYNC, OPEN, NAMES, KEYS_DATA, KEYS_SYNC, READ, MEMORY = (1 << bit for bit in range(9))
CLASSES = {"write": DATA, "roots": META, "sync": SYNC, "keys": KEYS_DATA, "sync of keys": KEYS_SYNC}
ALL = DATA | META | SYNC | KEYS_DATA | KEYS_SYNC
FAIL, SHORT, KILL, KILL_AFTER, DROP = range(5)
FOR_EVER = 1 << 40
MAP_BYTES = 64 << 20
FILLER = "filler"
WHOLE, KEPT_HEAD = "whole", "a kept head"
PAGE = 4_096
FINAL_SECONDS = 20.0
LOOK_S = 60


class Fault(NamedTuple):
    """The n-th call of these classes and `times` - 1 more: fail with `error`, are cut short, kill, or write nothing and
    say that they did.
    """

    classes: int
    kind: int
    first: int
    times: int = 1
    error: int = errno.EIO


NOTHING = Fault(0, FAIL, 1)
"""No fault is planted; the time of the kernel's own refusal is told."""


@dataclass
class Ended:
    """What one trial showed. `code` is the exit code of the first writer, None when the fault was never met."""

    code: int | None
    waited_s: float = 0.0
    answered_after: bool = False
    refused: bool = False
    wrong: str = ""


@dataclass(frozen=True)
class Lie:
    """Who found that the disk had lost a write: "the host", "the next start", "a repeat", "verify", or nobody but
    who had kept a head elsewhere; "whole" when it was written again and nothing is missing. Anything else is wrong.

    `sends`: how often answers left after it. The exit codes are of the writer it happened to and of the next one.
    """

    by: str
    sends: int
    code: int
    next_code: int


class Bench:
    """Runs trials, each on a fresh copy of one ledger."""

    def __init__(self, work: Path, preload: Path) -> None:
        self.work = work
        self.template = work / "template"
        self.lines = make_ledger(self.template, EACH, SLOTS_AHEAD)
        self.head = head_of(self.template)
        self.ledger = work / "ledger"
        (work / "told").write_bytes(bytes(TOLD.size))
        self.told = Told(work / "told")
        self.zygote = Zygote(preload, work)
        self.trials = 0

    def order(self, **more: Any) -> dict[str, Any]:
        return {
            "ledger": str(self.ledger), "told": str(self.work / "told"), "lines": [line.place for line in self.lines],
            "slots_ahead": SLOTS_AHEAD, "map_bytes": MAP_BYTES, "seed": self.trials, **more,
        }  # fmt: skip

    def fresh(self) -> Terminals:
        """The ledger as it was made, in its place, which may be a disk of its own; terminals that remember all."""
        self.trials += 1
        shutil.rmtree(self.ledger, ignore_errors=True)
        shutil.copytree(self.template, self.ledger, dirs_exist_ok=True)
        return Terminals(deepcopy(self.lines), kept=[])

    def trial(self, fault: Fault | None, *, arm: str = "ready", **more: Any) -> Ended:
        """The writer with the fault until it ends or has taken its waves; then another one for the rest."""
        terminals = self.fresh()
        if fault is not None:
            more |= {"arm": arm, "fault": fault}
        return self.both(terminals, **more)

    def limited(self, *, pages_free: int | None = None, **more: Any) -> Ended:
        """A limit of the kernel's: for a file (`file_bytes`), or a disk with so many pages free, and then all."""
        terminals = self.fresh()
        filler = self.ledger / FILLER
        if pages_free is not None:
            filler.write_bytes(bytes(shutil.disk_usage(self.ledger).free - pages_free * PAGE))
        return self.both(terminals, lambda: filler.unlink(missing_ok=True), arm="ready", fault=NOTHING, **more)

    def both(self, terminals: Terminals, between: Callable[[], None] = lambda: None, **more: Any) -> Ended:
        ready: list[tuple[int, int]] = []
        ended = self.first(terminals, ready, self.order(**more))
        between()
        if not ended.wrong and (ended.code is not None or ended.refused):
            ended.wrong = self.second(terminals, ready)
        return ended

    def lie(self, fault: Fault, ends: int = signal.SIGTERM, **more: Any) -> Lie | None:
        """A disk that says it has written what it has not; what came of it, or None when the run has no such call.

        `ends`: the signal that ends the writer once everything is answered.
        """
        terminals, ready = self.fresh(), list[tuple[int, int]]()
        ended = self.first(terminals, ready, self.order(arm="ready", fault=fault, **more), ends)
        sends = self.told.get(3)
        if ended.code is None:
            assert not ended.wrong, ended
            return None
        self.told.reset()
        pid, line = self.zygote.spawn(self.order())
        line.settimeout(FINAL_SECONDS)
        found = self.missed_by(terminals, line)
        if self.told.get(1) >= 0:  # it listens; before that the signal would take the place of its exit code
            os.kill(pid, signal.SIGTERM)
        code = self.zygote.wait(pid)
        line.close()
        if found == WHOLE:
            faults = judge(terminals, self.ledger, self.head, ready)
            if code or terminals.odd or faults:
                found = f"then exit {code}, {terminals.odd}, {faults[:3]}"
            elif not apart(lambda: {"sound": is_sound(self.ledger)}, LOOK_S).get("sound"):
                found = "verify"
        by = "the host" if ended.code not in {0, -ends} and found in {WHOLE, "the next start"} else found
        return Lie(by, sends, ended.code, code)

    def missed_by(self, terminals: Terminals, line: socket.socket) -> str:
        """Ask a writer that begins for everything that was answered; who missed something, or "whole"."""
        if not self.told.begins(line):
            return "the next start"
        if self.told.get(1) < terminals.head:
            return KEPT_HEAD
        asked = len(terminals.kept or ())
        try:
            same = terminals.ask_all_again(line)
        except (OSError, struct.error):
            return "a repeat"
        return WHOLE if same == asked else f"{asked - same} of {asked} have another answer now"

    def first(
        self, terminals: Terminals, ready: list[tuple[int, int]], order: dict[str, Any], ends: int = signal.SIGTERM
    ) -> Ended:
        self.told.reset()
        pid, line = self.zygote.spawn(order)
        line.settimeout(FINAL_SECONDS)
        lives = connect(terminals, line) and all(terminals.wave() for _ in range(WAVES))
        if lives:
            os.kill(pid, ends)
        code = self.zygote.wait(pid)
        waited_s = time.monotonic() - self.told.get(2) / 1e9 if self.told.get(2) else 0.0
        while terminals.read(further=False):
            pass
        line.close()
        if self.told.get(1) >= 0:
            ready.append((self.told.get(1), terminals.life))
        met = bool(self.told.get(2))
        wrong = f"exit {code} without a fault" if code not in {0, -ends} and not met else ""
        return Ended(code if met else None, waited_s, bool(self.told.get(3)), bool(terminals.full), wrong)

    def second(self, terminals: Terminals, ready: list[tuple[int, int]]) -> str:
        """A writer without faults takes what is left; everything is asked once more. What is wrong, or nothing."""
        self.told.reset()
        pid, line = self.zygote.spawn(self.order())
        line.settimeout(FINAL_SECONDS)
        if not (connect(terminals, line) and all(terminals.wave() for _ in range(2))):
            return f"the next writer ended with {self.zygote.wait(pid)}"
        ready.append((self.told.get(1), terminals.life))
        asked, same = len(terminals.kept or ()), terminals.ask_all_again()
        os.kill(pid, signal.SIGTERM)
        code = self.zygote.wait(pid)
        line.close()
        faults = judge(terminals, self.ledger, self.head, ready)
        if code or same < asked or faults or terminals.odd or not is_sound(self.ledger):
            return f"exit {code}, {same} of {asked} again, {faults[:3]}, {terminals.odd}, sound {is_sound(self.ledger)}"
        return ""


def connect(terminals: Terminals, line: Any) -> bool:
    """Ask what waits; False when the writer ended in its start."""
    try:
        terminals.connect(line)
    except (BrokenPipeError, ConnectionResetError):
        return False
    return terminals.answered()
