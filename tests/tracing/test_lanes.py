"""The spans of a stage: one for each article, however often its transaction is tried."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import pytest
from aiokafka.errors import KafkaConnectionError, ProducerFenced
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased
from opentelemetry.trace import SpanKind, StatusCode

from streams.errors import Unexpected
from streams.headers import Header, text_of, trace_context_of, trace_id_of
from streams.records import Outgoing
from streams.tracing.interface import Carried, LaneTracer, Passed
from streams.tracing.lanes import start_times
from streams.tracing.tracer import OpenTelemetryTracer
from streams.worker import interruptions
from streams.worker.inbox import Inbox
from streams.worker.lane import Lane
from streams.worker.lane_reports import LaneReports
from streams.worker.limits import Limits
from streams.worker.partition_writer import PartitionWriter
from streams.worker.stage_queue import StageQueue
from tests.fakes.kafka import INPUT, STAGE, FakeKafka, Surroundings, fetch
from tests.fakes.records import Copied

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACED: Header = ("traceparent", f"00-{TRACE}-{SPAN}-01".encode())
UNSAMPLED: Header = ("traceparent", f"00-{TRACE}-{SPAN}-00".encode())
GARBAGE: Header = ("traceparent", b"garbage")


def record(offset: int, *headers: Header) -> Copied:
    return Copied("news.raw", 3, offset, 0, b"a%d" % offset, b"{}", [("ce_id", b"e%d" % offset), *headers])


def results(records: Sequence[Copied]) -> list[Outgoing]:
    """Return two results for each of `records`, as the label stage makes them."""
    topics = ("news.enriched", "news.labels.climate")
    return [
        Outgoing(topic, record.key, b"{}", record.headers, source=record.offset)
        for record in records
        for topic in topics
    ]


def committed(
    tracer: OpenTelemetryTracer, records: Sequence[Copied], outgoing: Sequence[Outgoing] | None = None
) -> Sequence[Outgoing]:
    """Return what the transaction of `records` sends."""
    lane = tracer.lane("cleanup", "news.raw", 3, "wireroom")
    sent = results(records) if outgoing is None else outgoing
    with lane.attempt(records, sent, began=time.monotonic(), chunks=[(len(records), 0.1)]) as attempt:
        return attempt.outgoing


def names(ended):
    return [span.name for span in ended.get_finished_spans()]


def articles(ended):
    return [span for span in ended.get_finished_spans() if span.kind is SpanKind.CONSUMER]


def test_the_span_of_an_article_continues_its_trace_and_its_results_continue_the_span(tracer, ended):
    sent = committed(tracer, [record(7, TRACED)])

    (span,) = articles(ended)
    assert f"{span.context.trace_id:032x}" == TRACE
    assert f"{span.parent.span_id:016x}" == SPAN
    assert {text_of(outgoing.headers, "traceparent") for outgoing in sent} == {
        f"00-{TRACE}-{span.context.span_id:016x}-01"
    }
    assert [outgoing.topic for outgoing in sent] == ["news.enriched", "news.labels.climate"]


def test_the_attributes_are_those_of_the_messaging_conventions(tracer, ended):
    committed(tracer, [record(7, TRACED)])

    (span,) = articles(ended)
    assert span.name == "process news.raw"
    assert dict(span.attributes) == {
        "messaging.system": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": "news.raw",
        "messaging.destination.partition.id": "3",
        "messaging.consumer.group.name": "wireroom",
        "messaging.kafka.offset": 7,
        "messaging.kafka.message.key": "a7",
        "messaging.message.id": "e7",
        "messaging.message.body.size": 2,
        "wireroom.stage": "cleanup",
        "wireroom.outcome": "done",
    }


def test_the_transaction_is_linked_to_each_of_its_articles(tracer, ended):
    committed(tracer, [record(7, TRACED), record(8)])

    (transaction,) = [span for span in ended.get_finished_spans() if span.name == "commit news.raw"]
    new = next(span for span in articles(ended) if span.attributes["messaging.kafka.offset"] == 8)
    assert (transaction.kind, transaction.parent) == (SpanKind.CLIENT, None)
    assert transaction.attributes["messaging.batch.message_count"] == 2
    assert transaction.attributes["messaging.operation.type"] == "settle"
    assert [(f"{link.context.trace_id:032x}", link.context.span_id) for link in transaction.links] == [
        (TRACE, int(SPAN, 16)),
        (f"{new.context.trace_id:032x}", new.context.span_id),
    ]


@pytest.mark.parametrize("headers", [(), (GARBAGE, ("tracestate", b"vendor=1"))])
def test_an_article_without_a_valid_trace_begins_one(tracer, ended, headers):
    sent = committed(tracer, [record(7, *headers)])

    (span,) = articles(ended)
    assert span.parent is None
    for outgoing in sent:
        assert [name for name, _ in outgoing.headers] == ["ce_id", "traceparent"]
        assert trace_id_of(outgoing.headers) == f"{span.context.trace_id:032x}"


def test_the_log_is_told_which_traces_began_here(tracer, ended):
    lane = tracer.lane("cleanup", "news.raw", 3, "wireroom")
    records = [record(7, TRACED), record(8)]

    with lane.attempt(records, results(records), began=0.0, chunks=[]) as attempt:
        pass

    new = next(span for span in articles(ended) if span.attributes["messaging.kafka.offset"] == 8)
    assert attempt.trace_ids == {8: f"{new.context.trace_id:032x}"}


def test_a_dead_letter_keeps_its_headers_and_its_span_says_why_without_a_word_of_the_article(tracer, ended):
    dead = record(7, TRACED)
    letter = STAGE.bury(dead, Unexpected("ValueError: cannot read The minister resigned"))

    sent = committed(tracer, [dead, record(8, TRACED)], [letter, *results([record(8, TRACED)])])

    assert sent[0] == letter
    buried, done = articles(ended)
    assert (buried.status.status_code, buried.status.description) == (StatusCode.ERROR, "Unexpected")
    assert (buried.attributes["error.type"], buried.attributes["wireroom.outcome"]) == ("Unexpected", "dead")
    assert (done.status.status_code, done.attributes["wireroom.outcome"]) == (StatusCode.UNSET, "done")
    assert not any("minister" in str(dict(span.attributes)) for span in (buried, done))


def test_a_trace_that_is_not_sampled_passes_on_as_it_is(tracer, ended):
    sent = committed(tracer, [record(7, UNSAMPLED)])

    assert articles(ended) == []
    assert {header for outgoing in sent for header in outgoing.headers[1:]} == {UNSAMPLED}


def test_later_stages_learn_that_a_new_trace_is_not_sampled():
    unsampling = OpenTelemetryTracer(TracerProvider(sampler=ParentBased(ALWAYS_OFF), shutdown_on_exit=False))

    sent = committed(unsampling, [record(7)])

    contexts = [trace_context_of(outgoing.headers) for outgoing in sent]
    assert [context and int(context.flags, 16) & 1 for context in contexts] == [0, 0]


def test_work_on_an_article_begins_with_its_chunk():
    before = time.time_ns() - time.monotonic_ns()

    first, second, third, fourth = start_times(4, 10.0, [(2, 0.5), (1, 0.25)])

    assert (second - first, third - first, fourth - first) == (0, 500_000_000, 0)
    assert abs(first - before - 10_000_000_000) < 60_000_000_000


CLEAN, TAGGED, ENRICHED = "news.clean", "news.tagged", "news.enriched"


def in_one_go(tracer: OpenTelemetryTracer, records: Sequence[Copied], offsets: set[int]) -> list[Outgoing]:
    """Return what the transaction of `records` sends; those at `offsets` pass three stages."""
    outgoing = [
        Outgoing(topic, record.key, b"{}", [*record.headers], source=record.offset)
        for record in records
        for topic in (
            (CLEAN, TAGGED, ENRICHED, "news.labels.climate") if record.offset in offsets else (CLEAN,)
        )
    ]
    count = len(records)
    passed = Passed(
        offsets,
        [(count, 0.2)],
        [Carried("entities", CLEAN, [(count, 0.3)]), Carried("labels", TAGGED, [(count, 0.5)])],
    )
    lane = tracer.lane("cleanup", "news.raw", 3, "wireroom")
    with lane.attempt(records, outgoing, began=10.0, chunks=[(count, 1.0)], passed=passed) as attempt:
        return list(attempt.outgoing)


def test_each_stage_that_an_article_passes_in_one_go_has_a_span_that_continues_the_one_before(tracer, ended):
    sent = in_one_go(tracer, [record(7, TRACED)], {7})

    clean, tag, label = articles(ended)
    assert [span.name for span in (clean, tag, label)] == [
        f"process news.{n}" for n in ("raw", "clean", "tagged")
    ]
    assert [span.attributes["wireroom.stage"] for span in (clean, tag, label)] == [
        "cleanup",
        "entities",
        "labels",
    ]
    assert [tag.parent.span_id, label.parent.span_id] == [clean.context.span_id, tag.context.span_id]
    assert [span.attributes.get("messaging.kafka.offset") for span in (clean, tag, label)] == [7, None, None]
    assert tag.start_time - clean.start_time == pytest.approx(0.2e9, rel=0.01)
    assert label.start_time - tag.start_time == pytest.approx(0.3e9, rel=0.01)
    carried = [trace_context_of(outgoing.headers) for outgoing in sent]
    assert [context and context.span_id for context in carried] == [
        f"{span.context.span_id:016x}" for span in (clean, tag, label, label)
    ]


def test_an_article_that_does_not_pass_all_stages_has_the_span_of_the_first(tracer, ended):
    sent = in_one_go(tracer, [record(7, TRACED), record(8, TRACED)], {7})

    assert [span.name for span in articles(ended)] == [
        "process news.raw",
        "process news.clean",
        "process news.tagged",
        "process news.raw",
    ]
    context = trace_context_of(sent[-1].headers)
    assert context is not None
    assert context.span_id == f"{articles(ended)[-1].context.span_id:016x}"


def test_stages_of_a_trace_that_is_not_sampled_have_no_spans(tracer, ended):
    sent = in_one_go(tracer, [record(7, UNSAMPLED)], {7})

    assert articles(ended) == []
    assert {header for outgoing in sent for header in outgoing.headers[1:]} == {UNSAMPLED}


def test_what_is_not_committed_has_a_failed_transaction_and_no_spans_of_articles(tracer, ended):
    lane = tracer.lane("cleanup", "news.raw", 3, "wireroom")

    with (
        pytest.raises(KafkaConnectionError),
        lane.attempt([record(7)], results([record(7)]), began=0.0, chunks=[]),
    ):
        raise KafkaConnectionError("away")

    (transaction,) = ended.get_finished_spans()
    assert (transaction.name, transaction.status.status_code) == ("commit news.raw", StatusCode.ERROR)
    assert transaction.attributes["error.type"] == "KafkaConnectionError"


def run_lane(tracer: LaneTracer, kafka: FakeKafka) -> None:
    """Have ten records delivered by a lane, 4 in each transaction."""

    async def deliver() -> None:
        setup = Surroundings(kafka)
        writer = PartitionWriter(
            INPUT,
            "group",
            producers=kafka,
            offsets=kafka,
            monitor=setup.monitor,
            max_bytes=1000,
            on_point=lambda _: None,
        )
        lane = Lane(
            STAGE,
            Inbox(INPUT, setup.consumer, Limits(4)),
            writer,
            StageQueue(setup.stage_process),
            LaneReports({}, on_committed=lambda _: None, tracer=tracer),
            seconds=1.0,
            on_failure=setup.failures.append,
        )
        lane.start()
        lane.accept(fetch(0, 9))
        await setup.until(10)
        await lane.close()

    asyncio.run(asyncio.wait_for(deliver(), 20))


@pytest.mark.parametrize("call", ["start", "committed", "send", "offsets", "before commit", "after commit"])
@pytest.mark.parametrize("error", [KafkaConnectionError(), TimeoutError(), OSError()], ids=repr)
def test_each_article_has_one_span_whatever_call_fails_or_loses_its_answer(
    tracer, ended, monkeypatch, call, error
):
    monkeypatch.setattr(interruptions, "RETRY_SECONDS", 0.001)

    run_lane(tracer.lane("cleanup", *INPUT, "group"), FakeKafka(faults=[(call, error), (call, error)]))

    offsets = [span.attributes["messaging.kafka.offset"] for span in articles(ended)]
    assert sorted(offsets) == list(range(10))
    failed = [span for span in ended.get_finished_spans() if span.status.status_code is StatusCode.ERROR]
    assert [span.name for span in failed] == ["commit news.raw"] * (
        0 if call in {"start", "committed"} else 2
    )


def test_an_article_that_a_new_owner_may_have_committed_has_no_span_here(tracer, ended):
    lane = tracer.lane("cleanup", "news.raw", 3, "wireroom")
    with (
        pytest.raises(ProducerFenced),
        lane.attempt([record(7)], results([record(7)]), began=0.0, chunks=[]),
    ):
        raise ProducerFenced

    lane.forget()
    lane.resumed(8)

    assert articles(ended) == []
