"""Themes: every look can be read, and told apart from the others even where there are no colours."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from rich.style import Style

from terminal.app import Terminal
from terminal.config import THEMES
from terminal.displays.display import Look
from tests.panels.conftest import SETTINGS
from tests.panels.fake_link import FakeLink

READ = [look for look in Look if look is not Look.HIDDEN]
CONTRAST_MIN = {"contrast": 7.0}
"""WCAG 2.2: 4.5 for text, 7 where high contrast is the point."""


async def styles(theme: str, folder: Path) -> dict[str, Style]:
    """The style of every look, as the cells of the window have it."""
    settings = replace(SETTINGS, theme=theme, receipts=folder / "bukti", state=folder / "state")
    app = Terminal(settings, FakeLink())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        glass = app.screen.query_one("Glass")
        found = {name: glass.get_component_rich_style(f"glass--{name}") for name in (*Look, "cursor")}
        found["painted"] = next(
            segment.style
            for strip in app.screen._compositor.render_strips()
            for segment in strip
            if "SIGN-ON SISKOHAT" in segment.text and segment.style is not None
        )
        return found


def luminance(style: Style, which: str) -> float:
    color = getattr(style, which).get_truecolor()
    parts = [part / 255 for part in color]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [theme for theme in THEMES if theme != "mono"])
async def test_every_look_stands_out_from_its_background(theme: str, tmp_path: Path) -> None:
    found = await styles(theme, tmp_path)
    for name in (*READ, "cursor"):
        bright, dark = sorted((luminance(found[name], "color"), luminance(found[name], "bgcolor")), reverse=True)
        assert (bright + 0.05) / (dark + 0.05) >= CONTRAST_MIN.get(theme, 4.5), f"{theme} {name}"
    assert found["hidden"].color == found["hidden"].bgcolor, "a password cannot be read"
    told_apart = {(found[name].color, found[name].bgcolor, found[name].bold, found[name].underline) for name in READ}
    assert len(told_apart) >= 6


async def test_without_colours_attributes_tell_the_looks_apart(tmp_path: Path) -> None:
    found = await styles("mono", tmp_path)
    for name, style in found.items():
        for color in (style.color, style.bgcolor):
            assert color is None or color.is_default, name

    def attributes(name: str) -> tuple[bool, bool, bool]:
        style = found[name]
        return bool(style.bold), bool(style.underline), bool(style.reverse)

    apart = ("constant", "output", "input", "error", "cursor")
    assert len({attributes(name) for name in apart}) == len(apart)
    assert attributes("title") != attributes("constant")
    assert attributes("hidden") == attributes("input")


async def test_the_theme_reaches_the_cells(tmp_path: Path) -> None:
    painted = {theme: (await styles(theme, tmp_path))["painted"] for theme in THEMES}
    assert len({(style.color, style.bgcolor, style.bold) for style in painted.values()}) == len(THEMES)
