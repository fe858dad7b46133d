"""When the monitor says that the cluster is stable, from the answers of a fake admin client."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError

from streams.worker import cluster_monitor
from streams.worker.cluster_monitor import ClusterMonitor, ClusterUnstable

LED, LEADERLESS, SILENT = 1, -1, None


class FakeCluster:
    """Answers with one partition and its leader; without a leader set the answer never comes."""

    def __init__(self) -> None:
        self.leader: int | None = LED
        self.refuses: Exception | None = None
        self.refused = self.opened = self.closed = 0
        self.asked: list[list[str]] = []
        self.topics = ["news.raw", "news.labels.climate", "other.raw"]

    async def start(self) -> None:
        self.opened += 1
        if self.refuses:
            self.refused += 1
            raise self.refuses

    async def close(self) -> None:
        self.closed += 1

    async def list_topics(self) -> list[str]:
        return self.topics

    async def describe_topics(self, topics: list[str]) -> list[Any]:
        self.asked.append(topics)
        while self.leader is None:
            await asyncio.sleep(0.001)
        return [{"topic": topics[0], "partitions": [{"partition": 0, "leader": self.leader}]}]


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """Wait a fraction of the time."""
    for name in ("CHECK_SECONDS", "STALE_SECONDS", "SETTLE_SECONDS"):
        monkeypatch.setattr(cluster_monitor, name, getattr(cluster_monitor, name) / 40)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.001)


def run(scenario: Callable[[FakeCluster, ClusterMonitor], Awaitable[None]]) -> FakeCluster:
    """Run `scenario` once the monitor of a cluster has made its first check."""

    async def whole() -> FakeCluster:
        cluster = FakeCluster()
        monitor = ClusterMonitor(
            lambda: cluster,
            lambda topic: topic.startswith("news."),
        )
        monitor.start(lambda: ["news.raw", "news.labels.new"])
        try:
            await monitor.first_check()
            await scenario(cluster, monitor)
        finally:
            await monitor.stop()
        return cluster

    return asyncio.run(whole())


def test_the_cluster_is_stable_after_the_first_good_answer():
    async def scenario(_cluster, monitor):
        assert monitor.stable
        monitor.require_stable()

    run(scenario)


def test_before_the_first_answer_the_cluster_is_not_stable():
    monitor = ClusterMonitor(lambda: FakeCluster(), lambda _: True)

    with pytest.raises(ClusterUnstable):
        monitor.require_stable()


@pytest.mark.parametrize("leader", [LEADERLESS, SILENT])
def test_without_a_leader_or_an_answer_the_cluster_is_not_stable_until_all_was_well_for_a_while(leader):
    async def scenario(cluster, monitor):
        cluster.leader = leader
        await until(lambda: not monitor.stable)
        with pytest.raises(ClusterUnstable):
            monitor.require_stable()
        cluster.leader = LED
        led_since = time.monotonic()
        await until(lambda: monitor.stable)
        assert time.monotonic() - led_since >= cluster_monitor.SETTLE_SECONDS

    run(scenario)


def test_the_log_names_the_partition_without_a_leader_once(caplog):
    async def scenario(cluster, monitor):
        cluster.leader = LEADERLESS
        asked = len(cluster.asked)
        await until(lambda: len(cluster.asked) > asked + 2)
        assert not monitor.stable

    run(scenario)

    assert [(record.message, record.why) for record in caplog.records] == [
        ("no commits until the cluster is stable", "news.labels.climate-0 has no leader")
    ]


@pytest.mark.parametrize("error", [KafkaConnectionError(), AssertionError("Did we not perform bootstrap?")])
def test_a_cluster_that_cannot_be_reached_is_not_stable(error):
    async def scenario(cluster, monitor):
        cluster.refuses = error
        cluster.leader = SILENT  # the time-out closes the connection
        await until(lambda: cluster.refused > 1)
        cluster.leader = LED
        assert not monitor.stable
        cluster.refuses = None
        await until(lambda: monitor.stable)

    cluster = run(scenario)

    assert cluster.closed == cluster.opened


def test_all_topics_of_the_pipeline_and_kafkas_own_are_checked():
    async def scenario(cluster, _monitor):
        ours = ["news.labels.climate", "news.labels.new", "news.raw"]
        assert sorted(cluster.asked[0]) == ["__consumer_offsets", "__transaction_state", *ours]

    run(scenario)


def test_the_trouble_of_a_cluster_is_known_until_it_is_over():
    seen: list[str | None] = []

    async def scenario(cluster, monitor):
        seen.append(monitor.trouble)
        cluster.leader = LEADERLESS
        await until(lambda: not monitor.stable)
        seen.append(monitor.trouble)
        cluster.leader = LED
        await until(lambda: monitor.stable)
        seen.append(monitor.trouble)

    run(scenario)

    assert seen == [None, "news.labels.climate-0 has no leader", None]
    assert ClusterMonitor(lambda: FakeCluster(), lambda _: True).trouble == "the cluster was not checked yet"
