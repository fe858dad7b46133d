"""Which articles a relabelling reads: the latest version of each, and none that workers will label."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from kafka import TopicPartition

from streams.events import TaggedArticle
from streams.jobs import relabel_plan
from streams.jobs.relabel_plan import Arrivals, Plan, Selection, Span
from streams.kafka.connection import Connection
from tests.fakes.records import Copied

TOPIC = "news.tagged"
FIRST, SECOND = TopicPartition(TOPIC, 0), TopicPartition(TOPIC, 1)


class Topic:
    """Stands in for a TopicReader of one topic, of whose partitions records may be added at any time."""

    def __init__(self) -> None:
        self.records: dict[TopicPartition, list[Copied]] = {FIRST: [], SECOND: []}

    def add(self, *articles: str, partition: TopicPartition = FIRST, timestamp: int = 0) -> None:
        records = self.records[partition]
        for article in articles:
            event = TaggedArticle(article_id=article, text="Trams run again.", entities=[])
            value = b"{" if article == "broken" else event.to_bytes()
            key = article.encode()
            records.append(Copied(TOPIC, partition.partition, len(records), timestamp, key, value, []))

    def partitions(self, topic: str) -> list[TopicPartition]:
        return list(self.records)

    def starts(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, 0)

    def ends(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return {partition: len(self.records[partition]) for partition in partitions}

    def offsets_at(self, partitions: Iterable[TopicPartition], since: datetime) -> dict[TopicPartition, int]:
        return {
            partition: sum(record.timestamp < since.timestamp() * 1000 for record in self.records[partition])
            for partition in partitions
        }

    def read_partition(self, partition: TopicPartition, start: int, end: int) -> Iterator[Copied]:
        yield from self.records[partition][start:end]


class Commits:
    """Stands in for `committed_offsets`: what the groups have committed."""

    def __init__(self) -> None:
        self.offsets: dict[str, dict[TopicPartition, Any]] = {}

    def commit(self, group: str, partition: TopicPartition, offset: int, metadata: str = "") -> None:
        commit = SimpleNamespace(offset=offset, metadata=metadata)
        self.offsets.setdefault(group, {})[partition] = commit

    def __call__(self, _connection: Connection, group: str, _partitions: object) -> dict[TopicPartition, Any]:
        return self.offsets.get(group, {})


@pytest.fixture
def topic() -> Topic:
    return Topic()


@pytest.fixture
def commits(monkeypatch, topic) -> Commits:
    commits = Commits()
    monkeypatch.setattr(relabel_plan, "committed_offsets", commits)
    return commits


def plan_of(topic: Topic, **selected: Any) -> Plan:
    reader: Any = topic
    plan = Plan(
        Connection("localhost"),
        TOPIC,
        Selection("new", **selected),
        group="wire",
        job_group="wire.relabel",
        reader=reader,
        arrivals=Arrivals(reader),
    )
    plan.make()
    return plan


def labelled(topic: Topic, commits: Commits) -> None:
    """Have the workers commit everything that the topic has."""
    for partition, records in topic.records.items():
        commits.commit("wire", partition, len(records))


def batches(plan: Plan) -> list[list[int]]:
    return [[record.offset for record in batch.records] for batch in plan.batches()]


def test_the_latest_version_of_each_article_is_read_once(topic, commits):
    topic.add("trams", "parks", "trams", "broken", "ferries", "parks")
    labelled(topic, commits)

    plan = plan_of(topic)

    assert batches(plan) == [[2, 4, 5]]
    assert (plan.articles, plan.waiting, plan.superseded) == (3, 0, 0)


@pytest.mark.parametrize(("moved_at", "latest"), [(5, (1, 0)), (1, (0, 0))])
def test_versions_in_different_partitions_are_compared_by_time(topic, commits, moved_at, latest):
    topic.add("trams", timestamp=3)
    topic.add("trams", partition=SECOND, timestamp=moved_at)
    labelled(topic, commits)

    (record,) = [record for batch in plan_of(topic).batches() for record in batch.records]

    assert (record.partition, record.offset) == latest


def test_what_the_workers_have_not_labelled_yet_is_left_to_them(topic, commits):
    topic.add("trams", "parks", "trams", "ferries")
    commits.commit("wire", FIRST, 2)

    plan = plan_of(topic)

    assert batches(plan) == [[1]]
    assert (plan.articles, plan.waiting, plan.superseded) == (1, 2, 1)


def test_an_article_is_dropped_when_a_newer_version_arrives(topic, commits):
    topic.add("trams", "parks")
    labelled(topic, commits)
    plan = plan_of(topic)

    topic.add("trams", partition=SECOND)
    plan.drop_superseded()

    assert b"trams" not in plan
    assert b"parks" in plan


@pytest.mark.parametrize(
    ("metadata", "offset", "expected"),
    [
        ("new 0", 2, [[2, 3]]),  # continues
        ("new 0", 4, []),  # done
        ("old 0", 2, [[0, 1, 2, 3]]),  # another taxonomy
        ("new 1", 2, [[0, 1, 2, 3]]),  # began later than this run does
        ("new 0", 9, [[0, 1, 2, 3]]),  # belongs to a topic that was deleted
    ],
)
def test_a_run_continues_one_with_the_same_taxonomy_and_start(topic, commits, metadata, offset, expected):
    topic.add("trams", "parks", "ferries", "water")
    labelled(topic, commits)
    commits.commit("wire.relabel", FIRST, offset, metadata)

    assert batches(plan_of(topic)) == expected


def test_a_run_starts_at_the_time_that_is_asked_for(topic, commits):
    topic.add("trams", timestamp=1_000)
    topic.add("parks", "ferries", timestamp=2_000)
    labelled(topic, commits)

    plan = plan_of(topic, since=datetime.fromtimestamp(2, UTC))

    assert batches(plan) == [[1, 2]]


def test_batches_are_no_larger_than_asked_for_and_end_where_their_partition_ends(topic, commits):
    topic.add("trams", "parks", "ferries", "water", "broken")
    labelled(topic, commits)

    plan = plan_of(topic, batch_size=3)

    assert [(len(batch.records), batch.done) for batch in plan.batches()] == [(3, 3), (1, 5)]
    assert next(plan.batches()).span == Span(FIRST, 0, 5, 0)


def test_no_more_articles_are_read_than_asked_for(topic, commits):
    topic.add("trams", "parks", "ferries", "water")
    labelled(topic, commits)

    plan = plan_of(topic, batch_size=2, max_articles=3)

    assert plan.articles == 3
    assert batches(plan) == [[0, 1], [2]]
