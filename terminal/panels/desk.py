"""What every panel stands on: the settings, the link, and what is known of the line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from ledger.fields import FIELDS
from ledger.ketentuan import HARI_AWAL
from ledger.kinds import Request
from ledger.messages import MESSAGES, Language
from ledger.records import Origin
from terminal.config import ZONES, Settings
from terminal.dial import ReadyInfo, SessionClosed
from terminal.displays.display import Heading
from terminal.edit import Said, shown
from terminal.events import HostBusy, LineDown, LineUp, LinkEvent, OperatorBreak, SessionOver
from terminal.kept import KeptRequest
from txserver.wire.frames import Accepted, Answer, Inquiry_, Refused


class HostLink(Protocol):
    """What panels use of `terminal.link.Link`; tests put one in its place that has no host."""

    @property
    def info(self) -> ReadyInfo | None:
        """What the last READY told; None without a session."""

    def listen(self, hear: Callable[[LinkEvent], None]) -> None:
        """Name the one who is told what happens to the line."""

    def host_us(self) -> int | None:
        """Host time, or None before it is known."""

    def kept(self) -> KeptRequest | None:
        """The request this device has had no answer to."""

    async def sign_on(self, who: Origin, sandi: str) -> ReadyInfo:
        """Open a session."""

    async def post(self, body: Request) -> Accepted | Refused:
        """Send a request that shall become an entry."""

    async def inquire(self, body: Inquiry_) -> Answer | Refused:
        """Ask a question."""

    async def ask_again(self, kept: KeptRequest) -> Accepted | Refused:
        """Find out what became of a kept request."""

    async def sign_off(self) -> None:
        """End the session."""

    async def close(self) -> None:
        """Drop the connection."""


@dataclass
class Desk:
    """One terminal at work. `who` is the sign-on of the session; `line` the last event of the line, if it is news."""

    settings: Settings
    link: HostLink
    who: Origin | None = None
    line: LineDown | HostBusy | None = None

    @property
    def language(self) -> Language:
        """The language of displays and messages."""
        return self.settings.language

    def hear(self, event: LinkEvent) -> None:
        """Remember what the line is like."""
        if isinstance(event, LineDown | HostBusy):
            self.line = event
        elif isinstance(event, LineUp):
            self.line = None

    def line_news(self) -> Said | None:
        """What is wrong with the line, as a message."""
        match self.line:
            case LineDown(since_us=since_us):
                return Said("SKH9005", {"sejak": self.local(since_us)[11:]})
            case HostBusy(id=id, tunggu_ms=tunggu_ms):
                return Said(id, {"tunggu_ms": tunggu_ms})
            case None:
                return None

    def heading(self) -> Heading:
        """System, time and who, as they stand at top right. The time is the host's: of the moment of drawing."""
        now_us, info = self.link.host_us(), self.link.info
        system = (info.host or "SISKOHAT") + (" DEMO" if info.demo else "") if info else "SISKOHAT"
        when = self.local(now_us) if now_us is not None and info else ""
        who = f"{self.who.cabang}/{self.who.device} {self.who.user}" if self.who and info else ""
        return Heading(system, when, who)

    def local(self, waktu_us: int) -> str:
        """Host time as read at the branch: 31-12-2004 08:15:00."""
        info = self.link.info
        minutes = info.zona_menit if info and info.zona_menit is not None else ZONES[self.settings.zone]
        local = datetime.fromtimestamp(waktu_us // 1_000_000, UTC) + timedelta(minutes=minutes)
        return f"{local:%d-%m-%Y %H:%M:%S}"

    def day(self) -> str:
        """The business date as shown, empty while none is open."""
        info = self.link.info
        return shown(FIELDS["hari"], info.hari) if info and info.hari != HARI_AWAL else ""


def told(answer: Refused | SessionClosed | SessionOver | OperatorBreak) -> Said:
    """What the host says, as a message. A field it names gets its label; an id of a newer host is called unknown."""
    if answer.id not in MESSAGES:
        return Said("SKH9013", {"id": answer.id})
    return Said(answer.id, answer.data, FIELDS.get(str(answer.data.get("field", ""))))
