"""The true lag of a group: the records that it can read and has not committed. An idle group has none.

The difference of two offsets is no lag. Each transaction ends with a marker, which has an offset and which no
reader sees, so on a topic that is written in transactions that difference seldom becomes 0. Records of
aborted transactions, and gaps that compaction left, count there too. So the batches are counted by their
headers (batches.py), up to the last stable offset.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kafka import KafkaAdminClient, TopicPartition

from streams.kafka.admin import administer
from streams.kafka.batches import BatchReader, LogBatch
from streams.kafka.connection import Connection
from streams.kafka.offsets import commits_of, ends_of, partitions_of, starts_of

COUNTED_BYTES = 8 * 2**20  # of a partition; of what lies behind them, the count is estimated


@dataclass(frozen=True)
class Count:
    """The number of records in a range of offsets; `oldest` is the time of the first, in milliseconds."""

    records: int = 0
    is_exact: bool = True
    oldest: int | None = None


@dataclass(frozen=True)
class PartitionLag:
    """How far a group is behind in one partition.

    `committed` is None if the group has committed nothing there; then all records wait. `end` is the last
    stable offset: no reader of committed records comes further. `oldest` is the time of the first record that
    waits, in milliseconds since the epoch.
    """

    partition: TopicPartition
    records: int
    is_exact: bool
    oldest: int | None
    committed: int | None
    end: int


def lag(connection: Connection, group: str, names: Iterable[str]) -> list[PartitionLag]:
    """Return the lag of `group` in each partition of the topics called `names`, sorted by partition.

    A lag is exact unless the records that wait are larger than `COUNTED_BYTES`. Raises BrokerError when the
    broker or a topic is missing.
    """
    with administer(connection) as admin:
        partitions = partitions_of(admin, names, connection.bootstrap)
        commits = commits_of(admin, group, partitions)
        starts, ends = starts_of(admin, partitions), ends_of(admin, partitions)
        waiting = {}
        for partition in partitions:
            commit = commits.get(partition)
            first = starts[partition] if commit is None else max(starts[partition], commit.offset)
            waiting[partition] = range(first, ends[partition])
        counts = count_records(admin, waiting, connection.bootstrap)
    return [
        PartitionLag(
            partition,
            counts[partition].records,
            counts[partition].is_exact,
            counts[partition].oldest,
            commits[partition].offset if partition in commits else None,
            ends[partition],
        )
        for partition in partitions
    ]


def count_records(
    admin: KafkaAdminClient, ranges: Mapping[TopicPartition, range], bootstrap: str
) -> dict[TopicPartition, Count]:
    """Return how many committed records each range of offsets has."""
    reader = BatchReader(admin, bootstrap)
    counted = dict.fromkeys(ranges, 0)
    oldest: dict[TopicPartition, int] = {}
    for batch in reader.read(ranges, max_bytes=COUNTED_BYTES):
        if records := _count_within(batch, ranges[batch.partition]):
            counted[batch.partition] += records
            oldest.setdefault(batch.partition, batch.first_timestamp)
    return {
        partition: _extrapolated(
            counted[partition], offsets, reader.positions[partition], oldest.get(partition)
        )
        for partition, offsets in ranges.items()
    }


def _count_within(batch: LogBatch, offsets: range) -> int:
    """Return how many records of `batch` are within `offsets`; decode it only if its header does not tell."""
    first, last = max(batch.first_offset, offsets.start), min(batch.last_offset, offsets.stop - 1)
    if (first, last) == (batch.first_offset, batch.last_offset):
        return batch.count
    if batch.count == batch.last_offset - batch.first_offset + 1:
        return last - first + 1
    return sum(record.offset in offsets for record in batch.records())


def _extrapolated(records: int, offsets: range, position: int, oldest: int | None) -> Count:
    """Return the count of `offsets`, of which those before `position` have `records`."""
    if position >= offsets.stop:
        return Count(records, True, oldest)
    share = records / (position - offsets.start) if position > offsets.start else 1.0
    return Count(records + round(share * (offsets.stop - position)), False, oldest)
