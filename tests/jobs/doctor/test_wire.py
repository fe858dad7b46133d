"""The doctor sees topics that are missing or differ, and partitions that do not work."""

from __future__ import annotations

import pytest
from kafka import TopicPartition

from streams.jobs.doctor.findings import Finding, Status
from streams.jobs.doctor.wire import check_partitions, check_topics
from streams.kafka.admin import TopicState
from streams.kafka.inspection import PartitionState
from streams.topics import Topics, TopicSpec

TOPICS = Topics("news")
SPECS = [TopicSpec(name, 4, {"retention.ms": "60"}) for name in TOPICS.stages()]


def state(name: str, partitions: int = 4, replication: int = 3, **config: str) -> TopicState:
    settings = {"retention.ms": "60", "min.insync.replicas": "2"}
    return TopicState(
        name, partitions, replication, settings | {k.replace("_", "."): v for k, v in config.items()}
    )


def topics_with(*changed: TopicState, without: str = "") -> list[Finding]:
    """Return what is found in the topics as specified, but for those in `changed` and the one left out."""
    states = {spec.name: state(spec.name) for spec in SPECS} | {each.name: each for each in changed}
    states.pop(without, None)
    return list(check_topics(SPECS, states, TOPICS, "localhost:9092"))


def test_topics_as_the_settings_ask_for_are_well():
    assert topics_with(state("news.other")) == [
        Finding("topics", Status.OK, "4 topics as the settings ask for")
    ]


def test_a_missing_topic_is_a_problem():
    (finding,) = topics_with(without="news.clean")

    assert (finding.status, finding.text) == (
        Status.PROBLEM,
        "1 topic (news.clean) missing at localhost:9092",
    )
    assert finding.fix == "create what is missing with `wireroom topics create`"


def test_a_setting_that_differs_is_told_once_for_all_its_topics():
    changed = [state(name, retention_ms="7") for name in ("news.raw", "news.clean")]

    (finding,) = topics_with(*changed)

    assert finding.text == "retention.ms is 7, not 60 on news.raw, news.clean"


def test_many_topics_are_counted_and_not_all_named():
    specs = [TopicSpec(f"news.{number}", 4, {}) for number in range(8)]

    (finding,) = check_topics(specs, {}, TOPICS, "localhost:9092")

    assert finding.text.startswith("8 topics (news.0, news.1, news.2, news.3, news.4 and 3 more) missing")


def test_stage_topics_with_different_partitions_are_a_problem_of_their_own():
    differs, unequal = topics_with(state("news.tagged", partitions=8))

    assert differs.text == "partitions are 8, not 4 on news.tagged"
    assert unequal.text == (
        "the stage topics differ in their partitions: "
        "news.raw has 4, news.clean has 4, news.tagged has 8, news.enriched has 4"
    )
    assert "--partitions 8" in (unequal.fix or "")


STORIES = [
    TopicSpec(name, 1, {"retention.ms": "345600000"}) for name in (TOPICS.fingerprints, TOPICS.stories)
]


def stories_with(partitions: int = 1, retention_ms: int = 345_600_000) -> Finding:
    """Return the finding about the topics of stories, both of which have so many partitions."""
    states = {
        spec.name: state(
            spec.name,
            partitions,
            retention_ms=str(retention_ms if spec.name == TOPICS.stories else 345_600_000),
        )
        for spec in STORIES
    }
    (finding,) = check_topics(STORIES, states, TOPICS, "localhost:9092")
    return finding


def test_the_topics_of_stories_as_the_settings_ask_for_are_well():
    assert stories_with() == Finding("topics", Status.OK, "2 topics as the settings ask for")


def test_other_partitions_of_stories_are_a_problem_that_names_their_own_setting():
    finding = stories_with(partitions=4)

    assert finding.status is Status.PROBLEM
    assert finding.text == "partitions are 4, not 1 on news.fingerprints, news.stories"
    assert (finding.fix or "").startswith("set WIREROOM_STORY_PARTITIONS to what they have; ")


@pytest.mark.parametrize("milliseconds", [86_400_000, 604_800_000])
def test_stories_that_are_not_kept_for_their_days_are_a_problem(milliseconds):
    finding = stories_with(retention_ms=milliseconds)

    assert finding.status is Status.PROBLEM
    assert finding.text == f"retention.ms is {milliseconds}, not 345600000 on news.stories"
    assert (finding.fix or "").startswith("set retention.ms of news.stories to 345600000 with Kafka's")
    assert "WIREROOM_STORY_DAYS" in (finding.fix or "")


def place(number: int, leader: int | None = 1, in_sync: tuple[int, ...] = (1, 2, 3)) -> PartitionState:
    return PartitionState(TopicPartition("news.raw", number), leader, (1, 2, 3), in_sync)


def partitions_with(
    *places: PartitionState, raw: TopicState | None = None, replication: int = 3
) -> list[tuple[Status, str]]:
    states = {"news.raw": raw or state("news.raw")}
    return [(f.status, f.text) for f in check_partitions(places, states, replication)]


def test_partitions_with_leader_and_replicas_are_well():
    assert partitions_with(place(0), place(1)) == [(Status.OK, "2 partitions with leader and replicas")]


def test_a_partition_without_a_leader_stops_the_workers():
    (finding,) = partitions_with(place(0), place(3, leader=None))

    assert finding == (
        Status.PROBLEM,
        "1 partition (news.raw-3) without a leader: no worker commits until all have one",
    )


def test_a_replica_that_is_behind_is_a_problem():
    (finding,) = partitions_with(place(0, in_sync=(1, 2)))

    assert finding == (Status.PROBLEM, "1 partition (news.raw-0) with replicas that are not in sync")


@pytest.mark.parametrize(
    ("copies", "in_sync", "found"),
    [
        (3, "2", (Status.OK, "1 partition with")),
        (1, "1", (Status.PROBLEM, "1 topic (news.raw) with fewer replicas than WIREROOM_REPLICATION=3")),
        (3, "1", (Status.NOTE, "1 topic (news.raw) with min.insync.replicas 1: one broken disk")),
        (3, "4", (Status.PROBLEM, "1 topic (news.raw) with min.insync.replicas above the number")),
    ],
)
def test_replicas_that_do_not_keep_articles_are_told(copies, in_sync, found):
    first, *_ = partitions_with(
        place(0), raw=state("news.raw", replication=copies, min_insync_replicas=in_sync)
    )

    assert first[0] is found[0]
    assert first[1].startswith(found[1])


def test_a_single_broker_needs_no_second_replica():
    assert partitions_with(
        place(0), raw=state("news.raw", replication=1, min_insync_replicas="1"), replication=1
    ) == [(Status.OK, "1 partition with leader and replicas")]
