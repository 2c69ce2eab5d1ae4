"""Outputs and anchors piece by piece: whole when put together, and nothing else of the ledger's folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from ledger.records import Refusal
from txserver.evening import papers
from txserver.evening.papers import anchor_piece, output_piece
from txserver.evening.places import Places, make
from txserver.evening.steps import Steps

NOT_FOUND = Refusal("SKH7018", {})
HARI = "2004-05-03"


class MadeSteps:
    """Steps whose outputs lie there."""

    def __init__(self, outcome: Any) -> None:
        self.outcome = outcome

    async def report(self, bank: str, hari: str, *, is_fresh_enough: bool) -> Any:
        assert (bank, hari, is_fresh_enough) == ("451", HARI, True)
        return self.outcome


def steps(outcome: Any) -> Steps:
    return cast("Steps", MadeSteps(outcome))


@pytest.fixture
def places(tmp_path: Path) -> Places:
    found = Places(tmp_path)
    (make(found.laporan("451", HARI)) / "laporan.txt").write_bytes(bytes(range(250)))
    (make(tmp_path / "jangkar") / f"{HARI}.txt").write_bytes(b"page")
    (tmp_path / "jangkar" / f"{HARI}.json").write_bytes(b"{}")
    (tmp_path / "rahasia.txt").write_bytes(b"secret")
    return found


async def test_the_pieces_are_the_output(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(papers, "PIECE_BYTES", 100)
    made, content = steps({"nama": ["laporan.txt"]}), b""
    for n in (100, 100, 50, 0):
        told = await output_piece(places, made, "451", HARI, "laporan.txt", len(content))
        assert isinstance(told, dict)
        assert (len(told["isi"]), told["panjang"]) == (n, 250)
        content += told["isi"]
    assert content == bytes(range(250))
    told = await output_piece(places, made, "451", HARI, "laporan.txt", 10**9)
    assert told == {"isi": b"", "panjang": 250}


@pytest.mark.parametrize("nama", ["selisih.txt", "../../../rahasia.txt", "", "laporan.txt/"])
async def test_what_was_not_made_is_not_there(places: Places, nama: str) -> None:
    assert await output_piece(places, steps({"nama": ["laporan.txt"]}), "451", HARI, nama, 0) == NOT_FOUND
    assert await anchor_piece(places, HARI, nama, 0) == NOT_FOUND


async def test_an_output_that_is_gone_is_not_found(places: Places) -> None:
    assert await output_piece(places, steps({"nama": ["tagihan.txt"]}), "451", HARI, "tagihan.txt", 0) == NOT_FOUND


async def test_an_order_without_accounts_is_told(places: Places) -> None:
    made = steps({"nama": ["laporan.txt", "pelimpahan.txt"]})
    refusal = Refusal("SKH6307", {"kode_bank": "451"})
    assert await output_piece(places, made, "451", HARI, "pelimpahan.xml", 0) == refusal
    assert await output_piece(places, made, "451", HARI, "selisih.txt", 0) == NOT_FOUND


async def test_why_there_are_no_outputs_is_told(places: Places) -> None:
    refusal = Refusal("SKH6203", {"kode_bank": "451", "hari": HARI})
    assert await output_piece(places, steps(refusal), "451", HARI, "laporan.txt", 0) == refusal


async def test_the_anchor_of_a_closed_day(places: Places) -> None:
    assert await anchor_piece(places, HARI, "jangkar.txt", 0) == {"isi": b"page", "panjang": 4}
    assert await anchor_piece(places, HARI, "jangkar.json", 1) == {"isi": b"}", "panjang": 2}
    assert await anchor_piece(places, "2004-05-04", "jangkar.txt", 0) == NOT_FOUND
