"""Exactly once: results, dead letters and the input offset of a batch in one Kafka transaction.

Every input partition has a lane: its own transactional producer, whose id is `group.topic.partition` whoever
owns the partition. Opening a lane first starts that producer, which fences a predecessor and settles what it
left open, and only then reads the committed offset; what lies below it is skipped. So a record is sent in a
committed transaction once, whatever dies when, and Faust never acknowledges anything.

After any error the producer is given up and the lane opened anew: an answer that was lost may still take
effect on the broker, and only a new producer settles whether it did.

One id per partition and not per worker, because the Python clients lack KIP-447: with an id per worker a
paused and resumed worker commits what its successor has done already.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    GroupCoordinatorNotAvailableError,
    IllegalOperation,
    KafkaError,
    MessageSizeTooLargeError,
    ProducerFenced,
)
from aiokafka.errors import RecordListTooLargeError as TooLargeForBroker
from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder
from faust.types import TP

from streams.dead import OFFSET
from streams.errors import ArticleTooLarge
from streams.headers import text_of
from streams.kafka.producer import FailFastProducer
from streams.stage import Outgoing, Record, Stage
from streams.worker.cluster_monitor import ClusterMonitor
from streams.worker.faust_overrides.transport import Fetch
from streams.worker.stage_process import StageProcess
from streams.worker.tasks import end_task

log = logging.getLogger("wireroom.delivery")

Seek = Callable[[TP, int], Awaitable[None]]

TRANSACTION_TIMEOUT_MS = 15_000  # an open transaction of a dead worker blocks readers for no longer
RETRY_BACKOFF_MS = 20  # the default of 100 dominates small transactions
GIVE_UP_SECONDS = 1.5
ASK_SECONDS = 10.0
STOP_SECONDS = 5.0  # what a lane may take to finish the batch in hand
SEEK_SECONDS = 2.0  # a seek that brought nothing by then is tried again
AGAIN_SECONDS = 0.05  # doubled with each failure
FENCED_SECONDS = 0.5
GATHER_SECONDS = 0.2  # between two transactions of a lane whose records come fast, unless a full one waits
GATHER_PER_RECORD = 0.01  # of the last one: where records come one by one, none has to wait
CHUNK = 8  # records between two looks at the clock, at least
CHUNK_SECONDS = 0.25  # and as many as take about this long


class Unsettled(Exception):
    """The cluster is not in a state to commit in."""


# What opening the lane anew can mend. A producer that was fenced refuses further calls with IllegalOperation,
# which is no KafkaError.
INTERRUPTIONS = (KafkaError, IllegalOperation, OSError, TimeoutError, Unsettled)

TOO_LARGE = (MessageSizeTooLargeError, TooLargeForBroker)  # KafkaErrors that trying again cannot mend


@dataclass(frozen=True)
class Client:
    """How to reach the broker: what every aiokafka client of a worker is made with."""

    bootstrap: str
    options: dict[str, Any] = field(default_factory=dict, repr=False)  # with the password

    def producer(self, transactional_id: str, max_bytes: int) -> FailFastProducer:
        """A transactional producer, not started."""
        return FailFastProducer(
            bootstrap_servers=self.bootstrap,
            transactional_id=transactional_id,
            transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
            retry_backoff_ms=RETRY_BACKOFF_MS,
            linger_ms=0,
            max_batch_size=262_144,
            max_request_size=max_bytes,
            **self.options,
        )

    def admin(self) -> AIOKafkaAdminClient:
        """An administrator, not started."""
        return AIOKafkaAdminClient(bootstrap_servers=self.bootstrap, **self.options)


@dataclass(frozen=True)
class Limits:
    """How much goes into one transaction."""

    records: int = 200
    bytes: int = 8_000_000
    seconds: float = 1.0  # of enrichment; a slower batch is cut and committed in parts


class Delivery:
    """The lanes of one worker: takes Fetches in, commits results and offsets.

    `at` is told of every point that is passed: assigned, polled, sending (before each batch), before offsets,
    after offsets, before commit, after commit, stopping. What it does there is up to whoever sets it. IS_OURS
    tells by its name whether a topic is one of the wire.
    """

    def __init__(
        self,
        client: Client,
        group: str,
        limits: Limits,
        stage_process: StageProcess,
        *,
        max_bytes: int,
        is_ours: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self.client = client
        self.stage_process = stage_process
        self.group = group
        self.limits = limits
        self.max_bytes = max_bytes
        self.generation = 0
        self.delivered = 0  # records whose results were committed since the start
        self.failure: BaseException | None = None
        self.on_failure: Callable[[BaseException], None] = lambda _: None
        self.flow: Callable[[TP, bool], None] = lambda _tp, _open: None
        self.seek: Seek = _cannot_seek
        self.earliest: Callable[[TP], Awaitable[int]] = _no_earliest
        self.at: Callable[[str], None] = lambda _point: None
        self.watch = ClusterMonitor(client.admin, self._topics, is_ours)
        self.turn = (
            asyncio.Lock()
        )  # held by the lane whose batch is on the stage process, but for its last chunk
        self.places = asyncio.Semaphore(
            2
        )  # at the stage process: behind a last chunk waits another lane's first
        self.freed = 0.0  # monotonic; when the stage process was last done with a chunk
        self._lanes: dict[TP, Lane] = {}
        self._admin: AIOKafkaAdminClient | None = None
        self._asking = asyncio.Lock()
        self._stopping = False

    def accept(self, fetch: Fetch, stage: Stage) -> None:
        """Queue FETCH for STAGE; one of an earlier generation is dropped, it will be read again."""
        if self._stopping or fetch.generation != self.generation:
            return
        self.at("polled")
        lane = self._lanes.get(fetch.partition)
        if lane is None:
            self.watch.start()
            lane = self._lanes[fetch.partition] = Lane(self, fetch.partition, stage)
            lane.start()
        lane.accept(fetch)

    async def revoked(self, partitions: Iterable[TP]) -> None:
        """Finish the batches in hand of PARTITIONS and forget what is queued: it will be read again."""
        await asyncio.gather(*(self._lanes[tp].pause() for tp in partitions if tp in self._lanes))

    async def assigned(self, partitions: Iterable[TP], generation: int) -> None:
        """Go on with PARTITIONS alone, in GENERATION of the group."""
        self.at("assigned")
        self.generation = generation
        kept = set(partitions)
        await asyncio.gather(*(self._close(tp) for tp in set(self._lanes) - kept))
        for lane in self._lanes.values():
            lane.resume()

    async def stop(self) -> None:
        """Finish the batches in hand, then close every lane."""
        self._stopping = True
        self.at("stopping")
        await asyncio.gather(*(self._close(tp) for tp in list(self._lanes)))
        self.stage_process.stop()
        await self.watch.stop()
        await self._close_admin()

    def busy_seconds(self) -> float:
        """How long the slowest lane has worked on the batch in hand."""
        now = time.monotonic()
        return max((now - lane.since for lane in self._lanes.values() if lane.since), default=0.0)

    async def committed(self, tp: TP) -> int:
        """The group's committed offset in TP, 0 when there is none.

        Raises KafkaError when the broker cannot tell; to take that for none would repeat everything.
        """
        partition = TopicPartition(tp.topic, tp.partition)
        async with self._asking:
            try:
                if self._admin is None:
                    self._admin = self.client.admin()
                    await self._admin.start()
                offsets = await asyncio.wait_for(
                    self._admin.list_consumer_group_offsets(self.group, partitions=[partition]), ASK_SECONDS
                )
            except BaseException:
                await self._close_admin()
                raise
        if partition not in offsets:  # the client passes over an error that concerns the whole group
            raise GroupCoordinatorNotAvailableError(f"no answer for {tp.topic}-{tp.partition}")
        return max(int(offsets[partition].offset), 0)

    def fail(self, error: BaseException) -> None:
        """End the process, uncommitted: what cannot even be buried must not be passed over."""
        if self.failure is None:
            self.failure = error
            log.critical("worker gives up", exc_info=error)
            self.on_failure(error)

    def _topics(self) -> set[str]:
        """What the lanes read, and what they have written to."""
        return {topic for lane in self._lanes.values() for topic in lane.topics}

    async def _close(self, tp: TP) -> None:
        await self._lanes.pop(tp).close()

    async def _close_admin(self) -> None:
        admin, self._admin = self._admin, None
        if admin is not None:
            with contextlib.suppress(KafkaError, OSError, asyncio.TimeoutError):
                await asyncio.wait_for(admin.close(), GIVE_UP_SECONDS)


@lru_cache(maxsize=20_000)  # each article comes by at every stage, and aiokafka's is pure Python
def hash_of(key: bytes) -> int:
    """The hash by which Kafka's own clients choose the partition of KEY."""
    return int(murmur2(key) & 0x7FFFFFFF)


def _is_cancelled(error: BaseException) -> bool:
    """Whether ERROR is our own cancellation, not that of something of aiokafka's that we wait for."""
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling() > 0


async def _cannot_seek(tp: TP, offset: int) -> None:
    raise RuntimeError(f"no consumer to seek {tp} to {offset}")


async def _no_earliest(tp: TP) -> int:
    raise RuntimeError(f"no consumer to ask for the first offset of {tp}")


class Lane:
    """One input partition: what waits, where it stands, and the producer that commits it."""

    def __init__(self, delivery: Delivery, tp: TP, stage: Stage) -> None:
        self.tp = tp
        self.stage = stage
        self.since: float | None = None  # monotonic; when the batch in hand was begun
        self._delivery = delivery
        self._arrivals: deque[Fetch] = deque()
        self._waiting: deque[Record] = deque()  # without a gap up to _place
        self._arrived = asyncio.Event()
        self._full = asyncio.Event()  # as much waits as one transaction takes
        self._idle = asyncio.Event()
        self._idle.set()
        self._open = True
        self._closing = False
        self._rested = 0.0  # monotonic; when the next transaction may begin
        self._sought = 0.0  # monotonic; when the consumer was last told to seek
        self._place: int | None = None  # first offset that did not arrive; None: what is not committed
        self._next = 0  # first offset that is not committed, once the producer runs
        self._producer: AIOKafkaProducer | None = None
        self._pace = CHUNK_SECONDS / CHUNK  # seconds a record, as far as is known
        self._written: set[str] = set()
        self._partitions: dict[str, int] = {}  # of each topic that is written; learnt anew with the producer
        self._task: asyncio.Task[None] | None = None
        self._seek_task: asyncio.Task[None] | None = None

    @property
    def topics(self) -> set[str]:
        """What this lane reads, and what it has written to."""
        return {self.tp.topic, *self._written}

    def start(self) -> None:
        """Begin to work on what is accepted."""
        self._task = asyncio.create_task(self._run(), name=f"lane {self.tp.topic}-{self.tp.partition}")
        self._task.add_done_callback(self._ended)

    def accept(self, fetch: Fetch) -> None:
        """Queue FETCH."""
        if not self._open:
            return
        self._arrivals.append(fetch)
        queued, records = self._queued(), self._delivery.limits.records
        if queued >= records:
            self._full.set()
        if queued >= 2 * records:
            self._delivery.flow(self.tp, False)
        self._arrived.set()

    async def pause(self) -> None:
        """Finish the batch in hand, forget what waits, accept nothing."""
        self._open = False
        self._forget()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await self._idle.wait()

    def resume(self) -> None:
        """Accept records again."""
        self._forget()
        self._open = True

    async def close(self) -> None:
        """Finish the batch in hand and give up the producer."""
        await self.pause()
        self._closing = True
        if self._task is not None:
            await end_task(self._task)  # its error, if any, was reported when it ended
        await self._give_up()

    def _queued(self) -> int:
        return len(self._waiting) + sum(len(fetch.records) for fetch in self._arrivals)

    def _forget(self) -> None:
        self._arrivals.clear()
        self._waiting.clear()
        self._delivery.flow(self.tp, True)
        self._place = None
        self._sought = 0.0

    async def _run(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while self._arrivals or self._waiting:
                if await self._gathered():
                    continue  # a rebalance may have come between
                self._idle.clear()
                self.since = time.monotonic()
                try:
                    await self._deliver()
                finally:
                    self.since = None
                    self._idle.set()

    async def _gathered(self) -> bool:
        """Whether there was time to wait for more: a transaction costs as much as some fifty records do."""
        left = self._rested - time.monotonic()
        if left <= 0 or self._queued() >= self._delivery.limits.records:
            return False
        self._full.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(left):
                await self._full.wait()
        return True

    def _admit(self) -> None:
        """Have the records that arrived wait, up to the first gap: from there they are read again."""
        if self._place is None:
            self._place = self._next
        while self._arrivals:
            fetch = self._arrivals.popleft()
            if fetch.begin > self._place:
                if time.monotonic() > self._sought + SEEK_SECONDS:
                    self._sought = time.monotonic()
                    self._seek_task = asyncio.create_task(self._seek_back(self._place))
                continue
            place = self._place
            self._waiting.extend(record for record in fetch.records if record.offset >= place)
            self._place = max(place, fetch.end)
            self._sought = 0.0

    async def _seek_back(self, place: int) -> None:
        """Have the consumer read again from PLACE, or from the first record that the log still has."""
        try:
            earliest = await self._delivery.earliest(self.tp)
            if place >= earliest:
                log.warning(
                    "records skipped by the consumer, reading them again", extra=self._fields(offset=place)
                )
            elif place > 0:
                log.warning(
                    "records deleted before they were read", extra=self._fields(offset=place, until=earliest)
                )
            if self._place == place:  # else a rebalance came between
                self._place = max(place, earliest)
                await self._delivery.seek(self.tp, self._place)
        except (KafkaError, OSError, TimeoutError, RuntimeError) as error:
            log.warning("cannot seek back, trying again", extra=self._fields(why=repr(error)))
            self._sought = 0.0

    def _take(self) -> list[Record]:
        """The next records, up to the limits of one transaction."""
        self._admit()
        limits, size = self._delivery.limits, 0
        batch: list[Record] = []
        while self._waiting and len(batch) < limits.records and size < limits.bytes:
            record = self._waiting.popleft()
            size += len(record.value or b"")
            batch.append(record)
        if self._queued() < limits.records:
            self._delivery.flow(self.tp, True)
        return batch

    async def _deliver(self) -> None:
        """Commit the results of the next batch, however often it takes; returns early only when paused."""
        failures = 0
        too_large = (
            False  # the broker refused the batch for its size, and the first record is not committed yet
        )
        batch: list[Record] | None = None
        while batch is None or batch:
            try:
                if self._producer is None:
                    await self._take_over()
                if batch is None:
                    batch = self._take()
                batch = [record for record in batch if record.offset >= self._next]
                if too_large:
                    done = await self._commit_first_alone(batch)
                    too_large = False
                else:
                    outgoing, done = await self._work(batch)
                    await self._commit(outgoing, batch[:done])
                batch = batch[done:]
                failures = 0
            except TOO_LARGE:
                await self._give_up()
                too_large = True
            except (*INTERRUPTIONS, asyncio.CancelledError) as error:
                if _is_cancelled(error):
                    raise
                failures += 1
                await self._give_up()
                known = isinstance(error, Unsettled)  # the watch has told
                if not known and (failures in {1, 10} or failures % 100 == 0):
                    log.warning(
                        "delivery interrupted", extra=self._fields(failures=failures, why=repr(error))
                    )
                if not self._open:
                    return
                # A fence: somebody owns the partition. Let a rebalance pass.
                fenced = isinstance(error, ProducerFenced)
                await asyncio.sleep(FENCED_SECONDS if fenced else min(AGAIN_SECONDS * 2**failures, 3.0))
            if not self._open:
                return  # what is left is read again from the committed offset

    async def _work(self, batch: list[Record]) -> tuple[list[Outgoing], int]:
        """Results for as many records of BATCH as the time limit allows, at least one chunk; and how many.

        One lane at a time, in order: were lanes to share the bench chunk by chunk, each would wait for all
        others at every chunk, and its time would be up after a few records. Only while a last chunk is worked
        on may the next lane hand in its first: else the bench would stand still until the loop comes round.
        """
        outgoing: list[Outgoing] = []
        done, spent = 0, 0.0
        last: asyncio.Task[tuple[list[Outgoing], float]] | None = None
        async with self._delivery.places:
            async with self._delivery.turn:
                self.since = time.monotonic()
                while done < len(batch) and self._open and spent <= self._delivery.limits.seconds:
                    part = batch[done : done + max(CHUNK, int(CHUNK_SECONDS / self._pace))]
                    done += len(part)
                    if done == len(batch):
                        last = asyncio.create_task(self._make(part))
                        break
                    made, seconds = await self._make(part)
                    outgoing += made
                    spent += seconds
            if last is not None:
                outgoing += (await last)[0]
        return outgoing, done

    async def _make(self, part: Sequence[Record]) -> tuple[list[Outgoing], float]:
        """What the stage process makes of PART, and the seconds that it took."""
        asked = time.monotonic()
        made = await self._delivery.stage_process.work(self.stage, part)
        now = time.monotonic()
        seconds = now - max(asked, self._delivery.freed)
        self._delivery.freed = now
        # Quick to slow down, slow to speed up: the next articles may be longer.
        self._pace = max(seconds / len(part), self._pace / 4)
        return made, seconds

    def _look_out(self) -> None:
        """Raises Unsettled where ending a transaction, this or a predecessor's, could leave it half done."""
        if not self._delivery.watch.settled:
            raise Unsettled

    async def _take_over(self) -> None:
        """Fence the predecessor and settle what it left open; only then learn where it stood.

        Raises Unsettled, before anything is fenced, while the cluster is not in a state to commit in.
        """
        await self._delivery.watch.looked()
        self._look_out()
        transactional_id = f"{self._delivery.group}.{self.tp.topic}.{self.tp.partition}"
        producer = self._delivery.client.producer(transactional_id, self._delivery.max_bytes)
        self._producer = producer
        self._partitions.clear()
        await producer.start()
        self._next = await self._delivery.committed(self.tp)

    async def _commit(self, outgoing: list[Outgoing], batch: list[Record]) -> None:
        producer = self._producer
        if not batch or producer is None:
            return
        at = self._delivery.at
        end = batch[-1].offset + 1
        await producer.begin_transaction()
        sent = await self._send(producer, outgoing)
        at("before offsets")
        await producer.send_offsets_to_transaction(
            {TopicPartition(self.tp.topic, self.tp.partition): end}, self._delivery.group
        )
        at("after offsets")
        await asyncio.gather(*sent)
        at("before commit")
        self._look_out()
        await producer.commit_transaction()
        at("after commit")
        self._next = end
        self._rested = (self.since or 0.0) + min(GATHER_SECONDS, GATHER_PER_RECORD * len(batch))
        self._delivery.delivered += len(batch)
        for letter in outgoing:
            if letter.dead is not None:
                offset = text_of(letter.headers, OFFSET)
                fields = self._fields(offset=offset, reason=type(letter.dead).__name__, why=letter.dead)
                log.warning("article buried", extra=fields)

    async def _send(self, producer: AIOKafkaProducer, outgoing: list[Outgoing]) -> list[asyncio.Future[Any]]:
        """Hand OUTGOING to the producer in its order, as ready batches: cheaper than a future a record."""
        batches: dict[tuple[str, int], BatchBuilder] = {}
        sent: list[asyncio.Future[Any]] = []
        for record in outgoing:
            if record.topic not in self._partitions:
                self._written.add(record.topic)
                self._partitions[record.topic] = len(await producer.partitions_for(record.topic))
            target = (record.topic, self._partition(record))
            message = {"timestamp": None, "key": record.key, "value": record.value, "headers": record.headers}
            batch = batches.get(target)
            if batch is None or batch.append(**message) is None:  # none yet, or it is full
                if batch is not None:
                    sent.append(await producer.send_batch(batch, target[0], partition=target[1]))
                batch = batches[target] = producer.create_batch()
                batch.append(**message)  # the first always fits
        for (topic, partition), batch in batches.items():
            self._delivery.at("sending")
            sent.append(await producer.send_batch(batch, topic, partition=partition))
        return sent

    def _partition(self, record: Outgoing) -> int:
        """Where Kafka's own clients put the key of RECORD; without a key, the partition that it came from."""
        count = self._partitions[record.topic]
        if record.key is None:
            return int(self.tp.partition) % count
        return hash_of(record.key) % count

    async def _commit_first_alone(self, batch: list[Record]) -> int:
        """Commit the first record of `batch` alone, and return how many records that was.

        The record becomes a dead letter if the broker refuses its results for their size too. Raises
        RuntimeError if the broker refuses the dead letter as well.
        """
        outgoing, done = await self._work(batch[:1])
        first = batch[:done]
        try:
            await self._commit(outgoing, first)
        except TOO_LARGE as refusal:
            await self._give_up()
            await self._take_over()
            if first[0].offset < self._next:  # another owner of the partition has committed it meanwhile
                return done
            letter = self.stage.bury(first[0], ArticleTooLarge(f"the broker refuses the result: {refusal}"))
            try:
                await self._commit([letter], first)
            except TOO_LARGE as error:
                place = f"{self.tp.topic}-{self.tp.partition}-{first[0].offset}"
                raise RuntimeError(
                    f"the broker refuses the dead letter of {place} for its size ({error}); "
                    f"raise max.message.bytes of {letter.topic}"
                ) from error
        return done

    async def _give_up(self) -> None:
        """Stop the producer without ending its transaction: whoever opens the lane next settles it."""
        producer, self._producer = self._producer, None
        if producer is not None:
            # As a task of its own: aiokafka cancels itself in there, and here that would end the lane.
            stopping = asyncio.create_task(producer.stop())
            done, _ = await asyncio.wait({stopping}, timeout=GIVE_UP_SECONDS)
            if not done:
                stopping.cancel()
            elif not stopping.cancelled() and (error := stopping.exception()) is not None:
                log.debug("producer not stopped in order", exc_info=error)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._delivery.fail(error)
        elif not self._closing:
            self._delivery.fail(RuntimeError(f"{task.get_name()} ended, and nobody closed it"))

    def _fields(self, **more: object) -> dict[str, object]:
        return {"stage": self.stage.name, "input": f"{self.tp.topic}-{self.tp.partition}", **more}
