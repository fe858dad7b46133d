"""The doctor on a real broker: a wire that works, and one that is broken on purpose."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import RequestTimedOutError

from producers import publish
from streams.broker.ports import free_port
from streams.enrich import Enricher, build_enricher
from streams.errors import TaxonomyError
from streams.jobs.doctor import Expected, Finding, Status, diagnose
from streams.kafka.admin import administer, create_topics, list_topics
from streams.kafka.connection import Connection
from streams.kafka.inspection import Broker
from streams.kafka.offsets import commits_of
from streams.provisioning import wire_topics
from tests.broker.test_pipeline import SUMMIT
from tests.broker.wire import Wire, wait_until
from tests.fakes.transactions import transactions

CHECKS = [
    "addresses",
    "brokers",
    "clock",
    "topics",
    "partitions",
    "workers",
    "offsets",
    "transactions",
    "schema",
    "stories",
    "models",
    "taxonomy",
]


@cache
def enricher() -> Enricher:
    return build_enricher(tagger="compact", gazetteer=None, taxonomy=None)


@pytest.fixture
def expected(wire: Wire) -> Expected:
    """What the settings of the wire's worker expect."""
    return Expected(wire.topics, wire_topics(wire.settings), 1, wire.group, enricher, story_days=3)


def wrong(findings: Sequence[Finding]) -> dict[str, str]:
    """Return the text of each problem by its check."""
    return {finding.check: finding.text for finding in findings if finding.status is Status.PROBLEM}


def commit(admin: KafkaAdminClient, group: str, place: TopicPartition, offset: int) -> None:
    """Commit `offset` in `place` for `group`."""
    commits_of(admin, group, [place])  # it waits for the coordinator, which a new broker does not have yet
    admin.alter_group_offsets(group, {place: OffsetAndMetadata(offset, "", -1)})


def test_a_wire_that_works_has_no_problem(wire: Wire, expected: Expected, worker: Callable[..., object]):
    worker()
    publish([SUMMIT], settings=wire.settings)
    wire.read_until(wire.topics.stories, SUMMIT.key)

    findings = list(diagnose(wire.connection, expected))

    assert [
        (finding.check, finding.status, finding.text) for finding in findings if finding.status != "ok"
    ] == []
    assert [finding.check for finding in findings] == CHECKS
    by_check = {finding.check: finding.text for finding in findings}
    assert by_check["workers"] == f"1 worker for 13 partitions in group {wire.group}"
    assert by_check["schema"].startswith("read 5 events of this version")
    assert by_check["stories"].startswith("read 2 fingerprints of known versions")


def test_each_fault_of_a_broken_wire_is_a_problem_with_a_fix(wire: Wire, expected: Expected):
    clean, enriched = (TopicPartition(topic, 0) for topic in (wire.topics.clean, wire.topics.enriched))
    missing = replace(expected.specs[0], name=f"{wire.prefix}.labels.trams")
    with administer(wire.connection) as admin, transactions(wire.bootstrap) as writer:
        resource = ConfigResource(ConfigResourceType.TOPIC, wire.topics.raw, {"retention.ms": "60000"})
        admin.alter_configs([resource])
        commit(admin, wire.group, clean, 99)
        writer.commit(enriched.topic, [b"not an event"])
        writer.leave_open(enriched.topic, [b"open"])
        others = replace(expected, specs=[*expected.specs, missing])
        wait_until(
            lambda: (
                [topic.retention_ms for topic in list_topics(wire.connection, wire.topics.raw)] == [60_000]
            ),
            "the broker tells of the retention",
        )

        findings = list(diagnose(wire.connection, others, now=lambda: time.time() + 600))

    problems = wrong(findings)
    assert set(problems) == {"clock", "topics", "workers", "offsets", "transactions", "schema"}
    topics = [finding.text for finding in findings if finding.check == "topics"]
    assert topics[0] == f"1 topic ({missing.name}) missing at {wire.bootstrap}"
    assert topics[1].startswith("retention.ms is 60000, not 604800000 on")
    assert "behind ours" in problems["clock"]
    assert problems["workers"] == f"no worker runs in group {wire.group}"
    assert problems["offsets"].startswith(f"the group is at 99 in {clean.topic}-0, which ends at 0")
    assert problems["transactions"].startswith(f"the transaction {writer.transactional_id} is open for 6")
    assert "ce_type is None" in problems["schema"]
    assert [finding for finding in findings if finding.status is Status.PROBLEM and not finding.fix] == []


@contextmanager
def reading(wire: Wire, *topics: str) -> Iterator[None]:
    """Let the group of the workers read `topics` and no others."""
    consumer = KafkaConsumer(
        *topics, bootstrap_servers=wire.bootstrap, group_id=wire.group, session_timeout_ms=60_000
    )
    try:
        deadline = time.monotonic() + 45
        while not consumer.assignment() and time.monotonic() < deadline:
            consumer.poll(timeout_ms=100)
        yield
    finally:
        consumer.close()


def test_a_stage_that_nobody_runs_is_found(wire: Wire, expected: Expected):
    with reading(wire, wire.topics.raw, wire.topics.tagged, wire.topics.fingerprints):
        problems = wrong(list(diagnose(wire.connection, expected)))

    assert problems["workers"] == f"no worker runs the stage entities, which reads {wire.topics.clean}"


@pytest.mark.parametrize(
    ("has_run", "status", "text"),
    [
        (False, Status.NOTE, "no worker of the group has ever run the stage stories, which reads"),
        (True, Status.PROBLEM, "no worker runs the stage stories, which reads"),
    ],
)
def test_a_wire_without_stories_is_no_problem_until_their_stage_has_run(
    wire: Wire, expected: Expected, has_run: bool, status: Status, text: str
):
    fingerprints = wire.topics.fingerprints
    if has_run:
        with administer(wire.connection) as admin:
            commit(admin, wire.group, TopicPartition(fingerprints, 0), 0)

    with reading(wire, wire.topics.raw, wire.topics.clean, wire.topics.tagged):
        (finding,) = [each for each in diagnose(wire.connection, expected) if each.check == "workers"]

    assert (finding.status, finding.text) == (status, f"{text} {fingerprints}")


def test_partitions_that_were_added_to_one_topic_alone_are_found(wire: Wire, expected: Expected):
    raw = next(spec for spec in expected.specs if spec.name == wire.topics.raw)
    create_topics(wire.connection, [replace(raw, partitions=6)])
    wait_until(
        lambda: [state.partitions for state in list_topics(wire.connection, wire.topics.raw)] == [6],
        "the broker tells of the new partitions",
        30,
    )

    texts = [finding.text for finding in diagnose(wire.connection, expected) if finding.check == "topics"]

    assert texts[0] == f"partitions are 6, not 4 on {wire.topics.raw}"
    assert texts[1].startswith("the stage topics differ in their partitions")


def test_label_files_that_cannot_be_used_are_found_and_end_no_other_check(wire: Wire, expected: Expected):
    def load() -> Enricher:
        raise TaxonomyError("trams.toml: phrases is missing; add some")

    findings = list(diagnose(wire.connection, replace(expected, load=load)))

    assert wrong(findings)["models"] == "trams.toml: phrases is missing; add some"
    assert [finding.check for finding in findings] == CHECKS[:-1]


def test_without_a_broker_there_is_one_finding(expected: Expected, monkeypatch):
    monkeypatch.setattr("streams.kafka.connection.CONNECT_MS", 500)  # no broker comes, however long one waits
    nowhere = f"127.0.0.1:{free_port()}"

    (finding,) = diagnose(Connection(nowhere), expected)

    assert finding == Finding(
        "brokers",
        Status.PROBLEM,
        f"no Kafka broker at {nowhere}",
        "start one with `wireroom broker` or set WIREROOM_BROKER",
    )


def test_a_broker_that_falls_silent_ends_the_examination(wire: Wire, expected: Expected, monkeypatch):
    def fall_silent(*_: object) -> None:
        raise RequestTimedOutError("after 9999 ms")

    monkeypatch.setattr("streams.jobs.doctor.check_topics", fall_silent)

    findings = list(diagnose(wire.connection, expected))

    assert [finding.check for finding in findings] == ["addresses", "brokers", "clock", "topics"]
    assert findings[-1].text.startswith("the broker stopped answering: ")
    assert findings[-1].fix == "look at its log, and run the doctor again"


def test_if_no_advertised_address_answers_nothing_else_is_asked(wire: Wire, expected: Expected, monkeypatch):
    hidden = Broker(1, "127.0.0.1", free_port(), False)
    monkeypatch.setattr("streams.jobs.doctor.advertised_brokers", lambda _: [hidden])

    (finding,) = diagnose(wire.connection, expected)

    assert (finding.check, finding.status) == ("addresses", Status.PROBLEM)
    assert finding.text.startswith(
        f"broker 1 tells clients to connect to {hidden.address}, which fails from here"
    )
