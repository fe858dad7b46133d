"""A replay that is taken over, or whose broker fails, says so; producer and reader are fakes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from aiokafka.errors import IllegalOperation, NotLeaderForPartitionError, ProducerFenced
from kafka import TopicPartition

from streams.dead import dead_letter_headers
from streams.errors import BrokerError, InvalidJson
from streams.jobs import replay as replays
from streams.jobs.replay import LETTERS_PER_TRANSACTION, replay
from streams.kafka import transactions
from streams.kafka.connection import Connection
from streams.kafka.transactions import transactional_job
from streams.topics import Topics

TOPICS = Topics("news")
BOOTSTRAP = "broker.example:9092"


class Record:
    """A dead letter as a consumer reads it."""

    partition = 0
    timestamp = 1
    key = b"article"
    value = b"{"

    def __init__(self, offset: int) -> None:
        self.offset = offset
        self.headers = dead_letter_headers(
            [],
            error=InvalidJson("not JSON"),
            topic=TOPICS.raw,
            partition=0,
            offset=offset,
            stage="cleanup",
            at="2026-03-01T12:00:00.000Z",
            replays=0,
        )


class Reader:
    """Stands in for TopicReader: one letter more than a transaction holds, and an empty ledger."""

    def __init__(self, _connection: Connection) -> None:
        """Connect to nothing."""

    def read(self, topic: str) -> Iterator[Record]:
        return map(Record, range(LETTERS_PER_TRANSACTION + 1 if topic == TOPICS.dead else 0))

    def partitions(self, topic: str) -> list[TopicPartition]:
        return [TopicPartition(topic, 0)]

    def partition_count(self, _topic: str) -> int:
        return 1

    def close(self) -> None:
        """Leave nothing."""


class Producer:
    """Stands in for the transactional producer: it commits one transaction and refuses the next."""

    refusal: Exception

    def __init__(self, **_options: Any) -> None:
        self.committed = 0

    async def start(self) -> None:
        """Fence nobody."""

    async def stop(self) -> None:
        """Leave nothing."""

    async def begin_transaction(self) -> None:
        if self.committed:
            raise self.refusal

    async def send(self, *_record: Any, **_options: Any) -> asyncio.Future[None]:
        sent = asyncio.get_running_loop().create_future()
        sent.set_result(None)
        return sent

    async def commit_transaction(self) -> None:
        self.committed += 1


@pytest.fixture
def refusal(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Exception:
    monkeypatch.setattr(Producer, "refusal", request.param, raising=False)
    monkeypatch.setattr(transactions, "FailFastProducer", Producer)
    monkeypatch.setattr(replays, "TopicReader", Reader)
    return request.param


@pytest.mark.parametrize(
    "refusal",
    [IllegalOperation("fenced"), ProducerFenced()],
    indirect=True,
    ids=lambda error: type(error).__name__,
)
def test_a_replay_that_was_taken_over_says_so_and_how_many_letters_it_sent(refusal):
    with pytest.raises(BrokerError) as error:
        replay(Connection(BOOTSTRAP), TOPICS, "wireroom", replay_limit=3)

    assert str(error.value) == (
        "another replay has started and continues in place of this one, which has sent 100 letters"
    )


@pytest.mark.parametrize(
    "refusal", [NotLeaderForPartitionError("moved")], indirect=True, ids=lambda error: type(error).__name__
)
def test_a_replay_that_a_broker_ended_says_to_run_it_again(refusal):
    with pytest.raises(BrokerError) as error:
        replay(Connection(BOOTSTRAP), TOPICS, "wireroom", replay_limit=3)

    assert str(error.value).startswith(f"the broker at {BOOTSTRAP} failed: ")
    assert str(error.value).endswith("; 100 letters sent, run it again for the rest")


@pytest.mark.parametrize(
    "refusal", [IllegalOperation("fenced")], indirect=True, ids=lambda error: type(error).__name__
)
def test_every_job_names_itself_and_what_it_has_done(refusal):
    async def run() -> None:
        async with transactional_job(
            Connection(BOOTSTRAP), "relabel", "id", verb="written", done=lambda: "1 article"
        ) as producer:
            await producer.commit_transaction()
            await producer.begin_transaction()

    with pytest.raises(BrokerError) as error:
        asyncio.run(run())

    assert str(error.value) == (
        "another relabel has started and continues in place of this one, which has written 1 article"
    )
