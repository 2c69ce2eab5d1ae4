"""Papers that are no receipts: reports, anchors, differences. Fetched from the host, shown, printed, saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from terminal.displays.display import Display, Text
from terminal.displays.pages import LINE_LENGTH
from terminal.displays.papers import paper
from terminal.displays.spool import number
from terminal.edit import Said
from terminal.files import write_durably
from terminal.keys import F6, F7, F8, F10, Key
from terminal.panels.desk import Desk, told
from terminal.panels.sheets import SheetsPanel
from terminal.printer import FORM_FEED, Pages, text
from terminal.spool import Print, SpoolFull
from txserver.wire.frames import Ambil, Refused

TITLE = Text("LEMBAR", "PAPER")
SIDE_STEP = 40
"""Columns that a broad paper moves at a time."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper: `judul` names it among prints, `files` is what saving it writes, by name."""

    judul: str
    pages: Pages
    title: Text = TITLE
    files: Mapping[str, bytes] = field(default_factory=dict)


class PaperPanel(SheetsPanel):
    """All sheets of a paper; F10 prints them, F6 saves them, F7 and F8 move what is broader than the window."""

    def __init__(self, desk: Desk, paper: Paper, print_: Print | None = None) -> None:
        self._paper = paper
        self._beyond = max((len(line) for page in paper.pages for line in page), default=0) - LINE_LENGTH
        self._left = 0
        super().__init__(desk, paper.pages, print_)

    def _display(self) -> Display:
        is_broad = self._beyond > 1  # what a line of 80 characters loses is a margin
        sheet = self._paper.title, self._view, self._printed
        return paper(*sheet, is_last=self._is_last, left=self._left, is_broad=is_broad)

    async def function(self, key: Key) -> None:
        """Roll, move sideways, print, save, or leave."""
        if key.name in {F7.name, F8.name}:
            step = SIDE_STEP if key.name == F8.name else -SIDE_STEP
            self._left = max(0, min(self._left + step, self._beyond))
            self.show(self._display())
        elif key.name == F10.name:
            print_, said = print_paper(self.desk, self._paper)
            self._print = print_ or self._print
            self.show(self._display())
            self.say(said)
        elif key.name == F6.name:
            self.say(save_paper(self.desk, self._paper))
        else:
            await super().function(key)


def print_paper(desk: Desk, paper: Paper) -> tuple[Print | None, Said]:
    """Spool a paper. Gives its print, None where there is none, and what to say."""
    now_us = desk.link.host_us()
    assert desk.who is not None, "a spool is of a device that has signed on"
    try:
        print_ = desk.spooler.add_paper(desk.who, paper.judul, paper.pages, now_us or 0)
    except SpoolFull:
        return None, Said("SKH9311", {"nomor_porsi": paper.judul})
    except OSError as error:
        return None, Said("SKH9310", {"sebab": error.strerror or str(error)})
    return print_, Said("SKH0078", {"cetakan": number(print_)})


def save_paper(desk: Desk, paper: Paper) -> Said:
    """Write a paper's files to the folder of reports, whole or not at all. Gives what to say."""
    folder = desk.settings.reports
    files = paper.files or {f"{paper.judul}.txt": text(paper.pages)}
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, content in files.items():
            write_durably(folder / name, content)
    except OSError as error:
        return Said("SKH9008", {"sebab": error.strerror or str(error)})
    return Said("SKH0077", {"berkas": next(iter(files))})


async def fetch(desk: Desk, nama: str, bank: str, hari: str) -> bytes | Said:
    """An output of a bank's day, or without a bank a form of the day's anchor. Raises SessionClosed.

    One that the host makes anew on the way is begun again.
    """
    content, length = b"", None
    while True:
        answer = await desk.link.step(Ambil(0, 0, nama, len(content), bank, hari))
        if isinstance(answer, Refused):
            return told(answer)
        now = int(answer.data["panjang"])
        if length not in {None, now}:
            content, length = b"", None
            continue
        length = now
        content += bytes(answer.data["isi"])
        if len(content) >= length:
            return content


def pages_of(content: bytes) -> Pages | None:
    """The sheets of a text; None for what is no text."""
    try:
        decoded = content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if "\0" in decoded:
        return None
    return [page.removesuffix("\n").split("\n") for page in decoded.removesuffix(FORM_FEED).split(FORM_FEED)]


def day_name(hari: str) -> str:
    """A business date as part of a paper's name."""
    return hari.replace("-", "")
