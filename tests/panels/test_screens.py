"""Are the pictures in docs/screens those of today's panels? `make screens` makes them anew."""

from __future__ import annotations

from tests.panels.screens import FOLDER, made


async def test_the_pictures_of_the_panels_are_current() -> None:
    pictures = await made()
    assert {path.name for path in FOLDER.iterdir()} == set(pictures)
    old = [name for name, content in pictures.items() if (FOLDER / name).read_text(encoding="utf-8") != content]
    assert old == [], "run `make screens`"


async def test_pictures_ask_no_other_host_and_have_every_row() -> None:
    for name, content in (await made()).items():
        assert "//" not in content.replace("http://www.w3.org/2000/svg", ""), name
        if name.endswith(".txt"):
            assert content.count("\n") == 24
            assert max(map(len, content.splitlines())) <= 80
