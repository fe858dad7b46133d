"""What tests of a trace share: records that no worker has written."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence

import pytest
from kafka import KafkaProducer

from streams.headers import Header
from tests.broker.wire import Wire

BEGIN = (int(time.time()) - 3 * 86_400) * 1000  # in milliseconds; the retention would delete older records
EVENT: list[Header] = [("ce_id", b"event")]
Put = Callable[..., tuple[int, int]]


@pytest.fixture
def put(wire: Wire) -> Iterator[Put]:
    """Return `put("raw", b"key", fields, seconds=2)`, which writes a record and returns its place."""
    with KafkaProducer(bootstrap_servers=wire.bootstrap) as producer:

        def send(
            topic: str,
            key: bytes | None,
            value: object = "",
            *,
            seconds: float = 0,
            headers: Sequence[Header] = EVENT,
            partition: int | None = None,
        ) -> tuple[int, int]:
            content = value if isinstance(value, bytes | None) else json.dumps(value).encode()
            sent = producer.send(
                f"{wire.prefix}.{topic}",
                content,
                key=key,
                headers=list(headers),
                partition=partition,
                timestamp_ms=BEGIN + int(seconds * 1000),
            ).get(timeout=30)
            return sent.partition, sent.offset

        yield send
