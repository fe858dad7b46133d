"""Fixtures that any test may ask for: a real Kafka broker, topics of its own, workers as processes.

`bootstrap` is the address of the session's one broker, and `connection` leads there. `wire` is a set of
topics and a group that no other test has, with readers that have a deadline. `worker` starts `wireroom
worker` on that wire.

The broker runs as a container where a Docker engine answers, else embedded. WIREROOM_TEST_BROKER chooses:
`container`, `embedded`, or the address of a broker that runs already. A broker that cannot start is an error:
no test is skipped because the broker is missing.
"""

from __future__ import annotations

import os
import signal
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from kafka.consumer.fetcher import ConsumerRecord

from streams.broker import EmbeddedBroker
from streams.kafka.admin import create_topics, delete_topics
from streams.kafka.connection import Connection
from streams.provisioning import wire_topics
from streams.settings import Settings
from tests.broker.wire import Wire, Worker

# A shell that starts pytest in the background makes it ignore SIGINT, and its child processes would inherit
# that.
signal.signal(signal.SIGINT, signal.default_int_handler)

# `make unit` draws a few examples for each property, `make test` draws many; neither has a time limit.
hypothesis_settings.register_profile("quick", max_examples=50, deadline=None)
hypothesis_settings.register_profile("thorough", max_examples=150, deadline=None)
hypothesis_settings.load_profile("quick")

KEPT = ("WIREROOM_TEST_", "WIREROOM_REQUIRE_", "WIREROOM_DATA")
AMBIENT = {
    "WIREROOM_BROKER": "127.0.0.1:9",  # nobody listens on the port of the discard protocol
    "WIREROOM_SECURITY_PROTOCOL": "SASL_SSL",
    "WIREROOM_SASL_USERNAME": "ambient",
    "WIREROOM_SASL_PASSWORD": "ambient",
    "WIREROOM_TOPIC_PREFIX": "ambient",
    "WIREROOM_GROUP": "ambient",
}
"""The environment of `Settings()` in a test that sets nothing: code that should use its arguments fails."""

EXTERNAL = frozenset({"browser", "promtool", "prometheus_binary"})
"""The fixtures that need a program from Debian's packages."""

for name in [name for name in os.environ if name.startswith("WIREROOM_") and not name.startswith(KEPT)]:
    del os.environ[name]
os.environ.update(AMBIENT)


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test that needs a broker or another program, so that `-m "not broker"` leaves it out.

    Where pytest-xdist runs several processes, each has a broker of its own, and one runs all tests of the
    engine, which share containers. All these tests come first, since they take longest.
    """
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "bootstrap" in fixtures:
            item.add_marker(pytest.mark.broker)
        if not EXTERNAL.isdisjoint(fixtures):
            item.add_marker(pytest.mark.external)
        if item.get_closest_marker("engine") is not None:
            item.add_marker(pytest.mark.xdist_group("engine"))
    items.sort(key=lambda item: not needs_service(item))


def needs_service(item: pytest.Item) -> bool:
    """Return True if the test needs a broker or a Docker engine."""
    return item.get_closest_marker("broker") is not None or item.get_closest_marker("engine") is not None


@pytest.fixture
def no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder, without any WIREROOM_* variable."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("WIREROOM_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of the session's broker, which starts when the first test asks for it."""
    from tests.broker.container import KafkaInContainer, engine_answers  # slow to import

    choice = os.environ.get("WIREROOM_TEST_BROKER") or ("container" if engine_answers() else "embedded")
    if choice == "container":
        with KafkaInContainer() as container:
            yield container.bootstrap
    elif choice == "embedded":
        with EmbeddedBroker(tmp_path_factory.mktemp("broker")) as broker:
            yield broker.bootstrap
    else:
        yield choice


@pytest.fixture(scope="session")
def connection(bootstrap: str) -> Connection:
    """Return the connection to the session's broker."""
    return Connection(bootstrap)


@pytest.fixture(scope="session")
def labels() -> tuple[str, ...]:
    """Return the labels of the shipped taxonomy."""
    from streams.enrich.labels import load_labeller  # loads models

    return tuple(load_labeller(None).labels)


@pytest.fixture
def wire(bootstrap: str, labels: tuple[str, ...]) -> Iterator[Wire]:
    """Create topics for this test alone, with 4 partitions each, and remove them after it."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    wire = Wire(bootstrap, prefix=name, group=name)
    specs = wire_topics(Settings(topic_prefix=name, partitions=4), labels)
    create_topics(wire.connection, specs)
    yield wire
    delete_topics(wire.connection, [spec.name for spec in specs])


@pytest.fixture
def worker(wire: Wire, tmp_path: Path) -> Iterator[Callable[..., Worker]]:
    """Return a function that starts a worker: `worker("entities", instance="a", WIREROOM_BATCH_SIZE="10")`.

    Without a stage the worker runs all of them. Further settings are passed as variables. The function
    returns at once, so a test waits for the records that the worker writes. Workers that still run after the
    test are stopped; when the test failed, the ends of their logs are shown.
    """
    started: list[Worker] = []

    def start(*stages: str, instance: str | None = None, **settings: str) -> Worker:
        environment = {**wire.environment, **settings}
        if instance:
            environment["WIREROOM_INSTANCE"] = instance
        started.append(Worker(environment, stages, tmp_path / f"worker-{len(started) + 1}.log"))
        return started[-1]

    yield start
    for process in started:
        process.end()
        print(f"--- {process.log.name}\n{process.tail()}")


@pytest.fixture
def read_until(wire: Wire) -> Callable[..., ConsumerRecord]:
    """Return `read_until(topic, key)`, which reads the first record with that key."""
    return wire.read_until


@pytest.fixture
def read_all(wire: Wire) -> Callable[..., list[ConsumerRecord]]:
    """Return `read_all(topic, isolation)`, which reads every record up to the end."""
    return wire.read_all
