"""Read the dead letters on a broker, and send them back to their topics, each exactly once.

A ledger topic records which letters were replayed. A transaction holds a letter and its ledger entry, and the
ledger is read after the producer has started, which ends the open transaction of an earlier replay. So
neither a replay that died nor a second one at the same time makes a letter go twice or not at all.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain, islice

import orjson
from aiokafka import AIOKafkaProducer
from kafka import TopicPartition

from streams.dead import DeadLetter, replayed_headers
from streams.errors import WireroomError
from streams.headers import rfc3339
from streams.kafka.connection import Connection
from streams.kafka.reader import TopicReader
from streams.kafka.transactions import BYTES_PER_TRANSACTION, send_in_transaction, transactional_job
from streams.records import Outgoing, Record
from streams.topics import Topics
from streams.wording import plural

LETTERS_PER_TRANSACTION = 100


class DeadLetters:
    """The committed dead letters of `topics` on a broker."""

    def __init__(self, connection: Connection, topics: Topics) -> None:
        self.topics = topics
        self._reader = TopicReader(connection)

    def close(self) -> None:
        """Close the connections to the broker."""
        self._reader.close()

    def open(self) -> Iterator[DeadLetter]:
        """Return the letters that were not replayed, by partition and offset, up to the end as it is now."""
        replayed = self.replayed()
        return (letter for letter in self.all() if replayed.get(letter.id) != letter.timestamp)

    def all(self) -> Iterator[DeadLetter]:
        """Return every letter that the topic still holds."""
        return map(_letter, self._reader.read(self.topics.dead))

    def at(self, number: int, offset: int) -> DeadLetter | None:
        """Return the letter at `offset` of partition `number`, or None if there is none."""
        partition = TopicPartition(self.topics.dead, number)
        if partition not in self._reader.partitions(self.topics.dead):
            return None
        end = min(offset + 1, self._reader.ends([partition])[partition])
        return next(map(_letter, self._reader.read_partition(partition, offset, end)), None)

    def replayed(self) -> dict[str, int]:
        """Return the ids of the letters that were replayed, with the timestamps of the letters.

        A topic that was deleted and created again has other letters with the same ids; timestamps differ.
        """
        ledger: dict[str, int] = {}
        for record in self._reader.read(self.topics.replays):
            letter_id = (record.key or b"").decode("utf-8", "replace")
            if record.value is None:
                ledger.pop(letter_id, None)
            else:
                ledger[letter_id] = orjson.loads(record.value)["timestamp"]
        return ledger

    def forgotten(self, replayed: dict[str, int]) -> list[str]:
        """Return those ids of `replayed` whose letters the topic no longer holds."""
        partitions = self._reader.partitions(self.topics.dead)
        starts = {p.partition: offset for p, offset in self._reader.starts(partitions).items()}
        places = {letter_id: parse_id(letter_id) for letter_id in replayed}
        return [letter_id for letter_id, (number, offset) in places.items() if offset < starts.get(number, 0)]

    def partitions_of(self, topic: str) -> int:
        """Return how many partitions `topic` has; 0 when it does not exist."""
        return self._reader.partition_count(topic)


@dataclass
class Replay:
    """What a replay did, or would do without a dry run."""

    sent: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[DeadLetter, str]] = field(default_factory=list)


def replay(
    connection: Connection,
    topics: Topics,
    group: str,
    *,
    replay_limit: int,
    chosen: Callable[[DeadLetter], bool] = lambda _: True,
    max_letters: int | None = None,
    dry_run: bool = False,
    on_letter: Callable[[DeadLetter], None] = lambda _: None,
) -> Replay:
    """Send the open letters for which `chosen` returns True back to their topics, at most `max_letters`.

    A letter goes with the key, bytes and headers that the record had before it died, and `wireroom.replays`
    counts up. A letter that was replayed `replay_limit` times, or whose topic does not exist, is refused.
    `on_letter` is called for each letter once its transaction is committed. A dry run sends nothing and does
    not disturb another replay.

    Raises BrokerError when the broker or a topic is missing, or when another replay has started meanwhile,
    which continues in place of this one.
    """
    outcome = Replay()
    with contextlib.closing(DeadLetters(connection, topics)) as letters:
        plan = _Plan(letters, outcome, replay_limit, chosen, max_letters)
        if dry_run:
            for letter in plan.letters():
                outcome.sent[str(letter.topic)] += 1
                on_letter(letter)
        else:
            asyncio.run(_send(connection, f"{group}.dead.replay", plan, on_letter))
    return outcome


@dataclass
class _Plan:
    """The letters to send."""

    source: DeadLetters
    outcome: Replay
    replay_limit: int
    chosen: Callable[[DeadLetter], bool]
    max_letters: int | None

    def letters(self) -> Iterator[DeadLetter]:
        """Yield the letters; note those that are refused in the outcome."""
        wanted = (letter for letter in self.source.open() if self.chosen(letter) and self._sendable(letter))
        return islice(wanted, self.max_letters)

    def batches(self) -> Iterator[list[DeadLetter]]:
        """Yield the letters in lists for one transaction each."""
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

    def records(self, letter: DeadLetter) -> tuple[Outgoing, Outgoing]:
        """Return `letter` as it goes back, to its old partition if that exists, and its ledger entry."""
        topic, number = str(letter.topic), letter.origin[0]
        exists = number is not None and number < self.source.partitions_of(topic)
        entry = {"timestamp": letter.timestamp, "topic": topic, "replayed_at": rfc3339(datetime.now(UTC))}
        return (
            Outgoing(
                topic, letter.key, letter.value, replayed_headers(letter.headers), number if exists else None
            ),
            Outgoing(self.source.topics.replays, letter.id.encode(), orjson.dumps(entry)),
        )

    def _sendable(self, letter: DeadLetter) -> bool:
        reason = self._why_refused(letter)
        if reason:
            self.outcome.refused.append((letter, reason))
        return reason is None

    def _why_refused(self, letter: DeadLetter) -> str | None:
        if letter.replays >= self.replay_limit:
            return f"was replayed {letter.replays} times, the limit (WIREROOM_REPLAY_LIMIT)"
        if letter.topic is None:
            return "does not say which topic it came from"
        if not self.source.partitions_of(letter.topic):
            return f"came from {letter.topic}, which does not exist"
        if letter.key is None and letter.value is None:
            return "has neither key nor value"
        return None


async def _send(
    connection: Connection, transactional_id: str, plan: _Plan, on_letter: Callable[[DeadLetter], None]
) -> None:
    """Send the letters of `plan`, one transaction for each batch."""
    async with transactional_job(
        connection,
        "replay",
        transactional_id,
        verb="sent",
        done=lambda: plural(plan.outcome.sent.total(), "letter"),
    ) as producer:
        # An earlier replay is fenced now and its transaction has ended: only now the ledger is certain.
        batches = plan.batches()
        while batch := await asyncio.to_thread(next, batches, None):
            await send_in_transaction(producer, chain.from_iterable(map(plan.records, batch)))
            for letter in batch:
                plan.outcome.sent[str(letter.topic)] += 1
                on_letter(letter)
        await _clear_ledger(producer, plan.source)


async def _clear_ledger(producer: AIOKafkaProducer, letters: DeadLetters) -> None:
    """Remove the ledger entries of letters that retention has removed."""
    replayed = await asyncio.to_thread(letters.replayed)
    if forgotten := await asyncio.to_thread(letters.forgotten, replayed):
        ledger = letters.topics.replays
        await send_in_transaction(producer, [Outgoing(ledger, key.encode(), None) for key in forgotten])


def parse_id(letter_id: str) -> tuple[int, int]:
    """Return the partition and offset of `letter_id`; raises WireroomError if it is not PARTITION-OFFSET."""
    partition, _, offset = letter_id.partition("-")
    if not (letter_id.isascii() and partition.isdigit() and offset.isdigit()):
        raise WireroomError(
            f"{letter_id!r} is not the id of a dead letter: "
            "write PARTITION-OFFSET, as `wireroom dead ls` shows it"
        )
    return int(partition), int(offset)


def _letter(record: Record) -> DeadLetter:
    return DeadLetter(
        record.partition, record.offset, record.timestamp, record.key, record.value, list(record.headers)
    )
