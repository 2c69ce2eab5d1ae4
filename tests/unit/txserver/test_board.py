"""The operator's messages: who may speak to whom, and who reads what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.records import Origin, Refusal, origin_of
from tests.host_fixtures import (
    FAR_TELLER,
    HEAD_OFFICE,
    NEIGHBOUR,
    NINE_US,
    OPERATOR,
    OPERATOR_2,
    PEJABAT,
    PETUGAS,
    SUPERVISOR,
    TELLER,
    found,
)
from txserver.board import MESSAGES_MAX, SHOWN_MAX, Board, Note, Said

TEKS = "HOST TUTUP PUKUL 15"


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Board]:
    store, _ = found(tmp_path / "ledger", forms=1)
    yield Board(store.books)
    store.close()


def said(tujuan: str, teks: str = TEKS, waktu_us: int = NINE_US) -> Said:
    return Said(tujuan, teks, waktu_us)


MAY: list[tuple[Origin, tuple[str, ...]]] = [
    (OPERATOR, ("", "001", "001/0001", "001/0101", "DEP", "DEP/3325", "DEP/0000")),
    (HEAD_OFFICE, ("001", "001/0001", "001/0002", "001/0101")),
    (SUPERVISOR, ("001/0001",)),
    (TELLER, ()),
    (PETUGAS, ()),
    (PEJABAT, ()),
]
PLACES = MAY[0][1]


@pytest.mark.parametrize(("origin", "places"), MAY, ids=lambda x: getattr(x, "user", ""))
def test_who_may_speak_to_whom(board: Board, origin: Origin, places: tuple[str, ...]) -> None:
    for place in PLACES:
        told = board.say(said(place), origin)
        if place in places:
            assert told == Note(place, f"{origin.tapak} {origin.user}", TEKS, NINE_US)
        else:
            assert told == Refusal("SKH7008", {"user": origin.user, "kind": "SIAR"}), place


def test_somebody_else_s_user_at_my_branch_speaks_for_nobody(board: Board) -> None:
    moved = origin_of("001", "0002", "T1", "SPV1")
    assert board.say(said("001/0002"), moved) == Refusal("SKH7008", {"user": "SPV1", "kind": "SIAR"})


@pytest.mark.parametrize("teks", [" ", " x", "x ", "a\nb", "\x1b[2J", "a\tb"])
def test_text_must_be_printable_and_trimmed(board: Board, teks: str) -> None:
    assert board.say(said("", teks), OPERATOR) == Refusal("SKH1002", {})
    assert board.read(TELLER) == []


def test_places_that_do_not_exist(board: Board) -> None:
    assert board.say(said("009"), OPERATOR) == Refusal("SKH8002", {"kode_bank": "009"})
    nowhere = Refusal("SKH8005", {"kode_bank": "001", "kode_cabang": "0009"})
    assert board.say(said("001/0009"), OPERATOR) == nowhere
    assert board.say(said("001/0009"), HEAD_OFFICE) == nowhere
    assert board.say(said("001/"), OPERATOR) == Refusal("SKH8005", {"kode_bank": "001", "kode_cabang": ""})
    assert board.say(said("/0001"), OPERATOR) == Refusal("SKH8005", {"kode_bank": "", "kode_cabang": "0001"})


def test_everybody_reads_what_is_meant_for_his_branch_newest_first(board: Board) -> None:
    for at, place in enumerate(PLACES):
        board.say(said(place, f"untuk {place or 'semua'}", NINE_US + at), OPERATOR)

    def read(origin: Origin) -> list[str]:
        return [str(teks).removeprefix("untuk ") for _, _, teks in board.read(origin)]

    assert read(TELLER) == read(SUPERVISOR) == ["001/0001", "001", "semua"]
    assert read(NEIGHBOUR) == ["001", "semua"]
    assert read(FAR_TELLER) == ["001/0101", "001", "semua"]
    assert read(PETUGAS) == ["DEP/3325", "DEP", "semua"]
    assert read(OPERATOR_2) == ["DEP/0000", "DEP", "semua"]
    assert board.read(TELLER)[-1] == [NINE_US, "DEP/0000 OPERATOR", "untuk semua"]


def test_memory_and_answers_are_bounded(board: Board) -> None:
    board.say(said("001/0101", "lama"), OPERATOR)
    for n in range(MESSAGES_MAX):
        board.say(said("", f"pesan {n}"), OPERATOR)
    rows = board.read(FAR_TELLER)
    assert len(rows) == SHOWN_MAX
    assert rows[0][2] == f"pesan {MESSAGES_MAX - 1}"
    assert len(board._notes) == MESSAGES_MAX
