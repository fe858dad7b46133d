"""Find an article on every topic of the wire: where it went, when, and what it waits for.

The log alone tells: trace_search.py finds the records.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from kafka import KafkaAdminClient, TopicPartition

from streams.dead import DeadLetter, replays_of
from streams.errors import WireroomError
from streams.jobs.trace_search import Search, event_id_of, fields_of, labels_of
from streams.kafka.admin import administer
from streams.kafka.batches import LogRecord
from streams.kafka.connection import Connection
from streams.kafka.lag import count_records
from streams.kafka.offsets import commits_of
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
        search = Search(admin, connection.bootstrap, topics, everywhere=everywhere)
        for article_id in ids_of(article):
            if records := search.records(article_id):
                replays = search.replays(records)
                steps = [_step(record, topics, replays) for record in records]
                noted = _waiting(admin, steps, topics, group, connection.bootstrap)
                return Trace(article_id, _timed(noted, topics))
    raise _unknown(article, topics, connection.bootstrap, everywhere=everywhere)


def ids_of(article: str) -> list[str]:
    """Return the ids that `article` can mean: that of an article with this URL if it is one, and itself."""
    if "://" not in article:
        return [article]
    from streams.events import RawArticle  # the models take a while to import

    return [RawArticle(url=article, body="").article_id, article]


def _step(record: LogRecord, topics: Topics, replays: Mapping[tuple[str, int], str]) -> Step:
    death = None
    if record.topic == topics.dead:
        letter = DeadLetter(*record[1:])
        replayed_at = replays.get((letter.id, letter.timestamp))
        death = Death(letter.reason, letter.message, letter.stage, replayed_at)
    publisher = fields_of(record).get("publisher") if record.topic == topics.raw else None
    return Step(
        record.topic,
        record.partition,
        record.offset,
        record.timestamp,
        event_id_of(record),
        replays_of(record.headers),
        record.value is None,
        publisher if isinstance(publisher, str) else None,
        labels_of(record, topics),
        death,
    )


def _waiting(
    admin: KafkaAdminClient, steps: Sequence[Step], topics: Topics, group: str, bootstrap: str
) -> list[Step]:
    """Return `steps`, with the stage for which the record waits where `group` has not finished it."""
    reading = topics.inputs()
    places = {TopicPartition(step.topic, step.partition) for step in steps if step.topic in reading}
    commits = commits_of(admin, group, sorted(places))
    done = {place: commits[place].offset if place in commits else 0 for place in places}
    noted = []
    for step in steps:
        place = TopicPartition(step.topic, step.partition)
        if place in done and step.offset >= done[place]:
            before = {place: range(done[place], step.offset)}
            ahead = count_records(admin, before, bootstrap)[place].records
            step = replace(step, waiting_for=reading[step.topic], ahead=ahead)
        noted.append(step)
    return noted


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
