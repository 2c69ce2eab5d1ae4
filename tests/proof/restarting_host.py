"""The control of T14: a host whose every deadline starts anew with every byte. Arguments as of `siskohat-server`."""

from __future__ import annotations

from txserver import __main__ as server
from txserver.doors import Door
from txserver.line import Line

honest_rest, honest_receive = Line._time_the_rest, Door.receive


def rest(self: Line, has_ended: bool) -> None:
    assert has_ended in {True, False}
    honest_rest(self, True)


def receive(self: Door, message: bytes, now_us: int = 0) -> None:
    self._doors.give_time(self)
    honest_receive(self, message, now_us)


if __name__ == "__main__":
    Line._time_the_rest = rest  # type: ignore[method-assign]
    Door.receive = receive  # type: ignore[method-assign]
    server.main()
