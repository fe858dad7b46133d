"""An open reader of one topic, with or without a consumer group, as an iterator of committed records."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Generic, Self, TypeVar

from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.errors import CommitFailedError, RebalanceInProgressError

from streams.errors import EnrichmentError
from streams.kafka.connection import Connection, broker_errors, connect, topic_missing
from streams.records import Record
from streams.tracing.interface import Handling, Tracer

T = TypeVar("T")

POLL_SECONDS = 1.0
COMMIT_SECONDS = 1.0
JOIN_SECONDS = 10.0  # how long a new member of a group waits for a partition before it starts without
METADATA_MS = 30_000  # how long an added partition can go unnoticed


class Subscription(Iterator[T], Generic[T]):
    """Yields what `read` returns for each record of `topic`, and closes the reader as a context manager.

    Records without a value are skipped if `skip_tombstones` is true. `tracer` makes a span of the time from
    one request to the next, in which the record is handled.
    """

    def __init__(
        self,
        connection: Connection,
        topic: str,
        read: Callable[[Record], T],
        *,
        beginning: bool,
        group: str | None,
        max_events: int | None,
        idle_seconds: float | None,
        skip_tombstones: bool,
        tracer: Tracer | None = None,
    ) -> None:
        self.topic = topic
        self.bootstrap = connection.bootstrap
        self.group = group
        # Called about once a second while no record comes; False ends the subscription.
        self.go_on: Callable[[], bool] = lambda: True
        self._read = read
        self._skip_tombstones = skip_tombstones
        self._tracer = tracer or Tracer()
        self._handling = Handling()
        self._left = max_events
        self._idle_seconds = idle_seconds
        self._waiting: deque[Record] = deque()
        self._handed_out: Record | None = None
        self._uncommitted: dict[TopicPartition, OffsetAndMetadata] = {}
        self._committed_at = time.monotonic()
        self._closed = False
        self._consumer = _connect_consumer(connection, group, beginning=beginning)
        try:
            with broker_errors(self.bootstrap):
                self._start(beginning)
        except BaseException:
            self.close()
            raise

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        """Wait for the next record, and return what `read` returns for it."""
        self._handling.end()
        self._count_as_read()
        if self._closed or self._left == 0:
            self.close()
            raise StopIteration
        with broker_errors(self.bootstrap):
            while record := self._next_record():
                if record.value is not None or not self._skip_tombstones:
                    break
                self._handed_out = record
                self._count_as_read()
        if record is None:
            self.close()
            raise StopIteration
        if self._left is not None:
            self._left -= 1
        self._handed_out = record
        self._handling = self._tracer.handle(record, self.group)
        try:
            return self._read(record)
        except EnrichmentError as error:
            self._handling.end(error)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._handling.end(error)
        self.close()

    def close(self) -> None:
        """Commit what was read and leave the group; the record returned last does not count as read."""
        if self._closed:
            return
        self._closed = True
        self._handling.end()
        try:
            with broker_errors(self.bootstrap):
                self._commit()
        finally:
            self._consumer.close(autocommit=False)

    def _start(self, beginning: bool) -> None:
        """Fix the offsets to start from before the first request, so that no later record is missed."""
        if not self._consumer.partitions_for_topic(self.topic):
            raise topic_missing(self.topic, self.bootstrap)
        if self.group is not None:
            self._join()
            return
        partitions = self._assign_all()
        if beginning:
            self._consumer.seek_to_beginning(*partitions)
        else:
            self._consumer.seek_to_end(*partitions)
        for partition in partitions:
            self._consumer.position(partition)

    def _assign_all(self) -> list[TopicPartition]:
        """Read every partition of the topic, those added later from their first record."""
        numbers = self._consumer.partitions_for_topic(self.topic) or ()
        partitions = [TopicPartition(self.topic, number) for number in sorted(numbers)]
        if len(partitions) > len(self._consumer.assignment()):
            self._consumer.assign(partitions)
        return partitions

    def _join(self) -> None:
        """Join the group, and commit where it starts in partitions without an offset.

        So the group starts there even if this member fails before it has read a record.
        """
        self._consumer.subscribe([self.topic])
        deadline = time.monotonic() + JOIN_SECONDS
        while not self._consumer.assignment() and time.monotonic() < deadline:
            self._poll(0.1)
        first = {
            TopicPartition(record.topic, record.partition): record.offset
            for record in reversed(self._waiting)
        }
        for partition in self._consumer.assignment():
            if self._consumer.committed(partition) is None:
                offset = first[partition] if partition in first else self._consumer.position(partition)
                self._uncommitted[partition] = _offset(offset)
        self._commit()

    def _next_record(self) -> Record | None:
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
            self._assign_all()
        for batch in self._consumer.poll(timeout_ms=seconds * 1000).values():
            self._waiting.extend(batch)

    def _count_as_read(self) -> None:
        """Have the record returned last committed with the next commit of the group."""
        if self._handed_out is not None and self.group is not None:
            partition = TopicPartition(self._handed_out.topic, self._handed_out.partition)
            self._uncommitted[partition] = _offset(self._handed_out.offset + 1)
        self._handed_out = None

    def _commit(self) -> None:
        self._committed_at = time.monotonic()
        if not self._uncommitted:
            return
        offsets, self._uncommitted = self._uncommitted, {}
        # Another member owns the partition now, and reads these records again.
        with contextlib.suppress(CommitFailedError, RebalanceInProgressError):
            self._consumer.commit(offsets)


def _connect_consumer(connection: Connection, group: str | None, *, beginning: bool) -> KafkaConsumer:
    return connect(
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


def _offset(offset: int) -> OffsetAndMetadata:
    return OffsetAndMetadata(offset, "", -1)
