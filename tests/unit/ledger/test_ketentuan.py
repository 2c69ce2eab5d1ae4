"""Does a date pick the right decree, a clock the right hour, and a NIK tell what it can?"""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.ketentuan import ATURAN, HARI_AWAL, aturan_pada, cacat_nik, is_tanggal
from ledger.wilayah import KAB_KOTA, PROVINSI, ZONES
from tests.ledger_fixtures import JAM, PAGI


@pytest.mark.parametrize(
    ("hari", "id"),
    [
        ("1995-12-31", None),
        (HARI_AWAL, None),
        ("1996-01-01", "RS-1996"),
        ("2003-12-31", "RS-1996"),
        ("2004-01-01", "RS-2004"),
        ("2010-09-30", "RS-2004"),
        ("2010-10-01", "RS-2010"),
        ("2016-01-01", "RS-2016"),
        ("2018-04-16", "RS-2018"),
        ("2019-04-29", "RS-2019"),
        ("2021-11-15", "RS-2022"),
        ("2023-11-09", "RS-2024"),
        ("2025-10-27", "RS-2024"),
        ("2025-10-28", "RS-2026"),
        ("9999-12-31", "RS-2026"),
    ],
)
def test_the_date_picks_the_rule_set(hari: str, id: str | None) -> None:
    """Is the set the one in force on that very day?"""
    aturan = aturan_pada(hari)
    assert (aturan.id if aturan else None) == id


def test_rule_sets_are_in_order_and_only_2004_is_complete() -> None:
    """Is the table sorted by day of effect, and does no half-filled set call itself complete?"""
    starts = [aturan.berlaku for aturan in ATURAN]
    assert starts == sorted(set(starts))
    assert [aturan.id for aturan in ATURAN if aturan.lengkap] == ["RS-2004"]
    rs_2004 = aturan_pada("2004-05-03")
    assert rs_2004 is not None
    assert (rs_2004.setoran_awal_rupiah, rs_2004.wajib_provinsi_domisili, rs_2004.biaya_usd_sen) == (
        20_000_000,
        True,
        250,
    )


@pytest.mark.parametrize("zona", sorted(ZONES))
def test_deposit_hours_by_the_clock_on_the_wall(zona: str) -> None:
    """Open from 08.00.00 to just before 15.00.00 local time, on any day."""
    aturan = aturan_pada("2004-05-03")
    assert aturan is not None
    eight = PAGI - (ZONES[zona] - ZONES["WIB"]) * 60_000_000
    edges = [eight - 1, eight, eight + 7 * JAM - 1, eight + 7 * JAM]
    for days in (0, 1, 365, 20_000):
        assert [aturan.is_jam_setoran(at + days * 24 * JAM, ZONES[zona]) for at in edges] == [False, True, True, False]


@given(st.integers(0, 10**16), st.sampled_from(sorted(ZONES.values())))
def test_seven_hours_of_every_day(waktu_us: int, zona_menit: int) -> None:
    """Whatever the moment: is it open just when the local hour is 8 to 14?"""
    aturan = aturan_pada("2004-05-03")
    assert aturan is not None
    hour = (waktu_us + zona_menit * 60_000_000) // JAM % 24
    assert aturan.is_jam_setoran(waktu_us, zona_menit) == (8 <= hour < 15)


@pytest.mark.parametrize("text", ["2004-02-29", "2000-02-29", "0001-01-01", "9999-12-31"])
def test_dates_that_exist(text: str) -> None:
    """Is every date of the calendar one?"""
    assert is_tanggal(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "2004-02-30", "1900-02-29", "2003-02-29", "2004-13-01", "2004-00-01", "2004-01-00", "0000-01-01",
        "2004-1-01", "20040101", "2004-W01-1", "04-01-2004", "2004-01-01 ", "2004/01/01", "\u0662004-01-01", HARI_AWAL,
    ],
)  # fmt: skip
def test_dates_that_do_not(text: str) -> None:
    """Is everything else none, however Python's own parser feels about it?"""
    assert not is_tanggal(text)


@given(
    st.dates(date(1900, 1, 1), date(2026, 12, 31)),
    st.booleans(),
    st.integers(0, 9999),
    st.sampled_from(sorted(KAB_KOTA)),
)
def test_a_nik_made_by_the_rule_has_no_fault(born: date, woman: bool, serial: int, kab_kota: str) -> None:
    """For any birth date, sex and region: is the NIK right, and each change of the form noticed?"""
    nik = f"{kab_kota}01{born.day + 40 * woman:02d}{born:%m%y}{serial:04d}"
    sex, other = ("P", "L") if woman else ("L", "P")
    assert cacat_nik(nik, born.isoformat(), sex) == ""
    assert cacat_nik(nik, born.isoformat(), other) == "kelamin"
    assert cacat_nik(nik[:-1], born.isoformat(), sex) == "bentuk"
    assert cacat_nik(nik[:-1] + "x", born.isoformat(), sex) == "bentuk"
    day = 1 if born.day != 1 else 2
    assert cacat_nik(nik, born.replace(day=day).isoformat(), sex) == "lahir"


def test_the_worked_example() -> None:
    """Domain 2.3: 3515144508680002 is a woman born on 5 August 1968."""
    assert cacat_nik("3515144508680002", "1968-08-05", "P") == ""
    assert cacat_nik("3515144508680002", "1968-08-05", "L") == "kelamin"
    assert cacat_nik("3515144508680002", "1968-08-06", "P") == "lahir"


def test_two_digits_of_the_year_leave_the_century_to_the_form() -> None:
    """Are 1925 and 2025 both right for the same NIK?"""
    assert {cacat_nik("3325010101250001", f"{century}25-01-01", "L") for century in (19, 20)} == {""}


# --- wilayah ----------------------------------------------------------------------------------------------------


def test_every_regency_has_its_province_zone_and_series() -> None:
    """Does each of 514 regencies lead to a province with a zone of three and a series of two digits?"""
    assert (len(PROVINSI), len(KAB_KOTA)) == (38, 514)
    for kode, place in KAB_KOTA.items():
        assert kode[:2] == place.provinsi
        province = PROVINSI[place.provinsi]
        assert province.zona_menit in {420, 480, 540}
        assert len(province.kode_porsi) == 2
        assert province.kode_porsi.isdigit()


def test_series_that_real_numbers_show() -> None:
    """01 Aceh and 13 Jawa Timur were seen; the others follow the order of the KMA list."""
    assert (PROVINSI["11"].kode_porsi, PROVINSI["35"].kode_porsi, PROVINSI["33"].kode_porsi) == ("01", "13", "11")


def test_only_the_new_papua_provinces_share_a_series() -> None:
    """Do two provinces ever count in one series, but for those that took over their parent's?"""
    by_series: dict[str, list[str]] = {}
    for province in PROVINSI.values():
        by_series.setdefault(province.kode_porsi, []).append(province.nama)
    shared = {series: names for series, names in by_series.items() if len(names) > 1}
    assert len(by_series) == 34
    assert {name for names in shared.values() for name in names} == {
        "Papua", "Papua Selatan", "Papua Tengah", "Papua Pegunungan", "Papua Barat", "Papua Barat Daya",
    }  # fmt: skip


def test_names_as_printed() -> None:
    """Kab. and Kota stand before the name."""
    assert (KAB_KOTA["3325"].nama_lengkap, KAB_KOTA["3578"].nama_lengkap) == ("Kab. Batang", "Kota Surabaya")
