"""Examine a wire: its broker, topics, workers, transactions and versions, against what the settings expect.

A module for each subject has the checks, which judge what they are given. `diagnose` asks the broker.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from kafka import KafkaAdminClient, TopicPartition

from streams.enrich import Enricher
from streams.errors import WireroomError
from streams.jobs.doctor.cluster import check_addresses, check_brokers, check_clock, why_unreachable
from streams.jobs.doctor.findings import Check, Finding, Status, problem
from streams.jobs.doctor.group import check_offsets, check_workers
from streams.jobs.doctor.stories import check_stories, first_restored
from streams.jobs.doctor.transactions import check_transactions
from streams.jobs.doctor.versions import check_models, check_schema, latest_records, provenance_of
from streams.jobs.doctor.wire import check_partitions, check_topics
from streams.kafka.admin import TopicState, administer, topics_of
from streams.kafka.batches import LogRecord
from streams.kafka.connection import Connection
from streams.kafka.inspection import (
    PartitionState,
    Position,
    advertised_brokers,
    inspect_cluster,
    inspect_group,
    inspect_partitions,
    inspect_positions,
    open_transactions,
)
from streams.topics import Topics, TopicSpec

__all__ = ["Expected", "Finding", "Status", "diagnose"]


@dataclass(frozen=True)
class Expected:
    """What the settings and this installation expect of a wire; `load` loads the enricher.

    `story_days` are the days that the stage of the stories remembers, and `story_vectors` is the name of the
    vectors that it compares.
    """

    topics: Topics
    specs: Sequence[TopicSpec]
    replication: int
    group: str
    load: Callable[[], Enricher]
    story_days: float
    story_vectors: str = "compact"


def diagnose(
    connection: Connection, expected: Expected, *, now: Callable[[], float] = time.time
) -> Iterator[Finding]:
    """Yield what is found, check after check; `now` is our clock, in seconds since the epoch."""
    try:
        with administer(connection) as admin:
            yield from _Examination(admin, connection, expected, now).findings()
    except WireroomError as error:  # no broker answers, or it refuses us
        text, _, fix = str(error).rpartition(": ")
        yield problem("brokers", text, fix)


class _Examination:
    """Asks each question once, when a check needs the answer."""

    def __init__(
        self,
        admin: KafkaAdminClient,
        connection: Connection,
        expected: Expected,
        now: Callable[[], float],
    ) -> None:
        self._admin = admin
        self._connection = connection
        self._expected = expected
        self._now = now

    def findings(self) -> Iterator[Finding]:
        """Yield the findings of all checks, or of the first ones if no broker answers or can be reached."""
        yield from Check("addresses", self._addresses).run()
        brokers = advertised_brokers(self._admin)
        if all(why_unreachable(broker.host, broker.port) for broker in brokers):
            return
        checks = {
            "brokers": self._brokers,
            "clock": self._clock,
            "topics": self._topics,
            "partitions": self._partition_health,
            "workers": self._workers,
            "offsets": self._offsets,
            "transactions": self._transactions,
            "schema": self._schema,
            "stories": self._stories,
            "models": self._models,
        }
        for name, look in checks.items():
            if not (yield from Check(name, look).run()):
                return

    def _addresses(self) -> Iterator[Finding]:
        return check_addresses(self._connection, advertised_brokers(self._admin))

    def _brokers(self) -> Iterator[Finding]:
        return check_brokers(self._admin, inspect_cluster(self._admin), self._connection.bootstrap)

    def _clock(self) -> Iterator[Finding]:
        return check_clock(self._admin, self._latest, self._expected.topics, self._now)

    def _topics(self) -> Iterator[Finding]:
        expected = self._expected
        return check_topics(expected.specs, self._states, expected.topics, self._connection.bootstrap)

    def _partition_health(self) -> Iterator[Finding]:
        return check_partitions(self._partitions, self._states, self._expected.replication)

    def _workers(self) -> Iterator[Finding]:
        group = inspect_group(self._admin, self._expected.group)
        return check_workers(group, self._inputs, self._stages, self._left_out)

    def _offsets(self) -> Iterator[Finding]:
        return check_offsets(self._positions)

    def _transactions(self) -> Iterator[Finding]:
        places = [state.partition for state in self._partitions if state.leader is not None]
        transactions = open_transactions(self._admin, places)
        return check_transactions(transactions, self._expected.group, self._now())

    def _schema(self) -> Iterator[Finding]:
        return check_schema(self._latest, self._expected.topics)

    def _stories(self) -> Iterator[Finding]:
        topics = self._expected.topics
        restored = first_restored(
            self._admin, self._latest, topics, self._expected.story_days, self._connection.bootstrap
        )
        return check_stories(self._latest, restored, topics, self._expected.story_vectors)

    def _models(self) -> Iterator[Finding]:
        return check_models(self._latest, provenance_of(self._expected.load()), self._expected.topics)

    @cached_property
    def _states(self) -> dict[str, TopicState]:
        """The topics under the prefix, by name."""
        return {state.name: state for state in topics_of(self._admin, f"{self._expected.topics.prefix}.")}

    @cached_property
    def _partitions(self) -> list[PartitionState]:
        return inspect_partitions(self._admin, self._states)

    @property
    def _stages(self) -> dict[str, str]:
        """The stage that reads each topic, of the topics that exist."""
        reading = self._expected.topics.inputs()
        return {topic: stage for topic, stage in reading.items() if topic in self._states}

    @property
    def _inputs(self) -> list[TopicPartition]:
        """The partitions that stages read."""
        return [state.partition for state in self._partitions if state.partition.topic in self._stages]

    @cached_property
    def _positions(self) -> list[Position]:
        return inspect_positions(self._admin, self._expected.group, self._inputs)

    @property
    def _left_out(self) -> set[str]:
        """The topic of fingerprints, if the group has never read it: a wire works without stories."""
        topic = self._expected.topics.fingerprints
        has_read = any(
            position.partition.topic == topic and position.committed is not None
            for position in self._positions
        )
        return set() if has_read else {topic}

    @cached_property
    def _latest(self) -> dict[TopicPartition, LogRecord]:
        """The latest record of each partition of the topics that all articles pass."""
        wanted = self._expected.topics.flow()
        places = [
            state.partition
            for state in self._partitions
            if state.partition.topic in wanted and state.leader is not None
        ]
        return latest_records(self._admin, places, self._connection.bootstrap)
