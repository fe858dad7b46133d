"""Exactly once, fault by fault: a lane commits each record once, whatever call fails. No broker."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiokafka.errors import IllegalOperation, KafkaConnectionError, MessageSizeTooLargeError, ProducerFenced
from faust.types import TP

from streams.headers import text_of
from streams.records import Outgoing
from streams.stage import Stage
from streams.worker import interruptions, stage_queue
from streams.worker.fetch import ReadPosition
from streams.worker.inbox import Inbox
from streams.worker.lane import Lane
from streams.worker.lane_reports import LaneReports
from streams.worker.lane_state import LaneState
from streams.worker.limits import Limits
from streams.worker.metrics.meter import CountingStageMeter
from streams.worker.partition_writer import PartitionWriter
from streams.worker.passage import Passage
from streams.worker.stage_queue import StageQueue
from tests.fakes.kafka import (
    INPUT,
    STAGE,
    FakeKafka,
    Surroundings,
    fetch,
    values,
)

EXCEPTION = "__streams.errors.exception"
ERRORS = [
    KafkaConnectionError(),
    ProducerFenced(),
    IllegalOperation(),
    TimeoutError(),
    OSError(),
    asyncio.CancelledError(),  # not ours: aiokafka cancels what it gives up
]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    """What failed is tried again at once: nothing here takes time to recover."""
    monkeypatch.setattr(interruptions, "RETRY_SECONDS", 0.001)
    monkeypatch.setattr(interruptions, "FENCED_SECONDS", 0.01)


class OneLane(Surroundings):
    """A lane of 4 records a transaction, with what it works with."""

    def __init__(self, kafka: FakeKafka) -> None:
        super().__init__(kafka)
        self.on_point: Callable[[str], None] = lambda _: None
        self.committed: list[int] = []  # the number of records of each transaction
        self.carried: list[
            int
        ] = []  # the number of records that each stage behind has passed, by transaction
        self.passage: Passage | None = None
        self.meter = CountingStageMeter()
        self.lane = self.new_lane()

    def new_inbox(self) -> Inbox:
        return Inbox(INPUT, self.consumer, Limits(4))

    def new_lane(self) -> Lane:
        writer = PartitionWriter(
            INPUT,
            "group",
            producers=self.kafka,
            offsets=self.kafka,
            monitor=self.monitor,
            max_bytes=1000,
            on_point=self._note,
        )
        lane = Lane(
            STAGE,
            self.new_inbox(),
            writer,
            StageQueue(self.stage_process),
            LaneReports(
                {"stage": "cleanup", "input": "news.raw-0"},
                on_committed=self.committed.append,
                meter=self.meter,
                on_carried=lambda _stage, records, _chunks: self.carried.append(len(records)),
            ),
            seconds=1.0,
            on_failure=self.failures.append,
            passage=self.passage,
        )
        self.monitor.start(lambda: lane.topics)
        lane.start()
        return lane

    def _note(self, point: str) -> None:
        self.points.append(point)
        self.on_point(point)


def run(
    scenario: Callable[[OneLane], Awaitable[None]], kafka: FakeKafka, kind: type[OneLane] = OneLane
) -> OneLane:
    """Run `scenario` on a lane of its own, within a deadline."""

    async def whole() -> OneLane:
        setup = kind(kafka)
        await scenario(setup)
        await setup.lane.close()
        return setup

    return asyncio.run(asyncio.wait_for(whole(), 20))


async def ten_records(setup: OneLane) -> None:
    setup.lane.accept(fetch(0, 9))
    await setup.until(10)


@pytest.mark.parametrize("call", ["start", "committed", "send", "offsets", "before commit", "after commit"])
@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_each_record_is_sent_once_whatever_call_fails_or_loses_its_answer(call, error):
    kafka = FakeKafka(faults=[(call, error), (call, error)])

    setup = run(ten_records, kafka)

    assert (kafka.sent, kafka.offset, kafka.faults) == (values(0, 9), 10, [])
    assert setup.failures == []


@pytest.mark.parametrize(
    "error", [KafkaConnectionError(), TimeoutError(), asyncio.CancelledError()], ids=repr
)
def test_a_producer_that_fails_even_to_stop_holds_nothing_up(error):
    kafka = FakeKafka(faults=[("send", KafkaConnectionError()), ("stop", error)])

    run(ten_records, kafka)

    assert (kafka.sent, kafka.faults) == (values(0, 9), [])


def test_a_lane_starts_at_the_offset_that_its_predecessor_committed():
    kafka = FakeKafka(offset=4)

    run(ten_records, kafka)

    assert kafka.sent == values(4, 9)


def test_records_are_committed_in_transactions_of_the_limit():
    setup = run(ten_records, FakeKafka())

    assert setup.committed == [4, 4, 2]


def test_records_that_another_owner_commits_while_a_batch_is_retried_are_not_sent_again():
    kafka = FakeKafka(faults=[("offsets", KafkaConnectionError())])

    async def scenario(setup):
        def other_owner(point: str) -> None:
            if point == "before offsets" and not kafka.offset:
                kafka.sent, kafka.offset = values(0, 2), 3

        setup.on_point = other_owner
        await ten_records(setup)

    run(scenario, kafka)

    assert kafka.sent == values(0, 9)


def test_nothing_is_committed_while_the_cluster_is_unstable(caplog):
    kafka = FakeKafka()

    async def scenario(setup):
        setup.monitor.unstable = 4
        setup.lane.accept(fetch(0, 3))
        await setup.until(4)
        setup.monitor.unstable = 1
        setup.lane.accept(fetch(4, 7))
        await setup.until(8)
        assert setup.monitor.unstable == 0

    run(scenario, kafka)

    assert kafka.sent == values(0, 7)
    assert kafka.epoch == 2  # a new producer settled the transaction that was not committed
    assert caplog.messages == []  # the monitor warns once for all lanes


def test_a_lane_that_is_interrupted_warns_at_the_first_and_the_tenth_failure(caplog):
    kafka = FakeKafka(faults=[("start", KafkaConnectionError())] * 12)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(interruptions, "LONGEST_RETRY_SECONDS", 0.001)
        run(ten_records, kafka)

    assert [(record.message, record.failures) for record in caplog.records] == [
        ("delivery interrupted", 1),
        ("delivery interrupted", 10),
    ]
    assert (caplog.records[0].stage, caplog.records[0].input) == ("cleanup", "news.raw-0")


@pytest.mark.parametrize("failures", [10, 1_000, 10_000])
def test_a_broker_that_is_away_for_hours_is_tried_every_few_seconds(monkeypatch, failures):
    monkeypatch.setattr(interruptions, "RETRY_SECONDS", 0.05)

    assert (
        interruptions.retry_seconds(KafkaConnectionError(), failures) == interruptions.LONGEST_RETRY_SECONDS
    )


def test_the_topics_that_a_lane_wrote_to_are_watched_however_often_it_starts_a_new_producer():
    kafka = FakeKafka()

    async def scenario(setup):
        setup.lane.accept(fetch(0, 3))
        await setup.until(4)
        lost = KafkaConnectionError()
        kafka.faults += [("before commit", lost), ("start", lost), ("start", lost)]
        setup.lane.accept(fetch(4, 7))
        await setup.until(8)

    first, *later = run(scenario, kafka).monitor.watched

    assert first == {"news.raw"}
    assert len(later) >= 5
    assert all(topics == {"news.raw", "news.clean"} for topics in later)


# Batches that are too large


def alone(_topic: str, contents: list[bytes]) -> bool:
    """Take a single record: two are too large."""
    return len(contents) == 1


def not_the_first(topic: str, contents: list[bytes]) -> bool:
    """Refuse the result of the first record, and take its dead letter."""
    return topic == "news.dead" or b"0" not in contents


@pytest.fixture
def letters(monkeypatch) -> list[Outgoing]:
    """The dead letters that were made, committed or not."""
    letters: list[Outgoing] = []
    bury = Stage.bury

    def noted(stage: Stage, *arguments: Any) -> Outgoing:
        letters.append(bury(stage, *arguments))
        return letters[-1]

    monkeypatch.setattr(Stage, "bury", noted)
    return letters


def test_a_batch_that_is_too_large_passes_record_by_record(letters):
    kafka = FakeKafka(fits=alone)

    run(ten_records, kafka)

    assert (kafka.sent, letters) == (values(0, 9), [])


def test_an_article_whose_result_is_too_large_is_buried_and_the_others_pass(letters, caplog):
    kafka = FakeKafka(fits=not_the_first)

    setup = run(ten_records, kafka)

    assert kafka.sent == values(0, 9)
    assert [text_of(letter.headers, EXCEPTION) for letter in letters] == ["ArticleTooLarge"]
    assert [contents for topic, _, contents in kafka.placed if topic == "news.dead"] == [[b"0"]]
    assert setup.committed == [1, 3, 4, 2]
    buried = [record for record in caplog.records if record.message == "article buried"]
    assert [(record.reason, record.offset) for record in buried] == [("ArticleTooLarge", "0")]


@pytest.mark.parametrize("call", ["start", "committed", "send", "offsets", "before commit", "after commit"])
@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_a_batch_that_is_too_large_is_sent_once_whatever_fails_while_its_first_record_is_sent_alone(
    call, error
):
    kafka = FakeKafka(faults=[("send", MessageSizeTooLargeError()), (call, error), (call, error)])

    setup = run(ten_records, kafka)

    assert (kafka.sent, kafka.offset, kafka.faults) == (values(0, 9), 10, [])
    assert setup.failures == []


@pytest.mark.parametrize("call", ["start", "committed", "send", "offsets", "before commit", "after commit"])
@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_an_article_whose_result_is_too_large_is_buried_once_whatever_fails_meanwhile(call, error):
    kafka = FakeKafka(faults=[(call, error), (call, error)], fits=not_the_first)

    setup = run(ten_records, kafka)

    assert (kafka.sent, kafka.offset, kafka.faults) == (values(0, 9), 10, [])
    assert setup.failures == []


@pytest.mark.parametrize("fits", [alone, not_the_first])
@pytest.mark.parametrize("refusal", [1, 2])
def test_a_cluster_that_is_unstable_after_a_batch_was_too_large_is_waited_for(fits, refusal):
    refused: list[list[bytes]] = []
    points_while_unstable: list[str] = []
    kafka = FakeKafka()

    async def scenario(setup):
        def fits_and_notes(topic: str, contents: list[bytes]) -> bool:
            fitting = fits(topic, contents)
            if not fitting:
                refused.append(contents)
                if len(refused) == refusal:
                    setup.monitor.unstable = 3
            return fitting

        kafka.fits = fits_and_notes
        setup.on_point = lambda point: points_while_unstable.append(point) if setup.monitor.unstable else None
        setup.lane.accept(fetch(0, 3))
        await setup.until(4)
        assert setup.monitor.unstable == 0

    setup = run(scenario, kafka)

    assert kafka.sent == values(0, 3)
    assert len(refused) >= refusal
    assert points_while_unstable == []  # no producer was started, so nothing was sent
    assert setup.failures == []


def test_an_article_that_another_owner_buried_meanwhile_is_not_buried_again(letters):
    kafka = FakeKafka()

    def fits(topic: str, contents: list[bytes]) -> bool:
        if contents == [b"0"] and topic == "news.clean":  # refused for this owner, and buried by the other
            kafka.sent.append(b"0")
            kafka.offset = 1
        return not_the_first(topic, contents)

    kafka.fits = fits

    run(ten_records, kafka)

    assert (kafka.sent, letters) == (values(0, 9), [])


def test_a_dead_letter_that_is_too_large_as_well_ends_the_lane_uncommitted():
    kafka = FakeKafka(fits=lambda _topic, contents: b"0" not in contents)

    async def scenario(setup):
        setup.lane.accept(fetch(0, 3))
        while not setup.failures:
            await asyncio.sleep(0)

    setup = run(scenario, kafka)

    assert (kafka.sent, kafka.offset) == ([], 0)
    assert "the dead letter of news.raw-0-0" in str(setup.failures[0])
    assert "max.message.bytes of news.dead" in str(setup.failures[0])


def test_a_fault_of_ours_ends_the_lane_uncommitted():
    kafka = FakeKafka(faults=[("offsets", ZeroDivisionError())])

    async def scenario(setup):
        setup.lane.accept(fetch(0, 1))
        while not setup.failures:
            await asyncio.sleep(0)

    setup = run(scenario, kafka)

    assert (kafka.sent, kafka.offset) == ([], 0)
    assert [type(error) for error in setup.failures] == [ZeroDivisionError]


# Pacing, pausing and closing


def test_records_that_come_fast_are_gathered_and_those_that_come_alone_are_not(monkeypatch):
    """By the clock alone the later records would wait for a minute; the test waits for facts."""
    monkeypatch.setattr(stage_queue, "GATHER_SECONDS", 60.0)
    monkeypatch.setattr(stage_queue, "GATHER_SECONDS_PER_RECORD", 20.0)

    async def scenario(setup):
        setup.lane.accept(fetch(0, 3))  # as many as one transaction takes
        await setup.until(4)
        for offset in (4, 5, 6):
            setup.lane.accept(fetch(offset, offset))
            for _ in range(50):  # turns enough to commit it, if it were not held
                await asyncio.sleep(0)
        assert setup.kafka.offset == 4
        setup.lane.accept(fetch(7, 7))
        await setup.until(8)
        monkeypatch.setattr(stage_queue, "GATHER_SECONDS_PER_RECORD", 0.0)  # as after a small one
        setup.lane.accept(fetch(8, 11))
        await setup.until(12)
        for offset in (12, 13):
            setup.lane.accept(fetch(offset, offset))
            await setup.until(offset + 1)

    kafka = FakeKafka()
    setup = run(scenario, kafka)

    assert kafka.sent == values(0, 13)
    assert setup.committed == [4, 4, 4, 1, 1]


def test_records_that_were_gathered_are_left_to_the_next_owner_when_the_lane_is_paused(monkeypatch):
    monkeypatch.setattr(stage_queue, "GATHER_SECONDS", 0.02)
    monkeypatch.setattr(stage_queue, "GATHER_SECONDS_PER_RECORD", 0.02)
    taken: list[int] = []
    take = Inbox.take

    def noted(inbox: Inbox, next_offset: int) -> Any:
        batch = take(inbox, next_offset)
        taken.append(len(batch))
        return batch

    monkeypatch.setattr(Inbox, "take", noted)
    kafka = FakeKafka()

    async def scenario(setup):
        setup.lane.accept(fetch(0, 3))
        await setup.until(4)
        setup.lane.accept(fetch(4, 5))
        await setup.lane.pause()
        setup.lane.resume()
        setup.lane.accept(fetch(4, 7))
        await setup.until(8)

    run(scenario, kafka)

    assert (kafka.sent, taken) == (values(0, 7), [4, 4])


def test_a_lane_that_is_paused_finishes_the_batch_in_hand_and_accepts_nothing_more():
    kafka = FakeKafka()

    async def scenario(setup):
        setup.stage_process.gate = asyncio.Event()
        setup.lane.accept(fetch(0, 9))
        while setup.lane.began is None:
            await asyncio.sleep(0)
        pausing = asyncio.create_task(setup.lane.pause())
        await asyncio.sleep(0)
        setup.lane.accept(fetch(10, 12))
        assert not pausing.done()
        setup.stage_process.gate.set()
        await pausing
        assert setup.lane.began is None

    run(scenario, kafka)

    assert kafka.sent == values(0, 3)


def test_a_lane_that_is_closed_ends_while_its_broker_does_not_answer():
    kafka = FakeKafka(faults=[("start", KafkaConnectionError())] * 1000)

    async def scenario(setup):
        setup.lane.accept(fetch(0, 3))
        while setup.lane.began is None:
            await asyncio.sleep(0)

    setup = run(scenario, kafka)

    assert (kafka.sent, setup.failures) == ([], [])


def test_a_lane_that_ends_although_nobody_closed_it_is_a_failure():
    async def scenario(setup):
        setup.lane._task.cancel()
        while not setup.failures:
            await asyncio.sleep(0)

    setup = run(scenario, FakeKafka())

    assert "lane news.raw-0 ended, and nobody closed it" in str(setup.failures[0])


# What a lane tells about its work


def test_each_record_counts_once_whatever_fails():
    kafka = FakeKafka(faults=[("offsets", KafkaConnectionError()), ("before commit", ProducerFenced())])

    meter = run(ten_records, kafka).meter

    assert meter.articles == {"done": 10, "dead": 0}
    assert meter.transactions == {"committed": 3, "discarded": 1, "fenced": 1}
    assert sum(meter.stage_duration.counts) == 10
    assert meter.fences == kafka.epoch == 3


def test_a_producer_that_does_not_start_has_no_transaction_to_discard():
    meter = run(ten_records, FakeKafka(faults=[("start", KafkaConnectionError())])).meter

    assert meter.transactions == {"committed": 3, "discarded": 0, "fenced": 0}


def test_an_article_that_is_too_large_counts_as_a_dead_letter():
    meter = run(ten_records, FakeKafka(fits=not_the_first)).meter

    assert meter.articles == {"done": 9, "dead": 1}
    assert meter.letters["ArticleTooLarge"] == 1
    assert meter.transactions["discarded"] == 2  # the whole batch, and the record alone


def test_a_lane_tells_what_waits_until_it_is_committed():
    seen: list[LaneState] = []

    async def scenario(setup):
        setup.stage_process.gate = asyncio.Event()
        seen.append(setup.lane.state)
        setup.lane.accept(fetch(0, 9))
        seen.append(setup.lane.state)
        while setup.lane.began is None or setup.lane.state.waiting > 10:
            await asyncio.sleep(0)
        seen.append(setup.lane.state)  # four of them are in hand
        setup.stage_process.gate.set()
        await setup.until(10)
        while setup.lane.began is not None:
            await asyncio.sleep(0)
        seen.append(setup.lane.state)

    run(scenario, FakeKafka())

    assert seen == [
        LaneState(waiting=0, oldest=None, received=None),
        LaneState(waiting=10, oldest=0, received=10, first=0),
        LaneState(waiting=10, oldest=0, received=10, first=0),
        LaneState(waiting=0, oldest=None, received=10),
    ]


def test_a_lane_that_is_paused_has_nothing_waiting():
    async def scenario(setup):
        setup.lane.accept(fetch(0, 3))
        await setup.until(4)
        setup.lane.accept(fetch(4, 9))
        await setup.lane.pause()
        assert setup.lane.state == LaneState(waiting=0, oldest=None, received=None)

    run(scenario, FakeKafka())


class Carrying(OneLane):
    """A lane whose articles two stages follow, in partitions that this worker reads and that are done."""

    def __init__(self, kafka: FakeKafka) -> None:
        self.generation = 1
        self.is_done = True
        super().__init__(kafka)

    def new_lane(self) -> Lane:
        following = [(TP("news.clean", 0), STAGE), (TP("news.tagged", 0), STAGE)]
        self.passage = Passage(STAGE, following, self, b"group")
        return super().new_lane()

    def owns(self, tp: TP) -> bool:
        return True

    async def log_end(self, tp: TP) -> int:
        return 0

    def has_done(self, tp: TP, offset: int) -> bool:
        return self.is_done


def by_topic(kafka: FakeKafka) -> dict[str, list[bytes]]:
    """Return the values that were committed to each topic."""
    topics: dict[str, list[bytes]] = {}
    for topic, _, sent in kafka.placed:
        topics.setdefault(topic, []).extend(sent)
    return topics


def test_the_results_of_all_stages_are_committed_in_one_transaction():
    async def scenario(setup: OneLane) -> None:
        setup.lane.accept(fetch(0, 9))
        await setup.until(10)

    kafka = FakeKafka(offset=0)
    setup = run(scenario, kafka, Carrying)

    assert by_topic(kafka) == {"news.clean": values(0, 9), "news.tagged": values(0, 9)}
    assert setup.carried == [4, 4, 4, 4, 2, 2]
    assert setup.points.count("before commit") == 3


@pytest.mark.parametrize("call", ["start", "committed", "send", "offsets", "before commit", "after commit"])
@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_each_result_of_all_stages_is_sent_once_whatever_call_fails(call, error):
    kafka = FakeKafka(faults=[(call, error), (call, error)])

    setup = run(ten_records, kafka, Carrying)

    assert by_topic(kafka) == {"news.clean": values(0, 9), "news.tagged": values(0, 9)}
    assert setup.failures == []


def test_after_an_article_that_was_not_carried_a_lane_waits_for_the_stages_that_follow():
    async def scenario(setup: OneLane) -> None:
        assert isinstance(setup, Carrying)
        setup.stage_process.left_alone = [b"5"]
        setup.lane.accept(fetch(0, 3))
        await setup.until(4)
        setup.is_done = False
        setup.lane.accept(fetch(4, 11))
        await setup.until(8)
        for _ in range(20):
            await asyncio.sleep(0.001)
        seen.append(kafka.offset)
        setup.is_done = True
        await setup.until(12)

    seen: list[int] = []
    kafka = FakeKafka()
    run(scenario, kafka, Carrying)

    assert seen == [8]
    assert by_topic(kafka) == {
        "news.clean": values(0, 11),
        "news.tagged": [*values(0, 4), *values(8, 11)],
    }


def test_a_lane_goes_on_without_carrying_when_the_stages_that_follow_take_too_long(monkeypatch):
    monkeypatch.setattr("streams.worker.enrichment.WAIT_SECONDS", 0.01)

    async def scenario(setup: OneLane) -> None:
        assert isinstance(setup, Carrying)
        setup.is_done = False
        await ten_records(setup)

    kafka = FakeKafka()
    run(scenario, kafka, Carrying)

    assert by_topic(kafka) == {"news.clean": values(0, 9)}


def test_a_batch_that_the_broker_refuses_for_its_size_is_not_carried():
    kafka = FakeKafka(fits=lambda topic, values: topic != "news.tagged" or b"2" not in values)

    run(ten_records, kafka, Carrying)

    assert by_topic(kafka)["news.clean"] == values(0, 9)
    assert b"2" not in by_topic(kafka)["news.tagged"]


class Skipping(OneLane):
    """A lane that skips records with odd offsets."""

    def new_inbox(self) -> Inbox:
        return Inbox(INPUT, self.consumer, Limits(4), is_passed=lambda record: record.offset % 2 == 1)


def test_the_offset_of_records_that_were_skipped_is_committed_too():
    async def scenario(setup: OneLane) -> None:
        setup.lane.accept(fetch(0, 3))
        await setup.until(4)
        setup.lane.accept(fetch(5, 5, begin=4))
        await setup.until(6)

    kafka = FakeKafka()
    setup = run(scenario, kafka, Skipping)

    assert kafka.sent == [b"0", b"2"]
    assert setup.meter.articles == {"done": 2, "dead": 0}


def test_a_lane_that_pauses_commits_the_offset_of_skipped_records_first(monkeypatch):
    monkeypatch.setattr("streams.worker.stage_queue.SKIP_SECONDS", 3600)

    async def scenario(setup: OneLane) -> None:
        setup.lane.accept(fetch(0, 1))
        await setup.until(2)
        setup.lane.accept(fetch(3, 3, begin=2))
        await asyncio.sleep(0)
        seen.append(kafka.offset)
        await setup.lane.pause()
        seen.append(kafka.offset)

    seen: list[int] = []
    kafka = FakeKafka()
    run(scenario, kafka, Skipping)

    assert seen == [2, 4]


@pytest.mark.parametrize("error", ERRORS, ids=repr)
@pytest.mark.parametrize("call", ["offsets", "before commit", "after commit"])
def test_skipped_records_are_skipped_once_whatever_call_fails(call, error):
    async def scenario(setup: OneLane) -> None:
        setup.lane.accept(fetch(1, 1, begin=0))
        await setup.until(2)
        setup.lane.accept(fetch(2, 2))
        await setup.until(3)

    kafka = FakeKafka(faults=[(call, error)])
    run(scenario, kafka, Skipping)

    assert (kafka.sent, kafka.offset) == ([b"2"], 3)


def test_a_lane_has_done_what_the_consumer_read_once_nothing_is_in_hand_or_on_its_way():
    def read(handed_over: tuple[int, int] | None) -> ReadPosition:
        return ReadPosition(4, 4, 4, 0.0, handed_over)

    async def scenario(setup: OneLane) -> None:
        assert setup.lane.has_done(read(None))
        assert not setup.lane.has_done(read((0, 4)))  # on its way to the lane
        setup.stage_process.gate = asyncio.Event()
        setup.lane.accept(fetch(0, 3))
        while setup.lane.began is None:
            await asyncio.sleep(0)
        assert not setup.lane.has_done(read((0, 4)))
        setup.stage_process.gate.set()
        await setup.until(4)
        while setup.lane.began is not None:
            await asyncio.sleep(0)
        assert setup.lane.has_done(read((0, 4)))

    run(scenario, FakeKafka(), Skipping)
