"""How a process of the host ends that cannot go on: at once, and whatever else fails on the way.

Memory may be refused at any line, in the middle of a change, and even while that is being told. What would go on from
there is not the host that its rules describe: of a batch whose undoing was never reached, a number is missing for
ever. So the process ends, terminals ask again, and the journal tells what is true.
"""

from __future__ import annotations

import asyncio
import logging
import os
import traceback
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import uvloop

from ledger.errors import JournalFailed, LedgerError

log = logging.getLogger("siskohat")

UNKNOWN = JournalFailed.exit_code
"""Exit code 70: what came of the requests in hand is unknown; start again."""
_MUST_LAST = "siskohat_must_last"

End = Callable[[int], None]


def end_process(code: int) -> None:
    """End at once: nothing that is not durable may still be answered on the way out."""
    try:
        logging.shutdown()
    finally:
        os._exit(code)


def place_of(error: BaseException) -> str:
    """What went wrong and where: the text of our own errors, and no other's, which may quote a request."""
    said = str(error) if isinstance(error, LedgerError) else type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    return f"{said} at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else said


def because_of(line: str, error: BaseException, end: End = end_process) -> None:
    """Log the line, with the exit code and the place, and end the process, also when no memory is left to tell it."""
    code = error.exit_code if isinstance(error, LedgerError) else UNKNOWN
    try:
        log.critical(line, code, place_of(error))
    finally:
        end(code)


def watch(loop: asyncio.AbstractEventLoop, end: End = end_process) -> None:
    """From now on a MemoryError that comes as far as the loop ends the process, and so does the end of what must last.

    Everything else is told as ever and costs what it happened to: a line, or an answer.
    """

    def judge(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, MemoryError) or (isinstance(error, BaseException) and _MUST_LAST in context):
            because_of("SKH8107 exit=%d %s", error, end)
        elif isinstance(error, BaseException):
            # Without its own words, and without the callback's, which show what it was called with.
            log.error("SKH9014 %s", place_of(error))
        else:
            loop.default_exception_handler(context)

    loop.set_exception_handler(judge)


def must_last(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """A task of something without which a host would be half a host: an error that ends it is the loop's to judge."""
    task = asyncio.get_running_loop().create_task(work)

    def judge(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            context = {"message": "a task that must last has ended", "exception": error, _MUST_LAST: True}
            task.get_loop().call_exception_handler(context)

    task.add_done_callback(judge)
    return task


def run(work: Coroutine[Any, Any, None]) -> None:
    """A process of the host from begin to end, on a loop under watch."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        watch(runner.get_loop())
        try:
            runner.run(work)
        except MemoryError as error:  # out of the loop's own code, or on the way up
            because_of("SKH8107 exit=%d %s", error)
