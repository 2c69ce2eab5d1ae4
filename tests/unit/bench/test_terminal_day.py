"""The measuring of the terminal: what passes, what does not, and one short run of the whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.__main__ import app
from bench.terminal_day import Measured, judged, text

MEGA = 1_000_000


def measured() -> Measured:
    """A day within every target."""
    panels = {"menu": [0.1], "find": [0.02] * 20, "post": [0.03] * 20, "next": [0.01] * 20}
    return Measured([0.3, 0.4, 0.9], [0.016] * 50, panels, [60 * MEGA, 62 * MEGA], 1.0)


def test_a_good_day_passes_and_says_its_figures() -> None:
    result = judged(measured(), 20, 20)
    assert result["pass"]
    assert (result["cold_start_s"], result["rss_mb"], result["rss_growth_mb"]) == (0.4, 62.0, 2.0)
    assert result["echo_ms"]["p50"] == pytest.approx(16)
    assert "PASS" in text(result)
    assert "p90 30.0 ms" in text(result)


@pytest.mark.parametrize("what", ["cold", "echo", "panels", "memory", "growth", "lost"])
def test_any_figure_over_its_target_fails(what: str) -> None:
    day, posted = measured(), 20
    match what:
        case "cold":
            day.cold = [1.2, 1.3, 0.2]
        case "echo":
            day.echo = [0.031] * 50
        case "panels":
            day.panels["find"] = [0.2] * 20
        case "memory":
            day.rss = [119 * MEGA, 121 * MEGA]
        case "growth":
            day.rss = [60 * MEGA, 81 * MEGA]
        case _:
            posted = 19
    result = judged(day, 20, posted)
    assert not result["pass"]
    assert "FAIL" in text(result)


@pytest.mark.slow
def test_a_short_day_at_a_real_terminal(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    done = CliRunner().invoke(app, ["terminal", "--transactions", "12", "--json", str(file)])
    result = json.loads(file.read_text(encoding="utf-8"))
    assert (result["transactions"], result["posted"]) == (12, 12), done.output
    assert len(result["panel_ms"]) == 5
    assert 0 < result["echo_ms"]["p50"] < 1000
    assert 0 < result["cold_start_s"] < 20
    assert 20 < result["rss_mb"] < 400
    assert done.exit_code == (0 if result["pass"] else 1)
