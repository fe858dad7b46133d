"""Reads the results that a stage has sent to a partition, fast enough to restore its state from them.

A consumer takes some 30 µs for each record. Here the values are cut out of the batches as they lie in the
log, without keys, headers and checksums, which takes a tenth of that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from kafka import KafkaAdminClient, TopicPartition

from streams.errors import BrokerError
from streams.kafka.admin import administer
from streams.kafka.batches import BatchReader, LogBatch
from streams.kafka.connection import Connection
from streams.kafka.offsets import ends_of, offset_at, partitions_of, starts_of

LATE_OFFSETS = 500  # at the end of a partition; among them are markers of transactions

_RECORDS = 61  # the place of the first record in a batch: https://kafka.apache.org/documentation/#recordbatch


class KafkaHistory:
    """The results on the topics of the broker at `connection`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def results(self, topic: str, partition: int, since: Callable[[bytes], int]) -> Iterator[bytes]:
        """Yield the committed values in `partition` of `topic`, up to its present end, in their order.

        `since` returns, for one of the last values, the time in milliseconds from which on values are wanted;
        the latest of these times counts. Raises BrokerError when the topic has no such partition, or the
        broker falls silent.
        """
        place = TopicPartition(topic, partition)
        with administer(self._connection) as admin:
            self._check(admin, place)
            start = starts_of(admin, [place])[place]
            # Not the last stable offset: what a predecessor has committed counts, even if it is that fresh.
            end = ends_of(admin, [place], "read_uncommitted")[place]
            reader = BatchReader(admin, self._connection.bootstrap)
            late = range(max(start, end - LATE_OFFSETS), end)
            times = [since(value) for batch in reader.read({place: late}) for value in values_of(batch)]
            if times:
                start = max(start, offset_at(admin, place, max(times)) or start)
            for batch in reader.read({place: range(start, end)}):
                yield from values_of(batch)

    def _check(self, admin: KafkaAdminClient, place: TopicPartition) -> None:
        partitions = partitions_of(admin, [place.topic], self._connection.bootstrap)
        if place not in partitions:
            raise BrokerError(
                f"{place.topic} has {len(partitions)} partitions and lacks number {place.partition}: "
                "set WIREROOM_STORY_PARTITIONS and add it with `wireroom topics create`"
            )


def values_since(
    admin: KafkaAdminClient, bootstrap: str, place: TopicPartition, since: datetime | None
) -> Iterator[bytes]:
    """Yield the committed values in `place` that were written from `since` on, up to its present end."""
    start, end = starts_of(admin, [place])[place], ends_of(admin, [place])[place]
    if since is not None:
        at = offset_at(admin, place, int(since.timestamp() * 1000))
        start = end if at is None else max(start, at)
    for batch in BatchReader(admin, bootstrap).read({place: range(start, end)}):
        yield from values_of(batch)


def values_of(batch: LogBatch) -> Iterator[bytes]:
    """Yield the values of `batch`, without those that are null."""
    if batch.is_compressed:
        yield from (record.value for record in batch.records() if record.value is not None)
        return
    content, at = batch.fetched, batch.begin + _RECORDS
    for _ in range(batch.count):
        size, at = _varint(content, at)
        following = at + size
        at += 1  # attributes
        for _ in range(2):  # timestamp and offset
            while content[at] & 0x80:
                at += 1
            at += 1
        key, at = _varint(content, at)
        size, at = _varint(content, at + max(key, 0))
        if size >= 0:
            yield content[at : at + size]
        at = following


def _varint(content: bytes, at: int) -> tuple[int, int]:
    """Return the number in `content` at `at`, in zigzag encoding, and the place behind it."""
    byte = content[at]
    at += 1
    number, shift = byte & 0x7F, 7
    while byte & 0x80:
        byte = content[at]
        at += 1
        number |= (byte & 0x7F) << shift
        shift += 7
    return (number >> 1) ^ -(number & 1), at
