"""The Kafka properties of a development broker; the container that the tests start uses the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

HOST = "127.0.0.1"


# The controller fences a broker that was silent for this long. The broker's partitions then have no leader,
# unless other nodes have copies. After a crash the controller waits as long before it fences the broker.
SHORT_SESSION_MS = 3_000
# No other node can take over from a single broker. Fencing it after a pause would only lose markers of
# transactions (streams/worker/cluster_monitor.py).
LONG_SESSION_MS = 600_000


def broker_properties(
    *, node: int, port: int, controllers: Sequence[int], logs: Path, controller_alone: bool = False
) -> dict[str, str]:
    """Return the properties of the node `node` (from 1) that serves clients on `port`.

    It keeps its records in `logs`. `controllers` are the controller ports of all nodes, in order of node id.
    With `controller_alone` the node runs no broker, and its controller fences a broker that crashed within
    `SHORT_SESSION_MS`.
    """
    nodes = len(controllers)
    controller = controllers[node - 1]
    voters = ",".join(f"{id_}@{HOST}:{voter}" for id_, voter in enumerate(controllers, start=1))
    single_broker = nodes == 1 and not controller_alone
    clients = f"PLAINTEXT://{HOST}:{port}"
    listeners = [f"CONTROLLER://{HOST}:{controller}"]
    if not controller_alone:
        listeners.insert(0, clients)
    return {
        "process.roles": "controller" if controller_alone else "broker,controller",
        "node.id": str(node),
        "controller.quorum.voters": voters,
        "controller.listener.names": "CONTROLLER",
        "listeners": ",".join(listeners),
        **({} if controller_alone else {"advertised.listeners": clients}),
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": str(logs),
        **small_cluster(nodes),
        "broker.session.timeout.ms": str(LONG_SESSION_MS if single_broker else SHORT_SESSION_MS),
    }


def small_cluster(nodes: int) -> dict[str, str]:
    """Return the properties that suit `nodes` nodes on one machine.

    Every node, up to 3, keeps a copy of each record, and waits are short.
    """
    copies, in_sync = str(min(nodes, 3)), str(min(nodes, 2))
    return {
        "auto.create.topics.enable": "false",  # a misspelt topic must be an error, not a new topic
        "default.replication.factor": copies,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": copies,
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync,
        "transaction.state.log.num.partitions": "4",
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": in_sync,
        "group.initial.rebalance.delay.ms": "0",
        "broker.heartbeat.interval.ms": "500",
        # The default of 128 MB is half of the heap (java.py).
        "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
    }
