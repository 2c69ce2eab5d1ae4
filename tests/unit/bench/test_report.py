from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.meter import Series, quantiles_ms
from bench.report import GROUPS, KEYS, is_complete, text, write_json


@pytest.fixture
def result() -> dict[str, Any]:
    numbers: dict[str, Any] = dict.fromkeys(KEYS, 1)
    groups = {group: dict.fromkeys(names, 2) for group, names in GROUPS.items()}
    return numbers | groups | {"profile": "flood", "refused": {"SKH2006": 3}, "pass": True, "faults": [], "notes": []}


PROMISED = """
    profile terminals branches requested granted refused replayed lost duplicates gaps order_violations elapsed_s
    posts_per_s messages_per_s latency_ms server ledger echo_per_s pass
"""


def test_the_keys_are_those_promised() -> None:
    assert list(KEYS) == PROMISED.split()


def test_a_result_is_complete_or_not(result: dict[str, Any]) -> None:
    assert is_complete(result)
    del result["server"]["batch_max"]
    assert not is_complete(result)


def test_the_table_says_how_it_ended(result: dict[str, Any]) -> None:
    assert text(result).endswith("PASS")
    failed = text(result | {"pass": False, "faults": ["R3: entry 7"]})
    assert failed.endswith("FAIL")
    assert "R3: entry 7" in failed
    assert "SKH2006 3" in failed


def test_json_comes_back_as_it_went(result: dict[str, Any], tmp_path: Path) -> None:
    write_json(result, tmp_path / "deep" / "result.json")
    assert json.loads((tmp_path / "deep" / "result.json").read_text()) == result


def test_quantiles_are_in_milliseconds() -> None:
    assert quantiles_ms(range(0, 1_000_000_001, 1_000_000)) == {
        "p50": 500.0,
        "p90": 900.0,
        "p99": 990.0,
        "p999": 999.0,
        "max": 1_000.0,
    }
    assert set(quantiles_ms([]).values()) == {0.0}


def test_a_series_counts_every_answer_once() -> None:
    answered = [at * 10_000_000 for at in range(101)]
    series = Series(answered, [5_000_000] * 101, intervals=10)
    assert series.interval_s == pytest.approx(0.1)
    assert sum(series.per_s) * series.interval_s == pytest.approx(101, rel=0.01)
    assert set(series.p50_ms) == {5.0}
    assert Series([], []).per_s == [0.0] * 60
