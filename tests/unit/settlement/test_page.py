"""Is docs/settlement-files.md what the host does? REWRITE=1 writes its made parts anew."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ledger.messages import MESSAGES
from txserver.settlement.examples import WRITERS, example
from txserver.settlement.fixed_form import D, H, T
from txserver.settlement.records import COLUMNS

PAGE = Path(__file__).resolve().parents[3] / "docs" / "settlement-files.md"
MADE = re.compile(
    r"<!-- (example [a-z.0-9]+|layout|refusals) -->\n(?:\n(?:```text\n.*?```|\|.*?)\n(?=\n|\Z))?", re.DOTALL
)


def made(part: str) -> str:
    if part == "layout":
        lines = (("H", H), ("D", D), ("T", T))
        rows = [f"| {line} | {name} | {at}-{at + width - 1} |" for line, layout in lines for name, at, width in layout]
        return "\n".join(["| line | field | columns |", "| --- | --- | --- |", *rows])
    if part == "refusals":
        rows = [f"| `{id}` | {MESSAGES[id].first_en} |" for id in (f"SKH{number}" for number in range(6101, 6125))]
        return "\n".join(["| id | text |", "| --- | --- |", *rows])
    return f"```text\n{example(part.removeprefix('example ')).decode()}```"


def current(page: str) -> str:
    return MADE.sub(lambda match: f"<!-- {match[1]} -->\n\n{made(match[1])}\n", page)


def test_the_page_is_current() -> None:
    page = PAGE.read_text(encoding="utf-8")
    if os.environ.get("REWRITE"):
        PAGE.write_text(current(page), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == current(page)
    examples = {f"example {form}" for form in WRITERS}
    assert {match[1] for match in MADE.finditer(page)} == {"layout", "refusals"} | examples
    assert all(f"`{column}`" in page for column in COLUMNS)
