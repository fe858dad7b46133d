"""A reader yields what a topic holds and then ends; the consumer is a fake."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from kafka import TopicPartition

from streams.errors import BrokerError
from streams.kafka import reader
from streams.kafka.connection import Connection
from streams.kafka.reader import TopicReader
from tests.fakes.consumer import FakeConsumer, record

FIRST, SECOND = TopicPartition("news.clean", 0), TopicPartition("news.clean", 1)


@pytest.fixture
def reading(monkeypatch) -> Callable[[FakeConsumer], TopicReader]:
    """Return a function that makes a reader on a consumer."""

    def make(consumer: FakeConsumer) -> TopicReader:
        monkeypatch.setattr(reader, "connect", lambda *_, **__: consumer)
        return TopicReader(Connection("own.example:9092"))

    return make


def test_records_come_by_partition_and_offset(reading):
    log = [record(7, partition=1), record(3), record(4), record(6, partition=1)]

    read = [(each.partition, each.offset) for each in reading(FakeConsumer(log)).read("news.clean")]

    assert read == [(0, 3), (0, 4), (1, 6), (1, 7)]


def test_a_reading_ends_at_the_end_although_a_transaction_marker_is_the_last(reading):
    consumer = FakeConsumer([record(0), record(1)], ends={0: 3})

    assert [each.offset for each in reading(consumer).read("news.clean")] == [0, 1]


def test_what_is_published_during_a_reading_is_left_out(reading):
    topic = reading(FakeConsumer([record(offset) for offset in range(5)]))

    assert [each.offset for each in topic.read_partition(FIRST, 1, 3)] == [1, 2]


def test_a_reading_starts_with_the_first_record_that_is_still_there(reading):
    topic = reading(FakeConsumer([record(3), record(4)]))

    assert topic.starts([FIRST]) == {FIRST: 3}
    assert [each.offset for each in topic.read_partition(FIRST, 0, 5)] == [3, 4]


def test_a_time_is_the_first_offset_since_then_or_the_end(reading):
    topic = reading(FakeConsumer([record(3), record(4), record(6), record(1, partition=1)]))

    assert topic.offsets_at([FIRST, SECOND], datetime.fromtimestamp(5, UTC)) == {FIRST: 6, SECOND: 2}


def test_a_missing_topic_has_no_partitions_and_is_named(reading):
    topic = reading(FakeConsumer([record(0)]))

    assert (topic.partition_count("news.clean"), topic.partition_count("absent.clean")) == (1, 0)
    with pytest.raises(BrokerError, match=r"topic absent.clean does not exist at own.example:9092"):
        list(topic.read("absent.clean"))


def test_a_broker_that_falls_silent_ends_the_reading_with_an_error(reading, monkeypatch):
    monkeypatch.setattr(reader, "SILENCE_SECONDS", -1)
    consumer = FakeConsumer([record(0)], ends={0: 9})
    monkeypatch.setattr(consumer, "poll", lambda **_: {})

    with pytest.raises(BrokerError, match=r"own.example:9092 stopped answering while news.clean was read"):
        list(reading(consumer).read("news.clean"))
