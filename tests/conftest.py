"""What all tests share: how hard hypothesis tries, and that tests of minutes wait to be asked for.

HYPOTHESIS_PROFILE=quick    few examples, while writing
                   default  the same examples every time, so that `make test` does not fail by chance
                   nightly  many fresh examples; a failure prints the line that repeats it
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("quick", max_examples=10, deadline=None, derandomize=True)
settings.register_profile(
    "default",
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "nightly",
    max_examples=2_000,
    deadline=timedelta(seconds=10),
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip tests of minutes unless `-m` speaks of them."""
    for name in ("nightly", "proof"):
        if name in config.getoption("markexpr"):
            continue
        skip = pytest.mark.skip(reason=f"{name}: run with -m {name}")
        for item in items:
            if item.get_closest_marker(name) is not None:
                item.add_marker(skip)


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder the repository is checked out in."""
    return Path(__file__).resolve().parent.parent
