"""T06: one flipped bit anywhere in journal or books is never served as another record, and data is found in full."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from tests.proof.conftest import SCALE, Tell
from tests.proof.rot import Flipper, spread

SEED = 6
COMMITS = 60
KINDS = ("meta", "free list", "leaf", "branch", "overflow", "unused")
"""Of pages. A ledger without a long entry has no overflow page: see `wide_country`."""


def run(work: Path, flips: int, tell: Tell) -> None:
    flipper, random, counts = Flipper(work, COMMITS), Random(SEED), Counter[str]()
    for name, kind, at, bit, is_data in spread(flipper, flips, random):
        result = flipper.trial(name, at, bit, flipper.judge)
        where = f"{name} {kind} offset {at} bit {bit}: {result}"
        served = +Counter(result.get("served", {}))
        counts[f"in_{name}_{kind}".replace(" ", "_")] += 1
        counts["data_flips"] += is_data
        counts["refused_at_start"] += "refused" in result
        counts["process_died"] += "died" in result
        counts["rows_right"] += served["right"]
        counts["rows_error"] += served["error"]
        counts["rows_missing"] += served["missing"]
        counts["ranges_short"] += served["range_short"]
        found = bool(result.get("found", "died"))
        counts["found"] += found
        counts["found_by_structure_only"] += not found and result["structure"]
        assert "fell" not in result, f"not one of our errors: {where}"
        assert not served["WRONG"] + served["WRONG_entry"], f"another record was served: {where}"
        assert found or not is_data, f"a flip in data was not found: {where}"
        assert found or not (served["missing"] or served["range_short"]), f"a row is missing unnoticed: {where}"
    tell(flips=flips, seed=SEED, entries=flipper.head[0], **counts)
    assert flipper.kinds() == [(name, kind) for name in ("journal", "books") for kind in KINDS]
    kinds = [n for name, n in counts.items() if name.startswith("in_")]
    assert min(kinds) >= flips // 13
    assert counts["data_flips"] >= flips // 20
    assert counts["found"] >= flips // 12


@pytest.mark.slow
def test_short_rot(work: Path, tell: Tell) -> None:
    run(work, 100, tell)


@pytest.mark.proof
def test_bit_rot(work: Path, tell: Tell) -> None:
    run(work, 2_000 * SCALE, tell)


@pytest.mark.slow
def test_control_a_verification_without_look_ups_misses_some(work: Path, tell: Tell) -> None:
    flipper, random = Flipper(work, COMMITS), Random(SEED)
    missed = tried = 0
    while not missed and tried < 400:
        at, bit, _ = flipper.pages["books"].draw(random, "branch")
        result = flipper.trial("books", at, bit, flipper.scanned)
        tried += 1
        missed += bool(result.get("blind") and result["found"])
    tell(flips=tried, missed_by_the_scan=missed)
    assert missed, "look-ups find nothing that a scan does not: the harness is blind"
