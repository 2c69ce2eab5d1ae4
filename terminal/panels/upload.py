"""Upload of a bank's confirmation file: chosen, sent in pieces, checked by the host as a whole."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from ledger.fields import FIELDS
from terminal.confirmation import Confirmation, taken
from terminal.displays.display import FIRST_COLUMN, Constant, Display, Place, Text
from terminal.displays.evening import DAY, FILE, Result, bank_and_day, progress_text, step_display
from terminal.edit import Said, rupiah
from terminal.evening import Langkah
from terminal.keys import F4, F11, Key
from terminal.panels.buffer import Values
from terminal.panels.desk import Desk, told
from terminal.panels.panel import Panel
from terminal.panels.steps import MatchPanel, tell, watched
from terminal.sending import Sending
from txserver.wire.evening import Running
from txserver.wire.frames import Answer, Refused, Unggah

TOLD: tuple[tuple[str, Text], ...] = (
    ("berkas", Text("Berkas", "File")),
    ("bentuk", Text("Bentuk", "Form")),
    ("cara", Text("Cara", "Mode")),
    ("n_rekaman", Text("Banyak rekaman", "Records")),
    ("nominal_rupiah", Text("Jumlah rupiah", "Sum in rupiah")),
    ("seq", Text("Entri", "Entry")),
)


class UploadPanel(Panel):
    """Bank, day and file; Enter sends it, F11 goes on to the match."""

    def __init__(self, desk: Desk, bank: str = "", hari: str = "") -> None:
        self._desk = desk
        self._head: Values = {"kode_bank": bank or desk.own_bank, DAY.name: hari or desk.hari}
        super().__init__(desk, self._display(), self._head)
        self.buffer.go_to_first_empty()

    def _display(self, results: list[Result] | None = None) -> Display:
        asks = [
            *bank_and_day(may_choose=self._desk.is_centre),
            (
                Constant(6, FIRST_COLUMN, Text("Berkas konfirmasi", "Confirmation file")),
                Place(7, FIRST_COLUMN, FILE, is_input=True),
            ),
        ]
        asks[0] = (asks[0][0], replace(asks[0][1], field=FIELDS["kode_bank"]))
        return step_display(
            "SKHUNG",
            Text("UNGGAH KONFIRMASI", "UPLOAD A CONFIRMATION"),
            asks,
            (
                Text("Pilih berkas (F4), lalu Enter mengirimnya.", "Choose a file (F4), then Enter sends it."),
                Text("Berkas diterima utuh atau tidak sama sekali.", "It is taken in whole or not at all."),
            ),
            keys=(F4, F11.called("Cocokkan", "Match")),
            results=results or (),
        )

    async def enter(self, values: Values) -> None:
        """Send it."""
        self._head |= {name: value for name, value in values.items() if name != FILE.name}
        self.begin(self._send(str(values[FILE.name])))

    async def function(self, key: Key) -> None:
        """F11: the match of that bank and day."""
        if key.name == F11.name:
            self.open(MatchPanel(self.desk, str(self._head["kode_bank"]), str(self._head[DAY.name])))
        else:
            await super().function(key)

    async def _send(self, typed: str) -> None:
        try:
            file = await asyncio.to_thread(taken, self.desk.settings.confirmations, typed)
            answer = await self._pieces(file)
        except OSError as error:
            self.said = Said("SKH1140", {"berkas": typed[-24:], "sebab": error.strerror or str(error)})
            return
        finally:
            tell(self, "")
        if isinstance(answer, Refused):
            self.said = told(answer)
            return
        self.show(self._display(_results(answer.data)), {**self._head, FILE.name: typed})
        self.said = Said("SKH0073") if answer.data.get("ulang") else _received(answer.data)

    async def _pieces(self, file: Confirmation) -> Answer | Refused:
        """Send a file; the answer to its last piece. Raises OSError, SessionClosed."""
        bank, hari = str(self._head["kode_bank"]), str(self._head[DAY.name])
        link, language = self.desk.link, self.desk.language

        def far(n: int) -> None:
            tell(self, progress_text(Running(Langkah.UNGGAH, bank, hari, n, file.size), language))

        async def last(piece: Unggah) -> Answer | Refused:
            far(file.size)
            return await watched(self, piece, Langkah.KONFIRMASI, bank, hari)

        far(0)
        ahead = link.info.upload_pieces_max if link.info is not None else 1
        return await Sending(file, bank, hari, link.step, ahead=ahead, tell=far).run(last)


def _received(data: dict[str, Any]) -> Said:
    return Said(
        "SKH0074",
        {"n_rekaman": data["n_rekaman"], "nominal_rupiah": data["nominal_rupiah"], "seq": data["seq"]},
    )


def _results(data: dict[str, Any]) -> list[Result]:
    values = {name: data.get(name, "") for name, _ in TOLD}
    return [(text, rupiah(value) if isinstance(value := values[name], int) else str(value)) for name, text in TOLD]
