"""`siskohat-server --supervised`: a small parent that starts the host, and starts it again or leaves it down.

What it does is the table `RULES` below, by exit code and signal (docs/operations.md says the same to the operator). A
restart is wanted after a fault whose outcome is unknown: what was answered is durable, terminals ask again. It is
not wanted where the host has said that somebody must look first.

The parent holds no ledger, no socket and no thread. SIGTERM and SIGINT are passed on, so that the host drains, and
its exit code becomes the parent's. A pipe whose only writing end the parent holds is the host's lifeline: when the
parent is gone, killed or not, the host drains and ends, so that no second one meets a first that nobody watches.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from ledger.messages import first_level

log = logging.getLogger("siskohat")

WINDOW_S = 600.0
"""What happened longer ago than this no longer counts."""
RESTARTS_MAX = 10
"""Restarts within the window; one more and the host stays down: something is wrong that a restart does not cure."""
YOUNG_S = 5.0
"""A host that ends sooner than this after its start has cured nothing by starting: the next one waits longer."""
PAUSES_S = (0.0, 0.0, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Before a restart, after so many young ends in a row; the last one for all that follow."""
WATCHED = (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT)
EXIT_POISONED = 71


class Deed(Enum):
    """What the supervisor does about an end of the host."""

    RESTART = "restart"
    ONCE = "restart once, then stay down"
    DOWN = "stay down"


@dataclass(frozen=True)
class Rule:
    """What is done about one end, and the message that says it."""

    deed: Deed
    id: str


RULES: Mapping[int, Rule] = {
    2: Rule(Deed.DOWN, "SKH8177"),
    70: Rule(Deed.RESTART, "SKH8170"),
    EXIT_POISONED: Rule(Deed.ONCE, "SKH8171"),
    72: Rule(Deed.DOWN, "SKH8172"),
    73: Rule(Deed.DOWN, "SKH8173"),
    74: Rule(Deed.DOWN, "SKH8174"),
    75: Rule(Deed.DOWN, "SKH8175"),
    77: Rule(Deed.DOWN, "SKH8177"),
}
"""By exit code. 0 is an end that was asked for; 76 is no end but a host that serves inquiries only."""
OTHERWISE = Rule(Deed.RESTART, "SKH8178")
"""Any other code, and signals: killed, out of memory, a crash of the interpreter."""


def rule_of(code: int) -> Rule:
    """The rule for an end: an exit code, or a signal's number below zero."""
    if code == -signal.SIGBUS:  # a page of a mapped file cannot be read: the disk, or a file cut short
        return RULES[EXIT_POISONED]
    return RULES.get(code, OTHERWISE)


def code_of(code: int) -> int:
    """The supervisor's own exit code for an end of the host that it leaves at that."""
    if code == -signal.SIGBUS:
        return EXIT_POISONED
    return code if code >= 0 else 128 - code


class Record:
    """Ends of the host within the window, and what they lead to. `clock_s` is steady time."""

    def __init__(self, clock_s: Callable[[], float]) -> None:
        self._clock_s = clock_s
        self._restarts: deque[float] = deque()
        self._once: deque[float] = deque()
        self._young = 0

    def __len__(self) -> int:
        return len(self._restarts)

    def pause_s(self, code: int, lived_s: float) -> float | None:
        """Seconds to wait before a host that ended so after `lived_s` is started again; None: it stays down."""
        now_s = self._clock_s()
        for times in (self._restarts, self._once):
            while times and times[0] <= now_s - WINDOW_S:
                times.popleft()
        rule = rule_of(code)
        if rule.deed is Deed.DOWN or (rule.deed is Deed.ONCE and self._once) or len(self) >= RESTARTS_MAX:
            return None
        if rule.deed is Deed.ONCE:
            self._once.append(now_s)
        self._restarts.append(now_s)
        self._young = self._young + 1 if lived_s < YOUNG_S else 0
        return PAUSES_S[min(self._young, len(PAUSES_S) - 1)]


class Supervisor:
    """Keeps one host running. `command` is what starts it; the lifeline's reading end is added to it."""

    def __init__(self, command: Sequence[str]) -> None:
        self._reading, self._writing = os.pipe()
        os.set_inheritable(self._reading, True)
        self._command = [*command, "--lifeline", str(self._reading)]
        self._record = Record(time.monotonic)
        self._is_asked = False

    def run(self) -> int:
        """Until the host has ended for good; the exit code."""
        signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
        while True:
            start_s = time.monotonic()
            code = self._one_host()
            if code == 0 or self._is_asked:
                # Asked while it was still starting, it has ended by the signal itself.
                return 0 if code == -signal.SIGTERM else code_of(code)
            pause_s = self._record.pause_s(code, time.monotonic() - start_s)
            self._tell(code, pause_s)
            if pause_s is None:
                return code_of(code)
            if self._is_told_to_end(pause_s):
                return code_of(code)

    def _one_host(self) -> int:
        """Start a host and wait for its end: its exit code, or the signal's number below zero."""
        # The mask of blocked signals would be inherited, and the host would be deaf.
        child = os.posix_spawn(self._command[0], self._command, dict(os.environ), setsigmask=())
        while True:
            if signal.sigwaitinfo(WATCHED).si_signo != signal.SIGCHLD:
                self._is_asked = True
                os.kill(child, signal.SIGTERM)
                continue
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)

    def _is_told_to_end(self, pause_s: float) -> bool:
        """Wait before a restart; True when the end was asked for meanwhile."""
        end_s = time.monotonic() + pause_s
        while True:
            got = signal.sigtimedwait(WATCHED, max(end_s - time.monotonic(), 0.0))
            if got is None:
                return False
            if got.si_signo != signal.SIGCHLD:
                return True

    def _tell(self, code: int, pause_s: float | None) -> None:
        sebab = f"kode {code}" if code >= 0 else f"sinyal {-code}"
        log.critical("%s (%s)", first_level(rule_of(code).id, {}), sebab)
        if pause_s is not None:
            log.warning("SKH8179 n=%d pause_s=%.1f sebab=%s", len(self._record), pause_s, sebab)
        elif len(self._record) >= RESTARTS_MAX:
            log.critical("SKH8180 n=%d", len(self._record))


def run(arguments: Sequence[str]) -> int:
    """Supervise a host with these arguments of `siskohat-server`; returns the exit code."""
    logging.basicConfig(level="INFO", format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    return Supervisor((sys.executable, "-m", "txserver", *arguments)).run()
