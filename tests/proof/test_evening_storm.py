"""T01: the real host is killed in every step of its evening, from cut-off to the close, until each was met.

The same evening as the bench's: seven banks, differences planted, the steps asked for again after each kill as an
operator would. What was found, cured, passed on and settled must be what was planted, and the ledger must verify.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bench.evening_report import STEPS
from tests.e2e.test_opening_evening import bench
from tests.proof.conftest import SCALE, Tell

RECORDS = 1_500
EVERY_S = (0.5, 0.8, 1.2)
"""Seconds from kill to kill, evening by evening: shorter ones meet what is short, longer ones let it get far."""
EVENINGS_MAX = 12
KILLS = 60
HIT = [name.removesuffix("_s") for name in STEPS if name not in {"largest_bank_s", "verify_s"}]
"""Steps of the host: the largest bank's are of `match`, and verifying is not its work."""


@pytest.mark.proof
def test_an_evening_that_is_killed_in_every_step(work: Path, tell: Tell) -> None:
    hits: Counter[str] = Counter()
    evenings = 0
    while evenings < EVENINGS_MAX * SCALE and (hits.total() < KILLS * SCALE or missing(hits, SCALE)):
        size = ("--records", str(RECORDS), "--mismatch", "0.02")
        every = ("--kill-every", str(EVERY_S[evenings % len(EVERY_S)]))
        _, found, said = bench(work, "settlement", *size, *every, seconds_max=600)
        assert found["faults"] == [], said
        assert found["verified"]
        assert found["found"] == found["planted"]
        assert (found["missed"], found["false_alarms"]) == (0, 0)
        hits.update(found["killed_in"])
        evenings += 1
        tell(evenings=evenings, kills=hits.total(), **{f"killed_in_{step}": hits[step] for step in HIT})
    assert hits.total() >= KILLS * SCALE
    assert missing(hits, SCALE) == [], "a step in which no host was ever killed"


def missing(hits: Counter[str], times: int) -> list[str]:
    return [step for step in HIT if hits[step] < times]
