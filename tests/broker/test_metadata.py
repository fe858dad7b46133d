"""A broker that does not answer knows no nodes."""

from __future__ import annotations

import socket

from streams.broker import metadata
from streams.broker.metadata import alive_nodes
from streams.broker.ports import free_port
from streams.broker.properties import HOST


def test_without_a_broker_no_node_is_alive():
    assert alive_nodes(free_port()) == set()


def test_a_server_that_is_not_kafka_knows_no_nodes(monkeypatch):
    monkeypatch.setattr(metadata, "TIMEOUT_MS", 200)
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]

        assert alive_nodes(port) == set()
