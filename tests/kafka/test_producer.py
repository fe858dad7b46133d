"""A lost answer to a step of a transaction ends the producer. No broker: aiokafka's client is a fake."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError, KafkaError, NodeNotReadyError, RequestTimedOutError
from aiokafka.protocol.transaction import (
    AddOffsetsToTxnRequest,
    AddPartitionsToTxnRequest,
    EndTxnRequest,
    InitProducerIdRequest,
    TxnOffsetCommitRequest,
)

from streams.kafka.producer import AnswerLost, FailFastProducer

STEPS = {
    AddPartitionsToTxnRequest: ("lane", 1, 0, []),
    AddOffsetsToTxnRequest: ("lane", 1, 0, "group"),
    TxnOffsetCommitRequest: ("lane", "group", 1, 0, []),
    EndTxnRequest: ("lane", 1, 0, True),
}


def raised_over(request: Any, error: KafkaError) -> BaseException | None:
    """Return what the client of a producer raises when `request` fails with `error`."""

    async def failing(*_: object, **__: object) -> None:
        raise error

    async def ask() -> BaseException | None:
        producer = FailFastProducer(bootstrap_servers="localhost:1", transactional_id="lane")
        producer._closed = True  # it was never started
        producer._send_request = failing
        try:
            await producer.client.send(1, request)
        except KafkaError as raised:
            return raised
        return None

    return asyncio.run(ask())


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
@pytest.mark.parametrize("error", [KafkaConnectionError(), RequestTimedOutError()])
def test_a_step_whose_answer_is_lost_is_not_sent_again(step: Any, error: KafkaError):
    raised = raised_over(step(*STEPS[step]), error)

    assert isinstance(raised, AnswerLost)
    assert step.__name__ in str(raised)


def test_a_step_that_was_never_sent_may_be_sent_again():
    error = NodeNotReadyError()

    assert raised_over(EndTxnRequest(*STEPS[EndTxnRequest]), error) is error


def test_other_requests_may_be_sent_again():
    error = KafkaConnectionError()

    assert raised_over(InitProducerIdRequest("lane", 15_000), error) is error
