"""The metrics and probes of real workers on a real broker: what an operator sees."""

from __future__ import annotations

import http.client
import json
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaProducer
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from streams.broker import EmbeddedBroker
from streams.events import RawArticle
from streams.host_port import Address, parse_address
from streams.kafka.admin import create_topics, delete_topics
from streams.provisioning import wire_topics
from streams.settings import Settings
from tests.broker.wire import Wire, Worker, wait_until, wireroom

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-00f067aa0ba902b7-01".encode()
HERE = {"WIREROOM_HTTP": "127.0.0.1:0"}
STAGES = ("cleanup", "entities", "labels")
OPENMETRICS = "application/openmetrics-text"


def address_of(worker: Worker) -> Address:
    """Return where `worker` listens, as its log says; the system chose the port."""
    pattern = re.compile(r"127\.0\.0\.1:\d+(?=\s|\")")
    (address, *_) = wait_until(lambda: pattern.findall(worker.log.read_text()), "the worker has a port")
    return parse_address(address)


def get(worker: Worker, path: str, timeout: float = 20.0) -> tuple[int, str]:
    connection = http.client.HTTPConnection(*address_of(worker), timeout=timeout)
    try:
        connection.request("GET", path, headers={"Accept": OPENMETRICS})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def is_ready(worker: Worker) -> bool:
    return get(worker, "/readyz")[0] == 200


def failing(worker: Worker) -> set[str]:
    """Return the names of the checks that fail."""
    checks = json.loads(get(worker, "/readyz")[1])["checks"]
    return {name for name, check in checks.items() if not check["ok"]}


def samples(worker: Worker) -> list[Any]:
    families = text_string_to_metric_families(get(worker, "/metrics")[1])
    return [sample for family in families for sample in family.samples]


def values(worker: Worker, name: str, **labels: str) -> dict[tuple[str, ...], float]:
    """Return the values of the samples called `name` that have `labels`, by their other labels."""
    return {
        tuple(value for label, value in sorted(sample.labels.items()) if label not in labels): sample.value
        for sample in samples(worker)
        if sample.name == name and labels.items() <= sample.labels.items()
    }


def send(wire: Wire, *articles: tuple[bytes, bytes], traceparent: bytes = TRACEPARENT) -> None:
    """Publish these keys and values with a trace, as any program could."""
    producer = KafkaProducer(bootstrap_servers=wire.bootstrap)
    for key, value in articles:
        producer.send(wire.topics.raw, value, key=key, headers=[("traceparent", traceparent)])
    producer.close()


def article(number: int) -> tuple[bytes, bytes]:
    raw = RawArticle(article_id=f"a{number}", body=f"{number}. Talks between Norway and Chile went on.")
    return raw.key, raw.to_bytes()


def test_a_worker_that_has_done_everything_is_ready_and_has_no_lag(wire: Wire, worker: Callable[..., Worker]):
    send(wire, *map(article, range(20)), (b"bad", b"{"))

    process = worker(*STAGES, **HERE, WIREROOM_LOG_FORMAT="text")
    wire.read_count(wire.topics.enriched, 20)

    wait_until(lambda: sum(values(process, "wireroom_articles_total").values()) == 61, "all are counted")
    done = {("done", stage): 20.0 for stage in STAGES}
    dead = {("dead", stage): float(stage == "cleanup") for stage in STAGES}
    assert values(process, "wireroom_articles_total") == done | dead
    assert values(process, "wireroom_dead_letters_total", stage="cleanup")["InvalidJson",] == 1
    assert values(process, "wireroom_article_age_seconds_count") == {
        ("cleanup",): 21.0,
        ("entities",): 20.0,
        ("labels",): 20.0,
    }
    # Their topics are written in transactions, whose control records take offsets.
    wait_until(
        lambda: sum(values(process, "wireroom_last_stable_offset", stage="labels").values()) > 20,
        "the end of the topic is known",
    )
    every_partition = {(str(number), stage): 0.0 for number in range(4) for stage in STAGES}
    wait_until(lambda: values(process, "wireroom_lag_records") == every_partition, "nothing waits")
    assert values(process, "wireroom_lag_seconds") == every_partition
    assert is_ready(process)
    assert get(process, "/livez")[0] == 200


def test_the_metrics_name_the_trace_of_an_article_and_the_log_that_of_a_dead_letter(
    wire: Wire, worker: Callable[..., Worker]
):
    send(wire, article(1), (b"bad", b'{"article_id": "bad", "body": ["secret"]}'))
    send(wire, article(2), traceparent=b"garbage")

    process = worker("cleanup", **HERE, WIREROOM_LOG_FORMAT="json")
    wire.read_count(wire.topics.clean, 2)
    wire.read_count(wire.topics.dead, 1)

    log = [json.loads(line) for line in process.log.read_text().splitlines()]
    (buried,) = [line["fields"] for line in log if line["message"] == "article buried"]
    assert (buried["stage"], buried["reason"], buried["trace_id"]) == ("cleanup", "InvalidEvent", TRACE)
    assert "secret" not in process.log.read_text()


def test_health_asks_the_port_of_the_worker(wire: Wire, worker: Callable[..., Worker], tmp_path: Path):
    process = worker("cleanup", **HERE)
    wait_until(lambda: is_ready(process), "the worker is ready")
    environment = {
        **wire.environment,
        "WIREROOM_HTTP": str(address_of(process)),
        "TMPDIR": str(tmp_path / "no-heartbeats"),
    }

    healthy = subprocess.run([wireroom(), "health"], env=environment, capture_output=True, text=True)

    assert (healthy.returncode, healthy.stdout) == (0, f"worker {process.pid} is well: 0 records delivered\n")


def test_a_worker_beyond_the_number_of_partitions_is_ready(
    wire: Wire, worker: Callable[..., Worker], labels: tuple[str, ...]
):
    prefix = f"{wire.prefix}-narrow"
    narrow = wire_topics(Settings(topic_prefix=prefix, partitions=1), labels)
    create_topics(wire.connection, narrow)
    both = [worker("cleanup", **HERE, WIREROOM_TOPIC_PREFIX=prefix, WIREROOM_GROUP=prefix) for _ in range(2)]

    def whys() -> list[str]:
        checks = [json.loads(get(process, "/readyz")[1])["checks"] for process in both]
        return sorted(each["partitions"]["why"] for each in checks)

    shared = ["reads 1 partition", "waits for a partition: other workers of its group have them all"]
    wait_until(lambda: whys() == shared, "one worker reads and the other waits")
    wait_until(lambda: all(map(is_ready, both)), "both are ready")
    delete_topics(wire.connection, [spec.name for spec in narrow])


def test_a_paused_worker_does_not_answer_and_answers_when_it_goes_on(
    wire: Wire, worker: Callable[..., Worker]
):
    process = worker("cleanup", **HERE)
    wait_until(lambda: is_ready(process), "the worker is ready")

    process.send(signal.SIGSTOP)
    wait_until(lambda: process.stands_still, "the worker stands still")
    with pytest.raises(TimeoutError):
        get(process, "/livez", timeout=1.0)

    process.send(signal.SIGCONT)
    wait_until(lambda: is_ready(process), "the worker is ready again")


@pytest.mark.slow
def test_a_worker_whose_broker_is_away_is_alive_and_not_ready_until_it_is_back(
    tmp_path: Path, labels: tuple[str, ...]
):
    broker = EmbeddedBroker(tmp_path / "broker")
    with broker:
        wire = Wire(broker.bootstrap, prefix="news", group="news")
        create_topics(wire.connection, wire_topics(Settings(topic_prefix="news", partitions=1), labels))
        process = Worker({**wire.environment, **HERE}, ["cleanup"], tmp_path / "worker.log")
        try:
            wait_until(lambda: is_ready(process), "the worker is ready")
            broker.kill()

            wait_until(lambda: failing(process) == {"broker"}, "the worker is not ready")
            assert get(process, "/livez")[0] == 200
            assert values(process, "wireroom_ready", check="broker") == {(): 0.0}

            broker.start()
            wait_until(lambda: is_ready(process), "the worker is ready again", timeout=90)
        finally:
            process.end()
            print(process.tail())
