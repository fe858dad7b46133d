"""The alerts and the dashboard with a real worker, a real broker and a real Prometheus."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from dataclasses import dataclass

import psutil
import pytest

from producers import publish
from streams.broker import EmbeddedBroker
from streams.broker.ports import free_port
from streams.events import RawArticle
from streams.kafka.admin import create_topics
from streams.provisioning import wire_topics
from streams.settings import Settings
from tests.broker.wire import Wire, Worker, wait_until
from tests.deploy.helm import render
from tests.deploy.places import alerts, dashboard_queries
from tests.deploy.prometheus import Prometheus

pytestmark = [pytest.mark.broker, pytest.mark.timeout(300)]

PATIENCE = 120.0  # seconds; only a failing test waits that long
STAGE_SECONDS = "4"


@dataclass
class Observed:
    """A wire with one worker, and the Prometheus that observes it."""

    broker: EmbeddedBroker
    wire: Wire
    worker: Worker
    prometheus: Prometheus
    broker_is_dead: bool = False

    def kill_broker(self) -> None:
        """Kill the broker, which starts again for the next test."""
        self.broker.kill()
        self.broker_is_dead = True

    def publish(self, first: int, beyond: int) -> None:
        """Publish articles with the numbers from `first` up to `beyond`."""
        articles = [
            RawArticle(article_id=f"a{number}", body=f"{number}. Talks between Norway and Chile went on.")
            for number in range(first, beyond)
        ]
        assert publish(articles, settings=self.wire.settings) == len(articles)

    def wait_for_alert(self, name: str) -> None:
        assert name in alerts()
        wait_until(lambda: name in self.prometheus.firing(), f"{name} fires", timeout=PATIENCE)

    def wait_until_well(self) -> None:
        """Return when no alert fires; those that look back for minutes may go on."""
        wait_until(lambda: not self.prometheus.firing() - LOOK_BACK, "no alert fires", timeout=PATIENCE)


SCALED = {
    "worker": {"autoscaling": {"enabled": True}},
    "monitoring": {"serviceMonitor": {"enabled": True}},
}
TOGETHER_SCALED = {**SCALED, "layout": "together"}
STAGES_SCALED = {**SCALED, "layout": "perStage", "topics": {"storyPartitions": 4}}

LOOK_BACK = {
    name for name, rule in alerts().items() if "increase(" in rule["expr"] or "changes(" in rule["expr"]
}


@pytest.fixture(scope="module")
def observed(
    prometheus_binary: str, tmp_path_factory: pytest.TempPathFactory, labels: tuple[str, ...]
) -> Iterator[Observed]:
    folder = tmp_path_factory.mktemp("observed")
    address = f"127.0.0.1:{free_port()}"
    with EmbeddedBroker(folder / "broker") as broker:
        wire = Wire(broker.bootstrap, prefix="news", group="news")
        create_topics(wire.connection, wire_topics(Settings(topic_prefix="news", partitions=2), labels))
        environment = {
            **wire.environment,
            "WIREROOM_HTTP": address,
            "WIREROOM_STAGE_SECONDS": STAGE_SECONDS,
        }
        worker = Worker(environment, [], folder / "worker.log")
        try:
            # In Kubernetes, a target has these labels as well.
            target_labels = {"namespace": "news", "service": "wireroom", "pod": "wireroom-0"}
            prometheus = Prometheus(prometheus_binary, folder / "prometheus", address, target_labels)
            try:
                prometheus.wait()
                yield Observed(broker, wire, worker, prometheus)
            finally:
                prometheus.stop()
        finally:
            worker.end()
            print(worker.tail())


@pytest.fixture
def healthy(observed: Observed) -> Observed:
    """Return the wire when its worker is ready and nothing is wrong."""
    if observed.broker_is_dead:
        observed.broker.start()
        observed.broker_is_dead = False
    ready = 'min(wireroom_ready{job="wireroom"})'
    wait_until(lambda: observed.prometheus.value(ready) == 1, "the worker is ready", timeout=PATIENCE)
    observed.wait_until_well()
    return observed


def test_the_dashboard_shows_a_wire_at_work_and_no_alert_fires(healthy: Observed):
    prometheus = healthy.prometheus
    done = 'sum(wireroom_articles_total{stage="labels", outcome="done"})'
    compared = [query for query in dashboard_queries() if any(sign in query for sign in ("> 0", "== 0"))]
    always = [query for query in dashboard_queries() if query not in compared and "ALERTS" not in query]

    healthy.publish(0, 20)

    wait_until(lambda: (prometheus.value(done) or 0) >= 20, "Prometheus has seen them", timeout=PATIENCE)
    assert len(always) > 20
    for query in always:
        wait_until(lambda query=query: prometheus.query(query), f"{query} has a result")  # type: ignore[misc]
    for query in compared:  # they have results only when something is wrong
        prometheus.query(query)
    wait_until(lambda: prometheus.value("sum(wireroom:lag_records:sum)") == 0, "nothing waits")
    assert prometheus.rule_problems() == {}
    healthy.wait_until_well()


def test_keda_asks_for_the_lag_that_the_worker_has(healthy: Observed):
    scaled = [each for each in render(TOGETHER_SCALED) if each["kind"] == "ScaledObject"]
    per_stage = [each for each in render(STAGES_SCALED) if each["kind"] == "ScaledObject"]
    queries = [each["spec"]["triggers"][0]["metadata"]["query"] for each in [*scaled, *per_stage]]

    for query in queries:
        wait_until(lambda query=query: healthy.prometheus.value(query) == 0, f"{query} is 0")  # type: ignore[misc]

    assert len(queries) > len(scaled) == 1


def test_a_paused_worker_raises_the_alert_that_it_does_not_answer(healthy: Observed):
    healthy.worker.send(signal.SIGSTOP)
    try:
        healthy.wait_for_alert("WireroomWorkerDown")
        assert "WireroomBrokerAway" not in healthy.prometheus.firing()
    finally:
        healthy.worker.send(signal.SIGCONT)

    healthy.wait_until_well()


def test_a_stage_that_hangs_raises_the_alert_that_a_batch_is_stuck(healthy: Observed):
    def hang() -> bool:
        """Pause each stage process, also those that replace one that was ended; look for the alert."""
        for child in children(healthy.worker):
            with contextlib.suppress(psutil.NoSuchProcess):
                child.suspend()
        return "WireroomBatchStuck" in healthy.prometheus.firing()

    hang()
    healthy.publish(100, 103)
    wait_until(hang, "WireroomBatchStuck fires", timeout=PATIENCE)
    firing = healthy.prometheus.firing()
    for child in children(healthy.worker):
        with contextlib.suppress(psutil.NoSuchProcess):
            child.resume()

    assert not firing & {"WireroomBrokerAway", "WireroomWorkerDown", "WireroomNoWorkers"}
    healthy.wait_until_well()


def test_a_dead_broker_raises_its_own_alert(healthy: Observed):
    healthy.kill_broker()

    healthy.wait_for_alert("WireroomBrokerAway")
    assert not healthy.prometheus.firing() & {"WireroomWorkerDown", "WireroomBatchStuck"}


def children(worker: Worker) -> list[psutil.Process]:
    return psutil.Process(worker.pid).children(recursive=True)
