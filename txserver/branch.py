"""The entries of one branch, newest first: found in what the books hold anyhow, and only so many at a time.

Table `permintaan` has one row per entry, by device, day and STAN. What is in its memory is looked through from the
end, which is the newest; what lies below, device by device backwards: a device's STANs and days only rise, and so do
its entry numbers. Neither costs a deposit anything. An index of its own would, 0.3 us for each.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import islice
from typing import Any

from ledger.codec import decode_entry
from ledger.store import Store

ENTRIES_MAX = 400
"""Entries given at a time."""
KEYS_MAX = 20_000
"""Rows of all branches looked at in memory at a time: a millisecond."""
STANS_MAX = 200
"""STANs of a device tried in vain: those that were refused and not used again."""


class BranchEntries:
    """The entries of every branch of one ledger."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._books = store.books
        self._requests = store.books.tables["permintaan"]

    def before(self, tapak: str, seq: int) -> tuple[list[int], int]:
        """Entries of a branch below number `seq`, newest first, and the number to go on from (0: there are no more).

        There may be more although none is given.
        """
        watermark, found = self._store.watermark, list[int]()
        seq = min(seq, self._store.journal.head + 1)
        if seq - 1 > watermark:
            stop = max(watermark + 1, seq - KEYS_MAX)
            for number in self._in_memory(tapak, seq, stop):
                found.append(number)
                if len(found) == ENTRIES_MAX:
                    return found, number
            seq = stop
            if stop > watermark + 1:
                return found, stop
        older = islice(self._below(tapak, seq), ENTRIES_MAX - len(found))
        found += older
        return found, found[-1] if len(found) == ENTRIES_MAX else 0

    def of_day(self, tapak: str, hari: str, n: int) -> list[int]:
        """The last n entries of a branch on a day, newest first.

        Of an earlier day those are missing that lie behind more than `KEYS_MAX` newer entries not yet carried down.
        """
        if hari == self._books.hari:
            found = [seq for device in self._devices(tapak) for seq in self._today(device, hari, n)]
        else:
            found = list(self._of_day_in_memory(tapak, hari, n))
            for device in self._devices(tapak):
                start = f"{device}/{hari}/"
                found += (seq for _, seq in islice(self._requests.below.back(start, start + "~"), n))
        return sorted(found, reverse=True)[:n]

    def drawers(self, tapak: str) -> list[list[Any]]:
        """The open drawers of a branch: device, user, day, opening amount, by kind number, money in and out."""
        found = ((device, self._books.laci(device)) for device in self._devices(tapak))
        return [
            [
                device.rpartition("/")[2],
                row.user,
                row.hari,
                row.awal_rupiah,
                [[one.kind, one.n, one.masuk_rupiah, one.keluar_rupiah] for one in row.jenis],
            ]
            for device, row in found
            if row is not None
        ]

    def _in_memory(self, tapak: str, seq: int, stop: int) -> Iterator[int]:
        """Entries of a branch from below `seq` down to `stop`, which are all in memory: one row each, in order."""
        newer = self._store.journal.head - seq + 1
        for key, number in islice(self._requests.newest(), newer, newer + seq - stop):
            assert stop <= number < seq, "an entry has one row, put when it was numbered"
            if key.startswith(tapak):  # codes of banks and branches have one length
                yield number

    def _below(self, tapak: str, seq: int) -> Iterator[int]:
        """Entries of a branch below `seq` of those that lie under memory."""
        if seq <= 1:
            return iter(())
        body = self._store.journal.get(seq - 1)
        assert body is not None, "numbers have no gap"
        hari = decode_entry(body).stamp.hari  # no entry before it is of a later day
        devices = [
            (number for _, number in self._requests.below.back(f"{device}/", f"{device}/{hari}/~") if number < seq)
            for device in self._devices(tapak)
        ]
        return heapq.merge(*devices, reverse=True)

    def _today(self, perangkat: str, hari: str, n: int) -> Iterator[int]:
        """The last n entries of a device on the day now open."""
        last = self._books.terakhir(perangkat)
        stan, missed = (last.stan, 0) if last is not None and last.hari == hari else (0, 0)
        while stan and n and missed < STANS_MAX:
            seq = self._books.permintaan(perangkat, hari, stan)
            if seq is None:
                missed += 1
            else:
                n -= 1
                yield seq
            stan -= 1

    def _of_day_in_memory(self, tapak: str, hari: str, n: int) -> Iterator[int]:
        for key, seq in islice(self._requests.newest(), KEYS_MAX):
            if key.startswith(tapak):
                day = key.split("/")[3]
                if day < hari or not n:
                    return
                if day == hari:
                    n -= 1
                    yield seq

    def _devices(self, tapak: str) -> list[str]:
        """The devices of a branch, as "bank/cabang/device"."""
        return [key for key, _ in self._books.tables["perangkat"].range(f"{tapak}/", f"{tapak}/~")]
