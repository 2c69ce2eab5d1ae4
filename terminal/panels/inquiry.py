"""Inquiries about pilgrims: by nomor porsi, NIK, SPPH and name; what was entered for one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ledger.fields import FIELDS
from terminal.displays import lists, pilgrim
from terminal.displays.subfile import Row
from terminal.displays.titles import title_of
from terminal.edit import Said, shown
from terminal.keys import F3, F8, F10, Key
from terminal.panels.buffer import Values
from terminal.panels.desk import Desk, told
from terminal.panels.panel import Panel
from terminal.panels.receipt import REPRINTS, fetch_receipt, reprint
from terminal.panels.subfile import SubfilePanel
from txserver.wire.frames import InquiryNama, InquiryNik, InquiryPorsi, InquiryRiwayat, InquirySpph, Refused

USE_REPRINT = "SKH7023"
LETTERS_MIN = 3
"""Letters of a name the host asks for."""


class PilgrimPanel(Panel):
    """A panel that shows one pilgrim: F3 on what it opens leaves it as well, F8 opens the history."""

    looks_up = True

    async def function(self, key: Key) -> None:
        """F8: every entry of the pilgrim shown."""
        if key.name == F8.name:
            self.open(HistoryPanel(self.desk, self.number))
        else:
            await super().function(key)

    @property
    def number(self) -> str:
        """Nomor porsi or SPPH of the pilgrim shown."""
        raise NotImplementedError

    def came_back(self, key: str | None) -> None:
        """F3 on a panel above leaves this one as well."""
        if key == F3.name:
            self.leave(key)
        else:
            super().came_back(key)


class PorsiPanel(PilgrimPanel):
    """A pilgrim by nomor porsi; F10 fetches the receipt, or leads to its reprint."""

    def __init__(self, desk: Desk, answer: Mapping[str, Any] | None = None) -> None:
        self._nomor_porsi = ""
        super().__init__(desk, pilgrim.porsi(is_filled=False))
        if answer is not None:
            self._fill(answer)

    @property
    def number(self) -> str:
        """The porsi shown."""
        return self._nomor_porsi

    async def enter(self, values: Values) -> None:
        """Find."""
        self.begin(self._find(str(values["nomor_porsi"])))

    async def function(self, key: Key) -> None:
        """F10: the receipt of the pilgrim shown."""
        if key.name == F10.name:
            self.begin(self._receipt())
        else:
            await super().function(key)

    async def _find(self, nomor_porsi: str) -> None:
        answer = await self.desk.link.inquire(InquiryPorsi(nomor_porsi))
        if isinstance(answer, Refused):
            self.said = told(answer)
        else:
            self._fill(answer.data)

    def _fill(self, answer: Mapping[str, Any]) -> None:
        self._nomor_porsi = str(answer["nomor_porsi"])
        hari = shown(FIELDS["hari"], str(answer.get("hari", "")))
        values = {
            **answer,
            "waktu": f"{hari} {self.desk.local(int(answer['waktu_us']))[11:]}",
            "entri": answer["seq"],
            "penerima": f"{answer['bank']}/{answer['cabang']}",
        }
        self.show(pilgrim.porsi(is_filled=True), values)

    async def _receipt(self) -> None:
        panel, trouble = await fetch_receipt(self.desk, self._nomor_porsi)
        if trouble is not None and trouble.id == USE_REPRINT and self.desk.may(REPRINTS):
            self.open(reprint(self.desk, self._nomor_porsi))
            return
        self.said = trouble
        if panel is not None:
            panel.said = trouble
            self.open(panel)


class NikPanel(PilgrimPanel):
    """A pilgrim by NIK, shown as by nomor porsi."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, pilgrim.nik())

    async def enter(self, values: Values) -> None:
        """Find."""
        self.begin(self._find(str(values["nik"])))

    async def _find(self, nik: str) -> None:
        answer = await self.desk.link.inquire(InquiryNik(nik))
        if isinstance(answer, Refused):
            self.said = told(answer)
            return
        self.show(pilgrim.nik())  # the number is asked for anew every time: it is nobody's to read off the glass
        self.open(PorsiPanel(self.desk, answer.data))


class SpphPanel(PilgrimPanel):
    """A form by its number."""

    def __init__(self, desk: Desk) -> None:
        self._nomor_spph = ""
        super().__init__(desk, pilgrim.spph(is_filled=False))

    @property
    def number(self) -> str:
        """The form shown."""
        return self._nomor_spph

    async def enter(self, values: Values) -> None:
        """Find."""
        self.begin(self._find(str(values["nomor_spph"])))

    async def _find(self, nomor_spph: str) -> None:
        answer = await self.desk.link.inquire(InquirySpph(nomor_spph))
        if isinstance(answer, Refused):
            self.said = Said("SKH2002", {"nomor_spph": nomor_spph}) if answer.id == "SKH7018" else told(answer)
            return
        self._nomor_spph = nomor_spph
        self.show(pilgrim.spph(is_filled=True), answer.data)


class NamePanel(SubfilePanel):
    """The pilgrims of this branch by words of their name."""

    looks_up = True
    loads_at_once = reloads_after_options = False

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, lists.by_name(may_reprint=desk.may(REPRINTS)))

    async def page(self, lanjut: str) -> tuple[Sequence[Row], str]:
        """Twelve pilgrims at most."""
        if sum(letter.isalpha() for letter in str(self.head["nama"])) < LETTERS_MIN:
            self.said = Said("SKH1127", {"n": LETTERS_MIN})
            return (), ""
        answer = await self.desk.link.inquire(InquiryNama(str(self.head["nama"]), lanjut))
        if isinstance(answer, Refused):
            self.said = told(answer)
            return (), ""
        names = ("nomor_porsi", "nama", "hari", "status", "seq")
        return [dict(zip(names, row, strict=False)) for row in answer.data["baris"]], str(answer.data["lanjut"])

    async def option(self, code: str, row: Row) -> None:
        """Show the pilgrim, print his receipt again, or show his history."""
        nomor_porsi = str(row["nomor_porsi"])
        if code == lists.REPRINT.code:
            self.open(reprint(self.desk, nomor_porsi))
        elif code == lists.HISTORY.code:
            self.open(HistoryPanel(self.desk, nomor_porsi))
        else:
            answer = await self.desk.link.inquire(InquiryPorsi(nomor_porsi))
            if isinstance(answer, Refused):
                self.said = told(answer)
            else:
                self.open(PorsiPanel(self.desk, answer.data))


class HistoryPanel(SubfilePanel):
    """Every entry of one pilgrim, in order; asked for by number where none is given."""

    looks_up = True
    reloads_after_options = False

    def __init__(self, desk: Desk, number: str = "") -> None:
        self.loads_at_once = bool(number)
        super().__init__(desk, lists.history(), {"nomor": number})

    async def page(self, lanjut: str) -> tuple[Sequence[Row], str]:
        """All entries at once."""
        answer = await self.desk.link.inquire(InquiryRiwayat(str(self.head["nomor"])))
        if isinstance(answer, Refused):
            self.said = told(answer)
            return (), ""
        self.head |= {name: answer.data[name] for name in ("nama", "nomor_porsi")}
        return [self._row(row) for row in answer.data["baris"]], ""

    async def option(self, code: str, row: Row) -> None:
        """The entry in full."""
        self.open(ReadPanel(self.desk, lists.entry_of_history(), dict(row)))

    def _row(self, told_row: Sequence[Any]) -> Row:
        seq, hari, waktu_us, kind, bank, cabang, device, user, penyetuju, nominal = told_row[:10]
        return {
            "seq": seq,
            "hari": hari,
            "waktu": self.desk.local(waktu_us),
            "pekerjaan": title_of(kind, self.desk.language),
            "kantor": f"{bank}/{cabang}",
            "device": device,
            "user": user,
            "penyetuju": penyetuju,
            "nominal_rupiah": nominal or "",
        }


class ReadPanel(Panel):
    """A display to read; any of its keys goes back."""

    async def enter(self, values: Values) -> None:
        """Back."""
        self.leave("Enter")
