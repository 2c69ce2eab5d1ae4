"""The branch's day: totals by kind, balances, last entries, what is still open."""

from __future__ import annotations

from collections.abc import Sequence

from terminal.displays.branch import LINE, branch_day, lines
from terminal.displays.subfile import Row
from terminal.panels.buffer import Values
from terminal.panels.desk import Desk, told
from terminal.panels.subfile import SubfilePanel
from txserver.wire.frames import InquiryCabang, Refused


class BranchDayPanel(SubfilePanel):
    """The own branch today, or on another day; a head office asks for others of its bank, the centre for any."""

    def __init__(self, desk: Desk, bank: str = "", cabang: str = "") -> None:
        assert desk.who is not None, "signed on"
        info, who = desk.link.info, desk.who
        head: Values = {
            "kode_bank": bank or who.bank,
            "kode_cabang": cabang or who.cabang,
            "hari": info.hari if info else "",
        }
        super().__init__(desk, branch_day(), head)

    async def page(self, lanjut: str) -> tuple[Sequence[Row], str]:
        """All four parts."""
        head = self.head
        query = InquiryCabang(str(head["kode_bank"]), str(head["kode_cabang"]), str(head["hari"]))
        answer = await self.desk.link.inquire(query)
        if isinstance(answer, Refused):
            self.said = told(answer)
            return (), ""
        return [{LINE: text} for text in lines(answer.data, self._time, self.desk.language)], ""

    def _time(self, waktu_us: int) -> str:
        return self.desk.local(waktu_us)[11:]
