"""The check of PromQL itself: it must find what is wrong."""

from __future__ import annotations

import pytest

from tests.deploy.queries import labels_of, problems

RECORDED = {"wireroom:lag_records:sum": frozenset({"job", "stage"})}


@pytest.mark.parametrize(
    "query",
    [
        "wireroom_lag_records",
        'rate(wireroom_articles_total{stage="labels", outcome="done"}[5m])',
        "histogram_quantile(0.99, sum by (le, stage) (rate(wireroom_stage_duration_seconds_bucket[5m])))",
        'wireroom_ready{check=~"loop|models"} == 0',
        "wireroom:lag_records:sum > 1000",
        'up{job="wireroom"} == 0',
    ],
)
def test_a_query_of_what_workers_export_has_no_problem(query: str):
    assert problems(query, RECORDED) == []


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("wireroom_lag_record", "there is no metric wireroom_lag_record"),
        ("rate(wireroom_batch_records[5m])", "there is no metric wireroom_batch_records"),
        ("1 - avg(wireroom_readiness)", "there is no metric wireroom_readiness"),
        ("wireroom:lag:sum", "there is no metric wireroom:lag:sum"),
        ('wireroom_lag_records{topic="news.raw"}', "wireroom_lag_records has no label topic"),
        ('wireroom_ready{check="brokers"}', "check of wireroom_ready is never 'brokers'"),
        ('wireroom_ready{check=~"loop|model"}', "check of wireroom_ready is never 'model'"),
        (
            'wireroom_articles_total{outcome!="failed"}',
            "outcome of wireroom_articles_total is never 'failed'",
        ),
        (
            "sum by (topic) (wireroom_lag_records)",
            "sum by (topic) (wireroom_lag_records): there is no label topic to group by",
        ),
        (
            "sum by (job) (sum by (stage) (wireroom_lag_records))",
            "sum by (job) (sum by (stage) (wireroom_lag_records)): there is no label job to group by",
        ),
    ],
)
def test_a_query_of_what_no_worker_exports_names_its_problem(query: str, problem: str):
    assert problems(query, RECORDED) == [problem]


@pytest.mark.parametrize(
    ("query", "labels"),
    [
        ("max by (job, stage) (wireroom_lag_seconds) > 300", {"job", "stage"}),
        (
            "wireroom:lag_records:sum > 0 and on (stage) sum by (stage) (wireroom_lag_seconds)",
            {"job", "stage"},
        ),
        ('absent(up{job="wireroom"})', set()),
        ("histogram_quantile(0.5, sum by (le) (wireroom_batch_records_bucket))", set()),
    ],
)
def test_the_labels_of_a_query_are_those_that_its_results_have(query: str, labels: set[str]):
    assert labels_of(query, RECORDED) == labels
