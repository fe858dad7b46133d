"""A cluster loses the node that coordinates the transactions, then another: each article comes out once."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from streams.broker import EmbeddedBroker, EmbeddedCluster
from streams.kafka.admin import administer, create_topics
from streams.kafka.connection import Connection
from streams.provisioning import wire_topics
from streams.settings import Settings
from tests.broker.wire import Wire, wait_until
from tests.faults.flow import LABELS, draw_articles
from tests.faults.observer import PATIENCE, Run

pytestmark = [pytest.mark.fault, pytest.mark.broker, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCluster]:
    """Return three nodes that these tests may kill."""
    with EmbeddedCluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture
def run(cluster: EmbeddedCluster, begin: Callable[[Wire], Run], tmp_path: Path) -> Run:
    """Return a run on those nodes, with three replicas of each partition."""
    cluster.start()
    name = f"test-{tmp_path.parent.name}-{tmp_path.name}"[-40:]
    specs = wire_topics(Settings(topic_prefix=name, partitions=4), LABELS)
    create_topics(Connection(cluster.bootstrap), specs, replication=3)
    return begin(Wire(cluster.bootstrap, prefix=name, group=name))


def coordinator(cluster: EmbeddedCluster, group: str) -> EmbeddedBroker:
    """Return the node that coordinates the transactions of most lanes of `group`."""
    with administer(Connection(cluster.bootstrap)) as admin:
        listed = admin.list_transactions()
    lanes = {
        node: sum(transaction.transactional_id.startswith(f"{group}.") for transaction in transactions)
        for node, transactions in listed.items()
    }
    busiest = max(lanes, key=lambda node: lanes[node])
    assert lanes[busiest], f"no node knows a transaction of {group}"
    return next(broker for broker in cluster.brokers if broker.node == busiest)


def test_the_coordinator_is_killed_and_then_its_successor(
    cluster: EmbeddedCluster, run: Run, drawn: random.Random
):
    articles = draw_articles(drawn, 1500)
    run.publish(articles[:500], poison=10)
    for name in "ab":
        run.start(name)
    run.wait_for(0.2)
    for part in (articles[500:1000], articles[1000:]):
        leader = coordinator(cluster, run.wire.group)
        leader.kill()
        run.struck(f"coordinator {leader.node} killed")
        run.publish(part, poison=10)
        wait_until(lambda: run.is_done, "everything came out without it", PATIENCE)
        cluster.start()

    run.verify()


def test_two_of_three_nodes_killed_at_once_cost_no_article(
    cluster: EmbeddedCluster, run: Run, drawn: random.Random
):
    run.publish(draw_articles(drawn, 1000), poison=20)
    for name in "ab":
        run.start(name)
    run.wait_for(0.2)
    leader = coordinator(cluster, run.wire.group)
    another = drawn.choice([broker for broker in cluster.brokers if broker is not leader])
    leader.kill()
    another.kill()
    cluster.start()
    run.struck(f"nodes {leader.node} and {another.node} killed at once")

    run.verify()
