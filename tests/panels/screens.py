"""Pictures of the panels for the README, made by the terminal itself: `make screens` writes docs/screens.

One .txt of 24 lines for each panel, and one .svg of the cells with the colours of a theme. The SVG holds plain texts
and no font of its own; every word is stretched to its cells, so that it looks the same in any monospace font.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from xml.sax.saxutils import escape

import msgspec
from rich.style import Style
from textual.strip import Strip

from terminal.app import Terminal
from tests.panels.conftest import SETTINGS, Teller
from tests.panels.fake_link import INFO, FakeLink
from tests.unit.terminal.fake_host import PILGRIM
from txserver.wire.frames import Refused

FOLDER = Path(__file__).parents[2] / "docs" / "screens"
CELL_WIDTH, CELL_HEIGHT, LETTER, BASE, EDGE = 8, 17, 13.5, 13, 8
SPPH = "33250000001"
KINDS = ("STA", "KOR", "CTK", "LBK", "LSR", "LTP")


def svg(strips: list[Strip]) -> str:
    """The cells as a picture."""
    columns, rows = max(strip.cell_length for strip in strips), len(strips)
    width, height = columns * CELL_WIDTH + 2 * EDGE, rows * CELL_HEIGHT + 2 * EDGE
    shapes = []
    for row, strip in enumerate(strips):
        at = 0
        for segment in strip:
            style = segment.style or Style()
            color, back = colours(style)
            x, y, wide = EDGE + at * CELL_WIDTH, EDGE + row * CELL_HEIGHT, len(segment.text) * CELL_WIDTH
            at += len(segment.text)
            shapes.append(f'<rect x="{x}" y="{y}" width="{wide}" height="{CELL_HEIGHT}" fill="{back}"/>')
            if style.underline:
                shapes.append(f'<rect x="{x}" y="{y + BASE + 2}" width="{wide}" height="1" fill="{color}"/>')
            weight = ' font-weight="bold"' if style.bold else ""
            for word in re.finditer(r"\S+", segment.text):
                left, long = x + word.start() * CELL_WIDTH, len(word.group()) * CELL_WIDTH
                place = f'x="{left}" y="{y + BASE}" textLength="{long}"'
                shapes.append(f'<text {place} fill="{color}"{weight}>{escape(word.group())}</text>')
    ground = colours(next(iter(strips[0])).style or Style())[1]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="monospace" font-size="{LETTER}">'
    )
    return "\n".join([head, f'<rect width="{width}" height="{height}" rx="6" fill="{ground}"/>', *shapes, "</svg>\n"])


def colours(style: Style) -> tuple[str, str]:
    """Letter and ground of a run, in hex; what has none is a paper-white terminal's."""
    pair = [
        color.get_truecolor().hex if color is not None and not color.is_default else usual
        for color, usual in ((style.color, "#000000"), (style.bgcolor, "#ffffff"))
    ]
    return (pair[1], pair[0]) if style.reverse else (pair[0], pair[1])


@asynccontextmanager
async def sitting(theme: str = "green", language: str = "id") -> AsyncIterator[Teller]:
    """A teller at a terminal whose host stands still."""
    info = msgspec.structs.replace(INFO, kinds=KINDS, nama_cabang="BANK SYARIAH CONTOH CABANG BATANG")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        settings = replace(SETTINGS, theme=theme, language=language, receipts=place / "bukti", state=place / "state")
        link = FakeLink(info)
        app = Terminal(settings, link)
        async with app.run_test(size=(80, 24)) as pilot:
            app.bell = lambda: None  # type: ignore[method-assign]
            teller = Teller(app, link, pilot)
            await teller.rest()
            yield teller


class Album:
    """What has been taken, by file name."""

    def __init__(self) -> None:
        self.pictures: dict[str, str] = {}

    def take(self, name: str, teller: Teller) -> None:
        """Both forms of what the window shows now."""
        strips = teller.app.screen._compositor.render_strips()
        self.pictures[f"{name}.txt"] = "".join(f"{strip.text.rstrip()}\n" for strip in strips)
        self.pictures[f"{name}.svg"] = svg(strips)


async def made() -> dict[str, str]:
    """All pictures: a deposit from sign-on to refusal, and one panel in every theme and in English."""
    album = Album()
    async with sitting() as teller:
        album.take("sign-on", teller)
        await teller.sign_on()
        album.take("menu", teller)
        await filled(teller)
        album.take("setoran-awal", teller)
        teller.link.answers = [Refused(0, 1, "SKH2004", {"nomor_spph": SPPH, "nomor_porsi": "1100000042"})]
        await teller.press("enter")
        album.take("ditolak", teller)
        await teller.press("f1")
        album.take("keterangan", teller)
    for theme in ("amber", "contrast", "paper", "mono"):
        async with sitting(theme) as teller:
            await teller.sign_on()
            await filled(teller)
            album.take(f"setoran-awal-{theme}", teller)
            del album.pictures[f"setoran-awal-{theme}.txt"]
    async with sitting(language="en") as teller:
        await teller.sign_on()
        await filled(teller)
        album.take("setoran-awal-en", teller)
    return album.pictures


async def filled(teller: Teller) -> None:
    """Setoran awal with a pilgrim on it."""
    await teller.type("SA")
    await teller.press("enter")
    assert PILGRIM["status"] == "SAH"
    await teller.type(SPPH)
    await teller.press("enter")


def main() -> None:
    """Write them all, and take away what is no longer made."""
    pictures = asyncio.run(made())
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.iterdir():
        if old.name not in pictures:
            old.unlink()
    for name, content in pictures.items():
        (FOLDER / name).write_text(content, encoding="utf-8")
    print(f"{len(pictures)} pictures in {FOLDER}")


if __name__ == "__main__":
    sys.exit(main())
