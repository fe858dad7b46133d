"""The metrics as Prometheus reads them: its own parsers, on what a worker writes."""

from __future__ import annotations

import os

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

import streams
from streams.stateful import Measures
from streams.worker.lag import PartitionLag
from streams.worker.metrics.definitions import METRICS, REASONS
from streams.worker.metrics.exposition import Exposition, prefers_openmetrics
from streams.worker.metrics.histogram import Exemplar
from streams.worker.metrics.meter import CountingMeter
from tests.fakes.operating import FakeWorker
from tests.fakes.records import Copied

OPENMETRICS = "application/openmetrics-text; version=1.0.0"
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
    "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;q=0.3,*/*;q=0.2"
)
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
STAGES = ["cleanup", "entities", "labels"]


def exposition(worker: FakeWorker | None = None) -> tuple[CountingMeter, Exposition]:
    meter = CountingMeter(STAGES)
    return meter, Exposition(meter, worker or FakeWorker())


def values(written: Exposition) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Return the value of each sample by name and labels."""
    _, body = written.write("")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in parse_text(body.decode())
        for sample in family.samples
    }


@pytest.mark.parametrize("accept", ["", OPENMETRICS])
def test_every_metric_and_no_other_is_written_with_its_kind_and_help(accept):
    lag = PartitionLag("cleanup", 3, 7, 1.5, 20, 24)
    meter, written = exposition(FakeWorker(lags=[lag], stage_pid=os.getpid()))
    meter.stage("labels").fenced()
    meter.measured("stories", 0, Measures({"articles": 7, "late": 1}, 5, 0.25))
    parse = parse_openmetrics if accept else parse_text

    _, body = written.write(accept)

    families = {family.name: family for family in parse(body.decode())}
    assert set(families) == {metric.name.removesuffix("_total") for metric in METRICS}
    for metric in METRICS:
        family = families[metric.name.removesuffix("_total")]
        assert (family.type, family.documentation) == (metric.kind, metric.help)
        assert {sample.name for sample in family.samples} == set(metric.samples)
        assert {frozenset(sample.labels) - {"le"} for sample in family.samples} == {frozenset(metric.labels)}


def test_what_was_not_counted_yet_is_zero():
    _, written = exposition()

    seen = values(written)

    for reason in REASONS:
        assert seen["wireroom_dead_letters_total", (("reason", reason), ("stage", "entities"))] == 0
    for outcome in ("committed", "discarded", "fenced"):
        assert seen["wireroom_transactions_total", (("outcome", outcome), ("stage", "labels"))] == 0
    assert seen["wireroom_stage_process_restarts_total", (("reason", "timed_out"),)] == 0


def test_counts_appear_under_their_labels():
    meter, written = exposition()
    records = [Copied("news.raw", 0, offset, 0, b"k", b"v", ()) for offset in range(3)]
    meter.stage("cleanup").committed(records, [], [(3, 0.03)], queued=0.0, seconds=0.2)

    seen = values(written)

    assert seen["wireroom_articles_total", (("outcome", "done"), ("stage", "cleanup"))] == 3
    buckets = {
        dict(labels)["le"]: value
        for (name, labels), value in seen.items()
        if name == "wireroom_batch_records_bucket" and ("stage", "cleanup") in labels
    }
    assert (buckets["2.0"], buckets["5.0"], buckets["+Inf"]) == (0, 1, 1)
    assert seen["wireroom_batch_records_sum", (("stage", "cleanup"),)] == 3
    assert seen["wireroom_batch_records_count", (("stage", "cleanup"),)] == 1


def test_the_lag_of_each_partition_appears_and_goes_with_the_partition():
    worker = FakeWorker(lags=[PartitionLag("cleanup", 3, 7, 1.5, 20, 24)])
    _, written = exposition(worker)
    place = (("partition", "3"), ("stage", "cleanup"))

    before = values(written)
    worker.lags = []
    after = values(written)

    assert (before["wireroom_lag_records", place], before["wireroom_lag_seconds", place]) == (7, 1.5)
    assert (before["wireroom_last_stable_offset", place], before["wireroom_high_watermark", place]) == (
        20,
        24,
    )
    assert not [name for name, labels in after if labels == place]


def test_a_state_tells_its_size_its_counts_and_its_restore_as_long_as_the_worker_has_it():
    meter, written = exposition()
    place = (("partition", "2"), ("stage", "stories"))
    meter.measured("stories", 2, Measures({"articles": 7, "late": 1}, 5, 0.25))

    before = values(written)
    meter.measured("stories", 2, None)
    after = values(written)

    assert (before["wireroom_state_articles", place], before["wireroom_state_restored_articles", place]) == (
        7,
        5,
    )
    assert before["wireroom_state_restore_seconds", place] == 0.25
    assert before["wireroom_state_events_total", (("event", "late"), *place)] == 1
    assert not [name for name, labels in after if place[0] in labels]


def test_the_build_names_the_versions_of_its_models():
    _, written = exposition(FakeWorker(versions={"tagger": 'spacy:"x"\\\n', "taxonomy": "f00d"}))

    (build,) = (dict(labels) for name, labels in values(written) if name == "wireroom_build_info")

    assert build == {
        "version": streams.__version__,
        "tagger": 'spacy:"x"\\\n',
        "labeller": "",
        "taxonomy": "f00d",
    }


def test_all_processes_tell_their_memory_and_a_process_that_has_ended_does_not():
    worker = FakeWorker(stage_pid=os.getpid(), state_pid=os.getpid())
    _, written = exposition(worker)

    both = values(written)
    worker.stage_pid = None
    one = values(written)

    name = "wireroom_process_resident_memory_bytes"
    assert both[name, (("process", "stage"),)] > 1_000_000
    assert both[name, (("process", "state"),)] > 1_000_000
    assert (name, (("process", "worker"),)) in one
    assert (name, (("process", "stage"),)) not in one


def test_only_openmetrics_has_exemplars():
    meter, written = exposition()
    meter.stage("labels").article_age.add(0.3)
    meter.stage("labels").article_age.exemplify(Exemplar(TRACE, 0.3, 1_772_366_400.1234))

    text_type, text = written.write("text/plain")
    openmetrics_type, openmetrics = written.write(OPENMETRICS)

    assert TRACE not in text.decode()
    (exemplar,) = [
        sample.exemplar
        for family in parse_openmetrics(openmetrics.decode())
        for sample in family.samples
        if sample.exemplar
    ]
    assert (exemplar.labels, exemplar.value) == ({"trace_id": TRACE}, 0.3)
    assert float(exemplar.timestamp) == 1_772_366_400.123
    assert text_type == "text/plain; version=0.0.4; charset=utf-8"
    assert openmetrics_type == "application/openmetrics-text; version=1.0.0; charset=utf-8"


@pytest.mark.parametrize(
    ("accept", "prefers"),
    [
        ("", False),
        ("*/*", False),
        ("text/html", False),
        ("application/openmetrics-text", True),
        ("application/openmetrics-text;version=1.0.0", True),
        (" Application/OpenMetrics-Text ; Version=1.0.0 ", True),
        ("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", True),
        (PROMETHEUS_3, True),
        ("application/openmetrics-text;q=0.3,text/plain;q=0.9", False),
        ("application/openmetrics-text;q=0", False),
        ("application/openmetrics-text;version=0.0.1", False),
        ("application/openmetrics-text;version=99", False),
        ("application/openmetrics-text;version=x;q=nan", False),
        ("application/openmetrics-text;q=loud", False),
        (";;;,,,===", False),
    ],
)
def test_the_form_is_what_the_client_prefers(accept, prefers):
    assert prefers_openmetrics(accept) is prefers


def test_metrics_of_sixteen_partitions_are_a_small_page():
    lags = [
        PartitionLag(stage, partition, 10**9, 1234.5678, 10**12, 10**12)
        for stage in STAGES
        for partition in range(16)
    ]
    _, written = exposition(FakeWorker(lags=lags))

    assert max(len(written.write(accept)[1]) for accept in ("", OPENMETRICS)) < 200_000
