"""The lanes of a worker come and go with its partitions, and each record is delivered once. No broker."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import pytest
from faust.types import TP

from streams.headers import PASSED
from streams.worker import interruptions
from streams.worker.delivery import Delivery
from streams.worker.fetch import Fetch, ReadPosition
from streams.worker.limits import Limits
from tests.fakes.kafka import (
    INPUT,
    STAGE,
    FakeKafka,
    Surroundings,
    fetch,
    record,
    values,
)

OTHER = TP("news.raw", 1)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(interruptions, "FENCED_SECONDS", 0.01)


class Worker(Surroundings):
    """A delivery of 4 records a transaction, with what it works with."""

    def __init__(self, kafka: FakeKafka) -> None:
        super().__init__(kafka)
        self.delivery = Delivery(
            "group",
            limits=Limits(4),
            max_bytes=1000,
            producers=kafka,
            offsets=kafka,
            monitor=self.monitor,
            stage_process=self.stage_process,
            control=self.consumer,
            on_failure=self.failures.append,
            on_point=self.points.append,
        )


def run(scenario: Callable[[Worker], Awaitable[None]], kafka: FakeKafka | None = None) -> Worker:
    """Run `scenario` on a worker that owns the input partition, within a deadline."""

    async def whole() -> Worker:
        worker = Worker(kafka or FakeKafka())
        await worker.delivery.assigned([INPUT], 1)
        await scenario(worker)
        await worker.delivery.stop()
        return worker

    return asyncio.run(asyncio.wait_for(whole(), 30))


def test_the_points_of_a_delivery_are_passed_in_their_order():
    async def scenario(worker):
        worker.delivery.accept(fetch(0, 3), STAGE)
        await worker.until(4)

    committing = ["sending", "before offsets", "after offsets", "before commit", "after commit"]
    assert run(scenario).points == ["assigned", "polled", *committing, "stopping"]


def test_a_delivery_counts_the_records_that_it_committed():
    async def scenario(worker):
        worker.delivery.accept(fetch(0, 9), STAGE)
        await worker.until(10)
        assert worker.delivery.delivered == 10

    run(scenario)


def test_a_fetch_of_an_earlier_generation_is_dropped():
    async def scenario(worker):
        await worker.delivery.assigned([INPUT], 2)
        worker.delivery.accept(fetch(0, 3, generation=1), STAGE)
        worker.delivery.accept(fetch(0, 1, generation=2), STAGE)
        await worker.until(2)

    worker = run(scenario)

    assert worker.kafka.sent == values(0, 1)
    assert worker.points.count("polled") == 1


def test_after_a_rebalance_a_lane_starts_from_the_committed_offset_wherever_the_consumer_stands():
    async def scenario(worker):
        worker.delivery.accept(fetch(0, 3), STAGE)
        await worker.until(4)
        await worker.delivery.revoked([INPUT])
        await worker.delivery.assigned([INPUT], 2)
        worker.delivery.accept(fetch(4, 5, generation=1), STAGE)  # of the old generation
        worker.delivery.accept(fetch(7, 8, generation=2), STAGE)  # polled before the consumer sought
        while not worker.consumer.seeks:
            await asyncio.sleep(0)
        worker.delivery.accept(fetch(9, 9, generation=2), STAGE)  # polled before that seek
        worker.delivery.accept(fetch(4, 8, generation=2), STAGE)
        await worker.until(9)

    worker = run(scenario)

    assert worker.consumer.seeks == [4]
    assert worker.kafka.sent == values(0, 8)


def test_a_partition_that_is_taken_away_loses_its_lane_and_the_others_work_on():
    kafkas = {0: FakeKafka(), 1: FakeKafka()}

    class ByPartition(FakeKafka):
        def producer(self, transactional_id, max_request_bytes):
            return kafkas[int(transactional_id[-1])].producer(transactional_id, max_request_bytes)

        async def committed(self, tp):
            return kafkas[tp.partition].offset

    async def scenario(worker):
        await worker.delivery.assigned([INPUT, OTHER], 2)
        worker.delivery.accept(fetch(0, 3, generation=2), STAGE)
        worker.delivery.accept(fetch(0, 3, generation=2, tp=OTHER), STAGE)
        while worker.delivery.delivered < 8:
            await asyncio.sleep(0.001)
        assert set(worker.monitor.topics()) == {"news.raw", "news.clean"}
        await worker.delivery.revoked([INPUT])
        await worker.delivery.assigned([OTHER], 3)
        worker.delivery.accept(fetch(4, 5, generation=3, tp=OTHER), STAGE)
        while worker.delivery.delivered < 10:
            await asyncio.sleep(0.001)

    run(scenario, ByPartition())

    assert (kafkas[0].sent, kafkas[1].sent) == (values(0, 3), values(0, 5))


def test_two_owners_of_one_partition_send_each_record_once():
    kafka = FakeKafka()

    async def both() -> None:
        owners = [Worker(kafka) for _ in range(2)]
        for owner in owners:
            await owner.delivery.assigned([INPUT], 1)
        for first in range(0, 40, 4):
            for owner in owners:
                owner.delivery.accept(fetch(first, first + 3), STAGE)
            await asyncio.sleep(0.001)
        await owners[0].until(40)
        for owner in owners:
            await owner.delivery.stop()

    asyncio.run(asyncio.wait_for(both(), 30))

    assert kafka.sent == values(0, 39)


def test_a_delivery_that_stops_finishes_the_batch_in_hand_then_stops_what_it_works_with():
    async def scenario(worker):
        worker.stage_process.gate = asyncio.Event()
        worker.delivery.accept(fetch(0, 9), STAGE)
        while not worker.delivery.busy_seconds():
            await asyncio.sleep(0)
        stopping = asyncio.create_task(worker.delivery.stop())
        await asyncio.sleep(0)
        assert not worker.stage_process.is_stopped
        worker.stage_process.gate.set()
        await stopping
        worker.delivery.accept(fetch(4, 9), STAGE)

    worker = run(scenario)

    assert worker.kafka.sent == values(0, 3)
    assert worker.stage_process.is_stopped
    assert worker.monitor.is_stopped


def test_a_delivery_is_busy_from_the_beginning_of_a_batch_to_its_end():
    async def scenario(worker):
        worker.stage_process.gate = asyncio.Event()
        assert worker.delivery.busy_seconds() == 0
        worker.delivery.accept(fetch(0, 3), STAGE)
        while not worker.delivery.busy_seconds():
            await asyncio.sleep(0)
        worker.stage_process.gate.set()
        await worker.until(4)
        while worker.delivery.busy_seconds():
            await asyncio.sleep(0)

    run(scenario)


def test_a_fault_of_ours_ends_the_worker_once_with_its_traceback(caplog):
    kafka = FakeKafka(faults=[("offsets", ZeroDivisionError())])

    async def scenario(worker):
        worker.delivery.accept(fetch(0, 1), STAGE)
        while not worker.failures:
            await asyncio.sleep(0)
        worker.delivery.fail(ValueError("a later one"))

    worker = run(scenario, kafka)

    assert (kafka.sent, kafka.offset) == ([], 0)
    assert [type(error) for error in worker.failures] == [ZeroDivisionError]
    assert worker.delivery.failure is worker.failures[0]
    assert [(record.message, record.exc_info[0]) for record in caplog.records] == [
        ("the worker gives up", ZeroDivisionError)
    ]


def test_a_delivery_knows_its_partitions_and_since_when_they_are_given_out_again():
    seen: list[object] = []

    async def scenario(worker):
        delivery = worker.delivery
        seen.append((delivery.assignment, delivery.rebalancing_since))
        await delivery.revoked([INPUT])
        since = delivery.rebalancing_since
        await delivery.revoked([])
        seen.append(since is not None and since == delivery.rebalancing_since)
        await delivery.assigned([], 2)
        seen.append((delivery.assignment, delivery.rebalancing_since))
        seen.append(delivery.is_stopping)

    worker = run(scenario)

    assert seen == [(frozenset([INPUT]), None), True, (frozenset(), None), False]
    assert worker.delivery.is_stopping


def test_a_worker_that_has_not_joined_its_group_has_no_partitions():
    assert Worker(FakeKafka()).delivery.assignment is None


def test_the_cluster_is_watched_from_the_first_assignment_on():
    async def scenario(worker):
        assert set(worker.monitor.topics()) == set()
        worker.delivery.accept(fetch(0, 3), STAGE)
        await worker.until(4)
        assert set(worker.monitor.topics()) == {"news.raw", "news.clean"}

    run(scenario)


def test_a_delivery_tells_the_batches_in_hand_and_what_waits():
    async def scenario(worker):
        assert (worker.delivery.batches(), worker.delivery.states()) == ([], {})
        worker.stage_process.gate = asyncio.Event()
        worker.delivery.accept(fetch(0, 9), STAGE)
        while not worker.delivery.batches():
            await asyncio.sleep(0)
        ((stage, tp, _),) = worker.delivery.batches()
        assert (stage, tp, worker.delivery.states()[INPUT].waiting) == ("cleanup", INPUT, 10)
        worker.stage_process.gate.set()
        await worker.until(10)
        while worker.delivery.batches():
            await asyncio.sleep(0)
        assert worker.delivery.states()[INPUT].waiting == 0

    run(scenario)


CLEAN, TAGGED = TP("news.clean", 0), TP("news.tagged", 0)
FLOW = [
    ("news.raw", STAGE),
    ("news.clean", replace(STAGE, name="entities")),
    ("news.tagged", replace(STAGE, name="labels")),
]


def run_flow(*carried: str, assigned: Sequence[TP] = (INPUT, CLEAN, TAGGED)) -> FakeKafka:
    """Have a worker with `assigned` partitions work on four articles, carried through `carried`."""

    async def scenario(worker: Worker) -> None:
        worker.consumer.read = {tp: ReadPosition(0, 0, 0, 0.0, None, 0) for tp in assigned}
        worker.delivery.connect(FLOW, carried)
        await worker.delivery.assigned(assigned, 1)
        worker.delivery.accept(fetch(0, 3), STAGE)
        await worker.until(4)

    kafka = FakeKafka()
    run(scenario, kafka)
    return kafka


def test_articles_are_carried_through_the_stages_that_follow_in_this_worker():
    topics = [topic for topic, _, _ in run_flow("cleanup", "entities", "labels").placed]

    assert topics == ["news.clean", "news.tagged"]


@pytest.mark.parametrize("carried", [(), ("cleanup",), ("cleanup", "labels")])
def test_articles_are_not_carried_through_a_stage_that_runs_elsewhere(carried):
    assert [topic for topic, _, _ in run_flow(*carried).placed] == ["news.clean"]


def test_articles_are_not_carried_into_a_partition_that_another_worker_reads():
    kafka = run_flow("cleanup", "entities", "labels", assigned=[INPUT, CLEAN])

    assert [topic for topic, _, _ in kafka.placed] == ["news.clean"]


def test_a_lane_behind_the_first_skips_what_its_group_has_carried_on_and_nothing_else():
    marks = [(), ((PASSED, b"group"),), ((PASSED, b"another"),)]
    records = [record(offset, *headers, tp=CLEAN) for offset, headers in enumerate(marks)]

    async def scenario(worker: Worker) -> None:
        worker.delivery.connect(FLOW, ())
        await worker.delivery.assigned([CLEAN], 1)
        worker.delivery.accept(Fetch(CLEAN, records, 0, 3, 1), FLOW[1][1])
        await worker.until(3)

    kafka = FakeKafka()
    run(scenario, kafka)

    assert kafka.sent == [b"0", b"2"]


def test_a_mark_on_the_first_topic_is_anybodys_and_means_nothing():
    marked = [record(0, (PASSED, b"group"))]

    async def scenario(worker: Worker) -> None:
        worker.delivery.connect(FLOW, ())
        worker.delivery.accept(Fetch(INPUT, marked, 0, 1, 1), STAGE)
        await worker.until(1)

    kafka = FakeKafka()
    run(scenario, kafka)

    assert kafka.sent == [b"0"]


def test_a_partition_is_done_only_when_its_records_were_read_and_committed():
    async def scenario(worker: Worker) -> None:
        delivery, read = worker.delivery, worker.consumer.read
        assert not delivery.has_done(INPUT, 0)  # nobody knows how far it was read
        read[INPUT] = ReadPosition(4, 4, 4, 0.0, None)
        assert not delivery.has_done(INPUT, 4)  # a poll is under way, and has not handed over
        read[INPUT] = ReadPosition(4, 4, 4, 0.0, None, 4)
        assert delivery.has_done(INPUT, 4)
        assert not delivery.has_done(INPUT, 5)
        read[INPUT] = ReadPosition(4, 4, 4, 0.0, (0, 4), 4)  # on its way to a lane
        assert not delivery.has_done(INPUT, 4)
        delivery.accept(fetch(0, 3), STAGE)
        await worker.until(4)
        while delivery.batches():
            await asyncio.sleep(0)
        assert delivery.has_done(INPUT, 4)

    run(scenario)


class OneForEachTopic(FakeKafka):
    """A Kafka with an offset for each topic of the flow."""

    def __init__(self) -> None:
        super().__init__()
        self.topics = {topic: FakeKafka() for topic, _ in FLOW}

    def producer(self, transactional_id, max_request_bytes):
        (topic,) = (topic for topic in self.topics if topic in transactional_id)
        return self.topics[topic].producer(transactional_id, max_request_bytes)

    async def committed(self, tp):
        return self.topics[tp.topic].offset

    @property
    def offsets(self) -> list[int]:
        return [kafka.offset for kafka in self.topics.values()]


def stop_before_it_was_read(*marks: bytes) -> OneForEachTopic:
    """Stop a worker that has carried four articles on before it reads them again with these `marks`."""
    kafka = OneForEachTopic()

    async def scenario(worker: Worker) -> None:
        delivery, read = worker.delivery, worker.consumer.read
        read.update({tp: ReadPosition(0, 0, 0, 0.0, None, 0) for tp in (INPUT, CLEAN, TAGGED)})
        delivery.connect(FLOW, [stage.name for _, stage in FLOW])
        await delivery.assigned([INPUT, CLEAN, TAGGED], 1)
        delivery.accept(fetch(0, 3), STAGE)
        while kafka.topics["news.raw"].offset < 4:
            await asyncio.sleep(0)
        worker.consumer.ends = dict.fromkeys((CLEAN, TAGGED), 5)  # a marker follows the records
        stopping = asyncio.create_task(delivery.stop())
        while not delivery.is_stopping:
            await asyncio.sleep(0)
        for tp, (_, stage) in zip((CLEAN, TAGGED), FLOW[1:], strict=True):
            records = [record(offset, (PASSED, mark), tp=tp) for offset, mark in enumerate(marks)]
            delivery.accept(Fetch(tp, records, 0, 4, 1), stage)
            read[tp] = ReadPosition(5, 5, 5, 0.0, (0, 4), 5)
        await stopping

    run(scenario, kafka)
    return kafka


def test_a_delivery_that_stops_commits_the_offsets_of_what_it_has_carried_on():
    kafka = stop_before_it_was_read(b"group", b"group", b"group", b"group")

    assert kafka.offsets == [4, 4, 4]


def test_a_delivery_that_stops_leaves_to_the_next_owner_what_is_not_skipped():
    kafka = stop_before_it_was_read(b"group", b"group", b"another", b"group")

    assert kafka.offsets == [4, 2, 2]
    assert [kafka.topics[topic].sent for topic in ("news.clean", "news.tagged")] == [[], []]
