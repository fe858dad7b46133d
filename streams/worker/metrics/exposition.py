"""Writes the metrics of a worker for Prometheus: as its text, or as OpenMetrics with exemplars.

The client says which it takes in its `Accept` header. All numbers are read when they are asked for.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Protocol

from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST as OPENMETRICS
from prometheus_client.utils import floatToGoString

import streams
from streams.worker.lag import PartitionLag
from streams.worker.metrics import definitions as define
from streams.worker.metrics.histogram import Exemplar, Histogram
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

    @property
    def state_pid(self) -> int | None:
        """Process id of the state process, if it is another one."""


class Page:
    """The samples of every metric, as lines.

    The encoders of prometheus_client take five times as long, since they look for characters to escape in the
    names of each sample. Here the part of a line before its value is made once.
    """

    def __init__(self, *, openmetrics: bool) -> None:
        self._openmetrics = openmetrics
        self._lines: dict[str, list[str]] = {metric.name: [] for metric in define.METRICS}

    def add(self, metric: define.Metric, value: float, *labels: str) -> None:
        """Add a sample of a counter or gauge; `labels` are values in the order of the definition."""
        self._lines[metric.name].append(f"{_series(metric.name, metric.labels, labels)} {_number(value)}")

    def add_histogram(self, metric: define.Metric, histogram: Histogram, *labels: str) -> None:
        """Add the samples of `histogram`."""
        lines = self._lines[metric.name]
        bounds = _bounds(histogram.bounds)
        so_far = 0
        for bound, count, exemplar in zip(bounds, list(histogram.counts), histogram.exemplars, strict=True):
            so_far += count
            series = _series(f"{metric.name}_bucket", (*metric.labels, "le"), (*labels, bound))
            lines.append(f"{series} {_number(so_far)}{self._exemplar(exemplar)}")
        lines.append(f"{_series(f'{metric.name}_sum', metric.labels, labels)} {_number(histogram.total)}")
        lines.append(f"{_series(f'{metric.name}_count', metric.labels, labels)} {_number(so_far)}")

    def text(self) -> str:
        """Return the whole page, with the kind and the help of each metric."""
        lines: list[str] = []
        for metric in define.METRICS:
            name = metric.name.removesuffix("_total") if self._openmetrics else metric.name
            lines += (f"# HELP {name} {metric.help}", f"# TYPE {name} {metric.kind}")
            lines += self._lines[metric.name]
        if self._openmetrics:
            lines.append("# EOF")
        return "\n".join(lines) + "\n"

    def _exemplar(self, exemplar: Exemplar | None) -> str:
        if exemplar is None or not self._openmetrics:
            return ""
        return f' # {{trace_id="{exemplar.trace_id}"}} {_number(exemplar.value)} {exemplar.at:.3f}'


class Exposition:
    """The metrics of one worker, from what `meter` has counted and what `worker` says."""

    def __init__(self, meter: CountingMeter, worker: Worker) -> None:
        self._meter = meter
        self._worker = worker

    def write(self, accept: str) -> tuple[str, bytes]:
        """Return the content type and the metrics, in the form that the header `accept` prefers."""
        openmetrics = prefers_openmetrics(accept)
        page = Page(openmetrics=openmetrics)
        self._add_counts(page)
        self._add_state(page)
        return OPENMETRICS if openmetrics else CONTENT_TYPE_PLAIN_0_0_4, page.text().encode()

    def _add_counts(self, page: Page) -> None:
        for stage, counts in self._meter.stages.items():
            for metric, by_value in (
                (define.ARTICLES, counts.articles),
                (define.DEAD_LETTERS, counts.letters),
                (define.TRANSACTIONS, counts.transactions),
                (define.LANE_SECONDS, counts.lane_seconds),
            ):
                for value, count in list(by_value.items()):
                    page.add(metric, count, stage, value)
            page.add(define.FENCES, counts.fences, stage)
            for metric, histogram in (
                (define.STAGE_DURATION, counts.stage_duration),
                (define.ARTICLE_AGE, counts.article_age),
                (define.TRANSACTION_DURATION, counts.transaction_duration),
                (define.BATCH_RECORDS, counts.batch_records),
            ):
                page.add_histogram(metric, histogram, stage)
        for reason, count in list(self._meter.restarts.items()):
            page.add(define.RESTARTS, count, reason)
        for (stage, number), measures in list(self._meter.states.items()):
            place = (stage, str(number))
            for name, count in measures.numbers.items():
                if name == "articles":
                    page.add(define.STATE_ARTICLES, count, *place)
                else:
                    page.add(define.STATE_EVENTS, count, *place, name)
            page.add(define.STATE_RESTORE, measures.seconds, *place)
            page.add(define.STATE_RESTORED, measures.restored, *place)

    def _add_state(self, page: Page) -> None:
        worker = self._worker
        for lag in worker.lags:
            for metric, value in (
                (define.LAG_RECORDS, lag.records),
                (define.LAG_SECONDS, lag.seconds),
                (define.LAST_STABLE_OFFSET, lag.stable),
                (define.HIGH_WATERMARK, lag.high),
            ):
                page.add(metric, value, lag.stage, str(lag.partition))
        for stage, seconds in worker.batch_ages().items():
            page.add(define.BATCH_AGE, seconds, stage)
        for check, passes in worker.passing().items():
            page.add(define.READY, passes, check)
        for name, use in self._uses().items():
            if use is not None:
                page.add(define.MEMORY, use.resident_bytes, name)
                page.add(define.CPU, use.cpu_seconds, name)
        page.add(define.START_TIME, worker.started_at)
        versions = [worker.versions.get(name, "") for name in VERSIONS]
        page.add(define.BUILD_INFO, 1, streams.__version__, *versions)

    def _uses(self) -> dict[str, ProcessUse | None]:
        return {
            define.WORKER: use_of(os.getpid()),
            define.STAGE: use_of(self._worker.stage_pid),
            define.STATE: use_of(self._worker.state_pid),
        }


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


@lru_cache(maxsize=20_000)
def _series(name: str, labels: tuple[str, ...], values: tuple[str, ...]) -> str:
    """Return the part of a sample's line before its value."""
    if not labels:
        return name
    pairs = (f'{label}="{_escape(value)}"' for label, value in zip(labels, values, strict=True))
    return f"{name}{{{','.join(pairs)}}}"


@lru_cache
def _bounds(bounds: tuple[float, ...]) -> list[str]:
    return [*map(floatToGoString, bounds), "+Inf"]


def _number(value: float) -> str:
    return str(value) if type(value) is int else str(floatToGoString(value))  # type: ignore[no-untyped-call]


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
