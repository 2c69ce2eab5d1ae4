"""Cut-off of a branch: its totals beside its drawers, asked twice, and how it stands afterwards."""

from __future__ import annotations

from typing import Any

import msgspec

from ledger.kind import Role
from ledger.kinds import KINDS
from terminal.displays.cutoff import STATE, Totals, cut_off, totals_of
from terminal.displays.evening import BRANCH_CUT, BRANCH_OPEN
from terminal.edit import Said
from terminal.keys import F5, F8, Key
from terminal.panels.branch import BranchDayPanel
from terminal.panels.buffer import Values
from terminal.panels.desk import Desk, told
from terminal.panels.entry import EntryPanel
from txserver.wire.evening import BranchDay
from txserver.wire.frames import Accepted, Answer, InquiryCabang, InquiryHari, Refused

CUT_OFF = "TSC"
DEPOSIT, CORRECTION = "STA", "KOR"


class CutOffPanel(EntryPanel):
    """The first Enter shows the branch's totals, the second one cuts it off if they are still the same."""

    looks_up = True

    def __init__(self, desk: Desk, bank: str = "", cabang: str = "") -> None:
        assert desk.who is not None, "signed on"
        peran = desk.link.info.peran if desk.link.info is not None else ""
        is_own = peran not in {Role.BANK, Role.PUSAT}
        self._may_choose = not (is_own or bank)
        branch = cabang or (desk.who.cabang if is_own else "")
        self._head: Values = {"kode_bank": bank or desk.own_bank, "kode_cabang": branch, "hari": desk.hari}
        self._totals: Totals | None = None
        self._seen: tuple[str, str, Totals] | None = None
        self._is_cut = False
        display = cut_off(None, desk.language, may_choose=self._may_choose)
        super().__init__(desk, KINDS[CUT_OFF], display, self._head)
        self.buffer.go_to_first_empty()

    def on_mount(self) -> None:
        """Textual calls this beside the one of `Panel`."""
        if not self._may_choose:
            self.begin(self._look())

    async def enter(self, values: Values) -> None:
        """Look, then cut off; then leave."""
        self._head |= values
        wanted = {name: str(self._head[name]) for name in ("kode_bank", "kode_cabang")}
        if self._is_cut and not values:
            self.leave("Enter")
        elif self._seen is not None and self._seen[:2] == tuple(wanted.values()):
            self.begin(self._again(wanted))
        else:
            self.begin(self._look())

    async def function(self, key: Key) -> None:
        """F5 looks again, F8 shows the branch's day in full."""
        if key.name in {F5.name, F8.name}:
            values = self.buffer.read()
            if isinstance(values, Said):
                self.say(values)
                return
            self._head |= values
            bank, cabang = str(self._head["kode_bank"]), str(self._head["kode_cabang"])
            if key.name == F8.name:
                self.open(BranchDayPanel(self.desk, bank, cabang))
            else:
                self.begin(self._look())
        else:
            await super().function(key)

    def next_form(self, answer: Accepted) -> None:
        """The state the branch now has."""
        self._draw(self._totals, is_cut=True)

    async def _again(self, wanted: dict[str, str]) -> None:
        """Cut off what was seen; what has come in since is shown first."""
        seen = self._seen
        if await self._ask() and self._totals is not None and not self._is_cut:
            now = (wanted["kode_bank"], wanted["kode_cabang"], self._totals)
            if now == seen:
                self._seen = None
                await self.post(dict(wanted))
            else:
                self._tell()

    async def _look(self) -> None:
        if await self._ask() and not self._is_cut:
            self._tell()

    def _tell(self) -> None:
        assert self._totals is not None, "asked for"
        bank, cabang = str(self._head["kode_bank"]), str(self._head["kode_cabang"])
        self._seen = bank, cabang, self._totals
        sums = {kind: (n, nominal) for kind, n, nominal in self._totals.jenis}
        (n, nominal), (n_back, back) = sums.get(DEPOSIT, (0, 0)), sums.get(CORRECTION, (0, 0))
        self.said = Said("SKH0070", {"cabang": f"{bank}/{cabang}", "n": n - n_back, "nominal": nominal - back})

    async def _ask(self) -> bool:
        """Totals and state of the branch. Gives whether they are known."""
        bank, cabang, hari = (str(self._head[name]) for name in ("kode_bank", "kode_cabang", "hari"))
        self._seen = None
        answer = await self.desk.link.inquire(InquiryCabang(bank, cabang, hari))
        if isinstance(answer, Answer):
            self._totals = totals_of(answer.data)
            # The rows of branches go on above a code.
            before = f"{int(cabang) - 1:04d}" if int(cabang) else ""
            answer = await self.desk.link.inquire(InquiryHari(hari, bank, before))
        if isinstance(answer, Refused):
            self._totals = None
            self._draw(None, is_cut=False)
            self.said = told(answer)
            return False
        self._draw(self._totals, is_cut=_has_cut_off(answer.data, cabang))
        return True

    def _draw(self, totals: Totals | None, *, is_cut: bool) -> None:
        self._is_cut = is_cut
        language = self.desk.language
        state = (BRANCH_CUT if is_cut else BRANCH_OPEN).said(language) if totals is not None else ""
        display = cut_off(totals, language, may_choose=self._may_choose, is_cut=is_cut)
        self.show(display, {**self._head, STATE.name: state})


def _has_cut_off(data: dict[str, Any], cabang: str) -> bool:
    rows = msgspec.convert(data["cabang"], list[BranchDay])
    return any(row.tutup for row in rows if row.cabang == cabang)
