"""A search reads no more of the log than it must, and still finds every record of an article."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from kafka import TopicPartition

from streams.jobs.trace_search import Search
from streams.kafka.admin import administer
from streams.kafka.batches import BatchReader, LogBatch, LogRecord
from streams.kafka.partitioning import partition_of
from tests.broker.wire import Wire
from tests.jobs.conftest import Put, letter_headers

HOUR = 3600
LABELS = {"labels": [{"label": "climate", "score": 1}]}
PARTITION = partition_of(b"a1", 4)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, range]]:
    """The ranges of offsets that are read, with the topics without their prefix."""
    ranges_read: list[tuple[str, range]] = []
    plain = BatchReader.read

    def noting(
        self: BatchReader, ranges: dict[TopicPartition, range], *limits: object, **more: object
    ) -> Iterator[LogBatch]:
        ranges_read.extend(
            (place.topic.partition(".")[2], offsets) for place, offsets in ranges.items() if offsets
        )
        return plain(self, ranges, *limits, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(BatchReader, "read", noting)
    return ranges_read


def found(wire: Wire, *, everywhere: bool = False) -> list[str]:
    """Return the topics of the records of article a1, sorted and without the prefix."""
    with administer(wire.connection) as admin:
        search = Search(admin, wire.bootstrap, wire.topics, everywhere=everywhere)
        records: list[LogRecord] = search.records("a1")
    return sorted(record.topic.removeprefix(f"{wire.prefix}.") for record in records)


def put_others(put: Put, *, seconds: float) -> None:
    """Write three records of other articles to each topic, in the partition of article a1."""
    for topic in ("raw", "clean", "tagged", "enriched", "labels.climate"):
        for number in range(3):
            put(topic, b"other %d" % number, seconds=seconds, partition=PARTITION)


def put_all(put: Put, *, seconds: float) -> None:
    """Write the records of an article that passed all stages, but for its raw one."""
    for topic in ("clean", "tagged"):
        put(topic, b"a1", seconds=seconds)
    for topic in ("enriched", "labels.climate"):
        put(topic, b"a1", LABELS, seconds=seconds)


def test_what_was_written_before_the_article_was_published_is_not_read(wire: Wire, put: Put, read):
    put_others(put, seconds=-9 * HOUR)
    put("raw", b"a1")
    put_all(put, seconds=1)

    assert found(wire) == ["clean", "enriched", "labels.climate", "raw", "tagged"]
    assert read == [("raw", range(4))] + [
        (topic, range(3, 4)) for topic in ("clean", "enriched", "tagged", "labels.climate")
    ]


def test_an_article_whose_publisher_has_a_clock_that_is_ahead_is_found_all_the_same(wire: Wire, put: Put):
    put_others(put, seconds=-9 * HOUR)
    put("raw", b"a1", seconds=5 * HOUR)
    put_all(put, seconds=1)

    assert found(wire) == ["clean", "enriched", "labels.climate", "raw", "tagged"]


def test_a_part_of_an_article_from_before_its_own_time_is_found(wire: Wire, put: Put):
    put("raw", b"a1", seconds=5 * HOUR)
    put("clean", b"a1")
    put("tagged", b"a1", seconds=5 * HOUR)
    put("enriched", b"a1", seconds=5 * HOUR)

    assert found(wire) == ["clean", "enriched", "raw", "tagged"]


def test_what_led_to_a_dead_letter_is_found_if_the_clock_of_the_publisher_is_ahead(wire: Wire, put: Put):
    put("raw", b"a1", seconds=5 * HOUR)
    put("clean", b"a1")
    headers = letter_headers(wire.topics.clean, (PARTITION, 0), stage="entities")
    put("dead", b"a1", seconds=5 * HOUR, headers=headers)

    assert found(wire) == ["clean", "dead", "raw"]


def test_an_article_that_died_at_the_first_stage_is_whole(wire: Wire, put: Put, read):
    put_others(put, seconds=-9 * HOUR)
    place, offset = put("raw", b"a1")
    headers = letter_headers(wire.topics.raw, (place, offset))
    put("dead", b"a1", seconds=1, headers=headers)

    assert found(wire) == ["dead", "raw"]
    assert read == [("raw", range(4)), ("dead", range(1))]


def test_an_older_version_whose_raw_record_is_gone_is_found(wire: Wire, put: Put):
    put("clean", b"a1", seconds=-48 * HOUR, headers=[("ce_id", b"older")])
    put("tagged", b"a1", seconds=-48 * HOUR, headers=[("ce_id", b"older")])
    put("enriched", b"a1", LABELS, seconds=1, headers=[("ce_id", b"older")])
    put("raw", b"a1")
    put_all(put, seconds=1)

    assert found(wire) == [
        "clean",
        "clean",
        "enriched",
        "enriched",
        "labels.climate",
        "raw",
        "tagged",
        "tagged",
    ]


def test_all_partitions_are_read_from_their_beginning_if_asked_for(wire: Wire, put: Put, read):
    put_others(put, seconds=-9 * HOUR)
    put("raw", b"a1")
    put_all(put, seconds=1)

    assert found(wire, everywhere=True) == ["clean", "enriched", "labels.climate", "raw", "tagged"]
    assert {offsets.start for _, offsets in read} == {0}
