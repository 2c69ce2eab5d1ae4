"""The head of the ledger, kept where a roll-back of the ledger's own directory does not reach.

The setting `witness` names a file on another disk. Whatever is put back into the ledger's place, a copy of last week
with the anchors of last week, must have the entry that this file knows, or no host starts on it (74).
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ledger.journal import Journal
from ledger.witness import Head, check_head, keep_head

log = logging.getLogger("siskohat")

WITNESS_S = 2.0


class Witness:
    """One such file. Raises WitnessAhead, and UnsafeSetting where it is missing."""

    def __init__(self, file: Path, journal: Journal) -> None:
        check_head(journal, file)
        self._file, self._journal = file, journal
        # One thread of its own: what is written at the end comes after what is still being written.
        self._thread = ThreadPoolExecutor(1, "witness")
        self._kept = 0

    @property
    def behind(self) -> int:
        """Entries that it does not know yet."""
        return self._journal.head - self._kept

    async def keep(self) -> None:
        """For ever: write down how far the ledger has come."""
        while True:
            await self.note()
            await asyncio.sleep(WITNESS_S)

    async def note(self) -> None:
        """Write it down now. What is durable already is written, so that a crash never leaves it ahead."""
        journal = self._journal
        if not self.behind:
            return
        head = Head(journal.ledger, journal.head, journal.head_hash.hex())
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, keep_head, self._file, head)
        except (OSError, RuntimeError) as error:  # another disk, or no thread to be had: tried again
            log.error("SKH8109 %s: %s", type(error).__name__, error)  # noqa: TRY400
            return
        self._kept = head.entries
