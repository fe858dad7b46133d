"""Faust's assignor, for topics that get more partitions while workers run.

aiokafka leaves it to the member that made an assignment to look for new partitions. When that is a static
member that was started anew, Kafka lets it go on with its old assignment, and no member looks any more: what
is added is read by nobody. So here every member looks, an assignment says how many partitions it is for, and
a member that sees more joins again; what it says then is new, so that Kafka has the group assign anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from aiokafka.coordinator.protocol import ConsumerProtocolMemberMetadata
from faust.assignor import PartitionAssignor


class Assignor(PartitionAssignor):  # type: ignore[misc]
    """Has the group assign anew when there are more partitions than its assignment is for."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._consumer: Any = None
        self._assigned: dict[str, int] = {}  # topics, with as many partitions as the assignment is for
        self._asked = 0

    def look_through(self, consumer: Any) -> None:
        """See what CONSUMER, an aiokafka one, learns of the cluster."""
        self._consumer = consumer
        consumer._client.cluster.add_listener(self._look)

    def metadata(self, topics: Iterable[str]) -> ConsumerProtocolMemberMetadata:
        """What this member says when it joins: what Faust says, and how often it asked to assign anew."""
        user_data = _with(self._metadata.dumps(), asked=self._asked)
        return ConsumerProtocolMemberMetadata(self.version, sorted(topics), user_data)

    def assign(self, cluster: Any, member_metadata: Mapping[str, Any]) -> dict[str, Any]:
        """Who reads what, by member, and for how many partitions of each topic that is."""
        assigned: dict[str, Any] = super().assign(cluster, member_metadata)
        topics = {topic for member in member_metadata.values() for topic in member.subscription}
        for one in assigned.values():
            told = self._decompress(one.user_data)
            one.user_data = self._compress(_with(told, partitions=_partitions(cluster, topics)))
        return assigned

    def on_assignment(self, assignment: Any) -> None:
        """Take ASSIGNMENT, which may be one from before this process was started."""
        super().on_assignment(assignment)
        self._assigned = orjson.loads(self._decompress(assignment.user_data)).get("partitions", {})

    def _look(self, cluster: Any) -> None:
        if more_partitions(self._assigned, _partitions(cluster, self._assigned)):
            self._asked += 1
            self._consumer._coordinator.request_rejoin()


def _with(record: bytes, **fields: Any) -> bytes:
    """RECORD with more FIELDS; Faust passes over those that it does not know."""
    return orjson.dumps({**orjson.loads(record), **fields})


def _partitions(cluster: Any, topics: Iterable[str]) -> dict[str, int]:
    return {topic: len(cluster.partitions_for_topic(topic) or ()) for topic in sorted(topics)}


def more_partitions(before: dict[str, int], now: dict[str, int]) -> bool:
    """Whether a topic has more partitions NOW than BEFORE; none stands for a topic that is not known yet."""
    return any(0 < count < now.get(topic, 0) for topic, count in before.items())
