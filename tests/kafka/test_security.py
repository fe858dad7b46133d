"""The check of credentials before a client connects asks each address, even if others are unreachable."""

from __future__ import annotations

from typing import Any

import aiokafka.conn
import pytest
from aiokafka.errors import KafkaConnectionError, SaslAuthenticationFailed

from streams.errors import AccessRefused
from streams.kafka.connection import Connection
from streams.kafka.security import check_access


def connection(bootstrap: str) -> Connection:
    return Connection(
        bootstrap,
        security_protocol="SASL_PLAINTEXT",
        sasl_username="wire",
        sasl_password="wrong battery",  # noqa: S106 - no broker knows it
    )


class Brokers:
    """Stands in for `aiokafka.conn.create_conn`: the host's name says what the broker does."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    async def create_conn(self, host: str, port: int, **_options: Any) -> Brokers:
        self.asked.append((host, port))
        if host.startswith("unreachable"):
            raise KafkaConnectionError(f"nothing at {host}")
        if not host.startswith("friendly"):
            raise SaslAuthenticationFailed("wrong password")
        return self

    async def send(self, request: object) -> None:
        """Answer the request of a client that was let in."""

    def close(self) -> None:
        """End the connection."""


@pytest.fixture
def brokers(monkeypatch: pytest.MonkeyPatch) -> Brokers:
    brokers = Brokers()
    monkeypatch.setattr(aiokafka.conn, "create_conn", brokers.create_conn)
    return brokers


@pytest.mark.parametrize(
    "bootstrap",
    [
        "strict:9092",
        "unreachable:9092,strict:9092",
        "strict:9092, unreachable:9092",
        "unreachable-1:9092,unreachable-2:9092,strict:9092",
    ],
)
def test_a_wrong_password_is_refused_although_other_addresses_are_unreachable(brokers, bootstrap):
    with pytest.raises(AccessRefused, match=r"^strict:9092 refuses user 'wire' over SASL_PLAINTEXT"):
        check_access(connection(bootstrap))


@pytest.mark.parametrize(
    "bootstrap",
    [
        "friendly:9092",
        "strict:9092,friendly:9092",
        "friendly:9092,strict:9092",
        "unreachable:9092,strict:9092,friendly:9092",
    ],
)
def test_one_address_that_accepts_the_client_is_enough(brokers, bootstrap):
    check_access(connection(bootstrap))

    assert ("friendly", 9092) in brokers.asked


def test_brokers_that_are_all_unreachable_refuse_nobody(brokers):
    check_access(connection("unreachable-1:9092,unreachable-2:9092"))

    assert sorted(brokers.asked) == [("unreachable-1", 9092), ("unreachable-2", 9092)]


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("strict", ("strict", 9092)),
        ("strict:9094", ("strict", 9094)),
        ("127.0.0.1", ("127.0.0.1", 9092)),
        ("[::1]", ("::1", 9092)),
        ("[::1]:9094", ("::1", 9094)),
    ],
)
def test_an_address_without_a_port_is_checked_at_the_default_port(brokers, address, asked):
    with pytest.raises(AccessRefused) as refused:
        check_access(connection(address))

    assert str(refused.value).startswith(f"{address} refuses user 'wire'")
    assert brokers.asked == [asked]


def test_the_default_port_is_that_of_every_client():
    from kafka.cluster import DEFAULT_KAFKA_PORT

    assert aiokafka.conn.DEFAULT_KAFKA_PORT == DEFAULT_KAFKA_PORT == 9092
