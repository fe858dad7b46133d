"""Faust's Kafka transport: it reads committed records only, one partition's fetch at a time.

Faust hands over records one by one, at some 100 microseconds each, and reads uncommitted ones. Here an event
is a `Fetch`: all records that one poll brought for one partition, so that this price is paid once a poll.

A fetch also says which offsets it covers, so that the inbox sees if a record is missing and seeks back:
around a rebalance Faust drops records, and it polls before it seeks to the committed offset.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Container, Mapping
from typing import Any

import faust
from aiokafka.errors import ConsumerStoppedError, LeaderNotAvailableError, for_code
from aiokafka.protocol.offset import OffsetRequest
from faust.serializers.codecs import Codec
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from faust.types.tuples import ConsumerMessage

from streams.records import Record
from streams.worker.fetch import Fetch, ReadPosition

LATEST = -1  # instead of a time, in a question for an offset
BUSY_RECORDS = 20  # a poll with at least as many is followed by a busy fetch
BUSY_FETCH = (1_000_000, 50)  # the broker waits for these bytes, at most these milliseconds: fewer polls
IDLE_FETCH = (1, 500)  # the broker sends a single record at once


class CommittedThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]
    """Faust's consumer thread with isolation level read_committed, whose polls bring fetches."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._coverage = Coverage()

    def positions(self) -> dict[TP, ReadPosition]:
        """Return how far each assigned partition was read. May be called from any thread."""
        assignment = self._consumer and _assignment_of(self._consumer._fetcher)
        if not assignment:
            return {}
        is_new = assignment is not self._coverage.assignment
        positions = {}
        for tp in assignment.tps:
            state = assignment.state_value(tp)
            if state and state.has_valid_position and state.lso is not None:
                # A poll may be under way in the other thread, which moves the position before it hands over.
                polled = None if is_new else self._coverage.polled(tp)
                positions[TP(tp.topic, tp.partition)] = ReadPosition(
                    polled=polled,
                    position=state.position,
                    stable=state.lso,
                    high=state.highwater,
                    at=state.timestamp / 1000,
                    handed_over=None if is_new else self._coverage.handed_over.get(tp),
                )
        return positions

    async def log_end(self, tp: TP) -> int:
        """Ask for the offset behind the last record of `tp`, committed or not."""
        return int(await self.call_thread(self._log_end, tp))

    async def _log_end(self, tp: TP) -> int:
        # The consumer's own question stops at the last stable offset, since it reads committed records only.
        client = self._ensure_consumer()._client
        node = client.cluster.leader_for_partition(tp)
        if node is None or node == -1:
            raise LeaderNotAvailableError(f"{tp.topic}-{tp.partition} has no leader")
        answer = await client.send(node, OffsetRequest(-1, 0, [(tp.topic, [(tp.partition, LATEST)])]))
        ((_, ((_, code, _, offset),)),) = answer.topics
        if code:
            raise for_code(code)(f"no log end of {tp.topic}-{tp.partition}")
        return int(offset)

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        # Faust sets this in its own exactly-once mode only; aiokafka reads it at the start.
        consumer._isolation_level = "read_committed"
        self.app.assignor.watch(consumer)
        return consumer

    async def on_thread_stop(self) -> None:
        """Leave the group, so that the other members take the partitions over at once.

        aiokafka lets a static member stay, and its partitions wait until it is back: the restart of a process
        takes seconds, the two rebalances of a member that leaves and comes back take some tenths of one.
        """
        if self._consumer is not None and self._consumer._coordinator is not None:
            self._consumer._coordinator._group_instance_id = None
        await super().on_thread_stop()

    async def _fetch_records(
        self,
        consumer: Any,
        active_partitions: set[TP],
        timeout: float | None = None,
        max_records: int | None = None,
    ) -> dict[TP, list[Fetch]]:
        """Return a fetch for each partition that has records within `timeout` seconds."""
        if not self.consumer.flow_active:
            return {}
        fetcher = consumer._fetcher
        if consumer._closed or fetcher._closed:
            raise ConsumerStoppedError
        deadline = time.monotonic() + (timeout or 0.0)
        with fetcher._subscriptions.fetch_context():
            while True:
                if fetcher._subscriptions.reassignment_in_progress:
                    await fetcher._subscriptions.wait_for_assignment()
                self._coverage.begin(_assignment_of(fetcher))
                # With timeout=0 nothing else runs between the two readings of the positions: no seek, no
                # rebalance.
                before = _positions(fetcher)
                polled = await fetcher.fetched_records(active_partitions, timeout=0, max_records=max_records)
                fetches = self._fetches(polled, before, _positions(fetcher))
                busy = sum(map(len, polled.values())) >= BUSY_RECORDS
                fetcher._fetch_min_bytes, fetcher._fetch_max_wait_ms = BUSY_FETCH if busy else IDLE_FETCH
                left = deadline - time.monotonic()
                if fetches or left <= 0:
                    return fetches
                waiter = fetcher._create_fetch_waiter()
                done, _ = await asyncio.wait([waiter], timeout=left)
                if not done or fetcher._closed:
                    waiter.cancel()
                    return {}
                waiter.result()  # a topic that we may not read

    def _fetches(
        self, polled: dict[TP, list[Record]], before: dict[TP, int], after: dict[TP, int]
    ) -> dict[TP, list[Fetch]]:
        generation = self.app.consumer_generation_id
        covered = self._coverage.of_poll(before, after, polled)
        return {
            tp: [Fetch(TP(tp.topic, tp.partition), polled[tp], begin, end, generation)]
            for tp, (begin, end) in covered.items()
        }


class Coverage:
    """Knows which offsets each fetch covers, including offsets without a record that were read before.

    Transaction markers and aborted records take offsets and are not handed out. A poll may pass such offsets
    without bringing a record; the next fetch covers them.
    """

    def __init__(self) -> None:
        # What the last fetch covered, unless a seek or a rebalance followed.
        self.handed_over: dict[TP, tuple[int, int]] = {}
        self.assignment: object = None
        self._read: dict[TP, tuple[int, int]] = {}  # begin and end of what no fetch covers yet
        self._polled: dict[TP, int] = {}  # the position behind the last poll of this assignment

    def begin(self, assignment: object) -> None:
        """Begin a poll in `assignment`; records that were handed over in an earlier one are read again."""
        if assignment is not self.assignment:
            self.assignment = assignment
            self.handed_over.clear()
            self._polled.clear()

    def polled(self, tp: TP) -> int | None:
        """Return the position behind the last poll; all that it brought is in `handed_over` by then."""
        return self._polled.get(tp)

    def of_poll(
        self, before: Mapping[TP, int], after: Mapping[TP, int], brought: Container[TP]
    ) -> dict[TP, tuple[int, int]]:
        """Return begin and end for each partition of which the poll brought records.

        `before` and `after` are the positions around the poll, `brought` the partitions with records.
        """
        covered = {}
        for tp, end in after.items():
            begin = before.get(tp, end)
            if tp in self._read and self._read[tp][1] == begin:  # this poll begins where the last one ended
                begin = self._read[tp][0]
            else:
                self.handed_over.pop(tp, None)
            if tp in brought:
                covered[tp] = self.handed_over[tp] = (begin, end)
                begin = end
            self._read[tp] = (begin, end)
            self._polled[tp] = end
        return covered


def _positions(fetcher: Any) -> dict[TP, int]:
    """Return the offset at which the next poll of each assigned partition begins."""
    assignment = _assignment_of(fetcher)
    if not assignment:
        return {}
    states = {tp: assignment.state_value(tp) for tp in assignment.tps}
    return {tp: state.position for tp, state in states.items() if state and state.has_valid_position}


def _assignment_of(fetcher: Any) -> Any:
    """Return the assignment of the consumer that `fetcher` works for, or None."""
    subscription = fetcher._subscriptions.subscription
    return subscription and subscription.assignment


class NoOffsets(dict[TP, int | None]):
    """Faust's table of the last offset that it handed over, kept empty.

    Faust drops messages below that offset. A seek back resets it in the consumer's thread, and a message that
    is being handed over sets it again behind the seek: then Faust drops what the seek brings. The inbox knows
    what it has seen.
    """

    def __missing__(self, tp: TP) -> None:
        return None

    def __setitem__(self, tp: TP, offset: int | None) -> None:
        pass

    def update(self, *_offsets: object, **_more: object) -> None:
        """Keep nothing."""


class CommittedConsumer(driver.Consumer):  # type: ignore[misc]
    """Faust's consumer, whose messages are fetches, and which can hold partitions back."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._read_offset = NoOffsets()
        self._held: set[TP] = set()
        self._released = asyncio.Event()

    def hold(self, tp: TP) -> None:
        """Poll no more records of `tp` until it is released; its inbox has enough."""
        self._held.add(tp)

    def positions(self) -> dict[TP, ReadPosition]:
        """Return how far each assigned partition was read, as far as the broker has answered yet."""
        return self._thread.positions() if self._thread else {}

    async def log_end(self, tp: TP) -> int:
        """Ask for the offset behind the last record of `tp`, committed or not."""
        end: int = await self._thread.log_end(tp)
        return end

    def release(self, tp: TP) -> None:
        """Poll records of `tp` again."""
        if tp in self._held:
            self._held.discard(tp)
            self._released.set()

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Do nothing: Faust would keep these offsets until it acknowledges, which it never does."""

    def _new_consumer_thread(self) -> CommittedThread:
        return CommittedThread(self, loop=self.loop, beacon=self.beacon)

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> dict[TP, list[Fetch]]:
        self._released.clear()
        wanted = (active_partitions or set()) - self._held
        if not wanted:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout):
                    await self._released.wait()
            return {}
        # A partition that is released during this poll waits for its end, so keep the poll short.
        fetches: dict[TP, list[Fetch]] = await super()._getmany(
            wanted, min(timeout, 0.1) if self._held else timeout
        )
        return fetches

    def _to_message(self, tp: TP, record: Any) -> ConsumerMessage:
        fetch: Fetch = record
        first = fetch.records[0]
        return ConsumerMessage(
            topic=tp.topic,
            partition=tp.partition,
            offset=first.offset,
            timestamp=first.timestamp / 1000,
            timestamp_type=0,
            headers=[],
            key=None,
            value=fetch,
            checksum=None,
            serialized_key_size=0,
            serialized_value_size=0,
            tp=tp,
            generation_id=fetch.generation,
        )


class CommittedTransport(driver.Transport):  # type: ignore[misc]
    """Faust's Kafka transport with our consumer."""

    Consumer = CommittedConsumer


class PassThrough(Codec):  # type: ignore[misc]
    """Lets a fetch through: the stage decodes the records, so that a decode error is ours."""

    def _loads(self, s: Any) -> Any:
        return s

    def _dumps(self, s: Any) -> Any:
        return s


def fetch_topic(app: faust.App, topic: str) -> Any:
    """Return a Faust topic whose values are the fetches of `topic`."""
    return app.topic(topic, value_serializer=PassThrough(), key_serializer="raw")
