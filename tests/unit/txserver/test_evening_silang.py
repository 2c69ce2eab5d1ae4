"""Is a difference between the host's count and a Kandepag's visible to the directorate, by name and owner?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ledger.kinds.silang_kandepag import SilangKandepag
from ledger.records import origin_of
from tests.ledger_fixtures import CENTRE, HARI, new_store, office, pilgrim
from txserver.evening.silang_board import silang_table
from txserver.recap import Recap
from txserver.wire.frames import InquiryHari

ROW = [f"SK/{HARI}/3325", "3325", "Kab. Batang", 2, 1, "DEP/3325"]


def test_the_day_tells_the_centre_and_nobody_else(tmp_path: Path) -> None:
    with new_store(tmp_path / "ledger") as (store, desk):
        for person in (1, 2):
            store.post_batch(pilgrim(desk, person))
        recap = Recap(store.books)

        def told(at: str, user: str) -> Any:
            return recap.ask(InquiryHari(HARI), origin_of(*at.split("/"), user))

        assert told(*CENTRE)["silang"] == {"sama": 0, "belum": 1, "beda": 0, "baris": []}
        for n, silang in ((1, {"sama": 0, "belum": 0, "beda": 1, "baris": [ROW]}), (2, {"sama": 1, "beda": 0})):
            store.post_batch([desk.ask(*office("3325", signer=True), SilangKandepag("3325", HARI, n))])
            assert silang.items() <= told(*CENTRE)["silang"].items()
        assert "silang" not in told("002/0101/T1", "T0101")


def test_the_board_names_what_differs() -> None:
    page = silang_table({"sama": 3, "belum": 2, "beda": 2, "baris": [[*ROW[:2], "<b>", *ROW[3:]]]})
    assert "3 kab./kota sama, 2 berbeda, 2 belum menyatakan" in page
    for cell in (ROW[0], "3325 &lt;b&gt;", "DEP/3325", "dan 1 lagi"):
        assert cell in page
    assert "<b>" not in page
    assert silang_table({"sama": 0, "belum": 0, "beda": 0, "baris": []}) == ""
