"""`pytest tests/kinds --rewrite` writes what came out into the golden scripts; the diff is what is reviewed."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite", action="store_true", help="write the outcomes into tests/kinds/*.txt")
