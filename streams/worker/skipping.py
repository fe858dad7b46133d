"""The offset of records that a lane skips, since another lane has carried their articles on."""

from __future__ import annotations

import asyncio
import time

from streams.worker.fetch import ReadPosition
from streams.worker.inbox import Inbox
from streams.worker.partition_writer import PartitionWriter

FLUSH_SECONDS = 1.0  # how long a lane may take to commit the offset of skipped records before it pauses
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
