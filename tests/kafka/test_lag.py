"""The true lag counts what a group can read and has not finished: nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from kafka import KafkaAdminClient, OffsetAndMetadata, TopicPartition

from streams.errors import BrokerError
from streams.kafka import lag as lags
from streams.kafka.admin import administer
from streams.kafka.batches import LogBatch, LogRecord
from streams.kafka.lag import PartitionLag, lag
from tests.broker.wire import Wire
from tests.fakes.transactions import transactions


@pytest.fixture
def commit(wire: Wire) -> Callable[[int], None]:
    """Return `commit(offset)`, which commits an offset of the group in partition 0 of news.raw."""

    def commit_offset(offset: int) -> None:
        with administer(wire.connection) as admin:
            partition = TopicPartition(wire.topics.raw, 0)
            admin.alter_group_offsets(wire.group, {partition: OffsetAndMetadata(offset, "", -1)})

    return commit_offset


def lag_of(wire: Wire) -> PartitionLag:
    """Return the lag in partition 0 of news.raw."""
    first, *others = lag(wire.connection, wire.group, [wire.topics.raw])
    assert [each.records for each in others] == [0, 0, 0]
    return first


def test_a_group_that_has_finished_everything_has_no_lag_although_a_marker_follows(wire, commit):
    with transactions(wire.bootstrap) as writer:
        writer.commit(wire.topics.raw, [b"0", b"1"])
    commit(2)

    behind = lag_of(wire)

    assert (behind.records, behind.oldest) == (0, None)
    assert (behind.committed, behind.end) == (2, 3)


def test_only_records_that_can_be_read_wait(wire, commit):
    with transactions(wire.bootstrap) as writer:
        writer.commit(wire.topics.raw, [b"done"])
        writer.abort(wire.topics.raw, [b"never"] * 5)
        writer.commit(wire.topics.raw, [b"waits", b"waits"])
        writer.commit(wire.topics.raw, [b"waits"])
        writer.leave_open(wire.topics.raw, [b"open"] * 4)
        commit(1)

        behind = lag_of(wire)

    assert (behind.records, behind.is_exact) == (3, True)


def test_a_group_that_is_in_the_middle_of_a_batch_waits_for_the_rest(wire, commit):
    with transactions(wire.bootstrap, linger_ms=500) as writer:
        writer.commit(wire.topics.raw, [b"%d" % number for number in range(10)])
    commit(7)

    assert lag_of(wire).records == 3


def test_without_a_commit_every_record_that_is_still_held_waits(wire):
    with transactions(wire.bootstrap) as writer:
        for value in (b"0", b"1", b"2"):
            writer.commit(wire.topics.raw, [value])
    assert lag_of(wire).committed is None
    assert lag_of(wire).records == 3

    with administer(wire.connection) as admin:
        admin.delete_records({TopicPartition(wire.topics.raw, 0): 2})

    assert lag_of(wire).records == 2


def test_an_offset_that_retention_has_overtaken_counts_from_the_first_record(wire, commit):
    with transactions(wire.bootstrap) as writer:
        for value in (b"0", b"1", b"2"):
            writer.commit(wire.topics.raw, [value])
    commit(1)
    with administer(wire.connection) as admin:
        admin.delete_records({TopicPartition(wire.topics.raw, 0): 4})

    assert lag_of(wire).records == 1


def test_the_oldest_record_that_waits_tells_how_far_behind_the_group_is(wire, commit):
    with transactions(wire.bootstrap) as writer:
        writer.commit(wire.topics.raw, [b"done"])
        writer.commit(wire.topics.raw, [b"waits"])
    commit(2)
    record = wire.read_until(wire.topics.raw, b"key of waits")

    assert lag_of(wire).oldest == record.timestamp


def test_a_large_lag_is_estimated_by_the_share_of_records_among_the_offsets(wire, monkeypatch):
    monkeypatch.setattr(lags, "COUNTED_BYTES", 1_000)
    monkeypatch.setattr("streams.kafka.batches.PARTITION_BYTES", 1_000)
    with transactions(wire.bootstrap) as writer:
        for _ in range(20):
            writer.commit(wire.topics.raw, [b"x" * 300])

    behind = lag_of(wire)

    assert not behind.is_exact
    assert 15 <= behind.records <= 25


def test_where_compaction_left_gaps_the_records_are_counted_one_by_one(monkeypatch):
    partition = TopicPartition("news.raw", 0)
    batch = LogBatch(partition, 10, 19, 3, 0, False, b"", 0, 0)
    left = [LogRecord("news.raw", 0, offset, 0, b"k", b"v", []) for offset in (10, 14, 19)]
    monkeypatch.setattr(LogBatch, "records", lambda _: iter(left))

    counts = [
        lags._count_within(batch, range(start, stop))
        for start, stop in ((10, 20), (11, 20), (11, 19), (15, 19))
    ]

    assert counts == [3, 2, 1, 0]


def test_a_topic_that_is_missing_is_named(wire):
    absent = f"{wire.prefix}.absent"

    with pytest.raises(BrokerError) as error:
        lag(wire.connection, wire.group, [wire.topics.raw, absent])

    assert str(error.value) == (
        f"topic {absent} does not exist at {wire.bootstrap}: create it with `wireroom topics create`"
    )


def test_a_group_that_nobody_knows_has_not_committed(wire):
    assert [(each.records, each.committed) for each in lag(wire.connection, "nobody", [wire.topics.raw])] == [
        (0, None)
    ] * 4


def test_every_request_goes_through_one_client(wire, monkeypatch):
    clients = []

    class Counted(KafkaAdminClient):
        def __init__(self, **options: object) -> None:
            clients.append(self)
            super().__init__(**options)

    monkeypatch.setattr("streams.kafka.admin.KafkaAdminClient", Counted)

    lag(wire.connection, wire.group, [wire.topics.raw])

    assert len(clients) == 1
