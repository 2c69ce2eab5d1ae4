"""Differences and sanctions: their lists, one in full, its cure, its sanction."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ledger.kinds import KINDS
from terminal.displays import differences as shown_as
from terminal.displays.papers import difference_page
from terminal.displays.subfile import Row
from terminal.evening import HOST_ONLY, TERBUKA
from terminal.keys import F6, Key
from terminal.panels.buffer import Values
from terminal.panels.desk import Desk, told
from terminal.panels.entry import EntryPanel
from terminal.panels.panel import Panel
from terminal.panels.paper import Paper, PaperPanel, print_paper
from terminal.panels.subfile import LivingPanel
from txserver.wire.evening import Difference, Sanction
from txserver.wire.frames import Accepted, InquirySanksi, InquirySelisih, Refused

CURE, CANCEL, PROPOSE, DECIDE = "SEM", "BTP", "SNU", "SNP"


class DifferencesPanel(LivingPanel):
    """Differences of a bank's day; without a day those open on any day."""

    looks_up = True

    def __init__(self, desk: Desk, bank: str = "", hari: str = "") -> None:
        subfile = shown_as.differences(
            may_cure=desk.may(CURE), may_cancel=desk.may(CANCEL), may_propose=desk.may(PROPOSE)
        )
        head: Values = {"kode_bank": bank or desk.own_bank, "hari_konfirmasi": hari}
        super().__init__(desk, subfile, head)

    async def page(self, lanjut: str) -> tuple[Sequence[Row], str]:
        """Fifteen at a time."""
        query = InquirySelisih(str(self.head["kode_bank"]), str(self.head["hari_konfirmasi"]), lanjut)
        answer = await self.desk.link.inquire(query)
        if isinstance(answer, Refused):
            self.said = told(answer)
            return (), ""
        found = msgspec.convert(answer.data["baris"], list[Difference])
        return [difference_row(one, self.desk) for one in found], str(answer.data["lanjut"])

    async def option(self, code: str, row: Row) -> None:
        """Show, cure, print; the centre also cancels the porsi or proposes a sanction."""
        one = difference_of(row)
        if code == shown_as.PRINT.code:
            _, said = print_paper(self.desk, difference_paper(one, self.desk))
            self.said = said
        elif code == shown_as.SHOW.code:
            self.open(DifferencePanel(self.desk, one))
        elif code == shown_as.CURE.code:
            self.open(CurePanel(self.desk, one))
        elif code == shown_as.CANCEL.code:
            number = one.nomor_porsi if one.kelas == HOST_ONLY else ""
            values: Values = {"nomor_porsi": number, "nomor_selisih": one.nomor}
            self.open(EntryPanel(self.desk, KINDS[CANCEL], values=values))
        else:
            self.open(EntryPanel(self.desk, KINDS[PROPOSE], values={"nomor_selisih": one.nomor}))


class DifferencePanel(Panel):
    """One difference in full; F6 prints it."""

    def __init__(self, desk: Desk, one: Difference) -> None:
        self._one = one
        super().__init__(desk, shown_as.difference(one, desk.language), difference_row(one, desk))

    async def enter(self, values: Values) -> None:
        """Back."""
        self.leave("Enter")

    async def function(self, key: Key) -> None:
        """F6: the page of it, to be printed."""
        if key.name == F6.name:
            self.open(PaperPanel(self.desk, difference_paper(self._one, self.desk)))
        else:
            await super().function(key)


class CurePanel(EntryPanel):
    """The cure of a difference that stands above it: two people sign."""

    def __init__(self, desk: Desk, one: Difference) -> None:
        self._one = one
        super().__init__(desk, KINDS[CURE], shown_as.cure(one, desk.language), difference_row(one, desk))

    async def enter(self, values: Values) -> None:
        """Send it; done once it is an entry."""
        self.begin(self.post({"nomor_selisih": self._one.nomor, **values}))

    def next_form(self, answer: Accepted) -> None:
        """Back to the list, where the difference shows its end."""
        self.leave("Enter")


class SanctionsPanel(LivingPanel):
    """Sanctions proposed and decided; F6 proposes one."""

    def __init__(self, desk: Desk) -> None:
        subfile = shown_as.sanctions(may_decide=desk.may(DECIDE), may_propose=desk.may(PROPOSE))
        super().__init__(desk, subfile)

    async def page(self, lanjut: str) -> tuple[Sequence[Row], str]:
        """Fifteen at a time."""
        answer = await self.desk.link.inquire(InquirySanksi(lanjut))
        if isinstance(answer, Refused):
            self.said = told(answer)
            return (), ""
        return [_sanction_row(one) for one in msgspec.convert(answer.data["baris"], list[Sanction])], str(
            answer.data["lanjut"]
        )

    async def option(self, code: str, row: Row) -> None:
        """Decide."""
        self.open(EntryPanel(self.desk, KINDS[DECIDE], values={"nomor_sanksi": str(row["nomor_sanksi"])}))

    async def function(self, key: Key) -> None:
        """F6: a proposal."""
        if key.name == F6.name:
            self.open(EntryPanel(self.desk, KINDS[PROPOSE]))
        else:
            await super().function(key)


def difference_row(one: Difference, desk: Desk) -> dict[str, str | int]:
    """A difference by the names of the fields that show it, and itself."""
    return {
        **msgspec.structs.asdict(one),
        "nomor_selisih": one.nomor,
        "kode_bank": one.bank,
        "hari_konfirmasi": one.hari,
        "nominal": one.nominal,
        "akhir": end_state(one, desk),
        "cabang": f"{one.bank}/{one.cabang}",
        "kode_cabang": one.cabang,
        "entri_sembuh": one.seq_sembuh or "",
    }


def difference_of(row: Row) -> Difference:
    """The difference a row was made of."""
    values = {**row, "cabang": row["kode_cabang"]}
    return msgspec.convert([values[name] for name in Difference.__struct_fields__], Difference)


def end_state(one: Difference, desk: Desk) -> str:
    """How a difference has ended, or that it has not."""
    return shown_as.STATUS_OPEN.said(desk.language) if one.status == TERBUKA else one.cara


def difference_paper(one: Difference, desk: Desk) -> Paper:
    """A difference as a page."""
    now_us = desk.link.host_us()
    printed = desk.local(now_us) if now_us is not None else ""
    return Paper(one.nomor, difference_page(one, printed, end_state(one, desk), desk.language))


def _sanction_row(one: Sanction) -> Row:
    return {
        "nomor_sanksi": one.nomor,
        "nomor_selisih": one.nomor_selisih,
        "cabang": f"{one.bank}/{one.cabang}",
        "nomor_porsi": one.nomor_porsi,
        "denda_rupiah": one.denda_rupiah,
        "status": one.status,
        "hari": one.hari,
        "seq": one.seq,
        "seq_putus": one.seq_putus or "",
    }
