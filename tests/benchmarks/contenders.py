"""Wireroom and its peers as processes on their own topics, and their use of the machine."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import psutil
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from streams.kafka.admin import create_topics
from streams.kafka.connection import Connection
from streams.provisioning import wire_topics
from streams.settings import Settings
from streams.topics import Topics

PATIENCE = 300.0  # seconds until a contender counts as stuck

Command = tuple[str, ...]
Event = tuple[bytes, bytes, list[tuple[str, bytes]]]  # key, value and headers of a record


def wireroom(*stages: str) -> Command:
    """Return a worker as shipped, with all stages or with `stages`."""
    chosen = [option for stage in stages for option in ("--stage", stage)]
    return ("-c", "from streams.cli import main; main()", "worker", "--log-level", "ERROR", *chosen)


def noop(work: str, *http: str) -> Command:
    """Return a worker without enrichment: it passes `bytes`, or decodes and encodes `events`.

    `http` is the address of its HTTP port, if it shall have one.
    """
    return ("-m", "tests.benchmarks.noop", work, *http)


def peer(library: str, guarantee: str, work: str) -> Command:
    """Return a peer of tests.benchmarks.peers."""
    return ("-m", "tests.benchmarks.peers", library, guarantee, work)


@dataclass(frozen=True)
class Use:
    """The resources that a contender used for some articles."""

    articles: int
    seconds: float
    cpu: Sequence[float]  # seconds of each process

    @property
    def rate(self) -> float:
        """Articles per second."""
        return self.articles / self.seconds

    @property
    def cost(self) -> float:
        """CPU microseconds per article, of all processes together."""
        return sum(self.cpu) / self.articles * 1e6


class Contender:
    """Processes on their own topics, and a reader of their results."""

    def __init__(self, name: str, bootstrap: str, wire: Topics, processes: Sequence[psutil.Process]) -> None:
        self.name = name
        self.wire = wire
        self._processes = processes
        self._producer = KafkaProducer(bootstrap_servers=bootstrap, linger_ms=5)
        self._consumer = consumer_of(bootstrap, wire.enriched)
        self._seen = self._sent = 0

    def publish(self, event: Event) -> None:
        """Send one article."""
        key, value, headers = event
        self._producer.send(self.wire.raw, value, key=key, headers=headers)
        self._sent += 1

    def arrived(self, timeout_ms: int) -> list[bytes]:
        """Return the keys of the results since the last call, after at most `timeout_ms`."""
        keys = [
            record.key
            for records in self._consumer.poll(timeout_ms=timeout_ms).values()
            for record in records
        ]
        self._seen += len(keys)
        return keys

    def run(self, events: Sequence[Event]) -> Use:
        """Publish `events`, wait until each has come out, and return the resources used."""
        before, began = self._cpu(), time.monotonic()
        for event in events:
            self.publish(event)
        self._producer.flush()
        while self._seen < self._sent:
            self.arrived(50)
            if time.monotonic() > began + PATIENCE:
                raise SystemExit(f"{self.name}: {self._seen} of {self._sent} articles after {PATIENCE:.0f} s")
        took, after = time.monotonic() - began, self._cpu()
        return Use(len(events), took, [used - before.get(pid, 0.0) for pid, used in after.items()])

    def process_cpu(self) -> float:
        """Return the CPU seconds that the first process has used, without its children."""
        times = self._processes[0].cpu_times()
        return times.user + times.system

    def memory(self) -> int:
        """Return the resident memory of all processes together, in bytes."""
        return sum(process.memory_info().rss for process in self._family())

    def close(self) -> None:
        """Close the reader and the producer."""
        self._consumer.close()
        self._producer.close()

    def _family(self) -> list[psutil.Process]:
        return [
            member for process in self._processes for member in (process, *process.children(recursive=True))
        ]

    def _cpu(self) -> dict[int, float]:
        times = {process.pid: process.cpu_times() for process in self._family()}
        return {pid: time.user + time.system for pid, time in times.items()}


@contextmanager
def running(bootstrap: str, *commands: Command, partitions: int = 4) -> Iterator[Contender]:
    """Yield a contender with a process for each of `commands`, on new topics; end them afterwards."""
    prefix = f"bench-{uuid.uuid4().hex[:8]}"
    create_topics(Connection(bootstrap), wire_topics(Settings(topic_prefix=prefix, partitions=partitions)))
    environment = {
        **os.environ,
        "WIREROOM_BROKER": bootstrap,
        "WIREROOM_TOPIC_PREFIX": prefix,
        "WIREROOM_GROUP": prefix,
    }
    with ExitStack() as stack:
        processes = [
            psutil.Process(
                stack.enter_context(_process(command, {**environment, "WIREROOM_INSTANCE": f"w{n}"}))
            )
            for n, command in enumerate(commands)
        ]
        contender = Contender(" ".join(commands[0][1:]), bootstrap, Topics(prefix), processes)
        stack.callback(contender.close)
        yield contender


@contextmanager
def _process(command: Command, environment: dict[str, str]) -> Iterator[int]:
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen((sys.executable, *command), env=environment, stderr=errors)
        try:
            yield process.pid
        except SystemExit:
            errors.seek(0)
            sys.stderr.write(errors.read().decode(errors="replace")[-4000:])
            raise
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def consumer_of(bootstrap: str, topic: str) -> KafkaConsumer:
    """Return a read_committed consumer of the whole of `topic`."""
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap, isolation_level="read_committed", enable_auto_commit=False,
        fetch_max_wait_ms=20,
    )  # fmt: skip
    partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic)]
    consumer.assign(partitions)
    consumer.seek_to_beginning(*partitions)
    return consumer
