"""Counts in buckets."""

from __future__ import annotations

import pytest

from streams.worker.metrics.histogram import Exemplar, Histogram


def test_a_value_belongs_to_the_first_bucket_whose_bound_it_does_not_exceed():
    histogram = Histogram([0.1, 1.0])

    histogram.add_all([0.0, 0.1, 0.11, 1.0, 1.01, 1e9], least=0.0, most=1e9)

    assert histogram.counts == [2, 2, 2]
    assert histogram.total == pytest.approx(1e9 + 2.22)


def test_values_of_one_bucket_are_counted_together():
    histogram = Histogram([0.1, 1.0])

    histogram.add_all([0.2, 0.5, 1.0], least=0.2, most=1.0)

    assert histogram.counts == [0, 3, 0]
    assert histogram.total == pytest.approx(1.7)


def test_a_value_may_count_several_times():
    histogram = Histogram([0.1, 1.0])

    histogram.add(0.5, 8)
    histogram.add(2.0)

    assert (histogram.counts, histogram.total) == ([0, 8, 1], 6.0)


def test_a_bucket_keeps_its_latest_exemplar():
    histogram = Histogram([0.1, 1.0])
    first, second = Exemplar("a" * 32, 0.5, 1.0), Exemplar("b" * 32, 1.0, 2.0)

    histogram.exemplify(first)
    histogram.exemplify(second)

    assert histogram.exemplars == [None, second, None]
