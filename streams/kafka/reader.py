"""Read a range of offsets of a topic: for commands that process what is there and then end."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from datetime import datetime

from kafka import KafkaConsumer, TopicPartition

from streams.errors import BrokerError
from streams.kafka.connection import Connection, broker_errors, connect, topic_missing
from streams.records import Record

SILENCE_SECONDS = 30.0


class TopicReader:
    """Reads committed records, one partition after another; not for two readings at the same time.

    Every method raises BrokerError when the broker or the topic is missing.
    """

    def __init__(self, connection: Connection) -> None:
        self.bootstrap = connection.bootstrap
        self._counts: dict[str, int] = {}
        self._consumer = connect(
            connection,
            KafkaConsumer,
            isolation_level="read_committed",
            enable_auto_commit=False,
            allow_auto_create_topics=False,
            auto_offset_reset="earliest",
        )

    def close(self) -> None:
        """Close the connections to the broker."""
        self._consumer.close(autocommit=False)

    def partition_count(self, topic: str) -> int:
        """Return how many partitions `topic` has; 0 when it does not exist. The broker is asked once."""
        if topic not in self._counts:
            with broker_errors(self.bootstrap):
                self._counts[topic] = len(self._consumer.partitions_for_topic(topic) or ())
        return self._counts[topic]

    def partitions(self, topic: str) -> list[TopicPartition]:
        """Return the partitions of `topic` in their order."""
        with broker_errors(self.bootstrap):
            numbers = self._consumer.partitions_for_topic(topic)
        if not numbers:
            raise topic_missing(topic, self.bootstrap)
        return [TopicPartition(topic, number) for number in sorted(numbers)]

    def starts(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """Return the first offset that each of `partitions` still holds."""
        with broker_errors(self.bootstrap):
            return dict(self._consumer.beginning_offsets(list(partitions)))

    def ends(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """Return the offset after the last committed record in each of `partitions`."""
        with broker_errors(self.bootstrap):
            return dict(self._consumer.end_offsets(list(partitions)))

    def offsets_at(self, partitions: Iterable[TopicPartition], since: datetime) -> dict[TopicPartition, int]:
        """Return the first offset in each of `partitions` whose record is of `since` or later.

        Without such a record, the end of the partition.
        """
        milliseconds = int(since.timestamp() * 1000)
        ends = self.ends(partitions)
        with broker_errors(self.bootstrap):
            found = self._consumer.offsets_for_times(dict.fromkeys(ends, milliseconds))
        return {
            partition: found[partition].offset if found.get(partition) else end
            for partition, end in ends.items()
        }

    def read(self, topic: str) -> Iterator[Record]:
        """Yield the records of `topic` by partition and offset, up to its end at the time of the call."""
        ends = self.ends(self.partitions(topic))  # all ends before the first read, for one moment in time
        for partition, end in ends.items():
            yield from self.read_partition(partition, 0, end)

    def read_partition(self, partition: TopicPartition, start: int, end: int) -> Iterator[Record]:
        """Yield the records of `partition` from offset `start` up to, and without, `end`."""
        with broker_errors(self.bootstrap):
            self._consumer.assign([partition])
            first = self._consumer.beginning_offsets([partition])[partition]
            self._consumer.seek(partition, max(first, start))
        heard = time.monotonic()
        while True:
            with broker_errors(self.bootstrap):
                if self._consumer.position(partition) >= end:
                    return
                polled = self._consumer.poll(timeout_ms=500).get(partition, [])
            for record in polled:
                if record.offset >= end:
                    return
                yield record
            if polled:
                heard = time.monotonic()
            elif time.monotonic() - heard > SILENCE_SECONDS:
                raise BrokerError(
                    f"the broker at {self.bootstrap} stopped answering while {partition.topic} was read"
                )
