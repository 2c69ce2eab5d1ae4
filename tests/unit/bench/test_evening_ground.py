"""Does an evening follow on a ledger only where it can, and is what it refuses told?"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from bench.country import Country, build
from bench.evening_ground import Ground, Unfit, ground_of, workers_at
from bench.founding import HARI, Forms, Founder, exhaust, found, head_office
from bench.opening_day import FLOOD_CLOCK
from bench.workload import AMOUNT_RUPIAH
from ledger.journal import Journal
from ledger.kinds.setoran_awal import SetoranAwal
from ledger.store import Store
from txserver.evening.child import _ReadOnce


def deposits(path: Path, country: Country, forms: Forms, *, is_closed: bool = False) -> None:
    """Every workstation takes one deposit."""
    store = Store.open(path)
    founder = Founder(store)
    founder.waktu_us = int(datetime.fromisoformat(FLOOD_CLOCK).timestamp() * 1e6)
    founder._hari = HARI
    asked = ((one.origin, SetoranAwal(forms.signed[one.number][0], AMOUNT_RUPIAH)) for one in country.stations)
    exhaust(founder.post(asked))
    if is_closed:
        founder._stan.clear()
        founder._stan["DEP/0000/KONSOL"] = 100
        founder.close_day(country)
    store.checkpoint()
    store.close()


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Country, Forms]:
    country = build(4, banks=2)
    path = tmp_path_factory.mktemp("day") / "ledger"
    forms = found(path, country, [2] * 4, [[] for _ in range(4)])
    with pytest.raises(Unfit, match="nobody deposited"):
        ground_of(path)
    deposits(path, country, forms)
    return path, country, forms


def test_a_day_that_was_left_open_is_gone_on_with(day: tuple[Path, Country, Forms]) -> None:
    path, country, _ = day
    ground = ground_of(path)
    banks = {one.branch.bank for one in country.stations}
    assert ground.heads == {bank.kode: head_office(bank) for bank in banks}
    assert {key: place.kode for key, place in ground.places.items()} == {
        f"{branch.bank.kode}/{branch.kode}": branch.place.kode for branch in country.branches
    }
    assert isinstance(ground, Ground)


def test_who_is_needed_for_a_cure_is_named_as_the_founding_names_him(day: tuple[Path, Country, Forms]) -> None:
    path, country, _ = day
    ground, one = ground_of(path), country.stations[0]
    users = workers_at(ground, one.origin.bank, one.origin.cabang, one.origin.device)
    office = country.offices[one.branch.place.kode]
    assert users[0] == one.origin.user
    assert users[2:] == [office.petugas.user, office.pejabat.user]
    store = Store.open(path)
    profiles = [store.books.pengguna(user) for user in users]
    store.close()
    assert [one.peran for one in profiles if one] == ["TELLER", "PENYELIA", "PETUGAS", "PEJABAT"]


def test_a_reader_that_lets_go_reads_the_same(
    day: tuple[Path, Country, Forms], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.journal.READ_CHUNK", 3)
    told = []
    for kind in (Journal, _ReadOnce):
        journal = kind.open(day[0] / "journal", writable=False)
        told.append((list(journal.read(2, 20)), journal.get(7), journal.sound(7), journal.head))
        journal.close()
    assert told[0] == told[1]
    assert len(told[0][0]) == 18


def test_what_is_no_ledger_or_was_closed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unfit, match="no ledger"):
        ground_of(tmp_path)
    country = build(2, banks=1)
    forms = found(tmp_path / "ledger", country, [1, 1], [[], []])
    deposits(tmp_path / "ledger", country, forms, is_closed=True)
    with pytest.raises(Unfit, match="its evening is over"):
        ground_of(tmp_path / "ledger")


def test_a_ledger_in_use_is_refused(day: tuple[Path, Country, Forms]) -> None:
    store = Store.open(day[0])
    with pytest.raises(Unfit, match="cannot be opened"):
        ground_of(day[0])
    store.close()
