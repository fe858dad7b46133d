"""Batches hold the records that a reader of committed records sees, and no others."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from kafka.errors import NotLeaderForPartitionError

from streams.errors import BrokerError
from streams.kafka import batches
from streams.kafka.admin import administer
from streams.kafka.batches import BatchReader
from streams.kafka.offsets import end_offsets
from tests.broker.wire import Wire
from tests.fakes.transactions import transactions

Place = tuple[int, int, bytes | None]


@pytest.fixture
def admin(wire: Wire) -> Iterator[KafkaAdminClient]:
    with administer(wire.connection) as client:
        yield client


@pytest.fixture
def read(wire: Wire, admin: KafkaAdminClient) -> Callable[..., list[Place]]:
    """Return `read({0: range(3, 9)})`: partition, offset and value of each record of news.raw there."""

    def read_ranges(ranges: dict[int, range] | None = None) -> list[Place]:
        if ranges is None:
            ranges = {
                p.partition: range(end) for p, end in end_offsets(wire.connection, [wire.topics.raw]).items()
            }
        wanted = {TopicPartition(wire.topics.raw, number): offsets for number, offsets in ranges.items()}
        reader = BatchReader(admin, wire.bootstrap)
        read = [record for batch in reader.read(wanted) for record in batch.records()]
        assert reader.positions == {partition: offsets.stop for partition, offsets in wanted.items()}
        return [(record.partition, record.offset, record.value) for record in read]

    return read_ranges


def publish(wire: Wire, values: list[bytes], partition: int = 0, **options: object) -> None:
    """Write `values` in one batch, without a transaction."""
    producer = KafkaProducer(bootstrap_servers=wire.bootstrap, linger_ms=1000, **options)
    for value in values:
        producer.send(wire.topics.raw, value, key=b"key of " + value, partition=partition)
    producer.close()


def test_markers_and_aborted_records_are_passed_over(wire, read):
    with transactions(wire.bootstrap) as writer, transactions(wire.bootstrap) as other:
        writer.commit(wire.topics.raw, [b"first"])
        writer.abort(wire.topics.raw, [b"never", b"never"])
        other.leave_open(wire.topics.raw, [b"between"])
        writer.abort(wire.topics.raw, [b"never"])
        other._producer.commit_transaction()
        writer.commit(wire.topics.raw, [b"last"])

        values = [value for _, _, value in read()]

    assert values == [b"first", b"between", b"last"]


def test_what_an_open_transaction_has_written_is_not_read(wire, read):
    with transactions(wire.bootstrap) as writer:
        writer.commit(wire.topics.raw, [b"first"])
        writer.leave_open(wire.topics.raw, [b"open"])

        assert read() == [(0, 0, b"first")]


def test_a_key_is_found_without_decoding_the_other_batches(wire, admin):
    publish(wire, [b"a", b"b"])
    publish(wire, [b"the key of b", b"c"])

    first, second = BatchReader(admin, wire.bootstrap).read({TopicPartition(wire.topics.raw, 0): range(4)})

    assert [batch.may_have(b"key of b") for batch in (first, second)] == [True, False]
    assert not first.may_have(b"key of")  # the beginning of a key is another key
    assert [record.key for record in second.records()] == [b"key of the key of b", b"key of c"]


def test_only_the_batches_with_a_wanted_key_come(wire, admin):
    publish(wire, [b"a", b"b"])
    publish(wire, [b"c"])
    publish(wire, [b"d"], partition=1)
    reader = BatchReader(admin, wire.bootstrap)
    ranges = {TopicPartition(wire.topics.raw, number): range(3 - 2 * number) for number in range(2)}

    found = {
        keys: [batch.first_offset for batch in reader.read(ranges, keys=keys)]
        for keys in [(b"key of b",), (b"key of a", b"key of c"), (b"key of",), ()]
    }

    assert found == {(b"key of b",): [0], (b"key of a", b"key of c"): [0, 2], (b"key of",): [], (): []}
    assert reader.positions == {partition: offsets.stop for partition, offsets in ranges.items()}


def test_a_compressed_batch_comes_whatever_the_key(wire, admin):
    publish(wire, [b"a" * 1_000, b"b" * 1_000], compression_type="gzip")
    place = TopicPartition(wire.topics.raw, 0)

    assert len(list(BatchReader(admin, wire.bootstrap).read({place: range(2)}, keys=[b"another"]))) == 1


def test_a_compressed_batch_may_have_any_key_and_is_decoded(wire, admin):
    publish(wire, [b"a" * 1_000, b"b" * 1_000], compression_type="gzip")

    (batch,) = BatchReader(admin, wire.bootstrap).read({TopicPartition(wire.topics.raw, 0): range(2)})

    assert batch.is_compressed
    assert batch.may_have(b"another key")
    assert [record.value for record in batch.records()] == [b"a" * 1_000, b"b" * 1_000]


def test_a_batch_that_reaches_into_the_range_comes_whole(wire, read):
    publish(wire, [b"0", b"1", b"2"])
    publish(wire, [b"3"])
    publish(wire, [b"4", b"5"])

    assert [offset for _, offset, _ in read({0: range(1, 4)})] == [0, 1, 2, 3]
    assert [offset for _, offset, _ in read({0: range(3, 4)})] == [3]
    assert read({0: range(3, 3)}) == []


def test_batches_that_are_larger_than_a_request_are_read_from_every_partition(wire, read, monkeypatch):
    monkeypatch.setattr(batches, "PARTITION_BYTES", 100)
    monkeypatch.setattr(batches, "REQUEST_BYTES", 100)
    for partition in range(4):
        for number in range(3):
            publish(wire, [b"%d" % number * 1_000], partition)

    records = read()

    assert sorted((partition, offset) for partition, offset, _ in records) == [
        (partition, offset) for partition in range(4) for offset in range(3)
    ]


def test_records_that_retention_has_removed_are_passed_over(wire, admin, read):
    for value in (b"0", b"1", b"2"):
        publish(wire, [value])
    admin.delete_records({TopicPartition(wire.topics.raw, 0): 2})

    assert read({0: range(3)}) == [(0, 2, b"2")]
    assert read({0: range(1)}) == []


def test_a_reading_with_a_limit_ends_early_and_tells_where(wire, admin):
    for number in range(9):
        publish(wire, [b"%d" % number * 1_000])
    partition = TopicPartition(wire.topics.raw, 0)
    reader = BatchReader(admin, wire.bootstrap)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "PARTITION_BYTES", 1_100)
        read = list(reader.read({partition: range(9)}, max_bytes=2_000))

    assert 1 <= len(read) < 9
    assert reader.positions == {partition: read[-1].last_offset + 1}


def test_of_empty_ranges_nothing_is_asked(wire, admin, monkeypatch):
    reader = BatchReader(admin, wire.bootstrap)
    asked: list[object] = []
    monkeypatch.setattr(reader, "_fetch", asked.append)

    assert list(reader.read({TopicPartition(wire.topics.raw, 0): range(3, 3)})) == []
    assert asked == []


def test_a_broker_that_falls_silent_ends_the_reading_with_an_error(wire, admin, monkeypatch):
    monkeypatch.setattr(batches, "SILENCE_SECONDS", 0)

    async def refuse(*_: object) -> None:
        raise NotLeaderForPartitionError

    reader = BatchReader(admin, wire.bootstrap)
    monkeypatch.setattr(reader, "_fetch_once", refuse)

    with pytest.raises(
        BrokerError, match=f"{wire.bootstrap} stopped answering while {wire.topics.raw} was read"
    ):
        list(reader.read({TopicPartition(wire.topics.raw, 0): range(1)}))


def test_a_reading_goes_on_after_a_change_of_leaders(wire, admin, monkeypatch):
    publish(wire, [b"value"])
    reader = BatchReader(admin, wire.bootstrap)
    fetch_once = reader._fetch_once
    refusals = [NotLeaderForPartitionError(), NotLeaderForPartitionError()]

    async def change_leaders_first(positions: dict[TopicPartition, int]) -> object:
        with contextlib.suppress(IndexError):
            raise refusals.pop()
        return await fetch_once(positions)

    monkeypatch.setattr(reader, "_fetch_once", change_leaders_first)

    (batch,) = reader.read({TopicPartition(wire.topics.raw, 0): range(1)})

    assert [record.value for record in batch.records()] == [b"value"]
    assert refusals == []
