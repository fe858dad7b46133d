"""Find the records of an article on the topics of a wire, and read as little of the log as that takes.

The key of an article decides its partition, so one partition of each topic is read, and of that only the
batches that have the key are decoded (streams/kafka/batches.py). What came of a raw article was written after
it, so the other topics are read from its time on, and from their beginning only if something is missing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson
from kafka import KafkaAdminClient, TopicPartition

from streams.dead import DeadLetter
from streams.headers import text_of
from streams.kafka.batches import BatchReader, LogRecord
from streams.kafka.offsets import ends_of, offsets_at, partitions_of
from streams.kafka.partitioning import partition_of
from streams.records import place_of
from streams.topics import Topics

CLOCKS_MS = 60 * 60 * 1000  # by which the clocks of publishers and workers differ at most, but in rare cases


class Search:
    """Reads the topics of a wire; with `everywhere`, every partition from its beginning."""

    def __init__(self, admin: KafkaAdminClient, bootstrap: str, topics: Topics, *, everywhere: bool) -> None:
        self._admin = admin
        self._bootstrap = bootstrap
        self._topics = topics
        self._everywhere = everywhere
        names = {*filter(topics.has, admin.list_topics()), *topics.flow(), topics.dead}
        self._partitions: defaultdict[str, list[TopicPartition]] = defaultdict(list)
        for partition in partitions_of(admin, names, bootstrap):
            self._partitions[partition.topic].append(partition)

    def records(self, article_id: str) -> list[LogRecord]:
        """Return the records with the key `article_id`."""
        key = article_id.encode()
        wanted = {topic for topic in self._partitions if topic != self._topics.replays}
        by_label = {topic for topic in wanted if topic.startswith(self._topics.label(""))}
        if self._everywhere:
            records = self._find(key, wanted)
        else:
            raw = self._find(key, [self._topics.raw])
            others = wanted - by_label - {self._topics.raw}
            since = min((record.timestamp for record in raw), default=0) - CLOCKS_MS
            records = raw + self._find(key, others, since=since)
            if since > 0 and not _is_whole(records, self._topics):
                records += self._find(key, others, before=since)
                since = 0
            # An article is on the topics of the labels that news.enriched shows it with: read no others.
            labels = {label for record in records for label in labels_of(record, self._topics) or ()}
            records += self._find(key, by_label & set(map(self._topics.label, labels)), since=since)
        return records + self._raw_by_place(records)

    def replays(self, records: Iterable[LogRecord]) -> dict[tuple[str, int], str]:
        """Return the times at which the dead letters among `records` were replayed, by id and timestamp."""
        letters = {
            f"{record.partition}-{record.offset}".encode()
            for record in records
            if record.topic == self._topics.dead
        }
        ledger = self._partitions.get(self._topics.replays, []) if letters else []
        times = {}
        for record in self._read(ledger, letters):
            if record.key is not None and record.value is not None:
                entry = orjson.loads(record.value)
                times[record.key.decode(), entry["timestamp"]] = entry["replayed_at"]
        return times

    def _find(self, key: bytes, names: Iterable[str], *, since: int = 0, before: int = 0) -> list[LogRecord]:
        """Return the records with `key` on the topics called `names`.

        Those from the time `since` on, or those before the time `before`, in milliseconds since the epoch.
        """
        partitions: list[TopicPartition] = []
        for name in names:
            those = self._partitions[name]
            partitions += those if self._everywhere else [those[partition_of(key, len(those))]]
        return list(self._read(partitions, {key}, since, before))

    def _read(
        self, partitions: Sequence[TopicPartition], keys: Iterable[bytes], since: int = 0, before: int = 0
    ) -> Iterator[LogRecord]:
        """Yield the records of `partitions` with one of `keys`; see `_find`."""
        keys = set(keys)
        ends = ends_of(self._admin, partitions)
        border = max(since, before)
        borders = offsets_at(self._admin, partitions, border) if border > 0 else dict.fromkeys(partitions, 0)
        ranges = {}
        for partition, end in ends.items():
            at = borders[partition]
            at = end if at is None else min(at, end)
            ranges[partition] = range(at) if before > 0 else range(at, end)
        reader = BatchReader(self._admin, self._bootstrap)
        for batch in reader.read(ranges, keys=keys):
            offsets = ranges[batch.partition]
            yield from (each for each in batch.records() if each.key in keys and each.offset in offsets)

    def _raw_by_place(self, records: Iterable[LogRecord]) -> list[LogRecord]:
        """Return the raw records without this key that `records` come from.

        If a raw event has no id, its place is the id of all that follows: topic-partition-offset.
        """
        place = re.compile(rf"{re.escape(self._topics.raw)}-(\d+)-(\d+)")
        known = {place_of(record) for record in records}
        found = []
        for event_id in sorted({event_id_of(record) for record in records} - known):
            if match := place.fullmatch(event_id):
                partition, offset = TopicPartition(self._topics.raw, int(match[1])), int(match[2])
                if partition not in self._partitions[self._topics.raw]:
                    continue
                reader = BatchReader(self._admin, self._bootstrap)
                for batch in reader.read({partition: range(offset, offset + 1)}):
                    found += [record for record in batch.records() if record.offset == offset]
        return found


def _is_whole(records: Iterable[LogRecord], topics: Topics) -> bool:
    """Return True if `records` show each raw article on every stage topic, or up to the one where it died.

    Else the article waits, or the clock of its publisher is ahead of the workers' by more than `CLOCKS_MS`.
    """
    stages = topics.stages()
    seen: defaultdict[str, set[str]] = defaultdict(set)
    needed: defaultdict[str, set[str]] = defaultdict(lambda: set(stages))
    for record in records:
        event_id = event_id_of(record)
        seen[event_id].add(record.topic)
        if record.topic == topics.dead and (origin := DeadLetter(*record[1:]).topic) in stages:
            needed[event_id] = set(stages[: stages.index(origin) + 1])
    return all(places >= needed[event_id] for event_id, places in seen.items())


def event_id_of(record: LogRecord) -> str:
    """Return the id of the raw event; without one, the place that the stages take for it."""
    if event_id := text_of(record.headers, "ce_id"):
        return event_id
    letter = DeadLetter(*record[1:])
    partition, offset = letter.origin
    return place_of(record) if letter.topic is None else f"{letter.topic}-{partition}-{offset}"


def labels_of(record: LogRecord, topics: Topics) -> dict[str, float] | None:
    """Return the labels of an enriched article with their scores; None for any other record."""
    labels = fields_of(record).get("labels") if record.topic == topics.enriched else None
    if not isinstance(labels, list):
        return None
    return {
        str(label["label"]): float(label.get("score") or 0)
        for label in labels
        if isinstance(label, dict) and "label" in label
    }


def fields_of(record: LogRecord) -> dict[str, Any]:
    """Return the fields of the event, none if it is not one: anybody can write to a topic."""
    try:
        fields = orjson.loads(record.value or b"{}")
    except orjson.JSONDecodeError:
        return {}
    return fields if isinstance(fields, dict) else {}
