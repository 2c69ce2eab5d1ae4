"""A sign-on desk on a founded ledger, for the tests of sign-on, approval and passwords."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ledger.records import Origin
from ledger.store import Store
from tests.host_fixtures import NINE_US, ROLES, SANDI, KeptPeer, found, pack
from txserver.approval import ApprovalDesk
from txserver.clock import Clock
from txserver.config import load
from txserver.credentials import Credentials
from txserver.devices import Devices
from txserver.metrics import Metrics
from txserver.passwords import Passwords
from txserver.session import Connection, Session, Wanted
from txserver.signon import SignOnDesk


class Watch(Clock):
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.us = NINE_US

    def now_us(self) -> int:
        return self.us


class Counter:
    """A sign-on desk on a founded ledger, with the passwords of everybody."""

    def __init__(self, path: Path, **settings: Any) -> None:
        self.store, self.numbers = found(path, forms=1)
        self.settings = load(None, {}, {"data": "x"} | settings)
        self.clock = Watch()
        self.metrics = Metrics()
        self.devices = Devices(path / "karantina", 100)
        self.open_desks()
        users = ("OPERATOR", *(origin.user for origin in ROLES))
        self.passwords.set_many([(user, SANDI) for user in users], "ringan")

    def open_desks(self) -> None:
        """The desks of a host that starts on this ledger."""
        self.passwords = Credentials.open(self.store.path / "sandi")
        self.checker = Passwords(self.store, self.passwords, self.settings)
        self.desk = SignOnDesk(self.store, self.checker, self.devices, self.settings, self.metrics, self.clock)
        self.approvals = ApprovalDesk(self.store, self.checker, self.settings, self.clock)

    def restart(self) -> None:
        """The host ends and starts again."""
        path = self.store.path
        self.close()
        self.store = Store.open(path)
        self.open_desks()

    async def sign_on(
        self, origin: Origin, credential: str = SANDI, connection: Connection | None = None, **given: Any
    ) -> tuple[Session | None, list[Any]]:
        """The outcome and the last thing said to the terminal."""
        connection = connection or Connection(KeptPeer(), 64)
        name, versi, line = given.get("name", "SIGNON"), given.get("versi", 1), given.get("line", 0)
        person = (origin.bank, origin.cabang, origin.device, origin.user)
        wanted = connection.receive(pack(name, line, versi, *person, credential), NINE_US)
        assert isinstance(wanted, Wanted)
        session = await self.desk.check(wanted)
        peer = connection.peer
        assert isinstance(peer, KeptPeer)
        return session, peer.queued[-1]

    async def refusal(self, origin: Origin, credential: str = SANDI, **given: Any) -> tuple[str, dict[str, Any]]:
        session, (name, line, id, data) = await self.sign_on(origin, credential, **given)
        assert (session, name, line) == (None, "CLOSED", given.get("line", 0))
        return id, data

    async def ready(self, origin: Origin, credential: str = SANDI, **given: Any) -> tuple[Session, dict[str, Any]]:
        session, said = await self.sign_on(origin, credential, **given)
        assert session is not None, said
        assert said[:2] == ["READY", given.get("line", 0)]
        return session, said[2]

    def close(self) -> None:
        self.checker.close()
        self.passwords.close()
        self.store.close()
