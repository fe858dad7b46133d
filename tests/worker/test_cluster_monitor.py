"""When the watch says that the cluster is settled: on answers of a client that plays the cluster."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError

from streams.worker import cluster_monitor as watch
from streams.worker.cluster_monitor import ClusterMonitor

WELL, LEADERLESS, SILENT = 1, -1, None


class Cluster:
    """Answers with one partition and its leader; None for a leader is an answer that never comes."""

    def __init__(self) -> None:
        self.leader: int | None = WELL
        self.refuses: Exception | None = None
        self.refused = 0
        self.asked: list[list[str]] = []
        self.topics = ["news.raw", "news.labels.climate", "other.raw"]

    async def start(self) -> None:
        if self.refuses:
            self.refused += 1
            raise self.refuses

    async def close(self) -> None:
        pass

    async def list_topics(self) -> list[str]:
        return self.topics

    async def describe_topics(self, topics: list[str]) -> list[Any]:
        self.asked.append(topics)
        while self.leader is None:
            await asyncio.sleep(0.001)
        return [{"topic": topics[0], "partitions": [{"partition": 0, "leader": self.leader}]}]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fraction of the waits."""
    for name in ("LOOK_SECONDS", "STALE_SECONDS", "SETTLE_SECONDS"):
        monkeypatch.setattr(watch, name, getattr(watch, name) / 40)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.001)


def play(scenario: Callable[[Cluster, ClusterMonitor], Any]) -> None:
    async def whole() -> None:
        cluster = Cluster()
        observed = ClusterMonitor(
            lambda: cluster,  # type: ignore[arg-type,return-value]
            lambda: ["news.raw", "news.labels.new"],
            lambda topic: topic.startswith("news."),
        )
        observed.start()
        try:
            await observed.looked()
            await scenario(cluster, observed)
        finally:
            await observed.stop()

    asyncio.run(whole())


def test_the_first_good_answer_settles_it() -> None:
    async def scenario(cluster: Cluster, observed: ClusterMonitor) -> None:
        assert observed.settled

    play(scenario)


@pytest.mark.parametrize("leader", [LEADERLESS, SILENT])
def test_without_a_leader_or_an_answer_it_is_not_settled_until_all_was_well_for_a_while(
    leader: int | None,
) -> None:
    async def scenario(cluster: Cluster, observed: ClusterMonitor) -> None:
        cluster.leader = leader
        await until(lambda: not observed.settled)
        cluster.leader = WELL
        well_since = time.monotonic()
        await until(lambda: observed.settled)
        assert time.monotonic() - well_since >= watch.SETTLE_SECONDS

    play(scenario)


@pytest.mark.parametrize("error", [KafkaConnectionError(), AssertionError("Did we not perform bootstrap?")])
def test_a_cluster_that_cannot_be_reached_is_not_settled(error: Exception) -> None:
    async def scenario(cluster: Cluster, observed: ClusterMonitor) -> None:
        cluster.refuses = error
        cluster.leader = SILENT  # the time-out closes the connection
        await until(lambda: cluster.refused > 1)
        cluster.leader = WELL
        assert not observed.settled
        cluster.refuses = None
        await until(lambda: observed.settled)

    play(scenario)


def test_all_topics_of_the_wire_are_asked_for_and_kafkas_own() -> None:
    async def scenario(cluster: Cluster, observed: ClusterMonitor) -> None:
        mine = ["news.labels.climate", "news.labels.new", "news.raw"]
        assert sorted(cluster.asked[0]) == ["__consumer_offsets", "__transaction_state", *mine]

    play(scenario)
