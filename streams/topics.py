"""The layout of the wire: names of topics, partitions, retention. Imports nothing of ours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

DAY_MS = 24 * 60 * 60 * 1000

PIPELINE = ("cleanup", "entities", "labels", "stories")
"""The names of all stages of a worker, in flow order; each reads one topic, see `Topics.inputs`."""


@dataclass(frozen=True)
class TopicSpec:
    """A topic as it should exist on the broker."""

    name: str
    partitions: int
    config: dict[str, str]


@dataclass(frozen=True)
class Topics:
    """The names of all topics under one prefix (`WIREROOM_TOPIC_PREFIX`, default `news`)."""

    prefix: str = "news"

    @property
    def raw(self) -> str:
        """Articles as publishers sent them."""
        return f"{self.prefix}.raw"

    @property
    def clean(self) -> str:
        """Articles as readable text."""
        return f"{self.prefix}.clean"

    @property
    def tagged(self) -> str:
        """Clean articles with their entities."""
        return f"{self.prefix}.tagged"

    @property
    def enriched(self) -> str:
        """Tagged articles with their topic labels: the full result."""
        return f"{self.prefix}.enriched"

    @property
    def fingerprints(self) -> str:
        """A fingerprint of each enriched article: all that the stage `stories` needs of it."""
        return f"{self.prefix}.fingerprints"

    @property
    def stories(self) -> str:
        """The story of each article: the state of the stage `stories`, and its result."""
        return f"{self.prefix}.stories"

    @property
    def dead(self) -> str:
        """Dead letters of every stage."""
        return f"{self.prefix}.dead"

    @property
    def replays(self) -> str:
        """The ledger of replayed dead letters; compacted, keyed `partition-offset` of the dead letter."""
        return f"{self.prefix}.dead.replays"

    def label(self, label: str) -> str:
        """Return the name of the topic of enriched articles that carry `label`."""
        return f"{self.prefix}.labels.{label}"

    def has(self, name: str) -> bool:
        """Return True if the topic called `name` is under the prefix."""
        return name.startswith(f"{self.prefix}.")

    def stages(self) -> tuple[str, ...]:
        """Return the four stage topics in flow order; they share one partition count."""
        return (self.raw, self.clean, self.tagged, self.enriched)

    def flow(self) -> tuple[str, ...]:
        """Return every topic that all articles pass, in flow order: those of `stages`, and of stories."""
        return (*self.stages(), self.fingerprints, self.stories)

    def inputs(self) -> dict[str, str]:
        """Return the name of the stage that reads each topic, in flow order."""
        return dict(zip((self.raw, self.clean, self.tagged, self.fingerprints), PIPELINE, strict=True))

    def specs(
        self,
        labels: Iterable[str],
        *,
        partitions: int,
        retention_days: float,
        max_message_bytes: int,
        story_partitions: int = 1,
        story_days: float = 3,
    ) -> list[TopicSpec]:
        """Return the spec of every topic that the wire needs for `labels`, in flow order.

        Stage topics delete records by age. `enriched`, the label topics and `stories` are compacted as well,
        so that a new subscriber gets the latest version of every article. Articles of different partitions
        of `fingerprints` never meet in a story, so it has `story_partitions` of its own. `stories` keeps its
        records for `story_days` at least, because the stage restores its state from them.
        """
        limits = {
            "retention.ms": str(int(retention_days * DAY_MS)),
            "max.message.bytes": str(max_message_bytes),
        }
        delete = {"cleanup.policy": "delete", **limits}
        compact_delete = {"cleanup.policy": "compact,delete", **limits}
        flow = [TopicSpec(name, partitions, delete) for name in (self.raw, self.clean, self.tagged)]
        results = [self.enriched, *(self.label(label) for label in sorted(labels))]
        flow += [TopicSpec(name, partitions, compact_delete) for name in results]
        kept = {**compact_delete, "retention.ms": str(int(max(retention_days, story_days + 1) * DAY_MS))}
        return [
            *flow,
            TopicSpec(self.fingerprints, story_partitions, delete),
            TopicSpec(self.stories, story_partitions, kept),
            TopicSpec(self.dead, partitions, delete),
            TopicSpec(self.replays, 1, {"cleanup.policy": "compact"}),
        ]
