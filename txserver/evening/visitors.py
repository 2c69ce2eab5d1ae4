"""Who asks over HTTP: user name and password (Basic), checked as at sign-on; wrong ones count as there.

A password that was right is remembered for a while as a keyed digest, so that a board that looks every few seconds
does not cost a hash each time. It ends with a change of the password.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from hashlib import blake2b

from ledger.books import Books
from ledger.records import Origin, Refusal, origin_of
from txserver.clock import Clock
from txserver.evening.clerk import DEVICE
from txserver.passwords import WRONG, Passwords

REMEMBERED_S = 300.0
REMEMBERED_MAX = 1_000


class Visitors:
    """The people who ask one host over HTTP."""

    def __init__(self, books: Books, passwords: Passwords, clock: Clock) -> None:
        self._books = books
        self._passwords = passwords
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._known: dict[bytes, float] = {}

    async def check(self, authorization: str) -> Origin | Refusal:
        """Who it is, at his own office. Refuses what `Passwords.check` refuses; SKH7011 also for what is no Basic."""
        user, password = _basic(authorization)
        profile = self._books.pengguna(user)
        origin = origin_of(profile.bank, profile.cabang, DEVICE, user) if profile is not None else None
        if origin is None or not self._is_remembered(user, password):
            perangkat = origin.perangkat if origin is not None else DEVICE
            if (refusal := await self._passwords.check(user or "-", password, perangkat)) is not None:
                return refusal
            self._remember(user, password)
        return origin or WRONG

    def _is_remembered(self, user: str, password: str) -> bool:
        row = self._passwords.row(user)
        if row is None or row.disabled:
            return False
        return self._known.get(self._digest(user, password, row.generation), 0.0) > self._clock.steady_s()

    def _remember(self, user: str, password: str) -> None:
        now_s = self._clock.steady_s()
        row = self._passwords.row(user)
        if row is None:
            return
        if len(self._known) >= REMEMBERED_MAX:
            self._known.clear()
        self._known[self._digest(user, password, row.generation)] = now_s + REMEMBERED_S

    def _digest(self, user: str, password: str, generation: int) -> bytes:
        return blake2b(f"{generation}:{len(user)}:{user}:{password}".encode(), key=self._key).digest()


def _basic(authorization: str) -> tuple[str, str]:
    scheme, _, content = authorization.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(content, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return (user, password) if len(user) <= 10 and len(password) <= 128 else ("", "")
