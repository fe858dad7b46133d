"""Transactions of commands: one producer whose id fences whoever ran the command before."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import NamedTuple

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import IllegalOperation, ProducerFenced
from aiokafka.errors import KafkaError as AIOKafkaError

from streams.errors import BrokerError
from streams.headers import Header
from streams.kafka.connect import describe_error
from streams.kafka.producer import FailFastProducer
from streams.kafka.security import client_options
from streams.settings import Settings

log = logging.getLogger("wireroom.transactions")

TRANSACTION_TIMEOUT_MS = 15_000  # an open transaction of a dead command blocks readers for no longer
MAX_REQUEST_BYTES = 2**31 - 1  # the topic's own limit decides
BYTES_PER_TRANSACTION = 8_000_000
STOP_SECONDS = 5


class Message(NamedTuple):
    """A record to be sent; without a partition, where its key belongs."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[Header] | None = None
    partition: int | None = None


class Offsets(NamedTuple):
    """Where a group stands, to be committed with what was made of all before it."""

    group: str
    positions: Mapping[TopicPartition, tuple[int, str]]  # offset and metadata


@contextlib.asynccontextmanager
async def transactional_producer(bootstrap: str, transactional_id: str) -> AsyncIterator[AIOKafkaProducer]:
    """A started producer with TRANSACTIONAL_ID: what an earlier one left open is settled.

    Whatever is read to decide what to send must be read after that. An answer that gets lost is settled by
    the next start.
    """
    # A producer that is fenced fails all that is under way, and asyncio would print that nobody asked for it.
    asyncio.get_running_loop().set_exception_handler(lambda _, context: log.debug(context["message"]))
    producer = FailFastProducer(
        bootstrap_servers=bootstrap,
        **client_options(Settings()),
        transactional_id=transactional_id,
        transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
        retry_backoff_ms=20,
        max_request_size=MAX_REQUEST_BYTES,
    )
    try:
        await producer.start()
        yield producer
    finally:
        with contextlib.suppress(AIOKafkaError, asyncio.TimeoutError):
            await asyncio.wait_for(producer.stop(), STOP_SECONDS)


@contextlib.asynccontextmanager
async def transactional_job(
    name: str, bootstrap: str, transactional_id: str, *, verb: str, done: Callable[[], str]
) -> AsyncIterator[AIOKafkaProducer]:
    """Yield the transactional producer of the job called `name`, and turn its errors into BrokerErrors.

    These say how much was committed: `done` counts it, such as "3 letters", and `verb` is the participle,
    such as "sent".
    """
    try:
        async with transactional_producer(bootstrap, transactional_id) as producer:
            yield producer
    # aiokafka tells a producer once that it is fenced, and refuses its further calls with IllegalOperation.
    except (ProducerFenced, IllegalOperation) as error:
        raise BrokerError(
            f"another {name} has started and continues in place of this one, which has {verb} {done()}"
        ) from error
    except AIOKafkaError as error:
        raise BrokerError(
            f"the broker at {bootstrap} failed: {describe_error(error)}; {done()} {verb}, run it again for the rest"
        ) from error


async def send_in_transaction(
    producer: AIOKafkaProducer, messages: Iterable[Message], offsets: Offsets | None = None
) -> None:
    """All of MESSAGES with OFFSETS or none; after an error it is for the next producer to settle which."""
    await producer.begin_transaction()
    futures = []
    try:
        for message in messages:
            sent = producer.send(
                message.topic, message.value, message.key, message.partition, headers=message.headers
            )
            futures.append(await sent)
        if offsets is not None:
            await producer.send_offsets_to_transaction(dict(offsets.positions), offsets.group)
    except IllegalOperation:  # a record under way has failed, and knows why
        await asyncio.gather(*futures)
        raise
    await asyncio.gather(*futures)
    await producer.commit_transaction()
