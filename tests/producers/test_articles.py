"""Publishing counts what the broker acknowledged, and stops with the reason; the producer is a fake."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from kafka.errors import KafkaError, KafkaTimeoutError, MessageSizeTooLargeError, NotEnoughReplicasError

from producers import articles, publish
from streams.errors import BrokerError
from streams.events import RawArticle
from streams.headers import Header, text_of
from streams.settings import Settings
from streams.tracing.interface import Sending, Tracer

SETTINGS = Settings(broker="own.example:9092", security_protocol="PLAINTEXT", topic_prefix="desk")


class FakeProducer:
    """Notes what is sent; `errors` has the answers of the broker by key, and all others are acknowledged."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes, Any]] = []
        self.errors: dict[bytes, KafkaError] = {}
        self.has_topic = True
        self.unacknowledged = 0
        self.beside: list[int] = []  # how many others were unacknowledged when each article was sent
        self.is_closed = False

    def partitions_for(self, _topic: str) -> set[int]:
        if not self.has_topic:
            raise KafkaTimeoutError
        return {0}

    def send(self, topic: str, value: bytes, *, key: bytes, headers: Any) -> SimpleNamespace:
        self.sent.append((topic, key, headers))
        self.beside.append(self.unacknowledged)
        self.unacknowledged += 1
        place = SimpleNamespace(partition=0, offset=len(self.sent) - 1)
        return SimpleNamespace(
            is_done=False,
            get=lambda timeout: self._acknowledge(key, place),
            succeeded=lambda: key not in self.errors,
            exception=self.errors.get(key),
            value=place,
        )

    def _acknowledge(self, key: bytes, place: SimpleNamespace) -> SimpleNamespace:
        self.unacknowledged -= 1
        if error := self.errors.get(key):
            raise error
        return place

    def close(self, timeout: float) -> None:
        self.is_closed = True


@pytest.fixture
def producer(monkeypatch) -> FakeProducer:
    producer = FakeProducer()
    monkeypatch.setattr(articles, "connect", lambda *_, **__: producer)
    return producer


def batch(count: int, body: str = "Rates rise.") -> list[RawArticle]:
    return [RawArticle(article_id=f"a{number}", body=body) for number in range(count)]


def test_every_article_goes_to_the_raw_topic_under_its_id_and_is_reported_in_order(producer):
    acknowledged: list[RawArticle] = []

    count = publish(batch(3), settings=SETTINGS, on_acknowledged=acknowledged.append)

    assert count == 3
    assert acknowledged == batch(3)
    assert [(topic, key) for topic, key, _ in producer.sent] == [
        ("desk.raw", b"a0"),
        ("desk.raw", b"a1"),
        ("desk.raw", b"a2"),
    ]
    assert text_of(producer.sent[0][2], "ce_type") == "news.article.raw.v1"
    assert producer.is_closed


def test_no_more_articles_wait_for_the_broker_than_the_limit(producer, monkeypatch):
    monkeypatch.setattr(articles, "IN_FLIGHT_ARTICLES", 10)

    assert publish(iter(batch(100)), settings=SETTINGS) == 100
    assert max(producer.beside) == 10


def test_a_large_article_waits_for_the_others_and_goes_alone(producer):
    large = RawArticle(article_id="large", body="x" * articles.BATCH_BYTES)

    publish([*batch(3), large, *batch(2)], settings=SETTINGS)

    assert producer.beside == [0, 1, 2, 0, 0, 1]


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (
            MessageSizeTooLargeError(),
            r"article a1 is \d+ bytes, more than desk.raw at own.example:9092 accepts",
        ),
        (
            NotEnoughReplicasError(),
            "article a1 was not acknowledged by own.example:9092: .*NotEnoughReplicas",
        ),
    ],
)
def test_an_article_that_is_refused_is_named_with_how_many_came_before_it(producer, error, problem):
    producer.errors[b"a1"] = error

    with pytest.raises(BrokerError, match=f"{problem}.*; 1 acknowledged before it"):
        publish(batch(3), settings=SETTINGS)

    assert producer.is_closed


def test_a_missing_topic_is_named_before_anything_is_sent(producer):
    producer.has_topic = False

    with pytest.raises(BrokerError, match=r"topic desk.raw does not exist at own.example:9092"):
        publish(batch(3), settings=SETTINGS)

    assert producer.sent == []


class NotingTracer(Tracer):
    """Notes how the sending of each article ended, and adds a header."""

    def __init__(self) -> None:
        self.notes: list[tuple[bytes, object]] = []

    def send(self, topic: str, key: bytes, value: bytes, headers: Sequence[Header]) -> Sending:
        notes = self.notes

        class Noting(Sending):
            def acknowledged(self, partition: int, offset: int) -> None:
                notes.append((key, offset))

            def failed(self, error: BaseException) -> None:
                notes.append((key, type(error)))

        return Noting([*headers, ("traceparent", b"made")])


@pytest.fixture
def tracer(monkeypatch) -> NotingTracer:
    tracer = NotingTracer()
    monkeypatch.setattr(articles, "open_tracer", lambda: tracer)
    return tracer


def test_each_article_is_sent_in_its_trace(producer, tracer):
    publish(batch(2), settings=SETTINGS)

    assert tracer.notes == [(b"a0", 0), (b"a1", 1)]
    assert [text_of(headers, "traceparent") for _, _, headers in producer.sent] == ["made", "made"]


def test_the_traces_of_all_that_was_sent_end_after_an_error(producer, tracer):
    producer.errors[b"a1"] = NotEnoughReplicasError()

    with pytest.raises(BrokerError):
        publish(batch(3), settings=SETTINGS)

    assert tracer.notes == [(b"a0", 0), (b"a1", NotEnoughReplicasError), (b"a2", 2)]
