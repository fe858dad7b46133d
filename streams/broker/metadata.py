"""Ask a broker on this machine which nodes of its cluster are alive."""

from __future__ import annotations

import socket

from streams.broker.properties import HOST

TIMEOUT_MS = 3000


def alive_nodes(port: int) -> set[int]:
    """Return the nodes that the broker at `port` considers alive and not fenced.

    Return an empty set if it cannot tell.
    """
    with socket.socket() as probe:
        if probe.connect_ex((HOST, port)) != 0:
            return set()

    from kafka import KafkaAdminClient
    from kafka.errors import KafkaError

    try:
        with KafkaAdminClient(
            bootstrap_servers=f"{HOST}:{port}", bootstrap_timeout_ms=TIMEOUT_MS, request_timeout_ms=TIMEOUT_MS
        ) as admin:
            return {int(broker["broker_id"]) for broker in admin.describe_cluster()["brokers"]}
    except KafkaError:
        return set()
