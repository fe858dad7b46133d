"""The offset of records that a lane skips, since another lane has carried their articles on."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from aiokafka.errors import KafkaError
from faust.types import TP

from streams.records import Record
from streams.worker.fetch import ReadPosition
from streams.worker.inbox import Inbox
from streams.worker.partition_writer import PartitionWriter
from streams.worker.passage import Downstream

FLUSH_SECONDS = 1.0  # how long a lane may take to commit the offset of skipped records before it pauses
SKIP_SECONDS = 1.5  # how long a worker that stops reads on, to commit the offsets of what it skips
LOOK_SECONDS = 0.01


class Skipping:
    """Knows how far a lane has skipped records whose offset is not committed."""

    def __init__(self, inbox: Inbox, writer: PartitionWriter) -> None:
        self.is_urgent = False  # the next transaction may have no records
        self._inbox = inbox
        self._writer = writer

    @property
    def has_to_commit(self) -> bool:
        """True if the offset of records that were skipped is not committed, and no others wait."""
        until = self._inbox.done_until
        return not self._inbox.queued and until is not None and until > self._writer.next_offset

    async def commit(self) -> None:
        """Commit the offset of records that were skipped, if there is need."""
        if self.has_to_commit:
            await self._writer.commit([], self._inbox.done_until or 0)

    def end_of(self, batch: Sequence[Record], count: int) -> int:
        """Return the offset to commit with the first `count` of `batch`.

        With the last record it passes the control records and skipped records that follow.
        """
        until = self._inbox.done_until if count == len(batch) else None
        return batch[count - 1].offset + 1 if until is None else until

    def has_done(self, read: ReadPosition) -> bool:
        """Return True if all that the consumer has `read` was taken from the inbox or skipped."""
        if not self._inbox.has_taken_all:
            self.hurry()  # only then is it known how far the lane is
            return False
        return read.handed_over is None or read.handed_over[1] <= (self._inbox.received or 0)

    def hurry(self) -> None:
        """Have the offset committed now, unless records wait."""
        if not self._inbox.queued:
            self.is_urgent = True
            self._inbox.wake()

    async def flush(self) -> None:
        """Wait until the offset is committed, so that the next owner need not read the records again."""
        deadline = time.monotonic() + FLUSH_SECONDS
        while self._is_all and time.monotonic() < deadline:
            self.hurry()
            await asyncio.sleep(LOOK_SECONDS)

    @property
    def _is_all(self) -> bool:
        """True if all that waits is to be skipped."""
        return self.has_to_commit or (self._inbox.has_fetches and not self._inbox.queued)


class SkippingLane(Protocol):
    """A lane that may have nothing but records to skip."""

    @property
    def has_only_skipped(self) -> bool:
        """True if there is nothing to do but to commit the offset of records that were skipped."""


async def skip_to_the_end(
    partitions: Iterable[TP], downstream: Downstream, lanes: Mapping[TP, SkippingLane]
) -> None:
    """Wait until the `lanes` of `partitions` have skipped all that comes, as far as nothing else comes.

    A partition has no lane before its first record. The time is limited: the next owner can skip the rest.
    """

    async def reach_the_end(tp: TP) -> None:
        end = await downstream.log_end(tp)
        while not downstream.has_done(tp, end) and (tp not in lanes or lanes[tp].has_only_skipped):
            await asyncio.sleep(LOOK_SECONDS)

    with contextlib.suppress(TimeoutError, KafkaError, OSError, RuntimeError):
        async with asyncio.timeout(SKIP_SECONDS):
            await asyncio.gather(*map(reach_the_end, partitions))
