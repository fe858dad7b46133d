"""Offsets on a broker: the ends of topics, the commits of consumer groups, and their lag."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any

from kafka import IsolationLevel, KafkaAdminClient, OffsetSpec, TopicPartition
from kafka.errors import RetriableError, for_code

from streams.kafka.admin import REQUEST_MS, administer
from streams.kafka.connection import Connection

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
        return _ends(admin, names, isolation)


def lag(connection: Connection, group: str, names: Iterable[str]) -> dict[TopicPartition, int]:
    """Return how many offsets `group` is behind the committed end of each partition of the topics `names`.

    Transaction markers count: the lag on a topic that is written in transactions is seldom 0. Without a
    committed offset, the lag counts from the first record of the partition.
    """
    with administer(connection) as admin:
        ends = _ends(admin, names, "read_committed")
        starts = _offsets(admin, ends, OffsetSpec.EARLIEST, "read_uncommitted")
        committed = _committed(admin, group, list(ends))
        positions = {
            partition: committed[partition].offset if _has_offset(committed, partition) else starts[partition]
            for partition in ends
        }
        return {partition: max(0, end - positions[partition]) for partition, end in ends.items()}


def committed_offsets(
    connection: Connection, group: str, partitions: Sequence[TopicPartition]
) -> dict[TopicPartition, Any]:
    """Return the commits of `group` in those of `partitions` that have one, with `offset` and `metadata`."""
    with administer(connection) as admin:
        committed = _committed(admin, group, partitions)
    return {partition: committed[partition] for partition in partitions if _has_offset(committed, partition)}


def _committed(
    admin: KafkaAdminClient, group: str, partitions: Sequence[TopicPartition]
) -> dict[TopicPartition, Any]:
    """Return the commits of `group`; retry, because a new broker takes a moment to find its coordinator."""
    deadline = time.monotonic() + REQUEST_MS / 1000
    while True:
        try:
            committed: dict[TopicPartition, Any] = admin.list_group_offsets({group: partitions}).get(
                group, {}
            )
            return committed
        except RetriableError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _has_offset(committed: dict[TopicPartition, Any], partition: TopicPartition) -> bool:
    return partition in committed and committed[partition].offset >= 0


def _ends(admin: KafkaAdminClient, names: Iterable[str], isolation: str) -> dict[TopicPartition, int]:
    names = list(names)
    partitions = []
    for topic in admin.describe_topics(names) if names else ():
        if topic["error_code"] != 0:
            raise for_code(topic["error_code"])(topic["name"])
        partitions += [
            TopicPartition(topic["name"], partition["partition_index"]) for partition in topic["partitions"]
        ]
    return _offsets(admin, partitions, OffsetSpec.LATEST, isolation)


def _offsets(
    admin: KafkaAdminClient, partitions: Iterable[TopicPartition], spec: Any, isolation: str
) -> dict[TopicPartition, int]:
    specs = dict.fromkeys(partitions, spec)
    if not specs:
        return {}
    offsets = admin.list_partition_offsets(specs, isolation_level=ISOLATION[isolation])
    return {partition: offsets[partition].offset for partition in sorted(offsets)}
