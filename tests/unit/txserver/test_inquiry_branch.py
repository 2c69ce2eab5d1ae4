"""Inquiries of a branch about its own work: names, history, drawer, messages, and which receipts leave."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from ledger.kinds.bank import BankBaru
from ledger.kinds.cabang import CabangBaru
from ledger.kinds.cetak_ulang import CetakUlang
from ledger.kinds.koreksi_setoran import KoreksiSetoran
from ledger.kinds.laci_buka import LaciBuka
from ledger.kinds.pengguna import PenggunaBaru
from ledger.kinds.setoran_awal import SetoranAwal
from ledger.kinds.spph import SpphBaru
from ledger.kinds.spph_sah import SpphSah
from ledger.records import Origin, Refusal, origin_of
from tests.host_fixtures import (
    FAR_TELLER,
    HARI,
    NEIGHBOUR,
    NINE_US,
    OPERATOR,
    OTHER_OFFICE,
    PEJABAT,
    PETUGAS,
    SETORAN,
    SUPERVISOR,
    TELLER,
    TELLER_2,
    found,
    must,
    open_next,
)
from txserver import branch, inquiry
from txserver.board import Board, Said
from txserver.inquiry import Inquiries
from txserver.recap import Recap
from txserver.wire.frames import (
    InquiryCabang,
    InquiryCetak,
    InquiryLaci,
    InquiryNama,
    InquiryPesan,
    InquiryPorsi,
    InquiryRiwayat,
)

NEXT_DAY = "2004-05-04"
NOT_FOUND, NOT_YOURS = Refusal("SKH7018", {}), Refusal("SKH7017", {})
PEOPLE = ("SITI AMINAH", "SITI RAHAYU", "AHMAD SIT", "UMAR BIN SITI", "RAHAYU")


class Branch:
    """A branch at work: TELLER has taken the deposits of PEOPLE, the neighbour that of one SITI more."""

    def __init__(self, path: Path) -> None:
        self.store, _ = found(path, forms=1)
        self.board = Board(self.store.books)
        self._inquiries = Inquiries(self.store, self.board, Recap(self.store.books))
        self._stan: dict[tuple[str, str], int] = {}
        self.hari = HARI
        self.forms: dict[str, str] = {}
        self.porsi: dict[str, str] = {}
        for at, name in enumerate((*PEOPLE, "SITI TETANGGA")):
            self.issue(name, at)
            self.take(NEIGHBOUR if name == "SITI TETANGGA" else TELLER, name)

    def post(self, origin: Origin, body: Struct, penyetuju: str = "") -> dict[str, Any]:
        key = (origin.perangkat, self.hari)
        self._stan[key] = self._stan.get(key, 50) + 1
        (posted,) = must(self.store, [(origin, self._stan[key], self.hari, body)], penyetuju)
        return posted.data | {"seq": posted.seq}

    def issue(self, name: str, at: int) -> None:
        nik = f"330501420160{9000 + at}"
        body = SpphBaru(name, "AYAH", nik, "", "BATANG", "1960-01-02", "P", "JL", "K", "B", "51211", "", "uji")
        nomor = self.forms[name] = self.post(PETUGAS, body)["nomor_spph"]
        self.post(PEJABAT, SpphSah(nomor))

    def take(self, origin: Origin, name: str) -> None:
        self.porsi[name] = self.post(origin, SetoranAwal(self.forms[name], SETORAN))["nomor_porsi"]

    def open_next_day(self) -> None:
        open_next(self.store, NEXT_DAY)
        self.hari = NEXT_DAY

    def ask(self, origin: Origin, query: Any) -> dict[str, Any]:
        answer = self._inquiries.ask(query, origin)
        assert isinstance(answer, dict), answer
        return answer

    def refused(self, origin: Origin, query: Any) -> Refusal:
        answer = self._inquiries.ask(query, origin)
        assert isinstance(answer, Refusal), answer
        return answer

    def names(self, nama: str, origin: Origin = TELLER) -> list[str]:
        """Names found, over as many questions as it takes."""
        shown, lanjut = [], ""
        while True:
            answer = self.ask(origin, InquiryNama(nama, lanjut))
            shown += [row[1] for row in answer["baris"]]
            lanjut = answer["lanjut"]
            if not lanjut:
                return shown


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Branch]:
    made = Branch(tmp_path / "ledger")
    yield made
    made.store.close()


@pytest.mark.parametrize(
    ("nama", "expected"),
    [
        ("SITI", ["UMAR BIN SITI", "SITI RAHAYU", "SITI AMINAH"]),
        ("sit", ["UMAR BIN SITI", "AHMAD SIT", "SITI RAHAYU", "SITI AMINAH"]),
        ("  rahayu   siti ", ["SITI RAHAYU"]),
        ("RAHAYU", ["RAHAYU", "SITI RAHAYU"]),
        ("S I T", ["UMAR BIN SITI", "AHMAD SIT", "SITI RAHAYU", "SITI AMINAH"]),
        ("FATIMAH", []),
        ("AYAH", []),
    ],
)
def test_name_holds_every_word_newest_first(place: Branch, nama: str, expected: list[str]) -> None:
    assert place.names(nama) == place.names(nama, TELLER_2) == place.names(nama, SUPERVISOR) == expected


def test_a_row_of_names(place: Branch) -> None:
    answer = place.ask(TELLER, InquiryNama("AMINAH"))
    calon = place.store.books.calon(place.porsi["SITI AMINAH"])
    assert calon is not None
    assert answer == {"baris": [[calon.nomor_porsi, "SITI AMINAH", HARI, "BERPORSI", calon.seq]], "lanjut": ""}


def test_only_the_branch_that_took_the_deposit_finds_the_name(place: Branch) -> None:
    assert place.names("SITI", NEIGHBOUR) == ["SITI TETANGGA"]
    for origin in (FAR_TELLER, PETUGAS, OPERATOR, OTHER_OFFICE):
        assert place.names("SITI", origin) == []


@pytest.mark.parametrize("nama", ["SI ", "123", "S 9 I", "..."])
def test_fewer_than_three_letters(place: Branch, nama: str) -> None:
    assert place.refused(TELLER, InquiryNama(nama)).data["field"] == "nama"


@pytest.mark.parametrize("lanjut", ["x", "-1", "1.5", "٣", "9" * 16])
def test_cursor_that_no_answer_gave(place: Branch, lanjut: str) -> None:
    refusal = place.refused(TELLER, InquiryNama("SITI", lanjut))
    assert (refusal.id, refusal.data["field"]) == ("SKH1001", "lanjut")


def test_cursors_out_of_range_find_all_or_nothing(place: Branch) -> None:
    assert len(place.ask(TELLER, InquiryNama("SITI", "999999999"))["baris"]) == 3
    assert place.ask(TELLER, InquiryNama("SITI", "1")) == {"baris": [], "lanjut": ""}
    assert place.ask(TELLER, InquiryNama("SITI", "0")) == {"baris": [], "lanjut": ""}


@pytest.mark.parametrize(
    ("names_max", "entries_max", "keys_max"), [(1, 400, 20_000), (2, 2, 20_000), (12, 400, 2), (1, 1, 1)]
)
def test_bounded_answers_tell_all_in_the_end(
    place: Branch, monkeypatch: pytest.MonkeyPatch, names_max: int, entries_max: int, keys_max: int
) -> None:
    expected = place.names("SIT")
    monkeypatch.setattr(inquiry, "NAMES_MAX", names_max)
    monkeypatch.setattr(branch, "ENTRIES_MAX", entries_max)
    monkeypatch.setattr(branch, "KEYS_MAX", keys_max)
    first = place.ask(TELLER, InquiryNama("SIT"))
    assert len(first["baris"]) <= names_max
    assert first["lanjut"]
    assert place.names("SIT") == expected


def test_history_of_a_pilgrim_whose_deposit_was_corrected(place: Branch) -> None:
    name = "SITI AMINAH"
    old, spph = place.porsi[name], place.forms[name]
    place.post(TELLER, CetakUlang(old, "printer macet"))
    place.post(TELLER, KoreksiSetoran(old, "salah orang"), SUPERVISOR.user)
    place.take(TELLER_2, name)
    answer = place.ask(TELLER, InquiryRiwayat(spph))
    assert (answer["nomor_spph"], answer["nomor_porsi"], answer["nama"]) == (spph, place.porsi[name], name)
    rows = answer["baris"]
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    assert [(row[3], "/".join(row[4:7]), *row[7:]) for row in rows] == [
        ("SPT", "DEP/3325/KDP1", "PTG3325", "", 0),
        ("SPS", "DEP/3325/KDP2", "PJB3325", "", 0),
        ("STA", "001/0001/T1", "TLR1", "", SETORAN),
        ("CTK", "001/0001/T1", "TLR1", "", 0),
        ("KOR", "001/0001/T1", "TLR1", "SPV1", SETORAN),
        ("STA", "001/0001/T2", "TLR2", "", SETORAN),
    ]
    assert {(row[1], row[2]) for row in rows} == {(HARI, NINE_US)}
    assert place.ask(TELLER, InquiryRiwayat(old)) == answer, "by the cancelled number too"
    assert place.ask(TELLER, InquiryRiwayat(place.porsi[name])) == answer


def test_history_is_shown_as_the_form_is(place: Branch) -> None:
    porsi, spph = place.porsi["SITI AMINAH"], place.forms["SITI AMINAH"]
    for nomor in (porsi, spph):
        assert place.ask(NEIGHBOUR, InquiryRiwayat(nomor))["nama"] == "S*** A*****"
        for origin in (SUPERVISOR, PETUGAS, OPERATOR):
            assert place.ask(origin, InquiryRiwayat(nomor))["nama"] == "SITI AMINAH"
        for origin in (FAR_TELLER, OTHER_OFFICE):
            assert place.refused(origin, InquiryRiwayat(nomor)) == NOT_YOURS
    for nobody in ("1100009999", "33250009999"):
        assert place.refused(TELLER, InquiryRiwayat(nobody)) == NOT_FOUND


def test_long_history_shows_its_newest_part(place: Branch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inquiry, "HISTORY_MAX", 2)
    porsi = place.porsi["RAHAYU"]
    last = place.post(TELLER, CetakUlang(porsi, "hilang"))["seq"]
    rows = place.ask(TELLER, InquiryRiwayat(porsi))["baris"]
    assert [row[3] for row in rows] == ["STA", "CTK"]
    assert rows[-1][0] == last


def test_drawer_of_the_device_that_asks(place: Branch) -> None:
    assert place.refused(TELLER, InquiryLaci()) == Refusal("SKH2301", {})
    place.post(TELLER, LaciBuka(500_000))
    place.issue("FATIMAH", 9)
    place.take(TELLER, "FATIMAH")
    assert place.ask(TELLER, InquiryLaci()) == {
        "user": "TLR1",
        "hari": HARI,
        "awal_rupiah": 500_000,
        "jenis": [["STA", 1, SETORAN, 0]],
        "seharusnya_rupiah": 500_000 + SETORAN,
    }
    assert place.refused(TELLER_2, InquiryLaci()) == Refusal("SKH2301", {}), "another device of the branch"


def test_messages_for_the_branch_that_asks(place: Branch) -> None:
    place.board.say(Said("001/0001", "TUTUP", NINE_US), SUPERVISOR)
    assert place.ask(TELLER, InquiryPesan()) == {"baris": [[NINE_US, "001/0001 SPV1", "TUTUP"]]}
    assert place.ask(NEIGHBOUR, InquiryPesan()) == {"baris": []}


def test_day_of_a_branch_by_kind_and_its_last_entries(place: Branch) -> None:
    corrected = place.porsi["RAHAYU"]
    place.post(TELLER, KoreksiSetoran(corrected, "salah orang"), SUPERVISOR.user)
    place.post(TELLER_2, CetakUlang(place.porsi["AHMAD SIT"], "hilang"))
    day = place.ask(SUPERVISOR, InquiryCabang("001", "0001", HARI))
    assert day["jenis"] == [["CTK", 1, 0], ["KOR", 1, SETORAN], ["STA", 5, 5 * SETORAN]]
    assert day["terbuka"] == []
    rows = day["terakhir"]
    assert [(row[2], row[3], row[4], row[6], row[7]) for row in rows[:3]] == [
        ("CTK", "T2", "TLR2", place.porsi["AHMAD SIT"], 0),
        ("KOR", "T1", "TLR1", corrected, SETORAN),
        ("STA", "T1", "TLR1", corrected, SETORAN),
    ]
    assert len(rows) == 7
    place.open_next_day()
    assert place.ask(SUPERVISOR, InquiryCabang("001", "0001", HARI)) == day
    assert place.ask(SUPERVISOR, InquiryCabang("001", "0001", NEXT_DAY))["jenis"] == []


def test_a_branch_day_names_its_open_drawers(place: Branch) -> None:
    query = InquiryCabang("001", "0001", HARI)
    assert place.ask(SUPERVISOR, query)["laci"] == []
    place.post(TELLER, LaciBuka(1_000_000))
    place.post(TELLER_2, LaciBuka(500_000))
    place.issue("SITI BARU", 40)
    place.take(TELLER, "SITI BARU")
    assert place.ask(SUPERVISOR, query)["laci"] == [
        ["T1", "TLR1", HARI, 1_000_000, [["STA", 1, SETORAN, 0]]],
        ["T2", "TLR2", HARI, 500_000, []],
    ]
    assert place.ask(NEIGHBOUR, InquiryCabang("001", "0002", HARI))["laci"] == []


def test_a_head_office_sees_the_day_of_every_branch_of_its_bank(place: Branch) -> None:
    place.post(OPERATOR, BankBaru("002", "BANK LAIN"))
    head, elsewhere = (origin_of(bank, "0000", "H1", f"HEAD{bank}") for bank in ("001", "002"))
    for origin in (head, elsewhere):
        place.post(OPERATOR, CabangBaru(origin.bank, "0000", "KANTOR PUSAT", "3325"))
        place.post(OPERATOR, PenggunaBaru(origin.user, "BANK", origin.bank, "0000"))
    query = InquiryCabang("001", "0001", HARI)
    assert place.ask(head, query) == place.ask(TELLER, query)
    assert place.refused(elsewhere, query) == NOT_YOURS
    assert place.refused(NEIGHBOUR, query) == NOT_YOURS


def test_first_print_is_for_the_device_and_day_of_the_deposit(place: Branch) -> None:
    porsi = place.porsi["RAHAYU"]
    elsewhere = Refusal("SKH7023", {"nomor_porsi": porsi})
    assert place.ask(TELLER, InquiryCetak(porsi))["halaman"]
    assert place.refused(TELLER_2, InquiryCetak(porsi)) == elsewhere
    assert place.refused(SUPERVISOR, InquiryCetak(porsi)) == elsewhere
    assert place.refused(NEIGHBOUR, InquiryCetak(porsi)) == NOT_YOURS
    place.open_next_day()
    assert place.refused(TELLER, InquiryCetak(porsi)) == elsewhere


def test_copies_are_those_that_are_entries_and_say_so(place: Branch) -> None:
    porsi = place.porsi["RAHAYU"]
    assert place.refused(TELLER, InquiryCetak(porsi, 1)) == NOT_FOUND
    place.post(TELLER_2, CetakUlang(porsi, "hilang"))
    place.post(TELLER_2, CetakUlang(porsi, "hilang lagi"))
    first = place.ask(TELLER, InquiryCetak(porsi))["halaman"]
    for n in (1, 2):
        for origin in (TELLER, TELLER_2, SUPERVISOR):
            copy = place.ask(origin, InquiryCetak(porsi, n))["halaman"]
            assert all(f"DUPLIKAT {n}" in sheet[1] for sheet in copy)
            assert [sheet[:1] + sheet[2:] for sheet in copy] == [sheet[:1] + sheet[2:] for sheet in first]
    assert "DUPLIKAT" not in str(first)
    assert place.refused(TELLER, InquiryCetak(porsi, 3)) == NOT_FOUND
    assert place.refused(NEIGHBOUR, InquiryCetak(porsi, 1)) == NOT_YOURS
    place.open_next_day()
    assert place.ask(TELLER_2, InquiryCetak(porsi, 2))["halaman"]


def test_of_a_corrected_deposit_only_the_receipt_of_the_correction_leaves(place: Branch) -> None:
    porsi = place.porsi["RAHAYU"]
    place.post(TELLER, CetakUlang(porsi, "hilang"))
    assert place.ask(TELLER, InquiryCetak(porsi))["kind"] == "STA"
    seq = place.post(TELLER_2, KoreksiSetoran(porsi, "salah orang"), SUPERVISOR.user)["seq"]
    is_batal = Refusal("SKH2203", {"nomor_porsi": porsi, "seq_batal": seq})
    for origin, n in ((TELLER, 0), (TELLER, 1), (TELLER, 2), (TELLER_2, 1), (SUPERVISOR, 0)):
        assert place.refused(origin, InquiryCetak(porsi, n)) == is_batal
    told = place.ask(TELLER_2, InquiryCetak(porsi))
    assert told["kind"] == "KOR"
    assert all("NOMOR PORSI BATAL" in str(sheet) and porsi in str(sheet) for sheet in told["halaman"])
    assert place.refused(NEIGHBOUR, InquiryCetak(porsi)) == NOT_YOURS
    place.open_next_day()
    assert place.refused(TELLER_2, InquiryCetak(porsi)) == is_batal


def test_a_porsi_that_is_batal_is_shown_as_itself_though_its_form_got_another(place: Branch) -> None:
    porsi, name = place.porsi["RAHAYU"], "RAHAYU"
    place.post(TELLER, KoreksiSetoran(porsi, "salah orang"), SUPERVISOR.user)
    place.take(NEIGHBOUR, name)
    told = place.ask(TELLER, InquiryPorsi(porsi))
    assert (told["nomor_porsi"], told["status"], told["nama"]) == (porsi, "BATAL", name)
    assert told["saldo_rupiah"] == 0
    assert place.ask(NEIGHBOUR, InquiryPorsi(porsi))["nama"] != name, "that deposit was never his"
    again = place.ask(NEIGHBOUR, InquiryPorsi(place.porsi[name]))
    assert (again["nomor_porsi"], again["status"], again["nama"]) == (place.porsi[name], "BERPORSI", name)


def test_a_corrected_deposit_is_found_by_name(place: Branch) -> None:
    porsi = place.porsi["RAHAYU"]
    place.post(TELLER, KoreksiSetoran(porsi, "salah orang"), SUPERVISOR.user)
    rows = place.ask(TELLER, InquiryNama("RAHAYU"))["baris"]
    assert [(row[1], row[3]) for row in rows] == [("RAHAYU", "BATAL"), ("SITI RAHAYU", "BERPORSI")]
