"""Fixtures that any test may ask for: a real Kafka broker, topics of one's own, workers as processes.

`bootstrap`     address of the session's one broker, and `connection`, which leads there
`wire`          topics and a group that no other test has, and readers of them with a deadline:
                `wire.read_until(topic, key)`, `wire.read_count(topic, n)`, `wire.read_all(topic, isolation)`
`worker`        starts `wireroom worker` on that wire, as often as it is called
`read_until`, `read_all`    the same readers by name

The broker runs as a container where a Docker engine answers, else embedded. WIREROOM_TEST_BROKER chooses:
`container`, `embedded`, or the address of a broker that runs already. One that cannot be started is an error:
no test is skipped for want of a broker.
"""

from __future__ import annotations

import os
import signal
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kafka.consumer.fetcher import ConsumerRecord

from streams.broker import EmbeddedBroker
from streams.kafka.admin import create_topics, delete_topics
from streams.kafka.connection import Connection
from streams.provisioning import wire_topics
from streams.settings import Settings
from tests.broker.wire import Wire, Worker

# A shell that starts us in the background has us ignore SIGINT, and what we start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a broker, so that `-m "not broker"` leaves it out."""
    for item in items:
        if "bootstrap" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.broker)


@pytest.fixture(scope="session")
def bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the session's broker, started when the first test asks for it."""
    from tests.broker.container import KafkaInContainer, engine_answers  # slow to import

    wanted = os.environ.get("WIREROOM_TEST_BROKER") or ("container" if engine_answers() else "embedded")
    if wanted == "container":
        with KafkaInContainer() as container:
            yield container.bootstrap
    elif wanted == "embedded":
        with EmbeddedBroker(tmp_path_factory.mktemp("broker")) as broker:
            yield broker.bootstrap
    else:
        yield wanted


@pytest.fixture(scope="session")
def connection(bootstrap: str) -> Connection:
    """How to reach the session's broker."""
    return Connection(bootstrap)


@pytest.fixture(scope="session")
def labels() -> tuple[str, ...]:
    """The labels of the shipped taxonomy."""
    from streams.enrich.labels import load_labeller  # loads models

    return tuple(load_labeller(None).labels)


@pytest.fixture
def wire(bootstrap: str, labels: tuple[str, ...]) -> Iterator[Wire]:
    """Topics of this test's own, created with 4 partitions each and removed after it."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    wire = Wire(bootstrap, prefix=name, group=name)
    specs = wire_topics(Settings(topic_prefix=name, partitions=4), labels)
    create_topics(wire.connection, specs)
    yield wire
    delete_topics(wire.connection, [spec.name for spec in specs])


@pytest.fixture
def worker(wire: Wire, tmp_path: Path) -> Iterator[Callable[..., Worker]]:
    """Starts a worker on the test's wire: `worker("entities", instance="a", WIREROOM_BATCH_SIZE="10")`.

    No stage means all; more settings come as variables. It is not waited for: wait for what it writes. Those
    that still run after the test are stopped; when the test failed, the ends of their logs are shown.
    """
    started: list[Worker] = []

    def start(*stages: str, instance: str | None = None, **settings: str) -> Worker:
        environment = {**wire.environment, **settings}
        if instance:
            environment["WIREROOM_INSTANCE"] = instance
        started.append(Worker(environment, stages, tmp_path / f"worker-{len(started) + 1}.log"))
        return started[-1]

    yield start
    for one in started:
        one.end()
        print(f"--- {one.log.name}\n{one.tail()}")


@pytest.fixture
def read_until(wire: Wire) -> Callable[..., ConsumerRecord]:
    """`read_until(topic, key)`: the first record with that key."""
    return wire.read_until


@pytest.fixture
def read_all(wire: Wire) -> Callable[..., list[ConsumerRecord]]:
    """`read_all(topic, isolation)`: every record up to the end."""
    return wire.read_all
