"""Transactions of a producer that is no worker: committed, aborted, or left open."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from kafka import KafkaProducer


class Transactions:
    """Writes records in transactions, with keys that are made from their values."""

    def __init__(self, bootstrap: str, transactional_id: str | None = None, **options: object) -> None:
        self.transactional_id = transactional_id or f"test-{uuid.uuid4().hex[:12]}"
        self._producer = KafkaProducer(
            bootstrap_servers=bootstrap, transactional_id=self.transactional_id, **options
        )
        self._producer.init_transactions()

    def commit(self, topic: str, values: Iterable[bytes], partition: int = 0) -> None:
        """Write `values` and commit."""
        self.leave_open(topic, values, partition)
        self._producer.commit_transaction()

    def abort(self, topic: str, values: Iterable[bytes], partition: int = 0) -> None:
        """Write `values` and abort."""
        self.leave_open(topic, values, partition)
        self._producer.abort_transaction()

    def leave_open(self, topic: str, values: Iterable[bytes], partition: int = 0) -> None:
        """Write `values` and do not end the transaction."""
        self._producer.begin_transaction()
        for value in values:
            self._producer.send(topic, value, key=b"key of " + value, partition=partition)
        self._producer.flush()

    def close(self) -> None:
        """Close the producer; an open transaction stays open."""
        self._producer.close(timeout=0)


@contextmanager
def transactions(bootstrap: str, **options: object) -> Iterator[Transactions]:
    """Yield a writer of transactions."""
    writer = Transactions(bootstrap, **options)  # type: ignore[arg-type]
    try:
        yield writer
    finally:
        writer.close()
