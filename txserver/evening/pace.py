"""A pace for work that comes in crowds and must not make others wait: so much of it in a turn of the loop."""

from __future__ import annotations

import asyncio
from collections import deque


class Pace:
    """Lets `a_turn` callers through in each turn of the event loop, in the order in which they came."""

    def __init__(self, a_turn: int) -> None:
        self._a_turn = a_turn
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._is_busy = False

    async def turn(self) -> None:
        """Wait until it is one's turn; who comes when nobody is about passes at once."""
        loop = asyncio.get_running_loop()
        if not self._is_busy:
            self._is_busy = True
            loop.call_soon(self._next_turn)
            return
        mine: asyncio.Future[None] = loop.create_future()
        self._waiting.append(mine)
        await mine

    def _next_turn(self) -> None:
        # Idle only after a turn without anybody: those let through in the last one run in this one, and a newcomer
        # must not come before them.
        let_through = 0
        while self._waiting and let_through < self._a_turn:
            mine = self._waiting.popleft()
            if not mine.done():  # who waited may have been cancelled
                mine.set_result(None)
                let_through += 1
        self._is_busy = bool(let_through)
        if self._is_busy:
            asyncio.get_running_loop().call_soon(self._next_turn)
