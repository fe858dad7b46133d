"""Read topics from where to where: for commands that go through what is there and then end."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from datetime import datetime

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from streams.errors import BrokerError
from streams.kafka.connect import broker_errors, connect, topic_missing

SILENCE_SECONDS = 30.0


class TopicReader:
    """Reads what is committed at BOOTSTRAP, one partition after the other; for one reading at a time.

    All that it does raises BrokerError when the broker or the topic is missing.
    """

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self._counts: dict[str, int] = {}
        self._consumer = connect(
            KafkaConsumer,
            bootstrap,
            isolation_level="read_committed",
            enable_auto_commit=False,
            allow_auto_create_topics=False,
            auto_offset_reset="earliest",
        )

    def close(self) -> None:
        """Leave the broker."""
        self._consumer.close(autocommit=False)

    def partition_count(self, topic: str) -> int:
        """How many partitions TOPIC has; 0 when it does not exist. Asked once."""
        if topic not in self._counts:
            with broker_errors(self.bootstrap):
                self._counts[topic] = len(self._consumer.partitions_for_topic(topic) or ())
        return self._counts[topic]

    def partitions(self, topic: str) -> list[TopicPartition]:
        """The partitions of TOPIC in their order."""
        with broker_errors(self.bootstrap):
            numbers = self._consumer.partitions_for_topic(topic)
        if not numbers:
            raise topic_missing(topic, self.bootstrap)
        return [TopicPartition(topic, number) for number in sorted(numbers)]

    def starts(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """The first offset that each of PARTITIONS still holds."""
        with broker_errors(self.bootstrap):
            return dict(self._consumer.beginning_offsets(list(partitions)))

    def ends(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """The offset after what is committed in each of PARTITIONS."""
        with broker_errors(self.bootstrap):
            return dict(self._consumer.end_offsets(list(partitions)))

    def offsets_at(self, partitions: Iterable[TopicPartition], since: datetime) -> dict[TopicPartition, int]:
        """The first offset in each of PARTITIONS with a timestamp of SINCE or later; the end without one."""
        milliseconds = int(since.timestamp() * 1000)
        ends = self.ends(partitions)
        with broker_errors(self.bootstrap):
            found = self._consumer.offsets_for_times(dict.fromkeys(ends, milliseconds))
        return {
            partition: found[partition].offset if found.get(partition) else end
            for partition, end in ends.items()
        }

    def read(self, topic: str) -> Iterator[ConsumerRecord]:
        """The records of TOPIC by partition and offset, up to the end that it has now."""
        ends = self.ends(self.partitions(topic))  # of all before the first is read: nothing of later
        for partition, end in ends.items():
            yield from self.read_partition(partition, 0, end)

    def read_partition(self, partition: TopicPartition, start: int, end: int) -> Iterator[ConsumerRecord]:
        """The records of PARTITION from START to before END."""
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
