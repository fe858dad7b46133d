"""The state of a cluster and of a consumer group, for `wireroom doctor`: what is asked, without a verdict.

All questions are requests for administrators, which read no record. A broker with access control may refuse
some of them; kafka-python's error for that passes through.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import ConfigFilterType, ConfigResource, ConfigResourceType
from kafka.errors import NotLeaderForPartitionError

from streams.kafka.offsets import commits_of, ends_of, starts_of

LEADER_SECONDS, POLL_SECONDS = 5.0, 0.1
"""The longest time without a settled leader, and the time between two questions."""


@dataclass(frozen=True)
class Broker:
    """A node of the cluster, with the address that it tells clients to connect to."""

    node: int
    host: str
    port: int
    is_fenced: bool

    @property
    def address(self) -> str:
        """HOST:PORT."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Cluster:
    """The brokers, and the version of Kafka that the first of them speaks, such as 4.3."""

    brokers: tuple[Broker, ...]
    version: str


@dataclass(frozen=True)
class PartitionState:
    """Where a partition is; `leader` is None if it has none, `in_sync` are the replicas that are in step."""

    partition: TopicPartition
    leader: int | None
    replicas: tuple[int, ...]
    in_sync: tuple[int, ...]


@dataclass(frozen=True)
class Member:
    """A member of a group, and its partitions; it has none while the group rebalances."""

    id: str
    instance: str | None
    host: str
    partitions: frozenset[TopicPartition]


@dataclass(frozen=True)
class Group:
    """A consumer group; `state` is Kafka's: Stable, Empty, Dead, PreparingRebalance, CompletingRebalance."""

    name: str
    state: str
    members: tuple[Member, ...]


@dataclass(frozen=True)
class Position:
    """The offsets of a group in a partition; `committed` is None if it has committed nothing there."""

    partition: TopicPartition
    committed: int | None
    start: int
    end: int  # the last stable offset
    high_watermark: int


@dataclass(frozen=True)
class OpenTransaction:
    """A transaction that holds up the readers of `partitions`.

    `transactional_id` is None if no coordinator knows the transaction any more: then nobody will end it.
    `since` is its begin in milliseconds since the epoch, and `offsets` has the first one in each partition.
    """

    transactional_id: str | None
    producer: int
    since: int
    offsets: dict[TopicPartition, int] = field(hash=False)


def advertised_brokers(admin: KafkaAdminClient) -> list[Broker]:
    """Return the brokers as they told at the first contact, which works if none of their addresses does.

    Brokers that are fenced are not among them.
    """
    brokers = admin._manager.cluster.brokers()
    return sorted(
        (Broker(broker.node_id, broker.host, broker.port, False) for broker in brokers),
        key=lambda broker: broker.node,
    )


def inspect_cluster(admin: KafkaAdminClient) -> Cluster:
    """Return the brokers of the cluster, with those that are fenced."""
    brokers = tuple(
        Broker(broker["broker_id"], broker["host"], broker["port"], bool(broker.get("is_fenced")))
        for broker in admin.describe_cluster()["brokers"]
    )
    alive = next(broker.node for broker in brokers if not broker.is_fenced)
    version = admin.get_broker_version_data(alive).broker_version
    return Cluster(brokers, ".".join(map(str, version)))


def clock_offset(admin: KafkaAdminClient, now: Callable[[], float] = time.time) -> float | None:
    """Return by how many seconds the controller's clock is ahead of `now`; negative if it is behind.

    The answer takes some time: the offset is the least that explains it, and 0 if the clocks may agree. The
    leader of the metadata quorum gives its own time as that of its last fetch (Kafka's LeaderState). Return
    None if it does not, as with old versions.
    """
    before = now()
    quorum = admin.describe_metadata_quorum()
    after = now()
    (partition,) = quorum["topics"][0]["partitions"]
    for voter in partition["current_voters"]:
        if voter["replica_id"] == partition["leader_id"] and (voter.get("last_fetch_timestamp") or -1) > 0:
            told = float(voter["last_fetch_timestamp"]) / 1000
            return max(0.0, told - after) + min(0.0, told - before)
    return None


def broker_config(admin: KafkaAdminClient, node: int) -> dict[str, str]:
    """Return the configuration of the broker `node`."""
    resource = ConfigResource(ConfigResourceType.BROKER, str(node))
    (config,) = admin.describe_configs([resource], config_filter=ConfigFilterType.ALL)["broker"].values()
    return {name: entry["value"] for name, entry in config.items()}


def inspect_partitions(admin: KafkaAdminClient, names: Collection[str]) -> list[PartitionState]:
    """Return the state of each partition of the topics called `names`, which exist."""
    states = []
    for topic in admin.describe_topics(list(names)) if names else ():
        for partition in topic["partitions"]:
            place = TopicPartition(topic["name"], partition["partition_index"])
            leader = partition["leader_id"] if partition["leader_id"] >= 0 else None
            replicas, in_sync = tuple(partition["replica_nodes"]), tuple(partition["isr_nodes"])
            states.append(PartitionState(place, leader, replicas, in_sync))
    return sorted(states, key=lambda state: state.partition)


def inspect_group(admin: KafkaAdminClient, name: str) -> Group:
    """Return the group called `name`; one that does not exist is Dead and has no members."""
    described = admin.describe_groups([name])[name]
    return Group(name, described["group_state"], tuple(map(_member, described["members"])))


def inspect_positions(
    admin: KafkaAdminClient, group: str, partitions: Sequence[TopicPartition]
) -> list[Position]:
    """Return where `group` is in each of `partitions`."""
    commits = commits_of(admin, group, partitions)
    starts, ends = starts_of(admin, partitions), ends_of(admin, partitions)
    watermarks = ends_of(admin, partitions, "read_uncommitted")
    return [
        Position(
            partition,
            commits[partition].offset if partition in commits else None,
            starts[partition],
            ends[partition],
            watermarks[partition],
        )
        for partition in partitions
    ]


def open_transactions(admin: KafkaAdminClient, partitions: Iterable[TopicPartition]) -> list[OpenTransaction]:
    """Return the transactions that are open in `partitions`, the oldest first."""
    offsets: dict[int, dict[TopicPartition, int]] = {}
    last_write: dict[int, int] = {}
    for partition, state in _describe_producers(admin, [*partitions]).items():
        for producer in state.active_producers:
            if producer.current_transaction_start_offset >= 0:
                places = offsets.setdefault(producer.producer_id, {})
                places[partition] = producer.current_transaction_start_offset
                earlier = last_write.get(producer.producer_id, producer.last_timestamp)
                last_write[producer.producer_id] = min(earlier, producer.last_timestamp)
    if not offsets:
        return []
    ids = {
        listing.producer_id: listing.transactional_id
        for listings in admin.list_transactions(producer_id_filters=list(offsets)).values()
        for listing in listings
        if listing.state in _UNFINISHED
    }
    described = admin.describe_transactions(ids.values())
    begins = {name: transaction.transaction_start_time_ms for name, transaction in described.items()}
    found = []
    for producer, places in offsets.items():
        name = ids.get(producer)
        begin = begins.get(name, -1) if name is not None else -1
        found.append(OpenTransaction(name, producer, begin if begin > 0 else last_write[producer], places))
    return sorted(found, key=lambda each: each.since)


def _describe_producers(admin: KafkaAdminClient, partitions: Sequence[TopicPartition]) -> Any:
    """Return the producers of each partition; ask again while a leader of one is only just elected."""
    deadline = time.monotonic() + LEADER_SECONDS
    while True:
        try:
            return admin.describe_producers(partitions)
        except NotLeaderForPartitionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(POLL_SECONDS)


_UNFINISHED = ("Ongoing", "PrepareCommit", "PrepareAbort", "PrepareEpochFence")


def _member(described: dict[str, Any]) -> Member:
    # Which topics a member asked for is not taken: kafka-python cannot decode the version that Faust writes.
    assignment = described["member_assignment"] or {"assigned_partitions": []}
    return Member(
        described["member_id"],
        described["group_instance_id"],
        described["client_host"].lstrip("/"),
        frozenset(
            TopicPartition(assigned["topic"], number)
            for assigned in assignment["assigned_partitions"]
            for number in assigned["partitions"]
        ),
    )
