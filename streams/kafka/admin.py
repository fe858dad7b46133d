"""Topics on a broker: create them, list them, see how far they and their readers are."""

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
from streams.kafka.connect import broker_errors, connect
from streams.settings import Settings
from streams.topics import TopicSpec

REQUEST_MS = 10_000
# An enriched article carries its text and all that was found in it: up to three times what came in.
GROWTH = 3
ISOLATION = {
    "read_committed": IsolationLevel.READ_COMMITTED,
    "read_uncommitted": IsolationLevel.READ_UNCOMMITTED,
}


class Outcome(StrEnum):
    """What `create_topics` found and did."""

    CREATED = "created"
    UNCHANGED = "unchanged"
    MORE_PARTITIONS = "more partitions"
    DIFFERS = "differs"


@dataclass(frozen=True)
class TopicOutcome:
    """One topic after `create_topics`.

    `differences` says what is not as asked for and was left as it is. Partitions may have been added to a
    topic that differs: `added_partitions` says how many.
    """

    name: str
    outcome: Outcome
    differences: tuple[str, ...] = ()
    added_partitions: int = 0


@dataclass(frozen=True)
class TopicState:
    """One topic as it is on the broker."""

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
        """How long records are kept, in milliseconds; -1 for ever."""
        return int(self.config["retention.ms"])

    @property
    def max_message_bytes(self) -> int:
        """The largest batch of records that the topic takes, in bytes."""
        return int(self.config["max.message.bytes"])


@contextmanager
def administer(bootstrap: str, settings: Settings | None = None) -> Iterator[KafkaAdminClient]:
    """An admin client of the broker at BOOTSTRAP, connected as `clients.connect` says.

    Raises BrokerError also when the broker refuses what is asked of it.
    """
    admin = connect(KafkaAdminClient, bootstrap, settings, request_timeout_ms=REQUEST_MS)
    with closing(admin), broker_errors(bootstrap):
        yield admin


def create_topics(
    bootstrap: str,
    specs: Sequence[TopicSpec],
    *,
    replication: int = 1,
    settings: Settings | None = None,
) -> list[TopicOutcome]:
    """Make sure that every topic of SPECS exists, and say what became of each, in the order given.

    A topic that exists stays as it is, but gets more partitions when more are asked for; an article can then
    land on another partition than its earlier versions. Several processes may call this at once. SETTINGS say
    how to connect, where it is not as in the environment.
    """
    with administer(bootstrap, settings) as admin:
        existing = _describe(admin, [spec.name for spec in specs])
        outcomes = _create(admin, [spec for spec in specs if spec.name not in existing], replication)
        for spec in specs:
            if spec.name in existing:
                outcomes[spec.name] = _settle(admin, spec, existing[spec.name])
        admin.wait_for_topics(list(outcomes), timeout_ms=REQUEST_MS)
        return [outcomes[spec.name] for spec in specs]


def list_topics(bootstrap: str, prefix: str = "") -> list[TopicState]:
    """Every topic that starts with PREFIX, by name; Kafka's own are left out."""
    with administer(bootstrap) as admin:
        names = [name for name in admin.list_topics() if name.startswith(prefix) and name[:2] != "__"]
        found = _describe(admin, names)
        return [found[name] for name in sorted(found)]


def wire_topics(settings: Settings, labels: Iterable[str] = ()) -> list[TopicSpec]:
    """Every topic that SETTINGS ask for; without LABELS, those of the taxonomy in use."""
    return settings.topics.specs(
        tuple(labels) or _labels_in_use(settings),
        partitions=settings.partitions,
        retention_days=settings.retention_days,
        max_message_bytes=GROWTH * settings.max_article_bytes,
    )


def missing_topics(settings: Settings, stages: Iterable[str]) -> list[str]:
    """The topics that STAGES read or write and that the broker of SETTINGS has not, in flow order."""
    topics, stages = settings.topics, set(stages)
    flow = topics.stages()
    needed = {
        "cleanup": flow[0:2],
        "entities": flow[1:3],
        "labels": (*flow[2:4], *map(topics.label, _labels_in_use(settings) if "labels" in stages else ())),
    }
    names = [name for stage, topics_of_it in needed.items() if stage in stages for name in topics_of_it]
    with administer(settings.broker, settings) as admin:
        present = set(admin.list_topics())
    return [name for name in dict.fromkeys([*names, topics.dead]) if name not in present]


def _labels_in_use(settings: Settings) -> tuple[str, ...]:
    from streams.enrich.labels.taxonomy import load_taxonomy  # the files alone: no model is loaded

    return tuple(label.label for label in load_taxonomy(settings.taxonomy).labels)


def delete_topics(bootstrap: str, names: Iterable[str]) -> None:
    """Remove the topics called NAMES with all their records; those that are not there are passed over."""
    with administer(bootstrap) as admin:
        present = set(admin.list_topics())
        if doomed := [name for name in names if name in present]:
            admin.delete_topics(doomed)


def end_offsets(
    bootstrap: str, names: Iterable[str], isolation: str = "read_committed"
) -> dict[TopicPartition, int]:
    """The offset after the last record of each partition of the topics called NAMES.

    `read_committed` stops at the first transaction still open, `read_uncommitted` at the high watermark. Both
    count the markers that end transactions, which no reader sees.
    """
    with administer(bootstrap) as admin:
        return _ends(admin, names, isolation)


def lag(bootstrap: str, group: str, names: Iterable[str]) -> dict[TopicPartition, int]:
    """How many offsets GROUP is behind the committed end of each partition of the topics called NAMES.

    Markers of transactions count: on a topic that is written in transactions it seldom reads 0. A partition
    without a committed offset lags from its first record.
    """
    with administer(bootstrap) as admin:
        ends = _ends(admin, names, "read_committed")
        starts = _offsets(admin, ends, OffsetSpec.EARLIEST, "read_uncommitted")
        committed = _committed(admin, group, list(ends))
        positions = {
            partition: committed[partition].offset if _has_offset(committed, partition) else starts[partition]
            for partition in ends
        }
        return {partition: max(0, end - positions[partition]) for partition, end in ends.items()}


def committed_offsets(
    bootstrap: str, group: str, partitions: Sequence[TopicPartition]
) -> dict[TopicPartition, Any]:
    """What GROUP has committed: `offset` and `metadata` for those of PARTITIONS where there is something."""
    with administer(bootstrap) as admin:
        found = _committed(admin, group, partitions)
    return {partition: found[partition] for partition in partitions if _has_offset(found, partition)}


def _create(admin: KafkaAdminClient, specs: Sequence[TopicSpec], replication: int) -> dict[str, TopicOutcome]:
    """Create SPECS in one request. A topic that another process created meanwhile is as good as ours."""
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
        raise_errors=False,  # they would not say which topic it was, nor why
    )
    outcomes = {}
    for topic in answer["topics"]:
        name, error = topic["name"], for_code(topic["error_code"])
        if error not in (NoError, TopicAlreadyExistsError):
            raise BrokerError(f"cannot create topic {name}: {topic['error_message'] or error.__name__}")
        outcomes[name] = TopicOutcome(name, Outcome.CREATED if error is NoError else Outcome.UNCHANGED)
    return outcomes


def _settle(admin: KafkaAdminClient, spec: TopicSpec, state: TopicState) -> TopicOutcome:
    """Compare `state` with `spec`; add partitions when more are wanted, which loses nothing."""
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
    """A configuration value for comparison: the order in a list such as `delete,compact` has no meaning."""
    return sorted((value or "").split(","))


def _describe(admin: KafkaAdminClient, names: Sequence[str]) -> dict[str, TopicState]:
    """Those of NAMES that exist, with all their configuration."""
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
    """What GROUP has committed; a broker that has just started needs a moment to find its coordinator."""
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
    wanted = dict.fromkeys(partitions, spec)
    if not wanted:
        return {}
    found = admin.list_partition_offsets(wanted, isolation_level=ISOLATION[isolation])
    return {partition: found[partition].offset for partition in sorted(found)}
