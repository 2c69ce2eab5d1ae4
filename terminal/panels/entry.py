"""Entry panels: the one every kind has, drawn from its request fields, and that of setoran awal."""

from __future__ import annotations

from ledger.fields import FIELDS
from ledger.kind import Kind
from ledger.kinds import KINDS
from terminal.displays.display import Display
from terminal.displays.entry import ANSWER, entry
from terminal.displays.pilgrim import setoran_awal
from terminal.edit import Said, label, shown
from terminal.keys import F3, F5, F12, Key
from terminal.panels.approval import NEEDS_SECOND, ApprovalPanel
from terminal.panels.buffer import Values
from terminal.panels.desk import Desk, told
from terminal.panels.panel import Panel
from terminal.panels.receipt import HAS_RECEIPT, accepted, fetch_receipt
from txserver.wire.frames import Accepted, InquirySpph, Refused


class EntryPanel(Panel):
    """Fill in, Enter, answered; then the next one of the same kind."""

    def __init__(self, desk: Desk, kind: Kind, display: Display | None = None, values: Values | None = None) -> None:
        super().__init__(desk, display or entry(kind), values)
        self.kind, self._start = kind, dict(values or {})
        self.buffer.go_to_first_empty()
        self._approval: ApprovalPanel | None = None

    async def enter(self, values: Values) -> None:
        """Send what was typed."""
        self.begin(self.post(values))

    async def function(self, key: Key) -> None:
        """F5 clears the form; F3 and F12 leave it."""
        if key.name == F5.name:
            self.show(self.buffer.display, self._start)
            self.buffer.go_to_first_empty()
        else:
            await super().function(key)

    async def post(self, values: Values) -> None:
        """Post, and go on with the answer; where a second person must sign, with the window for that."""
        body = self.kind.request(**values)
        answer = await self.desk.link.post(body)
        if isinstance(answer, Refused) and answer.id == NEEDS_SECOND:
            self._approval = ApprovalPanel(self.desk, body, told(answer), self.buffer)
            self.open(self._approval)
        else:
            await self.answered(answer)

    async def answered(self, answer: Accepted | Refused) -> None:
        """Say what became of the request, and show its receipt if it has one."""
        if isinstance(answer, Refused):
            self.said = told(answer)
            return
        self.desk.posted(self.kind.code)
        self.said = said = accepted(self.kind, answer)
        self.repaint()  # the number is on the message line even if the receipt takes its time
        self.next_form(answer)
        if self.kind.code not in HAS_RECEIPT:
            return
        panel, trouble = await fetch_receipt(self.desk, str(answer.data["nomor_porsi"]))
        if panel is None:
            self.said = trouble or said
            return
        panel.said = trouble or said
        self.open(panel)

    def next_form(self, answer: Accepted) -> None:
        """An empty form, with the answer to the one before."""
        self.show(self.buffer.display, {**self._start, ANSWER.name: told_answer(answer, self.desk)})
        self.buffer.go_to_first_empty()

    def came_back(self, key: str | None) -> None:
        """F3 on the receipt leaves this panel as well; what was signed in the window is gone on with."""
        approval, self._approval = self._approval, None
        if approval is not None and approval.answer is not None:
            self.begin(self.answered(approval.answer))
        elif key == F3.name:
            self.leave(key)
        else:
            super().came_back(key)


def told_answer(answer: Accepted, desk: Desk) -> str:
    """The data of an answer on one line: "Nomor SPPH 33250000001"."""
    return "   ".join(
        f"{label(FIELDS[name], desk.language)} {shown(FIELDS[name], value)}"
        for name, value in answer.data.items()
        if name in FIELDS
    )


class SetoranAwalPanel(EntryPanel):
    """The number of the form; then what the host knows of it, and the amount; Enter takes the deposit."""

    looks_up = True

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, KINDS["STA"], setoran_awal(is_filled=False))
        self._nomor_spph = ""

    async def enter(self, values: Values) -> None:
        """First Enter finds the form, the second takes the deposit."""
        if self._nomor_spph:
            self.begin(self.post({"nomor_spph": self._nomor_spph, **values}))
        else:
            self.begin(self._find(str(values["nomor_spph"])))

    async def function(self, key: Key) -> None:
        """F12 goes back to the number, and from there out."""
        if key.name == F12.name and self._nomor_spph:
            self._empty()
        else:
            await super().function(key)

    def next_form(self, answer: Accepted) -> None:
        """The next pilgrim."""
        self._empty()

    async def _find(self, nomor_spph: str) -> None:
        answer = await self.desk.link.inquire(InquirySpph(nomor_spph))
        if isinstance(answer, Refused):
            self.said = Said("SKH2002", {"nomor_spph": nomor_spph}) if answer.id == "SKH7018" else told(answer)
            return
        self._nomor_spph = nomor_spph
        self.show(setoran_awal(is_filled=True), answer.data)

    def _empty(self) -> None:
        self._nomor_spph = ""
        self.show(setoran_awal(is_filled=False))
