"""The spans of those who publish and subscribe."""

from __future__ import annotations

import contextvars

import pytest
from kafka.errors import KafkaTimeoutError
from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode

from streams.headers import Header, trace_context_of
from tests.fakes.records import Copied

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACED: Header = ("traceparent", f"00-{TRACE}-{SPAN}-01".encode())
ID: Header = ("ce_id", b"e7")


def record(*headers: Header) -> Copied:
    return Copied("news.enriched", 2, 7, 0, b"a1", b"{}", headers)


def test_an_article_that_is_sent_begins_a_trace_which_its_headers_carry(tracer, ended):
    sending = tracer.send("news.raw", b"a1", b"{}", [ID])
    sending.acknowledged(2, 7)

    (span,) = ended.get_finished_spans()
    carried = trace_context_of(sending.headers)
    assert carried is not None
    assert (carried.trace_id, carried.span_id) == (
        f"{span.context.trace_id:032x}",
        f"{span.context.span_id:016x}",
    )
    assert sending.headers[0] == ID
    assert (span.name, span.kind) == ("send news.raw", SpanKind.PRODUCER)
    assert dict(span.attributes) == {
        "messaging.system": "kafka",
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.destination.name": "news.raw",
        "messaging.destination.partition.id": "2",
        "messaging.kafka.offset": 7,
        "messaging.kafka.message.key": "a1",
        "messaging.message.id": "e7",
        "messaging.message.body.size": 2,
    }


def test_a_traceparent_that_is_there_already_is_continued_and_kept(tracer, ended):
    sending = tracer.send("news.raw", b"a1", b"{}", [ID, TRACED])
    sending.acknowledged(0, 0)

    (span,) = ended.get_finished_spans()
    assert sending.headers == [ID, TRACED]
    assert (f"{span.context.trace_id:032x}", f"{span.parent.span_id:016x}") == (TRACE, SPAN)


def test_sending_is_a_part_of_what_the_program_does(tracer, ended):
    crawl = trace.NonRecordingSpan(
        trace.SpanContext(int(TRACE, 16), int(SPAN, 16), False, trace.TraceFlags(1))
    )

    with trace.use_span(crawl):
        tracer.send("news.raw", b"a1", b"{}", []).acknowledged(0, 0)

    (span,) = ended.get_finished_spans()
    assert (f"{span.context.trace_id:032x}", f"{span.parent.span_id:016x}") == (TRACE, SPAN)


def test_an_article_that_is_not_acknowledged_has_a_failed_span(tracer, ended):
    tracer.send("news.raw", b"a1", b"{}", []).failed(KafkaTimeoutError("late"))

    (span,) = ended.get_finished_spans()
    assert span.status.status_code is StatusCode.ERROR
    assert span.attributes["error.type"] == "KafkaTimeoutError"


@pytest.mark.parametrize("group", ["desk", None])
def test_the_handling_of_an_event_continues_its_trace(tracer, ended, group):
    tracer.handle(record(TRACED), group).end()

    (span,) = ended.get_finished_spans()
    assert (span.name, span.kind) == ("process news.enriched", SpanKind.CONSUMER)
    assert (f"{span.context.trace_id:032x}", f"{span.parent.span_id:016x}") == (TRACE, SPAN)
    assert span.attributes.get("messaging.consumer.group.name") == group
    assert span.attributes["messaging.kafka.offset"] == 7


def test_the_spans_of_the_subscriber_are_children_of_the_handling(tracer, ended):
    before = trace.get_current_span()

    handling = tracer.handle(record(TRACED), None)
    handled = trace.get_current_span()
    handling.end()

    assert handled.get_span_context().trace_id == int(TRACE, 16)
    assert trace.get_current_span() is before


def test_a_subscriber_may_go_on_in_another_context(tracer, ended, caplog):
    handling = contextvars.copy_context().run(tracer.handle, record(TRACED), None)

    handling.end(ValueError("no room"))
    handling.end()

    (span,) = ended.get_finished_spans()
    assert span.attributes["error.type"] == "ValueError"
    assert caplog.records == []
