"""The broker has no room, or no topic for dead letters: nothing is skipped, and the flow continues later."""

from __future__ import annotations

import contextlib
import random
import resource
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kafka.admin import ConfigResource, ConfigResourceType

from streams.broker import EmbeddedBroker
from streams.kafka.admin import administer, create_topics, delete_topics
from streams.kafka.connection import Connection
from streams.provisioning import wire_topics
from streams.settings import Settings
from tests.broker.wire import Wire, wait_until
from tests.faults.flow import LABELS, draw_articles
from tests.faults.observer import PATIENCE, Run, await_ready

pytestmark = [pytest.mark.fault, pytest.mark.broker, pytest.mark.timeout(600)]

SPARE = 5_000  # bytes that still fit: less than a batch of results


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Return a small file system; the test is skipped where this process may not mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "wireroom", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a file system")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def begin_on(broker: EmbeddedBroker, begin: Callable[[Wire], Run]) -> Run:
    create_topics(
        Connection(broker.bootstrap), wire_topics(Settings(partitions=4, topic_prefix="news"), LABELS)
    )
    return begin(Wire(broker.bootstrap, prefix="news", group="news"))


def test_a_log_directory_that_fills_up_and_is_freed_costs_no_article(
    disk: Path, begin: Callable[[Wire], Run], drawn: random.Random
):
    with EmbeddedBroker(disk) as broker:
        run = begin_on(broker, begin)
        run.publish(draw_articles(drawn, 1000), poison=20)
        for name in "ab":
            run.start(name)
        run.wait_for(0.2)
        filler = disk / "filler"
        with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(65_536))
        wait_until(lambda: not broker.running, "Kafka gives up its full log directory", PATIENCE)
        filler.unlink()
        broker.start()
        run.struck("log directory full")

        run.verify()


def test_a_log_that_cannot_grow_costs_no_article(
    tmp_path: Path, begin: Callable[[Wire], Run], drawn: random.Random
):
    with EmbeddedBroker(tmp_path / "data") as broker:
        run = begin_on(broker, begin)
        run.publish(draw_articles(drawn, 1000), poison=20)
        for name in "ab":
            run.start(name)
        run.wait_for(0.2)
        largest = max(file.stat().st_size for file in broker.data.glob("logs/*/*.log"))
        assert broker.pid is not None
        resource.prlimit(broker.pid, resource.RLIMIT_FSIZE, (largest + SPARE, resource.RLIM_INFINITY))
        wait_until(lambda: not broker.running, "Kafka gives up its log directory", PATIENCE)
        broker.start()
        run.struck("log cannot grow")

        run.verify()


def test_dead_letters_that_the_broker_refuses_stop_the_worker_until_it_accepts_them(
    run: Run, drawn: random.Random
):
    dead = run.wire.topics.dead
    with administer(run.wire.connection) as admin:
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, dead, {"max.message.bytes": "100"})])
    run.publish(draw_articles(drawn, 500), poison=10)
    worker = run.start("a")
    assert worker.wait() == 1
    assert not run.watch.counts[dead]
    with administer(run.wire.connection) as admin:
        admin.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, dead, {"max.message.bytes": "1000000"})]
        )
    run.struck("dead letters refused")
    run.start("a")

    run.verify()


def test_a_worker_waits_while_the_topic_of_dead_letters_is_missing(run: Run, drawn: random.Random):
    run.publish(draw_articles(drawn, 200, deeds=()))
    await_ready(run.start("a"))
    delete_topics(run.wire.connection, [run.wire.topics.dead])
    run.publish(draw_articles(drawn, 500), poison=10)
    time.sleep(5)  # this is the fault itself
    run.struck("no topic for dead letters")
    create_topics(
        run.wire.connection, wire_topics(Settings(topic_prefix=run.wire.prefix, partitions=4), LABELS)
    )

    run.verify()
