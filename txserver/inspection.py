"""Looks at all books of a running host, so that what a look-up does not find is really not there.

A row that has changed on the disk is noticed by whoever reads it. One that is hidden, by a bit that flipped in a page
of keys or pointers, is noticed by nobody: a pilgrim who has a porsi is answered as one who has none, and might be given
another. So a child process goes through every row soon after the start, and then once in `inspect_seconds`, behind
everybody who waits for an answer (`siskohat-ledger inspect`). Books that are damaged end the host: they can be derived
again, and nothing that is answered meanwhile can be trusted.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from subprocess import DEVNULL, PIPE, Popen

from ledger.errors import JournalCorrupt
from txserver import ending
from txserver.config import Settings
from txserver.evening.behind import put_behind
from txserver.metrics import Metrics

log = logging.getLogger("siskohat")

FIRST_S = 10.0
"""After the start, when terminals have come back. A look at the books of an opening day takes 0.8 s."""
AGAIN_S = 600.0
"""After a look that could not be made."""
DAMAGED = frozenset({JournalCorrupt.exit_code, -signal.SIGSEGV, -signal.SIGBUS, -signal.SIGABRT})
"""How a look ends that found something. A flipped pointer may lead LMDB out of its file, or to its own assertions."""


class Inspection:
    """The looks of one host. `end` ends the process when one has found something."""

    def __init__(self, settings: Settings, metrics: Metrics, end: ending.End = ending.end_process) -> None:
        self._command = (sys.executable, "-m", "ledger", "inspect", settings.data)
        self._every_s = settings.inspect_seconds
        self._metrics = metrics
        self._end = end
        self._child: Popen[bytes] | None = None
        self._is_over = False

    async def keep(self) -> None:
        """For ever: look, and wait until the next look is due."""
        wait_s = min(FIRST_S, self._every_s)
        try:
            while True:
                await asyncio.sleep(wait_s)
                wait_s = self._every_s if await self.look() else min(AGAIN_S, self._every_s)
        finally:
            self._is_over = True
            if self._child is not None:
                self._child.kill()

    async def look(self) -> bool:
        """Whether a look was made. What one has found a second one must find too: to end a host for the want of a
        file handle would be worse than to look again.
        """
        code, said = await self._looked()
        if code in DAMAGED:
            code, said = await self._looked()
        if code == 0:
            self._metrics.inspections += 1
        elif code in DAMAGED:
            ending.because_of("SKH8110 exit=%d %s", JournalCorrupt(said or f"the look ended with {code}"), self._end)
        else:
            log.error("SKH8111 exit=%s %s", code, said)
        return code == 0

    async def _looked(self) -> tuple[int | None, str]:
        try:
            return await asyncio.to_thread(self._look)
        except (OSError, RuntimeError) as error:  # no process or thread to be had
            return None, str(error)

    def _look(self) -> tuple[int, str]:
        """In a thread: the event loop's own way of starting a process copies the page tables meanwhile."""
        with Popen(self._command, stdout=DEVNULL, stderr=PIPE) as child:  # noqa: S603  the arguments are our own
            self._child = child
            if self._is_over:  # the host was stopped while the process was being made
                child.kill()
            put_behind(child.pid)
            _, errors = child.communicate()
        self._child = None
        said = errors.decode(errors="replace").strip().removeprefix("siskohat-ledger: ")
        return child.returncode, said[-300:]
