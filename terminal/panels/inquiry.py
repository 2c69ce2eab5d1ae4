"""The inquiry by nomor porsi."""

from __future__ import annotations

from ledger.fields import FIELDS
from terminal.displays.pilgrim import porsi
from terminal.edit import shown
from terminal.keys import F3, F10, Key
from terminal.panels.buffer import Values
from terminal.panels.desk import Desk, told
from terminal.panels.panel import Panel
from terminal.panels.receipt import fetch_receipt
from txserver.wire.frames import InquiryPorsi, Refused


class PorsiPanel(Panel):
    """A pilgrim by nomor porsi; F10 fetches the receipt."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, porsi(is_filled=False))
        self._nomor_porsi = ""

    async def enter(self, values: Values) -> None:
        """Find."""
        self.begin(self._find(str(values["nomor_porsi"])))

    async def function(self, key: Key) -> None:
        """F10: the receipt of the pilgrim shown."""
        if key.name == F10.name:
            self.begin(self._receipt())
        else:
            await super().function(key)

    def came_back(self, key: str | None) -> None:
        """F3 on the receipt leaves this panel as well."""
        if key == F3.name:
            self.leave(key)
        else:
            super().came_back(key)

    async def _find(self, nomor_porsi: str) -> None:
        answer = await self.desk.link.inquire(InquiryPorsi(nomor_porsi))
        if isinstance(answer, Refused):
            self.said = told(answer)
            return
        told_data = answer.data
        self._nomor_porsi = str(told_data["nomor_porsi"])
        hari = shown(FIELDS["hari"], str(told_data.get("hari", "")))
        values = {
            **told_data,
            "waktu": f"{hari} {self.desk.local(int(told_data['waktu_us']))[11:]}",
            "entri": told_data["seq"],
            "penerima": f"{told_data['bank']}/{told_data['cabang']}",
        }
        self.show(porsi(is_filled=True), values)

    async def _receipt(self) -> None:
        panel, trouble = await fetch_receipt(self.desk, self._nomor_porsi)
        self.said = trouble
        if panel is not None:
            panel.said = trouble
            self.open(panel)
