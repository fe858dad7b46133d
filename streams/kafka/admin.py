"""Topics on a broker: create, list and delete them, and read their offsets and those of their readers."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from kafka import IsolationLevel, KafkaAdminClient, OffsetSpec, TopicPartition
from kafka.admin import ConfigFilterType, ConfigResource, ConfigResourceType
from kafka.errors import NoError, RetriableError, TopicAlreadyExistsError, for_code

from streams.errors import BrokerError
from streams.kafka.connection import Connection, broker_errors, connect
from streams.topics import TopicSpec

REQUEST_MS = 10_000
ISOLATION = {
    "read_committed": IsolationLevel.READ_COMMITTED,
    "read_uncommitted": IsolationLevel.READ_UNCOMMITTED,
}


class Outcome(StrEnum):
    """What `create_topics` did with a topic."""

    CREATED = "created"
    UNCHANGED = "unchanged"
    MORE_PARTITIONS = "more partitions"
    DIFFERS = "differs"


@dataclass(frozen=True)
class TopicOutcome:
    """A topic after `create_topics`.

    `differences` says how the topic differs from its spec; these were left as they are. A topic that differs
    may have got more partitions too: `added_partitions` is their number.
    """

    name: str
    outcome: Outcome
    differences: tuple[str, ...] = ()
    added_partitions: int = 0


@dataclass(frozen=True)
class TopicState:
    """A topic as it is on the broker."""

    name: str
    partitions: int
    replication: int
    config: dict[str, str] = field(repr=False)

    @property
    def cleanup_policy(self) -> str:
        """`delete`, `compact` or `compact,delete`."""
        return self.config["cleanup.policy"]

    @property
    def retention_ms(self) -> int:
        """The time for which records are kept, in milliseconds; -1 means for ever."""
        return int(self.config["retention.ms"])

    @property
    def max_message_bytes(self) -> int:
        """The largest batch of records that the topic accepts, in bytes."""
        return int(self.config["max.message.bytes"])


@contextmanager
def administer(connection: Connection) -> Iterator[KafkaAdminClient]:
    """Yield an admin client that has reached the broker, and close it afterwards.

    Raises AccessRefused and BrokerError as `connect` does, and BrokerError when a request fails.
    """
    admin = connect(connection, KafkaAdminClient, request_timeout_ms=REQUEST_MS)
    with closing(admin), broker_errors(connection.bootstrap):
        yield admin


def create_topics(
    connection: Connection, specs: Sequence[TopicSpec], *, replication: int = 1
) -> list[TopicOutcome]:
    """Create the topics of `specs` that are missing, and return the outcome for each, in the order given.

    A topic that exists stays as it is, but gets more partitions if its spec asks for more; an article can
    then land on another partition than its earlier versions. Several processes may call this at once.
    """
    with administer(connection) as admin:
        existing = _describe(admin, [spec.name for spec in specs])
        outcomes = _create(admin, [spec for spec in specs if spec.name not in existing], replication)
        for spec in specs:
            if spec.name in existing:
                outcomes[spec.name] = _extend(admin, spec, existing[spec.name])
        admin.wait_for_topics(list(outcomes), timeout_ms=REQUEST_MS)
        return [outcomes[spec.name] for spec in specs]


def list_topics(connection: Connection, prefix: str = "") -> list[TopicState]:
    """Return the topics that start with `prefix`, sorted by name, without Kafka's own."""
    with administer(connection) as admin:
        names = [name for name in admin.list_topics() if name.startswith(prefix) and name[:2] != "__"]
        states = _describe(admin, names)
        return [states[name] for name in sorted(states)]


def delete_topics(connection: Connection, names: Iterable[str]) -> None:
    """Delete the topics called `names` with all their records; skip those that do not exist."""
    with administer(connection) as admin:
        present = set(admin.list_topics())
        if existing := [name for name in names if name in present]:
            admin.delete_topics(existing)


def end_offsets(
    connection: Connection, names: Iterable[str], isolation: str = "read_committed"
) -> dict[TopicPartition, int]:
    """Return the offset after the last record of each partition of the topics called `names`.

    `read_committed` stops at the first open transaction, `read_uncommitted` at the high watermark. Both count
    the markers that end transactions, which no reader sees.
    """
    with administer(connection) as admin:
        return _ends(admin, names, isolation)


def lag(connection: Connection, group: str, names: Iterable[str]) -> dict[TopicPartition, int]:
    """Return how many offsets `group` is behind the committed end of each partition of the topics `names`.

    Transaction markers count: the lag on a topic that is written in transactions is seldom 0. Without a
    committed offset, the lag counts from the first record of the partition.
    """
    with administer(connection) as admin:
        ends = _ends(admin, names, "read_committed")
        starts = _offsets(admin, ends, OffsetSpec.EARLIEST, "read_uncommitted")
        committed = _committed(admin, group, list(ends))
        positions = {
            partition: committed[partition].offset if _has_offset(committed, partition) else starts[partition]
            for partition in ends
        }
        return {partition: max(0, end - positions[partition]) for partition, end in ends.items()}


def committed_offsets(
    connection: Connection, group: str, partitions: Sequence[TopicPartition]
) -> dict[TopicPartition, Any]:
    """Return the commits of `group` in those of `partitions` that have one, with `offset` and `metadata`."""
    with administer(connection) as admin:
        committed = _committed(admin, group, partitions)
    return {partition: committed[partition] for partition in partitions if _has_offset(committed, partition)}


def _create(admin: KafkaAdminClient, specs: Sequence[TopicSpec], replication: int) -> dict[str, TopicOutcome]:
    """Create the topics of `specs` in one request; another process may create some of them meanwhile."""
    if not specs:
        return {}
    answer = admin.create_topics(
        {
            spec.name: {
                "num_partitions": spec.partitions,
                "replication_factor": replication,
                "configs": spec.config,
            }
            for spec in specs
        },
        raise_errors=False,  # the errors that are raised name neither the topic nor the reason
    )
    outcomes = {}
    for topic in answer["topics"]:
        name, error = topic["name"], for_code(topic["error_code"])
        if error not in (NoError, TopicAlreadyExistsError):
            raise BrokerError(f"cannot create topic {name}: {topic['error_message'] or error.__name__}")
        outcomes[name] = TopicOutcome(name, Outcome.CREATED if error is NoError else Outcome.UNCHANGED)
    return outcomes


def _extend(admin: KafkaAdminClient, spec: TopicSpec, state: TopicState) -> TopicOutcome:
    """Compare `state` with `spec`, and add the partitions that are missing, which loses nothing."""
    differences = [
        f"{key} is {state.config.get(key)}, not {value}"
        for key, value in spec.config.items()
        if _normal(state.config.get(key)) != _normal(value)
    ]
    added = max(0, spec.partitions - state.partitions)
    if added:
        admin.create_partitions({spec.name: spec.partitions})
    elif state.partitions > spec.partitions:
        differences.insert(0, f"partitions are {state.partitions}, not {spec.partitions}")
    outcome = Outcome.DIFFERS if differences else Outcome.MORE_PARTITIONS if added else Outcome.UNCHANGED
    return TopicOutcome(spec.name, outcome, tuple(differences), added)


def _normal(value: str | None) -> list[str]:
    """Return `value` for comparison: the order in a list such as `delete,compact` has no meaning."""
    return sorted((value or "").split(","))


def _describe(admin: KafkaAdminClient, names: Sequence[str]) -> dict[str, TopicState]:
    """Return the state of those of `names` that exist."""
    present = set(admin.list_topics())
    names = [name for name in names if name in present]
    if not names:
        return {}
    described = [topic for topic in admin.describe_topics(names) if topic["error_code"] == 0]
    resources = [ConfigResource(ConfigResourceType.TOPIC, topic["name"]) for topic in described]
    configs = admin.describe_configs(resources, config_filter=ConfigFilterType.ALL)["topic"]
    return {
        topic["name"]: TopicState(
            topic["name"],
            partitions=len(topic["partitions"]),
            replication=len(topic["partitions"][0]["replica_nodes"]),
            config={key: entry["value"] for key, entry in configs[topic["name"]].items()},
        )
        for topic in described
    }


def _committed(
    admin: KafkaAdminClient, group: str, partitions: Sequence[TopicPartition]
) -> dict[TopicPartition, Any]:
    """Return the commits of `group`; retry, because a new broker takes a moment to find its coordinator."""
    deadline = time.monotonic() + REQUEST_MS / 1000
    while True:
        try:
            committed: dict[TopicPartition, Any] = admin.list_group_offsets({group: partitions}).get(
                group, {}
            )
            return committed
        except RetriableError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _has_offset(committed: dict[TopicPartition, Any], partition: TopicPartition) -> bool:
    return partition in committed and committed[partition].offset >= 0


def _ends(admin: KafkaAdminClient, names: Iterable[str], isolation: str) -> dict[TopicPartition, int]:
    names = list(names)
    partitions = []
    for topic in admin.describe_topics(names) if names else ():
        if topic["error_code"] != 0:
            raise for_code(topic["error_code"])(topic["name"])
        partitions += [
            TopicPartition(topic["name"], partition["partition_index"]) for partition in topic["partitions"]
        ]
    return _offsets(admin, partitions, OffsetSpec.LATEST, isolation)


def _offsets(
    admin: KafkaAdminClient, partitions: Iterable[TopicPartition], spec: Any, isolation: str
) -> dict[TopicPartition, int]:
    specs = dict.fromkeys(partitions, spec)
    if not specs:
        return {}
    offsets = admin.list_partition_offsets(specs, isolation_level=ISOLATION[isolation])
    return {partition: offsets[partition].offset for partition in sorted(offsets)}
