"""Which errors a lane can mend by starting again, and how long it waits before it does."""

from __future__ import annotations

import asyncio

from aiokafka.errors import IllegalOperation, KafkaError, MessageSizeTooLargeError, ProducerFenced
from aiokafka.errors import RecordListTooLargeError as TooLargeForBroker

from streams.stateful import StateLost
from streams.worker.cluster_monitor import ClusterUnstable

RETRY_SECONDS = 0.05  # doubled with each failure
LONGEST_RETRY_SECONDS = 3.0
FENCED_SECONDS = 0.5  # somebody else owns the partition: let a rebalance pass

# Errors that a new producer can mend. A producer that was fenced refuses further calls with IllegalOperation,
# which is not a KafkaError.
INTERRUPTIONS = (KafkaError, IllegalOperation, OSError, TimeoutError, ClusterUnstable, StateLost)

TOO_LARGE = (MessageSizeTooLargeError, TooLargeForBroker)  # KafkaErrors that another try cannot mend


def retry_seconds(error: BaseException, failures: int) -> float:
    """Return how long to wait before the next try, after `failures` in a row."""
    if isinstance(error, ProducerFenced):
        return FENCED_SECONDS
    doublings = min(failures, 10)  # after 1024 the power no longer fits a float
    return min(RETRY_SECONDS * 2.0**doublings, LONGEST_RETRY_SECONDS)


def is_cancelled(error: BaseException) -> bool:
    """Return True if our own task is cancelled, and not something of aiokafka's that we wait for."""
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling() > 0
