"""Approval on the same screen: the entry stays visible, and stays as it was typed, whatever becomes of it."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.kinds import Request
from terminal.displays.approval import PENYETUJU, approval
from terminal.displays.display import NORMAL, Display
from terminal.edit import Said
from terminal.panels.buffer import Buffer, Cell, Values
from terminal.panels.desk import Desk, told
from terminal.panels.panel import Panel
from terminal.waiting import is_of_question
from txserver.wire.frames import Accepted, Refused

NEEDS_SECOND = "SKH7020"


class WindowPanel(Panel):
    """A window over another panel, of which the rows above it stay visible."""

    def __init__(self, desk: Desk, display: Display, under: Buffer, values: Values | None = None) -> None:
        self._under: list[list[Cell]] = under.rows()
        super().__init__(desk, display, values)
        self.buffer.under = self._under

    def show(self, display: Display, values: Mapping[str, str | int] | None = None) -> None:
        """Put another display in the window."""
        super().show(display, values)
        self.buffer.under = self._under
        self.repaint()


class ApprovalPanel(WindowPanel):
    """User and password of the second person. `answer` is what became of the request, None while nothing did.

    A refused signature is said in the window, where it can be given anew. What the rules say of the signed request
    is said on the entry, where it can be put right.
    """

    def __init__(self, desk: Desk, body: Request, refusal: Said, under: Buffer) -> None:
        self.answer: Accepted | Refused | None = None
        self._body = body
        display = approval(refusal.first(desk.language)[: NORMAL.message_length])
        super().__init__(desk, display, under, {PENYETUJU.name: getattr(body, "penerima", "")})
        self.buffer.go_to_first_empty()

    async def enter(self, values: Values) -> None:
        """Sign."""
        user, sandi = str(values[PENYETUJU.name]), str(values["sandi"])
        self.show(self.buffer.display, {PENYETUJU.name: user})  # the password is forgotten with the display
        self.buffer.go_to("sandi")
        self.begin(self._approve(user, sandi))

    async def _approve(self, user: str, sandi: str) -> None:
        answer = await self.desk.link.approve(self._body, user, sandi)
        if isinstance(answer, Refused) and is_of_question(answer):
            self.said = told(answer)
            return
        self.answer = answer
        self.leave("Enter")
