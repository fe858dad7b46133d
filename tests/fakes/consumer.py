"""A kafka-python consumer of records in memory, with what the readers of topics need of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kafka import OffsetAndMetadata, TopicPartition

from tests.fakes.records import Copied


def record(offset: int, value: bytes | None = b"", partition: int = 0, topic: str = "news.clean") -> Copied:
    """Return a record whose timestamp is its offset, in seconds."""
    return Copied(topic, partition, offset, 1_000 * offset, b"a1", value, ())


class FakeConsumer:
    """Reads `log`; a partition ends behind its last record, or at its entry in `ends`.

    `commits` has the offsets of the group, and every request to commit is added to `committing`.
    """

    def __init__(self, log: Iterable[Copied], ends: dict[int, int] | None = None) -> None:
        self.log = sorted(log, key=lambda record: record[:3])
        self.partitions = sorted({TopicPartition(record.topic, record.partition) for record in self.log})
        self.ends = ends or {}
        self.positions: dict[TopicPartition, int] = {}
        self.commits: dict[TopicPartition, int] = {}
        self.committing: list[dict[TopicPartition, int]] = []
        self.is_closed = False

    def partitions_for_topic(self, topic: str) -> set[int] | None:
        return {partition.partition for partition in self.partitions if partition.topic == topic} or None

    def beginning_offsets(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return {partition: min(record.offset for record in self._of(partition)) for partition in partitions}

    def end_offsets(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return {
            partition: self.ends.get(partition.partition, self._of(partition)[-1].offset + 1)
            for partition in partitions
        }

    def offsets_for_times(self, times: dict[TopicPartition, int]) -> dict[TopicPartition, Any]:
        later = {
            partition: [record for record in self._of(partition) if record.timestamp >= time]
            for partition, time in times.items()
        }
        return {partition: records[0] if records else None for partition, records in later.items()}

    def assign(self, partitions: Sequence[TopicPartition]) -> None:
        self.positions = {partition: self.positions.get(partition, 0) for partition in partitions}

    def subscribe(self, topics: Sequence[str]) -> None:
        mine = [partition for partition in self.partitions if partition.topic in topics]
        self.positions = {partition: self.commits.get(partition, 0) for partition in mine}

    def assignment(self) -> set[TopicPartition]:
        return set(self.positions)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.positions[partition] = offset

    def seek_to_beginning(self, *partitions: TopicPartition) -> None:
        self.positions |= self.beginning_offsets(partitions)

    def seek_to_end(self, *partitions: TopicPartition) -> None:
        self.positions |= self.end_offsets(partitions)

    def position(self, partition: TopicPartition) -> int:
        return self.positions[partition]

    def poll(self, timeout_ms: float) -> dict[TopicPartition, list[Copied]]:
        """Return the records from each position on, and go behind them and what follows without a record."""
        polled = {}
        for partition, position in self.positions.items():
            records = [record for record in self._of(partition) if record.offset >= position]
            if records:
                polled[partition] = records
            self.positions[partition] = max(position, self.end_offsets([partition])[partition])
        return polled

    def committed(self, partition: TopicPartition) -> int | None:
        return self.commits.get(partition)

    def commit(self, offsets: dict[TopicPartition, OffsetAndMetadata]) -> None:
        self.committing.append({partition: commit.offset for partition, commit in offsets.items()})
        self.commits |= self.committing[-1]

    def close(self, autocommit: bool) -> None:
        self.is_closed = True

    def _of(self, partition: TopicPartition) -> list[Copied]:
        return [record for record in self.log if record[:2] == partition]
