"""Subscribe to a topic: `for article in subscribe("news.labels.climate"): ...` yields typed events.

A subscription reads committed records only, so that every article of the wire comes exactly once.
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.errors import CommitFailedError, RebalanceInProgressError
from pydantic import ValidationError

from streams.errors import Tombstone, WireroomError
from streams.events import ArticleEvent, CleanArticle, EnrichedArticle, RawArticle, TaggedArticle
from streams.headers import Header
from streams.kafka.connection import Connection, broker_errors, connect, topic_missing
from streams.settings import Settings
from streams.stage import why_invalid

T = TypeVar("T")

POLL_SECONDS = 1.0
COMMIT_SECONDS = 1.0
JOIN_SECONDS = 10.0  # how long a new member of a group waits for a partition before it starts without
METADATA_MS = 30_000  # how long an added partition can go unnoticed

_EVENTS: dict[str, type[ArticleEvent]] = {
    "raw": RawArticle,
    "clean": CleanArticle,
    "tagged": TaggedArticle,
    "enriched": EnrichedArticle,
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
    only without `settings`.

    Raises BrokerError when the broker or the topic is missing, and an EnrichmentError for a record that is
    not such an event; the next request continues after that record.
    """
    event_type(topic)
    return Subscription(
        topic,
        EventRecord.event,
        _connection(settings, bootstrap),
        beginning=beginning,
        group=group,
        max_events=max_events,
        idle_seconds=idle_seconds,
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
        topic,
        lambda record: record,
        _connection(settings, bootstrap),
        beginning=beginning,
        group=group,
        max_events=max_events,
        idle_seconds=idle_seconds,
        tombstones=tombstones,
    )


def event_type(topic: str) -> type[ArticleEvent]:
    """Return the class of the events on `topic`, by its name."""
    parts = topic.split(".")
    if "labels" in parts[1:-1]:
        return EnrichedArticle
    if parts[-1] not in _EVENTS:
        raise WireroomError(f"{topic} carries no article events; those that do end in {', '.join(_EVENTS)}")
    return _EVENTS[parts[-1]]


def _connection(settings: Settings | None, bootstrap: str | None) -> Connection:
    return Connection.from_settings(settings or Settings(), bootstrap)


def _is_compacted(topic: str) -> bool:
    """Return True if `topic` keeps the latest record of each article, where no value means: not here now."""
    parts = topic.split(".")
    return "labels" in parts[1:-1] or parts[-1] == "enriched"


class Subscription(Iterator[T], Generic[T]):
    """An open reader of one topic; an iterator, and a context manager that closes it."""

    def __init__(
        self,
        topic: str,
        read: Callable[[EventRecord], T],
        connection: Connection,
        *,
        beginning: bool,
        group: str | None,
        max_events: int | None,
        idle_seconds: float | None,
        tombstones: bool = False,
    ) -> None:
        self.topic = topic
        self.bootstrap = connection.bootstrap
        self.group = group
        # Called about once a second while no record comes; False ends the subscription.
        self.go_on: Callable[[], bool] = lambda: True
        self._read = read
        self._passes_over_tombstones = _is_compacted(topic) and not tombstones
        self._left = max_events
        self._idle_seconds = idle_seconds
        self._waiting: deque[Any] = deque()
        self._handed_out: Any = None
        self._done: dict[TopicPartition, OffsetAndMetadata] = {}
        self._committed_at = time.monotonic()
        self._closed = False
        self._consumer = connect(
            connection,
            KafkaConsumer,
            group_id=group,
            isolation_level="read_committed",
            enable_auto_commit=False,
            allow_auto_create_topics=False,
            auto_offset_reset="earliest" if beginning or group is None else "latest",
            max_poll_records=100,
            metadata_max_age_ms=METADATA_MS,
        )
        try:
            with broker_errors(self.bootstrap):
                self._start(beginning)
        except BaseException:
            self.close()
            raise

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        """Wait for the next event, and return it."""
        self._finish_handed_out()
        if self._closed or self._left == 0:
            self.close()
            raise StopIteration
        with broker_errors(self.bootstrap):
            while record := self._next_record():
                if record.value is not None or not self._passes_over_tombstones:
                    break
                self._handed_out = record
                self._finish_handed_out()
        if record is None:
            self.close()
            raise StopIteration
        if self._left is not None:
            self._left -= 1
        self._handed_out = record
        return self._read(
            EventRecord(
                record.topic,
                record.partition,
                record.offset,
                record.timestamp,
                record.key,
                record.value,
                list(record.headers),
            )
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Commit what was read and leave the group; the event returned last does not count as read."""
        if self._closed:
            return
        self._closed = True
        try:
            with broker_errors(self.bootstrap):
                self._commit()
        finally:
            self._consumer.close(autocommit=False)

    def _start(self, beginning: bool) -> None:
        """Fix the offsets to start from before the first request, so that no later event is missed."""
        if not self._consumer.partitions_for_topic(self.topic):
            raise topic_missing(self.topic, self.bootstrap)
        if self.group is not None:
            self._join()
            return
        partitions = self._widen()
        if beginning:
            self._consumer.seek_to_beginning(*partitions)
        else:
            self._consumer.seek_to_end(*partitions)
        for partition in partitions:
            self._consumer.position(partition)

    def _widen(self) -> list[TopicPartition]:
        """Read every partition of the topic, those added later from their first record."""
        numbers = self._consumer.partitions_for_topic(self.topic) or ()
        partitions = [TopicPartition(self.topic, number) for number in sorted(numbers)]
        if len(partitions) > len(self._consumer.assignment()):
            self._consumer.assign(partitions)
        return partitions

    def _join(self) -> None:
        self._consumer.subscribe([self.topic])
        deadline = time.monotonic() + JOIN_SECONDS
        while not self._consumer.assignment() and time.monotonic() < deadline:
            self._poll(0.1)
        # A group without an offset starts here, even if this member fails before it has read a record.
        first = {TopicPartition(r.topic, r.partition): r.offset for r in reversed(self._waiting)}
        start = {
            partition: first.get(partition, self._consumer.position(partition))
            for partition in self._consumer.assignment()
            if self._consumer.committed(partition) is None
        }
        self._done.update({partition: _offset(start[partition]) for partition in start})
        self._commit()

    def _next_record(self) -> Any:
        deadline = time.monotonic() + self._idle_seconds if self._idle_seconds is not None else None
        if time.monotonic() - self._committed_at > COMMIT_SECONDS:
            self._commit()
        while not self._waiting:
            self._commit()  # a rebalance can only happen in a poll: all is committed by then
            left = POLL_SECONDS if deadline is None else min(POLL_SECONDS, deadline - time.monotonic())
            self._poll(max(left, 0))
            if self._waiting:
                break
            if not self.go_on() or (deadline is not None and time.monotonic() >= deadline):
                return None
        return self._waiting.popleft()

    def _poll(self, seconds: float) -> None:
        if self.group is None:
            self._widen()
        for batch in self._consumer.poll(timeout_ms=seconds * 1000).values():
            self._waiting.extend(batch)

    def _finish_handed_out(self) -> None:
        if self._handed_out is not None and self.group is not None:
            partition = TopicPartition(self._handed_out.topic, self._handed_out.partition)
            self._done[partition] = _offset(self._handed_out.offset + 1)
        self._handed_out = None

    def _commit(self) -> None:
        self._committed_at = time.monotonic()
        if not self._done:
            return
        done, self._done = self._done, {}
        # Another member owns the partition now, and reads these events again.
        with contextlib.suppress(CommitFailedError, RebalanceInProgressError):
            self._consumer.commit(done)


def _offset(offset: int) -> OffsetAndMetadata:
    return OffsetAndMetadata(offset, "", -1)
