"""Steps of the evening that the host runs: a cut-off of all, a match; how far they are, and what came out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from terminal.displays.display import Display, Text
from terminal.displays.evening import (
    DAY,
    PROGRESS,
    Result,
    bank_and_day,
    progress_text,
    state_text,
    step_display,
)
from terminal.edit import Said, rupiah
from terminal.evening import Langkah
from terminal.keys import F8, Key
from terminal.panels.buffer import Values
from terminal.panels.desk import Desk, told
from terminal.panels.differences import DifferencesPanel
from terminal.panels.panel import Panel
from terminal.waiting import Step
from txserver.wire.evening import Running
from txserver.wire.frames import Answer, InquiryHari, Jalankan, Refused

LOOK_S = 1.0
"""How often a step under way is asked after."""


def tell(panel: Panel, progress: str) -> None:
    """Show how far a step is, where the display has a place for it."""
    if any(place.name == PROGRESS.name for place in panel.buffer.display.places):
        panel.buffer.tell(PROGRESS.name, progress)
        panel.repaint()


async def watched(panel: Panel, step: Step, langkah: Langkah, bank: str, hari: str) -> Answer | Refused:
    """Have the host do a step, and show meanwhile how far it is. Raises SessionClosed."""
    desk = panel.desk
    tell(panel, progress_text(Running(langkah, bank, hari), desk.language))
    work = asyncio.ensure_future(desk.link.step(step))
    try:
        while not (await asyncio.wait({work}, timeout=LOOK_S))[0]:
            answer = await desk.link.inquire(InquiryHari(""))
            if isinstance(answer, Answer):
                rows = msgspec.convert(answer.data.get("berjalan", []), list[Running])
                for one in rows:
                    if one.langkah == langkah and one.bank in {bank, ""}:
                        tell(panel, progress_text(one, desk.language))
    finally:
        work.cancel()
    tell(panel, "")
    return work.result()


class StepPanel(Panel):
    """One step for a bank, or for all banks a centre's user may act for."""

    langkah: Langkah

    def __init__(self, desk: Desk, name: str, title: Text, ask: tuple[Text, ...], start: Values | None = None) -> None:
        self._record, self._caption, self._says = name, title, ask
        self._may_choose = desk.is_centre
        self._start: Values = {"kode_bank": desk.own_bank, DAY.name: desk.hari, **(start or {})}
        super().__init__(desk, self._display(), self._start)

    def results(self, data: Mapping[str, Any]) -> list[Result]:
        """What came out, row by row."""
        raise NotImplementedError

    def done_message(self, data: Mapping[str, Any]) -> Said:
        """What to say of it."""
        raise NotImplementedError

    def _display(self, results: list[Result] | None = None) -> Display:
        asks = bank_and_day(may_choose=self._may_choose)
        keys = (F8.called("Selisih bank", "Differences"),) if self.langkah is Langkah.COCOK else ()
        return step_display(self._record, self._caption, asks, self._says, keys=keys, results=results or ())

    def asked(self, values: Values) -> tuple[str, str]:
        """Bank and day as they stand on the display."""
        return str(values.get("kode_bank", self._start["kode_bank"])), str(values[DAY.name])

    async def enter(self, values: Values) -> None:
        """Run the step."""
        self.begin(self._run(*self.asked(values)))

    async def _run(self, bank: str, hari: str) -> None:
        answer = await watched(self, Jalankan(0, 0, self.langkah, bank, hari), self.langkah, bank, hari)
        values: Values = {"kode_bank": bank, DAY.name: hari}
        if isinstance(answer, Refused):
            self.show(self._display(), values)
            self.said = told(answer)
            return
        self.show(self._display(self.results(answer.data)), values)
        self.said = Said("SKH0073") if answer.data.get("ulang") else self.done_message(answer.data)


class CutAllPanel(StepPanel):
    """Cut off every branch that is still open, then its bank; asked twice."""

    langkah = Langkah.CUTOFF_SEMUA

    def __init__(self, desk: Desk, bank: str = "") -> None:
        self._asked_twice: tuple[str, str] | None = None
        super().__init__(
            desk,
            "SKHTSM",
            Text("TUTUP SEMUA CABANG", "CUT OFF ALL BRANCHES"),
            (
                Text(
                    "Cabang yang masih terbuka ditutup, lalu banknya.",
                    "Branches still open are cut off, then the bank.",
                ),
                Text("Enter dua kali.", "Press Enter twice.")
                if not desk.is_centre
                else Text("Enter dua kali; tanpa kode bank: semua bank.", "Enter twice; without a bank: all banks."),
            ),
            {"kode_bank": bank} if bank else None,
        )

    async def enter(self, values: Values) -> None:
        """Ask once more, then do it."""
        wanted = self.asked(values)
        if self._asked_twice == wanted:
            self._asked_twice = None
            await super().enter(values)
        else:
            self._asked_twice = wanted
            self.say(Said("SKH0071"))

    def results(self, data: Mapping[str, Any]) -> list[Result]:
        """How many were cut off."""
        return [
            (Text("Cabang ditutup", "Branches cut off"), rupiah(int(data["n_cabang"])).rjust(10)),
            (Text("Bank ditutup", "Banks cut off"), rupiah(int(data["n_bank"])).rjust(10)),
        ]

    def done_message(self, data: Mapping[str, Any]) -> Said:
        """The same in a sentence."""
        return Said("SKH0072", {"n_cabang": data["n_cabang"], "n_bank": data["n_bank"], "hari": data["hari"]})


MATCHED: tuple[tuple[str, Text], ...] = (
    ("n_cocok", Text("Cocok", "Matched")),
    ("n_host", Text("Hanya di host", "Host only")),
    ("n_bank", Text("Hanya di bank", "Bank only")),
    ("n_beda", Text("Berbeda", "Differing")),
    ("n_ganda", Text("Ganda", "Doubles")),
    ("n_baru", Text("Selisih baru", "New differences")),
    ("n_terbuka", Text("Selisih terbuka", "Open differences")),
)
BANKS_MAX = 9


class MatchPanel(StepPanel):
    """Match a bank's confirmations with the ledger; F8 leads to the differences."""

    langkah = Langkah.COCOK

    def __init__(self, desk: Desk, bank: str = "", hari: str = "") -> None:
        start: Values = {name: value for name, value in (("kode_bank", bank), (DAY.name, hari)) if value}
        super().__init__(
            desk,
            "SKHCOC",
            Text("COCOKKAN KONFIRMASI", "MATCH CONFIRMATIONS"),
            (
                Text("Enter mencocokkan konfirmasi bank dengan host.", "Enter matches the bank's files with the host."),
                *((Text("Tanpa kode bank: semua bank.", "Without a bank: all banks."),) if desk.is_centre else ()),
            ),
            start,
        )

    async def function(self, key: Key) -> None:
        """F8: the differences."""
        if key.name == F8.name:
            values = self.buffer.read()
            if isinstance(values, Said):
                self.say(values)
            else:
                self.open(DifferencesPanel(self.desk, *self.asked(values)))
        else:
            await super().function(key)

    def results(self, data: Mapping[str, Any]) -> list[Result]:
        """The classes of one bank; of several banks their states and open differences."""
        if "bank" in data:
            banks = list(data["bank"].items())
            if len(banks) != 1:
                return [(Text("Bank", "Bank"), self._of_bank(*one)) for one in banks[:BANKS_MAX]]
            data = banks[0][1]
        return [(text, rupiah(int(data.get(name, 0))).rjust(10)) for name, text in MATCHED]

    def _of_bank(self, bank: str, data: Mapping[str, Any]) -> str:
        state = state_text(str(data.get("keadaan", "")), self.desk.language)
        return f"{bank}  {state:<14}  {rupiah(int(data.get('n_terbuka', 0))):>7}"

    def done_message(self, data: Mapping[str, Any]) -> Said:
        """How many are open."""
        return Said("SKH0075", {"n_terbuka": data["n_terbuka"]})
