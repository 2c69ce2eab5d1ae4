"""What a signed-on workstation does: answer echoes, or register pilgrims as fast as it is answered.

Each work keeps the answers as they came, with their times; `bench/evidence.py` reads them when the clock has stopped.
The open-loop day is in `bench/day.py`.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from bench import client_frames as cf
from bench.fleet import Fleet
from bench.virtual_terminal import DialogueFault
from txserver.wire.frames import decode_from_host


class EchoWork:
    """Sends the same echo again and again until `stop_ns`; `count` says how often it came back."""

    __slots__ = ("count", "fleet", "frame", "stop_ns")

    def __init__(self, fleet: Fleet, frame: bytes, stop_ns: int) -> None:
        self.fleet = fleet
        self.frame = frame
        self.stop_ns = stop_ns
        self.count = 0

    def resume(self, now: int) -> bytes | None:
        """Send until time is up."""
        if now < self.stop_ns:
            return self.frame
        self.fleet.finish()
        return None

    def turn(self, head: int, message: bytes, now: int) -> bytes | None:
        """One came back."""
        if head != cf.ECHO:
            raise DialogueFault(f"an echo was answered {decode_from_host(message)}")
        self.count += 1
        if now < self.stop_ns:
            return self.frame
        self.fleet.finish()
        return None


class FloodWork:
    """A closed loop: the next POST leaves as soon as the last one is answered.

    `frames[n]` is the POST with STAN n + 1. `asked` and `answered` are perf_counter_ns, one pair for each frame;
    after a cut the frame goes out again and `asked` stays.
    """

    __slots__ = ("answered", "answers", "asked", "fleet", "frames")

    def __init__(self, fleet: Fleet, frames: Sequence[bytes]) -> None:
        self.fleet = fleet
        self.frames = frames
        self.asked = array("q")
        self.answered = array("q")
        self.answers: list[bytes] = []

    def resume(self, now: int) -> bytes | None:
        """Send the first frame not answered yet."""
        at = len(self.answers)
        if at == len(self.frames):
            return None
        if len(self.asked) == at:
            self.asked.append(now)
        return self.frames[at]

    def turn(self, head: int, message: bytes, now: int) -> bytes | None:
        """Note an answer and send the next. Whether it is the right one is looked at when the clock has stopped."""
        if head != cf.ACCEPTED and head != cf.REFUSED:  # noqa: PLR1714  a tuple costs more
            if head == cf.BREAK:
                return None
            raise DialogueFault(f"a POST was answered {decode_from_host(message)}")
        answers = self.answers
        answers.append(message)
        self.answered.append(now)
        at = len(answers)
        if at < len(self.frames):
            self.asked.append(now)
            return self.frames[at]
        self.fleet.finish()
        return None
