"""The trace of an article, from publish to a subscriber, as a real receiver gets it from real processes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import pytest
from kafka import KafkaProducer

from producers import publish
from streams.events import RawArticle
from streams.headers import Header, text_of
from streams.subscribers import subscribe
from streams.tracing.opening import close_tracer
from tests.broker.wire import Wire, wait_until
from tests.fakes.otlp import ReceivedSpan, Receiver, receiving

TEXT = "The climate summit in Oslo agreed on emissions. Carbon emissions fall, the minister said."
STAGES = ("cleanup", "entities", "labels")
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACED: Header = ("traceparent", f"00-{TRACE}-00f067aa0ba902b7-01".encode())
DESK: Header = ("desk", b"Oslo")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def variables(endpoint: str) -> dict[str, str]:
    """Return the environment of a process that sends its spans to `endpoint` soon."""
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_BSP_SCHEDULE_DELAY": "100"}


@pytest.fixture
def traced(receiver, monkeypatch) -> Iterator[dict[str, str]]:
    """Trace this process, and return what another one needs for it."""
    for name, value in variables(receiver.endpoint).items():
        monkeypatch.setenv(name, value)
    close_tracer()
    yield variables(receiver.endpoint)
    close_tracer()


def named(receiver: Receiver, name: str) -> list[ReceivedSpan]:
    return [span for span in receiver.spans if span.name == name]


def only(receiver: Receiver, name: str) -> ReceivedSpan:
    """Wait for the one span with `name`."""
    wait_until(lambda: named(receiver, name), f"a span {name} was received")
    (span,) = named(receiver, name)
    return span


def send(wire: Wire, key: bytes, value: bytes, headers: Sequence[Header]) -> None:
    """Send a raw article as a program does that knows nothing of Wireroom."""
    producer = KafkaProducer(bootstrap_servers=wire.bootstrap)
    producer.send(wire.topics.raw, value, key=key, headers=list(headers))
    producer.close()


def article(article_id: str) -> bytes:
    return RawArticle(article_id=article_id, body=TEXT).to_bytes()


@pytest.mark.parametrize("one_pass", ["true", "false"])
def test_one_trace_leads_from_publish_through_each_stage_to_the_subscriber(
    wire, worker, receiver, traced, one_pass
):
    worker(instance="one", WIREROOM_ONE_PASS=one_pass, **traced)

    publish([RawArticle(article_id="a1", body=TEXT)], settings=wire.settings)
    with subscribe(wire.topics.enriched, settings=wire.settings, beginning=True, max_events=1) as enriched:
        assert [event.article_id for event in enriched] == ["a1"]
    close_tracer()

    sent = only(receiver, f"send {wire.topics.raw}")
    clean, tag, label = (
        only(receiver, f"process {topic}")
        for topic in (wire.topics.raw, wire.topics.clean, wire.topics.tagged)
    )
    handled = only(receiver, f"process {wire.topics.enriched}")
    chain = [sent, clean, tag, label, handled]
    assert {span.trace_id for span in chain} == {sent.trace_id}
    assert [span.parent_id for span in chain] == ["", *(span.span_id for span in chain[:-1])]
    assert [span.kind for span in chain] == ["PRODUCER", "CONSUMER", "CONSUMER", "CONSUMER", "CONSUMER"]
    assert [span.attributes.get("wireroom.stage") for span in chain] == [None, *STAGES, None]
    assert all(span.start <= span.end for span in chain)
    assert clean.resource["service.instance.id"] == "one"
    assert clean.attributes["messaging.kafka.offset"] == sent.attributes["messaging.kafka.offset"]
    assert clean.attributes["messaging.consumer.group.name"] == wire.group
    transaction = only(receiver, f"commit {wire.topics.raw}")
    assert transaction.links == ((sent.trace_id, sent.span_id),)
    assert transaction.attributes["messaging.batch.message_count"] == 1


def test_the_topic_of_a_label_continues_the_trace(wire, worker, receiver, traced):
    worker(**traced)
    send(wire, b"a1", article("a1"), [TRACED])

    labelled = wire.read_until(wire.topics.label("climate"), b"a1")

    span = only(receiver, f"process {wire.topics.tagged}")
    assert span.trace_id == TRACE
    assert text_of(labelled.headers, "traceparent") == f"00-{TRACE}-{span.span_id}-01"


def test_a_dead_letter_keeps_its_headers_and_its_span_and_its_log_line_say_why(
    wire, worker, receiver, traced
):
    process = worker(**traced, WIREROOM_LOG_FORMAT="json")
    send(wire, b"a1", b"not JSON: the minister", [TRACED, DESK])

    dead = wire.read_until(wire.topics.dead, b"a1")

    assert dead.headers[:2] == [TRACED, DESK]
    span = only(receiver, f"process {wire.topics.raw}")
    assert (span.status, span.attributes["error.type"]) == ("ERROR", "InvalidJson")
    assert process.stop() == 0
    lines = [json.loads(line) for line in process.log.read_text().splitlines()]
    (line,) = [line["fields"] for line in lines if line["message"] == "article buried"]
    assert (line["trace_id"], line["stage"], line["reason"]) == (TRACE, "cleanup", "InvalidJson")
    assert "minister" not in process.log.read_text()


def test_a_receiver_that_is_away_stops_no_article_and_is_named_once(wire, worker):
    process = worker(**variables("http://127.0.0.1:9"), OTEL_EXPORTER_OTLP_TIMEOUT="1")
    articles = [RawArticle(article_id=f"a{number}", body=TEXT) for number in range(20)]

    publish(articles, settings=wire.settings)

    assert len(wire.read_count(wire.topics.enriched, 20)) == 20
    wait_until(lambda: "spans are lost" in process.log.read_text(), "the loss is logged")
    assert process.stop() == 0
    assert process.log.read_text().count("spans are lost") == 1


def test_without_a_receiver_headers_pass_on_as_they_are(wire, worker):
    headers = {
        key: [("traceparent", traceparent), ("tracestate", b"vendor=1"), DESK]
        for key, traceparent in ((b"a1", TRACED[1]), (b"a2", b"garbage"))
    }
    worker()

    for key in headers:
        send(wire, key, article(key.decode()), headers[key])

    for key in headers:
        assert wire.read_until(wire.topics.enriched, key).headers[-3:] == headers[key]


def test_with_a_receiver_a_traceparent_that_is_garbage_gives_way_to_a_new_trace(
    wire, worker, receiver, traced
):
    worker(**traced)

    send(wire, b"a1", article("a1"), [("traceparent", b"garbage"), DESK])

    headers = wire.read_until(wire.topics.enriched, b"a1").headers
    last = only(receiver, f"process {wire.topics.tagged}")
    assert [value for name, value in headers if name == "desk"] == [b"Oslo"]
    assert [value.decode().split("-")[1:3] for name, value in headers if name == "traceparent"] == [
        [last.trace_id, last.span_id]
    ]
    assert only(receiver, f"process {wire.topics.raw}").parent_id == ""
