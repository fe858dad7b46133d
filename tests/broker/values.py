"""Publish values to a topic, and read them back."""

from __future__ import annotations

from collections.abc import Sequence

from kafka import KafkaProducer

from tests.broker.wire import Wire


def publish_values(bootstrap: str, topic: str, values: Sequence[bytes]) -> None:
    """Publish `values`; raise unless the broker has acknowledged each of them."""
    with KafkaProducer(
        bootstrap_servers=bootstrap.split(","), max_request_size=32_000_000, request_timeout_ms=40_000
    ) as producer:
        for sent in [producer.send(topic, value=value) for value in values]:
            sent.get(timeout=60)


def read_values(bootstrap: str, topic: str) -> list[bytes]:
    """Return the values of all records of `topic`."""
    return [record.value for record in Wire(bootstrap, "", "").read_all(topic)]
