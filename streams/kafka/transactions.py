"""Kafka transactions: the producers of workers and jobs, and what a job does with one.

`TransactionClient` gives the producers of workers and jobs the same options. Starting a producer fences an
earlier one with the same transactional id and settles the transaction that it left open.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import IllegalOperation, ProducerFenced
from aiokafka.errors import KafkaError as AIOKafkaError

from streams.errors import BrokerError
from streams.kafka.connection import Connection, describe_error
from streams.kafka.producer import FailFastProducer
from streams.records import Outgoing

log = logging.getLogger("wireroom.transactions")

TRANSACTION_TIMEOUT_MS = 15_000  # how long an open transaction of a dead process can block readers
RETRY_BACKOFF_MS = 20  # aiokafka's 100 ms is most of the duration of a small transaction
BATCH_BYTES = 262_144
MAX_REQUEST_BYTES = 2**31 - 1  # the limit of the topic applies
BYTES_PER_TRANSACTION = 8_000_000  # of a job
STOP_SECONDS = 5


@dataclass(frozen=True)
class TransactionClient:
    """Makes the aiokafka clients of workers and jobs."""

    connection: Connection

    def producer(self, transactional_id: str, max_request_bytes: int = MAX_REQUEST_BYTES) -> FailFastProducer:
        """Return a transactional producer that is not started."""
        return FailFastProducer(
            bootstrap_servers=self.connection.bootstrap,
            transactional_id=transactional_id,
            transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
            retry_backoff_ms=RETRY_BACKOFF_MS,
            linger_ms=0,
            max_batch_size=BATCH_BYTES,
            max_request_size=max_request_bytes,
            **self.connection.client_options(),
        )

    def admin(self) -> AIOKafkaAdminClient:
        """Return an admin client that is not started."""
        return AIOKafkaAdminClient(
            bootstrap_servers=self.connection.bootstrap, **self.connection.client_options()
        )


class Offsets(NamedTuple):
    """The positions of a consumer group, to commit in the transaction of the results up to there."""

    group: str
    positions: Mapping[TopicPartition, tuple[int, str]]  # offset and metadata


@contextlib.asynccontextmanager
async def transactional_producer(
    connection: Connection, transactional_id: str
) -> AsyncIterator[AIOKafkaProducer]:
    """Yield a started producer; an open transaction of an earlier producer with its id is settled by then.

    Read only after that what decides what to send. The next start settles a transaction whose outcome this
    producer never learned.
    """
    # A fenced producer fails all pending futures, and asyncio would print each one that nobody awaits.
    asyncio.get_running_loop().set_exception_handler(lambda _, context: log.debug(context["message"]))
    producer = TransactionClient(connection).producer(transactional_id)
    try:
        await producer.start()
        yield producer
    finally:
        with contextlib.suppress(AIOKafkaError, asyncio.TimeoutError):
            await asyncio.wait_for(producer.stop(), STOP_SECONDS)


@contextlib.asynccontextmanager
async def transactional_job(
    connection: Connection, name: str, transactional_id: str, *, verb: str, done: Callable[[], str]
) -> AsyncIterator[AIOKafkaProducer]:
    """Yield the transactional producer of the job called `name`, and turn its errors into BrokerErrors.

    The messages say how much was committed: `done` counts it, such as "3 letters", and `verb` is the
    participle, such as "sent".
    """
    try:
        async with transactional_producer(connection, transactional_id) as producer:
            yield producer
    # aiokafka raises ProducerFenced once, and IllegalOperation for every later call of the producer.
    except (ProducerFenced, IllegalOperation) as error:
        raise BrokerError(
            f"another {name} has started and continues in place of this one, which has {verb} {done()}"
        ) from error
    except AIOKafkaError as error:
        raise BrokerError(
            f"the broker at {connection.bootstrap} failed: {describe_error(error)}; "
            f"{done()} {verb}, run it again for the rest"
        ) from error


async def send_in_transaction(
    producer: AIOKafkaProducer, records: Iterable[Outgoing], offsets: Offsets | None = None
) -> None:
    """Commit all of `records` and `offsets` in one transaction, or nothing.

    After an error the outcome may be unknown: the next producer with the same id settles it.
    """
    await producer.begin_transaction()
    futures = []
    try:
        for record in records:
            sent = producer.send(
                record.topic, record.value, record.key, record.partition, headers=list(record.headers)
            )
            futures.append(await sent)
        if offsets is not None:
            await producer.send_offsets_to_transaction(dict(offsets.positions), offsets.group)
    except IllegalOperation:  # a pending record has failed, and its future holds the reason
        await asyncio.gather(*futures)
        raise
    await asyncio.gather(*futures)
    await producer.commit_transaction()
