"""What a development broker is configured with; the container of the tests takes the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

HOST = "127.0.0.1"


# A broker that was silent for so long is fenced: its partitions have no leader then, unless other nodes have
# copies. After a crash the controller waits as long until it fences the broker that crashed.
SHORT_SESSION_MS = 3_000
# A broker alone has nobody to take over: to be fenced after a pause would only cost markers of transactions
# (streams/worker/cluster_monitor.py).
LONG_SESSION_MS = 600_000

CLEAN = ".kafka_cleanshutdown"  # Kafka leaves it in its log directory when it stops in order


def crashed(logs: Path) -> bool:
    """Whether the broker that last kept its records in LOGS ended without stopping in order."""
    return (logs / "meta.properties").exists() and not (logs / CLEAN).exists()


def broker_properties(
    *, node: int, port: int, controllers: Sequence[int], logs: Path, controller_alone: bool = False
) -> dict[str, str]:
    """Kafka properties of node NODE (from 1) that serves clients on PORT and keeps its records in LOGS.

    CONTROLLERS are the controller ports of all nodes, in order of node id. CONTROLLER_ALONE leaves the broker
    out, and fences it soon.
    """
    nodes = len(controllers)
    controller = controllers[node - 1]
    voters = ",".join(f"{number}@{HOST}:{at}" for number, at in enumerate(controllers, start=1))
    unfenced = nodes == 1 and not controller_alone
    clients = {} if controller_alone else {"advertised.listeners": f"PLAINTEXT://{HOST}:{port}"}
    listeners = [f"CONTROLLER://{HOST}:{controller}"]
    if not controller_alone:
        listeners.insert(0, f"PLAINTEXT://{HOST}:{port}")
    return {
        "process.roles": "controller" if controller_alone else "broker,controller",
        "node.id": str(node),
        "controller.quorum.voters": voters,
        "controller.listener.names": "CONTROLLER",
        "listeners": ",".join(listeners),
        **clients,
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": str(logs),
        **small_cluster(nodes),
        "broker.session.timeout.ms": str(LONG_SESSION_MS if unfenced else SHORT_SESSION_MS),
    }


def small_cluster(nodes: int) -> dict[str, str]:
    """What suits NODES nodes on one machine: a copy of each record on every node, up to 3; short waits."""
    copies, in_sync = str(min(nodes, 3)), str(min(nodes, 2))
    return {
        "auto.create.topics.enable": "false",  # a misspelt topic is an error, not a new topic
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
        # The default, 128 MB, is half of our heap.
        "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
    }
