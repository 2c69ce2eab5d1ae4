"""Child processes of the evening: started behind the host, read line by line, ended with it."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import IO, Any

import msgspec

from ledger.records import Refusal
from txserver.evening.behind import put_behind
from txserver.evening.job import Job

log = logging.getLogger("siskohat")

AT_ONCE = max(1, (os.cpu_count() or 1) - 1)
"""Children that run at a time; the others wait. One core is left to those who answer tellers."""
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
                async with _started("txserver.evening.child", msgspec.json.encode(job)) as child:
                    yield _values(child)
                    code, errors = await child.end()
                if code:
                    said = errors.decode(errors="replace").strip().rpartition("\n")[2][-SAID_MAX:]
                    log.error("SKH8301 step=%s bank=%s exit=%d %s", job.langkah, job.bank, code, said)
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


class _Child:
    """A running child and its two pipes."""

    def __init__(self, process: subprocess.Popen[bytes], readers: list[asyncio.StreamReader]) -> None:
        self.process = process
        self.said, self._errors = readers

    async def end(self) -> tuple[int, bytes]:
        """Wait for its end; its exit code and what it wrote to standard error."""
        _, errors = await asyncio.gather(self.said.read(), self._errors.read())
        return await asyncio.to_thread(self.process.wait), errors


@asynccontextmanager
async def _started(module: str, told: bytes) -> AsyncIterator[_Child]:
    """Run a module of ours behind everybody else, with `told` as its input; killed on the way out if it still runs.

    By `Popen`, which shares the memory with the child until it runs its own program: the event loop's way of starting
    one copies the page tables, and with books of 400 MB the host stood still for 14 ms, this way for 0.4.
    """
    process = subprocess.Popen(  # noqa: ASYNC220, S603  see above; the arguments are our own
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    pipes: list[asyncio.ReadTransport] = []
    try:
        put_behind(process.pid)
        await asyncio.to_thread(_tell, process, told)
        readers = [await _reader(pipe, pipes) for pipe in (process.stdout, process.stderr)]
        yield _Child(process, readers)
    finally:
        if process.poll() is None:
            process.kill()
            await asyncio.to_thread(process.wait)
        for transport in pipes:
            transport.close()


def _tell(process: subprocess.Popen[bytes], told: bytes) -> None:
    """Hand the job over: not as an argument, of which the kernel takes 128 KB, and a job names every file."""
    assert process.stdin is not None, "it was asked for"
    # One that has ended already says why by its exit code.
    with suppress(BrokenPipeError), process.stdin as pipe:
        pipe.write(told)


async def _reader(pipe: IO[bytes] | None, pipes: list[asyncio.ReadTransport]) -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=LINE_BYTES_MAX)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    pipes.append(transport)
    return reader


async def _values(child: _Child) -> AsyncIterator[Any]:
    async for line in child.said:
        yield _decode(line)
