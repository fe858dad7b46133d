"""The transactional producer of workers and jobs: it never sends the same step of a transaction twice."""

from __future__ import annotations

from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.client import ConnectionGroup
from aiokafka.errors import (
    IncompatibleBrokerVersion,
    KafkaError,
    NodeNotReadyError,
    OutOfOrderSequenceNumber,
)
from aiokafka.protocol.transaction import (
    AddOffsetsToTxnRequest,
    AddPartitionsToTxnRequest,
    EndTxnRequest,
    TxnOffsetCommitRequest,
)

STEPS = (AddPartitionsToTxnRequest, AddOffsetsToTxnRequest, TxnOffsetCommitRequest, EndTxnRequest)


class AnswerLost(IncompatibleBrokerVersion, OutOfOrderSequenceNumber):  # type: ignore[misc]
    """The answer to a step of a transaction was lost: the broker may have done the step or not.

    The base classes make aiokafka stop: it retries after every KafkaError except the first, and the second
    ends the producer.
    """


class FailFastProducer(AIOKafkaProducer):  # type: ignore[misc]
    """A transactional producer that ends when the answer to a step of its transaction is lost.

    aiokafka sends such a step again. But the first request may still be on its way, and the protocol version
    that aiokafka speaks does not tell it from a step of the next transaction: a late commit ends that
    transaction half way, a late offset sets the group back. So everything that waits gets AnswerLost. The
    next producer with the same id has a new epoch, and the broker refuses what is still on its way. Records
    may be sent again, because they have sequence numbers.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._send_request = self.client.send
        self.client.send = self._send_step

    async def _send_step(
        self, node: int, request: Any, *, group: ConnectionGroup = ConnectionGroup.DEFAULT
    ) -> Any:
        try:
            return await self._send_request(node, request, group=group)
        except NodeNotReadyError:  # nothing was sent
            raise
        except KafkaError as error:
            if isinstance(request, STEPS):
                raise AnswerLost(f"{type(request).__name__}: {error!r}") from error
            raise
