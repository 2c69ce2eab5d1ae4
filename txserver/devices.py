"""Which session holds which device: one session per device, taken over by the same user, refused to another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ledger.records import Refusal
from txserver.quarantine import Quarantine

if TYPE_CHECKING:
    from txserver.session import Session


class Devices:
    """Sessions by device, and the devices that are varied off.

    A device is varied off while a frame of it lies in the quarantine. The operator looks at it, releases it, and the
    device may sign on again.
    """

    def __init__(self, quarantine: Path, sessions_max: int) -> None:
        self._quarantine = Quarantine(quarantine)
        self._sessions_max = sessions_max
        self._holders: dict[str, Session] = {}

    def __len__(self) -> int:
        return len(self._holders)

    def holder(self, perangkat: str) -> Session | None:
        """The session that holds a device."""
        return self._holders.get(perangkat)

    def check(self, perangkat: str, user: str) -> Refusal | None:
        """Say why this user may not have this device now, if so.

        Refuses, in this order: SKH7016 varied off, SKH7014 held by another user, SKH7010 too many sessions.
        """
        device = perangkat.rpartition("/")[2]
        if self._quarantine.file(perangkat).exists():
            return Refusal("SKH7016", {"device": device})
        holder = self._holders.get(perangkat)
        if holder is not None and holder.origin.user != user:
            return Refusal("SKH7014", {"device": device})
        if holder is None and len(self._holders) >= self._sessions_max:
            return Refusal("SKH7010", {"batas": self._sessions_max})
        return None

    def take(self, session: Session) -> None:
        """The session holds its device from now on."""
        self._holders[session.origin.perangkat] = session

    def leave(self, session: Session) -> None:
        """The session ends; a device that another has taken over stays with that one."""
        if self._holders.get(session.origin.perangkat) is session:
            del self._holders[session.origin.perangkat]

    def vary_off(self, perangkat: str, sealed_frame: bytes) -> None:
        """Put a frame aside, durably, and with it the device."""
        self._quarantine.put(perangkat, sealed_frame)

    def sessions(self) -> list[Session]:
        """All sessions, for the operator and for closing time."""
        return list(self._holders.values())
