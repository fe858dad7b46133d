"""How much of a batch goes to the stage process at once: about a quarter second's worth. No broker."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from faust.types import TP

from streams.stage import Outgoing, Record, Stage
from streams.worker.delivery import Client, Limits
from tests.worker.test_delivery import STAGE, FakeDelivery, Kafka, Producer, fetch


class Clock:
    """Stands still but for the work that is done."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


class TimedBench:
    """Takes `seconds` for a record, one chunk after another.

    Notes the partition and the size of every chunk, and how many were there at once.
    """

    def __init__(self, clock: Clock, seconds: float) -> None:
        self.clock = clock
        self.seconds = seconds
        self.chunks: list[tuple[int, int]] = []
        self.most_at_once = self._at_once = 0
        self._turn = asyncio.Lock()

    async def work(self, stage: Stage, records: Sequence[Record]) -> list[Outgoing]:
        self.chunks.append((records[0].partition, len(records)))
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        async with self._turn:
            for _ in range(5):
                await asyncio.sleep(0)
            self.clock.now += self.seconds * len(records)
        self._at_once -= 1
        return [Outgoing("news.clean", record.key, record.value, []) for record in records]

    def stop(self) -> None:
        pass


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("streams.worker.delivery.time", clock)
    return clock


@dataclass(frozen=True)
class Clients(Client):
    """Makes producers of a Kafka for each partition."""

    kafkas: dict[str, Kafka] = field(default_factory=lambda: defaultdict(Kafka))

    def producer(self, transactional_id: str, max_bytes: int) -> Any:
        return Producer(self.kafkas[transactional_id])


def delivered(bench: TimedBench, count: int, *partitions: int) -> list[str]:
    """Deliver COUNT records of each of PARTITIONS on BENCH; gives the points that were passed."""
    passed: list[str] = []

    async def whole() -> None:
        clients = Clients("nowhere")
        delivery = FakeDelivery(Kafka(), Limits(1000))
        delivery.client = clients
        delivery.stage_process = bench  # type: ignore[assignment]
        delivery.at = passed.append
        for partition in partitions:
            arrived = fetch(0, count - 1)
            records = [record._replace(partition=partition) for record in arrived.records]
            delivery.accept(arrived._replace(partition=TP("news.raw", partition), records=records), STAGE)
        while delivery.delivered < count * len(partitions):
            await asyncio.sleep(0)
        await delivery.stop()

    asyncio.run(asyncio.wait_for(whole(), 20))
    return passed


def test_quick_articles_go_in_ever_larger_chunks(clock: Clock) -> None:
    bench = TimedBench(clock, 0.0001)

    delivered(bench, 1000, 0)

    assert [size for _, size in bench.chunks] == [8, 32, 128, 512, 320]


def test_slow_articles_go_in_small_chunks_and_are_committed_about_every_second(clock: Clock) -> None:
    bench = TimedBench(clock, 0.05)

    passed = delivered(bench, 64, 0)

    assert [size for _, size in bench.chunks] == [8] * 8
    assert passed.count("after commit") == 3  # of 24, 24 and 16 records


def test_a_lane_has_the_bench_until_its_batch_is_done(clock: Clock) -> None:
    bench = TimedBench(clock, 0.03)

    delivered(bench, 24, 0, 1)

    assert bench.chunks == [(0, 8), (0, 8), (0, 8), (1, 8), (1, 8), (1, 8)]


def test_the_next_lane_hands_in_its_first_chunk_while_a_last_one_is_worked_on(clock: Clock) -> None:
    bench = TimedBench(clock, 0.001)

    delivered(bench, 5, 0, 1, 2)

    assert bench.chunks == [(0, 5), (1, 5), (2, 5)]
    assert bench.most_at_once == 2
