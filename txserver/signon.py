"""Sign-on: who is there, and may he use this device? The password itself is checked by `txserver.passwords`.

The answer to an unknown user, branch or device is that to a wrong password, and takes as long.
"""

from __future__ import annotations

import logging
from typing import Any, get_args

from ledger.kinds import KINDS, Request
from ledger.records import Origin, Refusal, origin_of
from ledger.store import Store
from txserver import credentials
from txserver.clock import Clock
from txserver.config import Settings
from txserver.devices import Devices
from txserver.metrics import Metrics
from txserver.passwords import WRONG, Passwords
from txserver.session import Session, Wanted
from txserver.wire.frames import UPLOAD_PIECES_MAX, VERSION

log = logging.getLogger("siskohat")

POSTED = frozenset(get_args(Request))


class SignOnDesk:
    """Checks sign-ons of one host and gives sessions."""

    def __init__(
        self,
        store: Store,
        passwords: Passwords,
        devices: Devices,
        settings: Settings,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._store = store
        self._passwords = passwords
        self._devices = devices
        self._metrics = metrics
        self._clock = clock
        opening = store.opening.facts
        self._about: dict[str, Any] = {
            "host": settings.name,
            "ledger": opening.ledger,
            "demo": opening.demo,
            "message_bytes_max": settings.message_bytes_max,
            "lines_per_connection_max": settings.lines_per_connection_max,
            "upload_pieces_max": UPLOAD_PIECES_MAX,
        }

    async def check(self, wanted: Wanted) -> Session | None:
        """Answer a sign-on; the peer is not flushed. Returns the session, or None when it was refused.

        Refuses, in this order: SKH9001 too many at once, SKH7003 version, SKH7015 token, SKH7011 user or password,
        SKH7012 disabled; then what `Devices.check` refuses.
        """
        origin = origin_of(*wanted.origin)
        refusal = await self._check_credential(wanted, origin) or self._devices.check(origin.perangkat, origin.user)
        if not wanted.connection.is_wanted(wanted):
            return None  # the line closed meanwhile
        self._metrics.signons[refusal.id if refusal else "resumed" if wanted.is_resume else "signed on"] += 1
        if refusal is not None:
            log.info("%s perangkat=%s user=%s", refusal.id, *self._passwords.names(origin.perangkat, origin.user))
            wanted.connection.close_line(wanted.line, refusal.id, refusal.data)
            return None
        if (before := self._devices.holder(origin.perangkat)) is not None:
            log.warning("SKH7013 perangkat=%s user=%s", origin.perangkat, origin.user)
            before.connection.drop(before, "SKH7013", {})
            before.peer.writer.flush()
        session = wanted.connection.signed_on(wanted, origin, self._info(origin))
        self._devices.take(session)
        return session

    async def _check_credential(self, wanted: Wanted, origin: Origin) -> Refusal | None:
        if wanted.versi != VERSION:
            return Refusal("SKH7003", {"versi": wanted.versi})
        if wanted.is_resume:
            return self._check_token(wanted.credential, origin)
        refusal = await self._passwords.check(origin.user, wanted.credential, origin.perangkat)
        return refusal or (None if self._is_known(origin) else WRONG)

    def _check_token(self, token: str, origin: Origin) -> Refusal | None:
        row = self._passwords.row(origin.user)
        if row is None or row.disabled or not self._is_known(origin):
            return Refusal("SKH7015", {})
        now_us, key = self._clock.now_us(), self._store.vault.token_key
        if credentials.is_token(key, token, origin.user, origin.perangkat, row.generation, now_us):
            return None
        return Refusal("SKH7015", {})

    def _is_known(self, origin: Origin) -> bool:
        books = self._store.books
        profile = books.pengguna(origin.user)
        return (
            profile is not None
            and (profile.bank, profile.cabang) == (origin.bank, origin.cabang)
            and books.is_perangkat(origin.perangkat)
        )

    def _info(self, origin: Origin) -> dict[str, Any]:
        """What READY tells: everything a terminal would otherwise have to ask."""
        books = self._store.books
        profile, branch = books.pengguna(origin.user), books.cabang(origin.tapak)
        row, last = self._passwords.row(origin.user), books.terakhir(origin.perangkat)
        assert profile is not None, "the credential was checked"
        assert branch is not None, "a user has his branch"
        assert row is not None, "a session comes from a credential"
        now_us = self._clock.now_us()
        token = credentials.make_token(
            self._store.vault.token_key, origin.user, origin.perangkat, row.generation, now_us
        )
        return self._about | {
            "hari": books.hari,
            "waktu_us": now_us,
            "token": token,
            "stan": last.stan if last is not None and last.hari == books.hari else 0,
            "peran": profile.peran,
            "nama_cabang": branch.nama,
            "provinsi": branch.provinsi,
            "zona_menit": branch.zona_menit,
            "status": branch.status,
            "kinds": [code for code, kind in KINDS.items() if profile.peran in kind.roles and kind.request in POSTED],
            "laci": books.laci(origin.perangkat) is not None,
        }
