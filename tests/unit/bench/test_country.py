from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.country import BRANCHES, STATIONS, apportion, build
from bench.people import People
from ledger.ketentuan import cacat_nik
from ledger.wilayah import KAB_KOTA, PROVINSI


def test_the_whole_country_has_the_figures_of_opening_day() -> None:
    country = build()
    provinces = Counter(branch.place.provinsi for branch in country.branches)
    banks = Counter(station.origin.bank for station in country.stations)
    zones = Counter(station.zona for station in country.stations)
    assert (len(country.banks), len(country.branches), len(country.stations)) == (7, BRANCHES, STATIONS)
    assert len(provinces) == 26
    assert banks["002"] / STATIONS == pytest.approx(0.31, abs=0.002)
    assert all(banks[bank.kode] / STATIONS == pytest.approx(0.115, abs=0.002) for bank in country.banks[1:])
    assert provinces["35"] / BRANCHES == pytest.approx(0.209, abs=0.002)
    assert provinces["32"] / BRANCHES == pytest.approx(0.191, abs=0.002)
    assert zones["WIB"] == 2_960
    assert zones["WITA"] / STATIONS == pytest.approx(0.157, abs=0.002)


def test_the_same_seed_is_the_same_country() -> None:
    assert build(300, seed=5) == build(300, seed=5)
    assert build(300, seed=5) != build(300, seed=6)


@given(st.integers(1, 200), st.integers(1, 7), st.integers(0, 60), st.integers(0, 9))
def test_any_size_holds_together(stations: int, banks: int, branches: int, seed: int) -> None:
    country = build(stations, banks=banks, branches=branches, seed=seed)
    origins = {station.origin.perangkat for station in country.stations}
    users = {station.origin.user for station in country.stations}
    assert len(country.stations) == len(origins) == len(users) == stations
    assert sum(branch.stations for branch in country.branches) == stations
    assert [station.number for station in country.stations] == list(range(stations))
    assert all(len(user) <= 10 for user in users)
    assert all(1 <= len(branch.nama) <= 40 for branch in country.branches)
    assert len(country.branches) >= min(branches, stations)
    for station in country.stations:
        assert station.branch.place.kode in country.offices
        assert PROVINSI[station.branch.place.provinsi].zona == station.zona


@given(st.dictionaries(st.text(min_size=1), st.floats(0.1, 1_000), min_size=1), st.integers(0, 5_000))
def test_shares_sum_to_the_total(shares: dict[str, float], total: int) -> None:
    counts = apportion(shares, total)
    whole = sum(shares.values())
    assert sum(counts.values()) == total
    assert all(abs(counts[key] - total * share / whole) <= 1 for key, share in shares.items())


def test_pilgrims_are_valid_and_never_alike() -> None:
    people = People(random.Random(3))
    homes = [KAB_KOTA[kode] for kode in sorted(KAB_KOTA)]
    forms = [people.form(homes[at % len(homes)]) for at in range(6_000)]
    assert len({form.nik for form in forms}) == len(forms)
    for form in forms:
        assert cacat_nik(form.nik, form.tanggal_lahir, form.jenis_kelamin) == ""
        assert (int(form.nik[6:8]) > 40) == (form.jenis_kelamin == "P")
        texts = (form.nama, form.nama_ayah, form.tempat_lahir, form.alamat, form.kelurahan, form.kecamatan)
        assert all(text and text == text.strip() and text.isprintable() for text in texts)
        assert max(map(len, (form.nama, form.nama_ayah))) <= 40
        assert max(map(len, (form.tempat_lahir, form.kelurahan, form.kecamatan))) <= 30


def test_the_same_seed_is_the_same_people() -> None:
    home = KAB_KOTA["3325"]
    one, other = People(random.Random(9)), People(random.Random(9))
    assert [one.form(home) for _ in range(50)] == [other.form(home) for _ in range(50)]
