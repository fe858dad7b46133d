"""What a state is restored from: the committed results of one partition, and no more than matters."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from kafka import KafkaProducer, TopicPartition
from kafka.structs import TopicPartition as Place

from streams.errors import BrokerError
from streams.kafka import history
from streams.kafka.admin import administer
from streams.kafka.batches import BatchReader
from streams.kafka.history import KafkaHistory, values_of, values_since
from streams.kafka.offsets import ends_of
from tests.broker.wire import Wire
from tests.fakes.transactions import transactions

ALL = 0


def everything(_: bytes) -> int:
    return ALL


def test_the_committed_values_come_in_their_order(wire: Wire):
    topic = wire.topics.clean
    with transactions(wire.bootstrap) as writer:
        writer.commit(topic, [b"1", b"2"], partition=2)
        writer.abort(topic, [b"aborted"], partition=2)
        writer.commit(topic, [b"3"], partition=2)
        writer.commit(topic, [b"elsewhere"], partition=1)

    assert list(KafkaHistory(wire.connection).results(topic, 2, everything)) == [b"1", b"2", b"3"]
    assert list(KafkaHistory(wire.connection).results(topic, 0, everything)) == []


def test_a_partition_that_is_not_there_is_named(wire: Wire):
    with pytest.raises(BrokerError, match=r"lacks number 9.*topics create"):
        list(KafkaHistory(wire.connection).results(wire.topics.stories, 9, everything))


def test_values_from_before_the_time_that_the_late_ones_tell_are_not_read(wire: Wire, monkeypatch):
    monkeypatch.setattr(history, "LATE_OFFSETS", 2)
    topic, hour = wire.topics.clean, 3_600_000
    now = int(time.time() * 1000) - 10 * hour
    producer = KafkaProducer(bootstrap_servers=wire.bootstrap)
    for number in range(10):
        producer.send(topic, b"%d" % number, partition=0, timestamp_ms=now + number * hour).get(30)
    producer.close()
    asked: list[bytes] = []

    def since(value: bytes) -> int:
        asked.append(value)
        return now + (int(value) - 3) * hour

    read = list(KafkaHistory(wire.connection).results(topic, 0, since))

    assert asked == [b"8", b"9"]
    assert read == [b"6", b"7", b"8", b"9"]
    with administer(wire.connection) as admin:
        moment = datetime.fromtimestamp(now / 1000, UTC) + timedelta(hours=7.5)
        late = list(values_since(admin, wire.bootstrap, Place(topic, 0), moment))
        none = list(values_since(admin, wire.bootstrap, Place(topic, 0), moment + timedelta(days=9)))
    assert (late, none) == ([b"8", b"9"], [])


@pytest.mark.parametrize("compression", [None, "gzip"])
def test_values_are_cut_out_of_a_batch_as_a_consumer_decodes_them(wire: Wire, compression):
    topic = wire.topics.raw
    producer = KafkaProducer(bootstrap_servers=wire.bootstrap, compression_type=compression, linger_ms=50)
    values = [b"", b"x" * 63, b"y" * 64, b"z" * 20_000, None, "é".encode()]
    headers = [[], [("a", b"1")], [("a", b"2"), ("b", b"3" * 200)]]
    for number in range(60):
        key = [None, b"", b"k" * 100][number % 3]
        producer.send(topic, values[number % 6], key=key, headers=headers[number % 3], partition=1)
    producer.close()
    place = TopicPartition(topic, 1)

    with administer(wire.connection) as admin:
        batches = list(
            BatchReader(admin, wire.bootstrap).read({place: range(ends_of(admin, [place])[place])})
        )

    cut = [value for batch in batches for value in values_of(batch)]
    decoded = [record.value for batch in batches for record in batch.records()]
    assert len(decoded) == 60
    assert cut == [value for value in decoded if value is not None]
