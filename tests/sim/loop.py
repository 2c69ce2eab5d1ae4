"""An event loop whose time is a number: nothing is waited for, and the same seed gives the same run.

Implements what asyncio's tasks, futures, locks and time-outs ask of a loop, and no more: what would reach a socket, a
thread or a signal fails with NotImplementedError. Work for an executor is done at once.
"""

from __future__ import annotations

import asyncio
import contextvars
from asyncio import events
from collections import deque
from collections.abc import Callable, Coroutine
from heapq import heappop, heappush
from typing import Any

READ_S = 0.001


class Planned:
    """A callback that waits for its turn or its time; what asyncio calls a handle."""

    __slots__ = ("_when", "arguments", "call", "context", "is_cancelled")

    def __init__(
        self, call: Callable[..., Any], arguments: tuple[Any, ...], context: contextvars.Context | None, when: float
    ) -> None:
        self.call = call
        self.arguments = arguments
        self.context = context
        self._when = when
        self.is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True
        self.call, self.arguments = _nothing, ()

    def cancelled(self) -> bool:
        return self.is_cancelled

    def when(self) -> float:
        return self._when


class VirtualLoop(asyncio.AbstractEventLoop):
    """Time moves to the next thing planned as soon as nothing is left to do."""

    def __init__(self, seconds: float = 0.0) -> None:
        self._now = seconds
        self._ready: deque[Planned] = deque()
        self._later: list[tuple[float, int, Planned]] = []
        self._number = 0
        self._closed = False
        self.executor_s = 0.02
        """How long work for an executor of one's own takes."""
        self.errors: list[tuple[str, BaseException | None]] = []
        """What nobody caught: a run with any of these has failed."""
        self.is_expected: Callable[[BaseException | None], bool] = lambda _: False

    def time(self) -> float:
        return self._now

    # ------------------------------------------------------------------------------------------------- planning

    def call_soon(
        self, callback: Callable[..., Any], *args: Any, context: contextvars.Context | None = None
    ) -> Any:  # fmt: skip
        planned = Planned(callback, args, context, self._now)
        self._ready.append(planned)
        return planned

    def call_later(
        self, delay: float, callback: Callable[..., Any], *args: Any, context: contextvars.Context | None = None
    ) -> Any:  # fmt: skip
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[..., Any], *args: Any, context: contextvars.Context | None = None
    ) -> Any:  # fmt: skip
        planned = Planned(callback, args, context, when)
        self._number += 1
        heappush(self._later, (when, self._number, planned))
        return planned

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(self, coro: Any, *, name: str | None = None, context: Any = None) -> asyncio.Task[Any]:
        return asyncio.Task(coro, loop=self, name=name or "", context=context)

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:
        """Done at once; the answer comes later, as from a thread: of workers of its own for passwords, or soon
        of those that read files.
        """
        done = self.create_future()
        result = func(*args)
        self.call_later(
            self.executor_s if executor is not None else READ_S, lambda: done.done() or done.set_result(result)
        )
        return done

    # -------------------------------------------------------------------------------------------------- running

    def run_until_complete(self, future: Coroutine[Any, Any, Any]) -> Any:
        assert not self._closed, "the loop is open"
        before = events._get_running_loop()
        events._set_running_loop(self)
        try:
            task = self.create_task(future, name="main")
            while not task.done():
                self._turn()
            return task.result()
        finally:
            events._set_running_loop(before)

    def _turn(self) -> None:
        ready, later = self._ready, self._later
        if not ready:
            while later and later[0][2].is_cancelled:
                heappop(later)
            if not later:
                raise AssertionError("everybody waits, and nothing is planned")
            self._now = max(self._now, later[0][0])
        while later and later[0][0] <= self._now:
            ready.append(heappop(later)[2])
        for _ in range(len(ready)):
            planned = ready.popleft()
            try:  # cancelled, it calls nothing
                if planned.context is None:
                    planned.call(*planned.arguments)
                else:
                    planned.context.run(planned.call, *planned.arguments)
            except Exception as error:  # noqa: BLE001 - as every event loop: told to its handler, not swallowed
                self.call_exception_handler({"message": "in a callback", "exception": error})

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if not self.is_expected(error):
            self.errors.append((str(context.get("message")), error))

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return not self._closed

    def is_closed(self) -> bool:
        return self._closed

    def close(self) -> None:
        """Forget what is planned."""
        self._closed = True
        self._ready.clear()
        self._later.clear()


def _nothing() -> None:
    return None
