"""One input partition at work: take a batch, have it enriched, commit it, and try again after any failure."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence

from streams.records import Record, place_of
from streams.stage import Stage
from streams.worker.enrichment import Enrichment
from streams.worker.fetch import Fetch, ReadPosition
from streams.worker.inbox import Inbox
from streams.worker.interruptions import INTERRUPTIONS, TOO_LARGE, is_cancelled, retry_seconds
from streams.worker.lane_reports import LaneReports
from streams.worker.lane_state import LaneState, NoState, StateKeeper
from streams.worker.partition_writer import PartitionWriter
from streams.worker.passage import Passage
from streams.worker.refusals import Refusals
from streams.worker.skipping import Skipping
from streams.worker.stage_queue import Pace, StageQueue
from streams.worker.tasks import end_task

STOP_SECONDS = 5.0  # how long a lane may take to finish the batch in hand


class Lane:
    """The loop of one input partition, from `start` to `close`.

    A transaction takes at most `seconds` of enrichment. `on_failure` is called with an error that the lane
    cannot mend.
    """

    def __init__(
        self,
        stage: Stage,
        inbox: Inbox,
        writer: PartitionWriter,
        queue: StageQueue,
        reports: LaneReports,
        *,
        seconds: float,
        on_failure: Callable[[BaseException], None],
        keeper: StateKeeper | None = None,
        passage: Passage | None = None,
    ) -> None:
        self._stage = stage
        self._inbox = inbox
        self._writer = writer
        self._reports = reports
        self._on_failure = on_failure
        self._keeper = keeper or NoState()
        self._skipping = Skipping(inbox, writer)
        self._pace = Pace()
        self._enrichment = Enrichment(
            stage, inbox, queue, self._pace, writer, seconds=seconds, passage=passage
        )
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
            first=oldest.offset if oldest else None,
        )

    def start(self) -> None:
        """Begin to work on accepted records."""
        tp = self._inbox.tp
        self._task = asyncio.create_task(self._run(), name=f"lane {tp.topic}-{tp.partition}")
        self._task.add_done_callback(self._ended)

    def accept(self, fetch: Fetch) -> None:
        """Queue `fetch`."""
        self._inbox.accept(fetch)

    def finish(self) -> None:
        """Accept what is skipped, and nothing else."""
        self._inbox.finish()

    @property
    def has_only_skipped(self) -> bool:
        """True if there is nothing to do but to commit the offset of records that were skipped."""
        return not self._in_hand and self._inbox.has_only_skipped

    def has_done(self, read: ReadPosition) -> bool:
        """Return True if all that the consumer has `read` was committed, or need not be worked on."""
        return not self._in_hand and self._skipping.has_done(read)

    async def pause(self) -> None:
        """Finish the batch in hand, forget waiting records, and accept no new ones."""
        await self._skipping.flush()
        self._inbox.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await self._idle.wait()
        self._reports.paused()

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
        self._keeper.forget(self._stage, self._inbox.tp)

    async def _run(self) -> None:
        while True:
            await self._inbox.wait()
            while self._inbox.has_fetches or self._skipping.has_to_commit:
                if await self._gather():
                    continue  # a rebalance may have come in between
                self._idle.clear()
                self._pace.begin()
                try:
                    await self._deliver()
                finally:
                    self._skipping.is_urgent = False
                    self._in_hand = ()
                    self._pace.end()
                    self._idle.set()

    async def _gather(self) -> bool:
        """Wait for more records, or for the stages that follow, if there is time; return True after a wait.

        A transaction costs as much as about fifty records do.
        """
        if not self._inbox.queued:
            seconds = 0.0 if self._skipping.is_urgent else self._pace.seconds_to_skip
            if seconds > 0:
                await self._inbox.wait_until_urgent(seconds)
            return seconds > 0
        seconds = self._pace.seconds_to_gather
        if seconds > 0 and not self._inbox.is_full:
            began = time.monotonic()
            await self._inbox.wait_until_full(seconds)
            self._reports.gathered(began)
            return True
        if not self._enrichment.waits_for_others:
            return False
        await self._enrichment.wait_for_others()
        return not self._inbox.is_open

    async def _deliver(self) -> None:
        """Commit the next batch, whatever it takes; return early only if the lane is paused."""
        batch: list[Record] | None = None
        refusals = Refusals()
        failures = 0
        while batch is None or batch:
            try:
                if not self._writer.has_producer:
                    await self._fence_and_resume()
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
                refusals.add(refusal)
                if refusals.is_final:
                    place = place_of(batch[0]) if batch else self._inbox.tp.topic
                    raise refusals.undeliverable(place, self._stage) from refusal
            except (*INTERRUPTIONS, asyncio.CancelledError) as error:
                if is_cancelled(error):
                    raise
                failures += 1
                await self._discard_producer(error)
                self._reports.interrupted(error, failures)
                if self._inbox.is_open:
                    await asyncio.sleep(retry_seconds(error, failures))
            if not self._inbox.is_open:
                return  # the rest is read again from the committed offset

    async def _fence_and_resume(self) -> None:
        await self._writer.fence_and_resume()
        self._reports.resumed(self._writer.next_offset)
        self._idle.set()  # no batch is in hand, so that a rebalance need not wait
        try:
            await self._keeper.prepare(self._stage, self._inbox.tp, self._writer.next_offset)
            self._enrichment.begin()
            await self._enrichment.wait_for_others()
        finally:
            self._idle.clear()

    async def _commit(self, batch: Sequence[Record], refusals: Refusals) -> int:
        """Commit the first records of `batch` in one transaction, and return how many."""
        if not batch:
            await self._skipping.commit()
            return 0
        asked = time.monotonic()
        if refusals.asks_for_a_dead_letter:
            self._keeper.forget(self._stage, self._inbox.tp)  # the state has the article
        outgoing, count, carriage = await self._enrichment.results(batch, refusals)
        if count:
            began = time.monotonic()
            with self._reports.attempt(batch[:count], outgoing, self._pace, carriage) as attempt:
                await self._writer.commit(attempt.outgoing, self._skipping.end_of(batch, count))
            self._pace.committed(count)
            self._keeper.committed(self._inbox.tp, self._writer.next_offset)
            self._reports.committed(batch[:count], attempt, self._pace, carriage, asked=asked, began=began)
        return count

    async def _discard_producer(self, error: BaseException) -> None:
        """Discard the producer because of `error`, and with it the transaction that it may have begun."""
        by_new_owner = self._writer.is_fenced(error)
        self._reports.discarded(in_transaction=self._writer.in_transaction, by_new_owner=by_new_owner)
        if by_new_owner:
            self._keeper.forget(self._stage, self._inbox.tp)
        await self._writer.discard_producer()

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._on_failure(error)
        elif not self._closing:
            self._on_failure(RuntimeError(f"{task.get_name()} ended, and nobody closed it"))
