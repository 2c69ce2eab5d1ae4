"""The receipt: fetched from the host, spooled, and shown to be leafed through; and its reprint, which is an entry."""

from __future__ import annotations

from ledger.kind import Kind
from ledger.kinds import KINDS
from terminal.displays.display import Display
from terminal.displays.entry import entry
from terminal.displays.pages import receipt
from terminal.edit import Said
from terminal.keys import F3, F5, F10, Key
from terminal.panels.buffer import Values
from terminal.panels.desk import Desk, told
from terminal.panels.panel import Panel
from terminal.panels.sheets import SheetsPanel
from terminal.printer import Pages
from terminal.spool import Print, SpoolFull
from txserver.wire.frames import Accepted, InquiryCetak, Refused

GRANTS_PORSI = "STA"
CORRECTS = "KOR"
REPRINTS = "CTK"
HANDS_OVER = "LSR"
HAS_RECEIPT = frozenset({GRANTS_PORSI, CORRECTS, REPRINTS})
"""Kinds after which there is something to print for the pilgrim."""


class ReceiptPanel(SheetsPanel):
    """All sheets of a receipt; F10 prints them again where that may be done."""

    def __init__(
        self, desk: Desk, pages: Pages, nomor_porsi: str, print_: Print | None, *, is_correction: bool = False
    ) -> None:
        self._nomor_porsi = nomor_porsi
        self._may_reprint = desk.may(REPRINTS) and not is_correction  # of a porsi that is BATAL there is no copy
        super().__init__(desk, pages, print_)

    def _display(self) -> Display:
        return receipt(self._view, self._printed, is_last=self._is_last, may_reprint=self._may_reprint)

    async def function(self, key: Key) -> None:
        """Roll, print again, or leave."""
        if key.name == F10.name:
            self.open(reprint(self.desk, self._nomor_porsi))
        else:
            await super().function(key)

    def came_back(self, key: str | None) -> None:
        """F3 on a reprint leaves this panel as well."""
        if key == F3.name:
            self.leave(key)
        else:
            super().came_back(key)


class ReprintPanel(Panel):
    """Cetak ulang: posted first, so that the copy has its number; then fetched and spooled under it."""

    def __init__(self, desk: Desk, nomor_porsi: str = "") -> None:
        self._start: Values = {"nomor_porsi": nomor_porsi}
        super().__init__(desk, entry(KINDS[REPRINTS]), self._start)
        self.buffer.go_to_first_empty()

    async def enter(self, values: Values) -> None:
        """Post it."""
        self.begin(self._post(values))

    async def function(self, key: Key) -> None:
        """F5 begins again; F3 and F12 leave."""
        if key.name == F5.name:
            self.show(self.buffer.display, self._start)
            self.buffer.go_to_first_empty()
            self.repaint()
        else:
            await super().function(key)

    def came_back(self, key: str | None) -> None:
        """After the receipt there is nothing left to do here."""
        self.leave(key or F3.name)

    async def _post(self, values: Values) -> None:
        answer = await self.desk.link.post(KINDS[REPRINTS].request(**values))
        if isinstance(answer, Refused):
            self.said = told(answer)
            return
        self.said = said = accepted(KINDS[REPRINTS], answer)
        self.repaint()
        panel, trouble = await fetch_receipt(self.desk, str(answer.data["nomor_porsi"]), int(answer.data["duplikat"]))
        self.said = trouble or said
        if panel is not None:
            panel.said = self.said
            self.open(panel)


def reprint(desk: Desk, nomor_porsi: str) -> ReprintPanel:
    """The panel that prints the receipt of a porsi again; the teller gives the reason there."""
    return ReprintPanel(desk, nomor_porsi)


async def fetch_receipt(desk: Desk, nomor_porsi: str, duplikat: int = 0) -> tuple[ReceiptPanel | None, Said | None]:
    """Ask for a receipt, or for the reprint of this number, and spool it. A porsi that is BATAL has that of its KOR.

    Gives the panel that shows it, and what went wrong on the way, if anything.
    """
    answer = await desk.link.inquire(InquiryCetak(nomor_porsi, duplikat))
    if isinstance(answer, Refused):
        return None, told(answer)
    pages: Pages = [[str(line) for line in page] for page in answer.data["halaman"]]
    is_correction = answer.data.get("kind") == CORRECTS
    print_, trouble = _spooled(desk, nomor_porsi, duplikat, pages, f"{nomor_porsi}-K" if is_correction else "")
    return ReceiptPanel(desk, pages, nomor_porsi, print_, is_correction=is_correction), trouble


def open_spool(desk: Desk) -> Said | None:
    """Print what an earlier terminal of this device left ready. Gives what is wrong with the spool, if anything."""
    assert desk.who is not None, "a spool is of a device that has signed on"
    try:
        spool = desk.spooler.open(desk.who)
    except OSError as error:
        return Said("SKH9310", {"sebab": error.strerror or str(error)})
    if spool.put_aside:
        return Said("SKH9312", {"berkas": spool.put_aside.pop()})
    return None


def accepted(kind: Kind, answer: Accepted) -> Said:
    """What to say of an accepted request: the porsi if there is one, that it is a repeat if it is one."""
    data = {"seq": answer.seq, **answer.data}
    if kind.code == GRANTS_PORSI:
        return Said("SKH0008" if answer.ulang else "SKH0001", data)
    if kind.code == REPRINTS:
        return Said("SKH0041", data)
    if kind.code == HANDS_OVER and not answer.ulang:
        return Said("SKH0053", data)
    return Said("SKH0004" if answer.ulang else "SKH0002", data)


def _spooled(desk: Desk, nomor_porsi: str, duplikat: int, pages: Pages, judul: str) -> tuple[Print | None, Said | None]:
    now_us = desk.link.host_us()
    if desk.who is None or now_us is None:
        return None, None  # the session has just ended; the app goes back to the sign-on
    try:
        return desk.spooler.add(desk.who, nomor_porsi, duplikat, pages, now_us, judul), None
    except SpoolFull:
        return None, Said("SKH9311", {"nomor_porsi": nomor_porsi})
    except OSError as error:
        return None, Said("SKH9007", {"nomor_porsi": nomor_porsi, "sebab": error.strerror or str(error)})
