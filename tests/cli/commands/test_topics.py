"""`wireroom topics`: created once, listed as they are, and one line when it cannot be done."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result

from streams import provisioning
from streams.broker.ports import free_port
from streams.cli import main
from streams.kafka import admin
from streams.kafka.admin import (
    delete_topics,
    list_topics,
)
from streams.kafka.connection import Connection
from streams.provisioning import missing_topics
from streams.settings import Settings
from streams.topics import TopicSpec
from tests.broker.wire import Wire
from tests.fakes.admin import FakeAdmin

pytestmark = pytest.mark.usefixtures("no_settings")


@pytest.fixture
def bare(bootstrap: str) -> Iterator[Wire]:
    """A wire without topics; those that the test creates are removed after it."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    yield Wire(bootstrap, name, name)
    delete_topics(Connection(bootstrap), [state.name for state in list_topics(Connection(bootstrap), name)])


def wireroom(wire: Wire, *arguments: str, **settings: str) -> Result:
    return CliRunner().invoke(main, arguments, env={**wire.environment, **settings})


def rows(wire: Wire) -> dict[str, dict[str, Any]]:
    """Return what `wireroom topics list --json` prints, by the end of each topic's name."""
    result = wireroom(wire, "topics", "list", "--json")
    assert result.exit_code == 0, result.output
    listed = [json.loads(line) for line in result.stdout.splitlines()]
    return {row["topic"].removeprefix(f"{wire.prefix}."): row for row in listed}


def settings_of(wire: Wire) -> Settings:
    return Settings(broker=wire.bootstrap, topic_prefix=wire.prefix, group=wire.group)


def test_create_makes_every_topic_of_the_wire_and_list_shows_them(bare, labels):
    created = wireroom(bare, "topics", "create", WIREROOM_RETENTION_DAYS="2")

    assert created.exit_code == 0, created.output
    topics = rows(bare)
    expected = ["raw", "clean", "tagged", "enriched", *(f"labels.{label}" for label in sorted(labels))]
    expected += ["fingerprints", "stories", "dead", "dead.replays"]
    assert created.stdout.splitlines() == [f"{bare.prefix}.{name} created" for name in expected]
    assert set(topics) == set(expected)
    assert {topics[name]["partitions"] for name in expected[:4]} == {4}
    assert topics["raw"]["retention_ms"] == 2 * 24 * 60 * 60 * 1000
    assert topics["raw"]["cleanup_policy"] == "delete"
    assert set(topics["enriched"]["cleanup_policy"].split(",")) == {"compact", "delete"}
    assert topics["dead.replays"]["cleanup_policy"] == "compact"
    assert topics["tagged"]["max_message_bytes"] == 3 * Settings().max_article_bytes


def test_create_leaves_what_exists_alone(bare):
    wireroom(bare, "topics", "create", "--label", "climate")

    again = wireroom(bare, "topics", "create", "--label", "climate")

    assert again.exit_code == 0
    assert all(line.endswith(" unchanged") for line in again.stdout.splitlines())
    assert set(rows(bare)) == {
        "raw",
        "clean",
        "tagged",
        "enriched",
        "labels.climate",
        "fingerprints",
        "stories",
        "dead",
        "dead.replays",
    }


def test_create_adds_partitions_and_never_takes_any_away(bare):
    wireroom(bare, "topics", "create", "--label", "climate", "--partitions", "2")

    more = wireroom(bare, "topics", "create", "--label", "climate", "--partitions", "3")
    fewer = wireroom(bare, "topics", "create", "--label", "climate", "--partitions", "1")

    assert f"{bare.prefix}.raw got 1 more partition" in more.stdout.splitlines()
    assert (
        f"{bare.prefix}.raw differs from the settings: partitions are 3, not 1" in fewer.stdout.splitlines()
    )
    assert rows(bare)["raw"]["partitions"] == 3


def test_create_says_what_differs_from_the_settings(bare):
    wireroom(bare, "topics", "create", "--label", "climate")

    other = wireroom(bare, "topics", "create", "--label", "climate", WIREROOM_RETENTION_DAYS="1")

    assert (
        f"{bare.prefix}.raw differs from the settings: retention.ms is 604800000, not 86400000"
        in other.stdout.splitlines()
    )


CASES = [
    (2, "60", "unchanged"),
    (3, "60", "got 1 more partition"),
    (2, "90", "differs from the settings: retention.ms is 60, not 90"),
    (1, "60", "differs from the settings: partitions are 2, not 1"),
    (3, "90", "got 1 more partition and differs from the settings: retention.ms is 60, not 90"),
    (5, "90", "got 3 more partitions and differs from the settings: retention.ms is 60, not 90"),
]


@pytest.mark.parametrize(("partitions", "retention", "line"), CASES)
def test_create_says_what_became_of_a_topic_that_exists(monkeypatch, partitions, retention, line):
    cluster = FakeAdmin({"news.raw": 2}, {"retention.ms": "60"})
    spec = TopicSpec("news.raw", partitions, {"retention.ms": retention})
    monkeypatch.setattr(admin, "administer", lambda *_: contextlib.nullcontext(cluster))
    monkeypatch.setattr(provisioning, "wire_topics", lambda *_: [spec])

    result = CliRunner().invoke(main, ["topics", "create"])

    assert (result.exit_code, result.stdout) == (0, f"news.raw {line}\n")
    assert cluster.partitions == {"news.raw": max(2, partitions)}


def test_the_table_names_each_topic_with_its_retention(bare):
    wireroom(bare, "topics", "create", "--label", "climate")

    table = wireroom(bare, "topics", "list").stdout.splitlines()

    (raw,) = [line.split() for line in table if f"{bare.prefix}.raw " in line]
    assert raw[1:] == ["4", "1", "7", "days", "delete", "0"]
    (replays,) = [line for line in table if ".dead.replays " in line]
    assert "forever" in replays


def test_list_without_topics_says_how_to_create_them(bare):
    result = wireroom(bare, "topics", "list")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"wireroom: {bare.bootstrap} has no topics {bare.prefix}.*; create them")


@pytest.mark.parametrize("prefix", ["bad name", "x" * 151])
def test_a_prefix_that_no_topic_may_have_is_refused_in_one_line(bare, prefix):
    result = wireroom(bare, "topics", "create", "--label", "climate", WIREROOM_TOPIC_PREFIX=prefix)

    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("wireroom: WIREROOM_TOPIC_PREFIX use 1 to 150 letters")


def test_a_topic_that_kafka_rejects_is_named_with_the_reason(bare):
    label = "x" * 120

    result = wireroom(bare, "topics", "create", "--label", label, WIREROOM_TOPIC_PREFIX="x" * 150)

    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("wireroom: cannot create topic xxx")
    assert "longer than the max allowed length" in result.stderr


def test_more_copies_than_brokers_are_refused_with_the_reason(bare):
    result = wireroom(bare, "topics", "create", "--label", "climate", WIREROOM_REPLICATION="3")

    assert result.exit_code == 1
    assert f"cannot create topic {bare.prefix}.raw: Unable to replicate the partition 3 time" in result.stderr


@pytest.mark.parametrize("command", ["create", "list"])
def test_without_a_broker_one_line_says_what_to_do(command, monkeypatch):
    monkeypatch.setattr("streams.kafka.connection.CONNECT_MS", 500)  # no broker comes, however long one waits
    nowhere = Wire(f"127.0.0.1:{free_port()}", "news", "wireroom")

    result = wireroom(nowhere, "topics", command)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"wireroom: no Kafka broker at {nowhere.bootstrap}: "
        "start one with `wireroom broker` or set WIREROOM_BROKER\n"
    )


def test_a_text_that_is_not_an_address_is_refused():
    result = wireroom(Wire("localhost:port", "news", "wireroom"), "topics", "list")

    assert result.exit_code == 1
    assert result.stderr == (
        "wireroom: 'localhost:port' is not a broker address: write HOST:PORT, such as localhost:9092\n"
    )


@pytest.mark.parametrize(
    ("stages", "missing"),
    [
        (["cleanup"], ["raw", "clean", "dead"]),
        (["entities"], ["clean", "tagged", "dead"]),
        (["labels"], ["tagged", "enriched", "labels.*", "fingerprints", "dead"]),
        (["labels", "cleanup"], ["raw", "clean", "tagged", "enriched", "labels.*", "fingerprints", "dead"]),
        (["stories"], ["fingerprints", "stories", "dead"]),
    ],
)
def test_a_stage_misses_the_topics_that_it_reads_and_writes(bare, labels, stages, missing):
    expected = []
    for name in missing:
        expected += [f"labels.{label}" for label in labels] if name == "labels.*" else [name]

    assert missing_topics(bare.connection, settings_of(bare), stages) == [
        f"{bare.prefix}.{name}" for name in expected
    ]


def test_a_complete_wire_misses_nothing(wire):
    assert missing_topics(wire.connection, settings_of(wire), ["cleanup", "entities", "labels"]) == []
