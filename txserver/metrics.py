"""Counters of the host: plain integers on the hot path, turned into Prometheus text when somebody asks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric

PREFIX = "siskohat_"


class Metrics:
    """What the host counts. `gauges` are asked when the page is."""

    def __init__(self) -> None:
        self.posted = 0
        self.repeated = 0
        self.busy = 0
        self.faulted = 0
        self.inquiries = 0
        self.batches = 0
        self.batch_entries_max = 0
        self.commit_ns = 0
        self.checkpoints = 0
        self.inspections = 0
        self.evening_records = 0
        self.evening_differences = 0
        self.evening_steps: Counter[str] = Counter()
        self.signons: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.gauges: dict[str, tuple[str, Callable[[], float]]] = {}
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def page(self) -> bytes:
        """The metrics in Prometheus text form."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Called by the registry: every metric with its value now."""
        for name, text, value in (
            ("posted", "entries made durable for terminals", self.posted),
            ("repeated", "repeats answered with the stored answer", self.repeated),
            ("busy", "requests answered BUSY", self.busy),
            ("faulted", "requests that stopped the rules", self.faulted),
            ("inquiries", "inquiries answered", self.inquiries),
            ("batches", "batches committed", self.batches),
            ("checkpoints", "checkpoints of the books", self.checkpoints),
            ("inspections", "looks at every row of the books that found nothing", self.inspections),
            ("evening_records", "records of confirmation files taken in", self.evening_records),
            ("evening_differences", "differences opened by matching", self.evening_differences),
            ("commit_seconds", "seconds spent in commits", self.commit_ns / 1e9),
        ):
            yield CounterMetricFamily(PREFIX + name, text, value=value)
        yield GaugeMetricFamily(PREFIX + "batch_entries_max", "largest batch so far", value=self.batch_entries_max)
        for name, label, text, counts in (
            ("refused", "id", "requests refused by a rule", self.refused),
            ("evening_steps", "step", "steps of the evening that were begun", self.evening_steps),
            ("signons", "outcome", "sign-ons by outcome", self.signons),
        ):
            family = CounterMetricFamily(PREFIX + name, text, labels=[label])
            for key, count in counts.items():
                family.add_metric([key], count)
            yield family
        for name, (text, value_now) in self.gauges.items():
            yield GaugeMetricFamily(PREFIX + name, text, value=value_now())
