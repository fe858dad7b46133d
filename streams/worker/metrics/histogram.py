"""Counts of values in buckets, with a place for one exemplar in each."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple


class Exemplar(NamedTuple):
    """A value of a bucket, with the trace that it belongs to and its time in seconds since the epoch."""

    trace_id: str
    value: float
    at: float


class Histogram:
    """The distribution of a value.

    It takes many values at once: the histograms of prometheus_client take a lock for each value. One thread
    adds, and any thread may read.
    """

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(bounds) + 1)  # the last one counts what is above all bounds
        self.total = 0.0
        self.exemplars: list[Exemplar | None] = [None] * len(self.counts)

    def add(self, value: float, times: int = 1) -> None:
        """Count `value` as often as `times`."""
        self.counts[bisect_left(self.bounds, value)] += times
        self.total += value * times

    def add_all(self, values: Sequence[float], *, least: float, most: float) -> None:
        """Count each of `values`, which lie between `least` and `most`."""
        counts, bounds = self.counts, self.bounds
        first = bisect_left(bounds, least)
        self.total += sum(values)
        if first == bisect_left(bounds, most):
            counts[first] += len(values)
            return
        for value in values:
            counts[bisect_left(bounds, value)] += 1

    def exemplify(self, exemplar: Exemplar) -> None:
        """Keep `exemplar` for the bucket that its value belongs to."""
        self.exemplars[bisect_left(self.bounds, exemplar.value)] = exemplar
