"""What every panel stands on: the settings, the link, and what is known of the line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Protocol

from ledger.fields import FIELDS
from ledger.ketentuan import HARI_AWAL
from ledger.kind import Role
from ledger.kinds import Request
from ledger.messages import MESSAGES, Language
from ledger.records import Origin
from terminal.config import ZONES, Settings
from terminal.dial import ReadyInfo, SessionClosed
from terminal.displays.display import NOTHING, Heading, Text
from terminal.edit import Said, shown
from terminal.events import HostBusy, LineDown, LineUp, LinkEvent, OperatorBreak, SessionOver
from terminal.kept import KeptRequest
from terminal.panels.memory import Memory
from terminal.spooler import Spooler, paper_of
from terminal.waiting import Step
from txserver.wire.frames import Accepted, Answer, Inquiry_, Refused

if TYPE_CHECKING:
    from terminal.panels.panel import Panel

HOST_CLOSING = "SKH9002"
BUSY = Text("SIBUK", "BUSY")
DEPARTEMEN = "DEP"
"""The "bank" of the Department's own offices."""
LACI_AFTER = {"LBK": True, "LTP": False}
"""Whether the drawer of this device is open once such an entry was made."""


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

    async def post(self, body: Request, izin: str = "") -> Accepted | Refused:
        """Send a request that shall become an entry."""

    async def approve(self, body: Request, user: str, sandi: str) -> Accepted | Refused:
        """Have a second person sign a request, then post it."""

    async def change_password(self, lama: str, baru: str) -> Answer | Refused:
        """Change the password of the session's user."""

    async def announce(self, tujuan: str, teks: str) -> Answer | Refused:
        """Send an operator's message."""

    async def inquire(self, body: Inquiry_) -> Answer | Refused:
        """Ask a question."""

    async def step(self, step: Step) -> Answer | Refused:
        """Have the host do a step of the evening, beside which questions may be asked."""

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
    is_unicode: bool = True
    """Whether the window shows more than ASCII."""
    laci_buka: bool | None = None
    """Whether this device's drawer is open, as far as an entry since the last READY has told."""
    memory: Memory = field(default_factory=Memory)
    """What Dup and F9 repeat. A new one for every session."""
    over: Mapping[str, Callable[[Panel], Panel | None]] = field(default_factory=dict)
    """The panels that lie over any other, by key: made for the panel below, None where they have no sense."""
    spooler: Spooler = field(init=False)

    def __post_init__(self) -> None:
        self.spooler = Spooler(self.settings.state, paper_of(self.settings))

    @property
    def language(self) -> Language:
        """The language of displays and messages."""
        return self.settings.language

    def hear(self, event: LinkEvent) -> None:
        """Remember what the line is like."""
        if isinstance(event, LineDown | HostBusy):
            self.line = event
        elif isinstance(event, LineUp):
            self.line = self.laci_buka = None

    @property
    def is_laci_open(self) -> bool:
        """Whether this device's drawer is open."""
        info = self.link.info
        return self.laci_buka if self.laci_buka is not None else info is not None and info.laci

    def posted(self, kind: str) -> None:
        """An entry of this kind was made here."""
        self.laci_buka = LACI_AFTER.get(kind, self.laci_buka)

    def may(self, kind: str) -> bool:
        """Whether the user of the session may post a kind."""
        return self.link.info is not None and kind in self.link.info.kinds

    @property
    def is_centre(self) -> bool:
        """Whether the user is one of the centre's, who acts for any bank."""
        return self.link.info is not None and self.link.info.peran == Role.PUSAT

    @property
    def sees_all(self) -> bool:
        """Whether the user is shown the evening of every bank: one of the centre's, or an auditor."""
        return self.is_centre or (self.link.info is not None and self.link.info.peran == Role.AUDITOR)

    @property
    def own_bank(self) -> str:
        """The user's bank; empty at the Department's offices."""
        return self.who.bank if self.who is not None and self.who.bank != DEPARTEMEN else ""

    @property
    def hari(self) -> str:
        """The business date, empty while none is open."""
        info = self.link.info
        return info.hari if info is not None and info.hari != HARI_AWAL else ""

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
        return Heading(system, when, who, self.line_state())

    def line_state(self) -> Text:
        """What the line is like, for its place at top left: empty without a session."""
        match self.line:
            case LineDown(id=id) | HostBusy(id=id) if id == HOST_CLOSING:
                return Text("HOST DITUTUP", "HOST CLOSING")
            case LineDown(since_us=since_us):
                return Text("PUTUS", "DOWN", partial(_with_time, self.local(since_us)[11:]))
            case HostBusy():
                return BUSY
            case None:
                return Text("SIAP", "READY") if self.link.info else NOTHING

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


def _with_time(when: str, text: str) -> str:
    return f"{text} {when}"


def told(answer: Refused | SessionClosed | SessionOver | OperatorBreak) -> Said:
    """What the host says, as a message. A field it names gets its label; an id of a newer host is called unknown."""
    if answer.id not in MESSAGES:
        return Said("SKH9013", {"id": answer.id})
    return Said(answer.id, answer.data, FIELDS.get(str(answer.data.get("field", ""))))
