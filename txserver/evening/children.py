"""Child processes of the evening: started, read line by line, ended with the host."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from ledger.records import Refusal
from txserver.evening.job import Job

log = logging.getLogger("siskohat")

AT_ONCE = 2
"""Children that run at a time: the others wait, so that a host of two cores goes on serving."""
LINE_BYTES_MAX = 1 << 20
SAID_MAX = 300
"""Characters of a child's last words that go into the log."""

_decode = msgspec.json.Decoder().decode


class StepFailed(Exception):
    """A child ended without an outcome."""


class Children:
    """The children of one host."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(AT_ONCE)
        self.count = 0

    @asynccontextmanager
    async def run(self, job: Job) -> AsyncIterator[AsyncIterator[Any]]:
        """Do a job; gives what the child says, value by value. Raises StepFailed when it ends otherwise than with 0."""
        async with self._room:
            self.count += 1
            try:
                child = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "txserver.evening.child", msgspec.json.encode(job).decode()),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.PIPE,
                    limit=LINE_BYTES_MAX,
                )
                try:
                    yield _values(child)
                    _, errors = await child.communicate()
                finally:
                    if child.returncode is None:
                        child.kill()
                        await child.wait()
                if child.returncode:
                    said = errors.decode(errors="replace").strip().rpartition("\n")[2][-SAID_MAX:]
                    log.error("SKH8301 step=%s bank=%s exit=%d %s", job.langkah, job.bank, child.returncode, said)
                    raise StepFailed(said)
            finally:
                self.count -= 1

    async def ask(self, job: Job) -> dict[str, Any] | Refusal:
        """Do a job that says one thing. Raises StepFailed."""
        said: dict[str, Any] | None = None
        async with self.run(job) as values:
            async for value in values:
                said = value
        if said is None:
            raise StepFailed("said nothing")
        return refusal_of(said) or said


def refusal_of(said: Any) -> Refusal | None:
    """The refusal a child has said, if it was one."""
    return Refusal(said["refusal"], said["data"]) if isinstance(said, dict) and "refusal" in said else None


async def _values(child: asyncio.subprocess.Process) -> AsyncIterator[Any]:
    assert child.stdout is not None, "it was asked for"
    async for line in child.stdout:
        yield _decode(line)
