"""The evening of a bank's head office, key by key."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.kind import Role
from ledger.kinds.pelimpahan_dana import PelimpahanDana
from ledger.kinds.sembuh import Sembuh
from terminal.config import Settings
from terminal.panels import steps
from terminal.panels.approval import ApprovalPanel
from terminal.panels.boards import BranchBoardPanel
from terminal.panels.branch import BranchDayPanel
from terminal.panels.cutoff import CutOffPanel
from terminal.panels.differences import CurePanel, DifferencePanel, DifferencesPanel
from terminal.panels.menu import MenuPanel
from terminal.panels.over import PromptPanel
from terminal.panels.paper import PaperPanel
from terminal.panels.reports import ReportsPanel
from terminal.panels.settle import TransferPanel
from terminal.panels.steps import CutAllPanel, MatchPanel
from terminal.panels.upload import UploadPanel
from tests.panels.conftest import Teller
from tests.panels.evening_told import PDF, REPORT, SETORAN, bank_days
from tests.panels.fake_link import FakeLink
from tests.panels.roles import desk_of, info_of
from tests.unit.terminal.fake_host import WAKTU_US
from txserver.settlement.records import NOMINAL as FAULT
from txserver.wire.frames import (
    UPLOAD_BYTES_MAX,
    Accepted,
    Ambil,
    Answer,
    InquiryHari,
    InquirySelisih,
    Jalankan,
    Refused,
    Unggah,
)

Golden = Callable[[str, list[str]], None]
HARI = "2004-05-03"
NEEDS = Refused(0, 1, "SKH7020", {"kind": "SEM", "peran": "BANK"})


@pytest.fixture
async def link() -> FakeLink:
    return FakeLink(info_of(Role.BANK))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return desk_of(Role.BANK, tmp_path)


def board(running: list[list[object]], keadaan: str = "CUTOFF") -> Answer:
    return Answer(0, 900_001, {"hari": HARI, "tutup": 0, "baris": bank_days(keadaan)[:1], "berjalan": running,
                               "cabang": [], "lanjut": ""})  # fmt: skip


# --------------------------------------------------------------------------------------------- the board


async def test_the_board_of_the_branches(teller: Teller, golden: Golden) -> None:
    await teller.sign_on()
    await teller.press(*"ph", "enter")
    assert isinstance(teller.panel, BranchBoardPanel)
    assert teller.link.asked[1:] == [InquiryHari(HARI, "451")]
    golden("hari_bank", teller.glass)
    await teller.press("f5")
    assert teller.link.asked[2:] == [InquiryHari(HARI, "451")]


async def test_the_options_of_a_branch(teller: Teller) -> None:
    await teller.sign_on()
    await teller.press(*"ph", "enter", "tab", "5", "enter")
    assert isinstance(teller.panel, BranchDayPanel)
    await teller.press("f12", "home", "tab", "4", "enter")
    assert isinstance(teller.panel, CutOffPanel)
    assert teller.message.startswith("SKH0070 Enter lagi menutup cabang 451/0123")


@pytest.mark.parametrize(
    ("key", "panel"),
    [("f6", CutAllPanel), ("f7", UploadPanel), ("f8", DifferencesPanel), ("f11", MatchPanel)],
)
async def test_the_board_leads_to_every_step(teller: Teller, key: str, panel: type) -> None:
    await teller.sign_on()
    await teller.press(*"ph", "enter", key)
    assert isinstance(teller.panel, panel)
    await teller.press("f12")
    assert isinstance(teller.panel, BranchBoardPanel)


# --------------------------------------------------------------------------------------------- the steps


async def test_all_branches_are_cut_off_after_a_second_enter(teller: Teller, golden: Golden) -> None:
    await teller.sign_on()
    await teller.press(*"ts", "enter", "enter")
    assert teller.message == "SKH0071 Enter lagi menutup setoran semua cabang yang masih terbuka."
    assert teller.link.asked[1:] == []
    await teller.press("enter")
    assert teller.link.asked[1:] == [Jalankan(0, 0, "CUTOFF_SEMUA", "451", HARI)]
    golden("tutup_semua", teller.glass)
    teller.link.answers = [Answer(0, 900_001, {"hari": HARI, "n_cabang": 0, "n_bank": 0, "ulang": True})]
    await teller.press("enter", "enter")
    assert teller.message == "SKH0073 Tidak ada yang berubah: langkah ini sudah selesai."


async def test_a_match_shows_how_far_it_is_and_what_it_found(
    teller: Teller, golden: Golden, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "LOOK_S", 0.01)
    await teller.sign_on()
    await teller.press(*"ck", "enter")
    teller.link.step_gate.clear()
    teller.link.gate.clear()
    teller.link.answers = [board([["COCOK", "451", HARI, 30, 40]])]
    await teller.press("enter")
    assert teller.glass[23].startswith(" X SYSTEM")
    teller.link.gate.set()
    while "75%" not in "".join(teller.glass):
        await teller.pilot.pause(0.01)
    golden("cocokkan_berjalan", teller.glass)
    teller.link.answers = []
    teller.link.step_gate.set()
    await teller.rest()
    golden("cocokkan", teller.glass)
    assert teller.link.asked[1] == Jalankan(0, 0, "COCOK", "451", HARI)
    assert teller.message == "SKH0075 Pencocokan selesai: 2 selisih terbuka."
    await teller.press("f8")
    assert isinstance(teller.panel, DifferencesPanel)
    assert teller.link.asked[-1] == InquirySelisih("451", HARI, "")


async def test_a_match_that_is_refused(teller: Teller) -> None:
    await teller.sign_on()
    teller.link.answers = [Refused(0, 900_001, "SKH6205", {"kode_bank": "451", "hari": HARI})]
    await teller.press(*"ck", "enter", "enter")
    assert teller.message == "X SKH6205 Belum ada konfirmasi bank 451 untuk hari 2004-05-03."


# --------------------------------------------------------------------------------------------- the upload


def confirmation(settings: Settings, size: int = 2 * UPLOAD_BYTES_MAX + 7) -> tuple[str, bytes]:
    settings.confirmations.mkdir()
    content = bytes(at % 251 for at in range(size))
    (settings.confirmations / "bri.csv").write_bytes(content)
    return "bri.csv", content


async def test_a_file_is_chosen_and_sent_in_pieces(teller: Teller, settings: Settings, golden: Golden) -> None:
    name, content = confirmation(settings)
    (settings.confirmations / "bri.csv.sha256").write_text("ab" * 32 + "  bri.csv\n")
    (settings.confirmations / "bri.csv.sig").write_text("cd" * 64 + "\n")
    await teller.sign_on()
    await teller.press(*"uk", "enter")
    assert isinstance(teller.panel, UploadPanel)
    assert teller.field == "berkas"
    await teller.press("f4")
    assert isinstance(teller.panel, PromptPanel)
    assert "bri.csv" in teller.glass[5]
    assert "sha256" not in "".join(teller.glass)
    await teller.press("enter", "enter")
    pieces = teller.link.asked[1:]
    assert all(isinstance(piece, Unggah) for piece in pieces)
    assert b"".join(piece.isi for piece in pieces) == content
    assert [piece.offset for piece in pieces] == [0, UPLOAD_BYTES_MAX, 2 * UPLOAD_BYTES_MAX]
    assert [piece.akhir for piece in pieces] == [False, False, True]
    last = pieces[-1]
    assert (last.nama, last.kode_bank, last.hari) == (name, "451", HARI)
    assert (last.sidik, last.tanda_tangan) == ("ab" * 32, "cd" * 64)
    golden("unggah", teller.glass)
    assert teller.message.startswith("SKH0074 Berkas diterima: 30958 rekaman, Rp 619.160.000.000, entri 400.")
    await teller.press("f11")
    assert isinstance(teller.panel, MatchPanel)


async def test_a_file_without_a_hash_beside_it_gets_one(teller: Teller, settings: Settings) -> None:
    _, content = confirmation(settings, 100)
    await teller.sign_on()
    await teller.press(*"uk", "enter", *"bri.csv", "enter")
    (piece,) = teller.link.asked[1:]
    assert (piece.isi, piece.sidik, piece.tanda_tangan) == (content, hashlib.sha256(content).hexdigest(), "")


async def test_after_a_cut_the_host_says_where_to_go_on(teller: Teller, settings: Settings) -> None:
    _, content = confirmation(settings)
    begun_anew = Refused(0, 900_001, "SKH6302", {"diterima": 0})
    there_already = Refused(0, 900_001, "SKH6302", {"diterima": UPLOAD_BYTES_MAX})
    taken = Answer(0, 900_001, {"diterima": UPLOAD_BYTES_MAX})
    teller.link.answers = []
    await teller.sign_on()
    teller.link.answers = [taken, begun_anew, there_already]
    await teller.press(*"uk", "enter", *"bri.csv", "enter")
    offsets = [piece.offset for piece in teller.link.asked[1:]]
    assert offsets == [0, UPLOAD_BYTES_MAX, 0, UPLOAD_BYTES_MAX, 2 * UPLOAD_BYTES_MAX]
    assert len(content) == 2 * UPLOAD_BYTES_MAX + 7
    assert teller.message.startswith("SKH0074")


async def test_a_refusal_names_file_line_and_field(teller: Teller, settings: Settings) -> None:
    confirmation(settings, 10)
    await teller.sign_on()
    data = {"berkas": "bri.csv", "baris": 17, "field": "nominal", "sebab": "20000000.50"}
    teller.link.answers = [Refused(0, 900_001, FAULT, data)]
    await teller.press(*"uk", "enter", *"bri.csv", "enter")
    assert teller.message.startswith(f"X {FAULT}")
    await teller.press("f1")
    shown = "".join(teller.glass)
    assert all(text in shown for text in ("bri.csv", "17", "nominal"))


async def test_a_file_that_cannot_be_read_is_said(teller: Teller) -> None:
    await teller.sign_on()
    await teller.press(*"uk", "enter", *"tidak-ada.csv", "enter")
    assert teller.message == "X SKH1140 Berkas tidak-ada.csv tidak dapat dibaca: No such file or directory."
    assert teller.link.asked[1:] == []
    await teller.press("escape", "f4")
    assert teller.message.startswith("X SKH1125")  # the folder is not there, so there is nothing to list


# ---------------------------------------------------------------------------------------- the differences


async def test_the_list_of_differences(teller: Teller, golden: Golden) -> None:
    await teller.sign_on()
    await teller.press(*"ds", "enter")
    assert isinstance(teller.panel, DifferencesPanel)
    golden("daftar_selisih", teller.glass)
    assert teller.link.asked[1:] == [InquirySelisih("451", "", "")]
    await teller.press("tab", *"03-05-2004", "enter")
    assert teller.link.asked[-1] == InquirySelisih("451", HARI, "")


async def test_one_difference_in_full_and_as_a_page(teller: Teller, golden: Golden) -> None:
    await teller.sign_on()
    await teller.press(*"ds", "enter", "tab", "tab", "5", "enter")
    assert isinstance(teller.panel, DifferencePanel)
    golden("selisih", teller.glass)
    await teller.press("f6")
    assert isinstance(teller.panel, PaperPanel)
    golden("selisih_lembar", teller.glass)
    await teller.press("f12", "enter")
    assert isinstance(teller.panel, DifferencesPanel)


async def test_an_option_prints_a_difference(teller: Teller, settings: Settings) -> None:
    await teller.sign_on()
    await teller.press(*"ds", "enter", "tab", "tab", "tab", "6", "enter")
    assert teller.message == "SKH0078 Cetakan 000001 masuk daftar cetakan (SF)."
    text = (settings.receipts / "SL0000000002.txt").read_text(encoding="utf-8")
    assert "BANK_ONLY" in text
    assert "451/0124" in text
    await teller.press("f3", *"sf", "enter")
    assert "SL0000000002" in "".join(teller.glass)
    await teller.press("5", "enter")
    assert isinstance(teller.panel, PaperPanel)


async def test_a_cure_is_signed_by_two_and_shown_on_the_list(teller: Teller, golden: Golden) -> None:
    await teller.sign_on()
    await teller.press(*"ds", "enter", "tab", "tab", "2", "enter")
    assert isinstance(teller.panel, CurePanel)
    golden("sembuh", teller.glass)
    await teller.press(*"koreksi", "enter")
    assert teller.message.startswith("X SKH1122")  # no cure of that class
    await teller.press("escape", "ctrl+u", *"transfer", *"TRF 4711", "tab", *"dana menyusul")
    teller.link.answers = [NEEDS]
    await teller.press("enter")
    assert isinstance(teller.panel, ApprovalPanel)
    teller.link.answers = [Accepted(0, 2, 600, WAKTU_US, False, {"nomor_selisih": "SL0000000001"})]
    await teller.press(*"bank2", "tab", *"SANDINYA", "enter")
    cure = Sembuh("SL0000000001", "TRANSFER", "TRF 4711", "dana menyusul")
    assert (cure, "BANK2", "SANDINYA") in teller.link.asked
    assert isinstance(teller.panel, DifferencesPanel)
    assert teller.link.asked[-1] == InquirySelisih("451", "", "")  # and the list is fetched anew


async def test_f12_leaves_a_cure_without_posting(teller: Teller) -> None:
    await teller.sign_on()
    await teller.press(*"ds", "enter", "tab", "tab", "2", "enter", "f12")
    assert isinstance(teller.panel, DifferencesPanel)
    assert not any(isinstance(asked, Sembuh) for asked in teller.link.asked)


# -------------------------------------------------------------------------------------------- the transfer


async def test_the_transfer_knows_what_is_due(teller: Teller, golden: Golden) -> None:
    await teller.sign_on()
    await teller.press(*"pl", "enter")
    assert isinstance(teller.panel, TransferPanel)
    await teller.press("enter")
    golden("pelimpahan", teller.glass)
    teller.link.answers = [Refused(0, 1, "SKH7020", {"kind": "PLD", "peran": "BANK"})]
    await teller.press(*"RTGS 99", "enter")
    assert isinstance(teller.panel, ApprovalPanel)
    teller.link.answers = [Accepted(0, 2, 700, WAKTU_US, False, {"kode_bank": "451", "n_rekaman": 12})]
    await teller.press(*"bank2", "tab", *"SANDINYA", "enter")
    body = PelimpahanDana("451", HARI, 12 * SETORAN, 12, "RTGS 99")
    assert (body, "BANK2", "SANDINYA") in teller.link.asked
    assert teller.message == "SKH0002 Permintaan diterima sebagai entri 700."
    assert isinstance(teller.panel, TransferPanel)
    await teller.press("f12")
    assert isinstance(teller.panel, MenuPanel)


async def test_nothing_due_is_said(teller: Teller) -> None:
    await teller.sign_on()
    settled = [[*bank_days()[1]]]
    settled[0][0] = "451"
    teller.link.answers = [Answer(0, 900_001, {"baris": settled})]
    await teller.press(*"pl", "enter", "enter")
    assert teller.message.startswith("SKH0080 Tidak ada dana yang harus dilimpahkan; sudah Rp 619.000.000.000.")
    await teller.press("enter", "f5")
    assert sum(isinstance(asked, InquiryHari) for asked in teller.link.asked) == 3


# --------------------------------------------------------------------------------------------- the reports


async def test_reports_are_made_shown_printed_and_saved(teller: Teller, settings: Settings, golden: Golden) -> None:
    await teller.sign_on()
    await teller.press(*"lp", "enter", "enter")
    assert isinstance(teller.panel, ReportsPanel)
    assert teller.link.asked[1:] == [Jalankan(0, 0, "LAPORAN", "451", HARI)]
    golden("laporan", teller.glass)
    await teller.press("tab", "5", "enter")
    assert isinstance(teller.panel, PaperPanel)
    golden("laporan_lembar", teller.glass)
    assert [asked.offset for asked in teller.link.asked[2:]] == [0, 50, 100]
    assert teller.link.asked[2] == Ambil(0, 0, "laporan.txt", 0, "451", HARI)
    await teller.press("pagedown")
    assert "Lembar 2" in "".join(teller.glass)
    await teller.press("f6")
    assert teller.message == "SKH0077 Disimpan: 451-2004-05-03-laporan.txt."
    saved = settings.reports / "451-2004-05-03-laporan.txt"
    assert saved.read_text(encoding="utf-8") == REPORT
    assert saved.stat().st_mode & 0o077 == 0
    await teller.press("f10")
    assert teller.message == "SKH0078 Cetakan 000001 masuk daftar cetakan (SF)."
    printed = (settings.receipts / "LAPORAN-451-20040503.txt").read_text(encoding="utf-8")
    assert "Lembar 2" in printed
    await teller.press("enter")
    assert isinstance(teller.panel, ReportsPanel)


async def test_what_is_no_text_is_saved_only(teller: Teller, settings: Settings) -> None:
    await teller.sign_on()
    await teller.press(*"lp", "enter", "enter", "tab", "tab", "5", "enter")
    assert teller.message == "X SKH1141 laporan.pdf bukan halaman teks; simpan dengan opsi 7."
    await teller.press("escape", "tab", "tab", "7", "enter")
    assert (settings.reports / "451-2004-05-03-laporan.pdf").read_bytes() == PDF


async def test_a_report_that_is_made_anew_meanwhile_is_begun_again(teller: Teller) -> None:
    await teller.sign_on()
    await teller.press(*"lp", "enter", "enter", "tab")
    longer = Answer(0, 900_001, {"isi": b"x", "panjang": 999})
    teller.link.answers = [Answer(0, 900_001, {"isi": b"old", "panjang": 7}), longer]
    await teller.press("5", "enter")
    assert [asked.offset for asked in teller.link.asked[2:]] == [0, 3, 0, 50, 100]
    assert isinstance(teller.panel, PaperPanel)


async def test_reports_before_the_cut_off_are_refused(teller: Teller) -> None:
    await teller.sign_on()
    teller.link.answers = [Refused(0, 900_001, "SKH6203", {"kode_bank": "451", "hari": HARI})]
    await teller.press(*"lp", "enter", "enter")
    assert teller.message.startswith("X SKH6203")
