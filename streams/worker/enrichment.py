"""The results of one batch, and of the stages that follow if its articles may be carried through them."""

from __future__ import annotations

from collections.abc import Sequence

from streams.records import Outgoing, Record
from streams.stage import Stage
from streams.worker.inbox import Inbox
from streams.worker.partition_writer import PartitionWriter
from streams.worker.passage import WAIT_SECONDS, Carriage, Passage
from streams.worker.refusals import Refusals
from streams.worker.stage_queue import Pace, StageQueue


class Enrichment:
    """Has the batches of one lane enriched, in chunks at its `pace`, up to `seconds` for one transaction.

    It stops early when `inbox` closes. `passage` is None if no stage follows in this worker.
    """

    def __init__(
        self,
        stage: Stage,
        inbox: Inbox,
        queue: StageQueue,
        pace: Pace,
        writer: PartitionWriter,
        *,
        seconds: float,
        passage: Passage | None,
    ) -> None:
        self._stage = stage
        self._queue = queue
        self._pace = pace
        self._writer = writer
        self._seconds = seconds
        self._is_wanted = lambda: inbox.is_open
        self._passage = passage

    @property
    def waits_for_others(self) -> bool:
        """True if articles are not carried on, but may be once the lanes that follow have caught up."""
        return self._passage is not None and not self._passage.is_open and self._passage.is_possible

    def begin(self) -> None:
        """Note that the lane has a new producer."""
        if self._passage is not None:
            self._passage.begin()

    async def wait_for_others(self) -> None:
        """Wait until articles may be carried on, while results are wanted and for some seconds at most."""
        if self._passage is not None:
            await self._passage.opens(WAIT_SECONDS, self._is_wanted)

    async def results(
        self, batch: Sequence[Record], refusals: Refusals
    ) -> tuple[list[Outgoing], int, Carriage | None]:
        """Return what to send for the first records of `batch`, for how many, and what of it was carried on.

        After the broker refused the batch for its size, try its first record alone; after it refused that
        too, bury the record.
        """
        if refusals.asks_for_a_dead_letter:
            self._note(None)
            return [refusals.dead_letter(self._stage, batch[0])], 1, None
        carriage = None if refusals else await self._new_carriage()
        outgoing, count = await self._queue.work(
            self._stage,
            batch[:1] if refusals else batch,
            self._pace,
            seconds=self._seconds,
            is_wanted=self._is_wanted,
            carriage=carriage,
        )
        self._note(carriage)
        return outgoing, count, carriage

    async def _new_carriage(self) -> Carriage | None:
        """Return what takes a batch through the stages that follow, None if it may not be carried."""
        if self._passage is None or not self._passage.is_open:
            return None
        stays = await self._writer.staying_keys(self._passage.topics)
        return Carriage(self._passage, stays)

    def _note(self, carriage: Carriage | None) -> None:
        if self._passage is not None:
            self._passage.carried(carriage)
