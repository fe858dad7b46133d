"""Faust's assignor, for topics that get more partitions while workers run.

aiokafka leaves it to the member that made an assignment to look for new partitions. If that is a static
member that was restarted, Kafka lets it continue with its old assignment, and no member looks any more:
nobody reads the new partitions. So here every member looks. An assignment says for how many partitions it was
made, and a member that sees more joins again. Its metadata is then new, so Kafka has the group make a new
assignment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from aiokafka.coordinator.protocol import ConsumerProtocolMemberMetadata
from faust.assignor import PartitionAssignor


class Assignor(PartitionAssignor):  # type: ignore[misc]
    """Asks for a new assignment when there are more partitions than the current one was made for."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._consumer: Any = None
        # The number of partitions for which the assignment was made, by topic.
        self._assigned: dict[str, int] = {}
        self._requests = 0

    def watch(self, consumer: Any) -> None:
        """Look for new partitions whenever `consumer`, an aiokafka consumer, learns about the cluster."""
        self._consumer = consumer
        consumer._client.cluster.add_listener(self._on_cluster_change)

    def metadata(self, topics: Iterable[str]) -> ConsumerProtocolMemberMetadata:
        """Return this member's metadata: that of Faust, and how often it asked for a new assignment."""
        user_data = _with(self._metadata.dumps(), requests=self._requests)
        return ConsumerProtocolMemberMetadata(self.version, sorted(topics), user_data)

    def assign(self, cluster: Any, member_metadata: Mapping[str, Any]) -> dict[str, Any]:
        """Return the assignment of each member, with the number of partitions that each topic has now."""
        assigned: dict[str, Any] = super().assign(cluster, member_metadata)
        topics = {topic for member in member_metadata.values() for topic in member.subscription}
        for assignment in assigned.values():
            user_data = self._decompress(assignment.user_data)
            assignment.user_data = self._compress(_with(user_data, partitions=_partitions(cluster, topics)))
        return assigned

    def on_assignment(self, assignment: Any) -> None:
        """Take `assignment`, which may be older than this process."""
        super().on_assignment(assignment)
        self._assigned = orjson.loads(self._decompress(assignment.user_data)).get("partitions", {})

    def _on_cluster_change(self, cluster: Any) -> None:
        if more_partitions(self._assigned, _partitions(cluster, self._assigned)):
            self._requests += 1
            self._consumer._coordinator.request_rejoin()


def _with(record: bytes, **fields: Any) -> bytes:
    """Return the JSON object `record` with more `fields`; Faust ignores those that it does not know."""
    return orjson.dumps({**orjson.loads(record), **fields})


def _partitions(cluster: Any, topics: Iterable[str]) -> dict[str, int]:
    return {topic: len(cluster.partitions_for_topic(topic) or ()) for topic in sorted(topics)}


def more_partitions(before: dict[str, int], now: dict[str, int]) -> bool:
    """Return True if a topic has more partitions in `now` than in `before`; 0 is a topic not known yet."""
    return any(0 < count < now.get(topic, 0) for topic, count in before.items())
