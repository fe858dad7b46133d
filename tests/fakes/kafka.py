"""A Kafka of a few lines whose answers can be lost, and what a worker's lanes need of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka.errors import MessageSizeTooLargeError, ProducerFenced
from faust.types import TP

from streams.headers import Header
from streams.one_pass import Pass, Route
from streams.records import Outgoing, Record
from streams.stage import Stage
from streams.worker.cluster_monitor import ClusterUnstable
from streams.worker.fetch import Fetch, ReadPosition
from tests.fakes.records import Copied

INPUT = TP("news.raw", 0)
STAGE = Stage("cleanup", object, list, lambda _: ["news.clean"], "news.dead", max_bytes=1000)  # type: ignore[arg-type]


@dataclass
class FakeKafka:
    """The committed records and the group's offset in one partition.

    `faults` are raised once each, by the name of the call. A batch for a topic that does not fit is refused
    before any fault.
    """

    sent: list[bytes] = field(default_factory=list)
    placed: list[tuple[str, int, list[bytes]]] = field(default_factory=list)  # topic, partition, values
    offset: int = 0
    epoch: int = 0
    faults: list[tuple[str, BaseException]] = field(default_factory=list)
    fits: Callable[[str, list[bytes]], bool] = lambda _topic, _values: True
    transactional_ids: list[str] = field(default_factory=list)

    def fault(self, call: str) -> None:
        if self.faults and self.faults[0][0] == call:
            raise self.faults.pop(0)[1]

    def producer(self, transactional_id: str, max_request_bytes: int) -> Any:
        self.transactional_ids.append(transactional_id)
        return FakeProducer(self)

    async def committed(self, tp: TP) -> int:
        self.fault("committed")
        return self.offset

    async def close(self) -> None:
        pass


class FakeBatch:
    """Messages on their way; one batch holds at most 100."""

    def __init__(self) -> None:
        self.values: list[bytes] = []

    def append(self, *, timestamp: object, key: object, value: bytes, headers: object) -> object:
        if len(self.values) == 100:
            return None
        self.values.append(value)
        return True


class FakeProducer:
    """A transactional producer; starting one fences those before it."""

    def __init__(self, kafka: FakeKafka) -> None:
        self.kafka = kafka
        self.epoch = 0
        self.batches: list[tuple[str, int, list[bytes]]] = []
        self.end = 0

    async def start(self) -> None:
        self.kafka.fault("start")
        self.kafka.epoch += 1
        self.epoch = self.kafka.epoch

    async def partitions_for(self, topic: str) -> set[int]:
        return {0, 1}

    async def begin_transaction(self) -> None:
        self.batches, self.end = [], 0

    def create_batch(self) -> FakeBatch:
        return FakeBatch()

    async def send_batch(self, batch: FakeBatch, topic: str, *, partition: int) -> Awaitable[None]:
        if not self.kafka.fits(topic, batch.values):
            raise MessageSizeTooLargeError
        self.kafka.fault("send")
        self.batches.append((topic, partition, batch.values))
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
        self.kafka.placed += self.batches
        self.kafka.sent += [value for _, _, values in self.batches for value in values]
        self.kafka.offset = self.end
        self.kafka.fault("after commit")

    async def stop(self) -> None:
        self.kafka.fault("stop")


class FakeConsumer:
    """Notes what was asked of the consumer; its log begins at `first`."""

    def __init__(self, first: int = 0) -> None:
        self.first = first
        self.seeks: list[int] = []
        self.flow: list[str] = []
        self.faults: list[BaseException] = []
        self.read: dict[TP, ReadPosition] = {}
        self.ends: dict[TP, int] = {}

    def hold(self, tp: TP) -> None:
        self.flow.append("hold")

    def release(self, tp: TP) -> None:
        self.flow.append("release")

    async def seek(self, tp: TP, offset: int) -> None:
        self.seeks.append(offset)

    def positions(self) -> dict[TP, ReadPosition]:
        return self.read

    async def log_end(self, tp: TP) -> int:
        return self.ends.get(tp, 0)

    async def earliest(self, tp: TP) -> int:
        if self.faults:
            raise self.faults.pop(0)
        return self.first


class FakeMonitor:
    """A cluster that is stable, but for the next `unstable` times that it is asked."""

    def __init__(self) -> None:
        self.unstable = 0
        self.topics: Callable[[], Iterable[str]] = lambda: ()
        self.watched: list[set[str]] = []  # the topics, each time that it was asked
        self.is_stopped = False

    def start(self, topics: Callable[[], Iterable[str]]) -> None:
        self.topics = topics

    async def first_check(self) -> None:
        pass

    def require_stable(self) -> None:
        self.watched.append(set(self.topics()))
        if self.unstable:
            self.unstable -= 1
            raise ClusterUnstable

    async def stop(self) -> None:
        self.is_stopped = True


class FakeStageProcess:
    """Passes values on; a stage that takes its time waits for `gate`."""

    def __init__(self) -> None:
        self.gate: asyncio.Event | None = None
        self.left_alone: list[bytes] = []  # values that no pass carries
        self.is_stopped = False

    async def work(self, stage: Stage, records: Sequence[Record]) -> list[Outgoing]:
        await asyncio.sleep(0)
        if self.gate is not None:
            await self.gate.wait()
        return [
            Outgoing("news.clean", record.key, record.value, [], source=record.offset) for record in records
        ]

    async def carry(self, route: Route, records: Sequence[Record]) -> tuple[Pass, list[float]]:
        """Pass values on through all stages, but not those of `left_alone` and what comes after them."""
        await self.work(route.stages[0], records)
        values = [record.value for record in records]
        count = min(
            (values.index(value) for value in self.left_alone if value in values), default=len(values)
        )
        outgoing = [
            Outgoing(topic, record.key, record.value, [], source=record.offset)
            for place, record in enumerate(records)
            for topic in ("news.clean", "news.tagged")[: 1 + (place < count)]
        ]
        is_whole = count == len(records)
        return Pass(outgoing, list(range(count)), is_whole), [0.0 for _ in route.stages]

    def stop(self) -> None:
        self.is_stopped = True


class Surroundings:
    """All that a lane or a delivery works with, and what it reported."""

    def __init__(self, kafka: FakeKafka) -> None:
        self.kafka = kafka
        self.consumer = FakeConsumer()
        self.monitor = FakeMonitor()
        self.stage_process = FakeStageProcess()
        self.points: list[str] = []
        self.failures: list[BaseException] = []

    async def until(self, offset: int) -> None:
        """Wait until `offset` is committed; raises the error that ended the work, if any."""
        while self.kafka.offset < offset:
            if self.failures:
                raise self.failures[0]
            await asyncio.sleep(0.001)


def record(offset: int, *headers: Header, key: bytes | None = b"k", tp: TP = INPUT) -> Record:
    """Return a record whose value is its offset."""
    return Copied(tp.topic, tp.partition, offset, 0, key, b"%d" % offset, headers)


def fetch(first: int, last: int, begin: int | None = None, generation: int = 1, tp: TP = INPUT) -> Fetch:
    """Records `first` to `last`, whose values are their offsets; `begin` is where the poll began."""
    topic, partition = tp
    offsets = range(first, last + 1)
    records = [Copied(topic, partition, offset, 0, b"k", b"%d" % offset, ()) for offset in offsets]
    return Fetch(tp, records, first if begin is None else begin, last + 1, generation)


def values(first: int, last: int) -> list[bytes]:
    return [b"%d" % offset for offset in range(first, last + 1)]
