"""The metrics of a worker: their names, and how many time series they can have."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from streams.errors import EnrichmentError
from streams.worker.metrics.definitions import METRICS, REASONS, Metric

CONTRACT = {
    "wireroom_articles_total": ("counter", {"stage", "outcome"}),
    "wireroom_dead_letters_total": ("counter", {"stage", "reason"}),
    "wireroom_stage_duration_seconds": ("histogram", {"stage"}),
    "wireroom_article_age_seconds": ("histogram", {"stage"}),
    "wireroom_transactions_total": ("counter", {"stage", "outcome"}),
    "wireroom_transaction_duration_seconds": ("histogram", {"stage"}),
    "wireroom_lag_records": ("gauge", {"stage", "partition"}),
    "wireroom_lag_seconds": ("gauge", {"stage", "partition"}),
    "wireroom_stage_process_restarts_total": ("counter", {"reason"}),
    "wireroom_state_articles": ("gauge", {"stage", "partition"}),
    "wireroom_state_restore_seconds": ("gauge", {"stage", "partition"}),
    "wireroom_build_info": ("gauge", {"version", "tagger", "labeller", "taxonomy"}),
}
"""Other people's dashboards depend on these."""

BOUNDED = {"stage", "partition", "outcome", "reason", "phase", "process", "check", "event"}
VERSIONS = {"version", "tagger", "labeller", "taxonomy"}


def test_the_metrics_that_dashboards_depend_on_keep_their_names_kinds_and_labels():
    defined = {metric.name: (metric.kind, set(metric.labels)) for metric in METRICS}

    assert {name: defined.get(name) for name in CONTRACT} == CONTRACT


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_metric_is_named_as_prometheus_recommends(metric: Metric):
    assert re.fullmatch(r"wireroom_[a-z_]+", metric.name)
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert bool(metric.buckets) == (metric.kind == "histogram")
    assert list(metric.buckets) == sorted(set(metric.buckets))
    assert re.fullmatch(r'[^"\\\n]+\.', metric.help)  # plain text, which needs no escaping


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_no_label_is_an_id(metric: Metric):
    assert set(metric.labels) <= BOUNDED or set(metric.labels) == VERSIONS
    assert set(metric.values) <= set(metric.labels)


def test_no_name_is_used_twice():
    samples = [sample for metric in METRICS for sample in metric.samples]

    assert len(set(samples)) == len(samples)


def test_every_error_that_buries_an_article_is_a_reason():
    ours = [error for error in EnrichmentError.__subclasses__() if error.__module__ == "streams.errors"]

    assert set(REASONS) == {error.__name__ for error in ours}


def test_whoever_checks_a_dashboard_needs_no_kafka():
    code = (
        "import sys, streams.worker.metrics.definitions\n"
        "print({'kafka', 'aiokafka', 'faust', 'prometheus_client', 'pydantic'} & set(sys.modules))"
    )

    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert printed.stdout == "set()\n"
