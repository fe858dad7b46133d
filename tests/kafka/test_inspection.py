"""What a real broker tells an administrator of itself, of a group and of open transactions."""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.errors import NotLeaderForPartitionError

from streams.kafka.admin import administer
from streams.kafka.inspection import (
    Position,
    advertised_brokers,
    broker_config,
    clock_offset,
    inspect_cluster,
    inspect_group,
    inspect_partitions,
    inspect_positions,
    open_transactions,
)
from tests.broker.wire import Wire, wait_until
from tests.fakes.transactions import transactions


@pytest.fixture
def admin(wire: Wire) -> Iterator[KafkaAdminClient]:
    with administer(wire.connection) as client:
        yield client


def test_the_cluster_tells_its_brokers_their_addresses_and_settings(wire, admin):
    cluster = inspect_cluster(admin)

    assert [broker.address for broker in cluster.brokers] == [wire.bootstrap]
    assert [broker.is_fenced for broker in cluster.brokers] == [False]
    assert advertised_brokers(admin) == list(cluster.brokers)
    assert cluster.version.startswith("4.")
    assert broker_config(admin, cluster.brokers[0].node)["auto.create.topics.enable"] == "false"


def test_the_clock_of_a_broker_on_this_machine_is_ours(admin):
    assert clock_offset(admin) == 0
    assert clock_offset(admin, lambda: time.time() - 3600) == pytest.approx(3600, abs=60)
    assert clock_offset(admin, lambda: time.time() + 3600) == pytest.approx(-3600, abs=60)


@pytest.mark.parametrize(("told", "offset"), [(99, -1.0), (100, 0), (101, 0), (102, 0), (103.5, 1.5)])
def test_clocks_may_agree_within_the_time_of_the_question(told, offset):
    voters = [
        {"replica_id": 1, "last_fetch_timestamp": 7},
        {"replica_id": 2, "last_fetch_timestamp": told * 1000},
    ]
    quorum = {"topics": [{"partitions": [{"leader_id": 2, "current_voters": voters}]}]}
    admin: Any = SimpleNamespace(describe_metadata_quorum=lambda: quorum)
    times = iter([100.0, 102.0])

    assert clock_offset(admin, lambda: next(times)) == offset


def test_a_quorum_without_times_tells_no_clock():
    voters = [{"replica_id": 2}]
    quorum = {"topics": [{"partitions": [{"leader_id": 2, "current_voters": voters}]}]}
    admin: Any = SimpleNamespace(describe_metadata_quorum=lambda: quorum)

    assert clock_offset(admin) is None


def test_partitions_tell_their_leader_and_replicas(wire, admin):
    states = inspect_partitions(admin, [wire.topics.raw, wire.topics.clean])

    assert [state.partition for state in states] == [
        TopicPartition(topic, number) for topic in (wire.topics.clean, wire.topics.raw) for number in range(4)
    ]
    assert {(state.leader, state.replicas, state.in_sync) for state in states} == {(1, (1,), (1,))}
    assert inspect_partitions(admin, []) == []


def test_a_group_tells_its_members_and_their_partitions(wire, admin):
    consumer = KafkaConsumer(
        wire.topics.raw, bootstrap_servers=wire.bootstrap, group_id=wire.group, group_instance_id="desk"
    )
    try:
        wait_until(
            lambda: consumer.poll(timeout_ms=1000) or consumer.assignment(), "the consumer has partitions"
        )

        group = inspect_group(admin, wire.group)
    finally:
        consumer.close()

    (member,) = group.members
    assert (group.state, member.instance) == ("Stable", "desk")
    assert member.host
    assert member.partitions == {TopicPartition(wire.topics.raw, number) for number in range(4)}


def test_a_group_that_does_not_exist_is_dead(admin):
    group = inspect_group(admin, "nobody")

    assert (group.name, group.state, group.members) == ("nobody", "Dead", ())


def test_positions_tell_what_is_committed_held_stable_and_written(wire, admin):
    place, empty = TopicPartition(wire.topics.raw, 0), TopicPartition(wire.topics.raw, 1)
    with transactions(wire.bootstrap) as writer:
        for value in (b"0", b"1", b"2"):
            writer.commit(wire.topics.raw, [value])
        writer.leave_open(wire.topics.raw, [b"open", b"open"])
        admin.delete_records({place: 2})
        admin.alter_group_offsets(wire.group, {place: OffsetAndMetadata(3, "", -1)})

        positions = inspect_positions(admin, wire.group, [place, empty])

    assert positions == [Position(place, 3, 2, 6, 8), Position(empty, None, 0, 0, 0)]


def test_an_open_transaction_tells_its_id_its_begin_and_what_it_holds_up(wire, admin):
    places = [TopicPartition(wire.topics.raw, number) for number in range(2)]
    with transactions(wire.bootstrap) as writer:
        writer.commit(wire.topics.raw, [b"done"])
        before = time.time() * 1000
        writer.leave_open(wire.topics.raw, [b"open"])

        (found,) = open_transactions(admin, places)

    assert found.transactional_id == writer.transactional_id
    assert found.offsets == {places[0]: 2}
    assert before - 1000 <= found.since <= time.time() * 1000 + 1000


def test_a_partition_whose_leader_is_only_just_elected_is_asked_again():
    place = TopicPartition("news.raw", 0)
    producer = SimpleNamespace(producer_id=7, current_transaction_start_offset=40, last_timestamp=1_000)
    answers = iter([NotLeaderForPartitionError(), {place: SimpleNamespace(active_producers=[producer])}])

    def describe_producers(_partitions: object) -> object:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    admin: Any = SimpleNamespace(
        describe_producers=describe_producers,
        list_transactions=lambda **_: {},
        describe_transactions=lambda _: {},
    )

    assert [found.offsets for found in open_transactions(admin, [place])] == [{place: 40}]


def test_without_an_open_transaction_there_is_none(wire, admin):
    with transactions(wire.bootstrap) as writer:
        writer.commit(wire.topics.raw, [b"done"])

    # The broker answers a commit before it has written the marker.
    wait_until(
        lambda: open_transactions(admin, [TopicPartition(wire.topics.raw, 0)]) == [],
        "the transaction is over",
    )


def test_a_transaction_that_no_coordinator_shows_has_no_id_and_the_time_of_its_last_record():
    place = TopicPartition("news.raw", 0)
    producers = [
        SimpleNamespace(producer_id=7, current_transaction_start_offset=40, last_timestamp=1_000),
        SimpleNamespace(producer_id=8, current_transaction_start_offset=-1, last_timestamp=2_000),
    ]
    finished = SimpleNamespace(producer_id=7, transactional_id="a", state="CompleteCommit")
    admin: Any = SimpleNamespace(
        describe_producers=lambda _: {place: SimpleNamespace(active_producers=producers)},
        list_transactions=lambda **_: {1: [finished]},
        describe_transactions=lambda _: {},
    )

    (found,) = open_transactions(admin, [place])

    assert (found.transactional_id, found.producer, found.since) == (None, 7, 1_000)
    assert found.offsets == {place: 40}
