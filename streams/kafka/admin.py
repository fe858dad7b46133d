"""Topics on a broker: create, list and delete them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum

from kafka import KafkaAdminClient
from kafka.admin import ConfigFilterType, ConfigResource, ConfigResourceType
from kafka.errors import NoError, TopicAlreadyExistsError, for_code

from streams.errors import BrokerError
from streams.kafka.connection import Connection, broker_errors, connect
from streams.topics import TopicSpec

REQUEST_MS = 10_000


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
        return topics_of(admin, prefix)


def topics_of(admin: KafkaAdminClient, prefix: str = "") -> list[TopicState]:
    """Return what `list_topics` does."""
    names = [name for name in admin.list_topics() if name.startswith(prefix) and name[:2] != "__"]
    states = _describe(admin, names)
    return [states[name] for name in sorted(states)]


def differences(spec: TopicSpec, state: TopicState) -> tuple[str, ...]:
    """Return how the topic in `state` differs from `spec`: "retention.ms is 60, not 90"."""
    found = [
        f"{key} is {state.config.get(key)}, not {value}"
        for key, value in spec.config.items()
        if _normal(state.config.get(key)) != _normal(value)
    ]
    if state.partitions != spec.partitions:
        found.insert(0, f"partitions are {state.partitions}, not {spec.partitions}")
    return tuple(found)


def delete_topics(connection: Connection, names: Iterable[str]) -> None:
    """Delete the topics called `names` with all their records; skip those that do not exist."""
    with administer(connection) as admin:
        present = set(admin.list_topics())
        if existing := [name for name in names if name in present]:
            admin.delete_topics(existing)


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
    added = max(0, spec.partitions - state.partitions)
    if added:
        admin.create_partitions({spec.name: spec.partitions})
        state = replace(state, partitions=spec.partitions)
    left = differences(spec, state)
    outcome = Outcome.DIFFERS if left else Outcome.MORE_PARTITIONS if added else Outcome.UNCHANGED
    return TopicOutcome(spec.name, outcome, left, added)


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
