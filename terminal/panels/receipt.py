"""The receipt: fetched from the host, saved, and shown to be leafed through."""

from __future__ import annotations

from ledger.kind import Kind
from terminal.displays.display import Display
from terminal.displays.pages import receipt, views
from terminal.edit import Said
from terminal.keys import ROLL_DOWN, ROLL_UP, Key
from terminal.panels.buffer import Values
from terminal.panels.desk import Desk, told
from terminal.panels.panel import Panel
from terminal.printer import Pages, save_receipt
from txserver.wire.frames import Accepted, InquiryCetak, Refused


class ReceiptPanel(Panel):
    """All sheets, view by view."""

    def __init__(self, desk: Desk, pages: Pages, saved_as: str) -> None:
        self._views, self._at, self._saved_as = views(pages), 0, saved_as
        super().__init__(desk, self._display())

    def _display(self) -> Display:
        return receipt(self._views[self._at], self._saved_as, is_last=self._at + 1 == len(self._views))

    async def enter(self, values: Values) -> None:
        """Done with it."""
        self.leave("Enter")

    async def function(self, key: Key) -> None:
        """Roll, or leave."""
        if key.name in {ROLL_UP.name, ROLL_DOWN.name}:
            step = 1 if key.name == ROLL_UP.name else -1
            self._at = min(max(self._at + step, 0), len(self._views) - 1)
            self.show(self._display())
        else:
            await super().function(key)


async def fetch_receipt(desk: Desk, nomor_porsi: str) -> tuple[ReceiptPanel | None, Said | None]:
    """Ask for a receipt and save it. Gives the panel that shows it, and what went wrong on the way, if anything."""
    answer = await desk.link.inquire(InquiryCetak(nomor_porsi))
    if isinstance(answer, Refused):
        return None, told(answer)
    pages: Pages = [[str(line) for line in page] for page in answer.data["halaman"]]
    try:
        path = save_receipt(desk.settings.receipts, nomor_porsi, pages)
    except OSError as error:
        trouble = Said("SKH9007", {"nomor_porsi": nomor_porsi, "sebab": error.strerror or str(error)})
        return ReceiptPanel(desk, pages, ""), trouble
    return ReceiptPanel(desk, pages, path.name), None


def accepted(kind: Kind, answer: Accepted) -> Said:
    """What to say of an accepted request: the porsi if there is one, that it is a repeat if it is one."""
    data = {"seq": answer.seq, **answer.data}
    if "nomor_porsi" in answer.data and kind.receipt is not None:
        return Said("SKH0001", data)
    return Said("SKH0004" if answer.ulang else "SKH0002", data)
