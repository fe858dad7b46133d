"""Publish articles; each counts only when all in-sync replicas have acknowledged it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError, MessageSizeTooLargeError, RecordListTooLargeError

from streams.errors import BrokerError
from streams.events import RawArticle
from streams.headers import Header, raw_headers
from streams.kafka.connection import Connection, broker_errors, connect, describe_error, topic_missing
from streams.settings import Settings
from streams.topics import Topics
from streams.tracing.interface import Sending, Tracer
from streams.tracing.opening import open_tracer

# Limits of what is sent and not acknowledged yet: kafka-python itself would buffer without end.
IN_FLIGHT_ARTICLES = 2_000
IN_FLIGHT_BYTES = 32_000_000

# The size of a batch for one partition. A larger article goes alone: when the broker refuses it for its size,
# kafka-python fails everything else that is in flight with the same error.
BATCH_BYTES = 131_072

TOPIC_MS = 5_000  # how long a topic that was just created may be unknown
DELIVERY_MS = 60_000  # longer than a restart of the broker
REQUEST_MS = 10_000

PRODUCER_OPTIONS: dict[str, Any] = {
    "acks": "all",
    "enable_idempotence": True,
    "allow_auto_create_topics": False,
    "max_block_ms": TOPIC_MS,
    "request_timeout_ms": REQUEST_MS,
    "delivery_timeout_ms": DELIVERY_MS,
    "max_request_size": 2**31 - 1,  # the limit of the topic applies
    "linger_ms": 5,  # with these batches: twice the articles per second
    "batch_size": BATCH_BYTES,
}


def publish(
    articles: Iterable[RawArticle],
    bootstrap: str | None = None,
    *,
    topics: Topics | None = None,
    settings: Settings | None = None,
    on_acknowledged: Callable[[RawArticle], None] | None = None,
) -> int:
    """Publish `articles` to the raw topic of `topics`, and return how many were acknowledged: all of them.

    The key of a record is the article's id, and its headers make it a CloudEvent. `articles` is read while it
    is sent, so it may be endless. `on_acknowledged` is called for each article in order. `bootstrap` and
    `topics` default to those of `settings`. The environment is read only without `settings`, but for OTEL_*
    variables: where they ask for traces, each article gets a span, and a `traceparent` among its headers.

    Raises BrokerError when the broker cannot be reached, the topic is missing, an article is larger than the
    broker accepts, or an acknowledgement does not come; what was acknowledged until then stays published.
    """
    settings = settings or Settings()
    connection = Connection.from_settings(settings, bootstrap)
    topic = (topics or settings.topics).raw
    producer = connect(connection, KafkaProducer, **PRODUCER_OPTIONS)
    in_flight = _InFlight(producer, topic, connection.bootstrap, on_acknowledged, open_tracer())
    try:
        in_flight.check_topic()
        for article in articles:
            in_flight.send(article)
        in_flight.wait()
        return in_flight.acknowledged
    finally:
        producer.close(timeout=REQUEST_MS / 1000)
        in_flight.end_traces()


class _Sent(NamedTuple):
    """An article that is sent; `future` has the broker's answer."""

    article: RawArticle
    size: int
    future: Any
    tracing: Sending


@dataclass
class _InFlight:
    """The articles that are sent and not acknowledged, oldest first."""

    producer: KafkaProducer
    topic: str
    bootstrap: str
    on_acknowledged: Callable[[RawArticle], None] | None
    tracer: Tracer
    acknowledged: int = 0
    _articles: deque[_Sent] = field(default_factory=deque)
    _bytes: int = 0

    def check_topic(self) -> None:
        with broker_errors(self.bootstrap):
            try:
                self.producer.partitions_for(self.topic)
            except KafkaTimeoutError as error:
                raise topic_missing(self.topic, self.bootstrap) from error

    def send(self, article: RawArticle) -> None:
        """Send `article`; wait for older articles while too much is in flight."""
        value = article.to_bytes()
        headers: Sequence[Header] = raw_headers(article, datetime.now(UTC))
        alone = len(value) > BATCH_BYTES
        if alone:
            self.wait()
        tracing = self.tracer.send(self.topic, article.key, value, headers)
        try:
            future = self.producer.send(self.topic, value, key=article.key, headers=list(tracing.headers))
        except KafkaError as error:
            tracing.failed(error)
            raise self._refused(article, len(value), error) from error
        self._articles.append(_Sent(article, len(value), future, tracing))
        self._bytes += len(value)
        while len(self._articles) > IN_FLIGHT_ARTICLES or self._bytes > IN_FLIGHT_BYTES:
            self._await_oldest()
        while self._articles and (alone or self._articles[0].future.is_done):
            self._await_oldest()

    def wait(self) -> None:
        """Wait until every article is acknowledged."""
        while self._articles:
            self._await_oldest()

    def end_traces(self) -> None:
        """End the traces of the articles whose answers nobody has waited for, after an error."""
        for sent in self._articles:
            if sent.future.succeeded():
                sent.tracing.acknowledged(sent.future.value.partition, sent.future.value.offset)
            else:
                sent.tracing.failed(sent.future.exception or KafkaTimeoutError())

    def _await_oldest(self) -> None:
        sent = self._articles.popleft()
        self._bytes -= sent.size
        try:
            place = sent.future.get(timeout=(DELIVERY_MS + REQUEST_MS) / 1000)
        except KafkaError as error:
            sent.tracing.failed(error)
            raise self._refused(sent.article, sent.size, error) from error
        sent.tracing.acknowledged(place.partition, place.offset)
        self.acknowledged += 1
        if self.on_acknowledged:
            self.on_acknowledged(sent.article)

    def _refused(self, article: RawArticle, size: int, error: KafkaError) -> BrokerError:
        if isinstance(error, MessageSizeTooLargeError | RecordListTooLargeError):
            return BrokerError(
                f"article {article.article_id} is {size:,} bytes, more than {self.topic} at {self.bootstrap} "
                f"accepts: raise the topic's max.message.bytes; {self.acknowledged} acknowledged before it"
            )
        return BrokerError(
            f"article {article.article_id} was not acknowledged by {self.bootstrap}: "
            f"{describe_error(error)}; {self.acknowledged} acknowledged before it"
        )
