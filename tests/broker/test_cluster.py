"""A cluster survives the loss of a node, and restarts crashed nodes without harm to transactions."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.broker import EmbeddedCluster
from streams.errors import BrokerError
from streams.kafka.admin import administer, create_topics
from streams.kafka.connection import Connection
from streams.topics import TopicSpec
from tests.broker.values import publish_values, read_values
from tests.broker.wire import wait_until
from tests.fakes.nodes import RecordingNode


def cluster_of(tmp_path: Path, *alive: set[int]) -> tuple[EmbeddedCluster, list[RecordingNode], list[str]]:
    """Return a cluster of three fake nodes that crashed, the nodes, and the list of their steps."""
    cluster, steps = EmbeddedCluster(tmp_path), list[str]()
    nodes = [RecordingNode(number, steps, alive) for number in (1, 2, 3)]
    cluster.brokers = nodes  # type: ignore[assignment]
    return cluster, nodes, steps


def test_crashed_nodes_start_again_once_a_survivor_counts_them_as_gone(tmp_path):
    cluster, nodes, steps = cluster_of(tmp_path, {1, 2, 3}, set(), {1, 3}, {1})
    nodes[0].running, nodes[0].has_crashed = True, False

    cluster.start()

    assert steps == [
        *("2 controller", "3 controller"),
        *["1 asked"] * 4,
        *("2 stopped", "3 stopped", "2 whole", "3 whole"),
    ]


def test_if_no_node_survives_the_log_of_the_active_controller_decides(tmp_path):
    cluster, _, steps = cluster_of(tmp_path)

    cluster.start()

    assert steps[:3] == ["1 controller", "2 controller", "3 controller"]
    assert {"2 read for 1", "2 read for 2", "2 read for 3"} < set(steps)
    assert steps[-6:] == ["1 stopped", "2 stopped", "3 stopped", "1 whole", "2 whole", "3 whole"]


def test_nodes_that_stopped_in_order_start_at_once(tmp_path):
    cluster, nodes, steps = cluster_of(tmp_path)
    for node in nodes:
        node.has_crashed = False

    cluster.start()

    assert steps == ["1 whole", "2 whole", "3 whole"]


def test_if_a_controller_does_not_start_no_node_is_left_running(tmp_path):
    cluster, nodes, _ = cluster_of(tmp_path)
    nodes[0].fails = True
    nodes[1].is_active = False

    with pytest.raises(BrokerError, match="out of memory"):
        cluster.start()

    assert not any(node.running for node in nodes)


def test_all_nodes_are_asked_to_stop_before_any_is_waited_for(tmp_path):
    cluster, _, steps = cluster_of(tmp_path)

    cluster.stop()

    assert steps == [
        *("1 asked to stop", "2 asked to stop", "3 asked to stop"),
        *("1 stopped", "2 stopped", "3 stopped"),
    ]


@pytest.mark.fault
@pytest.mark.broker
@pytest.mark.timeout(300)
def test_three_nodes_continue_without_one_of_them_and_take_it_back(tmp_path):
    with EmbeddedCluster(tmp_path) as cluster:
        create_topics(Connection(cluster.bootstrap), [TopicSpec("copies", 3, {})], replication=3)
        publish_values(cluster.bootstrap, "copies", [b"before"])

        cluster.brokers[0].kill()
        publish_values(cluster.bootstrap, "copies", [b"without"])
        assert sorted(read_values(cluster.bootstrap, "copies")) == [b"before", b"without"]

        cluster.start()
        wait_until(lambda: in_sync(cluster) == {3}, "every partition has three copies again")
        cluster.brokers[1].kill()
        publish_values(cluster.bootstrap, "copies", [b"after"])
        assert sorted(read_values(cluster.bootstrap, "copies")) == [b"after", b"before", b"without"]


def in_sync(cluster: EmbeddedCluster) -> set[int]:
    """Return the numbers of up-to-date copies that the partitions of `copies` have."""
    with administer(Connection(cluster.bootstrap)) as admin:
        (topic,) = admin.describe_topics(["copies"])
    return {len(partition["isr_nodes"]) for partition in topic["partitions"]}
