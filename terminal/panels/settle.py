"""Entries of the evening that begin with what is known: the bank, the day, what is due; and the transfer."""

from __future__ import annotations

import msgspec

from ledger.kind import Kind
from ledger.kinds import KINDS
from terminal.displays.transfer import DUE, transfer
from terminal.edit import Said
from terminal.keys import F5, F12, Key
from terminal.panels.buffer import Values
from terminal.panels.desk import Desk, told
from terminal.panels.entry import EntryPanel
from txserver.wire.evening import BankDay
from txserver.wire.frames import Accepted, InquiryHari, Refused

TRANSFER = "PLD"
OFFICE = "SLK"
OF_A_DAY = "hari_konfirmasi"


def begun(desk: Desk, kind: Kind) -> Values:
    """What goes into the request fields of a kind of the evening before anything is typed."""
    assert desk.who is not None, "signed on"
    names = kind.request.__annotations__
    if OF_A_DAY not in names and kind.code != "TSB":
        return {}
    known: Values = {"kode_bank": desk.own_bank, OF_A_DAY: desk.hari}
    if kind.code == OFFICE:
        known["kab_kota"] = desk.who.cabang
    return {name: value for name, value in known.items() if name in names and value}


def entry_panel(desk: Desk, code: str) -> EntryPanel:
    """The entry panel of a kind that has no panel of its own."""
    return EntryPanel(desk, KINDS[code], values=begun(desk, KINDS[code]))


class TransferPanel(EntryPanel):
    """Bank and day; then what is due, and the bank's own number of the transfer."""

    looks_up = True

    def __init__(self, desk: Desk) -> None:
        self._due: BankDay | None = None
        self._head = begun(desk, KINDS[TRANSFER])
        super().__init__(desk, KINDS[TRANSFER], transfer(is_filled=False), self._head)

    async def enter(self, values: Values) -> None:
        """First Enter finds what is due, the second passes it on."""
        if self._due is None:
            self._head |= values
            self.begin(self._find())
        else:
            due = {"nominal_rupiah": self._due.jatuh_rupiah, "n_rekaman": self._due.n_jatuh}
            self.begin(self.post({**self._head, **due, **values}))

    async def function(self, key: Key) -> None:
        """F12 goes back to the day, F5 asks anew what is due."""
        if key.name == F12.name and self._due is not None:
            self._empty()
        elif key.name == F5.name and self._due is not None:
            self.begin(self._find())
        else:
            await super().function(key)

    def next_form(self, answer: Accepted) -> None:
        """The next one."""
        self._empty()

    async def _find(self) -> None:
        bank, hari = str(self._head["kode_bank"]), str(self._head[OF_A_DAY])
        answer = await self.desk.link.inquire(InquiryHari(hari, bank))
        if isinstance(answer, Refused):
            self.said = told(answer)
            return
        (due,) = msgspec.convert(answer.data["baris"], list[BankDay])
        if due.n_jatuh:
            self._due = due
            self.show(transfer(is_filled=True), {**self._head, **_shown(due)})
        else:
            self._empty()
            self.said = Said("SKH0080", {"limpah_rupiah": due.limpah_rupiah})

    def _empty(self) -> None:
        self._due = None
        self.show(transfer(is_filled=False), self._head)
        self.buffer.go_to_first_empty()


def _shown(due: BankDay) -> Values:
    return {name: getattr(due, name) for name, _ in DUE}
