"""The readers that other broker tests rely on return the records of a topic, and fail if some are missing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest
from aiokafka import AIOKafkaProducer
from kafka import KafkaProducer
from kafka.consumer.fetcher import ConsumerRecord

from streams.kafka.admin import list_topics
from tests.broker.wire import Wire


def publish(wire: Wire, topic: str, keys: Sequence[bytes]) -> None:
    with KafkaProducer(bootstrap_servers=wire.bootstrap) as producer:
        for sent in [producer.send(topic, key=key, value=b"value of " + key) for key in keys]:
            sent.get(timeout=20)


async def transact(wire: Wire, topic: str, key: bytes, *, commit: bool) -> None:
    async with AIOKafkaProducer(bootstrap_servers=wire.bootstrap, transactional_id=wire.group) as producer:
        await producer.begin_transaction()
        await producer.send_and_wait(topic, key=key, value=b"in a transaction")
        await (producer.commit_transaction() if commit else producer.abort_transaction())


def test_each_test_has_its_own_topics(wire, labels):
    names = {state.name for state in list_topics(wire.connection, wire.prefix)}

    topics = wire.topics
    assert names == {*topics.flow(), topics.dead, topics.replays, *map(topics.label, labels)}


def test_a_record_is_found_by_its_key(wire, read_until: Callable[..., ConsumerRecord]):
    publish(wire, wire.topics.raw, [b"a", b"b", b"c"])

    assert read_until(wire.topics.raw, b"b").value == b"value of b"


def test_a_record_that_never_comes_fails_the_test_with_the_keys_that_came(wire, read_until):
    publish(wire, wire.topics.raw, [b"a"])

    with pytest.raises(AssertionError, match=r"has no b'missing' .* it has 1: \[b'a'\]"):
        read_until(wire.topics.raw, b"missing", timeout=1)


def test_too_few_records_fail_the_test(wire):
    publish(wire, wire.topics.raw, [b"a", b"b"])

    assert len(wire.read_count(wire.topics.raw, 2)) == 2
    with pytest.raises(AssertionError, match="has 2 of 3"):
        wire.read_count(wire.topics.raw, 3, timeout=1)


def test_all_records_are_read_up_to_the_end_in_order_of_offsets(wire, read_all):
    keys = [b"%d" % number for number in range(500)]
    publish(wire, wire.topics.raw, keys)

    records = read_all(wire.topics.raw)

    assert sorted(record.key for record in records) == sorted(keys)
    assert [(r.partition, r.offset) for r in records] == sorted((r.partition, r.offset) for r in records)


def test_an_empty_topic_reads_as_nothing(wire, read_all):
    assert read_all(wire.topics.raw) == []


def test_only_read_uncommitted_sees_aborted_records(wire, read_all):
    topic = wire.topics.clean
    asyncio.run(transact(wire, topic, b"kept", commit=True))
    asyncio.run(transact(wire, topic, b"dropped", commit=False))

    assert [record.key for record in read_all(topic)] == [b"kept"]
    assert {record.key for record in read_all(topic, "read_uncommitted")} == {b"kept", b"dropped"}
