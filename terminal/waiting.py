"""The one outstanding request of a line, and by which number its answer is known."""

from __future__ import annotations

import asyncio

from txserver.wire.frames import Accepted, Answer, Approve, Busy, Inquiry, Password, Post, Refused, Siar

INQUIRY_FIRST, INQUIRY_LAST = 900_001, 999_999
"""Questions are numbered where no STAN of a day will come to, so that a number alone tells which was meant."""

Question = Inquiry | Approve | Password | Siar
"""What is answered by ANSWER or REFUSED under its number."""


def is_of_question(answer: Refused) -> bool:
    """Whether a refusal is of a question, such as a signature, and not of a post."""
    return answer.nomor >= INQUIRY_FIRST


class Waiting:
    """The outstanding request. `answer` becomes the answering frame, or None when the line is cut before."""

    def __init__(self, frame: Post | Question) -> None:
        self._frame = frame
        self._nomor = frame.stan if isinstance(frame, Post) else frame.nomor
        loop = asyncio.get_running_loop()
        self.answer: asyncio.Future[Accepted | Refused | Answer | Busy | None] = loop.create_future()

    def take(self, frame: Accepted | Refused | Answer | Busy | None) -> bool:
        """Take the answer, if it is one to this request; None means that the line is cut."""
        fits: bool
        match frame:
            case Accepted(stan=nomor):
                fits = isinstance(self._frame, Post) and nomor == self._nomor
            case Answer(nomor=nomor):
                fits = not isinstance(self._frame, Post) and nomor == self._nomor
            case Refused(nomor=nomor) | Busy(nomor=nomor):
                fits = nomor == self._nomor
            case None:
                fits = True
        if fits and not self.answer.done():
            self.answer.set_result(frame)
        return fits
