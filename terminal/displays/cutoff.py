"""Cut-off of a branch: what it posted today beside what its open drawers took, and what is in none of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from ledger.fields import FIELDS
from ledger.messages import Language
from terminal.displays.branch import heads, in_columns
from terminal.displays.display import FIRST_COLUMN, Constant, Display, Look, Text, labelled, labelled_right, same
from terminal.displays.pilgrim import told_field
from terminal.displays.titles import title, title_of
from terminal.edit import rupiah
from terminal.evening import Drawer
from terminal.keys import ENTER, F1, F3, F5, F8, F12

STATE = told_field("keadaan", "Keadaan", "State", 16)
WIDTHS = (-28, 7, 16, 7, 16)
DRAWER_WIDTHS = (-28, -10, 14, 21)
KIND_ROW, KINDS_MAX = 8, 6
DRAWER_ROW, DRAWERS_MAX = 15, 4
OUTSIDE_ROW = 21
MONEY = {"STA": 1, "KOR": -1}
"""Kinds that move cash at the counter, and which way."""

_KINDS, _NUMBER = Text("Menurut jenis", "By kind"), Text("Banyak", "Number")
_BRANCH, _DRAWERS = Text("Cabang Rp", "Branch Rp"), Text("Laci Rp", "Drawers Rp")
_OPEN_DRAWERS, _USER = Text("Laci terbuka", "Open drawers"), Text("Pengguna", "User")
_START, _EXPECTED = Text("Uang awal", "Opening amount"), Text("Seharusnya", "Expected")
_NONE = Text("(tidak ada)", "(none)")
_OUTSIDE = Text("Setoran di luar laci terbuka, Rp", "Deposits outside the open drawers, Rp")
NOTHING = Text("(belum ada transaksi hari ini)", "(nothing posted today)")


@dataclass(frozen=True, slots=True)
class Totals:
    """What CABANG tells that belongs here."""

    jenis: tuple[tuple[str, int, int], ...]
    drawers: tuple[Drawer, ...]

    @property
    def outside(self) -> int:
        """Net cash of deposits that is in none of the open drawers: taken without one, or handed in."""
        branch = sum(MONEY.get(kind, 0) * nominal for kind, _, nominal in self.jenis)
        taken = sum(masuk - keluar for one in self.drawers for kind, _, masuk, keluar in one.jenis if kind in MONEY)
        return branch - taken

    def in_drawers(self, kind: str) -> tuple[int, int]:
        """Number and net cash of a kind in all open drawers."""
        rows = [row for one in self.drawers for row in one.jenis if row[0] == kind]
        return sum(n for _, n, _, _ in rows), sum(masuk - keluar for _, _, masuk, keluar in rows)


def totals_of(answer: Mapping[str, Any]) -> Totals:
    """The totals of a CABANG answer."""
    return Totals(
        tuple((kind, n, nominal) for kind, n, nominal in answer["jenis"]),
        tuple(msgspec.convert(answer.get("laci", []), list[Drawer])),
    )


def cut_off(totals: Totals | None, language: Language, *, may_choose: bool, is_cut: bool = False) -> Display:
    """The branch; below it, once they are known, its totals."""
    head = [
        labelled(4, FIELDS["kode_bank"], is_input=may_choose, fill=True),
        labelled_right(4, FIELDS["kode_cabang"], is_input=may_choose, fill=True),
        labelled(5, FIELDS["hari"]),
        labelled_right(5, STATE),
    ]
    constants = [label for label, _ in head]
    if totals is not None:
        constants += _totals(totals, language)
    enter = ENTER.called("Selesai", "Done") if is_cut else ENTER.called("Tampil, tutup", "Show, cut off")
    return Display(
        "SKHTSC",
        title("TSC"),
        (enter, F1, F3, F5, F8.called("Hari cabang", "Branch day"), F12),
        (
            Text("Enter menampilkan jumlah; Enter kedua menutup", "Enter shows the totals; a second Enter cuts the"),
            Text("setoran cabang untuk hari ini.", "branch off for the day."),
        ),
        tuple(constants),
        tuple(place for _, place in head),
    )


def _totals(totals: Totals, language: Language) -> list[Constant]:
    head = heads(language, *zip((_KINDS, _NUMBER, _BRANCH, _NUMBER, _DRAWERS), WIDTHS, strict=True))
    kinds = [
        in_columns((title_of(kind, language), n, nominal, *totals.in_drawers(kind)), WIDTHS)
        for kind, n, nominal in sorted(totals.jenis, key=lambda row: (row[0] not in MONEY, row[0]))
    ]
    found = [Constant(KIND_ROW - 1, FIRST_COLUMN, same(head), Look.TITLE)]
    found += _rows(KIND_ROW, kinds, KINDS_MAX) or [Constant(KIND_ROW, FIRST_COLUMN, NOTHING, Look.OUTPUT)]
    head = heads(language, *zip((_OPEN_DRAWERS, _USER, _START, _EXPECTED), DRAWER_WIDTHS, strict=True))
    found.append(Constant(DRAWER_ROW, FIRST_COLUMN, same(head), Look.TITLE))
    drawers = [
        in_columns((one.device, one.user, one.awal_rupiah, one.seharusnya_rupiah), DRAWER_WIDTHS)
        for one in totals.drawers
    ]
    found += _rows(DRAWER_ROW + 1, drawers, DRAWERS_MAX) or [Constant(DRAWER_ROW + 1, FIRST_COLUMN, _NONE, Look.OUTPUT)]
    found.append(Constant(OUTSIDE_ROW, FIRST_COLUMN, _OUTSIDE))
    amount = rupiah(totals.outside).rjust(17)
    found.append(Constant(OUTSIDE_ROW, FIRST_COLUMN + 60, same(amount), Look.OUTPUT))
    return found


def _rows(first: int, texts: Sequence[str], most: int) -> list[Constant]:
    """The rows there is room for; where there is none for all, the last says how many are not shown."""
    left = len(texts) - most
    shown = texts if left <= 0 else [*texts[: most - 1], f"... +{left + 1}"]
    return [Constant(row, FIRST_COLUMN, same(text), Look.OUTPUT) for row, text in enumerate(shown, start=first)]
