"""The network to the broker is slow, stalls, breaks or loses messages: each article still comes out once."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from streams.broker import EmbeddedBroker
from streams.broker.ports import free_port
from streams.broker.properties import HOST
from streams.broker.quorum import Quorum
from streams.kafka.admin import create_topics
from streams.kafka.connection import Connection
from streams.provisioning import wire_topics
from streams.settings import Settings
from tests.broker.wire import Wire
from tests.faults.flow import LABELS, draw_articles
from tests.faults.observer import Run
from tests.faults.proxy import Api, Loss, Proxy

pytestmark = [pytest.mark.fault, pytest.mark.broker, pytest.mark.timeout(600)]


@dataclass(frozen=True)
class FarWire(Wire):
    """A wire whose workers reach the broker through a proxy; the test itself connects directly."""

    through: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a worker behind the proxy."""
        return {**super().environment, "WIREROOM_BROKER": self.through}


@pytest.fixture(scope="module")
def way(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[EmbeddedBroker, Proxy]]:
    """Return a broker with two listeners, and the proxy in front of the second one."""
    near, far, proxied = free_port(), free_port(), free_port()
    quorum = Quorum.of(1)
    listeners = {"PLAINTEXT": near, "FAR": far, "CONTROLLER": quorum.ports[0]}
    overrides = {
        "listeners": ",".join(f"{name}://{HOST}:{port}" for name, port in listeners.items()),
        "advertised.listeners": f"PLAINTEXT://{HOST}:{near},FAR://{HOST}:{proxied}",
        "listener.security.protocol.map": ",".join(f"{name}:PLAINTEXT" for name in listeners),
        "inter.broker.listener.name": "PLAINTEXT",
    }
    data = tmp_path_factory.mktemp("far")
    with (
        EmbeddedBroker(data, near, quorum=quorum, overrides=overrides) as broker,
        Proxy(proxied, far) as proxy,
    ):
        yield broker, proxy


@pytest.fixture
def proxy(way: tuple[EmbeddedBroker, Proxy]) -> Proxy:
    """Return the proxy with its counts at zero."""
    way[1].lost.clear()
    return way[1]


@pytest.fixture
def run(
    way: tuple[EmbeddedBroker, Proxy], begin: Callable[[Wire], Run], drawn: random.Random, tmp_path: Path
) -> Run:
    """Return a run with two workers behind the proxy and a thousand articles."""
    broker, proxy = way
    name = f"test-{tmp_path.parent.name}-{tmp_path.name}"[-40:]
    create_topics(
        Connection(broker.bootstrap), wire_topics(Settings(topic_prefix=name, partitions=4), LABELS)
    )
    run = begin(FarWire(broker.bootstrap, prefix=name, group=name, through=proxy.bootstrap))
    run.publish(draw_articles(drawn, 1000), poison=20)
    for worker in "ab":
        run.start(worker)
    return run


@pytest.mark.parametrize("loss", Loss, ids=lambda loss: loss.name.lower())
def test_a_commit_that_is_lost_on_its_way_happens_once(run: Run, proxy: Proxy, loss: Loss):
    for share in (0.1, 0.3, 0.5, 0.7):
        run.wait_for(share)
        proxy.lose(Api.END_TXN, loss, 2)
        run.struck(f"EndTxn: {loss.value}")

    run.verify()
    assert proxy.lost == {(Api.END_TXN, loss): 8}


def test_a_message_that_is_lost_at_any_other_step_of_a_transaction_repeats_nothing(
    run: Run, proxy: Proxy, drawn: random.Random
):
    steps = [api for api in Api if api is not Api.END_TXN]
    for number, step in enumerate(steps, start=1):
        run.wait_for(number / (len(steps) + 3))
        for loss in Loss:
            proxy.lose(step, loss)
        if step is Api.INIT_PRODUCER_ID:
            proxy.cut()  # else no producer would ask for it again
        run.struck(f"{step.name} lost")

    run.verify()
    assert {step for step, _ in proxy.lost} == set(steps)


def test_connections_that_are_cut_repeatedly_cost_no_article(run: Run, proxy: Proxy):
    for cut in range(1, 13):
        run.wait_for(cut / 14)
        proxy.cut()
        run.struck(f"cut {cut}")

    run.verify()


def test_slow_answers_cost_no_article(run: Run, proxy: Proxy, drawn: random.Random):
    for share, delay in ((0.1, 0.3), (0.2, 0.05), (0.5, 0.0)):
        run.wait_for(share)
        proxy.delay = delay
        run.struck(f"delay of {delay} s")

    run.verify()


def test_a_network_that_stalls_and_recovers_repeats_nothing(run: Run, proxy: Proxy):
    run.wait_for(0.3)
    proxy.hold()
    time.sleep(
        20
    )  # this is the fault itself: more than the time-outs of session and transaction, 10 and 15 s
    proxy.let_go()
    run.struck("network stalled for 20 s")

    run.verify()


def test_a_broker_that_cannot_be_reached_for_a_while_costs_no_article(run: Run, proxy: Proxy):
    run.wait_for(0.3)
    proxy.open = False
    proxy.cut()
    time.sleep(12)  # this is the fault itself: more than the session's time-out
    proxy.open = True
    run.struck("no way to the broker for 12 s")

    run.verify()
