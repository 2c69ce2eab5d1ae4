"""docs/protocol.md, read by heading, table and worked bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.host_fixtures import (
    ROOT,
)

PAGE = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """The text below a heading, up to the next."""
    return re.split(r"^#+ ", PAGE.split(f" {title}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def rows(title: str, table: int = 0) -> list[list[str]]:
    """The rows of a table below a heading, without head and rule."""
    lines = re.split(r"\n\n+", section(title).strip())
    tables = [part.splitlines() for part in lines if part.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in tables[table][2:]]


def quoted(cell: str) -> list[str]:
    """The names in backticks in a cell."""
    return re.findall(r"`([^`]+)`", cell)


def worked() -> Iterator[tuple[str, list[Any], bytes]]:
    """Direction, message and bytes of each step of section 7."""
    block = section("7. Worked bytes").split("```")[1]
    for arrow, message, dump in re.findall(r"(->|<-) (\[.*\])\n((?:   [0-9a-f ]+\n)+)", block):
        yield arrow, json.loads(message), bytes.fromhex(dump)
