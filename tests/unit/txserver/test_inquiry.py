"""Inquiries: who may see what, what is masked, and what a destroyed key leaves."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.engine import Asked, Posted
from ledger.ketentuan import HARI_AWAL
from ledger.kinds.spph import SpphBaru
from ledger.records import Origin, Refusal, origin_of
from ledger.rows import Spph
from ledger.store import Store
from ledger.vault import HEADER, SLOT
from tests.host_fixtures import (
    AYAH,
    FAR_TELLER,
    HARI,
    NAMA,
    NEIGHBOUR,
    NINE_US,
    OPERATOR,
    OTHER_OFFICE,
    PETUGAS,
    SETORAN,
    TELLER,
    TELLER_2,
    deposit,
    found,
    nik,
)
from txserver.board import Board
from txserver.inquiry import Inquiries
from txserver.recap import Recap
from txserver.wire.frames import (
    InquiryCabang,
    InquiryCetak,
    InquiryNik,
    InquiryPermintaan,
    InquiryPorsi,
    InquirySpph,
)

PORSI = "1100000001"
MASKED_NIK = "332501******0001"
NOT_FOUND, NOT_YOURS = Refusal("SKH7018", {}), Refusal("SKH7017", {})
EVERYBODY = (TELLER, TELLER_2, NEIGHBOUR, FAR_TELLER, PETUGAS, OTHER_OFFICE, OPERATOR)


class Answers:
    """A founded ledger in which TELLER has taken the deposit of person 1; person 2 is still open."""

    def __init__(self, path: Path) -> None:
        self.store, self.numbers = found(path, forms=2)
        (posted,) = self.store.post_batch([deposit(TELLER, 1, self.numbers[0])])
        assert isinstance(posted, Posted)
        self.seq = posted.seq
        self._inquiries = Inquiries(self.store, Board(self.store.books), Recap(self.store.books))

    def ask(self, origin: Origin, query: Any) -> dict[str, Any]:
        answer = self._inquiries.ask(query, origin)
        assert isinstance(answer, dict), answer
        return answer

    def refused(self, origin: Origin, query: Any) -> Refusal:
        answer = self._inquiries.ask(query, origin)
        assert isinstance(answer, Refusal), answer
        return answer


@pytest.fixture
def answers(tmp_path: Path) -> Iterator[Answers]:
    made = Answers(tmp_path / "ledger")
    yield made
    made.store.close()


def test_open_form_is_shown_in_full_to_its_province_but_for_the_nik(answers: Answers) -> None:
    for origin in (TELLER, NEIGHBOUR):
        shown = answers.ask(origin, InquirySpph(answers.numbers[1]))
        assert shown == {
            "nomor_spph": answers.numbers[1],
            "status": "SAH",
            "nama": NAMA,
            "nama_ayah": AYAH,
            "nik": "332501******0002",
            "tempat_lahir": "BATANG",
            "tanggal_lahir": "1960-01-02",
            "jenis_kelamin": "P",
            "alamat": "JL KENARI 1",
            "kelurahan": "KASEPUHAN",
            "kecamatan": "BATANG",
            "kab_kota": "Kab. Batang",
            "provinsi": "Jawa Tengah",
            "kode_pos": "51211",
            "telepon": "0285",
            "nominal_rupiah": SETORAN,
            "nomor_porsi": "",
        }


def test_pilgrim_in_full_to_his_branch_and_the_centre(answers: Answers) -> None:
    for origin in (TELLER, TELLER_2, OPERATOR):
        shown = answers.ask(origin, InquiryPorsi(PORSI))
        assert (shown["nama"], shown["nik"], shown["alamat"]) == (NAMA, MASKED_NIK, "JL KENARI 1")
    own = {"status": "BERPORSI", "posisi": 1, "seq": answers.seq, "waktu_us": NINE_US, "hari": HARI}
    where = {"bank": "001", "cabang": "0001", "saldo_rupiah": SETORAN, "nomor_spph": answers.numbers[0]}
    assert (own | where).items() <= shown.items()


def test_pilgrim_of_another_branch_is_initials_year_and_sex(answers: Answers) -> None:
    for query in (InquiryPorsi(PORSI), InquirySpph(answers.numbers[0]), InquiryNik(nik(1))):
        shown = answers.ask(NEIGHBOUR, query)
        assert shown["nama"] == "S*** K*****"
        assert shown["nama_ayah"] == "U*** K*****"
        assert (shown["tanggal_lahir"], shown["jenis_kelamin"], shown["nik"]) == ("1960", "P", MASKED_NIK)
        blanks = ("tempat_lahir", "alamat", "kelurahan", "kecamatan", "kode_pos", "telepon")
        assert [shown[name] for name in blanks] == [""] * 6


def test_own_office_sees_the_nik_and_nobody_else_does(answers: Answers) -> None:
    whole = nik(1)
    assert answers.ask(PETUGAS, InquiryPorsi(PORSI))["nik"] == whole
    assert answers.ask(PETUGAS, InquiryPorsi(PORSI))["alamat"] == "JL KENARI 1"
    for origin in EVERYBODY:
        if origin == PETUGAS:
            continue
        for query in (InquiryPorsi(PORSI), InquirySpph(answers.numbers[0]), InquiryNik(whole), InquiryCetak(PORSI)):
            said = str(answers._inquiries.ask(query, origin))
            assert whole not in said
            assert whole[6:12] not in said, "not even the birth date out of its middle"


@pytest.mark.parametrize("origin", [FAR_TELLER, OTHER_OFFICE], ids=lambda origin: origin.perangkat)
def test_outside_the_province_or_regency_nothing_is_shown(answers: Answers, origin: Origin) -> None:
    for query in (InquiryPorsi(PORSI), InquiryNik(nik(1)), InquiryCetak(PORSI)):
        assert answers.refused(origin, query) == NOT_YOURS
    said = answers.refused(origin, InquirySpph(answers.numbers[0]))
    elsewhere = Refusal("SKH2005", {"provinsi": "33", "provinsi_cabang": "32"})
    assert said == (elsewhere if origin == FAR_TELLER else NOT_YOURS), "a teller hears why the deposit would be refused"


def test_office_of_the_same_province_sees_its_own_regency_only(answers: Answers) -> None:
    places = answers.store.books.tables["cabang"]
    row = places.get("001/0002")
    assert row.kab_kota == "3326"
    places.put("DEP/3326", type(row)("DEP", "3326", "KDP", "3326", row.provinsi, row.kode_porsi, 420, "AKTIF"))
    neighbour_office = origin_of("DEP", "3326", "KDP1", "PTG3326")
    assert answers.refused(neighbour_office, InquiryPorsi(PORSI)) == NOT_YOURS
    answers.store.books.drop()


def test_nothing_found(answers: Answers) -> None:
    for query in (
        InquirySpph("33250009999"),
        InquiryPorsi("1100000002"),
        InquiryNik(nik(2)),
        InquiryCetak("1100000002"),
        InquiryPermintaan("001", "0001", "T1", 2, HARI),
        InquiryPermintaan("001", "0001", "T9", 1, HARI),
    ):
        assert answers.refused(TELLER, query) == NOT_FOUND


def test_nine_digits_are_padded(answers: Answers) -> None:
    assert answers.refused(TELLER, InquiryPorsi("100000001")) == NOT_FOUND  # 0100000001: another series
    assert answers.ask(TELLER, InquiryPorsi(PORSI))["nomor_porsi"] == PORSI


def test_request_shows_its_stored_answer_to_its_branch_and_the_centre(answers: Answers) -> None:
    query = InquiryPermintaan("001", "0001", "T1", 1, HARI)
    for origin in (TELLER, TELLER_2, OPERATOR):
        assert answers.ask(origin, query) == {
            "seq": answers.seq,
            "kind": "STA",
            "waktu_us": NINE_US,
            "data": {"nomor_porsi": PORSI},
        }
    assert answers.refused(NEIGHBOUR, query) == NOT_YOURS


def test_totals_of_a_branch_to_itself_and_the_centre(answers: Answers) -> None:
    query = InquiryCabang("001", "0001", HARI)
    expected = {
        "saldo": [["KLIRING", "IDR", 1, SETORAN, 0], ["TABUNGAN", "IDR", 1, 0, SETORAN]],
        "jenis": [["STA", 1, SETORAN]],
        "terakhir": [[answers.seq, NINE_US, "STA", "T1", "TLR1", 1, PORSI, SETORAN]],
        "terbuka": [],
        "laci": [],
    }
    assert answers.ask(TELLER, query) == expected
    assert answers.ask(OPERATOR, query) == expected
    assert answers.refused(NEIGHBOUR, query) == NOT_YOURS
    nothing: dict[str, Any] = {"saldo": [], "jenis": [], "terakhir": [], "terbuka": [], "laci": []}
    assert answers.ask(NEIGHBOUR, InquiryCabang("001", "0002", HARI)) == nothing
    assert answers.ask(TELLER, InquiryCabang("001", "0001", "2004-05-02")) == nothing


def test_receipt_goes_to_the_branch_that_took_the_deposit_alone(answers: Answers) -> None:
    sheets = answers.ask(TELLER, InquiryCetak(PORSI))["halaman"]
    assert len(sheets) == 5
    assert all(len(line) <= 80 for sheet in sheets for line in sheet)
    assert any(PORSI in line for line in sheets[0])
    assert any(NAMA in line for line in sheets[0])
    assert answers.ask(TELLER, InquiryCetak(PORSI))["halaman"] == sheets, "a print that was lost comes again"
    for origin in (NEIGHBOUR, PETUGAS, OPERATOR):
        assert answers.refused(origin, InquiryCetak(PORSI)) == NOT_YOURS


def destroy(store: Store, row: Spph) -> None:
    """Overwrite a pilgrim's key in place."""
    slots = os.open(store.path / "kunci" / "slot.dat", os.O_WRONLY)
    os.pwrite(slots, bytes(SLOT), len(HEADER) + SLOT * row.kunci)
    os.close(slots)


def test_destroyed_key_shows_blanks_and_spares_the_rest(answers: Answers) -> None:
    row = answers.store.books.spph(answers.numbers[0])
    assert row is not None
    destroy(answers.store, row)
    for origin in (TELLER, PETUGAS, OPERATOR):
        shown = answers.ask(origin, InquiryPorsi(PORSI))
        assert (shown["nama"], shown["nik"], shown["alamat"]) == ("", "", "")
        assert (shown["posisi"], shown["saldo_rupiah"]) == (1, SETORAN)
    sheets = answers.ask(TELLER, InquiryCetak(PORSI))["halaman"]
    assert NAMA not in str(sheets)
    assert any(PORSI in line for line in sheets[0])
    assert answers.ask(TELLER, InquirySpph(answers.numbers[1]))["nama"] == NAMA


def test_pilgrim_without_nik_has_nothing_to_mask(tmp_path: Path) -> None:
    store, _ = found(tmp_path / "ledger", forms=1)
    old_card = SpphBaru(NAMA, AYAH, "", "KTP-LAMA-1", "BATANG", "1960-01-02", "P", "JL", "K", "B", "", "", "")
    (posted,) = store.post_batch([Asked(PETUGAS, 2, HARI, old_card, NINE_US)])
    assert isinstance(posted, Posted)
    shown = Inquiries(store, Board(store.books), Recap(store.books)).ask(
        InquirySpph(str(posted.data["nomor_spph"])), TELLER
    )
    assert isinstance(shown, dict)
    assert shown["nik"] == ""
    assert "KTP-LAMA" not in str(shown)
    store.close()


def test_before_the_first_day_no_amount_is_named(tmp_path: Path) -> None:
    store, numbers = found(tmp_path / "ledger", forms=1)
    store.books.tables["hari"].put("kini", HARI_AWAL)
    shown = Inquiries(store, Board(store.books), Recap(store.books)).ask(InquirySpph(numbers[0]), TELLER)
    assert isinstance(shown, dict)
    assert shown["nominal_rupiah"] == 0
    store.books.drop()
    store.close()
