"""What a line waits for, and by which number its answer is known.

At most one request is outstanding, and beside it one step of the evening, which may take minutes, or several pieces of
a file.
"""

from __future__ import annotations

import asyncio

from txserver.wire.frames import (
    Accepted,
    Ambil,
    Answer,
    Approve,
    Busy,
    Inquiry,
    Jalankan,
    Password,
    Post,
    Refused,
    Siar,
    Unggah,
)

INQUIRY_FIRST, INQUIRY_LAST = 900_001, 999_999
"""Questions are numbered where no STAN of a day will come to, so that a number alone tells which was meant."""

Step = Unggah | Jalankan | Ambil
Question = Inquiry | Approve | Password | Siar | Step
"""What is answered by ANSWER or REFUSED under its number."""


def is_piece(step: Step) -> bool:
    """Whether a step is a piece of a file that others may follow before it is answered."""
    return isinstance(step, Unggah) and not step.akhir


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


class Outstanding:
    """Everything that waits on one connection."""

    def __init__(self) -> None:
        self._waiting: list[Waiting] = []

    def wait_for(self, frame: Post | Question) -> Waiting:
        """A request goes out."""
        waiting = Waiting(frame)
        self._waiting.append(waiting)
        return waiting

    def forget(self, waiting: Waiting) -> None:
        """Its answer has come, or will not."""
        self._waiting.remove(waiting)

    def take(self, frame: Accepted | Refused | Answer | Busy) -> bool:
        """Give an answer to the request it is of. Gives whether there is one."""
        return any(waiting.take(frame) for waiting in self._waiting)

    def cut(self) -> None:
        """The line is cut: nothing that waits will be answered on it."""
        for waiting in self._waiting:
            waiting.take(None)
