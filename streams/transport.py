"""Faust's Kafka transport, reading committed records only, one partition's fetch at a time.

Faust hands over records one by one, at some 100 microseconds each, and reads uncommitted ones. Here an event
is a `Fetch`: all records that one poll brought for one partition, so that this price is paid once a poll.

A Fetch also says which record it follows in the order of the log. Faust drops records around a rebalance and
relies on reading them again; `follows` lets the reader see that every record arrived, and seek back when one
did not.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import faust
from faust.serializers.codecs import Codec
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from faust.types.tuples import ConsumerMessage

from streams.stage import Record


class Fetch(NamedTuple):
    """Consecutive records of one partition, as one poll brought them."""

    partition: TP
    records: Sequence[Record]
    follows: int | None  # offset of the record before the first; None at the first poll after a seek
    generation: int  # of the consumer group, when the poll began


class CommittedThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]
    """Faust's consumer thread with isolation level read_committed."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        # Faust has no setting for it outside its own exactly-once mode; aiokafka reads it at start.
        consumer._isolation_level = "read_committed"
        return consumer


class CommittedConsumer(driver.Consumer):  # type: ignore[misc]
    """Faust's consumer, whose messages are Fetches, and which can hold partitions back."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._last_polled: dict[TP, tuple[int, int]] = {}  # generation and offset of the last record
        self._held: set[TP] = set()
        self._released = asyncio.Event()

    def hold(self, tp: TP) -> None:
        """Poll no more records of TP until it is released; its reader has enough."""
        self._held.add(tp)

    def release(self, tp: TP) -> None:
        """Poll records of TP again."""
        if tp in self._held:
            self._held.discard(tp)
            self._released.set()

    def _new_consumer_thread(self) -> CommittedThread:
        return CommittedThread(self, loop=self.loop, beacon=self.beacon)

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> dict[TP, list[Fetch]]:
        generation = self.app.consumer_generation_id
        self._released.clear()
        wanted = (active_partitions or set()) - self._held
        if not wanted:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._released.wait(), timeout)
            return {}
        # A partition that is released meanwhile waits for this poll: so let it be short.
        polled = await super()._getmany(wanted, min(timeout, 0.1) if self._held else timeout)
        return {tp: [self._fetch(tp, records, generation)] for tp, records in polled.items() if records}

    def _fetch(self, tp: TP, records: Sequence[Record], generation: int) -> Fetch:
        partition = TP(tp.topic, tp.partition)
        before = self._last_polled.get(partition)
        self._last_polled[partition] = (generation, records[-1].offset)
        continues = before is not None and before[0] == generation and before[1] < records[0].offset
        return Fetch(partition, records, before[1] if before and continues else None, generation)

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
    """Faust's Kafka transport with the consumer above."""

    Consumer = CommittedConsumer


class _AsIs(Codec):  # type: ignore[misc]
    """Lets a Fetch through: records are decoded by the stage, whose errors are ours."""

    def _loads(self, s: Any) -> Any:
        return s

    def _dumps(self, s: Any) -> Any:
        return s


def fetches_of(app: faust.App, topic: str) -> Any:
    """A Faust topic whose values are the Fetches of TOPIC."""
    return app.topic(topic, value_serializer=_AsIs(), key_serializer="raw")
