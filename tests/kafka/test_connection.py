"""A connection leads where its caller says, whatever the environment says. The clients are fakes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

import producers.articles
import streams.kafka.admin
import streams.kafka.connection
import streams.kafka.reader
import streams.kafka.subscription
import streams.kafka.transactions
from producers import publish
from streams.errors import BrokerError
from streams.jobs.relabel import relabel
from streams.jobs.replay import DeadLetters, replay
from streams.kafka.admin import (
    administer,
    create_topics,
    delete_topics,
    list_topics,
)
from streams.kafka.connection import Connection, check_address, connect
from streams.kafka.lag import lag
from streams.kafka.offsets import committed_offsets, end_offsets
from streams.kafka.reader import TopicReader
from streams.kafka.transactions import TransactionClient, transactional_job
from streams.provisioning import missing_topics
from streams.settings import Settings
from streams.subscribers import records, subscribe
from streams.topics import Topics

BROKER = "own.example:9092"
PASSWORD = "own battery"  # noqa: S105 - no broker knows it
SECURITY = {
    "security_protocol": "SASL_PLAINTEXT",
    "sasl_mechanism": "SCRAM-SHA-512",
    "sasl_plain_username": "own",
    "sasl_plain_password": PASSWORD,
}
TOPICS = Topics("news")


class Connecting(Exception):
    """A client was made with these options."""

    def __init__(self, **options: Any) -> None:
        super().__init__(options)
        self.options = options


def fake_client(**options: Any) -> None:
    raise Connecting(**options)


@pytest.fixture
def own_settings(monkeypatch) -> Settings:
    """The caller's settings, in an environment that says otherwise and must not be read again."""
    own = Settings(
        broker=BROKER,
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism="SCRAM-SHA-512",
        sasl_username="own",
        sasl_password=PASSWORD,
    )
    monkeypatch.setenv("WIREROOM_BROKER", "wrong.example:9092")
    monkeypatch.setenv("WIREROOM_SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("WIREROOM_SASL_USERNAME", "wrong")
    monkeypatch.setenv("WIREROOM_SASL_PASSWORD", "wrong battery")

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("the settings were read from the environment")

    monkeypatch.setattr(Settings, "__init__", refuse)
    monkeypatch.setattr(streams.kafka.connection, "check_access", lambda _connection: None)
    for module, client in (
        (producers.articles, "KafkaProducer"),
        (streams.kafka.subscription, "KafkaConsumer"),
        (streams.kafka.reader, "KafkaConsumer"),
        (streams.kafka.admin, "KafkaAdminClient"),
        (streams.kafka.transactions, "FailFastProducer"),
        (streams.kafka.transactions, "AIOKafkaAdminClient"),
    ):
        monkeypatch.setattr(module, client, fake_client)
    return own


async def run_job(connection: Connection) -> None:
    async with transactional_job(connection, "job", "id", verb="done", done=str):
        pass


def run_relabel(connection: Connection) -> None:
    labeller: Any = SimpleNamespace(taxonomy_hash="hash", labels=[])
    relabel(connection, TOPICS, "group", labeller, batch_size=1, max_event_bytes=1_000)


CONNECTING: dict[str, Callable[[Connection], object]] = {
    "administer": lambda connection: administer(connection).__enter__(),
    "create_topics": lambda connection: create_topics(connection, []),
    "list_topics": list_topics,
    "delete_topics": lambda connection: delete_topics(connection, []),
    "end_offsets": lambda connection: end_offsets(connection, []),
    "lag": lambda connection: lag(connection, "group", []),
    "committed_offsets": lambda connection: committed_offsets(connection, "group", []),
    "TopicReader": TopicReader,
    "DeadLetters": lambda connection: DeadLetters(connection, TOPICS),
    "replay": lambda connection: replay(connection, TOPICS, "group", replay_limit=3),
    "relabel": run_relabel,
    "transactional_job": lambda connection: asyncio.run(run_job(connection)),
    "producer of a worker": lambda connection: TransactionClient(connection).producer("id", 1_000),
    "admin of a worker": lambda connection: TransactionClient(connection).admin(),
}


def connect_with(function: Callable[[Connection], object], settings: Settings) -> object:
    return function(Connection.from_settings(settings))


SETTING: dict[str, Callable[[Settings], object]] = {
    "publish": lambda settings: publish([], settings=settings),
    "subscribe": lambda settings: subscribe("news.clean", settings=settings),
    "records": lambda settings: records("news.clean", settings=settings),
    "missing_topics": lambda settings: missing_topics(
        Connection.from_settings(settings), settings, ["cleanup"]
    ),
    **{name: partial(connect_with, function) for name, function in CONNECTING.items()},
}


@pytest.mark.parametrize("reach", SETTING.values(), ids=SETTING)
def test_a_caller_with_settings_connects_with_those_and_nothing_else(own_settings, reach):
    with pytest.raises(Connecting) as connecting:
        reach(own_settings)

    options = connecting.value.options
    assert options["bootstrap_servers"] in (BROKER, [BROKER])
    assert options | SECURITY == options
    assert "ssl_context" not in options


@pytest.mark.parametrize("call", [publish, subscribe, records])
def test_a_caller_without_settings_connects_as_the_environment_says(monkeypatch, call):
    monkeypatch.setenv("WIREROOM_BROKER", BROKER)
    monkeypatch.setattr(producers.articles, "KafkaProducer", fake_client)
    monkeypatch.setattr(streams.kafka.subscription, "KafkaConsumer", fake_client)

    with pytest.raises(Connecting) as connecting:
        call("news.clean")

    assert connecting.value.options["bootstrap_servers"] == [BROKER]


@pytest.mark.parametrize("call", [publish, subscribe, records])
def test_an_address_that_is_given_wins_over_that_of_the_settings(own_settings, call):
    with pytest.raises(Connecting) as connecting:
        call("news.clean", bootstrap="other.example:9092", settings=own_settings)

    assert connecting.value.options["bootstrap_servers"] == ["other.example:9092"]
    assert connecting.value.options["sasl_plain_username"] == "own"


def test_a_client_connects_to_each_of_several_addresses():
    with pytest.raises(Connecting) as connecting:
        connect(Connection("a:9092, b:9093,[::1]"), fake_client)

    assert connecting.value.options["bootstrap_servers"] == ["a:9092", "b:9093", "[::1]"]


def test_a_connection_never_shows_its_password():
    connection = Connection(BROKER, "SASL_PLAINTEXT", sasl_username="own", sasl_password=PASSWORD)

    shown = f"{connection!r} {connection} {connection.client_options()}"

    assert PASSWORD not in shown
    assert connection.client_options()["sasl_plain_password"] == PASSWORD


def test_a_connection_without_sasl_sends_no_password():
    connection = Connection(BROKER, sasl_username="own", sasl_password=PASSWORD)

    assert connection.client_options() == {"security_protocol": "PLAINTEXT"}


@pytest.mark.parametrize("address", ["", "http://localhost:9092", "localhost:kafka", "a:9092,,b:9092"])
def test_what_is_not_an_address_is_refused_before_anything_connects(address):
    with pytest.raises(BrokerError, match="is not a broker address: write HOST:PORT"):
        check_address(address)
