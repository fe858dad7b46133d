"""Offsets on a broker: the first and last ones of partitions, and the commits of consumer groups."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any

from kafka import IsolationLevel, KafkaAdminClient, OffsetSpec, TopicPartition
from kafka.errors import NoError, RetriableError, UnknownTopicOrPartitionError, for_code

from streams.kafka.admin import REQUEST_MS, administer
from streams.kafka.connection import Connection, topic_missing

ISOLATION = {
    "read_committed": IsolationLevel.READ_COMMITTED,
    "read_uncommitted": IsolationLevel.READ_UNCOMMITTED,
}


def end_offsets(
    connection: Connection, names: Iterable[str], isolation: str = "read_committed"
) -> dict[TopicPartition, int]:
    """Return the offset after the last record of each partition of the topics called `names`.

    `read_committed` stops at the first open transaction, `read_uncommitted` at the high watermark. Both count
    the markers that end transactions, which no reader sees.
    """
    with administer(connection) as admin:
        return ends_of(admin, partitions_of(admin, names, connection.bootstrap), isolation)


def committed_offsets(
    connection: Connection, group: str, partitions: Sequence[TopicPartition]
) -> dict[TopicPartition, Any]:
    """Return the commits of `group` in those of `partitions` that have one, with `offset` and `metadata`."""
    with administer(connection) as admin:
        return commits_of(admin, group, partitions)


def commits_of(
    admin: KafkaAdminClient, group: str, partitions: Sequence[TopicPartition]
) -> dict[TopicPartition, Any]:
    """Return what `committed_offsets` does.

    It retries, because a new broker takes a moment to find its coordinator.
    """
    deadline = time.monotonic() + REQUEST_MS / 1000
    while True:
        try:
            commits = admin.list_group_offsets({group: partitions}).get(group, {})
            return {p: commits[p] for p in partitions if p in commits and commits[p].offset >= 0}
        except RetriableError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def partitions_of(admin: KafkaAdminClient, names: Iterable[str], bootstrap: str) -> list[TopicPartition]:
    """Return the partitions of the topics called `names`, sorted; raise BrokerError if a topic is missing."""
    names = list(names)
    partitions = []
    for topic in admin.describe_topics(names) if names else ():
        error = for_code(topic["error_code"])
        if error is UnknownTopicOrPartitionError:
            raise topic_missing(topic["name"], bootstrap)
        if error is not NoError:
            raise error(topic["name"])
        partitions += [
            TopicPartition(topic["name"], partition["partition_index"]) for partition in topic["partitions"]
        ]
    return sorted(partitions)


def starts_of(admin: KafkaAdminClient, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
    """Return the first offset that each of `partitions` still holds."""
    return _offsets(admin, partitions, OffsetSpec.EARLIEST, "read_uncommitted")


def ends_of(
    admin: KafkaAdminClient, partitions: Iterable[TopicPartition], isolation: str = "read_committed"
) -> dict[TopicPartition, int]:
    """Return the offset after the last record of each of `partitions`; see `end_offsets`."""
    return _offsets(admin, partitions, OffsetSpec.LATEST, isolation)


def offsets_at(
    admin: KafkaAdminClient, partitions: Iterable[TopicPartition], milliseconds: int
) -> dict[TopicPartition, int | None]:
    """Return the first offset of each partition whose record is at least as late as `milliseconds`.

    It is None where no record is that late.
    """
    times = dict.fromkeys(partitions, max(0, milliseconds))
    found = admin.list_partition_offsets(times) if times else {}
    offsets = {partition: found[partition].offset for partition in times}
    return {
        partition: int(offset) if offset is not None and offset >= 0 else None
        for partition, offset in offsets.items()
    }


def offset_at(admin: KafkaAdminClient, partition: TopicPartition, milliseconds: int) -> int | None:
    """Return what `offsets_at` does, of one partition."""
    return offsets_at(admin, [partition], milliseconds)[partition]


def _offsets(
    admin: KafkaAdminClient, partitions: Iterable[TopicPartition], spec: Any, isolation: str
) -> dict[TopicPartition, int]:
    specs = dict.fromkeys(partitions, spec)
    if not specs:
        return {}
    offsets = admin.list_partition_offsets(specs, isolation_level=ISOLATION[isolation])
    return {partition: offsets[partition].offset for partition in sorted(offsets)}
