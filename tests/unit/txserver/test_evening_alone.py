"""What the host does of the evening by itself: folders it cannot read, and how often it looks at the clock."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ledger.records import Refusal
from tests.host_fixtures import HARI, NINE_US, OPERATOR
from txserver.config import Settings
from txserver.evening import alone
from txserver.evening.alone import Alone
from txserver.evening.places import Places

BANKS = ("002", "008")
FORBIDDEN = PermissionError(13, "Permission denied")


class Watched:
    """Books, steps and clock as `Alone` asks them."""

    def __init__(self, data: Path) -> None:
        self.asked: list[Any] = []
        self.now_at, self.looks = NINE_US, 0
        self.hari, self.hari_tutup = HARI, ""
        settings = Settings(data=str(data), cutoff_time="15:00")
        self.alone = Alone(settings, self, Places(data), self, self)  # type: ignore[arg-type]

    def bank_semua(self) -> list[Any]:
        return [SimpleNamespace(kode=kode) for kode in BANKS]

    def cabang_bank(self, bank: str) -> list[Any]:
        self.looks += 1
        return [SimpleNamespace(bank=bank, cabang="0101", zona_menit=420)]

    def cabang_buka(self, bank: str) -> list[str]:
        return ["0101"]

    def now_us(self) -> int:
        return self.now_at

    async def confirm(self, delivery: Any) -> Any:
        self.asked.append((delivery.bank, delivery.nama))
        return {"id": "SKH0060"}

    async def cut_off(self, _: Any, banks: list[str], branches: list[tuple[str, str]]) -> Any:
        self.asked.append((banks, branches))
        return Refusal("SKH9001", {}) if len(self.asked) == 1 else {"n_cabang": 2, "n_bank": 2}


def lay(data: Path, bank: str, name: str) -> None:
    folder = data / "kotak" / bank
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("x")
    (folder / f"{name}.sha256").write_text("0" * 64)


async def test_a_folder_that_cannot_be_read_keeps_no_other_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is told once, and tried again: whoever gave it the wrong owner mends that while the host runs."""
    watched, proofs = Watched(tmp_path), alone._proofs
    for bank in BANKS:
        lay(tmp_path, bank, "one.csv")

    def forbidden(folder: Path) -> list[Path]:
        if folder.name == BANKS[0]:
            raise FORBIDDEN
        return proofs(folder)

    monkeypatch.setattr(alone, "_proofs", forbidden)
    await watched.alone.empty_inbox(OPERATOR)
    await watched.alone.empty_inbox(OPERATOR)
    assert watched.asked == [(BANKS[1], "one.csv")]
    assert caplog.text.count("SKH8304 bank=002 sebab=Permission denied") == 1
    monkeypatch.setattr(alone, "_proofs", proofs)
    await watched.alone.empty_inbox(OPERATOR)
    assert watched.asked[1:] == [(BANKS[0], "one.csv")]
    assert (tmp_path / "kotak" / BANKS[0] / "diterima" / "one.csv").is_file()


async def test_a_folder_is_made_where_there_is_none(tmp_path: Path) -> None:
    await Watched(tmp_path).alone.empty_inbox(OPERATOR)
    assert sorted(path.name for path in (tmp_path / "kotak").iterdir()) == list(BANKS)


async def test_branches_are_looked_at_once_a_minute_until_their_hour_has_come(tmp_path: Path) -> None:
    """A refused cut-off is tried again at once; one that is done is not asked for any more."""
    watched = Watched(tmp_path)
    for second in range(3):
        watched.now_at = NINE_US + second * 1_000_000
        await watched.alone.cut_off_due(OPERATOR)
    assert (watched.looks, watched.asked) == (len(BANKS), [])
    watched.now_at = NINE_US + 6 * 3_600_000_000
    for _ in range(4):
        await watched.alone.cut_off_due(OPERATOR)
    everything = (list(BANKS), [(bank, "0101") for bank in BANKS])
    assert watched.asked == [everything, everything]
