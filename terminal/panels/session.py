"""Panels about the session itself: request identity, change of password, sign-off."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ledger.fields import FIELDS
from terminal.displays import forms
from terminal.displays.display import Text
from terminal.displays.menu import SIGN_OFF
from terminal.displays.titles import title_of
from terminal.edit import Said, label, shown
from terminal.kept import KeptUnreadable
from terminal.keys import F3, Key
from terminal.panels.buffer import Values
from terminal.panels.desk import Desk, told
from terminal.panels.panel import Panel
from terminal.spool import Print, Status
from txserver.wire.frames import InquiryPermintaan, Refused


class RequestPanel(Panel):
    """What became of a request."""

    looks_up = True

    def __init__(self, desk: Desk) -> None:
        who, info = desk.who, desk.link.info
        assert who is not None, "signed on"
        values: Values = {"kode_bank": who.bank, "kode_cabang": who.cabang, "device": who.device}
        super().__init__(desk, forms.request(is_filled=False), {**values, "hari": info.hari if info else ""})
        self.buffer.go_to_first_empty()

    async def enter(self, values: Values) -> None:
        """Find."""
        self.begin(self._find(values))

    async def _find(self, values: Values) -> None:
        bank, cabang, device = (str(values[name]) for name in ("kode_bank", "kode_cabang", "device"))
        query = InquiryPermintaan(bank, cabang, device, int(values["stan"]), str(values["hari"]))
        answer = await self.desk.link.inquire(query)
        if isinstance(answer, Refused):
            self.show(forms.request(is_filled=False), values)
            self.said = told(answer)
            return
        found = {
            "seq": answer.data["seq"],
            "waktu": self.desk.local(int(answer.data["waktu_us"])),
            "pekerjaan": title_of(str(answer.data["kind"]), self.desk.language),
            "jawaban": "  ".join(
                f"{label(FIELDS[name], self.desk.language)} {shown(FIELDS[name], value)}"
                for name, value in answer.data["data"].items()
                if name in FIELDS
            ),
        }
        self.show(forms.request(is_filled=True), {**values, **found})


class PasswordPanel(Panel):
    """The old password, and the new one twice. None of them outlives the key press that sends it."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, forms.password())

    async def enter(self, values: Values) -> None:
        """Change it."""
        lama, baru, ulangi = (str(values[name]) for name in ("lama", "baru", "ulangi"))
        self.show(self.buffer.display)
        if baru != ulangi:
            self.say(Said("SKH1130"))
        else:
            self.begin(self._change(lama, baru))

    async def _change(self, lama: str, baru: str) -> None:
        answer = await self.desk.link.change_password(lama, baru)
        self.said = told(answer) if isinstance(answer, Refused) else Said("SKH0050")


class SignOffPanel(Panel):
    """What is still open; Enter or a second F3 ends the session all the same."""

    def __init__(self, desk: Desk, left: Sequence[Text]) -> None:
        super().__init__(desk, forms.sign_off(left))

    async def enter(self, values: Values) -> None:
        """End the session."""
        self.begin(self._end())

    async def function(self, key: Key) -> None:
        """F3 as Enter; F12 back to work."""
        if key.name == F3.name:
            self.begin(self._end())
        else:
            await super().function(key)

    async def _end(self) -> None:
        await self.desk.link.sign_off()
        self.leave(SIGN_OFF)


def open_work(desk: Desk) -> list[Text]:
    """What a user leaves behind who signs off now: an open drawer, prints that did not come out, a lost answer."""
    found = []
    if desk.is_laci_open:
        found.append(Text("Laci perangkat ini belum ditutup.", "The drawer of this device is not closed."))
    prints = _prints(desk)
    for status, text in _NOT_PRINTED:
        n = sum(print_.status is status for print_ in prints)
        if n:
            found.append(Text(text.id, text.en, partial(_counted, n)))
    if _is_kept(desk):
        found.append(Text("Satu permintaan belum terjawab.", "One request has no answer yet."))
    return found


_NOT_PRINTED = (
    (Status.GAGAL, Text("cetakan gagal.", "prints failed.")),
    (Status.DITAHAN, Text("cetakan ditahan.", "prints are held.")),
    (Status.DICETAK, Text("cetakan sedang dicetak.", "prints are under way.")),
    (Status.SIAP, Text("cetakan menunggu pencetak.", "prints wait for the printer.")),
)


def _prints(desk: Desk) -> list[Print]:
    """The spool of this device; one that cannot be read was complained of when it was opened."""
    if desk.who is None:
        return []
    try:
        return desk.spooler.open(desk.who).prints()
    except OSError:
        return []


def _is_kept(desk: Desk) -> bool:
    try:
        return desk.link.kept() is not None
    except KeptUnreadable:
        return True


def _counted(n: int, text: str) -> str:
    return f"{n} {text}"
