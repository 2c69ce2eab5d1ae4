"""The metrics page is Prometheus text with every counter in it."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from txserver.metrics import PREFIX, Metrics


def samples(metrics: Metrics) -> dict[tuple[str, str], float]:
    """Every sample of the page, by name and label value."""
    return {
        (sample.name, "".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(metrics.page().decode())
        for sample in family.samples
    }


def test_page_parses_and_says_what_was_counted() -> None:
    metrics = Metrics()
    metrics.posted, metrics.commit_ns, metrics.batch_entries_max = 7, 1_500_000_000, 3
    metrics.refused["SKH2002"] += 2
    metrics.signons["signed on"] += 1
    metrics.gauges["queue"] = ("requests waiting", lambda: 5)
    found = samples(metrics)
    assert found[PREFIX + "posted_total", ""] == 7
    assert found[PREFIX + "commit_seconds_total", ""] == 1.5
    assert found[PREFIX + "batch_entries_max", ""] == 3
    assert found[PREFIX + "refused_total", "SKH2002"] == 2
    assert found[PREFIX + "signons_total", "signed on"] == 1
    assert found[PREFIX + "queue", ""] == 5


def test_every_counter_is_on_the_page_from_the_start() -> None:
    names = {name for name, _ in samples(Metrics())}
    counters = {name for name, value in vars(Metrics()).items() if value == 0 and isinstance(value, int)}
    assert len(counters) >= 9
    for name in counters - {"commit_ns", "batch_entries_max"}:
        assert PREFIX + name + "_total" in names


def test_gauge_is_asked_when_the_page_is() -> None:
    metrics = Metrics()
    values = iter([1.0, 2.0])
    metrics.gauges["x"] = ("changes", lambda: next(values))
    assert [samples(metrics)[PREFIX + "x", ""] for _ in range(2)] == [1.0, 2.0]
