"""The second person: who signs a request with his own password, and the token that carries his signature.

The token is the host's own statement and is kept nowhere: it names the approver, ends after ten minutes, and holds
for one request of one user at one device alone. So it outlives a restart of the host, and a terminal may keep it with
the request. Whether the second person may sign is asked of the engine twice: here, so that he is told at once, and
when the entry is numbered.

The user's own password is changed here too: another message that waits for a hash.
"""

from __future__ import annotations

from msgspec import Struct, structs

from ledger.codec import encode
from ledger.engine import Asked
from ledger.kinds import KIND_BY_REQUEST
from ledger.records import Origin, Refusal
from ledger.store import Store
from txserver import credentials
from txserver.clock import Clock
from txserver.config import Settings
from txserver.passwords import WRONG, Passwords
from txserver.session import Check, Session, Signed, Ticket
from txserver.wire.frames import Approve, Password


class ApprovalDesk:
    """Answers APPROVE and PASSWORD, and reads approvals."""

    def __init__(self, store: Store, passwords: Passwords, settings: Settings, clock: Clock) -> None:
        self._store = store
        self._passwords = passwords
        self._settings = settings
        self._clock = clock

    async def answer(self, check: Check) -> None:
        """Answer one of the two, unless its session is gone by then; the peer is not flushed."""
        session, frame = check.session, check.frame
        if isinstance(frame, Approve):
            outcome = await self._approve(session, frame)
        else:
            outcome = await self._change(session, frame)
        if not session.connection.holds(session):
            return  # and the line may have another user by now, who must not get what was asked for
        if not isinstance(outcome, Refusal):
            session.answer(frame.nomor, outcome)
        elif outcome.id == "SKH9001":
            session.busy(frame.nomor, self._settings.busy_wait_ms, outcome.id)
        else:
            session.refuse(frame.nomor, outcome.id, outcome.data)

    def ticket_of(self, signed: Signed) -> Ticket:
        """The post to queue: with its second person, or without one where the token proves nothing (any more).

        It is queued all the same: it may be the repeat of a request that was posted while the token held.
        """
        ticket = signed.ticket
        penyetuju = self._penyetuju(ticket, signed.izin)
        return structs.replace(ticket, penyetuju=penyetuju) if penyetuju else ticket

    async def _approve(self, session: Session, frame: Approve) -> dict[str, str] | Refusal:
        """Refuses what `Passwords.check` refuses; then SKH7021 own entry, SKH7022 no authority to sign this here."""
        origin = session.origin
        refusal = await self._passwords.check(frame.user, frame.sandi, origin.perangkat)
        kind = KIND_BY_REQUEST[type(frame.body)]
        refusal = refusal or self._store.engine.check_approval(kind, origin, frame.user)
        if refusal is not None:
            return refusal
        row = self._passwords.row(frame.user)
        assert row is not None, "his password was right"
        key, subject = self._store.vault.token_key, self._subject(origin, frame.stan, frame.hari, frame.body)
        now_us = self._clock.now_us()
        return {"izin": credentials.make_approval(key, frame.user, row.generation, subject, now_us)}

    async def _change(self, session: Session, frame: Password) -> dict[str, str] | Refusal:
        """Refuses SKH7024 too weak; then what `Passwords.check` refuses of the old password."""
        origin, lama, baru = session.origin, frame.lama, frame.baru
        if len(baru) < credentials.PASSWORD_LENGTH_MIN or baru == lama or baru.upper() == origin.user.upper():
            return Refusal("SKH7024", {"panjang": credentials.PASSWORD_LENGTH_MIN})
        if (refusal := await self._passwords.check(origin.user, lama, origin.perangkat)) is not None:
            return refusal
        generation = await self._passwords.change(origin.user, baru)
        if generation is None:
            return WRONG
        key, now_us = self._store.vault.token_key, self._clock.now_us()
        return {"token": credentials.make_token(key, origin.user, origin.perangkat, generation, now_us)}

    def _penyetuju(self, asked: Asked, izin: str) -> str:
        """Who signed this very request, or empty."""
        user = credentials.approver_of(izin)
        row = self._passwords.row(user) if user else None
        if row is None or row.disabled:
            return ""
        key, subject = self._store.vault.token_key, self._subject(asked.origin, asked.stan, asked.hari, asked.request)
        return user if credentials.is_approval(key, izin, row.generation, subject, asked.waktu_us) else ""

    def _subject(self, origin: Origin, stan: int, hari: str, body: Struct) -> bytes:
        """What a second person signs: this content, by this user, at this device, under this number."""
        return encode((origin.perangkat, origin.user, stan, hari, self._store.vault.digest(encode(body))))
