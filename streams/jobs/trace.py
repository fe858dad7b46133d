"""Find an article on every topic of the wire: where it went, when, and what it waits for.

The log alone tells. The key of an article decides its partition, so one partition of each topic is read, and
of that only the batches that have the key are decoded (streams/kafka/batches.py).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
from kafka import KafkaAdminClient, TopicPartition

from streams.dead import DeadLetter, replays_of
from streams.errors import WireroomError
from streams.events import RawArticle
from streams.headers import text_of
from streams.kafka.admin import administer
from streams.kafka.batches import BatchReader, LogRecord
from streams.kafka.connection import Connection
from streams.kafka.lag import count_records
from streams.kafka.offsets import commits_of, ends_of, partitions_of
from streams.kafka.partitioning import partition_of
from streams.records import place_of
from streams.topics import Topics


@dataclass(frozen=True)
class Death:
    """Why a record became a dead letter; `replayed_at` is the time of its replay, RFC 3339."""

    reason: str
    message: str
    stage: str
    replayed_at: str | None


@dataclass(frozen=True)
class Step:
    """A record of the article; `timestamp` is in milliseconds since the epoch.

    `event_id` is that of the raw event, which every later record carries. `labels` has the scores of an
    enriched article. `seconds` is the time since the step before it with the same event. `waiting_for` is the
    stage that has not taken the record yet, and `ahead` is the number of records before it.
    """

    topic: str
    partition: int
    offset: int
    timestamp: int
    event_id: str
    replays: int
    is_tombstone: bool
    publisher: str | None
    labels: Mapping[str, float] | None
    death: Death | None
    seconds: float | None = None
    waiting_for: str | None = None
    ahead: int | None = None


@dataclass(frozen=True)
class Trace:
    """The steps of an article in the order of their time."""

    article_id: str
    steps: tuple[Step, ...]


def trace(
    connection: Connection, topics: Topics, group: str, article: str, *, everywhere: bool = False
) -> Trace:
    """Return the steps of `article`, which is an article's id or its URL.

    `group` is the workers' group. With `everywhere`, every partition is read, which also finds records from
    before partitions were added, or of a publisher with a partitioner of its own. Raises WireroomError when
    nothing is found, and BrokerError when the broker or a topic is missing.
    """
    with administer(connection) as admin:
        search = _Search(admin, connection.bootstrap, topics, everywhere=everywhere)
        for article_id in ids_of(article):
            if records := search.records(article_id):
                replays = search.replays(records)
                steps = [_step(record, topics, replays) for record in records]
                return Trace(article_id, _timed(search.waiting(steps, group), topics))
    raise _unknown(article, topics, connection.bootstrap, everywhere=everywhere)


def ids_of(article: str) -> list[str]:
    """Return the ids that `article` can mean: that of an article with this URL if it is one, and itself."""
    by_url = [RawArticle(url=article, body="").article_id] if "://" in article else []
    return [*by_url, article]


class _Search:
    """Reads the topics of a wire."""

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
        records = self._find(key, wanted if self._everywhere else wanted - by_label)
        if not self._everywhere:
            # An article is on the topics of the labels that news.enriched shows it with: read no others.
            labels = {label for record in records for label in _labels(record, self._topics) or ()}
            records += self._find(key, by_label & set(map(self._topics.label, labels)))
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

    def waiting(self, steps: Sequence[Step], group: str) -> list[Step]:
        """Return `steps`, with the stage for which the record waits where `group` has not finished it."""
        reading = self._topics.inputs()
        places = {TopicPartition(step.topic, step.partition) for step in steps if step.topic in reading}
        commits = commits_of(self._admin, group, sorted(places))
        done = {place: commits[place].offset if place in commits else 0 for place in places}
        noted = []
        for step in steps:
            place = TopicPartition(step.topic, step.partition)
            if place in done and step.offset >= done[place]:
                before = {place: range(done[place], step.offset)}
                ahead = count_records(self._admin, before, self._bootstrap)[place].records
                step = replace(step, waiting_for=reading[step.topic], ahead=ahead)
            noted.append(step)
        return noted

    def _find(self, key: bytes, names: Iterable[str]) -> list[LogRecord]:
        """Return the records with `key` on the topics called `names`."""
        partitions: list[TopicPartition] = []
        for name in names:
            those = self._partitions[name]
            partitions += those if self._everywhere else [those[partition_of(key, len(those))]]
        return list(self._read(partitions, {key}))

    def _read(self, partitions: Sequence[TopicPartition], keys: Iterable[bytes]) -> Iterator[LogRecord]:
        """Yield the records of `partitions` with one of `keys`."""
        keys = set(keys)
        ends = ends_of(self._admin, partitions)
        reader = BatchReader(self._admin, self._bootstrap)
        for batch in reader.read({partition: range(end) for partition, end in ends.items()}):
            if any(map(batch.may_have, keys)):
                yield from (record for record in batch.records() if record.key in keys)

    def _raw_by_place(self, records: Iterable[LogRecord]) -> list[LogRecord]:
        """Return the raw records without this key that `records` come from.

        If a raw event has no id, its place is the id of all that follows: topic-partition-offset.
        """
        place = re.compile(rf"{re.escape(self._topics.raw)}-(\d+)-(\d+)")
        known = {place_of(record) for record in records}
        found = []
        for event_id in sorted({_event_id(record) for record in records} - known):
            if match := place.fullmatch(event_id):
                partition, offset = TopicPartition(self._topics.raw, int(match[1])), int(match[2])
                if partition not in self._partitions[self._topics.raw]:
                    continue
                reader = BatchReader(self._admin, self._bootstrap)
                for batch in reader.read({partition: range(offset, offset + 1)}):
                    found += [record for record in batch.records() if record.offset == offset]
        return found


def _step(record: LogRecord, topics: Topics, replays: Mapping[tuple[str, int], str]) -> Step:
    death = None
    if record.topic == topics.dead:
        letter = DeadLetter(*record[1:])
        replayed_at = replays.get((letter.id, letter.timestamp))
        death = Death(letter.reason, letter.message, letter.stage, replayed_at)
    publisher = _fields(record).get("publisher") if record.topic == topics.raw else None
    return Step(
        record.topic,
        record.partition,
        record.offset,
        record.timestamp,
        _event_id(record),
        replays_of(record.headers),
        record.value is None,
        publisher if isinstance(publisher, str) else None,
        _labels(record, topics),
        death,
    )


def _event_id(record: LogRecord) -> str:
    """Return the id of the raw event; without one, the place that the stages take for it."""
    if event_id := text_of(record.headers, "ce_id"):
        return event_id
    letter = DeadLetter(*record[1:])
    partition, offset = letter.origin
    return place_of(record) if letter.topic is None else f"{letter.topic}-{partition}-{offset}"


def _labels(record: LogRecord, topics: Topics) -> dict[str, float] | None:
    """Return the labels of an enriched article with their scores; None for any other record."""
    labels = _fields(record).get("labels") if record.topic == topics.enriched else None
    if not isinstance(labels, list):
        return None
    return {
        str(label["label"]): float(label.get("score") or 0)
        for label in labels
        if isinstance(label, dict) and "label" in label
    }


def _fields(record: LogRecord) -> dict[str, Any]:
    """Return the fields of the event, none if it is not one: anybody can write to a topic."""
    try:
        fields = orjson.loads(record.value or b"{}")
    except orjson.JSONDecodeError:
        return {}
    return fields if isinstance(fields, dict) else {}


def _timed(steps: Iterable[Step], topics: Topics) -> tuple[Step, ...]:
    """Return `steps` in the order of their time, each with the seconds since the one before it."""
    flow = topics.flow()

    def order(step: Step) -> tuple[object, ...]:
        # All that a transaction writes can have the same time.
        place = flow.index(step.topic) if step.topic in flow else len(flow)
        return step.timestamp, place, step.topic, step.partition, step.offset

    timed: list[Step] = []
    last: dict[str, int] = {}
    for step in sorted(steps, key=order):
        if step.event_id in last:
            step = replace(step, seconds=(step.timestamp - last[step.event_id]) / 1000)
        last[step.event_id] = step.timestamp
        timed.append(step)
    return tuple(timed)


def _unknown(article: str, topics: Topics, bootstrap: str, *, everywhere: bool) -> WireroomError:
    first, *others = ids_of(article)
    name = f"with the URL {article} (id {first})" if others else f"{article!r}"
    advice = (
        "publish it, or look for its dead letter with `wireroom dead ls`"
        if everywhere
        else "`wireroom trace --all` reads every partition"
    )
    return WireroomError(f"no topic {topics.prefix}.* at {bootstrap} has an article {name}; {advice}")
