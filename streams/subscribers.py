"""Subscribe to a topic: `for article in subscribe("news.labels.climate"): ...` yields typed events.

A subscription reads committed records only, so that every article of the wire comes exactly once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from pydantic import ValidationError

from streams.errors import Tombstone, WireroomError
from streams.events import (
    ArticleEvent,
    CleanArticle,
    EnrichedArticle,
    Fingerprint,
    RawArticle,
    StoryArticle,
    TaggedArticle,
)
from streams.headers import Header
from streams.kafka.connection import Connection
from streams.kafka.subscription import Subscription
from streams.records import Record
from streams.settings import Settings
from streams.stage import why_invalid
from streams.tracing.opening import open_tracer

_EVENTS: dict[str, type[ArticleEvent]] = {
    "raw": RawArticle,
    "clean": CleanArticle,
    "tagged": TaggedArticle,
    "enriched": EnrichedArticle,
    "fingerprints": Fingerprint,
    "stories": StoryArticle,
}


@dataclass(frozen=True)
class EventRecord:
    """A record of a topic that carries events; `timestamp` is in milliseconds since the epoch."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: list[Header]

    @classmethod
    def of(cls, record: Record) -> Self:
        """Return a copy of `record`, which a Kafka client has read."""
        return cls(
            record.topic,
            record.partition,
            record.offset,
            record.timestamp,
            record.key,
            record.value,
            list(record.headers),
        )

    def event(self) -> Any:
        """Return the event in the value.

        Raises an EnrichmentError, with the place of the record and the reason, when there is no valid event.
        """
        where = f"{self.topic} {self.partition}-{self.offset}"
        if self.value is None:
            raise Tombstone(f"{where}: the record has no value")
        model = event_type(self.topic)
        try:
            return model.model_validate_json(self.value)
        except ValidationError as error:
            reason = why_invalid(self.value, model.__name__, error)
            raise type(reason)(f"{where}: {reason}") from error


def subscribe(
    topic: str,
    *,
    bootstrap: str | None = None,
    beginning: bool = False,
    group: str | None = None,
    max_events: int | None = None,
    idle_seconds: float | None = None,
    settings: Settings | None = None,
) -> Subscription[Any]:
    """Return the events of `topic` as an iterator: CleanArticle for `news.clean`, and so on by its name.

    It starts with the next event that is published, or with the first that the topic holds if `beginning` is
    true. With a `group` it continues at the group's offset, and the members of the group share the
    partitions. An event counts as read when the next one is requested, so that an event whose handling failed
    comes again. It ends after `max_events`, or after `idle_seconds` without an event.

    `settings` say how to connect, to `bootstrap` instead of their broker if given. The environment is read
    only without `settings`, but for OTEL_* variables: where they ask for traces, the handling of each event
    is a span, the current one until the next event is requested.

    Raises BrokerError when the broker or the topic is missing, and an EnrichmentError for a record that is
    not such an event; the next request continues after that record.
    """
    event_type(topic)
    return Subscription(
        _connection(settings, bootstrap),
        topic,
        lambda record: EventRecord.of(record).event(),
        beginning=beginning,
        group=group,
        max_events=max_events,
        idle_seconds=idle_seconds,
        skip_tombstones=_is_compacted(topic),
        tracer=open_tracer(),
    )


def records(
    topic: str,
    *,
    bootstrap: str | None = None,
    beginning: bool = False,
    group: str | None = None,
    max_events: int | None = None,
    idle_seconds: float | None = None,
    tombstones: bool = False,
    settings: Settings | None = None,
) -> Subscription[EventRecord]:
    """Return what `subscribe` does as records, with key, bytes, headers, partition and offset.

    With `tombstones` also the records without a value, which tell on the topic of a label that an article no
    longer carries it.
    """
    return Subscription(
        _connection(settings, bootstrap),
        topic,
        EventRecord.of,
        beginning=beginning,
        group=group,
        max_events=max_events,
        idle_seconds=idle_seconds,
        skip_tombstones=_is_compacted(topic) and not tombstones,
        tracer=open_tracer(),
    )


def event_type(topic: str) -> type[ArticleEvent]:
    """Return the class of the events on `topic`, by its name."""
    parts = topic.split(".")
    if "labels" in parts[1:-1]:
        return EnrichedArticle
    if parts[-1] not in _EVENTS:
        raise WireroomError(
            f"{topic} carries no article events; choose a topic of a label, or one that ends in "
            f"{', '.join(_EVENTS)}"
        )
    return _EVENTS[parts[-1]]


def _connection(settings: Settings | None, bootstrap: str | None) -> Connection:
    return Connection.from_settings(settings or Settings(), bootstrap)


def _is_compacted(topic: str) -> bool:
    """Return True if `topic` keeps the latest record of each article, where no value means: not here now."""
    parts = topic.split(".")
    return "labels" in parts[1:-1] or parts[-1] in ("enriched", "stories")
