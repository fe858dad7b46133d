"""What a worker says about itself: alive, ready, and behind by so much. Nothing here runs a worker."""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError
from faust.types import TP

from streams.worker import watch as watches
from streams.worker.fetch import ReadPosition
from streams.worker.lane_state import LaneState
from streams.worker.watch import Watch
from tests.fakes.operating import FakeCluster, FakeDelivery, FakeModels, FakePositions

A, B = TP("news.raw", 0), TP("news.raw", 1)


@dataclass
class Desk:
    """A worker that reads one partition, with nothing to do, and everything that its watch looks at."""

    delivery: FakeDelivery = field(default_factory=lambda: FakeDelivery(assignment=frozenset([A])))
    consumer: FakePositions = field(default_factory=FakePositions)
    cluster: FakeCluster = field(default_factory=FakeCluster)
    models: FakeModels = field(default_factory=lambda: FakeModels(pid=os.getpid()))

    def watch(self) -> Watch:
        delivery: Any = self.delivery
        return Watch(
            delivery,
            group="desk",
            instance="w1",
            stages={"news.raw": "cleanup", "news.clean": "entities"},
            consumer=self.consumer,
            cluster=self.cluster,
            models=self.models,
            batch_seconds=60.0,
        )


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def clock(monkeypatch) -> Callable[[float], None]:
    """Returns `clock(seconds)`, which lets time pass."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def passes(seconds: float) -> None:
        now[0] += seconds

    return passes


def failing(watch: Watch) -> dict[str, str]:
    return {name: check.why for name, check in watch.checks().items() if not check.ok}


def look(watch: Watch, *, until: Callable[[], bool] = lambda: True) -> None:
    """Start `watch`, and let it look until `until` returns True."""

    async def looking() -> None:
        watch.start(asyncio.get_running_loop())
        async with asyncio.timeout(20):
            await asyncio.sleep(0)
            while not until():
                await asyncio.sleep(0.001)

    asyncio.run(looking())


def test_a_worker_that_reads_its_partitions_is_ready(desk):
    watch = desk.watch()
    look(watch)

    assert failing(watch) == {}
    assert watch.passing() == dict.fromkeys(("loop", "models", "partitions", "broker", "batches"), True)
    assert watch.checks()["partitions"].why == "reads 1 partition"


def test_a_worker_that_starts_is_alive_and_not_ready(desk):
    desk.delivery.assignment = None
    desk.models.is_ready = False
    desk.cluster.trouble = "the cluster was not checked yet"
    watch = desk.watch()

    assert watch.loop_check() == (True, "the worker is starting")
    assert set(failing(watch)) == {"models", "partitions", "broker"}
    assert failing(watch)["models"] == "the stage process is loading its models"
    assert failing(watch)["partitions"] == "the worker has not joined its group yet"


def test_a_worker_beyond_the_number_of_partitions_waits_rightly(desk):
    desk.delivery.assignment = frozenset()

    check = desk.watch().checks()["partitions"]

    assert check == (True, "waits for a partition: other workers of its group have them all")


def test_a_worker_stays_ready_during_a_rebalance_unless_it_does_not_end(desk, clock):
    desk.delivery.rebalancing_since = time.monotonic()
    watch = desk.watch()

    clock(watches.REBALANCE_SECONDS)
    assert failing(watch) == {}

    clock(11)
    assert failing(watch) == {"partitions": "its group has been rebalancing for 41 s"}


def test_a_worker_that_stops_is_not_ready(desk):
    desk.delivery.is_stopping = True

    assert failing(desk.watch()) == {"partitions": "the worker is stopping"}


def test_a_worker_whose_broker_is_away_is_alive_and_not_ready(desk):
    desk.cluster.trouble = repr(KafkaConnectionError("desk:9092"))
    watch = desk.watch()
    look(watch)

    assert watch.loop_check().ok
    assert list(failing(watch)) == ["broker"]
    assert "no commits until the cluster is stable: KafkaConnectionError" in failing(watch)["broker"]


def test_a_stage_process_that_has_ended_is_not_ready(desk):
    desk.models.pid = None

    assert list(failing(desk.watch())) == ["models"]


def test_a_worker_that_cannot_finish_a_batch_is_alive_and_not_ready(desk, clock):
    desk.delivery.in_hand = [("cleanup", A, time.monotonic() + 50), ("entities", B, time.monotonic())]
    watch = desk.watch()

    clock(60)
    assert failing(watch) == {}
    clock(15)

    assert watch.loop_check().ok
    assert failing(watch) == {
        "batches": "the oldest batch, of entities from news.raw-1, has taken 75.0 s, "
        "more than 60 s (WIREROOM_STAGE_SECONDS)"
    }
    assert watch.batch_ages() == {"cleanup": 25.0, "entities": 75.0}


def test_a_worker_whose_event_loop_does_not_turn_is_dead(desk, clock):
    watch = desk.watch()
    loop = asyncio.new_event_loop()
    watch.start(loop)
    loop.run_until_complete(asyncio.sleep(0))

    clock(watches.LOOK_SECONDS + watches.LOOP_SECONDS)
    alive = watch.loop_check()
    clock(16)
    dead = watch.loop_check()
    loop.close()

    assert alive == (True, "the event loop turns")
    assert dead == (False, "the event loop has not turned for 31 s; restart the worker")
    assert watch.status().silent_seconds == 31.0


def test_a_worker_tells_who_it_is_and_what_it_has_done(desk, clock):
    desk.delivery.in_hand = [("cleanup", A, time.monotonic())]
    clock(2.5)

    assert desk.watch().status() == (os.getpid(), "desk", "w1", 0.0, 2.5, 40)


def test_the_lag_is_measured_at_each_look(desk):
    now = time.time()
    desk.consumer.read = {A: ReadPosition(10, 14, 14, now, None)}
    desk.delivery.lanes = {A: LaneState(waiting=3, oldest=None, received=10)}
    watch = desk.watch()

    look(watch)

    assert [(lag.stage, lag.partition, lag.records) for lag in watch.lags] == [("cleanup", 0, 7)]


def test_the_consumer_of_a_worker_that_has_not_joined_its_group_is_left_alone(desk):
    desk.delivery.assignment = None
    desk.consumer.read = {A: ReadPosition(10, 14, 14, time.time(), None)}
    watch = desk.watch()

    look(watch)

    assert watch.lags == []


def test_the_broker_is_asked_for_the_end_of_a_partition_that_is_held_back(desk, monkeypatch):
    monkeypatch.setattr(watches, "LOOK_SECONDS", 0.001)
    now = time.time()
    desk.consumer.read = {
        A: ReadPosition(10, 14, 14, now - 60, None),
        B: ReadPosition(10, 14, 14, now + 60, None),
    }
    desk.consumer.stable = {A: 500}
    watch = desk.watch()

    look(watch, until=lambda: bool(watch.lags) and watch.lags[0].stable == 500)

    assert {tuple(asked) for asked in desk.consumer.asked} == {(A,)}  # once at each look
    assert [lag.records for lag in watch.lags] == [490, 4]


def test_the_broker_is_not_asked_while_it_is_away(desk, monkeypatch):
    monkeypatch.setattr(watches, "LOOK_SECONDS", 0.001)
    desk.consumer.read = {A: ReadPosition(10, 14, 14, 0.0, None)}
    desk.cluster.trouble = "news.raw-0 has no leader"
    turns = itertools.count()
    watch = desk.watch()

    look(watch, until=lambda: next(turns) > 20)

    assert desk.consumer.asked == []
