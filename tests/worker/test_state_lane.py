"""The lane of a stage with a state counts each record once, whatever call fails. No broker."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence

import orjson
import pytest
from aiokafka.errors import IllegalOperation, KafkaConnectionError, ProducerFenced
from faust.types import TP

from streams.records import Outgoing, Record
from streams.stage import Stage
from streams.stateful import StateLost, States
from streams.worker import interruptions
from streams.worker.fetch import Fetch
from streams.worker.inbox import Inbox
from streams.worker.lane import Lane
from streams.worker.lane_reports import LaneReports
from streams.worker.limits import Limits
from streams.worker.partition_writer import PartitionWriter
from streams.worker.stage_queue import StageQueue
from tests.fakes.counting_state import INPUT, OUTPUT, STAGE, FakeHistory, article, counting_stage
from tests.fakes.kafka import FakeKafka, Surroundings
from tests.fakes.records import Copied

SEEN = TP(INPUT, 1)
ERRORS = [KafkaConnectionError(), ProducerFenced(), IllegalOperation(), TimeoutError(), StateLost()]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(interruptions, "RETRY_SECONDS", 0.001)
    monkeypatch.setattr(interruptions, "FENCED_SECONDS", 0.01)


class StatesHere:
    """A state process without a process; `faults` are raised once each, by the name of the call."""

    def __init__(self, history: FakeHistory) -> None:
        self.states = States({"count": counting_stage()}, history)
        self.next_offset = 0
        self.prepared: list[int] = []
        self.forgotten = 0
        self.faults: list[tuple[str, BaseException]] = []
        self.gate: asyncio.Event | None = None

    def fault(self, call: str) -> None:
        if self.faults and self.faults[0][0] == call:
            raise self.faults.pop(0)[1]

    async def prepare(self, stage: Stage, tp: TP, next_offset: int) -> None:
        self.prepared.append(next_offset)
        if self.gate is not None:
            await self.gate.wait()
        self.fault("prepare")
        self.states.prepare(stage.name, tp.partition, next_offset)
        self.next_offset = next_offset

    def committed(self, tp: TP, offset: int) -> None:
        self.next_offset = offset

    def forget(self, stage: Stage, tp: TP) -> None:
        self.forgotten += 1
        self.states.forget(stage.name, tp.partition)

    async def work(self, stage: Stage, records: Sequence[Record]) -> list[Outgoing]:
        await asyncio.sleep(0)
        self.fault("work")
        payloads = [(record.offset, (record.key, record.value, 0)) for record in records]
        outcomes, _ = self.states.process(stage.name, records[0].partition, self.next_offset, payloads)
        self.fault("after work")
        return stage.forward(records, outcomes)


class SentHistory(FakeHistory):
    """The results that `kafka` has."""

    def __init__(self, kafka: FakeKafka) -> None:
        super().__init__()
        self.kafka = kafka

    def results(self, topic: str, partition: int, since: Callable[[bytes], int]) -> Iterator[bytes]:
        self.sent = [value for name, _, values in self.kafka.placed for value in values if name == topic]
        return super().results(topic, partition, since)


class OneLane(Surroundings):
    """A lane of 4 records a transaction, and its state."""

    def __init__(self, kafka: FakeKafka) -> None:
        super().__init__(kafka)
        self.history = SentHistory(kafka)
        self.keeper = StatesHere(self.history)
        self.lane = self.new_lane()

    def new_lane(self) -> Lane:
        writer = PartitionWriter(
            SEEN,
            "group",
            producers=self.kafka,
            offsets=self.kafka,
            monitor=self.monitor,
            max_bytes=1_000,
            on_point=self.points.append,
        )
        lane = Lane(
            STAGE,
            Inbox(SEEN, self.consumer, Limits(4)),
            writer,
            StageQueue(self.keeper),  # type: ignore[arg-type]  # a state carries no article on
            LaneReports({}, on_committed=lambda _: None),
            seconds=1.0,
            on_failure=self.failures.append,
            keeper=self.keeper,
        )
        self.monitor.start(lambda: lane.topics)
        lane.start()
        return lane


def run(scenario: Callable[[OneLane], Awaitable[None]], kafka: FakeKafka) -> OneLane:
    """Run `scenario` on a lane of its own, within a deadline."""

    async def whole() -> OneLane:
        setup = OneLane(kafka)
        await scenario(setup)
        await setup.lane.close()
        return setup

    return asyncio.run(asyncio.wait_for(whole(), 20))


def fetch(first: int, last: int) -> Fetch:
    records = [
        Copied(INPUT, 1, offset, 0, b"a", article(f"{'word ' * offset}end"), ())
        for offset in range(first, last + 1)
    ]
    return Fetch(SEEN, records, first, last + 1, 1)


async def ten_records(setup: OneLane) -> None:
    setup.lane.accept(fetch(0, 9))
    await setup.until(10)


def counted(kafka: FakeKafka) -> list[str]:
    results = [value for topic, _, values in kafka.placed for value in values if topic == OUTPUT]
    return [orjson.loads(value)["byline"] for value in results]


UNDISTURBED = [f"{n + 1} {sum(range(1, n + 2))}" for n in range(10)]


@pytest.mark.parametrize("call", ["start", "committed", "send", "offsets", "before commit", "after commit"])
@pytest.mark.parametrize("error", ERRORS[:-1], ids=repr)
def test_each_record_is_counted_once_whatever_call_to_kafka_fails_or_loses_its_answer(call, error):
    kafka = FakeKafka(faults=[(call, error), (call, error)])

    setup = run(ten_records, kafka)

    assert counted(kafka) == UNDISTURBED
    assert (kafka.faults, setup.failures) == ([], [])


@pytest.mark.parametrize("call", ["prepare", "work", "after work"])
def test_each_record_is_counted_once_when_the_state_is_lost(call):
    kafka = FakeKafka()

    async def scenario(setup: OneLane) -> None:
        setup.keeper.faults = [(call, StateLost("gone")), (call, StateLost("gone"))]
        await ten_records(setup)

    setup = run(scenario, kafka)

    assert counted(kafka) == UNDISTURBED
    assert (setup.keeper.faults, setup.failures) == ([], [])


def test_results_lie_in_the_partition_with_the_number_of_the_input():
    kafka = FakeKafka()

    run(ten_records, kafka)

    assert {(topic, partition) for topic, partition, _ in kafka.placed} == {(OUTPUT, 1)}


def test_an_answer_that_was_lost_costs_no_restore_and_a_new_owner_does():
    interrupted = run(ten_records, FakeKafka(faults=[("after commit", KafkaConnectionError())]))
    fenced = run(ten_records, FakeKafka(faults=[("before commit", ProducerFenced())]))

    assert (interrupted.history.readings, interrupted.keeper.forgotten) == (1, 1)  # at the end, by close
    assert (fenced.history.readings, fenced.keeper.forgotten) == (2, 2)


def test_a_result_that_the_broker_refuses_for_its_size_is_not_in_the_state():
    kafka = FakeKafka(
        fits=lambda topic, values: topic != OUTPUT or not any(b"word word end" in v for v in values)
    )

    async def scenario(setup: OneLane) -> None:
        setup.lane.accept(fetch(0, 1))
        await setup.until(2)
        setup.lane.accept(Fetch(SEEN, [_with(2, "word word end"), _with(3, "end")], 2, 4, 1))
        await setup.until(4)

    run(scenario, kafka)

    assert counted(kafka) == ["1 1", "2 3", "3 4"]


def _with(offset: int, text: str) -> Copied:
    return Copied(INPUT, 1, offset, 0, b"a", article(text), ())


def test_a_rebalance_does_not_wait_for_a_restore():
    kafka = FakeKafka()

    async def scenario(setup: OneLane) -> None:
        setup.keeper.gate = asyncio.Event()
        setup.lane.accept(fetch(0, 9))
        while not setup.keeper.prepared:
            await asyncio.sleep(0.001)

        await asyncio.wait_for(setup.lane.pause(), 1.0)

        setup.keeper.gate.set()
        setup.lane.resume()
        await ten_records(setup)

    run(scenario, kafka)

    assert counted(kafka) == UNDISTURBED
