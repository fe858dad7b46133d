"""The topics that a wire needs, from its settings: their specs, and those that its broker lacks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from streams.kafka.admin import administer
from streams.kafka.connection import Connection
from streams.topics import TopicSpec

if TYPE_CHECKING:
    from streams.settings import Settings


def wire_topics(settings: Settings, labels: Iterable[str] = ()) -> list[TopicSpec]:
    """Return the spec of every topic that `settings` ask for, with a topic for each of `labels`.

    Without `labels`, those of the taxonomy in use.
    """
    return settings.topics.specs(
        tuple(labels) or labels_in_use(settings),
        partitions=settings.partitions,
        retention_days=settings.retention_days,
        max_message_bytes=settings.max_event_bytes,
        story_partitions=settings.story_partitions,
        story_days=settings.story_days,
    )


def missing_topics(connection: Connection, settings: Settings, stages: Iterable[str]) -> list[str]:
    """Return the topics that `stages` read or write and that the broker does not have, in flow order."""
    needed = _topics_of(settings, set(stages))
    with administer(connection) as admin:
        present = set(admin.list_topics())
    return [name for name in needed if name not in present]


def labels_in_use(settings: Settings) -> tuple[str, ...]:
    """Return the labels of the taxonomy that `settings` name."""
    from streams.enrich.labels.taxonomy import load_taxonomy  # the files alone: no model is loaded

    return tuple(label.label for label in load_taxonomy(settings.taxonomy).labels)


def _topics_of(settings: Settings, stages: set[str]) -> list[str]:
    """Return the topics that `stages` read or write, in flow order, each once."""
    topics = settings.topics
    flow = topics.stages()
    needed: list[str] = []
    if "cleanup" in stages:
        needed += flow[0:2]
    if "entities" in stages:
        needed += flow[1:3]
    if "labels" in stages:
        needed += [*flow[2:4], *map(topics.label, labels_in_use(settings)), topics.fingerprints]
    if "stories" in stages:
        needed += [topics.fingerprints, topics.stories]
    return list(dict.fromkeys([*needed, topics.dead]))
