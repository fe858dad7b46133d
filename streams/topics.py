"""Topic names, keys, partitions and retention: the wire's layout. Imports nothing of ours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

DAY_MS = 24 * 60 * 60 * 1000


@dataclass(frozen=True)
class TopicSpec:
    """One topic as it should exist on the broker."""

    name: str
    partitions: int
    config: dict[str, str]


@dataclass(frozen=True)
class Topics:
    """Every topic name under one prefix (`WIREROOM_TOPIC_PREFIX`, default `news`)."""

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
    def dead(self) -> str:
        """Dead letters of every stage."""
        return f"{self.prefix}.dead"

    @property
    def replays(self) -> str:
        """Which dead letters were replayed; compacted, keyed `partition-offset` of the dead letter."""
        return f"{self.prefix}.dead.replays"

    def label(self, label: str) -> str:
        """Enriched articles that carry LABEL."""
        return f"{self.prefix}.labels.{label}"

    def has(self, name: str) -> bool:
        """Whether a topic called NAME is one of these."""
        return name.startswith(f"{self.prefix}.")

    def stages(self) -> tuple[str, ...]:
        """The four stage topics in flow order; they share one partition count."""
        return (self.raw, self.clean, self.tagged, self.enriched)

    def specs(
        self, labels: Iterable[str], *, partitions: int, retention_days: float, max_message_bytes: int
    ) -> list[TopicSpec]:
        """Every topic the wire needs for LABELS, in flow order.

        Stage topics use delete retention; `enriched` and the label topics are compacted as well, so that
        a new subscriber gets the latest version of every article.
        """
        kept = {
            "retention.ms": str(int(retention_days * DAY_MS)),
            "max.message.bytes": str(max_message_bytes),
        }
        delete = {"cleanup.policy": "delete", **kept}
        compact_delete = {"cleanup.policy": "compact,delete", **kept}
        flow = [TopicSpec(name, partitions, delete) for name in (self.raw, self.clean, self.tagged)]
        results = [self.enriched, *(self.label(label) for label in sorted(labels))]
        flow += [TopicSpec(name, partitions, compact_delete) for name in results]
        return [
            *flow,
            TopicSpec(self.dead, partitions, delete),
            TopicSpec(self.replays, 1, {"cleanup.policy": "compact"}),
        ]
