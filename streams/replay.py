"""Dead letters on a broker: read them, and send them back to where they came from, each exactly once.

A ledger topic says which letters were replayed. Letter and ledger entry are written in one transaction, and
the ledger is read after the producer has started, which ends whatever an earlier replay left open. So a
replay that died half way, or a second one at the same time, sends no letter twice and leaves none out.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import NamedTuple

import orjson
from aiokafka import AIOKafkaProducer
from aiokafka.errors import IllegalOperation, ProducerFenced
from aiokafka.errors import KafkaError as AIOKafkaError
from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from streams.clients import broker_errors, connect, missing_topic, told
from streams.dead import DeadLetter, replayed_headers
from streams.errors import BrokerError, WireroomError
from streams.headers import Header, rfc3339
from streams.topics import Topics

log = logging.getLogger("wireroom.replay")

LETTERS_PER_TRANSACTION = 100
BYTES_PER_TRANSACTION = 8_000_000
TRANSACTION_TIMEOUT_MS = 15_000  # an open transaction of a dead replay blocks readers for no longer
SILENCE_SECONDS = 30.0
MAX_REQUEST_BYTES = 2**31 - 1  # the topic's own limit decides

Chosen = Callable[[DeadLetter], bool]


class DeadLetters:
    """The dead letters under TOPICS at BOOTSTRAP, read committed."""

    def __init__(self, bootstrap: str, topics: Topics) -> None:
        self.bootstrap = bootstrap
        self.topics = topics
        self._partition_counts: dict[str, int] = {}
        self._consumer = connect(
            KafkaConsumer,
            bootstrap,
            isolation_level="read_committed",
            enable_auto_commit=False,
            allow_auto_create_topics=False,
            auto_offset_reset="earliest",
        )

    def close(self) -> None:
        """Leave the broker."""
        self._consumer.close(autocommit=False)

    def open(self) -> Iterator[DeadLetter]:
        """The letters that were not replayed, by partition and offset, up to the end they have now."""
        replayed = self.replayed()
        return (letter for letter in self.all() if replayed.get(letter.id) != letter.timestamp)

    def all(self) -> Iterator[DeadLetter]:
        """Every letter that the topic still holds."""
        return map(_letter, self._read(self.topics.dead))

    def at(self, number: int, offset: int) -> DeadLetter | None:
        """The letter at OFFSET of partition NUMBER, or None when there is none."""
        if number not in self._partitions(self.topics.dead):
            return None
        partition = TopicPartition(self.topics.dead, number)
        with broker_errors(self.bootstrap):
            end = self._consumer.end_offsets([partition])[partition]
        return next(map(_letter, self._read_partition(partition, offset, min(offset + 1, end))), None)

    def replayed(self) -> dict[str, int]:
        """The ids of the letters that were replayed with the letters' timestamps.

        A topic that was deleted and made again has other letters under the same ids: the timestamp tells.
        """
        ledger: dict[str, int] = {}
        for record in self._read(self.topics.replays):
            letter_id = (record.key or b"").decode("utf-8", "replace")
            if record.value is None:
                ledger.pop(letter_id, None)
            else:
                ledger[letter_id] = orjson.loads(record.value)["timestamp"]
        return ledger

    def forgotten(self, replayed: dict[str, int]) -> list[str]:
        """Those ids of REPLAYED whose letters the topic no longer holds."""
        partitions = [
            TopicPartition(self.topics.dead, number) for number in self._partitions(self.topics.dead)
        ]
        with broker_errors(self.bootstrap):
            starts = {
                p.partition: offset for p, offset in self._consumer.beginning_offsets(partitions).items()
            }
        places = {letter_id: parse_id(letter_id) for letter_id in replayed}
        return [letter_id for letter_id, (number, offset) in places.items() if offset < starts.get(number, 0)]

    def partitions_of(self, topic: str) -> int:
        """How many partitions TOPIC has; 0 when it does not exist."""
        if topic not in self._partition_counts:
            with broker_errors(self.bootstrap):
                self._partition_counts[topic] = len(self._consumer.partitions_for_topic(topic) or ())
        return self._partition_counts[topic]

    def _partitions(self, topic: str) -> list[int]:
        with broker_errors(self.bootstrap):
            numbers = self._consumer.partitions_for_topic(topic)
        if not numbers:
            raise missing_topic(topic, self.bootstrap)
        return sorted(numbers)

    def _read(self, topic: str) -> Iterator[ConsumerRecord]:
        partitions = [TopicPartition(topic, number) for number in self._partitions(topic)]
        with broker_errors(self.bootstrap):
            ends = self._consumer.end_offsets(
                partitions
            )  # of all before the first is read: no letter of later
        for partition in partitions:
            yield from self._read_partition(partition, 0, ends[partition])

    def _read_partition(self, partition: TopicPartition, start: int, end: int) -> Iterator[ConsumerRecord]:
        """The records of PARTITION from START to before END."""
        with broker_errors(self.bootstrap):
            self._consumer.assign([partition])
            first = self._consumer.beginning_offsets([partition])[partition]
            self._consumer.seek(partition, max(first, start))
        heard = time.monotonic()
        while True:
            with broker_errors(self.bootstrap):
                if self._consumer.position(partition) >= end:
                    return
                polled = self._consumer.poll(timeout_ms=500).get(partition, [])
            for record in polled:
                if record.offset >= end:
                    return
                yield record
            if polled:
                heard = time.monotonic()
            elif time.monotonic() - heard > SILENCE_SECONDS:
                raise BrokerError(
                    f"the broker at {self.bootstrap} stopped answering while {partition.topic} was read"
                )


@dataclass
class Replay:
    """What a replay did, or with a dry run would do."""

    sent: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[DeadLetter, str]] = field(default_factory=list)


def replay(
    bootstrap: str,
    topics: Topics,
    group: str,
    *,
    limit: int,
    chosen: Chosen = lambda _: True,
    most: int | None = None,
    dry_run: bool = False,
    on_letter: Callable[[DeadLetter], None] = lambda _: None,
) -> Replay:
    """Send CHOSEN open letters back to their topics, MOST of them at most.

    Key, bytes and headers are those the record had before it died; `wireroom.replays` counts up. Letters that
    were replayed LIMIT times, or whose topic is gone, are refused. ON_LETTER is called for each letter sent,
    once its transaction is committed. A dry run sends nothing and disturbs no other replay.

    Raises BrokerError; when another replay has started meanwhile, it goes on in place of this one.
    """
    outcome = Replay()
    with contextlib.closing(DeadLetters(bootstrap, topics)) as letters:
        plan = _Plan(letters, outcome, limit=limit, chosen=chosen, most=most)
        if dry_run:
            for letter in plan.letters():
                outcome.sent[str(letter.topic)] += 1
                on_letter(letter)
        else:
            asyncio.run(_send(bootstrap, topics, f"{group}.dead.replay", plan, on_letter))
    return outcome


class _Outgoing(NamedTuple):
    """A record to be sent."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[Header] | None = None
    partition: int | None = None


@dataclass
class _Plan:
    """Which letters are to be sent."""

    source: DeadLetters
    outcome: Replay
    limit: int
    chosen: Chosen
    most: int | None

    def letters(self) -> Iterator[DeadLetter]:
        wanted = (letter for letter in self.source.open() if self.chosen(letter) and self._sendable(letter))
        return islice(wanted, self.most)

    def batches(self) -> Iterator[list[DeadLetter]]:
        """The same in lists for one transaction each."""
        batch: list[DeadLetter] = []
        size = 0
        for letter in self.letters():
            batch.append(letter)
            size += len(letter.value or b"")
            if len(batch) >= LETTERS_PER_TRANSACTION or size >= BYTES_PER_TRANSACTION:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def records(self, letter: DeadLetter) -> tuple[_Outgoing, _Outgoing]:
        """LETTER as it goes back, to its old partition while there is one, and its entry in the ledger."""
        topic, number = str(letter.topic), letter.origin[0]
        known = number is not None and number < self.source.partitions_of(topic)
        entry = {"timestamp": letter.timestamp, "topic": topic, "replayed_at": rfc3339(datetime.now(UTC))}
        return (
            _Outgoing(
                topic, letter.key, letter.value, replayed_headers(letter.headers), number if known else None
            ),
            _Outgoing(self.source.topics.replays, letter.id.encode(), orjson.dumps(entry)),
        )

    def _sendable(self, letter: DeadLetter) -> bool:
        why = self._why_not(letter)
        if why:
            self.outcome.refused.append((letter, why))
        return why is None

    def _why_not(self, letter: DeadLetter) -> str | None:
        if letter.replays >= self.limit:
            return f"was replayed {letter.replays} times, the limit (WIREROOM_REPLAY_LIMIT)"
        if letter.topic is None:
            return "does not say which topic it came from"
        if not self.source.partitions_of(letter.topic):
            return f"came from {letter.topic}, which does not exist"
        if letter.key is None and letter.value is None:
            return "has neither key nor value"
        return None


async def _send(
    bootstrap: str,
    topics: Topics,
    transactional_id: str,
    plan: _Plan,
    on_letter: Callable[[DeadLetter], None],
) -> None:
    """Send PLAN, a transaction for each batch; the answers that get lost are settled by the next start."""
    # A producer that is fenced fails all that is under way, and asyncio would print that nobody asked for it.
    asyncio.get_running_loop().set_exception_handler(lambda _, context: log.debug(context["message"]))
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        transactional_id=transactional_id,
        transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
        retry_backoff_ms=20,
        max_request_size=MAX_REQUEST_BYTES,
    )
    try:
        await producer.start()  # fences an earlier replay and ends its transaction: only now read the ledger
        batches = plan.batches()
        while batch := await asyncio.to_thread(next, batches, None):
            await _send_in_transaction(producer, [one for letter in batch for one in plan.records(letter)])
            for letter in batch:
                plan.outcome.sent[str(letter.topic)] += 1
                on_letter(letter)
        await _tidy(producer, topics, plan.source)
    except ProducerFenced as error:
        raise BrokerError(
            f"another replay has started and goes on in place of this one, which sent {_count(plan)}"
        ) from error
    except AIOKafkaError as error:
        raise BrokerError(
            f"the broker at {bootstrap} failed: {told(error)}; {_count(plan)} sent, run it again for the rest"
        ) from error
    finally:
        with contextlib.suppress(AIOKafkaError, asyncio.TimeoutError):
            await asyncio.wait_for(producer.stop(), 5)


async def _tidy(producer: AIOKafkaProducer, topics: Topics, source: DeadLetters) -> None:
    """Take letters that retention has removed off the ledger."""
    replayed = await asyncio.to_thread(source.replayed)
    if forgotten := await asyncio.to_thread(source.forgotten, replayed):
        await _send_in_transaction(
            producer, [_Outgoing(topics.replays, key.encode(), None) for key in forgotten]
        )


async def _send_in_transaction(producer: AIOKafkaProducer, records: list[_Outgoing]) -> None:
    """All of RECORDS or none, or an error that leaves it to the next producer to settle which."""
    await producer.begin_transaction()
    futures = []
    try:
        for record in records:
            sent = producer.send(
                record.topic, record.value, record.key, record.partition, headers=record.headers
            )
            futures.append(await sent)
    except IllegalOperation:  # a record under way has failed, and knows why
        await asyncio.gather(*futures)
        raise
    await asyncio.gather(*futures)
    await producer.commit_transaction()


def parse_id(letter_id: str) -> tuple[int, int]:
    """Partition and offset of LETTER_ID; raises WireroomError when it is none."""
    partition, _, offset = letter_id.partition("-")
    if not (letter_id.isascii() and partition.isdigit() and offset.isdigit()):
        raise WireroomError(
            f"{letter_id!r} is no dead letter: write PARTITION-OFFSET, as wireroom dead ls shows it"
        )
    return int(partition), int(offset)


def _letter(record: ConsumerRecord) -> DeadLetter:
    return DeadLetter(
        record.partition, record.offset, record.timestamp, record.key, record.value, list(record.headers)
    )


def _count(plan: _Plan) -> str:
    letters = plan.outcome.sent.total()
    return f"{letters} letter" if letters == 1 else f"{letters} letters"
