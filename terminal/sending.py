"""A confirmation file on its way to the host: pieces one behind the other, so that a slow line is kept full.

Only the last piece waits for all others. Whatever becomes of the line, the host says where it is: a piece that does
not fit is refused with the place at which to go on.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from terminal.confirmation import Confirmation
from txserver.wire.frames import Answer, Refused, Unggah

OUT_OF_STEP = "SKH6302"
Ask = Callable[[Unggah], Awaitable[Answer | Refused]]
"""Sends a piece and gives the host's answer to it."""
OnTheWay = deque[tuple[int, "asyncio.Future[Answer | Refused]"]]


class Sending:
    """One file of a bank's day, sent with at most `ahead` pieces unanswered. `tell` hears how many bytes are there."""

    def __init__(
        self, file: Confirmation, bank: str, hari: str, ask: Ask, *, ahead: int, tell: Callable[[int], None]
    ) -> None:
        self._file, self._bank, self._hari = file, bank, hari
        self._ask, self._ahead, self._tell = ask, max(1, ahead), tell
        self._way: OnTheWay = deque()

    async def run(self, last: Ask) -> Answer | Refused:
        """Send it; the answer to its last piece, which `last` sends, or the refusal of another.

        Raises OSError, and what sending raises.
        """
        at = 0
        try:
            while True:
                sent = await self._all_but_last(at)
                if isinstance(sent, Refused):
                    return sent
                answer = await last(await self._piece(sent))
                if not _is_out_of_step(answer) or _place(answer) == sent:
                    return answer
                at = _place(answer)
        finally:
            for _, asked in self._way:
                asked.cancel()

    async def _all_but_last(self, at: int) -> int | Refused:
        """Send every piece from a place on but the last; where that begins."""
        while True:
            piece = await self._piece(at)
            while not piece.akhir and len(self._way) < self._ahead:
                self._way.append((at, asyncio.ensure_future(self._ask(piece))))
                at += len(piece.isi)
                piece = await self._piece(at)
            if not self._way:
                return at
            offset, asked = self._way.popleft()
            answer = await asked
            if _is_out_of_step(answer) and _place(answer) != offset:
                if not offset < _place(answer) <= at:  # the host has less than that: what is on its way fits neither
                    at = await self._settled(_place(answer))
            elif isinstance(answer, Refused):
                return answer
            self._tell(self._way[0][0] if self._way else at)

    async def _settled(self, at: int) -> int:
        """Wait for all that is on its way; where the host is then."""
        while self._way:
            answer = await self._way.popleft()[1]
            if isinstance(answer, Answer) or _is_out_of_step(answer):
                at = _place(answer)
        return at

    async def _piece(self, offset: int) -> Unggah:
        """The piece at a place; the last one has day, hash and signature of the file."""
        file = self._file
        isi = await asyncio.to_thread(file.piece, offset)
        is_last = offset + len(isi) >= file.size
        end = (self._bank, self._hari, file.sidik, file.tanda_tangan) if is_last else (self._bank,)
        return Unggah(0, 0, file.nama, offset, isi, is_last, *end)


def _is_out_of_step(answer: Answer | Refused) -> bool:
    return isinstance(answer, Refused) and answer.id == OUT_OF_STEP


def _place(answer: Answer | Refused) -> int:
    """How much of the file the host has."""
    return int(answer.data["diterima"])
