"""Results and the input offset of a partition are committed together or not at all. No broker."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import (
    IllegalOperation,
    KafkaConnectionError,
    MessageSizeTooLargeError,
    ProducerFenced,
)
from faust.types import TP

from streams.records import Outgoing
from streams.worker import partition_writer
from streams.worker.cluster_monitor import ClusterUnstable
from streams.worker.partition_writer import PartitionWriter, hash_of
from tests.fakes.kafka import INPUT, FakeKafka, FakeMonitor, values

COMMITTING = ["sending", "before offsets", "after offsets", "before commit", "after commit"]


def new_writer(
    kafka: FakeKafka,
    monitor: FakeMonitor | None = None,
    points: list[str] | None = None,
    tp: TP = INPUT,
) -> PartitionWriter:
    return PartitionWriter(
        tp,
        "group",
        producers=kafka,
        offsets=kafka,
        monitor=monitor or FakeMonitor(),
        max_bytes=1000,
        on_point=(points if points is not None else []).append,
    )


def results(contents: Sequence[bytes], topic: str = "news.clean", key: bytes | None = b"k") -> list[Outgoing]:
    return [Outgoing(topic, key, content, []) for content in contents]


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        await scenario()

    asyncio.run(asyncio.wait_for(whole(), 20))


def test_the_results_and_the_input_offset_are_committed_in_one_transaction_step_by_step():
    kafka = FakeKafka()
    points: list[str] = []

    async def scenario():
        writer = new_writer(kafka, points=points)
        await writer.fence_and_resume()
        await writer.commit(results(values(0, 3)), 4)
        assert writer.next_offset == 4

    run(scenario)

    assert (kafka.sent, kafka.offset) == (values(0, 3), 4)
    assert points == COMMITTING


def test_a_batch_without_results_commits_the_offset_alone():
    kafka = FakeKafka()
    points: list[str] = []

    async def scenario():
        writer = new_writer(kafka, points=points)
        await writer.fence_and_resume()
        await writer.commit([], 4)

    run(scenario)

    assert (kafka.sent, kafka.offset) == ([], 4)
    assert points == COMMITTING[1:]


def test_a_writer_resumes_at_the_offset_that_its_predecessor_committed_and_fences_it():
    kafka = FakeKafka()

    async def scenario():
        first, second = new_writer(kafka), new_writer(kafka)
        await first.fence_and_resume()
        await first.commit(results(values(0, 3)), 4)
        await second.fence_and_resume()
        assert second.next_offset == 4
        with pytest.raises(ProducerFenced):
            await first.commit(results(values(4, 7)), 8)
        await second.commit(results(values(4, 5)), 6)

    run(scenario)

    assert (kafka.sent, kafka.offset) == (values(0, 5), 6)
    assert kafka.transactional_ids == ["group.news.raw.0"] * 2


@pytest.mark.parametrize("call", ["send", "offsets", "before commit"])
def test_a_commit_that_fails_commits_nothing_and_keeps_the_next_offset(call):
    kafka = FakeKafka(faults=[(call, KafkaConnectionError())])

    async def scenario():
        writer = new_writer(kafka)
        await writer.fence_and_resume()
        with pytest.raises(KafkaConnectionError):
            await writer.commit(results(values(0, 3)), 4)
        assert writer.next_offset == 0

    run(scenario)

    assert (kafka.sent, kafka.offset) == ([], 0)


def test_a_lost_answer_to_a_commit_is_settled_by_the_next_producer():
    kafka = FakeKafka(faults=[("after commit", KafkaConnectionError())])

    async def scenario():
        writer = new_writer(kafka)
        await writer.fence_and_resume()
        with pytest.raises(KafkaConnectionError):
            await writer.commit(results(values(0, 3)), 4)
        await writer.discard_producer()
        await writer.fence_and_resume()
        assert writer.next_offset == 4

    run(scenario)

    assert kafka.sent == values(0, 3)


def test_nobody_is_fenced_while_the_cluster_is_unstable():
    kafka, monitor = FakeKafka(), FakeMonitor()
    monitor.unstable = 1

    async def scenario():
        writer = new_writer(kafka, monitor)
        with pytest.raises(ClusterUnstable):
            await writer.fence_and_resume()
        assert not writer.has_producer

    run(scenario)

    assert (kafka.epoch, kafka.transactional_ids) == (0, [])


def test_a_transaction_is_not_committed_while_the_cluster_is_unstable():
    kafka, monitor = FakeKafka(), FakeMonitor()

    async def scenario():
        writer = new_writer(kafka, monitor)
        await writer.fence_and_resume()
        monitor.unstable = 1
        with pytest.raises(ClusterUnstable):
            await writer.commit(results(values(0, 3)), 4)

    run(scenario)

    assert (kafka.sent, kafka.offset) == ([], 0)


def test_a_writer_without_a_producer_refuses_to_commit():
    async def scenario():
        with pytest.raises(RuntimeError, match="fence_and_resume"):
            await new_writer(FakeKafka()).commit(results(values(0, 3)), 4)

    run(scenario)


@pytest.mark.parametrize("error", [KafkaConnectionError(), TimeoutError(), asyncio.CancelledError()])
def test_a_producer_that_fails_to_stop_is_discarded_all_the_same(error):
    kafka = FakeKafka(faults=[("stop", error)])

    async def scenario():
        writer = new_writer(kafka)
        await writer.fence_and_resume()
        await writer.discard_producer()
        assert not writer.has_producer

    run(scenario)

    assert kafka.faults == []


def test_a_producer_that_does_not_stop_is_left_behind(monkeypatch):
    monkeypatch.setattr(partition_writer, "STOP_SECONDS", 0.01)
    cancelled = asyncio.Event()

    class Hanging(FakeKafka):
        def producer(self, transactional_id, max_request_bytes):
            producer = super().producer(transactional_id, max_request_bytes)
            producer.stop = hang
            return producer

    async def hang() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async def scenario():
        writer = new_writer(Hanging())
        await writer.fence_and_resume()
        await writer.discard_producer()
        assert not writer.has_producer
        await cancelled.wait()

    run(scenario)


def test_results_go_where_the_java_client_puts_their_key():
    kafka = FakeKafka()

    async def scenario():
        writer = new_writer(kafka)
        await writer.fence_and_resume()
        keys = (b"21", b"foobar", b"a-little-bit-long-string")
        await writer.commit([*(result for key in keys for result in results([key], key=key))], 2)

    run(scenario)

    # Of Kafka's UtilsTest.testMurmur2; the partition is the hash without its sign, modulo their number.
    hashes = {b"21": -973932308, b"foobar": -790332482, b"a-little-bit-long-string": -985981536}
    assert {content: partition for _, partition, contents in kafka.placed for content in contents} == {
        key: (number & 0x7FFFFFFF) % 2 for key, number in hashes.items()
    }
    assert {key: hash_of(key) for key in hashes} == {
        key: number & 0x7FFFFFFF for key, number in hashes.items()
    }


def test_a_result_without_a_key_stays_on_the_partition_of_its_input():
    kafka = FakeKafka()

    async def scenario():
        writer = new_writer(kafka, tp=TP("news.raw", 3))
        await writer.fence_and_resume()
        await writer.commit(results([b"x"], key=None), 1)

    run(scenario)

    assert kafka.placed == [("news.clean", 3 % 2, [b"x"])]


def test_a_full_batch_is_sent_and_the_order_of_the_records_kept():
    kafka = FakeKafka()

    async def scenario():
        writer = new_writer(kafka)
        await writer.fence_and_resume()
        await writer.commit(results(values(0, 249)), 250)

    run(scenario)

    assert kafka.sent == values(0, 249)
    assert [len(contents) for _, _, contents in kafka.placed] == [100, 100, 50]


def test_a_writer_knows_the_topics_that_it_reads_and_has_written_to_whatever_became_of_the_transaction():
    kafka = FakeKafka(faults=[("send", MessageSizeTooLargeError())])

    async def scenario():
        writer = new_writer(kafka)
        assert writer.topics == {"news.raw"}
        await writer.fence_and_resume()
        with pytest.raises(MessageSizeTooLargeError):
            await writer.commit(results([b"x"], topic="news.dead"), 1)
        await writer.discard_producer()
        await writer.fence_and_resume()
        assert writer.topics == {"news.raw", "news.dead"}

    run(scenario)


async def failing(error: Exception) -> None:
    raise error


@pytest.mark.parametrize(
    ("error", "background", "fenced"),
    [
        (ProducerFenced(), None, True),
        (KafkaConnectionError(), None, False),
        (IllegalOperation(), None, False),
        (IllegalOperation(), ProducerFenced(), True),  # aiokafka learned it in the background
        (IllegalOperation(), KafkaConnectionError(), False),
    ],
)
def test_a_writer_knows_that_its_partition_has_a_new_owner(error, background, fenced):
    async def scenario():
        writer = new_writer(FakeKafka())
        await writer.fence_and_resume()
        if background is not None:
            task = asyncio.create_task(failing(background))
            await asyncio.wait([task])
            producer: Any = writer._producer
            producer._sender = SimpleNamespace(sender_task=task)
        assert writer.is_fenced(error) is fenced

    run(scenario)


def test_a_writer_is_in_a_transaction_until_it_is_committed_or_given_up():
    kafka = FakeKafka()
    seen: list[bool] = []

    async def scenario():
        writer = new_writer(kafka)
        await writer.fence_and_resume()
        seen.append(writer.in_transaction)
        await writer.commit(results(values(0, 3)), 4)
        seen.append(writer.in_transaction)
        kafka.faults.append(("before commit", KafkaConnectionError()))
        with pytest.raises(KafkaConnectionError):
            await writer.commit(results(values(4, 5)), 6)
        seen.append(writer.in_transaction)
        await writer.discard_producer()
        seen.append(writer.in_transaction)

    run(scenario)

    assert seen == [False, False, True, False]
