"""The transactions of one input partition: results, dead letters and the input offset, all or nothing.

A writer has one producer at a time. The transactional id is `group.topic.partition`, whichever worker owns
the partition, so starting a producer fences the previous owner and settles the transaction that it left open.

The id belongs to the partition and not to the worker because the Python clients lack KIP-447: with an id for
each worker, a worker that was paused and resumed commits again what its successor has committed already.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, Protocol

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import IllegalOperation, ProducerFenced
from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder
from faust.types import TP

from streams.records import Outgoing

log = logging.getLogger("wireroom.delivery")

STOP_SECONDS = 1.5  # how long a discarded producer may take to stop


class ProducerFactory(Protocol):
    """Makes transactional producers."""

    def producer(self, transactional_id: str, max_request_bytes: int) -> AIOKafkaProducer:
        """Return a producer that is not started."""


class OffsetReader(Protocol):
    """Reads the committed offsets of the group."""

    async def committed(self, tp: TP) -> int:
        """Return the committed offset in `tp`, 0 if there is none."""


class Monitor(Protocol):
    """Knows if the cluster is in a state to commit in."""

    async def first_check(self) -> None:
        """Wait for the first check of the cluster."""

    def require_stable(self) -> None:
        """Raise ClusterUnstable if a transaction that ends now could stay half done."""


class PartitionWriter:
    """Commits the results of one input partition, one transaction at a time.

    After any error, discard the producer: a lost answer may still take effect on the broker, and only the
    start of the next producer settles if it did.
    """

    def __init__(
        self,
        tp: TP,
        group: str,
        *,
        producers: ProducerFactory,
        offsets: OffsetReader,
        monitor: Monitor,
        max_bytes: int,
        on_point: Callable[[str], None],
    ) -> None:
        self.next_offset = 0  # the first offset that is not committed, as of the last start or commit
        self.in_transaction = False  # from the begin of a transaction until it is committed
        self._tp = tp
        self._group = group
        self._producers = producers
        self._offsets = offsets
        self._monitor = monitor
        self._max_bytes = max_bytes
        self._on_point = on_point
        self._producer: AIOKafkaProducer | None = None
        self._written: set[str] = set()  # topics
        self._partition_counts: dict[str, int] = {}  # by topic; read again with each producer

    @property
    def has_producer(self) -> bool:
        """True from `fence_and_resume` until `discard_producer`."""
        return self._producer is not None

    @property
    def topics(self) -> set[str]:
        """The topic that is read, and the topics that were written to."""
        return {self._tp.topic, *self._written}

    async def fence_and_resume(self) -> None:
        """Fence the previous owner, settle its open transaction, and only then read the committed offset.

        Raises ClusterUnstable, before anything is fenced, while the cluster is not in a state to commit in.
        """
        await self._monitor.first_check()
        self._monitor.require_stable()
        transactional_id = f"{self._group}.{self._tp.topic}.{self._tp.partition}"
        self._producer = self._producers.producer(transactional_id, self._max_bytes)
        self._partition_counts.clear()
        await self._producer.start()
        self.next_offset = await self._offsets.committed(self._tp)

    async def commit(self, outgoing: Sequence[Outgoing], end: int) -> None:
        """Commit `outgoing`, the results of all records below offset `end`, and `end` itself."""
        producer = self._producer
        if producer is None:
            raise RuntimeError("commit needs a producer: call fence_and_resume first")

        # 1. Begin the transaction.
        await producer.begin_transaction()
        self.in_transaction = True

        # 2. Hand the results and dead letters to the producer, which sends them in the background.
        sends = await self._send(producer, outgoing)

        # 3. Add the input offset to the transaction.
        self._on_point("before offsets")
        offsets = {TopicPartition(self._tp.topic, self._tp.partition): end}
        await producer.send_offsets_to_transaction(offsets, self._group)
        self._on_point("after offsets")

        # 4. Wait until the broker has acknowledged every record.
        await asyncio.gather(*sends)

        # 5. Commit, if every partition has a leader that can write the outcome.
        self._on_point("before commit")
        self._monitor.require_stable()
        await producer.commit_transaction()
        self._on_point("after commit")

        # 6. Only now are the records done.
        self.next_offset = end
        self.in_transaction = False

    def is_fenced(self, error: BaseException) -> bool:
        """Return True if `error`, of the present producer, means that the partition has a new owner.

        aiokafka may learn it in the background, and then refuses every call with IllegalOperation.
        """
        if isinstance(error, IllegalOperation):
            sending = getattr(getattr(self._producer, "_sender", None), "sender_task", None)
            if sending is None or not sending.done() or sending.cancelled():
                return False
            return isinstance(sending.exception(), ProducerFenced)
        return isinstance(error, ProducerFenced)

    async def discard_producer(self) -> None:
        """Stop the producer without ending its transaction: the next start with its id settles that."""
        producer, self._producer = self._producer, None
        self.in_transaction = False
        if producer is None:
            return
        # As a task of its own: aiokafka cancels itself in there, and that would end the caller.
        stopping = asyncio.create_task(producer.stop())
        done, _ = await asyncio.wait({stopping}, timeout=STOP_SECONDS)
        if not done:
            stopping.cancel()
        elif not stopping.cancelled() and (error := stopping.exception()) is not None:
            log.debug("the producer did not stop in order", exc_info=error)

    async def _send(
        self, producer: AIOKafkaProducer, outgoing: Sequence[Outgoing]
    ) -> list[asyncio.Future[Any]]:
        """Hand over `outgoing` in order, as ready batches: they cost less than one future for each record."""
        batches: dict[tuple[str, int], BatchBuilder] = {}
        sends: list[asyncio.Future[Any]] = []
        for record in outgoing:
            if record.topic not in self._partition_counts:
                await self._count_partitions(producer, record.topic)
            self._written.add(record.topic)
            target = (record.topic, self._partition_of(record))
            headers = list(record.headers)  # aiokafka takes no other sequence
            message = {"timestamp": None, "key": record.key, "value": record.value, "headers": headers}
            batch = batches.get(target)
            if batch is None or batch.append(**message) is None:  # there is none yet, or it is full
                if batch is not None:
                    sends.append(await producer.send_batch(batch, target[0], partition=target[1]))
                batch = batches[target] = producer.create_batch()
                batch.append(**message)  # an empty batch takes any record
        for (topic, partition), batch in batches.items():
            self._on_point("sending")
            sends.append(await producer.send_batch(batch, topic, partition=partition))
        return sends

    async def staying_keys(self, topics: Iterable[str]) -> Callable[[bytes | None], bool]:
        """Return what tells for a key if its records stay in this partition on each of `topics`."""
        producer = self._producer
        if producer is None:
            raise RuntimeError("staying_keys needs a producer: call fence_and_resume first")
        for topic in topics:
            if topic not in self._partition_counts:
                await self._count_partitions(producer, topic)
        counts = {self._partition_counts[topic] for topic in topics}
        partition = int(self._tp.partition)
        return lambda key: key is not None and {hash_of(key) % count for count in counts} == {partition}

    async def _count_partitions(self, producer: AIOKafkaProducer, topic: str) -> None:
        self._partition_counts[topic] = len(await producer.partitions_for(topic))

    def _partition_of(self, record: Outgoing) -> int:
        """Return the partition that Kafka's own clients choose; without a key, that of the input."""
        if record.partition is not None:
            return record.partition
        count = self._partition_counts[record.topic]
        if record.key is None:
            return int(self._tp.partition) % count
        return hash_of(record.key) % count


@lru_cache(maxsize=20_000)  # the same key comes by at every stage, and aiokafka's murmur2 is pure Python
def hash_of(key: bytes) -> int:
    """Return the hash by which Kafka's own clients choose the partition of `key`."""
    return int(murmur2(key) & 0x7FFFFFFF)
