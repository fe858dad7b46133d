"""The checks of the cluster: its brokers, the addresses that they advertise, and its clock."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping, Sequence

from kafka import KafkaAdminClient, TopicPartition

from streams.jobs.doctor.findings import Finding, note, ok, problem
from streams.kafka.batches import LogRecord
from streams.kafka.connection import Connection
from streams.kafka.inspection import Broker, Cluster, broker_config, clock_offset
from streams.topics import Topics
from streams.wording import plural

REACH_SECONDS = 3.0
CLOCK_SECONDS = 5.0  # NTP keeps clocks within a fraction of a second


def check_brokers(admin: KafkaAdminClient, cluster: Cluster, bootstrap: str) -> Iterator[Finding]:
    """Tell which brokers there are, and how they treat records and topics."""
    if fenced := [broker for broker in cluster.brokers if broker.is_fenced]:
        yield problem(
            "brokers",
            f"{plural(len(fenced), 'broker')} of {len(cluster.brokers)} left the cluster: "
            f"{', '.join(broker.address for broker in fenced)}",
            "start what stopped, and look at its log",
        )
    alive = next(broker for broker in cluster.brokers if not broker.is_fenced)
    config = broker_config(admin, alive.node)
    yield from judge_config(config)
    if not fenced:
        yield ok(
            "brokers", f"Kafka {cluster.version} at {bootstrap}, {plural(len(cluster.brokers), 'broker')}"
        )


def judge_config(config: dict[str, str]) -> Iterator[Finding]:
    """Tell which settings of a broker lose records or hide mistakes."""
    if config.get("unclean.leader.election.enable") == "true":
        yield problem(
            "brokers",
            "a replica that lacks records may become the leader (unclean.leader.election.enable)",
            "set it to false on every broker, else committed articles can be lost",
        )
    if config.get("auto.create.topics.enable") == "true":
        yield note(
            "brokers",
            "a misspelt topic becomes a new topic (auto.create.topics.enable)",
            "set it to false on every broker",
        )


def check_addresses(
    connection: Connection, brokers: Sequence[Broker], reach: Callable[[str, int], str | None] | None = None
) -> Iterator[Finding]:
    """Tell which addresses do not answer: those of the settings, and those that `brokers` advertise.

    `reach` returns why an address cannot be reached, or None.
    """
    reach = reach or why_unreachable
    wrong = False
    for broker in brokers:
        if reason := reach(broker.host, broker.port):
            wrong = True
            yield problem(
                "addresses",
                f"broker {broker.node} tells clients to connect to {broker.address}, which fails from here "
                f"({reason})",
                "set advertised.listeners of that broker to an address that its clients reach",
            )
    for server in connection.servers:
        host, port = split_address(server)
        if reason := reach(host, port):
            wrong = True
            yield note(
                "addresses",
                f"{server} in WIREROOM_BROKER does not answer ({reason})",
                "remove it, or start the broker there",
            )
    if not wrong:
        yield ok("addresses", f"reached {', '.join(broker.address for broker in brokers)}")


def why_unreachable(host: str, port: int) -> str | None:
    """Return why no connection to `host` and `port` can be made, None if it can."""
    try:
        with socket.create_connection((host, port), REACH_SECONDS):
            return None
    except TimeoutError:
        return f"no answer in {REACH_SECONDS:g} s"
    except OSError as error:
        return error.strerror or str(error)


def split_address(server: str) -> tuple[str, int]:
    """Return host and port of HOST:PORT; without a port it is Kafka's."""
    host, colon, port = server.rpartition(":")
    if not colon or host.endswith(":") or port.endswith("]"):  # no port, or the end of an IPv6 address
        return server.strip("[]"), 9092
    return host.strip("[]"), int(port)


def check_clock(
    admin: KafkaAdminClient,
    latest: Mapping[TopicPartition, LogRecord],
    topics: Topics,
    now: Callable[[], float],
) -> Iterator[Finding]:
    """Compare the clock of the cluster with ours, and look for records from the future."""
    offset = clock_offset(admin, now)
    wrong = offset is not None and abs(offset) > CLOCK_SECONDS
    if offset is not None and wrong:
        yield problem(
            "clock",
            f"the clock of the cluster is {abs(offset):,.1f} s {'ahead of' if offset > 0 else 'behind'} ours",
            "synchronise both with NTP: retention, ages and traces go by these clocks",
        )
    for record in latest.values():
        ahead = record.timestamp / 1000 - now() - (offset or 0)
        if ahead > CLOCK_SECONDS:
            wrong = True
            writer = "its publisher" if record.topic == topics.raw else "the worker that wrote it"
            yield problem(
                "clock",
                f"{record.topic} {record.partition}-{record.offset} is {ahead:,.0f} s in the future: "
                f"the clock of {writer} is ahead",
                f"synchronise the clock of {writer} with NTP",
            )
    if offset is None:
        yield note("clock", "the cluster does not tell its time", "update Kafka")
    elif not wrong:
        yield ok("clock", f"the cluster's clock agrees with ours within {CLOCK_SECONDS:g} s")
