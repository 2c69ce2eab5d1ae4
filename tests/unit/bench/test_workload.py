from __future__ import annotations

import random
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from bench.country import build
from bench.founding import HARI, Forms, found
from bench.workload import (
    AMOUNT_RUPIAH,
    WRONG_RUPIAH,
    What,
    doubles_of,
    fit,
    keyed,
    plan_day,
    plan_flood,
    share_out,
)
from ledger.engine import Asked, Posted
from ledger.ketentuan import aturan_pada
from ledger.kinds.setoran_awal import SetoranAwal
from ledger.records import Refusal
from ledger.store import Store

NOON_US = int(datetime.fromisoformat(f"{HARI}T12:00:00+07:00").timestamp() * 1e6)


def test_registrations_are_shared_out_evenly() -> None:
    counts = share_out(99_865, 3_566)
    assert sum(counts) == 99_865
    assert set(counts) == {28, 29}


def test_a_flood_is_registrations_alone() -> None:
    assert [[item.form for item in items] for items in plan_flood([2, 0, 1])] == [[0, 1], [], [0]]


def test_the_day_has_its_mix() -> None:
    counts = share_out(50_000, 2_000)
    items = [item for row in plan_day(random.Random(1), counts) for item in row]
    kinds = Counter(item.what for item in items)
    assert kinds[What.GRANT] == 50_000
    refused = sum(kinds[what] for what in What if what.expect.startswith("SKH"))
    assert refused / 50_000 == pytest.approx(0.06, abs=0.001)
    assert kinds[What.REPRINT] == 2_000
    assert sum(item.lose for item in items) / 50_000 == pytest.approx(0.005, abs=0.001)


def test_what_refers_to_a_registration_comes_after_it() -> None:
    for items in plan_day(random.Random(2), share_out(3_000, 90)):
        seen = set()
        for item in items:
            if item.what is What.GRANT:
                seen.add(item.form)
            assert item.form in seen


def test_a_country_of_one_province_has_no_other() -> None:
    plan = plan_day(random.Random(3), [500])
    assert any(item.what is What.PROVINCE for item in plan[0])
    assert not any(item.what is What.PROVINCE for item in fit(plan, build(1))[0])


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Forms]:
    country, counts = build(40, seed=4), share_out(600, 40)
    plan = plan_day(random.Random(4), counts)
    path = tmp_path_factory.mktemp("founded") / "ledger"
    return path, found(path, country, counts, doubles_of(plan), seed=4)


def test_the_ledger_answers_every_item_as_planned(founded: tuple[Path, Forms]) -> None:
    path, forms = founded
    country, counts = build(40, seed=4), share_out(600, 40)
    plan = plan_day(random.Random(4), counts)
    store = Store.open(path)
    try:
        assert store.books.hari == HARI
        for station, items in zip(country.stations, plan, strict=True):
            posting = [item for item in items if item.what is not What.REPRINT]
            batch = [
                Asked(station.origin, stan, HARI, SetoranAwal(*keyed(item, station, forms)), NOON_US)
                for stan, item in enumerate(posting, 1)
            ]
            for item, outcome in zip(posting, store.post_batch(batch), strict=True):
                assert isinstance(outcome, Posted | Refusal)
                assert (outcome.id if isinstance(outcome, Refusal) else "") == item.what.expect
    finally:
        store.close()


def test_the_amounts_are_right_and_wrong() -> None:
    aturan = aturan_pada(HARI)
    assert aturan is not None
    assert aturan.setoran_awal_rupiah == AMOUNT_RUPIAH
    assert aturan.setoran_awal_rupiah != WRONG_RUPIAH
