"""Which topics a wire needs, and which of them its broker lacks; the broker is a fake."""

from __future__ import annotations

import contextlib
from pathlib import Path
from types import SimpleNamespace

import pytest

from streams import provisioning
from streams.kafka.connection import Connection
from streams.provisioning import labels_in_use, missing_topics, wire_topics
from streams.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(topic_prefix="desk", partitions=7, retention_days=2, max_article_bytes=1_000)


@pytest.fixture
def present(monkeypatch) -> set[str]:
    """The topics on the broker."""
    topics: set[str] = set()
    admin = SimpleNamespace(list_topics=lambda: list(topics))
    monkeypatch.setattr(provisioning, "administer", lambda _connection: contextlib.nullcontext(admin))
    return topics


def test_every_stage_topic_gets_the_partitions_retention_and_size_of_the_settings(settings):
    specs = {spec.name: spec for spec in wire_topics(settings, ["climate"])}

    assert list(specs) == [
        *("desk.raw", "desk.clean", "desk.tagged", "desk.enriched", "desk.labels.climate"),
        *("desk.fingerprints", "desk.stories", "desk.dead", "desk.dead.replays"),
    ]
    assert specs["desk.raw"].partitions == specs["desk.dead"].partitions == 7
    assert specs["desk.raw"].config == {
        "cleanup.policy": "delete",
        "retention.ms": str(2 * 24 * 3600 * 1000),
        "max.message.bytes": str(settings.max_event_bytes),
    }


def test_without_labels_there_is_a_topic_for_each_label_in_use(settings):
    names = {spec.name for spec in wire_topics(settings)}

    assert {name for name in names if name.startswith("desk.labels.")} == {
        f"desk.labels.{label}" for label in labels_in_use(settings)
    }
    assert "desk.labels.climate" in names


@pytest.mark.parametrize(
    ("stages", "missing"),
    [
        (["cleanup"], ["desk.raw", "desk.dead"]),
        (["entities"], ["desk.tagged", "desk.dead"]),
        (["stories"], ["desk.fingerprints", "desk.stories", "desk.dead"]),
        (["entities", "cleanup"], ["desk.raw", "desk.tagged", "desk.dead"]),
    ],
)
def test_missing_topics_are_named_in_flow_order(settings, present, stages, missing):
    present |= {"desk.clean", "desk.enriched", "other.raw"}

    assert missing_topics(Connection("localhost"), settings, stages) == missing


def test_the_label_stage_needs_a_topic_for_each_label(settings, present):
    present |= {"desk.tagged", "desk.enriched", "desk.dead"}

    missing = missing_topics(Connection("localhost"), settings, ["labels"])

    assert missing == [*(f"desk.labels.{label}" for label in labels_in_use(settings)), "desk.fingerprints"]
