"""One input partition at work: take a batch, have it enriched, commit it, and try again after any failure."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from aiokafka.errors import IllegalOperation, KafkaError, MessageSizeTooLargeError, ProducerFenced
from aiokafka.errors import RecordListTooLargeError as TooLargeForBroker
from faust.types import TP

from streams.errors import ArticleTooLarge
from streams.records import Outgoing, Record, place_of
from streams.stage import Stage
from streams.stateful import StateLost
from streams.tracing.interface import LaneTracer
from streams.worker.cluster_monitor import ClusterUnstable
from streams.worker.fetch import Fetch
from streams.worker.inbox import Inbox
from streams.worker.metrics.meter import StageMeter
from streams.worker.outcomes import log_outcomes
from streams.worker.partition_writer import PartitionWriter
from streams.worker.stage_queue import Pace, StageQueue
from streams.worker.tasks import end_task

log = logging.getLogger("wireroom.delivery")

STOP_SECONDS = 5.0  # how long a lane may take to finish the batch in hand
RETRY_SECONDS = 0.05  # doubled with each failure
LONGEST_RETRY_SECONDS = 3.0
FENCED_SECONDS = 0.5  # somebody else owns the partition: let a rebalance pass

# Errors that a new producer can mend. A producer that was fenced refuses further calls with IllegalOperation,
# which is not a KafkaError.
INTERRUPTIONS = (KafkaError, IllegalOperation, OSError, TimeoutError, ClusterUnstable, StateLost)

TOO_LARGE = (MessageSizeTooLargeError, TooLargeForBroker)  # KafkaErrors that another try cannot mend


class LaneState(NamedTuple):
    """What a lane has to do."""

    waiting: int  # records that were read and are not committed
    oldest: int | None  # timestamp of the first of these, in milliseconds since the epoch
    received: int | None  # the offset behind the last fetch that came, None if nothing came yet


class StateKeeper(Protocol):
    """The state process, as the lane of a stage with a state needs it."""

    async def prepare(self, stage: Stage, tp: TP, next_offset: int) -> None:
        """Have the state of `tp` ready for the record at `next_offset`; raises StateLost if it cannot be."""

    def committed(self, tp: TP, offset: int) -> None:
        """Note that all records of `tp` below `offset` are committed."""

    def forget(self, stage: Stage, tp: TP) -> None:
        """Drop the state of `tp`."""


class Lane:
    """The loop of one input partition, from `start` to `close`.

    `on_committed` is called with the number of records of each transaction, `on_failure` with an error that
    the lane cannot mend.
    """

    def __init__(
        self,
        stage: Stage,
        inbox: Inbox,
        writer: PartitionWriter,
        queue: StageQueue,
        *,
        seconds: float,
        on_committed: Callable[[int], None],
        on_failure: Callable[[BaseException], None],
        keeper: StateKeeper | None = None,
        meter: StageMeter | None = None,
        tracer: LaneTracer | None = None,
    ) -> None:
        self._stage = stage
        self._inbox = inbox
        self._writer = writer
        self._queue = queue
        self._seconds = seconds  # of enrichment for one transaction
        self._on_committed = on_committed
        self._on_failure = on_failure
        self._keeper = keeper  # None if the stage has no state
        self._meter = meter or StageMeter()
        self._tracer = tracer or LaneTracer()
        self._pace = Pace()
        self._in_hand: Sequence[Record] = ()  # the records of the batch that are not committed
        self._idle = asyncio.Event()
        self._idle.set()
        self._closing = False
        self._task: asyncio.Task[None] | None = None

    @property
    def topics(self) -> set[str]:
        """The topic that this lane reads, and the topics that it has written to."""
        return self._writer.topics

    @property
    def stage(self) -> str:
        """The name of the stage that works on this partition."""
        return self._stage.name

    @property
    def began(self) -> float | None:
        """The monotonic time when the batch in hand was begun, None without a batch."""
        return self._pace.began

    @property
    def state(self) -> LaneState:
        """What this lane has to do now."""
        oldest = self._in_hand[0] if self._in_hand else self._inbox.oldest
        return LaneState(
            waiting=len(self._in_hand) + self._inbox.queued,
            oldest=oldest.timestamp if oldest else None,
            received=self._inbox.received,
        )

    def start(self) -> None:
        """Begin to work on accepted records."""
        tp = self._inbox.tp
        self._task = asyncio.create_task(self._run(), name=f"lane {tp.topic}-{tp.partition}")
        self._task.add_done_callback(self._ended)

    def accept(self, fetch: Fetch) -> None:
        """Queue `fetch`."""
        self._inbox.accept(fetch)

    async def pause(self) -> None:
        """Finish the batch in hand, forget waiting records, and accept no new ones."""
        self._inbox.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await self._idle.wait()
        self._tracer.forget()

    def resume(self) -> None:
        """Accept records again."""
        self._inbox.reopen()

    async def close(self) -> None:
        """Finish the batch in hand and discard the producer."""
        await self.pause()
        self._closing = True
        if self._task is not None:
            await end_task(self._task)  # its error, if any, was reported when it ended
        await self._writer.discard_producer()
        self._forget_state()

    async def _run(self) -> None:
        while True:
            await self._inbox.wait()
            while self._inbox.has_fetches:
                if await self._gather():
                    continue  # a rebalance may have come in between
                self._idle.clear()
                self._pace.begin()
                try:
                    await self._deliver()
                finally:
                    self._in_hand = ()
                    self._pace.end()
                    self._idle.set()

    async def _gather(self) -> bool:
        """Wait for more records if there is time; return True after a wait.

        A transaction costs as much as about fifty records do.
        """
        seconds = self._pace.seconds_to_gather
        if seconds <= 0 or self._inbox.is_full:
            return False
        began = time.monotonic()
        await self._inbox.wait_until_full(seconds)
        self._meter.gathered(time.monotonic() - began)
        return True

    async def _deliver(self) -> None:
        """Commit the next batch, whatever it takes; return early only if the lane is paused."""
        batch: list[Record] | None = None
        refusals: list[Exception] = []  # for its size: of the batch, its first record, its dead letter
        failures = 0
        while batch is None or batch:
            try:
                if not self._writer.has_producer:
                    await self._writer.fence_and_resume()
                    self._tracer.resumed(self._writer.next_offset)
                    self._meter.fenced()
                    await self._prepare_state()
                    if not self._inbox.is_open:
                        return
                if batch is None:
                    batch = self._in_hand = self._inbox.take(self._writer.next_offset)
                uncommitted = [record for record in batch if record.offset >= self._writer.next_offset]
                if len(uncommitted) < len(batch):
                    refusals.clear()  # another owner of the partition has committed the first record
                batch = self._in_hand = uncommitted[await self._commit(uncommitted, refusals) :]
                refusals.clear()
                failures = 0
            except TOO_LARGE as refusal:
                await self._discard_producer(refusal)
                refusals.append(refusal)
                if len(refusals) > 2:
                    raise self._undeliverable(batch or [], refusal) from refusal
            except (*INTERRUPTIONS, asyncio.CancelledError) as error:
                if _is_cancelled(error):
                    raise
                failures += 1
                await self._discard_producer(error)
                self._log_interruption(error, failures)
                if self._inbox.is_open:
                    await asyncio.sleep(retry_seconds(error, failures))
            if not self._inbox.is_open:
                return  # the rest is read again from the committed offset

    async def _commit(self, batch: Sequence[Record], refusals: Sequence[Exception]) -> int:
        """Commit the first records of `batch` in one transaction, and return how many."""
        if not batch:
            return 0
        asked = time.monotonic()
        outgoing, count = await self._results(batch, refusals)
        if count:
            began = time.monotonic()
            chunks = self._pace.chunks
            work_began = self._pace.began or asked
            with self._tracer.attempt(batch[:count], outgoing, began=work_began, chunks=chunks) as attempt:
                await self._writer.commit(attempt.outgoing, batch[count - 1].offset + 1)
            self._pace.committed(count)
            if self._keeper is not None:
                self._keeper.committed(self._inbox.tp, self._writer.next_offset)
            self._on_committed(count)
            letters = [letter for letter in outgoing if letter.dead is not None]
            self._meter.committed(
                batch[:count],
                letters,
                chunks,
                queued=max(0.0, began - asked - sum(seconds for _, seconds in chunks)),
                seconds=time.monotonic() - began,
            )
            log_outcomes(batch[:count], letters, self._extra(), attempt.trace_ids)
        return count

    async def _prepare_state(self) -> None:
        """Have the state follow the committed offset; a rebalance need not wait, for no batch is in hand."""
        if self._keeper is None:
            return
        self._idle.set()
        try:
            await self._keeper.prepare(self._stage, self._inbox.tp, self._writer.next_offset)
        finally:
            self._idle.clear()

    def _forget_state(self) -> None:
        if self._keeper is not None:
            self._keeper.forget(self._stage, self._inbox.tp)

    async def _discard_producer(self, error: BaseException) -> None:
        """Discard the producer because of `error`, and with it the transaction that it may have begun."""
        by_new_owner = self._writer.is_fenced(error)
        if by_new_owner or self._writer.in_transaction:
            self._meter.discarded(by_new_owner=by_new_owner)
        if by_new_owner:
            self._forget_state()
        if by_new_owner:
            self._tracer.forget()
        await self._writer.discard_producer()

    async def _results(
        self, batch: Sequence[Record], refusals: Sequence[Exception]
    ) -> tuple[list[Outgoing], int]:
        """Return what the next transaction sends, and for how many records of `batch`.

        After the broker refused the batch for its size, try its first record alone; after it refused that
        too, bury the record.
        """
        if len(refusals) > 1:
            reason = ArticleTooLarge(f"the broker refuses the result: {refusals[-1]}")
            self._forget_state()  # which has the article
            return [self._stage.bury(batch[0], reason)], 1
        return await self._queue.work(
            self._stage,
            batch[:1] if refusals else batch,
            self._pace,
            seconds=self._seconds,
            is_wanted=lambda: self._inbox.is_open,
        )

    def _undeliverable(self, batch: Sequence[Record], refusal: Exception) -> RuntimeError:
        place = place_of(batch[0]) if batch else self._input
        return RuntimeError(
            f"the broker refuses the dead letter of {place} for its size ({refusal}); "
            f"raise max.message.bytes of {self._stage.dead}"
        )

    def _log_interruption(self, error: BaseException, failures: int) -> None:
        """Warn of the first failure, and again now and then; the monitor warns of an unstable cluster."""
        is_due = failures in {1, 10} or failures % 100 == 0
        if is_due and not isinstance(error, ClusterUnstable):
            log.warning("delivery interrupted", extra=self._extra(failures=failures, why=repr(error)))

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._on_failure(error)
        elif not self._closing:
            self._on_failure(RuntimeError(f"{task.get_name()} ended, and nobody closed it"))

    @property
    def _input(self) -> str:
        return f"{self._inbox.tp.topic}-{self._inbox.tp.partition}"

    def _extra(self, **more: object) -> dict[str, object]:
        return {"stage": self._stage.name, "input": self._input, **more}


def retry_seconds(error: BaseException, failures: int) -> float:
    """Return how long to wait before the next try, after `failures` in a row."""
    if isinstance(error, ProducerFenced):
        return FENCED_SECONDS
    doublings = min(failures, 10)  # after 1024 the power no longer fits a float
    return min(RETRY_SECONDS * 2.0**doublings, LONGEST_RETRY_SECONDS)


def _is_cancelled(error: BaseException) -> bool:
    """Return True if our own task is cancelled, and not something of aiokafka's that we wait for."""
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling() > 0
