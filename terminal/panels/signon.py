"""The sign-on panel: the first one, and where every session ends."""

from __future__ import annotations

from ledger.kinds import KIND_BY_REQUEST
from ledger.records import origin_of
from terminal.dial import SessionClosed
from terminal.displays.menu import SIGN_OFF
from terminal.displays.signon import signon
from terminal.edit import Said
from terminal.kept import KeptUnreadable
from terminal.keys import F3, Key
from terminal.panels.buffer import Values
from terminal.panels.desk import Desk, told
from terminal.panels.memory import Memory
from terminal.panels.menu import MenuPanel
from terminal.panels.panel import Panel
from terminal.panels.receipt import HAS_RECEIPT, ReceiptPanel, accepted, fetch_receipt, open_spool
from txserver.wire.frames import Refused


class SignOnPanel(Panel):
    """Bank, branch, device and user stay as they were typed last; the password is forgotten with every display."""

    ends_session = True

    def __init__(self, desk: Desk) -> None:
        settings = desk.settings
        self._names: Values = {
            "kode_bank": settings.bank,
            "kode_cabang": settings.cabang,
            "device": settings.device,
            "user": settings.user,
        }
        super().__init__(desk, signon(), self._names)
        self.buffer.go_to_first_empty()

    async def enter(self, values: Values) -> None:
        """Sign on."""
        sandi = str(values.pop("sandi"))
        self._names = values
        self.begin(self._sign_on(sandi))

    async def function(self, key: Key) -> None:
        """F3 ends the terminal."""
        if key.name == F3.name:
            self.app.exit(0)

    def came_back(self, key: str | None) -> None:
        """The session is over; a sign-off says so."""
        self.desk.who = self.desk.line = None
        self.desk.memory = Memory()
        self.empty()
        if key == SIGN_OFF:
            self.say(Said("SKH0003"))

    def empty(self) -> None:
        """The display afresh, without a password."""
        self.show(signon(), self._names)
        self.buffer.go_to_first_empty()
        self.repaint()

    async def _sign_on(self, sandi: str) -> None:
        who = origin_of(*(str(self._names[name]) for name in ("kode_bank", "kode_cabang", "device", "user")))
        self.empty()
        try:
            await self.desk.link.sign_on(who, sandi)
        except SessionClosed as error:
            self.said = told(error)
            return
        except KeptUnreadable as error:
            self.said = Said("SKH9010", {"berkas": error.path.name})
            return
        self.desk.who, self.desk.line, self.desk.laci_buka = who, None, None
        day = self.desk.day()
        said = Said("SKH0005" if day else "SKH0006", {"user": who.user, "hari": day})
        trouble = open_spool(self.desk)
        said, receipt = await self._ask_again(trouble or said)
        self.said = None
        self.open(MenuPanel(self.desk, said))
        if receipt is not None:
            receipt.said = said
            self.open(receipt)

    async def _ask_again(self, said: Said) -> tuple[Said, ReceiptPanel | None]:
        """Settle the request that was left without an answer, before anything new is begun."""
        kept = self.desk.link.kept()
        if kept is None:
            return said, None
        answer = await self.desk.link.ask_again(kept)
        if isinstance(answer, Refused):
            return told(answer), None
        kind = KIND_BY_REQUEST[type(kept.post.body)]
        self.desk.posted(kind.code)
        said = accepted(kind, answer)
        if kind.code not in HAS_RECEIPT:
            return said, None
        duplikat = int(answer.data.get("duplikat", 0))
        receipt, trouble = await fetch_receipt(self.desk, str(answer.data["nomor_porsi"]), duplikat)
        return trouble or said, receipt
