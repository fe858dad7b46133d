"""Apache Kafka in a container, with the configuration of the embedded broker."""

from __future__ import annotations

import time
from contextlib import closing
from types import TracebackType
from typing import Self

import docker
from testcontainers.core.container import DockerContainer

from streams.broker.ports import free_port
from streams.broker.properties import small_cluster
from streams.errors import BrokerError
from streams.kafka.admin import administer
from streams.kafka.connection import Connection

IMAGE = "apache/kafka:4.3.1"
READY_SECONDS = 90


def engine_answers() -> bool:
    """Return True if a Docker engine runs; a `docker` command on the path does not prove it."""
    try:
        client = docker.from_env(timeout=2)
    except docker.errors.DockerException:
        return False
    with closing(client):
        try:
            return bool(client.ping())
        except (docker.errors.DockerException, OSError):
            return False


class KafkaInContainer:
    """A broker on a free port of this machine, which runs inside a `with` statement."""

    def __init__(self) -> None:
        # The broker tells clients its address, so the port is chosen here and not by the engine.
        self._port = free_port()
        self._container = DockerContainer(IMAGE).with_bind_ports(9092, self._port)
        host = self._container.get_docker_client().host()
        self.bootstrap = f"{host}:{self._port}"
        properties = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": "1@localhost:9093",
            "controller.listener.names": "CONTROLLER",
            # The broker also connects to itself, to verify transactions, and from within the container it
            # cannot reach the address that clients use.
            "listeners": "CLIENTS://:9092,BROKERS://localhost:19092,CONTROLLER://localhost:9093",
            "advertised.listeners": f"CLIENTS://{self.bootstrap},BROKERS://localhost:19092",
            "inter.broker.listener.name": "BROKERS",
            "listener.security.protocol.map": "CLIENTS:PLAINTEXT,BROKERS:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": "/tmp/kraft-logs",
            **small_cluster(1),
        }
        for key, value in properties.items():
            self._container.with_env(f"KAFKA_{key.upper().replace('.', '_')}", value)

    def __enter__(self) -> Self:
        self._container.start()
        deadline = time.monotonic() + READY_SECONDS
        while True:
            try:
                with administer(Connection(self.bootstrap)) as admin:
                    if admin.describe_cluster()["brokers"]:
                        return self
            except BrokerError:
                if time.monotonic() > deadline:
                    out, err = self._container.get_logs()
                    self._container.stop()
                    raise BrokerError(f"{IMAGE} did not answer: {(out + err)[-2000:].decode()}") from None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._container.stop()
