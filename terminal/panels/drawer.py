"""The drawer of this device: its running count, and the panel that closes it."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.fields import PECAHAN
from ledger.kinds import KINDS
from terminal.displays import drawer
from terminal.displays.display import Display
from terminal.displays.subfile import Row
from terminal.displays.titles import title_of
from terminal.edit import Said
from terminal.keys import F5, Key
from terminal.panels.buffer import Values
from terminal.panels.desk import Desk, told
from terminal.panels.entry import EntryPanel
from terminal.panels.subfile import SubfilePanel
from txserver.wire.frames import Accepted, InquiryLaci, Refused

CLOSE = "LTP"


class DrawerPanel(SubfilePanel):
    """What the drawer took and paid, kind by kind."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, drawer.count())

    async def page(self, lanjut: str) -> tuple[Sequence[Row], str]:
        """The whole count."""
        answer = await self.desk.link.inquire(InquiryLaci())
        if isinstance(answer, Refused):
            self.said = told(answer)
            return (), ""
        self.head = {name: value for name, value in answer.data.items() if name != "jenis"}
        return [
            {"pekerjaan": title_of(kind, self.desk.language), "n": n, "masuk_rupiah": masuk, "keluar_rupiah": keluar}
            for kind, n, masuk, keluar in answer.data["jenis"]
        ], ""


class CloseDrawerPanel(EntryPanel):
    """Count, compare, close: the first Enter shows the variance, the second one closes if nothing was changed."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, KINDS[CLOSE], drawer.close(is_closed=False))
        self._expected: int | None = None
        self._counted: dict[str, int] | None = None

    def on_mount(self) -> None:
        """Textual calls this beside the one of `Panel`."""
        self.begin(self._expect())

    async def enter(self, values: Values) -> None:
        """Show the variance, or close; leave once it is closed."""
        if self._is_closed:
            self.leave("Enter")
            return
        counted = {name: int(value or 0) for name, value in values.items()}
        if self._expected is None:
            self.begin(self._expect())
        elif counted == self._counted:
            self.begin(self.post(dict(counted)))
        else:
            self._counted = counted
            self.show(drawer.close(is_closed=False), self._shown())
            amounts = self._amounts()
            dihitung, selisih = amounts["dihitung_rupiah"], amounts["selisih_rupiah"]
            self.say(Said("SKH0052", {"dihitung_rupiah": dihitung, "selisih_rupiah": selisih}))

    async def function(self, key: Key) -> None:
        """F5 begins the count anew."""
        if key.name == F5.name:
            self._counted = None
            self.show(drawer.close(is_closed=False), self._shown())
            self.begin(self._expect())
        else:
            await super().function(key)

    def next_form(self, answer: Accepted) -> None:
        """What the entry says, beside what was counted."""
        recorded = {f"{drawer.RECORDED}{name}": drawer.right(int(value)) for name, value in answer.data.items()}
        self.show(drawer.close(is_closed=True), {**self._shown(), **recorded})

    @property
    def _is_closed(self) -> bool:
        display: Display = self.buffer.display
        return not any(place.is_input for place in display.places)

    async def _expect(self) -> None:
        answer = await self.desk.link.inquire(InquiryLaci())
        if isinstance(answer, Refused):
            self.said = told(answer)
            return
        self._expected = int(answer.data["seharusnya_rupiah"])
        self.show(drawer.close(is_closed=False), {**self._shown(), **self.buffer.typed_values()})

    def _amounts(self) -> dict[str, int]:
        """Expected, counted and variance, as far as they are known."""
        if self._expected is None:
            return {}
        if self._counted is None:
            return {"seharusnya_rupiah": self._expected}
        counted = sum(self._counted[drawer.note_field(pecahan)] * pecahan for pecahan in PECAHAN)
        return {
            "seharusnya_rupiah": self._expected,
            "dihitung_rupiah": counted,
            "selisih_rupiah": counted - self._expected,
        }

    def _shown(self) -> Values:
        """Everything the display has a place for."""
        amounts = {name: drawer.right(nominal) for name, nominal in self._amounts().items()}
        if self._counted is None:
            return {**amounts}
        worth = {
            drawer.worth_field(pecahan): drawer.right(self._counted[drawer.note_field(pecahan)] * pecahan)
            for pecahan in PECAHAN
        }
        return {**self._counted, **worth, **amounts}
