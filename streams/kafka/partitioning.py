"""Which partition a key belongs to, as Kafka's own clients and our writers choose it."""

from __future__ import annotations

from kafka.partitioner.default import murmur2


def partition_of(key: bytes, count: int) -> int:
    """Return the partition of `key` on a topic with `count` partitions."""
    return int(murmur2(key) & 0x7FFFFFFF) % count
