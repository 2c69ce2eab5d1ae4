"""The outputs of a bank's day: made by the host, fetched, shown, printed, saved."""

from __future__ import annotations

from collections.abc import Sequence

from terminal.displays.display import same
from terminal.displays.papers import PRINT, SHOW, outputs, what
from terminal.displays.subfile import Row
from terminal.edit import Said
from terminal.evening import Langkah
from terminal.panels.buffer import Values
from terminal.panels.desk import Desk, told
from terminal.panels.paper import Paper, PaperPanel, day_name, fetch, pages_of, print_paper, save_paper
from terminal.panels.steps import watched
from terminal.panels.subfile import SubfilePanel
from txserver.wire.frames import Jalankan, Refused


class ReportsPanel(SubfilePanel):
    """What the host has made of a bank's day."""

    looks_up = True
    reloads_after_options = False

    def __init__(self, desk: Desk, bank: str = "", hari: str = "") -> None:
        self._bank = bank or desk.own_bank
        head: Values = {"kode_bank": self._bank, "hari_konfirmasi": hari or desk.hari}
        self.loads_at_once = bool(hari)
        super().__init__(desk, outputs(may_choose=desk.sees_all), head)

    async def page(self, lanjut: str) -> tuple[Sequence[Row], str]:
        """Have them made, and list them."""
        bank, hari = self._wanted()
        step = Jalankan(0, 0, Langkah.LAPORAN, bank, hari)
        answer = await watched(self, step, Langkah.LAPORAN, bank, hari)
        if isinstance(answer, Refused):
            self.said = told(answer)
            return (), ""
        self.head |= {"kode_bank": bank}
        made = answer.data["bank"].get(bank, {})
        names = [str(nama) for nama in made.get("nama", [])]
        self.said = Said("SKH0076", {"n": len(names)})
        return [{"nama": nama, "isi": what(nama, self.desk.language)} for nama in names], ""

    async def option(self, code: str, row: Row) -> None:
        """Fetch one, then show it, print it or save it."""
        bank, hari = self._wanted()
        nama = str(row["nama"])
        content = await fetch(self.desk, nama, bank, hari)
        if isinstance(content, Said):
            self.said = content
            return
        stem = nama.partition(".")[0].upper()
        pages = pages_of(content)
        paper = Paper(f"{stem}-{bank}-{day_name(hari)}", pages or [], same(nama), {f"{bank}-{hari}-{nama}": content})
        if code not in {SHOW.code, PRINT.code}:
            self.said = save_paper(self.desk, paper)
        elif pages is None or (code == PRINT.code and not nama.endswith(".txt")):
            self.said = Said("SKH1141", {"nama": nama})
        elif code == SHOW.code:
            self.open(PaperPanel(self.desk, paper))
        else:
            _, self.said = print_paper(self.desk, paper)

    def _wanted(self) -> tuple[str, str]:
        return str(self.head.get("kode_bank") or self._bank), str(self.head["hari_konfirmasi"])
