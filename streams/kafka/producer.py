"""The transactional producer of a lane or a command: it never asks for the same step twice."""

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
    """Whether a step of a transaction was done is not known.

    aiokafka asks again after every KafkaError but the first of these, and the second ends the producer.
    """


class FailFastProducer(AIOKafkaProducer):  # type: ignore[misc]
    """A transactional producer that is done for when the answer to a step of its transaction is lost.

    aiokafka sends such a step again. But the first may still be on its way, and nothing in transactions of
    the protocol that it speaks tells it from a step of the producer's next transaction: a commit ends that
    half way, an offset sets the group back. So all that waits gets AnswerLost; the next producer of the same
    id has a new epoch, and what is still on its way is refused. Records may be sent again: they have sequence
    numbers.
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
