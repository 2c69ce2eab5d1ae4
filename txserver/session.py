"""One terminal's connection and the sessions on it: frame in; request, answer or blame out. No IO.

States of a line (docs/protocol.md, section 4): closed (not in `_sessions`), signing on (in `_signing`), signed on,
and waiting (`Session.waiting`, also for a password to be checked). What breaks the dialogue closes the line; what
cannot be read ends the connection.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, Protocol

from msgspec import Struct

from ledger.engine import Asked
from ledger.records import Origin, Refusal
from txserver.board import Said
from txserver.wire.frames import (
    UPLOAD_PIECES_MAX,
    Ambil,
    Answer,
    Approve,
    Break,
    Busy,
    Closed,
    Echo,
    FrameError,
    FromTerminal,
    Inquiry,
    Jalankan,
    Password,
    Post,
    Ready,
    Refused,
    Resume,
    Siar,
    SignOff,
    SignOn,
    Unggah,
    decode_from_terminal,
    encode,
)


class Writer(Protocol):
    """What writes the answers of one peer, or of many at once."""

    def flush(self) -> None:
        """Write what is queued."""


class Peer(Protocol):
    """Where answers go: queued by `send`, written by the writer's `flush`."""

    @property
    def writer(self) -> Writer:
        """Of this peer; several may share one."""

    def send(self, payload: bytes) -> None:
        """Queue one message."""

    def close(self, code: int, reason: str) -> None:
        """End the connection; what was not flushed is dropped."""


class Blame(Exception):
    """The peer sent what nobody can read: the connection ends. `str` is the reason, without content."""


UNSIGNED = "SKH7020"


class Turned(Struct, frozen=True, gc=False):
    """A request that was refused, and how; of what it said only a digest, for it may say a person's name."""

    hari: str
    stan: int
    sidik: bytes
    id: str
    data: dict[str, Any]


def _digest(request: Struct) -> bytes:
    return blake2b(encode(request), digest_size=16).digest()


class Session:
    """One workstation signed on: who it is, on which line of which connection, and whether it waits for an answer.

    `working`: how many steps of the evening run for it. One may take minutes, so other requests may be made beside it.
    More than one are pieces of an upload that have not been answered yet.
    `refused`: the request with the highest STAN that was refused here on the day of the last refusal. A copy of it that
    comes late, or of one before it, must not be granted what was refused: in a session the STAN rises.
    """

    __slots__ = ("connection", "is_uploading", "line", "origin", "peer", "refused", "waiting", "working")

    def __init__(self, origin: Origin, line: int, connection: Connection) -> None:
        self.origin = origin
        self.line = line
        self.connection = connection
        self.peer = connection.peer
        self.waiting = False
        self.working = 0
        self.is_uploading = False
        self.refused: Turned | None = None

    def may_work(self, frame: Unggah | Jalankan | Ambil) -> bool:
        """Whether a step may begin: one at a time, but behind a piece of an upload the pieces that follow it."""
        if self.waiting or not self.working:
            return not self.waiting
        return self.is_uploading and isinstance(frame, Unggah) and self.working < UPLOAD_PIECES_MAX

    def begin(self, frame: Unggah | Jalankan | Ambil) -> None:
        """A step begins. Nothing follows the last piece of an upload before that is answered."""
        self.working += 1
        self.is_uploading = isinstance(frame, Unggah) and not frame.akhir

    def answer(self, nomor: int, data: dict[str, Any]) -> None:
        """Answer the inquiry in progress."""
        self.waiting = False
        self.peer.send(encode(Answer(self.line, nomor, data)))

    def accept(self, stan: int, seq: int, waktu_us: int, ulang: bool, data: dict[str, Any]) -> None:
        """Answer the post in progress: it is durable."""
        self.waiting = False
        # The tuple is the frame `Accepted`; it spares an object on the hottest path there is.
        self.peer.send(encode(("ACCEPTED", self.line, stan, seq, waktu_us, ulang, data)))

    def turn_down(self, asked: Asked, id: str, data: dict[str, Any]) -> None:
        """Answer the post in progress: a rule said no, and so it remains for this request.

        Not where nothing was wrong but that nobody has signed it: signed it may come under the same STAN, and a copy
        of it is still unsigned.
        """
        if id != UNSIGNED and not self.is_refused(asked):
            self.refused = Turned(asked.hari, asked.stan, _digest(asked.request), id, data)
        self.refuse(asked.stan, id, data)

    def is_refused(self, asked: Asked) -> bool:
        """Whether its STAN is not above one that was refused here, on the same day."""
        was = self.refused
        return was is not None and asked.hari == was.hari and asked.stan <= was.stan

    def turn_down_again(self, asked: Asked) -> None:
        """Answer what `is_refused`: a copy of the last refused as that was answered."""
        was = self.refused
        assert was is not None, "something was refused"
        if was.stan == asked.stan and was.sidik == _digest(asked.request):
            self.refuse(asked.stan, was.id, was.data)
        else:
            self.refuse(asked.stan, "SKH7007", {"stan": asked.stan, "stan_terakhir": was.stan})

    def refuse(self, nomor: int, id: str, data: dict[str, Any]) -> None:
        """Answer the request in progress: a rule said no."""
        self.waiting = False
        self.peer.send(encode(Refused(self.line, nomor, id, data)))

    def busy(self, nomor: int, tunggu_ms: int, id: str) -> None:
        """Answer the request in progress: come again."""
        self.waiting = False
        self.peer.send(encode(Busy(self.line, nomor, tunggu_ms, id)))

    def done(self, nomor: int, outcome: dict[str, Any] | Refusal) -> None:
        """Answer a step of the evening that ran for this session."""
        self.working -= 1
        if isinstance(outcome, Refusal):
            self.peer.send(encode(Refused(self.line, nomor, outcome.id, outcome.data)))
        else:
            self.peer.send(encode(Answer(self.line, nomor, outcome)))

    def tell(self, id: str, data: dict[str, Any]) -> None:
        """Say something nobody asked for; it ends no wait."""
        self.peer.send(encode(Break(self.line, id, data)))


class Ticket(Asked, frozen=True, kw_only=True, gc=False):
    """A post in the queue, and the session that waits for it. One object for both: a deposit feels a second one."""

    session: Session

    @property
    def nomor(self) -> int:
        """What its answer says to which request it belongs, as a question's does: the STAN."""
        return self.stan


class Question(Struct, frozen=True, gc=False):
    """An inquiry in the queue, or what is to be said to all, and the session that waits for it."""

    session: Session
    nomor: int
    inquiry: Any


Queued = Ticket | Question


class Signed(Struct, frozen=True, gc=False):
    """A post that says a second person has signed it; `izin` is what proves it."""

    ticket: Ticket
    izin: str


class Check(Struct, frozen=True, gc=False):
    """A session waits for a password to be checked: that of an approver, or its own before a new one."""

    session: Session
    frame: Approve | Password


class Work(Struct, frozen=True, gc=False):
    """A session asks for a step of the evening, sends a piece of a confirmation file, or fetches one of an output."""

    session: Session
    frame: Unggah | Jalankan | Ambil


class Wanted(Struct, frozen=True, gc=False):
    """A line wants to sign on; `credential` is the password or, for a resume, the token."""

    connection: Connection
    line: int
    origin: tuple[str, str, str, str]
    versi: int
    is_resume: bool
    credential: str


Got = Ticket | Question | Signed | Check | Work | Wanted
"""What a message may become that somebody else must answer."""


class Connection:
    """All lines of one connection."""

    __slots__ = ("_lines_max", "_sessions", "_signing", "peer")

    def __init__(self, peer: Peer, lines_max: int) -> None:
        self.peer = peer
        self._lines_max = lines_max
        self._sessions: dict[int, Session] = {}
        self._signing: dict[int, Wanted] = {}

    def receive(self, message: bytes, now_us: int) -> Got | Session | None:
        """Take one message in. Answers that need nobody else are sent to the peer at once (not flushed).

        Returns a Ticket or a Question to queue, a Signed, a Wanted or a Check to check, Work, a Session that has
        signed off, or None.
        Raises Blame.
        """
        try:
            frame = decode_from_terminal(message)
        except FrameError as error:
            self._refuse_field(error)
            return None
        if type(frame) is Post:
            session = self._sessions.get(frame.line)
            if session is None or session.waiting:
                self._out_of_place(frame, session, frame.stan)
                return None
            session.waiting = True
            ticket = Ticket(session.origin, frame.stan, frame.hari, frame.body, now_us, session=session)
            return Signed(ticket, frame.izin) if frame.izin else ticket
        return self._receive_other(frame, now_us)

    def _receive_other(self, frame: FromTerminal, now_us: int) -> Got | Session | None:
        session = self._sessions.get(frame.line)
        if type(frame) is Inquiry and session is not None and not session.waiting:
            session.waiting = True
            return Question(session, frame.nomor, frame.body)
        if isinstance(frame, SignOn | Resume):
            return self._want(frame)
        if session is None:
            self._out_of_place(frame, None, 0)
        elif isinstance(frame, Echo):
            self.peer.send(encode(frame))
        elif isinstance(frame, SignOff):
            self.drop(session, "SKH0003", {})
            return session
        elif isinstance(frame, Unggah | Jalankan | Ambil):
            if not session.may_work(frame):
                self._out_of_place(frame, session, frame.nomor)
                return None
            session.begin(frame)
            return Work(session, frame)
        elif session.waiting:
            assert isinstance(frame, Inquiry | Siar | Approve | Password), "every other message was dealt with"
            self._out_of_place(frame, session, frame.nomor)
        elif isinstance(frame, Siar):
            session.waiting = True
            return Question(session, frame.nomor, Said(frame.tujuan, frame.teks, now_us))
        elif isinstance(frame, Approve | Password):
            session.waiting = True
            return Check(session, frame)
        return None

    def _want(self, frame: SignOn | Resume) -> Wanted | Session | None:
        line = frame.line
        if line in self._signing:
            self.close_line(line, "SKH7004", {})
            return None
        if (session := self._sessions.get(line)) is not None:
            self.drop(session, "SKH7004", {})
            return session
        if len(self._sessions) + len(self._signing) >= self._lines_max:
            self.close_line(line, "SKH7010", {"batas": self._lines_max})
            return None
        credential = frame.sandi if isinstance(frame, SignOn) else frame.token
        origin = (frame.bank, frame.cabang, frame.device, frame.user)
        wanted = Wanted(self, line, origin, frame.versi, isinstance(frame, Resume), credential)
        self._signing[line] = wanted
        return wanted

    def _out_of_place(self, frame: FromTerminal, session: Session | None, nomor: int) -> None:
        if session is not None:
            # Not through Session.refuse: the request before is still in progress.
            self.peer.send(encode(Refused(frame.line, nomor, "SKH7005", {})))
        else:
            self.close_line(frame.line, "SKH7004" if frame.line in self._signing else "SKH7001", {})

    def _refuse_field(self, error: FrameError) -> None:
        if error.line is None or error.nomor is None:
            raise Blame(error.sebab)
        session = self._sessions.get(error.line)
        if session is None:
            self.close_line(error.line, "SKH7004" if error.line in self._signing else "SKH7001", {})
        else:
            data = {"field": error.field, "sebab": error.sebab}
            self.peer.send(encode(Refused(error.line, error.nomor, "SKH1001", data)))

    def is_wanted(self, wanted: Wanted) -> bool:
        """True while the line still waits for the answer to this very sign-on."""
        return self._signing.get(wanted.line) is wanted

    def signed_on(self, wanted: Wanted, origin: Origin, info: dict[str, Any]) -> Session:
        """The sign-on of a line came through; `info` is what READY tells."""
        del self._signing[wanted.line]
        session = self._sessions[wanted.line] = Session(origin, wanted.line, self)
        self.peer.send(encode(Ready(wanted.line, info)))
        return session

    def close_line(self, line: int, id: str, data: dict[str, Any]) -> None:
        """Tell a line that it is closed, and why; for one that is signing on, that it failed."""
        self._signing.pop(line, None)
        self.peer.send(encode(Closed(line, id, data)))

    def drop(self, session: Session, id: str, data: dict[str, Any]) -> None:
        """End a session, unless it has ended: its line may belong to another one by now."""
        if self.holds(session):
            del self._sessions[session.line]
            self.close_line(session.line, id, data)

    def holds(self, session: Session) -> bool:
        """True while this very session is signed on."""
        return self._sessions.get(session.line) is session

    def end(self) -> list[Session]:
        """The connection is gone: whoever is signing on comes too late. Returns the sessions that were on it."""
        self._signing.clear()
        return self.sessions()

    @property
    def is_idle(self) -> bool:
        """True while no line is signed on or signing on."""
        return not self._sessions and not self._signing

    @property
    def is_alone(self) -> bool:
        """True while no line is signed on and one at most is signing on."""
        return not self._sessions and len(self._signing) <= 1

    def sessions(self) -> list[Session]:
        """The sessions on this connection."""
        return list(self._sessions.values())
