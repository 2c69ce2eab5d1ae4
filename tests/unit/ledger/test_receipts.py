"""Is what is printed whole, 80 columns wide and in good Indonesian?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.fields import FIELDS
from ledger.kinds.setoran_awal import SetoranAwalFacts, receipt
from ledger.receipts import SHEETS, WIDTH, pages, rupiah, tanggal, terbilang, waktu
from ledger.records import Data, Receipt, Stamp
from tests.ledger_fixtures import JAM, PAGI

STAMP = Stamp(
    64, PAGI + 61_000_000, "2004-05-03", "002", "0101", "T1", 17, "T0101", "", bytes(8), "002/0101", "002/0101/T1"
)
FACTS = SetoranAwalFacts("1100000001", "33250000001", "00" * 16, 20_000_000)
PRIBADI: Data = {
    "nama": "AHMAD",
    "nama_ayah": "YUSUF",
    "nik": "3325011205500001",
    "ktp_lama": "",
    "tempat_lahir": "BATANG",
    "tanggal_lahir": "1950-05-12",
    "kab_kota": "Kab. Batang",
    "provinsi": "Jawa Tengah",
}

GOLDEN = """\
                  SISKOHAT - SISTEM KOMPUTERISASI HAJI TERPADU
                            BUKTI SETORAN AWAL BPIH
================================================================================
BPS / cabang        : 002 / 0101  CABANG BATANG
Tanggal             : 3 Mei 2004  08.01.01 WIB
Entri / STAN        : 64 / 000017   perangkat T1   petugas T0101
--------------------------------------------------------------------------------
Nomor porsi         : 1100000001
Nomor SPPH          : 33250000001
Nama lengkap        : AHMAD
Nama ayah           : YUSUF
NIK                 : 3325011205500001
Tempat lahir        : BATANG
Tanggal lahir       : 1950-05-12
Kab/kota            : Kab. Batang
Provinsi            : Jawa Tengah
--------------------------------------------------------------------------------
Jumlah              : Rp 20.000.000
Terbilang           : dua puluh juta rupiah
================================================================================

  Petugas BPS BPIH                        Calon jemaah haji


  (..............................)        (..............................)

Sah hanya bila dicetak BPS BPIH melalui SISKOHAT (D/163 pasal 1(13)).
Lembar 1 dari 5: Calon jemaah haji"""


def test_one_sheet_as_it_is_printed() -> None:
    """Does the first sheet of a deposit look like this, to the character?"""
    assert "\n".join(pages(receipt(FACTS, STAMP, PRIBADI), STAMP, "CABANG BATANG", 420)[0]) == GOLDEN


def test_five_sheets_differ_in_their_receiver_only() -> None:
    """Is each sheet named by its receiver, and the rest the same?"""
    sheets = pages(receipt(FACTS, STAMP, PRIBADI), STAMP, "CABANG BATANG", 420)
    assert [sheet[-1] for sheet in sheets] == [f"Lembar {n} dari 5: {name}" for n, name in enumerate(SHEETS, 1)]
    assert len({tuple(sheet[:-1]) for sheet in sheets}) == 1


def test_a_reprint_says_so_and_is_the_same_otherwise() -> None:
    """Does every sheet of copy n carry its number, in the title and nowhere else?"""
    first = pages(receipt(FACTS, STAMP, PRIBADI), STAMP, "CABANG BATANG", 420)
    copy = pages(receipt(FACTS, STAMP, PRIBADI), STAMP, "CABANG BATANG", 420, 9_999)
    assert {sheet[1].strip() for sheet in copy} == {"BUKTI SETORAN AWAL BPIH - DUPLIKAT 9999"}
    assert all(len(sheet[1]) <= 80 for sheet in copy)
    assert [sheet[:1] + sheet[2:] for sheet in copy] == [sheet[:1] + sheet[2:] for sheet in first]


def test_a_reprint_is_the_same_page_with_its_number_on_every_sheet() -> None:
    kept = receipt(FACTS, STAMP, PRIBADI)
    first, again = (pages(kept, STAMP, "CABANG BATANG", 420, duplikat) for duplikat in (0, 12))
    for original, sheet in zip(first, again, strict=True):
        differ = [(was, now) for was, now in zip(original, sheet, strict=True) if was != now]
        assert differ == [(original[1], f"{kept.judul} - DUPLIKAT 12".center(80).rstrip())]
        assert "DUPLIKAT" not in "".join(original)


def test_nothing_is_cut_off() -> None:
    """With the longest values every field may have: is every line within 80 columns, and every character there?"""
    longest: Data = {
        name: "".join(chr(65 + n % 26) for n in range(field.length))
        for name, field in FIELDS.items()
        if name != "sandi"
    }
    stamp = Stamp(
        98_765_432,
        PAGI,
        "2004-09-30",
        "002",
        "0101",
        "ABCDEFGHIJ",
        999_999,
        "KLMNOPQRST",
        "",
        bytes(8),
        "002/0101",
        "x",
    )
    facts = SetoranAwalFacts("1199999999", "33259999999", "", 888_888_888_888_888)
    [sheet, *_] = pages(receipt(facts, stamp, longest), stamp, "C" * 40, 480)
    assert max(map(len, sheet)) <= WIDTH
    text = "".join(line.strip() for line in sheet)
    for value in [*map(str, longest.values()), "C" * 40, "KLMNOPQRST", "98765432", "30 September 2004"]:
        assert value in text, value
    words = " ".join(line.strip() for line in sheet)
    assert f"{terbilang(888_888_888_888_888)} rupiah" in words


def test_labels_fit_their_column() -> None:
    """Is no label wider than the 20 columns before the colon?"""
    assert {name: field.label for name, field in FIELDS.items() if len(field.label) > 20} == {}


def test_a_name_the_reference_does_not_know_is_still_readable() -> None:
    """Does a line without a row in the field reference get a label made of its name?"""
    [sheet, *_] = pages(Receipt("JUDUL", (("nomor_lain", "7"), ("kosong", "")), 0), STAMP, "X", 420)
    assert "Nomor lain          : 7" in sheet
    assert not any("osong" in line for line in sheet), "a line without a value is not printed"
    assert "Terbilang           : nol rupiah" in sheet


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (0, "nol"),
        (1, "satu"),
        (10, "sepuluh"),
        (11, "sebelas"),
        (12, "dua belas"),
        (19, "sembilan belas"),
        (20, "dua puluh"),
        (21, "dua puluh satu"),
        (99, "sembilan puluh sembilan"),
        (100, "seratus"),
        (101, "seratus satu"),
        (111, "seratus sebelas"),
        (200, "dua ratus"),
        (999, "sembilan ratus sembilan puluh sembilan"),
        (1_000, "seribu"),
        (1_001, "seribu satu"),
        (1_100, "seribu seratus"),
        (2_000, "dua ribu"),
        (11_000, "sebelas ribu"),
        (100_000, "seratus ribu"),
        (101_000, "seratus satu ribu"),
        (1_000_000, "satu juta"),
        (1_001_000, "satu juta seribu"),
        (20_000_000, "dua puluh juta"),
        (20_350_000, "dua puluh juta tiga ratus lima puluh ribu"),
        (1_000_000_000, "satu miliar"),
        (10**12, "satu triliun"),
        (10**15, "seribu triliun"),
    ],
)
def test_terbilang(n: int, words: str) -> None:
    """Are amounts in words what a teller would write?"""
    assert terbilang(n) == words


VALUES = {
    word: value
    for value, word in enumerate("nol satu dua tiga empat lima enam tujuh delapan sembilan sepuluh sebelas".split())  # noqa: SIM905
}
UNITS = {"ribu": 10**3, "juta": 10**6, "miliar": 10**9, "triliun": 10**12}


def counted(words: str) -> int:
    """The number that words mean, read from left to right."""
    total = group = last = 0
    for word in words.split():
        if word in UNITS:
            total, group, last = total + max(group + last, 1) * UNITS[word], 0, 0
        elif word == "seribu":
            total += 1000
        elif word == "seratus":
            group, last = group + 100, 0
        elif word == "ratus":
            group, last = group + last * 100, 0
        elif word == "puluh":
            group, last = group + last * 10, 0
        elif word == "belas":
            group, last = group + last + 10, 0
        else:
            last = VALUES[word]
    return total + group + last


@given(st.integers(0, 10**15 - 1))
def test_terbilang_reads_back(n: int) -> None:
    """Do the words of any amount mean that amount?"""
    assert counted(terbilang(n)) == n


def test_figures_dates_and_times_as_printed() -> None:
    """Thousands by dots, dates in words, time of the place with its zone."""
    assert [rupiah(n) for n in (0, 999, 1_000, 20_000_000)] == ["Rp 0", "Rp 999", "Rp 1.000", "Rp 20.000.000"]
    assert [tanggal(hari) for hari in ("2004-01-31", "2004-02-29", "2004-12-01")] == [
        "31 Januari 2004",
        "29 Februari 2004",
        "1 Desember 2004",
    ]
    assert [waktu(PAGI, zona) for zona in (420, 480, 540)] == ["08.00.00 WIB", "09.00.00 WITA", "10.00.00 WIT"]
    assert waktu(PAGI + 16 * JAM - 1, 420) == "23.59.59 WIB"
