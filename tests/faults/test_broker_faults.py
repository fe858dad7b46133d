"""The broker dies, pauses or stays away while articles pass: each article still comes out once."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from streams.broker import EmbeddedBroker
from streams.kafka.admin import create_topics
from streams.kafka.connection import Connection
from streams.provisioning import wire_topics
from streams.settings import Settings
from tests.broker.wire import Wire, wait_until
from tests.faults.flow import LABELS, draw_articles
from tests.faults.observer import Run

pytestmark = [pytest.mark.fault, pytest.mark.broker, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBroker]:
    """Return a broker that these tests may kill."""
    with EmbeddedBroker(tmp_path_factory.mktemp("mortal")) as broker:
        yield broker


@pytest.fixture
def run(broker: EmbeddedBroker, begin: Callable[[Wire], Run], tmp_path: Path) -> Run:
    """Return a run on that broker."""
    if not broker.running:
        broker.start()
    name = f"test-{tmp_path.parent.name}-{tmp_path.name}"[-40:]
    create_topics(
        Connection(broker.bootstrap), wire_topics(Settings(topic_prefix=name, partitions=4), LABELS)
    )
    return begin(Wire(broker.bootstrap, prefix=name, group=name))


def test_workers_that_wait_for_the_broker_start_when_it_arrives(
    broker: EmbeddedBroker, run: Run, drawn: random.Random
):
    run.publish(draw_articles(drawn, 1000), poison=20)
    broker.kill()
    workers = [run.start(name, WIREROOM_TEST_WAIT="60") for name in "ab"]
    time.sleep(12)  # this is the fault itself
    assert all(worker.running for worker in workers)
    broker.start()
    run.struck("workers started without a broker")

    run.verify()


# Seconds: at once; more than the session's time-out (10); more than each of our time-outs (requests: 30).
@pytest.mark.parametrize("seconds", [0, 12, 45])
def test_a_broker_killed_and_started_again_costs_no_article(
    broker: EmbeddedBroker, run: Run, drawn: random.Random, seconds: float
):
    run.publish(draw_articles(drawn, 1000), poison=20)
    for name in "ab":
        run.start(name)
    run.wait_for(0.2 + 0.2 * drawn.random())
    broker.kill()
    time.sleep(seconds)  # this is the fault itself
    broker.start()
    run.struck(f"broker away for {seconds} s")

    run.verify()


def test_a_worker_whose_broker_dies_before_it_knows_its_offsets_starts_when_the_broker_is_back(
    broker: EmbeddedBroker, run: Run, drawn: random.Random
):
    run.publish(draw_articles(drawn, 200), poison=10)
    worker = run.start("a", fault="SIGSTOP assigned:1")
    wait_until(lambda: worker.stands_still, "the worker stands still", 60)
    broker.kill()
    worker.send(signal.SIGCONT)
    time.sleep(35)  # this is the fault itself: more than the time-out of requests, 30 s
    broker.start()
    run.struck("broker away while a worker asks for offsets")

    run.verify()


@pytest.mark.parametrize("seconds", [5, 20])
def test_a_broker_that_pauses_and_continues_costs_no_article(
    broker: EmbeddedBroker, run: Run, drawn: random.Random, seconds: float
):
    run.publish(draw_articles(drawn, 1000), poison=20)
    for name in "ab":
        run.start(name)
    run.wait_for(0.2 + 0.2 * drawn.random())
    assert broker.pid is not None
    os.kill(broker.pid, signal.SIGSTOP)
    time.sleep(seconds)  # this is the fault itself
    os.kill(broker.pid, signal.SIGCONT)
    run.struck(f"broker paused for {seconds} s")

    run.verify()


def test_a_worker_killed_while_the_broker_is_away_costs_no_article(
    broker: EmbeddedBroker, run: Run, drawn: random.Random
):
    run.publish(draw_articles(drawn, 1000), poison=20)
    workers = {name: run.start(name) for name in "ab"}
    run.wait_for(0.2)
    broker.kill()
    victim = drawn.choice("ab")
    workers[victim].kill()
    broker.start()
    run.struck(f"broker and worker {victim} killed")
    run.start(victim)

    run.verify()


@pytest.mark.parametrize("seconds", [0, 12])
def test_a_worker_told_to_stop_while_the_broker_is_away_ends_in_order(
    broker: EmbeddedBroker, run: Run, drawn: random.Random, seconds: float
):
    run.publish(draw_articles(drawn, 1000), poison=20)
    worker = run.start("a")
    run.wait_for(0.2 + 0.2 * drawn.random())
    broker.kill()
    time.sleep(seconds)  # until its group has dropped it
    worker.send(signal.SIGTERM)
    code = worker.wait(30)
    broker.start()
    run.struck("broker away, worker stopped")
    run.start("b")

    run.verify()
    assert code == 0
