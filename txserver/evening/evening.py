"""The evening of one host, wired: who runs its steps, who asks for them, and what the host does by itself."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

from ledger.anchor import write_anchor
from ledger.errors import LedgerError
from ledger.records import Refusal
from ledger.store import Store
from txserver.clock import Clock
from txserver.committer import Committer
from txserver.config import ConfigError, Settings
from txserver.evening.alone import Alone
from txserver.evening.clerk import Clerk
from txserver.evening.desk import EveningDesk
from txserver.evening.places import Places
from txserver.evening.steps import Steps
from txserver.evening.uploads import Uploads
from txserver.evening.visitors import Visitors
from txserver.evening.web import EveningWeb
from txserver.metrics import Metrics
from txserver.pages import Call, Page
from txserver.passwords import Passwords
from txserver.session import Work
from txserver.settlement.accounts import AccountsWrong, BankAccounts, load_accounts

log = logging.getLogger("siskohat")


def _accounts(file: str) -> dict[str, BankAccounts]:
    """The accounts of the file the settings name. Raises ConfigError."""
    try:
        return load_accounts(Path(file)) if file else {}
    except AccountsWrong as error:
        raise ConfigError(f"accounts: {error}") from None


class Evening:
    """Everything of the evening that one host runs. Raises ConfigError when its settings do not fit the ledger."""

    def __init__(
        self,
        store: Store,
        committer: Committer,
        passwords: Passwords,
        settings: Settings,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        places = Places(Path(settings.data).resolve())
        books, recap = store.books, committer.recap
        self.clerk = Clerk(committer, books, clock)
        """Posts for the host: his STANs rise over whatever he posts, so that there is one of him."""
        self._steps = Steps(store, self.clerk, recap, metrics, _accounts(settings.accounts))
        uploads = Uploads(places, settings.upload_bytes_max)
        self._desk = EveningDesk(books, self._steps, uploads, places)
        visitors = Visitors(books, passwords, clock)
        self._web = EveningWeb(books, places, self._desk, self._steps, uploads, visitors, recap, settings.name)
        self._alone = Alone(settings, books, places, self._steps, clock)
        self._store = store
        committer.on_close = self._publish
        self._tasks: list[asyncio.Task[None]] = []
        metrics.gauges["evening_running"] = "steps of the evening that run now", lambda: self._steps.is_running

    def start(self) -> None:
        """Begin what the host does by itself; a close whose host died before its anchor was out is made good."""
        if self._store.books.hari_tutup:
            self._publish(self._store.books.hari_tutup)
        self._tasks = self._alone.tasks()

    def _publish(self, hari: str) -> None:
        """Write the anchor of a closed day: two entries are read, two small files written."""
        try:
            write_anchor(self._store, hari)
        except (LedgerError, OSError) as error:
            log.error("SKH8303 hari=%s %s: %s", hari, type(error).__name__, error)  # noqa: TRY400

    async def answer(self, work: Work) -> dict[str, Any] | Refusal:
        """Do what a session asks for; what it is to be answered."""
        return await self._desk.answer(work)

    async def page(self, call: Call) -> Page:
        """Answer an HTTP request."""
        return await self._web.answer(call)

    async def close(self) -> None:
        """End what runs; whoever asked is told that the host closes, and asks the next one again."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._steps.close()
