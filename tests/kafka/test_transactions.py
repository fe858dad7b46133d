"""The producers of workers and jobs have the same options, and a job commits all or nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import IllegalOperation, MessageSizeTooLargeError

from streams.kafka import transactions
from streams.kafka.connection import Connection
from streams.kafka.transactions import (
    MAX_REQUEST_BYTES,
    TRANSACTION_TIMEOUT_MS,
    Offsets,
    TransactionClient,
    send_in_transaction,
    transactional_producer,
)
from streams.records import Outgoing

CONNECTION = Connection("broker.example:9092")


class Producer:
    """Stands in for the transactional producer, and notes what it is asked for."""

    def __init__(self, **options: Any) -> None:
        self.options = options
        self.calls: list[Any] = []
        self.failing: dict[str, Exception] = {}  # by topic: the error of the pending record
        self.refusal: Exception | None = None

    async def start(self) -> None:
        self.calls.append("start")

    async def stop(self) -> None:
        self.calls.append("stop")

    async def begin_transaction(self) -> None:
        self.calls.append("begin")

    async def send(self, topic: str, *record: Any, headers: list[Any]) -> asyncio.Future[None]:
        sent = asyncio.get_running_loop().create_future()
        self.calls.append((topic, *record, headers))
        if topic in self.failing:
            sent.set_exception(self.failing[topic])
        else:
            sent.set_result(None)
        return sent

    async def send_offsets_to_transaction(self, offsets: Any, group: str) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.calls.append((group, offsets))

    async def commit_transaction(self) -> None:
        self.calls.append("commit")


@pytest.fixture
def made(monkeypatch) -> list[Producer]:
    """The producers that were made."""
    producers: list[Producer] = []

    def make(**options: Any) -> Producer:
        producers.append(Producer(**options))
        return producers[-1]

    monkeypatch.setattr(transactions, "FailFastProducer", make)
    return producers


def test_the_producer_of_a_job_has_the_options_of_a_workers(made):
    async def job() -> None:
        async with transactional_producer(CONNECTION, "id"):
            pass

    TransactionClient(CONNECTION).producer("id", MAX_REQUEST_BYTES)
    asyncio.run(job())

    of_a_worker, of_a_job = made
    assert of_a_job.options == of_a_worker.options
    assert of_a_job.options["transaction_timeout_ms"] == TRANSACTION_TIMEOUT_MS
    assert of_a_job.calls == ["start", "stop"]


def test_a_transaction_is_committed_after_its_records_and_offsets():
    producer: Any = Producer()
    partition = TopicPartition("news.tagged", 3)
    records = [
        Outgoing("news.raw", b"a1", b"{}", [("desk", b"x")], partition=2),
        Outgoing("ledger", b"k", None),
    ]

    asyncio.run(send_in_transaction(producer, records, Offsets("group", {partition: (7, "note")})))

    assert producer.calls == [
        "begin",
        ("news.raw", b"{}", b"a1", 2, [("desk", b"x")]),
        ("ledger", None, b"k", None, []),
        ("group", {partition: (7, "note")}),
        "commit",
    ]


@pytest.mark.parametrize("refusal", [None, IllegalOperation("in error state")])
def test_a_record_that_fails_is_the_error_and_nothing_is_committed(refusal):
    producer: Any = Producer()
    producer.failing["news.raw"] = MessageSizeTooLargeError("too large")
    producer.refusal = refusal

    with pytest.raises(MessageSizeTooLargeError):
        asyncio.run(send_in_transaction(producer, [Outgoing("news.raw", b"a1", b"{}")], Offsets("group", {})))

    assert "commit" not in producer.calls
