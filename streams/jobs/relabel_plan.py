"""Which records of news.tagged a relabelling reads: the latest version of each article, in batches.

The plan covers each partition up to the offset that the workers' label stage has committed. The workers label
what lies behind it. What an earlier run has done with the same taxonomy is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from kafka import TopicPartition
from pydantic import ValidationError

from streams.events import TaggedArticle
from streams.kafka.connection import Connection
from streams.kafka.offsets import committed_offsets
from streams.kafka.reader import TopicReader
from streams.kafka.transactions import BYTES_PER_TRANSACTION
from streams.records import Record


@dataclass(frozen=True)
class Selection:
    """The articles that a run is to label again, and how many of them go into one transaction."""

    taxonomy: str  # the hash of the taxonomy
    since: datetime | None = None  # those tagged since then; None for all that news.tagged holds
    max_articles: int | None = None
    batch_size: int = 500


@dataclass(slots=True)
class Version:
    """The place of a version of an article on a topic."""

    partition: int
    offset: int
    timestamp: int

    @classmethod
    def of(cls, record: Record) -> Version:
        """Return the place of the version in `record`."""
        return cls(record.partition, record.offset, record.timestamp)

    def precedes(self, record: Record) -> bool:
        """Return True if `record`, read after this version, is a later one.

        Versions in different partitions, which come about when partitions are added, are compared by time.
        """
        return record.partition == self.partition or record.timestamp >= self.timestamp


class Span(NamedTuple):
    """The offsets of a partition that are to be read."""

    partition: TopicPartition
    start: int
    end: int
    since: int  # the first offset that is done with this taxonomy once the span is


class RecordBatch(NamedTuple):
    """The records for one transaction; all offsets of the span before `done` are done with it."""

    span: Span
    done: int
    records: list[Record]


class Arrivals:
    """The articles that arrive on news.tagged behind the plan."""

    def __init__(self, reader: TopicReader) -> None:
        self._reader = reader
        self._offsets: dict[TopicPartition, int] = {}

    def start(self, offsets: dict[TopicPartition, int]) -> None:
        """Take what is at `offsets` or later for an arrival."""
        self._offsets = dict(offsets)

    def keys(self) -> Iterator[bytes]:
        """Yield the keys of the articles that have arrived since the last call."""
        for partition, end in self._reader.ends(self._offsets).items():
            if end > self._offsets[partition]:
                records = self._reader.read_partition(partition, self._offsets[partition], end)
                yield from (key for record in records if (key := article_key(record)) is not None)
                self._offsets[partition] = end


class Plan:
    """The articles to label again, known once `make` has returned.

    `group` is that of the workers, and `job_group` has the progress of relabellings.
    """

    def __init__(
        self,
        connection: Connection,
        topic: str,
        selection: Selection,
        group: str,
        job_group: str,
        *,
        reader: TopicReader,
        arrivals: Arrivals,
    ) -> None:
        self.articles = 0
        self.waiting = 0  # records that the label stage had not reached
        self.superseded = 0  # articles with a newer version among those
        self._connection = connection
        self._topic = topic
        self._selection = selection
        self._group = group
        self._job_group = job_group
        self._reader = reader
        self._arrivals = arrivals
        self._spans: list[Span] = []
        self._latest: dict[bytes, Version] = {}
        self._chosen: set[tuple[int, int]] = set()  # partition and offset of the latest versions

    def make(self) -> None:
        """Find the latest version of each article, and how far earlier runs have come."""
        partitions = self._reader.partitions(self._topic)
        labelled = committed_offsets(self._connection, self._group, partitions)
        ends = {p: labelled[p].offset if p in labelled else 0 for p in partitions}
        self._spans = self._undone(ends)
        for span in self._spans:
            for record in self._reader.read_partition(span.partition, span.start, span.end):
                if (key := article_key(record)) is not None:
                    earlier = self._latest.get(key)
                    if earlier is None or earlier.precedes(record):
                        self._latest[key] = Version.of(record)
        self._arrivals.start(ends)
        for key in self._arrivals.keys():  # noqa: SIM118 - no dictionary
            self.waiting += 1
            self.superseded += self._latest.pop(key, None) is not None
        self._chosen = {(version.partition, version.offset) for version in self._latest.values()}
        self.articles = min(len(self._chosen), self._selection.max_articles or len(self._chosen))

    def __contains__(self, key: bytes | None) -> bool:
        """Return True if the article called `key` is to be labelled again."""
        return key in self._latest

    def __bool__(self) -> bool:
        return bool(self._latest)

    def drop_superseded(self) -> None:
        """Drop the articles of which a newer version has arrived since the last call."""
        for key in self._arrivals.keys():  # noqa: SIM118 - no dictionary
            self._latest.pop(key, None)

    def batches(self) -> Iterator[RecordBatch]:
        """Yield the records in batches for one transaction each, the last of each partition at its end."""
        batch_size, left = self._selection.batch_size, self._selection.max_articles
        for span in self._spans:
            records: list[Record] = []
            size = 0
            for record in self._reader.read_partition(span.partition, span.start, span.end):
                if (record.partition, record.offset) not in self._chosen:
                    continue
                records.append(record)
                size += len(record.value or b"")
                if len(records) >= min(batch_size, left or batch_size) or size >= BYTES_PER_TRANSACTION:
                    left = None if left is None else left - len(records)
                    yield RecordBatch(span, record.offset + 1, records)
                    records, size = [], 0
                    if left == 0:
                        return
            left = None if left is None else left - len(records)
            yield RecordBatch(span, span.end, records)

    def _undone(self, ends: dict[TopicPartition, int]) -> list[Span]:
        """Return the span of each partition, up to `ends`, that is not done with this taxonomy."""
        since = self._selection.since
        starts = self._reader.starts(ends) if since is None else self._reader.offsets_at(ends, since)
        committed = committed_offsets(self._connection, self._job_group, list(ends))
        spans = []
        for partition, end in ends.items():
            start = first = starts[partition]
            if partition in committed:
                taxonomy, _, offset = committed[partition].metadata.partition(" ")
                done = committed[partition].offset
                # An offset past the end belongs to a topic that was deleted and created again.
                if taxonomy == self._selection.taxonomy and int(offset) <= start <= done <= end:
                    start, first = done, int(offset)
            if start < end:
                spans.append(Span(partition, start, end, first))
        return spans


def article_key(record: Record) -> bytes | None:
    """Return the key that the label stage gives to the article in `record`; None without a TaggedArticle."""
    try:
        return TaggedArticle.model_validate_json(record.value or b"").key
    except ValidationError:
        return None
