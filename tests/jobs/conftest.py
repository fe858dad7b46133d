"""What tests of a trace share: records that no worker has written."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence

import pytest
from kafka import KafkaProducer

from streams.dead import dead_letter_headers
from streams.errors import EmptyArticle
from streams.headers import Header
from tests.broker.wire import Wire

BEGIN = (int(time.time()) - 3 * 86_400) * 1000  # in milliseconds; the retention would delete older records
EVENT: list[Header] = [("ce_id", b"event")]
Put = Callable[..., tuple[int, int]]


def letter_headers(
    topic: str, place: tuple[int, int], *, stage: str = "cleanup", headers: Sequence[Header] = EVENT
) -> list[Header]:
    """Return the headers of the dead letter for the record at `place`, partition and offset, of `topic`."""
    return dead_letter_headers(
        headers,
        error=EmptyArticle("no text is left"),
        topic=topic,
        partition=place[0],
        offset=place[1],
        stage=stage,
        at="2026-03-01T12:00:01.000Z",
        replays=0,
    )


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
