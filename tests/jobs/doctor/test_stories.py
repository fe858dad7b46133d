"""The doctor sees fingerprints of other versions, also those that a worker would restore its state from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from kafka import KafkaProducer, TopicPartition

from streams.enrich import Enricher
from streams.events import Fingerprint, StoryArticle
from streams.headers import Header
from streams.jobs.doctor import Expected, diagnose
from streams.jobs.doctor.findings import Finding, Status
from streams.jobs.doctor.stories import check_stories, first_restored
from streams.jobs.doctor.versions import latest_records
from streams.kafka.admin import administer
from streams.kafka.batches import LogRecord
from streams.provisioning import wire_topics
from streams.stories.fingerprint import ENCODED_VERSION, NEWEST_VERSION, OLDEST_VERSION, VERSION
from streams.topics import Topics
from tests.broker.wire import Wire

TOPICS = Topics("news")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def fingerprint(version: int = VERSION, sketch: str = "", at: datetime = NOON) -> Fingerprint:
    return Fingerprint(article_id="a1", version=version, arrived_at=at, sketch=sketch)


def story(version: int = VERSION, *, number: int = 1, at: datetime = NOON) -> StoryArticle:
    """Return the story of an article that arrived `at` that time."""
    return StoryArticle(
        article_id=f"a{number}",
        story_id="s1",
        articles=number,
        publishers=1,
        first_seen=at,
        last_seen=at,
        sequence=number,
        watermark=at,
        fingerprint=fingerprint(version, at=at),
    )


def record(event: Fingerprint | StoryArticle, partition: int = 0) -> LogRecord:
    topic = TOPICS.fingerprints if isinstance(event, Fingerprint) else TOPICS.stories
    headers: list[Header] = [("ce_type", event.ce_type.encode())]
    timestamp = int(NOON.timestamp() * 1000)
    return LogRecord(topic, partition, 7, timestamp, event.key, event.to_bytes(), headers)


def by_place(*records: LogRecord) -> Mapping[TopicPartition, LogRecord]:
    return {TopicPartition(each.topic, each.partition): each for each in records}


def check(*latest: LogRecord, restored: LogRecord | None = None, vectors: str = "compact") -> list[Finding]:
    return list(
        check_stories(by_place(*latest), by_place(*([restored] if restored else [])), TOPICS, vectors)
    )


def test_fingerprints_of_this_version_are_well():
    (finding,) = check(record(fingerprint()), record(story()), restored=record(story()))

    assert (finding.check, finding.status) == ("stories", Status.OK)
    assert finding.text == "read 2 fingerprints of known versions on news.fingerprints and news.stories"


@pytest.mark.parametrize("value", [None, b"{", b"{}", b"\xff"])
def test_what_is_no_fingerprint_is_left_to_the_check_of_the_schema(value):
    (finding,) = check(record(fingerprint())._replace(value=value), record(story())._replace(value=value))

    assert (finding.status, finding.text) == (
        Status.OK,
        "no fingerprint yet on news.fingerprints and news.stories",
    )


@pytest.mark.parametrize(
    ("event", "fix"),
    [
        (
            fingerprint(NEWEST_VERSION + 1),
            "update the workers, and this command, to the version of Wireroom that",
        ),
        (story(NEWEST_VERSION + 1), "update the workers, and this command, to the version of Wireroom that"),
        (
            fingerprint(OLDEST_VERSION - 1),
            "update or restart the workers of the stage labels; publish the articles",
        ),
        (
            story(OLDEST_VERSION - 1),
            "update or restart the workers of the stage stories; a state that is restored",
        ),
    ],
)
def test_a_fingerprint_of_another_version_is_a_problem_with_its_fix(event, fix):
    letter = record(event)

    (finding,) = check(letter, restored=letter)

    version = event.version if isinstance(event, Fingerprint) else event.fingerprint.version
    assert finding.status is Status.PROBLEM
    assert finding.text == (
        f"{letter.topic} 0-7: the fingerprint has version {version}, "
        f"and versions {OLDEST_VERSION} to {NEWEST_VERSION} are read here"
    )
    assert (finding.fix or "").startswith(fix)


@pytest.mark.parametrize(
    ("version", "vectors", "other"),
    [(VERSION, "accurate", "compact"), (ENCODED_VERSION, "compact", "accurate")],
)
def test_vectors_of_another_kind_than_here_are_noted(version, vectors, other):
    (finding,) = check(record(fingerprint(version)), record(story(version)), vectors=vectors)

    assert finding.status is Status.NOTE
    assert f"has {other} vectors; here: {vectors}" in finding.text
    assert "the same WIREROOM_STORY_VECTORS" in (finding.fix or "")


@pytest.mark.parametrize(
    ("version", "vectors"), [(VERSION, "compact"), (ENCODED_VERSION, "accurate"), (1, "accurate")]
)
def test_vectors_of_the_kind_here_and_those_of_older_releases_are_well(version, vectors):
    (finding,) = check(record(fingerprint(version)), vectors=vectors)

    assert finding.status is Status.OK


def test_a_name_that_no_vectors_have_is_a_problem():
    (finding,) = check(record(fingerprint()), vectors="Accurate")

    assert (finding.status, finding.text) == (Status.PROBLEM, "WIREROOM_STORY_VECTORS is 'Accurate'")
    assert finding.fix == "set it to compact or accurate"


def test_vectors_of_another_kind_hide_no_older_stories():
    old = record(story(OLDEST_VERSION - 1))

    vectors, restored = check(record(fingerprint(ENCODED_VERSION)), restored=old)

    assert "has accurate vectors" in vectors.text
    assert "leaves out some" in restored.text


def test_a_fingerprint_that_cannot_be_read_is_a_problem():
    (finding,) = check(record(fingerprint(sketch="not base64")))

    assert finding.status is Status.PROBLEM
    assert finding.text.startswith("news.fingerprints 0-7: the fingerprint of a1 cannot be read: ")
    assert finding.fix == "find the program that wrote it, and publish the article again"


def test_older_stories_that_a_restore_leaves_out_are_noted():
    (finding,) = check(record(story()), restored=record(story(OLDEST_VERSION - 1)))

    assert finding.status is Status.NOTE
    assert finding.text == (
        "a worker that restores the stories of news.stories-0 leaves out some: of news.stories 0-7 of "
        f"2026-03-01T12:00:00.000Z, the fingerprint has version {OLDEST_VERSION - 1}, and versions "
        f"{OLDEST_VERSION} to {NEWEST_VERSION} are read here"
    )


def put(wire: Wire, *stories: StoryArticle) -> None:
    """Write `stories` at the times at which their articles arrived."""
    with KafkaProducer(bootstrap_servers=wire.bootstrap) as producer:
        for event in stories:
            producer.send(
                wire.topics.stories,
                event.to_bytes(),
                key=event.key,
                headers=[("ce_type", event.ce_type.encode())],
                timestamp_ms=int(event.watermark.timestamp() * 1000),
            ).get(timeout=30)


def test_the_first_story_of_a_restore_is_the_first_of_its_days(wire: Wire):
    days = [datetime.now(UTC) - timedelta(days=day) for day in (6, 4, 2, 0)]
    put(wire, *(story(number=number, at=at) for number, at in enumerate(days, 1)))
    place = TopicPartition(wire.topics.stories, 0)

    with administer(wire.connection) as admin:
        latest = latest_records(admin, [place], wire.bootstrap)
        offsets = {
            days: first_restored(admin, latest, wire.topics, days, wire.bootstrap)[place].offset
            for days in (1, 3, 5, 30)
        }

    assert offsets == {1: 3, 3: 2, 5: 1, 30: 0}


def test_stories_from_before_an_update_are_noted_on_a_broker(wire: Wire):
    now = datetime.now(UTC)
    put(wire, story(OLDEST_VERSION - 1, number=1, at=now - timedelta(days=1)), story(number=2, at=now))
    enricher = Enricher(None, None, None)
    expected = Expected(
        wire.topics, wire_topics(wire.settings), 1, wire.group, lambda: enricher, story_days=3
    )

    findings = [each for each in diagnose(wire.connection, expected) if each.check in ("stories", "schema")]

    assert [(each.check, each.status) for each in findings] == [
        ("schema", Status.OK),
        ("stories", Status.NOTE),
    ]
    assert f"leaves out some: of {wire.topics.stories} 0-0 of " in findings[1].text
