"""What the link tells the terminal without being asked. Plain values: no renderer and no socket in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class LineDown:
    """The line is cut; the link is connecting again by itself. `since_us` is host time, microseconds since 1970.

    `id` is the message with which the host closed the session, if it closed it.
    """

    since_us: int
    id: str = ""


@dataclass(frozen=True, slots=True)
class LineUp:
    """The session goes on over a new connection."""


@dataclass(frozen=True, slots=True)
class HostBusy:
    """The host took nothing; the link sends the same message again after `tunggu_ms` milliseconds."""

    id: str
    tunggu_ms: int


@dataclass(frozen=True, slots=True)
class OperatorBreak:
    """A message of the operator, to be shown at once."""

    id: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SessionOver:
    """The host has ended the session for good: the next thing is a sign-on with the password."""

    id: str
    data: Mapping[str, Any] = field(default_factory=dict)


LinkEvent = LineDown | LineUp | HostBusy | OperatorBreak | SessionOver
