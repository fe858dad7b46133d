"""The records of both Kafka clients are records of the pipeline as they are."""

from __future__ import annotations

import pytest
from aiokafka.structs import ConsumerRecord as AiokafkaRecord
from kafka.consumer.fetcher import ConsumerRecord

from streams.records import Record, place_of

FIELDS = {"topic": "news.raw", "partition": 3, "offset": 42, "timestamp": 7, "key": b"a1", "value": b"{}"}


@pytest.mark.parametrize("kind", [ConsumerRecord, AiokafkaRecord])
def test_a_record_of_a_client_has_its_place_and_its_content(kind):
    given = dict.fromkeys(kind_fields(kind)) | FIELDS | {"headers": [("desk", b"a")]}
    record: Record = kind(**given)

    assert place_of(record) == "news.raw-3-42"
    assert (record.timestamp, record.key, record.value) == (7, b"a1", b"{}")
    assert list(record.headers) == [("desk", b"a")]


def kind_fields(kind: type) -> list[str]:
    """Return the names of the fields of a client's record."""
    return list(getattr(kind, "_fields", None) or kind.__dataclass_fields__)  # type: ignore[attr-defined]
