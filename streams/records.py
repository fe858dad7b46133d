"""Kafka records as all parts of the pipeline see them: `Record` was consumed, `Outgoing` is to be sent.

Both know no Kafka client. The `ConsumerRecord` of kafka-python and that of aiokafka are Records as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from streams.errors import EnrichmentError
from streams.headers import Header


class Record(Protocol):
    """A record that a Kafka client has read; `timestamp` is in milliseconds since the epoch."""

    @property
    def topic(self) -> str: ...  # noqa: D102
    @property
    def partition(self) -> int: ...  # noqa: D102
    @property
    def offset(self) -> int: ...  # noqa: D102
    @property
    def timestamp(self) -> int: ...  # noqa: D102
    @property
    def key(self) -> bytes | None: ...  # noqa: D102
    @property
    def value(self) -> bytes | None: ...  # noqa: D102
    @property
    def headers(self) -> Sequence[Header]: ...  # noqa: D102


class Outgoing(NamedTuple):
    """A record to send.

    `partition` is None where the key decides. `dead` is the reason of a dead letter, for the log. `source` is
    the offset of the record that a stage made it from, for the trace.
    """

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[Header] = ()
    partition: int | None = None
    dead: EnrichmentError | None = None
    source: int | None = None


def place_of(record: Record) -> str:
    """Return the place of `record` on its broker: topic-partition-offset."""
    return f"{record.topic}-{record.partition}-{record.offset}"
