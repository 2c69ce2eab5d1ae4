"""The boards of the evening: all banks for centre and auditors, one bank and its branches for its head office."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from terminal.displays import evening
from terminal.displays.subfile import Row
from terminal.edit import Said
from terminal.keys import F6, F7, F8, F11, Key
from terminal.panels.branch import BranchDayPanel
from terminal.panels.cutoff import CUT_OFF, CutOffPanel
from terminal.panels.desk import Desk, told
from terminal.panels.differences import DifferencesPanel
from terminal.panels.panel import Panel
from terminal.panels.reports import ReportsPanel
from terminal.panels.steps import CutAllPanel, MatchPanel
from terminal.panels.subfile import LivingPanel
from terminal.panels.upload import UploadPanel
from txserver.wire.evening import BankDay, BranchDay, Running
from txserver.wire.frames import InquiryHari, Refused

SETTLES = "TSB"
"""Who may post this runs the steps of a bank's evening; others look."""


def day_board(desk: Desk) -> Panel:
    """The board of who is signed on."""
    return BankBoardPanel(desk) if desk.sees_all else BranchBoardPanel(desk, desk.own_bank, desk.hari)


class BankBoardPanel(LivingPanel):
    """Every bank's day; F6 cuts off all that is still open."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, evening.bank_board(may_settle=desk.may(SETTLES)), {"hari": desk.hari})
        self.loads_at_once = bool(desk.hari)

    async def page(self, lanjut: str) -> tuple[Sequence[Row], str]:
        """All banks at once."""
        hari = str(self.head["hari"])
        answer = await self.desk.link.inquire(InquiryHari(hari))
        if isinstance(answer, Refused):
            self.said = told(answer)
            return (), ""
        language, seq = self.desk.language, int(answer.data["tutup"])
        days = msgspec.convert(answer.data["baris"], list[BankDay])
        running = msgspec.convert(answer.data["berjalan"], list[Running])
        self.note = evening.banks_note(days)
        self.head |= {
            evening.STATE.name: evening.day_text(seq, max((day.umur_hari for day in days), default=0), language),
            evening.PROGRESS.name: evening.progress_text(running[0], language) if running else "",
        }
        return [self._row(day) for day in days], ""

    async def option(self, code: str, row: Row) -> None:
        """Branches, match, differences or reports of a bank."""
        bank, hari = str(row["bank"]), str(self.head["hari"])
        if code == evening.BRANCHES.code:
            self.open(BranchBoardPanel(self.desk, bank, hari))
        elif code == evening.MATCH.code:
            self.open(MatchPanel(self.desk, bank, hari))
        elif code == evening.DIFFERENCES.code:
            self.open(DifferencesPanel(self.desk, bank, hari))
        else:
            self.open(ReportsPanel(self.desk, bank, hari))

    async def function(self, key: Key) -> None:
        """F6: cut off all banks."""
        if key.name == F6.name:
            self.open(CutAllPanel(self.desk))
        else:
            await super().function(key)

    def _row(self, day: BankDay) -> Row:
        return {
            **msgspec.structs.asdict(day),
            "nama": day.nama_pendek,
            "keadaan": evening.state_text(day.keadaan, self.desk.language),
            "cabang": f"{day.n_cabang_tutup}/{day.n_cabang}",
        }


class BranchBoardPanel(LivingPanel):
    """One bank's day and its branches; from here its steps are run."""

    looks_up = True

    def __init__(self, desk: Desk, bank: str, hari: str) -> None:
        subfile = evening.branch_board(
            may_choose=desk.sees_all, may_cut_off=desk.may(CUT_OFF), may_settle=desk.may(SETTLES)
        )
        self._bank = bank
        super().__init__(desk, subfile, {"kode_bank": bank, "hari": hari})
        self.loads_at_once = bool(bank and hari)

    async def page(self, lanjut: str) -> tuple[Sequence[Row], str]:
        """Sixty branches at a time, and how the bank stands."""
        bank, hari = self._wanted()
        answer = await self.desk.link.inquire(InquiryHari(hari, bank, lanjut))
        if isinstance(answer, Refused):
            self.said = told(answer)
            return (), ""
        (day,) = msgspec.convert(answer.data["baris"], list[BankDay])
        self.note = evening.bank_note(day)
        self.head |= {
            "kode_bank": bank,
            evening.STATE.name: evening.state_text(day.keadaan, self.desk.language),
            "cabang_tutup": f"{day.n_cabang_tutup}/{day.n_cabang}",
        }
        branches = msgspec.convert(answer.data["cabang"], list[BranchDay])
        return [self._row(one, day.nama) for one in branches], str(answer.data["lanjut"])

    async def option(self, code: str, row: Row) -> None:
        """The branch's day, or its cut-off."""
        bank, cabang = self._wanted()[0], str(row["cabang"])
        if code == evening.CUT_OFF.code:
            self.open(CutOffPanel(self.desk, bank, cabang))
        else:
            self.open(BranchDayPanel(self.desk, bank, cabang))

    async def function(self, key: Key) -> None:
        """The steps of the bank's evening."""
        opens: dict[str, Callable[[str, str], Panel]] = {
            F6.name: lambda bank, _: CutAllPanel(self.desk, bank),
            F7.name: partial(UploadPanel, self.desk),
            F8.name: partial(DifferencesPanel, self.desk),
            F11.name: partial(MatchPanel, self.desk),
        }
        if key.name not in opens:
            await super().function(key)
            return
        values = self.buffer.read()
        if isinstance(values, Said):
            self.say(values)
        else:
            self.head |= {name: values[name] for name in ("kode_bank", "hari") if name in values}
            self.open(opens[key.name](*self._wanted()))

    def _wanted(self) -> tuple[str, str]:
        """The bank and the day shown. A head office's own bank is no input field."""
        return str(self.head.get("kode_bank") or self._bank), str(self.head["hari"])

    def _row(self, one: BranchDay, bank: str) -> Row:
        """A branch; the bank's own name before that of the branch would only push the place out of the column."""
        state = evening.BRANCH_CUT if one.tutup else evening.BRANCH_OPEN
        nama = one.nama.removeprefix(bank).strip() or one.nama
        return {**msgspec.structs.asdict(one), "nama": nama, "tutup": state.said(self.desk.language)}
