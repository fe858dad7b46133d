"""The ends of topics and the lag of a group, on a real broker."""

from __future__ import annotations

from kafka import KafkaConsumer, KafkaProducer, OffsetAndMetadata, TopicPartition

from streams.kafka.offsets import end_offsets, lag


def test_the_lag_of_a_group_is_what_it_has_not_committed(wire):
    topic = wire.topics.raw
    first, second = TopicPartition(topic, 0), TopicPartition(topic, 1)
    with KafkaProducer(bootstrap_servers=wire.bootstrap) as producer:
        for partition in [0] * 5 + [1] * 3:
            producer.send(topic, b"value", partition=partition).get(timeout=20)
    consumer = KafkaConsumer(bootstrap_servers=wire.bootstrap, group_id=wire.group, enable_auto_commit=False)
    consumer.assign([first])
    consumer.commit({first: OffsetAndMetadata(4, "", -1)})
    consumer.close()

    ends = end_offsets(wire.connection, [topic])
    behind = lag(wire.connection, wire.group, [topic])

    assert (ends[first], ends[second]) == (5, 3)
    assert (behind[first], behind[second]) == (1, 3)
    assert set(behind) == {TopicPartition(topic, number) for number in range(4)}
