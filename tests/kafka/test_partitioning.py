"""A key's partition is the one that every writer chooses."""

from __future__ import annotations

import pytest

from streams.kafka.partitioning import partition_of
from streams.worker.partition_writer import hash_of

# From UtilsTest.testMurmur2 of Apache Kafka.
HASHES = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}


@pytest.mark.parametrize("count", [1, 4, 7, 16])
@pytest.mark.parametrize("key", HASHES)
def test_readers_look_where_publishers_and_workers_write(key, count):
    partition = partition_of(key, count)

    assert partition == (HASHES[key] & 0x7FFFFFFF) % count
    assert partition == hash_of(key) % count
