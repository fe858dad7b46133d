"""Exactly once, fault by fault, on a Kafka of a few lines whose answers can be lost. No broker."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiokafka.errors import IllegalOperation, KafkaConnectionError, MessageSizeTooLargeError, ProducerFenced
from faust.types import TP

from streams.headers import text_of
from streams.stage import Outgoing, Record, Stage
from streams.worker.delivery import Client, Delivery, Limits
from streams.worker.faust_overrides.transport import Fetch
from tests.fakes.records import Copied

INPUT = TP("news.raw", 0)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed is tried again at once: nothing here takes time to recover."""
    monkeypatch.setattr("streams.worker.delivery.AGAIN_SECONDS", 0.001)
    monkeypatch.setattr("streams.worker.delivery.FENCED_SECONDS", 0.01)


@dataclass
class Kafka:
    """What is committed, and the group's offset; `faults` are raised once each, by the name of the call.

    A batch for a topic that does not fit is refused before any fault.
    """

    sent: list[bytes] = field(default_factory=list)
    offset: int = 0
    epoch: int = 0
    first: int = 0
    unsettled: int = 0
    faults: list[tuple[str, BaseException]] = field(default_factory=list)
    fits: Callable[[str, list[bytes]], bool] = lambda _topic, _values: True

    def fault(self, call: str) -> None:
        if self.faults and self.faults[0][0] == call:
            raise self.faults.pop(0)[1]


class Batch:
    """Messages on their way."""

    def __init__(self) -> None:
        self.values: list[bytes] = []

    def append(self, *, timestamp: object, key: object, value: bytes, headers: object) -> object:
        self.values.append(value)
        return True


class Producer:
    """A transactional producer; starting one fences those before it."""

    def __init__(self, kafka: Kafka) -> None:
        self.kafka = kafka
        self.epoch = 0
        self.values: list[bytes] = []
        self.end = 0

    async def start(self) -> None:
        self.kafka.fault("start")
        self.kafka.epoch += 1
        self.epoch = self.kafka.epoch

    async def partitions_for(self, topic: str) -> set[int]:
        return {0, 1}

    async def begin_transaction(self) -> None:
        self.values, self.end = [], 0

    def create_batch(self) -> Batch:
        return Batch()

    async def send_batch(self, batch: Batch, topic: str, *, partition: int) -> Awaitable[None]:
        if not self.kafka.fits(topic, batch.values):
            raise MessageSizeTooLargeError
        self.kafka.fault("send")
        self.values += batch.values
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    async def send_offsets_to_transaction(self, offsets: dict[Any, int], group: str) -> None:
        self.kafka.fault("offsets")
        (self.end,) = offsets.values()

    async def commit_transaction(self) -> None:
        self.kafka.fault("before commit")
        if self.epoch != self.kafka.epoch:
            raise ProducerFenced
        self.kafka.sent += self.values
        self.kafka.offset = self.end
        self.kafka.fault("after commit")

    async def stop(self) -> None:
        self.kafka.fault("stop")


@dataclass(frozen=True)
class FakeClient(Client):
    """Makes producers of the Kafka above."""

    kafka: Kafka = field(default_factory=Kafka)

    def producer(self, transactional_id: str, max_bytes: int) -> Any:
        return Producer(self.kafka)


class Bench:
    """Passes values on; one that says so is buried."""

    async def work(self, stage: Stage, records: Sequence[Record]) -> list[Outgoing]:
        await asyncio.sleep(0)
        return [Outgoing("news.clean", record.key, record.value, []) for record in records]

    def stop(self) -> None:
        pass


class FakeWatch:
    """A cluster that is settled, unless the Kafka above has it otherwise."""

    def __init__(self, kafka: Kafka, topics: Callable[[], set[str]]) -> None:
        self.kafka = kafka
        self.topics = topics
        self.watched: list[set[str]] = []  # whenever it was asked

    @property
    def settled(self) -> bool:
        self.watched.append(self.topics())
        if self.kafka.unsettled:
            self.kafka.unsettled -= 1
            return False
        return True

    async def looked(self) -> None:
        pass

    def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass


class FakeDelivery(Delivery):
    """Reads the offset from the Kafka above; counts what was asked of the consumer."""

    def __init__(self, kafka: Kafka, limits: Limits | None = None) -> None:
        super().__init__(
            FakeClient("nowhere", kafka=kafka),
            "group",
            limits or Limits(4),
            Bench(),
            max_bytes=1000,  # type: ignore[arg-type]
        )
        self.kafka = kafka
        self.watch = self.asked = FakeWatch(kafka, self._topics)  # type: ignore[assignment]
        self.generation = 1
        self.seeks: list[int] = []
        self.flows: list[bool] = []
        self.flow = lambda _, is_open: self.flows.append(is_open)
        self.seek = self._seek
        self.earliest = self._earliest

    async def committed(self, tp: TP) -> int:
        self.kafka.fault("committed")
        return self.kafka.offset

    async def _seek(self, tp: TP, offset: int) -> None:
        self.seeks.append(offset)

    async def _earliest(self, tp: TP) -> int:
        return self.kafka.first


STAGE = Stage("cleanup", object, list, lambda _: ["news.clean"], "news.dead")  # type: ignore[arg-type]


def fetch(first: int, last: int, begin: int | None = None, generation: int = 1) -> Fetch:
    """Records FIRST to LAST, whose values are their offsets; BEGIN is where the poll began."""
    records = [Copied(*INPUT, offset, 0, b"k", b"%d" % offset, ()) for offset in range(first, last + 1)]
    return Fetch(INPUT, records, first if begin is None else begin, last + 1, generation)


def values(first: int, last: int) -> list[bytes]:
    return [b"%d" % offset for offset in range(first, last + 1)]


def run(scenario: Callable[[FakeDelivery], Awaitable[None]], kafka: Kafka) -> FakeDelivery:
    """Run SCENARIO on a delivery of its own, within a deadline."""

    async def whole() -> FakeDelivery:
        delivery = FakeDelivery(kafka)
        await scenario(delivery)
        await delivery.stop()
        return delivery

    return asyncio.run(asyncio.wait_for(whole(), 20))


async def settled(delivery: FakeDelivery, offset: int) -> None:
    """Wait until OFFSET is committed; raises what ended the worker, if anything did."""
    while delivery.kafka.offset < offset:
        if delivery.failure is not None:
            raise delivery.failure
        await asyncio.sleep(0.005)


@pytest.mark.parametrize("call", ["start", "committed", "send", "offsets", "before commit", "after commit"])
@pytest.mark.parametrize(
    "error",
    [
        KafkaConnectionError(),
        ProducerFenced(),
        IllegalOperation(),
        TimeoutError(),
        OSError(),
        asyncio.CancelledError(),  # not ours: aiokafka cancels what it gives up
    ],
)
def test_whatever_call_fails_or_loses_its_answer_each_record_is_sent_once(
    call: str, error: BaseException
) -> None:
    kafka = Kafka(faults=[(call, error), (call, error)])

    async def scenario(delivery: FakeDelivery) -> None:
        delivery.accept(fetch(0, 9), STAGE)
        await settled(delivery, 10)

    run(scenario, kafka)

    assert (kafka.sent, kafka.offset, kafka.faults) == (values(0, 9), 10, [])


@pytest.mark.parametrize("error", [KafkaConnectionError(), TimeoutError(), asyncio.CancelledError()])
def test_a_producer_that_fails_even_to_stop_holds_nothing_up(error: BaseException) -> None:
    kafka = Kafka(faults=[("send", KafkaConnectionError()), ("stop", error)])

    async def scenario(delivery: FakeDelivery) -> None:
        delivery.accept(fetch(0, 9), STAGE)
        await settled(delivery, 10)

    run(scenario, kafka)

    assert (kafka.sent, kafka.faults) == (values(0, 9), [])


def test_what_the_predecessor_committed_is_skipped() -> None:
    kafka = Kafka(offset=4)

    async def scenario(delivery: FakeDelivery) -> None:
        delivery.accept(fetch(0, 6), STAGE)
        await settled(delivery, 7)

    run(scenario, kafka)

    assert kafka.sent == values(4, 6)


def test_records_that_come_again_are_passed_over() -> None:
    kafka = Kafka()

    async def scenario(delivery: FakeDelivery) -> None:
        delivery.accept(fetch(0, 4), STAGE)
        delivery.accept(fetch(2, 7), STAGE)
        await settled(delivery, 8)

    run(scenario, kafka)

    assert kafka.sent == values(0, 7)


def test_records_that_the_consumer_skipped_are_read_again_before_any_later_one() -> None:
    kafka = Kafka()

    async def scenario(delivery: FakeDelivery) -> None:
        delivery.accept(fetch(0, 2), STAGE)
        delivery.accept(fetch(6, 7), STAGE)
        delivery.accept(fetch(8, 9), STAGE)
        while not delivery.seeks:
            await asyncio.sleep(0)
        await settled(delivery, 3)
        assert kafka.sent == values(0, 2)
        delivery.accept(fetch(3, 9), STAGE)
        await settled(delivery, 10)

    delivery = run(scenario, kafka)

    assert delivery.seeks == [3]
    assert kafka.sent == values(0, 9)


def test_a_gap_that_the_log_has_is_none() -> None:
    """Markers of transactions take offsets, and compaction leaves holes."""
    kafka = Kafka()

    async def scenario(delivery: FakeDelivery) -> None:
        delivery.accept(fetch(0, 2), STAGE)
        delivery.accept(fetch(5, 6, begin=3), STAGE)
        await settled(delivery, 7)

    delivery = run(scenario, kafka)

    assert (kafka.sent, delivery.seeks) == (values(0, 2) + values(5, 6), [])


def test_after_a_rebalance_it_starts_from_the_committed_offset_wherever_the_consumer_stands() -> None:
    kafka = Kafka()

    async def scenario(delivery: FakeDelivery) -> None:
        delivery.accept(fetch(0, 3), STAGE)
        await settled(delivery, 4)
        await delivery.revoked([INPUT])
        await delivery.assigned([INPUT], 2)
        delivery.accept(fetch(4, 5, generation=1), STAGE)  # of the old generation
        delivery.accept(fetch(7, 8, generation=2), STAGE)  # polled before the consumer sought
        while not delivery.seeks:
            await asyncio.sleep(0)
        delivery.accept(fetch(9, 9, generation=2), STAGE)  # polled before that seek
        delivery.accept(fetch(4, 8, generation=2), STAGE)
        await settled(delivery, 9)

    delivery = run(scenario, kafka)

    assert delivery.seeks == [4]
    assert kafka.sent == values(0, 8)


def test_a_lane_begins_at_the_committed_offset_wherever_the_consumer_stands() -> None:
    kafka = Kafka(offset=3)

    async def scenario(delivery: FakeDelivery) -> None:
        delivery.accept(fetch(6, 8), STAGE)
        while not delivery.seeks:
            await asyncio.sleep(0)
        delivery.accept(fetch(3, 8), STAGE)
        await settled(delivery, 9)

    delivery = run(scenario, kafka)

    assert delivery.seeks == [3]
    assert kafka.sent == values(3, 8)


def test_a_seek_that_brings_nothing_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.worker.delivery.SEEK_SECONDS", 0.0)
    kafka = Kafka(offset=3)

    async def scenario(delivery: FakeDelivery) -> None:
        while len(delivery.seeks) < 3:
            delivery.accept(fetch(6, 8), STAGE)
            await asyncio.sleep(0.001)
        delivery.accept(fetch(3, 8), STAGE)
        await settled(delivery, 9)

    run(scenario, kafka)

    assert kafka.sent == values(3, 8)


@pytest.mark.parametrize("committed", [0, 3])
def test_records_that_retention_deleted_unread_are_passed_over(
    committed: int, caplog: pytest.LogCaptureFixture
) -> None:
    kafka = Kafka(offset=committed, first=6)

    async def scenario(delivery: FakeDelivery) -> None:
        delivery.accept(fetch(6, 8), STAGE)
        while not delivery.seeks:
            await asyncio.sleep(0)
        delivery.accept(fetch(6, 8), STAGE)
        await settled(delivery, 9)

    delivery = run(scenario, kafka)

    assert delivery.seeks == [6]
    assert kafka.sent == values(6, 8)
    assert ("deleted before they were read" in caplog.text) == (committed > 0)


def test_nothing_is_committed_while_the_cluster_is_unsettled() -> None:
    kafka = Kafka(unsettled=4)

    async def scenario(delivery: FakeDelivery) -> None:
        delivery.accept(fetch(0, 3), STAGE)
        await settled(delivery, 4)
        kafka.unsettled = 1
        delivery.accept(fetch(4, 7), STAGE)
        await settled(delivery, 8)

    run(scenario, kafka)

    assert (kafka.sent, kafka.unsettled) == (values(0, 7), 0)
    assert kafka.epoch == 2  # the transaction that was not committed was left to a new producer


def test_what_a_lane_wrote_to_is_watched_however_often_it_takes_to_open_it_anew() -> None:
    kafka = Kafka()

    async def scenario(delivery: FakeDelivery) -> None:
        delivery.accept(fetch(0, 3), STAGE)
        await settled(delivery, 4)
        lost = KafkaConnectionError()
        kafka.faults += [("before commit", lost), ("start", lost), ("start", lost)]
        delivery.accept(fetch(4, 7), STAGE)
        await settled(delivery, 8)

    first, *later = run(scenario, kafka).asked.watched

    assert first == {"news.raw"}
    assert len(later) >= 5
    assert all(topics == {"news.raw", "news.clean"} for topics in later)


def test_two_owners_of_one_partition_send_each_record_once() -> None:
    kafka = Kafka()

    async def both() -> None:
        owners = [FakeDelivery(kafka) for _ in range(2)]
        for first in range(0, 40, 4):
            for owner in owners:
                owner.accept(fetch(first, first + 3), STAGE)
            await asyncio.sleep(0.001)
        await settled(owners[0], 40)
        for owner in owners:
            await owner.stop()

    asyncio.run(asyncio.wait_for(both(), 30))

    assert kafka.sent == values(0, 39)


def test_a_result_that_the_broker_refuses_for_its_size_is_buried_and_the_others_pass() -> None:
    kafka = Kafka(faults=[("send", MessageSizeTooLargeError()), ("send", MessageSizeTooLargeError())])
    letters: list[Outgoing] = []

    async def scenario(delivery: FakeDelivery) -> None:
        delivery.accept(fetch(0, 2), STAGE)
        await settled(delivery, 3)

    bury = Stage.bury

    def burying(stage: Stage, *arguments: Any) -> Outgoing:
        letters.append(bury(stage, *arguments))
        return letters[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stage, "bury", burying)
        run(scenario, kafka)

    assert kafka.sent == values(0, 2)
    assert [text_of(letter.headers, "__streams.errors.exception") for letter in letters] == [
        "ArticleTooLarge"
    ]


def alone(topic: str, values: list[bytes]) -> bool:
    """Whether there is a single value: two are too large."""
    return len(values) == 1


def not_the_first(topic: str, values: list[bytes]) -> bool:
    """Whether the first record's bytes are missing, or on their way to the dead letters."""
    return topic == "news.dead" or b"0" not in values


LOST = [KafkaConnectionError(), ProducerFenced(), IllegalOperation(), OSError(), asyncio.CancelledError()]


@pytest.mark.parametrize("call", ["start", "committed", "send", "offsets", "before commit", "after commit"])
@pytest.mark.parametrize("error", LOST)
def test_a_batch_that_is_too_large_is_sent_once_whatever_fails_while_its_first_record_is_committed_alone(
    call: str, error: BaseException
) -> None:
    kafka = Kafka(faults=[("send", MessageSizeTooLargeError()), (call, error), (call, error)])

    async def scenario(delivery: FakeDelivery) -> None:
        delivery.accept(fetch(0, 9), STAGE)
        await settled(delivery, 10)

    delivery = run(scenario, kafka)

    assert (kafka.sent, kafka.offset, kafka.faults) == (values(0, 9), 10, [])
    assert delivery.failure is None


@pytest.mark.parametrize("call", ["send", "offsets", "before commit", "after commit"])
@pytest.mark.parametrize("error", LOST)
def test_an_article_whose_result_is_too_large_is_buried_once_whatever_fails_meanwhile(
    call: str, error: BaseException
) -> None:
    kafka = Kafka(faults=[(call, error), (call, error)], fits=not_the_first)

    async def scenario(delivery: FakeDelivery) -> None:
        delivery.accept(fetch(0, 9), STAGE)
        await settled(delivery, 10)

    delivery = run(scenario, kafka)

    assert (kafka.sent, kafka.offset, kafka.faults) == (values(0, 9), 10, [])
    assert delivery.failure is None


@pytest.mark.parametrize("fits", [alone, not_the_first])
@pytest.mark.parametrize("refusal", [1, 2])
def test_a_cluster_that_is_unsettled_after_a_batch_was_too_large_is_waited_for(
    fits: Callable[[str, list[bytes]], bool], refusal: int
) -> None:
    refused: list[list[bytes]] = []

    def fits_and_notes(topic: str, sent: list[bytes]) -> bool:
        fitting = fits(topic, sent)
        if not fitting:
            refused.append(sent)
            if len(refused) == refusal:
                kafka.unsettled = 3
        return fitting

    kafka = Kafka(fits=fits_and_notes)
    passed_while_unsettled: list[int] = []

    async def scenario(delivery: FakeDelivery) -> None:
        delivery.at = lambda _: passed_while_unsettled.append(kafka.unsettled) if kafka.unsettled else None
        delivery.accept(fetch(0, 3), STAGE)
        await settled(delivery, 4)

    delivery = run(scenario, kafka)

    assert (kafka.sent, kafka.unsettled) == (values(0, 3), 0)
    assert len(refused) >= refusal
    assert passed_while_unsettled == []  # no lane was opened, so nothing was sent
    assert delivery.failure is None


def test_an_article_that_another_owner_buried_meanwhile_is_not_buried_again() -> None:
    def fits(topic: str, sent: list[bytes]) -> bool:
        if sent == [b"0"] and topic == "news.clean":  # refused for this owner, and buried by the other
            kafka.sent.append(b"0")
            kafka.offset = 1
        return not_the_first(topic, sent)

    kafka = Kafka(fits=fits)

    async def scenario(delivery: FakeDelivery) -> None:
        delivery.accept(fetch(0, 3), STAGE)
        await settled(delivery, 4)

    run(scenario, kafka)

    assert kafka.sent == values(0, 3)


def test_a_dead_letter_that_is_too_large_as_well_ends_the_worker_uncommitted() -> None:
    kafka = Kafka(fits=lambda _topic, sent: b"0" not in sent)
    told: list[BaseException] = []

    async def scenario(delivery: FakeDelivery) -> None:
        delivery.on_failure = told.append
        delivery.accept(fetch(0, 3), STAGE)
        while not told:
            await asyncio.sleep(0)

    run(scenario, kafka)

    assert (kafka.sent, kafka.offset) == ([], 0)
    assert "the dead letter of news.raw-0-0" in str(told[0])
    assert "max.message.bytes of news.dead" in str(told[0])


def test_a_partition_with_enough_waiting_is_held_back_and_released() -> None:
    kafka = Kafka()

    async def scenario(delivery: FakeDelivery) -> None:
        delivery.accept(fetch(0, 11), STAGE)
        assert delivery.flows == [False]
        await settled(delivery, 12)

    delivery = run(scenario, kafka)

    assert delivery.flows[1] is True


def test_records_that_come_fast_are_gathered_and_those_that_come_alone_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the clock alone the later ones would wait for a minute; what is waited for are facts."""
    monkeypatch.setattr("streams.worker.delivery.GATHER_SECONDS", 60.0)
    monkeypatch.setattr("streams.worker.delivery.GATHER_PER_RECORD", 20.0)
    ends: list[int] = []

    async def scenario(delivery: FakeDelivery) -> None:
        def note(point: str) -> None:
            if point == "before commit":
                ends.append(delivery.kafka.offset)

        delivery.at = note
        delivery.accept(fetch(0, 3), STAGE)  # as many as one transaction takes
        await settled(delivery, 4)
        for offset in (4, 5, 6):
            delivery.accept(fetch(offset, offset), STAGE)
            await asyncio.sleep(0.02)  # time enough to commit it, were it not held
        assert delivery.kafka.offset == 4
        delivery.accept(fetch(7, 7), STAGE)
        await settled(delivery, 8)
        monkeypatch.setattr(
            "streams.worker.delivery.GATHER_PER_RECORD", 0.0
        )  # the last one was small, as it were
        delivery.accept(fetch(8, 11), STAGE)
        await settled(delivery, 12)
        for offset in (12, 13):
            delivery.accept(fetch(offset, offset), STAGE)
            await settled(delivery, offset + 1)

    kafka = Kafka()
    run(scenario, kafka)

    assert kafka.sent == values(0, 13)
    assert ends == [0, 4, 8, 12, 13]


def test_a_rebalance_while_records_are_gathered_leaves_them_to_the_next_owner(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("streams.worker.delivery.GATHER_SECONDS", 0.05)
    monkeypatch.setattr("streams.worker.delivery.GATHER_PER_RECORD", 0.05)
    kafka = Kafka()

    async def scenario(delivery: FakeDelivery) -> None:
        delivery.accept(fetch(0, 3), STAGE)
        await settled(delivery, 4)
        delivery.accept(fetch(4, 5), STAGE)
        await delivery.revoked([INPUT])
        await delivery.assigned([INPUT], 2)
        await asyncio.sleep(0.1)  # what was gathered would have been committed by now
        assert kafka.offset == 4
        delivery.accept(fetch(4, 7, generation=2), STAGE)
        await settled(delivery, 8)

    run(scenario, kafka)

    assert kafka.sent == values(0, 7)


def test_a_fault_of_ours_ends_the_worker_uncommitted() -> None:
    kafka = Kafka(faults=[("offsets", ZeroDivisionError())])
    told: list[BaseException] = []

    async def scenario(delivery: FakeDelivery) -> None:
        delivery.on_failure = told.append
        delivery.accept(fetch(0, 1), STAGE)
        while not told:
            await asyncio.sleep(0)

    run(scenario, kafka)

    assert (kafka.sent, kafka.offset) == ([], 0)
    assert isinstance(told[0], ZeroDivisionError)


def test_the_points_of_a_delivery_are_told_in_their_order() -> None:
    told: list[str] = []

    async def scenario(delivery: FakeDelivery) -> None:
        delivery.at = told.append
        delivery.accept(fetch(0, 3), STAGE)
        await settled(delivery, 4)

    run(scenario, Kafka())

    committing = ["sending", "before offsets", "after offsets", "before commit", "after commit"]
    assert told == ["polled", *committing, "stopping"]
