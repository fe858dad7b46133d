"""Writes the metrics of a worker for Prometheus: as its text, or as OpenMetrics with exemplars.

The client says which it takes in its `Accept` header. All numbers are read when they are asked for.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from prometheus_client import exposition as prometheus
from prometheus_client import metrics_core
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.samples import Exemplar as PrometheusExemplar
from prometheus_client.utils import floatToGoString

import streams
from streams.worker.lag import PartitionLag
from streams.worker.metrics import definitions as define
from streams.worker.metrics.histogram import Histogram
from streams.worker.metrics.meter import CountingMeter
from streams.worker.metrics.processes import ProcessUse, use_of

OPENMETRICS_TYPE = "application/openmetrics-text"
PROMETHEUS_TYPE = "text/plain"
VERSIONS = ("tagger", "labeller", "taxonomy")


class Worker(Protocol):
    """What the metrics say about a worker, beside its counts."""

    @property
    def started_at(self) -> float:
        """Time of the start, in seconds since the epoch."""

    @property
    def lags(self) -> Iterable[PartitionLag]:
        """The lag of each partition."""

    def batch_ages(self) -> Mapping[str, float]:
        """Return for each stage how long its oldest batch in hand has taken."""

    def passing(self) -> Mapping[str, bool]:
        """Return for each check if it passes."""

    @property
    def versions(self) -> Mapping[str, str]:
        """The versions of the models."""

    @property
    def stage_pid(self) -> int | None:
        """Process id of the stage process."""


class Family(metrics_core.Metric):
    """The samples of one metric."""

    def __init__(self, metric: define.Metric) -> None:
        super().__init__(metric.name.removesuffix("_total"), metric.help, metric.kind)
        self._metric = metric

    def add(self, value: float, *labels: str) -> None:
        """Add a sample of a counter or gauge; `labels` are values in the order of the definition."""
        self.add_sample(self._metric.name, dict(zip(self._metric.labels, labels, strict=True)), value)

    def add_histogram(self, histogram: Histogram, *labels: str) -> None:
        """Add the samples of `histogram`."""
        named = dict(zip(self._metric.labels, labels, strict=True))
        bounds = [*map(floatToGoString, histogram.bounds), "+Inf"]
        so_far = 0
        for bound, count, exemplar in zip(bounds, list(histogram.counts), histogram.exemplars, strict=True):
            so_far += count
            trace = exemplar and PrometheusExemplar(
                {"trace_id": exemplar.trace_id}, exemplar.value, round(exemplar.at, 3)
            )
            self.add_sample(f"{self.name}_bucket", {**named, "le": bound}, so_far, exemplar=trace)
        self.add_sample(f"{self.name}_sum", named, histogram.total)
        self.add_sample(f"{self.name}_count", named, so_far)


class Exposition:
    """The metrics of one worker, from what `meter` has counted and what `worker` says."""

    def __init__(self, meter: CountingMeter, worker: Worker) -> None:
        self._meter = meter
        self._worker = worker

    def write(self, accept: str) -> tuple[str, bytes]:
        """Return the content type and the metrics, in the form that the header `accept` prefers."""
        if prefers_openmetrics(accept):
            # Our names need no escaping, and looking for characters to escape takes most of the time.
            metrics: bytes = openmetrics.generate_latest(self, escaping=openmetrics.ALLOWUTF8)  # type: ignore[no-untyped-call]
            return openmetrics.CONTENT_TYPE_LATEST, metrics
        return prometheus.CONTENT_TYPE_PLAIN_0_0_4, prometheus.generate_latest(self)

    def collect(self) -> Iterator[Family]:
        """Yield every metric with its samples, in the order of the definitions."""
        families = {metric: Family(metric) for metric in define.METRICS}
        self._add_counts(families)
        self._add_state(families)
        yield from families.values()

    def _add_counts(self, families: Mapping[define.Metric, Family]) -> None:
        for stage, counts in self._meter.stages.items():
            for metric, by_value in (
                (define.ARTICLES, counts.articles),
                (define.DEAD_LETTERS, counts.letters),
                (define.TRANSACTIONS, counts.transactions),
                (define.LANE_SECONDS, counts.lane_seconds),
            ):
                for value, count in list(by_value.items()):
                    families[metric].add(count, stage, value)
            families[define.FENCES].add(counts.fences, stage)
            for metric, histogram in (
                (define.STAGE_DURATION, counts.stage_duration),
                (define.ARTICLE_AGE, counts.article_age),
                (define.TRANSACTION_DURATION, counts.transaction_duration),
                (define.BATCH_RECORDS, counts.batch_records),
            ):
                families[metric].add_histogram(histogram, stage)
        for reason, count in list(self._meter.restarts.items()):
            families[define.RESTARTS].add(count, reason)

    def _add_state(self, families: Mapping[define.Metric, Family]) -> None:
        worker = self._worker
        for lag in worker.lags:
            for metric, value in (
                (define.LAG_RECORDS, lag.records),
                (define.LAG_SECONDS, lag.seconds),
                (define.LAST_STABLE_OFFSET, lag.stable),
                (define.HIGH_WATERMARK, lag.high),
            ):
                families[metric].add(value, lag.stage, str(lag.partition))
        for stage, seconds in worker.batch_ages().items():
            families[define.BATCH_AGE].add(seconds, stage)
        for check, passes in worker.passing().items():
            families[define.READY].add(passes, check)
        for name, use in self._uses().items():
            if use is not None:
                families[define.MEMORY].add(use.resident_bytes, name)
                families[define.CPU].add(use.cpu_seconds, name)
        families[define.START_TIME].add(worker.started_at)
        versions = [worker.versions.get(name, "") for name in VERSIONS]
        families[define.BUILD_INFO].add(1, streams.__version__, *versions)

    def _uses(self) -> dict[str, ProcessUse | None]:
        return {define.WORKER: use_of(os.getpid()), define.STAGE: use_of(self._worker.stage_pid)}


def prefers_openmetrics(accept: str) -> bool:
    """Return True if the client that sent `accept` prefers OpenMetrics 1.0 to Prometheus' text."""
    best = {OPENMETRICS_TYPE: 0.0, PROMETHEUS_TYPE: 0.0}
    for choice in accept.split(","):
        kind, *parameters = (part.strip().lower() for part in choice.split(";"))
        named = dict(part.partition("=")[::2] for part in parameters)
        is_known = kind in best and (kind == PROMETHEUS_TYPE or named.get("version", "1.0.0") == "1.0.0")
        if is_known:
            best[kind] = max(best[kind], _quality(named.get("q", "1")))
    return best[OPENMETRICS_TYPE] > 0 and best[OPENMETRICS_TYPE] >= best[PROMETHEUS_TYPE]


def _quality(text: str) -> float:
    """Return the weight `text` of a media type, 0 if it is not a number from 0 to 1."""
    try:
        quality = float(text)
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0
