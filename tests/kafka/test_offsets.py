"""The first and last offsets of topics, and the commits of a group, on a real broker."""

from __future__ import annotations

from kafka import KafkaConsumer, KafkaProducer, OffsetAndMetadata, TopicPartition

from streams.kafka.offsets import committed_offsets, end_offsets


def test_the_ends_of_a_topic_and_the_commits_of_a_group_are_told_by_partition(wire):
    topic = wire.topics.raw
    first = TopicPartition(topic, 0)
    with KafkaProducer(bootstrap_servers=wire.bootstrap) as producer:
        for partition in [0] * 5 + [1] * 3:
            producer.send(topic, b"value", partition=partition).get(timeout=20)
    consumer = KafkaConsumer(bootstrap_servers=wire.bootstrap, group_id=wire.group, enable_auto_commit=False)
    consumer.assign([first])
    consumer.commit({first: OffsetAndMetadata(4, "", -1)})
    consumer.close()

    ends = end_offsets(wire.connection, [topic])
    commits = committed_offsets(wire.connection, wire.group, list(ends))

    assert list(ends.values()) == [5, 3, 0, 0]
    assert {partition: commit.offset for partition, commit in commits.items()} == {first: 4}
