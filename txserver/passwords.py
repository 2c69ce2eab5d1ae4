"""Checking passwords: hashing in two threads off the event loop, and what three wrong ones in a row do.

Whoever asks (a sign-on, an approval, a change of password) waits in the same bounded queue and is counted the same
way: a wrong password is on disk before it is answered. The answer to an unknown user is that to a wrong password,
and takes as long.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor

from ledger.records import Refusal
from ledger.store import Store
from txserver import credentials
from txserver.config import Settings
from txserver.credentials import Credential, Credentials

log = logging.getLogger("siskohat")

WRONG = Refusal("SKH7011", {})


class Passwords:
    """The passwords of one host's users, as its event loop sees them."""

    def __init__(self, store: Store, file: Credentials, settings: Settings) -> None:
        self._books = store.books
        self._file = file
        self._settings = settings
        self._threads = ThreadPoolExecutor(2, "sandi")
        self._waiting = 0

    def row(self, user: str) -> Credential | None:
        """A user's row; None for one who has no password."""
        return self._file.get(user)

    async def check(self, user: str, password: str, perangkat: str) -> Refusal | None:
        """Say why this password, given at this device, does not stand for the user, if so.

        Refuses, in this order: SKH9001 too many at once, SKH7011 wrong, SKH7012 right, but of a disabled user.
        """
        if self._waiting >= self._settings.signon_queue_max:
            return Refusal("SKH9001", {"tunggu_ms": self._settings.busy_wait_ms})
        stored = self._file.hash_of(user)
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            right = await loop.run_in_executor(self._threads, credentials.verify, stored, password)
        finally:
            self._waiting -= 1
        # Set anew while the old one was being checked: what was right then counts no more.
        return self._judge(right and stored == self._file.hash_of(user), user, perangkat)

    async def change(self, user: str, password: str) -> int | None:
        """Give a user whose password was just checked a new one.

        Returns its generation; None when he was given another or was disabled meanwhile.
        """
        before = self._file.get(user)
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            hashed = await loop.run_in_executor(self._threads, credentials.hash_password, password)
        finally:
            self._waiting -= 1
        if before is None or not self._file.change_password(user, hashed, before.generation):
            return None
        return before.generation + 1

    def names(self, perangkat: str, user: str) -> tuple[str, str]:
        """Device and user for the log, "?" for what we do not know: people type passwords into the wrong field."""
        return (
            perangkat if self._books.is_perangkat(perangkat) else "?",
            user if self._books.pengguna(user) is not None else "?",
        )

    def close(self) -> None:
        """Stop the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _judge(self, right: bool, user: str, perangkat: str) -> Refusal | None:
        row = self._file.get(user)
        if row is not None and row.disabled:
            return Refusal("SKH7012", {}) if right else WRONG
        if not right:
            if self._file.note_failure(user, self._settings.failures_max):
                # Not told: a stranger who tries names must not learn which of them exist.
                log.warning("SKH7012 perangkat=%s user=%s", *self.names(perangkat, user))
            return WRONG
        self._file.note_success(user)
        return None
