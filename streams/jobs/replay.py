"""Dead letters on a broker: read them, and send them back to where they came from, each exactly once.

A ledger topic says which letters were replayed. Letter and ledger entry are written in one transaction, and
the ledger is read after the producer has started, which ends whatever an earlier replay left open. So a
replay that died half way, or a second one at the same time, sends no letter twice and leaves none out.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice

import orjson
from aiokafka import AIOKafkaProducer
from kafka import TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from streams.dead import DeadLetter, replayed_headers
from streams.errors import WireroomError
from streams.headers import rfc3339
from streams.kafka.reader import TopicReader
from streams.kafka.transactions import BYTES_PER_TRANSACTION, Message, send_in_transaction, transactional_job
from streams.topics import Topics

LETTERS_PER_TRANSACTION = 100

Chosen = Callable[[DeadLetter], bool]


class DeadLetters:
    """The dead letters under TOPICS at BOOTSTRAP, read committed."""

    def __init__(self, bootstrap: str, topics: Topics) -> None:
        self.topics = topics
        self._reader = TopicReader(bootstrap)

    def close(self) -> None:
        """Leave the broker."""
        self._reader.close()

    def open(self) -> Iterator[DeadLetter]:
        """The letters that were not replayed, by partition and offset, up to the end they have now."""
        replayed = self.replayed()
        return (letter for letter in self.all() if replayed.get(letter.id) != letter.timestamp)

    def all(self) -> Iterator[DeadLetter]:
        """Every letter that the topic still holds."""
        return map(_letter, self._reader.read(self.topics.dead))

    def at(self, number: int, offset: int) -> DeadLetter | None:
        """The letter at OFFSET of partition NUMBER, or None when there is none."""
        partition = TopicPartition(self.topics.dead, number)
        if partition not in self._reader.partitions(self.topics.dead):
            return None
        end = min(offset + 1, self._reader.ends([partition])[partition])
        return next(map(_letter, self._reader.read_partition(partition, offset, end)), None)

    def replayed(self) -> dict[str, int]:
        """The ids of the letters that were replayed with the letters' timestamps.

        A topic that was deleted and made again has other letters under the same ids: the timestamp tells.
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
        """Those ids of REPLAYED whose letters the topic no longer holds."""
        partitions = self._reader.partitions(self.topics.dead)
        starts = {p.partition: offset for p, offset in self._reader.starts(partitions).items()}
        places = {letter_id: parse_id(letter_id) for letter_id in replayed}
        return [letter_id for letter_id, (number, offset) in places.items() if offset < starts.get(number, 0)]

    def partitions_of(self, topic: str) -> int:
        """How many partitions TOPIC has; 0 when it does not exist."""
        return self._reader.partition_count(topic)


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

    Raises BrokerError; when another replay has started meanwhile, it continues in place of this one.
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

    def records(self, letter: DeadLetter) -> tuple[Message, Message]:
        """LETTER as it goes back, to its old partition while there is one, and its entry in the ledger."""
        topic, number = str(letter.topic), letter.origin[0]
        known = number is not None and number < self.source.partitions_of(topic)
        entry = {"timestamp": letter.timestamp, "topic": topic, "replayed_at": rfc3339(datetime.now(UTC))}
        return (
            Message(
                topic, letter.key, letter.value, replayed_headers(letter.headers), number if known else None
            ),
            Message(self.source.topics.replays, letter.id.encode(), orjson.dumps(entry)),
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
    async with transactional_job(
        "replay", bootstrap, transactional_id, verb="sent", done=lambda: _count(plan)
    ) as producer:
        # An earlier replay is fenced and its transaction ended: only now the ledger is read.
        batches = plan.batches()
        while batch := await asyncio.to_thread(next, batches, None):
            await send_in_transaction(producer, [one for letter in batch for one in plan.records(letter)])
            for letter in batch:
                plan.outcome.sent[str(letter.topic)] += 1
                on_letter(letter)
        await _tidy(producer, topics, plan.source)


async def _tidy(producer: AIOKafkaProducer, topics: Topics, source: DeadLetters) -> None:
    """Take letters that retention has removed off the ledger."""
    replayed = await asyncio.to_thread(source.replayed)
    if forgotten := await asyncio.to_thread(source.forgotten, replayed):
        await send_in_transaction(
            producer, [Message(topics.replays, key.encode(), None) for key in forgotten]
        )


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
