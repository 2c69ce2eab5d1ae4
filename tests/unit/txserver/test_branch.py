"""The entries of a branch, newest first: none is missed and none told twice, wherever the books keep them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.codec import decode_entry
from ledger.engine import Asked
from ledger.kinds.setoran_awal import SetoranAwal
from ledger.records import Origin, Stamp
from ledger.store import Store
from tests.host_fixtures import (
    FAR_TELLER,
    HARI,
    NEIGHBOUR,
    NINE_US,
    SETORAN,
    TELLER,
    TELLER_2,
    TELLER_3,
    found,
    open_next,
)
from txserver import branch
from txserver.branch import BranchEntries

NEXT_DAY = "2004-05-04"
DAY_US = 24 * 3_600_000_000
TELLERS = (TELLER, TELLER_2, TELLER_3, NEIGHBOUR)
BRANCHES = ("001/0001", "001/0002", "001/0101", "DEP/0000", "DEP/3325")
FORMS = 60
CARRIED = ("nothing", "the first day", "the first half", "a checkpoint on its way", "all")


class History:
    """Two days of deposits by several devices, in an order drawn from a seed; `carried` says what lies under memory."""

    def __init__(self, path: Path, carried: str) -> None:
        self.store, self.numbers = found(path, FORMS)
        self._random = random.Random(20040503)
        self._stan: dict[tuple[str, str], int] = {}
        self._forms = iter(self.numbers)
        self._post(20, HARI)
        if carried == "the first half":
            self.store.checkpoint()
        self._post(10, HARI)
        open_next(self.store, NEXT_DAY)
        if carried == "the first day":
            self.store.checkpoint()
        self._post(10, NEXT_DAY)
        if carried == "a checkpoint on its way":
            self.store.freeze()
        self._post(10, NEXT_DAY)
        if carried == "all":
            self.store.checkpoint()
        self.stamps: list[Stamp] = [decode_entry(body).stamp for _, body in self.store.journal.read()]

    def _post(self, n: int, hari: str) -> None:
        for _ in range(n):
            teller: Origin = self._random.choice(TELLERS)
            key = (teller.perangkat, hari)
            # Some STANs stay unused: they were refused.
            self._stan[key] = self._stan.get(key, 0) + self._random.choice((1, 1, 1, 2, 5))
            at_us = NINE_US + (DAY_US if hari == NEXT_DAY else 0)
            body = SetoranAwal(next(self._forms), SETORAN)
            self.store.post_batch([Asked(teller, self._stan[key], hari, body, at_us)])

    def of(self, tapak: str, hari: str = "") -> list[int]:
        """What the walk must find."""
        return [s.seq for s in reversed(self.stamps) if s.tapak == tapak and hari in {"", s.hari}]


@pytest.fixture(params=CARRIED)
def history(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[History]:
    made = History(tmp_path / "ledger", request.param)
    yield made
    made.store.close()


def walk(store: Store, tapak: str) -> list[int]:
    """All entries of a branch, question by question."""
    entries, found, at, asked = BranchEntries(store), list[int](), store.journal.head + 1, 0
    while at:
        seqs, rest = entries.before(tapak, at)
        assert len(seqs) <= branch.ENTRIES_MAX
        assert rest < at, "every question gets further"
        found, at, asked = found + seqs, rest, asked + 1
    assert asked <= len(found) + store.journal.head // min(branch.KEYS_MAX, store.journal.head) + 1
    return found


@pytest.mark.parametrize(("entries_max", "keys_max"), [(400, 20_000), (3, 20_000), (400, 7), (3, 7), (1, 1)])
def test_every_entry_once_newest_first(
    history: History, monkeypatch: pytest.MonkeyPatch, entries_max: int, keys_max: int
) -> None:
    monkeypatch.setattr(branch, "ENTRIES_MAX", entries_max)
    monkeypatch.setattr(branch, "KEYS_MAX", keys_max)
    for tapak in BRANCHES:
        assert walk(history.store, tapak) == history.of(tapak), tapak


def test_going_on_where_another_answer_ended(history: History) -> None:
    entries, all_of = BranchEntries(history.store), history.of("001/0001")
    for seq in range(history.store.journal.head + 5):
        found, rest = entries.before("001/0001", seq)
        assert (found, rest) == ([number for number in all_of if number < seq], 0)


@pytest.mark.parametrize("n", [1, 12, 100])
def test_last_of_a_day(history: History, n: int) -> None:
    entries = BranchEntries(history.store)
    for tapak in BRANCHES[:3]:
        for hari in (HARI, NEXT_DAY):
            assert entries.of_day(tapak, hari, n) == history.of(tapak, hari)[:n], (tapak, hari)
        assert entries.of_day(tapak, "2004-05-02", n) == []
    assert FAR_TELLER.tapak in BRANCHES
    assert entries.of_day(FAR_TELLER.tapak, HARI, n) == []


def test_today_is_found_behind_any_number_of_others(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(branch, "KEYS_MAX", 1)
    entries = BranchEntries(history.store)
    assert entries.of_day("001/0001", NEXT_DAY, 12) == history.of("001/0001", NEXT_DAY)[:12]


def test_device_that_skips_many_stans_is_given_up(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(branch, "STANS_MAX", 0)
    assert BranchEntries(history.store).of_day("001/0001", NEXT_DAY, 12) == []
