"""The records of one partition on their way to its lane: in order and without a gap.

Around a rebalance the consumer may skip records, or bring some of them twice. The inbox drops what it has
seen before, and at a gap it has the consumer seek back. It also holds the consumer back while enough records
wait.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Protocol

from aiokafka.errors import KafkaError
from faust.types import TP

from streams.records import Record
from streams.worker.fetch import Fetch
from streams.worker.limits import Limits

log = logging.getLogger("wireroom.delivery")

SEEK_SECONDS = 2.0  # after this time without the records, the inbox seeks again


class ConsumerControl(Protocol):
    """What an inbox asks of the consumer."""

    def hold(self, tp: TP) -> None:
        """Read no more records of `tp`."""

    def release(self, tp: TP) -> None:
        """Read records of `tp` again."""

    async def seek(self, tp: TP, offset: int) -> None:
        """Read `tp` from `offset` on."""

    async def earliest(self, tp: TP) -> int:
        """Return the first offset of `tp` that the log still has."""


class Inbox:
    """Collects the fetches of one partition, and hands them out as batches.

    `fields` are added to every log line. Records that `is_passed` are skipped: their articles are done.
    """

    def __init__(
        self,
        tp: TP,
        control: ConsumerControl,
        limits: Limits,
        fields: Mapping[str, object] | None = None,
        is_passed: Callable[[Record], bool] | None = None,
    ) -> None:
        self.tp = tp
        self.is_open = True
        self.received: int | None = None  # the offset behind the last fetch since it opened, if any came
        self._control = control
        self._limits = limits
        self._fields = dict(fields or {})
        self._fetches: deque[Fetch] = deque()  # as they arrived
        self._records: deque[Record] = deque()  # without a gap up to _expected
        self._expected: int | None = None  # the next offset in order; None: the first that is not committed
        self._is_passed = is_passed
        self._is_finishing = False
        self._is_cut = False  # a record came that is left to the next owner
        self._arrived = asyncio.Event()
        self._urgent = asyncio.Event()  # something waits that is not skipped, or `wake` was called
        self._full = asyncio.Event()
        self._sought_at = 0.0  # monotonic time of the last seek that has not brought its records yet
        self._seek_task: asyncio.Task[None] | None = None

    @property
    def queued(self) -> int:
        """The number of records that wait."""
        return len(self._records) + sum(len(fetch.records) for fetch in self._fetches)

    @property
    def is_full(self) -> bool:
        """True if as many records wait as one transaction takes."""
        return self.queued >= self._limits.records

    @property
    def oldest(self) -> Record | None:
        """The first record that waits."""
        if self._records:
            return self._records[0]
        return next((record for fetch in self._fetches for record in fetch.records), None)

    @property
    def done_until(self) -> int | None:
        """The offset of the next record to take, None before the first call of `take`.

        It passes control records and records that were skipped; None too if none are ever skipped.
        """
        if self._is_passed is None:
            return None
        return self._records[0].offset if self._records else self._expected

    @property
    def has_only_skipped(self) -> bool:
        """True if no record waits or was left to the next owner."""
        return not self._is_cut and not self.queued

    @property
    def has_taken_all(self) -> bool:
        """True if it is open and all records that came were taken or skipped, without a gap."""
        if not self.is_open or self.has_fetches:
            return False
        return self.received is None or (self._expected or 0) >= self.received

    @property
    def has_fetches(self) -> bool:
        """True if anything waits."""
        return bool(self._fetches or self._records)

    def accept(self, fetch: Fetch) -> None:
        """Queue `fetch`, unless the inbox is closed; hold the consumer back if two transactions wait."""
        if not self.is_open or self._is_cut:
            return
        if self._is_passed is not None:
            waiting = [record for record in fetch.records if not self._is_passed(record)]
            self._is_cut = self._is_finishing and bool(waiting)
            end = waiting[0].offset if self._is_cut else fetch.end
            fetch = fetch._replace(records=[] if self._is_cut else waiting, end=end)
        self._fetches.append(fetch)
        self.received = fetch.end
        if self._expected is not None:
            self._put_in_order(self._expected)
        queued = self.queued
        if queued:
            self._urgent.set()
        if queued >= self._limits.records:
            self._full.set()
        if queued >= 2 * self._limits.records:
            self._control.hold(self.tp)
        self._arrived.set()

    def finish(self) -> None:
        """Accept records that are skipped, and nothing more from the first record on that is not."""
        self._is_finishing = True

    def close(self) -> None:
        """Accept nothing more and forget what waits."""
        self.is_open = False
        self._forget()

    def reopen(self) -> None:
        """Accept records again, from the first that is not committed."""
        self._forget()
        self.is_open = True

    async def wait(self) -> None:
        """Wait until a fetch has arrived since the last call."""
        await self._arrived.wait()
        self._arrived.clear()

    async def wait_until_full(self, seconds: float) -> None:
        """Wait until as many records have arrived as one transaction takes, at most `seconds`."""
        self._full.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._full.wait()

    async def wait_until_urgent(self, seconds: float) -> None:
        """Wait until a record waits that is not skipped, or until `wake` is called, at most `seconds`."""
        self._urgent.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._urgent.wait()

    def wake(self) -> None:
        """End `wait_until_urgent` now."""
        self._urgent.set()

    def take(self, next_offset: int) -> list[Record]:
        """Return the next records, up to the limits of one transaction.

        After a rebalance they begin at `next_offset`, the first offset that is not committed.
        """
        self._put_in_order(next_offset)
        size = 0
        batch: list[Record] = []
        while self._records and len(batch) < self._limits.records and size < self._limits.bytes:
            record = self._records.popleft()
            size += len(record.value or b"")
            batch.append(record)
        if not self.is_full:
            self._control.release(self.tp)
        return batch

    def _forget(self) -> None:
        self._fetches.clear()
        self._records.clear()
        self._control.release(self.tp)
        self._expected = self.received = None
        self._sought_at = 0.0

    def _put_in_order(self, next_offset: int) -> None:
        """Move records from the fetches to the queue, up to the first gap."""
        if self._expected is None:
            self._expected = next_offset
        while self._fetches:
            fetch = self._fetches.popleft()
            if fetch.begin > self._expected:
                self._start_seek(self._expected)
                continue
            expected = self._expected
            self._records.extend(record for record in fetch.records if record.offset >= expected)
            self._expected = max(expected, fetch.end)
            self._sought_at = 0.0

    def _start_seek(self, offset: int) -> None:
        if time.monotonic() > self._sought_at + SEEK_SECONDS:
            self._sought_at = time.monotonic()
            self._seek_task = asyncio.create_task(self._seek_back(offset))

    async def _seek_back(self, offset: int) -> None:
        """Have the consumer read again from `offset`, or from the first offset that the log still has."""
        try:
            earliest = await self._control.earliest(self.tp)
            if offset >= earliest:
                log.warning(
                    "the consumer skipped records, reading them again", extra=self._extra(offset=offset)
                )
            elif offset > 0:
                log.warning(
                    "records deleted before they were read", extra=self._extra(offset=offset, until=earliest)
                )
            if self._expected == offset:  # else a rebalance came in between
                self._expected = max(offset, earliest)
                await self._control.seek(self.tp, self._expected)
        except (KafkaError, OSError, TimeoutError, RuntimeError) as error:
            log.warning("cannot seek back, trying again", extra=self._extra(why=repr(error)))
            self._sought_at = 0.0

    def _extra(self, **more: object) -> dict[str, object]:
        return {**self._fields, **more}
