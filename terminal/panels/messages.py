"""The message queue of the branch, and sending a message to it."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.kind import Role
from terminal.displays import forms, lists
from terminal.displays.subfile import Row
from terminal.edit import Said
from terminal.keys import F6, Key
from terminal.panels.buffer import Values
from terminal.panels.desk import Desk, told
from terminal.panels.inquiry import ReadPanel
from terminal.panels.panel import Panel
from terminal.panels.subfile import SubfilePanel
from txserver.wire.frames import InquiryPesan, Refused

SENDERS = frozenset({Role.PUSAT, Role.BANK, Role.PENYELIA})
"""Roles that may send; how far each of them reaches is the host's rule."""


def may_send(desk: Desk) -> bool:
    """Whether the user of the session may send messages at all."""
    return desk.link.info is not None and desk.link.info.peran in SENDERS


class MessagesPanel(SubfilePanel):
    """The operator's messages to this branch, newest first; F6 sends one."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, lists.messages(may_send=may_send(desk)))

    async def page(self, lanjut: str) -> tuple[Sequence[Row], str]:
        """All messages the host remembers."""
        answer = await self.desk.link.inquire(InquiryPesan())
        if isinstance(answer, Refused):
            self.said = told(answer)
            return (), ""
        return [self._row(*row[:3]) for row in answer.data["baris"]], ""

    async def option(self, code: str, row: Row) -> None:
        """The message in full."""
        self.open(ReadPanel(self.desk, lists.message(str(row["teks"])), {**row, "waktu": row["lengkap"]}))

    async def function(self, key: Key) -> None:
        """F6: send a message."""
        if key.name == F6.name:
            self.open(SendPanel(self.desk))
        else:
            await super().function(key)

    def _row(self, waktu_us: int, dari: str, teks: str) -> Row:
        when = self.desk.local(waktu_us)
        return {"waktu": f"{when[:5]} {when[11:16]}", "dari": dari, "teks": teks, "lengkap": when}


class SendPanel(Panel):
    """To whom, and what."""

    def __init__(self, desk: Desk) -> None:
        who, info = desk.who, desk.link.info
        own_branch = f"{who.bank}/{who.cabang}" if who is not None and info and info.peran == Role.PENYELIA else ""
        super().__init__(desk, forms.announcement(), {"tujuan": own_branch})
        self.buffer.go_to("teks" if own_branch else "tujuan")

    async def enter(self, values: Values) -> None:
        """Send."""
        self.begin(self._send(str(values["tujuan"]), str(values["teks"])))

    async def _send(self, tujuan: str, teks: str) -> None:
        answer = await self.desk.link.announce(tujuan, teks)
        if isinstance(answer, Refused):
            self.said = told(answer)
            return
        self.show(self.buffer.display, {"tujuan": tujuan})
        self.buffer.go_to("teks")
        self.said = Said("SKH0051", {"n": answer.data["n"]})
